//! When new people can come in: weekly windows on the wall clock of the region, also across midnight and
//! across the nights in which the clock changes. It must not ask what time it is.

mod text;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

pub use self::text::WEEKDAYS;
use crate::id::Why;

const MINUTES_A_DAY: u16 = 24 * 60;

/// One weekly window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Day it starts, 1 (Monday) to 7 (Sunday).
    pub weekday: u8,
    /// Start, in minutes after midnight.
    pub from_minute: u16,
    /// End, in minutes after midnight, not included; not after the start means the next day.
    pub until_minute: u16,
}

impl Window {
    /// Takes a window that exists.
    pub fn parse(weekday: u32, from_minute: u32, until_minute: u32) -> Result<Self, Why> {
        let day = u8::try_from(weekday).ok().filter(|day| (1..=7).contains(day));
        let from = u16::try_from(from_minute).ok().filter(|minute| *minute < MINUTES_A_DAY);
        let until = u16::try_from(until_minute).ok().filter(|minute| *minute <= MINUTES_A_DAY);
        match (day, from, until) {
            (Some(weekday), Some(from_minute), Some(until_minute)) => Ok(Self { weekday, from_minute, until_minute }),
            (None, ..) => Err("heeft een dag buiten 1 tot en met 7"),
            _ => Err("heeft een tijd buiten de dag"),
        }
    }

    /// When it ends, on the wall clock, where it begins on this day.
    fn end(self, day: jiff::civil::Date) -> Option<jiff::civil::DateTime> {
        let is_next_day = self.until_minute <= self.from_minute || self.until_minute == MINUTES_A_DAY;
        let day = if is_next_day { day.tomorrow().ok()? } else { day };
        let minute = i8::try_from(self.until_minute % 60).ok()?;
        let hour = i8::try_from(self.until_minute % MINUTES_A_DAY / 60).ok()?;
        Some(day.at(hour, minute, 0, 0))
    }

    fn holds(self, weekday: u8, minute: u16) -> bool {
        let next_day = self.weekday % 7 + 1;
        if self.until_minute > self.from_minute {
            weekday == self.weekday && (self.from_minute..self.until_minute).contains(&minute)
        } else {
            (weekday == self.weekday && minute >= self.from_minute)
                || (weekday == next_day && minute < self.until_minute)
        }
    }
}

/// A moment on the wall clock of a region, as windows know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallClock {
    weekday: u8,
    minute: u16,
}

impl WallClock {
    /// What the clock on the wall says.
    pub fn at(at: Timestamp, zone: &TimeZone) -> Self {
        let local = at.to_zoned(zone.clone());
        let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
        Self { weekday: local.weekday().to_monday_one_offset().unsigned_abs(), minute }
    }

    /// Whether somebody can come in then; no windows means always.
    pub fn is_within(self, windows: &[Window]) -> bool {
        windows.is_empty() || windows.iter().any(|window| window.holds(self.weekday, self.minute))
    }
}

/// When the doors that are open at this moment, or open next, close; none where they never do. Where the next window is
/// open by then, nobody leaves.
pub fn closes_at(windows: &[Window], at: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let today = at.to_zoned(zone.clone()).date();
    let days = (-1..=7).filter_map(|days| today.checked_add(jiff::Span::new().days(days)).ok());
    let ends = days.flat_map(|day| {
        let weekday = day.weekday().to_monday_one_offset().unsigned_abs();
        windows.iter().filter(move |window| window.weekday == weekday).filter_map(move |window| window.end(day))
    });
    let moments = ends.filter_map(|end| end.to_zoned(zone.clone()).ok()).map(|end| end.timestamp());
    moments.filter(|end| *end > at && !is_open(windows, *end, zone)).min()
}

/// Whether somebody can come in at this moment; no windows means always.
pub fn is_open(windows: &[Window], at: Timestamp, zone: &TimeZone) -> bool {
    windows.is_empty() || WallClock::at(at, zone).is_within(windows)
}
