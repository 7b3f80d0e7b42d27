//! Coming in, leaving and moving.

use model::criteria::{Criteria, Miss, Needs, Sex};
use model::kind::{Kind, Owner};
use model::place::PlaceState;
use model::profile::Profile;
use model::stay::Destination;

use super::given::{
    add, add_for, anybody, arrive, bulk, check_in, check_in_at, check_in_pool, check_out, client, confirm, evening,
    gemeente, given, given_places, household, households, location, minutes, moment, move_to, needing, nobody_said,
    noon, place, profile, register, register_as, reserve, take_out, who,
};
use crate::Answer;
use crate::domain::{Choice, Command, Entry, Event, LeaveReason, Refusal, Setting};

#[test]
fn somebody_who_comes_in_has_the_place() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", who("c-1"))]);
    let stay = story.state.stays_of(&client("c-1")).next().unwrap();
    assert_eq!((stay.place.clone(), stay.reserved, stay.since), (place("k-1"), false, evening()));
    assert_eq!(*story.place("k-1"), PlaceState::Occupied { by: stay.id.clone(), until: None });
    assert_eq!(story.free(), 1);
}

#[test]
fn nobody_need_tell_who_comes_in() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", nobody_said()), check_in("k-2", nobody_said())]);
    assert_eq!(story.state.stays().filter(|stay| stay.guest.client.is_none()).count(), 2);
}

#[test]
fn a_place_that_is_taken_reserved_or_broken_refuses_the_next_and_says_which_it_is() {
    let story = given_places(["k-1", "k-2", "k-3", "k-4"]).and([
        check_in("k-1", nobody_said()),
        reserve("k-2", nobody_said()),
        take_out("k-3"),
    ]);
    story.when(check_in("k-1", nobody_said())).then_refused("OCCUPIED");
    story.when(check_in("k-2", nobody_said())).then_refused("HELD");
    story.when(check_in("k-3", nobody_said())).then_refused("OUT_OF_SERVICE");
    story.when(check_in("k-9", nobody_said())).then_refused("UNKNOWN_PLACE");
    story.when(check_in("k-4", nobody_said())).then_done();
}

#[test]
fn a_pool_gives_the_place_that_is_free_longest() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", nobody_said())]);
    let stay = story.stay_in("k-1");
    let story = story.later(minutes(5)).and([check_out(&stay), check_in_pool("bed", who("c-1"))]);
    assert_eq!(story.state.stays_of(&client("c-1")).next().unwrap().place, place("k-2"));
    story.and([check_in_pool("bed", nobody_said())]).when(check_in_pool("bed", nobody_said())).then_refused("FULL");
}

#[test]
fn a_pool_passes_over_a_place_that_is_free_longer_and_does_not_fit() {
    let story = given([register("huis", Kind::Gezinsopvang), confirm("huis")]).and([
        add_for("huis", "a-klein", "unit", households(1, 2)),
        add_for("huis", "b-groot", "unit", households(3, 6)),
    ]);
    let story = story.and([check_in_pool("unit", household(4))]);
    assert!(matches!(story.place("b-groot"), PlaceState::Occupied { .. }));
    let refusal = story.when(check_in_pool("unit", household(5))).then_refused("HOUSEHOLD");
    assert_eq!(refusal, Refusal::DoesNotFit { misses: vec![Miss::Household] });
}

#[test]
fn a_pool_the_location_does_not_have_is_unknown_and_not_full() {
    let refusal = given_places(["k-1"]).when(check_in_pool("crisisplek", nobody_said())).then_refused("UNKNOWN_POOL");
    assert_eq!(refusal.to_string(), "Deze locatie heeft geen plekken van die soort.");
}

#[test]
fn a_household_outside_the_range_of_the_unit_is_refused() {
    let story = given([register("huis", Kind::Gezinsopvang), add_for("huis", "k-1", "unit", households(2, 4))]);
    for people in [1, 5] {
        story.when(check_in("k-1", household(people))).then_refused("HOUSEHOLD");
    }
    for people in [2, 4] {
        story.when(check_in("k-1", household(people))).then_done();
    }
}

#[test]
fn children_who_come_along_count_in_the_household_also_when_no_size_is_told() {
    let story = given([register("huis", Kind::Gezinsopvang), add_for("huis", "k-1", "unit", households(1, 3))]);
    let with = |children: usize| needing(Needs { children_ages: vec![7; children], ..Needs::default() });
    story.when(check_in("k-1", with(3))).then_refused("HOUSEHOLD");
    let Answer::Stay { stay, .. } = story.when(check_in("k-1", with(2))).then_answers() else { panic!("no stay") };
    assert_eq!(stay.household, 3);
}

#[test]
fn what_the_place_asks_for_must_fit_and_every_miss_is_named() {
    let criteria = Criteria { sex: Some(Sex::Female), min_age: Some(18), ..anybody() };
    let story = given([register("huis", Kind::Nachtopvang), add_for("huis", "k-1", "bed", criteria)]);
    let man = needing(Needs { sex: Some(Sex::Male), age: Some(17), pet: true, ..Needs::default() });
    let refusal = story.when(check_in("k-1", man)).then_refused("AGE");
    assert_eq!(refusal, Refusal::DoesNotFit { misses: vec![Miss::Age, Miss::Sex, Miss::Pet] });
    let woman = needing(Needs { sex: Some(Sex::Female), age: Some(18), ..Needs::default() });
    story.when(check_in("k-1", woman)).then_done();
}

/// Day shelter has no places, and winteropvang asks nobody where they are from.
fn is_lived_in(kind: Kind) -> bool {
    kind.rules().owner == Owner::Opvang && !matches!(kind, Kind::Dagopvang | Kind::Winteropvang)
}

#[test]
fn residence_elsewhere_is_a_remark_and_never_a_refusal() {
    let criteria = Criteria { residence: vec![gemeente("gm0303")], max_household: Some(4), ..anybody() };
    for kind in Kind::ALL.into_iter().filter(|kind| is_lived_in(*kind)) {
        let story = given([register("huis", kind), add_for("huis", "k-1", "bed", criteria.clone())]).at(noon());
        let from = |code| Needs { residence: Some(gemeente(code)), age: Some(20), ..Needs::default() };
        let remarks = |needs: Needs| match story.when(check_in("k-1", needing(needs))).then_answers() {
            Answer::Stay { remarks, .. } => remarks,
            other => panic!("{other:?}"),
        };
        let remark = "Deze plek is bij voorkeur voor inwoners van Dronten. Dat is geen reden om iemand te weigeren.";
        assert_eq!(remarks(from("gm0034")), [remark], "{kind:?}");
        assert_eq!(remarks(Needs { age: Some(20), ..Needs::default() }), [remark]);
        assert!(remarks(from("gm0303")).is_empty());
    }
}

#[test]
fn one_client_cannot_be_in_two_places_of_the_service() {
    let story = given_places(["k-1", "k-2"]).and([
        register("elders", Kind::Nachtopvang),
        add("elders", "k-1"),
        check_in_at("elders", Entry::Free(Choice::Place(place("k-1"))), who("c-1")),
    ]);
    let refusal = story.when(check_in("k-1", who("c-1"))).then_refused("CLIENT_HAS_PLACE");
    assert!(!refusal.to_string().contains("elders"), "not everybody may know where somebody is");
    story.when(reserve("k-1", who("c-1"))).then_refused("CLIENT_HAS_PLACE");
    story.when(check_in("k-1", who("c-2"))).then_done();
}

#[test]
fn who_left_may_come_in_again() {
    let story = given_places(["k-1"]).and([check_in("k-1", who("c-1"))]);
    let stay = story.stay_in("k-1");
    let story = story.and([check_out(&stay), check_in("k-1", who("c-1"))]);
    assert_ne!(story.stay_in("k-1"), stay);
}

#[test]
fn nothing_in_the_state_names_somebody_who_left_or_never_came() {
    let story = given_places(["k-1", "k-2", "k-3"]).and([
        check_in("k-1", who("c-left")),
        reserve("k-2", who("c-cancelled")),
        reserve("k-3", who("c-stayed-away")),
    ]);
    let gone = [check_out(&story.stay_in("k-1")), super::given::cancel(&story.stay_in("k-2"))];
    let story = story.and(gone).later(minutes(180)).and([Command::Tick]);
    let known = format!("{:?}", story.state);
    assert!(!["c-left", "c-cancelled", "c-stayed-away"].iter().any(|name| known.contains(name)), "{known}");
}

#[test]
fn leaving_records_why_and_where_to_and_frees_the_place() {
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said())]);
    let (stay, at) = (story.stay_in("k-1"), location("huis"));
    let (reason, destination) = (LeaveReason::EindeTermijn, Destination::EigenWoning);
    let leave = Command::CheckOut { location: at.clone(), stay: stay.clone(), reason, destination };
    let events = story.when(leave.clone()).then_events(1);
    assert_eq!(
        events,
        [Event::CheckedOut { stay, location: at, place: place("k-1"), reason, destination, nights: Some(0) }]
    );
    assert_eq!(story.and([leave]).free(), 1);
}

#[test]
fn a_late_tap_cannot_send_the_next_person_away() {
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said())]);
    let first = story.stay_in("k-1");
    let story = story.and([check_out(&first), check_in("k-1", nobody_said())]);
    story.when(check_out(&first)).then_refused("UNKNOWN_STAY");
    assert_eq!(story.free(), 0);
}

#[test]
fn a_stay_is_only_known_at_its_own_location() {
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said()), register("elders", Kind::Nachtopvang)]);
    let (reason, destination) = (LeaveReason::Onbekend, Destination::Onbekend);
    let stay = story.stay_in("k-1");
    story
        .when(Command::CheckOut { location: location("elders"), stay: stay.clone(), reason, destination })
        .then_refused("UNKNOWN_STAY");
    let to = place("k-1");
    story.when(Command::Move { location: location("elders"), stay, to }).then_refused("UNKNOWN_STAY");
}

#[test]
fn a_move_is_one_event_and_leaves_nobody_without_a_place() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", who("c-1"))]);
    let stay = story.stay_in("k-1");
    story.when(move_to(&stay, "k-2")).then_events(1);
    let story = story.and([move_to(&stay, "k-2")]);
    assert_eq!((story.place("k-1"), story.stay_in("k-2"), story.free()), (&PlaceState::Free, stay, 1));
    assert_eq!(story.state.stays_of(&client("c-1")).next().unwrap().place, place("k-2"));
}

#[test]
fn a_move_goes_to_a_free_place_only() {
    let story = given_places(["k-1", "k-2", "k-3"]).and([
        check_in("k-1", nobody_said()),
        reserve("k-2", nobody_said()),
        take_out("k-3"),
    ]);
    let stay = story.stay_in("k-1");
    story.when(move_to(&stay, "k-1")).then_refused("OCCUPIED");
    story.when(move_to(&stay, "k-2")).then_refused("HELD");
    story.when(move_to(&stay, "k-3")).then_refused("OUT_OF_SERVICE");
}

#[test]
fn a_reservation_moves_too_and_stays_a_reservation() {
    let story = given_places(["k-1", "k-2"]).and([reserve("k-1", nobody_said())]);
    let stay = story.stay_in("k-1");
    let story = story.and([move_to(&stay, "k-2")]);
    assert!(matches!(story.place("k-2"), PlaceState::Held { until: Some(_), .. }));
    assert_eq!(story.state.next_due(), Some(moment("2026-02-03T22:30:00+01:00")));
    let story = story.and([arrive(&stay, nobody_said())]);
    assert_eq!(story.stay_in("k-2"), stay);
}

#[test]
fn a_move_may_not_go_to_a_place_that_suits_less() {
    let story = given([register("huis", Kind::Gezinsopvang), confirm("huis")])
        .and([add_for("huis", "k-1", "unit", households(1, 4)), add_for("huis", "k-2", "unit", households(1, 2))])
        .and([check_in("k-1", household(3))]);
    let stay = story.stay_in("k-1");
    story.when(move_to(&stay, "k-2")).then_refused("HOUSEHOLD");
}

#[test]
fn somebody_of_whom_nothing_is_known_may_still_move() {
    let story = given([register("huis", Kind::Woonstart), add("huis", "k-1"), add("huis", "k-2")])
        .and([bulk([("k-1", Setting::Occupied)])]);
    let stay = story.stay_in("k-1");
    story.when(move_to(&stay, "k-2")).then_done();
}

#[test]
fn a_stay_ends_at_noon_of_its_last_day_where_the_location_says_how_long_it_may_last() {
    for kind in [Kind::Crisisopvang, Kind::BeschutWonen] {
        let story = given([register("huis", kind), add("huis", "k-1"), check_in("k-1", nobody_said())]);
        // 28 days later it is still winter; 60 days later the clock went forward.
        let until = |story: &super::given::Given| story.state.stays().next().unwrap().until;
        assert_eq!(until(&story), Some(moment("2026-03-03T12:00:00+01:00")));
        let long = register_as("huis", Profile { max_stay_days: Some(60), ..profile(kind) });
        let story = given([long, add("huis", "k-1"), check_in("k-1", nobody_said())]);
        assert_eq!(until(&story), Some(moment("2026-04-04T12:00:00+02:00")));
        assert_eq!(story.state.next_due(), None, "the clock sends nobody away");
    }
}

#[test]
fn an_old_stand_refuses_nobody_and_coming_in_confirms_it() {
    let story = given_places(["k-1", "k-2"]).later(minutes(60 * 24 * 9));
    let story = story.and([check_in("k-1", nobody_said())]);
    assert_eq!(story.site("huis").confirmed_at, Some(story.now));
    let stay = story.stay_in("k-1");
    let story = story.later(minutes(1)).and([move_to(&stay, "k-2")]);
    assert_eq!(story.site("huis").confirmed_at, Some(story.now));
    let story = story.later(minutes(1)).and([check_out(&stay)]);
    assert_eq!(story.site("huis").confirmed_at, Some(story.now));
}

#[test]
fn a_closed_location_takes_nobody_and_cannot_close_while_somebody_is_in() {
    use model::site::SiteCommand::Retire;
    let close = || Command::Site(Retire { location: location("huis") });
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said())]);
    story.when(close()).then_refused("IN_USE");
    let stay = story.stay_in("k-1");
    let story = story.and([check_out(&stay), close()]);
    story.when(check_in("k-1", nobody_said())).then_refused("RETIRED");
    story.when(check_out(&stay)).then_refused("RETIRED");
}
