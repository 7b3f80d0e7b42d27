//! Why a command is refused: a stable machine reason and a sentence a person understands. Never where somebody is:
//! not everybody who asks may know.

use model::criteria::Miss;
use model::id::{PlaceId, Pool, UserId};
use model::refusal::Class;
use model::site::SiteRefusal;
use serde::{Deserialize, Serialize};

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum Refusal {
    #[error(transparent)]
    Site(#[from] SiteRefusal),
    #[error("Dit verblijf of deze reservering is hier niet bekend, of is al afgelopen.")]
    UnknownStay { stay: UserId },
    #[error("Deze locatie heeft geen plekken van de soort {pool}.")]
    UnknownPool { pool: Pool },
    #[error("Deze cliënt heeft al een plek of een reservering.")]
    ClientHasPlace { stay: UserId },
    #[error("Deze reservering is voor een andere cliënt.")]
    OtherClient,
    #[error("Deze cliënt is al binnen.")]
    AlreadyIn,
    #[error("Deze cliënt is nog niet binnen. Annuleer de reservering.")]
    NotIn,
    #[error("Hier is iemand van wie een cliëntcode bekend is: {}. Schrijf die cliënt eerst uit.", ids(places))]
    ClientIn { places: Vec<PlaceId> },
    #[error("Hier is geen plek vrij.")]
    Full,
    #[error("{}", sentences(misses))]
    DoesNotFit { misses: Vec<Miss> },
    #[error("Een reservering kan tot 24 uur vooruit, en niet in het verleden.")]
    ReleaseTime,
    #[error("Hier is nog nooit geteld. Geef eerst door hoeveel mensen er binnen zijn.")]
    NotCounted,
    #[error("Dat aantal kan niet: er zijn nu {present} mensen binnen.")]
    ImpossibleCount { present: u32 },
    #[error("Deze stand ligt in de toekomst.")]
    InFuture,
}

impl model::refusal::Refusal for Refusal {
    fn class(&self) -> Class {
        match self {
            Self::Site(refusal) => refusal.class(),
            Self::UnknownStay { .. } | Self::UnknownPool { .. } => Class::NotFound,
            Self::ClientHasPlace { .. }
            | Self::OtherClient
            | Self::AlreadyIn
            | Self::NotIn
            | Self::ClientIn { .. }
            | Self::Full
            | Self::DoesNotFit { .. }
            | Self::ReleaseTime
            | Self::NotCounted
            | Self::ImpossibleCount { .. }
            | Self::InFuture => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Site(refusal) => refusal.reason(),
            Self::UnknownStay { .. } => "UNKNOWN_STAY",
            Self::UnknownPool { .. } => "UNKNOWN_POOL",
            Self::ClientHasPlace { .. } => "CLIENT_HAS_PLACE",
            Self::OtherClient => "OTHER_CLIENT",
            Self::AlreadyIn => "ALREADY_IN",
            Self::NotIn => "NOT_IN",
            Self::ClientIn { .. } => "CLIENT_IN",
            Self::Full => "FULL",
            Self::DoesNotFit { misses } => misses.first().map_or("DOES_NOT_FIT", |miss| miss.reason()),
            Self::ReleaseTime => "RELEASE_TIME",
            Self::NotCounted => "NOT_COUNTED",
            Self::ImpossibleCount { .. } => "IMPOSSIBLE_COUNT",
            Self::InFuture => "IN_FUTURE",
        }
    }
}

fn ids(places: &[PlaceId]) -> String {
    places.iter().map(PlaceId::as_str).collect::<Vec<_>>().join(", ")
}

fn sentences(misses: &[Miss]) -> String {
    let sentences: Vec<&str> = misses.iter().map(|miss| miss.sentence()).collect();
    sentences.join(" ")
}
