//! A command id has one effect and one answer, however often and however concurrently it is sent; refusals too.

use eventlog::ExecuteError;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::backend::Backend;
use crate::clock::Clock;
use crate::disk::Disk;
use crate::inn::{Answer, Refusal};
use crate::service::{Outcome, Service, admit, leave, open, send};

const AT_ONCE: usize = 50;

on_both!(
    a_command_sent_again_has_one_effect_and_one_answer,
    a_command_sent_fifty_times_at_once_has_one_effect_and_one_answer,
    a_refusal_stays_a_refusal,
    a_refusal_sent_fifty_times_at_once_is_the_same,
    an_id_of_another_command_is_told_apart,
    after_a_restart_the_stored_answer_still_comes,
    a_refusal_leaves_no_trace,
);

async fn a_command_sent_again_has_one_effect_and_one_answer(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 9).await;
    let (id, anna) = (Uuid::now_v7(), admit("a", "anna"));
    let first = service.send(id, &anna).await.expect("anna is admitted");
    assert_eq!(service.send(id, &anna).await.expect("the second time too"), first);
    service.admit("a", "bram").await;
    assert_eq!(service.send(id, &anna).await.expect("the third time too"), first);
    let disk = Disk::check_with(backend, &service).await;
    assert_eq!((disk.effects_of(id), disk.head), (1, (3, 3)));
}

async fn a_command_sent_fifty_times_at_once_has_one_effect_and_one_answer(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 9).await;
    let id = Uuid::now_v7();
    let mut answers: Vec<Answer> = Vec::new();
    for outcome in fifty_times(&service, id).await {
        answers.push(outcome.expect("each is admitted"));
    }
    assert_eq!(answers.len(), AT_ONCE);
    answers.dedup();
    assert_eq!(answers.len(), 1, "answers differ: {answers:?}");
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 1);
}

async fn a_refusal_stays_a_refusal(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 1).await;
    service.admit("a", "anna").await;
    let (id, bram) = (Uuid::now_v7(), admit("a", "bram"));
    assert!(is_full(&service.send(id, &bram).await));
    service.send(Uuid::now_v7(), &leave("a", "anna")).await.expect("anna leaves");
    for _ in 0..2 {
        assert!(is_full(&service.send(id, &bram).await), "a refusal was decided again");
    }
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 0);
    service.admit("a", "bram").await;
}

async fn a_refusal_sent_fifty_times_at_once_is_the_same(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 0).await;
    let id = Uuid::now_v7();
    assert!(fifty_times(&service, id).await.iter().all(is_full));
    assert_eq!(Disk::check_with(backend, &service).await.effects_of(id), 0);
}

async fn an_id_of_another_command_is_told_apart(backend: &Backend) {
    let (log, writer) = open(&backend.url(), &Clock::new()).await.expect("the log opens");
    let (id, late) = (Uuid::now_v7(), Uuid::now_v7());
    let opens = crate::inn::Command::Open { house: "a".to_owned(), beds: 9 };
    // Nobody writes yet, so these come into one batch, in this order.
    let (anna, bram) = (admit("a", "anna"), admit("a", "bram"));
    let in_one_batch =
        async { tokio::join!(biased; send(&log, late, &opens), send(&log, id, &anna), send(&log, id, &bram)) };
    let running = async { Service::run(log.clone(), writer) };
    let ((opened, first, second), service) = tokio::join!(biased; in_one_batch, running);
    assert!(opened.is_ok() && first.is_ok());
    assert!(matches!(second, Err(ExecuteError::CommandIdReused)), "{second:?}");

    let later = service.send(id, &admit("a", "cees")).await;
    assert!(matches!(later, Err(ExecuteError::CommandIdReused)), "{later:?}");
    assert_eq!(service.send(id, &anna).await.ok(), first.ok());
    let disk = Disk::check_with(backend, &service).await;
    assert_eq!((disk.effects_of(id), disk.head.0), (1, 2));
}

async fn after_a_restart_the_stored_answer_still_comes(backend: &Backend) {
    let (id, refused, other) = (Uuid::now_v7(), Uuid::now_v7(), admit("a", "bram"));
    let service = Service::start(backend).await;
    service.open_house("a", 1).await;
    let first = service.send(id, &admit("a", "anna")).await.expect("anna is admitted");
    assert!(is_full(&service.send(refused, &other).await));
    service.send(Uuid::now_v7(), &leave("a", "anna")).await.expect("anna leaves");
    let before = service.log.view();
    service.stop().await;

    let service = Service::start(backend).await;
    let after = service.log.view();
    assert_eq!((&after.state, after.position, after.reports), (&before.state, before.position, before.reports));
    assert_eq!(service.send(id, &admit("a", "anna")).await.expect("the answer was stored"), first);
    assert!(is_full(&service.send(refused, &other).await));
    assert!(matches!(service.send(refused, &admit("a", "cees")).await, Err(ExecuteError::CommandIdReused)));
    Disk::check_with(backend, &service).await;
}

async fn a_refusal_leaves_no_trace(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 1).await;
    service.admit("a", "anna").await;
    let (before, on_disk) = (service.log.view(), Disk::check(backend).await);
    let refused = [admit("a", "bram"), admit("a", "anna"), admit("b", "anna"), leave("a", "bram")];
    for command in &refused {
        let outcome = service.send(Uuid::now_v7(), command).await;
        assert!(matches!(outcome, Err(ExecuteError::Refused(_))), "{command:?}: {outcome:?}");
    }
    let (after, disk) = (service.log.view(), Disk::check_with(backend, &service).await);
    assert_eq!((&after.state, after.position, after.reports), (&before.state, before.position, before.reports));
    assert_eq!((disk.events.len(), disk.reports.len(), disk.head), (2, 2, on_disk.head));
}

async fn fifty_times(service: &Service, id: Uuid) -> Vec<Outcome> {
    let mut callers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let log = service.log.clone();
        callers.spawn(async move { send(&log, id, &admit("a", "anna")).await });
    }
    callers.join_all().await
}

fn is_full(outcome: &Outcome) -> bool {
    matches!(outcome, Err(ExecuteError::Refused(Refusal::Full { .. })))
}
