//! A stay, which begins as a reservation or as a check-in, and who has it. It knows the client by an opaque
//! reference only, and often not even that.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::criteria::Needs;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::sealed::Sealed;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// What a caller tells of who comes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Told {
    /// The client, when told.
    pub client: Option<Sealed>,
    /// People in the household, when told.
    pub household: Option<u32>,
    /// What is known of the client, when told.
    pub needs: Option<Needs>,
}

/// Who has a place: a household, seldom by name of its client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The client, when told.
    pub client: Option<Sealed>,
    /// What the household needs, and how large it is.
    pub needs: Needs,
}

impl Told {
    /// Who comes, when nothing was said before: one person, unless told otherwise.
    pub fn guest(self) -> Guest {
        Guest::new(self.client, self.household, self.needs.unwrap_or_default())
    }

    /// Who comes in on a reservation: what is not said anew is as it was said then.
    pub fn over(self, before: &Guest) -> Result<Guest, Refusal> {
        if let (Some(client), Some(reserved)) = (&self.client, &before.client)
            && client != reserved
        {
            return Err(Refusal::OtherClient);
        }
        let household = self.household.or(before.needs.household);
        let needs = self.needs.unwrap_or_else(|| before.needs.clone());
        Ok(Guest::new(self.client.or_else(|| before.client.clone()), household, needs))
    }
}

impl Guest {
    /// A household; it is never smaller than the client and the children who come along.
    fn new(client: Option<Sealed>, told: Option<u32>, needs: Needs) -> Self {
        let with_children = Needs { household: None, ..needs.clone() }.household();
        let household = Some(told.unwrap_or(1).max(with_children));
        Self { client, needs: Needs { household, ..needs } }
    }

    /// Somebody of whom nothing is told.
    pub fn anonymous() -> Self {
        Told::default().guest()
    }
}

/// Why a stay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum LeaveReason {
    VolgensPlan,
    EigenKeuze,
    EindeTermijn,
    Huisregels,
    AndereZorg,
    Onbekend,
}

/// A stay or a reservation.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    /// Its id; also the user of its place. A reservation keeps it when somebody comes in.
    pub id: UserId,
    /// The location.
    pub location: LocationId,
    /// The place.
    pub place: PlaceId,
    /// Who has it.
    pub guest: Arc<Guest>,
    /// Nobody came in yet.
    pub reserved: bool,
    /// Since when it is reserved, or somebody is in.
    pub since: Timestamp,
    /// Release time of a reservation, or last day of a stay.
    pub until: Option<Timestamp>,
    /// From which days on which gemeente is responsible, as it was set.
    pub responsible: Vec<(Date, Gemeente)>,
}

impl Stay {
    /// When its timer is due: the clock ends a reservation, never a stay.
    pub fn due(&self) -> Option<Timestamp> {
        self.until.filter(|_| self.reserved)
    }

    /// The stay as an answer shows it.
    pub fn show(&self) -> StayView {
        StayView {
            id: self.id.clone(),
            location: self.location.clone(),
            place: self.place.clone(),
            client: self.guest.client.clone(),
            household: self.guest.needs.household(),
            reserved: self.reserved,
            since: self.since,
            until: self.until,
        }
    }
}

/// A stay as an answer shows it; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayView {
    /// Its id.
    pub id: UserId,
    /// The location.
    pub location: LocationId,
    /// The place.
    pub place: PlaceId,
    /// The client, when told.
    pub client: Option<Sealed>,
    /// People in the household.
    pub household: u32,
    /// Nobody came in yet.
    pub reserved: bool,
    /// Since when.
    pub since: Timestamp,
    /// Release time, or last day.
    pub until: Option<Timestamp>,
}
