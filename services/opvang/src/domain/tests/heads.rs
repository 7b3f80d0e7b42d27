//! Counting people, capacity, and stands that come in from daily lists.

use model::figures::Figures;
use model::freshness::Age;
use model::intake::Window;
use model::kind::Kind;
use model::profile::Profile;
use model::site::{SiteCommand, SiteRefusal};

use super::given::{
    Given, capacity, confirm, count, evening, given, location, minutes, moment, open_surge, profile, register,
    register_as, register_heads, stand,
};
use crate::Answer;
use crate::domain::{Capacity, Command, Count, Refusal};

const DAY: i64 = 24 * 60;

/// An inloop for twenty people.
fn inloop() -> Given {
    given([register("inloop", Kind::Dagopvang), capacity("inloop", 20, 0)])
}

fn counted(people: u32) -> Given {
    inloop().and([count("inloop", Count::Present(people))])
}

fn occupied(story: &Given) -> u32 {
    story.figures("inloop").occupied
}

#[test]
fn people_are_counted_as_they_are_or_by_who_comes_and_goes() {
    let story = counted(7);
    assert_eq!((occupied(&story), story.figures("inloop").free()), (7, 13));
    let story = story.and([count("inloop", Count::Change(3)), count("inloop", Count::Change(-5))]);
    assert_eq!(occupied(&story), 5);
}

#[test]
fn there_are_never_fewer_than_no_people() {
    let story = counted(2);
    let refusal = story.when(count("inloop", Count::Change(-3))).then_refused("IMPOSSIBLE_COUNT");
    assert_eq!(refusal.to_string(), "Dat aantal kan niet: er zijn nu 2 mensen binnen.");
    assert_eq!(occupied(&story.and([count("inloop", Count::Change(-2))])), 0);
    counted(100_000).when(count("inloop", Count::Change(1))).then_refused("IMPOSSIBLE_COUNT");
}

#[test]
fn more_people_than_places_is_recorded_as_it_is() {
    let figures = counted(26).figures("inloop");
    assert_eq!((figures.free(), figures.over()), (0, 6));
}

#[test]
fn a_capacity_alone_says_nothing_about_who_is_in() {
    let story = inloop();
    assert_eq!(story.site("inloop").figures(), None);
    assert_eq!(story.site("inloop").age(story.now), Age::Unknown);
    story.when(count("inloop", Count::Change(1))).then_refused("NOT_COUNTED");
    story.when(confirm("inloop")).then_refused("NOT_COUNTED");
}

#[test]
fn a_count_confirms_the_stand_and_a_capacity_does_not() {
    let story = counted(3).later(minutes(30)).and([capacity("inloop", 25, 1)]);
    assert_eq!(story.site("inloop").confirmed_at, Some(evening()));
    let story = story.and([confirm("inloop")]);
    assert_eq!(story.site("inloop").confirmed_at, Some(story.now));
}

#[test]
fn people_may_be_counted_before_anybody_set_a_capacity() {
    let story = given([register("inloop", Kind::Dagopvang), count("inloop", Count::Present(4))]);
    assert_eq!((story.figures("inloop").free(), story.figures("inloop").over()), (0, 4));
}

#[test]
fn a_capacity_cannot_be_lowered_below_the_people_who_are_in() {
    let story = counted(12);
    let refusal = story.when(capacity("inloop", 15, 4)).then_refused("IN_USE");
    assert_eq!(refusal, Refusal::Site(SiteRefusal::InUse { places: Vec::new(), people: 12 }));
    let story = story.and([capacity("inloop", 15, 3)]);
    assert_eq!(story.figures("inloop").free(), 0);
}

#[test]
fn a_location_that_is_over_its_capacity_may_still_be_given_more() {
    let story = counted(30);
    story.when(capacity("inloop", 19, 0)).then_refused("IN_USE");
    assert_eq!(story.and([capacity("inloop", 25, 0)]).figures("inloop").over(), 5);
}

#[test]
fn no_more_is_unavailable_than_there_is() {
    assert!(Capacity::parse(4, 5).is_err());
    assert_eq!(Capacity::parse(4, 4).map(|it| it.figures(Kind::Dagopvang, 0, 0).actual()), Ok(0));
}

#[test]
fn what_winteropvang_offers_is_counted_apart() {
    let story = given([register_heads("winter", Kind::Winteropvang), open_surge(), capacity("winter", 20, 4)])
        .and([count("winter", Count::Present(5))]);
    let expected = Figures { surge: 20, unavailable: 4, occupied: 5, ..Figures::default() };
    assert_eq!((story.figures("winter"), expected.actual(), expected.free()), (expected, 16, 11));
    let story = story.later(minutes(10));
    let story = story.and([stand("winter", story.now, 6)]);
    assert_eq!(story.figures("winter"), Figures { surge: 20, occupied: 6, ..Figures::default() });
}

#[test]
fn a_stand_becomes_the_count_with_the_date_it_is_true_for() {
    let as_of = moment("2024-05-06T04:00:00Z");
    let story = given([register("inloop", Kind::Dagopvang), stand("inloop", as_of, 17)]);
    let site = story.site("inloop");
    assert_eq!((site.as_of, site.confirmed_at), (as_of, Some(as_of)));
    assert_eq!((occupied(&story), story.figures("inloop").free()), (17, 3));
    assert_eq!(site.age(story.now), Age::Stale);
}

#[test]
fn a_stand_may_count_more_people_than_places() {
    let story = given([register("inloop", Kind::Dagopvang), stand("inloop", evening(), 23)]);
    assert_eq!(story.figures("inloop").over(), 3);
}

#[test]
fn a_stand_older_than_what_is_known_is_history_and_changes_nothing_now() {
    let story = inloop().and([stand("inloop", evening() - minutes(DAY), 17)]);
    let before = story.site("inloop").clone();
    let story = story.and([stand("inloop", evening() - minutes(2 * DAY), 3)]);
    let site = story.site("inloop");
    assert_eq!((site.count, site.as_of, site.confirmed_at), (before.count, before.as_of, before.confirmed_at));
    assert_eq!(site.version, before.version + 1);
    let old = story.state.stand(&site.id, evening() - minutes(2 * DAY)).unwrap();
    assert_eq!((old.occupied, old.version), (3, site.version));
}

#[test]
fn a_stand_of_before_the_last_count_is_history_too() {
    let story = counted(9).later(minutes(60)).and([stand("inloop", evening() - minutes(1), 2)]);
    assert_eq!(occupied(&story), 9);
    let story = story.and([stand("inloop", evening() + minutes(1), 4)]);
    assert_eq!(occupied(&story), 4);
}

#[test]
fn exactly_the_same_stand_again_changes_nothing() {
    let story = inloop().and([stand("inloop", evening(), 17), stand("inloop", evening() - minutes(DAY), 3)]);
    for again in [stand("inloop", evening(), 17), stand("inloop", evening() - minutes(DAY), 3)] {
        story.when(again.clone()).then_events(0);
        assert_eq!(story.when(again).then_answers(), Answer::Stand { changed: false });
    }
}

#[test]
fn the_same_stand_again_does_not_undo_a_capacity_that_was_set_since() {
    let story = inloop().and([stand("inloop", evening(), 3), capacity("inloop", 30, 0), stand("inloop", evening(), 3)]);
    assert_eq!(story.figures("inloop").free(), 27);
}

#[test]
fn another_stand_for_the_same_moment_is_a_correction() {
    let story = inloop().and([stand("inloop", evening(), 17)]);
    let version = story.site("inloop").version;
    assert_eq!(story.when(stand("inloop", evening(), 16)).then_answers(), Answer::Stand { changed: true });
    let story = story.and([stand("inloop", evening(), 16)]);
    assert_eq!((occupied(&story), story.site("inloop").version), (16, version + 1));
    story.when(stand("inloop", evening(), 17)).then_events(1);
}

#[test]
fn a_stand_lies_at_most_a_minute_in_the_future() {
    let story = inloop();
    story.when(stand("inloop", evening() + minutes(1), 1)).then_done();
    story
        .when(stand("inloop", evening() + minutes(1) + jiff::SignedDuration::from_micros(1), 1))
        .then_refused("IN_FUTURE");
}

#[test]
fn every_date_is_a_stream_of_its_own_and_no_location_can_have_its_name() {
    let events = inloop().when(stand("inloop", evening(), 1)).then_events(1);
    assert_eq!(events[0].stream(), "inloop@1770145200000000");
    assert!(model::id::LocationId::parse(events[0].stream()).is_err());
}

/// An inloop that is open every day from nine to an hour.
fn open_until(hour: u32) -> Profile {
    let windows = (1..=7).map(|day| Window::parse(day, 9 * 60, hour * 60).unwrap());
    Profile { intake_windows: windows.collect(), ..profile(Kind::Dagopvang) }
}

fn hours_become(profile: Profile) -> Command {
    Command::Site(SiteCommand::Change { location: location("inloop"), profile })
}

#[test]
fn other_opening_hours_move_the_moment_at_which_a_day_shelter_is_empty() {
    let at = |time: &str| moment(&format!("2026-02-03T{time}:00+01:00"));
    let open = given([register_as("inloop", open_until(17)), capacity("inloop", 20, 0)]).at(at("14:00"));
    let story = open.and([count("inloop", Count::Present(9))]);
    assert_eq!(story.state.next_due(), Some(at("17:00")));
    let earlier = story.and([hours_become(open_until(16))]);
    assert_eq!(earlier.state.next_due(), Some(at("16:00")));
    assert_eq!(occupied(&earlier.at(at("16:00")).and([Command::Tick])), 0);
    let half_past_four = story.at(at("16:30"));
    let closed_already = half_past_four.and([hours_become(open_until(16))]);
    assert_eq!(closed_already.state.next_due(), Some(at("16:30")), "not tomorrow");
    let due = story.at(at("17:00"));
    due.when(hours_become(open_until(19))).then_events(1);
    let later = story.and([hours_become(open_until(19))]).at(at("17:00")).and([Command::Tick]);
    assert_eq!((occupied(&later), later.state.next_due()), (9, Some(at("19:00"))));
    let never = story.and([hours_become(profile(Kind::Dagopvang))]);
    assert_eq!((occupied(&never), never.state.next_due()), (9, None));
    assert_eq!(never.and([hours_become(open_until(17))]).state.next_due(), Some(at("17:00")));
    assert_eq!(open.and([hours_become(open_until(16))]).state.next_due(), None, "nobody is in");
    story.when(hours_become(Profile { name: "Anders".into(), ..open_until(17) })).then_events(1);
}
