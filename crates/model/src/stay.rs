//! What is told of a stay that ended: how long it was and where somebody went, never who. It must not know which
//! service the stay was of.

use proto::availability::v1::{self as availability, StayEnded};
use serde::{Deserialize, Serialize};

/// Where somebody went.
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
    EigenWoning,
    Onbekend,
}

impl Destination {
    /// A stay that lasted so many nights and ended with this, as a report tells it.
    pub fn after(self, nights: u32) -> StayEnded {
        StayEnded { nights, destination: self.told().into() }
    }

    const fn told(self) -> availability::Destination {
        match self {
            Self::NaarHuis => availability::Destination::NaarHuis,
            Self::EigenNetwerk => availability::Destination::EigenNetwerk,
            Self::Opvang => availability::Destination::Opvang,
            Self::BeschermdWonen => availability::Destination::BeschermdWonen,
            Self::GgzOpname => availability::Destination::GgzOpname,
            Self::HousingFirst => availability::Destination::HousingFirst,
            Self::EigenWoning => availability::Destination::EigenWoning,
            Self::Onbekend => availability::Destination::Onbekend,
        }
    }
}
