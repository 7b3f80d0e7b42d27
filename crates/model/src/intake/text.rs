//! Hours as people write them, such as "ma-vr 09:00-17:00": read, and written back. It must not decide whether anybody
//! can come in.

use super::{MINUTES_A_DAY, Window};

/// The days of the week as people write them, from Monday.
pub const WEEKDAYS: [&str; 7] = ["ma", "di", "wo", "do", "vr", "za", "zo"];

impl Window {
    /// Hours of one or more days in a row; none where it is something else.
    pub fn read(raw: &str) -> Option<Vec<Self>> {
        let (days, times) = raw.trim().split_once(' ')?;
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let day = |name: &str| WEEKDAYS.iter().position(|day| name.eq_ignore_ascii_case(day));
        let (first, last) = (day(first)?, day(last)?);
        let (from, until) = times.trim().split_once(['-', '–'])?;
        let (from, until) = (minute(from)?, minute(until)?);
        // From za to ma is three days too.
        let days = (0..=(last + 7 - first) % 7).map(|ahead| (first + ahead) % 7 + 1);
        days.map(|day| Self::parse(u32::try_from(day).ok()?, from, until).ok()).collect()
    }

    /// The same, each line one or more days in a row.
    pub fn written(windows: &[Self]) -> Vec<String> {
        let mut lines: Vec<(u8, u8, u16, u16)> = Vec::new();
        for window in windows {
            let last = lines.last_mut();
            let goes_on = last.filter(|(_, last, from, until)| {
                last + 1 == window.weekday && (*from, *until) == (window.from_minute, window.until_minute)
            });
            match goes_on {
                Some((_, last, ..)) => *last = window.weekday,
                None => lines.push((window.weekday, window.weekday, window.from_minute, window.until_minute)),
            }
        }
        let day = |day: u8| WEEKDAYS.get(usize::from(day.saturating_sub(1))).copied().unwrap_or_default();
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        let line = |(first, last, from, until): (u8, u8, u16, u16)| {
            let days = if first == last { day(first).to_owned() } else { format!("{}-{}", day(first), day(last)) };
            format!("{days} {}-{}", time(from), time(until))
        };
        lines.into_iter().map(line).collect()
    }
}

/// Minutes after midnight, from a time such as 09:00; also 24:00.
fn minute(raw: &str) -> Option<u32> {
    let (hour, minute) = raw.trim().split_once(':')?;
    let is_time = (1..=2).contains(&hour.len()) && minute.len() == 2;
    let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
    let total = hour * 60 + minute;
    (is_time && minute < 60 && total <= u32::from(MINUTES_A_DAY)).then_some(total)
}
