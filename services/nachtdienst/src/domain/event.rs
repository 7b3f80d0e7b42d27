//! What happened in the avond- en nachtdienst. Past tense; never renamed, only added to. Golden files prove that old
//! ones still read. It must not decide anything.

use std::sync::Arc;

use jiff::Timestamp;
use model::id::{Gemeente, UserId};
use model::night::Period;
use model::sealed::Sealed;
use proto::availability::v1::Happening;
use serde::{Deserialize, Serialize};

use super::{Breach, MeldingResult, MeldingStatus, Role, ShiftPlan, TeamState, Urgency};

/// The stream of everything that is told by gemeente, after it: a name no gemeente has.
const NIGHT: &str = "_nacht";

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Event {
    /// A shift was planned.
    ShiftPlanned { shift: UserId, plan: Arc<ShiftPlan>, period: Period },
    /// It became something else; rules that were overridden, and why.
    ShiftChanged {
        shift: UserId,
        plan: Arc<ShiftPlan>,
        period: Period,
        overridden: Vec<Breach>,
        reason: Option<Sealed>,
        /// Of whom.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        of: Vec<Sealed>,
    },
    /// It was cancelled.
    ShiftCancelled { shift: UserId, reason: Sealed },
    /// Somebody was assigned; rules that were overridden, and why.
    Assigned { shift: UserId, staff: Sealed, role: Role, overridden: Vec<Breach>, reason: Option<Sealed> },
    /// Somebody came off.
    Unassigned { shift: UserId, staff: Sealed },
    /// Somebody is sick in this period. Each shift they came off is told after it.
    SickReported { staff: Sealed, period: Period },
    /// Somebody is not sick in this period, whatever was said before.
    BetterReported { staff: Sealed, period: Period },
    /// A shift began.
    ShiftBegan { shift: UserId },
    /// A shift ended.
    ShiftEnded { shift: UserId },
    /// What a team does; until when, where that ends by the clock.
    TeamStateSet { shift: UserId, state: TeamState, until: Option<Timestamp> },
    /// A pauze was over.
    PauzeEnded { shift: UserId },
    /// A call came in.
    MeldingReceived { melding: UserId, gemeente: Gemeente, urgency: Urgency, text: Sealed },
    /// A team has it.
    MeldingAssigned { melding: UserId, shift: UserId },
    /// The team is under way, or there.
    MeldingMoved { melding: UserId, to: MeldingStatus },
    /// What came of it.
    MeldingResulted { melding: UserId, result: MeldingResult, claim: Option<UserId> },
    /// It is done.
    MeldingClosed { melding: UserId },
    /// A remark was written.
    RemarkWritten { text: Sealed },
    /// The night was handed over.
    HandedOver { staff: Sealed },
    /// The handover was taken back.
    HandoverWithdrawn { staff: Sealed },
    /// The night was accepted.
    HandoverAccepted { staff: Sealed },
    /// What is known of one gemeente was told, why, and when it is told again at the latest.
    CoverTold { gemeente: Gemeente, why: Vec<Why>, again_at: Timestamp },
}

/// Why a gemeente is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Why {
    ShiftChanged,
    RosterChanged,
    SickCall,
    TeamState,
    MeldingReceived,
    MeldingMovedOn,
    MeldingClosed,
    HandedOver,
    Renewed,
}

impl Event {
    /// The thing whose report it renews: a gemeente. What leads to that has none of its own.
    pub fn stream(&self) -> &str {
        self.gemeente().map_or(NIGHT, Gemeente::as_str)
    }

    /// The gemeente that is told of.
    pub const fn gemeente(&self) -> Option<&Gemeente> {
        if let Self::CoverTold { gemeente, .. } = self { Some(gemeente) } else { None }
    }

    /// Why gemeenten are told of it.
    pub const fn why(&self) -> Option<Why> {
        Some(match self {
            Self::ShiftPlanned { .. }
            | Self::ShiftChanged { .. }
            | Self::ShiftCancelled { .. }
            | Self::ShiftBegan { .. }
            | Self::ShiftEnded { .. } => Why::ShiftChanged,
            Self::Assigned { .. } | Self::Unassigned { .. } => Why::RosterChanged,
            Self::SickReported { .. } | Self::BetterReported { .. } => Why::SickCall,
            Self::TeamStateSet { .. } | Self::PauzeEnded { .. } => Why::TeamState,
            Self::MeldingReceived { .. } => Why::MeldingReceived,
            Self::MeldingAssigned { .. } | Self::MeldingMoved { .. } | Self::MeldingResulted { .. } => {
                Why::MeldingMovedOn
            }
            Self::MeldingClosed { .. } => Why::MeldingClosed,
            Self::HandedOver { .. } | Self::HandoverAccepted { .. } => Why::HandedOver,
            Self::HandoverWithdrawn { .. } | Self::RemarkWritten { .. } | Self::CoverTold { .. } => return None,
        })
    }

    /// The shift that begins, ends, or goes on after a pauze, as planned.
    pub const fn passing(&self) -> Option<&UserId> {
        if let Self::ShiftBegan { shift } | Self::ShiftEnded { shift } | Self::PauzeEnded { shift } = self {
            Some(shift)
        } else {
            None
        }
    }

    /// The shift whose plan, people or state it changes.
    pub const fn shift(&self) -> Option<&UserId> {
        match self {
            Self::ShiftPlanned { shift, .. }
            | Self::ShiftChanged { shift, .. }
            | Self::ShiftCancelled { shift, .. }
            | Self::Assigned { shift, .. }
            | Self::Unassigned { shift, .. }
            | Self::TeamStateSet { shift, .. } => Some(shift),
            Self::SickReported { .. }
            | Self::BetterReported { .. }
            | Self::ShiftBegan { .. }
            | Self::ShiftEnded { .. }
            | Self::PauzeEnded { .. }
            | Self::MeldingReceived { .. }
            | Self::MeldingAssigned { .. }
            | Self::MeldingMoved { .. }
            | Self::MeldingResulted { .. }
            | Self::MeldingClosed { .. }
            | Self::RemarkWritten { .. }
            | Self::HandedOver { .. }
            | Self::HandoverWithdrawn { .. }
            | Self::HandoverAccepted { .. }
            | Self::CoverTold { .. } => None,
        }
    }

    /// Rules of the roster that were overridden.
    pub fn overridden(&self) -> &[Breach] {
        if let Self::Assigned { overridden, .. } | Self::ShiftChanged { overridden, .. } = self {
            overridden
        } else {
            &[]
        }
    }

    /// The melding it is about.
    pub const fn melding(&self) -> Option<&UserId> {
        match self {
            Self::MeldingReceived { melding, .. }
            | Self::MeldingAssigned { melding, .. }
            | Self::MeldingMoved { melding, .. }
            | Self::MeldingResulted { melding, .. }
            | Self::MeldingClosed { melding } => Some(melding),
            Self::ShiftPlanned { .. }
            | Self::ShiftChanged { .. }
            | Self::ShiftCancelled { .. }
            | Self::Assigned { .. }
            | Self::Unassigned { .. }
            | Self::SickReported { .. }
            | Self::BetterReported { .. }
            | Self::ShiftBegan { .. }
            | Self::ShiftEnded { .. }
            | Self::TeamStateSet { .. }
            | Self::PauzeEnded { .. }
            | Self::RemarkWritten { .. }
            | Self::HandedOver { .. }
            | Self::HandoverWithdrawn { .. }
            | Self::HandoverAccepted { .. }
            | Self::CoverTold { .. } => None,
        }
    }
}

impl Why {
    /// The word for it in a report: what happened, never who.
    pub const fn happening(self) -> Happening {
        match self {
            Self::ShiftChanged => Happening::ShiftChanged,
            Self::RosterChanged => Happening::RosterChanged,
            Self::SickCall => Happening::SickCall,
            Self::TeamState => Happening::TeamStateChanged,
            Self::MeldingReceived => Happening::MeldingReceived,
            Self::MeldingMovedOn => Happening::MeldingMovedOn,
            Self::MeldingClosed => Happening::MeldingClosed,
            Self::HandedOver => Happening::HandedOver,
            Self::Renewed => Happening::CoverRenewed,
        }
    }
}
