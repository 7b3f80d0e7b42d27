//! The flow: counted from reports, once each, however often and in whatever order they come.

use jiff::Timestamp;
use proptest::prelude::*;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Demand, Destination, Happening, StayEnded};
use proto::regio::v1::{Bucket, FlowRow};
use testkit::TempDir;

use super::{empty, location, message, now, read, region};
use crate::aggregator::taken;
use crate::flow::{self, Kept};
use crate::store::{PlaceInStream, Store};

fn moment(raw: &str) -> Timestamp {
    raw.parse().unwrap()
}

fn report(position: u64, as_of: &str, happened: &[Happening]) -> AvailabilityReported {
    AvailabilityReported {
        as_of: Some(model::wire::time_out(moment(as_of))),
        happened: happened.iter().map(|it| (*it).into()).collect(),
        ..location("huis", position, position, &["a"])
    }
}

fn kept(reports: &[AvailabilityReported]) -> Vec<Kept> {
    let of = |report: &AvailabilityReported| {
        Some(Kept { as_of: proto::micros(report.as_of.as_ref().unwrap()), told: flow::told(report)? })
    };
    reports.iter().filter_map(of).collect()
}

fn counted(reports: &[AvailabilityReported], bucket: Bucket, from: &str, until: &str) -> Vec<FlowRow> {
    let begins = flow::buckets(region(), bucket, moment(from), moment(until)).unwrap();
    flow::count(&begins, &kept(reports)).unwrap()
}

#[test]
fn who_comes_and_goes_is_counted_by_week_from_monday_in_the_time_zone_of_the_region() {
    let reports = [
        // A Sunday night at 23:30 in Almere, and a Monday at 00:30.
        report(1, "2026-11-22T22:30:00Z", &[Happening::Arrived]),
        report(2, "2026-11-22T23:30:00Z", &[Happening::Arrived, Happening::Arrived, Happening::NoShow]),
    ];
    let rows = counted(&reports, Bucket::Week, "2026-11-16T00:00:00Z", "2026-11-30T00:00:00Z");
    assert_eq!(rows.iter().map(|row| (row.instroom, row.no_shows)).collect::<Vec<_>>(), [(1, 0), (2, 1)]);
}

#[test]
fn who_goes_on_within_the_chain_is_doorstroom_and_nights_are_summed() {
    let ended = |nights, destination: Destination| StayEnded { nights, destination: destination.into() };
    let one = AvailabilityReported {
        stays_ended: vec![ended(3, Destination::NaarHuis), ended(10, Destination::BeschermdWonen)],
        ..report(1, "2026-11-23T10:00:00Z", &[Happening::Left, Happening::Left])
    };
    let old = report(2, "2026-11-23T11:00:00Z", &[Happening::Left]);
    let rows = counted(&[one, old], Bucket::Day, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
    let row = &rows[0];
    assert_eq!((row.uitstroom, row.doorstroom), (2, 1), "an old report does not say where to");
    assert_eq!((row.stays, row.nights, row.median_nights), (2, 13, 3));
}

/// So many who left without a word of where to, and the nights and destination of each of the others.
type Leaving = (usize, Vec<(u32, i32)>);

proptest! {
    #[test]
    fn in_whatever_order_reports_come_as_many_left_and_as_many_went_on(
        reports in prop::collection::vec((0..4_usize, prop::collection::vec((0..30_u32, 1..9_i32), 0..4)), 1..12)
            .prop_flat_map(|reports| (Just(reports.clone()), Just(reports).prop_shuffle())),
    ) {
        let (straight, shuffled) = reports;
        // Of some who left it is not told where to, as in reports of before that was told.
        let made = |reports: &[Leaving]| -> Vec<AvailabilityReported> {
            let of = |((left, ended), position): (&Leaving, u64)| AvailabilityReported {
                stays_ended: ended.iter().map(|(nights, destination)| StayEnded { nights: *nights, destination: *destination }).collect(),
                ..report(position, "2026-11-23T10:00:00Z", &vec![Happening::Left; left + ended.len()])
            };
            reports.iter().zip(1..).map(of).collect()
        };
        let count = |reports: Vec<AvailabilityReported>| counted(&reports, Bucket::Day, "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z");
        let rows = count(made(&straight));
        prop_assert_eq!(&rows, &count(made(&shuffled)));
        let left: usize = straight.iter().map(|(left, ended)| left + ended.len()).sum();
        let row = rows.first().cloned().unwrap_or_default();
        prop_assert_eq!(row.uitstroom + row.doorstroom, u32::try_from(left).unwrap());
        let goes_on = |to: i32| matches!(Destination::try_from(to), Ok(Destination::Opvang | Destination::BeschermdWonen | Destination::HousingFirst | Destination::GgzOpname));
        let went_on = straight.iter().flat_map(|(_, ended)| ended).filter(|(_, to)| goes_on(*to)).count();
        prop_assert_eq!(row.doorstroom, u32::try_from(went_on).unwrap());
    }
}

#[test]
fn demand_that_is_not_met_is_counted_and_is_never_on_the_board() {
    let demand = AvailabilityReported {
        location_id: "vraag-gm0034".to_owned(),
        figures: None,
        confirmed_at: None,
        offers: Vec::new(),
        past: true,
        detail: Some(Detail::Demand(Demand { kind: 1 })),
        ..report(1, "2026-11-23T01:00:00Z", &[Happening::DemandUnmet, Happening::DemandUnmet])
    };
    let (shown, changes) = taken(&empty(), read(&[message(&demand, 1)]), None, 0);
    assert!(changes.parked.is_empty() && shown.board.is_empty());
    assert!(changes.history[0].flow.is_some());
    let rows = counted(&[demand], Bucket::Month, "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z");
    assert_eq!(rows[0].unmet, 2);
}

#[test]
fn too_many_buckets_are_refused_and_months_follow_the_calendar() {
    let buckets = |bucket, from, until| flow::buckets(region(), bucket, moment(from), moment(until));
    assert!(buckets(Bucket::Day, "2025-01-01T00:00:00Z", "2026-11-01T00:00:00Z").is_none());
    let months = buckets(Bucket::Month, "2026-01-15T00:00:00Z", "2027-01-01T00:00:00Z").unwrap();
    assert_eq!(months.len(), 13, "January to December, and the first hour of the next in the Netherlands");
    let days = buckets(Bucket::Day, "2026-03-27T23:00:00Z", "2026-03-30T22:00:00Z").unwrap();
    let hours: Vec<i64> = days.windows(2).map(|pair| pair[1].duration_since(pair[0]).as_hours()).collect();
    assert_eq!(hours, [24, 23], "a day in which the clock changes is an hour shorter");
}

/// What the store gives after these messages were written, some more than once.
async fn stored(messages: &[Vec<AvailabilityReported>]) -> Vec<Kept> {
    let folder = TempDir::new("flow");
    let store = Store::open(&format!("sqlite:{}", folder.join("regio.db").display())).await.unwrap();
    let place = PlaceInStream { epoch: "een".to_owned(), stream: String::new(), sequence: 0, revision: 0 };
    let mut shown = empty();
    for batch in messages {
        let messages: Vec<_> = batch.iter().zip(1..).map(|(report, sequence)| message(report, sequence)).collect();
        let (after, changes) = taken(&shown, read(&messages), None, 0);
        store.write(&changes, &place).await.unwrap();
        shown = after;
    }
    store.flow(i64::MIN, i64::MAX).await.unwrap()
}

#[test]
fn the_history_of_before_the_flow_was_kept_is_gone_through_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = TempDir::new("flow");
        let url = format!("sqlite:{}", folder.join("regio.db").display());
        let reports: Vec<_> = (1..=30).map(|at| report(at, "2026-11-23T01:00:00Z", &[Happening::Arrived])).collect();
        {
            let store = Store::open(&url).await.unwrap();
            let messages: Vec<_> = reports.iter().zip(1..).map(|(it, sequence)| message(it, sequence)).collect();
            let (after, mut changes) = taken(&empty(), read(&messages), None, 0);
            // As an older version wrote it.
            changes.history.iter_mut().for_each(|report| report.flow = None);
            store.write(&changes, &after.place).await.unwrap();
            assert!(store.flow(i64::MIN, i64::MAX).await.unwrap().is_empty());
            store.forget_that_flow_is_filled().await.unwrap();
        }
        let store = Store::open(&url).await.unwrap();
        assert_eq!(store.flow(i64::MIN, i64::MAX).await.unwrap().len(), 30);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shuffled_twice_and_again_the_flow_is_the_same(
        picks in prop::collection::vec((0..6_usize, 0..60_i64), 1..30),
        order in any::<prop::sample::Index>(),
    ) {
        let happenings = [
            Happening::Arrived, Happening::Left, Happening::NoShow, Happening::ClaimRefused, Happening::Counted, Happening::Confirmed,
        ];
        let reports: Vec<_> = picks.iter().zip(1..).map(|((pick, minute), position)| {
            let at = now() + jiff::SignedDuration::from_mins(*minute);
            report(position, &at.to_string(), &[happenings[*pick]])
        }).collect();
        let mut turned = reports.clone();
        turned.rotate_left(order.index(reports.len()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let said = runtime.block_on(stored(&[turned.clone(), reports.clone(), turned]));
        let begins = flow::buckets(region(), Bucket::Day, now(), now() + jiff::SignedDuration::from_hours(24)).unwrap();
        let rows = flow::count(&begins, &said).unwrap();
        prop_assert_eq!(&rows, &flow::count(&begins, &kept(&reports)).unwrap());
        let naive = u32::try_from(picks.iter().filter(|(pick, _)| *pick == 0).count()).unwrap();
        prop_assert_eq!(rows.iter().map(|row| row.instroom).sum::<u32>(), naive);
    }
}
