//! The floors of the bus: publishing to JetStream and reading it with nothing around it, on the same nats-server and
//! with the same sync as the suite.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::DeliverPolicy;
use async_nats::jetstream::consumer::pull::{Ordered, OrderedConfig};
use async_nats::jetstream::stream::{Config, StorageType};
use futures::StreamExt as _;
use service::{bus, clock};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

use super::failed;
use super::figures::percentile;
use super::seen::{Mark, delays};
use crate::{Exit, Failure};

/// Name of the stream for floors.
const STREAM: &str = "BENCH";
/// How long nothing may come before reading gives up.
const SILENCE: Duration = Duration::from_secs(10);

/// A message.
pub(super) struct Message {
    /// Its subject.
    pub(super) subject: String,
    /// Its headers.
    pub(super) headers: HeaderMap,
    /// Its payload.
    pub(super) payload: Vec<u8>,
}

/// Connects.
pub(super) async fn connect(reach: &bus::Options) -> Result<Context, Failure> {
    let client = bus::connect(reach, "bench").await.map_err(failed)?;
    client.flush().await.map_err(failed)?;
    Ok(bus::jetstream(client))
}

/// Makes the stream for floors; it takes every subject below `bench`.
pub(super) async fn own_stream(jetstream: &Context) -> Result<(), Failure> {
    let config = Config {
        name: STREAM.to_owned(),
        subjects: vec!["bench.>".to_owned()],
        storage: StorageType::File,
        allow_direct: true,
        allow_atomic_publish: true,
        ..Config::default()
    };
    jetstream.create_stream(config).await.map(drop).map_err(failed)
}

/// An ordered pull consumer from the beginning of a stream.
async fn ordered(jetstream: &Context, stream: &str) -> Result<Ordered, Failure> {
    let stream = jetstream.get_stream(stream).await.map_err(failed)?;
    let deliver_policy = DeliverPolicy::ByStartSequence { start_sequence: 1 };
    let consumer = stream.create_consumer(OrderedConfig { deliver_policy, ..OrderedConfig::default() }).await;
    consumer.map_err(failed)?.messages().await.map_err(failed)
}

/// Publishes at a pace; 99 of 100 messages reached an ordered consumer within this after they were sent. Messages are
/// as large as the suite's own on this server are on average.
pub(super) async fn live(
    reach: &bus::Options,
    every: Duration,
    warm: Duration,
    lasts: Duration,
) -> Result<Duration, Failure> {
    let jetstream = connect(reach).await?;
    own_stream(&jetstream).await?;
    let state = jetstream.get_stream(bus::STREAM).await.map_err(failed)?.cached_info().state.clone();
    let size = usize::try_from(state.bytes / state.messages.max(1)).unwrap_or(0);
    let mut messages = ordered(&jetstream, STREAM).await?;
    let seeing = tokio::spawn(async move {
        let mut seen = Vec::new();
        while let Ok(Some(Ok(message))) = tokio::time::timeout(SILENCE, messages.next()).await {
            let at = clock::stopwatch();
            let Some(version) = message.payload.first_chunk().map(|number| u64::from_be_bytes(*number)) else {
                continue;
            };
            if version == 0 {
                break;
            }
            seen.push(Mark { thing: 0, version, at });
        }
        seen
    });
    let sent = publish_at_a_pace(&jetstream, size, every, warm, lasts).await?;
    let seen = seeing.await.map_err(failed)?;
    let (mut delays, missing) = delays(&sent, &seen);
    if missing > 0 {
        return Err(Failure::new(Exit::Failed, format!("{missing} berichten kwamen niet door JetStream")));
    }
    Ok(percentile(&mut delays, 0.99))
}

async fn publish_at_a_pace(
    jetstream: &Context,
    size: usize,
    every: Duration,
    warm: Duration,
    lasts: Duration,
) -> Result<Vec<Mark>, Failure> {
    let mut ticks = tokio::time::interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let started = clock::stopwatch();
    let mut acks = JoinSet::new();
    let mut sent = Vec::new();
    for version in 1_u64.. {
        ticks.tick().await;
        let since = started.elapsed();
        if since > warm + lasts {
            break;
        }
        let at = clock::stopwatch();
        let ack = jetstream.publish("bench.live", numbered(version, size).into()).await.map_err(failed)?;
        acks.spawn(ack.into_future());
        if since > warm {
            sent.push(Mark { thing: 0, version, at });
        }
    }
    while let Some(acknowledged) = acks.join_next().await {
        acknowledged.map_err(failed)?.map_err(failed)?;
    }
    // Number 0 tells the consumer that this was all.
    jetstream.publish("bench.live", numbered(0, size).into()).await.map_err(failed)?.await.map_err(failed)?;
    Ok(sent)
}

fn numbered(version: u64, size: usize) -> Vec<u8> {
    let mut payload = version.to_be_bytes().to_vec();
    payload.resize(size.max(payload.len()), b'x');
    payload
}

/// Publishes messages as one atomic batch, on disk when this returns.
pub(super) async fn publish(jetstream: &Context, messages: &[Message]) -> Result<(), Failure> {
    let client = jetstream.client();
    let id = Uuid::now_v7().to_string();
    for (index, message) in messages.iter().enumerate() {
        let mut headers = message.headers.clone();
        headers.insert("Nats-Batch-Id", id.as_str());
        headers.insert("Nats-Batch-Sequence", (index + 1).to_string());
        let (subject, payload) = (message.subject.clone(), message.payload.clone().into());
        if index + 1 < messages.len() {
            client.publish_with_headers(subject, headers, payload).await.map_err(failed)?;
            continue;
        }
        headers.insert("Nats-Batch-Commit", "1");
        let reply = client.request_with_headers(subject, headers, payload).await.map_err(failed)?;
        let answer: serde_json::Value = serde_json::from_slice(&reply.payload).map_err(failed)?;
        if let Some(error) = answer.get("error") {
            return Err(Failure::new(Exit::Failed, format!("nats-server weigert een batch: {error}")));
        }
    }
    Ok(())
}

/// Reads a stream up to a sequence; gives how long that took.
pub(super) async fn read(jetstream: &Context, to: u64) -> Result<Duration, Failure> {
    let started = clock::stopwatch();
    let mut messages = ordered(jetstream, bus::STREAM).await?;
    loop {
        let message = tokio::time::timeout(SILENCE, messages.next()).await;
        let message = message.map_err(failed)?.ok_or_else(|| Failure::new(Exit::Failed, "de stream hield op"))?;
        if message.map_err(failed)?.info().is_ok_and(|info| info.stream_sequence >= to) {
            return Ok(started.elapsed());
        }
    }
}
