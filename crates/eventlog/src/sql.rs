//! Two databases, one text: what a log, and any other store of the suite, needs to run the same static SQL on SQLite
//! and on PostgreSQL. It must not know a table.

mod checkpoint;
mod script;

use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{PgPool, Postgres, Sqlite, SqlitePool, Transaction};
use tokio_util::task::AbortOnDropHandle;

pub use self::script::{Column, First, Insert, Rows, Script, Value};
use crate::error::LogError;

/// Statements a connection keeps prepared.
const STATEMENTS_KEPT: usize = 256;

/// One thing of the two databases.
#[derive(Debug, Clone)]
pub enum Either<S, P> {
    /// Of SQLite.
    Sqlite(S),
    /// Of PostgreSQL.
    Postgres(P),
}

/// Runs the same lines on either database: `on!(pool, pool => sqlx::query(TEXT).execute(pool).await?)`.
#[macro_export]
macro_rules! on {
    ($either:expr, $inner:ident => $body:expr) => {
        match $either {
            $crate::sql::Either::Sqlite($inner) => $body,
            $crate::sql::Either::Postgres($inner) => $body,
        }
    };
}
pub use on;

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:path/to/file.db` or `postgres://…`.
    pub url: String,
    /// Connections to PostgreSQL, or readers of SQLite, at most.
    pub connections: u32,
    /// Whether a commit must be on disk before it counts. Only what can be rebuilt from elsewhere may say no: after a
    /// power loss its last commits may be gone, never a part of one.
    pub durable: bool,
}

impl Options {
    /// Durable, with the usual number of connections.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections: 8, durable: true }
    }
}

/// SQLite has one writer; readers never wait for it.
#[derive(Debug, Clone)]
pub struct SqlitePools {
    writer: SqlitePool,
    readers: SqlitePool,
    _checkpoints: Arc<AbortOnDropHandle<()>>,
}

/// An open database.
#[derive(Debug, Clone)]
pub struct Database(Either<SqlitePools, PgPool>);

/// A transaction that may write.
pub type Tx = Either<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;

impl Database {
    /// Connects.
    pub async fn open(options: &Options) -> Result<Self, LogError> {
        if options.url.starts_with("sqlite:") {
            Ok(Self(Either::Sqlite(open_sqlite(options).await?)))
        } else if options.url.starts_with("postgres:") || options.url.starts_with("postgresql:") {
            Ok(Self(Either::Postgres(open_postgres(options).await?)))
        } else {
            Err(LogError::Address)
        }
    }

    /// Begins a transaction that may write; on SQLite it takes the write lock at once.
    pub async fn begin(&self) -> Result<Tx, LogError> {
        match &self.0 {
            Either::Sqlite(pools) => Ok(Either::Sqlite(pools.writer.begin_with("begin immediate").await?)),
            Either::Postgres(pool) => Ok(Either::Postgres(pool.begin().await?)),
        }
    }

    /// The pool to read from.
    pub const fn readers(&self) -> Either<&SqlitePool, &PgPool> {
        match &self.0 {
            Either::Sqlite(pools) => Either::Sqlite(&pools.readers),
            Either::Postgres(pool) => Either::Postgres(pool),
        }
    }

    /// The pool to write to.
    pub const fn writers(&self) -> Either<&SqlitePool, &PgPool> {
        match &self.0 {
            Either::Sqlite(pools) => Either::Sqlite(&pools.writer),
            Either::Postgres(pool) => Either::Postgres(pool),
        }
    }

    /// The PostgreSQL pool, where it is PostgreSQL.
    pub const fn postgres(&self) -> Option<&PgPool> {
        match &self.0 {
            Either::Sqlite(_) => None,
            Either::Postgres(pool) => Some(pool),
        }
    }
}

async fn open_sqlite(options: &Options) -> Result<SqlitePools, LogError> {
    let connect = SqliteConnectOptions::from_str(&options.url)?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        // NORMAL may lose the last commits on power loss; where an answer means on disk, it must be FULL.
        .synchronous(if options.durable { SqliteSynchronous::Full } else { SqliteSynchronous::Normal })
        .busy_timeout(Duration::from_secs(5))
        .pragma("trusted_schema", "OFF")
        // What is deleted is overwritten: it may have been about a person.
        .pragma("secure_delete", "ON")
        // Commits never wait for it: see `checkpoint`.
        .pragma("wal_autocheckpoint", "0")
        .statement_cache_capacity(STATEMENTS_KEPT);
    // After SQLITE_FULL, SQLite has rolled back by itself; sqlx still counts a transaction, and would for ever.
    let writer = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .before_acquire(|connection, _| Box::pin(async move { Ok(!sqlx::Connection::is_in_transaction(connection)) }));
    let readers = SqlitePoolOptions::new().max_connections(options.connections).acquire_timeout(Duration::from_secs(5));
    let writer = writer.connect_with(connect.clone()).await?;
    let readers = readers.connect_lazy_with(connect.clone());
    // It never waits for anybody while it has the lock of the writer.
    let beside = SqlitePoolOptions::new().max_connections(1).connect_lazy_with(connect.busy_timeout(Duration::ZERO));
    let checkpoints = AbortOnDropHandle::new(tokio::spawn(checkpoint::run(beside)));
    Ok(SqlitePools { writer, readers, _checkpoints: checkpoints.into() })
}

async fn open_postgres(options: &Options) -> Result<PgPool, LogError> {
    let connect = PgConnectOptions::from_str(&options.url)?
        .application_name("onderdak")
        .statement_cache_capacity(STATEMENTS_KEPT)
        .options([
            ("statement_timeout", "10s"),
            ("lock_timeout", "8s"),
            ("idle_in_transaction_session_timeout", "15s"),
        ]);
    let pool = PgPoolOptions::new().max_connections(options.connections).acquire_timeout(Duration::from_secs(5));
    Ok(pool.connect_with(connect).await?)
}
