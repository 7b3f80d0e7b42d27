//! The relay: publishes what is in the outbox of a log, in order, and moves its cursor after the acknowledgement.
//! Harmless if two run, or if a report is published twice: newest version wins. It never changes a report.

mod batch;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_nats::header::{HeaderMap, NATS_MESSAGE_ID};
use async_nats::jetstream::Context;
use backon::BackoffBuilder as _;
use eventlog::{LogError, Outbox, ReportRow};
use futures::future::join_all;
use jiff::Timestamp;
use model::id::RegionId;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use crate::bus::{self, BusError, StreamIdentity};
use crate::{Chain, clock, cloudevent};

/// Reports read and published at a time.
const WINDOW: u32 = 1_000;
/// From how many waiting reports on a batch pays.
const BACKLOG: usize = 20;
/// How often the outbox is looked at when no wake-up comes.
const POLL: Duration = Duration::from_secs(1);
/// How often the cursor is written: each time costs the log a disk sync, and what a crash makes the relay publish
/// again within that time changes nothing.
const KEEP_EVERY: Duration = Duration::from_millis(250);
/// Longest wait for the cursor when the relay stops.
const KEEP_WITHIN: Duration = Duration::from_secs(3);
/// How often a relay that does not lead tries to.
const LEAD_EVERY: Duration = Duration::from_secs(2);

/// Why the relay has to start over.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The outbox cannot be read or its cursor not moved.
    #[error("the outbox failed")]
    Outbox(#[from] LogError),
    /// The bus cannot be used.
    #[error(transparent)]
    Bus(#[from] BusError),
    /// A publish was not acknowledged: it may or may not have been stored.
    #[error("report {position} was not acknowledged: {why}")]
    NotAcknowledged {
        /// The report.
        position: u64,
        /// What the bus said.
        why: String,
    },
    /// A stored report is not JSON.
    #[error("report {position} is damaged")]
    Damaged {
        /// The report.
        position: u64,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The stream gave out a sequence it had given out before: it was made anew, or lost its end.
    #[error("the stream went back to {sequence} after {acknowledged}; every report is published again")]
    WentBack {
        /// The sequence it gave.
        sequence: u64,
        /// The last it had acknowledged.
        acknowledged: u64,
    },
    /// Another replica took over.
    #[error("another replica leads the relay now")]
    NotLeading,
}

/// What a relay needs to know of its service.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Name of the service, the token in its subjects.
    pub service: &'static str,
    /// Region.
    pub region: RegionId,
    /// Source of its events.
    pub source: String,
}

/// How far the relay is; shared with the feed and with readiness.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<AtomicU64>);

impl Progress {
    /// Position of the newest report the bus acknowledged.
    pub fn published(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, position: u64) {
        self.0.store(position, Ordering::Relaxed);
    }
}

/// Publishes until told to stop. Every failure is followed by a wait and a new start from the cursor.
pub async fn run(outbox: Outbox, jetstream: Context, identity: Identity, progress: Progress, stop: CancellationToken) {
    let delays = || {
        backon::ExponentialBuilder::new()
            .with_min_delay(Duration::from_millis(100))
            .with_max_delay(Duration::from_secs(2))
            .with_jitter()
            .without_max_times()
            .build()
    };
    let mut delay = delays();
    let mut relay = Relay { outbox, jetstream, identity, progress, unkept: None };
    while !stop.is_cancelled() {
        let before = relay.progress.published();
        let failed = tokio::select! {
            error = relay.publish_until_it_fails() => Some(error),
            () = stop.cancelled() => None,
        };
        relay.keep_at_last().await;
        let Some(error) = failed else { return };
        if relay.progress.published() > before {
            delay = delays();
        }
        warn!(error = %Chain(&error), service = relay.identity.service, "The relay starts over");
        let wait = delay.next().unwrap_or(POLL);
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = stop.cancelled() => return,
        }
    }
}

struct Relay {
    outbox: Outbox,
    jetstream: Context,
    identity: Identity,
    progress: Progress,
    /// What is published and whose cursor is not yet written.
    unkept: Option<Reached>,
}

/// How far the relay came in one stream.
struct Reached {
    cursor: Cursor,
    position: u64,
    sequence: u64,
    /// Since when it is not written.
    since: Instant,
}

/// A report on its way.
struct Message {
    position: u64,
    subject: String,
    headers: HeaderMap,
    payload: Vec<u8>,
}

impl Relay {
    /// The loop; it only ends with an error.
    async fn publish_until_it_fails(&mut self) -> RelayError {
        match self.publish_forever().await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn publish_forever(&mut self) -> Result<std::convert::Infallible, RelayError> {
        let mut leadership = loop {
            match self.outbox.lead("relay").await? {
                Some(leadership) => break leadership,
                None => tokio::time::sleep(LEAD_EVERY).await,
            }
        };
        bus::check_server(&self.jetstream.client()).await?;
        let stream = bus::check_stream(&self.jetstream).await?;
        let cursor = Cursor::of(&stream);
        let (mut at, mut acknowledged) = self.start(&stream, &cursor).await?;
        self.progress.set(at);
        debug!(service = self.identity.service, position = at, "The relay starts");
        loop {
            self.outbox.listen();
            let rows = self.outbox.next_after(at, WINDOW).await?;
            if self.unkept.as_ref().is_some_and(|unkept| unkept.since.elapsed() >= KEEP_EVERY) {
                self.keep().await?;
            }
            if rows.is_empty() {
                if !leadership.holds().await {
                    return Err(RelayError::NotLeading);
                }
                self.outbox.wait(if self.unkept.is_some() { KEEP_EVERY } else { POLL }).await;
                continue;
            }
            let published = self.publish(&rows, acknowledged).await;
            if let Err(RelayError::WentBack { .. }) = &published {
                self.unkept = None;
                self.outbox.move_cursors(&[(&cursor.position, 0), (&cursor.sequence, 0)]).await?;
            }
            let (reached, sequence) = published?;
            (at, acknowledged) = (reached, acknowledged.max(sequence));
            self.progress.set(at);
            let since = self.unkept.take().map_or_else(clock::stopwatch, |unkept| unkept.since);
            self.unkept = Some(Reached { cursor: cursor.clone(), position: at, sequence: acknowledged, since });
        }
    }

    /// Writes how far the relay came.
    async fn keep(&mut self) -> Result<(), LogError> {
        if let Some(Reached { cursor, position, sequence, .. }) = &self.unkept {
            self.outbox.move_cursors(&[(&cursor.position, *position), (&cursor.sequence, *sequence)]).await?;
            self.unkept = None;
        }
        Ok(())
    }

    /// Does so before the relay stops or starts over. Where it fails, the same reports are published again.
    async fn keep_at_last(&mut self) {
        if let Ok(Err(error)) = tokio::time::timeout(KEEP_WITHIN, self.keep()).await {
            debug!(error = %Chain(&error), "The relay's cursor could not be written; some reports will go out again");
        }
        self.unkept = None;
    }

    /// Where to go on: after the cursor of this very stream. A stream that is new, or that lost messages it had
    /// acknowledged, gets everything again.
    async fn start(&self, stream: &StreamIdentity, cursor: &Cursor) -> Result<(u64, u64), RelayError> {
        let acknowledged = self.outbox.cursor(&cursor.sequence).await?;
        let prefix = format!("onderdak.v1.{}.{}.", self.identity.region, self.identity.service);
        if stream.last < acknowledged || !bus::still_has(&self.jetstream, stream, acknowledged, &prefix).await? {
            warn!(
                service = self.identity.service,
                acknowledged,
                last = stream.last,
                "The stream lost acknowledged messages; every report is published again"
            );
            return Ok((0, 0));
        }
        Ok((self.outbox.cursor(&cursor.position).await?, acknowledged))
    }

    /// Publishes rows; gives the last position and the stream's sequence for it.
    async fn publish(&self, rows: &[Arc<ReportRow>], acknowledged: u64) -> Result<(u64, u64), RelayError> {
        let last = rows.last().map_or(0, |row| row.position());
        let messages = rows.iter().map(|row| self.message(row)).collect::<Result<Vec<_>, _>>()?;
        let messages: Vec<Message> = messages.into_iter().filter(fits).collect();
        if messages.is_empty() {
            return Ok((last, acknowledged));
        }
        if messages.len() >= BACKLOG {
            match batch::publish(&self.jetstream, &messages).await {
                // A batch is stored whole or not at all, so its sequence is never that of an older copy.
                Ok((_, sequence)) if sequence <= acknowledged => {
                    return Err(RelayError::WentBack { sequence, acknowledged });
                }
                Ok((_, sequence)) => return Ok((last, sequence)),
                // A batch is refused whole when one of its messages was stored before: a batch whose answer was lost.
                Err(why) => info!(service = self.identity.service, %why, "A batch was refused; publishing one by one"),
            }
        }
        let sequence = self.publish_one_by_one(messages, acknowledged).await?;
        Ok((last, sequence))
    }

    /// Several under way at once, acknowledged in order.
    async fn publish_one_by_one(&self, messages: Vec<Message>, acknowledged: u64) -> Result<u64, RelayError> {
        let mut acks = Vec::with_capacity(messages.len());
        for Message { position, subject, headers, payload } in messages {
            let unacknowledged = |why: &(dyn std::error::Error + 'static)| RelayError::NotAcknowledged {
                position,
                why: Chain(why).to_string(),
            };
            let ack = self.jetstream.publish_with_headers(subject, headers, payload.into()).await;
            acks.push((position, ack.map_err(|error| unacknowledged(&error))?.into_future()));
        }
        let (positions, acks): (Vec<u64>, Vec<_>) = acks.into_iter().unzip();
        let mut done = acknowledged;
        for (position, ack) in positions.into_iter().zip(join_all(acks).await) {
            let ack = ack.map_err(|error| RelayError::NotAcknowledged { position, why: Chain(&error).to_string() })?;
            if ack.stream != bus::STREAM {
                let why = format!("stream {} took it", ack.stream);
                return Err(RelayError::NotAcknowledged { position, why });
            }
            if ack.duplicate {
                debug!(position, sequence = ack.sequence, "The stream had this report already");
            } else if ack.sequence <= acknowledged {
                return Err(RelayError::WentBack { sequence: ack.sequence, acknowledged });
            }
            tracing::trace!(position, "published");
            done = done.max(ack.sequence);
        }
        Ok(done)
    }

    fn message(&self, row: &ReportRow) -> Result<Message, RelayError> {
        let position = row.position();
        let payload =
            event_json(row, &self.identity.source).map_err(|source| RelayError::Damaged { position, source })?;
        let mut headers = HeaderMap::new();
        headers.insert(NATS_MESSAGE_ID, format!("{}/{}", self.identity.service, row.id));
        headers.insert("Content-Type", cloudevent::CONTENT_TYPE);
        if let Some(traceparent) = &row.traceparent {
            headers.insert("traceparent", traceparent.as_str());
        }
        Ok(Message { position, subject: row.subject.clone(), headers, payload })
    }
}

/// A report too large for the bus would be refused for ever and hold up all others. It stays in the log: the
/// aggregator misses its position and reads it from the feed.
fn fits(message: &Message) -> bool {
    let fits = message.payload.len() <= bus::LARGEST_PAYLOAD;
    if !fits {
        let (position, bytes) = (message.position, message.payload.len());
        tracing::error!(
            position,
            bytes,
            subject = message.subject,
            "A report is too large for the bus and was left out"
        );
    }
    fits
}

/// The event of a report, the same bytes whether it goes over the bus or through the feed.
pub fn event_json(row: &ReportRow, source: &str) -> Result<Vec<u8>, serde_json::Error> {
    let data: &RawValue = serde_json::from_str(&row.data)?;
    let location = row.subject.rsplit('.').next().unwrap_or_default();
    let time = Timestamp::from_microsecond(row.at_micros()).unwrap_or(Timestamp::UNIX_EPOCH);
    serde_json::to_vec(&cloudevent::NewEvent::availability(&row.id, source, time, location, row.position(), data))
}

/// Names of the relay's cursors: they belong to one stream and not to one that is made later.
#[derive(Clone)]
struct Cursor {
    position: Arc<str>,
    sequence: Arc<str>,
}

impl Cursor {
    fn of(stream: &StreamIdentity) -> Self {
        Self {
            position: format!("relay/{}/position", stream.created).into(),
            sequence: format!("relay/{}/sequence", stream.created).into(),
        }
    }
}
