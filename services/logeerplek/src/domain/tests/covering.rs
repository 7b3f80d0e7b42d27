//! Night cover: where it takes the nachtdienst nobody is taken in at night without it; not known is not covered.

use jiff::SignedDuration;
use model::night::{CoverTold, Heard, Period};
use proto::availability::v1::availability_reported::Detail;

use super::given::{
    House, Story, claim, claim_best, confirm, evening, gemeente, given, given_at, house, location, moment,
};
use crate::Answer;
use crate::domain::{Command, Refusal, answer_to};

fn needing_cover() -> House {
    let mut house = house("huis", ["k1"]);
    house.profile.needs_night_cover = true;
    house
}

/// The nachtdienst says that it is there in these hours after the evening.
fn hears(position: u64, hours: std::ops::Range<i64>) -> Command {
    let at = |hours: i64| evening() + SignedDuration::from_hours(hours);
    let covered = vec![Period { from: at(hours.start), until: at(hours.end) }];
    let told = CoverTold { position, as_of: evening(), covered, known_until: None };
    Command::HearCover { gemeente: gemeente("gm0034"), told, heard: Heard { stream: "s".into(), sequence: position } }
}

#[track_caller]
fn refusal(story: Story) -> Refusal {
    let refused = story.clone().when(claim("huis", "k1", "anna")).result.unwrap_err();
    story.when(claim_best("anna")).then(["demand_unmet"]);
    refused
}

#[test]
fn at_night_a_place_that_needs_the_nachtdienst_waits_for_word_of_it() {
    let story = given([needing_cover()]);
    assert_eq!(refusal(story.clone()), Refusal::NoNightCover { unknown: true });
    assert_eq!(refusal(story.clone().and(hears(1, 1..5))), Refusal::NoNightCover { unknown: false });
    story.and(hears(1, 0..5)).when(claim("huis", "k1", "anna")).then(["claimed"]);
}

#[test]
fn who_looks_for_the_best_place_hears_that_only_the_nachtdienst_is_missing() {
    let story = given([needing_cover()]);
    let events = story.clone().when(claim_best("anna")).result.unwrap();
    let after = story.and(claim_best("anna"));
    let answer = answer_to(&after.region, &after.state, &claim_best("anna"), &events);
    let why = Box::new(Refusal::NoNightCover { unknown: true });
    assert_eq!(answer, Answer::NothingOpen { location: location("huis"), why });
}

#[test]
fn who_looks_for_the_best_place_hears_first_where_a_call_may_be_enough() {
    // Not one of them is open: one is near and waits for the nachtdienst, of the other the stand is too old.
    let story = given([needing_cover(), house("ver", ["k1"])]).later(481).and(confirm("huis"));
    let events = story.clone().when(claim_best("anna")).result.unwrap();
    let after = story.and(claim_best("anna"));
    let Answer::NothingOpen { location: at, why } =
        answer_to(&after.region, &after.state, &claim_best("anna"), &events)
    else {
        panic!("there is a place behind a closed door")
    };
    assert_eq!(at, location("ver"));
    assert!(matches!(*why, Refusal::Stale { .. }), "{why}");
}

#[test]
fn by_day_and_where_nothing_is_asked_of_the_nachtdienst_nobody_waits_for_it() {
    let noon = moment("2026-02-03T12:00:00+01:00");
    given_at(noon, [needing_cover()]).when(claim("huis", "k1", "anna")).then(["claimed"]);
    given([house("huis", ["k1"])]).when(claim("huis", "k1", "anna")).then(["claimed"]);
}

#[test]
fn what_was_told_longer_ago_than_its_goal_is_not_known() {
    let story = given([needing_cover()]).and(hears(1, 0..10));
    story.clone().later(59).when(claim("huis", "k1", "anna")).then(["claimed"]);
    assert_eq!(refusal(story.later(60)), Refusal::NoNightCover { unknown: true });
}

#[test]
fn a_later_word_counts_and_an_earlier_one_that_comes_later_does_not() {
    let story = given([needing_cover()]).and(hears(2, 0..5));
    story.clone().when(hears(1, 6..7)).then([]);
    assert_eq!(refusal(story.and(hears(3, 6..7))), Refusal::NoNightCover { unknown: false });
}

#[test]
fn another_gemeente_is_covered_apart() {
    let told = CoverTold {
        position: 1,
        as_of: evening(),
        covered: vec![Period { from: evening(), until: moment("2026-02-04T08:00:00+01:00") }],
        known_until: None,
    };
    let elsewhere =
        Command::HearCover { gemeente: gemeente("gm0303"), told, heard: Heard { stream: "s".into(), sequence: 1 } };
    assert_eq!(refusal(given([needing_cover()]).and(elsewhere)), Refusal::NoNightCover { unknown: true });
}

#[test]
fn outside_the_intake_hours_a_door_may_open_while_the_nachtdienst_is_there() {
    // Tuesday evening; the intake is on Tuesday morning.
    let mut closed = house("huis", ["k1"]).open(&[(2, 9 * 60, 12 * 60)]);
    given([closed_copy(&closed)]).and(hears(1, 0..5)).when(claim("huis", "k1", "anna")).then_refused("INTAKE_CLOSED");
    closed.profile.night_cover_opens = true;
    let story = given([closed]);
    story.clone().when(claim("huis", "k1", "anna")).then_refused("INTAKE_CLOSED");
    story.and(hears(1, 0..5)).when(claim("huis", "k1", "anna")).then(["claimed"]);
}

fn closed_copy(like: &House) -> House {
    let mut copy = house("huis", ["k1"]);
    copy.profile = like.profile.clone();
    copy
}

#[test]
fn demand_that_is_not_met_is_told_without_whose_it_was_and_is_of_no_location() {
    let story = given([]);
    let outcome = story.when(claim_best("anna"));
    let events = outcome.result.as_ref().unwrap().clone();
    let story = outcome.then(["demand_unmet"]);
    let service = crate::Logeerplek { region: std::sync::Arc::new(story.region.clone()) };
    let events: Vec<_> = events.iter().collect();
    let report = eventlog::Domain::report(&service, &story.state, &events, 7).unwrap();
    assert_eq!(report.subject, "onderdak.v1.flevoland.logeerplek.gm0034.vraag-gm0034");
    assert!(!report.data.contains("anna"));
    let told: proto::availability::v1::AvailabilityReported = serde_json::from_str(&report.data).unwrap();
    assert!(told.past && told.figures.is_none() && told.version == 1 && told.position == 7);
    assert!(matches!(told.detail, Some(Detail::Demand(_))));
}
