//! The monitor: what it counts, and that the answer about an instant is that of a log that ends there.

use jiff::civil::date;
use model::decision::Evolve as _;
use proptest::prelude::*;

use super::given::{ALMERE, DRONTEN, Given, advance, allocate, gemeente, given, region, register, stop, transfer};
use crate::domain::{Command, Days, Stage, State, StopReason};

fn started(names: &[&str]) -> Given {
    let story = given([allocate(ALMERE, 4)]);
    names.iter().fold(story, |story, name| story.and([register(name, ALMERE)]).reaches(name, Stage::Gestart))
}

#[test]
fn days_from_aanmelding_to_sleutel_are_counted_by_the_dates_of_the_steps() {
    let story = started(&["a"]).and([register("b", ALMERE)]);
    let id = story.traject("b");
    let on = |to: Stage, day: i8| Command::Advance {
        traject: id.clone(),
        to,
        on: Some(date(2026, 2, day)),
        corporatie: Some("Ymere".into()),
    };
    let steps = [Stage::Gescreend, Stage::Wachtlijst, Stage::WoningGezocht, Stage::WoningToegewezen, Stage::Gestart];
    let story = story.days_later(15).and(steps.map(|stage| on(stage, 20)));
    let monitor = story.state.monitor(region(), story.now);
    assert_eq!(monitor.days_to_key, Days { count: 2, median: 5, sum: 5 + 12, longest: 12 });
    assert_eq!(monitor.registered, 2);
}

#[test]
fn housing_is_kept_unless_the_home_was_lost_and_who_left_for_another_reason_is_not_known() {
    let story = started(&["keeps", "loses", "moves"]);
    let (loses, moves) = (story.traject("loses"), story.traject("moves"));
    let story =
        story.days_later(30).and([stop(&loses, StopReason::WoningVerloren), stop(&moves, StopReason::Verhuisd)]);
    let kept = |story: &Given| {
        let kept = story.state.monitor(region(), story.now).kept;
        kept.into_iter().map(|it| (it.months, it.known, it.kept)).collect::<Vec<_>>()
    };
    assert_eq!(kept(&story), [(6, 0, 0), (12, 0, 0), (24, 0, 0)], "nobody started so long ago");
    assert_eq!(kept(&story.days_later(200)), [(6, 2, 1), (12, 0, 0), (24, 0, 0)]);
    assert_eq!(kept(&story.days_later(800)), [(6, 2, 1), (12, 2, 1), (24, 2, 1)]);
}

#[test]
fn a_home_that_is_lost_after_half_a_year_was_kept_for_half_a_year() {
    let story = started(&["a"]).days_later(190);
    let story = story.and([stop(&story.traject("a"), StopReason::WoningVerloren)]).days_later(600);
    let kept: Vec<_> = story.state.monitor(region(), story.now).kept.iter().map(|it| (it.known, it.kept)).collect();
    assert_eq!(kept, [(1, 1), (1, 0), (1, 0)]);
}

#[test]
fn the_reasons_of_stopping_and_the_slots_are_those_of_the_instant() {
    let before = started(&["a"]);
    let after = before.days_later(1).and([stop(&before.traject("a"), StopReason::Opname), allocate(ALMERE, 2)]);
    let then = after.state.monitor(region(), before.now);
    let now = after.state.monitor(region(), after.now);
    assert!(then.stopped.is_empty());
    assert_eq!(now.stopped, [(StopReason::Opname, 1)].into());
    assert_eq!(then.allocations.iter().map(|it| (it.slots, it.used)).collect::<Vec<_>>(), [(4, 1)]);
    assert_eq!(now.allocations.iter().map(|it| (it.slots, it.used)).collect::<Vec<_>>(), [(2, 0)]);
    assert_eq!(then.stages, [((gemeente(ALMERE), Stage::Gestart), 1)].into());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_monitor_of_an_instant_is_that_of_a_log_that_ends_there(steps in prop::collection::vec((0..4_usize, 0..10_usize, 0..40_i64), 1..60), cut in 0..60_usize) {
        let names = ["a", "b", "c", "d"];
        let mut story = given([allocate(ALMERE, 2), allocate(DRONTEN, 2)]).and(names.map(|name| register(name, ALMERE)));
        for (who, what, days) in steps {
            story = story.days_later(days);
            let Some(id) = story.state.traject_of(&super::given::client(names[who])).map(|it| it.id.clone()) else { continue };
            let command = match what {
                0 => stop(&id, StopReason::ALL[who * 2]),
                1 => transfer(&id, DRONTEN),
                2 => transfer(&id, ALMERE),
                other => advance(&id, Stage::ALL[other]),
            };
            let outcome = story.when(command);
            if outcome.decided.is_ok() {
                story = outcome.then_done();
            }
        }
        let at = story.log[cut.min(story.log.len() - 1)].1;
        let mut until_then = State::default();
        story.log.iter().filter(|(_, when)| *when <= at).for_each(|(event, when)| until_then.evolve(event, *when));
        prop_assert_eq!(story.state.monitor(region(), at), until_then.monitor(region(), at));
    }
}
