//! The figures of a location. Free and over are derived here and nowhere stored. It must not know where the numbers
//! come from.

use serde::{Deserialize, Serialize};

/// Capacity in places, or in people where people are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Figures {
    /// Places that are paid for.
    pub funded: u32,
    /// Places, or people, occupied.
    pub occupied: u32,
    /// Places kept for somebody who has not arrived.
    pub held: u32,
    /// Places, paid for or extra, that cannot be used.
    pub unavailable: u32,
    /// Temporary extra places.
    pub surge: u32,
}

impl Figures {
    /// Places that can be used now.
    pub const fn actual(&self) -> u32 {
        self.funded.saturating_add(self.surge).saturating_sub(self.unavailable)
    }

    /// Free places; never below zero.
    pub const fn free(&self) -> u32 {
        self.actual().saturating_sub(self.occupied.saturating_add(self.held))
    }

    /// These figures once the extra places are closed: what is still in use stays, and nobody is counted out.
    #[must_use]
    pub fn wound_down(self) -> Self {
        let paid_for = self.funded.saturating_sub(self.unavailable);
        let people = self.occupied.saturating_add(self.held);
        let unavailable = self.unavailable.min(self.funded);
        Self { surge: self.surge.min(people.saturating_sub(paid_for)), unavailable, ..self }
    }

    /// People or places in above the actual capacity.
    pub const fn over(&self) -> u32 {
        self.occupied.saturating_sub(self.actual())
    }
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Self) {
        self.funded += other.funded;
        self.occupied += other.occupied;
        self.held += other.held;
        self.unavailable += other.unavailable;
        self.surge += other.surge;
    }
}
