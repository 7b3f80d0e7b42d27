//! The rules of the avond- en nachtdienst, as a person would tell them: who may be on which shift, who answers a call,
//! when a gemeente has nobody, and who has the night. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. Commands are in
//! [`command`], events in [`event`], shifts and their times in [`shift`], what a roster must keep to in [`roster`],
//! who is assigned in [`staffing`], cover in [`cover`], calls in [`melding`], the handover in [`handover`], what is told
//! outside in [`telling`], the refusals in [`refusal`].

mod command;
mod cover;
mod event;
mod handover;
mod melding;
mod refusal;
mod roster;
mod shift;
mod staffing;
mod state;
mod telling;

#[cfg(test)]
mod tests;

use jiff::Timestamp;
use model::decision::Decision;
use model::id::UserId;
use model::region::Region;
use uuid::Uuid;

pub use self::command::Command;
pub use self::cover::{AHEAD, Picture};
pub use self::event::{Event, Why};
pub use self::handover::Handover;
pub use self::melding::{Measures, Melding, MeldingResult, MeldingStatus, MeldingView, Seconds, Urgency};
pub use self::refusal::Refusal;
pub use self::roster::{Breach, RosterRule};
pub use self::shift::{Assignment, Role, Shift, ShiftPlan, ShiftView, TeamState};
use self::state::Due;
pub use self::state::State;
pub use self::telling::{answer_to, cover_out, report};

/// A decision in the making, and what it may use.
struct Deciding<'a> {
    region: &'a Region,
    before: &'a State,
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
    let mut it = Deciding { region, before: state, decision: Decision::new(state, at), new_id };
    match command.clone() {
        Command::PlanShift { plan } => it.plan_shift(plan)?,
        Command::ChangeShift { shift, plan, overrides } => it.change_shift(&shift, plan, overrides)?,
        Command::CancelShift { shift, reason } => {
            let shift = it.not_ended(&shift)?.id.clone();
            it.happened(Event::ShiftCancelled { shift, reason });
        }
        Command::Assign { shift, staff, role, overrides } => it.assign(&shift, staff, role, overrides)?,
        Command::Unassign { shift, staff } => it.unassign(&shift, staff)?,
        Command::Swap { one, other, overrides } => it.swap(one, other, overrides)?,
        Command::ReportSick { staff, from, until } => it.report_sick(staff, from, until)?,
        Command::ReportBetter { staff, from, until } => it.report_better(staff, from, until)?,
        Command::SetTeamState { shift, state, minutes } => it.set_team_state(&shift, state, minutes)?,
        Command::ReceiveMelding { gemeente, urgency, text } => it.receive(gemeente, urgency, text)?,
        Command::AssignMelding { melding, shift } => it.give(&melding, &shift)?,
        Command::MoveMelding { melding, to } => it.go_on(&melding, to)?,
        Command::SetResult { melding, result, claim } => it.result(&melding, result, claim)?,
        Command::CloseMelding { melding } => it.close(&melding)?,
        Command::WriteRemark { text } => it.remark(text)?,
        Command::HandOver { staff } => it.hand_over(staff)?,
        Command::WithdrawHandover { staff } => it.take_back(staff)?,
        Command::AcceptHandover { staff } => it.accept(staff)?,
        Command::StaffErased { staff } => it.is_erased(&staff),
        Command::Tick => it.let_time_pass(),
    }
    it.tell();
    Ok(it.decision.into_events())
}

impl Deciding<'_> {
    fn happened(&mut self, event: Event) {
        self.decision.happened(event);
    }

    const fn at(&self) -> Timestamp {
        self.decision.at()
    }

    fn state(&self) -> &State {
        self.decision.state()
    }

    /// A shift that must exist.
    fn shift(&self, id: &UserId) -> Result<&Shift, Refusal> {
        self.state().shift(id).ok_or_else(|| Refusal::UnknownShift { shift: id.clone() })
    }

    /// A shift that did not end and was not cancelled.
    fn not_ended(&self, id: &UserId) -> Result<&Shift, Refusal> {
        let shift = self.shift(id)?;
        if shift.cancelled {
            Err(Refusal::ShiftCancelled)
        } else if shift.period.until <= self.at() {
            Err(Refusal::ShiftEnded)
        } else {
            Ok(shift)
        }
    }

    /// A shift that runs now.
    fn on_duty(&self, id: &UserId) -> Result<&Shift, Refusal> {
        let shift = self.not_ended(id)?;
        if shift.period.contains(self.at()) { Ok(shift) } else { Err(Refusal::NotOnDuty) }
    }

    /// What is due by the clock.
    fn let_time_pass(&mut self) {
        for due in self.state().due(self.at()) {
            match due {
                Due::Begin(shift) => self.happened(Event::ShiftBegan { shift }),
                Due::End(shift) => self.happened(Event::ShiftEnded { shift }),
                Due::Pauze(shift) => self.happened(Event::PauzeEnded { shift }),
                // What is told again follows below.
                Due::Tell(_) => {}
            }
        }
    }
}
