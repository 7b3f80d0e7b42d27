//! Which place is the best: one that fits at a location nobody has to call about, then the nearest, then the one
//! that is free longest. Ids break ties, so that everybody sees the same order.

use model::criteria::{Criteria, Needs};
use model::geo::Coordinates;
use model::kind::Kind;
use model::stay::Destination;

use super::given::{
    Story, anybody, claim, claim_best, claim_best_for, claim_of, client, confirm, gemeente, given, house, kept_for,
};
use crate::domain::{Command, Prevented, Search};

#[track_caller]
fn best(story: Story) -> (String, String) {
    let story = story.when(claim_best("anna")).then(["claimed"]);
    let (location, place) = story.offered("anna");
    (location.to_owned(), place.to_owned())
}

fn at(location: &str, place: &str) -> (String, String) {
    (location.to_owned(), place.to_owned())
}

#[test]
fn the_nearest_is_best() {
    let houses = [house("a-ver", ["k1"]).km_away(9.0), house("z-dichtbij", ["k1"]).km_away(3.0)];
    assert_eq!(best(given(houses)), at("z-dichtbij", "k1"));
}

#[test]
fn the_nearest_to_where_the_client_is_not_to_the_gemeente() {
    let story = given([house("zuid", ["k1"]), house("noord", ["k1"]).km_away(9.0)]);
    let from = Some(Coordinates::parse(52.44, 5.22).unwrap());
    let search = Search { from, gemeente: Some(gemeente("gm0034")), pools: Vec::new() };
    let best = Command::ClaimBest { client: client("anna"), needs: anybody(), search, hold_minutes: None };
    assert_eq!(story.and(best).offered("anna"), ("noord", "k1"));
}

#[test]
fn a_location_whose_distance_is_unknown_comes_last() {
    let mut unknown = house("a-onbekend", ["k1"]);
    unknown.profile.coordinates = None;
    assert_eq!(best(given([unknown, house("ver", ["k1"]).km_away(80.0)])), at("ver", "k1"));
}

#[test]
fn of_two_as_near_the_one_that_is_free_longest_is_best() {
    let story = given([house("een", ["k1"]), house("twee", ["k1"])]);
    let story = story.and(kept_for(5, claim("een", "k1", "bram"))).after(5);
    assert_eq!(best(story), at("twee", "k1"), "the place of een is free since the no-show");
}

#[test]
fn within_a_location_the_place_that_is_free_longest_is_best() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "bram"));
    let story = story.and(Command::Arrive { claim: claim_of("bram"), seen_at: None }).later(60);
    let (destination, prevented) = (Destination::Onbekend, Prevented::Onbekend);
    let story = story.and(Command::CheckOut { claim: claim_of("bram"), destination, prevented });
    assert_eq!(best(story), at("huis", "k2"));
}

#[test]
fn nearness_counts_before_how_long_a_place_is_free() {
    let story = given([house("dichtbij", ["k1"]).km_away(1.0), house("verder", ["k1"]).km_away(2.0)]);
    let story = story.and(kept_for(5, claim("dichtbij", "k1", "bram"))).after(5);
    assert_eq!(best(story), at("dichtbij", "k1"));
}

#[test]
fn of_equals_the_first_by_name_is_best() {
    assert_eq!(best(given([house("b", ["k1"]), house("a", ["k2", "k1"])])), at("a", "k1"));
}

#[test]
fn a_stale_location_is_never_the_best_however_near() {
    let mut stale = house("dichtbij", ["k1"]);
    stale.profile.freshness_goal_minutes = 60;
    let story = given([stale, house("ver", ["k1"]).km_away(40.0)]).later(60);
    assert_eq!(best(story.clone()), at("ver", "k1"));
    assert_eq!(best(story.and(confirm("dichtbij"))), at("dichtbij", "k1"), "after klopt nog it is");
}

#[test]
fn an_older_stand_is_not_worse_while_it_may_be_believed() {
    let story = given([house("dichtbij", ["k1"]).km_away(1.0), house("verder", ["k1"]).km_away(2.0)]);
    let story = story.later(200).and(confirm("verder"));
    assert_eq!(best(story), at("dichtbij", "k1"));
}

#[test]
fn only_stale_locations_is_nothing_at_all() {
    let story = given([house("een", ["k1"]), house("twee", ["k1"])]).later(480);
    assert_eq!(story.when(claim_best("anna")).then(["demand_unmet"]).state.unmet(), 1);
}

#[test]
fn the_best_place_of_a_location_is_one_that_fits() {
    let house = house("huis", ["a1"]).with_place("z9", "ambulant", Criteria { pets: true, ..Criteria::default() });
    let story = given([house]).and(claim_best_for(Needs { pet: true, ..anybody() }, "anna"));
    assert_eq!(story.offered("anna"), ("huis", "z9"));
}

#[test]
fn a_farther_place_that_fits_is_better_than_a_nearer_that_does_not() {
    let far = house("ver", ["k1"]).km_away(30.0).takes(Criteria { wheelchair: true, ..Criteria::default() });
    let wheelchair = Needs { wheelchair: true, ..anybody() };
    let story = given([house("dichtbij", ["k1"]), far]).and(claim_best_for(wheelchair, "anna"));
    assert_eq!(story.offered("anna"), ("ver", "k1"));
}

#[test]
fn a_full_location_is_passed_over() {
    let story = given([house("dichtbij", ["k1"]), house("ver", ["k1"]).km_away(30.0)]);
    assert_eq!(best(story.and(claim("dichtbij", "k1", "bram"))), at("ver", "k1"));
}

#[test]
fn residence_elsewhere_does_not_keep_an_open_kind_from_being_the_best() {
    let mut open = house("open", ["k1"]);
    open.profile.kind = Kind::BeschermdWonen;
    open.profile.criteria.residence = vec![gemeente("gm0303")];
    assert_eq!(best(given([open])), at("open", "k1"));
}
