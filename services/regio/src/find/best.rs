//! The best so many of many candidates. The worst of those is always at hand, so that most candidates are turned away
//! at a glance. It knows nothing of what makes one better: that is its rank.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use model::rank::Rank;

use super::Obstacle;
use crate::board::{Entry, EntryOffer};

/// Places that are alike, at one location.
pub(super) struct Candidate<'a> {
    /// Its order.
    pub(super) rank: Rank<'a>,
    /// The location.
    pub(super) entry: &'a Entry,
    /// The places.
    pub(super) offer: EntryOffer<'a>,
    /// Distance as the crow flies.
    pub(super) metres: Option<u32>,
    /// What stands in the way, if anything.
    pub(super) obstacle: Option<Obstacle>,
}

/// The best so many.
pub(super) struct Best<'a> {
    most: usize,
    heap: BinaryHeap<Candidate<'a>>,
}

impl<'a> Best<'a> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, heap: BinaryHeap::with_capacity(most + 1) }
    }

    /// Whether a candidate of this rank would be among them.
    pub(super) fn admits(&self, rank: &Rank<'_>) -> bool {
        self.heap.len() < self.most || self.heap.peek().is_some_and(|worst| *rank < worst.rank)
    }

    /// Takes a candidate when it is among them.
    pub(super) fn offer(&mut self, candidate: Candidate<'a>) {
        if self.admits(&candidate.rank) {
            self.heap.push(candidate);
            if self.heap.len() > self.most {
                self.heap.pop();
            }
        }
    }

    /// Best first.
    pub(super) fn in_order(self) -> impl Iterator<Item = Candidate<'a>> {
        self.heap.into_sorted_vec().into_iter()
    }
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank.cmp(&other.rank)
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Candidate<'_> {}
