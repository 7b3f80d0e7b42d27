//! The calls about planned capacity and winteropvang. No rule lives here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use model::id::{LocationId, PlaceId, Why};
use model::profile::PlaceProfile;
use model::refusal::Invalid;
use model::region::Region;
use model::wire::{self, field, gemeente_in, id_in, location_in, required, within};
use proto::opvang::v1::plan_step::Change;
use proto::opvang::v1::{self as message, *};
use service::call;
use tonic::{Request, Status};

use super::messages::capacity_in;
use super::stays::date;
use super::{Api, place_profile, receipt};
use crate::Answer;
use crate::domain::{self, Command, DroppedStep, MOST_PEOPLE, MOST_STEPS, PlanStep, Planned, State};

/// Most plans of one answer.
const MOST_PLANS: usize = 1_000;
/// How long it is told that a step could not be taken.
const TOLD_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Most winteropvang locations of one gemeente.
const MOST_SURGE: usize = 100;

impl Api {
    pub(super) async fn plan_capacity(
        &self,
        request: Request<PlanCapacityRequest>,
    ) -> Result<PlanCapacityResponse, Status> {
        let parse = |it: PlanCapacityRequest| {
            let (location, on) = (location_in(&it.location_id)?, date("on", it.on)?);
            Ok(Command::Plan { location, on, steps: steps_in(it.steps)? })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Plan { plan, due, places, people, waiting } => Ok(PlanCapacityResponse {
                plan_id: plan.to_string(),
                due: Some(wire::time_out(due)),
                places_in_the_way: places.iter().map(ToString::to_string).collect(),
                people_in_the_way: people,
                people_waiting: waiting,
            }),
            _ => Err(call::no_such_answer()),
        }
    }

    pub(super) async fn withdraw_plan(
        &self,
        request: Request<WithdrawPlanRequest>,
    ) -> Result<WithdrawPlanResponse, Status> {
        let parse = |it: WithdrawPlanRequest| {
            Ok(Command::WithdrawPlan { location: location_in(&it.location_id)?, plan: id_in("plan_id", &it.plan_id)? })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(WithdrawPlanResponse { receipt })
    }

    pub(super) fn list_plans(&self, request: &ListPlansRequest) -> Result<ListPlansResponse, Status> {
        let at = Some(&request.location_id).filter(|id| !id.is_empty()).map(|id| location_in(id)).transpose();
        let at = at.map_err(|wrong| call::invalid(&wrong))?;
        let view = self.log.view();
        if let Some(at) = &at {
            call::check_sees(&self.log, at)?;
            view.state.sites.get(at).map_err(|refusal| call::refused(&refusal))?;
        }
        let reach = call::reach(&self.log);
        let is_asked = |id: &LocationId| at.as_ref().is_none_or(|at| at == id) && reach.has(id);
        let mut plans: Vec<&Planned> = view.state.plans().filter(|plan| is_asked(&plan.location)).collect();
        plans.sort_by(|a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        let (total, now, region) = (call::total(plans.len()), self.log.now(), &self.log.domain().region);
        let plans = plans.into_iter().take(MOST_PLANS).map(|plan| plan_out(region, &view.state, plan, now)).collect();
        let waiting = waiting_steps(&view.state, is_asked);
        let place = |step: &message::WaitingStep| format!("{}/{}", step.location_id, place_of(step));
        let waiting_for = waiting.iter().map(place).collect::<BTreeSet<_>>().into_iter().collect();
        let dropped = dropped_steps(&view.state, is_asked, now);
        Ok(ListPlansResponse { plans, waiting_for, position: view.position, dropped, total, waiting })
    }

    pub(super) async fn switch_surge(
        &self,
        request: Request<SwitchSurgeRequest>,
    ) -> Result<SwitchSurgeResponse, Status> {
        let parse = |it: SwitchSurgeRequest| {
            let gemeente = gemeente_in("gemeente", &it.gemeente)?;
            if !it.on && !it.counts.is_empty() {
                return Err(Invalid::new("counts", "hoort alleen bij openen"));
            }
            Ok(Command::SwitchSurge { gemeente, on: it.on, counts: counts_in(&it.counts)? })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Surge { locations, given_back } => {
                Ok(SwitchSurgeResponse { locations: call::total(locations), given_back: call::total(given_back) })
            }
            _ => Err(call::no_such_answer()),
        }
    }
}

pub(super) fn steps_in(raw: Vec<message::PlanStep>) -> Result<Vec<PlanStep>, Invalid> {
    if !(1..=MOST_STEPS).contains(&raw.len()) {
        return Err(Invalid::new("steps", format!("moet 1 tot en met {MOST_STEPS} stappen hebben")));
    }
    let step = |(index, raw)| step_in(raw).map_err(|wrong: Invalid| wrong.inside(&format!("steps[{index}]")));
    raw.into_iter().enumerate().map(step).collect()
}

fn step_in(raw: message::PlanStep) -> Result<PlanStep, Invalid> {
    Ok(match required("change", raw.change)? {
        Change::AddPlace(raw) => {
            let (place, profile) = planned_in(raw, PlaceId::new).map_err(|wrong| wrong.inside("add_place"))?;
            PlanStep::AddPlace { place, profile }
        }
        Change::ChangePlace(raw) => {
            let (place, profile) = planned_in(raw, PlaceId::parse).map_err(|wrong| wrong.inside("change_place"))?;
            PlanStep::ChangePlace { place, profile }
        }
        Change::RetirePlaceId(raw) => PlanStep::RetirePlace { place: field("retire_place_id", PlaceId::parse(&raw))? },
        Change::SetCapacity(raw) => {
            let capacity = capacity_in(raw.funded, raw.unavailable);
            PlanStep::SetCapacity { capacity: capacity.map_err(|wrong| wrong.inside("set_capacity"))? }
        }
    })
}

/// A place as it will be. The code of a new one is asked more of.
fn planned_in(
    raw: PlannedPlace,
    parse: fn(&str) -> Result<PlaceId, Why>,
) -> Result<(PlaceId, Arc<PlaceProfile>), Invalid> {
    Ok((field("place_id", parse(&raw.place_id))?, Arc::new(place_profile(raw.profile)?)))
}

fn step_out(step: &PlanStep) -> message::PlanStep {
    let planned = |place: &PlaceId, profile: &model::profile::PlaceProfile| PlannedPlace {
        place_id: place.to_string(),
        profile: Some(wire::place_profile_out(profile)),
    };
    let change = match step {
        PlanStep::AddPlace { place, profile } => Change::AddPlace(planned(place, profile)),
        PlanStep::ChangePlace { place, profile } => Change::ChangePlace(planned(place, profile)),
        PlanStep::RetirePlace { place } => Change::RetirePlaceId(place.to_string()),
        PlanStep::SetCapacity { capacity } => {
            Change::SetCapacity(PlannedCapacity { funded: capacity.funded, unavailable: capacity.unavailable })
        }
    };
    message::PlanStep { change: Some(change) }
}

fn plan_out(region: &Region, state: &State, plan: &Planned, now: Timestamp) -> Plan {
    let in_the_way =
        |due: Timestamp| state.sites.get(&plan.location).map(|site| state.in_the_way(site, &plan.steps, due, now));
    let (places, people) = in_the_way(plan.due).unwrap_or_default();
    Plan {
        plan_id: plan.id.to_string(),
        location_id: plan.location.to_string(),
        on: Some(wire::date_out(plan.on)),
        due: Some(wire::time_out(plan.due)),
        steps: plan.steps.iter().map(step_out).collect(),
        places_in_the_way: places.iter().map(ToString::to_string).collect(),
        people_in_the_way: people,
        people_waiting: state.waiting_in_vain(region, plan, now),
    }
}

/// Steps that wait until a place is free, by location.
fn waiting_steps(state: &State, is_asked: impl Fn(&LocationId) -> bool) -> Vec<message::WaitingStep> {
    let sites = state.sites.iter().filter(|site| is_asked(&site.id));
    let steps = sites.flat_map(|site| state.waiting_steps(&site.id).map(|(_, step)| (&site.id, step)));
    let out = |(location, step): (&LocationId, domain::WaitingStep)| message::WaitingStep {
        location_id: location.to_string(),
        plan_id: step.plan.to_string(),
        step: Some(step_out(&step.step)),
    };
    steps.take(MOST_PLANS).map(out).collect()
}

/// The place a step waits for.
fn place_of(step: &message::WaitingStep) -> &str {
    match step.step.as_ref().and_then(|step| step.change.as_ref()) {
        Some(Change::AddPlace(place) | Change::ChangePlace(place)) => &place.place_id,
        Some(Change::RetirePlaceId(place)) => place,
        Some(Change::SetCapacity(_)) | None => "",
    }
}

/// What could not be done lately, newest first.
fn dropped_steps(state: &State, is_asked: impl Fn(&LocationId) -> bool, now: Timestamp) -> Vec<message::DroppedStep> {
    let sites = state.sites.iter().filter(|site| is_asked(&site.id));
    let steps = sites.flat_map(|site| state.dropped_steps(&site.id).map(|step| (&site.id, step)));
    let mut steps: Vec<_> = steps.filter(|(_, step)| now.duration_since(step.at) < TOLD_FOR).collect();
    steps.sort_by_key(|(_, step)| std::cmp::Reverse(step.at));
    let out = |(location, step): (&LocationId, &DroppedStep)| message::DroppedStep {
        location_id: location.to_string(),
        plan_id: step.plan.as_ref().map(ToString::to_string).unwrap_or_default(),
        step: step.step.as_ref().map(step_out),
        reason: step.why.to_string(),
        sentence: step.sentence().to_owned(),
        at: Some(wire::time_out(step.at)),
    };
    steps.into_iter().take(MOST_PLANS).map(out).collect()
}

fn counts_in(raw: &[SurgeCount]) -> Result<BTreeMap<LocationId, u32>, Invalid> {
    if raw.len() > MOST_SURGE {
        return Err(Invalid::new("counts", format!("mag hoogstens {MOST_SURGE} locaties noemen")));
    }
    let mut counts = BTreeMap::new();
    for (index, count) in raw.iter().enumerate() {
        let read = || Ok((location_in(&count.location_id)?, within("places", count.places, 0..=MOST_PEOPLE)?));
        let (id, places) = read().map_err(|wrong: Invalid| wrong.inside(&format!("counts[{index}]")))?;
        if counts.insert(id, places).is_some() {
            return Err(Invalid::new(format!("counts[{index}].location_id"), "noemt een locatie twee keer"));
        }
    }
    Ok(counts)
}
