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
    /// Whether what it counts adds up over gemeenten. A team works for several, so teams do not.
    pub adds_up: bool,
    /// Which service owns its locations.
    pub owner: Owner,
    /// Whether it always takes the avond- en nachtdienst to take anybody in at night.
    pub needs_night_cover: bool,
}

impl Rules {
    /// What holds of a kind of which nothing else is said; who owns its locations is always said.
    const fn of(owner: Owner, name: &'static str) -> Self {
        Self {
            name,
            counting: Counting::Places,
            either_counting: matches!(owner, Owner::Opvang),
            publication: Publication::Open,
            freshness_goal_minutes: 8 * 60,
            needs_max_stay: false,
            needs_household_size: false,
            ages: None,
            residence_refuses: false,
            surge: false,
            adds_up: true,
            owner,
            needs_night_cover: false,
        }
    }
}

impl Owner {
    /// Whether what it counts are places and people that somebody can be placed among.
    pub const fn has_places(self) -> bool {
        match self {
            Self::Opvang | Self::Logeerplek => true,
            Self::HousingFirst | Self::Nachtdienst => false,
        }
    }
}

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
        use Owner::{HousingFirst, Logeerplek, Nachtdienst, Opvang};
        match self {
            Self::Logeerplek => Rules { residence_refuses: true, ..Rules::of(Logeerplek, "logeerplek") },
            Self::Nachtopvang => Rules { freshness_goal_minutes: 4 * 60, ..Rules::of(Opvang, "nachtopvang") },
            Self::Dagopvang => {
                Rules { counting: Counting::Headcount, either_counting: false, ..Rules::of(Opvang, "dagopvang") }
            }
            Self::Gezinsopvang => Rules { needs_household_size: true, ..Rules::of(Opvang, "gezinsopvang") },
            Self::MoGezinswoning => {
                Rules { needs_household_size: true, either_counting: false, ..Rules::of(Opvang, "MO-gezinswoning") }
            }
            Self::Crisisopvang => Rules { needs_max_stay: true, ..Rules::of(Opvang, "crisisopvang") },
            Self::Vrouwenopvang => Rules { publication: Publication::CountsOnly, ..Rules::of(Opvang, "vrouwenopvang") },
            Self::TimeOutPleger => Rules {
                publication: Publication::CountsOnly,
                either_counting: false,
                ..Rules::of(Opvang, "time-outplek pleger")
            },
            Self::BeschermdWonen => Rules::of(Opvang, "beschermd wonen"),
            Self::BeschutWonen => {
                Rules { needs_max_stay: true, either_counting: false, ..Rules::of(Opvang, "beschut wonen") }
            }
            Self::GewoonThuis => {
                Rules { needs_night_cover: true, either_counting: false, ..Rules::of(Opvang, "Gewoon Thuis") }
            }
            Self::Woonstart => Rules { ages: Some((17, 27)), either_counting: false, ..Rules::of(Opvang, "Woonstart") },
            Self::Winteropvang => {
                Rules { freshness_goal_minutes: 4 * 60, surge: true, ..Rules::of(Opvang, "winteropvang") }
            }
            Self::HousingFirst => Rules::of(HousingFirst, "Housing First"),
            Self::Nachtdienst => {
                Rules { freshness_goal_minutes: 60, adds_up: false, ..Rules::of(Nachtdienst, "nachtdienst") }
            }
        }
    }

    /// Whether a search for it that finds nothing is counted: somebody can be placed there tonight, and it is no secret
    /// where that was looked for.
    pub const fn counts_demand(self) -> bool {
        self.rules().owner.has_places() && !self.is_confidential()
    }

    /// Whether what it counts adds up over gemeenten.
    pub const fn adds_up(self) -> bool {
        self.rules().adds_up
    }

    /// Whether it is told how many there were over time.
    pub const fn has_history(self) -> bool {
        self.adds_up() && !self.is_confidential()
    }

    /// Whether nobody sleeps there.
    pub const fn is_by_day(self) -> bool {
        matches!(self, Self::Dagopvang)
    }

    /// Whether only counts of this kind may leave its service.
    pub const fn is_confidential(self) -> bool {
        matches!(self.rules().publication, Publication::CountsOnly)
    }
}
