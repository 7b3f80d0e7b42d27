//! The loop that writes a log: it takes every command that waits, decides them, appends, commits, and only then
//! answers. One disk sync serves the whole batch; there is no timer, the batch is what queued while
//! the one before it was written. It must never answer before the commit.

mod batch;
mod commit;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::postgres::PgListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant as TokioInstant;
use tokio_util::sync::CancellationToken;
use tracing::debug;

use crate::domain::{Domain, Meta};
use crate::error::{ExecuteError, LogError};
use crate::outbox::ReportRow;
use crate::personal::{ERASED, NewPersonal, TEXT};
use crate::store::NewReport;
use crate::{CLOCK, Shared, View, load};

/// Most commands in one commit.
const MOST_IN_A_BATCH: usize = 256;
/// How often a log that is not written looks for what other replicas wrote, should a wake-up be lost.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);
/// How often due timers are looked at, at least, so that a clock that is put right is noticed.
const TIMERS_EVERY: Duration = Duration::from_secs(1);
/// How long answers of commands are kept.
const ANSWERS_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How often older answers are forgotten.
const FORGET_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What comes of a job: its answer; or nothing, because it says of somebody an id that another replica chose otherwise.
pub(crate) type Outcome<D> = Result<Answered<D>, Mistaken>;
pub(crate) type Answered<D> = Result<<D as Domain>::Answer, ExecuteError<<D as Domain>::Refusal>>;

/// An id that a command was sealed with may not be the one that the table has. Nothing was done; it must be sealed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mistaken {
    /// The table has another id for somebody it names.
    Known,
    /// There is an answer to another command of this id: it is the same one, if whoever answered it knew somebody by
    /// another id.
    Answered,
}

/// A command on its way to the writer.
pub(crate) struct Job<D: Domain> {
    pub(crate) meta: Meta,
    pub(crate) command: D::Command,
    pub(crate) fingerprint: i64,
    /// Rows of the look-up table that its commit writes.
    pub(crate) personal: Vec<NewPersonal>,
    /// It was sealed after its id was answered: whoever that answer names, is in the table.
    pub(crate) looked_again: bool,
    /// It must see what every replica committed, also when it has nothing to write.
    pub(crate) settles: bool,
    /// Where the answer goes; none for the log's own timers.
    pub(crate) reply: Option<oneshot::Sender<Outcome<D>>>,
}

/// The loop behind an [`EventLog`](crate::EventLog). Its end is the end of the service.
pub struct Writer<D: Domain> {
    shared: Arc<Shared<D>>,
    inbox: mpsc::Receiver<Job<D>>,
    /// Nobody else wrote since the last look: what memory says is what is on disk.
    alone: bool,
    /// A batch may still be committed of which nobody knows.
    is_uncertain: bool,
    forgotten_at: Timestamp,
    /// A tick that did nothing rests until then.
    no_tick_before: Option<TokioInstant>,
}

/// What woke the writer.
enum Wake {
    Commands,
    Timer,
    Follow,
    /// A replica erased what belongs to a person.
    Erased,
    /// The connection that tells of other replicas' commits is gone.
    ListenerLost,
    Stop,
}

impl<D: Domain> Writer<D> {
    pub(crate) const fn new(shared: Arc<Shared<D>>, inbox: mpsc::Receiver<Job<D>>) -> Self {
        Self { shared, inbox, alone: true, is_uncertain: false, forgotten_at: Timestamp::MIN, no_tick_before: None }
    }

    /// Runs until told to stop; commands that wait then are still answered. An error means the log itself is wrong,
    /// and the service must stop.
    pub async fn run(mut self, stop: CancellationToken) -> Result<(), LogError> {
        let mut listener = self.listen().await;
        let mut jobs = Vec::new();
        loop {
            match self.wake(&mut jobs, listener.as_mut(), &stop).await {
                Wake::Commands => {
                    if self.is_due() {
                        jobs.insert(0, self.tick_job());
                    }
                    self.commit(std::mem::take(&mut jobs)).await?;
                }
                Wake::Timer => self.tick().await?,
                Wake::Follow => {
                    self.follow().await?;
                    listener = if listener.is_none() { self.listen().await } else { listener };
                }
                Wake::Erased => self.shared.personal.believe_nothing(),
                Wake::ListenerLost => {
                    self.shared.personal.believe_nothing();
                    listener = None;
                }
                Wake::Stop => break,
            }
        }
        self.inbox.close();
        while self.inbox.recv_many(&mut jobs, MOST_IN_A_BATCH).await > 0 {
            self.commit(std::mem::take(&mut jobs)).await?;
        }
        Ok(())
    }

    async fn wake(
        &mut self,
        jobs: &mut Vec<Job<D>>,
        listener: Option<&mut PgListener>,
        stop: &CancellationToken,
    ) -> Wake {
        let until_due = self.until_due();
        let timer = async {
            match until_due {
                Some(wait) => tokio::time::sleep(wait).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => Wake::Stop,
            count = self.inbox.recv_many(jobs, MOST_IN_A_BATCH) => if count == 0 { Wake::Stop } else { Wake::Commands },
            () = timer => if self.is_due() { Wake::Timer } else { Wake::Follow },
            wake = notified(listener) => wake,
        }
    }

    fn until_due(&self) -> Option<Duration> {
        let due = D::next_due(&self.shared.view.load().state);
        let follows = (self.is_uncertain || self.shared.store.0.postgres().is_some()).then_some(FOLLOW_EVERY);
        let until = due.map(|due| {
            let wait = due.duration_since((self.shared.clock)());
            let rest = self.no_tick_before.map_or(Duration::ZERO, |until| until.duration_since(TokioInstant::now()));
            Duration::try_from(wait).unwrap_or(Duration::ZERO).max(rest).min(TIMERS_EVERY)
        });
        [until, follows].into_iter().flatten().min()
    }

    fn is_due(&self) -> bool {
        let rests = self.no_tick_before.is_some_and(|until| TokioInstant::now() < until);
        !rests && D::next_due(&self.shared.view.load().state).is_some_and(|due| due <= (self.shared.clock)())
    }

    fn tick_job(&self) -> Job<D> {
        let meta = Meta { command_id: None, actor: CLOCK.to_owned(), traceparent: None };
        Job {
            meta,
            command: self.shared.domain.tick(),
            fingerprint: 0,
            personal: Vec::new(),
            looked_again: false,
            settles: false,
            reply: None,
        }
    }

    async fn tick(&mut self) -> Result<(), LogError> {
        let before = self.shared.view.load().position;
        self.commit(vec![self.tick_job()]).await?;
        if self.shared.view.load().position == before {
            // The database did not take it, or the rules have nothing to do: do not spin.
            self.no_tick_before = Some(TokioInstant::now() + TIMERS_EVERY);
        }
        Ok(())
    }

    /// Takes over what other replicas committed. A database that does not answer is tried again later.
    async fn follow(&mut self) -> Result<(), LogError> {
        let caught_up = self.catch_up().await;
        match caught_up {
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                debug!(error = %Chain(&error), "The event log could not be followed");
                Ok(())
            }
            Ok(()) => {
                self.is_uncertain = false;
                Ok(())
            }
        }
    }

    async fn catch_up(&self) -> Result<(), LogError> {
        loop {
            let published = self.shared.view.load_full();
            let head = self.shared.store.head().await?;
            if head.position <= published.position {
                return Ok(());
            }
            let most = load::most(published.position, head.position);
            let rows = self.shared.store.events(published.position, most).await?;
            if rows.is_empty() {
                return Err(LogError::Hole { expected: published.position + 1, found: head.position });
            }
            let mut state = published.state.clone();
            let position = load::apply::<D>(&mut state, published.position, &rows)?;
            self.publish(View { state, position, reports: head.reports }, Vec::new());
            if position >= head.position {
                return Ok(());
            }
        }
    }

    /// Shows what is committed, its reports first.
    fn publish(&self, view: View<D::State>, new: Vec<NewReport>) {
        let reports = view.reports;
        self.shared.recent.add(new.into_iter().map(ReportRow::from));
        self.shared.view.store(Arc::new(view));
        self.shared.reported.send_if_modified(|seen| std::mem::replace(seen, reports) != reports);
    }

    async fn forget_old_answers(&mut self) {
        let now = (self.shared.clock)();
        if now.duration_since(self.forgotten_at) < FORGET_EVERY {
            return;
        }
        self.forgotten_at = now;
        let before = now.saturating_sub(ANSWERS_KEPT).map_or(0, Timestamp::as_microsecond);
        if let Err(error) = self.shared.store.forget_answers(before).await {
            debug!(error = %Chain(&error), "Old answers could not be forgotten; the next round will");
        }
    }

    /// On PostgreSQL, a connection that is told when a replica commits. Without it the slow poll does the work.
    async fn listen(&self) -> Option<PgListener> {
        let pool = self.shared.store.0.postgres()?;
        let mut listener = PgListener::connect_with(pool).await.ok()?;
        listener.listen_all(["onderdak_log", ERASED]).await.ok()?;
        Some(listener)
    }
}

impl<D: Domain> Job<D> {
    fn answer(self, answer: Answered<D>) {
        self.comes_to(Ok(answer));
    }

    fn comes_to(self, outcome: Outcome<D>) {
        if let Some(reply) = self.reply {
            // A caller that went away does not need its answer; a retry gets it from the log.
            let _ = reply.send(outcome);
        }
    }

    /// Whether it says an id of somebody of whom the table did not know when it was asked.
    fn is_guess(&self) -> bool {
        self.personal.iter().any(|row| row.sort != TEXT)
    }
}

/// Waits for word of another replica, or that the connection was lost. Without a connection it waits for ever.
async fn notified(listener: Option<&mut PgListener>) -> Wake {
    let Some(listener) = listener else { return std::future::pending().await };
    match listener.recv().await {
        Ok(word) if word.channel() == ERASED => Wake::Erased,
        Ok(_) => Wake::Follow,
        Err(_) => Wake::ListenerLost,
    }
}

/// An error with its causes, on one line.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
