//! Distances as the crow flies, at home and at the ends of the earth, and the order of offers they lead to.

use jiff::SignedDuration;
use proptest::prelude::*;

use super::given::noon;
use crate::freshness::Age;
use crate::geo::Coordinates;
use crate::rank::Rank;

const HALF_ROUND_THE_EARTH_METRES: u32 = 20_015_114;

fn at(latitude: f64, longitude: f64) -> Coordinates {
    Coordinates::parse(latitude, longitude).unwrap()
}

fn almere() -> Coordinates {
    at(52.3508, 5.2647)
}

fn lelystad() -> Coordinates {
    at(52.5185, 5.4714)
}

#[test]
fn from_almere_to_lelystad_is_a_little_over_23_kilometres() {
    let metres = almere().metres_to(lelystad());
    assert!((23_200..23_500).contains(&metres), "{metres}");
}

#[test]
fn a_minute_of_latitude_is_a_nautical_mile() {
    let metres = at(52.0, 5.0).metres_to(at(52.0 + 1.0 / 60.0, 5.0));
    assert!(metres.abs_diff(1_852) <= 2, "{metres}");
}

#[test]
fn here_is_no_distance_from_here() {
    assert_eq!(almere().metres_to(almere()), 0);
}

#[test]
fn antipodes_are_half_round_the_earth() {
    assert_eq!(at(90.0, 0.0).metres_to(at(-90.0, 0.0)), HALF_ROUND_THE_EARTH_METRES);
    assert_eq!(at(0.0, 0.0).metres_to(at(0.0, 180.0)), HALF_ROUND_THE_EARTH_METRES);
    let metres = almere().metres_to(at(-52.3508, 5.2647 - 180.0));
    assert!(metres.abs_diff(HALF_ROUND_THE_EARTH_METRES) <= 1, "{metres}");
}

#[test]
fn the_date_line_is_not_a_detour() {
    let metres = at(0.0, 179.9).metres_to(at(0.0, -179.9));
    assert!((22_000..22_500).contains(&metres), "{metres}");
    assert_eq!(at(10.0, 180.0).metres_to(at(10.0, -180.0)), 0);
}

#[test]
fn what_is_not_on_earth_is_refused() {
    let nowhere = [(90.1, 0.0), (-90.1, 0.0), (0.0, 180.1), (0.0, -180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)];
    for (latitude, longitude) in nowhere {
        assert!(Coordinates::parse(latitude, longitude).is_err(), "{latitude} {longitude}");
    }
}

#[test]
fn a_place_nobody_has_to_call_about_goes_before_a_nearer_one_that_is_stale() {
    let rank = |age, metres| Rank::new(age, Some(metres), noon(), "huis", "k-1");
    assert!(rank(Age::Older, 40_000) < rank(Age::Stale, 100));
    assert!(rank(Age::Older, 40_000) < rank(Age::Unknown, 100));
    assert!(rank(Age::Older, 100) < rank(Age::Current, 200), "current and older are both fresh");
}

#[test]
fn then_comes_the_nearest_then_the_longest_free_then_the_id() {
    let rank = |metres, free_for_mins, id| {
        let free_since = noon() - SignedDuration::from_mins(free_for_mins);
        Rank::new(Age::Current, metres, free_since, "huis", id)
    };
    let order = [
        rank(Some(100), 5, "k-9"),
        rank(Some(200), 60, "k-8"),
        rank(Some(200), 5, "k-1"),
        rank(Some(200), 5, "k-2"),
        rank(None, 90, "k-3"),
    ];
    assert!(order.is_sorted());
}

fn anywhere() -> impl Strategy<Value = Coordinates> {
    (-90.0..=90.0_f64, -180.0..=180.0_f64).prop_map(|(latitude, longitude)| at(latitude, longitude))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn there_is_as_far_as_back(here in anywhere(), there in anywhere()) {
        prop_assert_eq!(here.metres_to(there), there.metres_to(here));
        prop_assert!(here.metres_to(there) <= HALF_ROUND_THE_EARTH_METRES);
    }

    #[test]
    fn no_detour_is_shorter(a in anywhere(), b in anywhere(), c in anywhere()) {
        prop_assert!(a.metres_to(c) <= a.metres_to(b) + b.metres_to(c) + 2);
    }

    #[test]
    fn the_other_side_of_the_earth_does_not_panic(here in anywhere()) {
        let there = at(-here.latitude, if here.longitude > 0.0 { here.longitude - 180.0 } else { here.longitude + 180.0 });
        prop_assert!(here.metres_to(there).abs_diff(HALF_ROUND_THE_EARTH_METRES) <= 1);
    }

    #[test]
    fn coordinates_survive_the_log_to_the_last_digit(here in anywhere()) {
        let stored = serde_json::to_string(&here).unwrap();
        prop_assert_eq!(serde_json::from_str::<Coordinates>(&stored).unwrap(), here, "stored as {}", stored);
    }
}
