//! A log on SQLite with its writer, as a service runs it; its file is gone with it.

use std::collections::BTreeSet;

use eventlog::{EventLog, LogError, Meta, Options, ReportRow};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _, SqliteConnection};
use testkit::{SECONDS_60, TempDir, wait_for};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};
use uuid::Uuid;

use crate::beds::{Beds, Command};
use crate::lines;

/// Who counts; a name that must never leave the log.
pub(crate) const ACTOR: &str = "medewerker:jan-jansen";
/// The trace every count belongs to.
pub(crate) const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A running log. The order matters: the writer stops before its folder goes.
pub(crate) struct Log {
    pub(crate) handle: EventLog<Beds>,
    _stop: DropGuard,
    _running: JoinHandle<Result<(), LogError>>,
    dir: TempDir,
}

/// Keeps others from writing to the log, for as long as it lives.
pub(crate) struct Lock(SqliteConnection);

impl Log {
    pub(crate) async fn open() -> Self {
        let dir = TempDir::new("service");
        let options = Options::new(format!("sqlite:{}", dir.join("log.db").display()));
        let opened = eventlog::open(Beds, options, service::clock::system()).await;
        let (handle, writer) = opened.expect("an empty folder takes a log");
        let stop = CancellationToken::new();
        let running = tokio::spawn(writer.run(stop.clone()));
        Self { handle, _stop: stop.drop_guard(), _running: running, dir }
    }

    /// Executes a command, which must succeed; gives its command id.
    pub(crate) async fn execute(&self, command: Command) -> Uuid {
        let id = Uuid::now_v7();
        let meta = Meta { command_id: Some(id), actor: ACTOR.to_owned(), traceparent: Some(TRACEPARENT.to_owned()) };
        self.handle.execute(meta, command).await.expect("the log takes every count");
        id
    }

    /// Counts beds: one report.
    pub(crate) async fn count(&self, location: &str, beds: u32) -> Uuid {
        self.execute(Command::Count { location: location.to_owned(), beds }).await
    }

    /// Counts one location several times, one commit each.
    pub(crate) async fn count_often(&self, location: &str, times: u32) {
        for beds in 0..times {
            self.count(location, beds).await;
        }
    }

    /// Goes on counting until a line with every one of these texts is logged. What a frozen server does not answer
    /// any more is only sent after it froze, and that takes a moment.
    pub(crate) async fn count_until_logged(&self, location: &str, texts: &[&str]) {
        lines::keep();
        wait_for(&format!("a log line with {texts:?}"), SECONDS_60, async || {
            self.count(location, 1).await;
            if lines::with(texts).is_empty() { Err(lines::with(&["service"]).join("\n")) } else { Ok(()) }
        })
        .await;
    }

    /// Counts as many locations in one commit: a report each.
    pub(crate) async fn count_all(&self, locations: u32) {
        self.execute(Command::CountAll { locations }).await;
    }

    /// Every report on disk, oldest first.
    pub(crate) async fn reports(&self) -> Vec<ReportRow> {
        self.handle.outbox().after(0, 1_000_000).await.expect("the outbox can be read")
    }

    /// The message id of every report.
    pub(crate) async fn ids(&self) -> BTreeSet<String> {
        self.reports().await.iter().map(message_id).collect()
    }

    /// Forgets how far every relay is, as if it had crashed before it noted that.
    pub(crate) async fn forget_cursors(&self) {
        self.direct().await.execute("delete from cursor").await.expect("cursors can be deleted");
    }

    /// How many cursors are on disk.
    pub(crate) async fn cursors(&self) -> i64 {
        let (count,): (i64,) = sqlx::query_as("select count(*) from cursor")
            .fetch_one(&mut self.direct().await)
            .await
            .expect("cursors can be counted");
        count
    }

    /// A connection past the log.
    async fn direct(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.dir.join("log.db"));
        options.connect().await.expect("the file of the log opens")
    }

    /// Takes the write lock, past the log.
    pub(crate) async fn lock(&self) -> Lock {
        let mut connection = self.direct().await;
        connection.execute("begin immediate").await.expect("nobody else has the lock");
        Lock(connection)
    }
}

impl Lock {
    pub(crate) async fn release(mut self) {
        self.0.execute("rollback").await.expect("our own lock ends");
    }
}

/// The id a report must have on the bus.
pub(crate) fn message_id(row: &ReportRow) -> String {
    format!("beds/{}", row.id)
}
