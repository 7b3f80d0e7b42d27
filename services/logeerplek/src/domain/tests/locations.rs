//! What beheer may not do while somebody counts on a place, and which reports a commit makes.

use std::sync::Arc;

use eventlog::Domain as _;
use model::profile::PlaceProfile;
use model::site::SiteCommand;

use super::given::{Story, anybody, claim, claim_best, claim_of, given, house, location, place, pool, take_out};
use crate::Logeerplek;
use crate::domain::{Command, Event, Reason};

fn retire() -> Command {
    Command::Site(SiteCommand::Retire { location: location("huis") })
}

/// Somebody is on the way to the one, somebody sleeps in the other.
#[track_caller]
fn in_use() -> Story {
    let story = given([house("huis", ["k1", "k2", "k3"])]).and(claim("huis", "k1", "anna"));
    story.and(claim("huis", "k2", "bram")).and(Command::Arrive { claim: claim_of("bram"), seen_at: None })
}

#[test]
fn a_location_with_somebody_in_it_or_on_the_way_is_not_closed() {
    let sentence = "Nog in gebruik of gereserveerd: k1, k2.";
    let story = in_use().when(retire()).then_refused_saying("IN_USE", sentence);
    let story = story.and(Command::Cancel { claim: claim_of("anna") });
    story.when(retire()).then_refused_saying("IN_USE", "Nog in gebruik of gereserveerd: k2.");
}

#[test]
fn a_place_with_somebody_in_it_or_on_the_way_stays_what_and_where_it_is() {
    for id in ["k1", "k2"] {
        let (location, place) = (location("huis"), place(id));
        let before = (*in_use().place("huis", id).profile).clone();
        let profile = PlaceProfile { pool: pool("specialistisch"), ..before };
        let retire = SiteCommand::RetirePlace { location: location.clone(), place: place.clone() };
        in_use().when(Command::Site(retire)).then_refused("IN_USE");
        let change = SiteCommand::ChangePlace { location, place, profile };
        in_use().when(Command::Site(change)).then_refused("IN_USE");
    }
}

#[test]
fn staff_cannot_wipe_a_hold_or_a_stay() {
    in_use().when(take_out("huis", "k1")).then_refused("HELD");
    in_use().when(take_out("huis", "k2")).then_refused("OCCUPIED");
}

#[test]
fn an_empty_location_may_close_for_good_once() {
    let story = given([house("huis", ["k1"])]).when(retire()).then(["site"]);
    story.when(retire()).then_refused("RETIRED");
}

#[test]
fn a_claim_remembers_where_it_was_after_the_place_is_gone() {
    let story = given([house("huis", ["k1"])]).and(claim("huis", "k1", "anna"));
    let story = story.and(Command::Cancel { claim: claim_of("anna") });
    let remove = SiteCommand::RetirePlace { location: location("huis"), place: place("k1") };
    let story = story.and(Command::Site(remove));
    let shown = story.state.show(story.claim("anna"));
    assert_eq!((shown.offer.place, &*shown.location_name, &*shown.place_label), (place("k1"), "huis", ""));
}

#[test]
fn every_event_at_a_location_is_one_version() {
    let story = given([house("huis", ["k1"]).confirms()]);
    let before = story.site("huis").version;
    let story = story.and(claim("huis", "k1", "anna")).after(10);
    let refuse = Command::Refuse { claim: claim_of("anna"), seen_at: None, reason: Reason::Vol, text: None };
    assert_eq!(story.and(refuse).site("huis").version, before + 3);
}

#[test]
fn a_report_tells_what_happened_and_how_many_are_free_but_not_to_whom() {
    let service = Logeerplek { region: Arc::new(super::given::flevoland()) };
    let outcome = given([house("huis", ["k1", "k2"])]).when(claim("huis", "k1", "anna"));
    let events = outcome.result.clone().unwrap();
    let story = outcome.then(["claimed"]);
    let report = service.report(&story.state, &events.iter().collect::<Vec<_>>(), 7).unwrap();
    assert_eq!(report.subject, "onderdak.v1.flevoland.logeerplek.gm0034.huis");
    let told: serde_json::Value = serde_json::from_str(&report.data).unwrap();
    assert_eq!(told["happened"], serde_json::json!(["HAPPENING_HELD"]));
    assert_eq!(told["figures"]["held"], 1);
    assert_eq!(told["offers"][0]["placeIds"], serde_json::json!(["k2"]));
    assert!(!report.data.contains("anna") && !report.data.contains(claim_of("anna").as_str()), "{}", report.data);
}

#[test]
fn a_claim_that_moves_on_is_told_of_both_locations() {
    let near = house("dichtbij", ["k1"]).confirms().km_away(1.0);
    let story = given([near, house("verder", ["k1"]).km_away(2.0)]).and(claim_best("anna"));
    let happened = story.later(20).when(Command::Tick).result.unwrap();
    assert_eq!(happened.iter().map(Event::stream).collect::<Vec<_>>(), ["dichtbij", "verder"]);
}

#[test]
fn a_location_may_have_any_name_and_still_be_reported() {
    // A commit gives the events of one stream to the report together; unmet demand must not be among a location's.
    for gemeente in [None, Some(super::given::gemeente("gm0034"))] {
        let unmet = Event::demand_unmet(anybody().into(), gemeente, None);
        let taken = model::id::LocationId::parse(unmet.stream()).is_ok();
        assert!(!taken, "a location called {:?} would share its stream with the unmet demand", unmet.stream());
    }
}
