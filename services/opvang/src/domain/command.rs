//! What may be asked of the shelters. It must not say what comes of it: that is [`decide`](super::decide).

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::id::{Gemeente, LocationId, PlaceId, Pool, UserId};
use model::night::{CoverTold, Heard};
use model::sealed::{Keep, Sealed};
use model::site::SiteCommand;
use model::stay::Destination;
use serde::Serialize;

use super::{Capacity, Count, LeaveReason, PlanStep, Told};

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Command {
    /// What every site knows: register, places, out of service, klopt nog.
    Site(SiteCommand),
    /// Somebody comes in.
    CheckIn { location: LocationId, entry: Entry, told: Told },
    /// Somebody leaves.
    CheckOut { location: LocationId, stay: UserId, reason: LeaveReason, destination: Destination },
    /// Keep a place for tonight.
    Reserve { location: LocationId, choice: Choice, told: Told, release_at: Option<Timestamp> },
    /// Give a reservation back.
    CancelReservation { location: LocationId, stay: UserId },
    /// Move a stay or a reservation to another place of the location.
    Move { location: LocationId, stay: UserId, to: PlaceId },
    /// Somebody stays longer than expected.
    ExtendStay { location: LocationId, stay: UserId, until: Date, reason: Sealed },
    /// From a day on another gemeente is responsible for somebody.
    SetResponsible { location: LocationId, stay: UserId, gemeente: Gemeente, from: Date },
    /// Set several places at once, all or nothing; each place once.
    BulkSet { location: LocationId, settings: BTreeMap<PlaceId, Setting> },
    /// Count people.
    CountPeople { location: LocationId, count: Count },
    /// Set the capacity of a location that counts people.
    SetCapacity { location: LocationId, capacity: Capacity },
    /// Record the stand of a location that counts people, as it was on a date.
    RecordStand { location: LocationId, as_of: Timestamp, capacity: Capacity, occupied: u32 },
    /// Join the waiting list of a pool.
    JoinWaitingList { location: LocationId, pool: Pool, told: Told },
    /// Leave a waiting list; an offered place goes to the next.
    LeaveWaitingList { location: LocationId, waiting: UserId },
    /// Take the place that is offered; it is kept until then.
    AcceptOffer { location: LocationId, waiting: UserId, arrive_by: Option<Timestamp> },
    /// Not this place. Who does not leave the list keeps their turn.
    DeclineOffer { location: LocationId, waiting: UserId, leaves: bool },
    /// Take an offer back; the place goes to the next, or out of service.
    WithdrawOffer { location: LocationId, waiting: UserId, reason: Sealed, take_out: bool },
    /// This place is not for them, and why; they keep their turn.
    PassOver { location: LocationId, waiting: UserId, place: PlaceId, reason: Sealed },
    /// Offer a free place once more, also to who was passed over for it.
    OfferAgain { location: LocationId, place: PlaceId },
    /// Move somebody to the list of another pool; they keep their turn.
    MoveWaiting { location: LocationId, waiting: UserId, pool: Pool },
    /// The words of somebody were erased: nobody can call them.
    ClientErased { client: Sealed },
    /// Change the capacity of a location on a day to come.
    Plan { location: LocationId, on: Date, steps: Vec<PlanStep> },
    /// Take a plan back.
    WithdrawPlan { location: LocationId, plan: UserId },
    /// Open or close the winteropvang of a gemeente; how many people each location that counts people may take.
    SwitchSurge { gemeente: Gemeente, on: bool, counts: BTreeMap<LocationId, u32> },
    /// Somebody was refused at a location: there was no place for them.
    RecordRefusal { location: LocationId },
    /// The nachtdienst told when it covers a gemeente.
    HearCover { gemeente: Gemeente, told: CoverTold, heard: Heard },
    /// Time passed: let run out what is due.
    Tick,
}

/// Where somebody comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A place that is free.
    Free(Choice),
    /// The place of a reservation.
    Reservation(UserId),
}

/// Which free place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// This one.
    Place(PlaceId),
    /// The one of this pool that is free longest and fits.
    Pool(Pool),
}

/// The state a place must get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Free; somebody who was there has left.
    Free,
    /// Occupied, by somebody of whom nothing is told.
    Occupied,
    /// Out of service, and why.
    OutOfService(Sealed),
}

impl Command {
    /// Gives every text of a person to the look-up table.
    pub fn seal(&mut self, keep: &mut Keep<'_>) {
        match self {
            Self::CheckIn { told, .. } | Self::Reserve { told, .. } | Self::JoinWaitingList { told, .. } => {
                told.client.iter_mut().for_each(|client| client.seal(keep));
            }
            Self::ExtendStay { reason, .. } | Self::WithdrawOffer { reason, .. } | Self::PassOver { reason, .. } => {
                reason.seal(keep);
            }
            Self::Site(command) => command.seal(keep),
            Self::BulkSet { settings, .. } => settings.values_mut().for_each(|setting| match setting {
                Setting::OutOfService(reason) => reason.seal(keep),
                Setting::Free | Setting::Occupied => {}
            }),
            Self::CheckOut { .. }
            | Self::CancelReservation { .. }
            | Self::Move { .. }
            | Self::SetResponsible { .. }
            | Self::CountPeople { .. }
            | Self::SetCapacity { .. }
            | Self::RecordStand { .. }
            | Self::LeaveWaitingList { .. }
            | Self::AcceptOffer { .. }
            | Self::DeclineOffer { .. }
            | Self::OfferAgain { .. }
            | Self::MoveWaiting { .. }
            | Self::ClientErased { .. }
            | Self::Plan { .. }
            | Self::WithdrawPlan { .. }
            | Self::SwitchSurge { .. }
            | Self::RecordRefusal { .. }
            | Self::HearCover { .. }
            | Self::Tick => {}
        }
    }
}
