//! Reads the stream, in order, from where the aggregator stopped. The place in the stream is kept with the board in
//! one transaction, so nothing here is acknowledged and nothing is counted twice.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::OrderedConfig;
use futures::StreamExt as _;
use service::bus::{self, BusError, StreamIdentity};
use service::{Chain, clock};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::aggregator::{Picture, Work};
use crate::incoming::{Message, Reading};
use crate::store::PlaceInStream;

/// Most messages taken in at a time.
const BATCH: usize = 1_000;
/// From how many waiting messages on a batch is filled before it is taken in.
const BEHIND: u64 = 500;
/// Wait after a failure.
const AGAIN_AFTER: Duration = Duration::from_millis(500);
/// How often a silent stream is looked at: it may have been made anew.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How often the connection is looked at while nothing comes: after a break the server knows no consumer any more.
const LISTEN_FOR: Duration = Duration::from_millis(250);

/// Why reading the stream ended.
#[derive(Debug, thiserror::Error)]
enum ConsumeError {
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error("the stream cannot be read")]
    Consumer(#[source] async_nats::error::Error<async_nats::jetstream::stream::ConsumerErrorKind>),
    #[error("the stream cannot be read")]
    Messages(#[source] async_nats::error::Error<async_nats::jetstream::consumer::StreamErrorKind>),
    #[error("reading the stream broke off")]
    Broken(#[source] async_nats::error::Error<async_nats::jetstream::consumer::pull::OrderedErrorKind>),
    #[error("the stream was made anew")]
    OtherStream,
    #[error("the connection to the bus broke off and is there again")]
    Reconnected,
    #[error("a message does not say which one of the stream it is")]
    NoSequence,
    #[error("the aggregator ended")]
    Ended,
}

/// Reads until told to stop; every failure is followed by a new start from the kept place.
pub async fn run(jetstream: Context, inbox: mpsc::Sender<Work>, picture: Picture, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let error = tokio::select! {
            ended = read(&jetstream, &inbox, &picture) => match ended {
                Ok(never) => match never {},
                Err(error) => error,
            },
            () = stop.cancelled() => return,
        };
        if matches!(error, ConsumeError::Ended) {
            return;
        }
        warn!(error = %Chain(&error), "Reading the bus starts over");
        tokio::select! {
            () = tokio::time::sleep(AGAIN_AFTER) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Where to read from: after the kept place of this very stream. A stream that was made anew, or that lost its end,
/// is read from its beginning; what is known already changes nothing.
fn first_sequence(place: &PlaceInStream, stream: &StreamIdentity) -> u64 {
    let same = place.stream == stream.created && place.sequence <= stream.last;
    if same { place.sequence + 1 } else { 1 }
}

async fn read(
    jetstream: &Context,
    inbox: &mpsc::Sender<Work>,
    picture: &Picture,
) -> Result<std::convert::Infallible, ConsumeError> {
    bus::check_server(&jetstream.client()).await?;
    let identity = bus::check_stream(jetstream).await?;
    let name: Arc<str> = identity.created.as_str().into();
    let mut next = first_sequence(&picture.now().place, &identity);
    info!(from = next, last = identity.last, "Reading the bus");
    let stream = jetstream.get_stream(bus::STREAM).await.map_err(BusError::NoStream)?;
    let config = OrderedConfig {
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence: next.max(1) },
        ..OrderedConfig::default()
    };
    let consumer = stream.create_consumer(config).await.map_err(ConsumeError::Consumer)?;
    let mut messages = consumer.messages().await.map_err(ConsumeError::Messages)?.ready_chunks(BATCH);
    let statistics = jetstream.client().statistics();
    let connections = || statistics.connects.load(Ordering::Relaxed);
    let (connected, mut looked) = (connections(), clock::stopwatch());
    let mut batch = Vec::new();
    loop {
        let chunk = match tokio::time::timeout(LISTEN_FOR, messages.next()).await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Err(ConsumeError::Ended),
            Err(_) if connections() != connected => return Err(ConsumeError::Reconnected),
            Err(_) => {
                if looked.elapsed() >= LOOK_EVERY {
                    let now = bus::check_stream(jetstream).await?;
                    if now.created != identity.created || now.last + 1 < next {
                        return Err(ConsumeError::OtherStream);
                    }
                    looked = clock::stopwatch();
                }
                Vec::new()
            }
        };
        let mut waiting = 0;
        for message in chunk {
            let message = message.map_err(ConsumeError::Broken)?;
            let info = message.info().map_err(|_| ConsumeError::NoSequence)?;
            let sequence = info.stream_sequence;
            (next, waiting) = (sequence + 1, info.pending);
            batch.push(Message {
                subject: message.message.subject,
                payload: message.message.payload,
                sequence: Some(sequence),
                position: None,
            });
        }
        let is_filling = waiting >= BEHIND && batch.len() < BATCH;
        if is_filling || batch.is_empty() {
            continue;
        }
        debug!(count = batch.len(), next, "Messages came in");
        let messages = Reading::new(std::mem::take(&mut batch));
        let work = Work::FromStream { stream: Arc::clone(&name), messages };
        inbox.send(work).await.map_err(|_| ConsumeError::Ended)?;
    }
}
