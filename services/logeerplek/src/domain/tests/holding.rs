//! Between claim and arrival: the hold is prolonged once, or the place is given back.

use super::given::{Story, claim, claim_best, claim_of, given, house, location, moment, place};
use crate::domain::{Command, Event, Status};

fn extend(who: &str, minutes: u32) -> Command {
    Command::ExtendHold { claim: claim_of(who), minutes }
}

fn cancel(who: &str) -> Command {
    Command::Cancel { claim: claim_of(who) }
}

/// Anna is on the way, her place is kept until half past midnight on the wall.
#[track_caller]
fn anna_is_on_the_way() -> Story {
    given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"))
}

#[test]
fn a_hold_is_prolonged_from_its_end() {
    let held_until = moment("2026-02-03T23:00:00Z");
    let extended =
        Event::HoldExtended { claim: claim_of("anna"), location: location("huis"), place: place("k1"), held_until };
    let story = anna_is_on_the_way().later(60).when(extend("anna", 30)).then_exactly(extended);
    assert_eq!(story.state.next_due(), Some(held_until), "the clock waits with it");
    assert_eq!(story.free("huis"), 1);
    let until = match &story.place("huis", "k1").state {
        model::place::PlaceState::Held { until, .. } => *until,
        other => panic!("{other:?}"),
    };
    assert_eq!(until, Some(held_until), "the door says so too");
}

#[test]
fn a_prolonged_hold_still_ends_in_a_no_show() {
    let story = anna_is_on_the_way().and(extend("anna", 60));
    let story = story.later(149).when(Command::Tick).then([]);
    story.later(1).when(Command::Tick).then(["no_show"]);
}

#[test]
fn a_hold_is_prolonged_once() {
    let story = anna_is_on_the_way().and(extend("anna", 10));
    story.when(extend("anna", 10)).then_refused_saying("ALREADY_EXTENDED", "Deze claim is al een keer verlengd.");
}

#[test]
fn a_hold_is_prolonged_by_an_hour_at_most() {
    let sentence = "Een claim kan met hoogstens 60 minuten worden verlengd.";
    anna_is_on_the_way().when(extend("anna", 61)).then_refused_saying("EXTENSION_TOO_LONG", sentence);
    anna_is_on_the_way().when(extend("anna", 60)).then(["hold_extended"]);
}

#[test]
fn an_unanswered_claim_has_no_hold_to_prolong() {
    let story = given([house("huis", ["k1"]).confirms()]).and(claim("huis", "k1", "anna"));
    let sentence = "Dat kan nu niet: de claim wacht nog op de locatie.";
    story.when(extend("anna", 10)).then_refused_saying("WRONG_STATUS", sentence);
}

#[test]
fn a_claim_that_moved_on_may_be_prolonged_at_its_new_place() {
    let near = house("dichtbij", ["k1"]).confirms().km_away(1.0);
    let story = given([near, house("verder", ["k1"]).km_away(2.0)]).and(claim_best("anna"));
    let story = story.after(20).when(extend("anna", 60)).then(["hold_extended"]);
    assert_eq!(story.claim("anna").offer.held_until, moment("2026-02-03T23:50:00Z"));
}

#[test]
fn a_cancelled_claim_frees_its_place() {
    let cancelled = Event::Cancelled { claim: claim_of("anna"), location: location("huis"), place: place("k1") };
    let story = anna_is_on_the_way().when(cancel("anna")).then_exactly(cancelled);
    assert_eq!((story.status("anna"), story.door("huis", "k1"), story.free("huis")), (Status::Cancelled, "vrij", 2));
    assert_eq!(story.state.next_due(), None);
}

#[test]
fn an_unanswered_claim_can_be_cancelled() {
    let story = given([house("huis", ["k1"]).confirms()]).and(claim("huis", "k1", "anna"));
    let story = story.when(cancel("anna")).then(["cancelled"]);
    let sentence = "Dat kan nu niet: deze claim is geannuleerd.";
    story
        .when(Command::Accept { claim: claim_of("anna"), seen_at: None })
        .then_refused_saying("WRONG_STATUS", sentence);
}

#[test]
fn a_cancelled_claim_for_the_best_is_not_offered_elsewhere_nor_unmet() {
    let story = given([house("huis", ["k1"]), house("ander", ["k1"]).km_away(5.0)]).and(claim_best("anna"));
    let story = story.when(cancel("anna")).then(["cancelled"]);
    assert_eq!((story.free("ander"), story.state.unmet()), (1, 0));
}

#[test]
fn nothing_can_be_cancelled_twice_or_after_arrival() {
    let story = anna_is_on_the_way().and(cancel("anna"));
    story.when(cancel("anna")).then_refused("WRONG_STATUS");
    let story = anna_is_on_the_way().and(Command::Arrive { claim: claim_of("anna"), seen_at: None });
    let sentence = "Dat kan nu niet: de cliënt is al aangekomen.";
    let story = story.when(cancel("anna")).then_refused_saying("WRONG_STATUS", sentence);
    story.when(extend("anna", 10)).then_refused("WRONG_STATUS");
}
