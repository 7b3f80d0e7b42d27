//! Setting places from a list.

use model::kind::Kind;
use model::place::PlaceState;
use model::site::{SiteEvent, SiteRefusal};
use model::stay::Destination;

use super::given::{
    add, arrive, bulk, check_in, client, evening, given, given_places, minutes, moment, nobody_said, place, register,
    reserve, take_out, text, who,
};
use crate::Answer;
use crate::domain::{Event, LeaveReason, Refusal, Setting};

fn out(why: &str) -> Setting {
    Setting::OutOfService(text(why))
}

#[test]
fn a_list_gives_every_place_the_state_it_names() {
    let story = given_places(["k-1", "k-2", "k-3", "k-4"]).and([check_in("k-1", nobody_said()), take_out("k-2")]).and(
        [bulk([("k-1", Setting::Free), ("k-2", Setting::Occupied), ("k-3", out("verf")), ("k-4", Setting::Occupied)])],
    );
    assert_eq!(*story.place("k-1"), PlaceState::Free);
    assert!(matches!(story.place("k-2"), PlaceState::Occupied { .. }));
    assert_eq!(*story.place("k-3"), PlaceState::OutOfService { reason: text("verf"), until: None });
    assert_ne!(story.stay_in("k-2"), story.stay_in("k-4"));
    let figures = story.figures("huis");
    assert_eq!((figures.free(), figures.occupied, figures.unavailable), (1, 2, 1));
}

#[test]
fn a_list_never_wipes_a_hold_and_says_what_is_in_the_way() {
    let story = given_places(["k-1", "k-2", "k-3"]).and([reserve("k-1", nobody_said()), reserve("k-3", nobody_said())]);
    for setting in [Setting::Free, Setting::Occupied, out("verf")] {
        let list = ["k-1", "k-2", "k-3"].map(|id| (id, setting.clone()));
        let refusal = story.when(bulk(list)).then_refused("IN_USE");
        let places = vec![place("k-1"), place("k-3")];
        assert_eq!(refusal, Refusal::Site(SiteRefusal::InUse { places, people: 0 }));
        assert_eq!(refusal.to_string(), "Nog in gebruik of gereserveerd: k-1, k-3.");
    }
    story.when(bulk([("k-2", Setting::Occupied)])).then_done();
}

#[test]
fn a_place_that_has_its_state_already_stays_as_it_is() {
    let story = given_places(["k-1", "k-2", "k-3"]).and([check_in("k-1", who("c-1")), take_out("k-2")]);
    let before = story.site("huis").places.clone();
    let list = || bulk([("k-1", Setting::Occupied), ("k-2", out("iets anders")), ("k-3", Setting::Free)]);
    let story = story.later(minutes(10)).and([list()]);
    assert_eq!(story.site("huis").places, before);
    assert!(story.state.stays_of(&client("c-1")).next().is_some());
}

#[test]
fn a_list_that_changes_nothing_still_confirms_the_stand() {
    let story = given_places(["k-1"]).later(minutes(10));
    let events = story.when(bulk([("k-1", Setting::Free)])).then_events(1);
    assert!(matches!(events[0], Event::Site(SiteEvent::Confirmed { .. })));
    let story = story.and([bulk([("k-1", Setting::Free)])]);
    assert_eq!(story.site("huis").confirmed_at, Some(evening() + minutes(10)));
}

#[test]
fn somebody_a_list_sends_away_left_for_a_reason_nobody_knows() {
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said())]);
    let events = story.when(bulk([("k-1", Setting::Free)])).then_events(1);
    let (stay, location) = (story.stay_in("k-1"), super::given::location("huis"));
    let (reason, destination) = (LeaveReason::Onbekend, Destination::Onbekend);
    assert_eq!(
        events,
        [Event::CheckedOut { stay, location, place: place("k-1"), reason, destination, nights: Some(0) }]
    );
    let gone = story.stay_in("k-1");
    let story = story.and([bulk([("k-1", Setting::Free)])]);
    assert!(story.state.stay(&gone).is_none());
}

#[test]
fn a_client_who_is_known_is_not_sent_away_by_a_list() {
    let story = given_places(["k-1", "k-2", "k-3"]);
    let story = story.and([check_in("k-1", who("c-1")), check_in("k-2", nobody_said())]);
    let list = ["k-1", "k-2", "k-3"].map(|id| (id, Setting::Free));
    let refusal = story.when(bulk(list)).then_refused("CLIENT_IN");
    assert_eq!(refusal, Refusal::ClientIn { places: vec![place("k-1")] });
    story.when(bulk([("k-2", Setting::Free)])).then_done();
}

#[test]
fn a_list_takes_no_place_with_somebody_in_it_out_of_service() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", nobody_said())]);
    let refusal = story.when(bulk([("k-1", out("lek")), ("k-2", out("lek"))])).then_refused("OCCUPIED");
    assert_eq!(refusal, Refusal::Site(SiteRefusal::Occupied { place: place("k-1") }));
}

#[test]
fn somebody_a_list_finds_in_is_nobody_in_particular() {
    let story = given([register("huis", Kind::Crisisopvang), add("huis", "k-1")]);
    let story = story.and([bulk([("k-1", Setting::Occupied)])]);
    let stay = story.state.stay(&story.stay_in("k-1")).unwrap();
    assert_eq!((stay.guest.client.clone(), stay.guest.needs.household()), (None, 1));
    assert_eq!(stay.until, Some(moment("2026-03-03T12:00:00+01:00")));
}

#[test]
fn one_place_that_is_not_known_stops_the_whole_list() {
    let story = given_places(["k-1"]);
    story.when(bulk([("k-1", Setting::Occupied), ("k-9", Setting::Occupied)])).then_refused("UNKNOWN_PLACE");
    assert_eq!(story.free(), 1);
}

#[test]
fn who_came_in_on_a_reservation_is_no_longer_in_the_way() {
    let story = given_places(["k-1"]).and([reserve("k-1", nobody_said())]);
    let story = story.and([arrive(&story.stay_in("k-1"), nobody_said()), bulk([("k-1", Setting::Free)])]);
    assert_eq!(story.free(), 1);
}

#[test]
fn a_list_is_answered_with_what_the_location_is_at() {
    let answer = given_places(["k-1", "k-2"])
        .when(bulk([("k-1", Setting::Occupied), ("k-2", Setting::Occupied)]))
        .then_answers();
    assert_eq!(answer, Answer::Receipt { location: "huis".to_owned(), version: 6 });
}
