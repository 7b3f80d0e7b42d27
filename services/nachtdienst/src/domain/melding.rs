//! A melding: a call at night, the team that answers it, and what came of it. The state of the team follows. It knows
//! nobody's name, and its text is sealed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::id::{Gemeente, UserId};
use model::sealed::Sealed;
use serde::{Deserialize, Serialize};

use super::{Deciding, Event, Refusal, Shift, State, TeamState};

/// Most meldingen that are not closed.
const MOST_OPEN: usize = 1_000;

/// How soon somebody must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Urgency {
    Laag,
    Normaal,
    Hoog,
}

/// How far a melding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum MeldingStatus {
    Ontvangen,
    Toegewezen,
    Onderweg,
    Aangekomen,
    Resultaat,
    Gesloten,
}

impl MeldingStatus {
    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ontvangen => "ontvangen",
            Self::Toegewezen => "toegewezen",
            Self::Onderweg => "onderweg",
            Self::Aangekomen => "aangekomen",
            Self::Resultaat => "klaar, met een resultaat",
            Self::Gesloten => "gesloten",
        }
    }
}

/// What came of a melding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum MeldingResult {
    Gestabiliseerd,
    Logeerplek,
    Crisisdienst,
    Alarmnummer,
    GeenGehoor,
    GeenActie,
}

impl MeldingResult {
    /// Whether somebody must have gone there for it. A logeerplek may be found for who calls and can get there.
    const fn needs_team(self) -> bool {
        matches!(self, Self::Gestabiliseerd)
    }
}

/// A melding.
#[derive(Debug, Clone, PartialEq)]
pub struct Melding {
    /// Its id.
    pub id: UserId,
    /// Gemeente it is about.
    pub gemeente: Gemeente,
    /// How soon somebody must come.
    pub urgency: Urgency,
    /// What is the matter.
    pub text: Sealed,
    /// How far it is.
    pub status: MeldingStatus,
    /// The shift whose team has it.
    pub shift: Option<UserId>,
    /// What came of it.
    pub result: Option<MeldingResult>,
    /// The claim of a logeerplek.
    pub claim: Option<UserId>,
    /// When it came in.
    pub received_at: Timestamp,
    /// When a team first got it.
    pub assigned_at: Option<Timestamp>,
    /// When the team arrived.
    pub arrived_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// A melding as an answer shows it; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeldingView {
    /// Its id.
    pub id: UserId,
    /// Gemeente it is about.
    pub gemeente: Gemeente,
    /// How soon somebody must come.
    pub urgency: Urgency,
    /// What is the matter.
    pub text: Sealed,
    /// How far it is.
    pub status: MeldingStatus,
    /// The shift whose team has it.
    pub shift: Option<UserId>,
    /// What came of it.
    pub result: Option<MeldingResult>,
    /// The claim of a logeerplek.
    pub claim: Option<UserId>,
    /// When it came in, a team got it, the team arrived, it was closed.
    pub times: (Timestamp, [Option<Timestamp>; 3]),
}

impl Melding {
    /// As an answer shows it.
    pub fn show(&self) -> MeldingView {
        MeldingView {
            id: self.id.clone(),
            gemeente: self.gemeente.clone(),
            urgency: self.urgency,
            text: self.text.clone(),
            status: self.status,
            shift: self.shift.clone(),
            result: self.result,
            claim: self.claim.clone(),
            times: (self.received_at, [self.assigned_at, self.arrived_at, self.closed_at]),
        }
    }
}

impl Deciding<'_> {
    pub(super) fn receive(&mut self, gemeente: Gemeente, urgency: Urgency, text: Sealed) -> Result<(), Refusal> {
        if self.region.gemeente(&gemeente).is_none() {
            return Err(Refusal::UnknownGemeente { gemeente });
        }
        if self.state().open_meldingen().count() >= MOST_OPEN {
            return Err(Refusal::TooManyMeldingen { max: MOST_OPEN });
        }
        self.happened(Event::MeldingReceived { melding: model::id::made(self.new_id), gemeente, urgency, text });
        Ok(())
    }

    /// A melding may go to another team until one has arrived, or when that one is not there any more; the team it had is
    /// beschikbaar again. One with a result may too, as when somebody calls back: until it is closed it is not over.
    pub(super) fn give(&mut self, melding: &UserId, shift: &UserId) -> Result<(), Refusal> {
        use MeldingStatus::{Aangekomen, Onderweg, Ontvangen, Resultaat, Toegewezen};
        let melding = self.melding_in(melding, &[Ontvangen, Toegewezen, Onderweg, Aangekomen, Resultaat])?;
        let before = melding.shift.as_ref().and_then(|shift| self.state().shift(shift));
        if melding.status == Aangekomen && before.is_some_and(|shift| shift.is_on_duty(self.at())) {
            return Err(Refusal::WrongStatus { now: Aangekomen });
        }
        let shift = self.on_duty(shift)?;
        if !shift.is_staffed() {
            return Err(Refusal::NobodyOnShift);
        }
        if shift.state == TeamState::Pauze {
            return Err(Refusal::TeamOnBreak);
        }
        let shift = shift.id.clone();
        // The team that has it already goes on with it.
        if matches!(melding.status, Toegewezen | Onderweg) && melding.shift.as_ref() == Some(&shift) {
            return Ok(());
        }
        self.happened(Event::MeldingAssigned { melding: melding.id, shift: shift.clone() });
        if let Some(before) = melding.shift.filter(|before| *before != shift) {
            self.team(&before, TeamState::Beschikbaar);
        }
        self.team(&shift, TeamState::Onderweg);
        Ok(())
    }

    pub(super) fn go_on(&mut self, melding: &UserId, to: MeldingStatus) -> Result<(), Refusal> {
        let needed = match to {
            MeldingStatus::Onderweg => MeldingStatus::Toegewezen,
            MeldingStatus::Aangekomen => MeldingStatus::Onderweg,
            MeldingStatus::Ontvangen
            | MeldingStatus::Toegewezen
            | MeldingStatus::Resultaat
            | MeldingStatus::Gesloten => return Err(Refusal::NotThatWay),
        };
        let melding = self.melding_in(melding, &[needed])?;
        // A team that stays on after its shift may still arrive; one whose shift is cancelled or must begin yet does not.
        let is_there = |shift: &&Shift| !shift.cancelled && shift.period.from <= self.at();
        let shift = melding.shift.as_ref().and_then(|shift| self.state().shift(shift)).filter(is_there);
        let shift = shift.ok_or(Refusal::NotOnDuty)?;
        if to == MeldingStatus::Onderweg && !shift.is_staffed() {
            return Err(Refusal::NobodyOnShift);
        }
        let shift = shift.id.clone();
        self.happened(Event::MeldingMoved { melding: melding.id, to });
        self.team(&shift, if to == MeldingStatus::Aangekomen { TeamState::Bezig } else { TeamState::Onderweg });
        Ok(())
    }

    pub(super) fn result(
        &mut self,
        melding: &UserId,
        result: MeldingResult,
        claim: Option<UserId>,
    ) -> Result<(), Refusal> {
        use MeldingStatus::{Aangekomen, Onderweg, Ontvangen, Resultaat, Toegewezen};
        // What came of it may be put right until the melding is closed.
        let melding = self.melding_in(melding, &[Ontvangen, Toegewezen, Onderweg, Aangekomen, Resultaat])?;
        if melding.shift.is_none() && result.needs_team() {
            return Err(Refusal::NeedsTeam);
        }
        if (result == MeldingResult::Logeerplek) != claim.is_some() {
            return Err(Refusal::ClaimWithLogeerplek);
        }
        self.happened(Event::MeldingResulted { melding: melding.id, result, claim });
        Ok(())
    }

    pub(super) fn close(&mut self, melding: &UserId) -> Result<(), Refusal> {
        let melding = self.melding_in(melding, &[MeldingStatus::Resultaat])?;
        self.happened(Event::MeldingClosed { melding: melding.id });
        if let Some(shift) = melding.shift {
            self.team(&shift, TeamState::Beschikbaar);
        }
        Ok(())
    }

    /// The state of a team follows what it does, while its shift runs and it has no other melding. Of a team that lost its
    /// people it does too: who comes in their place begins with that.
    fn team(&mut self, shift: &UserId, state: TeamState) {
        let runs = |known: &&Shift| !known.cancelled && known.period.contains(self.at());
        let Some(known) = self.state().shift(shift).filter(runs) else { return };
        let has_other = state == TeamState::Beschikbaar && self.state().has_open_melding(shift);
        // A pauze ends by the clock, or when the team says so.
        if known.state != state && known.state != TeamState::Pauze && !has_other {
            self.happened(Event::TeamStateSet { shift: shift.clone(), state, until: None });
        }
    }

    /// A melding that must exist and be in one of these states.
    fn melding_in(&self, id: &UserId, statuses: &[MeldingStatus]) -> Result<Melding, Refusal> {
        let melding = self.state().melding(id).ok_or_else(|| Refusal::UnknownMelding { melding: id.clone() })?;
        if statuses.contains(&melding.status) {
            Ok(melding.clone())
        } else {
            Err(Refusal::WrongStatus { now: melding.status })
        }
    }
}

/// How long it took, and what came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Measures {
    /// Meldingen that came in.
    pub received: u32,
    /// From coming in until a team got it.
    pub to_answer: Seconds,
    /// From coming in until the team arrived.
    pub to_arrive: Seconds,
    /// What came of them.
    pub results: BTreeMap<MeldingResult, u32>,
}

/// Measured times.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seconds {
    /// How many there are.
    pub count: u32,
    /// The one in the middle.
    pub median: u64,
    /// Nine of ten are not longer.
    pub p90: u64,
}

impl State {
    /// The measures of meldingen that came in between two moments.
    pub fn measures(&self, gemeente: Option<&Gemeente>, from: Timestamp, until: Timestamp) -> Measures {
        let is_asked = |it: &&Melding| {
            (from..until).contains(&it.received_at) && gemeente.is_none_or(|gemeente| it.gemeente == *gemeente)
        };
        let meldingen: Vec<&Melding> = self.meldingen().filter(is_asked).collect();
        let took = |end: fn(&Melding) -> Option<Timestamp>| {
            let ends = meldingen.iter().filter_map(|it| Some(end(it)?.duration_since(it.received_at).as_secs()));
            seconds(ends.map(|secs| u64::try_from(secs).unwrap_or(0)).collect())
        };
        let mut results = BTreeMap::new();
        for result in meldingen.iter().filter_map(|it| it.result) {
            *results.entry(result).or_insert(0) += 1;
        }
        Measures {
            received: u32::try_from(meldingen.len()).unwrap_or(u32::MAX),
            to_answer: took(|it| it.assigned_at),
            to_arrive: took(|it| it.arrived_at),
            results,
        }
    }
}

fn seconds(mut took: Vec<u64>) -> Seconds {
    took.sort_unstable();
    let at = |index: usize| took.get(index).copied().unwrap_or(0);
    // The lowest that nine of ten are not above.
    let ninth = (took.len() * 9).div_ceil(10).saturating_sub(1);
    Seconds {
        count: u32::try_from(took.len()).unwrap_or(u32::MAX),
        median: at(took.len().saturating_sub(1) / 2),
        p90: at(ninth),
    }
}
