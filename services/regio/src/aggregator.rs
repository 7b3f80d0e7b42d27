//! The one task that changes the picture. It takes batches of messages, from the bus or from a feed, writes what is
//! new in one transaction, and only then shows it. What cannot be read is parked and later messages go on; what grew
//! older meanwhile is told again. It must not ask anybody for anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use eventlog::{Clock, LogError};
use jiff::Timestamp;
use service::Chain;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;

use crate::board::{Board, Entry, Glance, Key};
use crate::incoming::{Incoming, Reading, Report};
use crate::progress::Progress;
use crate::store::{Changes, Kept, Parked, PlaceInStream, Store};

/// How long the aggregator waits after its database failed.
const AFTER_A_FAILURE: Duration = Duration::from_millis(500);
/// How often is looked for stands that grew older.
const LOOK_EVERY: Duration = Duration::from_secs(1);

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
        let mut looks = tokio::time::interval(LOOK_EVERY);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // Nobody looked while this was not running, so the first look tells of everything that is not current.
        let mut looked = Timestamp::MIN;
        loop {
            let work = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                _ = looks.tick() => {
                    looked = self.grow_older(looked, &stop).await?;
                    continue;
                }
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
        self.keep(after, &changes, stop).await;
    }

    /// Writes a picture and then shows it, unless told to stop.
    async fn keep(&self, mut after: Shown, changes: &Changes, stop: &CancellationToken) {
        loop {
            let error = match self.written(changes, &mut after).await {
                Ok(()) => break,
                Err(error) => error,
            };
            warn!(error = %Chain(&error), "The aggregator's database failed; trying again");
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(AFTER_A_FAILURE) => {}
            }
        }
        self.shown.send_replace(Arc::new(after));
    }

    async fn written(&self, changes: &Changes, after: &mut Shown) -> Result<(), LogError> {
        self.store.write(changes, &after.place).await?;
        // One that was parked before is not counted again.
        if !changes.parked.is_empty() {
            after.parked = self.store.parked().await?;
        }
        Ok(())
    }

    /// Tells again of what grew older since the last look: nobody else would, and a watcher would go on showing a free
    /// place that nobody may count on.
    async fn grow_older(&self, since: Timestamp, stop: &CancellationToken) -> Result<Timestamp, LogError> {
        let now = (self.clock)();
        let before = Arc::clone(&self.shown.borrow());
        let (after, changes) = aged(&before, since, now)?;
        if !changes.board.is_empty() {
            self.keep(after, &changes, stop).await;
        }
        Ok(now)
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
        // What the services said of their heads is still so.
        let progress = before.progress.iter().map(|(service, it)| (Arc::clone(service), it.forgotten())).collect();
        let shown = Shown { board: Board::default(), progress, place, parked: before.parked };
        self.shown.send_replace(Arc::new(shown));
        Ok(())
    }
}

/// What time makes of a picture, and what to write for it: where the word for the age of a stand is another than it was
/// at the last look, the location counts as changed. Pure.
pub fn aged(before: &Shown, since: Timestamp, now: Timestamp) -> Result<(Shown, Changes), LogError> {
    let mut after = before.clone();
    let mut changes = Changes::default();
    let is_older = |(glance, _): &(&Glance, _)| !glance.retired && glance.age(since) != glance.age(now);
    for (_, entry) in before.board.glances().filter(is_older) {
        after.board.tell_again(&entry.key);
        let (revision, data) = (after.board.revision(), serde_json::to_string(&entry.report)?);
        changes.board.push(Kept { key: entry.key.clone(), revision, data: data.into() });
    }
    after.place.revision = after.board.revision();
    Ok((after, changes))
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
                if let Some((service, position)) = &message.position {
                    after.progress.entry(Arc::clone(service)).or_default().could_not_read(*position);
                    touched.insert(Arc::clone(service));
                }
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
