//! A region is configuration: its gemeenten, its rules and the locations it starts with, read from one TOML
//! file. It must not hold anything that changes while the suite runs.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::geo::Coordinates;
use crate::id::{Gemeente, RegionId};
use crate::kind::Kind;

/// A region.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Its id, a token in every subject.
    pub id: RegionId,
    /// What people call it.
    pub name: String,
    /// Its time zone, such as `Europe/Amsterdam`.
    #[serde(deserialize_with = "time_zone")]
    pub time_zone: TimeZone,
    /// The gemeente that arranges opvang for the others.
    pub centrumgemeente: Gemeente,
    /// Number of the organisation in the source of every event (OIN), 20 digits.
    pub oin: String,
    /// Its rules.
    #[serde(default)]
    pub rules: Rules,
    /// Its gemeenten.
    #[serde(rename = "gemeente")]
    pub gemeenten: Vec<GemeenteInfo>,
    /// Kinds whose figures of whole gemeenten are invented: slots of Housing First, shifts of the nachtdienst.
    #[serde(default)]
    pub fictief: Vec<Kind>,
    /// For how long what belongs to a person is kept after it was last needed.
    #[serde(default)]
    pub retention: Retention,
    /// What the roster of the avond- en nachtdienst must keep to.
    #[serde(default)]
    pub roster: Roster,
    /// Shifts of the avond- en nachtdienst that come back every week; `onderdak up` plans them three weeks ahead, a week
    /// further than is told of the cover.
    #[serde(default, rename = "shift")]
    pub shifts: Vec<ShiftSeed>,
    /// Which gemeente is responsible for whom.
    #[serde(default)]
    pub responsible: Vec<ResponsibleRule>,
    /// Locations to register at the first start; `onderdak up` turns them into commands.
    #[serde(default, rename = "location")]
    pub locations: Vec<LocationSeed>,
}

/// The rules a region may set.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// How long a claim holds a place when the caller does not say, 1 to 240 minutes.
    pub hold_minutes: u32,
    /// After how many minutes an unanswered claim goes to the duty coordinator.
    pub escalate_minutes: u32,
    /// After how many minutes an unanswered claim lapses.
    pub lapse_minutes: u32,
    /// When a reservation for tonight is given free if nobody came, local time.
    pub release_time: Time,
    /// When the evening and night begin in which the avond- en nachtdienst has to be there, local time.
    pub night_from: Time,
    /// When they end, the next morning.
    pub night_until: Time,
    /// For how long what the avond- en nachtdienst told of its cover is believed; older is unknown.
    pub cover_goal_minutes: u32,
    /// Slots of Housing First in the whole region; without a word there are none.
    pub housing_first_cap: u32,
    /// How long somebody on a waiting list has to answer an offer, 1 to 168 hours.
    pub offer_hours: u32,
    /// How far a time-outplek for a pleger must be from vrouwenopvang, in kilometres.
    pub pleger_distance_km: u32,
}

/// For how many days what belongs to a person is kept after it was last needed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// References of clients.
    pub client_days: u32,
    /// Members of staff.
    pub staff_days: u32,
    /// Texts somebody typed.
    pub text_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { client_days: 730, staff_days: 730, text_days: 365 }
    }
}

/// What a roster must keep to. The numbers are those of the Arbeidstijdenwet; a CAO may set others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Roster {
    /// Longest shift, in hours (ATW 5:7).
    pub shift_hours: u32,
    /// Longest night shift, in hours (ATW 5:8). A night shift has more than one hour between 00:00 and 06:00.
    pub night_shift_hours: u32,
    /// Shortest rest between shifts, in hours (ATW 5:3).
    pub rest_hours: u32,
    /// Shortest rest after a night shift that ends after 02:00, in hours (ATW 5:8).
    pub rest_after_night_hours: u32,
    /// Most shifts in a row when one is a night shift (ATW 5:8).
    pub row_shifts: u32,
    /// Rest that ends a row, in hours.
    pub row_ends_hours: u32,
    /// Shortest rest after three or more night shifts in a row, in hours (ATW 5:8).
    pub rest_after_nights_hours: u32,
    /// Most night shifts that end after 02:00 in 16 weeks (ATW 5:8).
    pub nights_in_16_weeks: u32,
    /// Most hours in a week from Monday to Sunday (ATW 5:7).
    pub week_hours: u32,
}

impl Default for Roster {
    fn default() -> Self {
        Self {
            shift_hours: 12,
            night_shift_hours: 10,
            rest_hours: 11,
            rest_after_night_hours: 14,
            row_shifts: 7,
            row_ends_hours: 36,
            rest_after_nights_hours: 46,
            nights_in_16_weeks: 36,
            week_hours: 60,
        }
    }
}

/// A shift that comes back every week.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftSeed {
    /// Name of the team.
    pub team: String,
    /// Gemeenten it covers.
    pub gemeenten: Vec<Gemeente>,
    /// Days of the week it begins, 1 (Monday) to 7 (Sunday).
    pub weekdays: Vec<i8>,
    /// Begin on the wall.
    pub from: Time,
    /// End on the wall.
    pub until: Time,
    /// Invented members of staff; each is on it every so many days, in turn.
    pub medewerkers: Vec<String>,
    /// Invented coordinators, in turn.
    #[serde(default)]
    pub coordinators: Vec<String>,
    /// How many medewerkers are on it at a time.
    pub needed: u32,
}

/// Which gemeente is responsible for somebody, by the kind of place and the day they came in. The documents of the
/// field disagree, so it is configuration, dated, and never in code.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResponsibleRule {
    /// For these kinds.
    pub kinds: Vec<Kind>,
    /// For who came in on this day or later; of several rules the latest counts.
    pub entered_from: Date,
    /// Who is responsible.
    pub responsible: Responsible,
    /// Where this is said.
    #[serde(default)]
    pub source: String,
}

/// Who is responsible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Responsible {
    /// The gemeente where somebody lived; where that is not known, the centrumgemeente.
    Woonplaats,
    /// The centrumgemeente.
    Centrumgemeente,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            hold_minutes: 90,
            escalate_minutes: 10,
            lapse_minutes: 20,
            release_time: Time::constant(22, 30, 0, 0),
            night_from: Time::constant(17, 0, 0, 0),
            night_until: Time::constant(8, 0, 0, 0),
            cover_goal_minutes: 60,
            housing_first_cap: 0,
            offer_hours: 24,
            pleger_distance_km: 5,
        }
    }
}

/// A gemeente.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GemeenteInfo {
    /// CBS code, lower case.
    pub code: Gemeente,
    /// Name.
    pub name: String,
    /// Degrees north of its centre.
    pub latitude: f64,
    /// Degrees east of its centre.
    pub longitude: f64,
    /// Inhabitants.
    pub inhabitants: u32,
    /// Slots of Housing First it may use.
    #[serde(default)]
    pub housing_first: u32,
}

impl GemeenteInfo {
    /// Its centre.
    pub const fn centre(&self) -> Coordinates {
        Coordinates { latitude: self.latitude, longitude: self.longitude }
    }
}

/// A location to start with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocationSeed {
    /// Its id.
    pub id: String,
    /// Kind of facility, in snake case: `nachtopvang`.
    pub kind: Kind,
    /// Name people know it by.
    pub name: String,
    /// Who runs it.
    pub provider: String,
    /// Gemeente it is in.
    pub gemeente: String,
    /// Number to call.
    #[serde(default)]
    pub phone: String,
    /// Degrees north; left out for kinds that are never on a map.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// Whether its name or figures are invented.
    #[serde(default)]
    pub fictief: bool,
    /// Where the facts about it come from.
    #[serde(default)]
    pub source: String,
    /// Minutes until its stand is stale; 0: the default of the kind.
    #[serde(default)]
    pub freshness_goal_minutes: u32,
    /// Longest stay in days; 0: no limit.
    #[serde(default)]
    pub max_stay_days: u32,
    /// Whether the location answers each claim itself.
    #[serde(default)]
    pub confirms_claims: bool,
    /// Whether it takes the avond- en nachtdienst to take anybody in at night.
    #[serde(default)]
    pub needs_night_cover: bool,
    /// Whether people can come in outside the intake hours while the avond- en nachtdienst covers the gemeente.
    #[serde(default)]
    pub night_cover_opens: bool,
    /// Intake windows as `weekday from-until`, such as `1 09:00-17:00`; empty: always.
    #[serde(default)]
    pub intake: Vec<String>,
    /// Whom it takes.
    #[serde(default)]
    pub criteria: crate::criteria::Criteria,
    /// Funded places of a headcount location.
    pub headcount: Option<u32>,
    /// Its places, in groups that are alike.
    #[serde(default, rename = "places")]
    pub places: Vec<PlacesSeed>,
}

/// Places that are alike.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlacesSeed {
    /// Label of each, followed by its number: `Kamer` gives `Kamer 1`, `Kamer 2`.
    pub label: String,
    /// Pool of each.
    pub pool: String,
    /// How many.
    pub count: u32,
    /// Other pools each is offered in.
    #[serde(default)]
    pub also_pools: Vec<String>,
    /// Who pays for care there.
    #[serde(default)]
    pub financing: Option<crate::profile::Financing>,
    /// Whom they suit.
    #[serde(default)]
    pub criteria: crate::criteria::Criteria,
}

/// Why a region file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// The file cannot be read.
    #[error("{path} is geen regio van Onderdak zelf (flevoland, almelo) en geen regiobestand dat te lezen is")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("regiobestand {path} klopt niet")]
    Malformed {
        /// The file.
        path: String,
        /// What and where.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A rule of the region does not hold.
    #[error("regio {region}: {why}")]
    Wrong {
        /// The region.
        region: RegionId,
        /// What is wrong.
        why: String,
    },
}

impl Region {
    /// Reads a region file.
    pub fn read(path: &Path) -> Result<Self, RegionError> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|source| RegionError::Unreadable { path: shown.clone(), source })?;
        Self::parse(&text, &shown)
    }

    /// Reads the text of a region file; the path only names it in errors.
    pub fn parse(text: &str, path: &str) -> Result<Self, RegionError> {
        let region: Self = toml::from_str(text)
            .map_err(|source| RegionError::Malformed { path: path.to_owned(), source: source.into() })?;
        region.check()
    }

    fn check(self) -> Result<Self, RegionError> {
        let rules = &self.rules;
        let wrong = if self.gemeente(&self.centrumgemeente).is_none() {
            Some("de centrumgemeente staat niet bij de gemeenten")
        } else if self.oin.len() != 20 || !self.oin.bytes().all(|byte| byte.is_ascii_digit()) {
            Some("oin moet 20 cijfers zijn")
        } else if !(1..=240).contains(&rules.hold_minutes) {
            Some("hold_minutes moet tussen 1 en 240 liggen")
        } else if rules.escalate_minutes == 0 || rules.escalate_minutes >= rules.lapse_minutes {
            Some("escalate_minutes moet boven 0 en onder lapse_minutes liggen")
        } else if rules.night_from <= rules.night_until {
            Some("night_from moet op de dag na night_until liggen, zoals 17:00 en 08:00")
        } else if !(1..=168).contains(&rules.offer_hours) {
            Some("offer_hours moet tussen 1 en 168 liggen")
        } else if !(1..=1440).contains(&rules.cover_goal_minutes) {
            Some("cover_goal_minutes moet tussen 1 en 1440 liggen")
        } else if self.gemeenten.iter().map(|it| u64::from(it.housing_first)).sum::<u64>()
            > rules.housing_first_cap.into()
        {
            Some("de gemeenten hebben samen meer plekken voor Housing First dan housing_first_cap")
        } else {
            None
        };
        match wrong.map(ToOwned::to_owned).or_else(|| self.wrong_location()) {
            Some(why) => Err(RegionError::Wrong { region: self.id, why }),
            None => Ok(self),
        }
    }

    /// What is wrong with the locations it starts with. The services check the rest when they are registered.
    fn wrong_location(&self) -> Option<String> {
        let mut ids = BTreeSet::new();
        self.locations.iter().find_map(|location| {
            let id = &location.id;
            let is_known = Gemeente::parse(&location.gemeente).is_ok_and(|code| self.gemeente(&code).is_some());
            if !ids.insert(id) {
                Some(format!("locatie {id} staat er twee keer"))
            } else if !is_known {
                Some(format!("locatie {id}: {} is geen gemeente van deze regio", location.gemeente))
            } else if location.kind == Kind::Logeerplek && location.headcount.is_some() {
                Some(format!("locatie {id}: een logeerplek heeft plekken; headcount hoort hier niet"))
            } else if location.headcount.is_some() && !location.places.is_empty() {
                Some(format!("locatie {id} telt mensen of heeft plekken; headcount en places kan niet samen"))
            } else {
                None
            }
        })
    }

    /// A gemeente of the region.
    pub fn gemeente(&self, code: &Gemeente) -> Option<&GemeenteInfo> {
        self.gemeenten.iter().find(|gemeente| gemeente.code == *code)
    }

    /// What people call a gemeente: its name, or its code where it is not of this region.
    pub fn name_of<'a>(&'a self, code: &'a Gemeente) -> &'a str {
        self.gemeente(code).map_or(code.as_str(), |gemeente| gemeente.name.as_str())
    }

    /// Which gemeente is responsible for somebody who came in on a day, at a place of this kind.
    pub fn responsible(&self, kind: Kind, entered: Date, residence: Option<&Gemeente>) -> Gemeente {
        let rules = self.responsible.iter().filter(|rule| rule.kinds.contains(&kind) && rule.entered_from <= entered);
        match (rules.max_by_key(|rule| rule.entered_from).map(|rule| rule.responsible), residence) {
            (Some(Responsible::Woonplaats), Some(residence)) => residence.clone(),
            (Some(Responsible::Woonplaats | Responsible::Centrumgemeente) | None, _) => self.centrumgemeente.clone(),
        }
    }

    /// The centre of a gemeente of the region.
    pub fn centre(&self, code: &Gemeente) -> Option<Coordinates> {
        let info = self.gemeente(code)?;
        Some(Coordinates { latitude: info.latitude, longitude: info.longitude })
    }
}

fn time_zone<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<TimeZone, D::Error> {
    let name = String::deserialize(deserializer)?;
    TimeZone::get(&name).map_err(serde::de::Error::custom)
}
