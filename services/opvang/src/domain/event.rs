//! What happened at the shelters. Past tense; never renamed, only added to. Golden files prove that old ones still
//! read. It must not decide anything.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::id::{Gemeente, LocationId, PlaceId, Pool, UserId};
use model::night::{CoverTold, Heard};
use model::sealed::Sealed;
use model::site::SiteEvent;
use model::stay::Destination;
use proto::availability::v1::{Happening, StayEnded};
use serde::{Deserialize, Serialize};

use super::{Capacity, Ground, Guest, LeaveReason, PlanStep};

/// The stream of what the nachtdienst told: a name no location can have.
const COVER: &str = "_dekking";

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Event {
    /// Something every site knows.
    Site(SiteEvent),
    /// A place was kept for somebody.
    Reserved { stay: UserId, location: LocationId, place: PlaceId, guest: Arc<Guest>, until: Timestamp },
    /// Somebody came in, with or without a reservation.
    CheckedIn { stay: UserId, location: LocationId, place: PlaceId, guest: Arc<Guest>, until: Option<Timestamp> },
    /// Somebody left, after so many nights.
    CheckedOut {
        stay: UserId,
        location: LocationId,
        place: PlaceId,
        reason: LeaveReason,
        destination: Destination,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nights: Option<u32>,
    },
    /// A reservation was given back.
    ReservationCancelled { stay: UserId, location: LocationId, place: PlaceId },
    /// Nobody came before the release time.
    NoShow { stay: UserId, location: LocationId, place: PlaceId },
    /// A stay or a reservation moved to another place.
    Moved { stay: UserId, location: LocationId, from: PlaceId, to: PlaceId },
    /// Somebody stays longer than expected.
    StayExtended { stay: UserId, location: LocationId, place: PlaceId, until: Timestamp, reason: Sealed },
    /// From a day on another gemeente is responsible for somebody.
    ResponsibleSet { stay: UserId, location: LocationId, gemeente: Gemeente, from: Date },
    /// People were counted; the change is there where it was what staff said. A day shelter empties when it closes.
    PeopleCounted {
        location: LocationId,
        present: u32,
        change: Option<i32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closes_at: Option<Timestamp>,
    },
    /// A day shelter closed for the day: nobody is in.
    DayEnded { location: LocationId },
    /// The opening hours changed while people were in: the day ends at another moment.
    ClosingMoved { location: LocationId, closes_at: Option<Timestamp> },
    /// The capacity of a location that counts people was set.
    CapacitySet { location: LocationId, capacity: Capacity },
    /// The stand on a date was recorded. Its stream is `location@microseconds`: every date has a report of its own.
    StandRecorded {
        location: LocationId,
        stream: Arc<str>,
        as_of: Timestamp,
        capacity: Capacity,
        occupied: u32,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        closes_at: Option<Timestamp>,
    },
    /// Somebody joined the waiting list of a pool.
    WaitingJoined { waiting: UserId, location: LocationId, pool: Pool, guest: Arc<Guest> },
    /// Somebody left a waiting list; `placed` because they are in a place of it.
    WaitingLeft {
        waiting: UserId,
        location: LocationId,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        placed: bool,
    },
    /// A free place was offered to whose turn it was, and is held for them.
    Offered { waiting: UserId, location: LocationId, place: PlaceId, until: Timestamp },
    /// They take it: it is a reservation now.
    OfferAccepted { waiting: UserId, location: LocationId, place: PlaceId, until: Timestamp },
    /// They do not want this place.
    OfferDeclined { waiting: UserId, location: LocationId, place: PlaceId },
    /// They did not answer in time.
    OfferExpired { waiting: UserId, location: LocationId, place: PlaceId },
    /// The offer was taken back.
    OfferWithdrawn { waiting: UserId, location: LocationId, place: PlaceId, reason: Sealed },
    /// Somebody was passed over for this place, and why. They keep their turn.
    PassedOver { waiting: UserId, location: LocationId, place: PlaceId, ground: Ground },
    /// Staff wants a free place offered once more, also to who was passed over for it.
    OfferedAgain { location: LocationId, place: PlaceId },
    /// Somebody waits for another pool of the location now, and keeps their turn.
    WaitingMoved { waiting: UserId, location: LocationId, pool: Pool },
    /// A change of capacity was planned.
    Planned { plan: UserId, location: LocationId, on: Date, due: Timestamp, steps: Arc<[PlanStep]> },
    /// A plan was taken back.
    PlanWithdrawn { plan: UserId, location: LocationId },
    /// A plan took effect. What it changed stands before it, as what happened.
    PlanTookEffect { plan: UserId, location: LocationId },
    /// A step of a plan waits until its place is free: nobody is put out.
    PlanStepWaits { plan: UserId, location: LocationId, place: PlaceId, step: PlanStep },
    /// A step that waited was taken.
    WaitingStepTaken {
        location: LocationId,
        place: PlaceId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        plan: Option<UserId>,
    },
    /// Not every free place could be offered in one go: the rest follows at once, in a commit of its own.
    OffersPaused {
        location: LocationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The rest follows now.
    OffersResumed { location: LocationId },
    /// A step of a plan can no longer be taken; the machine reason says why.
    PlanStepDropped {
        plan: Option<UserId>,
        location: LocationId,
        place: Option<PlaceId>,
        why: Arc<str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<PlanStep>,
    },
    /// The winteropvang opened; how many people may come where people are counted.
    SurgeStarted { location: LocationId, places: Option<u32> },
    /// The winteropvang closed. Who is in stays, and counts.
    SurgeEnded { location: LocationId },
    /// Somebody was refused: there was no place for them.
    DemandRefused { location: LocationId },
    /// The nachtdienst told when it covers a gemeente.
    CoverHeard { gemeente: Gemeente, told: CoverTold, heard: Heard },
}

impl Event {
    /// The thing whose report it renews: its location, or the location on one date.
    pub fn stream(&self) -> &str {
        match self {
            Self::StandRecorded { stream, .. } => stream,
            _ => self.location().map_or(COVER, LocationId::as_str),
        }
    }

    /// The location it happened to.
    pub const fn location(&self) -> Option<&LocationId> {
        match self {
            Self::Site(event) => Some(event.location()),
            Self::Reserved { location, .. }
            | Self::DemandRefused { location }
            | Self::CheckedIn { location, .. }
            | Self::CheckedOut { location, .. }
            | Self::ReservationCancelled { location, .. }
            | Self::NoShow { location, .. }
            | Self::Moved { location, .. }
            | Self::StayExtended { location, .. }
            | Self::ResponsibleSet { location, .. }
            | Self::PeopleCounted { location, .. }
            | Self::DayEnded { location }
            | Self::CapacitySet { location, .. }
            | Self::StandRecorded { location, .. }
            | Self::WaitingJoined { location, .. }
            | Self::WaitingLeft { location, .. }
            | Self::Offered { location, .. }
            | Self::OfferAccepted { location, .. }
            | Self::OfferDeclined { location, .. }
            | Self::OfferExpired { location, .. }
            | Self::OfferWithdrawn { location, .. }
            | Self::PassedOver { location, .. }
            | Self::OfferedAgain { location, .. }
            | Self::WaitingMoved { location, .. }
            | Self::Planned { location, .. }
            | Self::PlanWithdrawn { location, .. }
            | Self::PlanTookEffect { location, .. }
            | Self::PlanStepWaits { location, .. }
            | Self::WaitingStepTaken { location, .. }
            | Self::ClosingMoved { location, .. }
            | Self::OffersPaused { location, .. }
            | Self::OffersResumed { location }
            | Self::PlanStepDropped { location, .. }
            | Self::SurgeStarted { location, .. }
            | Self::SurgeEnded { location } => Some(location),
            Self::CoverHeard { .. } => None,
        }
    }

    /// The stay it is about.
    pub const fn stay(&self) -> Option<&UserId> {
        match self {
            Self::Reserved { stay, .. }
            | Self::CheckedIn { stay, .. }
            | Self::CheckedOut { stay, .. }
            | Self::ReservationCancelled { stay, .. }
            | Self::NoShow { stay, .. }
            | Self::Moved { stay, .. }
            | Self::StayExtended { stay, .. }
            | Self::ResponsibleSet { stay, .. }
            | Self::OfferAccepted { waiting: stay, .. } => Some(stay),
            Self::Site(_)
            | Self::PeopleCounted { .. }
            | Self::DayEnded { .. }
            | Self::CapacitySet { .. }
            | Self::StandRecorded { .. }
            | Self::WaitingJoined { .. }
            | Self::WaitingLeft { .. }
            | Self::WaitingMoved { .. }
            | Self::Offered { .. }
            | Self::OfferDeclined { .. }
            | Self::OfferExpired { .. }
            | Self::OfferWithdrawn { .. }
            | Self::OfferedAgain { .. }
            | Self::OffersPaused { .. }
            | Self::OffersResumed { .. }
            | Self::PassedOver { .. }
            | Self::Planned { .. }
            | Self::PlanWithdrawn { .. }
            | Self::PlanTookEffect { .. }
            | Self::PlanStepWaits { .. }
            | Self::PlanStepDropped { .. }
            | Self::WaitingStepTaken { .. }
            | Self::ClosingMoved { .. }
            | Self::SurgeStarted { .. }
            | Self::SurgeEnded { .. }
            | Self::DemandRefused { .. }
            | Self::CoverHeard { .. } => None,
        }
    }

    /// The word for it in a report: what happened, never who. None for what is nobody's business outside.
    pub const fn happening(&self) -> Option<Happening> {
        Some(match self {
            Self::Site(event) => event.happening(),
            Self::Reserved { .. } => Happening::Held,
            Self::CheckedIn { .. } => Happening::Arrived,
            Self::CheckedOut { .. } => Happening::Left,
            Self::ReservationCancelled { .. } => Happening::HoldCancelled,
            Self::NoShow { .. } => Happening::NoShow,
            Self::Moved { .. } => Happening::Moved,
            Self::StayExtended { .. } => Happening::StayExtended,
            Self::PeopleCounted { .. } | Self::DayEnded { .. } => Happening::Counted,
            Self::CapacitySet { .. } => Happening::CapacityChanged,
            Self::StandRecorded { .. } => Happening::StandRecorded,
            Self::WaitingJoined { .. } => Happening::WaitingJoined,
            Self::WaitingLeft { placed: false, .. } => Happening::WaitingLeft,
            Self::Offered { .. } => Happening::PlaceOffered,
            Self::OfferAccepted { .. } => Happening::OfferAccepted,
            Self::OfferDeclined { .. } => Happening::OfferDeclined,
            Self::OfferExpired { .. } => Happening::OfferExpired,
            Self::OfferWithdrawn { .. } => Happening::OfferWithdrawn,
            Self::PassedOver { .. } => Happening::PassedOver,
            Self::Planned { .. } => Happening::CapacityPlanned,
            Self::PlanWithdrawn { .. } => Happening::PlanWithdrawn,
            Self::PlanTookEffect { .. } => Happening::CapacityChanged,
            Self::SurgeStarted { .. } => Happening::SurgeStarted,
            Self::SurgeEnded { .. } => Happening::SurgeEnded,
            Self::DemandRefused { .. } => Happening::DemandRefused,
            Self::ResponsibleSet { .. }
            | Self::WaitingLeft { placed: true, .. }
            | Self::PlanStepWaits { .. }
            | Self::WaitingStepTaken { .. }
            | Self::ClosingMoved { .. }
            | Self::OffersPaused { .. }
            | Self::OffersResumed { .. }
            | Self::OfferedAgain { .. }
            | Self::WaitingMoved { .. }
            | Self::PlanStepDropped { .. }
            | Self::CoverHeard { .. } => return None,
        })
    }

    /// What a report tells of the stay that it ended.
    pub fn stay_ended(&self) -> Option<StayEnded> {
        match self {
            Self::CheckedOut { nights: Some(nights), destination, .. } => Some(destination.after(*nights)),
            _ => None,
        }
    }
}
