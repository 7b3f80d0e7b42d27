//! The rules of the logeerplekken, as a person would tell them: who may claim which place, how long it is kept,
//! what happens when nobody answers or nobody comes. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. The life of a place
//! itself is in [`model::site`]; the preconditions of a claim are in [`fit`]; the refusals in [`refusal`].

mod answer;
mod claim;
mod fit;
mod refusal;
mod state;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::criteria::{Criteria, Needs};
use model::geo::Coordinates;
use model::id::{ClientRef, Gemeente, LocationId, PlaceId, Pool, UserId};
use model::place::Transition;
use model::region::Region;
use model::site::{SiteCommand, SiteEvent};
use model::text::FreeText;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::claim::{Claim, ClaimView, Status};
use self::fit::Candidate;
pub use self::refusal::Refusal;
pub use self::state::State;

/// Longest time a hold may be prolonged.
pub const LONGEST_EXTENSION_MINUTES: u32 = 60;
/// Most timers one tick lets run out, so that a commit stays small.
const MOST_DUE_AT_ONCE: usize = 200;

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Command {
    /// What every site knows: register, places, out of service, klopt nog.
    Site(SiteCommand),
    /// Claim one given place.
    Claim { location: LocationId, place: PlaceId, client: ClientRef, needs: Needs, hold_minutes: Option<u32> },
    /// Claim the best place that fits.
    ClaimBest { client: ClientRef, needs: Needs, search: Search, hold_minutes: Option<u32> },
    /// The location says yes.
    Accept { claim: UserId },
    /// The location says no.
    Refuse { claim: UserId, reason: Reason, text: Option<FreeText> },
    /// Keep the place a little longer.
    ExtendHold { claim: UserId, minutes: u32 },
    /// Give the place back before arrival.
    Cancel { claim: UserId },
    /// The client is in.
    Arrive { claim: UserId },
    /// The client stays longer.
    ExtendStay { claim: UserId, nights: u32 },
    /// The client left.
    CheckOut { claim: UserId, destination: Destination, prevented: Prevented },
    /// A search found nothing.
    RecordUnmetDemand { needs: Needs, gemeente: Option<Gemeente> },
    /// Time passed: let run out what is due.
    Tick,
}

/// What happened. Past tense; never renamed, only added to. Golden files prove that old ones still read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Event {
    /// Something every site knows.
    Site(SiteEvent),
    /// A place was claimed.
    Claimed { claim: UserId, offer: Offer, client: ClientRef, needs: Arc<Needs>, search: Option<Arc<Search>> },
    /// The claim moved on to the next best place.
    Reoffered { claim: UserId, offer: Offer },
    /// The location said yes.
    Accepted { claim: UserId, location: LocationId },
    /// The location said no.
    Refused { claim: UserId, location: LocationId, place: PlaceId, reason: Reason, text: Option<FreeText> },
    /// Nobody answered for too long: it went to the duty coordinator.
    Escalated { claim: UserId, location: LocationId },
    /// Nobody answered at all.
    Lapsed { claim: UserId, location: LocationId, place: PlaceId },
    /// The hold was prolonged.
    HoldExtended { claim: UserId, location: LocationId, place: PlaceId, held_until: Timestamp },
    /// The place was given back before arrival.
    Cancelled { claim: UserId, location: LocationId, place: PlaceId },
    /// Nobody came.
    NoShow { claim: UserId, location: LocationId, place: PlaceId },
    /// The client came in.
    Arrived { claim: UserId, location: LocationId, place: PlaceId, stay_until: Timestamp },
    /// The client stays longer.
    StayExtended { claim: UserId, location: LocationId, place: PlaceId, nights: u32, stay_until: Timestamp },
    /// The client left.
    CheckedOut { claim: UserId, location: LocationId, place: PlaceId, destination: Destination, prevented: Prevented },
    /// Nothing fitted.
    DemandUnmet { needs: Arc<Needs>, gemeente: Option<Gemeente> },
}

/// A place kept for a claim, and the clocks that run with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// The location.
    pub location: LocationId,
    /// The place.
    pub place: PlaceId,
    /// How long the place is kept.
    pub hold_minutes: u32,
    /// Until when the place is kept.
    pub held_until: Timestamp,
    /// When the location has to answer first; none where a claim is accepted at once.
    pub answer: Option<AnswerBy>,
}

/// The clocks of an unanswered claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerBy {
    /// When it goes to the duty coordinator.
    pub escalate_at: Timestamp,
    /// When it lapses.
    pub lapse_at: Timestamp,
}

/// Where to look for the best place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Search {
    /// Where the client is.
    pub from: Option<Coordinates>,
    /// Gemeente where the client is.
    pub gemeente: Option<Gemeente>,
    /// Only these pools; empty: all.
    pub pools: Vec<Pool>,
}

/// Why a location refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Reason {
    Vol,
    PastNiet,
    Personeel,
    Veiligheid,
    Gesloten,
    Anders,
}

impl Reason {
    /// Whether the place cannot be offered to the next client either, and what to write on its door.
    pub const fn takes_out_of_service(self) -> Option<&'static str> {
        match self {
            Self::Vol => Some("vol volgens de locatie"),
            Self::Personeel => Some("te weinig personeel"),
            Self::Gesloten => Some("gesloten"),
            Self::PastNiet | Self::Veiligheid | Self::Anders => None,
        }
    }
}

/// Where a client went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Destination {
    NaarHuis,
    EigenNetwerk,
    Opvang,
    BeschermdWonen,
    GgzOpname,
    HousingFirst,
    Onbekend,
}

/// Was an admission or escalation prevented?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the answers of the pilot's question")]
pub enum Prevented {
    Ja,
    Nee,
    Onbekend,
}

/// A decision in the making: every event is applied at once, so that the next step sees it.
struct Deciding<'a> {
    region: &'a Region,
    state: State,
    events: Vec<Event>,
    at: Timestamp,
}

/// What a command does, or why it may not.
pub fn decide(
    region: &Region,
    state: &State,
    command: &Command,
    at: Timestamp,
    new_id: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let mut it = Deciding { region, state: state.clone(), events: Vec::new(), at };
    match command.clone() {
        Command::Site(command) => it.site(&command)?,
        Command::Claim { location, place, client, needs, hold_minutes } => {
            it.check_client_has_no_place(&client)?;
            fit::check(region, &it.state, &location, &place, &needs, at)?;
            let offer = it.offer(&location, &place, hold_minutes.unwrap_or(region.rules.hold_minutes))?;
            it.happened(Event::Claimed { claim: new_claim(new_id), offer, client, needs: needs.into(), search: None });
        }
        Command::ClaimBest { client, needs, search, hold_minutes } => {
            it.check_client_has_no_place(&client)?;
            match fit::best(region, &it.state, &needs, &search, &[], at) {
                Some(best) => {
                    let offer =
                        it.offer(&best.location, &best.place, hold_minutes.unwrap_or(region.rules.hold_minutes))?;
                    let (needs, search) = (needs.into(), Some(search.into()));
                    it.happened(Event::Claimed { claim: new_claim(new_id), offer, client, needs, search });
                }
                None => it.happened(Event::DemandUnmet { needs: needs.into(), gemeente: search.gemeente }),
            }
        }
        Command::Accept { claim } => {
            let claim = it.claim_in(&claim, &[Status::Pending])?;
            it.happened(Event::Accepted { claim: claim.id, location: claim.offer.location });
        }
        Command::Refuse { claim, reason, text } => {
            let claim = it.claim_in(&claim, &[Status::Pending])?;
            let Offer { location, place, .. } = claim.offer.clone();
            it.happened(Event::Refused { claim: claim.id.clone(), location, place, reason, text });
            it.offer_next_best(&claim)?;
        }
        Command::ExtendHold { claim, minutes } => {
            let claim = it.claim_in(&claim, &[Status::Held])?;
            if claim.extended {
                return Err(Refusal::AlreadyExtended);
            }
            let held_until = later(claim.offer.held_until, minutes);
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::HoldExtended { claim: claim.id, location, place, held_until });
        }
        Command::Cancel { claim } => {
            let claim = it.claim_in(&claim, &[Status::Pending, Status::Held])?;
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::Cancelled { claim: claim.id, location, place });
        }
        Command::Arrive { claim } => {
            let claim = it.claim_in(&claim, &[Status::Pending, Status::Held])?;
            let stay_until = stay_until(region, at, claim.needs.nights());
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::Arrived { claim: claim.id, location, place, stay_until });
        }
        Command::ExtendStay { claim, nights } => {
            let claim = it.claim_in(&claim, &[Status::Arrived])?;
            it.check_nights(&claim, nights)?;
            let total = claim.nights.saturating_add(nights);
            let stay_until = stay_until(region, claim.arrived_at.unwrap_or(at), total);
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::StayExtended { claim: claim.id, location, place, nights: total, stay_until });
        }
        Command::CheckOut { claim, destination, prevented } => {
            let claim = it.claim_in(&claim, &[Status::Arrived])?;
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::CheckedOut { claim: claim.id, location, place, destination, prevented });
        }
        Command::RecordUnmetDemand { needs, gemeente } => {
            it.happened(Event::DemandUnmet { needs: needs.into(), gemeente });
        }
        Command::Tick => it.let_time_pass()?,
    }
    Ok(it.events)
}

impl Deciding<'_> {
    fn happened(&mut self, event: Event) {
        self.state.evolve(&event, self.at);
        self.events.push(event);
    }

    fn site(&mut self, command: &SiteCommand) -> Result<(), Refusal> {
        self.state.sites.decide(self.region, command)?.into_iter().for_each(|event| self.happened(Event::Site(event)));
        Ok(())
    }

    /// One client cannot have two places in the region.
    fn check_client_has_no_place(&self, client: &ClientRef) -> Result<(), Refusal> {
        match self.state.claim_of(client) {
            Some(claim) => Err(Refusal::ClientHasPlace { claim: claim.id.clone() }),
            None => Ok(()),
        }
    }

    /// A claim that must exist and be in one of these states.
    fn claim_in(&self, id: &UserId, statuses: &[Status]) -> Result<Claim, Refusal> {
        let claim = self.state.claim(id).ok_or_else(|| Refusal::UnknownClaim { claim: id.clone() })?;
        if statuses.contains(&claim.status) {
            Ok(claim.clone())
        } else {
            Err(Refusal::WrongStatus { now: claim.status })
        }
    }

    /// Keeps a free place; the location's policy says whether it has to answer first.
    fn offer(&self, location: &LocationId, place: &PlaceId, hold_minutes: u32) -> Result<Offer, Refusal> {
        let site = self.state.sites.open(location)?;
        let rules = &self.region.rules;
        let answer = (site.profile.claim_policy == model::profile::ClaimPolicy::Confirm).then(|| AnswerBy {
            escalate_at: later(self.at, rules.escalate_minutes),
            lapse_at: later(self.at, rules.lapse_minutes),
        });
        let held_until = later(self.at, hold_minutes);
        Ok(Offer { location: location.clone(), place: place.clone(), hold_minutes, held_until, answer })
    }

    /// A claim for "the best" that was refused or not answered moves on to the next best place, at a location that
    /// did not have it before. Where nothing is left, the demand is unmet.
    fn offer_next_best(&mut self, before: &Claim) -> Result<(), Refusal> {
        let Some(search) = before.search.as_deref() else { return Ok(()) };
        let tried: Vec<LocationId> = before.tried.iter().cloned().chain([before.offer.location.clone()]).collect();
        match fit::best(self.region, &self.state, &before.needs, search, &tried, self.at) {
            Some(Candidate { location, place, .. }) => {
                let offer = self.offer(&location, &place, before.offer.hold_minutes)?;
                self.happened(Event::Reoffered { claim: before.id.clone(), offer });
            }
            None => {
                let (needs, gemeente) = (Arc::clone(&before.needs), search.gemeente.clone());
                self.happened(Event::DemandUnmet { needs, gemeente });
            }
        }
        Ok(())
    }

    /// A stay may not become longer than the place allows.
    fn check_nights(&self, claim: &Claim, more: u32) -> Result<(), Refusal> {
        let criteria: &Criteria = &self.state.sites.get(&claim.offer.location)?.place(&claim.offer.place)?.criteria;
        match criteria.max_nights {
            Some(max) if claim.nights.saturating_add(more) > max => Err(Refusal::TooManyNights { max }),
            Some(_) | None => Ok(()),
        }
    }

    /// Lets run out what is due: unanswered claims go to the coordinator and then lapse, holds end in a no-show.
    fn let_time_pass(&mut self) -> Result<(), Refusal> {
        for id in self.state.due(self.at, MOST_DUE_AT_ONCE) {
            let Some(claim) = self.state.claim(&id).cloned() else { continue };
            let Offer { location, place, held_until, answer, .. } = claim.offer.clone();
            match answer.filter(|_| claim.status == Status::Pending) {
                Some(answer) if answer.lapse_at <= self.at || held_until <= self.at => {
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

impl Event {
    /// The location it happened to, or where unmet demand is kept: a name no location can have.
    pub fn stream(&self) -> &str {
        self.location().map_or("_vraag", LocationId::as_str)
    }

    /// The location it happened to.
    pub const fn location(&self) -> Option<&LocationId> {
        match self {
            Self::Site(event) => Some(event.location()),
            Self::Claimed { offer, .. } | Self::Reoffered { offer, .. } => Some(&offer.location),
            Self::Accepted { location, .. }
            | Self::Refused { location, .. }
            | Self::Escalated { location, .. }
            | Self::Lapsed { location, .. }
            | Self::HoldExtended { location, .. }
            | Self::Cancelled { location, .. }
            | Self::NoShow { location, .. }
            | Self::Arrived { location, .. }
            | Self::StayExtended { location, .. }
            | Self::CheckedOut { location, .. } => Some(location),
            Self::DemandUnmet { .. } => None,
        }
    }
}

fn new_claim(new_id: Uuid) -> UserId {
    model::id::made(new_id)
}

/// A moment some minutes later; the calendar ends in the year 9999.
fn later(at: Timestamp, minutes: u32) -> Timestamp {
    at.saturating_add(SignedDuration::from_mins(minutes.into())).unwrap_or(Timestamp::MAX)
}

/// A stay ends at noon after its last night. Somebody who comes in after midnight and before noon sleeps the night
/// that began the evening before.
fn stay_until(region: &Region, arrived: Timestamp, nights: u32) -> Timestamp {
    let wall_clock = arrived.to_zoned(region.time_zone.clone()).datetime();
    let first_night = wall_clock.saturating_sub(SignedDuration::from_hours(12)).date();
    let last_morning = first_night.saturating_add(SignedDuration::from_hours(24 * i64::from(nights)));
    let noon = last_morning.at(12, 0, 0, 0).to_zoned(region.time_zone.clone());
    noon.map_or(Timestamp::MAX, |noon| noon.timestamp())
}

/// The transition a claim's place makes when it is given back.
fn release(claim: &UserId) -> Transition {
    Transition::Release { by: claim.clone() }
}
