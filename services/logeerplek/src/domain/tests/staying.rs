//! From arrival to check-out: the client is in, stays longer up to the longest stay of the place, and leaves.

use model::criteria::{Criteria, Needs};
use model::place::PlaceState;
use model::stay::Destination;

use super::given::{Story, anybody, claim, claim_for, claim_of, client, given, house, location, moment, place};
use crate::domain::{Command, Event, Prevented, Status};

fn arrive(who: &str) -> Command {
    Command::Arrive { claim: claim_of(who), seen_at: None }
}

fn stay_longer(who: &str, nights: u32) -> Command {
    Command::ExtendStay { claim: claim_of(who), nights }
}

fn check_out(who: &str) -> Command {
    let (destination, prevented) = (Destination::NaarHuis, Prevented::Ja);
    Command::CheckOut { claim: claim_of(who), destination, prevented }
}

/// Anna came in for two nights, at a place with this limit.
#[track_caller]
fn anna_is_in(max_nights: Option<u32>) -> Story {
    let house = house("huis", ["k1", "k2"]).takes(Criteria { max_nights, ..Criteria::default() });
    let two_nights = Needs { nights: 2, ..anybody() };
    given([house]).and(claim_for(two_nights, "huis", "k1", "anna")).later(45).and(arrive("anna"))
}

#[test]
fn a_client_who_arrives_stays_until_noon_after_the_last_night() {
    let stay_until = moment("2026-02-05T11:00:00Z");
    let arrived =
        Event::Arrived { claim: claim_of("anna"), location: location("huis"), place: place("k1"), stay_until };
    let two_nights = claim_for(Needs { nights: 2, ..anybody() }, "huis", "k1", "anna");
    let story = given([house("huis", ["k1"])]).and(two_nights).later(45).when(arrive("anna")).then_exactly(arrived);
    assert_eq!((story.status("anna"), story.door("huis", "k1")), (Status::Arrived, "bezet"));
    assert_eq!((story.claim("anna").stay_until, story.claim("anna").arrived_at), (Some(stay_until), Some(story.at)));
}

#[test]
fn arriving_does_not_change_what_is_free() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"));
    let before = story.free("huis");
    assert_eq!((before, story.and(arrive("anna")).free("huis")), (1, 1));
}

#[test]
fn a_client_may_arrive_before_the_location_answered() {
    let story = given([house("huis", ["k1"]).confirms()]).and(claim("huis", "k1", "anna"));
    let story = story.after(12).when(arrive("anna")).then(["arrived"]);
    assert_eq!((story.door("huis", "k1"), story.state.next_due()), ("bezet", None));
    assert_eq!(story.after(60).status("anna"), Status::Arrived, "nothing lapses under somebody who is in");
}

#[test]
fn a_stay_that_is_over_is_extended_past_today_or_not_at_all() {
    let over = || anna_is_in(None).after(9 * 24 * 60);
    over().when(stay_longer("anna", 1)).then_refused("STAY_IN_PAST");
    over().when(stay_longer("anna", 9)).then(["stay_extended"]);
}

#[test]
fn a_client_arrives_once() {
    anna_is_in(None).when(arrive("anna")).then_refused("WRONG_STATUS");
}

#[test]
fn whoever_is_in_is_not_put_out_by_the_clock() {
    anna_is_in(None).later(60 * 24 * 30).when(Command::Tick).then([]);
}

#[test]
fn a_stay_is_extended_by_nights_counted_from_arrival() {
    let stay_until = moment("2026-02-06T11:00:00Z");
    let extended = Event::StayExtended {
        claim: claim_of("anna"),
        location: location("huis"),
        place: place("k1"),
        nights: 3,
        stay_until,
    };
    let story = anna_is_in(None).later(20 * 60).when(stay_longer("anna", 1)).then_exactly(extended);
    assert_eq!((story.claim("anna").nights, story.claim("anna").stay_until), (3, Some(stay_until)));
    let occupied = PlaceState::Occupied { by: claim_of("anna"), until: Some(stay_until) };
    assert_eq!(story.place("huis", "k1").state, occupied, "the door says so too");
    assert_eq!(story.free("huis"), 1);
}

#[test]
fn a_stay_is_extended_up_to_the_longest_stay_of_the_place() {
    let story = anna_is_in(Some(4)).and(stay_longer("anna", 1)).and(stay_longer("anna", 1));
    assert_eq!(story.claim("anna").nights, 4);
    let sentence = "Langer dan 4 nachten kan iemand hier niet blijven.";
    story.when(stay_longer("anna", 1)).then_refused_saying("NIGHTS", sentence);
}

#[test]
fn a_stay_is_not_extended_past_the_longest_stay_in_one_step() {
    let story = anna_is_in(Some(4)).when(stay_longer("anna", 3)).then_refused("NIGHTS");
    story.clone().when(stay_longer("anna", u32::MAX)).then_refused("NIGHTS");
    story.when(stay_longer("anna", 2)).then(["stay_extended"]);
}

#[test]
fn a_stay_of_more_nights_than_the_calendar_has_does_not_stop_the_service() {
    let story = anna_is_in(None).and(stay_longer("anna", u32::MAX));
    assert!(story.claim("anna").stay_until > Some(story.at));
}

#[test]
fn only_whoever_is_in_can_stay_longer_or_leave() {
    let story = given([house("huis", ["k1"])]).and(claim("huis", "k1", "anna"));
    let story = story.when(stay_longer("anna", 1)).then_refused("WRONG_STATUS");
    story.when(check_out("anna")).then_refused("WRONG_STATUS");
}

#[test]
fn whoever_leaves_says_where_to_and_what_it_prevented() {
    for destination in [
        Destination::NaarHuis,
        Destination::EigenNetwerk,
        Destination::Opvang,
        Destination::BeschermdWonen,
        Destination::GgzOpname,
        Destination::HousingFirst,
        Destination::Onbekend,
    ] {
        for prevented in [Prevented::Ja, Prevented::Nee, Prevented::Onbekend] {
            let (claim, location, place) = (claim_of("anna"), location("huis"), place("k1"));
            let left =
                Event::CheckedOut { claim: claim.clone(), location, place, destination, prevented, nights: Some(0) };
            anna_is_in(None).when(Command::CheckOut { claim, destination, prevented }).then_exactly(left);
        }
    }
}

#[test]
fn a_check_out_frees_the_place_for_the_next_and_the_client_for_another() {
    let story = anna_is_in(None).later(600).and(check_out("anna"));
    assert_eq!((story.status("anna"), story.door("huis", "k1"), story.free("huis")), (Status::CheckedOut, "vrij", 2));
    assert_eq!(story.place("huis", "k1").since, story.at, "it is free since now");
    assert!(story.state.claim_of(&client("anna")).is_none());
    let story = story.when(claim("huis", "k1", "bram")).then(["claimed"]);
    story.when(claim("huis", "k2", "anna")).then(["claimed"]);
}

#[test]
fn a_client_leaves_once() {
    let sentence = "Dat kan nu niet: de cliënt is al vertrokken.";
    anna_is_in(None).and(check_out("anna")).when(check_out("anna")).then_refused_saying("WRONG_STATUS", sentence);
}
