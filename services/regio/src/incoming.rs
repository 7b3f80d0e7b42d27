//! Reading a message of the bus or of a feed. Everything that is not exactly a report of this suite is refused with
//! a reason, to be parked. A message is read whole: what is kept can be read again, so nothing half-readable gets
//! into history.

use std::sync::Arc;

use async_nats::Subject;
use bytes::Bytes;
use eventlog::LogError;
use model::wire;
use proto::availability::v1::AvailabilityReported;
use service::Chain;
use service::cloudevent::{AVAILABILITY_REPORTED, Event};
use tokio::task::JoinHandle;

use crate::board::{Entry, Key};
use crate::flow;

/// So many messages are read at once.
const FEW: usize = 16;

/// A message as it came.
#[derive(Debug, Clone)]
pub struct Message {
    /// The subject it came on.
    pub subject: Subject,
    /// Its bytes.
    pub payload: Bytes,
    /// Its sequence in the stream; none when it came from a feed.
    pub sequence: Option<u64>,
    /// Which report of which service it is, when its feed says so.
    pub position: Option<(Arc<str>, u64)>,
}

/// A report that was read, without its insides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The location, and the service that owns it.
    pub key: Key,
    /// Number of the report in the feed of its service.
    pub position: u64,
    /// Version of the location.
    pub version: u64,
    /// The moment it is true for, in microseconds since 1970.
    pub as_of: i64,
    /// It belongs to history only.
    pub past: bool,
    /// Its JSON.
    pub data: Arc<str>,
    /// What it tells of who comes and goes.
    pub flow: Option<flow::Told>,
}

/// A message that was read, or why it could not be.
#[derive(Debug, Clone)]
pub enum Incoming {
    /// A report.
    Report {
        /// Its sequence in the stream; none when it came from a feed.
        sequence: Option<u64>,
        /// How it is ordered and kept.
        report: Report,
        /// What it says.
        entry: Box<Entry>,
    },
    /// Something else.
    Unreadable {
        /// The message.
        message: Message,
        /// Why.
        reason: String,
    },
}

impl Incoming {
    /// Reads a message.
    pub fn new(message: Message) -> Self {
        match read(&message) {
            Ok((report, entry)) => Self::Report { sequence: message.sequence, report, entry: Box::new(entry) },
            Err(reason) => Self::Unreadable { message, reason },
        }
    }

    /// Its sequence in the stream; none when it came from a feed.
    pub const fn sequence(&self) -> Option<u64> {
        match self {
            Self::Report { sequence, .. } => *sequence,
            Self::Unreadable { message, .. } => message.sequence,
        }
    }
}

/// Messages that are read, or being read.
#[derive(Debug)]
pub enum Reading {
    /// A few take no time.
    Done(Vec<Incoming>),
    /// Many take a while, so that is done beside everything else.
    UnderWay(JoinHandle<Vec<Incoming>>),
}

impl Reading {
    /// Reads messages.
    pub fn new(messages: Vec<Message>) -> Self {
        let is_few = messages.len() <= FEW;
        let read = move || messages.into_iter().map(Incoming::new).collect();
        if is_few { Self::Done(read()) } else { Self::UnderWay(tokio::spawn(async move { read() })) }
    }

    /// Waits until they are read.
    pub async fn done(self) -> Result<Vec<Incoming>, LogError> {
        match self {
            Self::Done(messages) => Ok(messages),
            Self::UnderWay(reading) => reading.await.map_err(|_| LogError::Interrupted),
        }
    }
}

/// Reads a message, or says why it is not a report.
fn read(message: &Message) -> Result<(Report, Entry), String> {
    let (service, location) = names_in(&message.subject).ok_or("het onderwerp is niet van deze regio")?;
    let event = Event::read(&message.payload).map_err(|error| Chain(&error).to_string())?;
    if event.kind != AVAILABILITY_REPORTED {
        return Err(format!("onbekend type {}", event.kind));
    }
    let data = event.data.ok_or("de inhoud ontbreekt")?.get();
    let decoded = decode(data).map_err(|error| error.to_string())?;
    if decoded.position == 0 || decoded.version == 0 {
        return Err("de positie of de versie ontbreekt".to_owned());
    }
    if decoded.location_id != location || event.sequence() != Some(decoded.position) {
        return Err("onderwerp, volgnummer en inhoud spreken elkaar tegen".to_owned());
    }
    let as_of = wire::required("as_of", decoded.as_of).and_then(|at| wire::time_in("as_of", &at));
    let key = Key { service: service.into(), location: location.into() };
    let report = Report {
        key: key.clone(),
        position: decoded.position,
        version: decoded.version,
        as_of: as_of.map_err(|wrong| wrong.to_string())?.as_microsecond(),
        past: decoded.past,
        data: data.into(),
        flow: flow::told(&decoded),
    };
    Ok((report, Entry::new(key, decoded)?))
}

/// Service and location of `onderdak.v1.<region>.<service>.<gemeente>.<location>`.
fn names_in(subject: &str) -> Option<(&str, &str)> {
    let mut tokens = subject.split('.');
    let known = tokens.next() == Some("onderdak") && tokens.next() == Some("v1");
    let (_region, service, _gemeente) = (tokens.next()?, tokens.next()?, tokens.next()?);
    let location = tokens.next()?;
    (known && tokens.next().is_none()).then_some((service, location))
}

/// The insides of a report.
pub fn decode(data: &str) -> Result<AvailabilityReported, serde_json::Error> {
    serde_json::from_str(data)
}
