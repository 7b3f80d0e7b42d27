//! Planned capacity: what a plan warns of, when it takes effect, and that it puts nobody out.

use std::sync::Arc;

use jiff::civil::{Date, date};
use model::criteria::Criteria;
use model::id::UserId;
use model::kind::Kind;
use model::profile::PlaceProfile;

use super::given::{
    Given, add, anybody, capacity, check_in, check_out, count, given, given_places, location, moment, nobody_said,
    place, pool, register, register_heads, reserve, who,
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
    assert!(after.state.stay_of(&super::given::client("c-1")).is_some());
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
fn a_step_that_became_impossible_is_dropped_and_that_is_recorded() {
    let retire_now =
        Command::Site(model::site::SiteCommand::RetirePlace { location: location("huis"), place: place("k-1") });
    let story = given_places(["k-1", "k-2"]).and([plan(TOMORROW, [retire("k-1"), opens("k-3")]), retire_now]);
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
