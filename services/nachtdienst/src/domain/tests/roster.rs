//! What a roster must keep to: each rule at its edge, and that a breach needs a reason.

use jiff::ToSpan as _;
use jiff::civil::Date;
use model::id::UserId;

use super::given::{Given, TODAY, assign, given, moment, plan, plan_shift, sealed};
use crate::domain::{Command, Event, Refusal, Role, RosterRule};

fn day(days: i64) -> Date {
    TODAY.saturating_add(days.days())
}

/// Shifts on these days after today, between these hours, all with anna on them.
fn works(shifts: &[(i64, i8, i8)]) -> Given {
    shifts.iter().fold(given([]), |story, (days, from, until)| story.with(plan(day(*days), *from, *until), &["anna"]).0)
}

/// The rules that anna would break by one more shift.
#[track_caller]
fn breaks(story: &Given, (days, from, until): (i64, i8, i8)) -> Vec<(RosterRule, u32, u32)> {
    let (story, shift) = story.with(plan(day(days), from, until), &[]);
    match story.when(assign(&shift, "anna")).decided {
        Ok(_) => Vec::new(),
        Err(Refusal::RosterBreach { breaches }) => {
            breaches.into_iter().map(|it| (it.rule, it.limit, it.actual)).collect()
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_shift_is_at_most_twelve_hours_and_a_night_shift_ten() {
    let nobody = given([]);
    assert_eq!(breaks(&nobody, (1, 8, 20)), []);
    assert_eq!(breaks(&nobody, (1, 8, 21)), [(RosterRule::ShiftLength, 12, 13)]);
    assert_eq!(breaks(&nobody, (1, 21, 7)), []);
    assert_eq!(breaks(&nobody, (1, 21, 8)), [(RosterRule::NightShiftLength, 10, 11)]);
    // One hour after midnight is no night shift yet.
    assert_eq!(breaks(&nobody, (1, 13, 1)), []);
}

#[test]
fn between_shifts_there_are_eleven_hours_and_after_a_late_night_fourteen() {
    assert_eq!(breaks(&works(&[(1, 9, 17)]), (2, 4, 9)), []);
    assert_eq!(breaks(&works(&[(1, 9, 17)]), (2, 3, 9)), [(RosterRule::DailyRest, 11, 10)]);
    assert_eq!(breaks(&works(&[(1, 23, 7)]), (2, 21, 23)), []);
    assert_eq!(breaks(&works(&[(1, 23, 7)]), (2, 20, 23)), [(RosterRule::RestAfterNight, 14, 13)]);
    assert_eq!(
        breaks(&works(&[(2, 9, 17)]), (1, 23, 7)),
        [(RosterRule::RestAfterNight, 14, 2)],
        "also for the shift that follows"
    );
}

#[test]
fn after_three_nights_in_a_row_there_are_forty_six_hours() {
    let nights = works(&[(1, 23, 7), (2, 23, 7), (3, 23, 7)]);
    assert_eq!(breaks(&nights, (4, 23, 7)), [], "the row goes on");
    assert_eq!(breaks(&nights, (6, 4, 9)), [(RosterRule::RestAfterNights, 46, 45)]);
    assert_eq!(breaks(&nights, (6, 5, 9)), []);
    assert_eq!(breaks(&works(&[(1, 23, 7), (2, 23, 7)]), (4, 4, 9)), [], "two are no row of nights");
    let two = works(&[(2, 23, 7), (3, 23, 7), (6, 4, 9)]);
    assert_eq!(breaks(&two, (1, 23, 7)), [(RosterRule::RestAfterNights, 46, 45)], "a night before two others");
    let two = works(&[(1, 23, 7), (3, 23, 7), (6, 4, 9)]);
    assert_eq!(breaks(&two, (2, 23, 7)), [(RosterRule::RestAfterNights, 46, 45)], "a night between two others");
}

#[test]
fn with_a_night_shift_among_them_seven_shifts_in_a_row_are_the_most() {
    let days: Vec<_> = (1..=6).map(|day| (day, 14, 21)).collect();
    let row = works(&days);
    assert_eq!(breaks(&row, (7, 14, 22)), [], "without a night shift nobody counts");
    let (row, _) = row.with(plan(day(7), 23, 6), &["anna"]);
    let broken = breaks(&row, (8, 21, 23));
    assert!(broken.contains(&(RosterRule::Row, 7, 8)), "{broken:?}");
}

#[test]
fn a_week_has_at_most_sixty_hours_counted_from_monday() {
    // 9 February 2026 is a Monday.
    let monday = 6;
    let week: Vec<_> = (0..5).map(|day| (monday + day, 8, 20)).collect();
    assert_eq!(breaks(&works(&week), (monday + 5, 8, 9)), [(RosterRule::WeekHours, 60, 61)]);
    assert_eq!(breaks(&works(&week), (monday + 7, 8, 20)), []);
}

#[test]
fn of_two_weeks_that_are_too_full_the_fullest_is_told() {
    // Sunday 15 February into Monday: twelve hours, of which eight in the second week.
    let weeks: Vec<_> = (7..12).map(|day| (day, 8, 20)).chain((14..19).map(|day| (day, 8, 20))).collect();
    let broken = breaks(&works(&weeks), (12, 20, 8));
    let hours: Vec<_> = broken.into_iter().filter(|(rule, ..)| *rule == RosterRule::WeekHours).collect();
    assert_eq!(hours, [(RosterRule::WeekHours, 60, 68)]);
}

#[test]
fn in_sixteen_weeks_there_are_at_most_thirty_six_late_nights() {
    // Three nights a week, with rest: the thirty-seventh within sixteen weeks is one too many.
    let nights: Vec<_> = (0..12).flat_map(|week| (0..3).map(move |night| (1 + week * 7 + night, 22, 5))).collect();
    let story = works(&nights);
    assert_eq!(breaks(&story, (12 * 7 + 1, 22, 5)), [(RosterRule::NightsIn16Weeks, 36, 37)]);
    assert_eq!(breaks(&story, (16 * 7 + 1, 22, 5)), [], "the first night is sixteen weeks ago");
}

#[test]
fn rest_is_in_real_hours_when_the_clock_changes() {
    let story = given([]).at("2026-03-27T12:00:00+01:00");
    // From 17:00 on Saturday to 04:00 on Sunday are eleven hours on the wall, and ten in real time.
    let saturday = jiff::civil::date(2026, 3, 28);
    let (story, _) = story.with(plan(saturday, 9, 17), &["anna"]);
    let (story, next) = story.with(plan(saturday.saturating_add(1.day()), 4, 9), &[]);
    let Refusal::RosterBreach { breaches } = story.when(assign(&next, "anna")).then_refused("ROSTER_BREACH") else {
        panic!()
    };
    assert_eq!((breaches[0].rule, breaches[0].actual), (RosterRule::DailyRest, 10));
}

#[test]
fn a_breach_names_its_article_and_is_overridden_only_with_a_reason_that_is_kept() {
    let story = works(&[(1, 9, 17)]);
    let (story, shift) = story.with(plan(day(1), 22, 23), &[]);
    let refusal = story.when(assign(&shift, "anna")).then_refused("ROSTER_BREACH");
    assert_eq!(refusal.to_string(), "De rust tussen twee diensten is minstens 11 uur (ATW 5:3); dit wordt 5.");
    let reason = Some(sealed("niemand anders"));
    let with_reason =
        |overrides| Command::Assign { shift: shift.clone(), staff: sealed("anna"), role: Role::Medewerker, overrides };
    let events = story.when(with_reason(reason.clone())).decided.unwrap();
    let Event::Assigned { overridden, reason: kept, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((overridden.len(), kept), (1, &reason));
    // A reason where nothing is broken is not kept.
    let (fine, other) = given([]).with(plan(day(1), 22, 23), &[]);
    let needless = Command::Assign { shift: other, staff: sealed("anna"), role: Role::Medewerker, overrides: reason };
    let events = fine.when(needless).decided.unwrap();
    assert!(matches!(&events[0], Event::Assigned { reason: None, .. }));
}

#[test]
fn nobody_works_twice_at_a_time() {
    let story = works(&[(1, 9, 17)]);
    let (story, shift) = story.with(plan(day(1), 16, 20), &[]);
    story.when(assign(&shift, "anna")).then_refused("WORKS_THEN");
    let (story, next) = story.with(plan(day(1), 9, 17), &["bram"]);
    story.when(assign(&next, "bram")).then_refused("ALREADY_ASSIGNED");
}

fn swap(one: (&UserId, &str), other: (&UserId, &str)) -> Command {
    let named = |(shift, who): (&UserId, &str)| (shift.clone(), sealed(who));
    Command::Swap { one: named(one), other: named(other), overrides: None }
}

#[test]
fn two_people_change_places_when_both_rosters_hold() {
    let (story, first) = given([]).with(plan(day(1), 9, 17), &["anna"]);
    let (story, second) = story.with(plan(day(3), 9, 17), &["bram"]);
    let swapped = story.and([swap((&first, "anna"), (&second, "bram"))]);
    assert!(
        swapped.shift(&first).has(&sealed("bram")).is_some() && swapped.shift(&second).has(&sealed("anna")).is_some()
    );
    assert!(swapped.shift(&first).has(&sealed("anna")).is_none());
    // bram works the night before the first shift: he cannot take it.
    let (story, _) = story.with(plan(day(0), 23, 7), &["bram"]);
    story.when(swap((&first, "anna"), (&second, "bram"))).then_refused("ROSTER_BREACH");
    story.when(swap((&first, "bram"), (&second, "anna"))).then_refused("NOT_ASSIGNED");
}

#[test]
fn a_shift_that_changes_is_checked_again_for_who_is_on_it() {
    let (story, first) = given([]).with(plan(day(1), 9, 17), &["anna"]);
    let (story, _) = story.with(plan(day(2), 9, 17), &["anna"]);
    let change = |until| Command::ChangeShift { shift: first.clone(), plan: plan(day(1), 14, until), overrides: None };
    story.when(change(23)).then_refused("ROSTER_BREACH");
    let changed = story.and([change(22)]);
    assert_eq!(changed.shift(&first).period.until, moment("2026-02-04T22:00:00+01:00"));
    changed.when(plan_shift(plan(day(1), 9, 17))).then_done();
}

#[test]
fn who_is_sick_is_put_on_no_shift_of_the_period_unless_better_sooner() {
    let (story, shift) = given([]).with(plan(day(2), 9, 17), &["bram"]);
    let (story, other) = story.with(plan(day(9), 9, 17), &["anna"]);
    let sick = |until| Command::ReportSick { staff: sealed("anna"), from: None, until: moment(until) };
    let story = story.and([sick("2026-02-07T00:00:00+01:00")]);
    story.when(assign(&shift, "anna")).then_refused("SICK_THEN");
    story.when(swap((&shift, "bram"), (&other, "anna"))).then_refused("SICK_THEN");
    story.and([sick("2026-02-04T00:00:00+01:00")]).when(assign(&shift, "anna")).then_done();
}

#[test]
fn who_is_better_during_a_shift_works_the_rest_of_it() {
    let (story, shift) = given([]).with(plan(TODAY, 15, 23), &["anna"]);
    let sick = Command::ReportSick { staff: sealed("anna"), from: None, until: moment("2026-02-04T00:00:00+01:00") };
    let off = story.at("2026-02-03T17:19:00+01:00").and([sick]);
    off.when(assign(&shift, "anna")).then_refused("SICK_THEN");
    let better = off.and([Command::ReportBetter { staff: sealed("anna"), from: None, until: None }]);
    better.when(assign(&shift, "anna")).then_done();
}

#[test]
fn two_sick_calls_that_do_not_overlap_both_count() {
    let (story, shift) = given([]).with(plan(day(2), 15, 23), &[]);
    let sick =
        |from, until| Command::ReportSick { staff: sealed("anna"), from: Some(moment(from)), until: moment(until) };
    let story = story.and([
        sick("2026-02-05T00:00:00+01:00", "2026-02-06T00:00:00+01:00"),
        sick("2026-03-05T00:00:00+01:00", "2026-03-06T00:00:00+01:00"),
    ]);
    story.when(assign(&shift, "anna")).then_refused("SICK_THEN");
    let shorter = story.and([sick("2026-02-05T00:00:00+01:00", "2026-02-05T12:00:00+01:00")]);
    shorter.when(assign(&shift, "anna")).then_done();
}

#[test]
fn who_was_called_sick_by_mistake_is_better_at_once() {
    let (story, tonight) = given([]).with(plan(TODAY, 23, 7), &["anna"]);
    let until = moment("2026-02-10T00:00:00+01:00");
    let sick = story.and([Command::ReportSick { staff: sealed("anna"), from: None, until }]);
    sick.when(assign(&tonight, "anna")).then_refused("SICK_THEN");
    let better = |from| Command::ReportBetter { staff: sealed("anna"), from, until: None };
    sick.and([better(None)]).when(assign(&tonight, "anna")).then_done();
    let later = sick.and([better(Some(moment("2026-02-06T00:00:00+01:00")))]);
    later.when(assign(&tonight, "anna")).then_refused("SICK_THEN");
    let (later, after) = later.with(plan(day(4), 9, 17), &[]);
    later.when(assign(&after, "anna")).then_done();
    let only = |until| Command::ReportBetter { staff: sealed("anna"), from: None, until: Some(moment(until)) };
    let one_night = sick.and([only("2026-02-04T07:00:00+01:00")]);
    one_night.when(assign(&tonight, "anna")).then_done();
    let (one_night, next) = one_night.with(plan(day(1), 15, 23), &[]);
    one_night.when(assign(&next, "anna")).then_refused("SICK_THEN");
    story.when(better(None)).then_refused("NOT_SICK");
    sick.when(better(Some(moment("2026-02-01T00:00:00+01:00")))).then_refused("BETTER_PERIOD");
}

#[test]
fn a_sick_call_that_begins_later_leaves_what_was_before_it() {
    let (story, shift) = given([]).with(plan(day(2), 15, 23), &[]);
    let sick =
        |from, until| Command::ReportSick { staff: sealed("anna"), from: Some(moment(from)), until: moment(until) };
    let story = story.and([
        sick("2026-02-04T00:00:00+01:00", "2026-02-10T00:00:00+01:00"),
        sick("2026-02-09T00:00:00+01:00", "2026-02-12T00:00:00+01:00"),
    ]);
    story.when(assign(&shift, "anna")).then_refused("SICK_THEN");
}

#[test]
fn who_is_sick_comes_off_every_shift_of_the_period_and_of_no_other() {
    let (story, running) = given([]).with(plan(TODAY, 15, 23), &["anna"]);
    let (story, within) = story.with(plan(day(2), 9, 17), &["anna", "bram"]);
    let (story, after) = story.with(plan(day(5), 9, 17), &["anna"]);
    let sick = Command::ReportSick { staff: sealed("anna"), from: None, until: moment("2026-02-07T00:00:00+01:00") };
    let story = story.and([sick]);
    let has = |id: &UserId| story.shift(id).has(&sealed("anna")).is_some();
    assert_eq!((has(&running), has(&within), has(&after)), (false, false, true));
    assert!(story.shift(&within).has(&sealed("bram")).is_some());
    let past = Command::ReportSick { staff: sealed("anna"), from: None, until: moment("2026-02-01T00:00:00+01:00") };
    story.when(past).then_refused("SICK_PERIOD");
}

#[test]
fn the_reason_of_a_change_stands_beside_whom_it_breaks_a_rule_for_and_beside_nobody_else() {
    let (story, shift) = given([]).with(plan(day(2), 15, 23), &["anna", "bram"]);
    let (story, _) = story.with(plan(day(1), 15, 23), &["anna"]);
    let earlier = plan(day(2), 9, 17);
    let change = |overrides| Command::ChangeShift { shift: shift.clone(), plan: earlier.clone(), overrides };
    story.when(change(None)).then_refused("ROSTER_BREACH");
    let changed = story.and([change(Some(sealed("niemand anders")))]);
    let reason = |who: &str| changed.shift(&shift).has(&sealed(who)).and_then(|it| it.reason.clone());
    assert_eq!((reason("anna"), reason("bram")), (Some(sealed("niemand anders")), None));
}

#[test]
fn who_gives_a_shift_away_that_parted_nights_rests_after_all_of_them() {
    // Two nights and one more, with an evening between them; a day later a shift by day.
    let (story, evening) = works(&[(1, 23, 7), (2, 23, 7)]).with(plan(day(3), 21, 0), &["anna"]);
    let (story, _) = story.with(plan(day(4), 18, 2), &["anna"]);
    let (story, _) = story.with(plan(day(6), 9, 17), &["anna"]);
    let (story, far) = story.with(plan(day(20), 9, 17), &["bram"]);
    let given_away = swap((&evening, "anna"), (&far, "bram"));
    match story.when(given_away).decided {
        Err(Refusal::RosterBreach { breaches }) => {
            let broken: Vec<_> = breaches.iter().map(|it| (it.rule, it.limit, it.actual)).collect();
            assert_eq!(broken, [(RosterRule::RestAfterNights, 46, 31)]);
        }
        other => panic!("{other:?}"),
    }
    let moved = Command::ChangeShift { shift: evening, plan: plan(day(20), 9, 17), overrides: None };
    story.when(moved).then_refused("ROSTER_BREACH");
}

#[test]
fn what_was_broken_before_is_not_asked_again_by_giving_another_shift_away() {
    let (story, short) = works(&[(1, 9, 17)]).with(plan(day(2), 3, 9), &[]);
    let (staff, overrides) = (sealed("anna"), Some(sealed("nood")));
    let story = story.and([Command::Assign { shift: short, staff, role: Role::Medewerker, overrides }]);
    let (story, beside) = story.with(plan(day(3), 9, 17), &["anna"]);
    let (story, far) = story.with(plan(day(20), 9, 17), &["bram"]);
    story.when(swap((&beside, "anna"), (&far, "bram"))).then_done();
}
