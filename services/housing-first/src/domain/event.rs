//! What happened with the trajecten and the slots. Past tense; never renamed, only added to. Golden files prove that old
//! ones still read. It must not decide anything.

use std::sync::Arc;

use jiff::civil::Date;
use model::id::{Gemeente, UserId};
use model::sealed::Sealed;
use proto::availability::v1::Happening;
use serde::{Deserialize, Serialize};

use super::{Stage, StopReason};

/// What happened.
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
    /// Its last stage was a mistake: it is at the one before.
    StageTakenBack { traject: UserId, gemeente: Gemeente, stage: Stage, to: Stage },
    /// A traject went to another gemeente.
    TransferredOut { traject: UserId, gemeente: Gemeente, to: Gemeente },
    /// A traject came from another gemeente.
    TransferredIn { traject: UserId, gemeente: Gemeente, from: Gemeente },
    /// It has another provider.
    ProviderChanged { traject: UserId, gemeente: Gemeente, provider: Arc<str> },
    /// It has another corporatie.
    CorporatieChanged { traject: UserId, gemeente: Gemeente, corporatie: Arc<str> },
}

impl Event {
    /// The thing whose report it renews: its gemeente.
    pub fn stream(&self) -> &str {
        self.gemeente().as_str()
    }

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
            | Self::StageTakenBack { gemeente, .. }
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
            | Self::StageTakenBack { traject, .. }
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

    /// The word for it in a report: what happened, never who.
    pub const fn happening(&self) -> Happening {
        match self {
            Self::AllocationSet { .. } | Self::SlotsGiven { .. } | Self::SlotsReceived { .. } => {
                Happening::AllocationChanged
            }
            Self::Confirmed { .. } => Happening::Confirmed,
            Self::Registered { .. } => Happening::TrajectRegistered,
            Self::StageReached { stage: Stage::Gestart, .. } => Happening::TrajectStarted,
            Self::StageReached { stage: Stage::Afgerond, .. } => Happening::TrajectCompleted,
            Self::StageReached { .. } | Self::StageTakenBack { .. } => Happening::TrajectMovedOn,
            Self::Stopped { .. } => Happening::TrajectStopped,
            Self::TransferredOut { .. }
            | Self::TransferredIn { .. }
            | Self::ProviderChanged { .. }
            | Self::CorporatieChanged { .. } => Happening::TrajectTransferred,
        }
    }
}
