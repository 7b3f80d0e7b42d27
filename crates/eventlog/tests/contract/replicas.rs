//! Two replicas on one PostgreSQL behave as one log, and follow each other.

use futures::future::join_all;
use testkit::{SECONDS_2, SECONDS_10, wait_for};

use crate::backend::Backend;
use crate::clock::Clock;
use crate::disk::Disk;
use crate::order::{COMMANDS_PER_WRITER, WRITERS, read_until_closing, two_replicas, write};
use crate::service::{Service, admit};

on_postgres!(
    two_replicas_write_at_once_without_holes,
    a_follower_sees_what_another_replica_wrote,
    a_follower_that_settles_has_seen_everything_that_was_answered_before,
    a_follower_that_lost_its_wake_up_sees_it_as_well,
    a_follower_that_reads_beyond_the_head_still_counts_every_report,
    a_replica_that_opens_during_a_commit_still_counts_every_report,
    two_replicas_answer_a_command_the_same,
);

async fn two_replicas_write_at_once_without_holes(backend: &Backend) {
    let (one, other) = two_replicas(backend).await;
    let readers = [&one, &other].map(|service| tokio::spawn(read_until_closing(service.log.outbox())));
    one.open_house("a", 1_000).await;
    write(&[&one, &other]).await;
    one.open_house("closing", 1).await;
    for reader in readers {
        reader.await.expect("the reader missed nothing");
    }
    let disk = Disk::check(backend).await;
    assert_eq!(disk.head.0.cast_unsigned(), WRITERS * COMMANDS_PER_WRITER + 2);
    assert!(disk.is_in_order_of_time(), "positions were not given in the order of the decisions");
    for service in [&one, &other] {
        wait_position(service, disk.head).await;
        Disk::check_with(backend, service).await;
    }
}

async fn a_follower_sees_what_another_replica_wrote(backend: &Backend) {
    let (one, other) = two_replicas(backend).await;
    one.open_house("a", 1_000).await;
    for guest in ["anna", "bram", "cees"] {
        one.admit("a", guest).await;
        wait_for("the follower to see it", SECONDS_2, async || {
            if other.has("a", guest) { Ok(()) } else { Err(format!("{:?}", other.log.view())) }
        })
        .await;
    }
    wait_position(&other, (4, 4)).await;
}

/// Without waiting for word of it: what is told of now must not change when it is asked again.
async fn a_follower_that_settles_has_seen_everything_that_was_answered_before(backend: &Backend) {
    let (one, other) = two_replicas(backend).await;
    one.open_house("a", 1_000).await;
    for guest in 0..100 {
        let guest = format!("gast-{guest}");
        one.admit("a", &guest).await;
        other.log.settled().await.expect("it settles");
        assert!(other.has("a", &guest), "{guest} came in before it was asked");
    }
}

async fn a_follower_that_lost_its_wake_up_sees_it_as_well(backend: &Backend) {
    let (one, other) = two_replicas(backend).await;
    one.open_house("a", 1_000).await;
    // A session of which this is the last statement does nothing else.
    let listeners = "select pid::bigint from pg_stat_activity
        where datname = current_database() and query like 'LISTEN%'";
    let listening = wait_for("both replicas to listen", SECONDS_10, async || {
        let listening = backend.numbers(listeners).await;
        if listening.len() == 2 { Ok(listening) } else { Err(format!("{listening:?}")) }
    })
    .await;
    assert_eq!(backend.numbers(END_LISTENERS).await.len(), listening.len());
    one.admit("a", "anna").await;
    wait_for("the follower to see it", SECONDS_2, async || {
        if other.has("a", "anna") { Ok(()) } else { Err(format!("{:?}", other.log.view())) }
    })
    .await;
}

/// Between two reads of a follower another replica commits; what it then reads belongs together all the same.
async fn a_follower_that_reads_beyond_the_head_still_counts_every_report(backend: &Backend) {
    let service = Service::start(backend).await;
    service.open_house("a", 9).await;
    between_head_and_events(backend, || ()).await;
    service.wait_guest("a", "bram", true).await;
    wait_position(&service, (3, 3)).await;
}

async fn a_replica_that_opens_during_a_commit_still_counts_every_report(backend: &Backend) {
    let first = Service::start(backend).await;
    first.open_house("a", 9).await;
    first.stop().await;
    let opening = between_head_and_events(backend, || {
        let url = backend.url();
        tokio::spawn(async move { Service::start_on(&url, &Clock::new()).await })
    });
    let opening = opening.await;
    let service = opening.await.expect("the log opens");
    service.wait_guest("a", "bram", true).await;
    wait_position(&service, (3, 3)).await;
}

async fn two_replicas_answer_a_command_the_same(backend: &Backend) {
    let (one, other) = two_replicas(backend).await;
    one.open_house("a", 1_000).await;
    let id = uuid::Uuid::now_v7();
    let anna = &admit("a", "anna");
    let outcomes = join_all((0..50).map(|number| if number % 2 == 0 { &one } else { &other }.send(id, anna))).await;
    let mut answers: Vec<_> = outcomes.into_iter().map(|outcome| outcome.expect("each is admitted")).collect();
    answers.dedup();
    assert_eq!(answers.len(), 1, "answers differ: {answers:?}");
    assert_eq!(Disk::check(backend).await.effects_of(id), 1);
}

/// Plays another replica that commits Anna, and then Bram while somebody who knows the head of Anna waits to read
/// her. The head of Anna goes first only because that reader must see it: nobody else looks.
async fn between_head_and_events<T>(backend: &Backend, start_reader: impl FnOnce() -> T) -> T {
    let mut replica = backend.direct().await;
    replica.run("begin; lock table event in access exclusive mode").await;
    backend.run("update log_head set position = 2, reports = 2; select pg_notify('onderdak_log', '')").await;
    let started = start_reader();
    wait_for("the reader to have read the head", SECONDS_10, async || {
        let waiting = "select count(*) from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and query like '%from event%'";
        if backend.numbers(waiting).await == [1] { Ok(()) } else { Err("nobody waits for the events".to_owned()) }
    })
    .await;
    replica.run(ANNA_AND_BRAM).await;
    replica.run("commit").await;
    started
}

const END_LISTENERS: &str = "select pg_terminate_backend(pid)::int::bigint from pg_stat_activity
    where datname = current_database() and query like 'LISTEN%'";
const ANNA_AND_BRAM: &str = r#"
    insert into event (position, stream, type, data, actor, at) values
        (2, 'a', 'admitted', '{"house":"a","guest":"anna","until":null,"booking":"01890000-0000-7000-8000-000000000001"}', 'gast:1', 1),
        (3, 'a', 'admitted', '{"house":"a","guest":"bram","until":null,"booking":"01890000-0000-7000-8000-000000000002"}', 'gast:1', 2);
    insert into report (position, id, subject, data, at) values
        (2, '01890000-0000-7000-8000-00000000000a', 'inn.a', '{}', 1),
        (3, '01890000-0000-7000-8000-00000000000b', 'inn.a', '{}', 2);
    update log_head set position = 3, reports = 3;
    select pg_notify('onderdak_log', '')"#;

/// Waits until what readers see is as far as the disk.
async fn wait_position(service: &Service, head: (i64, i64)) {
    wait_for("the view to be as far as the disk", SECONDS_10, async || {
        let view = service.log.view();
        let seen = (view.position.cast_signed(), view.reports.cast_signed());
        if seen == head { Ok(()) } else { Err(format!("events and reports seen: {seen:?}, on disk: {head:?}")) }
    })
    .await;
}
