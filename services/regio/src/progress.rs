//! Which positions of a service were seen. The feed of a service has no holes, so a hole here is a lost message. It must
//! not know what a report says.

use std::collections::BTreeSet;

/// Most positions remembered beyond a hole; more are forgotten and read from the feed again, which does no harm.
const MOST_BEYOND: usize = 100_000;

/// How far the board is with one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    seen_to: u64,
    /// The first position whose own service told something this version cannot read.
    unreadable: Option<u64>,
    beyond: BTreeSet<u64>,
    highest: u64,
    /// Head of the service's feed when it was last compared; 0 when it never answered.
    pub head: u64,
}

impl Progress {
    /// Nothing is missing up to this position.
    pub const fn from(complete_to: u64) -> Self {
        Self { seen_to: complete_to, unreadable: None, beyond: BTreeSet::new(), highest: complete_to, head: 0 }
    }

    /// Nothing was seen; the head is as it was.
    pub fn forgotten(&self) -> Self {
        Self { head: self.head, ..Self::from(0) }
    }

    /// Highest position up to which the board has everything. What could not be read is not there: it is asked for
    /// again after the next start, perhaps by a version that can.
    pub fn complete_to(&self) -> u64 {
        self.unreadable.map_or(self.seen_to, |first| self.seen_to.min(first.saturating_sub(1)))
    }

    /// Highest position up to which everything was seen, also what could not be read.
    pub const fn seen_to(&self) -> u64 {
        self.seen_to
    }

    /// Highest position seen.
    pub const fn highest(&self) -> u64 {
        self.highest
    }

    /// Whether something is missing below what was seen.
    pub const fn has_hole(&self) -> bool {
        self.seen_to < self.highest
    }

    /// Notes a position of which its own service told something that cannot be read: asking again does not help.
    pub fn could_not_read(&mut self, position: u64) {
        self.unreadable = Some(self.unreadable.map_or(position, |first| first.min(position)));
        self.saw(position);
    }

    /// Notes a position; seen twice is seen once.
    pub fn saw(&mut self, position: u64) {
        self.highest = self.highest.max(position);
        if position == self.seen_to + 1 {
            self.seen_to = position;
            while self.beyond.first() == Some(&(self.seen_to + 1)) {
                self.beyond.pop_first();
                self.seen_to += 1;
            }
        } else if position > self.seen_to && self.beyond.len() < MOST_BEYOND {
            self.beyond.insert(position);
        }
    }
}
