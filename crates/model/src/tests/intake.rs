//! Intake windows on the wall clock of the Netherlands: across midnight, across the week, and in the two
//! nights in which the clock changes.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::given::moment;
use crate::intake::{Window, closes_at, is_open};

const MONDAY: u32 = 1;
const TUESDAY: u32 = 2;
const FRIDAY: u32 = 5;
const SATURDAY: u32 = 6;
const SUNDAY: u32 = 7;

fn amsterdam() -> TimeZone {
    TimeZone::get("Europe/Amsterdam").unwrap()
}

fn window(weekday: u32, from_hour: u32, until_hour: u32) -> Window {
    Window::parse(weekday, from_hour * 60, until_hour * 60).unwrap()
}

/// Whether one window is open at a moment of Dutch wall clock, such as `2026-02-03 09:00`.
#[track_caller]
fn open(window: Window, wall_clock: &str) -> bool {
    let local: jiff::civil::DateTime = wall_clock.parse().unwrap();
    is_open(&[window], local.to_zoned(amsterdam()).unwrap().timestamp(), &amsterdam())
}

/// Minutes a window is open in the 24 hours from a moment.
fn open_minutes(window: Window, from: &str) -> usize {
    let minute = |number| moment(from) + SignedDuration::from_mins(number);
    (0..24 * 60).filter(|number| is_open(&[window], minute(*number), &amsterdam())).count()
}

#[test]
fn doors_close_when_no_window_is_open_any_more_and_not_when_one_of_two_ends() {
    let at = |hour: i64| moment("2026-02-02T00:00:00+01:00") + SignedDuration::from_hours(hour);
    let closes = |windows: &[Window], hour: i64| closes_at(windows, at(hour), &amsterdam());
    let adjoining = [window(MONDAY, 9, 12), window(MONDAY, 12, 17)];
    assert_eq!(closes(&adjoining, 10), Some(at(17)));
    let overlapping = [window(MONDAY, 9, 12), window(MONDAY, 11, 17)];
    assert_eq!(closes(&overlapping, 10), Some(at(17)));
    let apart = [window(MONDAY, 9, 12), window(MONDAY, 13, 17)];
    assert_eq!((closes(&apart, 10), closes(&apart, 12)), (Some(at(12)), Some(at(17))));
    let around_the_clock: Vec<Window> = (MONDAY..=SUNDAY).map(|day| window(day, 0, 24)).collect();
    assert_eq!(closes(&around_the_clock, 10), None);
    assert_eq!(closes(&[window(MONDAY, 22, 8)], 23), Some(at(32)));
}

#[test]
fn a_location_without_windows_is_always_open() {
    assert!(is_open(&[], moment("2026-02-03T03:00:00Z"), &amsterdam()));
}

#[test]
fn the_start_belongs_to_a_window_and_the_end_does_not() {
    let office = window(TUESDAY, 9, 17);
    assert!(!open(office, "2026-02-03 08:59:59"));
    assert!(open(office, "2026-02-03 09:00"));
    assert!(open(office, "2026-02-03 16:59:59"));
    assert!(!open(office, "2026-02-03 17:00"));
    assert!(!open(office, "2026-02-04 12:00"));
}

#[test]
fn a_window_that_ends_before_it_starts_runs_into_the_next_day() {
    let night = window(FRIDAY, 22, 6);
    assert!(!open(night, "2026-02-06 21:59:59"));
    assert!(open(night, "2026-02-06 22:00"));
    assert!(open(night, "2026-02-07 00:00"));
    assert!(open(night, "2026-02-07 05:59:59"));
    assert!(!open(night, "2026-02-07 06:00"));
    assert!(!open(night, "2026-02-06 02:00"), "the night before is another window");
}

#[test]
fn a_window_on_sunday_night_runs_into_monday() {
    let night = window(SUNDAY, 22, 6);
    assert!(open(night, "2026-02-08 23:00"));
    assert!(open(night, "2026-02-09 05:59"));
    assert!(!open(night, "2026-02-09 06:00"));
    assert!(!open(night, "2026-02-08 01:00"));
    assert!(!open(window(MONDAY, 22, 6), "2026-02-09 01:00"));
}

#[test]
fn a_window_until_midnight_ends_at_midnight() {
    let evening = window(SUNDAY, 18, 24);
    assert!(open(evening, "2026-02-08 23:59:59"));
    assert!(!open(evening, "2026-02-09 00:00"));
    let the_same = window(SUNDAY, 18, 0);
    assert!(open(the_same, "2026-02-08 23:59:59"));
    assert!(!open(the_same, "2026-02-09 00:00"));
}

#[test]
fn a_window_that_ends_when_it_starts_lasts_a_day() {
    let day = window(TUESDAY, 10, 10);
    assert!(!open(day, "2026-02-03 09:59"));
    assert!(open(day, "2026-02-03 10:00"));
    assert!(open(day, "2026-02-04 09:59"));
    assert!(!open(day, "2026-02-04 10:00"));
}

#[test]
fn one_open_window_is_enough() {
    let windows = [window(MONDAY, 9, 12), window(TUESDAY, 9, 12)];
    let at = |raw| is_open(&windows, moment(raw), &amsterdam());
    assert!(at("2026-02-02T09:00:00Z"));
    assert!(at("2026-02-03T09:00:00Z"));
    assert!(!at("2026-02-04T09:00:00Z"));
}

#[test]
fn nine_o_clock_is_nine_o_clock_in_winter_and_in_summer() {
    let office = window(TUESDAY, 9, 17);
    let at = |raw| is_open(&[office], moment(raw), &amsterdam());
    assert!(!at("2026-02-03T07:59:59Z"));
    assert!(at("2026-02-03T08:00:00Z"));
    assert!(!at("2026-07-07T06:59:59Z"));
    assert!(at("2026-07-07T07:00:00Z"));
}

#[test]
fn the_night_of_29_march_is_an_hour_short_and_that_of_25_october_an_hour_long() {
    let night = window(SATURDAY, 23, 7);
    assert_eq!(open_minutes(night, "2026-03-21T12:00:00Z"), 8 * 60);
    assert_eq!(open_minutes(night, "2026-03-28T12:00:00Z"), 7 * 60);
    assert_eq!(open_minutes(night, "2026-10-17T12:00:00Z"), 8 * 60);
    assert_eq!(open_minutes(night, "2026-10-24T12:00:00Z"), 9 * 60);
}

#[test]
fn the_hour_that_is_skipped_is_never_open_and_the_hour_that_comes_twice_is_open_twice() {
    let hour = window(SUNDAY, 2, 3);
    assert_eq!(open_minutes(hour, "2026-03-28T12:00:00Z"), 0);
    assert_eq!(open_minutes(hour, "2026-10-24T12:00:00Z"), 120);
    assert_eq!(open_minutes(hour, "2026-10-31T12:00:00Z"), 60);
}

#[test]
fn in_the_short_night_the_clock_goes_from_just_before_two_to_three() {
    let at = |window, raw| is_open(&[window], moment(raw), &amsterdam());
    assert!(at(window(SUNDAY, 1, 2), "2026-03-29T00:59:59Z"));
    assert!(at(window(SUNDAY, 3, 4), "2026-03-29T01:00:00Z"));
}

#[test]
fn a_window_that_cannot_be_is_refused() {
    for (weekday, from, until) in [(0, 0, 60), (8, 0, 60), (1, 1440, 60), (1, 0, 1441), (256, 0, 60), (1, 65_536, 60)] {
        assert!(Window::parse(weekday, from, until).is_err(), "{weekday} {from} {until}");
    }
    assert!(Window::parse(7, 1439, 1440).is_ok());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_window_is_open_for_as_long_as_it_says(weekday in 1..=7_u32, from in 0..1440_u32, until in 0..=1440_u32) {
        let window = Window::parse(weekday, from, until).unwrap();
        let monday = moment("2026-02-01T23:00:00Z");
        let minute = |number| monday + SignedDuration::from_mins(number);
        let open = (0..7 * 1440).filter(|number| is_open(&[window], minute(*number), &TimeZone::fixed(jiff::tz::offset(1)))).count();
        let lasts = if until > from { until - from } else { until + 1440 - from };
        prop_assert_eq!(open, usize::try_from(lasts).unwrap());
    }

    #[test]
    fn no_moment_panics(
        second in Timestamp::MIN.as_second()..=Timestamp::MAX.as_second(),
        weekday in 1..=7_u32, from in 0..1440_u32, until in 0..=1440_u32,
    ) {
        let at = Timestamp::from_second(second).unwrap();
        let window = Window::parse(weekday, from, until).unwrap();
        prop_assert_eq!(is_open(&[window], at, &amsterdam()), is_open(&[window, window], at, &amsterdam()));
    }
}

#[test]
fn hours_are_read_as_people_write_them_and_written_back() {
    let back = |raw: &str| Window::read(raw).map(|windows| Window::written(&windows));
    for raw in ["ma-vr 09:00-17:30", "zo 22:00-08:00", "za 00:00-24:00"] {
        assert_eq!(back(raw), Some(vec![raw.to_owned()]));
    }
    assert_eq!(back("za-ma 9:00–17:00"), Some(vec!["za-zo 09:00-17:00".to_owned(), "ma 09:00-17:00".to_owned()]));
    for wrong in ["", "ma", "ma 9", "xx 09:00-10:00", "ma-vr 25:00-26:00", "ma 09:00-24:01", "ma 09:60-10:00"] {
        assert_eq!(back(wrong), None, "{wrong}");
    }
}
