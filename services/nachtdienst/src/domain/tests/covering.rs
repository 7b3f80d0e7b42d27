//! Cover: what is a gap, when it is told, and that it is the one somebody finds who looks at every minute.

use jiff::{SignedDuration, ToSpan as _};
use model::id::UserId;
use model::night::Period;
use proptest::prelude::*;
use proto::availability::v1::Happening;
use proto::availability::v1::availability_reported::Detail;

use super::given::{
    ALMERE, DRONTEN, Given, TODAY, assign, at, evening, gemeente, given, moment, period, plan, plan_shift, receive,
    region, sealed,
};
use crate::domain::{Command, Event, ShiftPlan, TeamState, Why, report};

fn set_state(shift: &UserId, state: TeamState, minutes: u32) -> Command {
    Command::SetTeamState { shift: shift.clone(), state, minutes }
}

#[test]
fn a_gap_is_a_part_of_the_evening_or_night_in_which_nobody_is_there() {
    let (story, shift) = given([]).with(plan(TODAY, 20, 6), &[]);
    let night = period("2026-02-03T17:00:00+01:00", "2026-02-04T08:00:00+01:00");
    assert_eq!(story.gaps(), [night], "a shift without anybody covers nothing");
    let story = story.and([assign(&shift, "anna")]);
    let expected = [
        period("2026-02-03T17:00:00+01:00", "2026-02-03T20:00:00+01:00"),
        period("2026-02-04T06:00:00+01:00", "2026-02-04T08:00:00+01:00"),
    ];
    assert_eq!(story.gaps(), expected);
    assert_eq!(story.picture(DRONTEN, 1).gaps, [night], "only the gemeenten of the shift");
}

#[test]
fn a_gap_three_days_ahead_is_told_in_the_same_commit_as_the_sick_call_that_opens_it() {
    let (story, _) = given([]).with(plan(TODAY.saturating_add(3.days()), 17, 3), &["anna"]);
    let sick = Command::ReportSick {
        staff: sealed("anna"),
        from: None,
        until: evening() + SignedDuration::from_hours(24 * 10),
    };
    let outcome = story.when(sick);
    assert_eq!(outcome.told(), [ALMERE]);
    let events = outcome.decided.as_ref().unwrap();
    assert!(matches!(events.last(), Some(Event::CoverTold { why, .. }) if why.contains(&Why::SickCall)), "{events:?}");
    let after = outcome.then_done();
    let event = Event::CoverTold { gemeente: gemeente(ALMERE), why: vec![Why::SickCall], again_at: after.now };
    let told = report(region(), &after.state, &[&event]).unwrap();
    let Some(Detail::Cover(cover)) = told.detail else { panic!("no cover") };
    assert!(cover.covered.is_empty());
    assert_eq!(told.happened, [i32::from(Happening::SickCall)]);
    assert!(!serde_json::to_string(&told.happened).unwrap().contains("anna"));
}

#[test]
fn who_takes_over_closes_the_gap() {
    let (story, shift) = given([]).with(plan(TODAY, 17, 1), &["anna"]);
    let sick =
        Command::ReportSick { staff: sealed("anna"), from: None, until: evening() + SignedDuration::from_hours(24) };
    let open = story.and([sick]);
    assert_eq!(open.gaps().len(), 1);
    let closed = open.and([assign(&shift, "bram")]);
    assert_eq!(closed.gaps(), [period("2026-02-04T01:00:00+01:00", "2026-02-04T08:00:00+01:00")]);
}

#[test]
fn a_pauze_is_a_gap_for_as_long_as_it_lasts() {
    let (story, shift) = given([]).with(plan(TODAY, 17, 1), &["anna"]);
    let story = story.at("2026-02-03T20:00:00+01:00").and([set_state(&shift, TeamState::Pauze, 30)]);
    let pauze = period("2026-02-03T20:00:00+01:00", "2026-02-03T20:30:00+01:00");
    assert_eq!(story.gaps()[0], pauze);
    assert!(!story.state.is_covered(&gemeente(ALMERE), story.now));
    assert_eq!(story.picture(ALMERE, 1).teams, [0, 0, 0, 1]);
    let back = story.later(10).and([set_state(&shift, TeamState::Beschikbaar, 0)]);
    assert_ne!(back.gaps().first().map(|gap| gap.until), Some(pauze.until));
    let over = story.later(30).and([Command::Tick]);
    assert_eq!(over.shift(&shift).state, TeamState::Beschikbaar);
    assert!(over.state.is_covered(&gemeente(ALMERE), over.now));
}

#[test]
fn every_gemeente_is_told_of_at_first_and_again_before_it_is_not_believed() {
    let outcome = given([]).when(plan_shift(plan(TODAY, 17, 1)));
    assert_eq!(outcome.told(), [ALMERE, DRONTEN]);
    let story = outcome.then_done();
    assert_eq!(story.when(receive(DRONTEN)).told(), [DRONTEN], "what did not change is not told");
    assert_eq!(story.state.next_due(), Some(evening() + SignedDuration::from_mins(20)));
    let renewed = story.later(20).when(Command::Tick);
    assert_eq!(renewed.told(), [ALMERE, DRONTEN]);
    let events = renewed.decided.unwrap();
    assert!(events.iter().all(|event| matches!(event, Event::CoverTold { why, .. } if *why == [Why::Renewed])));
}

#[test]
fn a_region_without_a_roster_is_told_of_at_once_and_again_because_silence_is_no_cover() {
    let story = given([]);
    assert!(story.state.next_due().is_some_and(|due| due <= story.now));
    let told = story.when(Command::Tick);
    assert_eq!(told.told(), [ALMERE, DRONTEN]);
    let told = told.then_done();
    assert!(told.picture(ALMERE, 1).covered.is_empty());
    assert_eq!(told.later(20).when(Command::Tick).told(), [ALMERE, DRONTEN]);
}

#[test]
fn teams_on_duty_are_told_when_a_shift_begins_and_when_it_ends() {
    let (story, shift) = given([]).with(plan(TODAY, 17, 1), &["anna"]);
    assert_eq!(story.picture(ALMERE, 1).teams, [0; 4]);
    let began = story.at("2026-02-03T17:00:00+01:00").when(Command::Tick);
    assert!(began.told().contains(&ALMERE));
    let began = began.then_done();
    assert_eq!(began.picture(ALMERE, 1).teams, [1, 0, 0, 0]);
    began.at("2026-02-04T02:00:00+01:00").when(set_state(&shift, TeamState::Bezig, 0)).then_refused("SHIFT_ENDED");
    story.when(set_state(&shift, TeamState::Bezig, 0)).then_refused("NOT_ON_DUTY");
    let ended = began.at("2026-02-04T01:00:00+01:00").when(Command::Tick);
    assert!(ended.told().contains(&ALMERE));
    assert_eq!(ended.then_done().picture(ALMERE, 1).teams, [0; 4]);
}

#[test]
fn a_gemeente_is_told_why_by_what_its_own_teams_do() {
    let (story, shift) =
        given([]).with(ShiftPlan { gemeenten: vec![gemeente(DRONTEN)], ..plan(TODAY, 15, 23) }, &["bram"]);
    let (story, _) = story.with(plan(TODAY, 17, 1), &["anna"]);
    let began = story.at("2026-02-03T16:30:00+01:00").and([Command::Tick]);
    let story = began.and([set_state(&shift, TeamState::Pauze, 30)]);
    let events = story.at("2026-02-03T17:00:00+01:00").when(Command::Tick).decided.unwrap();
    let of = |code: &str| {
        events.iter().find_map(|event| match event {
            Event::CoverTold { gemeente, why, .. } if gemeente.as_str() == code => Some(why.clone()),
            _ => None,
        })
    };
    assert_eq!(of(ALMERE), Some(vec![Why::ShiftChanged]));
    assert_eq!(of(DRONTEN), Some(vec![Why::TeamState]));
}

#[test]
fn a_shift_that_is_cancelled_covers_nothing() {
    let (story, shift) = given([]).with(plan(TODAY, 17, 1), &["anna"]);
    let cancel = Command::CancelShift { shift: shift.clone(), reason: sealed("te weinig vraag") };
    let story = story.and([cancel.clone()]);
    assert_eq!(story.gaps(), [period("2026-02-03T17:00:00+01:00", "2026-02-04T08:00:00+01:00")]);
    story.when(cancel).then_refused("SHIFT_CANCELLED");
    story.when(assign(&shift, "bram")).then_refused("SHIFT_CANCELLED");
    let (again, _) = story.with(plan(TODAY, 17, 1), &["anna"]);
    assert_eq!(again.gaps().len(), 1);
}

#[test]
fn a_report_tells_the_gemeente_and_nobody_in_it() {
    let (story, shift) = given([]).with(plan(TODAY, 15, 23), &["anna"]);
    let story = story.and([set_state(&shift, TeamState::Onderweg, 0), receive(ALMERE)]);
    let event = Event::CoverTold { gemeente: gemeente(ALMERE), why: vec![Why::Renewed], again_at: story.now };
    let told = report(region(), &story.state, &[&event]).unwrap();
    assert_eq!((told.location_id.as_str(), told.location_name.as_str()), ("nachtdienst-gm0034", "Nachtdienst Almere"));
    let figures = told.figures.unwrap();
    assert_eq!((figures.funded, figures.occupied, figures.unavailable), (1, 1, 0));
    assert_eq!((told.freshness_goal_minutes, told.confirmed_at), (60, told.as_of));
    let text = serde_json::to_string(&told).unwrap();
    for secret in [sealed("anna"), sealed("onrust")] {
        assert!(!text.contains(&secret.id().unwrap().to_string()));
    }
    let Some(Detail::Cover(cover)) = told.detail else { panic!("no cover") };
    assert_eq!((cover.under_way, cover.open_meldingen), (1, 1));
}

/// One wish: a shift of some hours some days ahead, somebody on or off it, a pauze, or time.
#[derive(Debug, Clone)]
enum Wish {
    Plan(i64, i8, i8, bool),
    Assign(usize, &'static str),
    Unassign(usize, &'static str),
    Cancel(usize),
    Pauze(usize, u32),
    Wait(i64),
}

fn wishes() -> impl Strategy<Value = Wish> {
    let who = || prop::sample::select(vec!["anna", "bram", "carla", "daan"]);
    prop_oneof![
        4 => (0..3_i64, 0..24_i8, 0..24_i8, any::<bool>()).prop_map(|(day, from, until, both)| Wish::Plan(day, from, until, both)),
        6 => (0..8_usize, who()).prop_map(|(shift, who)| Wish::Assign(shift, who)),
        2 => (0..8_usize, who()).prop_map(|(shift, who)| Wish::Unassign(shift, who)),
        1 => (0..8_usize).prop_map(Wish::Cancel),
        2 => (0..8_usize, 1..=60_u32).prop_map(|(shift, minutes)| Wish::Pauze(shift, minutes)),
        2 => (1..400_i64).prop_map(Wish::Wait),
    ]
}

fn asked(story: &Given, shifts: &[UserId], wish: &Wish) -> Option<Command> {
    let shift = |index: &usize| shifts.get(index % shifts.len().max(1)).cloned();
    let today = story.now.to_zoned(region().time_zone.clone()).date();
    Some(match wish {
        Wish::Plan(day, from, until, both) => {
            let gemeenten = if *both { vec![gemeente(ALMERE), gemeente(DRONTEN)] } else { vec![gemeente(ALMERE)] };
            let on = today.saturating_add(day.days());
            plan_shift(ShiftPlan { gemeenten, from: at(*from, 0), until: at(*until, 0), ..plan(on, 0, 0) })
        }
        Wish::Assign(index, who) => {
            let overrides = Some(sealed("het moet"));
            Command::Assign {
                shift: shift(index)?,
                staff: sealed(who),
                role: crate::domain::Role::Medewerker,
                overrides,
            }
        }
        Wish::Unassign(index, who) => Command::Unassign { shift: shift(index)?, staff: sealed(who) },
        Wish::Cancel(index) => Command::CancelShift { shift: shift(index)?, reason: sealed("nee") },
        Wish::Pauze(index, minutes) => set_state(&shift(index)?, TeamState::Pauze, *minutes),
        Wish::Wait(_) => Command::Tick,
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_gaps_are_the_minutes_of_the_night_in_which_nobody_is_found(wishes in prop::collection::vec(wishes(), 1..30)) {
        let (mut story, mut shifts) = (given([]), Vec::new());
        for wish in &wishes {
            if let Wish::Wait(minutes) = wish {
                story = story.later(*minutes);
            }
            let Some(command) = asked(&story, &shifts, wish) else { continue };
            let outcome = story.when(command);
            if let Ok(events) = &outcome.decided {
                shifts.extend(events.iter().filter_map(|event| match event {
                    Event::ShiftPlanned { shift, .. } => Some(shift.clone()),
                    _ => None,
                }));
                story = outcome.then_done();
            }
        }
        let until = story.now + SignedDuration::from_hours(24 * 4);
        for code in [ALMERE, DRONTEN] {
            let picture = story.state.picture(region(), &gemeente(code), story.now, story.now, until);
            let mut minute = moment(&story.now.to_string());
            while minute < until {
                let there = shifts.iter().filter_map(|id| story.state.shift(id)).any(|shift| {
                    let on_pauze = shift.pauze.is_some_and(|pauze| pauze.contains(minute));
                    !shift.cancelled && !shift.assignments.is_empty() && shift.plan.gemeenten.contains(&gemeente(code))
                        && shift.period.from <= minute && minute < shift.period.until && !on_pauze
                });
                let local = minute.to_zoned(region().time_zone.clone()).time();
                let night = local >= at(17, 0) || local < at(8, 0);
                let is_in = |periods: &[Period]| periods.iter().any(|it| it.from <= minute && minute < it.until);
                prop_assert_eq!(is_in(&picture.covered), there, "{} {}", code, minute);
                prop_assert_eq!(is_in(&picture.gaps), night && !there, "{} {}", code, minute);
                minute += SignedDuration::from_mins(1);
            }
            prop_assert!(picture.covered.windows(2).all(|pair| pair[0].until < pair[1].from), "merged and in order");
        }
    }
}
