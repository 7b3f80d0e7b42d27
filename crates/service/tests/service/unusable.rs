//! A bus that cannot be used as it is: no stream, a stream that may lose messages, a server that is too old, no
//! server. Each is said as what it is, and the relay waits until it is put right.

use async_nats::jetstream::Context;
use async_nats::jetstream::stream::{Config, PersistenceMode, StorageType};
use service::bus::{self, BusError};
use testkit::nats::Server;
use testkit::{SECONDS_30, wait_for};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::lines;
use crate::log::Log;
use crate::relaying::{Relaying, connect};
use crate::stream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_waits_for_its_stream_to_be_provisioned_and_then_works() {
    let (server, log) = (Server::start().await, Log::open().await);
    let relay = Relaying::start(&log, &server.url()).await;
    log.count_often("early", 25).await;
    lines::wait(&["The relay starts over", "stream ONDERDAK is missing; run `onderdak provision` first"]).await;
    let jetstream = stream::provision(&server).await;
    relay.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 25);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_is_missing_is_said_to_be() {
    let server = Server::start().await;
    let refused = bus::check_stream(&bus::jetstream(server.client().await)).await;
    assert!(matches!(refused, Err(BusError::NoStream(_))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_as_provisioned_is_accepted_and_provisioning_again_keeps_it() {
    let server = Server::start().await;
    let jetstream = stream::provision(&server).await;
    let made = bus::check_stream(&jetstream).await.expect("the stream is as it must be");
    stream::provision(&server).await;
    assert_eq!(bus::check_stream(&jetstream).await.expect("still as it must be"), made);
    assert_eq!(made.last, 0);
}

/// What somebody changed.
type Change = fn(&mut Config);

/// Makes a stream that somebody set up in another way.
async fn drifted(jetstream: &Context, change: Change) -> Result<bus::StreamIdentity, BusError> {
    let mut config = stream::config(1);
    change(&mut config);
    jetstream.create_stream(config).await.expect("a stream can be made");
    let checked = bus::check_stream(jetstream).await;
    jetstream.delete_stream(bus::STREAM).await.expect("the stream goes");
    checked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_may_lose_messages_is_refused_as_drift() {
    let server = Server::start().await;
    let jetstream = bus::jetstream(server.client().await);
    let changes: [(&str, Change); 5] = [
        ("in memory", |config| config.storage = StorageType::Memory),
        ("messages can be deleted", |config| config.deny_delete = false),
        ("messages can be purged", |config| config.deny_purge = false),
        ("takes no batches", |config| config.allow_atomic_publish = false),
        ("acknowledges before it writes", |config| {
            // The server allows the one only without the other.
            config.allow_atomic_publish = false;
            config.persist_mode = Some(PersistenceMode::Async);
        }),
    ];
    for (what, change) in changes {
        let checked = drifted(&jetstream, change).await;
        assert!(matches!(checked, Err(BusError::Drift(_))), "{what}: {checked:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_publishes_nothing_to_a_stream_that_drifted() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = bus::jetstream(server.client().await);
    let mut config = stream::config(1);
    config.storage = StorageType::Memory;
    jetstream.create_stream(config).await.expect("a stream can be made");
    let relay = Relaying::start(&log, &server.url()).await;
    log.count("loc-1", 1).await;
    lines::wait(&["The relay starts over", "it keeps messages in memory"]).await;
    assert_eq!((relay.progress.published(), stream::stored(&jetstream).await.expect("readable").len()), (0, 0));
}

/// A server that says it is 2.9.10, as Debian's is, and answers pings.
async fn old_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has an address");
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(greet(client, address.port()));
        }
    });
    format!("nats://{address}")
}

async fn greet(client: TcpStream, port: u16) -> std::io::Result<()> {
    let (reads, mut writes) = client.into_split();
    let info = format!(
        "INFO {{\"server_id\":\"OLD\",\"version\":\"2.9.10\",\"proto\":1,\"go\":\"go1.19\",\"host\":\"127.0.0.1\",\
         \"port\":{port},\"headers\":true,\"max_payload\":1048576,\"jetstream\":true}}\r\n"
    );
    writes.write_all(info.as_bytes()).await?;
    let mut lines = BufReader::new(reads).lines();
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("PING") {
            writes.write_all(b"PONG\r\n").await?;
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_too_old_is_refused_with_its_version() {
    let jetstream = connect(&old_server().await).await;
    let client = jetstream.client();
    let checks = wait_for("the connection", SECONDS_30, async || match bus::check_server(&client).await {
        Err(BusError::Away) => Err("not connected yet".to_owned()),
        checked => Ok([checked, bus::provision(client.clone(), stream::config(1)).await]),
    });
    for checked in checks.await {
        let Err(BusError::TooOld { found }) = &checked else { panic!("{checked:?}") };
        assert_eq!(found, "2.9.10");
        let said = checked.expect_err("it was refused").to_string();
        assert_eq!(said, "the NATS server is 2.9.10; Onderdak needs 2.12 or newer");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_relay_says_that_its_server_is_too_old_and_publishes_nothing() {
    let log = Log::open().await;
    let relay = Relaying::start(&log, &old_server().await).await;
    log.count("loc-1", 1).await;
    lines::wait(&["The relay starts over", "the NATS server is 2.9.10"]).await;
    assert_eq!(relay.progress.published(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_away_is_no_error_of_connecting_and_is_said_to_be_away() {
    let mut server = Server::start().await;
    server.kill();
    let jetstream = connect(&server.url()).await;
    let checked = bus::check_server(&jetstream.client()).await;
    assert!(matches!(checked, Err(BusError::Away)), "{checked:?}");
}
