//! How old a stand is. A stand nobody ever gave is unknown, and unknown is never free.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How old a stand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Age {
    /// Confirmed or changed less than two hours ago (actueel).
    Current,
    /// Older, but within the freshness goal (ouder).
    Older,
    /// At or past the freshness goal (verouderd): shown as "onbekend – bel".
    Stale,
    /// Never reported (onbekend).
    Unknown,
}

/// A stand younger than this is current.
const CURRENT_FOR: SignedDuration = SignedDuration::from_hours(2);

impl Age {
    /// The age at a moment. A goal shorter than two hours makes a stand stale before it would be "older".
    pub fn at(now: Timestamp, confirmed_at: Option<Timestamp>, goal_minutes: u32) -> Self {
        let Some(confirmed_at) = confirmed_at else { return Self::Unknown };
        let age = now.duration_since(confirmed_at);
        if age >= SignedDuration::from_mins(i64::from(goal_minutes)) {
            Self::Stale
        } else if age < CURRENT_FOR {
            Self::Current
        } else {
            Self::Older
        }
    }

    /// Whether somebody must call the location before anything can be claimed there.
    pub const fn must_call(self) -> bool {
        matches!(self, Self::Stale | Self::Unknown)
    }
}
