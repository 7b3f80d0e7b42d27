//! Waiting lists: one per pool of a location, in the order in which people joined. A place that comes free is offered
//! to whose turn it is and whom it suits, and is held for them; who is passed over keeps their turn, and the reason is
//! recorded. It must not move anybody in: that is for a person at the door.

use std::sync::Arc;

use imbl::OrdSet;
use jiff::Timestamp;
use model::criteria::Miss;
use model::id::{Gemeente, LocationId, PlaceId, Pool, UserId};
use model::moment::{hours, later};
use model::place::{Place, Transition};
use model::sealed::Sealed;
use model::site::{Site, SiteCommand, SiteEvent};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::state::{Due, release};
use super::{Deciding, Event, Guest, Refusal, State, Stay, Told, care, fit, when};

/// Most people on the waiting lists of one location.
const MOST_WAITING: usize = 500;

/// Somebody on a waiting list.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Its id. Whoever accepts an offer keeps it as the id of their reservation.
    pub id: UserId,
    /// The location.
    pub location: LocationId,
    /// The pool.
    pub pool: Pool,
    /// Who waits.
    pub guest: Arc<Guest>,
    /// Number of joining, over all lists: the lowest has the first turn.
    pub number: u64,
    /// Since when they wait.
    pub since: Timestamp,
    /// The place that is offered now, and until when.
    pub offer: Option<(PlaceId, Timestamp)>,
    /// Places that are not for them, until somebody else got them.
    pub passed: OrdSet<PlaceId>,
    /// For which of them they were passed over last, and why.
    pub passed_over: Option<(PlaceId, Ground)>,
}

/// Why somebody was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Ground {
    /// The place does not suit them.
    DoesNotFit { misses: Vec<Miss> },
    /// Staff says so.
    Staff { reason: Sealed },
}

impl Ground {
    /// Id of what somebody wrote.
    fn sealed(&self) -> Option<Uuid> {
        match self {
            Self::Staff { reason } => reason.id(),
            Self::DoesNotFit { .. } => None,
        }
    }
}

/// Most times that somebody is passed over in one commit; the rest follows in the next.
const MOST_PASSED_AT_ONCE: usize = 1_000;

impl Deciding<'_> {
    pub(super) fn join(&mut self, location: LocationId, pool: Pool, told: Told) -> Result<(), Refusal> {
        let site = self.with_places(&location)?;
        if !site.places.values().any(|place| place.is_in(&pool)) {
            return Err(Refusal::UnknownPool {});
        }
        let guest = told.guest();
        self.check_not_in(&guest, &location, &pool)?;
        let waiting: Vec<&Waiting> = self.state().waiting_at(&location).collect();
        if waiting.len() >= MOST_WAITING {
            return Err(Refusal::WaitingListFull { max: MOST_WAITING });
        }
        let is_same = |it: &&Waiting| it.pool == pool && guest.client.is_some() && it.guest.client == guest.client;
        if let Some(other) = waiting.into_iter().find(is_same) {
            return Err(Refusal::AlreadyWaiting { waiting: other.id.clone() });
        }
        let waiting = model::id::made(self.new_id);
        self.happened(Event::WaitingJoined { waiting, location, pool, guest: guest.into() });
        Ok(())
    }

    pub(super) fn leave_list(&mut self, location: &LocationId, waiting: &UserId) -> Result<(), Refusal> {
        let waiting = self.waiting_at(location, waiting)?;
        self.goes_off(waiting);
        Ok(())
    }

    /// The place is kept for them until they are expected: when they said, or the next release time.
    pub(super) fn accept(
        &mut self,
        location: &LocationId,
        waiting: &UserId,
        arrive_by: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let (waiting, place) = self.offered_at(location, waiting)?;
        self.check_expected_nowhere(&waiting.guest)?;
        let site = self.state().sites.open(location)?;
        care::check_open(site)?;
        fit::check_night_cover(self.region, self.state(), site, self.at())?;
        let until = when::arrive_by(self.region, arrive_by, self.at())?;
        self.happened(Event::OfferAccepted { waiting: waiting.id, location: location.clone(), place, until });
        self.withdraw_others(&waiting.guest);
        Ok(())
    }

    /// Who is in a place of a pool needs no other one of it.
    fn check_not_in(&self, guest: &Guest, location: &LocationId, pool: &Pool) -> Result<(), Refusal> {
        let site = self.state().sites.open(location)?;
        let is_in = |stay: &&Stay| {
            stay.location == *location && !stay.reserved && site.place(&stay.place).is_ok_and(|place| place.is_in(pool))
        };
        let mut stays = guest.client.iter().flat_map(|client| self.state().stays_of(client));
        match stays.find(is_in) {
            Some(stay) => Err(Refusal::ClientHasPlace { stay: stay.id.clone() }),
            None => Ok(()),
        }
    }

    /// Somebody is in a place: they wait for one of its pools no longer.
    pub(super) fn has_what_they_waited_for(&mut self, guest: &Guest, location: &LocationId, place: &PlaceId) {
        let Some(client) = &guest.client else { return };
        let Ok(place) = self.state().sites.open(location).and_then(|site| site.place(place)) else { return };
        let waits = |it: &&Waiting| it.location == *location && place.is_in(&it.pool);
        let waiting: Vec<Waiting> = self.state().waiting_for(client).filter(waits).cloned().collect();
        waiting.into_iter().for_each(|it| self.goes_off(it));
    }

    /// Who is erased is nobody to call: off every list. Their reservations run out by themselves.
    pub(super) fn is_erased(&mut self, client: &Sealed) {
        let waiting: Vec<Waiting> = self.state().waiting_for(client).cloned().collect();
        waiting.into_iter().for_each(|it| self.goes_off(it));
    }

    /// Somebody goes off a list; what is offered to them goes to the next.
    fn goes_off(&mut self, it: Waiting) {
        let Waiting { id: waiting, location, offer, .. } = it;
        if let Some((place, _)) = offer {
            let (waiting, location) = (waiting.clone(), location.clone());
            self.happened(Event::OfferDeclined { waiting, location, place });
        }
        self.happened(Event::WaitingLeft { waiting, location });
    }

    pub(super) fn move_waiting(&mut self, location: LocationId, waiting: &UserId, pool: Pool) -> Result<(), Refusal> {
        let it = self.waiting_at(&location, waiting)?;
        if !self.with_places(&location)?.places.values().any(|place| place.is_in(&pool)) {
            return Err(Refusal::UnknownPool {});
        }
        self.check_not_in(&it.guest, &location, &pool)?;
        let is_same =
            |other: &&Waiting| other.pool == pool && it.guest.client.is_some() && other.guest.client == it.guest.client;
        if let Some(other) = self.state().waiting_at(&location).find(is_same) {
            return Err(Refusal::AlreadyWaiting { waiting: other.id.clone() });
        }
        if let Some((place, _)) = it.offer {
            let (waiting, location) = (it.id.clone(), location.clone());
            self.happened(Event::OfferDeclined { waiting, location, place });
        }
        self.happened(Event::WaitingMoved { waiting: it.id, location, pool });
        Ok(())
    }

    /// The last place of a pool stays as long as somebody waits for it.
    pub(super) fn check_nobody_waits_in_vain(&self, command: &SiteCommand) -> Result<(), Refusal> {
        let (location, goes, becomes) = match command {
            SiteCommand::RetirePlace { location, place } => (location, place, None),
            SiteCommand::ChangePlace { location, place, profile } => (location, place, Some(profile)),
            _ => return Ok(()),
        };
        let site = self.state().sites.open(location)?;
        let stays = |pool: &Pool| {
            let becomes = becomes.is_some_and(|profile| profile.is_in(pool));
            becomes || site.places.values().any(|place| place.id != *goes && place.is_in(pool))
        };
        match self.state().waiting_at(location).filter(|it| !stays(&it.pool)).count() {
            0 => Ok(()),
            people => Err(Refusal::PeopleWait { people: u32::try_from(people).unwrap_or(u32::MAX) }),
        }
    }

    /// Who is in somewhere may go on to another place; who is expected somewhere has the place they go to.
    fn check_expected_nowhere(&self, guest: &Guest) -> Result<(), Refusal> {
        let stays = guest.client.iter().flat_map(|client| self.state().stays_of(client));
        match stays.into_iter().find(|stay| stay.reserved) {
            Some(stay) => Err(Refusal::ClientHasPlace { stay: stay.id.clone() }),
            None => Ok(()),
        }
    }

    /// Somebody knows where they go: other places are offered to others. They keep their turns.
    pub(super) fn withdraw_others(&mut self, guest: &Guest) {
        let Some(client) = &guest.client else { return };
        let offered = self
            .state()
            .waiting_for(client)
            .filter_map(|it| Some((it.id.clone(), it.location.clone(), it.offer.clone()?.0)));
        let offered: Vec<(UserId, LocationId, PlaceId)> = offered.collect();
        for (waiting, location, place) in offered {
            let reason = Sealed::fixed("koos een andere plek");
            self.happened(Event::OfferWithdrawn { waiting, location, place, reason });
        }
    }

    /// Where somebody waits whose stay or reservation ends or begins with this: their turn may have come there.
    pub(super) fn waits_elsewhere(&self, event: &Event) -> Vec<LocationId> {
        let (Event::CheckedIn { stay, .. }
        | Event::CheckedOut { stay, .. }
        | Event::ReservationCancelled { stay, .. }
        | Event::NoShow { stay, .. }) = event
        else {
            return Vec::new();
        };
        let client = self.state().stay(stay).and_then(|stay| stay.guest.client.as_ref());
        client.map_or_else(Vec::new, |client| self.state().waiting_for(client).map(|it| it.location.clone()).collect())
    }

    pub(super) fn decline(&mut self, location: &LocationId, waiting: &UserId, leaves: bool) -> Result<(), Refusal> {
        let (waiting, place) = self.offered_at(location, waiting)?;
        self.happened(Event::OfferDeclined { waiting: waiting.id.clone(), location: location.clone(), place });
        if leaves {
            self.happened(Event::WaitingLeft { waiting: waiting.id, location: location.clone() });
        }
        Ok(())
    }

    pub(super) fn withdraw_offer(
        &mut self,
        location: &LocationId,
        waiting: &UserId,
        reason: Sealed,
        take_out: bool,
    ) -> Result<(), Refusal> {
        let (waiting, place) = self.offered_at(location, waiting)?;
        let (waiting, location) = (waiting.id, location.clone());
        let (at, of, why) = (location.clone(), place.clone(), reason.clone());
        self.happened(Event::OfferWithdrawn { waiting, location: at, place: of, reason: why });
        if take_out {
            self.happened(Event::Site(SiteEvent::TakenOut { location, place, reason, until: None }));
        }
        Ok(())
    }

    pub(super) fn pass_over(
        &mut self,
        location: &LocationId,
        waiting: &UserId,
        place: PlaceId,
        reason: Sealed,
    ) -> Result<(), Refusal> {
        let waiting = self.waiting_at(location, waiting)?;
        self.with_places(location)?.place(&place)?;
        let (id, location) = (waiting.id, location.clone());
        if waiting.offer.is_some_and(|(offered, _)| offered == place) {
            let (waiting, location, place) = (id.clone(), location.clone(), place.clone());
            self.happened(Event::OfferWithdrawn { waiting, location, place, reason: reason.clone() });
        }
        let ground = Ground::Staff { reason };
        self.happened(Event::PassedOver { waiting: id, location, place, ground });
        Ok(())
    }

    /// A place that nobody wanted in time is free, and who waits was passed over for it: they get another chance.
    pub(super) fn offer_again(&mut self, location: LocationId, place: PlaceId) -> Result<(), Refusal> {
        let site = self.with_places(&location)?;
        let free = site.check(&place, &Transition::Hold { by: model::id::made(self.new_id), until: None })?.clone();
        care::check_open(site)?;
        fit::check_night_cover(self.region, self.state(), site, self.at())?;
        let mut waiting = self.state().waiting_at(&location);
        if !waiting.any(|it| it.offer.is_none() && free.is_in(&it.pool)) {
            return Err(Refusal::NobodyWaits);
        }
        drop(waiting);
        self.happened(Event::OfferedAgain { location, place });
        Ok(())
    }

    /// Somebody who waits at this location.
    fn waiting_at(&self, location: &LocationId, id: &UserId) -> Result<Waiting, Refusal> {
        let site = self.with_places(location)?;
        let waiting = self.state().waiting(id).filter(|waiting| waiting.location == site.id);
        waiting.cloned().ok_or_else(|| Refusal::UnknownWaiting { waiting: id.clone() })
    }

    /// Somebody who has an offer at this location, and the place.
    fn offered_at(&self, location: &LocationId, id: &UserId) -> Result<(Waiting, PlaceId), Refusal> {
        let waiting = self.waiting_at(location, id)?;
        match waiting.offer.clone() {
            Some((place, _)) => Ok((waiting, place)),
            None => Err(Refusal::NoOffer { waiting: id.clone() }),
        }
    }

    /// Offers the free places of a location to whose turn it is.
    pub(super) fn offer_free_places(&mut self, location: &LocationId) {
        if self.state().waiting_at(location).next().is_none() {
            return;
        }
        let Ok(site) = self.state().sites.open(location) else { return };
        // Nobody comes in at a winteropvang that is closed, nor at night where that takes the nachtdienst and it is not there.
        if site.surge_closed || fit::check_night_cover(self.region, self.state(), site, self.at()).is_err() {
            return;
        }
        let mut free: Vec<Place> = site.places.values().filter(|place| place.is_free()).cloned().collect();
        free.sort_by_key(|place| place.since);
        for place in free {
            self.offer(location, &place);
            if self.passed >= MOST_PASSED_AT_ONCE {
                self.happened(Event::OffersPaused { location: location.clone() });
                return;
            }
        }
    }

    /// Offers one free place. Who comes before and whom it does not suit is passed over, which is recorded.
    fn offer(&mut self, location: &LocationId, place: &Place) {
        let Ok(site) = self.state().sites.open(location).cloned() else { return };
        // Who is expected somewhere, or has an offer here, keeps their turn, and is not offered another place meanwhile.
        let is_free = |waiting: &Waiting| {
            self.check_expected_nowhere(&waiting.guest).is_ok() && !self.has_offer(&waiting.guest, location)
        };
        let in_turn = self.state().waiting_at(location).filter(|it| it.is_open_to(place) && is_free(it));
        let in_turn: Vec<Waiting> = in_turn.cloned().collect();
        for waiting in in_turn {
            let misses = fit::misses(&site, place, &waiting.guest.needs);
            let (waiting, location, id) = (waiting.id, location.clone(), place.id.clone());
            if misses.is_empty() {
                let until = later(self.at(), hours(self.region.rules.offer_hours));
                self.happened(Event::Offered { waiting, location, place: id, until });
                return;
            }
            self.passed += 1;
            let ground = Ground::DoesNotFit { misses };
            self.happened(Event::PassedOver { waiting, location, place: id, ground });
        }
    }

    /// Whether a client has an offer of this location, on any of its lists.
    fn has_offer(&self, guest: &Guest, location: &LocationId) -> bool {
        let mut waiting = guest.client.iter().flat_map(|client| self.state().waiting_for(client));
        waiting.any(|it| it.location == *location && it.offer.is_some())
    }

    /// Nobody answered in time.
    pub(super) fn expire(&mut self, waiting: &UserId) {
        let Some(Waiting { id, location, offer: Some((place, _)), .. }) = self.state().waiting(waiting).cloned() else {
            return;
        };
        self.happened(Event::OfferExpired { waiting: id, location, place });
    }
}

impl Waiting {
    /// Ids of the look-up table that are needed as long as they wait.
    pub(super) fn sealed(&self) -> impl Iterator<Item = Uuid> {
        let reason = self.passed_over.as_ref().and_then(|(_, ground)| ground.sealed());
        self.guest.client.iter().filter_map(Sealed::id).chain(reason)
    }

    /// Whether this place may be offered to them: they wait for its pool, have no offer, and were not passed over.
    fn is_open_to(&self, place: &Place) -> bool {
        self.offer.is_none() && place.is_in(&self.pool) && !self.passed.contains(&place.id)
    }
}

impl State {
    /// Somebody on a waiting list.
    pub fn waiting(&self, id: &UserId) -> Option<&Waiting> {
        self.waiting.get(id).map(AsRef::as_ref)
    }

    /// Where a client waits, over all lists.
    pub fn waiting_for(&self, client: &Sealed) -> impl Iterator<Item = &Waiting> {
        self.waiting.values().map(AsRef::as_ref).filter(move |it| it.guest.client.as_ref() == Some(client))
    }

    /// Everybody who waits at a location, in turn.
    pub fn waiting_at(&self, location: &LocationId) -> impl Iterator<Item = &Waiting> + use<'_> {
        let list = self.lists.get(location).into_iter().flatten();
        list.filter_map(|(_, id)| self.waiting(id))
    }
}

impl State {
    /// A location is another one now: every place of it may suit who was passed over before.
    pub(super) fn look_again(&mut self, location: &LocationId) {
        let Some(list) = self.lists.get(location) else { return };
        for (_, id) in list {
            if let Some(waiting) = self.waiting.get_mut(id).filter(|waiting| !waiting.passed.is_empty()) {
                Arc::make_mut(waiting).passed.clear();
            }
        }
    }

    /// Somebody got a place, or it is another one now: who was passed over for it may be offered it the next time.
    pub(super) fn got(&mut self, location: &LocationId, place: &PlaceId) {
        let Some(list) = self.lists.get(location) else { return };
        for (_, id) in list {
            if let Some(waiting) = self.waiting.get_mut(id).filter(|waiting| waiting.passed.contains(place)) {
                Arc::make_mut(waiting).passed.remove(place);
            }
        }
    }

    pub(super) fn waiting_list(&mut self, event: &Event, at: Timestamp) {
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
                    passed_over: None,
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
            | Event::OfferWithdrawn { waiting, location, place, .. } => self.pass(waiting, location, place, at),
            Event::PassedOver { waiting, location, place, ground } => {
                self.pass(waiting, location, place, at);
                if let Some(waiting) = self.waiting.get_mut(waiting) {
                    Arc::make_mut(waiting).passed_over = Some((place.clone(), ground.clone()));
                }
            }
            Event::OfferedAgain { location, place } => {
                self.sites.change(location, at, |_| {});
                self.got(location, place);
            }
            Event::WaitingMoved { waiting, location, pool } => {
                self.sites.change(location, at, |_| {});
                if let Some(waiting) = self.waiting.get_mut(waiting) {
                    let waiting = Arc::make_mut(waiting);
                    waiting.pool = pool.clone();
                    waiting.passed.clear();
                }
            }
            Event::OffersPaused { location } => {
                self.sites.change(location, at, |_| {});
                self.offers_follow(location, Some(at));
            }
            Event::OffersResumed { location } => {
                self.sites.change(location, at, |_| {});
                self.offers_follow(location, None);
            }
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
            self.due.unset(*until, Due::Offer(waiting.clone()));
        }
        if let Some((_, until)) = &offer {
            self.due.set(*until, Due::Offer(waiting.clone()));
        }
        Arc::make_mut(held).offer = offer;
    }

    /// Keeps, or forgets, that free places are still to be offered.
    fn offers_follow(&mut self, location: &LocationId, at: Option<Timestamp>) {
        if let Some(before) = self.offers_paused.remove(location) {
            self.due.unset(before, Due::Offers(location.clone()));
        }
        if let Some(at) = at {
            self.offers_paused.insert(location.clone(), at);
            self.due.set(at, Due::Offers(location.clone()));
        }
    }

    fn unlist(&mut self, waiting: &UserId) {
        let Some(gone) = self.waiting.remove(waiting) else { return };
        if let Some(list) = self.lists.get_mut(&gone.location) {
            list.remove(&(gone.number, gone.id.clone()));
        }
    }
}

/// How many of these wait for a kind of place that is not there.
pub(super) fn in_vain<'a>(waiting: impl Iterator<Item = &'a Waiting>, site: &Site) -> u32 {
    let is_there = |pool: &Pool| site.places.values().any(|place| place.is_in(pool));
    u32::try_from(waiting.filter(|it| !is_there(&it.pool)).count()).unwrap_or(u32::MAX)
}

/// A refusal that a list of waiting people is in the way of.
pub(super) fn check_nobody_waits(state: &State, location: &LocationId) -> Result<(), Refusal> {
    match state.waiting_at(location).count() {
        0 => Ok(()),
        people => Err(Refusal::PeopleWait { people: u32::try_from(people).unwrap_or(u32::MAX) }),
    }
}

/// Locations of a gemeente where people wait and nobody comes in at night without the nachtdienst.
pub(super) fn lists_that_need_cover(state: &State, gemeente: &Gemeente) -> Vec<LocationId> {
    let needs_it = |location: &&LocationId| {
        state.sites.get(location).is_ok_and(|site| site.profile.needs_night_cover && site.profile.gemeente == *gemeente)
    };
    state.lists.keys().filter(needs_it).cloned().collect()
}

/// Somebody on a waiting list as an answer shows it; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaitingView {
    /// Its id.
    pub id: UserId,
    /// The location.
    pub location: LocationId,
    /// The pool.
    pub pool: Pool,
    /// The client, when told.
    pub client: Option<Sealed>,
    /// People in the household.
    pub household: u32,
    /// Since when.
    pub since: Timestamp,
    /// How many have their turn before them.
    pub before: u32,
    /// The place that is offered now.
    pub offered: Option<PlaceId>,
    /// Until when it is.
    pub offer_until: Option<Timestamp>,
    /// For which place they were passed over last, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<(PlaceId, Ground)>,
}

impl WaitingView {
    /// Ids of the look-up table in it.
    pub fn sealed(&self) -> impl Iterator<Item = Uuid> {
        let reason = self.passed_over.as_ref().and_then(|(_, ground)| ground.sealed());
        self.client.iter().filter_map(Sealed::id).chain(reason)
    }
}

impl Waiting {
    /// As an answer shows it.
    pub fn show(&self, state: &State) -> WaitingView {
        let others = state.waiting_at(&self.location).filter(|it| it.pool == self.pool && it.number < self.number);
        WaitingView {
            id: self.id.clone(),
            location: self.location.clone(),
            pool: self.pool.clone(),
            client: self.guest.client.clone(),
            household: self.guest.needs.household(),
            since: self.since,
            before: u32::try_from(others.count()).unwrap_or(u32::MAX),
            offered: self.offer.as_ref().map(|(place, _)| place.clone()),
            offer_until: self.offer.as_ref().map(|(_, until)| *until),
            passed_over: self.passed_over.clone(),
        }
    }
}
