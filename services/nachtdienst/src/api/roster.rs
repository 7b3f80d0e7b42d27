//! The calls about shifts, who is on them, and cover. No rule lives here.

use std::sync::Arc;

use jiff::civil::Time;
use model::id::Gemeente;
use model::refusal::Invalid;
use model::wire::{
    self, field, gemeente_in, id_in, maybe_text_in, maybe_time_in, name_in, period_in, required, staff_in, text_in,
    within,
};
use proto::nachtdienst::v1::{self as message, *};
use service::call;
use tonic::{Request, Status};

use super::Api;
use super::messages::{breach_out, role_in, team_state_in};
use crate::Answer;
use crate::domain::{Breach, Command, ShiftPlan, ShiftView, TeamState, cover_out};

/// Most shifts of one answer.
const MOST_SHIFTS: usize = 2_000;
/// Most gemeenten of one shift.
const MOST_GEMEENTEN: usize = 50;

fn shifts(answer: Answer) -> Result<(Vec<ShiftView>, Vec<Breach>), Status> {
    match answer {
        Answer::Shifts { shifts, overridden } => Ok((shifts, overridden)),
        Answer::Melding { .. } | Answer::Remarks(_) | Answer::Handover(_) | Answer::Better(_) | Answer::Ticked => {
            Err(call::no_such_answer())
        }
    }
}

fn plan_in(raw: Option<message::ShiftPlan>) -> Result<ShiftPlan, Invalid> {
    let raw = required("plan", raw)?;
    let read = || {
        if !(1..=MOST_GEMEENTEN).contains(&raw.gemeenten.len()) {
            return Err(Invalid::new("gemeenten", format!("moet 1 tot en met {MOST_GEMEENTEN} gemeenten noemen")));
        }
        let mut gemeenten: Vec<Gemeente> =
            raw.gemeenten.iter().map(|code| field("gemeenten", Gemeente::parse(code))).collect::<Result<_, _>>()?;
        gemeenten.sort_unstable();
        gemeenten.dedup();
        let team: Arc<str> = name_in("team", &raw.team)?;
        Ok(ShiftPlan {
            team,
            gemeenten,
            on: wire::date_in("on", required("on", raw.on)?)?,
            from: time_in("from_minute", raw.from_minute)?,
            until: time_in("until_minute", raw.until_minute)?,
            medewerkers: within("medewerkers", raw.medewerkers, 0..=20)?,
            coordinators: within("coordinators", raw.coordinators, 0..=5)?,
        })
    };
    read().map_err(|wrong: Invalid| wrong.inside("plan"))
}

fn time_in(name: &str, minute: u32) -> Result<Time, Invalid> {
    let minute = within(name, minute, 0..=1_439)?;
    let part = |number: u32| i8::try_from(number).unwrap_or(0);
    Ok(Time::constant(part(minute / 60), part(minute % 60), 0, 0))
}

impl Api {
    async fn one(&self, shifts: Vec<ShiftView>) -> Result<Option<Shift>, Status> {
        Ok(self.shifts(shifts).await?.into_iter().next())
    }

    pub(super) async fn plan_shift(&self, request: Request<PlanShiftRequest>) -> Result<PlanShiftResponse, Status> {
        let parse = |it: PlanShiftRequest| Ok(Command::PlanShift { plan: plan_in(it.plan)? });
        let (views, _) = shifts(call::execute(&self.log, request, parse).await?)?;
        Ok(PlanShiftResponse { shift: self.one(views).await? })
    }

    pub(super) async fn change_shift(
        &self,
        request: Request<ChangeShiftRequest>,
    ) -> Result<ChangeShiftResponse, Status> {
        let parse = |it: ChangeShiftRequest| {
            let (shift, plan) = (id_in("shift_id", &it.shift_id)?, plan_in(it.plan)?);
            Ok(Command::ChangeShift { shift, plan, overrides: maybe_text_in("override_reason", &it.override_reason)? })
        };
        let (views, broken) = shifts(call::execute(&self.log, request, parse).await?)?;
        let overridden = broken.iter().map(breach_out).collect();
        Ok(ChangeShiftResponse { shift: self.one(views).await?, overridden })
    }

    pub(super) async fn cancel_shift(
        &self,
        request: Request<CancelShiftRequest>,
    ) -> Result<CancelShiftResponse, Status> {
        let parse = |it: CancelShiftRequest| {
            let (shift, reason) = (id_in("shift_id", &it.shift_id)?, text_in("reason", &it.reason)?);
            Ok(Command::CancelShift { shift, reason })
        };
        let (views, _) = shifts(call::execute(&self.log, request, parse).await?)?;
        Ok(CancelShiftResponse { shift: self.one(views).await? })
    }

    pub(super) async fn assign_staff(
        &self,
        request: Request<AssignStaffRequest>,
    ) -> Result<AssignStaffResponse, Status> {
        let parse = |it: AssignStaffRequest| {
            let (shift, who) = (id_in("shift_id", &it.shift_id)?, staff_in("staff_id", &it.staff_id)?);
            let overrides = maybe_text_in("override_reason", &it.override_reason)?;
            Ok(Command::Assign { shift, staff: who, role: role_in(it.role())?, overrides })
        };
        let (views, broken) = shifts(call::execute(&self.log, request, parse).await?)?;
        let overridden = broken.iter().map(breach_out).collect();
        Ok(AssignStaffResponse { shift: self.one(views).await?, overridden })
    }

    pub(super) async fn unassign_staff(
        &self,
        request: Request<UnassignStaffRequest>,
    ) -> Result<UnassignStaffResponse, Status> {
        let parse = |it: UnassignStaffRequest| {
            Ok(Command::Unassign {
                shift: id_in("shift_id", &it.shift_id)?,
                staff: staff_in("staff_id", &it.staff_id)?,
            })
        };
        let (views, _) = shifts(call::execute(&self.log, request, parse).await?)?;
        Ok(UnassignStaffResponse { shift: self.one(views).await? })
    }

    pub(super) async fn swap_staff(&self, request: Request<SwapStaffRequest>) -> Result<SwapStaffResponse, Status> {
        let parse = |it: SwapStaffRequest| {
            let one = (id_in("shift_id", &it.shift_id)?, staff_in("staff_id", &it.staff_id)?);
            let other = (id_in("other_shift_id", &it.other_shift_id)?, staff_in("other_staff_id", &it.other_staff_id)?);
            Ok(Command::Swap { one, other, overrides: maybe_text_in("override_reason", &it.override_reason)? })
        };
        let (views, broken) = shifts(call::execute(&self.log, request, parse).await?)?;
        let overridden = broken.iter().map(breach_out).collect();
        let mut shown = self.shifts(views).await?.into_iter();
        Ok(SwapStaffResponse { shift: shown.next(), other_shift: shown.next(), overridden })
    }

    pub(super) async fn report_sick(&self, request: Request<ReportSickRequest>) -> Result<ReportSickResponse, Status> {
        let parse = |it: ReportSickRequest| {
            let from = maybe_time_in("from", it.from)?;
            let until = wire::time_in("until", &required("until", it.until)?)?;
            Ok(Command::ReportSick { staff: staff_in("staff_id", &it.staff_id)?, from, until })
        };
        let (views, _) = shifts(call::execute(&self.log, request, parse).await?)?;
        Ok(ReportSickResponse { shifts: self.shifts(views).await? })
    }

    pub(super) async fn report_better(
        &self,
        request: Request<ReportBetterRequest>,
    ) -> Result<ReportBetterResponse, Status> {
        let parse = |it: ReportBetterRequest| {
            let (from, until) = (maybe_time_in("from", it.from)?, maybe_time_in("until", it.until)?);
            Ok(Command::ReportBetter { staff: staff_in("staff_id", &it.staff_id)?, from, until })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Better(from) => Ok(ReportBetterResponse { from: Some(wire::time_out(from)) }),
            _ => Err(call::no_such_answer()),
        }
    }

    pub(super) async fn set_team_state(
        &self,
        request: Request<SetTeamStateRequest>,
    ) -> Result<SetTeamStateResponse, Status> {
        let parse = |it: SetTeamStateRequest| {
            let (shift, state) = (id_in("shift_id", &it.shift_id)?, team_state_in(it.state())?);
            let minutes = match state {
                TeamState::Pauze => within("pauze_minutes", it.pauze_minutes, 1..=60)?,
                _ if it.pauze_minutes > 0 => return Err(Invalid::new("pauze_minutes", "hoort alleen bij een pauze")),
                _ => 0,
            };
            Ok(Command::SetTeamState { shift, state, minutes })
        };
        let (views, _) = shifts(call::execute(&self.log, request, parse).await?)?;
        Ok(SetTeamStateResponse { shift: self.one(views).await? })
    }

    pub(super) async fn get_roster(&self, it: GetRosterRequest) -> Result<GetRosterResponse, Status> {
        let now = self.log.now();
        let (from, until) = period_in(it.from, it.until, now, 14, 400).map_err(|wrong| call::invalid(&wrong))?;
        let view = self.log.view();
        let mut found: Vec<_> = view.state.shifts_after(from).filter(|shift| shift.period.from < until).collect();
        found.sort_by(|a, b| (a.period, &a.id).cmp(&(b.period, &b.id)));
        let total = call::total(found.len());
        let shifts = found.into_iter().take(MOST_SHIFTS).map(|shift| shift.show(now)).collect();
        Ok(GetRosterResponse { shifts: self.shifts(shifts).await?, position: view.position, total })
    }

    pub(super) fn get_cover(&self, it: GetCoverRequest) -> Result<GetCoverResponse, Status> {
        let now = self.log.now();
        let parse = || Ok((gemeente_in("gemeente", &it.gemeente)?, period_in(it.from, it.until, now, 14, 60)?));
        let (gemeente, (from, until)) = parse().map_err(|wrong: Invalid| call::invalid(&wrong))?;
        let (view, region) = (self.log.view(), &self.log.domain().region);
        if region.gemeente(&gemeente).is_none() {
            return Err(call::refused(&crate::domain::Refusal::UnknownGemeente { gemeente }));
        }
        let picture = view.state.picture(region, &gemeente, now, from, until);
        Ok(GetCoverResponse { cover: Some(cover_out(&picture, until)), position: view.position })
    }
}
