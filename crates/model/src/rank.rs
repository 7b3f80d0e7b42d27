//! The order in which places that fit are offered: places nobody has to call about first, then the nearest,
//! then the one that is free longest. Ids break ties, so that everybody sees the same order. It must not decide what
//! fits.

use jiff::Timestamp;

use crate::freshness::Age;

/// What orders a place among those that fit; the least comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank<'a> {
    must_call: bool,
    metres: u32,
    free_since: Timestamp,
    location: &'a str,
    place: &'a str,
}

impl<'a> Rank<'a> {
    /// The rank of a place; an unknown distance counts as the farthest.
    pub fn new(age: Age, metres: Option<u32>, free_since: Timestamp, location: &'a str, place: &'a str) -> Self {
        Self { must_call: age.must_call(), metres: metres.unwrap_or(u32::MAX), free_since, location, place }
    }

    /// A rank that no place of a location is before: all of them have its age and its distance.
    pub fn at_best(age: Age, metres: Option<u32>) -> Self {
        Self::new(age, metres, Timestamp::MIN, "", "")
    }
}
