//! Waiting lists: one per pool of a location, in the order in which people joined. What comes of a free place is in
//! [`offer`](super::offer). It must not move anybody in: that is for a person at the door.

use std::sync::Arc;

use imbl::OrdSet;
use jiff::Timestamp;
use model::criteria::Miss;
use model::id::{Gemeente, LocationId, PlaceId, Pool, UserId};
use model::sealed::Sealed;
use model::site::{Site, SiteCommand};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Deciding, Event, Guest, Refusal, State, Stay, Told};

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
    /// Which of them were taken back because they chose another place: they did not say no to these.
    pub forgone: OrdSet<PlaceId>,
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

impl Deciding<'_> {
    pub(super) fn join(&mut self, location: LocationId, pool: Pool, told: Told) -> Result<(), Refusal> {
        let guest = told.guest();
        self.check_may_wait(&guest, &location, &pool)?;
        if self.state().waiting_at(&location).count() >= MOST_WAITING {
            return Err(Refusal::WaitingListFull { max: MOST_WAITING });
        }
        let waiting = model::id::made(self.new_id);
        self.happened(Event::WaitingJoined { waiting, location, pool, guest: guest.into() });
        Ok(())
    }

    pub(super) fn leave_list(&mut self, location: &LocationId, waiting: &UserId) -> Result<(), Refusal> {
        let waiting = self.waiting_at(location, waiting)?;
        self.goes_off(&waiting);
        Ok(())
    }

    /// A client waits once for a pool that is there, and not for the one they are in.
    fn check_may_wait(&self, guest: &Guest, location: &LocationId, pool: &Pool) -> Result<(), Refusal> {
        let site = self.with_places(location)?;
        if !site.has_pool(pool) {
            return Err(Refusal::UnknownPool {});
        }
        let is_same = |it: &&Waiting| it.pool == *pool && guest.client.is_some() && it.guest.client == guest.client;
        if let Some(other) = self.state().waiting_at(location).find(is_same) {
            return Err(Refusal::AlreadyWaiting { waiting: other.id.clone() });
        }
        let is_in = |stay: &Stay| {
            stay.location == *location && !stay.reserved && site.place(&stay.place).is_ok_and(|place| place.is_in(pool))
        };
        self.check_has_none(guest, is_in)
    }

    /// Somebody is in a place: they wait for one of its pools no longer.
    pub(super) fn has_what_they_waited_for(&mut self, guest: &Guest, location: &LocationId, place: &PlaceId) {
        let Some(client) = &guest.client else { return };
        let Ok(place) = self.state().sites.open(location).and_then(|site| site.place(place)) else { return };
        let waits = |it: &&Waiting| it.location == *location && place.is_in(&it.pool);
        let waiting: Vec<Waiting> = self.state().waiting_for(client).filter(waits).cloned().collect();
        for it in waiting {
            self.gives_up_offer(&it);
            self.happened(Event::WaitingLeft { waiting: it.id, location: it.location, placed: true });
        }
    }

    /// Who is erased is nobody to call: off every list. Their reservations run out by themselves.
    pub(super) fn is_erased(&mut self, client: &Sealed) {
        let waiting: Vec<Waiting> = self.state().waiting_for(client).cloned().collect();
        waiting.iter().for_each(|it| self.goes_off(it));
    }

    /// Somebody goes off a list; what is offered to them goes to the next.
    pub(super) fn goes_off(&mut self, it: &Waiting) {
        self.gives_up_offer(it);
        self.happened(Event::WaitingLeft { waiting: it.id.clone(), location: it.location.clone(), placed: false });
    }

    pub(super) fn move_waiting(&mut self, location: LocationId, waiting: &UserId, pool: Pool) -> Result<(), Refusal> {
        let it = self.waiting_at(&location, waiting)?;
        if it.pool == pool {
            return Ok(());
        }
        self.check_may_wait(&it.guest, &location, &pool)?;
        self.gives_up_offer(&it);
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
        let before = site.place(goes)?;
        let stays = |pool: &Pool| {
            let becomes = becomes.is_some_and(|profile| profile.is_in(pool));
            becomes || site.places.values().any(|place| place.id != *goes && place.is_in(pool))
        };
        // Who waits for a pool that went before is no reason to keep this place as it is.
        let waits_for_it = |it: &&Waiting| before.is_in(&it.pool) && !stays(&it.pool);
        nobody(self.state().waiting_at(location).filter(waits_for_it).count())
    }

    pub(super) fn pass_over(
        &mut self,
        location: &LocationId,
        waiting: &UserId,
        place: PlaceId,
        reason: Sealed,
    ) -> Result<(), Refusal> {
        let waiting = self.waiting_at(location, waiting)?;
        let is_offered = waiting.offer.as_ref().is_some_and(|(offered, _)| *offered == place);
        // A place may have become one of another pool after it was offered.
        if !is_offered && !self.with_places(location)?.place(&place)?.is_in(&waiting.pool) {
            return Err(Refusal::OtherPool { place });
        }
        let (id, location) = (waiting.id, location.clone());
        if is_offered {
            let (waiting, location, place) = (id.clone(), location.clone(), place.clone());
            self.happened(Event::OfferWithdrawn { waiting, location, place, reason: reason.clone() });
        }
        let ground = Ground::Staff { reason };
        self.happened(Event::PassedOver { waiting: id, location, place, ground });
        Ok(())
    }

    /// Somebody who waits at this location.
    pub(super) fn waiting_at(&self, location: &LocationId, id: &UserId) -> Result<Waiting, Refusal> {
        let site = self.with_places(location)?;
        let waiting = self.state().waiting(id).filter(|waiting| waiting.location == site.id);
        waiting.cloned().ok_or_else(|| Refusal::UnknownWaiting { waiting: id.clone() })
    }
}

impl Waiting {
    /// Ids of the look-up table that are needed as long as they wait.
    pub(super) fn sealed(&self) -> impl Iterator<Item = Uuid> {
        let reason = self.passed_over.as_ref().and_then(|(_, ground)| ground.sealed());
        self.guest.client.iter().filter_map(Sealed::id).chain(reason)
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
                    forgone: OrdSet::new(),
                    passed_over: None,
                };
                self.lists.entry(location.clone()).or_default().insert((self.joined, waiting.clone()));
                self.waiting.insert(waiting.clone(), new.into());
            }
            Event::WaitingLeft { waiting, location, .. } => {
                self.sites.change(location, at, |_| {});
                self.unlist(waiting);
            }
            Event::WaitingMoved { waiting, location, pool } => {
                self.sites.change(location, at, |_| {});
                if let Some(waiting) = self.waiting.get_mut(waiting) {
                    Arc::make_mut(waiting).pool = pool.clone();
                }
            }
            _ => {}
        }
    }

    pub(super) fn unlist(&mut self, waiting: &UserId) {
        let Some(gone) = self.waiting.remove(waiting) else { return };
        if let Some(list) = self.lists.get_mut(&gone.location) {
            list.remove(&(gone.number, gone.id.clone()));
        }
    }
}

/// How many of these wait for a kind of place that is not there.
pub(super) fn in_vain<'a>(waiting: impl Iterator<Item = &'a Waiting>, site: &Site) -> u32 {
    u32::try_from(waiting.filter(|it| !site.has_pool(&it.pool)).count()).unwrap_or(u32::MAX)
}

/// A refusal that a list of waiting people is in the way of.
pub(super) fn check_nobody_waits(state: &State, location: &LocationId) -> Result<(), Refusal> {
    nobody(state.waiting_at(location).count())
}

fn nobody(people: usize) -> Result<(), Refusal> {
    match people {
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
