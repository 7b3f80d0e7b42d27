//! The rules of Housing First, as a person would tell them: which stage follows on which, who uses a slot, and that
//! neither a gemeente nor the region ever uses more than it has. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. The stages are in
//! [`stage`], a traject in [`traject`], what is told outside in [`telling`], the monitor of the pilot in [`monitor`],
//! the refusals in [`refusal`].

mod monitor;
mod refusal;
mod stage;
mod state;
mod telling;
mod traject;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::id::{Gemeente, UserId};
use model::region::Region;
use model::sealed::{Keep, Sealed};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::monitor::{Days, Kept, Monitor};
pub use self::refusal::Refusal;
pub use self::stage::{Stage, StopReason};
pub use self::state::{Allocation, AllocationView, State};
pub use self::telling::{answer_to, report};
pub use self::traject::{Step, Traject, TrajectView};

/// Most slots anybody may have.
pub const MOST_SLOTS: u32 = 10_000;

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Command {
    /// How many slots a gemeente may use.
    SetAllocation { gemeente: Gemeente, slots: u32 },
    /// Slots go from one gemeente to another; the sum stays.
    MoveSlots { from: Gemeente, to: Gemeente, slots: u32 },
    /// "Klopt nog".
    Confirm { gemeente: Gemeente },
    /// Somebody is registered.
    Register { client: Sealed, gemeente: Gemeente, provider: Arc<str>, on: Option<Date> },
    /// A traject goes to another stage.
    Advance { traject: UserId, to: Stage, on: Option<Date>, corporatie: Option<Arc<str>> },
    /// A traject stops.
    Stop { traject: UserId, reason: StopReason, text: Option<Sealed>, on: Option<Date> },
    /// A traject goes to another gemeente, with its slot.
    Transfer { traject: UserId, to: Gemeente },
    /// Another provider.
    ChangeProvider { traject: UserId, provider: Arc<str> },
    /// Another corporatie.
    ChangeCorporatie { traject: UserId, corporatie: Arc<str> },
    /// Time passed; nothing here waits for it.
    Tick,
}

/// What happened. Past tense; never renamed, only added to. Golden files prove that old ones still read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Event {
    /// A gemeente may use so many slots.
    AllocationSet { gemeente: Gemeente, slots: u32 },
    /// Slots went to another gemeente.
    SlotsGiven { gemeente: Gemeente, slots: u32, to: Gemeente },
    /// Slots came from another gemeente.
    SlotsReceived { gemeente: Gemeente, slots: u32, from: Gemeente },
    /// The stand was confirmed.
    Confirmed { gemeente: Gemeente },
    /// Somebody was registered.
    Registered { traject: UserId, gemeente: Gemeente, client: Sealed, provider: Arc<str>, on: Date },
    /// A traject reached another stage.
    StageReached { traject: UserId, gemeente: Gemeente, stage: Stage, on: Date, corporatie: Option<Arc<str>> },
    /// A traject stopped.
    Stopped { traject: UserId, gemeente: Gemeente, reason: StopReason, text: Option<Sealed>, on: Date },
    /// A traject went to another gemeente.
    TransferredOut { traject: UserId, gemeente: Gemeente, to: Gemeente },
    /// A traject came from another gemeente.
    TransferredIn { traject: UserId, gemeente: Gemeente, from: Gemeente },
    /// It has another provider.
    ProviderChanged { traject: UserId, gemeente: Gemeente, provider: Arc<str> },
    /// It has another corporatie.
    CorporatieChanged { traject: UserId, gemeente: Gemeente, corporatie: Arc<str> },
}

/// What a command does, or why it may not.
pub fn decide(
    region: &Region,
    state: &State,
    command: &Command,
    at: Timestamp,
    new_id: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let today = at.to_zoned(region.time_zone.clone()).date();
    let it = Deciding { region, state, today };
    match command.clone() {
        Command::SetAllocation { gemeente, slots } => it.set_allocation(gemeente, slots),
        Command::MoveSlots { from, to, slots } => it.move_slots(from, to, slots),
        Command::Confirm { gemeente } => {
            it.known(&gemeente)?;
            if !state.is_allocated(&gemeente) {
                return Err(Refusal::NotAllocated { gemeente: it.name(&gemeente) });
            }
            Ok(vec![Event::Confirmed { gemeente }])
        }
        Command::Register { client, gemeente, provider, on } => {
            it.known(&gemeente)?;
            if let Some(other) = state.traject_of(&client) {
                return Err(Refusal::ClientHasTraject { traject: other.id.clone() });
            }
            let on = it.day(on, None)?;
            Ok(vec![Event::Registered { traject: model::id::made(new_id), gemeente, client, provider, on }])
        }
        Command::Advance { traject, to, on, corporatie } => it.advance(&traject, to, on, corporatie),
        Command::Stop { traject, reason, text, on } => {
            let traject = it.running(&traject)?;
            let on = it.day(on, Some(traject))?;
            let (id, gemeente) = (traject.id.clone(), traject.gemeente.clone());
            Ok(vec![Event::Stopped { traject: id, gemeente, reason, text, on }])
        }
        Command::Transfer { traject, to } => it.transfer(&traject, to),
        Command::ChangeProvider { traject, provider } => {
            let Traject { id: traject, gemeente, .. } = it.running(&traject)?.clone();
            Ok(vec![Event::ProviderChanged { traject, gemeente, provider }])
        }
        Command::ChangeCorporatie { traject, corporatie } => {
            let Traject { id: traject, gemeente, .. } = it.running(&traject)?.clone();
            Ok(vec![Event::CorporatieChanged { traject, gemeente, corporatie }])
        }
        Command::Tick => Ok(Vec::new()),
    }
}

/// A decision in the making, and what it may use.
struct Deciding<'a> {
    region: &'a Region,
    state: &'a State,
    today: Date,
}

impl<'a> Deciding<'a> {
    /// A gemeente of the region.
    fn known(&self, gemeente: &Gemeente) -> Result<(), Refusal> {
        match self.region.gemeente(gemeente) {
            Some(_) => Ok(()),
            None => Err(Refusal::UnknownGemeente { gemeente: gemeente.clone() }),
        }
    }

    fn name(&self, gemeente: &Gemeente) -> Arc<str> {
        self.region.name_of(gemeente).into()
    }

    /// A traject that did not end.
    fn running(&self, id: &UserId) -> Result<&'a Traject, Refusal> {
        let traject = self.state.traject(id).ok_or_else(|| Refusal::UnknownTraject { traject: id.clone() })?;
        if traject.stage.is_over() { Err(Refusal::Ended { stage: traject.stage }) } else { Ok(traject) }
    }

    /// The day of a step: as said, or today; not in the future and not before the step before it.
    fn day(&self, said: Option<Date>, traject: Option<&Traject>) -> Result<Date, Refusal> {
        let day = said.unwrap_or(self.today);
        let before = traject.and_then(|traject| traject.steps.last()).map(|step| step.on);
        if day > self.today {
            Err(Refusal::InFuture)
        } else if let Some(before) = before.filter(|before| day < *before) {
            Err(Refusal::BeforeLastStep { last: before })
        } else {
            Ok(day)
        }
    }

    fn set_allocation(&self, gemeente: Gemeente, slots: u32) -> Result<Vec<Event>, Refusal> {
        self.known(&gemeente)?;
        let used = self.state.used(&gemeente);
        if slots < used {
            return Err(Refusal::InUse { gemeente: self.name(&gemeente), used });
        }
        let others = self.state.allocated().saturating_sub(self.state.slots(&gemeente));
        let cap = self.region.rules.housing_first_cap;
        if others.saturating_add(slots) > cap {
            return Err(Refusal::RegionFull { cap });
        }
        Ok(vec![Event::AllocationSet { gemeente, slots }])
    }

    fn move_slots(&self, from: Gemeente, to: Gemeente, slots: u32) -> Result<Vec<Event>, Refusal> {
        self.known(&from)?;
        self.known(&to)?;
        if from == to {
            return Err(Refusal::SameGemeente);
        }
        let (has, used) = (self.state.slots(&from), self.state.used(&from));
        if has < slots {
            return Err(Refusal::TooFewSlots { gemeente: self.name(&from), slots: has });
        }
        if has - slots < used {
            return Err(Refusal::InUse { gemeente: self.name(&from), used });
        }
        Ok(vec![
            Event::SlotsGiven { gemeente: from.clone(), slots, to: to.clone() },
            Event::SlotsReceived { gemeente: to, slots, from },
        ])
    }

    fn advance(
        &self,
        traject: &UserId,
        to: Stage,
        on: Option<Date>,
        corporatie: Option<Arc<str>>,
    ) -> Result<Vec<Event>, Refusal> {
        let traject = self.running(traject)?;
        if !traject.stage.leads_to(to) {
            return Err(Refusal::WrongStage { now: traject.stage, to });
        }
        if to.uses_slot() && !traject.stage.uses_slot() {
            self.check_slot(&traject.gemeente)?;
        }
        if to == Stage::WoningToegewezen && traject.corporatie.is_none() && corporatie.is_none() {
            return Err(Refusal::NeedsCorporatie);
        }
        let on = self.day(on, Some(traject))?;
        let (id, gemeente) = (traject.id.clone(), traject.gemeente.clone());
        Ok(vec![Event::StageReached { traject: id, gemeente, stage: to, on, corporatie }])
    }

    fn transfer(&self, traject: &UserId, to: Gemeente) -> Result<Vec<Event>, Refusal> {
        let traject = self.running(traject)?;
        self.known(&to)?;
        if traject.gemeente == to {
            return Err(Refusal::SameGemeente);
        }
        if traject.stage.uses_slot() {
            self.check_free(&to)?;
        }
        let (id, from) = (traject.id.clone(), traject.gemeente.clone());
        Ok(vec![
            Event::TransferredOut { traject: id.clone(), gemeente: from.clone(), to: to.clone() },
            Event::TransferredIn { traject: id, gemeente: to, from },
        ])
    }

    /// Both the gemeente and the region must have a slot free.
    fn check_slot(&self, gemeente: &Gemeente) -> Result<(), Refusal> {
        let cap = self.region.rules.housing_first_cap;
        if self.state.used_in_all() >= cap {
            return Err(Refusal::RegionFull { cap });
        }
        self.check_free(gemeente)
    }

    fn check_free(&self, gemeente: &Gemeente) -> Result<(), Refusal> {
        let slots = self.state.slots(gemeente);
        if self.state.used(gemeente) < slots {
            Ok(())
        } else {
            Err(Refusal::GemeenteFull { gemeente: self.name(gemeente), slots })
        }
    }
}

impl Command {
    /// Gives every text of a person to the look-up table.
    pub fn seal(&mut self, keep: &mut Keep<'_>) {
        match self {
            Self::Register { client, .. } => client.seal(keep),
            Self::Stop { text, .. } => text.iter_mut().for_each(|text| text.seal(keep)),
            Self::SetAllocation { .. }
            | Self::MoveSlots { .. }
            | Self::Confirm { .. }
            | Self::Advance { .. }
            | Self::Transfer { .. }
            | Self::ChangeProvider { .. }
            | Self::ChangeCorporatie { .. }
            | Self::Tick => {}
        }
    }
}

impl Event {
    /// The gemeente whose report it renews.
    pub const fn gemeente(&self) -> &Gemeente {
        match self {
            Self::AllocationSet { gemeente, .. }
            | Self::SlotsGiven { gemeente, .. }
            | Self::SlotsReceived { gemeente, .. }
            | Self::Confirmed { gemeente }
            | Self::Registered { gemeente, .. }
            | Self::StageReached { gemeente, .. }
            | Self::Stopped { gemeente, .. }
            | Self::TransferredOut { gemeente, .. }
            | Self::TransferredIn { gemeente, .. }
            | Self::ProviderChanged { gemeente, .. }
            | Self::CorporatieChanged { gemeente, .. } => gemeente,
        }
    }

    /// The traject it is about.
    pub const fn traject(&self) -> Option<&UserId> {
        match self {
            Self::Registered { traject, .. }
            | Self::StageReached { traject, .. }
            | Self::Stopped { traject, .. }
            | Self::TransferredOut { traject, .. }
            | Self::TransferredIn { traject, .. }
            | Self::ProviderChanged { traject, .. }
            | Self::CorporatieChanged { traject, .. } => Some(traject),
            Self::AllocationSet { .. }
            | Self::SlotsGiven { .. }
            | Self::SlotsReceived { .. }
            | Self::Confirmed { .. } => None,
        }
    }
}
