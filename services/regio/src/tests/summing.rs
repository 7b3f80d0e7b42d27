//! The overview is the sum of the board: what is unknown is in no sum, what is stale has nothing free.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Figures, Kind, Slots, StageCount, TrajectStage};
use proto::regio::v1::OverviewRow;

use super::{empty, location, message, now, read};
use crate::aggregator::taken;
use crate::overview::overview;

fn rows(reports: &[AvailabilityReported]) -> (Vec<OverviewRow>, Vec<OverviewRow>) {
    let messages: Vec<_> = reports.iter().zip(1..).map(|(report, sequence)| message(report, sequence)).collect();
    let (shown, changes) = taken(&empty(), read(&messages), None, 0);
    assert!(changes.parked.is_empty(), "{:?}", changes.parked);
    overview(shown.board.entries(), now())
}

#[test]
fn unknown_is_counted_and_is_not_zero_and_stale_has_nothing_free() {
    let never = AvailabilityReported { confirmed_at: None, figures: None, ..location("nooit", 1, 1, &["a"]) };
    let old = Some(model::wire::time_out("2026-11-22T01:00:00Z".parse().unwrap()));
    let stale = AvailabilityReported { confirmed_at: old, ..location("oud", 2, 1, &["a", "b"]) };
    let (rows, totals) = rows(&[never, stale, location("nieuw", 3, 1, &["a"])]);
    let row = &rows[0];
    assert_eq!((row.locations, row.unknown, row.stale), (3, 1, 1));
    assert_eq!((row.funded, row.occupied, row.free), (10, 7, 1));
    assert_eq!(row.oldest_confirmation, old);
    assert_eq!(totals.len(), 1);
    assert_eq!((totals[0].gemeente.as_str(), totals[0].free), ("", 1));
}

#[test]
fn the_stages_of_housing_first_are_summed_for_the_region() {
    let stages = |gemeente: &str, count: u32, position: u64| AvailabilityReported {
        kind: Kind::HousingFirst.into(),
        gemeente: gemeente.to_owned(),
        offers: Vec::new(),
        detail: Some(Detail::Slots(Slots {
            stages: vec![StageCount { stage: TrajectStage::Gestart.into(), trajecten: count }],
            region_cap: 43,
        })),
        ..location(&format!("housing-first-{gemeente}"), position, 1, &[])
    };
    let (rows, totals) = rows(&[stages("gm0034", 3, 1), stages("gm0303", 2, 2)]);
    assert_eq!(rows.iter().map(|row| row.stages[0].trajecten).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(totals[0].stages, [StageCount { stage: TrajectStage::Gestart.into(), trajecten: 5 }]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_overview_is_the_sum_of_the_board(
        houses in prop::collection::vec((0..2_usize, 0..3_usize, 0..20_u32, 0..30_u32, 0..9_u32), 1..30),
    ) {
        let kinds = [Kind::Logeerplek, Kind::Nachtopvang, Kind::Dagopvang];
        let gemeenten = ["gm0034", "gm0303"];
        let reports: Vec<_> = houses.iter().zip(1..).map(|((gemeente, kind, funded, occupied, out), position)| {
            let unavailable = *out.min(funded);
            AvailabilityReported {
                gemeente: gemeenten[*gemeente].to_owned(),
                kind: kinds[*kind].into(),
                offers: Vec::new(),
                figures: Some(Figures {
                    funded: *funded, actual: funded - unavailable, occupied: *occupied, unavailable, ..Figures::default()
                }),
                ..location(&format!("huis-{position}"), position, 1, &[])
            }
        }).collect();
        let mut naive: BTreeMap<(i32, &str), [u32; 5]> = BTreeMap::new();
        for (gemeente, kind, funded, occupied, out) in &houses {
            let actual = funded - out.min(funded);
            let sums = naive.entry((kinds[*kind].into(), gemeenten[*gemeente])).or_default();
            let more = [*funded, actual, *occupied, actual.saturating_sub(*occupied), occupied.saturating_sub(actual)];
            sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
        let (rows, totals) = rows(&reports);
        let said: BTreeMap<(i32, &str), [u32; 5]> = rows.iter().map(|row| {
            ((row.kind, row.gemeente.as_str()), [row.funded, row.actual, row.occupied, row.free, row.over])
        }).collect();
        prop_assert_eq!(&said, &naive);
        let free: u32 = totals.iter().map(|row| row.free).sum();
        prop_assert_eq!(free, naive.values().map(|sums| sums[3]).sum::<u32>());
    }
}
