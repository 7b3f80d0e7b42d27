//! What there was over time: the places at one moment of every day, week or month. Unknown is not zero, and of a confidential
//! kind nothing is told: from one day to the next it would say who came and went. It must not know what time it is.

use std::collections::BTreeMap;

use eventlog::LogError;
use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use model::freshness::Age;
use model::moment;
use model::region::Region;
use model::wire;
use proto::regio::v1::SeriesPoint;

use crate::board::{Entry, Key, is_demand};
use crate::store::Store;

/// Buckets that follow each other and are equally long, as days are until the clock changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Begin of the first.
    pub from: Timestamp,
    /// How long each is.
    pub length: SignedDuration,
    /// How many there are.
    pub count: usize,
}

/// When is looked: once in every bucket.
#[derive(Debug, Clone)]
pub struct Moments {
    /// Begin of every bucket that began.
    begins: Vec<Timestamp>,
    /// Begin of the first, and then the moment of each.
    bounds: Vec<Timestamp>,
}

impl Moments {
    /// The end of every bucket that began before a moment, of the last that moment itself.
    pub fn ends(mut begins: Vec<Timestamp>, until: Timestamp) -> Self {
        begins.retain(|begin| *begin < until);
        let bounds = begins.iter().copied().chain([until]).collect();
        Self { begins, bounds }
    }

    /// The same time of its first day in every bucket that began, and no moment that has not come.
    pub fn at(region: &Region, mut begins: Vec<Timestamp>, time: Time, until: Timestamp) -> Self {
        begins.retain(|begin| *begin < until);
        let moment = |begin: &Timestamp| moment::on(region, moment::day(region, *begin), time).min(until);
        let bounds = begins.first().copied().into_iter().chain(begins.iter().map(moment)).collect();
        Self { begins, bounds }
    }

    /// What is between them, as runs.
    pub fn runs(&self) -> Vec<Run> {
        runs(&self.bounds)
    }
}

/// The same as runs, so that the database is asked once for each of them.
fn runs(bounds: &[Timestamp]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (from, until) in bounds.iter().zip(bounds.iter().skip(1)) {
        let length = until.duration_since(*from);
        match runs.last_mut() {
            Some(run) if run.length == length => run.count += 1,
            _ => runs.push(Run { from: *from, length, count: 1 }),
        }
    }
    runs
}

/// What there was at each of these moments, of everything that is wanted together.
pub async fn read(
    store: &Store,
    moments: &Moments,
    wants: impl Fn(&Entry) -> bool,
) -> Result<Vec<SeriesPoint>, LogError> {
    let counts = |entry: &Entry| entry.glance.kind.has_history() && !is_demand(&entry.report) && wants(entry);
    let Some(first) = moments.bounds.first() else { return Ok(Vec::new()) };
    // What was true just before the first began.
    let before = store.at(first.as_microsecond().saturating_sub(1)).await?;
    let mut known: BTreeMap<Key, Entry> = before.into_iter().map(|entry| (entry.key.clone(), entry)).collect();
    let mut points = Vec::with_capacity(moments.begins.len());
    for run in moments.runs() {
        let end = run.end(run.count);
        let length = micros(run.length);
        let mut told = store.ends(run.from.as_microsecond(), length, end.as_microsecond()).await?;
        told.sort_by_key(|(bucket, _)| *bucket);
        let mut told = told.into_iter().peekable();
        for bucket in 0..run.count {
            while let Some((_, entry)) = told.next_if(|(of, _)| *of == bucket) {
                known.insert(entry.key.clone(), entry);
            }
            points.push(point(known.values().filter(|entry| counts(entry)), run.end(bucket), run.end(bucket + 1)));
        }
    }
    for (point, begin) in points.iter_mut().zip(&moments.begins) {
        point.from = Some(wire::time_out(*begin));
    }
    Ok(points)
}

impl Run {
    /// The end of its first buckets, so many of them.
    fn end(self, buckets: usize) -> Timestamp {
        let length = micros(self.length).saturating_mul(i64::try_from(buckets).unwrap_or(i64::MAX));
        moment::later(self.from, SignedDuration::from_micros(length))
    }
}

fn micros(length: SignedDuration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX).max(1)
}

/// The sums at one moment.
fn point<'a>(entries: impl Iterator<Item = &'a Entry>, from: Timestamp, at: Timestamp) -> SeriesPoint {
    let (begin, end) = (Some(wire::time_out(from)), Some(wire::time_out(at)));
    let mut point = SeriesPoint { from: begin, at: end, ..SeriesPoint::default() };
    for entry in entries.filter(|entry| !entry.glance.retired) {
        add(&mut point, entry, from, at);
    }
    point
}

fn add(point: &mut SeriesPoint, entry: &Entry, from: Timestamp, at: Timestamp) {
    point.locations += 1;
    let age = entry.age(at);
    // Who told it at any time of the day told how the day was, also where the goal for tonight is stricter.
    let is_of_now = entry.report.confirmed_at.as_ref().is_some_and(|told| proto::micros(told) >= from.as_microsecond());
    point.stale += u32::from(age == Age::Stale && !is_of_now);
    let Some(figures) = entry.figures.filter(|_| age != Age::Unknown) else {
        point.unknown += 1;
        return;
    };
    for (sum, figure) in [
        (&mut point.funded, figures.funded),
        (&mut point.actual, figures.actual()),
        (&mut point.occupied, figures.occupied),
        (&mut point.held, figures.held),
        (&mut point.unavailable, figures.unavailable),
        (&mut point.surge, figures.surge),
        (&mut point.over, figures.over()),
    ] {
        *sum = sum.saturating_add(figure);
    }
}
