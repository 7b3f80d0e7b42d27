//! What there was over time is what the history says of the end of every day; what was never told is no zero.

use jiff::Timestamp;
use proto::availability::v1::{AvailabilityReported, Figures, Kind};
use proto::regio::v1::{Bucket, SeriesPoint};
use testkit::TempDir;

use super::{empty, location, message, read, region};
use crate::aggregator::taken;
use crate::board::is_demand;
use crate::series::Moments;
use crate::store::{PlaceInStream, Store};
use crate::{flow, overview, series};

fn moment(raw: &str) -> Timestamp {
    raw.parse().unwrap()
}

/// A location of ten places, of which so many are occupied from a moment on.
fn occupied(id: &str, position: u64, at: &str, occupied: u32) -> AvailabilityReported {
    let at = Some(model::wire::time_out(moment(at)));
    AvailabilityReported {
        as_of: at,
        confirmed_at: at,
        offers: Vec::new(),
        figures: Some(Figures { funded: 10, actual: 10, occupied, ..Figures::default() }),
        ..location(id, position, position, &[])
    }
}

async fn kept(reports: &[AvailabilityReported]) -> (TempDir, Store) {
    let folder = TempDir::new("series");
    let store = Store::open(&format!("sqlite:{}/regio.db", folder.path().display())).await.unwrap();
    keep(&store, reports).await;
    (folder, store)
}

async fn keep(store: &Store, reports: &[AvailabilityReported]) {
    let messages: Vec<_> = reports.iter().zip(1..).map(|(report, sequence)| message(report, sequence)).collect();
    let (after, changes) = taken(&empty(), read(&messages), None, 0);
    assert!(changes.parked.is_empty(), "{:?}", changes.parked);
    let place = PlaceInStream { epoch: "een".to_owned(), stream: String::new(), sequence: 0, ..after.place };
    store.write(&changes, &place).await.unwrap();
}

async fn days(reports: &[AvailabilityReported], from: &str, until: &str) -> Vec<SeriesPoint> {
    let (_folder, store) = kept(reports).await;
    let begins = flow::buckets(region(), Bucket::Day, moment(from), moment(until)).unwrap();
    series::read(&store, &Moments::ends(begins, moment(until)), |_| true).await.unwrap()
}

fn figures(points: &[SeriesPoint]) -> Vec<(u32, u32, u32, u32)> {
    points.iter().map(|it| (it.locations, it.unknown, it.stale, it.occupied)).collect()
}

#[tokio::test]
async fn a_day_is_as_it_was_at_its_end_and_without_news_as_it_was_before_but_stale() {
    let reports = [
        occupied("huis", 1, "2026-11-20T09:00:00Z", 4),
        occupied("huis", 2, "2026-11-20T22:59:00Z", 6),
        // Ten minutes past midnight in Almere.
        occupied("huis", 3, "2026-11-20T23:10:00Z", 7),
        occupied("huis", 4, "2026-11-22T12:00:00Z", 9),
    ];
    let points = days(&reports, "2026-11-19T12:00:00Z", "2026-11-23T02:00:00Z").await;
    assert_eq!(figures(&points), [(0, 0, 0, 0), (1, 0, 0, 6), (1, 0, 0, 7), (1, 0, 0, 9), (1, 0, 1, 9)]);
    let last = points.last().unwrap();
    assert_eq!((last.from, last.at), (time("2026-11-22T23:00:00Z"), time("2026-11-23T02:00:00Z")));
}

fn time(raw: &str) -> Option<pbjson_types::Timestamp> {
    Some(model::wire::time_out(moment(raw)))
}

#[tokio::test]
async fn a_day_is_looked_at_at_the_minute_that_is_asked_or_now_before_it() {
    let reports = [
        occupied("inloop", 1, "2026-11-21T10:59:00Z", 8),
        occupied("inloop", 2, "2026-11-21T17:00:00Z", 0),
        occupied("inloop", 3, "2026-11-22T10:00:00Z", 5),
        occupied("inloop", 4, "2026-11-23T08:00:00Z", 1),
    ];
    let (_folder, store) = kept(&reports).await;
    let (from, until) = (moment("2026-11-21T12:00:00Z"), moment("2026-11-23T09:00:00Z"));
    let begins = flow::buckets(region(), Bucket::Day, from, until).unwrap();
    let noon = Moments::at(region(), begins, jiff::civil::time(12, 0, 0, 0), until);
    let points = series::read(&store, &noon, |_| true).await.unwrap();
    let said: Vec<_> = points.iter().map(|it| (it.from, it.at, it.occupied)).collect();
    assert_eq!(
        said,
        [
            (time("2026-11-20T23:00:00Z"), time("2026-11-21T11:00:00Z"), 8),
            (time("2026-11-21T23:00:00Z"), time("2026-11-22T11:00:00Z"), 5),
            (time("2026-11-22T23:00:00Z"), time("2026-11-23T09:00:00Z"), 1),
        ]
    );
}

#[tokio::test]
async fn what_never_told_is_unknown_and_what_closed_is_gone() {
    let never =
        AvailabilityReported { confirmed_at: None, figures: None, ..occupied("nooit", 1, "2026-11-20T09:00:00Z", 0) };
    let closed = AvailabilityReported { retired: true, ..occupied("dicht", 3, "2026-11-21T09:00:00Z", 5) };
    let reports = [never, occupied("dicht", 2, "2026-11-20T09:00:00Z", 5), closed];
    let points = days(&reports, "2026-11-20T12:00:00Z", "2026-11-22T12:00:00Z").await;
    assert_eq!(figures(&points), [(2, 1, 0, 5), (1, 1, 0, 0), (1, 1, 0, 0)]);
}

#[tokio::test]
async fn of_a_confidential_kind_nothing_is_told() {
    for kind in model::kind::Kind::ALL {
        let wire = model::wire::kind_out(kind);
        let report = AvailabilityReported { kind: wire.into(), ..occupied("huis", 1, "2026-11-20T09:00:00Z", 4) };
        let points = days(&[report], "2026-11-20T12:00:00Z", "2026-11-20T20:00:00Z").await;
        let is_told = !kind.is_confidential() && wire != Kind::Nachtdienst;
        assert_eq!(points[0].locations, u32::from(is_told), "{kind:?}");
    }
}

#[test]
fn days_are_one_question_until_the_clock_changes() {
    let begins = flow::buckets(region(), Bucket::Day, moment("2026-10-20T12:00:00Z"), moment("2026-10-30T12:00:00Z"));
    let runs = Moments::ends(begins.unwrap(), moment("2026-10-30T12:00:00Z")).runs();
    let hours: Vec<_> = runs.iter().map(|run| (run.length.as_hours(), run.count)).collect();
    assert_eq!(hours, [(24, 5), (25, 1), (24, 4), (13, 1)]);
}

/// Two houses that report at odd times, across the day that lasts 25 hours.
fn odd_times() -> (Vec<AvailabilityReported>, Timestamp, Timestamp) {
    let hour = |step: u32| Timestamp::from_second(1_792_500_000 + i64::from(step) * 7 * 3_600).unwrap();
    let report = |step: u32| {
        let id = if step.is_multiple_of(3) { "twee" } else { "een" };
        occupied(id, step.into(), &hour(step).to_string(), step % 11)
    };
    ((1..60).map(report).collect(), hour(5), hour(58))
}

async fn says_the_same_as_every_picture(store: &Store) {
    let (reports, from, until) = odd_times();
    keep(store, &reports).await;
    let begins = flow::buckets(region(), Bucket::Day, from, until).unwrap();
    let points = series::read(store, &Moments::ends(begins, until), |_| true).await.unwrap();
    assert!(points.len() > 14, "{}", points.len());
    for point in points {
        let at = Timestamp::from_microsecond(proto::micros(&point.at.unwrap()) - 1).unwrap();
        let entries = store.at(at.as_microsecond()).await.unwrap();
        let (_, totals) = overview::overview(entries.iter().filter(|entry| !is_demand(&entry.report)), at);
        let total = &totals[0];
        assert_eq!((point.actual, point.occupied, point.over), (total.actual, total.occupied, total.over), "{at}");
    }
}

#[tokio::test]
async fn it_says_the_same_as_the_picture_of_every_one_of_those_moments() {
    let (_folder, store) = kept(&[]).await;
    says_the_same_as_every_picture(&store).await;
    let database = testkit::postgres::Database::fresh().await;
    says_the_same_as_every_picture(&Store::open(database.url()).await.unwrap()).await;
}
