//! Everything the events add up to. Persistent maps, so that a copy for a decision costs nothing.
//! `evolve` is total: it believes what happened and refuses nothing.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet};
use jiff::Timestamp;
use model::decision::Evolve;
use model::id::{LocationId, PlaceId, UserId};
use model::night::{Heard, NightCover};
use model::place::Transition;
use model::sealed::Sealed;
use model::site::{SiteEvent, Sites};

use super::plan::WaitingStep;
use super::{Capacity, Event, Planned, Stand, Stay, Waiting};

/// The state of the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The locations and their places.
    pub sites: Sites,
    /// What the nachtdienst told of its cover.
    pub cover: NightCover,
    /// Up to where it was heard.
    pub heard: Option<Heard>,
    stays: HashMap<UserId, Arc<Stay>>,
    clients: HashMap<Sealed, UserId>,
    due: OrdSet<(Timestamp, Due)>,
    stands: HashMap<LocationId, OrdMap<Timestamp, Stand>>,
    pub(super) waiting: HashMap<UserId, Arc<Waiting>>,
    /// Who waits at a location, in turn.
    pub(super) lists: HashMap<LocationId, OrdSet<(u64, UserId)>>,
    /// How often somebody joined a list.
    joined: u64,
    pub(super) plans: HashMap<UserId, Arc<Planned>>,
    /// Steps of plans that wait until a place is free.
    pub(super) steps: HashMap<LocationId, OrdMap<PlaceId, WaitingStep>>,
    /// When a day shelter closes with people in it.
    closing: HashMap<LocationId, Timestamp>,
}

/// What the clock ends.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Due {
    /// A reservation nobody came for.
    Reservation(UserId),
    /// An offer nobody answered.
    Offer(UserId),
    /// A plan whose day has come.
    Plan(UserId),
    /// A day shelter that closes.
    Closing(LocationId),
}

impl State {
    /// A stay or a reservation that has not ended.
    pub fn stay(&self, id: &UserId) -> Option<&Stay> {
        self.stays.get(id).map(AsRef::as_ref)
    }

    /// The stay or the reservation of a client.
    pub fn stay_of(&self, client: &Sealed) -> Option<&Stay> {
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

    /// Ids of the look-up table that are still needed: of who has a place or waits for one, and of what stands on a door.
    pub fn needs(&self) -> Vec<uuid::Uuid> {
        let clients = self.clients.keys().filter_map(Sealed::id);
        let waiting = self.waiting.values().filter_map(|waiting| waiting.guest.client.as_ref()?.id());
        clients.chain(waiting).chain(self.sites.iter().flat_map(|site| site.sealed())).collect()
    }

    /// When the clock has something to do next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.get_min().map(|(due, _)| *due)
    }

    /// What is due, longest ago first.
    pub fn due(&self, at: Timestamp, most: usize) -> Vec<Due> {
        self.due.iter().take_while(|(due, _)| *due <= at).take(most).map(|(_, what)| what.clone()).collect()
    }
}

impl Evolve for State {
    type Event = Event;

    fn evolve(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Site(event) => {
                self.sites.evolve(event, at);
                self.site_changed(event);
            }
            Event::Reserved { stay, location, place, guest, until } => {
                self.begin(Stay {
                    id: stay.clone(),
                    location: location.clone(),
                    place: place.clone(),
                    guest: Arc::clone(guest),
                    reserved: true,
                    since: at,
                    until: Some(*until),
                    responsible: Vec::new(),
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
                    responsible: Vec::new(),
                });
                self.got(location, place);
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
            Event::PeopleCounted { location, present, closes_at, .. } => {
                self.sites.change(location, at, |site| {
                    site.count.get_or_insert_default().occupied = *present;
                    site.confirmed_at = Some(at);
                });
                self.closes(location, *closes_at);
            }
            Event::DayEnded { location } => {
                self.sites.change(location, at, |site| site.count.get_or_insert_default().occupied = 0);
                self.closes(location, None);
            }
            Event::StayExtended { stay, location, place, until, .. } => {
                let prolong = Transition::Prolong { by: stay.clone(), until: Some(*until) };
                self.at_the_location(location, &[(place, prolong)], at);
                self.stay_changed(stay, |stay| stay.until = Some(*until));
            }
            Event::ResponsibleSet { stay, gemeente, from, location } => {
                self.sites.change(location, at, |_| {});
                self.stay_changed(stay, |stay| stay.responsible.push((*from, gemeente.clone())));
            }
            Event::CapacitySet { location, capacity } => self.sites.change(location, at, |site| {
                let before = site.count.unwrap_or_default();
                site.count = Some(capacity.figures(site.profile.kind, before.occupied, before.held));
            }),
            Event::StandRecorded { location, as_of, capacity, occupied, .. } => {
                self.record(location, *as_of, *capacity, *occupied, at);
            }
            Event::SurgeStarted { location, places } => self.sites.change(location, at, |site| {
                site.surge_closed = false;
                if let Some(places) = places {
                    site.count.get_or_insert_default().surge = *places;
                }
            }),
            Event::SurgeEnded { location } => self.sites.change(location, at, |site| site.surge_closed = true),
            Event::CoverHeard { gemeente, told, heard } => {
                self.cover.hear(gemeente, told.clone());
                self.heard = Some(heard.clone());
            }
            Event::WaitingJoined { .. }
            | Event::WaitingLeft { .. }
            | Event::Offered { .. }
            | Event::OfferAccepted { .. }
            | Event::OfferDeclined { .. }
            | Event::OfferExpired { .. }
            | Event::OfferWithdrawn { .. }
            | Event::PassedOver { .. } => self.waiting_list(event, at),
            Event::Planned { .. }
            | Event::PlanWithdrawn { .. }
            | Event::PlanTookEffect { .. }
            | Event::PlanStepWaits { .. }
            | Event::WaitingStepTaken { .. }
            | Event::PlanStepDropped { .. } => self.planned(event, at),
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
                // A stand of winteropvang that has places says that it is open.
                site.surge_closed &= capacity.funded == 0;
            }
        });
        self.stands.entry(location.clone()).or_default().insert(as_of, stand);
    }

    /// A stay begins, or its reservation becomes one.
    fn begin(&mut self, stay: Stay) {
        self.end(&stay.id);
        if let Some(due) = stay.due() {
            self.due.insert((due, Due::Reservation(stay.id.clone())));
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
            self.due.remove(&(due, Due::Reservation(id.clone())));
        }
        if let Some(client) = &stay.guest.client {
            self.clients.remove(client);
        }
    }
}

impl State {
    /// Winteropvang is closed until the gemeente opens it; a location that is gone has nobody who waits.
    fn site_changed(&mut self, event: &SiteEvent) {
        match event {
            SiteEvent::Registered { location, profile, .. } if profile.kind.rules().surge => {
                self.sites.close_surge(location);
            }
            SiteEvent::PlaceRetired { location, place } => {
                self.steps.entry(location.clone()).or_default().remove(place);
            }
            _ => {}
        }
    }

    fn stay_changed(&mut self, stay: &UserId, change: impl FnOnce(&mut Stay)) {
        if let Some(stay) = self.stays.get_mut(stay) {
            change(Arc::make_mut(stay));
        }
    }

    /// When a day shelter closes with people in it.
    fn closes(&mut self, location: &LocationId, at: Option<Timestamp>) {
        if let Some(before) = self.closing.remove(location) {
            self.due.remove(&(before, Due::Closing(location.clone())));
        }
        if let Some(at) = at {
            self.closing.insert(location.clone(), at);
            self.due.insert((at, Due::Closing(location.clone())));
        }
    }

    /// Somebody got a place: who was passed over for it may be offered it the next time.
    fn got(&mut self, location: &LocationId, place: &PlaceId) {
        let Some(list) = self.lists.get(location) else { return };
        for (_, id) in list {
            if let Some(waiting) = self.waiting.get_mut(id).filter(|waiting| waiting.passed.contains(place)) {
                Arc::make_mut(waiting).passed.remove(place);
            }
        }
    }

    fn waiting_list(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::WaitingJoined { waiting, location, pool, guest } => {
                self.joined += 1;
                self.sites.change(location, at, |_| {});
                let new = Waiting {
                    id: waiting.clone(),
                    location: location.clone(),
                    pool: pool.clone(),
                    guest: Arc::clone(guest),
                    number: self.joined,
                    since: at,
                    offer: None,
                    passed: OrdSet::new(),
                };
                self.lists.entry(location.clone()).or_default().insert((self.joined, waiting.clone()));
                self.waiting.insert(waiting.clone(), new.into());
            }
            Event::WaitingLeft { waiting, location } => {
                self.sites.change(location, at, |_| {});
                self.unlist(waiting);
            }
            Event::Offered { waiting, location, place, until } => {
                let hold = Transition::Hold { by: waiting.clone(), until: Some(*until) };
                self.sites.apply(location, place, &hold, at);
                self.offers(waiting, Some((place.clone(), *until)));
            }
            Event::OfferAccepted { waiting, location, place, until } => {
                let Some(guest) = self.waiting.get(waiting).map(|waiting| Arc::clone(&waiting.guest)) else { return };
                self.offers(waiting, None);
                self.unlist(waiting);
                let prolong = Transition::Prolong { by: waiting.clone(), until: Some(*until) };
                self.sites.apply(location, place, &prolong, at);
                self.begin(Stay {
                    id: waiting.clone(),
                    location: location.clone(),
                    place: place.clone(),
                    guest,
                    reserved: true,
                    since: at,
                    until: Some(*until),
                    responsible: Vec::new(),
                });
            }
            Event::OfferDeclined { waiting, location, place }
            | Event::OfferExpired { waiting, location, place }
            | Event::OfferWithdrawn { waiting, location, place, .. }
            | Event::PassedOver { waiting, location, place, .. } => self.pass(waiting, location, place, at),
            _ => {}
        }
    }

    /// This place is not for them now; when it was kept for them it is free again.
    fn pass(&mut self, waiting: &UserId, location: &LocationId, place: &PlaceId, at: Timestamp) {
        let has_it =
            self.waiting(waiting).is_some_and(|it| it.offer.as_ref().is_some_and(|(offered, _)| offered == place));
        if has_it {
            self.sites.apply(location, place, &release(waiting), at);
            self.offers(waiting, None);
        } else {
            self.sites.change(location, at, |_| {});
        }
        if let Some(waiting) = self.waiting.get_mut(waiting) {
            Arc::make_mut(waiting).passed.insert(place.clone());
        }
    }

    /// Keeps, or forgets, what is offered to somebody, and its timer.
    fn offers(&mut self, waiting: &UserId, offer: Option<(PlaceId, Timestamp)>) {
        let Some(held) = self.waiting.get_mut(waiting) else { return };
        if let Some((_, until)) = &held.offer {
            self.due.remove(&(*until, Due::Offer(waiting.clone())));
        }
        if let Some((_, until)) = &offer {
            self.due.insert((*until, Due::Offer(waiting.clone())));
        }
        Arc::make_mut(held).offer = offer;
    }

    fn unlist(&mut self, waiting: &UserId) {
        let Some(gone) = self.waiting.remove(waiting) else { return };
        if let Some(list) = self.lists.get_mut(&gone.location) {
            list.remove(&(gone.number, gone.id.clone()));
        }
    }

    fn planned(&mut self, event: &Event, at: Timestamp) {
        if let Some(location) = event.location() {
            self.sites.change(location, at, |_| {});
        }
        match event {
            Event::Planned { plan, location, on, due, steps } => {
                self.due.insert((*due, Due::Plan(plan.clone())));
                let new = Planned {
                    id: plan.clone(),
                    location: location.clone(),
                    on: *on,
                    due: *due,
                    steps: Arc::clone(steps),
                };
                self.plans.insert(plan.clone(), new.into());
            }
            Event::PlanWithdrawn { plan, .. } | Event::PlanTookEffect { plan, .. } => {
                if let Some(gone) = self.plans.remove(plan) {
                    self.due.remove(&(gone.due, Due::Plan(plan.clone())));
                }
            }
            Event::PlanStepWaits { plan, location, place, step } => {
                let waits = WaitingStep { plan: plan.clone(), step: step.clone() };
                self.steps.entry(location.clone()).or_default().insert(place.clone(), waits);
            }
            Event::WaitingStepTaken { location, place } => {
                self.steps.entry(location.clone()).or_default().remove(place);
            }
            _ => {}
        }
    }
}

/// The transition the place of a stay makes when it is given back.
fn release(stay: &UserId) -> Transition {
    Transition::Release { by: stay.clone() }
}
