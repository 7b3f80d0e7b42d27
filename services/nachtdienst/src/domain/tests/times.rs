//! Shifts in real time, over years of nights in which the clock may change.

use jiff::civil::{Date, date};
use jiff::{SignedDuration, ToSpan as _};

use super::given::{at, given, period, plan, plan_shift, region};
use crate::domain::ShiftPlan;

fn between(on: Date, from: (i8, i8), until: (i8, i8)) -> ShiftPlan {
    ShiftPlan { from: at(from.0, from.1), until: at(until.0, until.1), ..plan(on, 0, 0) }
}

fn hours(plan: &ShiftPlan) -> i64 {
    let period = plan.period(region()).unwrap();
    let length = period.until.duration_since(period.from);
    assert_eq!(length, SignedDuration::from_hours(length.as_hours()), "whole hours");
    length.as_hours()
}

#[test]
fn a_night_shift_lasts_seven_eight_or_nine_hours_as_the_calendar_says() {
    assert_eq!(hours(&plan(date(2026, 3, 28), 23, 7)), 7);
    assert_eq!(hours(&plan(date(2026, 10, 24), 23, 7)), 9);
    let mut lengths = std::collections::BTreeMap::new();
    let mut day = date(2025, 1, 1);
    while day < date(2031, 1, 1) {
        *lengths.entry(hours(&plan(day, 23, 7))).or_insert(0) += 1;
        day = day.saturating_add(1.day());
    }
    assert_eq!(lengths, [(7, 6), (8, 6 * 365 + 1 - 12), (9, 6)].into());
}

#[test]
fn shifts_that_meet_on_the_wall_meet_in_real_time_and_no_hour_is_lost_or_doubled() {
    // Also at times that the clock skips or has twice.
    let cuts = [(7, 0), (15, 30), (23, 0), (1, 30), (2, 0), (2, 30), (3, 0), (3, 30)];
    let mut day = date(2025, 1, 1);
    while day < date(2031, 1, 1) {
        let next = day.saturating_add(1.day());
        for (index, first) in cuts.iter().enumerate() {
            for second in &cuts[index + 1..] {
                let (one, two) = (between(day, *first, *second), between(day, *second, *first));
                // On the wall the first ends when the second begins, and the second when the first begins again.
                let from = if two.from > one.from { two } else { ShiftPlan { on: next, ..two } };
                let (Ok(one), Ok(two)) = (one.period(region()), from.period(region())) else { continue };
                assert_eq!(one.until, two.from, "{day} {first:?} {second:?}");
            }
        }
        let whole = between(day, (7, 0), (7, 0)).period(region()).unwrap();
        let parts = [between(day, (7, 0), (15, 0)), between(day, (15, 0), (23, 0)), between(day, (23, 0), (7, 0))];
        let sum: SignedDuration =
            parts.map(|part| part.period(region()).unwrap()).iter().map(|it| it.until.duration_since(it.from)).sum();
        assert_eq!(whole.until.duration_since(whole.from), sum, "{day}");
        day = next;
    }
}

#[test]
fn a_shift_of_which_the_clock_skips_every_minute_is_refused() {
    let skipped = between(date(2026, 3, 29), (2, 0), (2, 0));
    assert_eq!(hours(&skipped), 23, "it runs until the next day, and begins when the clock has skipped");
    let story = given([]).at("2026-03-28T12:00:00+01:00");
    story.when(plan_shift(between(date(2026, 3, 29), (2, 15), (3, 15)))).then_refused("NO_TIME");
    story.when(plan_shift(between(date(2026, 3, 29), (2, 15), (4, 15)))).then_done();
}

#[test]
fn a_shift_that_is_over_or_too_far_away_is_not_planned() {
    let story = given([]);
    story.when(plan_shift(plan(date(2026, 2, 2), 23, 7))).then_refused("SHIFT_ENDED");
    story.when(plan_shift(plan(date(2028, 2, 2), 23, 7))).then_refused("TOO_FAR_AHEAD");
    let stranger = ShiftPlan { gemeenten: vec![super::given::gemeente("gm0141")], ..plan(date(2026, 2, 3), 23, 7) };
    story.when(plan_shift(stranger)).then_refused("UNKNOWN_GEMEENTE");
    assert_eq!(
        plan(date(2026, 2, 3), 23, 7).period(region()).unwrap(),
        period("2026-02-03T23:00:00+01:00", "2026-02-04T07:00:00+01:00")
    );
}
