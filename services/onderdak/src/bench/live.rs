//! Row 4: from the answer of a command until somebody who watches has it, at a thousand changes per second; beside
//! a raw publish until an ordered consumer has it, on the same nats-server. It must not leave out a change that never
//! came.

use std::path::Path;
use std::time::Duration;

use proto::logeerplek::v1::ConfirmLocationRequest;
use service::clock;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::figures::{Check, Figure, Floor, Goal, Unit, millis, percentile};
use super::fixture::{self, Services, location_id};
use super::seen::{self, Mark, Tally, delays};
use super::{Bench, Row, failed, raw};
use crate::client::{Connection, command_id};
use crate::suite::Service;
use crate::{Exit, Failure};

/// Locations, and places of each.
const LOCATIONS: (u32, u32) = (50, 20);
/// Time between two changes: a thousand per second.
const EVERY: Duration = Duration::from_millis(1);

/// Measures the row.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut ours, mut floors, mut p50, mut rates) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut missing = 0;
    for number in bench.rounds() {
        let folder = bench.round(Row::Watch, number)?;
        let found = round(bench, folder.path()).await?;
        ours.push(millis(found.p99));
        p50.push(millis(found.p50));
        floors.push(millis(found.floor));
        rates.push(found.per_second);
        missing += found.missing;
    }
    if missing > 0 {
        return Err(Failure::new(Exit::Failed, format!("{missing} veranderingen kwamen nooit aan bij de kijker")));
    }
    let figure = |rounds| Figure::of(Unit::Milliseconds, rounds);
    let floor =
        Floor::Measured { what: "JetStream: publish tot ordered consumer, p99".to_owned(), figure: figure(floors) };
    Ok(vec![
        Check::new("antwoord tot bij de kijker, p99", figure(ours), Goal::AtMostTimes(3.0)).beside(floor),
        Check::new("antwoord tot bij de kijker, p50", figure(p50), Goal::Nothing),
        Check::new("veranderingen per seconde, gehaald", Figure::of(Unit::PerSecond, rates), Goal::Nothing),
    ])
}

struct Found {
    p50: Duration,
    p99: Duration,
    floor: Duration,
    per_second: f64,
    missing: u64,
}

async fn round(bench: &Bench, folder: &Path) -> Result<Found, Failure> {
    let (warm, lasts) = bench.spans();
    let broker = fixture::broker(bench, folder).await?;
    let both = [Service::Logeerplek, Service::Regio];
    let services = Services::start(bench, folder, &broker, &both, &fixture::sqlite(folder)).await?;
    services.fill(bench, LOCATIONS.0, LOCATIONS.1).await?;
    let (stop, tally) = (CancellationToken::new(), Tally::default());
    let (complete, mut completed) = mpsc::channel(1);
    let watching = tokio::spawn(seen::watch(services.connection.regio()?, complete, tally.clone(), stop.clone()));
    completed.recv().await;
    changes(&services.connection, EVERY, warm).await?;
    let started = clock::stopwatch();
    let sent = changes(&services.connection, EVERY, lasts).await?;
    let took = started.elapsed();
    tally.rest().await;
    stop.cancel();
    let seen = watching.await.map_err(failed)??;
    services.child.end().await;
    let answered: Vec<Mark> = sent.iter().map(|change| change.answered).collect();
    let (mut delays, missing) = delays(&answered, &seen);
    let floor = raw::live(&fixture::reach(bench, &broker), EVERY, warm, lasts).await?;
    broker.stop().await;
    Ok(Found {
        p50: percentile(&mut delays, 0.50),
        p99: percentile(&mut delays, 0.99),
        floor,
        per_second: super::figures::rate(sent.len() as u64, took),
        missing,
    })
}

/// A change that was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// When its command was sent.
    pub(super) sent: Mark,
    /// When its answer came.
    pub(super) answered: Mark,
}

/// Confirms one location after another, at a fixed pace whatever the answers do.
pub(super) async fn changes(connection: &Connection, every: Duration, lasts: Duration) -> Result<Vec<Change>, Failure> {
    let client = connection.logeerplek()?;
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let started = clock::stopwatch();
    let mut calls = JoinSet::new();
    for number in (0..LOCATIONS.0).cycle() {
        ticks.tick().await;
        if started.elapsed() > lasts {
            break;
        }
        let mut client = client.clone();
        calls.spawn(async move {
            let request = ConfirmLocationRequest { command_id: command_id(), location_id: location_id(number) };
            let sent = clock::stopwatch();
            let receipt = client.confirm_location(request).await?.into_inner().receipt.unwrap_or_default();
            let mark = |at| Mark { thing: number, version: receipt.version, at };
            Ok::<_, Status>(Change { sent: mark(sent), answered: mark(clock::stopwatch()) })
        });
    }
    let mut changes = Vec::new();
    while let Some(ended) = calls.join_next().await {
        changes.push(ended.map_err(failed)??);
    }
    Ok(changes)
}
