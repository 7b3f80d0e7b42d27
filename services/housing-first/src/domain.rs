//! The rules of Housing First, as a person would tell them: which stage follows on which, who uses a slot, and that
//! neither a gemeente nor the region ever uses more than it has. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. Commands are in
//! [`command`], events in [`event`], a traject and its steps in [`traject`], its stages in [`stage`], who has how many slots
//! in [`slots`], the monitor of the pilot in [`monitor`], what is told outside in [`telling`], the refusals in [`refusal`].

mod command;
mod event;
mod monitor;
mod refusal;
mod slots;
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
use model::id::Gemeente;
use model::moment;
use model::region::Region;
use uuid::Uuid;

pub use self::command::Command;
pub use self::event::Event;
pub use self::monitor::{Days, Kept, Monitor};
pub use self::refusal::Refusal;
pub use self::slots::{Allocation, AllocationView, MOST_SLOTS};
pub use self::stage::{Stage, StopReason};
pub use self::state::State;
pub use self::telling::{answer_to, report};
pub use self::traject::{Step, Traject, TrajectView};

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
        Command::TakeBack { traject } => it.take_back(&traject)?,
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
}
