//! Every kind of facility with the rules it brings along.

use model::kind::{Counting, Kind, Owner};
use model::profile::Profile;
use model::site::SiteCommand;

use super::given::{
    add, add_for, anybody, bulk, capacity, check_in, confirm, count, evening, given, given_places, location, moment,
    nobody_said, open_surge, place, profile, register, register_heads, reserve, stand,
};
use crate::domain::{Command, Count, Setting};

fn ours() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| kind.rules().owner == Owner::Opvang)
}

#[test]
fn every_kind_but_the_logeerplek_takes_people_here() {
    for kind in ours() {
        let story = given([register("huis", kind)]);
        match kind.rules().counting {
            Counting::Headcount => story.and([count("huis", Count::Present(1))]),
            Counting::Places => story.and([add("huis", "k-1"), bulk([("k-1", Setting::Occupied)])]),
        };
    }
}

#[test]
fn a_location_that_counts_places_counts_no_people() {
    let story = given_places(["k-1"]);
    story.when(count("huis", Count::Present(1))).then_refused("COUNTS_PLACES");
    story.when(capacity("huis", 1, 0)).then_refused("COUNTS_PLACES");
    story.when(stand("huis", evening(), 1)).then_refused("COUNTS_PLACES");
}

#[test]
fn a_location_that_counts_people_has_no_places() {
    for kind in [Kind::Dagopvang, Kind::Nachtopvang, Kind::Vrouwenopvang] {
        let story = given([register_heads("huis", kind)]);
        let stay = model::id::UserId::parse("s-1").unwrap();
        story.when(add("huis", "k-1")).then_refused("COUNTS_PEOPLE");
        story.when(check_in("k-1", nobody_said())).then_refused("COUNTS_PEOPLE");
        story.when(reserve("k-1", nobody_said())).then_refused("COUNTS_PEOPLE");
        story.when(super::given::cancel(&stay)).then_refused("COUNTS_PEOPLE");
        story.when(super::given::check_out(&stay)).then_refused("COUNTS_PEOPLE");
        story.when(super::given::move_to(&stay, "k-1")).then_refused("COUNTS_PEOPLE");
        story.when(bulk([("k-1", Setting::Free)])).then_refused("COUNTS_PEOPLE");
    }
}

#[test]
fn a_confidential_location_gets_an_opaque_id_and_every_other_keeps_its_own() {
    for kind in ours() {
        let story = given([register("oranje-huis", kind)]);
        let public_id = story.site("oranje-huis").public_id.as_str();
        assert_eq!(public_id == "oranje-huis", !kind.is_confidential(), "{kind:?}");
        assert!(!kind.is_confidential() || !public_id.contains("oranje"));
    }
}

#[test]
fn two_confidential_locations_have_two_opaque_ids() {
    let story = given([register("een", Kind::Vrouwenopvang), register("twee", Kind::Vrouwenopvang)]);
    assert_ne!(story.site("een").public_id, story.site("twee").public_id);
}

#[test]
fn a_location_of_another_region_is_refused() {
    let gemeente = super::given::gemeente("gm0141");
    let elsewhere = Profile { gemeente, ..profile(Kind::Nachtopvang) };
    given([]).when(super::given::register_as("huis", elsewhere)).then_refused("UNKNOWN_GEMEENTE");
}

#[test]
fn a_change_of_a_location_never_changes_how_it_counts() {
    let change = |kind| {
        Command::Site(SiteCommand::Change {
            location: location("huis"),
            profile: Profile { name: "Nieuw".into(), ..profile(kind) },
        })
    };
    let story = given([register_heads("huis", Kind::Nachtopvang)]).and([change(Kind::Nachtopvang)]);
    let after = &story.site("huis").profile;
    assert_eq!((after.counting, &*after.name), (Counting::Headcount, "Nieuw"));
    story.when(change(Kind::Crisisopvang)).then_refused("FIXED");
}

#[test]
fn a_longer_longest_stay_counts_for_who_comes_in_from_now_on() {
    let story = given([register("huis", Kind::Crisisopvang), add("huis", "k-1"), add("huis", "k-2")])
        .and([check_in("k-1", nobody_said())]);
    let profile = Profile { max_stay_days: Some(1), ..profile(Kind::Crisisopvang) };
    let change = Command::Site(SiteCommand::Change { location: location("huis"), profile });
    let story = story.and([change, check_in("k-2", nobody_said())]);
    let until = |id: &str| story.state.stay(&story.stay_in(id)).unwrap().until;
    assert_eq!(until("k-1"), Some(moment("2026-03-03T12:00:00+01:00")));
    assert_eq!(until("k-2"), Some(moment("2026-02-04T12:00:00+01:00")));
}

#[test]
fn a_unit_for_families_must_say_how_large_a_household_may_be() {
    for kind in [Kind::Gezinsopvang, Kind::MoGezinswoning] {
        let story = given([register("huis", kind)]);
        story.when(add_for("huis", "k-1", "unit", anybody())).then_refused("NEEDS_HOUSEHOLD_SIZE");
    }
}

#[test]
fn the_crisisplek_of_woonstart_is_a_pool_of_its_own() {
    let story = given([register("huis", Kind::Woonstart), confirm("huis")])
        .and([add_for("huis", "k-1", "kamer", anybody()), add_for("huis", "k-2", "crisisplek", anybody())]);
    let told = super::given::needing(model::criteria::Needs { age: Some(19), ..Default::default() });
    let story = story.and([super::given::check_in_pool("crisisplek", told.clone())]);
    assert!(story.site("huis").place(&place("k-1")).unwrap().is_free());
    story.when(super::given::check_in_pool("crisisplek", told)).then_refused("FULL");
}

#[test]
fn the_places_of_winteropvang_are_counted_apart() {
    let story = given([register("huis", Kind::Winteropvang), open_surge(), confirm("huis")])
        .and([add("huis", "k-1"), add("huis", "k-2")])
        .and([check_in("k-1", nobody_said())]);
    let figures = story.figures("huis");
    assert_eq!((figures.funded, figures.surge, figures.occupied, figures.free()), (0, 2, 1, 1));
}
