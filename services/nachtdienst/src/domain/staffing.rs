//! Planning shifts and putting people on them. Every change is checked against the roster's rules; a breach is refused,
//! or overridden with a reason that is kept. It must not know what cover that makes.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::id::UserId;
use model::moment::{self, later};
use model::night::Period;
use model::sealed::Sealed;

use super::{Breach, Deciding, Event, Refusal, Role, Shift, ShiftPlan, TeamState, roster};

/// How far ahead a shift may be planned.
const LONGEST_AHEAD: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Longest sick call.
const LONGEST_SICK: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Most people on one shift.
const MOST_ON_A_SHIFT: usize = 30;

impl Deciding<'_> {
    pub(super) fn plan_shift(&mut self, plan: ShiftPlan) -> Result<(), Refusal> {
        let period = self.checked(&plan)?;
        let shift = model::id::made(self.new_id);
        self.happened(Event::ShiftPlanned { shift, plan: plan.into(), period });
        Ok(())
    }

    pub(super) fn change_shift(
        &mut self,
        shift: &UserId,
        plan: ShiftPlan,
        reason: Option<Sealed>,
    ) -> Result<(), Refusal> {
        let period = self.checked(&plan)?;
        let before = self.not_ended(shift)?.clone();
        let (mut overridden, mut of) = (Vec::new(), Vec::new());
        // Whose hours stay as they are is not asked again what was allowed before.
        for assignment in before.assignments.iter().filter(|_| period != before.period) {
            let broken = self.breaches(&assignment.staff, period, &[shift])?;
            of.extend(Some(assignment.staff.clone()).filter(|_| !broken.is_empty()));
            overridden.extend(broken);
        }
        overridden.sort_unstable();
        overridden.dedup();
        let reason = overriding(&overridden, reason)?;
        let (shift, plan) = (before.id, Arc::new(plan));
        self.happened(Event::ShiftChanged { shift, plan, period, overridden, reason, of });
        Ok(())
    }

    /// The times and gemeenten of a plan must be possible.
    fn checked(&self, plan: &ShiftPlan) -> Result<Period, Refusal> {
        if let Some(stranger) = plan.gemeenten.iter().find(|code| self.region.gemeente(code).is_none()) {
            return Err(Refusal::UnknownGemeente { gemeente: stranger.clone() });
        }
        let period = plan.period(self.region)?;
        if period.until <= self.at() {
            return Err(Refusal::ShiftEnded);
        }
        if period.from.duration_since(self.at()) > LONGEST_AHEAD {
            return Err(Refusal::TooFarAhead);
        }
        Ok(period)
    }

    pub(super) fn assign(
        &mut self,
        shift: &UserId,
        staff: Sealed,
        role: Role,
        reason: Option<Sealed>,
    ) -> Result<(), Refusal> {
        let shift = self.not_ended(shift)?;
        if shift.has(&staff).is_some() {
            return Err(Refusal::AlreadyAssigned);
        }
        if shift.assignments.len() >= MOST_ON_A_SHIFT {
            return Err(Refusal::TooManyStaff { max: MOST_ON_A_SHIFT });
        }
        let (id, period) = (shift.id.clone(), shift.period);
        let overridden = self.breaches(&staff, period, &[])?;
        let reason = overriding(&overridden, reason)?;
        self.happened(Event::Assigned { shift: id, staff, role, overridden, reason });
        Ok(())
    }

    pub(super) fn unassign(&mut self, shift: &UserId, staff: Sealed) -> Result<(), Refusal> {
        let shift = self.not_ended(shift)?;
        shift.has(&staff).ok_or(Refusal::NotAssigned)?;
        let shift = shift.id.clone();
        self.happened(Event::Unassigned { shift, staff });
        Ok(())
    }

    /// Who is erased is nobody to count on: off every shift that is not over.
    pub(super) fn is_erased(&mut self, staff: &Sealed) {
        let is_ahead =
            |shift: &&Shift| !shift.cancelled && shift.period.until > self.at() && shift.has(staff).is_some();
        let shifts: Vec<UserId> =
            self.state().shifts_of(staff).filter(is_ahead).map(|shift| shift.id.clone()).collect();
        shifts.into_iter().for_each(|shift| self.happened(Event::Unassigned { shift, staff: staff.clone() }));
    }

    /// Each takes the place, and the role, of the other. Both rosters must hold afterwards.
    pub(super) fn swap(
        &mut self,
        one: (UserId, Sealed),
        other: (UserId, Sealed),
        reason: Option<Sealed>,
    ) -> Result<(), Refusal> {
        let (first, second) = (self.not_ended(&one.0)?.clone(), self.not_ended(&other.0)?.clone());
        if first.id == second.id || one.1 == other.1 {
            return Err(Refusal::SameShift);
        }
        let first_role = first.has(&one.1).ok_or(Refusal::NotAssigned)?.role;
        let second_role = second.has(&other.1).ok_or(Refusal::NotAssigned)?.role;
        if first.has(&other.1).is_some() || second.has(&one.1).is_some() {
            return Err(Refusal::AlreadyAssigned);
        }
        let of_one = self.breaches(&one.1, second.period, &[&first.id])?;
        let of_other = self.breaches(&other.1, first.period, &[&second.id])?;
        let broken: Vec<Breach> = of_one.iter().chain(&of_other).copied().collect();
        let reason = overriding(&broken, reason)?;
        for (shift, staff) in [(&first, &one.1), (&second, &other.1)] {
            self.happened(Event::Unassigned { shift: shift.id.clone(), staff: staff.clone() });
        }
        let kept = |breaches: &[Breach]| reason.clone().filter(|_| !breaches.is_empty());
        let (of_one_kept, of_other_kept) = (kept(&of_one), kept(&of_other));
        self.happened(Event::Assigned {
            shift: second.id,
            staff: one.1,
            role: second_role,
            overridden: of_one,
            reason: of_one_kept,
        });
        self.happened(Event::Assigned {
            shift: first.id,
            staff: other.1,
            role: first_role,
            overridden: of_other,
            reason: of_other_kept,
        });
        Ok(())
    }

    /// Somebody who is sick comes off every shift of the period; a shift that runs when it begins counts. From its begin
    /// on, a call takes the place of earlier ones that it overlaps.
    pub(super) fn report_sick(
        &mut self,
        staff: Sealed,
        from: Option<Timestamp>,
        until: Timestamp,
    ) -> Result<(), Refusal> {
        let from = from.unwrap_or(self.at());
        if until <= from || until.duration_since(from) > LONGEST_SICK || until <= self.at() {
            return Err(Refusal::SickPeriod);
        }
        let period = Period { from, until };
        let is_hit = |shift: &&Shift| {
            !shift.cancelled
                && shift.period.until > self.at().max(period.from)
                && shift.period.from < period.until
                && shift.has(&staff).is_some()
        };
        let shifts: Vec<UserId> = self.state().shifts_of(&staff).filter(is_hit).map(|shift| shift.id.clone()).collect();
        self.happened(Event::SickReported { staff: staff.clone(), period });
        for shift in shifts {
            self.happened(Event::Unassigned { shift, staff: staff.clone() });
        }
        Ok(())
    }

    /// Somebody is better sooner than was said, or was never sick: a call for somebody else.
    pub(super) fn report_better(
        &mut self,
        staff: Sealed,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let period = Period { from: from.unwrap_or(self.at()), until: until.unwrap_or(Timestamp::MAX) };
        if period.from < self.at() || period.until <= period.from {
            return Err(Refusal::BetterPeriod);
        }
        if !self.state().is_sick(&staff, period) {
            return Err(Refusal::NotSick);
        }
        self.happened(Event::BetterReported { staff, period });
        Ok(())
    }

    pub(super) fn set_team_state(&mut self, shift: &UserId, state: TeamState, minutes: u32) -> Result<(), Refusal> {
        let shift = self.on_duty(shift)?;
        if !shift.is_staffed() {
            return Err(Refusal::NobodyOnShift);
        }
        let until =
            (state == TeamState::Pauze).then(|| later(self.at(), moment::minutes(minutes)).min(shift.period.until));
        let shift = shift.id.clone();
        // Whoever is on the way to somebody, or with them, has no pauze.
        if state == TeamState::Pauze && self.state().is_at_work(&shift) {
            return Err(Refusal::TeamAtWork);
        }
        self.happened(Event::TeamStateSet { shift, state, until });
        Ok(())
    }

    /// Rules that somebody would break by working then, apart from these shifts; nobody works twice at a time.
    fn breaches(&self, staff: &Sealed, period: Period, apart_from: &[&UserId]) -> Result<Vec<Breach>, Refusal> {
        let theirs = self.state().shifts_of(staff).filter(|shift| !shift.cancelled);
        let (gone, others): (Vec<&Shift>, Vec<&Shift>) = theirs.partition(|shift| apart_from.contains(&&shift.id));
        let periods = |shifts: Vec<&Shift>| shifts.into_iter().map(|shift| shift.period).collect::<Vec<_>>();
        let (gone, others) = (periods(gone), periods(others));
        if others.iter().any(|other| other.from < period.until && period.from < other.until) {
            return Err(Refusal::WorksThen);
        }
        // Of a shift that runs, what is still to come counts: who was sick an hour ago may be better.
        let to_come = Period { from: period.from.max(self.at()), ..period };
        if self.state().is_sick(staff, to_come) {
            return Err(Refusal::SickThen);
        }
        Ok(roster::breaches(self.region, &others, &gone, period))
    }
}

/// A breach needs a reason; a reason without a breach is not kept.
fn overriding(breaches: &[Breach], reason: Option<Sealed>) -> Result<Option<Sealed>, Refusal> {
    match (breaches.is_empty(), reason) {
        (true, _) => Ok(None),
        (false, Some(reason)) => Ok(Some(reason)),
        (false, None) => Err(Refusal::RosterBreach { breaches: breaches.to_vec() }),
    }
}
