//! How old a stand is, at the edges: a moment before, exactly at, and after.

use jiff::{SignedDuration, Timestamp};

use super::given::noon;
use crate::freshness::Age;

const GOAL_MINUTES: u32 = 8 * 60;
const A_MOMENT: SignedDuration = SignedDuration::from_nanos(1);
const TWO_HOURS: SignedDuration = SignedDuration::from_hours(2);
const THE_GOAL: SignedDuration = SignedDuration::from_hours(8);

fn after(age: SignedDuration) -> Age {
    Age::at(noon() + age, Some(noon()), GOAL_MINUTES)
}

#[test]
fn a_stand_is_current_until_just_before_two_hours() {
    assert_eq!(after(SignedDuration::ZERO), Age::Current);
    assert_eq!(after(TWO_HOURS - A_MOMENT), Age::Current);
    assert_eq!(after(TWO_HOURS), Age::Older);
}

#[test]
fn a_stand_is_stale_from_exactly_the_goal() {
    assert_eq!(after(THE_GOAL - A_MOMENT), Age::Older);
    assert_eq!(after(THE_GOAL), Age::Stale);
    assert_eq!(after(SignedDuration::from_hours(24 * 365)), Age::Stale);
}

#[test]
fn a_stand_nobody_gave_is_unknown() {
    assert_eq!(Age::at(noon(), None, GOAL_MINUTES), Age::Unknown);
}

#[test]
fn a_goal_shorter_than_two_hours_makes_a_stand_stale_at_once_after_current() {
    let at = |minutes| Age::at(noon() + SignedDuration::from_mins(minutes), Some(noon()), 60);
    assert_eq!([at(59), at(60), at(61), at(120)], [Age::Current, Age::Stale, Age::Stale, Age::Stale]);
}

#[test]
fn a_goal_of_exactly_two_hours_leaves_no_older() {
    let at = |minutes| Age::at(noon() + SignedDuration::from_mins(minutes), Some(noon()), 120);
    assert_eq!([at(119), at(120)], [Age::Current, Age::Stale]);
}

#[test]
fn a_stand_confirmed_by_a_clock_that_runs_ahead_is_current() {
    assert_eq!(after(SignedDuration::from_hours(-1)), Age::Current);
}

#[test]
fn somebody_must_call_when_a_stand_is_stale_or_unknown_and_only_then() {
    let must_call = [Age::Current, Age::Older, Age::Stale, Age::Unknown].map(Age::must_call);
    assert_eq!(must_call, [false, false, true, true]);
}

#[test]
fn fresher_sorts_first_and_unknown_last() {
    assert!([Age::Current, Age::Older, Age::Stale, Age::Unknown].is_sorted());
}

#[test]
fn the_ends_of_time_do_not_panic() {
    assert_eq!(Age::at(Timestamp::MAX, Some(Timestamp::MIN), u32::MAX), Age::Stale);
    assert_eq!(Age::at(Timestamp::MIN, Some(Timestamp::MAX), u32::MAX), Age::Current);
}
