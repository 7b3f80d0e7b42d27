//! Winteropvang, who is responsible, how long somebody stays, two pools, night cover, and what is never near what.

use jiff::civil::date;
use model::criteria::{Criteria, Needs, Sex};
use model::figures::Figures;
use model::geo::Coordinates;
use model::id::UserId;
use model::intake::Window;
use model::kind::{Counting, Kind};
use model::night::{CoverTold, Heard, Period};
use model::profile::{PlaceProfile, Profile};
use model::sealed::Sealed;
use model::site::SiteCommand;
use uuid::Uuid;

use super::given::{
    Given, add, anybody, arrive, capacity, check_in, check_in_pool, check_out, client, confirm, count, evening,
    gemeente, given, given_places, household, households, location, minutes, moment, needing, nobody_said, open_surge,
    place, pool, profile, region, register, register_as, reserve, stand, surge, who,
};
use crate::domain::{Command, Count, Refusal, Stay};

fn winter_places() -> Given {
    given([register("huis", Kind::Winteropvang), confirm("huis"), add("huis", "k-1"), add("huis", "k-2")])
}

fn winter_heads() -> Given {
    let profile = Profile { counting: Counting::Headcount, ..profile(Kind::Winteropvang) };
    given([register_as("winter", profile), surge(true, [("winter", 20)]), count("winter", Count::Present(6))])
}

#[test]
fn winteropvang_is_closed_until_the_gemeente_opens_it() {
    let story = winter_places();
    assert_eq!(story.figures("huis"), Figures::default());
    story.when(check_in("k-1", nobody_said())).then_refused("SURGE_CLOSED");
    story.when(reserve("k-1", nobody_said())).then_refused("SURGE_CLOSED");
    let open = story.and([open_surge()]);
    assert_eq!(open.figures("huis"), Figures { surge: 2, ..Figures::default() });
    open.when(check_in("k-1", nobody_said())).then_done();
}

#[test]
fn while_it_is_open_everybody_is_let_in_who_fits_through_the_door() {
    let picky = Criteria { min_age: Some(60), sex: Some(Sex::Female), max_household: Some(2), ..anybody() };
    let story = given([register("huis", Kind::Winteropvang), super::given::add_for("huis", "k-1", "bed", picky)])
        .and([open_surge()]);
    let man = Needs { age: Some(19), sex: Some(Sex::Male), pet: true, children_ages: vec![4], ..Needs::default() };
    story.when(check_in("k-1", needing(man))).then_done();
    story.when(check_in("k-1", household(5))).then_refused("HOUSEHOLD");
    story.when(check_in("k-1", needing(Needs { wheelchair: true, ..Needs::default() }))).then_refused("WHEELCHAIR");
}

#[test]
fn closing_counts_nobody_out() {
    let story = winter_places().and([open_surge(), check_in("k-1", nobody_said()), surge(false, [])]);
    assert_eq!(story.figures("huis"), Figures { surge: 1, occupied: 1, ..Figures::default() });
    story.when(check_in("k-2", nobody_said())).then_refused("SURGE_CLOSED");
    let empty = story.and([check_out(&story.stay_in("k-1"))]);
    assert_eq!(empty.figures("huis"), Figures::default());
}

#[test]
fn closing_where_people_are_counted_counts_nobody_out_either() {
    let story = winter_heads();
    assert_eq!(story.figures("winter"), Figures { surge: 20, occupied: 6, ..Figures::default() });
    let closed = story.and([surge(false, [])]);
    let figures = closed.figures("winter");
    assert_eq!((figures.surge, figures.occupied, figures.free(), figures.over()), (6, 6, 0, 0));
    let fewer = closed.and([count("winter", Count::Change(-4))]).figures("winter");
    assert_eq!((fewer.surge, fewer.occupied, fewer.free()), (2, 2, 0));
}

#[test]
fn opening_what_is_open_changes_nothing_but_its_number() {
    let story = winter_heads();
    assert!(story.when(surge(true, [])).then_event_list().is_empty());
    let more = story.and([surge(true, [("winter", 30)])]);
    assert_eq!(more.figures("winter").surge, 30);
    assert!(winter_places().when(surge(false, [])).then_event_list().is_empty());
}

#[test]
fn a_gemeente_without_winteropvang_cannot_open_any() {
    given_places(["k-1"]).when(open_surge()).then_refused("NO_SURGE");
    winter_places().when(surge(true, [("elders", 3)])).then_refused("UNKNOWN_LOCATION");
    winter_places().when(surge(true, [("huis", 3)])).then_refused("COUNTS_PLACES");
    let elsewhere = Command::SwitchSurge { gemeente: gemeente("gm0141"), on: true, counts: Default::default() };
    winter_places().when(elsewhere).then_refused("UNKNOWN_GEMEENTE");
}

/// One house that can be a family unit and a time-out.
fn two_pools() -> Given {
    let profile = PlaceProfile {
        label: "Woning".into(),
        pool: pool("time-out-vo"),
        also_pools: vec![pool("gezin")],
        financing: None,
        criteria: households(2, 5),
    };
    let add = SiteCommand::AddPlace { location: location("huis"), place: place("w-1"), profile };
    given([register("huis", Kind::MoGezinswoning), confirm("huis"), Command::Site(add)])
}

#[test]
fn a_unit_in_two_pools_is_taken_out_of_both_by_one_claim() {
    let story = two_pools();
    let free = |story: &Given, name: &str| story.site("huis").figures_of(Some(&pool(name))).free();
    assert_eq!((free(&story, "time-out-vo"), free(&story, "gezin"), story.free()), (1, 1, 1));
    let taken = story.and([check_in_pool("gezin", household(3))]);
    assert_eq!((free(&taken, "time-out-vo"), free(&taken, "gezin"), taken.free()), (0, 0, 0));
    taken.when(check_in_pool("time-out-vo", household(3))).then_refused("FULL");
}

#[test]
fn the_report_of_a_unit_in_two_pools_offers_it_once_and_names_both() {
    let story = two_pools();
    let report = model::report::report(story.site("huis"), &region().id, Vec::new());
    assert_eq!(report.offers.len(), 1);
    assert_eq!(
        (report.offers[0].pool.as_str(), report.offers[0].also_pools.clone()),
        ("time-out-vo", vec!["gezin".to_owned()])
    );
    let pools: Vec<&str> = report.pools.iter().map(|it| it.pool.as_str()).collect();
    assert_eq!(pools, ["gezin", "time-out-vo"]);
}

fn stay_of(story: &Given, place_id: &str) -> Stay {
    story.state.stay(&story.stay_in(place_id)).unwrap().clone()
}

fn responsible(story: &Given, day: jiff::civil::Date) -> String {
    let (stay, kind) = (stay_of(story, "k-1"), story.site("huis").profile.kind);
    stay.responsible_on(region(), kind, day).gemeente.to_string()
}

#[test]
fn who_is_responsible_follows_from_the_day_somebody_came_in_and_may_be_set_from_a_day_on() {
    let from = Needs { residence: Some(gemeente("gm0303")), ..Needs::default() };
    let story =
        given([register("huis", Kind::BeschermdWonen), add("huis", "k-1"), check_in("k-1", needing(from.clone()))]);
    assert_eq!(responsible(&story, date(2026, 2, 3)), "gm0303", "new clients are of where they lived");
    let early = given([register("huis", Kind::BeschermdWonen), add("huis", "k-1")])
        .at(moment("2020-05-01T12:00:00+02:00"))
        .and([check_in("k-1", needing(from))]);
    assert_eq!(responsible(&early, date(2026, 2, 3)), "gm0034", "who came in before is of the centrumgemeente");
    let set = Command::SetResponsible {
        location: location("huis"),
        stay: story.stay_in("k-1"),
        gemeente: gemeente("gm0141"),
        from: date(2026, 4, 1),
    };
    let story = story.and([set]);
    assert_eq!(responsible(&story, date(2026, 3, 31)), "gm0303");
    assert_eq!(responsible(&story, date(2026, 4, 1)), "gm0141");
}

#[test]
fn the_responsible_gemeente_is_not_set_for_days_before_the_stay() {
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said())]);
    let stay = story.stay_in("k-1");
    let set = |from| Command::SetResponsible {
        location: location("huis"),
        stay: stay.clone(),
        gemeente: gemeente("gm0303"),
        from,
    };
    story.when(set(date(2026, 2, 2))).then_refused("BEFORE_STAY");
    story.when(set(date(2026, 2, 3))).then_done();
}

fn extend(stay: UserId, until: jiff::civil::Date) -> Command {
    Command::ExtendStay { location: location("huis"), stay, until, reason: Sealed::kept(Uuid::from_u128(3)) }
}

#[test]
fn who_should_leave_is_listed_soonest_first_and_the_clock_puts_nobody_out() {
    let story = given([register("huis", Kind::Crisisopvang), add("huis", "k-1"), add("huis", "k-2")])
        .and([check_in("k-1", nobody_said())]);
    let story = story.later(minutes(24 * 60)).and([check_in("k-2", nobody_said())]);
    let exits = |story: &Given, by: &str| {
        let leaving = story.state.expected_exits(Some(&location("huis")), moment(by));
        leaving.into_iter().map(|stay| stay.place.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(exits(&story, "2026-03-03T11:59:00+01:00"), [] as [&str; 0]);
    assert_eq!(exits(&story, "2026-03-03T12:00:00+01:00"), ["k-1"]);
    assert_eq!(exits(&story, "2026-03-31T12:00:00+02:00"), ["k-1", "k-2"]);
    let longer = story.and([extend(story.stay_in("k-1"), date(2026, 3, 20))]);
    assert_eq!(exits(&longer, "2026-03-31T12:00:00+02:00"), ["k-2", "k-1"]);
    let past = longer.at(moment("2026-06-01T12:00:00+02:00"));
    assert_eq!(past.state.next_due(), None);
    past.when(extend(past.stay_in("k-1"), date(2026, 3, 25))).then_refused("NOT_LATER");
}

#[test]
fn only_who_is_in_stays_longer() {
    let story = given_places(["k-1"]).and([reserve("k-1", nobody_said())]);
    story.when(extend(story.stay_in("k-1"), date(2026, 3, 20))).then_refused("NOT_IN");
}

/// What the nachtdienst tells: it is there in these hours after `evening`.
fn hears(position: u64, hours: std::ops::Range<i64>) -> Command {
    let at = |hours: i64| evening() + minutes(hours * 60);
    let covered =
        if hours.is_empty() { Vec::new() } else { vec![Period { from: at(hours.start), until: at(hours.end) }] };
    let told = CoverTold { position, as_of: evening(), covered, known_until: None };
    Command::HearCover { gemeente: gemeente("gm0034"), told, heard: Heard { stream: "s".into(), sequence: position } }
}

#[test]
fn gewoon_thuis_is_offered_at_night_only_while_the_nachtdienst_is_there() {
    let story = given([register("huis", Kind::GewoonThuis), confirm("huis"), add("huis", "k-1")]);
    let unknown = story.when(check_in("k-1", nobody_said())).then_refused("NO_NIGHT_COVER");
    assert_eq!(unknown, Refusal::NoNightCover { unknown: true });
    let gap = story.and([hears(1, 1..3)]);
    let refusal = gap.when(check_in("k-1", nobody_said())).then_refused("NO_NIGHT_COVER");
    assert_eq!(refusal, Refusal::NoNightCover { unknown: false });
    story.and([hears(1, 0..3)]).when(check_in("k-1", nobody_said())).then_done();
    story.at(super::given::noon()).when(check_in("k-1", nobody_said())).then_done();
}

#[test]
fn who_waits_for_gewoon_thuis_is_offered_it_when_the_night_is_over_also_when_nobody_tells_anything() {
    let story = given([register("huis", Kind::GewoonThuis), confirm("huis"), add("huis", "k-1"), hears(1, 1..3)]);
    let join = Command::JoinWaitingList { location: location("huis"), pool: pool("bed"), told: who("c-1") };
    let waits = story.and([join]);
    assert_eq!(waits.figures("huis").held, 0, "nobody is there yet");
    let morning = moment("2026-02-04T08:00:00+01:00");
    assert_eq!(waits.state.next_due(), Some(morning));
    assert_eq!(waits.at(morning).and([Command::Tick]).figures("huis").held, 1);
    // Once it is offered, the morning brings nothing.
    let offered = waits.and([hears(2, 0..3)]);
    let accepts = offered.at(morning).and([Command::Tick]);
    assert_eq!(accepts.figures("huis").held, 1);
}

#[test]
fn gewoon_thuis_is_offered_to_who_waits_as_soon_as_the_nachtdienst_is_there() {
    let story = given([register("huis", Kind::GewoonThuis), confirm("huis"), add("huis", "k-1"), hears(1, 1..3)]);
    let join = Command::JoinWaitingList { location: location("huis"), pool: pool("bed"), told: nobody_said() };
    let waits = story.and([join]);
    assert_eq!(waits.figures("huis").held, 0, "nobody is there tonight");
    assert_eq!(waits.and([hears(2, 0..3)]).figures("huis").held, 1);
    assert_eq!(
        waits.at(super::given::noon()).and([hears(2, 10..11)]).figures("huis").held,
        1,
        "by day it takes nobody"
    );
}

#[test]
fn who_has_a_reservation_is_let_in_under_the_same_rules_as_who_has_none() {
    let thuis = given([register("huis", Kind::GewoonThuis), confirm("huis"), add("huis", "k-1"), hears(1, 0..3)]);
    let reserved = thuis.and([reserve("k-1", nobody_said())]);
    let stay = reserved.stay_in("k-1");
    reserved.and([hears(2, 1..3)]).when(arrive(&stay, nobody_said())).then_refused("NO_NIGHT_COVER");
    reserved.when(arrive(&stay, nobody_said())).then_done();
    reserved.and([hears(2, 1..3)]).when(arrive(&stay, nobody_said())).then_refused("NO_NIGHT_COVER");
}

#[test]
fn what_is_kept_in_a_winteropvang_is_given_back_when_it_closes_and_nobody_is_left_waiting_at_the_door() {
    let open = winter_places().and([open_surge(), reserve("k-1", who("c-1")), check_in("k-2", nobody_said())]);
    let join = Command::JoinWaitingList { location: location("huis"), pool: pool("bed"), told: nobody_said() };
    let open = open.and([join, check_out(&open.stay_in("k-2"))]);
    assert_eq!(open.figures("huis").held, 2, "one reservation and one offer");
    let events = open.when(surge(false, [])).then_event_list();
    let closed = open.and([surge(false, [])]);
    let answer = crate::domain::answer_to(region(), &closed.state, &surge(false, []), &events);
    assert_eq!(answer, crate::Answer::Surge { locations: 1, given_back: 2 });
    assert_eq!(closed.figures("huis"), Figures::default());
    assert!(closed.state.stays_of(&client("c-1")).next().is_none());
    let list: Vec<_> = closed.state.waiting_at(&location("huis")).collect();
    assert!(list.len() == 1 && list[0].offer.is_none(), "they keep their turn");
    let again = closed.and([open_surge()]);
    assert_eq!(again.figures("huis").held, 1, "and are asked again when it opens");
}

#[test]
fn no_stand_opens_what_the_gemeente_closed() {
    let closed = winter_heads().later(minutes(10)).and([surge(false, [])]).later(minutes(10));
    for as_of in [closed.now - minutes(19), closed.now] {
        let events = closed.when(stand("winter", as_of, 4)).then_event_list();
        let after = closed.and([stand("winter", as_of, 4)]);
        assert_eq!(after.figures("winter").free(), 0);
        // What is told outside is the same.
        let told = crate::domain::report(region(), &after.state, &[&events[0]]).unwrap();
        let figures = told.figures.as_ref().map(model::wire::figures_in).unwrap();
        assert_eq!((told.past, figures), (false, after.figures("winter")));
    }
}

#[test]
fn nobody_accepts_an_offer_of_a_night_on_which_nobody_is_let_in() {
    let thuis = given([register("huis", Kind::GewoonThuis), confirm("huis"), add("huis", "k-1"), hears(1, 0..3)]);
    let join = Command::JoinWaitingList { location: location("huis"), pool: pool("bed"), told: nobody_said() };
    let offered = thuis.and([join]);
    let waiting = offered.state.waiting_at(&location("huis")).next().unwrap().id.clone();
    let accept = Command::AcceptOffer { location: location("huis"), waiting, arrive_by: None };
    offered.and([hears(2, 1..3)]).when(accept.clone()).then_refused("NO_NIGHT_COVER");
    offered.when(accept).then_done();
}

#[test]
fn a_stay_goes_on_at_most_a_year() {
    let story = given_places(["k-1"]).and([check_in("k-1", nobody_said())]);
    let stay = story.stay_in("k-1");
    let until = |until| {
        let (location, stay) = (location("huis"), stay.clone());
        Command::ExtendStay { location, stay, until, reason: model::sealed::Sealed::fixed("nog geen huis") }
    };
    story.when(until(jiff::civil::date(2027, 2, 1))).then_done();
    story.when(until(jiff::civil::date(2200, 1, 1))).then_refused("STAY_TOO_LONG");
}

#[test]
fn a_smaller_winteropvang_puts_nobody_out() {
    let story = winter_heads();
    story.when(surge(true, [("winter", 5)])).then_refused("IN_USE");
    assert_eq!(story.and([surge(true, [("winter", 6)])]).figures("winter").free(), 0);
}

#[test]
fn what_the_nachtdienst_told_too_long_ago_is_not_known() {
    let story = given([register("huis", Kind::GewoonThuis), confirm("huis"), add("huis", "k-1"), hears(1, 0..12)]);
    story.later(minutes(59)).when(check_in("k-1", nobody_said())).then_done();
    let refusal = story.later(minutes(60)).when(check_in("k-1", nobody_said())).then_refused("NO_NIGHT_COVER");
    assert_eq!(refusal, Refusal::NoNightCover { unknown: true });
}

#[test]
fn what_was_heard_before_changes_nothing() {
    let story = given_places([]).and([hears(5, 0..3)]);
    assert!(story.when(hears(5, 0..9)).then_event_list().is_empty());
    assert!(story.when(hears(4, 0..9)).then_event_list().is_empty());
    assert_eq!(story.when(hears(6, 0..9)).then_event_list().len(), 1);
}

fn somewhere(kind: Kind, at: Option<(f64, f64)>, code: &str) -> Profile {
    let coordinates = at.map(|(north, east)| Coordinates::parse(north, east).unwrap());
    Profile { coordinates, gemeente: gemeente(code), ..profile(kind) }
}

#[test]
fn a_time_outplek_for_a_pleger_is_never_near_vrouwenopvang() {
    let safe = given([register_as("oranje", somewhere(Kind::Vrouwenopvang, Some((52.37, 5.22)), "gm0034"))]);
    let near = register_as("uit", somewhere(Kind::TimeOutPleger, Some((52.38, 5.23)), "gm0034"));
    let far = register_as("uit", somewhere(Kind::TimeOutPleger, Some((52.52, 5.72)), "gm0303"));
    let refusal = safe.when(near).then_refused("TOO_NEAR");
    assert!(!refusal.to_string().contains("oranje") && !refusal.to_string().contains("52"));
    let story = safe.and([far]);
    let moved = somewhere(Kind::TimeOutPleger, Some((52.371, 5.22)), "gm0303");
    story
        .when(Command::Site(SiteCommand::Change { location: location("uit"), profile: moved }))
        .then_refused("TOO_NEAR");
    let second = register_as("blijf", somewhere(Kind::Vrouwenopvang, Some((52.52, 5.73)), "gm0303"));
    story.when(second).then_refused("TOO_NEAR");
}

#[test]
fn where_it_is_not_known_where_something_is_its_whole_gemeente_is_near() {
    let story = given([register_as("oranje", somewhere(Kind::Vrouwenopvang, None, "gm0034"))]);
    story
        .when(register_as("uit", somewhere(Kind::TimeOutPleger, Some((52.3, 5.1)), "gm0034")))
        .then_refused("TOO_NEAR");
    story.when(register_as("uit", somewhere(Kind::TimeOutPleger, Some((52.52, 5.72)), "gm0303"))).then_done();
    // It lies in Dronten, whatever gemeente it belongs to.
    let pleger = given([register_as("uit", somewhere(Kind::TimeOutPleger, None, "gm0303"))]);
    pleger
        .when(register_as("oranje", somewhere(Kind::Vrouwenopvang, Some((52.52, 5.72)), "gm0034")))
        .then_refused("TOO_NEAR");
    pleger.when(register_as("oranje", somewhere(Kind::Vrouwenopvang, Some((52.37, 5.21)), "gm0034"))).then_done();
}

#[test]
fn a_day_shelter_empties_when_it_closes() {
    let hours = (1..=7).map(|day| Window::parse(day, 9 * 60, 21 * 60).unwrap()).collect();
    let profile = Profile { intake_windows: hours, ..profile(Kind::Dagopvang) };
    let story = given([register_as("inloop", profile), count("inloop", Count::Present(14))]);
    assert_eq!(story.state.next_due(), Some(moment("2026-02-03T21:00:00+01:00")));
    let open = story.later(minutes(59)).and([Command::Tick]);
    assert_eq!(open.figures("inloop").occupied, 14);
    let closed = story.later(minutes(60)).and([Command::Tick]);
    assert_eq!((closed.figures("inloop").occupied, closed.state.next_due()), (0, None));
    // Who is counted after closing is gone when the day is over, and not at the end of the next one.
    let late = closed.later(minutes(30)).and([count("inloop", Count::Present(3))]);
    assert_eq!(late.figures("inloop").occupied, 3);
    assert_eq!(late.state.next_due(), Some(moment("2026-02-04T00:00:00+01:00")));
}

#[test]
fn a_stay_that_ends_tells_its_nights_and_where_somebody_went_and_never_who() {
    let story = given_places(["k-1"]).and([check_in("k-1", super::given::who("c-1"))]);
    let later = story.at(moment("2026-02-06T09:00:00+01:00"));
    let events = later.when(check_out(&later.stay_in("k-1"))).then_event_list();
    let ended = events[0].stay_ended().unwrap();
    assert_eq!((ended.nights, ended.destination()), (3, proto::availability::v1::Destination::NaarHuis));
}

#[test]
fn a_winteropvang_opens_for_as_many_as_the_gemeente_says_whatever_was_out_of_use() {
    let story = winter_heads().and([capacity("winter", 30, 12)]);
    assert_eq!(story.figures("winter").free(), 12);
    let figures = story.and([surge(true, [("winter", 10)])]).figures("winter");
    assert_eq!((figures.actual(), figures.free()), (10, 4));
    story.when(surge(true, [("winter", 5)])).then_refused("IN_USE");
}
