//! The monitor of the pilot at an instant, from what was recorded by then and nothing else: the same question about the
//! same instant has the same answer for ever. It must not know what day it is.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use model::id::Gemeente;
use model::moment;
use model::region::Region;

use super::{AllocationView, Stage, State, StopReason, Traject};

/// After how many months is asked whether the home was kept.
const MONTHS: [u32; 3] = [6, 12, 24];

/// The monitor at an instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monitor {
    /// Trajecten by gemeente and stage.
    pub stages: BTreeMap<(Gemeente, Stage), u32>,
    /// Days from aanmelding to sleutel.
    pub days_to_key: Days,
    /// Housing kept after 6, 12 and 24 months.
    pub kept: Vec<Kept>,
    /// Reasons of stopping.
    pub stopped: BTreeMap<StopReason, u32>,
    /// The slots then.
    pub allocations: Vec<AllocationView>,
    /// Trajecten that were ever registered.
    pub registered: u32,
    /// How often a traject went to another gemeente.
    pub transfers: u32,
}

/// Numbers of days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Days {
    /// How many there are.
    pub count: u32,
    /// The one in the middle; of an even number the lower of the two.
    pub median: u32,
    /// Their sum.
    pub sum: u64,
    /// The longest.
    pub longest: u32,
}

/// Housing kept so many months after the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    /// How many months.
    pub months: u32,
    /// Of how many trajecten it is known.
    pub known: u32,
    /// Of those, how many had not lost their home.
    pub kept: u32,
}

impl State {
    /// The monitor at an instant.
    pub fn monitor(&self, region: &Region, at: Timestamp) -> Monitor {
        let today = moment::day(region, at);
        let known: Vec<&Traject> = self.trajecten().filter(|traject| traject.step_at(at).is_some()).collect();
        let mut stages = BTreeMap::new();
        let mut stopped = BTreeMap::new();
        let mut used: BTreeMap<&Gemeente, u32> = BTreeMap::new();
        for traject in &known {
            let Some((step, gemeente)) = traject.step_at(at).zip(traject.gemeente_at(at)) else { continue };
            *stages.entry((gemeente.clone(), step.stage)).or_insert(0) += 1;
            *used.entry(gemeente).or_insert(0) += u32::from(step.stage.uses_slot());
            if let Some(reason) = traject.stopped_by(at).filter(|_| step.stage == Stage::Gestopt) {
                *stopped.entry(reason).or_insert(0) += 1;
            }
        }
        let slots = self.gemeenten().filter_map(|(gemeente, it)| {
            let slots = it.history.iter().rev().find(|(since, _)| *since <= at).map(|(_, slots)| *slots)?;
            Some(AllocationView { gemeente: gemeente.clone(), slots, used: used.get(gemeente).copied().unwrap_or(0) })
        });
        Monitor {
            days_to_key: days(known.iter().filter_map(|traject| days_to_key(traject, at)).collect()),
            kept: MONTHS.into_iter().map(|months| kept(&known, months, today, at)).collect(),
            allocations: slots.collect(),
            transfers: u32::try_from(known.iter().map(|traject| traject.transfers(at)).sum::<usize>())
                .unwrap_or(u32::MAX),
            registered: u32::try_from(known.len()).unwrap_or(u32::MAX),
            stages,
            stopped,
        }
    }
}

fn days_to_key(traject: &Traject, at: Timestamp) -> Option<u32> {
    let (registered, started) = (traject.first(Stage::Aangemeld, at)?, traject.first(Stage::Gestart, at)?);
    let days = registered.until(started).ok()?.get_days();
    u32::try_from(days).ok()
}

fn days(mut days: Vec<u32>) -> Days {
    days.sort_unstable();
    Days {
        count: u32::try_from(days.len()).unwrap_or(u32::MAX),
        median: days.get(days.len().saturating_sub(1) / 2).copied().unwrap_or(0),
        sum: days.iter().map(|days| u64::from(*days)).sum(),
        longest: days.last().copied().unwrap_or(0),
    }
}

fn kept(known: &[&Traject], months: u32, today: Date, at: Timestamp) -> Kept {
    let mut it = Kept { months, known: 0, kept: 0 };
    for traject in known {
        let Some(until) = traject.first(Stage::Gestart, at).map(|start| later(start, months)) else { continue };
        if until > today {
            continue;
        }
        match (traject.first(Stage::Gestopt, at).filter(|stopped| *stopped < until), traject.stopped_by(at)) {
            (Some(_), Some(reason)) if reason.loses_home() => it.known += 1,
            // Of who stopped before for another reason it is not known.
            (Some(_), _) => {}
            (None, _) => {
                it.known += 1;
                it.kept += 1;
            }
        }
    }
    it
}

/// A day some months later; the last of its month where that has no such day.
fn later(day: Date, months: u32) -> Date {
    day.saturating_add(jiff::Span::new().months(i64::from(months)))
}
