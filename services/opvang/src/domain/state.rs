//! Everything the events add up to. Persistent maps, so that a copy for a decision costs nothing.
//! `evolve` is total: it believes what happened and refuses nothing.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet, Vector};
use jiff::Timestamp;
use model::decision::Evolve;
use model::id::{LocationId, PlaceId, UserId};
use model::moment::Timers;
use model::night::{Heard, NightCover};
use model::place::Transition;
use model::sealed::Sealed;
use model::site::{SiteEvent, Sites};

use super::plan::{DroppedStep, WaitingStep};
use super::{Event, Planned, Stand, Stay, Waiting};

/// The state of the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The locations and their places.
    pub sites: Sites,
    /// What the nachtdienst told of its cover.
    pub cover: NightCover,
    /// Up to where it was heard.
    pub heard: Option<Heard>,
    pub(super) stays: HashMap<UserId, Arc<Stay>>,
    /// The stays and reservations of a client: one, or a stay and the reservation of the place they go to from there.
    pub(super) clients: HashMap<Sealed, Vector<UserId>>,
    pub(super) due: Timers<Due>,
    pub(super) stands: HashMap<LocationId, OrdMap<Timestamp, Stand>>,
    pub(super) waiting: HashMap<UserId, Arc<Waiting>>,
    /// Who waits at a location, in turn.
    pub(super) lists: HashMap<LocationId, OrdSet<(u64, UserId)>>,
    /// How often somebody joined a list.
    pub(super) joined: u64,
    pub(super) plans: HashMap<UserId, Arc<Planned>>,
    /// Steps of plans that wait until a place is free.
    pub(super) steps: HashMap<LocationId, OrdMap<PlaceId, Vector<WaitingStep>>>,
    /// Steps of plans that could not be taken, longest ago first.
    pub(super) dropped: HashMap<LocationId, Vector<DroppedStep>>,
    /// Where free places are still to be offered, and since when.
    pub(super) offers_paused: HashMap<LocationId, Timestamp>,
    /// When a day shelter closes with people in it.
    pub(super) closing: HashMap<LocationId, Timestamp>,
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
    /// Free places of a location that are still to be offered.
    Offers(LocationId),
}

impl State {
    /// A stay or a reservation that has not ended.
    pub fn stay(&self, id: &UserId) -> Option<&Stay> {
        self.stays.get(id).map(AsRef::as_ref)
    }

    /// The stays and reservations of a client.
    pub fn stays_of(&self, client: &Sealed) -> impl Iterator<Item = &Stay> {
        self.clients.get(client).into_iter().flatten().filter_map(|id| self.stay(id))
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
        let waiting = self.waiting.values().flat_map(|waiting| waiting.sealed());
        clients.chain(waiting).chain(self.sites.iter().flat_map(|site| site.sealed())).collect()
    }

    /// When the clock has something to do next.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.next()
    }

    /// What is due, longest ago first.
    pub fn due(&self, at: Timestamp) -> Vec<Due> {
        self.due.due(at)
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
            Event::DemandRefused { location } => self.sites.change(location, at, |_| {}),
            Event::CoverHeard { gemeente, told, heard } => {
                self.cover.hear(gemeente, told.clone());
                self.heard = Some(heard.clone());
            }
            Event::Reserved { .. }
            | Event::CheckedIn { .. }
            | Event::CheckedOut { .. }
            | Event::ReservationCancelled { .. }
            | Event::NoShow { .. }
            | Event::Moved { .. }
            | Event::StayExtended { .. }
            | Event::ResponsibleSet { .. } => self.stay_went_on(event, at),
            Event::PeopleCounted { .. }
            | Event::DayEnded { .. }
            | Event::ClosingMoved { .. }
            | Event::CapacitySet { .. }
            | Event::StandRecorded { .. }
            | Event::SurgeStarted { .. }
            | Event::SurgeEnded { .. } => self.counted(event, at),
            Event::WaitingJoined { .. } | Event::WaitingLeft { .. } | Event::WaitingMoved { .. } => {
                self.waiting_list(event, at);
            }
            Event::Offered { .. }
            | Event::OfferAccepted { .. }
            | Event::OfferDeclined { .. }
            | Event::OfferExpired { .. }
            | Event::OfferWithdrawn { .. }
            | Event::PassedOver { .. }
            | Event::OfferedAgain { .. }
            | Event::OffersPaused { .. }
            | Event::OffersResumed { .. } => self.offered(event, at),
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
    /// A reservation, a stay, and its end.
    fn stay_went_on(&mut self, event: &Event, at: Timestamp) {
        match event {
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
                    responsible: self.stay(stay).map(|before| before.responsible.clone()).unwrap_or_default(),
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
                self.chooses_again(stay);
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
                self.got(location, to);
                self.at_the_location(location, &[(from, release(stay)), (to, take)], at);
                self.stays.insert(stay.clone(), moved.into());
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
            _ => {}
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

    /// A stay begins, or its reservation becomes one.
    pub(super) fn begin(&mut self, stay: Stay) {
        self.end(&stay.id);
        if let Some(due) = stay.due() {
            self.due.set(due, Due::Reservation(stay.id.clone()));
        }
        if let Some(client) = &stay.guest.client {
            self.clients.entry(client.clone()).or_default().push_back(stay.id.clone());
        }
        self.stays.insert(stay.id.clone(), stay.into());
    }

    /// Forgets a stay, its timer and its client's entry.
    fn end(&mut self, id: &UserId) {
        let Some(stay) = self.stays.remove(id) else { return };
        if let Some(due) = stay.due() {
            self.due.unset(due, Due::Reservation(id.clone()));
        }
        if let Some(client) = &stay.guest.client
            && let Some(stays) = self.clients.get_mut(client)
        {
            stays.retain(|it| it != id);
            if stays.is_empty() {
                self.clients.remove(client);
            }
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
                self.got(location, place);
            }
            SiteEvent::PlaceChanged { location, place, .. } | SiteEvent::Returned { location, place } => {
                self.got(location, place);
            }
            SiteEvent::Changed { location, .. } => self.look_again(location),
            SiteEvent::Registered { .. }
            | SiteEvent::Retired { .. }
            | SiteEvent::PlaceAdded { .. }
            | SiteEvent::TakenOut { .. }
            | SiteEvent::Confirmed { .. } => {}
        }
    }

    fn stay_changed(&mut self, stay: &UserId, change: impl FnOnce(&mut Stay)) {
        if let Some(stay) = self.stays.get_mut(stay) {
            change(Arc::make_mut(stay));
        }
    }
}

/// The transition the place of a stay makes when it is given back.
pub(super) fn release(stay: &UserId) -> Transition {
    Transition::Release { by: stay.clone() }
}
