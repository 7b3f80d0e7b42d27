//! Keeping a place for tonight: until when, who may come, and what happens when nobody does.

use model::criteria::Needs;
use model::kind::Kind;
use model::place::PlaceState;

use super::given::{
    add_for, arrive, cancel, check_in, check_out, client, evening, given, given_places, household, households, minutes,
    moment, nobody_said, register, reserve, reserve_until, who,
};
use crate::Answer;
use crate::domain::{Command, Event, Told};

/// The release time of a reservation made at this moment.
fn released_at(now: &str) -> jiff::Timestamp {
    let story = given_places(["k-1"]).at(moment(now)).and([reserve("k-1", nobody_said())]);
    story.state.next_due().unwrap()
}

#[test]
fn a_place_is_kept_until_the_release_time_of_the_region() {
    let story = given_places(["k-1"]).and([reserve("k-1", nobody_said())]);
    let until = Some(moment("2026-02-03T22:30:00+01:00"));
    assert_eq!(*story.place("k-1"), PlaceState::Held { by: story.stay_in("k-1"), until });
    assert_eq!((story.free(), story.figures("huis").held), (0, 1));
}

#[test]
fn who_gets_a_place_shortly_before_the_release_time_or_in_the_night_after_it_has_an_hour() {
    assert_eq!(released_at("2026-02-03T21:30:00+01:00"), moment("2026-02-03T22:30:00+01:00"));
    assert_eq!(released_at("2026-02-03T22:29:59+01:00"), moment("2026-02-03T23:29:59+01:00"));
    assert_eq!(released_at("2026-02-03T22:30:00+01:00"), moment("2026-02-03T23:30:00+01:00"));
    assert_eq!(released_at("2026-02-04T02:10:00+01:00"), moment("2026-02-04T03:10:00+01:00"));
    assert_eq!(released_at("2026-02-04T08:00:00+01:00"), moment("2026-02-04T22:30:00+01:00"));
}

#[test]
fn the_release_time_is_on_the_wall_clock_also_when_the_clock_changes() {
    assert_eq!(released_at("2026-03-29T08:00:00+02:00"), moment("2026-03-29T22:30:00+02:00"));
    assert_eq!(released_at("2026-10-25T08:00:00+01:00"), moment("2026-10-25T22:30:00+01:00"));
    assert_eq!(released_at("2026-10-25T02:30:00+02:00"), moment("2026-10-25T02:30:00+01:00"));
    assert_eq!(released_at("2026-03-29T01:30:00+01:00"), moment("2026-03-29T03:30:00+02:00"));
}

#[test]
fn somebody_may_ask_for_a_release_time_within_24_hours_and_not_in_the_past() {
    let story = given_places(["k-1"]);
    let day = minutes(24 * 60);
    story.when(reserve_until("k-1", evening())).then_refused("RELEASE_TIME");
    story.when(reserve_until("k-1", evening() - minutes(1))).then_refused("RELEASE_TIME");
    story.when(reserve_until("k-1", evening() + day + minutes(1))).then_refused("RELEASE_TIME");
    let story = story.and([reserve_until("k-1", evening() + day)]);
    assert_eq!(story.state.next_due(), Some(evening() + day));
}

#[test]
fn the_next_release_time_may_be_asked_for_also_in_the_night_that_lasts_an_hour_longer() {
    let story = given_places(["k-1"]).at(moment("2026-10-24T22:31:00+02:00"));
    story.when(reserve_until("k-1", moment("2026-10-25T22:30:00+01:00"))).then_done();
    story.when(reserve_until("k-1", moment("2026-10-25T22:31:00+01:00"))).then_refused("RELEASE_TIME");
}

#[test]
fn a_reservation_keeps_its_id_when_somebody_comes_in_and_changes_nothing_about_what_is_free() {
    let story = given_places(["k-1", "k-2"]).and([reserve("k-1", who("c-1"))]);
    let (stay, free) = (story.stay_in("k-1"), story.free());
    let story = story.later(minutes(30)).and([arrive(&stay, nobody_said())]);
    assert_eq!((story.stay_in("k-1"), story.free()), (stay, free));
    let stay = story.state.stays_of(&client("c-1")).next().unwrap();
    assert_eq!((stay.reserved, stay.since, story.state.next_due()), (false, story.now, None));
}

#[test]
fn what_was_said_at_the_reservation_need_not_be_said_again() {
    let story = given([register("huis", Kind::Gezinsopvang), add_for("huis", "k-1", "unit", households(2, 4))]);
    let told = Told { household: Some(3), ..who("c-1") };
    let story = story.and([reserve("k-1", told)]);
    let stay = story.stay_in("k-1");
    let Answer::Stay { stay: view, .. } = story.when(arrive(&stay, nobody_said())).then_answers() else {
        panic!("no stay")
    };
    assert_eq!((view.household, view.client, view.reserved), (3, Some(client("c-1")), false));
    story.when(arrive(&stay, household(5))).then_refused("HOUSEHOLD");
    story.when(arrive(&stay, household(4))).then_done();
}

#[test]
fn a_reservation_without_a_name_may_get_one_at_the_door_and_another_client_cannot_have_it() {
    let story = given_places(["k-1", "k-2"]).and([reserve("k-1", nobody_said()), reserve("k-2", who("c-2"))]);
    let (first, second) = (story.stay_in("k-1"), story.stay_in("k-2"));
    story.when(arrive(&first, who("c-2"))).then_refused("CLIENT_HAS_PLACE");
    story.when(arrive(&second, who("c-1"))).then_refused("OTHER_CLIENT");
    let story = story.and([arrive(&first, who("c-1")), arrive(&second, who("c-2"))]);
    assert_eq!(story.state.stays_of(&client("c-1")).next().unwrap().id, first);
}

#[test]
fn nobody_who_does_not_fit_gets_a_reservation() {
    let story = given([register("huis", Kind::Woonstart), add_for("huis", "k-1", "kamer", households(1, 1))]);
    let aged = |age| Told { needs: Some(Needs { age: Some(age), ..Needs::default() }), ..nobody_said() };
    story.when(reserve("k-1", aged(28))).then_refused("AGE");
    story.when(reserve("k-1", nobody_said())).then_refused("AGE");
    story.when(reserve("k-1", aged(27))).then_done();
}

#[test]
fn a_reservation_given_back_frees_exactly_one_place() {
    let story = given_places(["k-1", "k-2", "k-3"]).and([reserve("k-1", nobody_said()), reserve("k-2", nobody_said())]);
    let story = story.and([cancel(&story.stay_in("k-1"))]);
    assert_eq!((story.free(), story.place("k-1")), (2, &PlaceState::Free));
}

#[test]
fn nobody_checks_out_of_a_reservation_and_nobody_cancels_a_stay() {
    let story = given_places(["k-1", "k-2"]).and([reserve("k-1", nobody_said()), check_in("k-2", nobody_said())]);
    story.when(check_out(&story.stay_in("k-1"))).then_refused("NOT_IN");
    story.when(cancel(&story.stay_in("k-2"))).then_refused("ALREADY_IN");
    story.when(arrive(&story.stay_in("k-2"), nobody_said())).then_refused("ALREADY_IN");
}

#[test]
fn a_no_show_frees_the_place_at_the_release_time_and_not_before() {
    let story = given_places(["k-1", "k-2"]).and([reserve("k-1", who("c-1"))]);
    let release = story.state.next_due().unwrap();
    story.at(release - minutes(1)).when(Command::Tick).then_events(0);
    let story = story.at(release);
    let events = story.when(Command::Tick).then_events(1);
    assert!(matches!(events[0], Event::NoShow { .. }));
    let story = story.and([Command::Tick]);
    assert_eq!((story.free(), story.state.next_due()), (2, None));
    assert!(story.state.stays_of(&client("c-1")).next().is_none());
    story.when(Command::Tick).then_events(0);
}

#[test]
fn the_clock_confirms_no_stand() {
    let story = given_places(["k-1"]).and([reserve("k-1", nobody_said())]);
    let story = story.at(evening() + minutes(180)).and([Command::Tick]);
    assert_eq!(story.site("huis").confirmed_at, Some(evening()));
}

#[test]
fn who_comes_in_late_keeps_the_place_while_nobody_released_it() {
    let story = given_places(["k-1"]).and([reserve("k-1", nobody_said())]);
    let stay = story.stay_in("k-1");
    let story = story.at(evening() + minutes(180)).and([arrive(&stay, nobody_said()), Command::Tick]);
    assert_eq!(story.stay_in("k-1"), stay);
}

#[test]
fn a_tick_lets_at_most_two_hundred_run_out_and_the_next_one_the_rest() {
    let names: Vec<String> = (0..210).map(|number| format!("k-{number}")).collect();
    let story = given_places(names.iter().map(String::as_str));
    let story = story.and(names.iter().map(|name| reserve(name, nobody_said()))).at(evening() + minutes(180));
    story.when(Command::Tick).then_events(200);
    story.and([Command::Tick]).when(Command::Tick).then_events(10);
}
