//! What may be asked of the avond- en nachtdienst. It must not say what comes of it: that is [`decide`](super::decide).

use jiff::Timestamp;
use model::id::{Gemeente, UserId};
use model::sealed::{Keep, Sealed};
use serde::Serialize;

use super::{MeldingResult, MeldingStatus, Role, ShiftPlan, TeamState, Urgency};

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Command {
    /// Plan a shift.
    PlanShift { plan: ShiftPlan },
    /// Change a shift; why rules of the roster may be broken.
    ChangeShift { shift: UserId, plan: ShiftPlan, overrides: Option<Sealed> },
    /// Cancel a shift.
    CancelShift { shift: UserId, reason: Sealed },
    /// Assign somebody.
    Assign { shift: UserId, staff: Sealed, role: Role, overrides: Option<Sealed> },
    /// Take somebody off.
    Unassign { shift: UserId, staff: Sealed },
    /// Two people on two shifts change places.
    Swap { one: (UserId, Sealed), other: (UserId, Sealed), overrides: Option<Sealed> },
    /// Somebody is sick.
    ReportSick { staff: Sealed, from: Option<Timestamp>, until: Timestamp },
    /// Somebody is better.
    ReportBetter { staff: Sealed, from: Option<Timestamp>, until: Option<Timestamp> },
    /// What a team on duty does; the minutes of a pauze.
    SetTeamState { shift: UserId, state: TeamState, minutes: u32 },
    /// A call comes in.
    ReceiveMelding { gemeente: Gemeente, urgency: Urgency, text: Sealed },
    /// It goes to a team.
    AssignMelding { melding: UserId, shift: UserId },
    /// The team is under way, or there.
    MoveMelding { melding: UserId, to: MeldingStatus },
    /// What came of it.
    SetResult { melding: UserId, result: MeldingResult, claim: Option<UserId> },
    /// It is done.
    CloseMelding { melding: UserId },
    /// A remark for the next coordinator.
    WriteRemark { text: Sealed },
    /// The coordinator hands the night over.
    HandOver { staff: Sealed },
    /// It is taken back.
    WithdrawHandover { staff: Sealed },
    /// The next one accepts it.
    AcceptHandover { staff: Sealed },
    /// Who this was is erased: off every shift that is not over.
    StaffErased { staff: Sealed },
    /// Time passed: do what is due.
    Tick,
}

impl Command {
    /// Gives every text of a person to the look-up table.
    pub fn seal(&mut self, keep: &mut Keep<'_>) {
        match self {
            Self::ChangeShift { overrides, .. } => overrides.iter_mut().for_each(|text| text.seal(keep)),
            Self::CancelShift { reason: text, .. } | Self::ReceiveMelding { text, .. } | Self::WriteRemark { text } => {
                text.seal(keep);
            }
            Self::Assign { staff, overrides, .. } => {
                staff.seal(keep);
                overrides.iter_mut().for_each(|text| text.seal(keep));
            }
            Self::Swap { one, other, overrides } => {
                one.1.seal(keep);
                other.1.seal(keep);
                overrides.iter_mut().for_each(|text| text.seal(keep));
            }
            Self::Unassign { staff, .. }
            | Self::ReportSick { staff, .. }
            | Self::ReportBetter { staff, .. }
            | Self::HandOver { staff }
            | Self::WithdrawHandover { staff }
            | Self::AcceptHandover { staff }
            | Self::StaffErased { staff } => staff.seal(keep),
            Self::PlanShift { .. }
            | Self::SetTeamState { .. }
            | Self::AssignMelding { .. }
            | Self::MoveMelding { .. }
            | Self::SetResult { .. }
            | Self::CloseMelding { .. }
            | Self::Tick => {}
        }
    }
}
