//! What happened with the logeerplekken. Past tense; never renamed, only added to. Golden files prove that old ones
//! still read. It must not decide anything.

use std::sync::Arc;

use jiff::Timestamp;
use model::criteria::Needs;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::kind::Kind;
use model::night::{CoverTold, Heard};
use model::report::WHOLE_REGION;
use model::sealed::Sealed;
use model::site::SiteEvent;
use model::stay::Destination;
use model::wire;
use proto::availability::v1::{Happening, StayEnded};
use serde::{Deserialize, Serialize};

use super::{Offer, Prevented, Reason, Search};

/// Where cover is kept, and where demand is: no location has such a name.
const COVER: &str = "_dekking";
const DEMAND: &str = "_vraag";

/// What happened.
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

impl Event {
    /// Nothing of a kind fitted for somebody in this gemeente.
    pub fn demand_unmet(needs: Arc<Needs>, gemeente: Option<Gemeente>, kind: Option<Kind>) -> Self {
        let whose = gemeente.as_ref().map_or(WHOLE_REGION, Gemeente::as_str);
        let stream = match kind {
            Some(kind) => Some(format!("{DEMAND}.{whose}.{}", wire::kind_token(kind)).into()),
            None => gemeente.as_ref().map(|gemeente| format!("{DEMAND}.{gemeente}").into()),
        };
        Self::DemandUnmet { needs, gemeente, stream, kind }
    }

    /// The location it happened to, or where unmet demand and cover are kept: names no location can have.
    pub fn stream(&self) -> &str {
        match self {
            Self::CoverHeard { .. } => COVER,
            Self::DemandUnmet { stream: Some(stream), .. } => stream,
            other => other.location().map_or(DEMAND, LocationId::as_str),
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

    /// The claim it is about.
    pub const fn claim(&self) -> Option<&UserId> {
        match self {
            Self::Claimed { claim, .. }
            | Self::Reoffered { claim, .. }
            | Self::Accepted { claim, .. }
            | Self::Refused { claim, .. }
            | Self::Escalated { claim, .. }
            | Self::Lapsed { claim, .. }
            | Self::HoldExtended { claim, .. }
            | Self::Cancelled { claim, .. }
            | Self::NoShow { claim, .. }
            | Self::Arrived { claim, .. }
            | Self::StayExtended { claim, .. }
            | Self::CheckedOut { claim, .. } => Some(claim),
            Self::Site(_) | Self::DemandUnmet { .. } | Self::CoverHeard { .. } => None,
        }
    }

    /// The word for it in a report: what happened, never who.
    pub const fn happening(&self) -> Option<Happening> {
        match self {
            Self::Site(event) => Some(event.happening()),
            Self::Claimed { .. } | Self::Reoffered { .. } => Some(Happening::Held),
            Self::Accepted { .. } => Some(Happening::ClaimAccepted),
            Self::Refused { .. } => Some(Happening::ClaimRefused),
            Self::Escalated { .. } => Some(Happening::ClaimEscalated),
            Self::Lapsed { .. } => Some(Happening::ClaimLapsed),
            Self::HoldExtended { .. } => Some(Happening::HoldExtended),
            Self::Cancelled { .. } => Some(Happening::HoldCancelled),
            Self::NoShow { .. } => Some(Happening::NoShow),
            Self::Arrived { .. } => Some(Happening::Arrived),
            Self::StayExtended { .. } => Some(Happening::StayExtended),
            Self::CheckedOut { .. } => Some(Happening::Left),
            Self::DemandUnmet { .. } => Some(Happening::DemandUnmet),
            Self::CoverHeard { .. } => None,
        }
    }

    /// What a report tells of the stay that it ended.
    pub fn stay_ended(&self) -> Option<StayEnded> {
        match self {
            Self::CheckedOut { nights: Some(nights), destination, .. } => Some(destination.after(*nights)),
            _ => None,
        }
    }
}
