//! What may be asked of the logeerplekken. It must not say what comes of it: that is [`decide`](super::decide).

use model::criteria::Needs;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::kind::Kind;
use model::night::{CoverTold, Heard};
use model::sealed::{Keep, Sealed};
use model::site::SiteCommand;
use model::stay::Destination;
use serde::Serialize;

use super::{Prevented, Reason, Search};

/// Where whoever answers a claim saw it; none where that does not matter.
pub type SeenAt = Option<LocationId>;

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
    Accept {
        claim: UserId,
        #[serde(skip_serializing_if = "Option::is_none")]
        seen_at: SeenAt,
    },
    /// The location says no.
    Refuse {
        claim: UserId,
        #[serde(skip_serializing_if = "Option::is_none")]
        seen_at: SeenAt,
        reason: Reason,
        text: Option<Sealed>,
    },
    /// Keep the place a little longer.
    ExtendHold { claim: UserId, minutes: u32 },
    /// Give the place back before arrival.
    Cancel { claim: UserId },
    /// The client is in.
    Arrive {
        claim: UserId,
        #[serde(skip_serializing_if = "Option::is_none")]
        seen_at: SeenAt,
    },
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
