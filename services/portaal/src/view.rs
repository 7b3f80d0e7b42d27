//! What every page shows alike: the frame around it, moments, numbers and names. It must not know a page.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use model::actor::Role;
use model::doors::Door;
use model::figures::Figures;
use model::freshness::Age;
use model::kind::Kind;
use model::region::Region;
use model::wire;
use proto::availability::v1::Coordinates;

use crate::assets;
use crate::picture::Row;
use crate::rights::Area;
use crate::session::Session;
use crate::text::{self, Texts};
use crate::visit::{Visit, asks};

/// What stands around a page.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) t: &'static Texts,
    pub(crate) title: String,
    pub(crate) nonce: String,
    pub(crate) here: String,
    /// Tells who is signed in from others, and does not say who that is.
    pub(crate) mark: String,
    /// Who is signed in, as people read it.
    pub(crate) who: Option<String>,
    pub(crate) links: Vec<Link>,
    /// Whether it is a page of the demonstration's provider, which has none but this.
    pub(crate) is_elsewhere: bool,
    pub(crate) css: &'static str,
    /// The styles themselves, in a page that comes in one piece and needs no script: the first one, on a slow connection.
    pub(crate) style: Option<&'static str>,
    pub(crate) js: &'static str,
    pub(crate) htmx: &'static str,
    pub(crate) morph: &'static str,
    pub(crate) icon: &'static str,
}

/// A part of the portaal, in the menu.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    pub(crate) is_here: bool,
}

impl Frame {
    /// The frame of a page.
    pub(crate) fn new(visit: &Visit, title: &str) -> Self {
        let role = visit.session.as_ref().map(|session| session.actor.role);
        let mut frame = Self::of(visit.t, role, title);
        for link in &mut frame.links {
            let rest = visit.here.strip_prefix(link.path);
            link.is_here = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        }
        let mark = visit.session.as_ref().map(Session::mark).unwrap_or_default();
        Self { nonce: visit.nonce.clone(), here: visit.here.clone(), mark, ..frame }
    }

    /// The frame of a page that is made without a visit: that of whoever asks.
    pub(crate) fn unvisited(title: &str) -> Self {
        Self::of(text::current(), asks(), title)
    }

    fn of(t: &'static Texts, role: Option<Role>, title: &str) -> Self {
        let areas = Area::ALL.into_iter().filter(|area| role.is_some_and(|role| area.is_for(role)));
        let link = |area: Area| Link { path: area.path(), name: area_name(t, area), is_here: false };
        Self {
            t,
            title: title.to_owned(),
            nonce: uuid::Uuid::new_v4().simple().to_string(),
            here: "/".to_owned(),
            mark: String::new(),
            who: role.map(|role| role_name(t, role).to_owned()),
            links: areas.map(link).collect(),
            is_elsewhere: false,
            css: assets::path("onderdak.css"),
            style: None,
            js: assets::path("onderdak.js"),
            htmx: assets::path("htmx.js"),
            morph: assets::path("idiomorph.js"),
            icon: assets::path("icon.svg"),
        }
    }
}

fn area_name(t: &Texts, area: Area) -> &'static str {
    match area {
        Area::Locatie => t.area_locatie,
        Area::Zoek => t.area_zoek,
        Area::Nacht => t.area_nacht,
        Area::Regio => t.area_regio,
        Area::Beheer => t.area_beheer,
    }
}

/// What people call a role.
pub(crate) const fn role_name(t: &Texts, role: Role) -> &'static str {
    match role {
        Role::Medewerker => t.role_medewerker,
        Role::Dispatcher => t.role_dispatcher,
        Role::Coordinator => t.role_coordinator,
        Role::Beheerder => t.role_beheerder,
        Role::Beleid => t.role_beleid,
        Role::Publiek | Role::Systeem => "",
    }
}

/// What people call an age.
pub(crate) const fn age_name(t: &Texts, age: Age) -> &'static str {
    match age {
        Age::Current => t.age_current,
        Age::Older => t.age_older,
        Age::Stale => t.age_stale,
        Age::Unknown => t.age_unknown,
    }
}

/// The class of an age, for its colour; the words say the same.
pub(crate) const fn age_class(age: Age) -> &'static str {
    match age {
        Age::Current => "actueel",
        Age::Older => "ouder",
        Age::Stale => "verouderd",
        Age::Unknown => "onbekend",
    }
}

/// Why nobody comes in now; empty where people do.
pub(crate) const fn door_name(t: &Texts, door: Door) -> &'static str {
    match door {
        Door::Open => "",
        Door::Closed => t.door_closed,
        Door::NoNightCover => t.door_no_cover,
        Door::NightUnknown => t.door_unknown,
    }
}

/// What people call a kind: a term of art, in every language.
pub(crate) fn kind_name(kind: Option<Kind>) -> &'static str {
    kind.map_or("?", |kind| kind.rules().name)
}

/// The name of a gemeente, or its code where it is of no gemeente of the region.
pub(crate) fn gemeente_name<'a>(t: &'a Texts, region: &'a Region, code: &'a str) -> &'a str {
    match region.gemeenten.iter().find(|gemeente| gemeente.code.as_str() == code) {
        Some(gemeente) => &gemeente.name,
        None if code == "regio" => t.whole_region,
        None => code,
    }
}

/// A moment on the clock of the region: the time, and the day when it is another one.
pub(crate) fn clock(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    if at.date() == now.date() {
        at.strftime("%H:%M").to_string()
    } else if at.year() == now.year() {
        at.strftime("%d-%m %H:%M").to_string()
    } else {
        at.strftime("%d-%m-%Y %H:%M").to_string()
    }
}

/// A moment on paper, which is read on another day.
pub(crate) fn on_paper(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d-%m-%Y %H:%M").to_string()
}

/// A moment of a message.
pub(crate) fn moment(raw: Option<&pbjson_types::Timestamp>) -> Option<Timestamp> {
    raw.and_then(|at| Timestamp::from_microsecond(proto::micros(at)).ok())
}

/// A distance.
pub(crate) fn distance(t: &Texts, metres: u32) -> String {
    format!("{}{}{} km", metres / 1_000, t.decimal, metres % 1_000 / 100)
}

/// A label with its numbers as numbers: what labels are put in order by.
pub(crate) fn counted(label: &str) -> Vec<(String, u64)> {
    let mut parts = vec![(String::new(), 0_u64)];
    for letter in label.to_lowercase().chars() {
        let is_after_number = parts.last().is_some_and(|(_, number)| *number > 0);
        match (letter.to_digit(10), parts.last_mut()) {
            (Some(digit), Some((_, number))) => *number = number.saturating_mul(10).saturating_add(u64::from(digit)),
            (None, Some((words, _))) if !is_after_number => words.push(letter),
            _ => parts.push((letter.to_string(), 0)),
        }
    }
    parts
}

/// The id of a location's row on a page.
pub(crate) fn row_id(row: &Row) -> String {
    format!("r-{}-{}", row.service, row.report.location_id)
}

/// A location on the board, in words and numbers.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) id: String,
    pub(crate) group: String,
    pub(crate) name: String,
    pub(crate) fictief: bool,
    pub(crate) kind: &'static str,
    pub(crate) free: String,
    pub(crate) held: String,
    pub(crate) occupied: String,
    pub(crate) unavailable: String,
    pub(crate) surge: String,
    pub(crate) over: String,
    pub(crate) age: &'static str,
    pub(crate) age_class: &'static str,
    pub(crate) confirmed: String,
    pub(crate) door: &'static str,
    pub(crate) phone: String,
    /// Where it is on the map; none for what is never there.
    pub(crate) place: Option<Coordinates>,
}

impl Line {
    /// How a row reads. Unknown is never shown as a number.
    pub(crate) fn of(t: &'static Texts, region: &Region, row: &Row, now: Timestamp) -> Self {
        let report = &row.report;
        let figures = report.figures.as_ref().map(wire::figures_in).filter(|_| row.age != Age::Unknown);
        let figure = |of: fn(&Figures) -> u32| figures.as_ref().map_or_else(|| "?".to_owned(), |it| of(it).to_string());
        let name = match report.location_name.as_str() {
            "" if row.kind().is_some_and(Kind::is_confidential) => t.confidential.to_owned(),
            "" => gemeente_name(t, region, &report.gemeente).to_owned(),
            name => name.to_owned(),
        };
        let confirmed = moment(report.confirmed_at.as_ref());
        Self {
            id: row_id(row),
            group: format!("g-{}", report.gemeente),
            name,
            fictief: report.fictief,
            kind: kind_name(row.kind()),
            free: if row.age.must_call() { "?".to_owned() } else { figure(Figures::free) },
            held: figure(|it| it.held),
            occupied: figure(|it| it.occupied),
            unavailable: figure(|it| it.unavailable),
            surge: figure(|it| it.surge),
            over: figures.filter(|it| it.over() > 0).map(|it| it.over().to_string()).unwrap_or_default(),
            age: age_name(t, row.age),
            age_class: age_class(row.age),
            confirmed: confirmed.map(|at| clock(at, now, &region.time_zone)).unwrap_or_default(),
            door: door_name(t, row.door),
            phone: report.phone.clone(),
            // A second lock: a service never tells where a confidential location is.
            place: report.coordinates.filter(|_| row.kind().is_some_and(|kind| !kind.is_confidential())),
        }
    }
}

/// A number to dial.
pub(crate) fn dial(phone: &str) -> String {
    phone.chars().filter(|letter| letter.is_ascii_digit() || *letter == '+').collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_tells_its_day_only_when_it_is_another() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let now: Timestamp = "2026-11-28T02:10:00+01:00".parse().unwrap();
        let shown = |raw: &str| clock(raw.parse().unwrap(), now, &zone);
        assert_eq!(shown("2026-11-28T00:05:00+01:00"), "00:05");
        assert_eq!(shown("2026-11-27T23:55:00+01:00"), "27-11 23:55");
        assert_eq!(shown("2025-11-28T02:10:00+01:00"), "28-11-2025 02:10");
    }

    #[test]
    fn what_is_confidential_is_never_on_the_map_whatever_a_report_says() {
        let region = model::region::Region::parse(include_str!("../../../deploy/regions/flevoland.toml"), "flevoland");
        for kind in Kind::ALL {
            let report = proto::availability::v1::AvailabilityReported {
                kind: wire::kind_out(kind).into(),
                coordinates: Some(Coordinates { latitude: 52.37, longitude: 5.22 }),
                ..Default::default()
            };
            let row = Row {
                sequence: 1,
                service: "opvang".to_owned(),
                report: std::sync::Arc::new(report),
                age: Age::Current,
                door: Door::Open,
                event: std::sync::OnceLock::new(),
            };
            let line = Line::of(&text::NL, region.as_ref().unwrap(), &row, Timestamp::UNIX_EPOCH);
            assert_eq!(line.place.is_some(), !kind.is_confidential(), "{kind:?}");
        }
    }

    #[test]
    fn a_number_to_dial_has_nothing_but_what_is_dialled() {
        assert_eq!(dial("+31 36-123 45 67"), "+31361234567");
    }
}
