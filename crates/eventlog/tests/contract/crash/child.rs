//! The program that is killed: four callers that send commands, and a relay that publishes reports and moves its
//! cursor. It tells what it does on standard output, line by line; the log tells its own steps on standard error.

use std::io::Write as _;

use tokio::task::JoinSet;
use uuid::Uuid;

use crate::clock::Clock;
use crate::inn::Command;
use crate::service::{Service, admit, send};

/// The name of the test below, for whoever starts it.
pub(super) const TEST: &str = "crash::child::runs_until_it_is_killed";
/// The database to use; without it there is nothing to run.
pub(super) const DATABASE: &str = "CONTRACT_CRASH_DATABASE";
/// Ids of commands of which an earlier child did not tell the outcome.
pub(super) const AGAIN: &str = "CONTRACT_CRASH_AGAIN";

const HOUSE: Uuid = Uuid::from_u128(1);
const CALLERS: usize = 4;

/// Only a rule in [`super`] gives it work; by itself it is no test.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_until_it_is_killed() {
    let Ok(database) = std::env::var(DATABASE) else { return };
    let again = std::env::var(AGAIN).unwrap_or_default();
    let again = again.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().expect("an id")).collect();
    // The harness leaves its line unfinished.
    say("");
    tracing_subscriber::fmt().with_env_filter("eventlog=trace").with_ansi(false).with_writer(std::io::stderr).init();
    let service = Service::start_on(&database, &Clock::new()).await;
    let opens = Command::Open { house: "a".to_owned(), beds: 1_000_000 };
    service.send_until_known(HOUSE, &opens).await.expect("the house is open");
    tokio::join!(call(&service, again), relay(&service));
}

async fn call(service: &Service, again: Vec<Uuid>) {
    for id in again {
        sent_and_acknowledged(service, id).await;
    }
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let log = service.log.clone();
        callers.spawn(async move {
            loop {
                let id = Uuid::now_v7();
                say(&format!("sent {id}"));
                let answer = send(&log, id, &admit("a", &id.to_string())).await.expect("there is a bed");
                say(&format!("acknowledged {id} {}", answer.booking.expect("an admission has a booking")));
            }
        });
    }
    callers.join_all().await;
}

async fn sent_and_acknowledged(service: &Service, id: Uuid) {
    let answer = service.send_until_known(id, &admit("a", &id.to_string())).await.expect("there is a bed");
    say(&format!("acknowledged {id} {}", answer.booking.expect("an admission has a booking")));
}

async fn relay(service: &Service) {
    let mut outbox = service.log.outbox();
    loop {
        outbox.listen();
        let cursor = outbox.cursor("relay").await.expect("the cursor can be read");
        let rows = outbox.after(cursor, 3).await.expect("the reports can be read");
        for row in &rows {
            say(&format!("published {} {}", row.position(), row.id));
        }
        if let Some(last) = rows.last() {
            outbox.move_cursor("relay", last.position()).await.expect("the cursor can be moved");
            say(&format!("moved {}", last.position()));
        } else {
            outbox.wait(testkit::SECONDS_2).await;
        }
    }
}

/// A whole line at once: a kill leaves no half of it.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).and_then(|()| out.flush()).expect("somebody listens");
}
