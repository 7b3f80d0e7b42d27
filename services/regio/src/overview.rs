//! The figures of the region by kind and gemeente. Unknown is not zero, and a stale stand has nothing free. It must not
//! know where the entries come from.

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::freshness::Age;
use model::kind::Kind;
use model::wire;
use proto::availability::v1::StageCount;
use proto::availability::v1::availability_reported::Detail;
use proto::regio::v1::OverviewRow;

use crate::board::Entry;

/// Sums by kind and gemeente, and by kind.
pub fn overview<'a>(entries: impl Iterator<Item = &'a Entry>, at: Timestamp) -> (Vec<OverviewRow>, Vec<OverviewRow>) {
    let mut rows: BTreeMap<(Kind, String), OverviewRow> = BTreeMap::new();
    let mut totals: BTreeMap<Kind, OverviewRow> = BTreeMap::new();
    for entry in entries.filter(|entry| !entry.glance.retired) {
        let (kind, gemeente) = (entry.glance.kind, entry.report.gemeente.clone());
        let new =
            |gemeente: String| OverviewRow { kind: wire::kind_out(kind).into(), gemeente, ..OverviewRow::default() };
        let row = rows.entry((kind, gemeente.clone())).or_insert_with(|| new(gemeente));
        add(row, entry, at);
        if let Some(Detail::Cover(cover)) = &entry.report.detail {
            row.gaps.clone_from(&cover.gaps);
        }
        if kind.adds_up() {
            add(totals.entry(kind).or_insert_with(|| new(String::new())), entry, at);
        }
    }
    (rows.into_values().collect(), totals.into_values().collect())
}

fn add(row: &mut OverviewRow, entry: &Entry, at: Timestamp) {
    row.locations += 1;
    let age = entry.age(at);
    row.unknown += u32::from(age == Age::Unknown);
    row.stale += u32::from(age == Age::Stale);
    let confirmed = entry.report.confirmed_at;
    let micros = |at: Option<pbjson_types::Timestamp>| at.as_ref().map_or(i64::MAX, proto::micros);
    if micros(confirmed) < micros(row.oldest_confirmation) {
        row.oldest_confirmation = confirmed;
    }
    if let Some(Detail::Slots(slots)) = &entry.report.detail {
        slots.stages.iter().for_each(|stage| add_stage(&mut row.stages, stage));
    }
    // What was never told is not zero: it is in no sum.
    let Some(figures) = entry.figures.filter(|_| age != Age::Unknown) else { return };
    for (sum, figure) in [
        (&mut row.funded, figures.funded),
        (&mut row.actual, figures.actual()),
        (&mut row.occupied, figures.occupied),
        (&mut row.held, figures.held),
        (&mut row.unavailable, figures.unavailable),
        (&mut row.surge, figures.surge),
        (&mut row.free, if age.must_call() { 0 } else { figures.free() }),
        (&mut row.over, figures.over()),
    ] {
        *sum = sum.saturating_add(figure);
    }
}

fn add_stage(stages: &mut Vec<StageCount>, stage: &StageCount) {
    match stages.iter_mut().find(|known| known.stage == stage.stage) {
        Some(known) => known.trajecten = known.trajecten.saturating_add(stage.trajecten),
        None => stages.push(*stage),
    }
    stages.sort_by_key(|known| known.stage);
}
