//! A real nats-server does what these tests of the test toolbox count on: it answers, keeps what it
//! acknowledged over SIGKILL, and forms a cluster that survives one of its servers.

use std::time::Duration;

use async_nats::jetstream::{self, Context, stream};
use testkit::{SECONDS_30, nats, wait_for};

#[tokio::test]
async fn a_server_answers() {
    let server = nats::Server::start().await;
    let client = server.client().await;
    assert!(client.server_info().jetstream);
    client.flush().await.unwrap();
}

#[tokio::test]
async fn an_acknowledged_message_survives_kill_and_restart() {
    let mut server = nats::Server::start().await;
    let url = server.url();
    let jetstream = jetstream::new(server.client().await);
    store_one_message(&jetstream, 1).await;

    server.kill();
    server.restart().await;
    server.jetstream_ready().await;

    assert_eq!(server.url(), url);
    assert_eq!(stored_messages(&jetstream::new(server.client().await)).await, 1);
}

#[tokio::test]
async fn a_wiped_server_starts_empty() {
    let mut server = nats::Server::start().await;
    store_one_message(&jetstream::new(server.client().await), 1).await;

    server.wipe_store();
    server.restart().await;
    server.jetstream_ready().await;

    let jetstream = jetstream::new(server.client().await);
    assert!(jetstream.get_stream("KEPT").await.is_err());
}

#[tokio::test]
async fn a_frozen_server_goes_on_when_thawed() {
    let server = nats::Server::start().await;
    let client = server.client().await;
    server.freeze();
    let jetstream = jetstream::new(client);
    let answer = tokio::time::timeout(Duration::from_millis(200), jetstream.query_account()).await;
    assert!(answer.is_err(), "a frozen server answered");
    server.thaw();
    server.jetstream_ready().await;
}

#[tokio::test]
async fn cluster_of_three_keeps_a_message_while_one_server_is_away() {
    let mut cluster = nats::Cluster::start(3).await;
    store_one_message(&jetstream::new(cluster.nodes[0].client().await), 3).await;

    cluster.nodes[0].kill();
    let jetstream = cluster.nodes[1].jetstream().await;
    wait_for("two of three servers to have the message", SECONDS_30, async || {
        let mut stream = jetstream.get_stream("KEPT").await.map_err(|error| error.to_string())?;
        let info = stream.info().await.map_err(|error| error.to_string())?;
        if info.state.messages == 1 { Ok(()) } else { Err(format!("{} messages", info.state.messages)) }
    })
    .await;

    cluster.nodes[0].restart().await;
    cluster.ready().await;
}

async fn store_one_message(jetstream: &Context, replicas: usize) {
    let config = stream::Config {
        name: "KEPT".into(),
        subjects: vec!["kept".into()],
        num_replicas: replicas,
        ..Default::default()
    };
    jetstream.create_stream(config).await.expect("the stream can be made");
    // A cluster that has just made a stream may not know it everywhere yet; it then stores nothing and says so.
    wait_for("the message to be acknowledged", SECONDS_30, async || {
        let acknowledged = jetstream.publish("kept", "once".into()).await.map_err(|error| error.to_string())?;
        acknowledged.await.map_err(|error| error.to_string())
    })
    .await;
}

async fn stored_messages(jetstream: &Context) -> u64 {
    let mut stream = jetstream.get_stream("KEPT").await.expect("the stream is there");
    stream.info().await.expect("the stream tells").state.messages
}
