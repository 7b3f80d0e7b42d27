//! Row 9: a thousand who watch, each on a connection of its own, while fifty changes per second happen; beside a bare
//! tonic server that sends messages of the same size to as many. Both from the moment the change was sent. It must not
//! count a watcher that was told nothing as told.

use std::path::Path;
use std::time::Duration;

use prost::Message as _;
use proto::feed::v1::ReadRequest;
use proto::regio::v1::ListLocationsRequest;
use service::clock;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::echo;
use super::figures::{Check, Figure, Floor, Goal, Unit, millis, percentile};
use super::fixture::{self, Services};
use super::live::changes;
use super::machine::memory_kib;
use super::seen::{self, Mark, Tally, delays};
use super::{Bench, Row, failed};
use crate::suite::Service;
use crate::{Exit, Failure};

/// Locations, and places of each.
const LOCATIONS: (u32, u32) = (50, 20);
/// Time between two changes: fifty per second.
const EVERY: Duration = Duration::from_millis(20);
/// How long the last messages of the bare server may take to arrive.
const SETTLE: Duration = Duration::from_secs(2);
/// How long everybody may take to get the first picture.
const FIRST_PICTURE_WITHIN: Duration = Duration::from_secs(60);

/// What a fan-out did.
struct Found {
    p50: Duration,
    p99: Duration,
    missing: u64,
    kib_each: f64,
    size: u64,
}

/// Measures the row.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let count = bench.size(1_000, 100);
    let (mut ours, mut missing, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    let (mut bare, mut bare_memory, mut p50, mut bare_p50) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in bench.rounds() {
        let folder = bench.round(Row::Kijkers, number)?;
        let found = watchers(bench, folder.path(), count).await?;
        ours.push(millis(found.p99));
        p50.push(millis(found.p50));
        missing.push(f64::from(u32::try_from(found.missing).unwrap_or(u32::MAX)));
        memory.push(found.kib_each);
        let floor = listeners(bench, folder.path(), count, found.size).await?;
        bare.push(millis(floor.p99));
        bare_p50.push(millis(floor.p50));
        bare_memory.push(floor.kib_each);
    }
    let what = "kale tonic-fan-out".to_owned();
    let delay = Floor::Measured { what: format!("{what}, p99"), figure: Figure::of(Unit::Milliseconds, bare) };
    let half = Floor::Measured { what: format!("{what}, p50"), figure: Figure::of(Unit::Milliseconds, bare_p50) };
    let each = Floor::Measured { what, figure: Figure::of(Unit::Kibibytes, bare_memory) };
    Ok(vec![
        Check::new(
            format!("opdracht tot bij elk van {count} kijkers, p99"),
            Figure::of(Unit::Milliseconds, ours),
            Goal::AtMostTimes(2.0),
        )
        .beside(delay),
        Check::new("hetzelfde, p50", Figure::of(Unit::Milliseconds, p50), Goal::Nothing).beside(half),
        Check::new("niet aangekomen, ook niet samengevat", Figure::of(Unit::Count, missing), Goal::Below(1.0)),
        Check::new("geheugen per kijker", Figure::of(Unit::Kibibytes, memory), Goal::Below(25.0)).beside(each),
    ])
}

async fn watchers(bench: &Bench, folder: &Path, count: u64) -> Result<Found, Failure> {
    let (_, lasts) = bench.spans();
    let broker = fixture::broker(bench, folder).await?;
    let both = [Service::Logeerplek, Service::Regio];
    let services = Services::start(bench, folder, &broker, &both, &fixture::sqlite(folder)).await?;
    services.fill(bench, LOCATIONS.0, LOCATIONS.1).await?;
    // As many changes as are watched later: what those leave behind in the service is not of whoever watches.
    changes(&services.connection, EVERY, lasts).await?;
    let one = services.connection.regio()?.list_locations(ListLocationsRequest::default()).await?.into_inner();
    let size = one.locations.first().map_or(0, |location| location.encoded_len() as u64);
    let before = memory_kib(services.child.id());

    let (complete, mut completed) = mpsc::channel(64);
    let (stop, tally) = (CancellationToken::new(), Tally::default());
    let mut watching = JoinSet::new();
    for _ in 0..count {
        watching.spawn(seen::watch(services.connection.regio()?, complete.clone(), tally.clone(), stop.clone()));
    }
    drop(complete);
    let everybody = async {
        for _ in 0..count {
            completed.recv().await?;
        }
        Some(())
    };
    let complete = tokio::time::timeout(FIRST_PICTURE_WITHIN, everybody).await;
    if !matches!(complete, Ok(Some(()))) {
        while let Some(ended) = watching.try_join_next() {
            ended.map_err(failed)??;
        }
        let why = "niet elke kijker kreeg een eerste beeld; is het aantal open bestanden (ulimit -n) hoog genoeg?";
        return Err(Failure::new(Exit::Failed, why));
    }
    let sent: Vec<Mark> = changes(&services.connection, EVERY, lasts).await?.iter().map(|change| change.sent).collect();
    tally.rest().await;
    let after = memory_kib(services.child.id());
    stop.cancel();
    let (mut all, mut missing) = (Vec::new(), 0);
    while let Some(ended) = watching.join_next().await {
        let (delays, lost) = delays(&sent, &ended.map_err(failed)??);
        all.extend(delays);
        missing += lost;
    }
    services.child.end().await;
    broker.stop().await;
    Ok(Found {
        p50: percentile(&mut all, 0.50),
        p99: percentile(&mut all, 0.99),
        missing,
        kib_each: each(before, after, count),
        size,
    })
}

/// As many listeners of a bare tonic server.
async fn listeners(bench: &Bench, folder: &Path, count: u64, size: u64) -> Result<Found, Failure> {
    let (_, lasts) = bench.spans();
    let echo = echo::Floor::start(folder).await?;
    let mut client = echo.client()?;
    client.read(ReadRequest { after: 1, limit: size }).await?;
    let before = memory_kib(echo.child.id());
    let stop = CancellationToken::new();
    let mut listening = JoinSet::new();
    for _ in 0..count {
        let mut answers = echo.client()?.read(ReadRequest { after: 0, limit: 0 }).await?.into_inner();
        let stop = stop.clone();
        listening.spawn(async move {
            let mut seen = Vec::new();
            loop {
                let answer = tokio::select! {
                    answer = answers.message() => answer?,
                    () = stop.cancelled() => return Ok::<_, tonic::Status>(seen),
                };
                let at = clock::stopwatch();
                let Some(answer) = answer else { return Ok(seen) };
                seen.push(Mark { thing: 0, version: answer.position, at });
            }
        });
    }
    let mut ticks = tokio::time::interval(EVERY);
    let started = clock::stopwatch();
    let mut sent = Vec::new();
    for version in 2_u64.. {
        ticks.tick().await;
        if started.elapsed() > lasts {
            break;
        }
        sent.push(Mark { thing: 0, version, at: clock::stopwatch() });
        client.read(ReadRequest { after: version, limit: size }).await?;
    }
    tokio::time::sleep(SETTLE).await;
    let after = memory_kib(echo.child.id());
    stop.cancel();
    let (mut all, mut missing) = (Vec::new(), 0);
    while let Some(ended) = listening.join_next().await {
        let (delays, lost) = delays(&sent, &ended.map_err(failed)??);
        all.extend(delays);
        missing += lost;
    }
    echo.child.end().await;
    Ok(Found {
        p50: percentile(&mut all, 0.50),
        p99: percentile(&mut all, 0.99),
        missing,
        kib_each: each(before, after, count),
        size,
    })
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn each(before_kib: u64, after_kib: u64, count: u64) -> f64 {
    after_kib.saturating_sub(before_kib) as f64 / count.max(1) as f64
}
