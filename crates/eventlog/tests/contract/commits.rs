//! After a commit that failed, memory is as the disk: nothing of it is seen, and later commands work. The failures
//! are real: the database refuses a row, refuses the commit itself, or its lock is not to be had.

use eventlog::ExecuteError;
use uuid::Uuid;

use crate::backend::Backend;
use crate::disk::Disk;
use crate::service::{Outcome, Service, admit};

on_both!(
    a_row_that_is_refused_leaves_memory_as_the_disk,
    a_commit_that_is_refused_leaves_memory_as_the_disk,
    a_lock_that_is_not_to_be_had_leaves_memory_as_the_disk,
);

/// The events are written by then; it is the report after them that fails.
async fn a_row_that_is_refused_leaves_memory_as_the_disk(backend: &Backend) {
    let service = two_houses(backend).await;
    backend.run_either(CURSE_ROW_SQLITE, CURSE_FUNCTION).await;
    backend.run_either("", CURSE_ROW_POSTGRES).await;
    a_cursed_house_changes_nothing_until_the_curse_is_lifted(backend, &service).await;
}

async fn a_commit_that_is_refused_leaves_memory_as_the_disk(backend: &Backend) {
    let service = two_houses(backend).await;
    backend.run_either(CURSE_COMMIT_SQLITE, CURSE_FUNCTION).await;
    backend.run_either("", CURSE_COMMIT_POSTGRES).await;
    a_cursed_house_changes_nothing_until_the_curse_is_lifted(backend, &service).await;
}

async fn a_lock_that_is_not_to_be_had_leaves_memory_as_the_disk(backend: &Backend) {
    let service = two_houses(backend).await;
    let mut holder = backend.direct().await;
    holder.lock().await;
    let (id, anna) = (Uuid::now_v7(), admit("a", "anna"));
    let outcome = service.send(id, &anna).await;
    assert!(is_unavailable(&outcome), "{outcome:?}");
    assert!(!service.has("a", "anna"));
    // Readers never wait for writers.
    assert_eq!(service.log.outbox().head().await.expect("the outbox can be read"), 2);
    holder.run("rollback").await;

    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 0);
    service.send(id, &anna).await.expect("the lock is free now");
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 1);
}

async fn two_houses(backend: &Backend) -> Service {
    let service = Service::start(backend).await;
    service.open_house("a", 9).await;
    service.open_house("cursed", 9).await;
    service
}

async fn a_cursed_house_changes_nothing_until_the_curse_is_lifted(backend: &Backend, service: &Service) {
    let (id, anna) = (Uuid::now_v7(), admit("cursed", "anna"));
    for guest in ["bram", "cees"] {
        let before = service.log.view();
        let outcome = service.send(id, &anna).await;
        assert!(is_unavailable(&outcome), "{outcome:?}");
        let after = service.log.view();
        assert_eq!((&after.state, after.position, after.reports), (&before.state, before.position, before.reports));
        assert_eq!(Disk::check_with(backend, service).await.effects_of(id), 0);
        service.admit("a", guest).await;
    }
    backend.run_either("drop trigger curse", "drop trigger curse on report").await;
    let answer = service.send(id, &anna).await.expect("the curse is lifted");
    assert_eq!(service.send(id, &anna).await.expect("and stays so"), answer);
    assert_eq!(Disk::check_with(backend, service).await.effects_of(id), 1);
}

fn is_unavailable(outcome: &Outcome) -> bool {
    matches!(outcome, Err(ExecuteError::Unavailable))
}

const CURSE_ROW_SQLITE: &str = "create trigger curse before insert on report when new.subject = 'inn.cursed'
    begin select raise(abort, 'the house is cursed'); end";
/// A foreign key that is looked at only at the commit, and then does not hold.
const CURSE_COMMIT_SQLITE: &str = "create table nobody (id integer primary key);
    create table curses (id integer references nobody (id) deferrable initially deferred);
    create trigger curse after insert on report when new.subject = 'inn.cursed'
    begin insert into curses values (new.position); end";
const CURSE_FUNCTION: &str = "create function curse() returns trigger language plpgsql as $$ begin
        if new.subject = 'inn.cursed' then raise exception 'the house is cursed'; end if;
        return new;
    end $$";
const CURSE_ROW_POSTGRES: &str = "create trigger curse before insert on report for each row execute function curse()";
const CURSE_COMMIT_POSTGRES: &str = "create constraint trigger curse after insert on report
    deferrable initially deferred for each row execute function curse()";
