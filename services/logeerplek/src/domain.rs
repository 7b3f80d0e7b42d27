//! The rules of the logeerplekken, as a person would tell them: who may claim which place, how long it is kept,
//! what happens when nobody answers or nobody comes. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. The life of a place
//! itself is in [`model::site`]; the preconditions of a claim are in [`fit`], its clocks in [`deciding`], the smaller
//! words in [`terms`], the refusals in [`refusal`].

mod answer;
mod claim;
mod deciding;
mod fit;
mod refusal;
mod state;
mod terms;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use jiff::Timestamp;
use model::criteria::Needs;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::kind::Kind;
use model::night::{self, CoverTold, Heard};
use model::region::Region;
use model::report::WHOLE_REGION;
use model::sealed::{Keep, Sealed};
use model::site::{SiteCommand, SiteEvent};
use model::wire;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::claim::{Claim, ClaimView, Status};
use self::deciding::Deciding;
pub use self::refusal::Refusal;
pub use self::state::State;
pub use self::terms::{AnswerBy, Destination, Offer, Prevented, Reason, Search, stay_ended};

/// Longest time a hold may be prolonged.
pub const LONGEST_EXTENSION_MINUTES: u32 = 60;

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Command {
    /// What every site knows: register, places, out of service, klopt nog.
    Site(SiteCommand),
    /// Claim one given place.
    Claim { location: LocationId, place: PlaceId, client: Sealed, needs: Needs, hold_minutes: Option<u32> },
    /// Claim the best place that fits.
    ClaimBest { client: Sealed, needs: Needs, search: Search, hold_minutes: Option<u32> },
    /// The location says yes.
    Accept { claim: UserId },
    /// The location says no.
    Refuse { claim: UserId, reason: Reason, text: Option<Sealed> },
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
    /// A search found nothing; of a kind, where it was not for a logeerplek.
    RecordUnmetDemand { needs: Needs, gemeente: Option<Gemeente>, kind: Option<Kind> },
    /// The nachtdienst told when it covers a gemeente.
    HearCover { gemeente: Gemeente, told: CoverTold, heard: Heard },
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
    Claimed { claim: UserId, offer: Offer, client: Sealed, needs: Arc<Needs>, search: Option<Arc<Search>> },
    /// The claim moved on to the next best place.
    Reoffered { claim: UserId, offer: Offer },
    /// The location said yes.
    Accepted { claim: UserId, location: LocationId },
    /// The location said no.
    Refused { claim: UserId, location: LocationId, place: PlaceId, reason: Reason, text: Option<Sealed> },
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
    CheckedOut {
        claim: UserId,
        location: LocationId,
        place: PlaceId,
        destination: Destination,
        prevented: Prevented,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nights: Option<u32>,
    },
    /// Nothing fitted; a kind where it was not a logeerplek. Demand of every gemeente, and of every kind there, has a report,
    /// and therefore a stream, of its own.
    DemandUnmet {
        needs: Arc<Needs>,
        gemeente: Option<Gemeente>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        stream: Option<Arc<str>>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
    },
    /// The nachtdienst told when it covers a gemeente.
    CoverHeard { gemeente: Gemeente, told: CoverTold, heard: Heard },
}

/// What a command does, or why it may not.
pub fn decide(
    region: &Region,
    state: &State,
    command: &Command,
    at: Timestamp,
    new_id: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let mut it = Deciding::new(region, state, at, new_id);
    match command.clone() {
        Command::Site(command) => it.site(&command)?,
        Command::Claim { location, place, client, needs, hold_minutes } => {
            it.check_client_has_no_place(&client)?;
            fit::check(region, state, &location, &place, &needs, at)?;
            it.claim(&location, &place, hold_minutes, client, needs, None)?;
        }
        Command::ClaimBest { client, needs, search, hold_minutes } => {
            it.check_client_has_no_place(&client)?;
            match fit::best(region, state, &needs, &search, &[], at) {
                Some(best) => it.claim(&best.location, &best.place, hold_minutes, client, needs, Some(search))?,
                None => it.is_unmet(needs.into(), search.gemeente, None),
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
        Command::ExtendHold { claim, minutes } => it.extend_hold(&claim, minutes)?,
        Command::Cancel { claim } => {
            let claim = it.claim_in(&claim, &[Status::Pending, Status::Held])?;
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::Cancelled { claim: claim.id, location, place });
        }
        Command::Arrive { claim } => {
            let claim = it.claim_in(&claim, &[Status::Pending, Status::Held])?;
            let stay_until = it.stay_until(at, claim.needs.nights());
            let Offer { location, place, .. } = claim.offer;
            fit::check_night_cover(region, it.state(), it.state().sites.open(&location)?, at)?;
            it.happened(Event::Arrived { claim: claim.id, location, place, stay_until });
        }
        Command::ExtendStay { claim, nights } => it.extend_stay(&claim, nights)?,
        Command::CheckOut { claim, destination, prevented } => {
            let claim = it.claim_in(&claim, &[Status::Arrived])?;
            let nights = claim.arrived_at.map(|arrived| it.nights_since(arrived));
            let Offer { location, place, .. } = claim.offer;
            it.happened(Event::CheckedOut { claim: claim.id, location, place, destination, prevented, nights });
        }
        Command::RecordUnmetDemand { needs, gemeente, kind } => it.is_unmet(needs.into(), gemeente, kind),
        Command::HearCover { gemeente, told, heard } => {
            if night::is_news(&state.cover, state.heard.as_ref(), &gemeente, &told, &heard) {
                it.happened(Event::CoverHeard { gemeente, told, heard });
            }
        }
        Command::Tick => it.let_time_pass()?,
    }
    Ok(it.into_events())
}

impl Command {
    /// Gives every text of a person to the look-up table.
    pub fn seal(&mut self, keep: &mut Keep<'_>) {
        match self {
            Self::Site(command) => command.seal(keep),
            Self::Claim { client, .. } | Self::ClaimBest { client, .. } => client.seal(keep),
            Self::Refuse { text, .. } => text.iter_mut().for_each(|text| text.seal(keep)),
            Self::Accept { .. }
            | Self::ExtendHold { .. }
            | Self::Cancel { .. }
            | Self::Arrive { .. }
            | Self::ExtendStay { .. }
            | Self::CheckOut { .. }
            | Self::RecordUnmetDemand { .. }
            | Self::HearCover { .. }
            | Self::Tick => {}
        }
    }
}

impl Event {
    /// Nothing of a kind fitted for somebody in this gemeente.
    pub fn demand_unmet(needs: Arc<Needs>, gemeente: Option<Gemeente>, kind: Option<Kind>) -> Self {
        let whose = gemeente.as_ref().map_or(WHOLE_REGION, Gemeente::as_str);
        let stream = match kind {
            Some(kind) => Some(format!("_vraag.{whose}.{}", wire::kind_token(kind)).into()),
            None => gemeente.as_ref().map(|gemeente| format!("_vraag.{gemeente}").into()),
        };
        Self::DemandUnmet { needs, gemeente, stream, kind }
    }

    /// The location it happened to, or where unmet demand and cover are kept: names no location can have.
    pub fn stream(&self) -> &str {
        match self {
            Self::CoverHeard { .. } => "_dekking",
            Self::DemandUnmet { stream: Some(stream), .. } => stream,
            other => other.location().map_or("_vraag", LocationId::as_str),
        }
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
            Self::DemandUnmet { .. } | Self::CoverHeard { .. } => None,
        }
    }
}
