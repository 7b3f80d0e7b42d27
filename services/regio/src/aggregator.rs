//! The one task that changes the picture. It takes batches of messages, from the bus or from a feed, writes what is
//! new in one transaction, and only then shows it. What cannot be read is parked and later messages go on.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use eventlog::{Clock, LogError};
use service::Chain;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use crate::board::{Board, Entry, Key};
use crate::incoming::{Incoming, Reading, Report};
use crate::progress::Progress;
use crate::store::{Changes, Kept, Parked, PlaceInStream, Store};

/// How long the aggregator waits after its database failed.
const AFTER_A_FAILURE: std::time::Duration = std::time::Duration::from_millis(500);

/// What the aggregator is asked.
#[derive(Debug)]
pub enum Work {
    /// Take in messages of the bus; the stream they came from.
    FromStream {
        /// Which stream.
        stream: Arc<str>,
        /// The messages, in order.
        messages: Reading,
    },
    /// Take in reports of a feed.
    FromFeed {
        /// The reports.
        messages: Reading,
        /// Told when they are in.
        done: oneshot::Sender<()>,
    },
    /// The head of a service's feed.
    Head {
        /// The service.
        service: String,
        /// Its head.
        position: u64,
    },
    /// Empty the picture; feeds fill it again.
    Empty {
        /// Told when it is empty.
        done: oneshot::Sender<()>,
    },
}

/// What everybody sees.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The board.
    pub board: Board,
    /// How far each service is.
    pub progress: BTreeMap<Arc<str>, Progress>,
    /// Which board it is, and where in the stream.
    pub place: PlaceInStream,
    /// Messages parked so far.
    pub parked: u64,
}

/// The newest picture, and a way to wait for the next. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Picture(watch::Receiver<Arc<Shown>>);

impl Picture {
    /// The newest picture.
    pub fn now(&self) -> Arc<Shown> {
        Arc::clone(&self.0.borrow())
    }

    /// The newest picture; [`Self::changed`] then waits for one after it.
    pub fn see(&mut self) -> Arc<Shown> {
        Arc::clone(&self.0.borrow_and_update())
    }

    /// Waits for a picture after the one seen; never returns once the aggregator ended.
    pub async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The one task that changes the picture.
pub struct Aggregator {
    store: Store,
    clock: Clock,
    shown: watch::Sender<Arc<Shown>>,
}

impl Aggregator {
    /// Takes up where it stopped.
    pub async fn load(store: Store, clock: Clock) -> Result<(Self, Picture), LogError> {
        let place = store.place().await?.unwrap_or_else(|| PlaceInStream {
            epoch: Uuid::now_v7().simple().to_string(),
            stream: String::new(),
            sequence: 0,
            revision: 0,
        });
        let board = store.board(place.revision).await?;
        let progress = store.progress().await?;
        let progress = progress.into_iter().map(|(service, at)| (service.into(), Progress::from(at))).collect();
        let parked = store.parked().await?;
        let (sender, receiver) = watch::channel(Arc::new(Shown { board, progress, place, parked }));
        Ok((Self { store, clock, shown: sender }, Picture(receiver)))
    }

    /// Works until told to stop. Its database being away is waited for; nothing is shown that is not kept.
    pub async fn run(self, mut inbox: mpsc::Receiver<Work>, stop: CancellationToken) -> Result<(), LogError> {
        loop {
            let work = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                work = inbox.recv() => work,
            };
            let Some(work) = work else { return Ok(()) };
            match work {
                Work::FromStream { stream: name, messages } => {
                    self.take(messages.done().await?, Some(&name), &stop).await
                }
                Work::FromFeed { messages, done } => {
                    self.take(messages.done().await?, None, &stop).await;
                    // Whoever asked may be gone.
                    let _ = done.send(());
                }
                Work::Head { service, position } => self.note_head(service, position),
                Work::Empty { done } => {
                    self.empty().await?;
                    let _ = done.send(());
                }
            }
        }
    }

    async fn take(&self, messages: Vec<Incoming>, stream: Option<&str>, stop: &CancellationToken) {
        let before = Arc::clone(&self.shown.borrow());
        let (after, changes) = taken(&before, messages, stream, (self.clock)().as_microsecond());
        while let Err(error) = self.store.write(&changes, &after.place).await {
            warn!(error = %Chain(&error), "The aggregator's database failed; trying again");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(AFTER_A_FAILURE) => {}
            }
        }
        self.shown.send_replace(Arc::new(after));
    }

    fn note_head(&self, service: String, position: u64) {
        self.shown.send_modify(|shown| {
            let mut after = Shown::clone(shown);
            after.progress.entry(service.into()).or_default().head = position;
            *shown = Arc::new(after);
        });
    }

    /// Starts a new board: another epoch, so that watchers start over too.
    async fn empty(&self) -> Result<(), LogError> {
        let before = Arc::clone(&self.shown.borrow());
        let epoch = Uuid::now_v7().simple().to_string();
        let place = PlaceInStream { epoch, revision: 0, ..before.place.clone() };
        self.store.empty(&place).await?;
        info!("The board is empty and fills from the services' feeds");
        let shown = Shown { board: Board::default(), progress: BTreeMap::new(), place, parked: before.parked };
        self.shown.send_replace(Arc::new(shown));
        Ok(())
    }
}

/// What messages make of a picture, and what to write for it. Pure.
pub fn taken(before: &Shown, messages: Vec<Incoming>, stream: Option<&str>, at: i64) -> (Shown, Changes) {
    let mut after = before.clone();
    let mut changes = Changes::default();
    let mut newest: HashMap<Key, (Report, Entry)> = HashMap::new();
    let mut touched: BTreeSet<Arc<str>> = BTreeSet::new();
    let sequence = messages.last().and_then(Incoming::sequence);
    for message in messages {
        let (report, entry) = match message {
            Incoming::Report { report, entry, .. } => (report, *entry),
            Incoming::Unreadable { message, reason } => {
                warn!(subject = message.subject.as_str(), sequence = message.sequence, reason, "A message was parked");
                changes.parked.push(Parked { message, reason, at });
                continue;
            }
        };
        after.progress.entry(Arc::clone(&report.key.service)).or_default().saw(report.position);
        touched.insert(Arc::clone(&report.key.service));
        let is_newer = !report.past
            && report.version > after.board.version(&report.key)
            && newest.get(&report.key).is_none_or(|(held, _)| report.version > held.version);
        if is_newer {
            newest.insert(report.key.clone(), (report.clone(), entry));
        }
        changes.history.push(report);
    }
    // In the order of the feed, so that watchers see the changes as they happened.
    let mut newest: Vec<(Report, Entry)> = newest.into_values().collect();
    newest.sort_by(|(a, _), (b, _)| (&a.key.service, a.position).cmp(&(&b.key.service, b.position)));
    for (report, entry) in newest {
        if after.board.apply(entry) {
            let revision = after.board.revision();
            changes.board.push(Kept { key: report.key, revision, data: report.data });
        }
    }
    let of = |service: Arc<str>| {
        let complete_to = after.progress.get(&service).map_or(0, Progress::complete_to);
        (service, complete_to)
    };
    changes.progress = touched.into_iter().map(of).collect();
    after.parked += changes.parked.len() as u64;
    after.place.revision = after.board.revision();
    if let Some((stream, sequence)) = stream.zip(sequence) {
        after.place.stream = stream.to_owned();
        after.place.sequence = sequence;
    }
    (after, changes)
}
