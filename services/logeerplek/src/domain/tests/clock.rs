//! The clock: unanswered claims go to the duty coordinator after ten minutes and lapse after twenty, holds end in a
//! no-show. Nobody has to be there for it; time comes in with the tick.

use super::given::{
    Story, claim, claim_best, claim_of, client, evening, given, house, kept_for, location, moment, place,
};
use crate::domain::{Command, Event, Status};

/// Anna waits for the answer of the only location.
#[track_caller]
fn anna_waits() -> Story {
    given([house("huis", ["k1", "k2"]).confirms()]).and(claim("huis", "k1", "anna"))
}

#[track_caller]
fn tick_after(story: Story, minutes: i64) -> super::given::Outcome {
    story.later(minutes).when(Command::Tick)
}

#[test]
fn nothing_is_due_before_its_time() {
    let mut story = anna_waits().later(10);
    story.at -= jiff::SignedDuration::from_micros(1);
    story.when(Command::Tick).then([]);
}

#[test]
fn a_claim_unanswered_for_ten_minutes_goes_to_the_duty_coordinator() {
    let escalated = Event::Escalated { claim: claim_of("anna"), location: location("huis") };
    let story = tick_after(anna_waits(), 10).then_exactly(escalated);
    assert!(story.claim("anna").escalated);
    assert_eq!((story.status("anna"), story.door("huis", "k1")), (Status::Pending, "gereserveerd"));
    assert_eq!(story.state.next_due(), Some(evening() + jiff::SignedDuration::from_mins(20)));
}

#[test]
fn a_claim_goes_to_the_duty_coordinator_once() {
    tick_after(anna_waits().after(10), 9).then([]);
}

#[test]
fn a_claim_unanswered_for_twenty_minutes_lapses_and_frees_its_place() {
    let lapsed = Event::Lapsed { claim: claim_of("anna"), location: location("huis"), place: place("k1") };
    let story = tick_after(anna_waits().after(10), 10).then_exactly(lapsed);
    assert_eq!((story.status("anna"), story.door("huis", "k1"), story.free("huis")), (Status::Lapsed, "vrij", 2));
    assert!(story.state.claim_of(&client("anna")).is_none());
    assert_eq!(story.state.next_due(), None);
}

#[test]
fn a_clock_that_stood_still_for_an_hour_lets_the_claim_lapse_at_once() {
    tick_after(anna_waits(), 60).then(["lapsed"]);
}

#[test]
fn a_hold_shorter_than_the_time_to_answer_ends_the_wait() {
    let story = given([house("huis", ["k1"]).confirms()]).and(kept_for(5, claim("huis", "k1", "anna")));
    assert_eq!(story.state.next_due(), Some(evening() + jiff::SignedDuration::from_mins(5)));
    tick_after(story, 5).then(["lapsed"]);
    let story = given([house("huis", ["k1"]).confirms()]).and(kept_for(15, claim("huis", "k1", "anna")));
    tick_after(story.after(10), 5).then(["lapsed"]);
}

#[test]
fn a_claim_for_the_best_that_lapses_is_offered_to_the_next_best() {
    let near = house("dichtbij", ["k1", "k2"]).confirms().km_away(1.0);
    let story = given([near, house("verder", ["k1"]).confirms().km_away(2.0)]).and(claim_best("anna"));
    let story = tick_after(story.after(10), 10).then(["lapsed", "reoffered"]);
    assert_eq!(story.offered("anna"), ("verder", "k1"));
    assert_eq!((story.free("dichtbij"), story.door("verder", "k1")), (2, "gereserveerd"));
    let claim = story.claim("anna");
    assert_eq!(
        (claim.status, claim.escalated, claim.tried.clone()),
        (Status::Pending, false, vec![location("dichtbij")])
    );
    assert_eq!(claim.claimed_at, evening(), "it is the same claim");
    assert_eq!(claim.offer.held_until, moment("2026-02-03T22:50:00Z"));
    assert_eq!(story.state.next_due(), Some(moment("2026-02-03T21:30:00Z")));
}

#[test]
fn a_claim_keeps_the_hold_it_asked_for_at_the_next_location() {
    let near = house("dichtbij", ["k1"]).confirms().km_away(1.0);
    let far = house("verder", ["k1"]).km_away(2.0);
    let story = given([near, far]).and(kept_for(30, claim_best("anna"))).after(20);
    assert_eq!(story.claim("anna").offer.held_until, moment("2026-02-03T21:50:00Z"));
}

#[test]
fn a_claim_that_nobody_answers_anywhere_is_unmet_demand_and_never_comes_back_to_a_location() {
    let near = house("dichtbij", ["k1", "k2"]).confirms().km_away(1.0);
    let story = given([near, house("verder", ["k1", "k2"]).confirms().km_away(2.0)]).and(claim_best("anna"));
    let story = tick_after(story, 20).then(["lapsed", "reoffered"]);
    let story = tick_after(story, 10).then(["escalated"]);
    let story = tick_after(story, 10).then(["lapsed", "demand_unmet"]);
    assert_eq!((story.status("anna"), story.state.unmet()), (Status::Lapsed, 1));
    assert_eq!((story.free("dichtbij"), story.free("verder")), (2, 2));
    tick_after(story, 600).then([]);
}

#[test]
fn a_lapsed_claim_for_the_best_skips_what_went_stale_meanwhile() {
    let mut short = house("verder", ["k1"]).km_away(2.0);
    short.profile.freshness_goal_minutes = 15;
    let story = given([house("dichtbij", ["k1"]).confirms().km_away(1.0), short]).and(claim_best("anna"));
    tick_after(story, 20).then(["lapsed", "demand_unmet"]);
}

#[test]
fn nobody_came_before_the_hold_ended() {
    let no_show = Event::NoShow { claim: claim_of("anna"), location: location("huis"), place: place("k1") };
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"));
    let story = tick_after(story, 89).then([]);
    let story = tick_after(story, 1).then_exactly(no_show);
    assert_eq!((story.status("anna"), story.door("huis", "k1"), story.free("huis")), (Status::NoShow, "vrij", 2));
    story
        .when(Command::Arrive { claim: claim_of("anna"), seen_at: None })
        .then_refused_saying("WRONG_STATUS", "Dat kan nu niet: de cliënt kwam niet en de claim is voorbij.");
}

#[test]
fn a_no_show_of_a_claim_for_the_best_is_not_offered_elsewhere() {
    let story = given([house("huis", ["k1"]), house("ander", ["k1"]).km_away(5.0)]).and(claim_best("anna"));
    assert_eq!(tick_after(story, 90).then(["no_show"]).state.unmet(), 0);
}

#[test]
fn an_accepted_claim_nobody_came_for_is_a_no_show() {
    let story = anna_waits().and(Command::Accept { claim: claim_of("anna"), seen_at: None });
    tick_after(story, 90).then(["no_show"]);
}

#[test]
fn what_is_due_runs_out_in_the_order_in_which_it_was_due() {
    let story = given([house("huis", ["k1", "k2", "k3"])]);
    let story = story.and(kept_for(30, claim("huis", "k1", "anna"))).and(kept_for(10, claim("huis", "k2", "bram")));
    let happened = story.later(30).when(Command::Tick).result.unwrap();
    let claims: Vec<_> = happened.iter().filter_map(Event::claim).cloned().collect();
    assert_eq!(claims, [claim_of("bram"), claim_of("anna")]);
}

#[test]
fn one_tick_lets_two_hundred_run_out_and_the_next_the_rest() {
    let none: [&str; 0] = [];
    let rooms = (0..201).map(|nth| format!("k{nth}"));
    let big = rooms.fold(house("huis", none), |house, room| house.with_place(&room, "ambulant", Default::default()));
    let claims = (0..201).map(|nth| claim("huis", &format!("k{nth}"), &format!("client-{nth}")));
    let story = claims.fold(given([big]), Story::and).later(90);
    let first = story.clone().when(Command::Tick).result.unwrap();
    assert_eq!(first.len(), 200);
    let story = story.and(Command::Tick);
    assert_eq!(story.state.next_due(), Some(story.at), "one is left");
    let story = story.when(Command::Tick).then(["no_show"]);
    assert_eq!((story.free("huis"), story.state.next_due()), (201, None));
}

#[test]
fn without_claims_no_timer_runs() {
    let story = given([house("huis", ["k1"])]);
    assert_eq!(story.state.next_due(), None);
    let story = story.and(claim("huis", "k1", "anna")).and(Command::Arrive { claim: claim_of("anna"), seen_at: None });
    assert_eq!(story.state.next_due(), None, "whoever is in, is in");
}
