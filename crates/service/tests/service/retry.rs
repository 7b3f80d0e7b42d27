//! The retry table: what a server that stands alone and a cluster of three do with a publish that comes again, and
//! that the relay ends with every report stored whichever of them it is.

use std::collections::BTreeSet;

use async_nats::HeaderMap;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::Context;
use service::bus;
use testkit::nats::{Cluster, Server};
use testkit::{SECONDS_30, wait_for};

use crate::beds::subject;
use crate::lines;
use crate::log::{Log, message_id};
use crate::relaying::{Relaying, connect};
use crate::stream::{self, Tap, ids};

/// Two tests for every rule.
macro_rules! on_both {
    ($($rule:ident),+ $(,)?) => {
        mod single {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(super::Bus::single().await).await;
            })+
        }
        mod cluster {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $rule() {
                super::$rule(super::Bus::cluster().await).await;
            })+
        }
    };
}

on_both!(
    the_same_id_again_is_a_duplicate_and_is_stored_once,
    a_batch_with_an_id_that_was_stored_before_is_refused_whole_and_its_reports_go_one_by_one,
    a_leader_that_is_killed_while_reports_are_published_loses_none,
    a_bus_that_answers_nothing_for_a_while_gets_what_timed_out_again,
);

/// Servers with the stream on each of them.
enum Bus {
    Single(Server),
    Cluster(Cluster),
}

impl Bus {
    async fn single() -> Self {
        let server = Server::start().await;
        stream::provision(&server).await;
        Self::Single(server)
    }

    async fn cluster() -> Self {
        let cluster = Cluster::start(3).await;
        stream::provision_with(connect(&cluster.urls()).await.client(), 3).await;
        Self::Cluster(cluster)
    }

    fn url(&self) -> String {
        match self {
            Self::Single(server) => server.url(),
            Self::Cluster(cluster) => cluster.urls(),
        }
    }

    /// SIGKILL for the leader of the stream. A server alone is started again; of a cluster two go on.
    async fn kill_leader(&mut self, jetstream: &Context) {
        match self {
            Self::Single(server) => server.restart().await,
            Self::Cluster(cluster) => {
                let leader = leader(jetstream).await;
                cluster.nodes[leader].kill();
            }
        }
    }

    /// Freezes so many servers that nothing can be stored any more.
    async fn freeze(&self, jetstream: &Context) {
        match self {
            Self::Single(server) => server.freeze(),
            Self::Cluster(cluster) => {
                let leader = leader(jetstream).await;
                cluster
                    .nodes
                    .iter()
                    .enumerate()
                    .filter(|(number, _)| *number != leader)
                    .for_each(|(_, node)| node.freeze());
            }
        }
    }

    fn thaw(&self) {
        match self {
            Self::Single(server) => server.thaw(),
            Self::Cluster(cluster) => cluster.nodes.iter().for_each(Server::thaw),
        }
    }
}

/// The number of the server that leads the stream; the servers are named n1, n2, n3.
async fn leader(jetstream: &Context) -> usize {
    wait_for("the stream to have a leader", SECONDS_30, async || {
        let stream = jetstream.get_stream(bus::STREAM).await.map_err(|error| error.to_string())?;
        let name = stream.cached_info().cluster.as_ref().and_then(|cluster| cluster.leader.clone());
        let number = name.as_deref().and_then(|name| name.strip_prefix('n')?.parse::<usize>().ok());
        number.map(|number| number - 1).ok_or_else(|| format!("{name:?} leads"))
    })
    .await
}

/// Publishes a text under an id and waits for the ack.
async fn publish(jetstream: &Context, id: &str, text: &'static str) -> async_nats::jetstream::publish::PublishAck {
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, id);
    let ack = jetstream.publish_with_headers(subject("loc-1"), headers, text.into()).await;
    ack.expect("the publish is on its way").await.expect("the publish is acknowledged")
}

async fn the_same_id_again_is_a_duplicate_and_is_stored_once(bus: Bus) {
    let jetstream = connect(&bus.url()).await;
    let first = publish(&jetstream, "beds/1", "one").await;
    let other = publish(&jetstream, "beds/2", "two").await;
    let again = publish(&jetstream, "beds/1", "one").await;
    assert!(!first.duplicate && !other.duplicate && again.duplicate);
    assert_eq!((first.sequence, again.sequence), (1, 1));
    let messages = stream::stored(&jetstream).await.expect("the stream can be read");
    assert_eq!(ids(&messages), ["beds/1", "beds/2"]);
}

async fn a_batch_with_an_id_that_was_stored_before_is_refused_whole_and_its_reports_go_one_by_one(bus: Bus) {
    let (jetstream, log) = (connect(&bus.url()).await, Log::open().await);
    log.count_all(60).await;
    let known = log.reports().await.remove(30);
    let event = service::relay::event_json(&known, &crate::relaying::source()).expect("the log holds JSON");
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, message_id(&known));
    let ack = jetstream.publish_with_headers(known.subject.clone(), headers, event.into()).await;
    ack.expect("the publish is on its way").await.expect("the publish is acknowledged");

    let tap = Tap::on(&jetstream.client()).await;
    let relay = Relaying::start(&log, &bus.url()).await;
    relay.published_all(&log).await;
    let messages = stream::arrived(&jetstream, &log).await;
    assert_eq!(messages.len(), 60);
    assert!(messages.iter().all(|message| message.header("Nats-Batch-Id").is_none()), "a part of a batch was stored");
    assert_eq!(lines::with(&["A batch was refused", "service=\"beds\""]).len(), 1);
    tap.wait_times(&log.ids().await, 1).await;
}

async fn a_leader_that_is_killed_while_reports_are_published_loses_none(mut bus: Bus) {
    let (jetstream, log) = (connect(&bus.url()).await, Log::open().await);
    let relay = Relaying::start(&log, &bus.url()).await;
    let counting = async {
        for _ in 0..10 {
            log.count_often("loc-1", 20).await;
            log.count_all(50).await;
        }
    };
    let killing = async {
        wait_for("reports to be published", SECONDS_30, async || match relay.progress.published() {
            0 => Err("none yet".to_owned()),
            _ => Ok(()),
        })
        .await;
        bus.kill_leader(&jetstream).await;
    };
    tokio::join!(counting, killing);
    log.count_often("after", 10).await;
    relay.published_all(&log).await;
    let messages = stream::arrived(&jetstream, &log).await;
    let different: BTreeSet<String> = ids(&messages).into_iter().collect();
    assert_eq!((messages.len(), different.len()), (10 * 70 + 10, 10 * 70 + 10), "copies within the window");
}

async fn a_bus_that_answers_nothing_for_a_while_gets_what_timed_out_again(bus: Bus) {
    let (jetstream, log) = (connect(&bus.url()).await, Log::open().await);
    let relay = Relaying::start(&log, &bus.url()).await;
    log.count_often("before", 5).await;
    relay.published_all(&log).await;
    bus.freeze(&jetstream).await;
    log.count_until_logged("one-by-one", &["The relay starts over"]).await;
    log.count_all(100).await;
    bus.thaw();
    relay.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), log.ids().await.len());
}
