//! Why a command is refused: a stable machine reason and a sentence a person understands. It must not decide: only
//! say.

use std::sync::Arc;

use jiff::civil::Date;
use model::id::{Gemeente, UserId};
use model::refusal::Class;
use serde::{Deserialize, Serialize};

use super::Stage;

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum Refusal {
    #[error("De gemeente {gemeente} hoort niet bij deze regio.")]
    UnknownGemeente { gemeente: Gemeente },
    #[error("Dit traject is niet bekend.")]
    UnknownTraject { traject: UserId },
    #[error("Deze cliënt heeft al een traject.")]
    ClientHasTraject { traject: UserId },
    #[error("Dit traject is al {}.", stage.name())]
    #[serde(alias = "ended")]
    TrajectEnded { stage: Stage },
    #[error("Van {} kan een traject niet naar {}.", now.name(), to.name())]
    WrongStage { now: Stage, to: Stage },
    #[error("De regio mag hoogstens {cap} plekken gebruiken.")]
    RegionFull { cap: u32 },
    #[error("De gemeente {gemeente} heeft {slots} plekken, en die zijn allemaal in gebruik.")]
    GemeenteFull { gemeente: Arc<str>, slots: u32 },
    #[error("De gemeente {gemeente} gebruikt {used} plekken; minder kan nu niet.")]
    #[serde(alias = "in_use")]
    SlotsInUse { gemeente: Arc<str>, used: u32 },
    #[error("De gemeente {gemeente} heeft maar {slots} plekken.")]
    TooFewSlots { gemeente: Arc<str>, slots: u32 },
    #[error("Voor de gemeente {gemeente} is nog geen aantal plekken gezet; er is niets te bevestigen.")]
    NotAllocated { gemeente: Arc<str> },
    #[error("Dat is dezelfde gemeente.")]
    SameGemeente,
    #[error("Een traject begint met aangemeld; dat kan niet worden teruggenomen. Stop het, als het niet doorgaat.")]
    FirstStage,
    #[error("Zeg van welke corporatie de woning is.")]
    NeedsCorporatie,
    #[error("Deze datum ligt in de toekomst.")]
    InFuture,
    #[error("Deze datum ligt voor de vorige stap, op {}.", last.strftime("%d-%m-%Y"))]
    BeforeLastStep { last: Date },
}

impl model::refusal::Refusal for Refusal {
    fn class(&self) -> Class {
        match self {
            Self::UnknownGemeente { .. } | Self::UnknownTraject { .. } => Class::NotFound,
            Self::ClientHasTraject { .. }
            | Self::TrajectEnded { .. }
            | Self::WrongStage { .. }
            | Self::RegionFull { .. }
            | Self::GemeenteFull { .. }
            | Self::SlotsInUse { .. }
            | Self::TooFewSlots { .. }
            | Self::NotAllocated { .. }
            | Self::SameGemeente
            | Self::FirstStage
            | Self::NeedsCorporatie
            | Self::InFuture
            | Self::BeforeLastStep { .. } => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownGemeente { .. } => "UNKNOWN_GEMEENTE",
            Self::UnknownTraject { .. } => "UNKNOWN_TRAJECT",
            Self::ClientHasTraject { .. } => "CLIENT_HAS_TRAJECT",
            Self::TrajectEnded { .. } => "TRAJECT_ENDED",
            Self::WrongStage { .. } => "WRONG_STAGE",
            Self::RegionFull { .. } => "REGION_FULL",
            Self::GemeenteFull { .. } => "GEMEENTE_FULL",
            Self::SlotsInUse { .. } => "SLOTS_IN_USE",
            Self::TooFewSlots { .. } => "TOO_FEW_SLOTS",
            Self::NotAllocated { .. } => "NOT_ALLOCATED",
            Self::SameGemeente => "SAME_GEMEENTE",
            Self::FirstStage => "FIRST_STAGE",
            Self::NeedsCorporatie => "NEEDS_CORPORATIE",
            Self::InFuture => "IN_FUTURE",
            Self::BeforeLastStep { .. } => "BEFORE_LAST_STEP",
        }
    }

    fn tells_of(&self) -> Option<&UserId> {
        if let Self::ClientHasTraject { traject } = self { Some(traject) } else { None }
    }
}
