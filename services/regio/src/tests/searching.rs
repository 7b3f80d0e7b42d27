//! Finding: what fits comes first and in a fixed order, near misses say why, confidential kinds are a number.

use model::criteria::Needs;
use model::geo::Coordinates;
use proptest::prelude::*;
use proto::availability::v1::{self as wire, AvailabilityReported, Kind};
use proto::regio::v1::FindPlacesResponse;

use super::{empty, location, message, now, read, region};
use crate::aggregator::taken;
use crate::find::{Wish, find};

fn found(reports: &[AvailabilityReported], needs: Needs) -> FindPlacesResponse {
    found_most(reports, needs, 10)
}

fn found_most(reports: &[AvailabilityReported], needs: Needs, limit: usize) -> FindPlacesResponse {
    let messages: Vec<_> = reports.iter().zip(1..).map(|(report, sequence)| message(report, sequence)).collect();
    let (shown, changes) = taken(&empty(), read(&messages), None, 0);
    assert!(changes.parked.is_empty(), "{:?}", changes.parked);
    let from = Some(Coordinates { latitude: 52.37, longitude: 5.22 });
    let wish = Wish { needs, from, gemeente: None, kinds: Vec::new(), at: now(), limit };
    find(&shown.board, &wish, region(), now())
}

fn at(id: &str, position: u64, latitude: f64) -> AvailabilityReported {
    let coordinates = Some(wire::Coordinates { latitude, longitude: 5.22 });
    AvailabilityReported { coordinates, ..location(id, position, 1, &["kamer-1"]) }
}

fn ids(found: &FindPlacesResponse) -> Vec<&str> {
    found.places.iter().map(|place| place.location_id.as_str()).collect()
}

#[test]
fn the_nearest_comes_first_and_a_stale_stand_last() {
    let old = Some(model::wire::time_out("2026-11-22T01:00:00Z".parse().unwrap()));
    let stale = AvailabilityReported { confirmed_at: old, ..at("verouderd", 1, 52.37) };
    let never = AvailabilityReported { confirmed_at: None, figures: None, ..at("nooit", 2, 52.38) };
    let found = found(&[stale, never, at("ver", 3, 52.9), at("dichtbij", 4, 52.40)], Needs::default());
    assert_eq!(ids(&found), ["dichtbij", "ver", "verouderd", "nooit"]);
    assert_eq!(found.places[2].age(), wire::Age::Stale);
    assert_eq!(found.places[3].age(), wire::Age::Unknown);
}

#[test]
fn a_near_miss_says_the_one_criterion_that_fails_and_two_are_no_near_miss() {
    let needs = Needs { pet: true, ..Needs::default() };
    let one = found(&[at("huis", 1, 52.37)], needs.clone());
    assert!(one.places.is_empty());
    assert_eq!((one.near_misses.len(), one.near_misses[0].reason.as_str()), (1, "PET"));
    let two = found(&[at("huis", 1, 52.37)], Needs { wheelchair: true, ..needs });
    assert!(two.places.is_empty() && two.near_misses.is_empty());
}

#[test]
fn a_confidential_kind_is_a_count_and_a_number_to_call() {
    let secret = AvailabilityReported {
        kind: Kind::Vrouwenopvang.into(),
        gemeente: "regio".to_owned(),
        offers: Vec::new(),
        coordinates: None,
        phone: "000-1".to_owned(),
        ..location("x1", 1, 1, &["a", "b"])
    };
    let found = found(std::slice::from_ref(&secret), Needs::default());
    assert!(found.places.is_empty() && found.near_misses.is_empty());
    assert_eq!((found.counts.len(), found.counts[0].free, found.counts[0].phone.as_str()), (1, 2, "000-1"));
    let old = Some(model::wire::time_out("2026-11-22T01:00:00Z".parse().unwrap()));
    let stale = AvailabilityReported { confirmed_at: old, ..secret };
    let count = found_most(&[stale], Needs::default(), 10).counts[0].clone();
    assert_eq!((count.free, count.must_call), (0, 1), "not known is not zero");
}

#[test]
fn where_people_are_counted_there_is_room_for_anybody_as_long_as_there_is_any() {
    let heads = |occupied| AvailabilityReported {
        kind: Kind::Winteropvang.into(),
        offers: Vec::new(),
        figures: Some(wire::Figures { funded: 20, occupied, actual: 20, ..wire::Figures::default() }),
        ..location("winter", 1, 1, &["a"])
    };
    let needs = Needs { age: Some(40), pet: true, ..Needs::default() };
    let room = found(&[heads(12)], needs.clone());
    let place = &room.places[0];
    assert_eq!((place.location_id.as_str(), place.place_id.as_str(), place.alike), ("winter", "", 8));
    assert!(found(&[heads(20)], needs.clone()).places.is_empty());
    let by_day = AvailabilityReported { kind: Kind::Dagopvang.into(), ..heads(12) };
    assert!(found(&[by_day], needs).places.is_empty(), "nobody sleeps there");
}

#[test]
fn residence_is_a_preference_for_opvang_and_a_rule_for_a_logeerplek() {
    let only = |kind: Kind, position| {
        let mut report = AvailabilityReported {
            kind: kind.into(),
            ..location(kind.as_str_name().split('_').nth(1).unwrap(), position, 1, &["a"])
        };
        report.location_id = report.location_id.to_lowercase();
        report.offers[0].criteria = Some(wire::Criteria { residence: vec!["gm0303".to_owned()], ..Default::default() });
        report
    };
    let found = found(&[only(Kind::Nachtopvang, 1), only(Kind::Logeerplek, 2)], Needs::default());
    assert_eq!(ids(&found), ["nachtopvang"]);
    assert!(found.places[0].why.iter().any(|why| why.contains("gaan voor")));
    assert_eq!(found.near_misses[0].reason, "RESIDENCE");
}

#[test]
fn a_closed_door_is_a_near_miss() {
    let monday_by_day = wire::IntakeWindow { weekday: 1, from_minute: 540, until_minute: 1020 };
    let report = AvailabilityReported { intake_windows: vec![monday_by_day], ..at("huis", 1, 52.37) };
    let found = found(&[report], Needs::default());
    assert_eq!(found.near_misses[0].reason, "INTAKE_CLOSED");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// However few are asked for, they are the first of all there are.
    #[test]
    fn a_short_answer_is_the_beginning_of_a_long_one(
        places in prop::collection::vec((0_u32..6, 0_u32..3, any::<bool>()), 1..40),
        limit in 1_usize..12,
    ) {
        let reports: Vec<_> = places.iter().zip(1..).map(|((north, minutes, stale), position)| {
            let confirmed = now().saturating_sub(jiff::SignedDuration::from_hours(if *stale { 20 } else { 1 })).unwrap();
            let mut report = at(&format!("huis-{position}"), position, 52.3 + f64::from(*north) / 10.0);
            report.confirmed_at = Some(model::wire::time_out(confirmed));
            let free_since = now().saturating_sub(jiff::SignedDuration::from_mins((*minutes).into())).unwrap();
            report.offers[0].free_since = Some(model::wire::time_out(free_since));
            let pets = wire::Criteria { pets: true, ..Default::default() };
            report.offers.push(wire::Offer { criteria: Some(pets), ..report.offers[0].clone() });
            report
        }).collect();
        for pet in [false, true] {
            let needs = Needs { pet, ..Needs::default() };
            let (all, few) = (found_most(&reports, needs.clone(), 1_000), found_most(&reports, needs, limit));
            prop_assert!(all.places.len() + all.near_misses.len() == 2 * places.len());
            prop_assert_eq!(&few.places[..], &all.places[..limit.min(all.places.len())]);
            prop_assert_eq!(&few.near_misses[..], &all.near_misses[..limit.min(all.near_misses.len())]);
        }
    }
}
