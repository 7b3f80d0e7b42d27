//! Planned capacity: what a plan warns of, when it takes effect, and that it puts nobody out.

use std::sync::Arc;

use jiff::civil::{Date, date};
use model::criteria::Criteria;
use model::id::UserId;
use model::kind::Kind;
use model::profile::{PlaceProfile, Profile};
use model::site::SiteCommand;

use super::given::{
    Given, add, anybody, capacity, check_in, check_out, count, given, given_places, location, moment, nobody_said,
    place, pool, profile, register, register_as, register_heads, reserve, reserve_until, who,
};
use crate::Answer;
use crate::domain::{Capacity, Command, Count, Event, PlanStep};

const TOMORROW: Date = date(2026, 2, 4);

fn plan<const N: usize>(on: Date, steps: [PlanStep; N]) -> Command {
    Command::Plan { location: location("huis"), on, steps: steps.into() }
}

fn room(pool_name: &str) -> Arc<PlaceProfile> {
    let criteria = Criteria { max_household: Some(4), ..anybody() };
    PlaceProfile { label: "Kamer".into(), pool: pool(pool_name), also_pools: Vec::new(), financing: None, criteria }
        .into()
}

fn retire(place_id: &str) -> PlanStep {
    PlanStep::RetirePlace { place: place(place_id) }
}

fn opens(place_id: &str) -> PlanStep {
    PlanStep::AddPlace { place: place(place_id), profile: room("bed") }
}

fn becomes(place_id: &str, pool_name: &str) -> PlanStep {
    PlanStep::ChangePlace { place: place(place_id), profile: room(pool_name) }
}

fn heads(funded: u32) -> PlanStep {
    PlanStep::SetCapacity { capacity: Capacity::parse(funded, 0).unwrap() }
}

/// The clock passes noon of the next day.
fn tomorrow(story: &Given) -> Given {
    story.at(moment("2026-02-04T12:00:00+01:00")).and([Command::Tick])
}

fn places(story: &Given) -> Vec<&str> {
    story.site("huis").places.keys().map(|id| id.as_str()).collect()
}

#[track_caller]
fn warned(story: &Given, command: Command) -> (Vec<String>, u32) {
    match story.when(command).then_answers() {
        Answer::Plan { places, people, .. } => (places.iter().map(ToString::to_string).collect(), people),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_step_that_waits_for_a_place_is_taken_back_with_its_plan() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", nobody_said()), plan(TOMORROW, [retire("k-1")])]);
    let id = story.state.plans().next().unwrap().id.clone();
    let waits = tomorrow(&story);
    assert_eq!(waits.state.waiting_steps(&location("huis")).count(), 1);
    let withdraw = Command::WithdrawPlan { location: location("huis"), plan: id };
    let back = waits.and([withdraw.clone()]);
    let left = back.and([check_out(&back.stay_in("k-1"))]);
    assert_eq!(places(&left), ["k-1", "k-2"]);
    back.when(withdraw).then_refused("UNKNOWN_PLAN");
}

#[test]
fn a_plan_warns_of_who_waits_for_a_kind_of_place_that_goes() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", nobody_said()), check_in("k-2", nobody_said())]);
    let join = Command::JoinWaitingList { location: location("huis"), pool: pool("bed"), told: who("a") };
    let story = story.and([join]);
    let in_vain = |command: Command| match story.when(command).then_answers() {
        Answer::Plan { waiting, .. } => waiting,
        other => panic!("{other:?}"),
    };
    assert_eq!(in_vain(plan(TOMORROW, [becomes("k-1", "stil"), becomes("k-2", "stil")])), 1);
    assert_eq!(in_vain(plan(TOMORROW, [becomes("k-1", "stil")])), 0);
    let planned = story.and([plan(TOMORROW, [becomes("k-1", "stil")])]);
    let later = date(2026, 2, 8);
    match planned.when(plan(later, [retire("k-2")])).then_answers() {
        Answer::Plan { waiting, .. } => assert_eq!(waiting, 1, "the plan before it takes the other one"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_should_have_left_already_is_in_the_way_of_a_plan_as_much_as_who_may_stay() {
    let short = Profile { max_stay_days: Some(1), ..profile(Kind::Nachtopvang) };
    let story = given([register_as("huis", short), add("huis", "k-1"), check_in("k-1", nobody_said())]);
    let warns = |story: &Given, on: Date| warned(story, plan(on, [retire("k-1")])).0;
    assert_eq!(warns(&story, date(2026, 2, 5)), Vec::<String>::new(), "they leave on the fourth");
    let overdue = story.at(moment("2026-02-04T13:00:00+01:00"));
    assert_eq!(warns(&overdue, date(2026, 2, 5)), ["k-1"], "they did not");
}

#[test]
fn a_plan_takes_effect_by_itself_at_noon_of_its_day_and_not_before() {
    let story =
        given_places(["k-1", "k-2"]).and([plan(TOMORROW, [retire("k-1"), opens("k-3"), becomes("k-2", "stil")])]);
    assert_eq!(story.state.next_due(), Some(moment("2026-02-04T12:00:00+01:00")));
    let early = story.at(moment("2026-02-04T11:59:59+01:00")).and([Command::Tick]);
    assert_eq!(places(&early), ["k-1", "k-2"]);
    let after = tomorrow(&story);
    assert_eq!(places(&after), ["k-2", "k-3"]);
    assert_eq!(after.site("huis").place(&place("k-2")).unwrap().pool(), &pool("stil"));
    assert_eq!((after.state.plans().count(), after.state.next_due()), (0, None));
}

#[test]
fn a_place_with_somebody_in_it_goes_when_they_leave_and_nobody_is_put_out() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", who("c-1")), plan(TOMORROW, [retire("k-1")])]);
    let after = tomorrow(&story);
    assert_eq!(places(&after), ["k-1", "k-2"]);
    assert!(after.state.stays_of(&super::given::client("c-1")).next().is_some());
    let gone = after.and([check_out(&after.stay_in("k-1"))]);
    assert_eq!(places(&gone), ["k-2"]);
    assert_eq!(gone.figures("huis").funded, 1);
}

#[test]
fn a_place_that_is_kept_for_somebody_changes_when_it_comes_free() {
    let story = given_places(["k-1"]).and([reserve("k-1", nobody_said()), plan(TOMORROW, [becomes("k-1", "stil")])]);
    let held = story.at(moment("2026-02-03T22:00:00+01:00"));
    let after = tomorrow(&held);
    assert_eq!(after.site("huis").place(&place("k-1")).unwrap().pool(), &pool("stil"), "the no-show came first");
}

#[test]
fn a_plan_warns_of_who_is_in_the_way_and_of_nobody_who_leaves_before() {
    let story = given([register("huis", Kind::Crisisopvang)]).and([
        add("huis", "k-1"),
        add("huis", "k-2"),
        check_in("k-1", nobody_said()),
    ]);
    let soon = plan(TOMORROW, [retire("k-1"), retire("k-2")]);
    let late = plan(date(2026, 5, 1), [retire("k-1"), retire("k-2")]);
    assert_eq!(warned(&story, soon), (vec!["k-1".to_owned()], 0));
    assert_eq!(warned(&story, late), (Vec::new(), 0));
}

#[test]
fn where_people_are_counted_a_plan_warns_of_how_many_are_too_many_and_over_is_shown() {
    let story = given([register_heads("huis", Kind::Nachtopvang), capacity("huis", 20, 0)])
        .and([count("huis", Count::Present(18))]);
    assert_eq!(warned(&story, plan(TOMORROW, [heads(15)])), (Vec::new(), 3));
    let figures = tomorrow(&story.and([plan(TOMORROW, [heads(15)])])).figures("huis");
    assert_eq!((figures.funded, figures.occupied, figures.over(), figures.free()), (15, 18, 3, 0));
}

#[test]
fn a_plan_that_cannot_be_is_refused_when_it_is_made() {
    let story = given_places(["k-1"]);
    story.when(plan(TOMORROW, [retire("k-9")])).then_refused("UNKNOWN_PLACE");
    story.when(plan(TOMORROW, [opens("k-1")])).then_refused("PLACE_EXISTS");
    story.when(plan(TOMORROW, [heads(3)])).then_refused("COUNTS_PLACES");
    story.when(plan(date(2026, 2, 3), [opens("k-2")])).then_refused("PLAN_IN_PAST");
    given([register("huis", Kind::Dagopvang)]).when(plan(TOMORROW, [opens("k-1")])).then_refused("COUNTS_PEOPLE");
}

#[test]
fn what_another_plan_does_before_is_the_reason_why_a_plan_cannot_be() {
    let story = given_places(["k-1", "k-2"]).and([plan(TOMORROW, [retire("k-1"), opens("k-3")])]);
    story.when(plan(TOMORROW, [retire("k-1")])).then_refused("PLANNED_AWAY");
    story.when(plan(TOMORROW, [opens("k-3")])).then_refused("PLANNED_ALREADY");
    story.when(plan(TOMORROW, [retire("k-9")])).then_refused("UNKNOWN_PLACE");
    story.when(plan(TOMORROW, [opens("k-2")])).then_refused("PLACE_EXISTS");
    story.when(plan(TOMORROW, [retire("k-2"), opens("k-1")])).then_done();
}

#[test]
fn a_step_that_became_impossible_is_dropped_and_that_is_recorded() {
    let story = given_places(["k-1", "k-2"]).and([plan(TOMORROW, [retire("k-1"), opens("k-3")]), retire_now("k-1")]);
    let events = story.at(moment("2026-02-04T12:00:00+01:00")).when(Command::Tick).then_event_list();
    assert!(matches!(&events[0], Event::PlanStepDropped { why, .. } if &**why == "UNKNOWN_PLACE"), "{events:?}");
    assert_eq!(places(&tomorrow(&story)), ["k-2", "k-3"]);
}

#[test]
fn a_plan_that_is_taken_back_changes_nothing() {
    let story = given_places(["k-1"]).and([plan(TOMORROW, [retire("k-1")])]);
    let id: UserId = story.state.plans().next().unwrap().id.clone();
    let withdraw = Command::WithdrawPlan { location: location("huis"), plan: id };
    let story = story.and([withdraw.clone()]);
    assert_eq!(story.state.next_due(), None);
    assert_eq!(places(&tomorrow(&story)), ["k-1"]);
    story.when(withdraw).then_refused("UNKNOWN_PLAN");
}

#[test]
fn a_place_that_a_plan_opens_is_offered_to_who_waits() {
    let join = Command::JoinWaitingList { location: location("huis"), pool: pool("bed"), told: who("a") };
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said()), join, plan(TOMORROW, [opens("k-2")])]);
    let after = tomorrow(&story);
    assert_eq!(after.figures("huis").held, 1);
}

fn retire_now(place_id: &str) -> Command {
    Command::Site(SiteCommand::RetirePlace { location: location("huis"), place: place(place_id) })
}

fn dropped(story: &Given) -> Vec<(&str, PlanStep)> {
    story.state.dropped_steps(&location("huis")).map(|it| (&*it.why, it.step.clone().unwrap())).collect()
}

#[test]
fn what_could_not_be_done_is_told_with_the_step_and_the_reason() {
    let story = given_places(["k-1", "k-2"]).and([plan(TOMORROW, [retire("k-1"), opens("k-3")]), retire_now("k-1")]);
    assert_eq!(dropped(&story), []);
    assert_eq!(dropped(&tomorrow(&story)), [("UNKNOWN_PLACE", retire("k-1"))]);
    let sentence = tomorrow(&story).state.dropped_steps(&location("huis")).next().unwrap().sentence();
    assert_eq!(sentence, "De plek was er niet meer.");
}

#[test]
fn two_plans_for_one_place_in_use_are_both_done_in_the_order_of_their_days() {
    let story = given_places(["k-1", "k-2"]).and([
        check_in("k-1", who("c-1")),
        plan(TOMORROW, [becomes("k-1", "stil")]),
        plan(date(2026, 2, 5), [becomes("k-1", "gezin")]),
    ]);
    let after = tomorrow(&story).at(moment("2026-02-05T12:00:00+01:00")).and([Command::Tick]);
    assert_eq!(after.state.waiting_steps(&location("huis")).count(), 2);
    let gone = after.and([check_out(&after.stay_in("k-1"))]);
    assert_eq!(gone.site("huis").place(&place("k-1")).unwrap().pool(), &pool("gezin"));
    assert_eq!(gone.state.waiting_steps(&location("huis")).count(), 0);
}

#[test]
fn a_plan_does_not_take_away_what_a_later_one_needs() {
    let story = given_places(["k-1", "k-2"]).and([plan(date(2026, 2, 5), [becomes("k-1", "stil")])]);
    story.when(plan(TOMORROW, [retire("k-1")])).then_refused("BREAKS_PLAN");
    story.when(plan(TOMORROW, [retire("k-2")])).then_done();
    story.when(plan(date(2026, 2, 6), [retire("k-1")])).then_done();
    let adds = given_places(["k-1"]).and([plan(date(2026, 2, 5), [opens("k-3")])]);
    adds.when(plan(TOMORROW, [opens("k-3")])).then_refused("BREAKS_PLAN");
    // Nor is it withdrawn.
    let first = adds.state.plans().next().unwrap().id.clone();
    let both = adds.and([plan(date(2026, 2, 6), [retire("k-3")])]);
    let withdraw = |plan| Command::WithdrawPlan { location: location("huis"), plan };
    both.when(withdraw(first.clone())).then_refused("BREAKS_PLAN");
    let second = both.state.plans().find(|plan| plan.id != first).unwrap().id.clone();
    both.and([withdraw(second)]).when(withdraw(first)).then_done();
    // What cannot be anyhow, because somebody changed the places by hand, is no reason to refuse another plan.
    let broken = adds.and([add("huis", "k-3")]);
    broken.when(plan(TOMORROW, [retire("k-1")])).then_done();
}

#[test]
fn a_plan_may_build_on_what_was_planned_before_it() {
    let story = given_places(["k-1"]).and([plan(TOMORROW, [opens("k-2")])]);
    let later = date(2026, 2, 6);
    story.when(plan(later, [becomes("k-2", "stil")])).then_done();
    story.when(plan(later, [retire("k-2"), opens("k-2")])).then_done();
    story.when(plan(later, [retire("k-1"), opens("k-1")])).then_done();
    story.when(plan(later, [opens("k-2")])).then_refused("PLANNED_ALREADY");
    story.when(plan(later, [retire("k-2"), becomes("k-2", "stil")])).then_refused("UNKNOWN_PLACE");
    story.when(plan(TOMORROW, [retire("k-3")])).then_refused("UNKNOWN_PLACE");
    given_places(["k-1"]).when(plan(TOMORROW, [becomes("k-2", "stil")])).then_refused("UNKNOWN_PLACE");
}

#[test]
fn a_plan_sees_past_who_is_in_the_way_now() {
    let story = given_places(["k-1"]).and([check_in("k-1", who("c-1"))]);
    let after = tomorrow(&story.and([plan(TOMORROW, [retire("k-1"), opens("k-1")])]));
    let gone = after.and([check_out(&after.stay_in("k-1"))]);
    assert_eq!((places(&gone), dropped(&gone)), (vec!["k-1"], Vec::new()), "it went, and came back new");
    assert_eq!(gone.state.waiting_steps(&location("huis")).count(), 0);
}

#[test]
fn what_waits_for_a_place_is_done_before_what_was_planned_later_also_when_both_come_at_once() {
    let held = given_places(["k-1"]).and([
        reserve_until("k-1", moment("2026-02-04T13:00:00+01:00")),
        plan(TOMORROW, [becomes("k-1", "stil")]),
        plan(date(2026, 2, 5), [becomes("k-1", "gezin")]),
    ]);
    // The clock stood still for a day: nobody came, and the second day is there, in one commit.
    let late = tomorrow(&held).at(moment("2026-02-05T12:00:00+01:00")).and([Command::Tick]);
    assert_eq!(late.site("huis").place(&place("k-1")).unwrap().pool(), &pool("gezin"));
}

#[test]
fn a_log_of_before_steps_waited_in_a_row_ends_as_it_did() {
    use model::decision::Evolve as _;
    let story = given_places(["k-1"]).and([
        check_in("k-1", who("c-1")),
        plan(TOMORROW, [becomes("k-1", "stil")]),
        plan(TOMORROW, [becomes("k-1", "gezin")]),
    ]);
    let mut state = tomorrow(&story).state;
    let taken = Event::WaitingStepTaken { location: location("huis"), place: place("k-1"), plan: None };
    state.evolve(&taken, story.now);
    assert_eq!(state.waiting_steps(&location("huis")).count(), 0);
}

#[test]
fn a_place_in_use_cannot_be_planned_to_become_what_no_place_there_can_be() {
    let family = given([register("huis", Kind::Gezinsopvang), add("huis", "k-1"), check_in("k-1", nobody_said())]);
    let no_size = PlaceProfile { criteria: anybody(), ..PlaceProfile::clone(&room("bed")) };
    let step = PlanStep::ChangePlace { place: place("k-1"), profile: no_size.into() };
    family.when(plan(TOMORROW, [step])).then_refused("NEEDS_HOUSEHOLD_SIZE");
}

#[test]
fn a_location_that_closes_for_good_has_no_plans_left() {
    let close = Command::Site(SiteCommand::Retire { location: location("huis") });
    let story = given_places(["k-1"]).and([plan(TOMORROW, [opens("k-2")]), close]);
    assert_eq!((story.state.plans().count(), story.state.next_due()), (0, None));
}
