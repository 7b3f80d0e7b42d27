//! The stored form of every event. A file in `tests/golden/opvang` is a row as a log of years ago holds it: it must
//! read for ever, and what is read must be written again as it was. Files are added, never changed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::site::SiteEvent;
use serde_json::Value;

use crate::domain::Event;

/// Lists the variants of an enum by name, and names each. A variant that is missing does not compile.
macro_rules! variants {
    ($names:ident, $name:ident, $of:ident, $($variant:ident => $file:literal),+ $(,)?) => {
        const $names: &[&str] = &[$($file),+];

        fn $name(event: &$of) -> &'static str {
            match event {
                $($of::$variant { .. } => $file),+
            }
        }
    };
}

variants!(SITE_EVENTS, site_name, SiteEvent,
    Registered => "site_registered",
    Changed => "site_changed",
    Retired => "site_retired",
    PlaceAdded => "site_place_added",
    PlaceChanged => "site_place_changed",
    PlaceRetired => "site_place_retired",
    TakenOut => "site_taken_out",
    Returned => "site_returned",
    Confirmed => "site_confirmed",
);

variants!(EVENTS, name, Event,
    Site => "site",
    Reserved => "reserved",
    CheckedIn => "checked_in",
    CheckedOut => "checked_out",
    ReservationCancelled => "reservation_cancelled",
    NoShow => "no_show",
    Moved => "moved",
    PeopleCounted => "people_counted",
    CapacitySet => "capacity_set",
    StandRecorded => "stand_recorded",
    StayExtended => "stay_extended",
    ResponsibleSet => "responsible_set",
    DayEnded => "day_ended",
    WaitingJoined => "waiting_joined",
    WaitingLeft => "waiting_left",
    Offered => "offered",
    OfferAccepted => "offer_accepted",
    OfferDeclined => "offer_declined",
    OfferExpired => "offer_expired",
    OfferWithdrawn => "offer_withdrawn",
    PassedOver => "passed_over",
    Planned => "planned",
    PlanWithdrawn => "plan_withdrawn",
    PlanTookEffect => "plan_took_effect",
    PlanStepWaits => "plan_step_waits",
    WaitingStepTaken => "waiting_step_taken",
    PlanStepDropped => "plan_step_dropped",
    SurgeStarted => "surge_started",
    SurgeEnded => "surge_ended",
    CoverHeard => "cover_heard",
);

/// The name that a file with this event must begin with.
fn file_of(event: &Event) -> &'static str {
    match event {
        Event::Site(event) => site_name(event),
        other => name(other),
    }
}

/// Every golden file: its name without the ending, and what is in it.
fn files() -> Vec<(String, Value)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/opvang"));
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap())
    };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(read).collect();
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    files
}

/// An event from a row of the log: the name of its variant, and the rest of it.
fn read(stored: &Value) -> Event {
    let kind = stored["type"].as_str().unwrap();
    let json = format!("{{\"{kind}\":{}}}", stored["data"]);
    serde_json::from_str(&json).unwrap_or_else(|wrong| panic!("{json}: {wrong}"))
}

/// A row of the log from an event.
fn written(event: &Event) -> Value {
    let value = serde_json::to_value(event).unwrap();
    let (kind, data) = value.as_object().unwrap().iter().next().unwrap();
    serde_json::json!({ "type": kind, "data": data })
}

#[test]
fn every_stored_event_still_reads_and_is_written_again_as_it_was() {
    for (file, stored) in files() {
        assert_eq!(written(&read(&stored)), stored, "{file}");
    }
}

#[test]
fn every_event_has_a_file_that_is_named_after_it() {
    let mut seen = BTreeSet::new();
    for (file, stored) in files() {
        let event = read(&stored);
        let name = file_of(&event);
        assert!(file == name || file.starts_with(&format!("{name}-")), "{file} holds {name}");
        seen.insert(name);
    }
    let expected: BTreeSet<&str> = EVENTS.iter().chain(SITE_EVENTS).copied().filter(|name| *name != "site").collect();
    assert_eq!(seen, expected);
}
