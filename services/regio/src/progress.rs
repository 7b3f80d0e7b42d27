//! Which positions of a service were seen. The feed of a service has no holes, so a hole here is a lost message.

use std::collections::BTreeSet;

/// Most positions remembered beyond a hole; more are forgotten and read from the feed again, which does no harm.
const MOST_BEYOND: usize = 100_000;

/// How far the board is with one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    complete_to: u64,
    beyond: BTreeSet<u64>,
    highest: u64,
    /// Head of the service's feed when it was last compared; 0 when it never answered.
    pub head: u64,
}

impl Progress {
    /// Nothing is missing up to this position.
    pub const fn from(complete_to: u64) -> Self {
        Self { complete_to, beyond: BTreeSet::new(), highest: complete_to, head: 0 }
    }

    /// Nothing was seen; the head is as it was.
    pub fn forgotten(&self) -> Self {
        Self { head: self.head, ..Self::from(0) }
    }

    /// Highest position up to which nothing is missing.
    pub const fn complete_to(&self) -> u64 {
        self.complete_to
    }

    /// Highest position seen.
    pub const fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether something is missing below what was seen.
    pub const fn has_hole(&self) -> bool {
        self.complete_to < self.highest
    }

    /// Notes a position; seen twice is seen once.
    pub fn saw(&mut self, position: u64) {
        self.highest = self.highest.max(position);
        if position == self.complete_to + 1 {
            self.complete_to = position;
            while self.beyond.first() == Some(&(self.complete_to + 1)) {
                self.beyond.pop_first();
                self.complete_to += 1;
            }
        } else if position > self.complete_to && self.beyond.len() < MOST_BEYOND {
            self.beyond.insert(position);
        }
    }
}
