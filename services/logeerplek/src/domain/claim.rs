//! A claim: where it is in its life, and its steps: keeping a place, prolonging it, moving on to the next best where
//! nobody answered. It knows the client by an opaque reference only.

use std::sync::Arc;

use jiff::Timestamp;
use model::criteria::{Criteria, Needs};
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::kind::Kind;
use model::moment::{self, hours, later, minutes};
use model::profile::ClaimPolicy;
use model::sealed::Sealed;
use serde::{Deserialize, Serialize};

use super::fit::{self, Candidate};
use super::{AnswerBy, Deciding, Event, Offer, Refusal, Search};

/// Longest time a hold may be prolonged.
pub const LONGEST_EXTENSION_MINUTES: u32 = 60;

/// Where a claim is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The location has to answer.
    Pending,
    /// The client is on the way.
    Held,
    /// The client is in.
    Arrived,
    /// The client left.
    CheckedOut,
    /// Given back before arrival.
    Cancelled,
    /// Nobody came.
    NoShow,
    /// The location refused and nothing else fitted.
    Refused,
    /// Nobody answered and nothing else fitted.
    Lapsed,
}

impl Status {
    /// Whether the claim still has a place.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Held | Self::Arrived)
    }

    /// Where it is, as a sentence.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Pending => "de claim wacht nog op de locatie",
            Self::Held => "de plek ligt vast en de cliënt is nog niet aangekomen",
            Self::Arrived => "de cliënt is al aangekomen",
            Self::CheckedOut => "de cliënt is al vertrokken",
            Self::Cancelled => "deze claim is geannuleerd",
            Self::NoShow => "de cliënt kwam niet en de claim is voorbij",
            Self::Refused => "de locatie heeft deze claim geweigerd",
            Self::Lapsed => "de locatie heeft niet op tijd geantwoord en de claim is voorbij",
        }
    }
}

/// A claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// Its id; also the user of its place.
    pub id: UserId,
    /// The place it has, or had last.
    pub offer: Offer,
    /// Where it is in its life.
    pub status: Status,
    /// The client.
    pub client: Sealed,
    /// What the client needs.
    pub needs: Arc<Needs>,
    /// How the place was looked for; none when it was named.
    pub search: Option<Arc<Search>>,
    /// Locations where it was and is no longer: they refused it, did not answer, or it ended there.
    pub tried: Vec<LocationId>,
    /// When it was made.
    pub claimed_at: Timestamp,
    /// When the client came in.
    pub arrived_at: Option<Timestamp>,
    /// Nights the client stays.
    pub nights: u32,
    /// Until when the client may stay.
    pub stay_until: Option<Timestamp>,
    /// It went to the duty coordinator.
    pub escalated: bool,
    /// Its hold was prolonged.
    pub extended: bool,
}

impl Claim {
    /// A claim as it is made.
    pub(super) fn new(
        id: &UserId,
        offer: &Offer,
        client: &Sealed,
        needs: &Arc<Needs>,
        search: Option<&Arc<Search>>,
        at: Timestamp,
    ) -> Self {
        Self {
            id: id.clone(),
            offer: offer.clone(),
            status: Status::Held,
            client: client.clone(),
            needs: Arc::clone(needs),
            search: search.cloned(),
            tried: Vec::new(),
            claimed_at: at,
            arrived_at: None,
            nights: needs.nights(),
            stay_until: None,
            escalated: false,
            extended: false,
        }
    }

    /// When its next timer is due.
    pub fn due(&self) -> Option<Timestamp> {
        match (self.status, self.offer.answer) {
            (Status::Pending, Some(answer)) if self.escalated => Some(answer.lapse_at.min(self.offer.held_until)),
            (Status::Pending, Some(answer)) => Some(answer.escalate_at.min(self.offer.held_until)),
            (Status::Pending, None) | (Status::Held, _) => Some(self.offer.held_until),
            _ => None,
        }
    }
}

/// A claim as an answer shows it; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClaimView {
    /// Its id.
    pub id: UserId,
    /// The place it has, or had last.
    pub offer: Offer,
    /// Where it is in its life.
    pub status: Status,
    /// The client.
    pub client: Sealed,
    /// When it was made.
    pub claimed_at: Timestamp,
    /// Until when the client may stay.
    pub stay_until: Option<Timestamp>,
    /// It went to the duty coordinator.
    pub escalated: bool,
    /// Its hold was prolonged.
    pub extended: bool,
    /// Name of the location.
    pub location_name: Arc<str>,
    /// Number of the location.
    pub phone: Arc<str>,
    /// Label of the place.
    pub place_label: Arc<str>,
}

impl Deciding<'_> {
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
    pub(super) fn extend_hold(&mut self, claim: &UserId, more: u32) -> Result<(), Refusal> {
        let claim = self.claim_in(claim, &[Status::Held])?;
        if claim.extended {
            return Err(Refusal::AlreadyExtended);
        }
        if more > LONGEST_EXTENSION_MINUTES {
            return Err(Refusal::ExtensionTooLong { max: LONGEST_EXTENSION_MINUTES });
        }
        let held_until = later(claim.offer.held_until, minutes(more));
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
        if stay_until <= self.at() {
            return Err(Refusal::StayInPast);
        }
        let Offer { location, place, .. } = claim.offer;
        self.happened(Event::StayExtended { claim: claim.id, location, place, nights, stay_until });
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

    /// A stay ends at noon after its last night. Somebody who comes in after midnight and before noon sleeps the
    /// night that began the evening before.
    pub(super) fn stay_until(&self, arrived: Timestamp, nights: u32) -> Timestamp {
        let wall_clock = arrived.to_zoned(self.region.time_zone.clone()).datetime();
        let first_night = wall_clock.saturating_sub(hours(12)).date();
        let last_morning = first_night.saturating_add(hours(24) * i32::try_from(nights).unwrap_or(i32::MAX));
        moment::noon(self.region, last_morning)
    }

    /// Keeps a free place; the location's policy says whether it has to answer first.
    fn offer(&self, location: &LocationId, place: &PlaceId, hold_minutes: u32) -> Result<Offer, Refusal> {
        let site = self.state().sites.open(location)?;
        let rules = &self.region.rules;
        let answer = (site.profile.claim_policy == ClaimPolicy::Confirm).then(|| AnswerBy {
            escalate_at: later(self.at(), minutes(rules.escalate_minutes)),
            lapse_at: later(self.at(), minutes(rules.lapse_minutes)),
        });
        let held_until = later(self.at(), minutes(hold_minutes));
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
}
