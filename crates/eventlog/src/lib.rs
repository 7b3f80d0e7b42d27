//! The event log of a service: every change of the product goes through here. The log is the truth, the audit
//! trail and the outbox; state is a fold of it, held in memory. It knows no domain: a [`Domain`] gives it two
//! pure functions, and the log decides, appends and answers in batches; a lock makes sure that nobody came between.
//!
//! - [`EventLog`] is the handle: [`EventLog::execute`] a command, [`EventLog::view`] the state;
//! - [`Writer`] is the loop behind it, run by the service that owns the log;
//! - [`EventLog::entries`] is who did what;
//! - [`Outbox`] reads the reports for the relay and the feed;
//! - `personal` is the look-up table of what belongs to a person; `store` holds every other line of SQL; [`sql`] lets one text run on SQLite and on PostgreSQL.
//!
//! **Invariants.** Memory is never ahead of the disk: state is published after the commit. The order of commit is
//! the order of position, without holes. A command id has one effect and one answer. A row that cannot be read
//! stops the service; it is never skipped.

mod audit;
mod domain;
mod error;
mod load;
mod outbox;
mod personal;
mod recent;
pub mod sql;
mod store;
mod writer;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

pub use crate::audit::{Entry, Wanted};
pub use crate::domain::{Domain, Envelope, Keep, Meta, Report};
pub use crate::error::{ExecuteError, LogError};
pub use crate::outbox::{Leadership, Outbox, ReportRow};
use crate::personal::NewPersonal;
pub use crate::personal::TEXT;
pub use crate::sql::Options;
pub use crate::writer::Writer;
use crate::writer::{Job, Mistaken, Outcome};

/// The clock of a service: time comes in as an argument, also here.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Most commands that may wait for the writer; one more is refused as busy.
const MOST_WAITING: usize = 4_096;
/// How often a command is asked again because another replica was first to know whom it is about.
const MOST_MISTAKES: usize = 8;
/// The sort of who acts.
const STAFF: &str = "staff";
/// The role of the suite itself, which is nobody.
const SYSTEM: &str = "systeem";
/// Who acts when only time passed.
pub(crate) const CLOCK: &str = "systeem:klok";
/// How long a caller waits for the answer of a command before its outcome is unknown.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What readers see: the state after every event up to a position.
#[derive(Debug)]
pub struct View<S> {
    /// The state.
    pub state: S,
    /// Position of the last event in it.
    pub position: u64,
    /// Position of the last report that follows from it.
    pub reports: u64,
}

/// The handle of a log. Cheap to clone.
pub struct EventLog<D: Domain> {
    shared: Arc<Shared<D>>,
    jobs: mpsc::Sender<Job<D>>,
}

impl<D: Domain> Clone for EventLog<D> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), jobs: self.jobs.clone() }
    }
}

/// What the handle and the writer share.
struct Shared<D: Domain> {
    domain: D,
    store: store::Store,
    clock: Clock,
    view: ArcSwap<View<D::State>>,
    /// Position of the newest report; the relay waits for it to change.
    reported: watch::Sender<u64>,
    recent: Arc<recent::Recent>,
    personal: personal::Personal,
}

/// Opens a log: migrates its tables, folds every event into the state. The writer must be run for commands to be
/// answered.
pub async fn open<D: Domain>(domain: D, options: Options, clock: Clock) -> Result<(EventLog<D>, Writer<D>), LogError> {
    let store = store::Store::open(&options).await?;
    let view = load::from_the_start::<D>(&store).await?;
    let (reported, _) = watch::channel(view.reports);
    let recent = Arc::default();
    let personal = personal::Personal::open(store.clone()).await?;
    let view = ArcSwap::from_pointee(view);
    let shared = Arc::new(Shared { domain, store, clock, view, reported, recent, personal });
    let (sender, receiver) = mpsc::channel(MOST_WAITING);
    let log = EventLog { shared: Arc::clone(&shared), jobs: sender };
    Ok((log, Writer::new(shared, receiver)))
}

impl<D: Domain> EventLog<D> {
    /// Executes a command: decided against the newest state, appended, on disk, and only then answered.
    pub async fn execute(&self, meta: Meta, command: D::Command) -> Result<D::Answer, ExecuteError<D::Refusal>> {
        self.run(meta, command, false).await
    }

    async fn run(&self, meta: Meta, command: D::Command, settles: bool) -> Result<D::Answer, ExecuteError<D::Refusal>> {
        let mut looked_again = false;
        for _ in 0..=MOST_MISTAKES {
            match self.ask(meta.clone(), command.clone(), settles, looked_again).await? {
                Ok(answered) => return answered,
                Err(mistaken) => looked_again |= mistaken == Mistaken::Answered,
            }
        }
        Err(ExecuteError::Unavailable)
    }

    /// Asks the writer once.
    async fn ask(
        &self,
        mut meta: Meta,
        mut command: D::Command,
        settles: bool,
        looked_again: bool,
    ) -> Result<Outcome<D>, ExecuteError<D::Refusal>> {
        let mut values: Vec<(&'static str, String)> = Vec::new();
        D::seal(&mut command, &mut |sort, value| {
            values.push((sort, value.to_owned()));
            None
        });
        let personal = self.seal(&mut meta, &mut command, &values).await?;
        // The id of a text is that of its place in the command: what it says must count too.
        let texts = values.iter().filter(|(sort, _)| *sort == TEXT).map(|(_, value)| value.as_str());
        let fingerprint = store::fingerprint(&command, texts).map_err(ExecuteError::Unencodable)?;
        let (reply, answer) = oneshot::channel();
        let job = Job { meta, command, fingerprint, personal, looked_again, settles, reply: Some(reply) };
        self.jobs.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => ExecuteError::Busy,
            mpsc::error::TrySendError::Closed(_) => ExecuteError::Stopped,
        })?;
        match tokio::time::timeout(ANSWER_WITHIN, answer).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(_)) => Err(ExecuteError::Stopped),
            Err(_) => Err(ExecuteError::Unknown),
        }
    }

    /// Waits until everything that was committed so far can be seen, by whichever replica: what is answered of a moment
    /// that came before is answered the same for ever. What is due happens first.
    pub async fn settled(&self) -> Result<(), ExecuteError<D::Refusal>> {
        let meta = Meta { command_id: None, actor: CLOCK.to_owned(), traceparent: None };
        self.run(meta, self.shared.domain.tick(), true).await.map(drop)
    }

    /// Puts ids in the place of what belongs to a person; gives the rows that the commit must write for them.
    async fn seal(
        &self,
        meta: &mut Meta,
        command: &mut D::Command,
        values: &[(&'static str, String)],
    ) -> Result<Vec<NewPersonal>, ExecuteError<D::Refusal>> {
        let actor = meta.actor.split_once(':').filter(|(role, _)| *role != SYSTEM);
        let actor = actor.map(|(role, id)| (role.to_owned(), id.to_owned()));
        let mut all = values.to_vec();
        all.extend(actor.as_ref().map(|(_, id)| (STAFF, id.clone())));
        if all.is_empty() {
            return Ok(Vec::new());
        }
        let at = self.now().as_microsecond();
        let kept = self.shared.personal.keep(&all, meta.command_id, at).await;
        let (ids, rows) = kept.map_err(|error| {
            tracing::warn!(%error, "What belongs to a person could not be kept");
            if error.is_full() { ExecuteError::Full } else { ExecuteError::Unavailable }
        })?;
        let mut next = ids.iter().copied();
        D::seal(command, &mut |_, _| next.next());
        if let Some(((role, _), id)) = actor.zip(ids.last()) {
            meta.actor = format!("{role}:{id}");
        }
        Ok(rows)
    }

    /// What ids stand for. Whoever was erased is not among them.
    pub async fn reveal(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<str>>, LogError> {
        if ids.is_empty() { Ok(HashMap::new()) } else { self.shared.personal.reveal(ids).await }
    }

    /// The id that stands for a member of staff, also one who only looks.
    pub async fn known_as(&self, staff: &str) -> Result<Uuid, LogError> {
        self.shared.personal.known_as(STAFF, staff, self.now().as_microsecond()).await
    }

    /// Erases a value of a sort, and every text it stands in; gives how many rows that were. Events, reports and answers
    /// keep an id that stands for nothing.
    pub async fn erase(&self, sort: &str, value: &str) -> Result<u64, LogError> {
        let id = self.shared.personal.known_id(sort, value).await?;
        // First, so that it is done again where erasing itself fails.
        self.follows_erasing(sort, id).await?;
        let erased = self.shared.personal.erase(sort, value).await?;
        // Somebody may have used the id meanwhile; nobody can any more.
        self.follows_erasing(sort, id).await?;
        Ok(erased)
    }

    /// What the rules say of whom an id stood for.
    async fn follows_erasing(&self, sort: &str, id: Option<Uuid>) -> Result<(), LogError> {
        let Some(command) = id.and_then(|id| self.shared.domain.erased(sort, id)) else { return Ok(()) };
        let meta = Meta { command_id: None, actor: CLOCK.to_owned(), traceparent: None };
        let done = self.execute(meta, command).await.map_err(|error| {
            tracing::warn!(%error, "What follows from erasing somebody was not done");
            LogError::Silent
        });
        done.map(drop)
    }

    /// Erases what nobody needed for so many days; gives how many rows that were, by sort.
    pub async fn retain(&self, days: &[(&'static str, u32)]) -> Result<Vec<(&'static str, u64)>, LogError> {
        let (view, now) = (self.view(), self.now().as_microsecond());
        let oldest: Vec<_> = days.iter().map(|(sort, days)| (*sort, personal::days_before(now, *days))).collect();
        self.shared.personal.retain(&D::needs(&view.state), now, &oldest).await
    }

    /// The newest published state.
    pub fn view(&self) -> Arc<View<D::State>> {
        self.shared.view.load_full()
    }

    /// The clock of this log.
    pub fn now(&self) -> Timestamp {
        (self.shared.clock)()
    }

    /// The domain behind this log.
    pub fn domain(&self) -> &D {
        &self.shared.domain
    }

    /// Reads the reports, for the relay and the feed.
    pub fn outbox(&self) -> Outbox {
        Outbox::new(self.shared.store.clone(), self.shared.reported.subscribe(), Arc::clone(&self.shared.recent))
    }

    /// Whether the log can be written: commits a transaction that changes nothing, which a full disk refuses.
    pub async fn check_writable(&self) -> Result<(), LogError> {
        let tx = self.shared.store.begin().await?;
        let head = tx.head();
        tx.append(&store::Batch::default(), head).await
    }
}
