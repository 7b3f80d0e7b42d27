//! The kinds of facility and the rules each brings along, in one table.
//! It must not name a location, a provider or a region.

use serde::{Deserialize, Serialize};

/// Kind of facility.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms; the .proto says what they are")]
pub enum Kind {
    Logeerplek,
    Nachtopvang,
    Dagopvang,
    Gezinsopvang,
    MoGezinswoning,
    Crisisopvang,
    Vrouwenopvang,
    TimeOutPleger,
    BeschermdWonen,
    BeschutWonen,
    GewoonThuis,
    Woonstart,
    Winteropvang,
    HousingFirst,
    Nachtdienst,
}

/// The services that own locations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the services' own")]
pub enum Owner {
    Opvang,
    Logeerplek,
    HousingFirst,
    Nachtdienst,
}

/// How a location counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counting {
    /// Named rooms, beds, units or slots.
    Places,
    /// People against a maximum.
    Headcount,
}

/// What of a location may leave its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publication {
    /// Everything in the report.
    Open,
    /// Counts only: no name, no place, no coordinates, `regio` in place of the gemeente.
    CountsOnly,
}

/// The rules of a kind.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// What people call it.
    pub name: &'static str,
    /// How its locations count when nothing else is said.
    pub counting: Counting,
    /// Whether its locations may also count the other way.
    pub either_counting: bool,
    /// What may be published.
    pub publication: Publication,
    /// Freshness goal in minutes when a location sets none.
    pub freshness_goal_minutes: u32,
    /// Whether a location must say how long a stay may last.
    pub needs_max_stay: bool,
    /// Whether a place must say how large a household may be; one household per place.
    pub needs_household_size: bool,
    /// Youngest and oldest age the kind itself asks for.
    pub ages: Option<(u32, u32)>,
    /// Whether residence elsewhere may refuse somebody. For opvang it never may (landelijke toegankelijkheid).
    pub residence_refuses: bool,
    /// Whether its capacity is temporary and therefore counted apart.
    pub surge: bool,
    /// Which service owns its locations.
    pub owner: Owner,
    /// Whether it always takes the avond- en nachtdienst to take anybody in at night.
    pub needs_night_cover: bool,
}

const PLAIN: Rules = Rules {
    name: "",
    counting: Counting::Places,
    either_counting: true,
    publication: Publication::Open,
    freshness_goal_minutes: 8 * 60,
    needs_max_stay: false,
    needs_household_size: false,
    ages: None,
    residence_refuses: false,
    surge: false,
    owner: Owner::Opvang,
    needs_night_cover: false,
};

const PLACES: Rules = Rules { either_counting: false, ..PLAIN };

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Logeerplek,
        Self::Nachtopvang,
        Self::Dagopvang,
        Self::Gezinsopvang,
        Self::MoGezinswoning,
        Self::Crisisopvang,
        Self::Vrouwenopvang,
        Self::TimeOutPleger,
        Self::BeschermdWonen,
        Self::BeschutWonen,
        Self::GewoonThuis,
        Self::Woonstart,
        Self::Winteropvang,
        Self::HousingFirst,
        Self::Nachtdienst,
    ];

    /// The rules of this kind.
    pub const fn rules(self) -> Rules {
        match self {
            Self::Logeerplek => {
                Rules { name: "logeerplek", residence_refuses: true, owner: Owner::Logeerplek, ..PLACES }
            }
            Self::Nachtopvang => Rules { name: "nachtopvang", freshness_goal_minutes: 4 * 60, ..PLAIN },
            Self::Dagopvang => {
                Rules { name: "dagopvang", counting: Counting::Headcount, either_counting: false, ..PLAIN }
            }
            Self::Gezinsopvang => Rules { name: "gezinsopvang", needs_household_size: true, ..PLAIN },
            Self::MoGezinswoning => Rules { name: "MO-gezinswoning", needs_household_size: true, ..PLACES },
            Self::Crisisopvang => Rules { name: "crisisopvang", needs_max_stay: true, ..PLAIN },
            Self::Vrouwenopvang => Rules { name: "vrouwenopvang", publication: Publication::CountsOnly, ..PLAIN },
            Self::TimeOutPleger => {
                Rules { name: "time-outplek pleger", publication: Publication::CountsOnly, ..PLACES }
            }
            Self::BeschermdWonen => Rules { name: "beschermd wonen", ..PLAIN },
            Self::BeschutWonen => Rules { name: "beschut wonen", needs_max_stay: true, ..PLACES },
            Self::GewoonThuis => Rules { name: "Gewoon Thuis", needs_night_cover: true, ..PLACES },
            Self::Woonstart => Rules { name: "Woonstart", ages: Some((17, 27)), ..PLACES },
            Self::Winteropvang => Rules { name: "winteropvang", freshness_goal_minutes: 4 * 60, surge: true, ..PLAIN },
            Self::HousingFirst => Rules { name: "Housing First", owner: Owner::HousingFirst, ..PLACES },
            Self::Nachtdienst => {
                Rules { name: "nachtdienst", owner: Owner::Nachtdienst, freshness_goal_minutes: 60, ..PLACES }
            }
        }
    }

    /// Whether a search for it that finds nothing is counted: somebody can be placed there tonight, and it is no secret
    /// where that was looked for.
    pub const fn counts_demand(self) -> bool {
        matches!(self.rules().owner, Owner::Opvang | Owner::Logeerplek) && !self.is_confidential()
    }

    /// Whether only counts of this kind may leave its service.
    pub const fn is_confidential(self) -> bool {
        matches!(self.rules().publication, Publication::CountsOnly)
    }
}
