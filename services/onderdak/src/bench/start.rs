//! Row 7: the start of a service with a long log, from the start of its process to its first answer; beside reading
//! the same rows from the same file and doing nothing with them.

use std::time::Duration;

use eventlog::sql::on;
use service::clock;

use super::figures::{Check, Figure, Floor, Goal, Unit};
use super::fixture::{self, Services};
use super::made::{Life, Log};
use super::{Bench, Row, failed};
use crate::Failure;
use crate::suite::Service;

/// Locations, and places of each.
const LOCATIONS: (u32, u32) = (50, 20);
/// Rows made at a time, so that they do not fill the memory.
const AT_ONCE: u64 = 50_000;
/// The same rows, one by one.
const EVENTS: &str = "select position, type, data, at from event where position > $1 order by position limit 10000";
/// How much longer an event may take in a log of four times the length.
const LINEAR: f64 = 1.25;

/// Measures the row.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let folder = bench.round(Row::Start, 0)?;
    let broker = fixture::broker(bench, folder.path()).await?;
    let log = Log::new(folder.path(), &bench.region).await?;
    let mut life = Life::new(&bench.region, LOCATIONS.0, LOCATIONS.1)?;
    let full = bench.size(2_000_000, 80_000);
    let mut checks = Vec::new();
    let mut per_event = Vec::new();
    for count in [full / 4, full / 2, full] {
        while life.head().0 < count {
            let (events, _) = life.until((life.head().1 + AT_ONCE).min(count))?;
            // Reports are left out: a start does not read them.
            log.add(&events, &[], (life.head().0, 0)).await?;
        }
        let (mut took, mut floor) = (Vec::new(), Vec::new());
        for number in bench.rounds() {
            drop(bench.round(Row::Start, number)?);
            floor.push(read_all(&log).await?.as_secs_f64());
            let started = clock::stopwatch();
            let database = fixture::sqlite(folder.path());
            let services = Services::start(bench, folder.path(), &broker, &[Service::Logeerplek], &database).await?;
            took.push(started.elapsed().as_secs_f64());
            services.child.end().await;
        }
        let took = Figure::of(Unit::Seconds, took);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
        per_event.push(took.value / count as f64);
        let goal = if count == full { Goal::Below(5.0) } else { Goal::Nothing };
        let floor = Floor::Measured {
            what: "dezelfde rijen alleen lezen".to_owned(),
            figure: Figure::of(Unit::Seconds, floor),
        };
        checks.push(Check::new(format!("start met {count} events"), took, goal).beside(floor));
    }
    broker.stop().await;
    if let (Some(short), Some(long)) = (per_event.first(), per_event.last()) {
        let growth = Figure::of(Unit::Times, vec![long / short]);
        let what = format!("tijd per event bij {full} t.o.v. {}", full / 4);
        checks.push(Check::new(what, growth, Goal::Below(LINEAR)));
    }
    Ok(checks)
}

/// Reads every event as the start does.
async fn read_all(log: &Log) -> Result<Duration, Failure> {
    let started = clock::stopwatch();
    let mut after = 0_i64;
    loop {
        let rows: Vec<(i64, String, String, i64)> =
            on!(log.0.readers(), pool => sqlx::query_as(EVENTS).bind(after).fetch_all(pool).await.map_err(failed)?);
        let Some((last, ..)) = rows.last() else { return Ok(started.elapsed()) };
        after = *last;
    }
}
