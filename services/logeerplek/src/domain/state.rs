//! Everything the events add up to. Persistent maps, so that a copy for a decision costs nothing.
//! `evolve` is total: it believes what happened and refuses nothing.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, Vector};
use jiff::Timestamp;
use model::decision::Evolve;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::kind::Kind;
use model::moment::Timers;
use model::night::{Heard, NightCover};
use model::place::Transition;
use model::sealed::Sealed;
use model::site::{Site, Sites};

use super::{Claim, ClaimView, Event, Offer, Reason, Status};

/// Ended claims that can still be looked up.
const ENDED_KEPT: usize = 10_000;

/// The state of the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    /// The locations and their places.
    pub sites: Sites,
    /// What the nachtdienst told of its cover.
    pub cover: NightCover,
    /// Up to where it was heard.
    pub heard: Option<Heard>,
    claims: HashMap<UserId, Arc<Claim>>,
    clients: HashMap<Sealed, UserId>,
    due: Timers<UserId>,
    ended: Vector<UserId>,
    /// Per gemeente and kind how often demand went unmet there, and when it last did.
    unmet: OrdMap<(Option<Gemeente>, Option<Kind>), (u64, Timestamp)>,
}

impl State {
    /// A claim, open or among the last that ended.
    pub fn claim(&self, id: &UserId) -> Option<&Claim> {
        self.claims.get(id).map(AsRef::as_ref)
    }

    /// The open claim of a client.
    pub fn claim_of(&self, client: &Sealed) -> Option<&Claim> {
        self.clients.get(client).and_then(|id| self.claim(id))
    }

    /// Every open claim.
    pub fn open_claims(&self) -> impl Iterator<Item = &Claim> {
        self.clients.values().filter_map(|id| self.claim(id))
    }

    /// How often demand went unmet.
    pub fn unmet(&self) -> u64 {
        self.unmet.values().map(|(times, _)| times).sum()
    }

    /// How often it did in one gemeente for one kind, and when it last did.
    pub fn unmet_in(&self, gemeente: Option<&Gemeente>, kind: Option<Kind>) -> Option<(u64, Timestamp)> {
        self.unmet.get(&(gemeente.cloned(), kind)).copied()
    }

    /// Ids of the look-up table that are still needed: of who has a place, and of what stands on a door.
    pub fn needs(&self) -> Vec<uuid::Uuid> {
        let clients = self.clients.keys().filter_map(Sealed::id);
        clients.chain(self.sites.iter().flat_map(|site| site.sealed())).collect()
    }

    /// When the next timer is due.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.due.next()
    }

    /// Claims with a timer that is due, most urgent first.
    pub fn due(&self, at: Timestamp) -> Vec<UserId> {
        self.due.due(at)
    }

    /// A claim as an answer shows it.
    pub fn show(&self, claim: &Claim) -> ClaimView {
        let site = self.sites.get(&claim.offer.location).ok();
        let place = site.and_then(|site| site.place(&claim.offer.place).ok());
        let of_site = |text: fn(&Site) -> &Arc<str>| site.map(text).cloned().unwrap_or_default();
        ClaimView {
            id: claim.id.clone(),
            offer: claim.offer.clone(),
            status: claim.status,
            client: claim.client.clone(),
            claimed_at: claim.claimed_at,
            stay_until: claim.stay_until,
            escalated: claim.escalated,
            extended: claim.extended,
            location_name: of_site(|site| &site.profile.name),
            phone: of_site(|site| &site.profile.phone),
            place_label: place.map(|place| Arc::clone(&place.profile.label)).unwrap_or_default(),
        }
    }
}

impl Evolve for State {
    type Event = Event;

    fn evolve(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Site(event) => self.sites.evolve(event, at),
            Event::Claimed { claim, offer, client, needs, search } => {
                let claimed = Claim::new(claim, offer, client, needs, search.as_ref(), at);
                self.insert(Claim { status: waiting(offer), ..claimed });
                self.hold(claim, offer, at);
            }
            Event::Reoffered { claim, offer } => {
                self.ended.retain(|ended| ended != claim);
                self.update(claim, |claim| {
                    claim.offer = offer.clone();
                    claim.status = waiting(offer);
                    (claim.escalated, claim.extended) = (false, false);
                });
                self.hold(claim, offer, at);
            }
            Event::Accepted { claim, location } => {
                self.update(claim, |claim| claim.status = Status::Held);
                self.sites.change(location, at, |site| site.confirmed_at = Some(at));
            }
            Event::Refused { claim, location, place, reason, .. } => {
                self.end(claim, Status::Refused);
                self.sites.change(location, at, |site| refused(site, claim, place, *reason, at));
            }
            Event::Escalated { claim, location } => {
                self.update(claim, |claim| claim.escalated = true);
                self.sites.change(location, at, |_| {});
            }
            Event::Lapsed { claim, location, place } => {
                self.end_before_arrival(claim, Status::Lapsed, location, place, at);
            }
            Event::HoldExtended { claim, location, place, held_until } => {
                self.update(claim, |claim| {
                    claim.offer.held_until = *held_until;
                    claim.extended = true;
                });
                self.sites.apply(location, place, &prolong(claim, *held_until), at);
            }
            Event::Cancelled { claim, location, place } => {
                self.end_before_arrival(claim, Status::Cancelled, location, place, at);
            }
            Event::NoShow { claim, location, place } => {
                self.end_before_arrival(claim, Status::NoShow, location, place, at);
            }
            Event::Arrived { claim, location, place, stay_until } => {
                self.update(claim, |claim| {
                    claim.status = Status::Arrived;
                    claim.arrived_at = Some(at);
                    claim.stay_until = Some(*stay_until);
                });
                let occupy = Transition::Occupy { by: claim.clone(), until: Some(*stay_until) };
                self.at_the_location(location, place, &occupy, at);
            }
            Event::StayExtended { claim, location, place, nights, stay_until } => {
                self.update(claim, |claim| {
                    claim.nights = *nights;
                    claim.stay_until = Some(*stay_until);
                });
                self.at_the_location(location, place, &prolong(claim, *stay_until), at);
            }
            Event::CheckedOut { claim, location, place, .. } => {
                self.end(claim, Status::CheckedOut);
                self.at_the_location(location, place, &release(claim), at);
            }
            Event::DemandUnmet { gemeente, kind, .. } => self.was_unmet(gemeente.clone(), *kind, at),
            Event::CoverHeard { gemeente, told, heard } => {
                self.cover.hear(gemeente, told.clone());
                self.heard = Some(heard.clone());
            }
        }
    }
}

impl State {
    fn was_unmet(&mut self, gemeente: Option<Gemeente>, kind: Option<Kind>, at: Timestamp) {
        let (times, last) = self.unmet.entry((gemeente, kind)).or_insert((0, at));
        (*times, *last) = (*times + 1, at);
    }

    fn hold(&mut self, claim: &UserId, offer: &Offer, at: Timestamp) {
        let hold = Transition::Hold { by: claim.clone(), until: Some(offer.held_until) };
        self.sites.apply(&offer.location, &offer.place, &hold, at);
    }

    fn end_before_arrival(
        &mut self,
        claim: &UserId,
        status: Status,
        location: &LocationId,
        place: &PlaceId,
        at: Timestamp,
    ) {
        self.end(claim, status);
        self.sites.apply(location, place, &release(claim), at);
    }

    /// A change that people at the location make is a confirmation of its stand too.
    fn at_the_location(&mut self, location: &LocationId, place: &PlaceId, transition: &Transition, at: Timestamp) {
        self.sites.change(location, at, |site| {
            site.step(place, transition, at);
            site.confirmed_at = Some(at);
        });
    }

    fn insert(&mut self, claim: Claim) {
        if let Some(due) = claim.due() {
            self.due.set(due, claim.id.clone());
        }
        if claim.status.is_open() {
            self.clients.insert(claim.client.clone(), claim.id.clone());
        }
        self.claims.insert(claim.id.clone(), claim.into());
    }

    /// Changes a claim and keeps its timer and its client's entry in step.
    fn update(&mut self, id: &UserId, change: impl FnOnce(&mut Claim)) {
        let Some(claim) = self.claims.remove(id) else { return };
        if let Some(due) = claim.due() {
            self.due.unset(due, claim.id.clone());
        }
        self.clients.remove(&claim.client);
        let mut claim = Arc::unwrap_or_clone(claim);
        change(&mut claim);
        self.insert(claim);
    }

    fn end(&mut self, id: &UserId, status: Status) {
        self.update(id, |claim| {
            claim.status = status;
            claim.tried.push(claim.offer.location.clone());
        });
        self.ended.push_back(id.clone());
        if self.ended.len() > ENDED_KEPT
            && let Some(oldest) = self.ended.pop_front()
        {
            self.claims.remove(&oldest);
        }
    }
}

/// The status of a claim whose place was just kept.
const fn waiting(offer: &Offer) -> Status {
    if offer.answer.is_some() { Status::Pending } else { Status::Held }
}

/// The transition a claim's place makes when it is given back.
fn release(claim: &UserId) -> Transition {
    Transition::Release { by: claim.clone() }
}

fn prolong(claim: &UserId, until: Timestamp) -> Transition {
    Transition::Prolong { by: claim.clone(), until: Some(until) }
}

/// A refused claim gives its place back; some refusals mean that the next client cannot use it either. Who says
/// "vol" or "gesloten" does not say that the other places are free, so that confirms nothing.
fn refused(site: &mut Site, claim: &UserId, place: &PlaceId, reason: Reason, at: Timestamp) {
    site.step(place, &release(claim), at);
    match reason.takes_out_of_service().map(Sealed::fixed) {
        Some(reason) => site.step(place, &Transition::TakeOut { reason, until: None }, at),
        None => site.confirmed_at = Some(at),
    }
}
