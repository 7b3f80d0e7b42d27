//! Days, times and gemeenten as people type them on the command line. It must not decide which of them are allowed.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use model::wire;
use proto::availability::v1::{Date as WireDate, Period};
use service::clock;

use crate::{Failure, history, output, regions};

/// A day, such as 2026-03-28.
pub fn day(raw: &str) -> Result<Date, String> {
    raw.parse::<Date>().map_err(|_| format!("{raw} is geen datum; schrijf bijvoorbeeld 2026-03-28"))
}

/// Minutes after midnight, from a time such as 23:00.
pub fn minute(raw: &str) -> Result<u32, String> {
    let time = clock_time(raw).ok_or_else(|| format!("{raw} is geen tijd; schrijf bijvoorbeeld 23:00"))?;
    Ok(u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs()))
}

/// A time of the clock and nothing else: a moment with its day is none.
fn clock_time(raw: &str) -> Option<Time> {
    let is_short = raw.len() <= 8 && raw.as_bytes().get(2) == Some(&b':');
    raw.parse().ok().filter(|_| is_short)
}

/// A time of the clock that comes next, such as 22:30, or a moment.
pub fn next(raw: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let Some(time) = clock_time(raw) else { return history::moment(raw) };
    let today = now.to_zoned(output::zone()).date();
    let days = [Some(today), today.tomorrow().ok()].into_iter().flatten();
    let mut moments = days.filter_map(|day| Some(day.to_datetime(time).to_zoned(output::zone()).ok()?.timestamp()));
    moments.find(|moment| *moment > now).map_or_else(|| history::moment(raw), Ok)
}

/// The same, where it was given.
pub fn maybe_next(raw: Option<&str>) -> Result<Option<pbjson_types::Timestamp>, Failure> {
    raw.map(|raw| next(raw, clock::now()).map(wire::time_out)).transpose()
}

/// A gemeente by its name or its CBS code.
pub fn gemeente(raw: &str) -> Result<String, String> {
    regions::gemeente(raw).map(|code| code.as_str().to_owned())
}

/// A day as the services take it.
pub fn told(day: Date) -> WireDate {
    wire::date_out(day)
}

/// A day as the services tell it.
pub fn shown(day: Option<&WireDate>) -> String {
    day.map_or_else(|| "–".to_owned(), |day| format!("{:02}-{:02}-{}", day.day, day.month, day.year))
}

/// A period on the wall clock.
pub fn period(period: &Period) -> String {
    format!("{} tot {}", output::moment(period.from.as_ref()), output::moment(period.until.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_alone_is_the_next_one_and_a_moment_keeps_its_day() {
        let now: Timestamp = "2026-11-28T20:00:00+01:00".parse().unwrap();
        let next = |raw: &str| next(raw, now).unwrap().to_string();
        assert_eq!(next("22:30"), "2026-11-28T21:30:00Z");
        assert_eq!(next("14:00"), "2026-11-29T13:00:00Z");
        assert_eq!(next("2026-12-01T14:00"), "2026-12-01T13:00:00Z");
        assert_eq!(next("2026-12-01T14:00:00+01:00"), "2026-12-01T13:00:00Z");
        assert!(minute("2026-12-01T14:00").is_err() && super::next("straks", now).is_err());
        assert_eq!(minute("06:30"), Ok(390));
    }
}
