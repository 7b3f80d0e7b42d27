//! The smaller words of the logeerplekken: what an offer is, where to look, why a location refuses. They decide
//! nothing.

use jiff::Timestamp;
use model::geo::Coordinates;
use model::id::{Gemeente, LocationId, PlaceId, Pool};
use model::region::Region;
use serde::{Deserialize, Serialize};

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

impl Search {
    /// Where to start from: where the client is, or else the centre of their gemeente.
    pub fn start(&self, region: &Region) -> Option<Coordinates> {
        self.from.or_else(|| self.gemeente.as_ref().and_then(|gemeente| region.centre(gemeente)))
    }
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

/// Was an admission or escalation prevented?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the answers of the pilot's question")]
pub enum Prevented {
    Ja,
    Nee,
    Onbekend,
}
