//! PostgreSQL goes away in the middle: sessions are ended, the wire is cut. What was answered is on disk exactly
//! once; what is not known is told by a retry with the same command id.

use std::sync::atomic::{AtomicU64, Ordering};

use eventlog::ExecuteError;
use futures::future::join_all;
use testkit::{SECONDS_10, SECONDS_30, wait_for};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::backend::{Backend, Direct};
use crate::clock::Clock;
use crate::disk::Disk;
use crate::order::{COMMANDS_PER_WRITER, WRITERS};
use crate::service::{Outcome, Service, admit, send};
use crate::wire::Wire;

on_postgres!(
    a_session_that_ends_during_the_commit_changes_nothing,
    a_commit_of_which_only_the_answer_was_lost_is_answered,
    an_unknown_outcome_is_told_by_a_retry,
    a_retry_that_gets_lost_keeps_its_first_answer,
    sessions_that_end_again_and_again_lose_and_double_nothing,
);

async fn a_session_that_ends_during_the_commit_changes_nothing(backend: &Backend) {
    let service = Service::start(backend).await;
    let (mut holder, id, sent) = send_and_hold_the_commit(backend, &service).await;
    assert_eq!(backend.numbers(END_THE_COMMIT).await, [1]);
    let outcome = sent.await.expect("the caller does not panic");
    assert!(matches!(outcome, Err(ExecuteError::Unavailable)), "{outcome:?}");
    assert!(!service.has("held", "anna"));
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 0);
    holder.run("select pg_advisory_unlock(4711)").await;
    service.send(id, &admit("held", "anna")).await.expect("nothing holds it now");
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 1);
}

async fn a_commit_of_which_only_the_answer_was_lost_is_answered(backend: &Backend) {
    let wire = Wire::to(backend).await;
    let service = Service::start_on(&wire.url, &Clock::new()).await;
    let (mut holder, id, sent) = send_and_hold_the_commit(backend, &service).await;
    wire.proxy.reset();
    holder.run("select pg_advisory_unlock(4711)").await;
    let answer =
        sent.await.expect("the caller does not panic").expect("the commit was kept, and that can be found out");
    assert!(service.has("held", "anna"), "a caller does not see what it was told");
    assert_eq!(service.send(id, &admit("held", "anna")).await.expect("the answer was stored"), answer);
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 1);
}

async fn an_unknown_outcome_is_told_by_a_retry(backend: &Backend) {
    let wire = Wire::to(backend).await;
    let service = Service::start_on(&wire.url, &Clock::new()).await;
    let (mut holder, id, sent) = send_and_hold_the_commit(backend, &service).await;
    wire.proxy.cut();
    holder.run("select pg_advisory_unlock(4711)").await;
    let outcome = sent.await.expect("the caller does not panic");
    assert!(matches!(outcome, Err(ExecuteError::Unknown)), "{outcome:?}");
    wire.proxy.heal();
    service.send_until_known(id, &admit("held", "anna")).await.expect("it was kept");
    assert!(service.has("held", "anna"));
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 1);
}

/// Decided again she would be refused, for she is there: what is stored under her id is then not what was decided.
async fn a_retry_that_gets_lost_keeps_its_first_answer(backend: &Backend) {
    let wire = Wire::to(backend).await;
    let service = Service::start_on(&wire.url, &Clock::new()).await;
    service.open_house("held", 9).await;
    let (id, anna) = (Uuid::now_v7(), admit("held", "anna"));
    let first = service.send(id, &anna).await.expect("she is admitted");
    backend.run(HOLD_ANSWERS).await;
    let mut holder = backend.direct().await;
    holder.run("select pg_advisory_lock(4711)").await;
    let log = service.log.clone();
    let sent = tokio::spawn(async move { send(&log, id, &admit("held", "anna")).await });
    wait_held(backend).await;
    wire.proxy.reset();
    holder.run("select pg_advisory_unlock(4711)").await;
    let outcome = sent.await.expect("the caller does not panic");
    assert!(matches!(outcome, Err(ExecuteError::Unknown)), "{outcome:?}");
    assert_eq!(service.send_until_known(id, &anna).await.expect("her answer is kept"), first);
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 1);
}

async fn sessions_that_end_again_and_again_lose_and_double_nothing(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 1_000).await;
    let done = AtomicU64::new(0);
    let writers = join_all((0..WRITERS).map(|writer| write_all(&service, writer, &done)));
    let (ids, ()) = tokio::join!(writers, end_sessions(backend, &done));
    let disk = Disk::check_with(backend, &service).await;
    assert_eq!(disk.command_ids().len() as u64, ALL + 1);
    assert!(ids.concat().iter().all(|id| disk.effects_of(*id) == 1));
    assert!(disk.is_in_order_of_time());
}

const ALL: u64 = WRITERS * COMMANDS_PER_WRITER;

async fn write_all(service: &Service, writer: u64, done: &AtomicU64) -> Vec<Uuid> {
    let mut ids = Vec::new();
    for number in 0..COMMANDS_PER_WRITER {
        let (id, guest) = (Uuid::now_v7(), format!("{writer}-{number}"));
        service.send_until_known(id, &admit("a", &guest)).await.expect("every guest has a bed");
        assert!(service.has("a", &guest), "a caller does not see what it was told");
        done.fetch_add(1, Ordering::SeqCst);
        ids.push(id);
    }
    ids
}

/// Six times, each when the writers are an eighth further.
async fn end_sessions(backend: &Backend, done: &AtomicU64) {
    for part in 1..=6 {
        wait_for("the writers to get on", SECONDS_30, async || match done.load(Ordering::SeqCst) {
            enough if enough >= ALL * part / 8 => Ok(()),
            few => Err(format!("{few} of {ALL} done")),
        })
        .await;
        backend.run(END_EVERY_SESSION).await;
    }
}

/// A command of which the commit has begun, and waits for a lock that the test has: 4711.
async fn send_and_hold_the_commit(backend: &Backend, service: &Service) -> (Direct, Uuid, JoinHandle<Outcome>) {
    service.open_house("held", 9).await;
    backend.run(HOLD).await;
    let mut holder = backend.direct().await;
    holder.run("select pg_advisory_lock(4711)").await;
    let (id, log) = (Uuid::now_v7(), service.log.clone());
    let sent = tokio::spawn(async move { send(&log, id, &admit("held", "anna")).await });
    wait_held(backend).await;
    (holder, id, sent)
}

/// Waits until a statement waits for the lock that the test has.
async fn wait_held(backend: &Backend) {
    wait_for("the commit to be held", SECONDS_10, async || match backend.numbers(HELD).await[..] {
        [1] => Ok(()),
        ref others => Err(format!("{others:?} commits are held")),
    })
    .await;
}

const HOLD: &str = "create function hold() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock(4711); return new; end $$;
    create constraint trigger hold after insert on report
        deferrable initially deferred for each row execute function hold()";
const HOLD_ANSWERS: &str = "create function hold() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock(4711); return new; end $$;
    create trigger hold before insert on command for each row execute function hold()";
const HELD: &str = "select count(*) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted
    and database = (select oid from pg_database where datname = current_database())";
const END_THE_COMMIT: &str = "select count(pg_terminate_backend(pid)) from pg_locks
    where locktype = 'advisory' and objid = 4711 and not granted
    and database = (select oid from pg_database where datname = current_database())";
const END_EVERY_SESSION: &str = "select pg_terminate_backend(pid) from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()";
