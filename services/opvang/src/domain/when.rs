//! Moments on the wall clock of the region: when a reservation for tonight is given free, and when the longest stay
//! ends. Days on which the clock changes are days like any other here. It must not ask what time it is.

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use model::region::Region;

use super::Refusal;

/// How far ahead somebody may reserve.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(24);

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

/// Noon of the last day of a stay that begins now and may last so many days.
pub(super) fn last_day(region: &Region, at: Timestamp, days: u32) -> Timestamp {
    let last = today(region, at).saturating_add(jiff::Span::new().days(i64::from(days)));
    on(region, last, Time::constant(12, 0, 0, 0)).unwrap_or(at)
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
