//! The loop that writes a log: it takes every command that waits, decides them under the lock, appends, commits,
//! and only then answers. One disk sync serves the whole batch; there is no timer, the batch is what queued while
//! the one before it was written. It must never answer before the commit.

mod batch;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sqlx::postgres::PgListener;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant as TokioInstant;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use self::batch::Batching;
use crate::domain::{Domain, Meta};
use crate::error::{ExecuteError, LogError};
use crate::load::{self, CHUNK};
use crate::store::{Batch, Head, Tx};
use crate::{Shared, View};

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
/// Longest wait for the database in one step; longer than its own timeouts, which end a transaction cleanly.
const DATABASE_WITHIN: Duration = Duration::from_secs(9);
/// How long a batch whose fate is uncertain is looked for before its callers are told so.
const RESOLVE_WITHIN: Duration = Duration::from_secs(6);

pub(crate) type Answered<D> = Result<<D as Domain>::Answer, ExecuteError<<D as Domain>::Refusal>>;

/// A command on its way to the writer.
pub(crate) struct Job<D: Domain> {
    pub(crate) meta: Meta,
    pub(crate) command: D::Command,
    pub(crate) fingerprint: i64,
    /// Where the answer goes; none for the log's own timers.
    pub(crate) reply: Option<oneshot::Sender<Answered<D>>>,
}

/// The loop behind an [`EventLog`](crate::EventLog). Its end is the end of the service.
pub struct Writer<D: Domain> {
    shared: Arc<Shared<D>>,
    inbox: mpsc::Receiver<Job<D>>,
    forgotten_at: Timestamp,
    /// A tick that did nothing rests until then.
    no_tick_before: Option<TokioInstant>,
}

/// What woke the writer.
enum Wake {
    Commands,
    Timer,
    Follow,
    /// The connection that tells of other replicas' commits is gone.
    ListenerLost,
    Stop,
}

impl<D: Domain> Writer<D> {
    pub(crate) const fn new(shared: Arc<Shared<D>>, inbox: mpsc::Receiver<Job<D>>) -> Self {
        Self { shared, inbox, forgotten_at: Timestamp::MIN, no_tick_before: None }
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
                Wake::ListenerLost => listener = None,
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
            told = notified(listener) => if told { Wake::Follow } else { Wake::ListenerLost },
        }
    }

    fn until_due(&self) -> Option<Duration> {
        let due = D::next_due(&self.shared.view.load().state);
        let follows = self.shared.store.0.postgres().map(|_| FOLLOW_EVERY);
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
        let meta = Meta { command_id: None, actor: "systeem:klok".to_owned(), traceparent: None };
        Job { meta, command: self.shared.domain.tick(), fingerprint: 0, reply: None }
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

    /// Decides and writes one batch and answers it. Only an error of the log itself comes back.
    async fn commit(&mut self, jobs: Vec<Job<D>>) -> Result<(), LogError> {
        match within(self.shared.store.begin()).await {
            Ok(tx) => self.commit_under_lock(tx, jobs).await?,
            Err(error) => {
                warn!(error = %Chain(&error), "The event log cannot be locked");
                jobs.into_iter().for_each(|job| job.answer(Err(refused_by_disk(&error))));
            }
        }
        self.forget_old_answers().await;
        Ok(())
    }

    async fn commit_under_lock(&mut self, mut tx: Tx, jobs: Vec<Job<D>>) -> Result<(), LogError> {
        let head = tx.1;
        let prepared = match self.prepare(&mut tx, head, &jobs).await {
            Ok(prepared) => prepared,
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                warn!(error = %Chain(&error), "A batch could not be decided");
                jobs.into_iter().for_each(|job| job.answer(Err(refused_by_disk(&error))));
                return Ok(());
            }
        };
        let (view, rows, answers) = prepared.finish(&self.shared, head)?;
        if rows.is_empty() {
            // Nothing to write: what was read under the lock is all there is.
            self.publish(view);
            jobs.into_iter().zip(answers).for_each(|(job, answer)| job.answer(answer));
            return Ok(());
        }
        let new_head = Head { position: view.position, reports: view.reports };
        match within(tx.append(&rows, new_head)).await {
            Ok(()) => {
                self.publish(view);
                jobs.into_iter().zip(answers).for_each(|(job, answer)| job.answer(answer));
            }
            Err(error) if error.is_full() => {
                warn!(error = %Chain(&error), "The disk of the event log is full");
                jobs.into_iter().for_each(|job| job.answer(Err(ExecuteError::Full)));
            }
            // The working copy is dropped here: memory can never be ahead of the disk.
            Err(error) => self.resolve(error, jobs, &rows, new_head, answers).await?,
        }
        Ok(())
    }

    /// Reads what other replicas wrote and the stored answers, then decides every command in order.
    async fn prepare(&self, tx: &mut Tx, head: Head, jobs: &[Job<D>]) -> Result<Batching<D>, LogError> {
        let published = self.shared.view.load_full();
        let mut state = published.state.clone();
        let mut position = published.position;
        while position < head.position {
            let rows = tx.events(position, CHUNK).await?;
            if rows.is_empty() {
                return Err(LogError::Hole { expected: position + 1, found: head.position });
            }
            position = load::apply::<D>(&mut state, position, &rows)?;
        }
        let ids: Vec<String> = jobs.iter().filter_map(|job| job.meta.command_id.map(|id| id.to_string())).collect();
        let known = tx.answers(&ids).await?;
        let mut batching = Batching::new(state, head, known);
        for job in jobs {
            // Decisions of one batch may lie milliseconds apart; each has its own moment.
            batching.decide(&self.shared.domain, job, whole_micros((self.shared.clock)()))?;
        }
        Ok(batching)
    }

    /// After a failed commit: the lock tells when the failed transaction is over, and the stored positions whether
    /// it was kept. Nobody is answered on a guess.
    async fn resolve(
        &mut self,
        error: LogError,
        jobs: Vec<Job<D>>,
        rows: &Batch,
        new_head: Head,
        answers: Vec<Answered<D>>,
    ) -> Result<(), LogError> {
        warn!(error = %Chain(&error), "A commit failed; looking whether it was kept");
        let ours: Vec<String> = rows.answers.iter().map(|answer| answer.id.clone()).collect();
        let looked = tokio::time::timeout(RESOLVE_WITHIN, async {
            loop {
                match self.kept(&ours).await {
                    Ok(kept) => break kept,
                    Err(error) => {
                        debug!(error = %Chain(&error), "Still not known");
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                }
            }
        });
        match looked.await {
            Ok(true) => {
                self.follow().await?;
                info!(position = new_head.position, "The commit was kept");
                jobs.into_iter().zip(answers).for_each(|(job, answer)| job.answer(answer));
            }
            Ok(false) => jobs.into_iter().for_each(|job| job.answer(Err(ExecuteError::Unavailable))),
            Err(_) => jobs.into_iter().for_each(|job| job.answer(Err(ExecuteError::Unknown))),
        }
        self.follow().await
    }

    /// Whether the answers of a batch are on disk, seen under the lock.
    async fn kept(&self, ids: &[String]) -> Result<bool, LogError> {
        let mut tx = within(self.shared.store.begin()).await?;
        Ok(!ids.is_empty() && tx.answers(ids).await?.len() == ids.len())
    }

    /// Takes over what other replicas committed. A database that does not answer is tried again later.
    async fn follow(&self) -> Result<(), LogError> {
        let caught_up = self.catch_up().await;
        match caught_up {
            Err(error) if error.is_fatal() => Err(error),
            Err(error) => {
                debug!(error = %Chain(&error), "The event log could not be followed");
                Ok(())
            }
            Ok(()) => Ok(()),
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
            self.publish(View { state, position, reports: head.reports });
            if position >= head.position {
                return Ok(());
            }
        }
    }

    fn publish(&self, view: View<D::State>) {
        let reports = view.reports;
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
        listener.listen("onderdak_log").await.ok()?;
        Some(listener)
    }
}

impl<D: Domain> Job<D> {
    fn answer(self, answer: Answered<D>) {
        if let Some(reply) = self.reply {
            // A caller that went away does not need its answer; a retry gets it from the log.
            let _ = reply.send(answer);
        }
    }
}

/// Waits for word of a commit; false when the connection was lost. Without a connection it waits for ever.
async fn notified(listener: Option<&mut PgListener>) -> bool {
    match listener {
        Some(listener) => listener.recv().await.is_ok(),
        None => std::future::pending().await,
    }
}

/// A database that does not answer at all must not hold up the writer for ever.
async fn within<T>(work: impl Future<Output = Result<T, LogError>>) -> Result<T, LogError> {
    tokio::time::timeout(DATABASE_WITHIN, work).await.unwrap_or(Err(LogError::Silent))
}

fn refused_by_disk<R: std::error::Error>(error: &LogError) -> ExecuteError<R> {
    if error.is_full() { ExecuteError::Full } else { ExecuteError::Unavailable }
}

/// The precision of the log: what is replayed must equal what was lived.
fn whole_micros(at: Timestamp) -> Timestamp {
    load::instant(at.as_microsecond())
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
