//! What is bounded: how many commands may wait, and how long answers are kept.

use eventlog::ExecuteError;
use futures::FutureExt as _;
use jiff::SignedDuration;
use testkit::{SECONDS_10, wait_for};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::disk::Disk;
use crate::inn::{Command, Refusal};
use crate::service::{Service, admit, open, send};

/// As many commands as may wait, by the contract of the log.
const MOST_WAITING: usize = 4_096;

on_both!(
    one_command_too_many_is_busy_at_once_and_those_that_wait_are_kept,
    commands_that_wait_at_the_stop_are_still_answered,
    answers_are_forgotten_after_seven_days_and_not_before,
);

async fn one_command_too_many_is_busy_at_once_and_those_that_wait_are_kept(backend: &Backend) {
    let (log, writer) = open(&backend.url(), &Clock::new()).await.expect("the log opens");
    let mut waiting = JoinSet::new();
    let mut commands = vec![Command::Open { house: "a".to_owned(), beds: 9_999 }];
    commands.extend((1..MOST_WAITING).map(|number| admit("a", &format!("{number}"))));
    for command in commands {
        let log = log.clone();
        // Polled here once, so that it waits before the next one is sent.
        let mut sent = Box::pin(async move { send(&log, Uuid::now_v7(), &command).await });
        assert!((&mut sent).now_or_never().is_none(), "a command was answered though nobody writes");
        waiting.spawn(sent);
    }
    let (id, late) = (Uuid::now_v7(), admit("a", "late"));
    let busy = send(&log, id, &late).now_or_never();
    assert!(matches!(busy, Some(Err(ExecuteError::Busy))), "{busy:?}");

    let service = Service::run(log, writer);
    for outcome in waiting.join_all().await {
        outcome.expect("a command that waited is done");
    }
    assert_eq!(service.send(id, &late).await.expect("there is room now").admitted, MOST_WAITING as u64);
    let disk = Disk::check_with(backend, &service).await;
    assert_eq!(disk.events.len(), MOST_WAITING + 1);
}

async fn commands_that_wait_at_the_stop_are_still_answered(backend: &Backend) {
    let (log, writer) = open(&backend.url(), &Clock::new()).await.expect("the log opens");
    let opens = Command::Open { house: "a".to_owned(), beds: 9 };
    let mut sent = Box::pin(async { send(&log, Uuid::now_v7(), &opens).await });
    assert!((&mut sent).now_or_never().is_none());
    Service::run(log.clone(), writer).stop().await;
    sent.await.expect("what waited is done");
    assert!(matches!(send(&log, Uuid::now_v7(), &opens).await, Err(ExecuteError::Stopped)));
    assert_eq!(Disk::check(backend).await.head, (1, 1));
}

async fn answers_are_forgotten_after_seven_days_and_not_before(backend: &Backend) {
    let clock = Clock::new();
    let service = Service::start_at(backend, &clock).await;
    service.open_house("a", 9).await;
    let (old, young) = (Uuid::now_v7(), Uuid::now_v7());
    service.send(old, &admit("a", "old")).await.expect("admitted");
    clock.jump(SignedDuration::from_hours(2));
    let answer = service.send(young, &admit("a", "young")).await.expect("admitted");

    // Seven days after the younger one less an hour: only the older one may go.
    clock.jump(SignedDuration::from_hours(7 * 24 - 1));
    service.admit("a", "somebody").await;
    wait_for("the old answers to be forgotten", SECONDS_10, async || match backend.numbers(KEPT).await[..] {
        // Young and somebody.
        [2] => Ok(()),
        ref others => Err(format!("{others:?} answers are kept")),
    })
    .await;
    assert_eq!(service.send(young, &admit("a", "young")).await.expect("it is kept"), answer);
    let again = service.send(old, &admit("a", "old")).await;
    assert!(matches!(again, Err(ExecuteError::Refused(Refusal::AlreadyThere))), "{again:?}");
    Disk::check_with(backend, &service).await;
}

const KEPT: &str = "select count(*) from command";
