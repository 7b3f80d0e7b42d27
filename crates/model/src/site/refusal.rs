//! Why a site refuses. The names are the machine reasons; the texts are the Dutch sentences. It must not decide: only
//! say.

use serde::{Deserialize, Serialize};

use crate::id::{Gemeente, LocationId, PlaceId};
use crate::place::{Place, PlaceState, Transition};
use crate::refusal::{Class, Refusal};
use crate::sealed::Sealed;

/// Why a site refuses a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum SiteRefusal {
    // What somebody typed as an id of what does not exist may be anything: it is not kept with the answer.
    #[error("Deze locatie is hier niet bekend.")]
    UnknownLocation {},
    #[error("Deze plek is op deze locatie niet bekend.")]
    UnknownPlace {},
    #[error("De gemeente {gemeente} hoort niet bij deze regio.")]
    UnknownGemeente { gemeente: Gemeente },
    #[error("Er is al een locatie met de code {location}.")]
    LocationExists { location: LocationId },
    #[error("Deze locatie heeft al een plek met de code {place}.")]
    PlaceExists { place: PlaceId },
    #[error("Deze locatie is voorgoed gesloten.")]
    Retired,
    #[error("Een locatie kan niet meer dan {max} plekken hebben.", max = super::MOST_PLACES)]
    TooManyPlaces,
    #[error("De soort, de gemeente en de manier van tellen van een locatie kunnen niet veranderen.")]
    Fixed,
    #[error("Deze locatie telt mensen en heeft geen losse plekken.")]
    CountsPeople,
    #[error("Deze locatie heeft losse plekken en telt geen mensen.")]
    CountsPlaces,
    #[error("Zeg bij deze plek hoe groot een huishouden mag zijn.")]
    NeedsHouseholdSize,
    #[error("{}", suits_nobody(places))]
    SuitsNobody { places: Vec<PlaceId> },
    #[error("De verwachte einddatum ligt niet in de toekomst.")]
    EndInPast,
    #[error("{}", in_use(places, *people))]
    InUse { places: Vec<PlaceId>, people: u32 },
    #[error("De plek {place} is gereserveerd.")]
    Held { place: PlaceId },
    #[error("De plek {place} is bezet.")]
    Occupied { place: PlaceId },
    #[error("{}", out_of_service(place, why))]
    OutOfService { place: PlaceId, why: Sealed },
    #[error("De plek {place} is niet buiten gebruik.")]
    NotOutOfService { place: PlaceId },
    #[error("De plek {place} is niet in gebruik door deze cliënt.")]
    NotInUse { place: PlaceId },
}

impl SiteRefusal {
    /// Why a place cannot make a transition: what stands in the way.
    pub(super) fn in_the_way(place: &Place, transition: &Transition) -> Self {
        let id = place.id.clone();
        match (&place.state, transition) {
            (PlaceState::OutOfService { reason, .. }, _) => Self::OutOfService { place: id, why: reason.clone() },
            (_, Transition::Return) => Self::NotOutOfService { place: id },
            (PlaceState::Held { .. }, _) => Self::Held { place: id },
            (PlaceState::Occupied { .. }, _) => Self::Occupied { place: id },
            (PlaceState::Free, _) => Self::NotInUse { place: id },
        }
    }
}

impl Refusal for SiteRefusal {
    fn class(&self) -> Class {
        match self {
            Self::UnknownLocation { .. } | Self::UnknownPlace { .. } | Self::UnknownGemeente { .. } => Class::NotFound,
            Self::LocationExists { .. } | Self::PlaceExists { .. } => Class::AlreadyExists,
            Self::Retired
            | Self::TooManyPlaces
            | Self::Fixed
            | Self::CountsPeople
            | Self::CountsPlaces
            | Self::NeedsHouseholdSize
            | Self::SuitsNobody { .. }
            | Self::EndInPast
            | Self::InUse { .. }
            | Self::Held { .. }
            | Self::Occupied { .. }
            | Self::OutOfService { .. }
            | Self::NotOutOfService { .. }
            | Self::NotInUse { .. } => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownLocation { .. } => "UNKNOWN_LOCATION",
            Self::UnknownPlace { .. } => "UNKNOWN_PLACE",
            Self::UnknownGemeente { .. } => "UNKNOWN_GEMEENTE",
            Self::LocationExists { .. } => "LOCATION_EXISTS",
            Self::PlaceExists { .. } => "PLACE_EXISTS",
            Self::Retired => "RETIRED",
            Self::TooManyPlaces => "TOO_MANY_PLACES",
            Self::Fixed => "FIXED",
            Self::CountsPeople => "COUNTS_PEOPLE",
            Self::CountsPlaces => "COUNTS_PLACES",
            Self::NeedsHouseholdSize => "NEEDS_HOUSEHOLD_SIZE",
            Self::SuitsNobody { .. } => "SUITS_NOBODY",
            Self::EndInPast => "END_IN_PAST",
            Self::InUse { .. } => "IN_USE",
            Self::Held { .. } => "HELD",
            Self::Occupied { .. } => "OCCUPIED",
            Self::OutOfService { .. } => "OUT_OF_SERVICE",
            Self::NotOutOfService { .. } => "NOT_OUT_OF_SERVICE",
            Self::NotInUse { .. } => "NOT_IN_USE",
        }
    }
}

/// What somebody typed is not told to everybody who asks; what the product itself wrote on the door is.
fn out_of_service(place: &PlaceId, why: &Sealed) -> String {
    let why = why.plain().map(|why| format!(": {why}")).unwrap_or_default();
    format!("De plek {place} is buiten gebruik{why}.")
}

/// Of which places the limits and those of their location cross; none named: of the one the command is about.
fn suits_nobody(places: &[PlaceId]) -> String {
    let names: Vec<&str> = places.iter().map(PlaceId::as_str).collect();
    let which = if names.is_empty() { "deze plek".to_owned() } else { names.join(", ") };
    format!(
        "Niemand past op {which}: met de eisen van de locatie erbij ligt de hoogste leeftijd onder de laagste, of het \
        grootste huishouden onder het kleinste."
    )
}

/// The list of what is in the way.
fn in_use(places: &[PlaceId], people: u32) -> String {
    match (places, people) {
        ([], 1) => return "Er is nog iemand binnen of verwacht.".to_owned(),
        ([], _) => return format!("Er zijn nog {people} mensen binnen of verwacht."),
        _ => {}
    }
    let names: Vec<&str> = places.iter().map(PlaceId::as_str).collect();
    format!("Nog in gebruik of gereserveerd: {}.", names.join(", "))
}
