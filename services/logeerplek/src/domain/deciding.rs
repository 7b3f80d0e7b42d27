//! The steps of a decision: keeping a place, moving an unanswered claim on to the next best, and the clocks that run
//! meanwhile. Which command takes which steps is said in [`decide`](super::decide). It must not ask what time it is.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::criteria::{Criteria, Needs};
use model::decision::Decision;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::kind::Kind;
use model::profile::ClaimPolicy;
use model::region::Region;
use model::sealed::Sealed;
use model::site::SiteCommand;
use uuid::Uuid;

use super::fit::{self, Candidate};
use super::{AnswerBy, Claim, Event, LONGEST_EXTENSION_MINUTES, Offer, Refusal, Search, State, Status};

/// Most timers one tick lets run out, so that a commit stays small.
const MOST_DUE_AT_ONCE: usize = 200;

/// A decision in the making, and what it may use.
pub(super) struct Deciding<'a> {
    region: &'a Region,
    decision: Decision<'a, State>,
    new_id: Uuid,
}

impl<'a> Deciding<'a> {
    pub(super) const fn new(region: &'a Region, state: &'a State, at: Timestamp, new_id: Uuid) -> Self {
        Self { region, decision: Decision::new(state, at), new_id }
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.decision.into_events()
    }

    pub(super) fn happened(&mut self, event: Event) {
        self.decision.happened(event);
    }

    const fn at(&self) -> Timestamp {
        self.decision.at()
    }

    pub(super) fn state(&self) -> &State {
        self.decision.state()
    }
}

impl Deciding<'_> {
    pub(super) fn site(&mut self, command: &SiteCommand) -> Result<(), Refusal> {
        let events = self.state().sites.decide(self.region, command, self.at())?;
        events.into_iter().for_each(|event| self.happened(Event::Site(event)));
        Ok(())
    }

    /// One client cannot have two places in the region.
    pub(super) fn check_client_has_no_place(&self, client: &Sealed) -> Result<(), Refusal> {
        match self.state().claim_of(client) {
            Some(claim) => Err(Refusal::ClientHasPlace { claim: claim.id.clone() }),
            None => Ok(()),
        }
    }

    /// A claim that must exist and be in one of these states.
    pub(super) fn claim_in(&self, id: &UserId, statuses: &[Status]) -> Result<Claim, Refusal> {
        let claim = self.state().claim(id).ok_or_else(|| Refusal::UnknownClaim { claim: id.clone() })?;
        if statuses.contains(&claim.status) {
            Ok(claim.clone())
        } else {
            Err(Refusal::WrongStatus { now: claim.status })
        }
    }

    /// Keeps a free place for a client, as long as asked or as the region usually does.
    pub(super) fn claim(
        &mut self,
        location: &LocationId,
        place: &PlaceId,
        hold_minutes: Option<u32>,
        client: Sealed,
        needs: Needs,
        search: Option<Search>,
    ) -> Result<(), Refusal> {
        let offer = self.offer(location, place, hold_minutes.unwrap_or(self.region.rules.hold_minutes))?;
        let (needs, search) = (needs.into(), search.map(Arc::new));
        self.happened(Event::Claimed { claim: model::id::made(self.new_id), offer, client, needs, search });
        Ok(())
    }

    /// A hold may be prolonged once.
    pub(super) fn extend_hold(&mut self, claim: &UserId, minutes: u32) -> Result<(), Refusal> {
        let claim = self.claim_in(claim, &[Status::Held])?;
        if claim.extended {
            return Err(Refusal::AlreadyExtended);
        }
        if minutes > LONGEST_EXTENSION_MINUTES {
            return Err(Refusal::TooLongExtended { max: LONGEST_EXTENSION_MINUTES });
        }
        let held_until = later(claim.offer.held_until, minutes);
        let Offer { location, place, .. } = claim.offer;
        self.happened(Event::HoldExtended { claim: claim.id, location, place, held_until });
        Ok(())
    }

    /// A stay may be prolonged up to the most nights of its place.
    pub(super) fn extend_stay(&mut self, claim: &UserId, more: u32) -> Result<(), Refusal> {
        let claim = self.claim_in(claim, &[Status::Arrived])?;
        self.check_nights(&claim, more)?;
        let nights = claim.nights.saturating_add(more);
        let stay_until = self.stay_until(claim.arrived_at.unwrap_or(self.at()), nights);
        let Offer { location, place, .. } = claim.offer;
        self.happened(Event::StayExtended { claim: claim.id, location, place, nights, stay_until });
        Ok(())
    }

    /// A stay ends at noon after its last night. Somebody who comes in after midnight and before noon sleeps the
    /// night that began the evening before.
    pub(super) fn stay_until(&self, arrived: Timestamp, nights: u32) -> Timestamp {
        let zone = &self.region.time_zone;
        let wall_clock = arrived.to_zoned(zone.clone()).datetime();
        let first_night = wall_clock.saturating_sub(SignedDuration::from_hours(12)).date();
        let last_morning = first_night.saturating_add(SignedDuration::from_hours(24 * i64::from(nights)));
        let noon = last_morning.at(12, 0, 0, 0).to_zoned(zone.clone());
        noon.map_or(Timestamp::MAX, |noon| noon.timestamp())
    }

    /// How many nights somebody was in since then: how often the date on the wall changed.
    pub(super) fn nights_since(&self, arrived: Timestamp) -> u32 {
        let day = |at: Timestamp| at.to_zoned(self.region.time_zone.clone()).date();
        let days = day(arrived).until(day(self.at())).map_or(0, |span| span.get_days());
        u32::try_from(days).unwrap_or(0)
    }

    /// Keeps a free place; the location's policy says whether it has to answer first.
    fn offer(&self, location: &LocationId, place: &PlaceId, hold_minutes: u32) -> Result<Offer, Refusal> {
        let site = self.state().sites.open(location)?;
        let rules = &self.region.rules;
        let answer = (site.profile.claim_policy == ClaimPolicy::Confirm).then(|| AnswerBy {
            escalate_at: later(self.at(), rules.escalate_minutes),
            lapse_at: later(self.at(), rules.lapse_minutes),
        });
        let held_until = later(self.at(), hold_minutes);
        Ok(Offer { location: location.clone(), place: place.clone(), hold_minutes, held_until, answer })
    }

    /// Nothing fitted. Of a gemeente outside the region nothing is counted apart.
    pub(super) fn is_unmet(&mut self, needs: Arc<Needs>, gemeente: Option<Gemeente>, kind: Option<Kind>) {
        let gemeente = gemeente.filter(|gemeente| self.region.gemeente(gemeente).is_some());
        self.happened(Event::demand_unmet(needs, gemeente, kind));
    }

    /// A claim for "the best" that was refused or not answered moves on to the next best place, at a location that
    /// did not have it before. Where nothing is left, the demand is unmet.
    pub(super) fn offer_next_best(&mut self, before: &Claim) -> Result<(), Refusal> {
        let Some(search) = before.search.as_deref() else { return Ok(()) };
        let tried: Vec<LocationId> = before.tried.iter().cloned().chain([before.offer.location.clone()]).collect();
        match fit::best(self.region, self.state(), &before.needs, search, &tried, self.at()) {
            Some(Candidate { location, place, .. }) => {
                let offer = self.offer(&location, &place, before.offer.hold_minutes)?;
                self.happened(Event::Reoffered { claim: before.id.clone(), offer });
            }
            None => {
                self.is_unmet(Arc::clone(&before.needs), search.gemeente.clone(), None);
            }
        }
        Ok(())
    }

    /// A stay may not become longer than the place allows.
    fn check_nights(&self, claim: &Claim, more: u32) -> Result<(), Refusal> {
        let criteria: &Criteria = &self.state().sites.get(&claim.offer.location)?.place(&claim.offer.place)?.criteria;
        match criteria.max_nights {
            Some(max) if claim.nights.saturating_add(more) > max => Err(Refusal::TooManyNights { max }),
            Some(_) | None => Ok(()),
        }
    }

    /// Lets run out what is due: unanswered claims go to the coordinator and then lapse, holds end in a no-show.
    pub(super) fn let_time_pass(&mut self) -> Result<(), Refusal> {
        for id in self.state().due(self.at(), MOST_DUE_AT_ONCE) {
            let Some(claim) = self.state().claim(&id).cloned() else { continue };
            let Offer { location, place, held_until, answer, .. } = claim.offer.clone();
            match answer.filter(|_| claim.status == Status::Pending) {
                Some(answer) if answer.lapse_at <= self.at() || held_until <= self.at() => {
                    self.happened(Event::Lapsed { claim: id, location, place });
                    self.offer_next_best(&claim)?;
                }
                Some(_) => self.happened(Event::Escalated { claim: id, location }),
                None => self.happened(Event::NoShow { claim: id, location, place }),
            }
        }
        Ok(())
    }
}

/// A moment some minutes later; the calendar ends in the year 9999.
fn later(at: Timestamp, minutes: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}
