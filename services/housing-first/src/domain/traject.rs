//! A traject: one client on the way to a home of their own, with every stage it reached, and the steps it takes. It knows
//! the client by an opaque reference only.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::id::{Gemeente, UserId};
use model::sealed::Sealed;
use serde::{Deserialize, Serialize};

use super::{Deciding, Event, Refusal, Stage, StopReason};

/// A traject.
#[derive(Debug, Clone, PartialEq)]
pub struct Traject {
    /// Its id.
    pub id: UserId,
    /// The client.
    pub client: Sealed,
    /// Gemeente it is of.
    pub gemeente: Gemeente,
    /// Provider.
    pub provider: Arc<str>,
    /// Corporatie that lets the home.
    pub corporatie: Option<Arc<str>>,
    /// Its stage.
    pub stage: Stage,
    /// Every stage it reached, oldest first.
    pub steps: Vec<Step>,
    /// The corporatie before each stage after the first that was not taken back.
    pub corporaties: Vec<Option<Arc<str>>>,
    /// Every gemeente it was of, and since when.
    pub gemeenten: Vec<(Timestamp, Gemeente)>,
    /// Every time it stopped: when that was recorded, and why. More than once only where it was taken back.
    pub stops: Vec<(Timestamp, StopReason)>,
    /// More about the last.
    pub stop_text: Option<Sealed>,
}

/// A stage that was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The stage.
    pub stage: Stage,
    /// The day it was reached.
    pub on: Date,
    /// When that was recorded.
    pub at: Timestamp,
    /// When it was taken back as a mistake.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<Timestamp>,
}

impl Step {
    /// Whether it was known at a moment, and not taken back by then.
    fn stood(&self, at: Timestamp) -> bool {
        self.at <= at && self.taken_back.is_none_or(|taken_back| taken_back > at)
    }
}

/// A traject as an answer shows it; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrajectView {
    /// Its id.
    pub id: UserId,
    /// The client.
    pub client: Sealed,
    /// Gemeente it is of.
    pub gemeente: Gemeente,
    /// Provider.
    pub provider: Arc<str>,
    /// Corporatie.
    pub corporatie: Option<Arc<str>>,
    /// Its stage.
    pub stage: Stage,
    /// Every stage it reached.
    pub steps: Vec<Step>,
    /// Why it stopped.
    pub stopped: Option<StopReason>,
    /// More about that.
    #[serde(default)]
    pub stop_text: Option<Sealed>,
}

impl TrajectView {
    /// Ids of the look-up table that it names.
    pub fn sealed(&self) -> impl Iterator<Item = uuid::Uuid> {
        [Some(&self.client), self.stop_text.as_ref()].into_iter().flatten().filter_map(Sealed::id)
    }
}

impl Traject {
    /// As an answer shows it.
    pub fn show(&self) -> TrajectView {
        TrajectView {
            id: self.id.clone(),
            client: self.client.clone(),
            gemeente: self.gemeente.clone(),
            provider: Arc::clone(&self.provider),
            corporatie: self.corporatie.clone(),
            stage: self.stage,
            steps: self.standing().copied().collect(),
            stopped: self.stopped_by(Timestamp::MAX).filter(|_| self.stage == Stage::Gestopt),
            stop_text: self.stop_text.clone().filter(|_| self.stage == Stage::Gestopt),
        }
    }

    /// How often it went to another gemeente, as it was recorded by a moment.
    pub fn transfers(&self, at: Timestamp) -> usize {
        self.gemeenten.iter().skip(1).filter(|(since, _)| *since <= at).count()
    }

    /// The stages it reached that were not taken back, oldest first.
    pub fn standing(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter().filter(|step| step.taken_back.is_none())
    }

    /// The last stage that was recorded by a moment.
    pub fn step_at(&self, at: Timestamp) -> Option<&Step> {
        self.steps.iter().rev().find(|step| step.stood(at))
    }

    /// Why it stopped, as it was recorded by a moment.
    pub fn stopped_by(&self, at: Timestamp) -> Option<StopReason> {
        self.stops.iter().rev().find(|(since, _)| *since <= at).map(|(_, reason)| *reason)
    }

    /// The gemeente it was of, as it was recorded by a moment.
    pub fn gemeente_at(&self, at: Timestamp) -> Option<&Gemeente> {
        self.gemeenten.iter().rev().find(|(since, _)| *since <= at).map(|(_, gemeente)| gemeente)
    }

    /// The first day it reached a stage, as it was recorded by a moment.
    pub fn first(&self, stage: Stage, at: Timestamp) -> Option<Date> {
        self.steps.iter().find(|step| step.stage == stage && step.stood(at)).map(|step| step.on)
    }
}

impl Deciding<'_> {
    /// A traject that did not end.
    pub(super) fn running(&self, id: &UserId) -> Result<Traject, Refusal> {
        let traject = self.state().traject(id).ok_or_else(|| Refusal::UnknownTraject { traject: id.clone() })?;
        if traject.stage.is_over() { Err(Refusal::TrajectEnded { stage: traject.stage }) } else { Ok(traject.clone()) }
    }

    /// The day of a step: as said, or today; not in the future and not before the step before it.
    pub(super) fn day(&self, said: Option<Date>, traject: Option<&Traject>) -> Result<Date, Refusal> {
        let today = self.today();
        let day = said.unwrap_or(today);
        let before = traject.and_then(|traject| traject.standing().next_back()).map(|step| step.on);
        if day > today {
            Err(Refusal::InFuture)
        } else if let Some(before) = before.filter(|before| day < *before) {
            Err(Refusal::BeforeLastStep { last: before })
        } else {
            Ok(day)
        }
    }

    pub(super) fn advance(
        &mut self,
        traject: &UserId,
        to: Stage,
        on: Option<Date>,
        corporatie: Option<Arc<str>>,
    ) -> Result<(), Refusal> {
        let traject = self.running(traject)?;
        if !traject.stage.leads_to(to) {
            return Err(Refusal::WrongStage { now: traject.stage, to });
        }
        if to.uses_slot() && !traject.stage.uses_slot() {
            self.check_slot(&traject.gemeente)?;
        }
        if to == Stage::WoningToegewezen && traject.corporatie.is_none() && corporatie.is_none() {
            return Err(Refusal::NeedsCorporatie);
        }
        let on = self.day(on, Some(&traject))?;
        let Traject { id: traject, gemeente, .. } = traject;
        self.happened(Event::StageReached { traject, gemeente, stage: to, on, corporatie });
        Ok(())
    }

    /// The last stage was a mistake: the traject is at the one before, with the slot that goes with it.
    pub(super) fn take_back(&mut self, id: &UserId) -> Result<(), Refusal> {
        let traject = self.state().traject(id).ok_or_else(|| Refusal::UnknownTraject { traject: id.clone() })?;
        let Some(before) = traject.standing().rev().nth(1).copied() else { return Err(Refusal::FirstStage) };
        let Traject { id: traject, gemeente, stage, client, .. } = traject.clone();
        if let Some(other) = self.state().traject_of(&client).filter(|other| other.id != traject) {
            return Err(Refusal::ClientHasTraject { traject: other.id.clone() });
        }
        if before.stage.uses_slot() && !stage.uses_slot() {
            self.check_slot(&gemeente)?;
        }
        self.happened(Event::StageTakenBack { traject, gemeente, stage, to: before.stage });
        Ok(())
    }

    pub(super) fn transfer(&mut self, traject: &UserId, to: Gemeente) -> Result<(), Refusal> {
        let Traject { id: traject, gemeente: from, stage, .. } = self.running(traject)?;
        self.known(&to)?;
        if from == to {
            return Err(Refusal::SameGemeente);
        }
        if stage.uses_slot() {
            self.check_free(&to)?;
        }
        self.happened(Event::TransferredOut { traject: traject.clone(), gemeente: from.clone(), to: to.clone() });
        self.happened(Event::TransferredIn { traject, gemeente: to, from });
        Ok(())
    }
}
