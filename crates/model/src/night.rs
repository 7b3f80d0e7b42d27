//! The evening and night in which the avond- en nachtdienst has to be there, and what other services know of its
//! cover. What is not known is not covered. It must not know a shift or a team: those are of the nachtdienst.

use std::sync::Arc;

use imbl::OrdMap;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use proto::availability::v1::AvailabilityReported;
use proto::availability::v1::availability_reported::Detail;
use serde::{Deserialize, Serialize};

use crate::id::Gemeente;
use crate::moment::{self, later};
use crate::profile::Profile;
use crate::refusal::Invalid;
use crate::region::Region;
use crate::wire;

/// Most periods one report tells of.
pub const MOST_PERIODS: usize = 200;

/// A period of time: its begin, and its end that is not part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Period {
    /// Its begin.
    pub from: Timestamp,
    /// Its end, not included.
    pub until: Timestamp,
}

impl Period {
    /// Whether a moment is in it.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// Whether a moment is in the evening or the night.
pub fn is_night(region: &Region, at: Timestamp) -> bool {
    let local = at.to_zoned(region.time_zone.clone()).time();
    local >= region.rules.night_from || local < region.rules.night_until
}

/// Every evening and night that has a moment between two others, oldest first. It lasts an hour less or more when the
/// clock changes in it.
pub fn nights(region: &Region, from: Timestamp, until: Timestamp) -> Vec<Period> {
    let first = moment::day(region, from).saturating_sub(1.day());
    let mut nights = Vec::new();
    let mut evening = first;
    loop {
        let morning = evening.saturating_add(1.day());
        let night = Period {
            from: moment::on(region, evening, region.rules.night_from),
            until: moment::on(region, morning, region.rules.night_until),
        };
        if night.from >= until || morning == evening {
            return nights;
        }
        if night.until > from {
            nights.push(night);
        }
        evening = morning;
    }
}

/// The evening and night that a moment is in, or that comes after it.
pub fn night_of(region: &Region, at: Timestamp) -> Option<Period> {
    let until = later(at, SignedDuration::from_hours(48));
    nights(region, at, until).into_iter().next()
}

/// What the nachtdienst last told of one gemeente.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverTold {
    /// Number of the report in the feed of the nachtdienst.
    pub position: u64,
    /// When it was told.
    pub as_of: Timestamp,
    /// When somebody is there.
    pub covered: Vec<Period>,
    /// Up to when the roster is known; after it nothing was told. None where that was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_until: Option<Timestamp>,
}

impl CoverTold {
    fn knows(&self, at: Timestamp) -> bool {
        self.known_until.is_none_or(|until| at < until)
    }
}

/// Where something was heard, so that it is heard once: the stream, and the message in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Which stream.
    pub stream: Arc<str>,
    /// Which message of it.
    pub sequence: u64,
}

/// What a report of the nachtdienst tells of its cover.
pub fn told(report: &AvailabilityReported) -> Result<(Gemeente, CoverTold), Invalid> {
    let Some(Detail::Cover(cover)) = &report.detail else { return Err(Invalid::new("detail", "is geen dekking")) };
    let gemeente = wire::field("gemeente", Gemeente::parse(&report.gemeente))?;
    let as_of = wire::time_in("as_of", &wire::required("as_of", report.as_of)?)?;
    if cover.covered.len() > MOST_PERIODS {
        return Err(Invalid::new("detail.covered", "heeft te veel perioden"));
    }
    let covered = cover.covered.iter().map(period).collect::<Result<_, _>>()?;
    let known_until = cover.known_until.map(|until| wire::time_in("known_until", &until)).transpose()?;
    Ok((gemeente, CoverTold { position: report.position, as_of, covered, known_until }))
}

/// A period of a report.
pub fn period(raw: &proto::availability::v1::Period) -> Result<Period, Invalid> {
    let from = wire::time_in("from", &wire::required("from", raw.from)?)?;
    let until = wire::time_in("until", &wire::required("until", raw.until)?)?;
    if from < until { Ok(Period { from, until }) } else { Err(Invalid::new("until", "ligt niet na het begin")) }
}

/// A period as a report tells it.
pub fn period_out(period: Period) -> proto::availability::v1::Period {
    let Period { from, until } = period;
    proto::availability::v1::Period { from: Some(wire::time_out(from)), until: Some(wire::time_out(until)) }
}

/// Whether somebody can be taken in where that takes the avond- en nachtdienst.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverAt {
    /// By day nobody asks.
    ByDay,
    /// The nachtdienst is there.
    Covered,
    /// It is not.
    Gap,
    /// It did not tell, or too long ago.
    Unknown,
}

impl CoverAt {
    /// Why nobody can be taken in, in plain Dutch; not known is said as such.
    pub const fn refusing(unknown: bool) -> &'static str {
        if unknown {
            "Het is niet bekend of de avond- en nachtdienst er nu is. Bel de nachtdienst eerst."
        } else {
            "Hier kan nu niemand terecht: de avond- en nachtdienst is er op dit uur niet."
        }
    }

    /// Whether somebody can be taken in. Unknown counts as not covered.
    pub const fn is_enough(self) -> bool {
        matches!(self, Self::ByDay | Self::Covered)
    }
}

/// A local copy of what the nachtdienst tells, per gemeente.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct NightCover(OrdMap<Gemeente, Arc<CoverTold>>);

/// Whether something was told that was not heard before: in another stream, or later in the same one, and newer than
/// what is known.
pub fn is_news(cover: &NightCover, last: Option<&Heard>, gemeente: &Gemeente, told: &CoverTold, heard: &Heard) -> bool {
    let is_known = last.is_some_and(|it| it.stream == heard.stream && it.sequence >= heard.sequence);
    !is_known && cover.is_news(gemeente, told.position)
}

impl NightCover {
    /// Whether somebody can come in at a location now, as far as that takes the nachtdienst. Where it does not, it is as by
    /// day.
    pub fn at_door(&self, region: &Region, profile: &Profile, at: Timestamp) -> CoverAt {
        if profile.needs_night_cover { self.at(region, &profile.gemeente, at, at) } else { CoverAt::ByDay }
    }

    /// Keeps what was told when it is newer; says whether it was.
    pub fn hear(&mut self, gemeente: &Gemeente, told: CoverTold) -> bool {
        let newer = self.is_news(gemeente, told.position);
        if newer {
            self.0.insert(gemeente.clone(), told.into());
        }
        newer
    }

    /// Whether a report is newer than what is known.
    pub fn is_news(&self, gemeente: &Gemeente, position: u64) -> bool {
        self.0.get(gemeente).is_none_or(|held| held.position < position)
    }

    /// Until when it stays as it is at a moment; none where that is not known.
    pub fn until(&self, region: &Region, gemeente: &Gemeente, at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let night = night_of(region, at)?;
        let told = || self.known(region, gemeente, now);
        let until = match self.at(region, gemeente, at, now) {
            CoverAt::ByDay => return Some(night.from),
            CoverAt::Unknown => return None,
            CoverAt::Covered => told()?.covered.iter().find(|period| period.contains(at)).map(|period| period.until),
            CoverAt::Gap => told()?.covered.iter().map(|period| period.from).find(|from| *from > at),
        };
        // By day nobody asks.
        let until = until.map_or(night.until, |until| until.min(night.until));
        Some(until).filter(|until| told().is_some_and(|told| told.knows(*until)))
    }

    /// The parts of the night of a moment, or by day of the coming one, that are still to come and in which the
    /// nachtdienst is not there; none where that is not known.
    pub fn tonight(&self, region: &Region, gemeente: &Gemeente, at: Timestamp, now: Timestamp) -> Option<Vec<Period>> {
        let told = self.known(region, gemeente, now)?;
        let night = night_of(region, at)?;
        let end = told.known_until.map_or(night.until, |until| until.min(night.until));
        let mut gaps = Vec::new();
        // Up to here it is known whether somebody is there.
        let mut known = night.from.max(at);
        for period in &told.covered {
            gaps.push(Period { from: known, until: period.from.min(end) });
            known = known.max(period.until);
        }
        gaps.push(Period { from: known, until: end });
        gaps.retain(|gap| gap.from < gap.until);
        // Of the rest of the night nothing was told.
        if gaps.is_empty() && end < night.until { None } else { Some(gaps) }
    }

    /// What was told of a gemeente, where that is young enough to be believed.
    fn known(&self, region: &Region, gemeente: &Gemeente, now: Timestamp) -> Option<&CoverTold> {
        let goal = SignedDuration::from_mins(region.rules.cover_goal_minutes.into());
        self.0.get(gemeente).map(AsRef::as_ref).filter(|told| now.duration_since(told.as_of) < goal)
    }

    /// Whether the nachtdienst is there at a moment; `now` is the moment of asking.
    pub fn at(&self, region: &Region, gemeente: &Gemeente, at: Timestamp, now: Timestamp) -> CoverAt {
        if !is_night(region, at) {
            return CoverAt::ByDay;
        }
        match self.known(region, gemeente, now).filter(|told| told.knows(at)) {
            None => CoverAt::Unknown,
            Some(told) if told.covered.iter().any(|period| period.contains(at)) => CoverAt::Covered,
            Some(_) => CoverAt::Gap,
        }
    }
}
