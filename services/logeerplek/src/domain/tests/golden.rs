//! Golden files: every event as it is stored, one file for each variant. Events of years ago must still read, so a
//! file is never changed; a field that is added later is left out of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use model::site::SiteEvent;
use serde_json::{Value, json};

use crate::domain::Event;

/// The file of an event. An event without a name here does not compile.
const fn file_of(event: &Event) -> &'static str {
    match event {
        Event::Site(event) => file_of_site(event),
        Event::Claimed { .. } => "claimed",
        Event::Reoffered { .. } => "reoffered",
        Event::Accepted { .. } => "accepted",
        Event::Refused { .. } => "refused",
        Event::Escalated { .. } => "escalated",
        Event::Lapsed { .. } => "lapsed",
        Event::HoldExtended { .. } => "hold_extended",
        Event::Cancelled { .. } => "cancelled",
        Event::NoShow { .. } => "no_show",
        Event::Arrived { .. } => "arrived",
        Event::StayExtended { .. } => "stay_extended",
        Event::CheckedOut { .. } => "checked_out",
        Event::DemandUnmet { .. } => "demand_unmet",
        Event::CoverHeard { .. } => "cover_heard",
    }
}

const fn file_of_site(event: &SiteEvent) -> &'static str {
    match event {
        SiteEvent::Registered { .. } => "site.registered",
        SiteEvent::Changed { .. } => "site.changed",
        SiteEvent::Retired { .. } => "site.retired",
        SiteEvent::PlaceAdded { .. } => "site.place_added",
        SiteEvent::PlaceChanged { .. } => "site.place_changed",
        SiteEvent::PlaceRetired { .. } => "site.place_retired",
        SiteEvent::TakenOut { .. } => "site.taken_out",
        SiteEvent::Returned { .. } => "site.returned",
        SiteEvent::Confirmed { .. } => "site.confirmed",
    }
}

/// Every name above; a variant more is a name more, here and as a file.
const FILES: [&str; 23] = [
    "accepted",
    "arrived",
    "cancelled",
    "checked_out",
    "claimed",
    "cover_heard",
    "demand_unmet",
    "escalated",
    "hold_extended",
    "lapsed",
    "no_show",
    "refused",
    "reoffered",
    "site.changed",
    "site.confirmed",
    "site.place_added",
    "site.place_changed",
    "site.place_retired",
    "site.registered",
    "site.retired",
    "site.returned",
    "site.taken_out",
    "stay_extended",
];

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/logeerplek"))
}

/// Every file: its name, and what it holds.
fn files() -> Vec<(String, Value)> {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let read = |path: PathBuf| {
        assert_eq!(path.extension().and_then(|it| it.to_str()), Some("json"), "{}", path.display());
        let stored = serde_json::from_str(&std::fs::read_to_string(&path).unwrap());
        (path.file_stem().unwrap().to_str().unwrap().to_owned(), stored.unwrap())
    };
    entries.map(read).collect()
}

/// The event of a row, as the log reads it.
fn event(stored: &Value) -> Event {
    let kind = stored["type"].as_str().unwrap();
    serde_json::from_value(json!({ kind: stored["data"] })).unwrap_or_else(|why| panic!("{kind}: {why}"))
}

/// The row of an event, as the log writes it.
fn stored(event: &Event) -> Value {
    let Value::Object(written) = serde_json::to_value(event).unwrap() else { panic!("not an enum variant") };
    let [(kind, data)] = <[_; 1]>::try_from(written.into_iter().collect::<Vec<_>>()).unwrap();
    json!({ "type": kind, "data": data })
}

#[test]
fn every_stored_event_still_reads_and_is_written_the_same() {
    for (name, row) in files() {
        let event = event(&row);
        assert_eq!(file_of(&event), name, "the file is named after its event");
        assert_eq!(stored(&event), row, "{name} is written as it was read");
    }
}

#[test]
fn every_event_has_a_golden_file() {
    let found: BTreeSet<String> = files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, FILES.map(str::to_owned).into());
}

#[test]
fn the_variants_of_the_events_are_the_names_of_the_files() {
    // serde lists the variants it knows when it meets one it does not: a new event cannot be forgotten above.
    let site = |name: &&str| name.starts_with("site.");
    let unknown = |json: Value| serde_json::from_value::<Event>(json).unwrap_err().to_string();
    let known = unknown(json!({ "nothing": {} }));
    for name in FILES.iter().filter(|name| !site(name)).chain(&["site"]) {
        assert!(known.contains(&format!("`{name}`")), "{name} in {known}");
    }
    assert_eq!(known.matches('`').count() / 2, FILES.iter().filter(|name| !site(name)).count() + 2, "{known}");
    let known = unknown(json!({ "site": { "nothing": {} } }));
    for name in FILES.iter().filter(|name| site(name)).map(|name| &name["site.".len()..]) {
        assert!(known.contains(&format!("`{name}`")), "{name} in {known}");
    }
    assert_eq!(known.matches('`').count() / 2, FILES.iter().filter(|name| site(name)).count() + 1, "{known}");
}

#[test]
fn a_row_without_the_fields_that_were_added_later_still_reads() {
    let claimed = json!({ "type": "claimed", "data": {
        "claim": "c1", "client": "anna", "needs": {},
        "offer": { "location": "huis", "place": "k1", "hold_minutes": 90, "held_until": "2026-02-03T22:30:00Z" },
    }});
    assert_eq!(file_of(&event(&claimed)), "claimed");
}
