//! A claim and where it is in its life. It knows the client by an opaque reference only.

use std::sync::Arc;

use jiff::Timestamp;
use model::criteria::Needs;
use model::id::{LocationId, UserId};
use model::sealed::Sealed;
use serde::{Deserialize, Serialize};

use super::{Offer, Search};

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
    /// Locations that refused it or did not answer.
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
