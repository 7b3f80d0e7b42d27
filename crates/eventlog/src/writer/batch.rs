//! One batch in the making: a working copy of the state that moves on with every decision, and the rows that will
//! be written. It does no I/O; when it is dropped, nothing happened.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Answered, Job, Mistaken, Outcome};
use crate::domain::{Domain, Envelope};
use crate::error::{ExecuteError, LogError};
use crate::load::encode;
use crate::personal::{NewPersonal, TEXT};
use crate::store::{AnswerRow, Batch, Head, NewAnswer, NewEvent, NewReport};
use crate::{Shared, View};

/// An answer as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum StoredAnswer<A, R> {
    Ok(A),
    Refused(R),
}

/// What a batch comes to: the state to publish, the rows to write and the answers to give, in the order asked.
pub(super) type Finished<D> = (View<<D as Domain>::State>, Batch, Vec<Outcome<D>>);

/// A batch in the making.
pub(super) struct Batching<D: Domain> {
    state: D::State,
    head: Head,
    known: HashMap<String, (i64, String)>,
    events: Vec<D::Event>,
    rows: Batch,
    answers: Vec<Outcome<D>>,
}

impl<D: Domain> Batching<D> {
    pub(super) fn new(state: D::State, head: Head, known: Vec<AnswerRow>) -> Self {
        let known = known.into_iter().map(|row| (row.id, (row.fingerprint, row.answer))).collect();
        Self { state, head, known, events: Vec::new(), rows: Batch::default(), answers: Vec::new() }
    }

    /// Decides one command against everything decided before it.
    pub(super) fn decide(&mut self, domain: &D, job: &Job<D>, at: Timestamp) -> Result<(), LogError> {
        let id = job.meta.command_id.map(|id| id.to_string());
        if let Some((fingerprint, answer)) = id.as_ref().and_then(|id| self.known.get(id)) {
            self.answers.push(if *fingerprint == job.fingerprint {
                Ok(stored_answer::<D>(answer))
            } else if job.is_guess() && !job.looked_again {
                // It may be the same command, that another replica answered while this one looked who it is about.
                Err(Mistaken::Answered)
            } else {
                Ok(Err(ExecuteError::CommandIdReused))
            });
            return Ok(());
        }
        let envelope = Envelope { at, new_id: Uuid::now_v7() };
        let mut has_happened = false;
        let answer = match domain.decide(&self.state, &job.command, &envelope) {
            Ok(events) => {
                for event in &events {
                    D::evolve(&mut self.state, event, at);
                    self.append(event, job, id.as_deref(), at)?;
                }
                has_happened = !events.is_empty();
                let answer = domain.answer(&self.state, &job.command, &events);
                self.events.extend(events);
                StoredAnswer::Ok(answer)
            }
            Err(refusal) => StoredAnswer::Refused(refusal),
        };
        // What a command that was refused says of somebody is the same the next time only if they have the same id then;
        // its texts are of no use to anybody.
        let is_kept = |row: &&NewPersonal| has_happened || (id.is_some() && row.sort != TEXT);
        self.rows.personal.extend(job.personal.iter().filter(is_kept).cloned());
        if let Some(id) = id {
            let stored = serde_json::to_string(&answer)?;
            self.known.insert(id.clone(), (job.fingerprint, stored.clone()));
            let at = at.as_microsecond();
            self.rows.answers.push(NewAnswer { id, fingerprint: job.fingerprint, answer: stored, at });
        }
        self.answers.push(Ok(match answer {
            StoredAnswer::Ok(answer) => Ok(answer),
            StoredAnswer::Refused(refusal) => Err(ExecuteError::Refused(refusal)),
        }));
        Ok(())
    }

    fn append(&mut self, event: &D::Event, job: &Job<D>, id: Option<&str>, at: Timestamp) -> Result<(), LogError> {
        self.head.position += 1;
        let (kind, data) = encode(event)?;
        self.rows.events.push(NewEvent {
            position: self.head.position,
            stream: D::stream(event).to_owned(),
            kind,
            data,
            actor: job.meta.actor.clone(),
            command_id: id.map(str::to_owned),
            traceparent: job.meta.traceparent.clone(),
            at: at.as_microsecond(),
        });
        Ok(())
    }

    /// The state to publish, the rows to write and the answers to give, in the order of the commands. Each stream
    /// that changed gets one report: it is whole, so what happened in between needs no message of its own.
    pub(super) fn finish(mut self, shared: &Shared<D>, before: Head) -> Result<Finished<D>, LogError> {
        let mut streams: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, event) in self.events.iter().enumerate() {
            streams.entry(D::stream(event)).or_default().push(index);
        }
        for indices in streams.values() {
            let events: Vec<&D::Event> = indices.iter().filter_map(|index| self.events.get(*index)).collect();
            let last = indices.last().and_then(|index| self.rows.events.get(*index));
            let position = self.head.reports + 1;
            let Some((report, last)) = shared.domain.report(&self.state, &events, position).zip(last) else { continue };
            self.head.reports = position;
            self.rows.reports.push(NewReport {
                position,
                id: Uuid::now_v7().to_string(),
                subject: report.subject,
                data: report.data,
                traceparent: last.traceparent.clone(),
                at: last.at,
            });
        }
        debug_assert!(self.head.position - before.position == self.rows.events.len() as u64, "positions have no holes");
        let view = View { state: self.state, position: self.head.position, reports: self.head.reports };
        Ok((view, self.rows, self.answers))
    }
}

/// An answer given before. One that cannot be read any more is that caller's trouble, not the whole batch's.
fn stored_answer<D: Domain>(json: &str) -> Answered<D> {
    match serde_json::from_str(json).map_err(ExecuteError::Unencodable)? {
        StoredAnswer::Ok(answer) => Ok(answer),
        StoredAnswer::Refused(refusal) => Err(ExecuteError::Refused(refusal)),
    }
}
