//! Why a command is refused: a stable machine reason and a sentence a person understands. It must not decide: only
//! say.

use model::criteria::Miss;
use model::id::UserId;
use model::night::CoverAt;
use model::refusal::Class;
use model::site::SiteRefusal;
use serde::{Deserialize, Serialize};

use super::Status;

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum Refusal {
    #[error(transparent)]
    Site(#[from] SiteRefusal),
    #[error("Deze claim is niet bekend.")]
    UnknownClaim { claim: UserId },
    #[error("Dat kan nu niet: {}.", now.sentence())]
    WrongStatus { now: Status },
    #[error("Deze claim is hier niet meer: een andere locatie wordt nu gevraagd.")]
    MovedOn,
    #[error("Deze cliënt heeft al een plek in de regio.")]
    ClientHasPlace { claim: UserId },
    #[error("De stand van deze locatie is te oud. Bel eerst{}.", number(phone))]
    Stale { phone: String },
    #[error("Deze locatie heeft haar stand nog nooit bevestigd. Bel eerst{}.", number(phone))]
    NeverConfirmed { phone: String },
    #[error("Op dit tijdstip neemt deze locatie niemand op.")]
    IntakeClosed,
    #[error("{}", CoverAt::refusing(*unknown))]
    NoNightCover { unknown: bool },
    #[error("Deze locatie is vol.")]
    Full,
    #[error("{}", Miss::sentences(misses))]
    DoesNotFit { misses: Vec<Miss> },
    #[error("Deze claim is al een keer verlengd.")]
    AlreadyExtended,
    #[error("Een claim kan met hoogstens {max} minuten worden verlengd.")]
    #[serde(alias = "too_long_extended")]
    ExtensionTooLong { max: u32 },
    #[error("Ook dan is het verblijf al voorbij. Verleng met meer nachten, of meld dat de cliënt is vertrokken.")]
    StayInPast,
    #[error("Langer dan {max} nachten kan iemand hier niet blijven.")]
    TooManyNights { max: u32 },
}

impl model::refusal::Refusal for Refusal {
    fn class(&self) -> Class {
        match self {
            Self::Site(refusal) => refusal.class(),
            Self::UnknownClaim { .. } => Class::NotFound,
            Self::WrongStatus { .. }
            | Self::MovedOn
            | Self::StayInPast
            | Self::ClientHasPlace { .. }
            | Self::Stale { .. }
            | Self::NeverConfirmed { .. }
            | Self::IntakeClosed
            | Self::NoNightCover { .. }
            | Self::Full
            | Self::DoesNotFit { .. }
            | Self::AlreadyExtended
            | Self::ExtensionTooLong { .. }
            | Self::TooManyNights { .. } => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Site(refusal) => refusal.reason(),
            Self::UnknownClaim { .. } => "UNKNOWN_CLAIM",
            Self::WrongStatus { .. } => "WRONG_STATUS",
            Self::MovedOn => "CLAIM_MOVED_ON",
            Self::StayInPast => "STAY_IN_PAST",
            Self::ClientHasPlace { .. } => "CLIENT_HAS_PLACE",
            Self::Stale { .. } => "STALE",
            Self::NeverConfirmed { .. } => "NEVER_CONFIRMED",
            Self::IntakeClosed => "INTAKE_CLOSED",
            Self::NoNightCover { .. } => "NO_NIGHT_COVER",
            Self::Full => "FULL",
            Self::DoesNotFit { misses } => misses.first().map_or("DOES_NOT_FIT", |miss| miss.reason()),
            Self::AlreadyExtended => "ALREADY_EXTENDED",
            Self::ExtensionTooLong { .. } => "EXTENSION_TOO_LONG",
            Self::TooManyNights { .. } => "NIGHTS",
        }
    }

    fn tells_of(&self) -> Option<&UserId> {
        if let Self::ClientHasPlace { claim } = self { Some(claim) } else { None }
    }
}

fn number(phone: &str) -> String {
    if phone.is_empty() { String::new() } else { format!(": {phone}") }
}
