//! The nats-server of the embedded default: it starts, keeps what it stored, and says clearly why it cannot start.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use async_nats::jetstream::Context;
use service::broker::{Broker, BrokerError};
use service::{Chain, bus};
use testkit::{SECONDS_10, TempDir, wait_for};

use crate::beds::subject;
use crate::stream;

/// The server that `cargo xtask test` found.
pub(crate) fn nats_server() -> PathBuf {
    std::env::var_os("ONDERDAK_NATS_SERVER").expect("run these tests through `cargo xtask test`").into()
}

/// Copies a folder with everything in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder can be made");
    for entry in std::fs::read_dir(from).expect("a folder to copy") {
        let path = entry.expect("an entry of a folder").path();
        let target = to.join(path.file_name().expect("an entry has a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("a file can be copied");
        }
    }
}

async fn start(folder: &Path) -> Broker {
    Broker::start(&nats_server(), folder, 0).await.unwrap_or_else(|error| panic!("{}", Chain(&error)))
}

async fn jetstream(broker: &Broker) -> Context {
    let url = broker.url.clone();
    bus::jetstream(
        wait_for("a connection", SECONDS_10, async || {
            async_nats::connect(&url).await.map_err(|error| error.to_string())
        })
        .await,
    )
}

/// Makes the stream and stores one message, acknowledged.
async fn store_one(broker: &Broker) {
    let jetstream = jetstream(broker).await;
    stream::provision_with(jetstream.client(), 1).await;
    let ack = jetstream.publish(subject("loc-1"), "kept".into()).await.expect("the publish is on its way");
    ack.await.expect("the publish is acknowledged");
}

async fn still_there(broker: &Broker) {
    let jetstream = jetstream(broker).await;
    let messages = wait_for("the stream", SECONDS_10, async || stream::stored(&jetstream).await).await;
    assert_eq!(messages.iter().map(|message| message.payload.as_slice()).collect::<Vec<_>>(), [b"kept"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_listens_on_loopback_and_keeps_messages_over_a_stop_and_a_start() {
    let dir = TempDir::new("broker");
    let broker = start(dir.path()).await;
    assert!(broker.url.starts_with("nats://127.0.0.1:"), "{}", broker.url);
    assert!(broker.process_id().is_some());
    store_one(&broker).await;
    let url = broker.url.clone();
    broker.stop().await;
    assert!(async_nats::connect(url).await.is_err(), "it still listens after its stop");
    let again = start(dir.path()).await;
    still_there(&again).await;
    again.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_keeps_messages_when_it_is_killed_and_tells_that_it_ended() {
    let dir = TempDir::new("broker");
    let mut broker = start(dir.path()).await;
    store_one(&broker).await;
    let id = broker.process_id().expect("it runs").to_string();
    let killed = std::process::Command::new("kill").args(["-KILL", &id]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let ended = tokio::time::timeout(SECONDS_10, broker.ended()).await.expect("its end is seen");
    assert!(ended.contains('9'), "{ended}");
    still_there(&start(dir.path()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_ends_with_its_value() {
    let dir = TempDir::new("broker");
    let broker = start(dir.path()).await;
    let url = broker.url.clone();
    drop(broker);
    wait_for("the port to be closed", SECONDS_10, async || match async_nats::connect(&url).await {
        Ok(_) => Err("it still listens".to_owned()),
        Err(_) => Ok(()),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_may_have_any_name() {
    let dir = TempDir::new("broker");
    let folder = dir.join("Jan's \"eigen\" map #1 {é}");
    let broker = start(&folder).await;
    store_one(&broker).await;
    assert!(folder.join("jetstream").is_dir());
    broker.stop().await;
}

/// What a start that fails says.
async fn refused(program: &Path, folder: &Path, port: u16) -> BrokerError {
    Broker::start(program, folder, port).await.expect_err("it cannot start")
}

#[tokio::test]
async fn a_program_that_is_missing_is_named() {
    let dir = TempDir::new("broker");
    let program = dir.join("no-such-nats-server");
    let error = refused(&program, dir.path(), 0).await;
    assert!(matches!(error, BrokerError::Missing { .. }), "{error:?}");
    let said = Chain(&error).to_string();
    assert!(said.contains(&program.display().to_string()) && said.contains("cargo xtask up"), "{said}");
    assert!(said.ends_with("het bestaat niet"), "{said}");
}

/// A program that says this is its version, and otherwise fails.
fn script(dir: &TempDir, version: &str) -> PathBuf {
    let program = dir.join("nats-server");
    std::fs::write(&program, format!("#!/bin/sh\ntest \"$1\" = --version && echo '{version}' && exit 0\nexit 3\n"))
        .and_then(|()| std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)))
        .expect("a script can be written");
    program
}

#[tokio::test]
async fn a_program_that_is_too_old_is_refused_with_its_version() {
    for (line, version) in
        [("nats-server: v2.9.10", "2.9.10"), ("nats-server: v2.11.99", "2.11.99"), ("nats-server: v1.4.1", "1.4.1")]
    {
        let dir = TempDir::new("broker");
        let error = refused(&script(&dir, line), &dir.join("bus"), 0).await;
        let BrokerError::TooOld { version: found, .. } = &error else { panic!("{error:?}") };
        assert_eq!(found, version);
        let said = error.to_string();
        assert!(said.contains(&format!("is versie {version};")) && said.contains("2.12"), "{said}");
        assert!(!dir.join("bus").exists(), "a program that is refused leaves nothing behind");
    }
}

#[tokio::test]
async fn a_version_that_is_new_enough_is_not_refused_as_too_old() {
    for line in ["nats-server: v2.12.0", "nats-server: v2.12.0-RC.1", "nats-server: v3.0.0"] {
        let dir = TempDir::new("broker");
        let error = refused(&script(&dir, line), &dir.join("bus"), 0).await;
        assert!(matches!(error, BrokerError::NotStarted { .. }), "{line}: {error:?}");
        assert!(error.to_string().contains('3'), "its exit status is told: {error}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    let dir = TempDir::new("broker");
    std::fs::write(dir.join("file"), "not a folder").expect("a file can be written");
    // Root may write in any folder, so the folder is one that cannot be made.
    let folder = dir.join("file/bus");
    let error = refused(&nats_server(), &folder, 0).await;
    assert!(matches!(error, BrokerError::Folder { .. }), "{error:?}");
    assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
}

#[tokio::test]
async fn a_store_that_cannot_be_written_is_told_in_the_words_of_the_server() {
    let dir = TempDir::new("broker");
    std::fs::write(dir.join("jetstream"), "not a folder").expect("a file can be written");
    let error = refused(&nats_server(), dir.path(), 0).await;
    let said = error.to_string();
    assert!(matches!(error, BrokerError::NotStarted { .. }) && said.to_lowercase().contains("stor"), "{said}");
}

#[tokio::test]
async fn a_port_that_is_taken_is_told_in_the_words_of_the_server() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
    let port = taken.local_addr().expect("a bound socket has an address").port();
    let dir = TempDir::new("broker");
    let error = refused(&nats_server(), dir.path(), port).await;
    let said = error.to_string();
    assert!(matches!(error, BrokerError::NotStarted { .. }) && said.contains("address already in use"), "{said}");
}
