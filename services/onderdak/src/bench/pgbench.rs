//! The floor of PostgreSQL: pgbench that changes a place on a condition and writes an outbox row, without a service
//! around it. Once as one statement, once as the four that most programs send. It must not touch a database but its
//! own.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use sqlx::{Connection as _, PgConnection};
use tokio::process::Command;

use super::Bench;
use crate::{Exit, Failure};

/// Database of the service.
pub(super) const SERVICE: &str = "onderdak_bench";
/// Database of pgbench.
const FLOOR: &str = "onderdak_bench_floor";
/// Clients of pgbench.
const CLIENTS: &str = "64";

const PREPARE: [&str; 4] = [
    "drop database if exists onderdak_bench with (force)",
    "create database onderdak_bench",
    "drop database if exists onderdak_bench_floor with (force)",
    "create database onderdak_bench_floor",
];
const TABLES: [&str; 3] = [
    "create table place (id integer primary key, state text not null, version bigint not null)",
    "insert into place select id, 'free', 1 from generate_series(0, 1023) id",
    "create table outbox (position bigint generated always as identity primary key, place integer not null,
        version bigint not null, data text not null)",
];
const FORGET: [&str; 2] = [
    "drop database if exists onderdak_bench with (force)",
    "drop database if exists onderdak_bench_floor with (force)",
];

/// Each client has its own places, as each of our callers has; both changes are done in turn.
const ONE_STATEMENT: &str = "\\set place :client_id * 16 + random(0, 15)
with changed as (update place set state = 'held', version = version + 1 where id = :place and state = 'free'
    returning id, version) insert into outbox (place, version, data) select id, version, 'held' from changed;
with changed as (update place set state = 'free', version = version + 1 where id = :place and state = 'held'
    returning id, version) insert into outbox (place, version, data) select id, version, 'free' from changed;
";
const FOUR_STATEMENTS: &str = "\\set place :client_id * 16 + random(0, 15)
begin;
update place set state = 'held', version = version + 1 where id = :place and state = 'free';
insert into outbox (place, version, data) values (:place, 1, 'held');
commit;
begin;
update place set state = 'free', version = version + 1 where id = :place and state = 'held';
insert into outbox (place, version, data) values (:place, 1, 'free');
commit;
";

/// How pgbench changes a place.
#[derive(Debug, Clone, Copy)]
pub(super) enum Way {
    /// One statement per change.
    OneStatement,
    /// BEGIN, UPDATE, INSERT, COMMIT.
    FourStatements,
}

impl Way {
    /// What people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::OneStatement => "pgbench, één statement",
            Self::FourStatements => "pgbench, BEGIN…COMMIT",
        }
    }

    const fn script(self) -> &'static str {
        match self {
            Self::OneStatement => ONE_STATEMENT,
            Self::FourStatements => FOUR_STATEMENTS,
        }
    }
}

/// A PostgreSQL with fresh databases.
pub(super) struct Postgres {
    url: String,
}

impl Postgres {
    /// Makes the databases; refuses a server that answers before the disk has it.
    pub(super) async fn fresh(bench: &Bench) -> Result<Self, Failure> {
        let url = bench.options.postgres.clone();
        let url = url.ok_or_else(|| Failure::new(Exit::Input, "er is geen PostgreSQL (--postgres)"))?;
        let mut admin = connect(&url).await?;
        for setting in ["show fsync", "show synchronous_commit", "show full_page_writes"] {
            let (value,): (String,) = sqlx::query_as(setting).fetch_one(&mut admin).await.map_err(told)?;
            if value != "on" {
                return Err(Failure::new(
                    Exit::Input,
                    format!("PostgreSQL is niet duurzaam: `{setting}` geeft {value}"),
                ));
            }
        }
        execute(&mut admin, &PREPARE).await?;
        let postgres = Self { url };
        let mut floor = connect(&postgres.database(FLOOR)).await?;
        execute(&mut floor, &TABLES).await?;
        Ok(postgres)
    }

    /// The address of a database.
    pub(super) fn database(&self, name: &str) -> String {
        let (server, options) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let server = server.rsplit_once('/').map_or(server, |(server, _)| server);
        if options.is_empty() { format!("{server}/{name}") } else { format!("{server}/{name}?{options}") }
    }

    /// Drops the databases again.
    pub(super) async fn forget(self) -> Result<(), Failure> {
        execute(&mut connect(&self.url).await?, &FORGET).await
    }

    /// Lets pgbench run; gives changes per second.
    pub(super) async fn pgbench(
        &self,
        bench: &Bench,
        folder: &Path,
        way: Way,
        lasts: Duration,
    ) -> Result<f64, Failure> {
        let program = bench.options.pgbench.as_ref();
        let program = program.ok_or_else(|| Failure::new(Exit::Input, "er is geen pgbench (--pgbench)"))?;
        let script = folder.join("pgbench.sql");
        std::fs::write(&script, way.script()).map_err(|error| Failure::of(Exit::Input, &error))?;
        let mut pgbench = Command::new(program);
        pgbench.args(["--no-vacuum", "--protocol=prepared", "--client", CLIENTS, "--jobs", "2", "--time"]);
        pgbench.arg(lasts.as_secs().to_string()).arg("--file").arg(&script);
        if let Some(socket) = self.option("host") {
            pgbench.args(["-h", &socket]);
        }
        // Everything pgbench does not get from an option it gets from the address.
        let output = pgbench.arg(self.database(FLOOR)).stdin(Stdio::null()).kill_on_drop(true).output().await;
        let output = output.map_err(|error| Failure::new(Exit::Input, format!("pgbench start niet: {error}")))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let tps = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
        // One run of the script is a claim and a release.
        tps.map(|tps| tps * 2.0).ok_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr);
            Failure::new(Exit::Failed, format!("pgbench: {}", errors.lines().last().unwrap_or("zonder bericht")))
        })
    }

    fn option(&self, name: &str) -> Option<String> {
        let options = self.url.split_once('?')?.1;
        options
            .split('&')
            .find_map(|option| option.strip_prefix(name)?.strip_prefix('=').map(|it| it.replace("%2F", "/")))
    }
}

async fn connect(url: &str) -> Result<PgConnection, Failure> {
    PgConnection::connect(url).await.map_err(|error| {
        Failure::new(Exit::Unreachable, format!("PostgreSQL antwoordt niet: {}", service::Chain(&error)))
    })
}

async fn execute(connection: &mut PgConnection, statements: &[&'static str]) -> Result<(), Failure> {
    for statement in statements {
        sqlx::query(*statement).execute(&mut *connection).await.map_err(told)?;
    }
    Ok(())
}

fn told(error: sqlx::Error) -> Failure {
    Failure::new(Exit::Failed, format!("PostgreSQL: {}", service::Chain(&error)))
}
