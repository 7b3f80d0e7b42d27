//! A stay ends at noon, on the wall, after its last night. Who comes in after midnight and before noon sleeps the
//! night that began the evening before. Also in the nights in which the clock changes: 29 March and 25 October 2026.

use jiff::tz::TimeZone;
use model::criteria::Needs;

use super::given::{anybody, claim_for, claim_of, given_at, house, moment};
use crate::domain::Command;

/// Until when somebody may stay who arrives at a moment, as the wall clock in Flevoland says it.
#[track_caller]
fn stay_until(arrived: &str, nights: u32) -> String {
    let needs = Needs { nights, ..anybody() };
    let story = given_at(moment(arrived), [house("huis", ["k1"])]).and(claim_for(needs, "huis", "k1", "anna"));
    let story = story.and(Command::Arrive { claim: claim_of("anna"), seen_at: None });
    let until = story.claim("anna").stay_until.unwrap();
    assert!(until > story.at, "a stay ends after it began: from {} until {until}", story.at);
    until.to_zoned(TimeZone::get("Europe/Amsterdam").unwrap()).datetime().to_string()
}

#[test]
fn who_arrives_in_the_evening_stays_until_noon_tomorrow() {
    assert_eq!(stay_until("2026-02-03T21:45:00Z", 1), "2026-02-04T12:00:00");
    assert_eq!(stay_until("2026-07-07T20:45:00Z", 1), "2026-07-08T12:00:00");
}

#[test]
fn who_arrives_at_ten_past_two_sleeps_the_night_that_began_the_evening_before() {
    assert_eq!(stay_until("2026-02-04T01:10:00Z", 1), "2026-02-04T12:00:00");
    assert_eq!(stay_until("2026-07-08T00:10:00Z", 1), "2026-07-08T12:00:00");
    assert_eq!(stay_until("2026-02-04T01:10:00Z", 3), "2026-02-06T12:00:00");
}

#[test]
fn midnight_does_not_change_the_night() {
    for arrived in ["2026-02-03T22:59:59Z", "2026-02-03T23:00:00Z", "2026-02-03T23:00:01Z"] {
        assert_eq!(stay_until(arrived, 1), "2026-02-04T12:00:00", "{arrived}");
    }
}

#[test]
fn at_noon_the_next_night_begins() {
    assert_eq!(stay_until("2026-02-04T10:59:59Z", 1), "2026-02-04T12:00:00");
    assert_eq!(stay_until("2026-02-04T11:00:00Z", 1), "2026-02-05T12:00:00");
}

#[test]
fn no_nights_asked_is_one_night() {
    assert_eq!(stay_until("2026-02-03T21:45:00Z", 0), "2026-02-04T12:00:00");
}

#[test]
fn a_stay_over_the_night_that_loses_an_hour_ends_at_noon_on_the_wall() {
    assert_eq!(stay_until("2026-03-28T20:00:00Z", 1), "2026-03-29T12:00:00");
    assert_eq!(stay_until("2026-03-28T20:00:00Z", 2), "2026-03-30T12:00:00");
    assert_eq!(stay_until("2026-03-27T20:00:00Z", 7), "2026-04-03T12:00:00");
}

#[test]
fn a_stay_over_the_night_that_gains_an_hour_ends_at_noon_on_the_wall() {
    assert_eq!(stay_until("2026-10-24T20:00:00Z", 1), "2026-10-25T12:00:00");
    assert_eq!(stay_until("2026-10-24T20:00:00Z", 2), "2026-10-26T12:00:00");
    assert_eq!(stay_until("2026-10-23T20:00:00Z", 7), "2026-10-30T12:00:00");
}

#[test]
fn who_arrives_around_the_hour_that_is_lost_sleeps_that_night() {
    // 01:59:59, and a second later 03:00 on the wall; 02:10 does not exist.
    for arrived in ["2026-03-29T00:10:00Z", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-03-29T01:10:00Z"] {
        assert_eq!(stay_until(arrived, 1), "2026-03-29T12:00:00", "{arrived}");
    }
}

#[test]
fn who_arrives_at_either_ten_past_two_sleeps_the_night_that_gains_an_hour() {
    for arrived in ["2026-10-25T00:10:00Z", "2026-10-25T01:10:00Z"] {
        assert_eq!(stay_until(arrived, 1), "2026-10-25T12:00:00", "{arrived}");
    }
}

#[test]
fn on_the_day_that_lost_an_hour_noon_is_still_where_the_next_night_begins() {
    assert_eq!(stay_until("2026-03-29T09:59:59Z", 1), "2026-03-29T12:00:00", "11:59:59 on the wall");
    assert_eq!(stay_until("2026-03-29T10:00:00Z", 1), "2026-03-30T12:00:00", "noon on the wall");
    assert_eq!(stay_until("2026-03-29T10:30:00Z", 1), "2026-03-30T12:00:00", "12:30 on the wall");
    assert_eq!(stay_until("2026-03-29T11:00:00Z", 1), "2026-03-30T12:00:00", "13:00 on the wall");
}

#[test]
fn on_the_day_that_gained_an_hour_noon_is_still_where_the_next_night_begins() {
    assert_eq!(stay_until("2026-10-25T09:59:59Z", 1), "2026-10-25T12:00:00", "10:59:59 on the wall");
    assert_eq!(stay_until("2026-10-25T10:00:00Z", 1), "2026-10-25T12:00:00", "11:00 on the wall");
    assert_eq!(stay_until("2026-10-25T10:59:59Z", 1), "2026-10-25T12:00:00", "11:59:59 on the wall");
    assert_eq!(stay_until("2026-10-25T11:00:00Z", 1), "2026-10-26T12:00:00", "noon on the wall");
}
