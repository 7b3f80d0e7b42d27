//! Empty databases on the throw-away PostgreSQL of `cargo xtask test`. Nothing here starts or stops
//! that server, and no test can see the tables of another.

use std::thread;

use sqlx::{Connection, Executor, PgConnection};
use uuid::Uuid;

use crate::from_xtask;

/// A database of its own, dropped with this value.
#[derive(Debug)]
pub struct Database {
    url: String,
    name: String,
}

/// Makes an empty database that stays as long as the test run, and gives its url.
///
/// # Panics
/// When there is no PostgreSQL, or it refuses.
pub async fn fresh_database() -> String {
    create(&new_name()).await
}

impl Database {
    /// Makes an empty database.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or it refuses.
    pub async fn fresh() -> Self {
        let name = new_name();
        Self { url: create(&name).await, name }
    }

    /// Its url.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

/// Databases of several services, dropped with this value.
#[derive(Debug)]
pub struct Databases {
    url: String,
    _each: Vec<Database>,
}

impl Databases {
    /// Makes an empty database for each of these services.
    ///
    /// # Panics
    /// When there is no PostgreSQL, or it refuses.
    pub async fn fresh(services: &[&str]) -> Self {
        let family = new_name();
        let mut each = Vec::new();
        for service in services {
            let name = format!("{family}_{service}");
            each.push(Database { url: create(&name).await, name });
        }
        Self {
            url: with_database(&from_xtask("ONDERDAK_TEST_POSTGRES"), &format!("{family}_{{service}}")),
            _each: each,
        }
    }

    /// Their url, with `{service}` for the name of each.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Database {
    /// Best effort, and also while panicking: the whole server is thrown away later anyway.
    fn drop(&mut self) {
        let statement = format!("drop database if exists \"{}\" with (force)", self.name);
        // A runtime of its own, because this may be running inside one.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map(|runtime| runtime.block_on(administer(statement)))
        });
        let _ = dropping.join();
    }
}

fn new_name() -> String {
    format!("test_{}", Uuid::now_v7().simple())
}

async fn create(name: &str) -> String {
    let made = administer(format!("create database \"{name}\" template template0")).await;
    made.unwrap_or_else(|error| panic!("cannot make the database {name}: {error}"));
    with_database(&from_xtask("ONDERDAK_TEST_POSTGRES"), name)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a database's name cannot be a parameter; ours are made here, of hex digits and names of services"
)]
async fn administer(statement: String) -> Result<(), sqlx::Error> {
    let mut server = PgConnection::connect(&from_xtask("ONDERDAK_TEST_POSTGRES")).await?;
    server.execute(sqlx::AssertSqlSafe(statement)).await?;
    server.close().await
}

/// The same server, another database: the path of the url, before any `?`.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, String::new()), |(a, p)| (a, format!("?{p}")));
    let server = address.rsplit_once('/').map_or(address, |(server, _)| server);
    format!("{server}/{name}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::with_database;

    #[test]
    fn only_the_database_in_the_url_changes() {
        let url = "postgres://postgres@localhost:5432/postgres?host=/tmp/x";
        assert_eq!(with_database(url, "mine"), "postgres://postgres@localhost:5432/mine?host=/tmp/x");
        assert_eq!(with_database("postgres://a:b@host/postgres", "mine"), "postgres://a:b@host/mine");
    }
}
