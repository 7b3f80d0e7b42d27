//! What the relay publishes when nothing is wrong: every report once, in order, as the contract of the bus says; a
//! backlog as atomic batches.

use std::collections::{BTreeMap, BTreeSet};

use testkit::nats::Server;
use testkit::{SECONDS_10, wait_for};

use crate::beds::{Command, subject};
use crate::log::{Log, TRACEPARENT, message_id};
use crate::relaying::Relaying;
use crate::stream::{self, Stored, Tap};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_report_arrives_once_and_in_order() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let relay = Relaying::start(&log, &server.url()).await;
    for number in 0..30 {
        log.count(&format!("loc-{}", number % 3), number).await;
    }
    relay.published_all(&log).await;
    let reports = log.reports().await;
    let messages = stream::arrived(&jetstream, &log).await;
    assert_eq!(stream::ids(&messages), reports.iter().map(message_id).collect::<Vec<_>>());
    assert_eq!(messages[4].subject, subject("loc-1"));
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_carries_its_id_its_content_type_and_the_trace_of_its_command() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let _relay = Relaying::start(&log, &server.url()).await;
    let command = log.count("loc-1", 4).await;
    let message = stream::arrived(&jetstream, &log).await.remove(0);
    assert_eq!(message.header("Content-Type"), Some("application/cloudevents+json"));
    assert_eq!(message.header("traceparent"), Some(TRACEPARENT));
    let id = message.id();
    let uuid = id.strip_prefix("beds/").expect("service/uuid");
    assert!(uuid::Uuid::try_parse(uuid).is_ok_and(|id| !id.is_nil()), "{uuid}");
    let names: BTreeSet<String> = message.headers.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(names, BTreeSet::from(["Content-Type", "Nats-Msg-Id", "traceparent"].map(str::to_owned)));
    let sent = format!("{message:?}{}", String::from_utf8_lossy(&message.payload));
    assert!(!sent.contains("jan-jansen"), "who acted must not leave the log: {sent}");
    assert!(!sent.contains(&command.to_string()), "the command id must not leave the log: {sent}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_without_a_trace_has_no_traceparent() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let _relay = Relaying::start(&log, &server.url()).await;
    let meta = eventlog::Meta { command_id: None, actor: "systeem:klok".to_owned(), traceparent: None };
    let command = Command::Count { location: "loc-1".to_owned(), beds: 1 };
    log.handle.execute(meta, command).await.expect("the log takes every count");
    assert_eq!(stream::arrived(&jetstream, &log).await[0].header("traceparent"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_goes_as_atomic_batches_and_in_order() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    log.count_all(2_500).await;
    let relay = Relaying::start(&log, &server.url()).await;
    relay.published_all(&log).await;
    let messages = stream::arrived(&jetstream, &log).await;
    let reports = log.reports().await;
    assert_eq!(stream::ids(&messages), reports.iter().map(message_id).collect::<Vec<_>>());
    let mut batches: BTreeMap<&str, Vec<&Stored>> = BTreeMap::new();
    for message in &messages {
        batches.entry(message.header("Nats-Batch-Id").expect("part of a batch")).or_default().push(message);
    }
    assert_eq!(batches.len(), 25);
    for batch in batches.values() {
        let numbers: Vec<String> = (1..=100).map(|number| number.to_string()).collect();
        let found: Vec<&str> = batch.iter().filter_map(|message| message.header("Nats-Batch-Sequence")).collect();
        assert_eq!(found, numbers);
        let commits: Vec<Option<&str>> = batch.iter().map(|message| message.header("Nats-Batch-Commit")).collect();
        assert!(commits[..99].iter().all(Option::is_none) && commits[99] == Some("1"), "{commits:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_reports_go_one_by_one() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    log.count_all(5).await;
    let _relay = Relaying::start(&log, &server.url()).await;
    let messages = stream::arrived(&jetstream, &log).await;
    assert!(messages.iter().all(|message| message.header("Nats-Batch-Id").is_none()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_of_one_log_harm_nobody() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let tap = Tap::on(&server.client().await).await;
    let (one, other) = (Relaying::start(&log, &server.url()).await, Relaying::start(&log, &server.url()).await);
    log.count_often("loc-1", 40).await;
    one.published_all(&log).await;
    other.published_all(&log).await;
    tap.wait_times(&log.ids().await, 2).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_too_large_for_the_bus_does_not_keep_back_the_later_ones() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let _relay = Relaying::start(&log, &server.url()).await;
    log.count("before", 1).await;
    log.execute(Command::CountLong { location: "long".to_owned(), bytes: 300 * 1024 }).await;
    // More than the relay reads at a time.
    log.count_all(1_200).await;
    log.count("last", 1).await;
    wait_for("the last report after the one that is too large", SECONDS_10, async || {
        let stored = stream::stored(&jetstream).await?;
        let there = stored.iter().any(|message| message.subject == subject("last"));
        if there { Ok(()) } else { Err(format!("{} reports are there", stored.len())) }
    })
    .await;
}
