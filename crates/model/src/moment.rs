//! Moments and the clock on the wall of a region, and what the clock has still to do. Days on which the clock changes
//! are days like any other here. It must not ask what time it is.

use imbl::OrdSet;
use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};

use crate::region::Region;

/// Most timers that run out in one tick, so that a commit stays small; the next tick follows at once.
const MOST_DUE_AT_ONCE: usize = 200;

/// A moment later; the calendar ends in the year 9999.
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// So many minutes.
pub fn minutes(minutes: u32) -> SignedDuration {
    SignedDuration::from_mins(minutes.into())
}

/// So many hours.
pub fn hours(hours: u32) -> SignedDuration {
    SignedDuration::from_hours(hours.into())
}

/// The date on the wall of the region.
pub fn day(region: &Region, at: Timestamp) -> Date {
    at.to_zoned(region.time_zone.clone()).date()
}

/// A time on the wall clock of the region. One that the clock skips comes as much later as it skips; of one that comes
/// twice it is the first.
pub fn on(region: &Region, day: Date, time: Time) -> Timestamp {
    day.to_datetime(time).to_zoned(region.time_zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// Noon of a day.
pub fn noon(region: &Region, day: Date) -> Timestamp {
    on(region, day, Time::constant(12, 0, 0, 0))
}

/// Nights between two moments: how often the date on the wall changed.
pub fn nights(region: &Region, from: Timestamp, until: Timestamp) -> u32 {
    let days = day(region, from).until(day(region, until)).map_or(0, |span| span.get_days());
    u32::try_from(days).unwrap_or(0)
}

/// What the clock has still to do, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Timers<T: Ord + Clone>(OrdSet<(Timestamp, T)>);

impl<T: Ord + Clone> Default for Timers<T> {
    fn default() -> Self {
        Self(OrdSet::new())
    }
}

impl<T: Ord + Clone> Timers<T> {
    /// This is due then.
    pub fn set(&mut self, at: Timestamp, what: T) {
        self.0.insert((at, what));
    }

    /// This is not due then any more.
    pub fn unset(&mut self, at: Timestamp, what: T) {
        self.0.remove(&(at, what));
    }

    /// When the first of them is due.
    pub fn next(&self) -> Option<Timestamp> {
        self.0.get_min().map(|(due, _)| *due)
    }

    /// What is due by now, longest ago first; as much of it as one tick does.
    pub fn due(&self, now: Timestamp) -> Vec<T> {
        let due = self.0.iter().take_while(|(due, _)| *due <= now);
        due.take(MOST_DUE_AT_ONCE).map(|(_, what)| what.clone()).collect()
    }
}
