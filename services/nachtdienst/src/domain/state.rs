//! Everything the events add up to. Persistent maps, so that a copy for a decision costs nothing.
//! `evolve` is total: it believes what happened and refuses nothing.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet, Vector};
use jiff::{SignedDuration, Timestamp};
use model::decision::Evolve;
use model::id::{Gemeente, UserId};
use model::moment::Timers;
use model::night::Period;
use model::sealed::Sealed;

use super::{Assignment, Event, Handover, Melding, MeldingStatus, Shift, ShiftPlan, TeamState, Urgency};

/// How far back the rules of the roster look: 16 weeks.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(16 * 7 * 24);

/// The state of the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// How the handover stands.
    pub handover: Handover,
    /// When the last of it happened.
    pub last_at: Timestamp,
    shifts: HashMap<UserId, Arc<Shift>>,
    /// Shifts by their end, so that those that are over are not looked at.
    by_end: OrdSet<(Timestamp, UserId)>,
    /// Which shifts somebody is on, or was.
    by_staff: HashMap<Sealed, OrdSet<UserId>>,
    /// Until when somebody reported sick, and since when; from its begin on a later call counts.
    sick: HashMap<Sealed, Vector<Period>>,
    meldingen: OrdMap<UserId, Arc<Melding>>,
    open: OrdSet<UserId>,
    /// Per gemeente: how often it was told of, when it last was, and when it is again at the latest.
    told: OrdMap<Gemeente, (u64, Timestamp, Timestamp)>,
    due: Timers<Due>,
}

/// What the clock does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Due {
    /// A shift begins.
    Begin(UserId),
    /// A shift ends.
    End(UserId),
    /// A pauze is over.
    Pauze(UserId),
    /// A gemeente is told of again.
    Tell(Gemeente),
}

impl State {
    /// A shift.
    pub fn shift(&self, id: &UserId) -> Option<&Shift> {
        self.shifts.get(id).map(AsRef::as_ref)
    }

    /// Shifts that end after a moment, by their end.
    pub fn shifts_after(&self, at: Timestamp) -> impl Iterator<Item = &Shift> {
        // The id of nothing sorts before every other.
        let later = self.by_end.range((at, model::id::made(uuid::Uuid::nil()))..);
        later.filter_map(|(_, id)| self.shift(id)).filter(move |shift| shift.period.until > at)
    }

    /// The shifts somebody is on.
    pub fn shifts_of(&self, staff: &Sealed) -> impl Iterator<Item = &Shift> {
        self.by_staff.get(staff).into_iter().flatten().filter_map(|id| self.shift(id))
    }

    /// Ids of the look-up table that are still needed: of who is on a shift that is to come or that the rules of the
    /// roster still look at, of who is sick, of open meldingen, and of the handover.
    pub fn needs(&self) -> Vec<uuid::Uuid> {
        let told = self.told.values().map(|(_, at, _)| *at).max().unwrap_or(Timestamp::MIN);
        let since = told.saturating_sub(LOOKED_BACK).unwrap_or(Timestamp::MIN);
        let on_shifts = self.shifts_after(since).flat_map(|shift| &shift.assignments);
        let staff = on_shifts.filter_map(|it| it.staff.id());
        let texts = self.open_meldingen().filter_map(|melding| melding.text.id());
        let sick = self.sick.iter().filter(|(_, periods)| periods.iter().any(|sick| sick.until > told));
        let sick = sick.filter_map(|(staff, _)| staff.id());
        staff.chain(texts).chain(sick).chain(self.handover.sealed()).collect()
    }

    /// A melding.
    pub fn melding(&self, id: &UserId) -> Option<&Melding> {
        self.meldingen.get(id).map(AsRef::as_ref)
    }

    /// Every melding, in the order in which their ids were made.
    pub fn meldingen(&self) -> impl DoubleEndedIterator<Item = &Melding> {
        self.meldingen.values().map(AsRef::as_ref)
    }

    /// Meldingen that are not closed.
    pub fn open_meldingen(&self) -> impl Iterator<Item = &Melding> {
        self.open.iter().filter_map(|id| self.melding(id))
    }

    /// How many meldingen of a gemeente are not closed.
    pub fn open_meldingen_in(&self, gemeente: &Gemeente) -> u32 {
        let open = self.open_meldingen().filter(|melding| melding.gemeente == *gemeente);
        u32::try_from(open.count()).unwrap_or(u32::MAX)
    }

    /// Whether the team of a shift has a melding that is not closed.
    pub fn has_open_melding(&self, shift: &UserId) -> bool {
        self.open_meldingen().any(|melding| melding.shift.as_ref() == Some(shift))
    }

    /// Whether the team of a shift is on the way to somebody, or with them.
    pub fn is_at_work(&self, shift: &UserId) -> bool {
        use MeldingStatus::{Aangekomen, Onderweg, Toegewezen};
        let mut theirs = self.open_meldingen().filter(|melding| melding.shift.as_ref() == Some(shift));
        theirs.any(|melding| matches!(melding.status, Toegewezen | Onderweg | Aangekomen))
    }

    /// How often a gemeente was told of, when it last was, and when it is again.
    pub fn told(&self, gemeente: &Gemeente) -> Option<(u64, Timestamp, Timestamp)> {
        self.told.get(gemeente).copied()
    }

    /// Whether somebody reported sick for a part of a period.
    pub fn is_sick(&self, staff: &Sealed, then: Period) -> bool {
        let is_then = |sick: &Period| sick.from < then.until && then.from < sick.until;
        self.sick.get(staff).is_some_and(|periods| periods.iter().any(is_then))
    }

    /// When the clock has something to do next: at once where no gemeente was ever told of, because nobody may take
    /// silence for cover.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.told.is_empty() {
            return Some(Timestamp::UNIX_EPOCH);
        }
        self.due.next()
    }

    /// What is due, longest ago first.
    pub fn due(&self, at: Timestamp) -> Vec<Due> {
        self.due.due(at)
    }
}

impl Evolve for State {
    type Event = Event;

    fn evolve(&mut self, event: &Event, at: Timestamp) {
        self.last_at = at;
        match event {
            Event::ShiftPlanned { shift, plan, period } => self.insert(Shift::new(shift, plan, *period)),
            Event::ShiftChanged { shift, plan, period, reason, of, .. } => {
                self.replan(shift, plan, *period, at);
                self.change(shift, |it| {
                    let those = it.assignments.iter_mut().filter(|it| of.contains(&it.staff));
                    those.for_each(|it| it.reason.clone_from(reason));
                });
            }
            Event::ShiftCancelled { shift, .. } => {
                let Some(before) = self.take(shift) else { return };
                self.insert(Shift { cancelled: true, ..before });
            }
            Event::Assigned { shift, staff, role, reason, .. } => {
                self.change(shift, |it| {
                    let (staff, reason) = (staff.clone(), reason.clone());
                    it.assignments.push(Assignment { staff, role: *role, reason });
                });
                self.by_staff.entry(staff.clone()).or_default().insert(shift.clone());
            }
            Event::Unassigned { shift, staff } => {
                self.change(shift, |it| it.assignments.retain(|it| it.staff != *staff));
                if let Some(shifts) = self.by_staff.get_mut(staff) {
                    shifts.remove(shift);
                }
                self.may_be_empty(shift);
            }
            Event::BetterReported { staff, period } => self.is_better(staff, *period),
            Event::SickReported { staff, period } => self.is_sick_from_now(staff, *period, at),
            Event::ShiftBegan { shift } => {
                self.is_done(shift, |shift| (shift.period.from, Due::Begin(shift.id.clone())))
            }
            Event::ShiftEnded { shift } => {
                self.end_pauze(shift);
                self.is_done(shift, |shift| (shift.period.until, Due::End(shift.id.clone())));
            }
            Event::TeamStateSet { shift, state, until } => self.set_state(shift, *state, *until, at),
            Event::PauzeEnded { shift } => self.end_pauze(shift),
            Event::RemarkWritten { text } => self.handover.remarks.push_back((at, text.clone())),
            Event::HandedOver { staff } => self.handover.waits = Some((staff.clone(), at)),
            Event::HandoverWithdrawn { .. } => self.handover.waits = None,
            Event::HandoverAccepted { staff } => self.handover.is_accepted(staff, at),
            Event::CoverTold { gemeente, again_at, .. } => self.is_told(gemeente, *again_at, at),
            Event::MeldingReceived { melding, gemeente, urgency, text } => {
                self.receive(melding, gemeente, *urgency, text, at);
            }
            Event::MeldingAssigned { melding, shift } => {
                self.change_melding(melding, MeldingStatus::Toegewezen, |it| {
                    it.shift = Some(shift.clone());
                    it.assigned_at.get_or_insert(at);
                    // What came of it before did not last.
                    (it.result, it.claim) = (None, None);
                });
            }
            Event::MeldingMoved { melding, to } => {
                let arrived_at = Some(at).filter(|_| *to == MeldingStatus::Aangekomen);
                self.change_melding(melding, *to, |it| it.arrived_at = it.arrived_at.or(arrived_at));
            }
            Event::MeldingResulted { melding, result, claim } => {
                let known = (Some(*result), claim.clone());
                self.change_melding(melding, MeldingStatus::Resultaat, |it| (it.result, it.claim) = known);
            }
            Event::MeldingClosed { melding } => {
                self.change_melding(melding, MeldingStatus::Gesloten, |it| it.closed_at = Some(at));
                self.open.remove(melding);
            }
        }
    }
}

impl State {
    /// A gemeente was told of, and is again at the latest at a moment.
    fn is_told(&mut self, gemeente: &Gemeente, again_at: Timestamp, at: Timestamp) {
        let (times, _, before) = self.told(gemeente).unwrap_or((0, at, at));
        self.due.unset(before, Due::Tell(gemeente.clone()));
        self.due.set(again_at, Due::Tell(gemeente.clone()));
        self.told.insert(gemeente.clone(), (times + 1, at, again_at));
    }

    /// A shift becomes another one. A pauze that runs goes on, where the shift still does.
    fn replan(&mut self, shift: &UserId, plan: &Arc<ShiftPlan>, period: Period, at: Timestamp) {
        let pauze = self.shift(shift).and_then(|it| it.pauze).filter(|_| period.contains(at));
        let Some(before) = self.take(shift) else { return };
        let state = if period.contains(at) { before.state } else { TeamState::Beschikbaar };
        self.insert(Shift { plan: Arc::clone(plan), period, state, ..before });
        if let Some(pauze) = pauze {
            self.set_state(shift, TeamState::Pauze, Some(pauze.until.min(period.until)), pauze.from);
        }
    }

    /// From its begin on, a later call puts right what it overlaps; what was before that, and what lies apart, stays. What
    /// is over is forgotten.
    fn is_sick_from_now(&mut self, staff: &Sealed, period: Period, at: Timestamp) {
        let known = self.sick.remove(staff).unwrap_or_default();
        let apart = |known: &Period| known.until <= period.from || period.until <= known.from;
        let left = known
            .into_iter()
            .map(|known| if apart(&known) { known } else { Period { from: known.from, until: period.from } });
        let mut periods: Vector<Period> = left.filter(|left| left.from < left.until).collect();
        periods.push_back(period);
        self.sick.insert(staff.clone(), periods);
        self.sick.retain(|_, periods| periods.iter().any(|sick| sick.until > at));
    }

    /// What was said of a period is not so; what was before and after it is.
    fn is_better(&mut self, staff: &Sealed, period: Period) {
        let known = self.sick.remove(staff).unwrap_or_default();
        let left = known.into_iter().flat_map(|known| {
            let before = Period { until: known.until.min(period.from), ..known };
            let after = Period { from: known.from.max(period.until), ..known };
            [before, after]
        });
        let periods: Vector<Period> = left.filter(|left| left.from < left.until).collect();
        if !periods.is_empty() {
            self.sick.insert(staff.clone(), periods);
        }
    }

    /// A pauze, and what a team did, are of the people who were on it: nobody takes them over with their place. Who comes
    /// in their place goes on with a melding that is still open.
    fn may_be_empty(&mut self, shift: &UserId) {
        if self.shift(shift).is_none_or(|it| !it.assignments.is_empty()) {
            return;
        }
        self.end_pauze(shift);
        if !self.has_open_melding(shift) {
            self.change(shift, |it| it.state = TeamState::Beschikbaar);
        }
    }

    fn receive(&mut self, id: &UserId, gemeente: &Gemeente, urgency: Urgency, text: &Sealed, at: Timestamp) {
        let new = Melding {
            id: id.clone(),
            gemeente: gemeente.clone(),
            urgency,
            text: text.clone(),
            status: MeldingStatus::Ontvangen,
            shift: None,
            result: None,
            claim: None,
            received_at: at,
            assigned_at: None,
            arrived_at: None,
            closed_at: None,
        };
        self.open.insert(id.clone());
        self.meldingen.insert(id.clone(), new.into());
    }

    fn change_melding(&mut self, id: &UserId, status: MeldingStatus, change: impl FnOnce(&mut Melding)) {
        if let Some(melding) = self.meldingen.get_mut(id) {
            let melding = Arc::make_mut(melding);
            melding.status = status;
            change(melding);
        }
    }

    fn insert(&mut self, shift: Shift) {
        if !shift.cancelled {
            self.due.set(shift.period.from, Due::Begin(shift.id.clone()));
            self.due.set(shift.period.until, Due::End(shift.id.clone()));
        }
        self.by_end.insert((shift.period.until, shift.id.clone()));
        self.shifts.insert(shift.id.clone(), shift.into());
    }

    fn take(&mut self, id: &UserId) -> Option<Shift> {
        self.end_pauze(id);
        let shift = Arc::unwrap_or_clone(self.shifts.remove(id)?);
        self.due.unset(shift.period.from, Due::Begin(id.clone()));
        self.due.unset(shift.period.until, Due::End(id.clone()));
        self.by_end.remove(&(shift.period.until, id.clone()));
        Some(shift)
    }

    fn change(&mut self, shift: &UserId, change: impl FnOnce(&mut Shift)) {
        if let Some(shift) = self.shifts.get_mut(shift) {
            change(Arc::make_mut(shift));
        }
    }

    fn is_done(&mut self, shift: &UserId, due: impl FnOnce(&Shift) -> (Timestamp, Due)) {
        if let Some((at, what)) = self.shift(shift).map(due) {
            self.due.unset(at, what);
        }
    }

    fn set_state(&mut self, shift: &UserId, state: TeamState, until: Option<Timestamp>, at: Timestamp) {
        self.end_pauze(shift);
        self.change(shift, |it| {
            it.state = state;
            it.pauze = until.map(|until| Period { from: at, until });
        });
        if let Some(until) = until {
            self.due.set(until, Due::Pauze(shift.clone()));
        }
    }

    fn end_pauze(&mut self, shift: &UserId) {
        let Some(pauze) = self.shift(shift).and_then(|it| it.pauze) else { return };
        self.due.unset(pauze.until, Due::Pauze(shift.clone()));
        self.change(shift, |it| {
            it.pauze = None;
            it.state = TeamState::Beschikbaar;
        });
    }
}
