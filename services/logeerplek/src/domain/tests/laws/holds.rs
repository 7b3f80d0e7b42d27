//! What must hold after every step, whatever came before: the laws of a place and of a claim, and that the state and
//! its reports say the same as the naive model.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use model::id::{LocationId, PlaceId, RegionId, UserId};
use model::place::PlaceState;
use model::report::report;
use model::site::{Site, SiteEvent};
use model::wire::{figures_out, time_out};

use super::reference::{Case, Door, House, Reference};
use super::steps::claim_id;
use crate::domain::tests::given::{client, location, place};
use crate::domain::{Event, State, Status};

/// Everything that holds at any moment.
pub(super) fn hold(region: &RegionId, state: &State, reference: &Reference, now: Timestamp) {
    open_claims_have_their_place_and_nobody_has_two(state);
    for (number, house) in reference.houses.iter().enumerate() {
        let site = state.sites.get(&location(&format!("huis-{number}"))).unwrap();
        site_agrees(site, house, now);
        report_agrees(region, site, house);
    }
    for (number, case) in reference.cases.iter().enumerate() {
        claim_agrees(state, number, case);
    }
    assert_eq!(state.unmet(), reference.unmet);
    assert_eq!(state.next_due(), reference.cases.iter().filter_map(Reference::due).min());
    let open = reference.cases.iter().filter(|case| case.status.is_open()).count();
    assert_eq!(state.open_claims().count(), open);
}

/// Free places, everywhere.
pub(super) fn free(state: &State) -> i64 {
    state.sites.iter().map(|site| i64::from(site.figures_of(None).free())).sum()
}

/// A claim takes exactly one, an arrival none, an end gives exactly one back.
pub(super) fn free_changed(event: &Event, before: i64, after: i64) {
    let expected = match event {
        Event::Claimed { .. } | Event::Reoffered { .. } | Event::Site(SiteEvent::TakenOut { .. }) => -1,
        Event::Refused { reason, .. } if reason.takes_out_of_service().is_some() => 0,
        Event::Refused { .. }
        | Event::Lapsed { .. }
        | Event::Cancelled { .. }
        | Event::NoShow { .. }
        | Event::CheckedOut { .. }
        | Event::Site(SiteEvent::Returned { .. } | SiteEvent::PlaceAdded { .. }) => 1,
        // A place that is removed was free or out of service.
        Event::Site(SiteEvent::PlaceRetired { .. }) => return assert!((before - 1..=before).contains(&after)),
        Event::Site(_)
        | Event::Accepted { .. }
        | Event::Escalated { .. }
        | Event::HoldExtended { .. }
        | Event::Arrived { .. }
        | Event::StayExtended { .. }
        | Event::DemandUnmet { .. }
        | Event::CoverHeard { .. } => 0,
    };
    assert_eq!(after - before, expected, "{event:?}");
}

/// An open claim has its place, held until it arrives and occupied from then on; no place has anybody else, and no
/// client has two.
fn open_claims_have_their_place_and_nobody_has_two(state: &State) {
    let mut users: BTreeMap<&UserId, (&LocationId, &PlaceId, &PlaceState)> = BTreeMap::new();
    for site in state.sites.iter() {
        for place in site.places.values() {
            let Some(user) = place.user() else { continue };
            let second = users.insert(user, (&site.id, &place.id, &place.state));
            assert!(second.is_none(), "{user} has two places");
        }
    }
    let mut clients = BTreeSet::new();
    for claim in state.open_claims() {
        assert!(clients.insert(&claim.client), "{:?} has two claims", claim.client);
        assert_eq!(state.claim_of(&claim.client), Some(claim));
        let (at, room, door) = users.remove(&claim.id).unwrap_or_else(|| panic!("{claim:?} has no place"));
        assert_eq!((at, room), (&claim.offer.location, &claim.offer.place));
        let (arrived, until) = match door {
            PlaceState::Occupied { until, .. } => (true, *until),
            PlaceState::Held { until, .. } => (false, *until),
            PlaceState::Free | PlaceState::OutOfService { .. } => panic!("{door:?} has a user"),
        };
        assert_eq!(claim.status == Status::Arrived, arrived, "{claim:?} {door:?}");
        let expected = if arrived { claim.stay_until } else { Some(claim.offer.held_until) };
        assert_eq!(until, expected, "the door says until when");
    }
    assert!(users.is_empty(), "places without an open claim: {users:?}");
}

fn site_agrees(site: &Site, house: &House, now: Timestamp) {
    assert_eq!((site.version, site.as_of), (house.version, house.as_of), "{}", site.id);
    assert_eq!((site.confirmed_at, site.retired), (house.confirmed, house.closed), "{}", site.id);
    assert!(site.as_of <= now);
    assert_eq!(site.places.len(), house.rooms.len());
    for (number, room) in &house.rooms {
        let place = site.place(&place(&format!("k{number}"))).unwrap();
        let same = match (&place.state, room.door) {
            (PlaceState::Free, Door::Free) | (PlaceState::OutOfService { .. }, Door::Out) => true,
            (PlaceState::Held { by, .. }, Door::Kept(claim)) => *by == claim_id(claim),
            (PlaceState::Occupied { by, .. }, Door::Slept(claim)) => *by == claim_id(claim),
            _ => false,
        };
        assert!(same, "{} of {} is {:?}, and should be {:?}", place.id, site.id, place.state, room.door);
        assert_eq!(place.since, room.since, "{} of {}", place.id, site.id);
    }
}

fn report_agrees(region: &RegionId, site: &Site, house: &House) {
    let said = report(site, region, Vec::new());
    // A location that closed has no capacity, whatever rooms it had.
    let rooms: Vec<_> = house.rooms.values().filter(|_| !house.closed).collect();
    let count = |wanted: fn(Door) -> bool| rooms.iter().filter(|room| wanted(room.door)).count();
    let free = count(|door| door == Door::Free);
    let counted = [
        rooms.len(),
        count(|door| matches!(door, Door::Slept(_))),
        count(|door| matches!(door, Door::Kept(_))),
        count(|door| door == Door::Out),
    ];
    assert_eq!(said.figures.is_some(), house.confirmed.is_some(), "no data is not zero");
    if let (Some(said), Some(figures)) = (said.figures, site.figures()) {
        assert_eq!(said, figures_out(figures));
        let told = [said.funded, said.occupied, said.held, said.unavailable].map(|number| number as usize);
        assert_eq!(told, counted);
        assert_eq!((figures.free() as usize, figures.over()), (free, 0), "a named place never holds two");
    }
    let offered: BTreeSet<&String> = said.offers.iter().flat_map(|offer| &offer.place_ids).collect();
    let rooms = house.rooms.iter().filter(|(_, room)| room.door == Door::Free && !house.closed);
    let rooms: Vec<String> = rooms.map(|(number, _)| format!("k{number}")).collect();
    assert_eq!(offered, rooms.iter().collect());
    assert_eq!((said.version, said.retired), (house.version, house.closed));
    assert_eq!(said.confirmed_at, house.confirmed.map(time_out));
}

fn claim_agrees(state: &State, number: usize, case: &Case) {
    let claim = state.claim(&claim_id(number)).unwrap();
    assert_eq!(claim.client, client(&format!("client-{}", case.client)));
    assert_eq!(claim.status, case.status, "{claim:?}");
    let at = (location(&format!("huis-{}", case.house)), place(&format!("k{}", case.room)));
    assert_eq!((&claim.offer.location, &claim.offer.place), (&at.0, &at.1));
    assert_eq!(claim.offer.held_until, case.kept_until);
    assert_eq!((claim.escalated, claim.extended), (case.escalated, case.prolonged));
    assert_eq!((claim.nights, claim.stay_until), (case.nights, case.stays_until), "{claim:?}");
    assert_eq!(claim.due(), Reference::due(case));
}
