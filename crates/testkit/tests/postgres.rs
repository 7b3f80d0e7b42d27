//! Every test gets a database that no other test can see.

use sqlx::{Connection, Executor, PgConnection};
use testkit::postgres::{Database, fresh_database};

#[tokio::test]
async fn two_databases_do_not_share_tables() {
    let (one, other) = (Database::fresh().await, fresh_database().await);
    let mut in_one = PgConnection::connect(one.url()).await.unwrap();
    let mut in_other = PgConnection::connect(&other).await.unwrap();
    in_one.execute("create table guest (name text)").await.unwrap();
    in_one.execute("select name from guest").await.unwrap();
    assert!(in_other.execute("select name from guest").await.is_err());
}

#[tokio::test]
async fn a_dropped_database_is_gone_even_with_a_connection_open() {
    let database = Database::fresh().await;
    let url = database.url().to_owned();
    let _left_open = PgConnection::connect(&url).await.unwrap();
    drop(database);
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn the_server_is_as_durable_as_in_production() {
    let database = Database::fresh().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let fsync: (String,) = sqlx::query_as("show fsync").fetch_one(&mut connection).await.unwrap();
    assert_eq!(fsync.0, "on");
}
