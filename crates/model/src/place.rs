//! One place and the states it goes through: `free → held → occupied → free`, and `out_of_service` from `free`.
//! A place knows its user by an opaque id only.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::criteria::Criteria;
use crate::id::{PlaceId, Pool, UserId};
use crate::profile::PlaceProfile;
use crate::sealed::Sealed;

/// The state of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceState {
    /// Free.
    Free,
    /// Kept for somebody.
    Held {
        /// The claim or reservation.
        by: UserId,
        /// Until when; absent where the service itself watches the end.
        until: Option<Timestamp>,
    },
    /// In use.
    Occupied {
        /// The claim or stay.
        by: UserId,
        /// Expected end.
        until: Option<Timestamp>,
    },
    /// Out of service.
    OutOfService {
        /// Why.
        reason: Sealed,
        /// When it is expected back.
        until: Option<Timestamp>,
    },
}

/// What may be asked of a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// Free → held.
    Hold {
        /// The claim or reservation.
        by: UserId,
        /// Until when.
        until: Option<Timestamp>,
    },
    /// Free, or held by the same user → occupied.
    Occupy {
        /// The claim or stay.
        by: UserId,
        /// Expected end.
        until: Option<Timestamp>,
    },
    /// Held or occupied by this user: another end.
    Prolong {
        /// The user that must have it.
        by: UserId,
        /// The new end.
        until: Option<Timestamp>,
    },
    /// Held or occupied by this user → free.
    Release {
        /// The user that must have it.
        by: UserId,
    },
    /// Free → out of service.
    TakeOut {
        /// Why.
        reason: Sealed,
        /// When it is expected back.
        until: Option<Timestamp>,
    },
    /// Out of service → free.
    Return,
}

/// A place of a location.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// Its id within the location.
    pub id: PlaceId,
    /// What it is.
    pub profile: Arc<PlaceProfile>,
    /// Whom it suits: its location's criteria narrowed by its own.
    pub criteria: Arc<Criteria>,
    /// Its state.
    pub state: PlaceState,
    /// Since when.
    pub since: Timestamp,
}

impl Place {
    /// Pool it is offered in.
    pub fn pool(&self) -> &Pool {
        &self.profile.pool
    }

    /// Every pool it is offered in.
    pub fn pools(&self) -> impl Iterator<Item = &Pool> {
        self.profile.pools()
    }

    /// Whether it is offered in this pool.
    pub fn is_in(&self, pool: &Pool) -> bool {
        self.profile.is_in(pool)
    }

    /// Whether it is free.
    pub fn is_free(&self) -> bool {
        self.state == PlaceState::Free
    }

    /// Who has it.
    pub fn user(&self) -> Option<&UserId> {
        match &self.state {
            PlaceState::Held { by, .. } | PlaceState::Occupied { by, .. } => Some(by),
            PlaceState::Free | PlaceState::OutOfService { .. } => None,
        }
    }
}

impl PlaceState {
    /// The state after a transition, or none where the life of a place does not allow it.
    pub fn after(&self, transition: &Transition) -> Option<Self> {
        match (self, transition) {
            (Self::Free, Transition::Hold { by, until }) => Some(Self::Held { by: by.clone(), until: *until }),
            (Self::Free, Transition::Occupy { by, until }) => Some(Self::Occupied { by: by.clone(), until: *until }),
            (Self::Held { by: holder, .. }, Transition::Occupy { by, until }) if holder == by => {
                Some(Self::Occupied { by: by.clone(), until: *until })
            }
            (Self::Held { by: holder, .. }, Transition::Prolong { by, until }) if holder == by => {
                Some(Self::Held { by: by.clone(), until: *until })
            }
            (Self::Occupied { by: user, .. }, Transition::Prolong { by, until }) if user == by => {
                Some(Self::Occupied { by: by.clone(), until: *until })
            }
            (Self::Held { by: user, .. } | Self::Occupied { by: user, .. }, Transition::Release { by })
                if user == by =>
            {
                Some(Self::Free)
            }
            (Self::Free, Transition::TakeOut { reason, until }) => {
                Some(Self::OutOfService { reason: reason.clone(), until: *until })
            }
            (Self::OutOfService { .. }, Transition::Return) => Some(Self::Free),
            (Self::Free | Self::Held { .. } | Self::Occupied { .. } | Self::OutOfService { .. }, _) => None,
        }
    }
}
