//! Rows 1 to 3: claims and releases over gRPC, from 64 callers at once and from one alone, beside a bare tonic call,
//! pgbench and the disk. It must not run without its relay.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use model::actor::Role;
use proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient;
use proto::logeerplek::v1::{CancelClaimRequest, ClaimRequest};
use service::clock;
use tonic::Status;

use super::figures::{Check, Figure, Floor, Goal, Unit, millis, percentile};
use super::fixture::{self, Services};
use super::load::{Caller, Load, load};
use super::machine::cpu_seconds;
use super::pgbench::{Postgres, SERVICE, Way};
use super::{Bench, Row, echo, failed};
use crate::client::{Identified, command_id};
use crate::suite::Service;
use crate::{Exit, Failure};

/// Locations, and places of each: a thousand places.
const LOCATIONS: (u32, u32) = (50, 20);
const CALLERS: usize = 64;
const CONNECTIONS: usize = 4;
const COMMANDS: &str = "claim + vrijgave, opdrachten per seconde";
const TONIC: &str = "kale tonic-aanroep";

/// Row 1.
pub(super) async fn on_sqlite(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut ours, mut bare, mut pgbench, mut spent) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut without_pgbench = None;
    for number in bench.rounds() {
        let folder = bench.round(Row::ClaimSqlite, number)?;
        bare.push(tonic(bench, folder.path()).await?.per_second);
        match one_statement(bench, folder.path()).await {
            Ok(changes) => pgbench.push(changes),
            Err(failure) => without_pgbench = Some(failure.sentence),
        }
        let found = claims(bench, folder.path(), &fixture::sqlite(folder.path()), CALLERS).await?;
        ours.push(found.load.per_second);
        spent.push(found.spent);
    }
    let ours = Figure::of(Unit::PerSecond, ours);
    let what = Way::OneStatement.name().to_owned();
    let pgbench = match without_pgbench {
        Some(why) => Floor::Missing { what, why },
        None => Floor::Measured { what, figure: Figure::of(Unit::PerSecond, pgbench) },
    };
    let mut checks = vec![
        Check::new(COMMANDS, ours.clone(), Goal::AtLeastTimes(0.6)).beside(measured(TONIC, bare)),
        Check::new(COMMANDS, ours, Goal::AtLeastTimes(1.3)).beside(pgbench),
    ];
    checks.extend(told(&spent));
    Ok(checks)
}

/// Row 2.
pub(super) async fn on_postgres(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut ours, mut bare, mut one, mut four) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut spent = Vec::new();
    for number in bench.rounds() {
        let folder = bench.round(Row::ClaimPostgres, number)?;
        let (warm, lasts) = bench.spans();
        bare.push(tonic(bench, folder.path()).await?.per_second);
        let postgres = Postgres::fresh(bench).await?;
        one.push(postgres.pgbench(bench, folder.path(), Way::OneStatement, warm + lasts).await?);
        four.push(postgres.pgbench(bench, folder.path(), Way::FourStatements, warm + lasts).await?);
        let found = claims(bench, folder.path(), &postgres.database(SERVICE), CALLERS).await?;
        ours.push(found.load.per_second);
        spent.push(found.spent);
        postgres.forget().await?;
    }
    let ours = Figure::of(Unit::PerSecond, ours);
    let check =
        |goal, what, floor| Check::new(COMMANDS, ours.clone(), Goal::AtLeastTimes(goal)).beside(measured(what, floor));
    let mut checks = vec![
        check(0.4, TONIC, bare),
        check(0.9, Way::OneStatement.name(), one),
        check(1.8, Way::FourStatements.name(), four),
    ];
    checks.extend(told(&spent));
    Ok(checks)
}

/// Row 3.
pub(super) async fn alone(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut ours, mut floor, mut syncs, mut calls) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in bench.rounds() {
        let folder = bench.round(Row::Alleen, number)?;
        let (warm, lasts) = bench.spans();
        let echo = echo::Floor::start(folder.path()).await?;
        let call = load(echo.callers(1, 1)?, warm, lasts).await?.p50;
        echo.child.end().await;
        let sync = sync_once(folder.path().join("sync"), bench.size(1_000, 200)).await?;
        ours.push(millis(claims(bench, folder.path(), &fixture::sqlite(folder.path()), 1).await?.load.p50));
        floor.push(millis(sync + call));
        syncs.push(millis(sync));
        calls.push(millis(call));
    }
    let figure = |rounds| Figure::of(Unit::Milliseconds, rounds);
    Ok(vec![
        Check::new("een opdracht van één beller, p50", figure(ours), Goal::AtMostTimes(2.0))
            .beside(Floor::Measured { what: "fdatasync + kale aanroep, p50".to_owned(), figure: figure(floor) }),
        Check::new("waarvan fdatasync van 4 KiB erbij, p50", figure(syncs), Goal::Nothing),
        Check::new("waarvan kale tonic-aanroep, p50", figure(calls), Goal::Nothing),
    ])
}

fn measured(what: &str, rounds: Vec<f64>) -> Floor {
    Floor::Measured { what: what.to_owned(), figure: Figure::of(Unit::PerSecond, rounds) }
}

/// Bare unary calls from as many callers over as many connections.
async fn tonic(bench: &Bench, folder: &Path) -> Result<Load, Failure> {
    let (warm, lasts) = bench.spans();
    let echo = echo::Floor::start(folder).await?;
    let found = load(echo.callers(CALLERS, CONNECTIONS)?, warm, lasts).await?;
    echo.child.end().await;
    Ok(found)
}

async fn one_statement(bench: &Bench, folder: &Path) -> Result<f64, Failure> {
    let (warm, lasts) = bench.spans();
    if bench.options.pgbench.is_none() {
        return Err(Failure::new(Exit::Input, "er is geen pgbench (--pgbench)"));
    }
    let postgres = Postgres::fresh(bench).await?;
    let changes = postgres.pgbench(bench, folder, Way::OneStatement, warm + lasts).await;
    postgres.forget().await?;
    changes
}

/// What claims and releases did, and what they cost.
struct Claims {
    load: Load,
    spent: Spent,
}

/// Time the processors spent on one command, in microseconds: in the service, in nats-server and with the callers.
type Spent = [f64; 3];

/// Where the time of the processors went: what is left for the service is what the others leave.
fn told(spent: &[Spent]) -> impl Iterator<Item = Check> {
    ["in de dienst", "in nats-server", "bij de bellers"].into_iter().enumerate().map(|(part, name)| {
        let rounds = spent.iter().filter_map(|round| round.get(part).copied()).collect();
        Check::new(format!("rekentijd per opdracht, {name}"), Figure::of(Unit::Microseconds, rounds), Goal::Nothing)
    })
}

/// Claims and releases on a fresh service, its relay running to a real nats-server.
async fn claims(bench: &Bench, folder: &Path, database: &str, callers: usize) -> Result<Claims, Failure> {
    let (warm, lasts) = bench.spans();
    let broker = fixture::broker(bench, folder).await?;
    let services = Services::start(bench, folder, &broker, &[Service::Logeerplek], database).await?;
    let places = services.fill(bench, LOCATIONS.0, LOCATIONS.1).await?;
    let connection = services.acting_as(Role::Dispatcher);
    let clients = (0..CONNECTIONS.min(callers)).map(|_| connection.logeerplek()).collect::<Result<Vec<_>, _>>()?;
    let caller = |(number, client)| {
        let own = places.iter().skip(number).step_by(callers).cloned().collect();
        ClaimCaller { number, client, places: own, done: 0, claim: None }
    };
    let callers = (0..callers).zip(clients.into_iter().cycle()).map(caller).collect();
    let processes = [services.child.id(), broker.process_id().unwrap_or(0), std::process::id()];
    let before = processes.map(cpu_seconds);
    let found = load(callers, warm, lasts).await;
    let after = processes.map(cpu_seconds);
    services.child.end().await;
    broker.stop().await;
    let load = found?;
    // The warm-up costs as much per command as what is measured.
    let commands = load.per_second * (warm + lasts).as_secs_f64();
    let spent = std::array::from_fn(|it| (after[it] - before[it]) * 1e6 / commands.max(1.0));
    Ok(Claims { load, spent })
}

/// Claims one of its own places, gives it back, and goes on with the next.
struct ClaimCaller {
    number: usize,
    client: LogeerplekServiceClient<Identified>,
    places: Vec<(String, String)>,
    done: usize,
    claim: Option<String>,
}

impl Caller for ClaimCaller {
    async fn call(&mut self) -> Result<(), Status> {
        if let Some(claim_id) = self.claim.take() {
            let request = CancelClaimRequest { command_id: command_id(), claim_id };
            return self.client.cancel_claim(request).await.map(drop);
        }
        let Some((location_id, place_id)) = self.places.get(self.done % self.places.len().max(1)).cloned() else {
            return Err(Status::internal("no places"));
        };
        let request = ClaimRequest {
            command_id: command_id(),
            location_id,
            place_id,
            client_ref: format!("c-{}-{}", self.number, self.done),
            needs: None,
            hold_minutes: 60,
        };
        self.done += 1;
        let answer = self.client.claim(request).await?.into_inner();
        self.claim = answer.claim.map(|claim| claim.claim_id);
        Ok(())
    }

    async fn finish(&mut self) -> Result<(), Status> {
        if self.claim.is_some() { self.call().await } else { Ok(()) }
    }
}

/// Half of so many appends of 4 KiB were on disk within this.
async fn sync_once(file: std::path::PathBuf, times: u64) -> Result<Duration, Failure> {
    let syncing = tokio::task::spawn_blocking(move || {
        let mut file = File::create(file)?;
        let mut took = Vec::new();
        for _ in 0..times {
            let at = clock::stopwatch();
            file.write_all(&[7; 4096])?;
            file.sync_data()?;
            took.push(at.elapsed());
        }
        Ok::<_, std::io::Error>(percentile(&mut took, 0.50))
    });
    let synced = syncing.await.map_err(failed)?;
    synced.map_err(failed)
}
