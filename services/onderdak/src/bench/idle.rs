//! Row 10: the whole suite of `onderdak up` at rest, and how long it takes to start in an empty folder; beside a
//! nats-server and a bare tonic server that do nothing.

use std::time::Duration;

use service::broker::Broker;
use service::clock;

use super::figures::{Check, Figure, Floor, Goal, Unit};
use super::machine::{children_of, memory_kib};
use super::{Bench, Row, echo, failed, fixture};
use crate::Failure;

/// Measures the row.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut memory, mut starts) = (Vec::new(), Vec::new());
    let (mut bare_memory, mut bare_starts) = (Vec::new(), Vec::new());
    for number in bench.rounds() {
        let folder = bench.round(Row::Rust, number)?;
        let rest = Duration::from_secs(bench.size(10, 3));
        let started = clock::stopwatch();
        let broker = Broker::start(&bench.options.nats_server, &folder.path().join("bare"), 0).await.map_err(failed)?;
        let echo = echo::Floor::start(folder.path()).await?;
        bare_starts.push(started.elapsed().as_secs_f64());
        tokio::time::sleep(rest).await;
        bare_memory.push(mebibytes(memory_kib(broker.process_id().unwrap_or(0)) + memory_kib(echo.child.id())));
        echo.child.end().await;
        broker.stop().await;

        let started = clock::stopwatch();
        let (up, _) = fixture::up(bench, folder.path()).await?;
        starts.push(started.elapsed().as_secs_f64());
        tokio::time::sleep(rest).await;
        let of_children: u64 = children_of(up.id()).into_iter().map(memory_kib).sum();
        memory.push(mebibytes(memory_kib(up.id()) + of_children));
        up.end().await;
    }
    let floor = |unit, rounds| Floor::Measured {
        what: "nats-server + kale tonic-dienst".to_owned(),
        figure: Figure::of(unit, rounds),
    };
    Ok(vec![
        Check::new("geheugen in rust, met nats-server", Figure::of(Unit::Mebibytes, memory), Goal::Below(120.0))
            .beside(floor(Unit::Mebibytes, bare_memory)),
        Check::new(
            "start tot klaar, met alle locaties van Flevoland",
            Figure::of(Unit::Seconds, starts),
            Goal::Below(2.0),
        )
        .beside(floor(Unit::Seconds, bare_starts)),
    ])
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}
