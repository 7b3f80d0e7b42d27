//! A database for one test, of either kind, and a connection of the test's own that goes around the log: to look
//! at what is really on disk, and to spoil it. SQL here is the test's, never the log's.

use std::str::FromStr as _;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Executor as _, PgConnection, SqliteConnection};
use testkit::TempDir;
use testkit::postgres::Database;

/// An empty database, gone with this value.
#[derive(Debug)]
pub(crate) enum Backend {
    Sqlite(TempDir),
    Postgres(Database),
}

/// A connection that the log knows nothing of.
#[derive(Debug)]
pub(crate) enum Direct {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The same lines on either connection.
macro_rules! on {
    ($direct:expr, $connection:ident => $body:expr) => {
        match $direct {
            Direct::Sqlite($connection) => $body,
            Direct::Postgres($connection) => $body,
        }
    };
}
pub(crate) use on;

impl Backend {
    pub(crate) fn sqlite() -> Self {
        Self::Sqlite(TempDir::new("contract"))
    }

    pub(crate) async fn postgres() -> Self {
        Self::Postgres(Database::fresh().await)
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(dir) => format!("sqlite:{}", dir.join("log.db").display()),
            Self::Postgres(database) => database.url().to_owned(),
        }
    }

    /// The folder of the migrations of this database.
    pub(crate) const fn migrations(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite"),
            Self::Postgres(_) => concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/postgres"),
        }
    }

    /// A connection around the log; makes the file of SQLite where there is none.
    pub(crate) async fn direct(&self) -> Direct {
        let connected = match self {
            Self::Sqlite(_) => {
                let options = SqliteConnectOptions::from_str(&self.url()).expect("our own url");
                options.create_if_missing(true).connect().await.map(Direct::Sqlite)
            }
            Self::Postgres(_) => {
                let options = PgConnectOptions::from_str(&self.url()).expect("our own url");
                options.application_name("test").connect().await.map(Direct::Postgres)
            }
        };
        connected.unwrap_or_else(|error| panic!("cannot connect to {}: {error}", self.url()))
    }

    /// Runs statements, the same for both databases.
    pub(crate) async fn run(&self, sql: &'static str) {
        self.direct().await.run(sql).await;
    }

    /// Runs the statements of this kind of database.
    pub(crate) async fn run_either(&self, sqlite: &'static str, postgres: &'static str) {
        self.run(if matches!(self, Self::Sqlite(_)) { sqlite } else { postgres }).await;
    }

    /// The numbers that a query gives.
    pub(crate) async fn numbers(&self, sql: &'static str) -> Vec<i64> {
        self.direct().await.numbers(sql).await
    }
}

impl Direct {
    pub(crate) async fn run(&mut self, sql: &'static str) {
        let ran = on!(self, connection => connection.execute(sqlx::raw_sql(sql)).await.map(drop));
        ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    pub(crate) async fn numbers(&mut self, sql: &'static str) -> Vec<i64> {
        let rows: Vec<(i64,)> = on!(self, connection => sqlx::query_as(sql).fetch_all(connection).await)
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.into_iter().map(|(number,)| number).collect()
    }

    /// Takes the lock that every commit takes, and so waits for the commit that is under way.
    pub(crate) async fn lock(&mut self) {
        let begin = if matches!(self, Self::Sqlite(_)) { "begin immediate" } else { "begin" };
        self.run(begin).await;
        self.run("update log_head set position = position").await;
    }
}
