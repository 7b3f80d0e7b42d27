//! Committing a batch: decide, append, and only then publish and answer. Usually nobody else writes and no command is
//! a retry; then memory is all a decision needs, and the lock only has to confirm it. Otherwise everything is read
//! again under the lock. Nobody is ever answered on a guess.

use std::time::Duration;

use jiff::Timestamp;
use tracing::{debug, info, warn};

use super::batch::Batching;
use super::{Chain, Job, Mistaken, Outcome, Writer};
use crate::domain::Domain;
use crate::error::{ExecuteError, LogError};
use crate::load::{self, CHUNK};
use crate::store::{Batch, Head, NewAnswer, Tx};

/// Longest wait for the database in one step; longer than its own timeouts, which end a transaction cleanly.
const DATABASE_WITHIN: Duration = Duration::from_secs(9);
/// How long a batch whose fate is uncertain is looked for before its callers are told so.
const RESOLVE_WITHIN: Duration = Duration::from_secs(6);

impl<D: Domain> Writer<D> {
    /// Decides and writes one batch and answers it. Only an error of the log itself comes back.
    pub(super) async fn commit(&mut self, jobs: Vec<Job<D>>) -> Result<(), LogError> {
        // What another replica wrote is only certain under the lock; where there is one process, there is none.
        let settles = self.shared.store.0.postgres().is_some() && jobs.iter().any(|job| job.settles);
        let mut left = if self.alone && !settles { self.commit_from_memory(jobs).await? } else { jobs };
        while !left.is_empty() {
            match within(self.shared.store.begin()).await {
                Ok(tx) => left = self.commit_under_lock(tx, left).await?,
                Err(error) => refuse(&error, "The event log cannot be locked", std::mem::take(&mut left)),
            }
        }
        self.forget_old_answers().await;
        Ok(())
    }

    /// Decides on what memory says. Gives the jobs back, with nothing done, where that was not the whole truth: another
    /// replica wrote meanwhile, or a command was answered before.
    async fn commit_from_memory(&mut self, jobs: Vec<Job<D>>) -> Result<Vec<Job<D>>, LogError> {
        let published = self.shared.view.load_full();
        let before = Head { position: published.position, reports: published.reports };
        let mut batching = Batching::new(published.state.clone(), before, Vec::new());
        if let Err(error) = self.decide(&mut batching, &jobs) {
            refuse(&error, "A batch could not be decided", jobs);
            return Ok(Vec::new());
        }
        let (view, rows, answers) = batching.finish(&self.shared, before)?;
        if rows.is_empty() {
            self.answer(jobs, answers);
            return Ok(Vec::new());
        }
        let new_head = Head { position: view.position, reports: view.reports };
        match within(self.shared.store.append(&rows, before, new_head)).await {
            Ok(()) => {
                self.shared.personal.written(&rows.personal);
                self.publish(view, rows.reports);
                self.answer(jobs, answers);
            }
            Err(error) if error.is_mistaken() => return Ok(self.without_guesses(jobs)),
            Err(error) if error.is_elsewhere() || error.is_taken() => {
                self.alone = error.is_taken();
                return Ok(jobs);
            }
            Err(error) => self.resolve(error, jobs, &rows, new_head, answers).await?,
        }
        Ok(Vec::new())
    }

    /// Decides on what the lock says. Gives back, with nothing done, the jobs that stand without the guesses of others.
    async fn commit_under_lock(&mut self, mut tx: Tx, jobs: Vec<Job<D>>) -> Result<Vec<Job<D>>, LogError> {
        let head = tx.head();
        self.alone = self.shared.view.load().position == head.position;
        let prepared = match self.prepare(&mut tx, head, &jobs).await {
            Ok(prepared) => prepared,
            Err(error) if error.is_fatal() => return Err(error),
            Err(error) => {
                refuse(&error, "A batch could not be decided", jobs);
                return Ok(Vec::new());
            }
        };
        let (view, rows, answers) = prepared.finish(&self.shared, head)?;
        let new_head = Head { position: view.position, reports: view.reports };
        // With nothing to write, what was read under the lock is all there is.
        let appended = if rows.is_empty() { Ok(()) } else { within(tx.append(&rows, new_head)).await };
        match appended {
            Ok(()) => {
                self.shared.personal.written(&rows.personal);
                self.publish(view, rows.reports);
                self.answer(jobs, answers);
            }
            Err(error) if error.is_mistaken() => return Ok(self.without_guesses(jobs)),
            Err(error) => self.resolve(error, jobs, &rows, new_head, answers).await?,
        }
        Ok(Vec::new())
    }

    /// Gives each job what comes of it.
    fn answer(&self, jobs: Vec<Job<D>>, outcomes: Vec<Outcome<D>>) {
        for (job, outcome) in jobs.into_iter().zip(outcomes) {
            if outcome.is_err() {
                self.shared.personal.mistaken(&job.personal);
            }
            job.comes_to(outcome);
        }
    }

    /// Sends the jobs back that name somebody who was not known yet: another replica knows one of them by another id.
    fn without_guesses(&self, jobs: Vec<Job<D>>) -> Vec<Job<D>> {
        let (guesses, sure): (Vec<_>, Vec<_>) = jobs.into_iter().partition(Job::is_guess);
        debug!(commands = guesses.len(), "Another replica was first to know somebody");
        let outcomes = guesses.iter().map(|_| Err(Mistaken::Known)).collect();
        self.answer(guesses, outcomes);
        sure
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
        self.decide(&mut batching, jobs)?;
        Ok(batching)
    }

    /// Decisions of one batch may lie milliseconds apart; each has its own moment.
    fn decide(&self, batching: &mut Batching<D>, jobs: &[Job<D>]) -> Result<(), LogError> {
        jobs.iter().try_for_each(|job| batching.decide(&self.shared.domain, job, whole_micros((self.shared.clock)())))
    }

    /// After a failed commit: what is stored tells whether it was kept, where the failed transaction is over. Nobody is
    /// answered on a guess, and the working copy is dropped: memory can never be ahead of the disk.
    async fn resolve(
        &mut self,
        error: LogError,
        jobs: Vec<Job<D>>,
        rows: &Batch,
        new_head: Head,
        answers: Vec<Outcome<D>>,
    ) -> Result<(), LogError> {
        if error.is_full() || error.is_locked() {
            refuse(&error, "The event log cannot be written", jobs);
            return Ok(());
        }
        warn!(error = %Chain(&error), "A commit failed; looking whether it was kept");
        let looked = tokio::time::timeout(RESOLVE_WITHIN, async {
            loop {
                match self.stored(&rows.answers).await {
                    Ok(stored) => break stored,
                    Err(error) => {
                        debug!(error = %Chain(&error), "Still not known");
                        tokio::time::sleep(Duration::from_millis(200)).await;
                    }
                }
            }
        });
        // PostgreSQL may still get to a statement of which it said nothing; SQLite does one after the other.
        let is_over = error.is_answer() || self.shared.store.0.postgres().is_none();
        match looked.await {
            Ok(Stored::Ours) => {
                self.shared.personal.written(&rows.personal);
                self.follow().await?;
                info!(position = new_head.position, "The commit was kept");
                self.answer(jobs, answers);
            }
            Ok(Stored::Nothing) if is_over => {
                jobs.into_iter().for_each(|job| job.answer(Err(ExecuteError::Unavailable)));
            }
            // A retry with the same command id tells.
            Ok(Stored::Nothing | Stored::Others) | Err(_) => {
                self.is_uncertain = true;
                jobs.into_iter().for_each(|job| job.answer(Err(ExecuteError::Unknown)));
            }
        }
        self.follow().await
    }

    /// What is stored under the command ids of a batch, seen under the lock.
    async fn stored(&self, answers: &[NewAnswer]) -> Result<Stored, LogError> {
        let ids: Vec<String> = answers.iter().map(|answer| answer.id.clone()).collect();
        let mut tx = within(self.shared.store.begin()).await?;
        let found = within(tx.answers(&ids)).await?;
        if found.is_empty() {
            return Ok(Stored::Nothing);
        }
        let is_there = |ours: &NewAnswer| {
            found.iter().any(|it| (&it.id, it.fingerprint, &it.answer) == (&ours.id, ours.fingerprint, &ours.answer))
        };
        Ok(if answers.iter().all(is_there) { Stored::Ours } else { Stored::Others })
    }
}

/// What is stored under the command ids of a batch.
enum Stored {
    /// What this batch wrote.
    Ours,
    /// What another batch wrote for some of them.
    Others,
    /// Nothing.
    Nothing,
}

/// Tells every job that the database did not take it. Nothing was appended.
fn refuse<D: Domain>(error: &LogError, what: &str, jobs: Vec<Job<D>>) {
    warn!(error = %Chain(error), "{what}");
    jobs.into_iter().for_each(|job| {
        job.answer(Err(if error.is_full() { ExecuteError::Full } else { ExecuteError::Unavailable }));
    });
}

/// A database that does not answer at all must not hold up the writer for ever.
async fn within<T>(work: impl Future<Output = Result<T, LogError>>) -> Result<T, LogError> {
    tokio::time::timeout(DATABASE_WITHIN, work).await.unwrap_or(Err(LogError::Silent))
}

/// The precision of the log: what is replayed must equal what was lived.
fn whole_micros(at: Timestamp) -> Timestamp {
    load::instant(at.as_microsecond())
}
