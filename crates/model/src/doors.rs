//! Whether people come in at a location at a moment, as the reports on the board tell it: its hours, and the avond- en
//! nachtdienst where it needs that. It must not know who asks, and says nothing of whom a place suits.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Period};

use crate::freshness::Age;
use crate::intake::{self, Window};

/// Whether people come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// They do.
    Open,
    /// Not at this hour.
    Closed,
    /// Not at this hour: the avond- en nachtdienst is not there.
    NoNightCover,
    /// It is not known whether the avond- en nachtdienst is there, and that counts as not.
    NightUnknown,
}

/// Whether the avond- en nachtdienst is there in one gemeente.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Night {
    /// It is there, or nobody asks for it at that hour.
    Fine,
    /// It is not there.
    Nobody,
    /// It told too long ago.
    Unknown,
}

/// Whether it is there in every gemeente of which it told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nights(BTreeMap<String, Night>);

impl Nights {
    /// What reports, each with the age it has, say of a moment. Those of other services are passed over.
    pub fn of<'a>(reports: impl Iterator<Item = (&'a AvailabilityReported, Age)>, at: Timestamp) -> Self {
        let night = |(report, age): (&'a AvailabilityReported, Age)| {
            let Some(Detail::Cover(cover)) = &report.detail else { return None };
            let is_in = |periods: &[Period]| periods.iter().any(|period| is_in(period, at));
            let night = match (is_in(&cover.gaps), is_in(&cover.covered)) {
                (true, _) => Night::Nobody,
                // What was said of this hour is not believed any more; by day nothing was said.
                (_, true) if age.must_call() => Night::Unknown,
                _ => Night::Fine,
            };
            Some((report.gemeente.clone(), night))
        };
        Self(reports.filter_map(night).collect())
    }

    /// Whether it is there in a gemeente; it never told of one it does not know.
    pub fn in_gemeente(&self, gemeente: &str) -> Night {
        self.0.get(gemeente).copied().unwrap_or(Night::Unknown)
    }

    /// Whether people come in at a location at the moment these nights are of.
    pub fn door(&self, report: &AvailabilityReported, at: Timestamp, zone: &TimeZone) -> Door {
        let parse = |it: &proto::availability::v1::IntakeWindow| {
            Window::parse(it.weekday, it.from_minute, it.until_minute).ok()
        };
        let windows: Vec<Window> = report.intake_windows.iter().filter_map(parse).collect();
        if !report.night_cover_opens && !intake::is_open(&windows, at, zone) {
            return Door::Closed;
        }
        match self.in_gemeente(&report.gemeente) {
            _ if !report.needs_night_cover => Door::Open,
            Night::Fine => Door::Open,
            Night::Nobody => Door::NoNightCover,
            Night::Unknown => Door::NightUnknown,
        }
    }
}

/// Whether a moment is in a period.
pub fn is_in(period: &Period, at: Timestamp) -> bool {
    let from = period.from.as_ref().map_or(i64::MIN, proto::micros);
    let until = period.until.as_ref().map_or(i64::MAX, proto::micros);
    (from..until).contains(&at.as_microsecond())
}

#[cfg(test)]
mod tests {
    use proto::availability::v1::{Cover, IntakeWindow};

    use super::*;

    fn at(hour: i64) -> pbjson_types::Timestamp {
        pbjson_types::Timestamp { seconds: hour * 3_600, nanos: 0 }
    }

    /// The nachtdienst of a gemeente that is there from one to two o'clock, and not from two to four.
    fn night() -> AvailabilityReported {
        let gaps = vec![Period { from: Some(at(2)), until: Some(at(4)) }];
        let covered = vec![Period { from: Some(at(1)), until: Some(at(2)) }];
        let detail = Some(Detail::Cover(Cover { covered, gaps, ..Cover::default() }));
        AvailabilityReported { gemeente: "gm0034".to_owned(), detail, ..AvailabilityReported::default() }
    }

    fn door(report: &AvailabilityReported, age: Age, hour: i64) -> Door {
        let at = Timestamp::from_second(hour * 3_600).unwrap();
        Nights::of([(&night(), age)].into_iter(), at).door(report, at, &TimeZone::UTC)
    }

    #[test]
    fn a_door_that_needs_the_nachtdienst_is_closed_while_nobody_is_there_or_nobody_knows() {
        let house = AvailabilityReported {
            gemeente: "gm0034".to_owned(),
            needs_night_cover: true,
            ..AvailabilityReported::default()
        };
        assert_eq!(door(&house, Age::Current, 1), Door::Open);
        assert_eq!(door(&house, Age::Current, 3), Door::NoNightCover);
        assert_eq!(door(&house, Age::Stale, 1), Door::NightUnknown);
        assert_eq!(door(&house, Age::Stale, 9), Door::Open, "by day nobody asks");
        let elsewhere = AvailabilityReported { gemeente: "gm0303".to_owned(), ..house.clone() };
        assert_eq!(door(&elsewhere, Age::Current, 3), Door::NightUnknown);
        let anyway = AvailabilityReported { needs_night_cover: false, ..house };
        assert_eq!(door(&anyway, Age::Current, 3), Door::Open);
        let never = vec![IntakeWindow { weekday: 1, from_minute: 0, until_minute: 1 }];
        let shut = AvailabilityReported { intake_windows: never, ..anyway };
        assert_eq!(door(&shut, Age::Current, 3), Door::Closed);
    }
}
