//! What a location and a place are, as beheer sets it. Not their state: that is [`crate::site`].

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::criteria::Criteria;
use crate::geo::Coordinates;
use crate::id::{Gemeente, Pool};
use crate::intake::Window;
use crate::kind::{Counting, Kind};

/// How a location answers a claim.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimPolicy {
    /// Accepted at once.
    #[default]
    Direct,
    /// The location accepts or refuses (bevestigen).
    Confirm,
}

/// What a location is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Name people know it by.
    pub name: Arc<str>,
    /// Kind of facility.
    pub kind: Kind,
    /// Gemeente it is in.
    pub gemeente: Gemeente,
    /// Who runs it.
    pub provider: Arc<str>,
    /// Number to call; may be empty.
    pub phone: Arc<str>,
    /// Where it is.
    pub coordinates: Option<Coordinates>,
    /// Minutes after which an unconfirmed stand is stale.
    pub freshness_goal_minutes: u32,
    /// Whom it takes.
    #[serde(default)]
    pub criteria: Criteria,
    /// When new people can come in.
    #[serde(default)]
    pub intake_windows: Vec<Window>,
    /// How it answers a claim.
    #[serde(default)]
    pub claim_policy: ClaimPolicy,
    /// How it counts.
    pub counting: Counting,
    /// Longest stay in days.
    #[serde(default)]
    pub max_stay_days: Option<u32>,
    /// Invented demonstration data.
    #[serde(default)]
    pub fictief: bool,
    /// Nobody can be taken in at night unless the avond- en nachtdienst covers the gemeente.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_night_cover: bool,
    /// People can also come in outside the intake hours while the avond- en nachtdienst covers the gemeente.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub night_cover_opens: bool,
}

/// Who pays for care at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are those of the laws")]
pub enum Financing {
    Wmo,
    Wlz,
}

/// What a place is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceProfile {
    /// Label people know it by.
    pub label: Arc<str>,
    /// Pool it is offered in.
    pub pool: Pool,
    /// Other pools the same place is offered in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_pools: Vec<Pool>,
    /// Who pays for care there, where that is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub financing: Option<Financing>,
    /// Whom it suits, on top of its location.
    #[serde(default)]
    pub criteria: Criteria,
}

impl PlaceProfile {
    /// Every pool the place is offered in.
    pub fn pools(&self) -> impl Iterator<Item = &Pool> {
        std::iter::once(&self.pool).chain(&self.also_pools)
    }

    /// Whether it suits the same people, in the same pools.
    pub fn suits_as(&self, other: &Self) -> bool {
        (&self.pool, &self.also_pools, &self.criteria) == (&other.pool, &other.also_pools, &other.criteria)
    }

    /// Whether it is offered in this pool.
    pub fn is_in(&self, pool: &Pool) -> bool {
        self.pools().any(|other| other == pool)
    }
}
