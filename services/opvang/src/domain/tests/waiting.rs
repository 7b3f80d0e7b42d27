//! Waiting lists: who has the first turn, what is kept for whom, and what becomes of an offer.

use model::criteria::{Criteria, Miss, Needs};
use model::id::UserId;
use model::kind::Kind;
use model::place::PlaceState;
use model::profile::PlaceProfile;
use model::sealed::Sealed;
use model::site::SiteCommand;
use model::stay::Destination;
use uuid::Uuid;

use super::given::{
    Given, add, add_for, anybody, arrive, bulk, cancel, check_in, check_in_at, check_out, client, confirm, evening,
    given, given_places, location, minutes, moment, move_to, needing, nobody_said, place, pool, register, take_out,
    who,
};
use crate::Answer;
use crate::domain::{Choice, Command, Entry, Event, Ground, LeaveReason, Setting, State, Told};

const HOUR: i64 = 60;

fn join(told: Told) -> Command {
    Command::JoinWaitingList { location: location("huis"), pool: pool("bed"), told }
}

fn accept(waiting: &UserId) -> Command {
    Command::AcceptOffer { location: location("huis"), waiting: waiting.clone(), arrive_by: None }
}

fn decline(waiting: &UserId, leaves: bool) -> Command {
    Command::DeclineOffer { location: location("huis"), waiting: waiting.clone(), leaves }
}

fn leave(waiting: &UserId) -> Command {
    Command::LeaveWaitingList { location: location("huis"), waiting: waiting.clone() }
}

fn because() -> Sealed {
    Sealed::kept(Uuid::from_u128(7))
}

fn pass_over(waiting: &UserId, place_id: &str) -> Command {
    let (location, place) = (location("huis"), place(place_id));
    Command::PassOver { location, waiting: waiting.clone(), place, reason: because() }
}

fn withdraw(waiting: &UserId, take_out: bool) -> Command {
    Command::WithdrawOffer { location: location("huis"), waiting: waiting.clone(), reason: because(), take_out }
}

fn offer_again(place_id: &str) -> Command {
    Command::OfferAgain { location: location("huis"), place: place(place_id) }
}

fn put_back(place_id: &str) -> Command {
    Command::Site(SiteCommand::Return { location: location("huis"), place: place(place_id) })
}

/// One place with somebody in it, and these who wait for it, in this order.
fn waiting_for_one<const N: usize>(clients: [&str; N]) -> (Given, [UserId; N]) {
    let full = given_places(["k-1"]).and([check_in("k-1", who("binnen"))]);
    let story = full.and(clients.map(|name| join(who(name))));
    let ids = clients.map(|name| waits(&story, name));
    (story, ids)
}

#[track_caller]
fn waits(story: &Given, name: &str) -> UserId {
    let list = story.state.waiting_at(&location("huis"));
    list.filter(|it| it.guest.client == Some(client(name))).map(|it| it.id.clone()).next().unwrap()
}

fn leaves(story: &Given) -> Given {
    story.and([check_out(&story.stay_in("k-1"))])
}

/// Who a place is kept for, or is in it.
fn has(story: &Given, place_id: &str) -> Option<UserId> {
    story.site("huis").place(&place(place_id)).unwrap().user().cloned()
}

#[test]
fn a_place_that_comes_free_is_offered_to_who_joined_first_and_held_for_them() {
    let (story, [first, _]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story);
    let until = evening() + minutes(24 * HOUR);
    assert_eq!(story.place("k-1"), &PlaceState::Held { by: first.clone(), until: Some(until) });
    assert_eq!(story.free(), 0);
    story.when(check_in("k-1", nobody_said())).then_refused("HELD");
    assert_eq!(story.state.waiting(&first).unwrap().offer, Some((place("k-1"), until)));
}

#[test]
fn somebody_who_joins_while_a_place_is_free_is_offered_it_at_once() {
    let story = given_places(["k-1"]);
    let Answer::Waiting(view) = story.when(join(who("a"))).then_answers() else { panic!("no place on the list") };
    assert_eq!((view.before, view.offered), (0, Some(place("k-1"))));
}

#[test]
fn whoever_accepts_has_a_reservation_until_the_release_time_and_comes_in_with_it() {
    let (story, [first]) = waiting_for_one(["a"]);
    let story = leaves(&story).and([accept(&first)]);
    let stay = story.state.stay(&first).unwrap();
    assert_eq!((stay.reserved, stay.until), (true, Some(moment("2026-02-03T22:30:00+01:00"))));
    assert!(story.state.waiting(&first).is_none());
    let story = story.and([arrive(&first, nobody_said())]);
    assert!(matches!(story.place("k-1"), PlaceState::Occupied { by, .. } if *by == first));
}

#[test]
fn whoever_accepts_and_does_not_come_loses_the_place_to_the_next() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story).and([accept(&first)]).at(moment("2026-02-03T22:30:00+01:00")).and([Command::Tick]);
    assert!(story.state.stay(&first).is_none());
    assert_eq!(has(&story, "k-1"), Some(second));
}

#[test]
fn a_declined_place_goes_to_the_next_and_who_declined_keeps_their_turn_for_another() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story).and([decline(&first, false)]);
    assert_eq!(has(&story, "k-1"), Some(second.clone()));
    let story = story.and([add("huis", "k-2")]);
    assert_eq!(has(&story, "k-2"), Some(first));
}

#[test]
fn who_declined_a_place_is_offered_it_again_after_somebody_else_had_it() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story).and([decline(&first, false), accept(&second), arrive(&second, nobody_said())]);
    assert_eq!(has(&leaves(&story), "k-1"), Some(first));
}

#[test]
fn who_declines_and_leaves_the_list_is_not_asked_again() {
    let (story, [first]) = waiting_for_one(["a"]);
    let story = leaves(&story).and([decline(&first, true)]);
    assert!(story.state.waiting(&first).is_none());
    assert_eq!((story.free(), story.state.next_due()), (1, None));
}

#[test]
fn whoever_leaves_the_list_with_an_offer_gives_it_to_the_next() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story).and([leave(&first)]);
    assert_eq!(has(&story, "k-1"), Some(second));
    story.when(leave(&first)).then_refused("UNKNOWN_WAITING");
}

#[test]
fn an_offer_that_nobody_answers_in_time_goes_to_the_next() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story);
    let story = story.later(minutes(24 * HOUR)).and([Command::Tick]);
    assert_eq!(has(&story, "k-1"), Some(second));
    assert_eq!(story.state.waiting(&first).unwrap().offer, None);
    story.when(accept(&first)).then_refused("NO_OFFER");
}

#[test]
fn who_is_passed_over_by_staff_keeps_their_turn_and_the_reason_is_kept() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story);
    let events = story.when(pass_over(&first, "k-1")).then_event_list();
    let ground = Ground::Staff { reason: because() };
    assert!(matches!(&events[1], Event::PassedOver { waiting, ground: it, .. } if *waiting == first && *it == ground));
    let story = story.and([pass_over(&first, "k-1")]);
    assert_eq!(has(&story, "k-1"), Some(second));
    assert_eq!(has(&story.and([add("huis", "k-2")]), "k-2"), Some(first));
}

#[test]
fn a_place_that_does_not_suit_who_is_first_goes_to_the_next_and_the_reason_is_kept() {
    let story = given([register("huis", Kind::Nachtopvang), confirm("huis")]).and([
        add_for("huis", "k-1", "bed", Criteria { min_age: Some(23), ..anybody() }),
        check_in("k-1", needing(Needs { age: Some(30), ..Needs::default() })),
        join(Told { needs: Some(Needs { age: Some(19), ..Needs::default() }), ..who("jong") }),
        join(Told { needs: Some(Needs { age: Some(40), ..Needs::default() }), ..who("oud") }),
    ]);
    let (young, old) = (waits(&story, "jong"), waits(&story, "oud"));
    let events = story.when(check_out(&story.stay_in("k-1"))).then_event_list();
    let ground = Ground::DoesNotFit { misses: vec![Miss::Age] };
    assert!(matches!(&events[1], Event::PassedOver { waiting, ground: it, .. } if *waiting == young && *it == ground));
    assert_eq!(has(&leaves(&story), "k-1"), Some(old));
}

#[test]
fn an_offer_that_is_taken_back_goes_to_the_next_or_out_of_service() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story);
    assert_eq!(has(&story.and([withdraw(&first, false)]), "k-1"), Some(second));
    let out = story.and([withdraw(&first, true)]);
    assert!(matches!(out.place("k-1"), PlaceState::OutOfService { .. }));
    assert_eq!(has(&out, "k-1"), None);
}

#[test]
fn a_place_that_is_given_back_or_put_back_into_service_is_offered_too() {
    let (story, [first]) = waiting_for_one(["a"]);
    let story =
        story.and([add_for("huis", "k-2", "stil", anybody()), take_out("k-2"), check_out(&story.stay_in("k-1"))]);
    assert_eq!(has(&story, "k-1"), Some(first.clone()));
    let story = story.and([accept(&first), cancel(&first), join(who("b"))]);
    assert_eq!(has(&story, "k-1"), Some(waits(&story, "b")));
}

#[test]
fn a_client_waits_once_in_a_pool_and_may_have_a_place_elsewhere() {
    let (story, _) = waiting_for_one(["a"]);
    story.when(join(who("a"))).then_refused("ALREADY_WAITING");
    story.when(join(nobody_said())).then_done();
    going_on().when(join(who("anna"))).then_refused("ALREADY_WAITING");
}

#[test]
fn nobody_waits_for_the_pool_they_are_in() {
    let (story, [first]) = waiting_for_one(["a"]);
    story.when(join(who("binnen"))).then_refused("CLIENT_HAS_PLACE");
    // Somebody who waits and comes in anyway waits no longer.
    let story = story.and([add("huis", "k-2")]);
    assert_eq!(has(&story, "k-2"), Some(first.clone()));
    let story = story.and([decline(&first, false), check_in("k-2", who("a"))]);
    assert_eq!(story.state.waiting(&first), None);
}

/// A woning that is offered in two pools, and another one; a client waits for both.
fn on_two_lists() -> (Given, [UserId; 2]) {
    let profile = |id: &str| PlaceProfile {
        label: id.into(),
        pool: pool("gezin"),
        also_pools: vec![pool("time-out")],
        financing: None,
        criteria: anybody(),
    };
    let woning = |id: &str| {
        Command::Site(SiteCommand::AddPlace { location: location("huis"), place: place(id), profile: profile(id) })
    };
    let full = given([register("huis", Kind::Nachtopvang), confirm("huis"), woning("w-1"), woning("w-2")]);
    let full = full.and([check_in("w-1", nobody_said()), check_in("w-2", nobody_said())]);
    let joins =
        |name: &str, of: &str| Command::JoinWaitingList { location: location("huis"), pool: pool(of), told: who(name) };
    let story = full.and([joins("a", "gezin"), joins("a", "time-out"), joins("b", "gezin")]);
    let ids: Vec<UserId> = story.state.waiting_at(&location("huis")).map(|it| it.id.clone()).collect();
    (story, [ids[0].clone(), ids[2].clone()])
}

#[test]
fn who_is_on_two_lists_of_a_house_is_offered_one_place_and_not_two() {
    let (story, [first, other]) = on_two_lists();
    let free = story.and([check_out(&story.stay_in("w-1")), check_out(&story.stay_in("w-2"))]);
    assert_eq!((has(&free, "w-1"), has(&free, "w-2")), (Some(first.clone()), Some(other)));
    let accepted = free.and([accept(&first), arrive(&first, nobody_said())]);
    let left: Vec<_> = accepted.state.waiting_for(&client("a")).collect();
    assert!(left.is_empty(), "both pools are where they live now: {left:?}");
}

#[test]
fn what_somebody_does_not_want_on_one_list_they_are_not_asked_on_another() {
    let (story, [first, other]) = on_two_lists();
    let free = story.and([check_out(&story.stay_in("w-1"))]);
    assert_eq!(has(&free, "w-1"), Some(first.clone()));
    let declined = free.and([decline(&first, false)]);
    assert_eq!(has(&declined, "w-1"), Some(other), "not the same client's other turn");
}

#[test]
fn who_chose_another_place_and_does_not_get_it_is_asked_again_for_what_was_taken_back() {
    let (story, [first]) = waiting_for_one(["a"]);
    let story = leaves(&story);
    assert_eq!(has(&story, "k-1"), Some(first.clone()));
    let other = [register("ander", Kind::Nachtopvang), confirm("ander"), add_for("ander", "a-1", "bed", anybody())];
    let choice = Choice::Place(place("a-1"));
    let reserve = Command::Reserve { location: location("ander"), choice, told: who("a"), release_at: None };
    let chosen = story.and(other).and([reserve]);
    assert_eq!(has(&chosen, "k-1"), None);
    let stay = chosen.state.stays_of(&client("a")).next().unwrap().id.clone();
    let back = chosen.and([Command::CancelReservation { location: location("ander"), stay }]);
    assert_eq!(has(&back, "k-1"), Some(first));
}

#[test]
fn what_somebody_said_no_to_stays_no_when_another_choice_comes_to_nothing() {
    let (story, [first]) = waiting_for_one(["a"]);
    let other = [register("ander", Kind::Nachtopvang), confirm("ander"), add_for("ander", "a-1", "bed", anybody())];
    let story = leaves(&story).and(other);
    let reserve = || {
        let choice = Choice::Place(place("a-1"));
        Command::Reserve { location: location("ander"), choice, told: who("a"), release_at: None }
    };
    let comes_to_nothing = |story: &Given| {
        let chosen = story.and([reserve()]);
        let stay = chosen.state.stays_of(&client("a")).next().unwrap().id.clone();
        chosen.and([Command::CancelReservation { location: location("ander"), stay }])
    };
    for no in [decline(&first, false), pass_over(&first, "k-1")] {
        assert_eq!(has(&comes_to_nothing(&story.and([no])), "k-1"), None);
    }
    // Staff says so of a place that was taken back from them.
    let chosen = story.and([reserve(), pass_over(&first, "k-1")]);
    let stay = chosen.state.stays_of(&client("a")).next().unwrap().id.clone();
    assert_eq!(has(&chosen.and([Command::CancelReservation { location: location("ander"), stay }]), "k-1"), None);
}

#[test]
fn who_waits_is_passed_over_for_a_place_they_wait_for() {
    let (story, [first]) = waiting_for_one(["a"]);
    let story = story.and([add_for("huis", "s-1", "stil", anybody())]);
    story.when(pass_over(&first, "s-1")).then_refused("OTHER_POOL");
}

#[test]
fn who_waits_for_a_pool_that_is_gone_is_no_reason_to_keep_another() {
    let (story, [only]) = waiting_for_one(["a"]);
    let story = story.and([add_for("huis", "s-1", "stil", anybody()), add_for("huis", "s-2", "stil", anybody())]);
    let (story, at) = (leaves(&story).and([decline(&only, false)]), location("huis"));
    // A plan took the last place they wait for.
    let on = jiff::civil::date(2026, 2, 4);
    let steps = vec![crate::domain::PlanStep::RetirePlace { place: place("k-1") }];
    let story = story.and([Command::Plan { location: at.clone(), on, steps }]);
    let story = story.at(moment("2026-02-04T12:00:00+01:00")).and([Command::Tick]);
    assert!(story.site("huis").place(&place("k-1")).is_err());
    story.when(Command::Site(SiteCommand::RetirePlace { location: at, place: place("s-1") })).then_done();
}

#[test]
fn who_waits_moves_to_another_list_and_keeps_their_turn() {
    let (story, [first, _]) = waiting_for_one(["a", "b"]);
    let story = story.and([add_for("huis", "s-1", "stil", anybody()), take_out("s-1")]);
    let to = |waiting: &UserId, name: &str| Command::MoveWaiting {
        location: location("huis"),
        waiting: waiting.clone(),
        pool: pool(name),
    };
    story.when(to(&first, "zolder")).then_refused("UNKNOWN_POOL");
    let third =
        story.and([Command::JoinWaitingList { location: location("huis"), pool: pool("stil"), told: who("c") }]);
    let moved = third.and([to(&first, "stil"), put_back("s-1")]);
    assert_eq!(has(&moved, "s-1"), Some(first.clone()), "ahead of who joined that list before");
    moved.when(to(&first, "bed")).then_done();
    assert!(moved.when(to(&first, "stil")).then_event_list().is_empty(), "there already");
    third.and([join(who("c"))]).when(to(&waits(&third, "c"), "bed")).then_refused("ALREADY_WAITING");
}

#[test]
fn the_last_place_of_a_pool_stays_while_somebody_waits_for_it() {
    let (story, [only]) = waiting_for_one(["a"]);
    let story = leaves(&story);
    let story = story.and([decline(&only, false)]);
    let retire = Command::Site(SiteCommand::RetirePlace { location: location("huis"), place: place("k-1") });
    story.when(retire.clone()).then_refused("PEOPLE_WAIT");
    story.and([add("huis", "k-2"), decline(&only, false)]).when(retire.clone()).then_done();
    story.and([leave(&only)]).when(retire).then_done();
}

#[test]
fn who_is_erased_waits_no_longer_and_the_offer_goes_to_the_next() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story);
    assert_eq!(has(&story, "k-1"), Some(first.clone()));
    let erased = story.and([Command::ClientErased { client: client("a") }]);
    assert_eq!((erased.state.waiting(&first), has(&erased, "k-1")), (None, Some(second)));
}

/// Two nachtopvang locations with a place each; `anna` is in at the other one and waits here, and so does `bram`.
fn going_on() -> Given {
    let full = given_places(["k-1"]).and([check_in("k-1", who("binnen"))]);
    let other = [register("ander", Kind::Nachtopvang), confirm("ander"), add_for("ander", "a-1", "bed", anybody())];
    let in_other = check_in_at("ander", Entry::Free(Choice::Place(place("a-1"))), who("anna"));
    full.and(other).and([in_other, join(who("anna")), join(who("bram"))])
}

fn leaves_the_other(story: &Given) -> Given {
    let stay = story.state.stays_of(&client("anna")).find(|stay| !stay.reserved).unwrap().id.clone();
    let (reason, destination) = (LeaveReason::VolgensPlan, Destination::Opvang);
    story.and([Command::CheckOut { location: location("ander"), stay, reason, destination }])
}

#[test]
fn who_has_a_place_is_offered_another_in_their_turn_and_goes_there_from_the_one_they_have() {
    let story = leaves(&going_on());
    let anna = waits(&story, "anna");
    assert_eq!(has(&story, "k-1"), Some(anna.clone()), "their turn is their turn");
    let story = story.and([accept(&anna)]);
    assert_eq!(story.state.stays_of(&client("anna")).count(), 2);
    story.when(arrive(&anna, nobody_said())).then_refused("CLIENT_HAS_PLACE");
    let there = leaves_the_other(&story).and([arrive(&anna, nobody_said())]);
    let stays: Vec<_> = there.state.stays_of(&client("anna")).map(|stay| stay.place.clone()).collect();
    assert_eq!(stays, [place("k-1")]);
}

#[test]
fn who_chose_a_place_leaves_the_others_that_are_offered_to_whoever_comes_next() {
    let (story, [anna, bram]) = waiting_for_one(["anna", "bram"]);
    let other = [register("ander", Kind::Nachtopvang), confirm("ander"), add_for("ander", "a-1", "bed", anybody())];
    let here = leaves(&story).and(other);
    assert_eq!(has(&here, "k-1"), Some(anna));
    let there = Choice::Place(place("a-1"));
    let (location, told) = (location("ander"), who("anna"));
    let chosen = here.and([Command::Reserve { location, choice: there, told, release_at: None }]);
    assert_eq!(has(&chosen, "k-1"), Some(bram), "the place is not kept for nobody");
}

#[test]
fn who_is_expected_elsewhere_keeps_their_turn_and_gets_it_when_nothing_comes_of_that() {
    let (story, [anna]) = waiting_for_one(["anna"]);
    let other = [register("ander", Kind::Nachtopvang), confirm("ander"), add_for("ander", "a-1", "bed", anybody())];
    let (at, told) = (location("ander"), who("anna"));
    let reserve = Command::Reserve { location: at, choice: Choice::Place(place("a-1")), told, release_at: None };
    let free = leaves(&story.and(other).and([reserve]));
    assert_eq!(has(&free, "k-1"), None);
    let gone = free.later(minutes(24 * HOUR)).and([Command::Tick]);
    assert_eq!(has(&gone, "k-1"), Some(anna), "nobody came there");
}

#[test]
fn a_list_says_for_what_somebody_was_passed_over_last_and_why() {
    let (story, [a]) = waiting_for_one(["a"]);
    let story = story.and([pass_over(&a, "k-1")]);
    let shown = story.state.waiting(&a).unwrap().show(&story.state);
    assert_eq!(shown.passed_over, Some((place("k-1"), Ground::Staff { reason: because() })));
    assert!(shown.sealed().any(|id| Some(id) == because().id()));
    assert!(story.state.needs().contains(&because().id().unwrap()), "it is kept as long as they wait");
    let given = leaves(&waiting_for_one(["b"]).0);
    let b = waits(&given, "b");
    let events = given.when(pass_over(&b, "k-1")).then_event_list();
    assert!(matches!(events.first(), Some(Event::OfferWithdrawn { .. })), "an offer that is lost counts as one");
}

#[test]
fn a_place_that_is_another_one_now_is_offered_again_to_who_was_passed_over_for_it() {
    let (story, [a]) = waiting_for_one(["a"]);
    let passed = leaves(&story.and([pass_over(&a, "k-1")]));
    assert_eq!(has(&passed, "k-1"), None);
    assert_eq!(has(&passed.and([take_out("k-1"), put_back("k-1")]), "k-1"), Some(a), "it was mended");
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let withdrawn = leaves(&story).and([withdraw(&first, true), put_back("k-1")]);
    assert_eq!(has(&withdrawn, "k-1"), Some(first), "who did nothing keeps their turn");
    assert_eq!(withdrawn.state.waiting(&second).unwrap().offer, None);
}

#[test]
fn who_moves_to_a_place_had_it_as_much_as_who_came_in_there() {
    let (story, [a]) = waiting_for_one(["a"]);
    let story = story.and([add("huis", "k-2"), decline(&a, false)]);
    let mover = story.stay_in("k-1");
    let moved = story.and([move_to(&mover, "k-2"), decline(&a, false), check_out(&mover)]);
    assert_eq!(has(&moved, "k-2"), Some(a));
}

#[test]
fn only_pools_that_exist_have_a_list_and_only_locations_with_places() {
    let there = |pool_name: &str| Command::JoinWaitingList {
        location: location("huis"),
        pool: pool(pool_name),
        told: nobody_said(),
    };
    given_places(["k-1"]).when(there("zolder")).then_refused("UNKNOWN_POOL");
    given([register("huis", Kind::Dagopvang)]).when(there("bed")).then_refused("COUNTS_PEOPLE");
}

#[test]
fn a_location_where_people_wait_is_not_closed() {
    let (story, [first]) = waiting_for_one(["a"]);
    let close = Command::Site(model::site::SiteCommand::Retire { location: location("huis") });
    let empty = story.and([leave(&first), check_out(&story.stay_in("k-1"))]);
    leaves(&story).when(close.clone()).then_refused("PEOPLE_WAIT");
    empty.when(close).then_done();
}

#[test]
fn what_happens_on_a_list_is_told_without_who() {
    let (story, _) = waiting_for_one(["a"]);
    let site = story.site("huis");
    let told = serde_json::to_string(&model::report::report(site, &super::given::region().id, Vec::new())).unwrap();
    assert!(!told.contains(&client("a").id().unwrap().to_string()));
}

#[test]
fn a_place_that_nobody_answered_for_is_offered_once_more_in_turn() {
    let (story, [first, second]) = waiting_for_one(["a", "b"]);
    let story = leaves(&story);
    // Both let it run out: it stays free, and nobody is asked again by itself.
    let story = story.later(minutes(24 * HOUR)).and([Command::Tick]);
    let story = story.later(minutes(24 * HOUR)).and([Command::Tick]);
    assert_eq!((story.free(), has(&story, "k-1")), (1, None));
    let events = story.when(offer_again("k-1")).then_event_list();
    assert!(matches!(&events[1], Event::Offered { waiting, .. } if *waiting == first));
    let story = story.and([offer_again("k-1")]);
    assert_eq!(has(&story, "k-1"), Some(first.clone()));
    story.when(offer_again("k-1")).then_refused("HELD");
    let story = story.and([decline(&first, true)]);
    assert_eq!(has(&story, "k-1"), Some(second));
}

#[test]
fn a_place_is_not_offered_once_more_when_nobody_waits_for_it() {
    let (story, [only]) = waiting_for_one(["a"]);
    let story = leaves(&story).and([leave(&only)]);
    story.when(offer_again("k-1")).then_refused("NOBODY_WAITS");
    story.when(offer_again("k-9")).then_refused("UNKNOWN_PLACE");
}

mod laws {
    //! Random steps on a list, compared with a list kept by hand.

    use proptest::prelude::*;

    use super::*;
    use crate::domain::tests::given::region;
    use crate::domain::{LeaveReason, decide};

    const PLACES: [&str; 3] = ["k-1", "k-2", "k-3"];

    #[derive(Debug, Clone)]
    enum Step {
        Join,
        Accept(usize),
        Decline(usize, bool),
        Leave(usize),
        PassOver(usize, usize),
        Empty(usize),
        Again(usize),
        Wait(i64),
    }

    /// The list by hand: who waits in turn, who has which place and in what way, and who does not want which place.
    #[derive(Debug, Default)]
    struct ByHand {
        turn: Vec<UserId>,
        offered: Vec<(UserId, usize, i64)>,
        kept: Vec<(UserId, usize, i64)>,
        not_for: Vec<(UserId, usize)>,
        since: [i64; 3],
        inside: [Option<UserId>; 3],
    }

    impl ByHand {
        fn is_free(&self, place: usize) -> bool {
            self.inside[place].is_none()
                && !self.offered.iter().any(|it| it.1 == place)
                && !self.kept.iter().any(|it| it.1 == place)
        }

        /// Offers every free place, the one that is free longest first, to the first who wants it.
        fn offer(&mut self, now: i64) {
            let mut free: Vec<usize> = (0..3).filter(|place| self.is_free(*place)).collect();
            free.sort_by_key(|place| self.since[*place]);
            for place in free {
                let wants = |id: &&UserId| {
                    !self.offered.iter().any(|it| it.0 == **id) && !self.not_for.contains(&((*id).clone(), place))
                };
                if let Some(id) = self.turn.iter().find(wants).cloned() {
                    self.offered.push((id, place, now + 24 * 60));
                }
            }
        }

        fn drop_offer(&mut self, id: &UserId, now: i64) {
            if let Some(at) = self.offered.iter().position(|it| it.0 == *id) {
                let (_, place, _) = self.offered.remove(at);
                self.since[place] = now;
                self.not_for.push((id.clone(), place));
            }
        }
    }

    fn steps() -> impl Strategy<Value = Step> {
        prop_oneof![
            4 => Just(Step::Join),
            3 => (0..6_usize).prop_map(Step::Accept),
            2 => (0..6_usize, any::<bool>()).prop_map(|(who, leaves)| Step::Decline(who, leaves)),
            1 => (0..6_usize).prop_map(Step::Leave),
            2 => (0..6_usize, 0..3_usize).prop_map(|(who, place)| Step::PassOver(who, place)),
            3 => (0..3_usize).prop_map(Step::Empty),
            2 => (0..3_usize).prop_map(Step::Again),
            3 => (1..30 * 60_i64).prop_map(Step::Wait),
        ]
    }

    fn once_more(story: &mut Given, hand: &mut ByHand, place: usize) {
        let command = offer_again(PLACES[place]);
        let has_no_offer = |id: &UserId| !hand.offered.iter().any(|it| it.0 == *id);
        if !hand.is_free(place) {
            let reason = if hand.inside[place].is_some() { "OCCUPIED" } else { "HELD" };
            story.when(command).then_refused(reason);
        } else if hand.turn.iter().any(has_no_offer) {
            *story = story.and([command]);
            hand.not_for.retain(|it| it.1 != place);
        } else {
            story.when(command).then_refused("NOBODY_WAITS");
        }
    }

    fn play(story: &mut Given, hand: &mut ByHand, now: &mut i64, step: &Step) {
        let who = |index: usize| hand.turn.get(index % hand.turn.len().max(1)).cloned();
        let nobody = || model::id::made(Uuid::from_u128(99_999));
        let offered = |id: &UserId| hand.offered.iter().find(|it| it.0 == *id).cloned();
        match step {
            Step::Join => {
                *story = story.and([join(nobody_said())]);
                let newest = story.state.waiting_at(&location("huis")).last().unwrap().id.clone();
                hand.turn.push(newest);
            }
            Step::Accept(index) => {
                let id = who(*index).unwrap_or_else(nobody);
                let arrive_by = Some(story.now + minutes(60));
                let command = Command::AcceptOffer { location: location("huis"), waiting: id.clone(), arrive_by };
                match offered(&id) {
                    None => drop(story.when(command).then_refused(if hand.turn.contains(&id) {
                        "NO_OFFER"
                    } else {
                        "UNKNOWN_WAITING"
                    })),
                    Some((_, place, _)) => {
                        *story = story.and([command, arrive(&id, nobody_said())]);
                        hand.offered.retain(|it| it.0 != id);
                        hand.turn.retain(|it| *it != id);
                        hand.not_for.retain(|it| it.1 != place);
                        hand.inside[place] = Some(id);
                    }
                }
            }
            Step::Decline(index, leaves) => {
                let Some(id) = who(*index).filter(|id| offered(id).is_some()) else { return };
                *story = story.and([decline(&id, *leaves)]);
                hand.drop_offer(&id, *now);
                if *leaves {
                    hand.turn.retain(|it| *it != id);
                }
            }
            Step::Leave(index) => {
                let Some(id) = who(*index) else { return };
                *story = story.and([leave(&id)]);
                hand.drop_offer(&id, *now);
                hand.turn.retain(|it| *it != id);
            }
            Step::PassOver(index, place) => {
                let Some(id) = who(*index) else { return };
                *story = story.and([pass_over(&id, PLACES[*place])]);
                if offered(&id).is_some_and(|it| it.1 == *place) {
                    hand.drop_offer(&id, *now);
                } else {
                    hand.not_for.push((id, *place));
                }
            }
            Step::Empty(place) => {
                let Some(id) = hand.inside[*place].take() else { return };
                let (reason, destination) = (LeaveReason::VolgensPlan, Destination::NaarHuis);
                *story = story.and([Command::CheckOut { location: location("huis"), stay: id, reason, destination }]);
                hand.since[*place] = *now;
            }
            Step::Again(place) => once_more(story, hand, *place),
            Step::Wait(by) => {
                *now += by;
                *story = story.later(minutes(*by)).and([Command::Tick]);
                let mut late: Vec<_> = hand.offered.iter().filter(|it| it.2 <= *now).cloned().collect();
                late.sort_by(|a, b| (a.2, &a.0).cmp(&(b.2, &b.0)));
                late.iter().for_each(|(id, ..)| hand.drop_offer(id, *now));
            }
        }
        hand.offer(*now);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whatever_happens_the_list_is_the_one_that_is_kept_by_hand(steps in prop::collection::vec(steps(), 1..40)) {
            let mut story = given_places(PLACES);
            let (mut hand, mut now) = (ByHand::default(), 0);
            for step in &steps {
                play(&mut story, &mut hand, &mut now, step);
                let turn: Vec<UserId> = story.state.waiting_at(&location("huis")).map(|it| it.id.clone()).collect();
                prop_assert_eq!(&turn, &hand.turn, "{:?}", step);
                for (index, name) in PLACES.iter().enumerate() {
                    let expected = hand.inside[index].clone()
                        .or_else(|| hand.offered.iter().find(|it| it.1 == index).map(|it| it.0.clone()));
                    prop_assert_eq!(has(&story, name), expected, "{} after {:?}", name, step);
                }
                let due = hand.offered.iter().map(|it| evening() + minutes(it.2)).min();
                prop_assert_eq!(story.state.next_due(), due);
            }
        }
    }

    #[test]
    fn a_list_that_is_replayed_is_the_same_list() {
        let (story, [first, _]) = waiting_for_one(["a", "b"]);
        let mut log = Vec::new();
        let mut state = story.state.clone();
        for (number, command) in
            (1000..).zip([check_out(&story.stay_in("k-1")), decline(&first, false), accept(&waits(&story, "b"))])
        {
            let events = decide(region(), &state, &command, story.now, Uuid::from_u128(number)).unwrap();
            for event in events {
                model::decision::Evolve::evolve(&mut state, &event, story.now);
                log.push(serde_json::to_string(&event).unwrap());
            }
        }
        let mut again: State = story.state.clone();
        for text in log {
            let event: Event = serde_json::from_str(&text).unwrap();
            model::decision::Evolve::evolve(&mut again, &event, story.now);
        }
        assert_eq!(again, state);
    }
}

#[test]
fn very_many_free_places_are_offered_in_commits_that_stay_small_and_none_is_forgotten() {
    let ids: Vec<String> = (0..60).map(|number| format!("k-{number}")).collect();
    let all = |setting: Setting| bulk(ids.iter().map(|id| (id.as_str(), setting.clone())));
    let with_a_dog = needing(Needs { pet: true, ..Needs::default() });
    // Sixty people whom no place suits wait before one whom any place suits.
    let story = given_places(ids.iter().map(String::as_str)).and([all(Setting::Occupied)]);
    let story = story.and((0..60).map(|_| join(with_a_dog.clone()))).and([join(who("a"))]);
    let mut story = story.and([all(Setting::Free)]);
    let mut commits = 1;
    while story.state.next_due().is_some_and(|due| due <= story.now) {
        let events = story.when(Command::Tick).then_event_list();
        assert!(events.len() <= 1_100, "{}", events.len());
        story = story.and([Command::Tick]);
        commits += 1;
    }
    assert!(commits > 2, "{commits}");
    assert_eq!(story.figures("huis").held, 1);
    let list = story.state.waiting_at(&location("huis"));
    assert!(list.filter(|it| it.offer.is_none()).all(|it| it.passed.len() == 60));
}

#[test]
fn who_comes_in_elsewhere_in_the_house_did_not_leave_without_a_place() {
    let story = given_places(["k-1", "k-2"]).and([join(who("c-1"))]);
    let offered = ["k-1", "k-2"].into_iter().find(|id| matches!(story.place(id), PlaceState::Held { .. })).unwrap();
    let other = if offered == "k-1" { "k-2" } else { "k-1" };
    let events = story.when(check_in(other, who("c-1"))).then_event_list();
    let left = events.iter().find(|event| matches!(event, Event::WaitingLeft { .. })).unwrap();
    assert!(matches!(left, Event::WaitingLeft { placed: true, .. }) && left.happening().is_none(), "{events:?}");
}

#[test]
fn who_is_in_and_accepts_another_kind_of_place_of_the_house_moves_there() {
    let story = given_places(["k-1"]).and([
        add_for("huis", "stil-1", "stil", Criteria { max_household: Some(4), ..anybody() }),
        check_in("k-1", who("c-1")),
        Command::JoinWaitingList { location: location("huis"), pool: pool("stil"), told: who("c-1") },
    ]);
    let waiting = has(&story, "stil-1").unwrap();
    let accepted = story.and([accept(&waiting)]);
    let moved = accepted.and([move_to(&accepted.stay_in("k-1"), "stil-1")]);
    assert!(matches!(moved.place("stil-1"), PlaceState::Occupied { .. }));
    assert_eq!(moved.figures("huis").free(), 1);
    // Nobody else moves into it.
    let other = accepted.and([add("huis", "k-2"), check_in("k-2", who("c-2"))]);
    other.when(move_to(&other.stay_in("k-2"), "stil-1")).then_refused("HELD");
}
