//! The rules of Housing First, as a person would tell them: which stage follows on which, who uses a slot, and that
//! neither a gemeente nor the region ever uses more than it has. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. Commands are in
//! [`command`], events in [`event`], the stages in [`stage`], a traject in [`traject`], the monitor of the pilot in
//! [`monitor`], what is told outside in [`telling`], the refusals in [`refusal`].

mod command;
mod event;
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
use model::decision::Decision;
use model::id::{Gemeente, UserId};
use model::moment;
use model::region::Region;
use uuid::Uuid;

pub use self::command::Command;
pub use self::event::Event;
pub use self::monitor::{Days, Kept, Monitor};
pub use self::refusal::Refusal;
pub use self::stage::{Stage, StopReason};
pub use self::state::{Allocation, AllocationView, State};
pub use self::telling::{answer_to, report};
pub use self::traject::{Step, Traject, TrajectView};

/// Most slots anybody may have.
pub const MOST_SLOTS: u32 = 10_000;

/// A decision in the making, and what it may use.
struct Deciding<'a> {
    region: &'a Region,
    decision: Decision<'a, State>,
    new_id: Uuid,
}

/// What a command does, or why it may not.
pub fn decide(
    region: &Region,
    state: &State,
    command: &Command,
    at: Timestamp,
    new_id: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let mut it = Deciding { region, decision: Decision::new(state, at), new_id };
    match command.clone() {
        Command::SetAllocation { gemeente, slots } => it.set_allocation(gemeente, slots)?,
        Command::MoveSlots { from, to, slots } => it.move_slots(from, to, slots)?,
        Command::Confirm { gemeente } => {
            it.known(&gemeente)?;
            if !it.state().is_allocated(&gemeente) {
                return Err(Refusal::NotAllocated { gemeente: it.name(&gemeente) });
            }
            it.happened(Event::Confirmed { gemeente });
        }
        Command::Register { client, gemeente, provider, on } => {
            it.known(&gemeente)?;
            if let Some(other) = it.state().traject_of(&client) {
                return Err(Refusal::ClientHasTraject { traject: other.id.clone() });
            }
            let (traject, on) = (model::id::made(it.new_id), it.day(on, None)?);
            it.happened(Event::Registered { traject, gemeente, client, provider, on });
        }
        Command::Advance { traject, to, on, corporatie } => it.advance(&traject, to, on, corporatie)?,
        Command::Stop { traject, reason, text, on } => {
            let traject = it.running(&traject)?;
            let on = it.day(on, Some(&traject))?;
            let Traject { id: traject, gemeente, .. } = traject;
            it.happened(Event::Stopped { traject, gemeente, reason, text, on });
        }
        Command::Transfer { traject, to } => it.transfer(&traject, to)?,
        Command::ChangeProvider { traject, provider } => {
            let Traject { id: traject, gemeente, .. } = it.running(&traject)?;
            it.happened(Event::ProviderChanged { traject, gemeente, provider });
        }
        Command::ChangeCorporatie { traject, corporatie } => {
            let Traject { id: traject, gemeente, .. } = it.running(&traject)?;
            it.happened(Event::CorporatieChanged { traject, gemeente, corporatie });
        }
        Command::Tick => {}
    }
    Ok(it.decision.into_events())
}

impl Deciding<'_> {
    fn happened(&mut self, event: Event) {
        self.decision.happened(event);
    }

    fn state(&self) -> &State {
        self.decision.state()
    }

    /// The day it is on the wall.
    fn today(&self) -> Date {
        moment::day(self.region, self.decision.at())
    }

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
    fn running(&self, id: &UserId) -> Result<Traject, Refusal> {
        let traject = self.state().traject(id).ok_or_else(|| Refusal::UnknownTraject { traject: id.clone() })?;
        if traject.stage.is_over() { Err(Refusal::Ended { stage: traject.stage }) } else { Ok(traject.clone()) }
    }

    /// The day of a step: as said, or today; not in the future and not before the step before it.
    fn day(&self, said: Option<Date>, traject: Option<&Traject>) -> Result<Date, Refusal> {
        let today = self.today();
        let day = said.unwrap_or(today);
        let before = traject.and_then(|traject| traject.steps.last()).map(|step| step.on);
        if day > today {
            Err(Refusal::InFuture)
        } else if let Some(before) = before.filter(|before| day < *before) {
            Err(Refusal::BeforeLastStep { last: before })
        } else {
            Ok(day)
        }
    }

    fn set_allocation(&mut self, gemeente: Gemeente, slots: u32) -> Result<(), Refusal> {
        self.known(&gemeente)?;
        let used = self.state().used(&gemeente);
        if slots < used {
            return Err(Refusal::InUse { gemeente: self.name(&gemeente), used });
        }
        let others = self.state().allocated().saturating_sub(self.state().slots(&gemeente));
        let cap = self.region.rules.housing_first_cap;
        if others.saturating_add(slots) > cap {
            return Err(Refusal::RegionFull { cap });
        }
        self.happened(Event::AllocationSet { gemeente, slots });
        Ok(())
    }

    fn move_slots(&mut self, from: Gemeente, to: Gemeente, slots: u32) -> Result<(), Refusal> {
        self.known(&from)?;
        self.known(&to)?;
        if from == to {
            return Err(Refusal::SameGemeente);
        }
        let (has, used) = (self.state().slots(&from), self.state().used(&from));
        if has < slots {
            return Err(Refusal::TooFewSlots { gemeente: self.name(&from), slots: has });
        }
        if has - slots < used {
            return Err(Refusal::InUse { gemeente: self.name(&from), used });
        }
        self.happened(Event::SlotsGiven { gemeente: from.clone(), slots, to: to.clone() });
        self.happened(Event::SlotsReceived { gemeente: to, slots, from });
        Ok(())
    }

    fn advance(
        &mut self,
        traject: &UserId,
        to: Stage,
        on: Option<Date>,
        corporatie: Option<Arc<str>>,
    ) -> Result<(), Refusal> {
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
        let on = self.day(on, Some(&traject))?;
        let Traject { id: traject, gemeente, .. } = traject;
        self.happened(Event::StageReached { traject, gemeente, stage: to, on, corporatie });
        Ok(())
    }

    fn transfer(&mut self, traject: &UserId, to: Gemeente) -> Result<(), Refusal> {
        let Traject { id: traject, gemeente: from, stage, .. } = self.running(traject)?;
        self.known(&to)?;
        if from == to {
            return Err(Refusal::SameGemeente);
        }
        if stage.uses_slot() {
            self.check_free(&to)?;
        }
        self.happened(Event::TransferredOut { traject: traject.clone(), gemeente: from.clone(), to: to.clone() });
        self.happened(Event::TransferredIn { traject, gemeente: to, from });
        Ok(())
    }

    /// Both the gemeente and the region must have a slot free.
    fn check_slot(&self, gemeente: &Gemeente) -> Result<(), Refusal> {
        let cap = self.region.rules.housing_first_cap;
        if self.state().used_in_all() >= cap {
            return Err(Refusal::RegionFull { cap });
        }
        self.check_free(gemeente)
    }

    fn check_free(&self, gemeente: &Gemeente) -> Result<(), Refusal> {
        let slots = self.state().slots(gemeente);
        if self.state().used(gemeente) < slots {
            Ok(())
        } else {
            Err(Refusal::GemeenteFull { gemeente: self.name(gemeente), slots })
        }
    }
}
