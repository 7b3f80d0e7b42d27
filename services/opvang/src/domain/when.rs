//! Moments on the wall clock of the region: when a reservation for tonight is given free, and when the longest stay
//! ends. Days on which the clock changes are days like any other here. It must not ask what time it is.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use model::region::Region;

use super::Refusal;

/// How far ahead somebody may reserve.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How long a place is kept at most for who accepted it from a waiting list.
const LONGEST_AWAITED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// When a reservation made now is given free: when was asked, at most 24 hours ahead, or at the next release time
/// of the region. That may be 25 hours ahead in the night in which the clock goes back.
pub(super) fn release_at(region: &Region, asked: Option<Timestamp>, at: Timestamp) -> Result<Timestamp, Refusal> {
    let next = next_release(region, at);
    let latest = later(at, LONGEST_AHEAD).max(next);
    match asked {
        None => Ok(next),
        Some(asked) if asked > at && asked <= latest => Ok(asked),
        Some(_) => Err(Refusal::ReleaseTime),
    }
}

/// When somebody who accepted an offer is expected: when they said, at most a week ahead, or at the next release time.
pub(super) fn arrive_by(region: &Region, asked: Option<Timestamp>, at: Timestamp) -> Result<Timestamp, Refusal> {
    match asked {
        None => Ok(next_release(region, at)),
        Some(asked) if asked > at && asked <= later(at, LONGEST_AWAITED) => Ok(asked),
        Some(_) => Err(Refusal::ArriveBy),
    }
}

/// Nights between two moments: the number of times the date on the wall changed.
pub(super) fn nights(region: &Region, from: Timestamp, until: Timestamp) -> u32 {
    let days = day_of(region, from).until(day_of(region, until)).map_or(0, |span| span.get_days());
    u32::try_from(days).unwrap_or(0)
}

/// The date on the wall of the region.
pub fn day_of(region: &Region, at: Timestamp) -> Date {
    today(region, at)
}

/// Noon of a day.
pub fn noon(region: &Region, day: Date) -> Option<Timestamp> {
    on(region, day, Time::constant(12, 0, 0, 0))
}

/// Noon of the last day of a stay that begins now and may last so many days.
pub(super) fn last_day(region: &Region, at: Timestamp, days: u32) -> Timestamp {
    let last = today(region, at).saturating_add(jiff::Span::new().days(i64::from(days)));
    noon(region, last).unwrap_or(at)
}

fn next_release(region: &Region, at: Timestamp) -> Timestamp {
    let today = today(region, at);
    let days = [Some(today), today.tomorrow().ok()].into_iter().flatten();
    let mut releases = days.filter_map(|day| on(region, day, region.rules.release_time));
    releases.find(|release| *release > at).unwrap_or_else(|| later(at, LONGEST_AHEAD))
}

fn today(region: &Region, at: Timestamp) -> Date {
    at.to_zoned(region.time_zone.clone()).date()
}

/// A time of day that the clock skips comes as much later as it skips; one that comes twice is the first.
fn on(region: &Region, day: Date, time: Time) -> Option<Timestamp> {
    day.to_datetime(time).to_zoned(region.time_zone.clone()).ok().map(|zoned| zoned.timestamp())
}

/// A moment later; the calendar ends in the year 9999.
fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
