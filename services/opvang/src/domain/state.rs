//! Everything the events add up to. Persistent maps, so that a copy for a decision costs nothing.
//! `evolve` is total: it believes what happened and refuses nothing.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use jiff::Timestamp;
use model::decision::Evolve;
use model::id::{ClientRef, LocationId, PlaceId, UserId};
use model::place::Transition;
use model::site::Sites;

use super::{Capacity, Event, Stand, Stay};

/// The state of the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The locations and their places.
    pub sites: Sites,
    stays: HashMap<UserId, Arc<Stay>>,
    clients: HashMap<ClientRef, UserId>,
    due: OrdSet<(Timestamp, UserId)>,
    stands: HashMap<LocationId, OrdMap<Timestamp, Stand>>,
}

impl State {
    /// A stay or a reservation that has not ended.
    pub fn stay(&self, id: &UserId) -> Option<&Stay> {
        self.stays.get(id).map(AsRef::as_ref)
    }

    /// The stay or the reservation of a client.
    pub fn stay_of(&self, client: &ClientRef) -> Option<&Stay> {
        self.clients.get(client).and_then(|id| self.stay(id))
    }

    /// Every stay and every reservation.
    pub fn stays(&self) -> impl Iterator<Item = &Stay> {
        self.stays.values().map(AsRef::as_ref)
    }

    /// The stand of a location on a date.
    pub fn stand(&self, location: &LocationId, as_of: Timestamp) -> Option<&Stand> {
        self.stands.get(location).and_then(|stands| stands.get(&as_of))
    }

    /// When the next reservation runs out.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.get_min().map(|(due, _)| *due)
    }

    /// Reservations that have run out, longest ago first.
    pub fn due(&self, at: Timestamp, most: usize) -> Vec<UserId> {
        self.due.iter().take_while(|(due, _)| *due <= at).take(most).map(|(_, stay)| stay.clone()).collect()
    }
}

impl Evolve for State {
    type Event = Event;

    fn evolve(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Site(event) => self.sites.evolve(event, at),
            Event::Reserved { stay, location, place, guest, until } => {
                self.begin(Stay {
                    id: stay.clone(),
                    location: location.clone(),
                    place: place.clone(),
                    guest: Arc::clone(guest),
                    reserved: true,
                    since: at,
                    until: Some(*until),
                });
                let hold = Transition::Hold { by: stay.clone(), until: Some(*until) };
                self.sites.apply(location, place, &hold, at);
            }
            Event::CheckedIn { stay, location, place, guest, until } => {
                self.begin(Stay {
                    id: stay.clone(),
                    location: location.clone(),
                    place: place.clone(),
                    guest: Arc::clone(guest),
                    reserved: false,
                    since: at,
                    until: *until,
                });
                let occupy = Transition::Occupy { by: stay.clone(), until: *until };
                self.at_the_location(location, &[(place, occupy)], at);
            }
            Event::CheckedOut { stay, location, place, .. } => {
                self.end(stay);
                self.at_the_location(location, &[(place, release(stay))], at);
            }
            Event::ReservationCancelled { stay, location, place } | Event::NoShow { stay, location, place } => {
                self.end(stay);
                self.sites.apply(location, place, &release(stay), at);
            }
            Event::Moved { stay, location, from, to } => {
                let Some(moved) = self.stay(stay).map(|before| Stay { place: to.clone(), ..before.clone() }) else {
                    return;
                };
                let by = stay.clone();
                let take = match (moved.reserved, moved.until) {
                    (true, until) => Transition::Hold { by, until },
                    (false, until) => Transition::Occupy { by, until },
                };
                self.at_the_location(location, &[(from, release(stay)), (to, take)], at);
                self.stays.insert(stay.clone(), moved.into());
            }
            Event::PeopleCounted { location, present, .. } => self.sites.change(location, at, |site| {
                site.count.get_or_insert_default().occupied = *present;
                site.confirmed_at = Some(at);
            }),
            Event::CapacitySet { location, capacity } => self.sites.change(location, at, |site| {
                let before = site.count.unwrap_or_default();
                site.count = Some(capacity.figures(site.profile.kind, before.occupied, before.held));
            }),
            Event::StandRecorded { location, as_of, capacity, occupied, .. } => {
                self.record(location, *as_of, *capacity, *occupied, at);
            }
        }
    }
}

impl State {
    /// A change that people at the location make is a confirmation of its stand too.
    fn at_the_location(&mut self, location: &LocationId, transitions: &[(&PlaceId, Transition)], at: Timestamp) {
        self.sites.change(location, at, |site| {
            transitions.iter().for_each(|(place, transition)| site.step(place, transition, at));
            site.confirmed_at = Some(at);
        });
    }

    /// A stand that is not older than what is known becomes the count; an older one is history.
    fn record(&mut self, location: &LocationId, as_of: Timestamp, capacity: Capacity, occupied: u32, at: Timestamp) {
        let Ok(before) = self.sites.get(location) else { return };
        let is_newest = before.confirmed_at.is_none_or(|confirmed| confirmed <= as_of);
        let true_for = if is_newest { as_of } else { before.as_of };
        let stand = Stand { capacity, occupied, version: before.version + 1 };
        self.sites.change(location, at, |site| {
            site.as_of = true_for;
            if is_newest {
                site.count = Some(capacity.figures(site.profile.kind, occupied, 0));
                site.confirmed_at = Some(as_of);
            }
        });
        self.stands.entry(location.clone()).or_default().insert(as_of, stand);
    }

    /// A stay begins, or its reservation becomes one.
    fn begin(&mut self, stay: Stay) {
        self.end(&stay.id);
        if let Some(due) = stay.due() {
            self.due.insert((due, stay.id.clone()));
        }
        if let Some(client) = &stay.guest.client {
            self.clients.insert(client.clone(), stay.id.clone());
        }
        self.stays.insert(stay.id.clone(), stay.into());
    }

    /// Forgets a stay, its timer and its client's entry.
    fn end(&mut self, id: &UserId) {
        let Some(stay) = self.stays.remove(id) else { return };
        if let Some(due) = stay.due() {
            self.due.remove(&(due, id.clone()));
        }
        if let Some(client) = &stay.guest.client {
            self.clients.remove(client);
        }
    }
}

/// The transition the place of a stay makes when it is given back.
fn release(stay: &UserId) -> Transition {
    Transition::Release { by: stay.clone() }
}
