//! The stages of a traject, which follows on which, and which use a slot. It must not know a traject.

use proto::availability::v1::TrajectStage;
use serde::{Deserialize, Serialize};

/// Stage of a traject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Stage {
    Aangemeld,
    Gescreend,
    Wachtlijst,
    WoningGezocht,
    WoningToegewezen,
    Gestart,
    Afgeschaald,
    Waakvlam,
    Afgerond,
    Gestopt,
}

/// Why a traject stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum StopReason {
    EigenVerzoek,
    WoningVerloren,
    Verhuisd,
    Opname,
    Detentie,
    Overleden,
    UitBeeld,
    Anders,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 10] = [
        Self::Aangemeld,
        Self::Gescreend,
        Self::Wachtlijst,
        Self::WoningGezocht,
        Self::WoningToegewezen,
        Self::Gestart,
        Self::Afgeschaald,
        Self::Waakvlam,
        Self::Afgerond,
        Self::Gestopt,
    ];

    /// What people call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aangemeld => "aangemeld",
            Self::Gescreend => "gescreend",
            Self::Wachtlijst => "wachtlijst",
            Self::WoningGezocht => "woning gezocht",
            Self::WoningToegewezen => "woning toegewezen",
            Self::Gestart => "gestart",
            Self::Afgeschaald => "afgeschaald",
            Self::Waakvlam => "waakvlam",
            Self::Afgerond => "afgerond",
            Self::Gestopt => "gestopt",
        }
    }

    /// Whether a traject in this stage uses a slot.
    pub const fn uses_slot(self) -> bool {
        matches!(self, Self::WoningGezocht | Self::WoningToegewezen | Self::Gestart | Self::Afgeschaald)
    }

    /// Whether nothing follows.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Afgerond | Self::Gestopt)
    }

    /// Whether that stage may follow on this one. Stopping is a command of its own.
    pub const fn leads_to(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Aangemeld, Self::Gescreend)
                | (Self::Gescreend, Self::Wachtlijst)
                | (Self::Wachtlijst, Self::WoningGezocht)
                | (Self::WoningGezocht, Self::WoningToegewezen)
                // A home that was promised may fall through.
                | (Self::WoningToegewezen, Self::Gestart | Self::WoningGezocht)
                | (Self::Gestart, Self::Afgeschaald | Self::Waakvlam | Self::Afgerond)
                | (Self::Afgeschaald, Self::Waakvlam | Self::Afgerond)
                | (Self::Waakvlam, Self::Gestart | Self::Afgeschaald | Self::Afgerond)
        )
    }

    /// The word for it in a report.
    pub const fn told(self) -> TrajectStage {
        match self {
            Self::Aangemeld => TrajectStage::Aangemeld,
            Self::Gescreend => TrajectStage::Gescreend,
            Self::Wachtlijst => TrajectStage::Wachtlijst,
            Self::WoningGezocht => TrajectStage::WoningGezocht,
            Self::WoningToegewezen => TrajectStage::WoningToegewezen,
            Self::Gestart => TrajectStage::Gestart,
            Self::Afgeschaald => TrajectStage::Afgeschaald,
            Self::Waakvlam => TrajectStage::Waakvlam,
            Self::Afgerond => TrajectStage::Afgerond,
            Self::Gestopt => TrajectStage::Gestopt,
        }
    }

    /// The stage that is meant; none when unspecified.
    pub fn heard(told: TrajectStage) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.told() == told)
    }
}

impl StopReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::EigenVerzoek,
        Self::WoningVerloren,
        Self::Verhuisd,
        Self::Opname,
        Self::Detentie,
        Self::Overleden,
        Self::UitBeeld,
        Self::Anders,
    ];

    /// Whether it means that the home was lost. Of the other reasons that is not known.
    pub const fn loses_home(self) -> bool {
        matches!(self, Self::WoningVerloren | Self::Detentie)
    }
}
