//! Moves what SQLite wrote to its log file into the database file, beside the writer: a commit that did it on its way
//! would keep its callers waiting. Little and often, because a disk that syncs much at once keeps everybody waiting
//! too. It changes nothing that anybody can see.

use std::time::Duration;

use sqlx::SqlitePool;
use tracing::debug;

/// How often while there is something to move.
const OFTEN: Duration = Duration::from_millis(100);
/// How often otherwise.
const SELDOM: Duration = Duration::from_secs(1);
/// From how many pages of 4 KiB the log file begins at its start again, for which the writer waits a moment: 64 MiB.
const LONGEST: i64 = 16_384;

const BESIDE: &str = "pragma wal_checkpoint(passive)";
const FROM_THE_START: &str = "pragma wal_checkpoint(restart)";

/// Does so until it is aborted.
pub(super) async fn run(pool: SqlitePool) {
    let mut moved_before = 0;
    loop {
        let moved = match once(&pool).await {
            Ok(moved) => moved,
            Err(error) => {
                // A full disk, for one; the next round tries again.
                debug!(%error, "SQLite's log file could not be moved into the database");
                moved_before
            }
        };
        tokio::time::sleep(if moved == moved_before { SELDOM } else { OFTEN }).await;
        moved_before = moved;
    }
}

/// Gives the pages of the log file that are in the database.
async fn once(pool: &SqlitePool) -> Result<i64, sqlx::Error> {
    let (_busy, pages, moved): (i64, i64, i64) = sqlx::query_as(BESIDE).fetch_one(pool).await?;
    if pages > LONGEST {
        sqlx::query(FROM_THE_START).execute(pool).await?;
    }
    Ok(moved)
}
