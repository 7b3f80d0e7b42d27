//! Rows 5 and 6: a relay that works off a backlog, and an empty aggregator that reads the whole stream again; beside
//! raw publishing and raw reading of the same messages. It must not read other messages than its floor.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use proto::regio::v1::GetStatusRequest;
use regio::aggregator::{Aggregator, Work, taken};
use regio::consumer;
use regio::store::Store;
use service::broker::Broker;
use service::clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::figures::{Check, Figure, Floor, Goal, Unit, rate};
use super::fixture::{self, Services};
use super::made::{Life, Log};
use super::{Bench, Row, failed, raw};
use crate::suite::Service;
use crate::{Exit, Failure};

/// Locations, and places of each.
const LOCATIONS: (u32, u32) = (250, 4);
/// Messages in a batch of the relay.
const RELAY_BATCH: usize = 100;
/// Messages in a batch that only fills the stream, the most a server takes.
const FILL_BATCH: usize = 1_000;
/// How often progress is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long progress may stand still.
const STUCK_AFTER: Duration = Duration::from_secs(60);

/// Row 5.
pub(super) async fn relay(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut ours, mut floor) = (Vec::new(), Vec::new());
    let count = bench.size(200_000, 20_000);
    for number in bench.rounds() {
        let folder = bench.round(Row::Relay, number)?;
        let log = Log::new(folder.path(), &bench.region).await?;
        let mut life = Life::new(&bench.region, LOCATIONS.0, LOCATIONS.1)?;
        let mut reports = Vec::new();
        while life.head().1 < count {
            reports.extend(life.until((life.head().1 + FILL_BATCH as u64).min(count))?.1);
            // A signal to stop is heard here.
            tokio::task::yield_now().await;
        }
        // Only reports: the relay does not read events.
        log.add(&[], &reports, (0, count)).await?;
        let broker = fixture::broker(bench, folder.path()).await?;
        let jetstream = raw::connect(&fixture::reach(bench, &broker)).await?;
        raw::own_stream(&jetstream).await?;
        let messages = reports.iter().take(usize::try_from(count / 4).unwrap_or(0));
        let messages = messages.map(|row| row.message(&bench.region, "bench.")).collect::<Result<Vec<_>, _>>()?;
        let started = clock::stopwatch();
        for batch in messages.chunks(RELAY_BATCH) {
            raw::publish(&jetstream, batch).await?;
        }
        floor.push(rate(messages.len() as u64, started.elapsed()));
        ours.push(drained(bench, folder.path(), &broker, count).await?);
        broker.stop().await;
    }
    let floor = Floor::Measured {
        what: "dezelfde berichten, batches van 100".to_owned(),
        figure: Figure::of(Unit::PerSecond, floor),
    };
    let what = format!("{count} meldingen, per seconde");
    Ok(vec![Check::new(what, Figure::of(Unit::PerSecond, ours), Goal::AtLeast(10_000.0)).beside(floor)])
}

/// Starts the service on its backlog; gives the reports per second the bus acknowledged.
async fn drained(bench: &Bench, folder: &Path, broker: &Broker, count: u64) -> Result<f64, Failure> {
    let mut services = Services::start(bench, folder, broker, &[Service::Logeerplek], &fixture::sqlite(folder)).await?;
    let mut first = None;
    let mut moved = clock::stopwatch();
    let mut before = 0;
    loop {
        let at = services.published().await?;
        if at > before {
            (before, moved) = (at, clock::stopwatch());
            first.get_or_insert((at, moved));
        }
        if at >= count {
            break;
        }
        if moved.elapsed() > STUCK_AFTER {
            return Err(Failure::new(Exit::Failed, format!("de relay staat stil na {at} meldingen")));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    services.child.end().await;
    let (from, since) = first.unwrap_or((0, moved));
    Ok(rate(count - from, moved.duration_since(since)))
}

/// Row 6.
pub(super) async fn replay(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut floor, mut board, mut disk) = (Vec::new(), Vec::new(), Vec::new());
    let count = bench.size(1_000_000, 50_000);
    let filled = bench.round(Row::Herlezen, 0)?;
    let broker = fixture::broker(bench, filled.path()).await?;
    let size = fill(bench, &broker, count).await?;
    for number in bench.rounds() {
        let folder = bench.round(Row::Herlezen, number)?;
        let jetstream = raw::connect(&fixture::reach(bench, &broker)).await?;
        floor.push(rate(count, raw::read(&jetstream, count).await?));
        board.push(rate(count, board_alone(bench, folder.path(), &broker, count).await?));
        disk.push(rate(count, board_and_history(bench, folder.path(), &broker, count).await?));
    }
    broker.stop().await;
    let what = format!("ordered pull consumer, berichten van {size} bytes");
    let floor = Floor::Measured { what, figure: Figure::of(Unit::PerSecond, floor) };
    let check = |what, rounds, goal| {
        let what = format!("{count} meldingen, {what}, per seconde");
        Check::new(what, Figure::of(Unit::PerSecond, rounds), Goal::AtLeastTimes(goal)).beside(floor.clone())
    };
    Ok(vec![check("bord alleen", board, 0.6), check("bord en geschiedenis op schijf", disk, 0.25)])
}

/// Fills the stream with what the relay would have sent; gives the average size of a message.
async fn fill(bench: &Bench, broker: &Broker, count: u64) -> Result<u64, Failure> {
    let jetstream = raw::connect(&fixture::reach(bench, broker)).await?;
    let mut life = Life::new(&bench.region, LOCATIONS.0, LOCATIONS.1)?;
    let mut bytes = 0;
    while life.head().1 < count {
        let (_, reports) = life.until((life.head().1 + FILL_BATCH as u64).min(count))?;
        let messages = reports.iter().map(|row| row.message(&bench.region, "")).collect::<Result<Vec<_>, _>>()?;
        bytes += messages.iter().map(|message| message.payload.len() as u64).sum::<u64>();
        for batch in messages.chunks(FILL_BATCH) {
            raw::publish(&jetstream, batch).await?;
        }
    }
    Ok(bytes / count.max(1))
}

/// The real consumer and the real fold, and nothing on disk.
async fn board_alone(bench: &Bench, folder: &Path, broker: &Broker, count: u64) -> Result<Duration, Failure> {
    let store = Store::open(&format!("sqlite:{}/leeg.db", folder.display())).await.map_err(failed)?;
    let (_aggregator, picture) = Aggregator::load(store, clock::system()).await.map_err(failed)?;
    let jetstream = raw::connect(&fixture::reach(bench, broker)).await?;
    let (inbox, mut batches) = mpsc::channel(4);
    let stop = CancellationToken::new();
    let started = clock::stopwatch();
    let mut shown = picture.now();
    let consuming = tokio::spawn(consumer::run(jetstream, inbox, picture, stop.clone()));
    while let Some(work) = batches.recv().await {
        let Work::FromStream { stream, messages } = work else { continue };
        let messages = messages.done().await.map_err(failed)?;
        let (after, _) = taken(&shown, messages, Some(&stream), clock::now().as_microsecond());
        shown = Arc::new(after);
        if shown.place.sequence >= count {
            break;
        }
    }
    let took = started.elapsed();
    stop.cancel();
    drop(batches);
    consuming.await.map_err(failed)?;
    if shown.parked > 0 || shown.board.is_empty() {
        return Err(Failure::new(Exit::Failed, format!("{} berichten waren niet te lezen", shown.parked)));
    }
    Ok(took)
}

/// The real aggregator, in a process of its own, from its start.
async fn board_and_history(bench: &Bench, folder: &Path, broker: &Broker, count: u64) -> Result<Duration, Failure> {
    let started = clock::stopwatch();
    let services = Services::start(bench, folder, broker, &[Service::Regio], &fixture::sqlite(folder)).await?;
    let mut client = services.connection.regio()?;
    let mut moved = (0, clock::stopwatch());
    loop {
        let at = client.get_status(GetStatusRequest {}).await?.into_inner().stream_sequence;
        if at >= count {
            break;
        }
        if at > moved.0 {
            moved = (at, clock::stopwatch());
        } else if moved.1.elapsed() > STUCK_AFTER {
            return Err(Failure::new(Exit::Failed, format!("het bord staat stil na {at} meldingen")));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let took = started.elapsed();
    services.child.end().await;
    Ok(took)
}
