//! A relay as a service runs it, with its own connection to the bus. It never waits for time.

use async_nats::jetstream::Context;
use service::relay::{self, Identity, Progress};
use service::{bus, cloudevent};
use testkit::{SECONDS_10, SECONDS_60, wait_for};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::lines;
use crate::log::Log;
use crate::stream::region;

/// A running relay, which ends with this value.
pub(crate) struct Relaying {
    pub(crate) progress: Progress,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Relaying {
    pub(crate) async fn start(log: &Log, url: &str) -> Self {
        lines::keep();
        Self::over(log, connect(url).await)
    }

    /// The same over a bus that is connected.
    pub(crate) fn over(log: &Log, jetstream: Context) -> Self {
        let (progress, stop) = (Progress::default(), CancellationToken::new());
        let identity = Identity { service: "beds", region: region(), source: source() };
        let relaying = relay::run(log.handle.outbox(), jetstream, identity, progress.clone(), stop.clone());
        Self { progress, stop, running: tokio::spawn(relaying) }
    }

    /// Waits until the bus has acknowledged every report of the log.
    pub(crate) async fn published_all(&self, log: &Log) {
        let head = log.handle.outbox().head().await.expect("the outbox can be read");
        wait_for("the relay to be at the head", SECONDS_60, async || match self.progress.published() {
            at if at == head => Ok(()),
            at => Err(format!("at {at} of {head}")),
        })
        .await;
    }

    /// Stops it in order.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(SECONDS_10, &mut self.running).await;
        ended.expect("a relay stops within ten seconds").expect("a relay does not panic");
    }
}

impl Drop for Relaying {
    fn drop(&mut self) {
        self.running.abort();
    }
}

pub(crate) fn source() -> String {
    cloudevent::source("00000001003214345000", "beds")
}

/// The bus as a service connects to it.
pub(crate) async fn connect(url: &str) -> Context {
    let options = bus::Options { url: url.to_owned(), nkey_seed: None, region: region() };
    bus::jetstream(bus::connect(&options, "beds").await.expect("a bus that is away is no error"))
}
