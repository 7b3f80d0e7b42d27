//! Listening to what another service publishes: its newest report of each location first, then every new one. Whoever
//! listens keeps the place in the stream with what it heard, in its own log and in one commit, so nothing here is
//! acknowledged and nothing is heard twice. It must not know what a report means.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures::StreamExt as _;
use model::id::RegionId;
use proto::availability::v1::AvailabilityReported;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::bus::{self, BusError, StreamIdentity};
use crate::cloudevent::{AVAILABILITY_REPORTED, Event};
use crate::{Chain, clock};

/// Wait after a failure.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// How long is waited for a message before the stream is looked at: it may have been made anew, or the connection may
/// have broken off, after which the server knows no consumer any more.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// What is listened to.
#[derive(Debug, Clone)]
pub struct Listening {
    /// The region.
    pub region: RegionId,
    /// The service, the token in its subjects.
    pub service: &'static str,
}

/// A report that was heard, and where.
#[derive(Debug, Clone)]
pub struct HeardReport {
    /// The report.
    pub report: AvailabilityReported,
    /// Which stream it came from.
    pub stream: Arc<str>,
    /// Which message of it.
    pub sequence: u64,
}

/// Who listens.
pub trait Listener: Send + Sync {
    /// Up to where everything was heard, in which stream.
    fn place(&self) -> Option<(Arc<str>, u64)>;

    /// Keeps a report and says whether it did. What is not kept is heard again.
    fn keep(&self, heard: HeardReport) -> impl Future<Output = bool> + Send;
}

/// Why listening starts over.
#[derive(Debug, thiserror::Error)]
enum ListenError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error("the stream cannot be read")]
    Consumer(#[source] async_nats::error::Error<async_nats::jetstream::stream::ConsumerErrorKind>),
    #[error("the stream cannot be read")]
    Messages(#[source] async_nats::error::Error<async_nats::jetstream::consumer::StreamErrorKind>),
    #[error("reading the stream broke off")]
    Broken(#[source] async_nats::error::Error<async_nats::jetstream::consumer::pull::OrderedErrorKind>),
    #[error("the stream ended")]
    Ended,
    #[error("the stream was made anew, or the connection broke off")]
    OtherStream,
    #[error("a message does not say which one of the stream it is")]
    NoSequence,
    #[error("what was heard could not be kept")]
    NotKept,
}

/// Listens until told to stop.
pub async fn run(jetstream: Context, listening: Listening, listener: impl Listener, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let error = tokio::select! {
            error = listen_until_it_fails(&jetstream, &listening, &listener) => error,
            () = stop.cancelled() => return,
        };
        warn!(error = %Chain(&error), service = listening.service, "Listening to another service starts over");
        tokio::select! {
            () = tokio::time::sleep(AGAIN_AFTER) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn listen_until_it_fails(jetstream: &Context, listening: &Listening, listener: &impl Listener) -> ListenError {
    match listen(jetstream, listening, listener).await {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

/// Where to start: after what was heard in this very stream; in any other one with the newest report of each location,
/// which is all there is to know.
fn start(place: Option<(Arc<str>, u64)>, stream: &StreamIdentity) -> DeliverPolicy {
    match place {
        Some((name, heard)) if *name == *stream.created && heard <= stream.last => {
            DeliverPolicy::ByStartSequence { start_sequence: heard + 1 }
        }
        Some(_) | None => DeliverPolicy::LastPerSubject,
    }
}

async fn listen(
    jetstream: &Context,
    listening: &Listening,
    listener: &impl Listener,
) -> Result<std::convert::Infallible, ListenError> {
    bus::check_server(&jetstream.client()).await?;
    let identity = bus::check_stream(jetstream).await?;
    let name: Arc<str> = identity.created.as_str().into();
    let stream = jetstream.get_stream(bus::STREAM).await.map_err(BusError::NoStream)?;
    let config = OrderedConfig {
        deliver_policy: start(listener.place(), &identity),
        filter_subject: format!("onderdak.v1.{}.{}.>", listening.region, listening.service),
        ..OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(ListenError::Consumer)?;
    let mut messages = consumer.messages().await.map_err(ListenError::Messages)?;
    let statistics = jetstream.client().statistics();
    let connections = || statistics.connects.load(std::sync::atomic::Ordering::Relaxed);
    let (connected, mut looked) = (connections(), clock::stopwatch());
    info!(service = listening.service, "Listening");
    loop {
        let next = tokio::time::timeout(LOOK_EVERY, messages.next()).await;
        if next.is_err() || looked.elapsed() >= LOOK_EVERY {
            let now = bus::check_stream(jetstream).await?;
            if now.created != identity.created || connections() != connected {
                return Err(ListenError::OtherStream);
            }
            looked = clock::stopwatch();
        }
        let Ok(next) = next else { continue };
        let message = next.ok_or(ListenError::Ended)?.map_err(ListenError::Broken)?;
        let sequence = message.info().map_err(|_| ListenError::NoSequence)?.stream_sequence;
        match read(&message.message.payload) {
            Ok(report) => {
                let heard = HeardReport { report, stream: Arc::clone(&name), sequence };
                if !listener.keep(heard).await {
                    return Err(ListenError::NotKept);
                }
            }
            Err(why) => debug!(sequence, why, "A report of another service cannot be read; the next one will do"),
        }
    }
}

/// The insides of an event, or why it is no report.
fn read(payload: &[u8]) -> Result<AvailabilityReported, String> {
    let event = Event::read(payload).map_err(|error| Chain(&error).to_string())?;
    if event.kind != AVAILABILITY_REPORTED {
        return Err(format!("unknown type {}", event.kind));
    }
    let data = event.data.ok_or("it has no data")?;
    serde_json::from_str(data.get()).map_err(|error| error.to_string())
}
