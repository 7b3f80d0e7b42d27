//! Why a command is refused: a stable machine reason and a sentence a person understands. Never where somebody is:
//! not everybody who asks may know.

use std::sync::Arc;

use model::criteria::Miss;
use model::id::{PlaceId, UserId};
use model::night::CoverAt;
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
    #[error("Deze locatie heeft geen plekken van die soort.")]
    UnknownPool {},
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
    #[error("{}", people_wait(*people))]
    PeopleWait { people: u32 },
    #[error("Hier is geen plek vrij.")]
    Full,
    #[error("{}", Miss::sentences(misses))]
    DoesNotFit { misses: Vec<Miss> },
    #[error("Een reservering kan tot 24 uur vooruit, en niet in het verleden.")]
    ReleaseTime,
    #[error("Hier is nog nooit geteld. Geef eerst door hoeveel mensen er binnen zijn.")]
    NotCounted,
    #[error("Dat aantal kan niet: er zijn nu {present} mensen binnen.")]
    ImpossibleCount { present: u32 },
    #[error("Deze stand ligt in de toekomst.")]
    InFuture,
    #[error("Deze cliënt staat hier niet op een wachtlijst.")]
    UnknownWaiting { waiting: UserId },
    #[error("Deze cliënt staat al op deze wachtlijst.")]
    AlreadyWaiting { waiting: UserId },
    #[error("Op de wachtlijsten van een locatie passen hoogstens {max} mensen.")]
    WaitingListFull { max: usize },
    #[error("Er is deze cliënt nu geen plek aangeboden.")]
    NoOffer { waiting: UserId },
    #[error("Deze cliënt wacht niet op plek {place}: die is van een andere soort.")]
    OtherPool { place: PlaceId },
    #[error("Voor deze plek wacht niemand die geen ander aanbod heeft.")]
    NobodyWaits,
    #[error("Na een aanbod kan iemand hoogstens een week later komen, en niet in het verleden.")]
    ArriveBy,
    #[error("Dit plan is niet bekend, of is al uitgevoerd.")]
    UnknownPlan { plan: UserId },
    #[error("De datum van een plan moet in de toekomst liggen.")]
    PlanInPast,
    #[error("Een locatie kan niet meer dan {max} plannen hebben.")]
    TooManyPlans { max: usize },
    #[error("Voor die tijd haalt een plan de plek {place} al weg.")]
    PlannedAway { place: PlaceId },
    #[error("Voor die tijd komt de plek {place} er al door een plan.")]
    PlannedAlready { place: PlaceId },
    #[error("Het plan {plan} van een latere dag kan dan niet meer. Trek dat eerst in.")]
    BreaksPlan { plan: UserId },
    #[error("De gemeente {gemeente} heeft geen winteropvang.")]
    NoSurge { gemeente: Arc<str> },
    #[error("De winteropvang is nu niet open. De gemeente besluit wanneer zij opengaat.")]
    SurgeClosed,
    #[error("De nieuwe einddatum ligt niet na de oude, of niet in de toekomst.")]
    NotLater,
    #[error("Een verblijf kan hoogstens een jaar vooruit worden verlengd.")]
    StayTooLong,
    #[error("Deze datum ligt voor het begin van het verblijf.")]
    BeforeStay,
    #[error("De verantwoordelijke gemeente van een verblijf kan hoogstens {max} keer veranderen.")]
    TooManyChanges { max: usize },
    #[error("Op deze plaats kan deze soort opvang niet komen.")]
    TooNear,
    #[error("{}", CoverAt::refusing(*unknown))]
    NoNightCover { unknown: bool },
}

impl model::refusal::Refusal for Refusal {
    fn class(&self) -> Class {
        match self {
            Self::Site(refusal) => refusal.class(),
            Self::UnknownStay { .. }
            | Self::UnknownPool { .. }
            | Self::UnknownWaiting { .. }
            | Self::UnknownPlan { .. } => Class::NotFound,
            Self::AlreadyWaiting { .. } => Class::AlreadyExists,
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
            | Self::InFuture
            | Self::WaitingListFull { .. }
            | Self::PeopleWait { .. }
            | Self::NoOffer { .. }
            | Self::OtherPool { .. }
            | Self::NobodyWaits
            | Self::ArriveBy
            | Self::PlanInPast
            | Self::PlannedAway { .. }
            | Self::PlannedAlready { .. }
            | Self::BreaksPlan { .. }
            | Self::TooManyPlans { .. }
            | Self::NoSurge { .. }
            | Self::SurgeClosed
            | Self::NotLater
            | Self::StayTooLong
            | Self::BeforeStay
            | Self::TooManyChanges { .. }
            | Self::TooNear
            | Self::NoNightCover { .. } => Class::Precondition,
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
            Self::UnknownWaiting { .. } => "UNKNOWN_WAITING",
            Self::AlreadyWaiting { .. } => "ALREADY_WAITING",
            Self::WaitingListFull { .. } => "WAITING_LIST_FULL",
            Self::PeopleWait { .. } => "PEOPLE_WAIT",
            Self::NoOffer { .. } => "NO_OFFER",
            Self::OtherPool { .. } => "OTHER_POOL",
            Self::NobodyWaits => "NOBODY_WAITS",
            Self::ArriveBy => "ARRIVE_BY",
            Self::UnknownPlan { .. } => "UNKNOWN_PLAN",
            Self::PlanInPast => "PLAN_IN_PAST",
            Self::PlannedAway { .. } => "PLANNED_AWAY",
            Self::PlannedAlready { .. } => "PLANNED_ALREADY",
            Self::BreaksPlan { .. } => "BREAKS_PLAN",
            Self::TooManyPlans { .. } => "TOO_MANY_PLANS",
            Self::NoSurge { .. } => "NO_SURGE",
            Self::SurgeClosed => "SURGE_CLOSED",
            Self::NotLater => "NOT_LATER",
            Self::StayTooLong => "STAY_TOO_LONG",
            Self::BeforeStay => "BEFORE_STAY",
            Self::TooManyChanges { .. } => "TOO_MANY_CHANGES",
            Self::TooNear => "TOO_NEAR",
            Self::NoNightCover { .. } => "NO_NIGHT_COVER",
        }
    }

    fn tells_of(&self) -> Option<&UserId> {
        if let Self::ClientHasPlace { stay } = self { Some(stay) } else { None }
    }
}

fn ids(places: &[PlaceId]) -> String {
    places.iter().map(PlaceId::as_str).collect::<Vec<_>>().join(", ")
}

fn people_wait(people: u32) -> String {
    match people {
        1 => "Er wacht hier nog iemand. Haal die eerst van de wachtlijst.".to_owned(),
        _ => format!("Er wachten hier nog {people} mensen. Haal die eerst van de wachtlijst."),
    }
}

impl Refusal {
    /// Whether somebody was sent away because there is no place for them now.
    pub const fn is_unmet_demand(&self) -> bool {
        matches!(self, Self::Full | Self::DoesNotFit { .. } | Self::NoNightCover { .. } | Self::SurgeClosed)
    }
}
