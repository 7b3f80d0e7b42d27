//! Whether people come in at a location at a moment: its hours, and the avond- en nachtdienst where it needs that; by what its
//! own service knows, or as the reports on the board tell it. It must not know who asks, and says nothing of whom a place
//! suits.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Period};

use crate::freshness::Age;
use crate::intake::{self, Window};
use crate::night::CoverAt;

/// What keeps everybody out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// The hour.
    Hours,
    /// The avond- en nachtdienst is not there, or it is not known whether it is.
    Night(CoverAt),
}

/// What a location asks of the avond- en nachtdienst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NightRules {
    /// While it is there people come in outside the hours too.
    pub opens: bool,
    /// At night people come in only while it is there.
    pub needed: bool,
}

/// Whether people come in, in the hours of a location or outside them; most ask nothing of the nachtdienst, so its cover is
/// looked up only where that matters.
pub fn enter(in_hours: bool, rules: NightRules, cover: impl FnOnce() -> CoverAt) -> Result<(), Shut> {
    if !in_hours && !rules.opens {
        return Err(Shut::Hours);
    }
    if in_hours && !rules.needed {
        return Ok(());
    }
    match cover() {
        CoverAt::Covered => Ok(()),
        _ if !in_hours => Err(Shut::Hours),
        cover if cover.is_enough() => Ok(()),
        cover => Err(Shut::Night(cover)),
    }
}

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

/// Whether the avond- en nachtdienst is there in every gemeente of which it told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Nights(BTreeMap<String, CoverAt>);

impl Nights {
    /// What reports, each with the age it has, say of a moment. Those of other services are passed over.
    pub fn of<'a>(reports: impl Iterator<Item = (&'a AvailabilityReported, Age)>, at: Timestamp) -> Self {
        let night = |(report, age): (&'a AvailabilityReported, Age)| {
            let Some(Detail::Cover(cover)) = &report.detail else { return None };
            let is_in = |periods: &[Period]| periods.iter().any(|period| is_in(period, at));
            let night = match (is_in(&cover.gaps), is_in(&cover.covered)) {
                (true, _) => CoverAt::Gap,
                // What was said of this hour is not believed any more.
                (_, true) if age.must_call() => CoverAt::Unknown,
                (_, true) => CoverAt::Covered,
                // So far ahead nothing was told; nearer by, nothing is told of the day.
                _ if cover.known_until.is_some_and(|until| proto::micros(&until) <= at.as_microsecond()) => {
                    CoverAt::Unknown
                }
                _ => CoverAt::ByDay,
            };
            Some((report.gemeente.clone(), night))
        };
        Self(reports.filter_map(night).collect())
    }

    /// Whether it is there in a gemeente; it never told of one it does not know.
    pub fn in_gemeente(&self, gemeente: &str) -> CoverAt {
        self.0.get(gemeente).copied().unwrap_or(CoverAt::Unknown)
    }

    /// Whether people come in at a location at the moment these nights are of.
    pub fn door(&self, report: &AvailabilityReported, at: Timestamp, zone: &TimeZone) -> Door {
        let parse = |it: &proto::availability::v1::IntakeWindow| {
            Window::parse(it.weekday, it.from_minute, it.until_minute).ok()
        };
        let windows: Vec<Window> = report.intake_windows.iter().filter_map(parse).collect();
        let rules = NightRules { opens: report.night_cover_opens, needed: report.needs_night_cover };
        match enter(intake::is_open(&windows, at, zone), rules, || self.in_gemeente(&report.gemeente)) {
            Ok(()) => Door::Open,
            Err(Shut::Hours) => Door::Closed,
            Err(Shut::Night(CoverAt::Unknown)) => Door::NightUnknown,
            Err(Shut::Night(_)) => Door::NoNightCover,
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

    #[test]
    fn outside_its_hours_the_nachtdienst_opens_a_door_only_while_it_is_there() {
        let never = vec![IntakeWindow { weekday: 1, from_minute: 0, until_minute: 1 }];
        for needs_night_cover in [false, true] {
            let house = AvailabilityReported {
                gemeente: "gm0034".to_owned(),
                intake_windows: never.clone(),
                night_cover_opens: true,
                needs_night_cover,
                ..AvailabilityReported::default()
            };
            assert_eq!(door(&house, Age::Current, 1), Door::Open, "it is there");
            assert_eq!(door(&house, Age::Current, 3), Door::Closed, "it is not");
            assert_eq!(door(&house, Age::Stale, 1), Door::Closed, "nobody knows");
            assert_eq!(door(&house, Age::Current, 9), Door::Closed, "by day it is not there either");
        }
    }

    #[test]
    fn what_lies_further_ahead_than_was_told_is_not_known() {
        let mut told = night();
        if let Some(Detail::Cover(cover)) = &mut told.detail {
            cover.known_until = Some(at(24));
        }
        let of =
            |hour: i64| Nights::of([(&told, Age::Current)].into_iter(), Timestamp::from_second(hour * 3_600).unwrap());
        assert_eq!(of(23).in_gemeente("gm0034"), CoverAt::ByDay);
        assert_eq!(of(24).in_gemeente("gm0034"), CoverAt::Unknown);
    }

    #[test]
    fn whatever_is_asked_of_the_nachtdienst_it_is_looked_up_only_where_that_matters() {
        for (in_hours, opens, needed, looks) in [
            (true, false, false, false),
            (true, true, false, false),
            (false, false, false, false),
            (false, false, true, false),
            (true, false, true, true),
            (false, true, false, true),
            (false, true, true, true),
        ] {
            let mut looked = false;
            let entered = enter(in_hours, NightRules { opens, needed }, || {
                looked = true;
                CoverAt::Covered
            });
            assert_eq!((looked, entered.is_ok()), (looks, in_hours || opens), "{in_hours} {opens} {needed}");
        }
    }
}
