//! The bus as a test sees it: the stream provisioned as production does it, everything that is stored in it, and
//! everything that was ever published to it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::Context;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::{Client, HeaderMap};
use futures::StreamExt as _;
use model::id::RegionId;
use service::bus;
use testkit::nats::Server;
use testkit::{SECONDS_10, SECONDS_30, SECONDS_60, wait_for};

use crate::log::{Log, message_id};
use crate::relaying::source;

/// Room for every test.
const MAX_BYTES: i64 = 64 * 1024 * 1024;

/// One message as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) subject: String,
    pub(crate) headers: HeaderMap,
    pub(crate) payload: Vec<u8>,
}

impl Stored {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(async_nats::HeaderValue::as_str)
    }

    pub(crate) fn id(&self) -> String {
        self.header("Nats-Msg-Id").unwrap_or("no id at all").to_owned()
    }
}

pub(crate) fn region() -> RegionId {
    RegionId::parse("testland").expect("a region id")
}

pub(crate) fn config(replicas: usize) -> async_nats::jetstream::stream::Config {
    bus::stream_config(&region(), replicas, MAX_BYTES)
}

/// Makes the stream on one server.
pub(crate) async fn provision(server: &Server) -> Context {
    provision_with(server.client().await, 1).await
}

/// Makes the stream, as often as it takes: a cluster may be choosing a leader.
pub(crate) async fn provision_with(client: Client, replicas: usize) -> Context {
    wait_for("the stream to be made", SECONDS_30, async || {
        bus::provision(client.clone(), config(replicas)).await.map_err(|error| service::Chain(&error).to_string())
    })
    .await;
    bus::jetstream(client)
}

/// Everything in the stream, in its order.
pub(crate) async fn stored(jetstream: &Context) -> Result<Vec<Stored>, String> {
    let stream = jetstream.get_stream(bus::STREAM).await.map_err(|error| error.to_string())?;
    let count = usize::try_from(stream.cached_info().state.messages).expect("few messages");
    let config = pull::Config { ack_policy: AckPolicy::None, ..Default::default() };
    let consumer = stream.create_consumer(config).await.map_err(|error| error.to_string())?;
    let messages = consumer.messages().await.map_err(|error| error.to_string())?.take(count);
    let all = messages.map(|message| {
        let message = message.map_err(|error| error.to_string())?.message;
        let headers = message.headers.unwrap_or_default();
        Ok(Stored { subject: message.subject.to_string(), headers, payload: message.payload.to_vec() })
    });
    let all: Result<Vec<Result<Stored, String>>, _> = tokio::time::timeout(SECONDS_10, all.collect()).await;
    stream.delete_consumer(&consumer.cached_info().name).await.map_err(|error| error.to_string())?;
    all.map_err(|_| format!("{count} messages do not come"))?.into_iter().collect()
}

/// Waits until the ids in the stream are the ids in the log, and gives what is stored. Every copy of a report must be
/// the same report.
pub(crate) async fn arrived(jetstream: &Context, log: &Log) -> Vec<Stored> {
    arrived_within(SECONDS_60, jetstream, log).await
}

/// The same where the bus has nothing to recover from.
pub(crate) async fn arrived_within(limit: Duration, jetstream: &Context, log: &Log) -> Vec<Stored> {
    let reports = log.reports().await;
    let wanted: BTreeSet<String> = reports.iter().map(message_id).collect();
    let messages = wait_for("every report in the stream", limit, async || {
        let messages = stored(jetstream).await?;
        let there: BTreeSet<String> = messages.iter().map(Stored::id).collect();
        let missing = wanted.difference(&there).count();
        let strange = there.difference(&wanted).count();
        if missing + strange == 0 {
            Ok(messages)
        } else {
            Err(format!("{missing} missing, {strange} not from the log"))
        }
    })
    .await;
    for message in &messages {
        let report = reports.iter().find(|row| message_id(row) == message.id()).expect("ids are equal");
        assert_eq!(message.subject, report.subject);
        let event = service::relay::event_json(report, &source()).expect("the log holds JSON");
        assert_eq!(message.payload, event, "a message differs from its report");
    }
    messages
}

/// The ids of what is stored, in order.
pub(crate) fn ids(messages: &[Stored]) -> Vec<String> {
    messages.iter().map(Stored::id).collect()
}

/// Hears every publication, also one that the stream does not store a second time.
#[derive(Clone)]
pub(crate) struct Tap(Arc<Mutex<Vec<String>>>);

impl Tap {
    pub(crate) async fn on(client: &Client) -> Self {
        let mut published = client.subscribe(format!("onderdak.v1.{}.>", region())).await.expect("a subscription");
        client.flush().await.expect("the server knows of it");
        let heard = Self(Arc::default());
        let (kept, client) = (heard.clone(), client.clone());
        tokio::spawn(async move {
            while let Some(message) = published.next().await {
                let id =
                    message.headers.as_ref().and_then(|headers| headers.get(NATS_MESSAGE_ID)).map(ToString::to_string);
                kept.0.lock().unwrap_or_else(PoisonError::into_inner).push(id.unwrap_or_default());
            }
            drop(client);
        });
        heard
    }

    /// Message ids, in the order of publication.
    pub(crate) fn ids(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often a message id was published.
    pub(crate) fn times(&self, id: &str) -> usize {
        self.ids().iter().filter(|heard| *heard == id).count()
    }

    /// Waits until every one of these was published that often, at least.
    pub(crate) async fn wait_times(&self, ids: &BTreeSet<String>, times: usize) {
        wait_for(&format!("every report to be published {times} times"), SECONDS_30, async || {
            let fewer: Vec<_> = ids.iter().filter(|id| self.times(id) < times).collect();
            if fewer.is_empty() { Ok(()) } else { Err(format!("not yet: {} of {}", fewer.len(), ids.len())) }
        })
        .await;
    }
}
