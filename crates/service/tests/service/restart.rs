//! The relay starts again, or the stream is not the one it was: what was published and not noted is published again
//! under the same id, and a stream that lost messages gets them again.

use std::collections::BTreeSet;

use async_nats::jetstream::Context;
use service::broker::Broker;
use service::bus;
use testkit::nats::Server;
use testkit::{SECONDS_10, SECONDS_30, TempDir, wait_for};

use crate::broker::{copy, nats_server};
use crate::lines;
use crate::log::Log;
use crate::relaying::Relaying;
use crate::stream::{self, Tap};

/// Publishes everything, forgets that it did, and starts another relay; returns when that one is done.
async fn restarted_before_the_cursor_moved(log: &Log, server: &Server) {
    let first = Relaying::start(log, &server.url()).await;
    first.published_all(log).await;
    first.stop().await;
    log.forget_cursors().await;
    Relaying::start(log, &server.url()).await.published_all(log).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_stopped_before_its_cursor_moved_publishes_the_same_ids_again_and_no_second_copy_is_stored() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let tap = Tap::on(&server.client().await).await;
    log.count_all(10).await;
    restarted_before_the_cursor_moved(&log, &server).await;
    let ids = log.ids().await;
    tap.wait_times(&ids, 2).await;
    assert!(ids.iter().all(|id| tap.times(id) == 2), "{:?}", tap.ids());
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_was_stored_and_not_noted_is_published_again_and_no_second_copy_is_stored() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let tap = Tap::on(&server.client().await).await;
    log.count_all(150).await;
    restarted_before_the_cursor_moved(&log, &server).await;
    tap.wait_times(&log.ids().await, 2).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_that_cannot_be_moved_makes_the_relay_publish_again_and_no_second_copy_is_stored() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let tap = Tap::on(&server.client().await).await;
    log.count_all(10).await;
    let lock = log.lock().await;
    let relay = Relaying::start(&log, &server.url()).await;
    tap.wait_times(&log.ids().await, 2).await;
    assert_eq!(log.cursors().await, 0, "the cursor cannot have moved");
    lock.release().await;
    relay.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_that_starts_again_goes_on_where_it_was() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let tap = Tap::on(&server.client().await).await;
    let first = Relaying::start(&log, &server.url()).await;
    log.count_often("before", 5).await;
    first.published_all(&log).await;
    first.stop().await;
    let before = log.ids().await;
    log.count_often("after", 5).await;
    Relaying::start(&log, &server.url()).await.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 10);
    assert!(before.iter().all(|id| tap.times(id) == 1), "published again: {:?}", tap.ids());
}

async fn delete_and_make_anew(server: &Server, jetstream: &Context) {
    jetstream.delete_stream(bus::STREAM).await.expect("the stream goes");
    assert_eq!(
        stream::provision(server).await.get_stream(bus::STREAM).await.expect("made").cached_info().state.messages,
        0
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_made_anew_gets_everything_again_at_the_next_start() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let first = Relaying::start(&log, &server.url()).await;
    log.count_all(50).await;
    log.count_often("loc-1", 5).await;
    first.published_all(&log).await;
    first.stop().await;
    delete_and_make_anew(&server, &jetstream).await;
    let _relay = Relaying::start(&log, &server.url()).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 55);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_made_anew_under_a_running_relay_gets_everything_again() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let relay = Relaying::start(&log, &server.url()).await;
    log.count_often("before", 5).await;
    relay.published_all(&log).await;
    jetstream.delete_stream(bus::STREAM).await.expect("the stream goes");
    log.count("during", 1).await;
    lines::wait(&["The relay starts over", "stream ONDERDAK is missing"]).await;
    stream::provision(&server).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_made_anew_under_an_idle_relay_gets_everything_again_with_the_next_report() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let relay = Relaying::start(&log, &server.url()).await;
    log.count_often("before", 5).await;
    relay.published_all(&log).await;
    delete_and_make_anew(&server, &jetstream).await;
    log.count("after", 1).await;
    assert_eq!(stream::arrived_within(SECONDS_10, &jetstream, &log).await.len(), 6);
}

/// A server of which the store can be kept and put back.
struct Restorable {
    broker: Option<Broker>,
    dir: TempDir,
    port: u16,
}

impl Restorable {
    async fn start() -> Self {
        let dir = TempDir::new("restorable");
        let mut server = Self { broker: None, dir, port: 0 };
        server.start_again().await;
        server
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    async fn stop(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.stop().await;
        }
    }

    async fn start_again(&mut self) {
        let broker = Broker::start(&nats_server(), &self.dir.join("bus"), self.port).await.expect("nats-server starts");
        self.port = broker.url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        self.broker = Some(broker);
    }

    /// Keeps a copy of the store as it is now.
    async fn keep_copy(&mut self) {
        self.stop().await;
        copy(&self.dir.join("bus/jetstream"), &self.dir.join("kept"));
        self.start_again().await;
    }

    /// Goes back to the copy.
    async fn put_back(&mut self) {
        self.stop().await;
        std::fs::remove_dir_all(self.dir.join("bus/jetstream")).expect("the store goes");
        copy(&self.dir.join("kept"), &self.dir.join("bus/jetstream"));
        self.start_again().await;
    }
}

/// A server with a stream of 30 reports and a log that goes 30 further; all of it was acknowledged.
async fn acknowledged_twice(server: &mut Restorable, log: &Log) -> (Context, Relaying, BTreeSet<String>) {
    let client = async_nats::connect(server.url()).await.expect("the server answers");
    let jetstream = stream::provision_with(client, 1).await;
    let relay = Relaying::start(log, &server.url()).await;
    log.count_often("kept", 30).await;
    relay.published_all(log).await;
    server.keep_copy().await;
    let kept = log.ids().await;
    log.count_often("lost", 30).await;
    relay.published_all(log).await;
    stream::arrived(&jetstream, log).await;
    (jetstream, relay, kept)
}

/// Waits until a stream answers, and checks what it holds.
async fn holds(jetstream: &Context, ids: &BTreeSet<String>) {
    let there = wait_for("the stream to answer", SECONDS_30, async || stream::stored(jetstream).await).await;
    assert_eq!(stream::ids(&there).into_iter().collect::<BTreeSet<_>>(), *ids);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_lost_its_end_gets_everything_again() {
    let (mut server, log) = (Restorable::start().await, Log::open().await);
    let (jetstream, relay, kept) = acknowledged_twice(&mut server, &log).await;
    relay.stop().await;
    server.put_back().await;
    holds(&jetstream, &kept).await;
    let tap = Tap::on(&jetstream.client()).await;
    let relay = Relaying::start(&log, &server.url()).await;
    relay.published_all(&log).await;
    stream::arrived(&jetstream, &log).await;
    tap.wait_times(&log.ids().await, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_lost_its_end_under_an_idle_relay_gets_it_again_with_the_next_report() {
    let (mut server, log) = (Restorable::start().await, Log::open().await);
    let (jetstream, relay, kept) = acknowledged_twice(&mut server, &log).await;
    server.put_back().await;
    holds(&jetstream, &kept).await;
    log.count("after", 1).await;
    stream::arrived_within(SECONDS_10, &jetstream, &log).await;
    relay.published_all(&log).await;
}
