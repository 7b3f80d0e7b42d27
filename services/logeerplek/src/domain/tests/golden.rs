//! The stored form of every event of this service, each with a golden file.

use model::site::SiteEvent;
use serde_json::json;
use testkit::{golden, variants};

use crate::domain::Event;

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
    Claimed => "claimed",
    Reoffered => "reoffered",
    Accepted => "accepted",
    Refused => "refused",
    Escalated => "escalated",
    Lapsed => "lapsed",
    HoldExtended => "hold_extended",
    Cancelled => "cancelled",
    NoShow => "no_show",
    Arrived => "arrived",
    StayExtended => "stay_extended",
    CheckedOut => "checked_out",
    DemandUnmet => "demand_unmet",
    CoverHeard => "cover_heard",
);

/// The name that a file with this event must begin with.
const fn file_of(event: &Event) -> &'static str {
    if let Event::Site(event) = event { site_name(event) } else { name(event) }
}

#[test]
fn every_stored_event_still_reads_and_is_written_again_as_it_was() {
    golden::still_reads::<Event>("logeerplek");
}

#[test]
fn every_event_has_a_file_that_is_named_after_it() {
    let names: Vec<&str> = EVENTS.iter().chain(SITE_EVENTS).copied().filter(|name| *name != "site").collect();
    golden::each_has_a_file("logeerplek", file_of, &names);
}

#[test]
fn a_row_without_the_fields_that_were_added_later_still_reads() {
    let claimed = json!({ "type": "claimed", "data": {
        "claim": "c1", "client": "anna", "needs": {},
        "offer": { "location": "huis", "place": "k1", "hold_minutes": 90, "held_until": "2026-02-03T22:30:00Z" },
    }});
    assert_eq!(file_of(&golden::read(&claimed)), "claimed");
}
