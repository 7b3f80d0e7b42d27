//! The bus is away while commands go on: killed, frozen, cut off, or not yet there. Commands are accepted all the
//! while, everything arrives afterwards, and nothing is lost.

use testkit::nats::Server;
use testkit::proxy::Proxy;

use crate::log::Log;
use crate::relaying::Relaying;
use crate::stream;

/// Commands before, during and after.
const COMMANDS: u32 = 40;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_while_the_server_is_killed_arrives_after_its_restart() {
    let (mut server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let relay = Relaying::start(&log, &server.url()).await;
    log.count_often("before", COMMANDS).await;
    server.kill();
    log.count_often("during", COMMANDS).await;
    server.restart().await;
    log.count_often("after", COMMANDS).await;
    relay.published_all(&log).await;
    stream::arrived(&jetstream, &log).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_while_the_server_is_frozen_arrives_after_the_thaw() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let relay = Relaying::start(&log, &server.url()).await;
    log.count_often("before", COMMANDS).await;
    relay.published_all(&log).await;
    server.freeze();
    // A publish that timed out may have been stored: the server reads it from its socket after the thaw.
    log.count_until_logged("during", &["The relay starts over"]).await;
    server.thaw();
    log.count_often("after", COMMANDS).await;
    relay.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), log.ids().await.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_while_the_network_is_cut_arrives_when_it_heals() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let proxy = Proxy::start(server.address()).await;
    let relay = Relaying::start(&log, &format!("nats://{}", proxy.address())).await;
    log.count_often("before", COMMANDS).await;
    relay.published_all(&log).await;
    proxy.cut();
    log.count_until_logged("during", &["The relay starts over"]).await;
    proxy.heal();
    log.count_often("after", COMMANDS).await;
    relay.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), log.ids().await.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_break_all_the_time_lose_nothing() {
    let (server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    let proxy = Proxy::start(server.address()).await;
    let relay = Relaying::start(&log, &format!("nats://{}", proxy.address())).await;
    for _ in 0..8 {
        log.count_often("loc-1", 10).await;
        proxy.reset();
        log.count_all(30).await;
    }
    relay.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 8 * (10 + 30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_survives_a_server_that_is_killed_in_the_middle_of_it() {
    let (mut server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    log.count_all(2_500).await;
    let relay = Relaying::start(&log, &server.url()).await;
    testkit::wait_for("the first messages", testkit::SECONDS_30, async || {
        let info = jetstream.get_stream(service::bus::STREAM).await.map_err(|error| error.to_string())?;
        if info.cached_info().state.messages > 0 { Ok(()) } else { Err("none".to_owned()) }
    })
    .await;
    server.restart().await;
    relay.published_all(&log).await;
    assert_eq!(stream::arrived(&jetstream, &log).await.len(), 2_500);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_starts_before_its_bus_publishes_when_the_bus_comes() {
    let (mut server, log) = (Server::start().await, Log::open().await);
    let jetstream = stream::provision(&server).await;
    server.kill();
    let relay = Relaying::start(&log, &server.url()).await;
    log.count_often("early", COMMANDS).await;
    server.restart().await;
    relay.published_all(&log).await;
    stream::arrived(&jetstream, &log).await;
}
