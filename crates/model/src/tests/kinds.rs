//! The kinds of facility and what each asks, and that every word of the wire has one word in the model.

use std::collections::BTreeSet;

use proto::availability::v1 as wire;

use super::given::{
    add, given, given_places, location, noon, occupy, place, place_profile, pool, profile, register, take_out,
};
use crate::criteria::{Criteria, Needs, Sex};
use crate::freshness::Age;
use crate::kind::{Counting, Kind};
use crate::place::PlaceState;
use crate::profile::{PlaceProfile, Profile};
use crate::refusal::Invalid;
use crate::sealed::Sealed;
use crate::site::{SiteCommand, SiteEvent, SiteRefusal};
use crate::wire::{
    Extra, age_out, criteria_in, criteria_out, kind_in, kind_out, needs_in, place_out, policy_out, profile_in,
    profile_out,
};

/// What a service makes of a profile that comes in over the wire.
fn received(kind: Kind, extra: Extra) -> Result<Profile, Invalid> {
    profile_in(profile_out(&profile(kind)), |_| true, extra)
}

fn stay(max_stay_days: u32) -> Extra {
    Extra { counting: None, max_stay_days }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Invalid>, field: &str) {
    assert_eq!(result.unwrap_err().field, field);
}

#[test]
fn every_kind_has_a_name_of_its_own() {
    let names: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.rules().name).collect();
    assert_eq!(names.len(), Kind::ALL.len());
    assert!(!names.contains(""));
}

#[test]
fn the_stored_name_of_a_kind_never_changes() {
    let stored = Kind::ALL.map(|kind| serde_json::to_value(kind).unwrap());
    let names = [
        "logeerplek",
        "nachtopvang",
        "dagopvang",
        "gezinsopvang",
        "mo_gezinswoning",
        "crisisopvang",
        "vrouwenopvang",
        "time_out_pleger",
        "beschermd_wonen",
        "beschut_wonen",
        "gewoon_thuis",
        "woonstart",
        "winteropvang",
        "housing_first",
        "nachtdienst",
    ];
    assert_eq!(stored.to_vec(), names);
}

#[test]
fn the_stored_name_of_an_event_never_changes_and_each_is_told_by_a_word_of_its_own() {
    let (at, id) = (location("huis"), place("k-1"));
    let kind: std::sync::Arc<Profile> = profile(Kind::Logeerplek).into();
    let room: std::sync::Arc<PlaceProfile> = place_profile("ambulant").into();
    let reason = Sealed::fixed("lekkage");
    let events = [
        SiteEvent::Registered { location: at.clone(), public_id: at.clone(), profile: kind.clone() },
        SiteEvent::Changed { location: at.clone(), profile: kind },
        SiteEvent::Retired { location: at.clone() },
        SiteEvent::PlaceAdded { location: at.clone(), place: id.clone(), profile: room.clone() },
        SiteEvent::PlaceChanged { location: at.clone(), place: id.clone(), profile: room },
        SiteEvent::PlaceRetired { location: at.clone(), place: id.clone() },
        SiteEvent::TakenOut { location: at.clone(), place: id.clone(), reason, until: Some(noon()) },
        SiteEvent::Returned { location: at.clone(), place: id },
        SiteEvent::Confirmed { location: at.clone() },
    ];
    let name = |event: &SiteEvent| {
        let stored = serde_json::to_value(event).unwrap();
        stored.as_object().unwrap().keys().next().unwrap().clone()
    };
    let names = ["registered", "changed", "retired", "place_added", "place_changed", "place_retired"];
    let also = ["taken_out", "returned", "confirmed"];
    assert_eq!(events.iter().map(name).collect::<Vec<_>>(), [&names[..], &also].concat());
    let words: BTreeSet<i32> = events.iter().map(|event| event.happening().into()).collect();
    assert_eq!(words.len(), events.len());
    assert!(events.iter().all(|event| *event.location() == at));
}

#[test]
fn dagopvang_counts_people_and_cannot_count_places() {
    let counting = |counting| Extra { counting: Some(counting), max_stay_days: 0 };
    refused(received(Kind::Dagopvang, counting(Counting::Places)), "counting");
    assert_eq!(received(Kind::Dagopvang, stay(0)).unwrap().counting, Counting::Headcount);
    given([register("inloop", Kind::Dagopvang)]).when(add("inloop", "k-1")).then_refused(SiteRefusal::CountsPeople);
}

#[test]
fn a_slot_or_a_logeerplek_cannot_count_people_and_nachtopvang_can() {
    let heads = Extra { counting: Some(Counting::Headcount), max_stay_days: 28 };
    for kind in [Kind::Logeerplek, Kind::MoGezinswoning, Kind::GewoonThuis, Kind::Woonstart, Kind::BeschutWonen] {
        refused(received(kind, heads), "counting");
    }
    assert_eq!(received(Kind::Nachtopvang, heads).unwrap().counting, Counting::Headcount);
}

#[test]
fn crisisopvang_and_beschut_wonen_must_say_how_long_a_stay_may_last() {
    for kind in [Kind::Crisisopvang, Kind::BeschutWonen] {
        refused(received(kind, stay(0)), "max_stay_days");
        assert_eq!(received(kind, stay(28)).unwrap().max_stay_days, Some(28));
    }
    assert_eq!(received(Kind::Nachtopvang, stay(0)).unwrap().max_stay_days, None);
    refused(received(Kind::Nachtopvang, stay(3651)), "max_stay_days");
}

#[test]
fn a_unit_for_families_must_say_how_large_a_household_may_be() {
    for kind in [Kind::Gezinsopvang, Kind::MoGezinswoning] {
        let vague = PlaceProfile {
            label: "Unit".into(),
            pool: pool("gezin"),
            criteria: Criteria::default(),
            also_pools: Vec::new(),
            financing: None,
        };
        let command = SiteCommand::AddPlace { location: location("huis"), place: place("k-1"), profile: vague.clone() };
        let story = given([register("huis", kind)]);
        story.when(command).then_refused(SiteRefusal::NeedsHouseholdSize);
        let change = SiteCommand::ChangePlace { location: location("huis"), place: place("k-1"), profile: vague };
        story.and([add("huis", "k-1")]).when(change).then_refused(SiteRefusal::NeedsHouseholdSize);
    }
}

#[test]
fn woonstart_is_for_17_to_27_and_a_location_may_narrow_that() {
    let with = |min_age, max_age| {
        let raw = wire::Criteria { min_age, max_age, ..wire::Criteria::default() };
        let raw = wire::LocationProfile { criteria: Some(raw), ..profile_out(&profile(Kind::Woonstart)) };
        profile_in(raw, |_| true, Extra::default()).map(|profile| (profile.criteria.min_age, profile.criteria.max_age))
    };
    assert_eq!(with(0, 0), Ok((Some(17), Some(27))));
    assert_eq!(with(18, 23), Ok((Some(18), Some(23))));
    assert_eq!(with(12, 99), Ok((Some(17), Some(27))));
}

#[test]
fn a_woonstart_that_nobody_can_fit_is_refused() {
    let raw = wire::Criteria { min_age: 30, ..wire::Criteria::default() };
    let raw = wire::LocationProfile { criteria: Some(raw), ..profile_out(&profile(Kind::Woonstart)) };
    assert!(profile_in(raw, |_| true, Extra::default()).is_err());
}

#[test]
fn limits_that_nobody_can_fit_are_refused() {
    refused(criteria_in(wire::Criteria { min_age: 30, max_age: 20, ..wire::Criteria::default() }), "max_age");
    refused(
        criteria_in(wire::Criteria { min_household: 5, max_household: 2, ..wire::Criteria::default() }),
        "max_household",
    );
}

#[test]
fn a_goal_of_zero_is_the_goal_of_the_kind() {
    let with = |kind, freshness_goal_minutes| {
        let raw = wire::LocationProfile { freshness_goal_minutes, ..profile_out(&profile(kind)) };
        profile_in(raw, |_| true, stay(1)).map(|profile| profile.freshness_goal_minutes)
    };
    assert_eq!(with(Kind::Nachtopvang, 0), Ok(240));
    assert_eq!(with(Kind::Logeerplek, 0), Ok(480));
    assert_eq!(with(Kind::Logeerplek, 10_080), Ok(10_080));
    refused(with(Kind::Logeerplek, 10_081), "freshness_goal_minutes");
}

#[test]
fn only_a_logeerplek_may_refuse_somebody_for_living_elsewhere() {
    let refusing: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| kind.rules().residence_refuses).collect();
    assert_eq!(refusing, [Kind::Logeerplek]);
}

#[test]
fn every_kind_of_the_wire_is_a_kind_of_the_model_and_unspecified_is_none() {
    let known: Vec<wire::Kind> = (0..100).filter_map(|number| wire::Kind::try_from(number).ok()).collect();
    assert_eq!(known.len(), Kind::ALL.len() + 1);
    for raw in known {
        assert_eq!(kind_in(raw).map(kind_out), Some(raw).filter(|raw| *raw != wire::Kind::Unspecified));
    }
    assert!(Kind::ALL.into_iter().all(|kind| kind_in(kind_out(kind)) == Some(kind)));
}

#[test]
fn a_kind_that_is_not_set_not_known_or_not_of_the_service_is_refused() {
    let with = |kind| wire::LocationProfile { kind, ..profile_out(&profile(Kind::Logeerplek)) };
    refused(profile_in(with(0), |_| true, Extra::default()), "kind");
    refused(profile_in(with(99), |_| true, Extra::default()), "kind");
    refused(profile_in(with(1), |kind| kind != Kind::Logeerplek, Extra::default()), "kind");
}

#[test]
fn a_profile_goes_over_the_wire_and_back_unchanged() {
    for kind in Kind::ALL {
        let before = Profile { max_stay_days: Some(28), ..received(kind, stay(28)).unwrap() };
        let back = profile_in(profile_out(&before), |_| true, stay(28));
        assert_eq!(back, Ok(before));
    }
}

#[test]
fn every_claim_policy_goes_over_the_wire_and_back_and_unspecified_is_direct() {
    for number in 0..=2 {
        let raw = wire::LocationProfile { claim_policy: number, ..profile_out(&profile(Kind::Logeerplek)) };
        let policy = profile_in(raw, |_| true, Extra::default()).unwrap().claim_policy;
        assert_eq!(i32::from(policy_out(policy)), number.max(1));
    }
    assert!(wire::ClaimPolicy::try_from(3).is_err(), "a new policy needs a test");
}

#[test]
fn every_sex_goes_over_the_wire_and_back_and_unspecified_is_no_restriction() {
    let expected = [None, Some(Sex::Female), Some(Sex::Male), Some(Sex::Other)];
    for (number, sex) in (0..).zip(expected) {
        let criteria = criteria_in(wire::Criteria { sex: number, ..wire::Criteria::default() }).unwrap();
        assert_eq!((criteria.sex, criteria_out(&criteria).sex), (sex, number));
        assert_eq!(needs_in(Some(wire::Needs { sex: number, ..wire::Needs::default() })).unwrap().sex, sex);
    }
    assert!(wire::Sex::try_from(4).is_err(), "a new sex needs a test");
}

#[test]
fn every_target_group_goes_over_the_wire_and_back_and_unspecified_is_refused() {
    let all: Vec<i32> = (1..100).filter(|number| wire::TargetGroup::try_from(*number).is_ok()).collect();
    assert_eq!(all.len(), 7);
    let criteria = criteria_in(wire::Criteria { target_groups: all.clone(), ..wire::Criteria::default() }).unwrap();
    assert_eq!(criteria_out(&criteria).target_groups, all);
    let needs = needs_in(Some(wire::Needs { target_groups: all, ..wire::Needs::default() })).unwrap();
    assert_eq!(needs.target_groups, criteria.target_groups);
    refused(criteria_in(wire::Criteria { target_groups: vec![0], ..wire::Criteria::default() }), "target_groups");
}

#[test]
fn a_restriction_this_version_does_not_know_is_refused_and_not_dropped() {
    refused(criteria_in(wire::Criteria { target_groups: vec![99], ..wire::Criteria::default() }), "target_groups");
    refused(criteria_in(wire::Criteria { sex: 99, ..wire::Criteria::default() }), "sex");
}

#[test]
fn every_age_has_a_word_of_its_own_and_none_is_unspecified() {
    let words = [Age::Current, Age::Older, Age::Stale, Age::Unknown].map(|age| i32::from(age_out(age)));
    assert_eq!(words, [1, 2, 3, 4]);
    assert!(wire::Age::try_from(5).is_err(), "a new age needs a test");
}

#[test]
fn every_state_of_a_place_is_told_with_who_and_why_only_where_it_has_them() {
    let story = given_places(["k-1", "k-2", "k-3", "k-4"])
        .moved("k-2", &super::given::hold("u-2"))
        .moved("k-3", &occupy("u-3"))
        .and([take_out("huis", "k-4")]);
    let told = |id: &str| {
        let said =
            place_out(&story.site("huis").places[&place(id)], &|text| text.plain().unwrap_or_default().to_owned());
        (said.status(), said.user_id, said.out_of_service_reason)
    };
    let text = str::to_owned;
    assert_eq!(told("k-1"), (wire::PlaceStatus::Free, text(""), text("")));
    assert_eq!(told("k-2"), (wire::PlaceStatus::Held, text("u-2"), text("")));
    assert_eq!(told("k-3"), (wire::PlaceStatus::Occupied, text("u-3"), text("")));
    assert_eq!(told("k-4"), (wire::PlaceStatus::OutOfService, text(""), text("lekkage")));
}

#[test]
fn every_state_of_a_place_survives_the_log() {
    let by = super::given::user("u-1");
    let reason = Sealed::fixed("lekkage");
    for state in [
        PlaceState::Free,
        PlaceState::Held { by: by.clone(), until: Some(noon()) },
        PlaceState::Occupied { by, until: None },
        PlaceState::OutOfService { reason, until: Some(noon()) },
    ] {
        let stored = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<PlaceState>(&stored).unwrap(), state);
    }
}

#[test]
fn needs_that_cannot_be_are_refused_by_the_name_of_the_field() {
    let needs = |raw: wire::Needs| needs_in(Some(raw));
    let none = wire::Needs::default;
    refused(needs(wire::Needs { age: Some(151), ..none() }), "needs.age");
    refused(needs(wire::Needs { nights: 366, ..none() }), "needs.nights");
    refused(needs(wire::Needs { children_ages: vec![1; 13], ..none() }), "needs.children_ages");
    refused(needs(wire::Needs { residence: "Almere".to_owned(), ..none() }), "needs.residence");
    assert_eq!(needs_in(None), Ok(Needs::default()));
}
