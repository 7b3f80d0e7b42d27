//! What must hold after every step, whatever came before: the rules of a place, and that the model
//! and its report say the same as the naive reference.

use std::collections::{BTreeSet, HashMap, HashSet};

use jiff::Timestamp;
use proto::availability::v1::{self as wire, AvailabilityReported};

use super::reference::{Counts, House, Reference, Room, Status};
use crate::freshness::Age;
use crate::id::{LocationId, PlaceId, UserId};
use crate::kind::Counting;
use crate::place::PlaceState;
use crate::report::report;
use crate::site::{Site, Sites};
use crate::tests::given::flevoland;
use crate::wire::{criteria_out, time_out};

/// Everything that holds at any moment.
pub(super) fn hold(sites: &Sites, reference: &Reference, now: Timestamp) {
    nobody_has_two_places(sites);
    let known: BTreeSet<&LocationId> = sites.iter().map(|site| &site.id).collect();
    assert_eq!(known, reference.0.keys().collect());
    for site in sites.iter() {
        let house = &reference.0[&site.id];
        stand_agrees(site, house, now);
        rooms_agree(site, house);
        free_is_what_is_left(site);
        report_agrees(site, house);
    }
}

/// Who has which place, everywhere.
pub(super) fn users(sites: &Sites) -> HashMap<UserId, (LocationId, PlaceId)> {
    let places = sites.iter().flat_map(|site| site.places.values().map(|place| (&site.id, place)));
    let users = places.filter_map(|(at, place)| Some((place.user()?.clone(), (at.clone(), place.id.clone()))));
    users.collect()
}

fn nobody_has_two_places(sites: &Sites) {
    let mut seen = HashSet::new();
    for place in sites.iter().flat_map(|site| site.places.values()) {
        assert!(
            place.user().is_none_or(|user| seen.insert(user)),
            "{:?} has a second place: {}",
            place.user(),
            place.id
        );
    }
}

fn stand_agrees(site: &Site, house: &House, now: Timestamp) {
    assert_eq!(site.version, house.version, "one version for each event");
    assert_eq!((site.as_of, site.confirmed_at), (house.as_of, house.confirmed));
    assert_eq!(site.retired, house.retired);
    assert_eq!(*site.profile, house.profile);
    let minutes = house.confirmed.map(|at| now.duration_since(at).as_secs().div_euclid(60));
    let age = match minutes {
        None => Age::Unknown,
        Some(minutes) if minutes >= i64::from(house.profile.freshness_goal_minutes) => Age::Stale,
        Some(minutes) if minutes < 120 => Age::Current,
        Some(_) => Age::Older,
    };
    assert_eq!(site.age(now), age);
}

fn rooms_agree(site: &Site, house: &House) {
    assert_eq!(site.places.len(), house.rooms.len());
    for place in site.places.values() {
        let Room { profile, status, since } = &house.rooms[&place.id];
        let same = match (&place.state, status) {
            (PlaceState::Free, Status::Free) | (PlaceState::OutOfService { .. }, Status::Out) => true,
            (PlaceState::Held { by, .. }, Status::Held(user)) => by == user,
            (PlaceState::Occupied { by, .. }, Status::Occupied(user)) => by == user,
            _ => false,
        };
        assert!(same, "{} is {:?}, and should be {status:?}", place.id, place.state);
        assert_eq!((&*place.profile, place.since), (profile, *since));
        assert_eq!(*place.criteria, house.profile.criteria.narrowed_by(&profile.criteria));
    }
}

/// Rules 1 and 2, on the model's own figures.
fn free_is_what_is_left(site: &Site) {
    let unknown = site.confirmed_at.is_none() || (no_count(site) && !site.retired);
    assert_eq!(site.figures().is_none(), unknown, "no data is not zero");
    let Some(figures) = site.figures() else { return };
    let [funded, unavailable, surge, occupied, held, actual, free, over] = [
        figures.funded,
        figures.unavailable,
        figures.surge,
        figures.occupied,
        figures.held,
        figures.actual(),
        figures.free(),
        figures.over(),
    ]
    .map(i64::from);
    assert_eq!(actual, funded - unavailable + surge);
    assert_eq!(free, (actual - occupied - held).max(0));
    assert_eq!(over, (occupied - actual).max(0));
    if site.profile.counting == Counting::Places && !site.retired {
        assert_eq!(over, 0, "a named place never holds two");
        let free_places = site.places.values().filter(|place| place.is_free()).count();
        assert_eq!(i64::try_from(free_places).unwrap(), free);
    }
}

fn no_count(site: &Site) -> bool {
    site.profile.counting == Counting::Headcount && site.count.is_none()
}

fn report_agrees(site: &Site, house: &House) {
    let said = report(site, &flevoland(), Vec::new());
    assert_eq!(said.version, house.version);
    assert_eq!(said.as_of, Some(time_out(house.as_of)));
    assert_eq!(said.confirmed_at, house.confirmed.map(time_out));
    assert_eq!(said.retired, house.retired);
    assert_eq!(said.figures, house.figures().map(figures), "figures of {}", site.id);
    if let (Some(said), Some(counts)) = (site.figures(), house.figures()) {
        assert_eq!((i64::from(said.free()), i64::from(said.over())), (counts.free(), counts.over()));
    }
    if house.profile.kind.is_confidential() {
        assert!(said.offers.is_empty() && said.pools.is_empty(), "only counts of a confidential kind");
    } else {
        offers_agree(&said, house);
        pools_agree(&said, house);
    }
}

fn offers_agree(said: &AvailabilityReported, house: &House) {
    let offered: Vec<PlaceId> = said.offers.iter().flat_map(|offer| &offer.place_ids).map(|id| id_of(id)).collect();
    let free = if house.retired { BTreeSet::new() } else { house.free_rooms() };
    assert_eq!(offered.len(), free.len(), "a place is offered once");
    assert_eq!(offered.into_iter().collect::<BTreeSet<_>>(), free);
    let mut groups = HashSet::new();
    for offer in &said.offers {
        let rooms: Vec<&Room> = offer.place_ids.iter().map(|id| &house.rooms[&id_of(id)]).collect();
        assert!(rooms.is_sorted_by_key(|room| room.since), "longest free first");
        assert_eq!(offer.free_since, rooms.first().map(|room| time_out(room.since)));
        for room in &rooms {
            let whole = house.profile.criteria.narrowed_by(&room.profile.criteria);
            // While winteropvang is open everybody is let in who fits through the door.
            let criteria = match house.profile.kind {
                crate::kind::Kind::Winteropvang => crate::criteria::Criteria {
                    residence: Vec::new(),
                    target_groups: Vec::new(),
                    min_age: None,
                    max_age: None,
                    sex: None,
                    pets: true,
                    children: true,
                    max_nights: None,
                    min_household: None,
                    ..whole
                },
                _ => whole,
            };
            assert_eq!(
                (offer.pool.as_str(), &offer.criteria),
                (room.profile.pool.as_str(), &Some(criteria_out(&criteria)))
            );
        }
        assert!(groups.insert((&offer.pool, format!("{:?}", offer.criteria))), "places that are alike are one offer");
    }
}

fn pools_agree(said: &AvailabilityReported, house: &House) {
    let pools = house.pools();
    let told = house.confirmed.is_some() && !house.retired && pools.len() > 1;
    assert_eq!(said.pools.len(), if told { pools.len() } else { 0 });
    for pool in &said.pools {
        assert_eq!(pool.figures, Some(figures(pools[&crate::tests::given::pool(&pool.pool)])));
    }
}

fn id_of(raw: &str) -> PlaceId {
    PlaceId::parse(raw).unwrap()
}

fn figures(counts: Counts) -> wire::Figures {
    let whole = |number: i64| u32::try_from(number).unwrap();
    wire::Figures {
        funded: whole(counts.funded),
        actual: whole(counts.actual()),
        occupied: whole(counts.occupied),
        held: whole(counts.held),
        unavailable: whole(counts.unavailable),
        surge: whole(counts.surge),
    }
}
