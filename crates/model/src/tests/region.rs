//! The region files that come along can be loaded and would be accepted as commands, and a file that is wrong is
//! refused with a sentence that says what is wrong. No service runs here.

use std::collections::BTreeSet;
use std::error::Error;

use proto::availability::v1 as out;

use crate::criteria::Criteria;
use crate::id::{Gemeente, LocationId, Pool};
use crate::kind::{Counting, Kind};
use crate::profile::{ClaimPolicy, PlaceProfile, Profile};
use crate::refusal::Invalid;
use crate::region::{LocationSeed, PlacesSeed, Region, RegionError};
use crate::wire::{self, Extra};

const FLEVOLAND: &str = include_str!("../../../../deploy/regions/flevoland.toml");
const ALMELO: &str = include_str!("../../../../deploy/regions/almelo.toml");

#[test]
fn flevoland_has_its_six_gemeenten_around_almere() {
    let region = parse(FLEVOLAND);
    assert_eq!(region.centrumgemeente.as_str(), "gm0034");
    let expected = [
        ("gm0034", "Almere"),
        ("gm0050", "Zeewolde"),
        ("gm0171", "Noordoostpolder"),
        ("gm0184", "Urk"),
        ("gm0303", "Dronten"),
        ("gm0995", "Lelystad"),
    ];
    assert_eq!(gemeenten(&region), expected.into());
}

#[test]
fn almelo_has_its_six_gemeenten_around_almelo() {
    let region = parse(ALMELO);
    assert_eq!(region.centrumgemeente.as_str(), "gm0141");
    let expected = [
        ("gm0141", "Almelo"),
        ("gm0163", "Hellendoorn"),
        ("gm0183", "Tubbergen"),
        ("gm0189", "Wierden"),
        ("gm1700", "Twenterand"),
        ("gm1742", "Rijssen-Holten"),
    ];
    assert_eq!(gemeenten(&region), expected.into());
}

/// Housing First and the nachtdienst have a report per gemeente, and no locations that anybody sets.
fn has_locations(kind: &Kind) -> bool {
    kind.rules().owner.has_places()
}

#[test]
fn every_kind_occurs_in_flevoland() {
    let region = parse(FLEVOLAND);
    let missing: Vec<_> = Kind::ALL
        .into_iter()
        .filter(|kind| region.locations.iter().all(|seed| seed.kind != *kind))
        .filter(has_locations)
        .collect();
    assert_eq!(missing, []);
}

#[test]
fn the_logeerplekken_of_flevoland_differ_in_what_they_take_and_how_they_answer() {
    let region = parse(FLEVOLAND);
    let logeerplekken: Vec<_> = region.locations.iter().filter(|seed| seed.kind == Kind::Logeerplek).collect();
    let spread: BTreeSet<_> = logeerplekken.iter().map(|seed| &seed.gemeente).collect();
    assert!(spread.len() >= 4, "{spread:?}");
    let pools: BTreeSet<_> = logeerplekken.iter().flat_map(|seed| &seed.places).map(|it| it.pool.as_str()).collect();
    assert_eq!(pools, ["ambulant", "generalistisch", "specialistisch"].into());
    let profiles: Vec<_> = logeerplekken.iter().map(|seed| profile(seed).unwrap()).collect();
    assert!(profiles.iter().any(|it| it.claim_policy == ClaimPolicy::Confirm));
    assert!(profiles.iter().any(|it| it.claim_policy == ClaimPolicy::Direct));
    assert!(profiles.iter().any(|it| !it.intake_windows.is_empty()));
    assert!(profiles.iter().all(|it| it.criteria.max_nights.is_some()));
}

#[test]
fn the_facts_about_dronten_are_as_the_domain_tells_them() {
    let region = parse(FLEVOLAND);
    let logeerplek = location(&region, "logeerplek-dronten");
    assert_eq!(logeerplek.criteria.residence, [Gemeente::parse("gm0303").unwrap()]);
    let woonstart = location(&region, "woonstart-dronten");
    let pools: Vec<_> = woonstart.places.iter().map(|places| (places.pool.as_str(), places.count)).collect();
    assert_eq!(pools, [("woonstart", 9), ("crisisplek", 1)]);
    let ages = profile(woonstart).unwrap().criteria;
    assert_eq!((ages.min_age, ages.max_age), (Some(17), Some(27)));
}

#[test]
fn every_location_would_be_accepted_as_a_command() {
    for (region, seed) in seeds() {
        let accepted = profile(&seed).unwrap_or_else(|wrong| panic!("{}: {wrong}", seed.id));
        assert!(region.gemeente(&accepted.gemeente).is_some(), "{} lies outside {}", seed.id, region.id);
        assert!(LocationId::parse(&seed.id).is_ok(), "{}", seed.id);
    }
}

#[test]
fn every_place_would_be_accepted_as_a_command() {
    for (_, seed) in seeds() {
        for places in &seed.places {
            let accepted = place(places, places.count).unwrap_or_else(|wrong| panic!("{}: {wrong}", seed.id));
            let criteria = seed.criteria.narrowed_by(&accepted.criteria);
            let sized = criteria.max_household.is_some();
            assert!(sized || !seed.kind.rules().needs_household_size, "{} does not say for how many", seed.id);
        }
    }
}

#[test]
fn a_location_has_places_or_a_headcount_and_never_both() {
    for (_, seed) in seeds() {
        let places: u32 = seed.places.iter().map(|places| places.count).sum();
        let people = seed.headcount.unwrap_or(0);
        assert!((places == 0) != (people == 0), "{}: {places} places, {people} people", seed.id);
    }
}

#[test]
fn a_location_id_and_the_labels_within_it_occur_once() {
    for text in [FLEVOLAND, ALMELO] {
        let region = parse(text);
        let mut ids = BTreeSet::new();
        for seed in &region.locations {
            assert!(ids.insert(seed.id.as_str()), "{} occurs twice", seed.id);
            let labels: BTreeSet<_> = seed.places.iter().map(|places| &places.label).collect();
            assert_eq!(labels.len(), seed.places.len(), "{} has a label twice", seed.id);
        }
    }
}

#[test]
fn confidential_kinds_have_no_coordinates_and_an_id_that_says_nothing() {
    let confidential: Vec<_> = seeds().into_iter().filter(|(_, seed)| seed.kind.is_confidential()).collect();
    assert!(!confidential.is_empty());
    for (region, seed) in confidential {
        assert_eq!((seed.latitude, seed.longitude), (None, None), "{}", seed.id);
        assert!(!seed.phone.is_empty(), "{} has no aanmeldpunt", seed.id);
        // A time-outplek is kept far from vrouwenopvang, and that shows in its gemeente.
        if seed.kind == Kind::Vrouwenopvang {
            assert_eq!(seed.gemeente, region.centrumgemeente.as_str(), "{} tells where it is", seed.id);
        }
        assert!(seed.id.starts_with("loc-"), "{} tells what it is", seed.id);
    }
}

#[test]
fn what_is_not_marked_fictief_has_no_invented_number_or_coordinates() {
    for (_, seed) in seeds() {
        assert!(!seed.source.is_empty(), "{} does not say where its facts come from", seed.id);
        let nowhere = seed.phone.is_empty() && seed.latitude.is_none() && seed.longitude.is_none();
        assert!(seed.fictief || nowhere, "{}", seed.id);
        assert!(seed.phone.is_empty() || seed.phone.starts_with("000-"), "{} could reach somebody", seed.id);
    }
}

#[test]
fn no_region_file_holds_a_number_that_could_be_a_bsn() {
    for line in FLEVOLAND.lines().chain(ALMELO.lines()) {
        assert!(!crate::text::holds_bsn(line), "{line}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_its_name() {
    let file = FLEVOLAND.replacen("time_zone", "opening_hours = \"altijd\"\ntime_zone", 1);
    let refusal = Region::parse(&file, "toets.toml").unwrap_err();
    assert_eq!(refusal.to_string(), "regiobestand toets.toml klopt niet");
    let cause = refusal.source().unwrap().to_string();
    assert!(cause.contains("unknown field `opening_hours`"), "{cause}");
}

#[test]
fn a_centrumgemeente_that_is_not_listed_is_refused() {
    let file = FLEVOLAND.replacen("centrumgemeente = \"gm0034\"", "centrumgemeente = \"gm0363\"", 1);
    let refusal = Region::parse(&file, "toets.toml").unwrap_err();
    assert!(matches!(refusal, RegionError::Wrong { .. }), "{refusal:?}");
    assert_eq!(refusal.to_string(), "regio flevoland: de centrumgemeente staat niet bij de gemeenten");
}

#[test]
fn a_location_that_cannot_be_registered_is_told_before_anything_starts() {
    for (from, to, told) in [
        ("id = \"logeerhuis-almere\"", "id = \"logeerplek-dronten\"", "locatie logeerplek-dronten staat er twee keer"),
        ("confirms_claims = true", "headcount = 5", "locatie logeerplek-lelystad: een logeerplek heeft plekken"),
        ("gemeente = \"gm0995\"", "gemeente = \"gm9999\"", "gm9999 is geen gemeente van deze regio"),
    ] {
        assert!(FLEVOLAND.contains(from), "{from}");
        let refusal = Region::parse(&FLEVOLAND.replacen(from, to, 1), "toets.toml").unwrap_err().to_string();
        assert!(refusal.starts_with("regio flevoland: ") && refusal.contains(told), "{refusal}");
    }
}

/// Criteria take any key, as stored events must; a misspelt one in a seed would let everybody in.
#[test]
fn no_criterion_of_a_seed_is_misspelt() {
    for text in [FLEVOLAND, ALMELO] {
        let file: toml::Table = text.parse().unwrap();
        for table in file["location"].as_array().unwrap() {
            let places = table.get("places").and_then(toml::Value::as_array).into_iter().flatten();
            for written in places.chain([table]).filter_map(|it| it.get("criteria")) {
                let read: Criteria = written.clone().try_into().unwrap();
                assert_eq!(toml::Value::try_from(read).unwrap(), *written, "{}", table["id"]);
            }
        }
    }
}

#[track_caller]
fn parse(text: &str) -> Region {
    Region::parse(text, "deploy/regions").unwrap_or_else(|wrong| panic!("{wrong}: {:?}", wrong.source()))
}

/// Every location of every region file, with its region.
fn seeds() -> Vec<(Region, LocationSeed)> {
    let with_region = |region: Region| region.locations.clone().into_iter().map(move |seed| (region.clone(), seed));
    [FLEVOLAND, ALMELO].into_iter().map(parse).flat_map(with_region).collect()
}

#[track_caller]
fn location<'region>(region: &'region Region, id: &str) -> &'region LocationSeed {
    region.locations.iter().find(|seed| seed.id == id).unwrap()
}

fn gemeenten(region: &Region) -> BTreeSet<(&str, &str)> {
    region.gemeenten.iter().map(|it| (it.code.as_str(), it.name.as_str())).collect()
}

/// What the service makes of the registration of a location.
fn profile(seed: &LocationSeed) -> Result<Profile, Invalid> {
    let policy = if seed.confirms_claims { out::ClaimPolicy::Confirm } else { out::ClaimPolicy::Direct };
    let coordinates = match (seed.latitude, seed.longitude) {
        (Some(latitude), Some(longitude)) => Some(out::Coordinates { latitude, longitude }),
        (None, None) => None,
        half => return Err(Invalid::new("coordinates", format!("{half:?}"))),
    };
    let raw = out::LocationProfile {
        name: seed.name.clone(),
        kind: wire::kind_out(seed.kind).into(),
        gemeente: seed.gemeente.clone(),
        provider: seed.provider.clone(),
        phone: seed.phone.clone(),
        coordinates,
        freshness_goal_minutes: seed.freshness_goal_minutes,
        criteria: Some(wire::criteria_out(&seed.criteria)),
        intake_windows: seed.intake.iter().map(|text| window(text)).collect(),
        claim_policy: policy.into(),
        fictief: seed.fictief,
        needs_night_cover: seed.needs_night_cover,
        night_cover_opens: seed.night_cover_opens,
    };
    let counting = if seed.headcount.is_some() { Counting::Headcount } else { Counting::Places };
    wire::profile_in(raw, |_| true, Extra { counting: Some(counting), max_stay_days: seed.max_stay_days })
}

/// What the service makes of the addition of the place with this number.
fn place(seed: &PlacesSeed, number: u32) -> Result<PlaceProfile, Invalid> {
    assert!(Pool::parse(&seed.pool).is_ok(), "{}", seed.pool);
    wire::place_profile_in(out::PlaceProfile {
        label: format!("{} {number}", seed.label),
        pool: seed.pool.clone(),
        criteria: Some(wire::criteria_out(&seed.criteria)),
        also_pools: seed.also_pools.clone(),
        financing: wire::financing_told(seed.financing).into(),
    })
}

/// Reads `1 09:00-17:00`.
#[track_caller]
fn window(text: &str) -> out::IntakeWindow {
    let (weekday, times) = text.split_once(' ').unwrap();
    let (from, until) = times.split_once('-').unwrap();
    let minute = |time: &str| {
        let (hours, minutes) = time.split_once(':').unwrap();
        hours.parse::<u32>().unwrap() * 60 + minutes.parse::<u32>().unwrap()
    };
    out::IntakeWindow { weekday: weekday.parse().unwrap(), from_minute: minute(from), until_minute: minute(until) }
}
