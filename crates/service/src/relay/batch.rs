//! Atomic batches (ADR-50 of NATS): up to a hundred messages are stored with one sync, all or none. async-nats has
//! no builder for them, so the headers are set by hand. It must not decide what is sent again.

use async_nats::Subject;
use async_nats::jetstream::Context;
use serde::Deserialize;
use uuid::Uuid;

use super::Message;
use crate::Chain;

/// Most messages in one batch.
const MOST: usize = 100;

/// The answer to the last message of a batch.
#[derive(Deserialize)]
struct Answer {
    #[serde(default, rename = "seq")]
    sequence: u64,
    error: Option<Refusal>,
}

#[derive(Deserialize)]
struct Refusal {
    err_code: u64,
    #[serde(default)]
    description: String,
}

/// Publishes messages in batches; gives the last position and the stream's sequence for it, or what the bus said.
pub(super) async fn publish(jetstream: &Context, messages: &[Message]) -> Result<(u64, u64), String> {
    let mut done = (0, 0);
    for batch in messages.chunks(MOST) {
        done = publish_one(jetstream, batch).await?;
    }
    Ok(done)
}

async fn publish_one(jetstream: &Context, batch: &[Message]) -> Result<(u64, u64), String> {
    let client = jetstream.client();
    let id = Uuid::now_v7().to_string();
    let Some((last, others)) = batch.split_last() else { return Err("an empty batch".to_owned()) };
    for (number, message) in (1_u64..).zip(others) {
        let mut headers = message.headers.clone();
        headers.insert("Nats-Batch-Id", id.as_str());
        headers.insert("Nats-Batch-Sequence", number.to_string());
        let subject = Subject::from(message.subject.as_str());
        let sent = client.publish_with_headers(subject, headers, message.payload.clone().into()).await;
        sent.map_err(|error| Chain(&error).to_string())?;
    }
    let mut headers = last.headers.clone();
    headers.insert("Nats-Batch-Id", id.as_str());
    headers.insert("Nats-Batch-Sequence", batch.len().to_string());
    headers.insert("Nats-Batch-Commit", "1");
    let subject = Subject::from(last.subject.as_str());
    let reply = client.request_with_headers(subject, headers, last.payload.clone().into()).await;
    let reply = reply.map_err(|error| Chain(&error).to_string())?;
    let answer: Answer = serde_json::from_slice(&reply.payload).map_err(|error| error.to_string())?;
    match answer.error {
        None => Ok((last.position, answer.sequence)),
        Some(refusal) => Err(format!("{} ({})", refusal.description, refusal.err_code)),
    }
}
