//! A shift: its times on the wall and in real time, its team, and who is on it. A shift of 23:00 to 07:00 lasts as long
//! as the calendar says. It must not ask what time it is.

use std::sync::Arc;

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};
use model::id::{Gemeente, UserId};
use model::moment;
use model::night::Period;
use model::region::Region;
use model::sealed::Sealed;
use serde::{Deserialize, Serialize};

use super::Refusal;

/// Role on a shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Role {
    Medewerker,
    Coordinator,
}

/// What a team on duty does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum TeamState {
    #[default]
    Beschikbaar,
    Onderweg,
    Bezig,
    Pauze,
}

/// When, where and with how many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftPlan {
    /// Name of the team.
    pub team: Arc<str>,
    /// Gemeenten it covers.
    pub gemeenten: Vec<Gemeente>,
    /// The day it begins.
    pub on: Date,
    /// Begin on the wall.
    pub from: Time,
    /// End on the wall; not after the begin: the next day.
    pub until: Time,
    /// Medewerkers that are needed.
    pub medewerkers: u32,
    /// Coordinators that are needed.
    pub coordinators: u32,
}

impl ShiftPlan {
    /// How many people in a role are still needed beside these.
    pub fn lacks(&self, role: Role, assignments: &[Assignment]) -> u32 {
        let needed = match role {
            Role::Medewerker => self.medewerkers,
            Role::Coordinator => self.coordinators,
        };
        let there = assignments.iter().filter(|it| it.role == role).count();
        needed.saturating_sub(u32::try_from(there).unwrap_or(u32::MAX))
    }

    /// When it is in real time. A time that the clock skips comes as much later as it skips, one that comes twice is
    /// the first: so of two shifts that meet on the wall the second begins when the first ends.
    pub fn period(&self, region: &Region) -> Result<Period, Refusal> {
        let last = if self.until > self.from { self.on } else { self.on.saturating_add(1.day()) };
        let period =
            Period { from: moment::on(region, self.on, self.from), until: moment::on(region, last, self.until) };
        if period.from < period.until { Ok(period) } else { Err(Refusal::NoTime) }
    }
}

/// Somebody on a shift.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Who.
    pub staff: Sealed,
    /// In what role.
    pub role: Role,
    /// Why rules of the roster were overridden.
    pub reason: Option<Sealed>,
}

/// A shift.
#[derive(Debug, Clone, PartialEq)]
pub struct Shift {
    /// Its id.
    pub id: UserId,
    /// When, where and with how many.
    pub plan: Arc<ShiftPlan>,
    /// When it is in real time.
    pub period: Period,
    /// Who is on it.
    pub assignments: Vec<Assignment>,
    /// What its team does.
    pub state: TeamState,
    /// End of a pauze.
    pub pauze: Option<Period>,
    /// It was cancelled.
    pub cancelled: bool,
}

impl Shift {
    /// A new one, with nobody on it.
    pub fn new(id: &UserId, plan: &Arc<ShiftPlan>, period: Period) -> Self {
        let (id, plan) = (id.clone(), Arc::clone(plan));
        Self { id, plan, period, assignments: Vec::new(), state: TeamState::Beschikbaar, pauze: None, cancelled: false }
    }

    /// Whether somebody is on it.
    pub fn is_staffed(&self) -> bool {
        !self.cancelled && !self.assignments.is_empty()
    }

    /// Whether this person is on it.
    pub fn has(&self, staff: &Sealed) -> Option<&Assignment> {
        self.assignments.iter().find(|it| it.staff == *staff)
    }

    /// Whether it runs at a moment, with somebody on it.
    pub fn is_on_duty(&self, at: Timestamp) -> bool {
        self.is_staffed() && self.period.contains(at)
    }

    /// When somebody is there because of it: its time without a pauze.
    pub fn covers(&self) -> impl Iterator<Item = Period> {
        let whole = Some(self.period).filter(|_| self.is_staffed());
        let parts = match (whole, self.pauze) {
            (None, _) => [None, None],
            (Some(whole), None) => [Some(whole), None],
            (Some(whole), Some(pauze)) => [
                Some(Period { from: whole.from, until: pauze.from.max(whole.from) }),
                Some(Period { from: pauze.until.min(whole.until), until: whole.until }),
            ],
        };
        parts.into_iter().flatten().filter(|part| part.from < part.until)
    }

    /// Fewer people are on it than are needed.
    pub fn is_understaffed(&self) -> bool {
        [Role::Medewerker, Role::Coordinator].into_iter().any(|role| self.plan.lacks(role, &self.assignments) > 0)
    }

    /// As an answer shows it.
    pub fn show(&self, at: Timestamp) -> ShiftView {
        ShiftView {
            id: self.id.clone(),
            plan: Arc::clone(&self.plan),
            period: self.period,
            assignments: self.assignments.clone(),
            state: Some(self.state).filter(|_| self.is_on_duty(at)),
            until: self.pauze.map(|pauze| pauze.until).filter(|_| self.state == TeamState::Pauze),
            understaffed: !self.cancelled && self.is_understaffed(),
            cancelled: self.cancelled,
        }
    }
}

/// A shift as an answer shows it; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShiftView {
    /// Its id.
    pub id: UserId,
    /// When, where and with how many.
    pub plan: Arc<ShiftPlan>,
    /// When it is in real time.
    pub period: Period,
    /// Who is on it.
    pub assignments: Vec<Assignment>,
    /// What its team does, while it is on duty.
    pub state: Option<TeamState>,
    /// End of a pauze.
    pub until: Option<Timestamp>,
    /// Fewer people are on it than are needed.
    pub understaffed: bool,
    /// It was cancelled.
    pub cancelled: bool,
}
