//! Offers: a place that comes free is offered to whose turn it is and whom it suits, and is held for them until they
//! answer. Who is passed over keeps their turn, and the reason is recorded. It must not move anybody in: that is for a
//! person at the door.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use model::id::{LocationId, PlaceId, UserId};
use model::moment::{hours, later};
use model::night;
use model::place::{Place, Transition};
use model::sealed::Sealed;
use model::site::SiteEvent;

use super::state::{Due, release};
use super::{Deciding, Event, Ground, Guest, Refusal, State, Stay, Waiting, care, fit, when};

/// Why an offer was taken back of who chose another place.
const CHOSE: &str = "koos een andere plek";
/// Most times that somebody is passed over in one commit; the rest follows in the next.
const MOST_PASSED_AT_ONCE: usize = 1_000;

impl Deciding<'_> {
    /// The place is kept for them until they are expected: when they said, or the next release time.
    pub(super) fn accept(
        &mut self,
        location: &LocationId,
        waiting: &UserId,
        arrive_by: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let (waiting, place) = self.offered_at(location, waiting)?;
        self.check_expected_nowhere(&waiting.guest)?;
        let until = when::arrive_by(self.region, arrive_by, self.at())?;
        let site = self.state().sites.open(location)?;
        care::check_open(site)?;
        // Who comes after this night is asked at the door whether the nachtdienst is there then.
        if night::night_of(self.region, self.at()).is_some_and(|night| until <= night.until) {
            fit::check_night_cover(self.region, self.state(), site, self.at())?;
        }
        self.happened(Event::OfferAccepted { waiting: waiting.id, location: location.clone(), place, until });
        self.withdraw_others(&waiting.guest);
        Ok(())
    }

    /// Who is in somewhere may go on to another place; who is expected somewhere has the place they go to.
    fn check_expected_nowhere(&self, guest: &Guest) -> Result<(), Refusal> {
        self.check_has_none(guest, |stay| stay.reserved)
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
            let reason = Sealed::fixed(CHOSE);
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
        let (waiting, _) = self.offered_at(location, waiting)?;
        if leaves {
            self.goes_off(&waiting);
        } else {
            self.gives_up_offer(&waiting);
        }
        Ok(())
    }

    /// What is offered to somebody, if anything, goes to the next.
    pub(super) fn gives_up_offer(&mut self, it: &Waiting) {
        if let Some((place, _)) = it.offer.clone() {
            self.happened(Event::OfferDeclined { waiting: it.id.clone(), location: it.location.clone(), place });
        }
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

    /// A place that nobody wanted in time is free, and who waits was passed over for it: they get another chance.
    pub(super) fn offer_again(&mut self, location: LocationId, place: PlaceId) -> Result<(), Refusal> {
        let site = self.with_places(&location)?;
        let free = site.check(&place, &Transition::Hold { by: model::id::made(self.new_id), until: None })?;
        care::check_open(site)?;
        fit::check_night_cover(self.region, self.state(), site, self.at())?;
        let somebody_waits = self.state().waiting_at(&location).any(|it| it.offer.is_none() && free.is_in(&it.pool));
        if !somebody_waits {
            return Err(Refusal::NobodyWaits);
        }
        self.happened(Event::OfferedAgain { location, place });
        Ok(())
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
        // Nobody comes in at a winteropvang that is closed, nor at night where that takes the nachtdienst and it is not
        // there; by day nobody asks for it.
        if site.surge_closed {
            return;
        }
        if fit::check_night_cover(self.region, self.state(), site, self.at()).is_err() {
            self.offer_in_the_morning(location);
            return;
        }
        let mut free: Vec<Place> = site.places.values().filter(|place| place.is_free()).cloned().collect();
        free.sort_by_key(|place| place.since);
        for place in free {
            self.offer(location, &place);
            if self.passed >= MOST_PASSED_AT_ONCE {
                self.happened(Event::OffersPaused { location: location.clone(), until: None });
                return;
            }
        }
    }

    /// Once the night is over, what is free then is offered, also when the nachtdienst tells nothing.
    fn offer_in_the_morning(&mut self, location: &LocationId) {
        let Ok(site) = self.state().sites.open(location) else { return };
        let mut free = site.places.values().filter(|place| place.is_free());
        let is_waited_for = free.any(|place| self.state().waiting_at(location).any(|it| it.is_open_to(place)));
        if !is_waited_for || self.state().offers_paused.contains_key(location) {
            return;
        }
        if let Some(night) = night::night_of(self.region, self.at()) {
            self.happened(Event::OffersPaused { location: location.clone(), until: Some(night.until) });
        }
    }

    /// Offers one free place. Who comes before and whom it does not suit is passed over, which is recorded.
    fn offer(&mut self, location: &LocationId, place: &Place) {
        let Ok(site) = self.state().sites.open(location).cloned() else { return };
        // Who is expected somewhere, or has an offer here, keeps their turn, and is not offered another place meanwhile. What
        // somebody did not want on one list they are not asked again on another.
        let here = self.state().waiting_at(location);
        let asked = here.filter(|it| it.offer.is_some() || it.passed.contains(&place.id));
        let asked: HashSet<&Sealed> = asked.filter_map(|it| it.guest.client.as_ref()).collect();
        let is_free = |waiting: &Waiting| {
            let was_asked = waiting.guest.client.as_ref().is_some_and(|client| asked.contains(client));
            !was_asked && self.check_expected_nowhere(&waiting.guest).is_ok()
        };
        let in_turn = self.state().waiting_at(location).filter(|it| it.is_open_to(place) && is_free(it));
        let in_turn: Vec<Waiting> = in_turn.cloned().collect();
        for waiting in in_turn {
            let misses = site.misses(place, &waiting.guest.needs);
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

    /// Nobody answered in time.
    pub(super) fn expire(&mut self, waiting: &UserId) {
        let Some(Waiting { id, location, offer: Some((place, _)), .. }) = self.state().waiting(waiting).cloned() else {
            return;
        };
        self.happened(Event::OfferExpired { waiting: id, location, place });
    }
}

impl Waiting {
    /// Whether this place may be offered to them: they wait for its pool, have no offer, and were not passed over.
    fn is_open_to(&self, place: &Place) -> bool {
        self.offer.is_none() && place.is_in(&self.pool) && !self.passed.contains(&place.id)
    }
}

impl State {
    /// A place was offered, and what became of that.
    pub(super) fn offered(&mut self, event: &Event, at: Timestamp) {
        match event {
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
            Event::OfferDeclined { waiting, location, place } | Event::OfferExpired { waiting, location, place } => {
                self.pass(waiting, location, place, at);
            }
            Event::OfferWithdrawn { waiting, location, place, reason } => {
                self.pass(waiting, location, place, at);
                if *reason == Sealed::fixed(CHOSE) {
                    self.change_waiting(waiting, |it| drop(it.forgone.insert(place.clone())));
                }
            }
            Event::PassedOver { waiting, location, place, ground } => {
                self.pass(waiting, location, place, at);
                self.change_waiting(waiting, |it| it.passed_over = Some((place.clone(), ground.clone())));
            }
            Event::OfferedAgain { location, place } => {
                self.sites.change(location, at, |_| {});
                self.got(location, place);
            }
            Event::OffersPaused { location, until } => {
                self.sites.change(location, at, |_| {});
                self.offers_follow(location, Some(until.unwrap_or(at)));
            }
            Event::OffersResumed { location } => {
                self.sites.change(location, at, |_| {});
                self.offers_follow(location, None);
            }
            _ => {}
        }
    }

    /// A location is another one now: every place of it may suit who was passed over before.
    pub(super) fn look_again(&mut self, location: &LocationId) {
        let Some(list) = self.lists.get(location) else { return };
        for (_, id) in list {
            if let Some(waiting) = self.waiting.get_mut(id).filter(|waiting| !waiting.passed.is_empty()) {
                let waiting = Arc::make_mut(waiting);
                waiting.passed.clear();
                waiting.forgone.clear();
            }
        }
    }

    /// Who had chosen a place, and does not get it after all, may be offered again what was taken back from them for it; not
    /// what they, or staff for them, said no to.
    pub(super) fn chooses_again(&mut self, stay: &UserId) {
        let Some(client) = self.stay(stay).and_then(|stay| stay.guest.client.clone()) else { return };
        let waiting: Vec<UserId> = self.waiting_for(&client).map(|it| it.id.clone()).collect();
        for id in waiting {
            self.change_waiting(&id, |it| {
                for place in std::mem::take(&mut it.forgone) {
                    it.passed.remove(&place);
                }
            });
        }
    }

    /// Somebody got a place, or it is another one now: who was passed over for it may be offered it the next time.
    pub(super) fn got(&mut self, location: &LocationId, place: &PlaceId) {
        let Some(list) = self.lists.get(location) else { return };
        for (_, id) in list {
            if let Some(waiting) = self.waiting.get_mut(id).filter(|waiting| waiting.passed.contains(place)) {
                let waiting = Arc::make_mut(waiting);
                waiting.passed.remove(place);
                waiting.forgone.remove(place);
            }
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
        self.change_waiting(waiting, |it| {
            it.passed.insert(place.clone());
            it.forgone.remove(place);
        });
    }

    fn change_waiting(&mut self, waiting: &UserId, change: impl FnOnce(&mut Waiting)) {
        if let Some(waiting) = self.waiting.get_mut(waiting) {
            change(Arc::make_mut(waiting));
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
}
