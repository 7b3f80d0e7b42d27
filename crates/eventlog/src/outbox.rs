//! The log as outbox: reading reports in order, and how far a reader is. Publishing them is somebody else's work. It
//! must not know a bus.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use tokio::sync::watch;

use crate::error::LogError;
use crate::recent::Recent;
use crate::sql::on;
use crate::store::{NewReport, Store, position, stored};

/// One report, ready to be published.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ReportRow {
    position: i64,
    /// Unique id of the report, a UUID.
    pub id: String,
    /// Subject to publish it on.
    pub subject: String,
    /// Its JSON.
    pub data: String,
    /// Trace context of the command that caused it.
    pub traceparent: Option<String>,
    at: i64,
}

impl ReportRow {
    /// Number of the report, from 1, without holes.
    pub fn position(&self) -> u64 {
        position(self.position)
    }

    /// Log time, in microseconds since 1970.
    pub const fn at_micros(&self) -> i64 {
        self.at
    }
}

impl From<NewReport> for ReportRow {
    fn from(NewReport { position, id, subject, data, traceparent, at }: NewReport) -> Self {
        Self { position: stored(position), id, subject, data, traceparent, at }
    }
}

/// Reads the reports of a log.
#[derive(Debug, Clone)]
pub struct Outbox {
    store: Store,
    reported: watch::Receiver<u64>,
    recent: Arc<Recent>,
}

const AFTER: &str = "select position, id, subject, data, traceparent, at from report
    where position > $1 order by position limit $2";
const CURSOR: &str = "select position from cursor where name = $1";
const MOVE: &str = "insert into cursor (name, position) values ($1, $2)
    on conflict (name) do update set position = excluded.position";
const LEAD: &str = "select pg_try_advisory_lock(hashtext(current_schema() || $1))";

impl Outbox {
    pub(crate) const fn new(store: Store, reported: watch::Receiver<u64>, recent: Arc<Recent>) -> Self {
        Self { store, reported, recent }
    }

    /// Reports after a position, oldest first, for whoever keeps up: up to the newest that the log knows of, and from
    /// memory where they are there.
    pub async fn next_after(&self, after: u64, most: u32) -> Result<Vec<Arc<ReportRow>>, LogError> {
        if after >= *self.reported.borrow() {
            return Ok(Vec::new());
        }
        match self.recent.after(after, usize::try_from(most).unwrap_or(usize::MAX)) {
            Some(rows) => Ok(rows),
            None => Ok(self.after(after, most).await?.into_iter().map(Arc::new).collect()),
        }
    }

    /// Reports after a position on disk, oldest first.
    pub async fn after(&self, after: u64, most: u32) -> Result<Vec<ReportRow>, LogError> {
        let rows = on!(self.store.0.readers(), pool => {
            sqlx::query_as(AFTER).bind(stored(after)).bind(i64::from(most)).fetch_all(pool).await?
        });
        Ok(rows)
    }

    /// Position of the newest report on disk.
    pub async fn head(&self) -> Result<u64, LogError> {
        Ok(self.store.head().await?.reports)
    }

    /// How far a named reader is.
    pub async fn cursor(&self, name: &str) -> Result<u64, LogError> {
        let row: Option<(i64,)> =
            on!(self.store.0.readers(), pool => sqlx::query_as(CURSOR).bind(name).fetch_optional(pool).await?);
        Ok(row.map_or(0, |(at,)| position(at)))
    }

    /// Notes how far a named reader is.
    pub async fn move_cursor(&self, name: &str, to: u64) -> Result<(), LogError> {
        self.move_cursors(&[(name, to)]).await
    }

    /// Notes several places of readers in one commit.
    pub async fn move_cursors(&self, places: &[(&str, u64)]) -> Result<(), LogError> {
        let mut tx = self.store.0.begin().await?;
        for (name, to) in places {
            on!(&mut tx, tx => {
                sqlx::query(MOVE).bind(*name).bind(stored(*to)).execute(&mut **tx).await.map(drop)?;
            });
        }
        on!(tx, tx => tx.commit().await?);
        tracing::trace!(?places, "cursor moved");
        Ok(())
    }

    /// Marks everything reported until now as seen; [`Self::wait`] then wakes for what comes after. Call it before
    /// reading, so that no report slips in between.
    pub fn listen(&mut self) {
        self.reported.mark_unchanged();
    }

    /// Waits for a new report since [`Self::listen`], or for the safety net: a poll for what no wake-up told of.
    pub async fn wait(&mut self, at_most: Duration) {
        // A closed channel means the writer ended; the poll then only waits for the stop.
        if let Ok(Err(_)) = tokio::time::timeout(at_most, self.reported.changed()).await {
            tokio::time::sleep(at_most).await;
        }
    }

    /// Tries to become the one leader for a task among the replicas of a service; none when another has it.
    /// On SQLite there is one process, which always leads.
    pub async fn lead(&self, task: &str) -> Result<Option<Leadership>, LogError> {
        let Some(pool) = self.store.0.postgres() else { return Ok(Some(Leadership(None))) };
        let mut connection = pool.acquire().await?;
        let (leads,): (bool,) = sqlx::query_as(LEAD).bind(task).fetch_one(&mut *connection).await?;
        Ok(leads.then_some(Leadership(Some(connection))))
    }
}

/// Leadership of one task, for as long as this value lives and its connection does.
#[derive(Debug)]
pub struct Leadership(Option<PoolConnection<sqlx::Postgres>>);

impl Leadership {
    /// Whether the connection that carries the leadership still lives.
    pub async fn holds(&mut self) -> bool {
        match &mut self.0 {
            None => true,
            Some(connection) => sqlx::query("select 1").execute(&mut **connection).await.is_ok(),
        }
    }
}

impl Drop for Leadership {
    fn drop(&mut self) {
        // The lock belongs to the session: ending the session gives it to another replica.
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}
