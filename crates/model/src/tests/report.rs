//! What leaves a service: the whole of an open location, and of a confidential one the counts only.

use jiff::SignedDuration;
use proto::availability::v1::{AvailabilityReported, Happening};

use super::given::{
    Given, add, add_in, confirm, flevoland, gemeente, given, given_places, hold, location, noon, occupy, profile,
    register, release, take_out,
};
use crate::criteria::Criteria;
use crate::kind::Kind;
use crate::profile::PlaceProfile;
use crate::report::{WHOLE_REGION, report, subject};
use crate::site::SiteCommand;
use crate::wire::time_out;

const CONFIDENTIAL: [Kind; 2] = [Kind::Vrouwenopvang, Kind::TimeOutPleger];

fn reported(story: &Given) -> AvailabilityReported {
    report(story.site("huis"), &flevoland(), vec![Happening::Confirmed])
}

/// A location with a free, a held and a broken place, and an id in which its name can be read.
fn busy(kind: Kind) -> Given {
    given([register("huis", kind), add("huis", "k-1"), add_in("huis", "k-2", "crisisplek"), add("huis", "k-3")])
        .and([take_out("huis", "k-3")])
        .moved("k-1", &hold("u-1"))
}

#[test]
fn an_open_location_tells_everything() {
    let said = reported(&busy(Kind::Nachtopvang));
    assert_eq!(said.location_id, "huis");
    assert_eq!(said.location_name, "De Zilvermeeuw");
    assert_eq!(said.provider, "Stichting Windkracht");
    assert_eq!((said.region.as_str(), said.gemeente.as_str()), ("flevoland", "gm0034"));
    assert!(said.coordinates.is_some());
    assert_eq!(said.offers.len(), 1);
    assert_eq!(said.offers[0].place_ids, ["k-2"]);
    assert_eq!(said.pools.len(), 2);
    assert_eq!(said.happened().collect::<Vec<_>>(), [Happening::Confirmed]);
    assert!(said.fictief);
    assert!(!said.past, "the stand of a site is about now");
}

#[test]
fn a_confidential_location_tells_no_name_no_provider_no_coordinates_and_no_places() {
    for kind in CONFIDENTIAL {
        let said = reported(&busy(kind));
        assert_eq!((said.location_name.as_str(), said.provider.as_str()), ("", ""));
        assert_eq!(said.coordinates, None);
        assert!(said.offers.is_empty());
        assert!(said.pools.is_empty());
        assert_eq!((said.happened.as_slice(), said.intake_windows.as_slice()), (&[][..], &[][..]));
        assert_eq!(said.gemeente, WHOLE_REGION);
        assert_eq!(said.location_id, "x7f3");
    }
}

#[test]
fn nothing_that_points_to_a_confidential_location_stands_anywhere_in_its_report() {
    for kind in CONFIDENTIAL {
        let said = serde_json::to_string(&reported(&busy(kind))).unwrap();
        for secret in
            ["huis", "Zilvermeeuw", "Windkracht", "gm0034", "52.35", "5.26", "k-1", "k-2", "u-1", "lekkage", "Kamer"]
        {
            assert!(!said.contains(secret), "{kind:?} tells {secret}: {said}");
        }
    }
}

#[test]
fn no_report_tells_who_has_a_place_or_why_one_is_out_of_service() {
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Dagopvang) {
        let said = serde_json::to_string(&reported(&busy(kind))).unwrap();
        assert!(!said.contains("u-1") && !said.contains("lekkage"), "{said}");
    }
}

#[test]
fn a_confidential_location_still_tells_its_counts_and_the_number_to_call() {
    for kind in CONFIDENTIAL {
        let said = reported(&busy(kind));
        let figures = said.figures.unwrap();
        assert_eq!((figures.funded, figures.actual, figures.held, figures.unavailable), (3, 2, 1, 1));
        assert_eq!(said.phone, "036 123 45 67");
    }
}

#[test]
fn the_subject_of_a_confidential_location_holds_an_opaque_id_and_the_whole_region() {
    for kind in CONFIDENTIAL {
        let story = busy(kind);
        assert_eq!(
            subject(&report(story.site("huis"), &flevoland(), Vec::new()), "opvang"),
            "onderdak.v1.flevoland.opvang.regio.x7f3"
        );
    }
    let story = busy(Kind::Nachtopvang);
    assert_eq!(
        subject(&report(story.site("huis"), &flevoland(), Vec::new()), "opvang"),
        "onderdak.v1.flevoland.opvang.gm0034.huis"
    );
}

#[test]
fn exactly_vrouwenopvang_and_time_out_places_are_confidential() {
    let confidential: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| kind.is_confidential()).collect();
    assert_eq!(confidential, CONFIDENTIAL);
}

#[test]
fn a_location_that_never_reported_has_no_figures_which_is_not_zero() {
    let said =
        reported(&given([register("huis", Kind::Nachtopvang), add("huis", "k-1"), add_in("huis", "k-2", "ander")]));
    assert_eq!((said.figures, said.confirmed_at), (None, None));
    assert!(said.pools.is_empty());
}

#[test]
fn a_location_without_places_reports_zero_once_it_is_confirmed() {
    let said = reported(&given([register("huis", Kind::Nachtopvang), confirm("huis")]));
    assert_eq!(said.figures.map(|figures| (figures.funded, figures.actual)), Some((0, 0)));
}

#[test]
fn free_places_are_offered_longest_free_first() {
    let later = noon() + SignedDuration::from_hours(1);
    let story = given_places(["k-1", "k-2", "k-3"]).moved("k-1", &occupy("u-1")).moved("k-3", &occupy("u-3")).moved_at(
        later,
        "k-1",
        &release("u-1"),
    );
    let said = reported(&story);
    assert_eq!(said.offers.len(), 1);
    assert_eq!(said.offers[0].place_ids, ["k-2", "k-1"]);
    assert_eq!(said.offers[0].free_since, Some(time_out(noon())));
    assert_eq!(said.as_of, Some(time_out(later)));
}

#[test]
fn places_that_suit_others_are_another_offer() {
    let criteria = Criteria { wheelchair: true, max_household: Some(4), ..Criteria::default() };
    let wide = PlaceProfile { criteria, ..super::given::place_profile("ambulant") };
    let place = super::given::place("k-3");
    let story =
        given_places(["k-1", "k-2"]).and([SiteCommand::AddPlace { location: location("huis"), place, profile: wide }]);
    let offers = reported(&story).offers;
    assert_eq!(offers.iter().map(|offer| offer.place_ids.len()).collect::<Vec<_>>(), [2, 1]);
    assert!(offers[1].criteria.as_ref().unwrap().wheelchair);
}

#[test]
fn a_change_of_the_location_changes_whom_its_places_are_offered_to() {
    let criteria = Criteria { residence: vec![gemeente("gm0303")], ..Criteria::default() };
    let changed = crate::profile::Profile { criteria, ..profile(Kind::Logeerplek) };
    let story = given_places(["k-1"]).and([SiteCommand::Change { location: location("huis"), profile: changed }]);
    assert_eq!(reported(&story).offers[0].criteria.as_ref().unwrap().residence, ["gm0303"]);
}

#[test]
fn a_closed_location_offers_nothing() {
    let said = reported(&given_places(["k-1"]).and([SiteCommand::Retire { location: location("huis") }]));
    assert!(said.retired);
    assert!(said.offers.is_empty());
}

#[test]
fn one_pool_needs_no_figures_of_its_own_and_two_pools_add_up() {
    assert!(reported(&given_places(["k-1", "k-2"])).pools.is_empty());
    let said = reported(&busy(Kind::Logeerplek));
    let pools: Vec<&str> = said.pools.iter().map(|pool| pool.pool.as_str()).collect();
    assert_eq!(pools, ["ambulant", "crisisplek"]);
    let actual: u32 = said.pools.iter().map(|pool| pool.figures.as_ref().unwrap().actual).sum();
    assert_eq!(Some(actual), said.figures.map(|figures| figures.actual));
}

#[test]
fn the_version_of_a_report_counts_the_events_of_its_location() {
    let story = given([register("huis", Kind::Logeerplek)]);
    assert_eq!(reported(&story).version, 1);
    let story = story.and([add("huis", "k-1"), confirm("huis")]).moved("k-1", &hold("u-1"));
    assert_eq!(reported(&story).version, 4);
}
