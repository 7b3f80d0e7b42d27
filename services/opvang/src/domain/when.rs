//! Moments on the wall clock of the region: when a reservation for tonight is given free, and when the longest stay
//! ends. Days on which the clock changes are days like any other here. It must not ask what time it is.

use jiff::{SignedDuration, Timestamp};
use model::moment::{self, later};
use model::region::Region;

use super::Refusal;

/// How far ahead somebody may reserve.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// How long a place is kept at most for who accepted it from a waiting list.
const LONGEST_AWAITED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How long somebody has at least to come, when nothing was said.
const SHORTEST: SignedDuration = SignedDuration::from_hours(1);

/// When a reservation made now is given free: when was asked, at most 24 hours ahead, or at the next release time
/// of the region. That may be 25 hours ahead in the night in which the clock goes back. Who gets a place less than an
/// hour before it, or in the night after it, has an hour.
pub(super) fn release_at(region: &Region, asked: Option<Timestamp>, at: Timestamp) -> Result<Timestamp, Refusal> {
    let next = next_release(region, at);
    let latest = later(at, LONGEST_AHEAD).max(next);
    match asked {
        None if is_night_after(region, at) => Ok(later(at, SHORTEST)),
        None => Ok(next.max(later(at, SHORTEST))),
        Some(asked) if asked > at && asked <= latest => Ok(asked),
        Some(_) => Err(Refusal::ReleaseTime),
    }
}

/// When somebody who accepted an offer is expected: when they said, at most a week ahead, or at the next release time
/// that leaves them an hour.
pub(super) fn arrive_by(region: &Region, asked: Option<Timestamp>, at: Timestamp) -> Result<Timestamp, Refusal> {
    match asked {
        None => Ok(next_release(region, later(at, SHORTEST))),
        Some(asked) if asked > at && asked <= later(at, LONGEST_AWAITED) => Ok(asked),
        Some(_) => Err(Refusal::ArriveBy),
    }
}

/// Noon of the last day of a stay that begins now and may last so many days.
pub(super) fn last_day(region: &Region, at: Timestamp, days: u32) -> Timestamp {
    let last = moment::day(region, at).saturating_add(jiff::Span::new().days(i64::from(days)));
    moment::noon(region, last)
}

/// Whether it is night, and the release time of this night is over.
fn is_night_after(region: &Region, at: Timestamp) -> bool {
    let today = moment::day(region, at);
    let days = [Some(today), today.yesterday().ok()].into_iter().flatten();
    let last = days.map(|day| moment::on(region, day, region.rules.release_time)).find(|release| *release <= at);
    last.is_some_and(|last| {
        let day = moment::day(region, last);
        let mornings = [Some(day), day.tomorrow().ok()].into_iter().flatten();
        let mut mornings = mornings.map(|day| moment::on(region, day, region.rules.night_until));
        mornings.find(|morning| *morning > last).is_some_and(|morning| at < morning)
    })
}

fn next_release(region: &Region, at: Timestamp) -> Timestamp {
    let today = moment::day(region, at);
    let days = [Some(today), today.tomorrow().ok()].into_iter().flatten();
    let mut releases = days.map(|day| moment::on(region, day, region.rules.release_time));
    releases.find(|release| *release > at).unwrap_or_else(|| later(at, LONGEST_AHEAD))
}
