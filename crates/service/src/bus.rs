//! The bus: connecting to NATS and the one stream. Services only check the stream; making or changing it is the
//! work of `onderdak provision`, with its own identity.

use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{Context, ContextBuilder, CreateStreamErrorKind};
use async_nats::jetstream::stream::{Config, DiscardPolicy, PersistenceMode, StorageType};
use async_nats::{Client, ConnectOptions, Event};
use model::id::RegionId;
use tracing::{debug, info, warn};

/// Name of the stream of a region's account.
pub const STREAM: &str = "ONDERDAK";
/// Largest message, in bytes: the report of a location with 500 places fits three times.
const LARGEST_MESSAGE: i32 = 256 * 1024;
/// Largest event that goes onto the bus: a message less room for its headers.
pub const LARGEST_PAYLOAD: usize = 254 * 1024;
/// How long the stream remembers message ids; consumers are idempotent anyway.
const REMEMBERS_IDS_FOR: Duration = Duration::from_secs(120);
/// Most publishes under way.
const MOST_IN_FLIGHT: usize = 1_000;
/// Longest wait for an ack.
const ACK_WITHIN: Duration = Duration::from_secs(5);

/// Why the bus cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// No server answers.
    #[error("no NATS server answers at {url}")]
    Connect {
        /// Where.
        url: String,
        /// Why.
        #[source]
        source: async_nats::ConnectError,
    },
    /// No server answers now; the connection restores itself.
    #[error("the bus does not answer")]
    Away,
    /// The server is too old.
    #[error("the NATS server is {found}; Onderdak needs 2.12 or newer")]
    TooOld {
        /// Its version.
        found: String,
    },
    /// The stream is not there.
    #[error("stream {STREAM} is missing; run `onderdak provision` first")]
    NoStream(#[source] async_nats::jetstream::context::GetStreamError),
    /// The stream cannot be made.
    #[error("stream {STREAM} cannot be made")]
    Provision(#[source] async_nats::jetstream::context::CreateStreamError),
    /// The server may not take as much as the stream needs.
    #[error("voor de bus is te weinig schijfruimte vrij; er is {bytes} byte nodig, en nats-server laat een kwart vrij")]
    NoRoom {
        /// What the stream may become, in bytes.
        bytes: i64,
    },
    /// The stream is set up in a way that may lose or mix messages.
    #[error("stream {STREAM} is not set up as it must be: {0}; run `onderdak provision`")]
    Drift(&'static str),
}

/// How to reach the bus.
#[derive(Debug, Clone)]
pub struct Options {
    /// `nats://host:port`, several separated by commas.
    pub url: String,
    /// Seed of the service's nkey; none on the embedded server.
    pub nkey_seed: Option<String>,
    /// Region, a token in every subject.
    pub region: RegionId,
}

/// Connects as a named service. The connection restores itself; a server that is away is not an error here.
pub async fn connect(options: &Options, name: &str) -> Result<Client, BusError> {
    let connect = ConnectOptions::new()
        .name(format!("onderdak-{name}"))
        .custom_inbox_prefix(format!("_INBOX_{name}"))
        .ping_interval(Duration::from_secs(5))
        .request_timeout(Some(ACK_WITHIN))
        .max_reconnects(None)
        .retry_on_initial_connect()
        .reconnect_delay_callback(|attempt| Duration::from_millis(100 << attempt.min(5)))
        .event_callback(|event| async move { told(&event) });
    let connect = match &options.nkey_seed {
        Some(seed) => connect.nkey(seed.clone()),
        None => connect,
    };
    let servers: Vec<&str> = options.url.split(',').map(str::trim).collect();
    connect.connect(servers).await.map_err(|source| BusError::Connect { url: options.url.clone(), source })
}

fn told(event: &Event) {
    match event {
        Event::Connected => info!("The bus is connected"),
        Event::Disconnected => warn!("The bus is away; commands go on, reports follow later"),
        Event::Closed | Event::Draining | Event::LameDuckMode => debug!(%event, "The bus connection ends"),
        other => warn!(event = %other, "The bus reports a problem"),
    }
}

/// JetStream with limits on waiting and on what is under way.
pub fn jetstream(client: Client) -> Context {
    ContextBuilder::new()
        .timeout(ACK_WITHIN)
        .ack_timeout(ACK_WITHIN)
        .max_ack_inflight(MOST_IN_FLIGHT)
        .backpressure_on_inflight(true)
        .build(client)
}

/// The stream as it must be.
pub fn stream_config(region: &RegionId, replicas: usize, max_bytes: i64) -> Config {
    Config {
        name: STREAM.to_owned(),
        description: Some("Availability reports of one region".to_owned()),
        subjects: vec![format!("onderdak.v1.{region}.>")],
        storage: StorageType::File,
        num_replicas: replicas,
        // The services' logs are the truth and can fill the stream again, so the oldest may go.
        discard: DiscardPolicy::Old,
        max_bytes,
        max_message_size: LARGEST_MESSAGE,
        duplicate_window: REMEMBERS_IDS_FOR,
        deny_delete: true,
        deny_purge: true,
        allow_direct: true,
        allow_atomic_publish: true,
        ..Config::default()
    }
}

/// Makes the stream, or brings it up to date.
pub async fn provision(client: Client, config: Config) -> Result<(), BusError> {
    check_server(&client).await?;
    let bytes = config.max_bytes;
    let made = jetstream(client).create_or_update_stream(config).await;
    made.map(drop).map_err(|error| match error.kind() {
        CreateStreamErrorKind::JetStream(refused) if refused.error_code() == ErrorCode::STORAGE_RESOURCES_EXCEEDED => {
            BusError::NoRoom { bytes }
        }
        _ => BusError::Provision(error),
    })
}

/// Refuses a server that lacks what the bus needs: batches, and a sync for every acknowledged message.
pub async fn check_server(client: &Client) -> Result<(), BusError> {
    // A connection that is still being made knows no version yet.
    let connected = tokio::time::timeout(ACK_WITHIN, client.flush()).await;
    if !matches!(connected, Ok(Ok(()))) || client.server_info().version.is_empty() {
        return Err(BusError::Away);
    }
    if client.is_server_compatible(2, 12, 0) {
        Ok(())
    } else {
        Err(BusError::TooOld { found: client.server_info().version })
    }
}

/// Which stream it is and how far it got: a stream that was made anew, or lost its end, is noticed by these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamIdentity {
    /// When the stream was made, in nanoseconds since 1970.
    pub created: String,
    /// First sequence it still has.
    pub first: u64,
    /// Last sequence it gave out.
    pub last: u64,
}

/// Whether the stream still has, under a sequence it acknowledged, a message of the one who published it. What was
/// discarded for its age counts as there.
pub async fn still_has(
    jetstream: &Context,
    stream: &StreamIdentity,
    sequence: u64,
    prefix: &str,
) -> Result<bool, BusError> {
    if sequence == 0 || sequence < stream.first {
        return Ok(true);
    }
    let found = jetstream.get_stream(STREAM).await.map_err(BusError::NoStream)?.get_raw_message(sequence).await;
    Ok(found.is_ok_and(|message| message.subject.starts_with(prefix)))
}

/// Checks that the stream is there and set up as it must be.
pub async fn check_stream(jetstream: &Context) -> Result<StreamIdentity, BusError> {
    let stream = jetstream.get_stream(STREAM).await.map_err(BusError::NoStream)?;
    let info = stream.cached_info();
    let config = &info.config;
    if config.storage != StorageType::File {
        return Err(BusError::Drift("it keeps messages in memory"));
    }
    if config.persist_mode == Some(PersistenceMode::Async) {
        return Err(BusError::Drift("it acknowledges before it writes"));
    }
    if !config.deny_delete || !config.deny_purge {
        return Err(BusError::Drift("messages can be deleted from it"));
    }
    if !config.allow_atomic_publish {
        return Err(BusError::Drift("it takes no batches"));
    }
    let created = info.created.unix_timestamp_nanos().to_string();
    Ok(StreamIdentity { created, first: info.state.first_sequence, last: info.state.last_sequence })
}
