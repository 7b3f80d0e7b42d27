//! Planned capacity: op-, om- and afbouw on a day to come. A plan takes effect by itself, at noon of its day, as stays
//! end then. It puts nobody out: a place that is still in use changes when it comes free. It must not be silent about
//! what it could not do.

use std::sync::Arc;

use imbl::{OrdMap, Vector};
use jiff::Timestamp;
use jiff::civil::Date;
use model::id::{LocationId, PlaceId, UserId};
use model::moment;
use model::profile::PlaceProfile;
use model::refusal::Refusal as _;
use model::region::Region;
use model::site::{Site, SiteCommand, SiteEvent, SiteRefusal, Sites};
use serde::{Deserialize, Serialize};

use super::state::Due;
use super::{Capacity, Deciding, Event, Refusal, State, waiting};

/// Most steps of one plan.
pub const MOST_STEPS: usize = 100;
/// Most plans of one location that did not take effect yet.
const MOST_PLANS: usize = 50;
/// Most steps that are remembered of one location because they could not be taken.
const MOST_DROPPED: usize = 1_000;

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum PlanStep {
    /// Opbouw: a place is added.
    AddPlace { place: PlaceId, profile: Arc<PlaceProfile> },
    /// Ombouw: a place becomes something else.
    ChangePlace { place: PlaceId, profile: Arc<PlaceProfile> },
    /// Afbouw: a place goes.
    RetirePlace { place: PlaceId },
    /// The capacity of a location that counts people.
    SetCapacity { capacity: Capacity },
}

/// A plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// Its id.
    pub id: UserId,
    /// The location.
    pub location: LocationId,
    /// The day.
    pub on: Date,
    /// The moment.
    pub due: Timestamp,
    /// What changes.
    pub steps: Arc<[PlanStep]>,
}

/// A step that could not be taken when its time came.
#[derive(Debug, Clone, PartialEq)]
pub struct DroppedStep {
    /// The plan it was of.
    pub plan: Option<UserId>,
    /// The step; none in a log of before it was kept.
    pub step: Option<PlanStep>,
    /// The machine reason.
    pub why: Arc<str>,
    /// When.
    pub at: Timestamp,
}

impl DroppedStep {
    /// The reason in words.
    pub fn sentence(&self) -> &'static str {
        match &*self.why {
            "UNKNOWN_PLACE" => "De plek was er niet meer.",
            "PLACE_EXISTS" => "Er was al een plek met deze naam.",
            "TOO_MANY_PLACES" => "De locatie had al het hoogste aantal plekken.",
            "SUITS_NOBODY" => "Met de eisen van de locatie erbij zou er niemand op de plek passen.",
            "RETIRED" => "De locatie was al voorgoed gesloten.",
            _ => "Deze stap kon toen niet meer.",
        }
    }
}

/// What is so because of another plan, and not now, is said to be.
fn other_plan(now: &Site, step: &PlanStep, refusal: SiteRefusal) -> Refusal {
    let is_there = |place: &PlaceId| now.places.contains_key(place);
    match (step, refusal) {
        (PlanStep::ChangePlace { place, .. } | PlanStep::RetirePlace { place }, SiteRefusal::UnknownPlace { .. })
            if is_there(place) =>
        {
            Refusal::PlannedAway { place: place.clone() }
        }
        (PlanStep::AddPlace { place, .. }, SiteRefusal::PlaceExists { .. }) if !is_there(place) => {
            Refusal::PlannedAlready { place: place.clone() }
        }
        (_, refusal) => refusal.into(),
    }
}

/// A step that waits until its place is free.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingStep {
    /// The plan it is of.
    pub plan: UserId,
    /// The step.
    pub step: PlanStep,
}

impl PlanStep {
    /// The place it is about.
    pub const fn place(&self) -> Option<&PlaceId> {
        match self {
            Self::AddPlace { place, .. } | Self::ChangePlace { place, .. } | Self::RetirePlace { place } => Some(place),
            Self::SetCapacity { .. } => None,
        }
    }

    /// The command it is; none for a count of people.
    fn command(&self, location: &LocationId) -> Option<SiteCommand> {
        let location = location.clone();
        Some(match self.clone() {
            Self::AddPlace { place, profile } => {
                SiteCommand::AddPlace { location, place, profile: PlaceProfile::clone(&profile) }
            }
            Self::ChangePlace { place, profile } => {
                SiteCommand::ChangePlace { location, place, profile: PlaceProfile::clone(&profile) }
            }
            Self::RetirePlace { place } => SiteCommand::RetirePlace { location, place },
            Self::SetCapacity { .. } => return None,
        })
    }

    /// What it does to the sites one day, whoever is in the way now: they will have left by then.
    fn foresee(
        &self,
        region: &Region,
        sites: &mut Sites,
        location: &LocationId,
        at: Timestamp,
    ) -> Result<(), SiteRefusal> {
        let Some(command) = self.command(location) else { return Ok(()) };
        let events = match (sites.decide(region, &command, at), self.clone()) {
            (Err(SiteRefusal::InUse { .. }), Self::RetirePlace { place }) => {
                vec![SiteEvent::PlaceRetired { location: location.clone(), place }]
            }
            (Err(SiteRefusal::InUse { .. }), Self::ChangePlace { place, profile }) => {
                vec![SiteEvent::PlaceChanged { location: location.clone(), place, profile }]
            }
            (events, _) => events?,
        };
        events.iter().for_each(|event| sites.evolve(event, at));
        Ok(())
    }

    /// The same, where it does not matter whether it can be done: what cannot is told when its day comes.
    fn expect(&self, region: &Region, sites: &mut Sites, location: &LocationId, at: Timestamp) {
        let _ = self.foresee(region, sites, location, at);
    }
}

impl Deciding<'_> {
    /// Everything but people must be in order now; people are a warning, in the answer.
    pub(super) fn plan(&mut self, location: LocationId, on: Date, steps: Vec<PlanStep>) -> Result<(), Refusal> {
        let today = moment::day(self.region, self.at());
        let due = Some(moment::noon(self.region, on)).filter(|_| on > today).ok_or(Refusal::PlanInPast)?;
        let site = self.state().sites.open(&location)?.clone();
        if self.state().plans_of(&location).count() >= MOST_PLANS {
            return Err(Refusal::TooManyPlans { max: MOST_PLANS });
        }
        let counts_people = self.with_heads(&site.id).map(drop);
        let mut then = self.state().foreseen(self.region, &location, due, None, self.at());
        for step in &steps {
            match step {
                PlanStep::SetCapacity { .. } => counts_people.clone()?,
                _ => step
                    .foresee(self.region, &mut then, &location, self.at())
                    .map_err(|refusal| other_plan(&site, step, refusal))?,
            }
        }
        let plan = model::id::made(self.new_id);
        let new = Planned { id: plan.clone(), location: location.clone(), on, due, steps: steps.into() };
        self.check_other_plans(&location, Some(&new), None)?;
        self.happened(Event::Planned { plan, location, on, due, steps: new.steps });
        Ok(())
    }

    /// Every other plan must still be possible once there is one more, or one less.
    fn check_other_plans(
        &self,
        location: &LocationId,
        new: Option<&Planned>,
        without: Option<&UserId>,
    ) -> Result<(), Refusal> {
        let before = self.state().impossible(self.region, location, None, None, self.at());
        let after = self.state().impossible(self.region, location, new, without, self.at());
        let is_other = |plan: &UserId| new.is_none_or(|new| *plan != new.id);
        match after.into_iter().find(|plan| is_other(plan) && !before.contains(plan)) {
            Some(plan) => Err(Refusal::BreaksPlan { plan }),
            None => Ok(()),
        }
    }

    /// A location that closes for good has nothing left to plan.
    pub(super) fn withdraw_plans(&mut self, location: &LocationId) {
        let mut plans: Vec<UserId> = self.state().plans_of(location).map(|plan| plan.id.clone()).collect();
        plans.sort_unstable();
        for plan in plans {
            self.happened(Event::PlanWithdrawn { plan, location: location.clone() });
        }
    }

    pub(super) fn withdraw_plan(&mut self, location: &LocationId, plan: &UserId) -> Result<(), Refusal> {
        let is_known = self.state().plan(plan).is_some_and(|known| known.location == *location);
        // Of a plan that took effect, the steps that still wait are taken back.
        if !is_known && !self.state().waiting_steps(location).any(|(_, step)| step.plan == *plan) {
            return Err(Refusal::UnknownPlan { plan: plan.clone() });
        }
        self.check_other_plans(location, None, Some(plan))?;
        self.happened(Event::PlanWithdrawn { plan: plan.clone(), location: location.clone() });
        Ok(())
    }

    /// The day of a plan has come.
    pub(super) fn take_effect(&mut self, plan: &UserId) {
        let Some(Planned { id: plan, location, steps, .. }) = self.state().plan(plan).cloned() else { return };
        for step in steps.iter() {
            // What is planned for a place that still waits for an earlier step comes after that.
            match step.place().filter(|place| self.state().waits_for(&location, place)) {
                Some(place) => self.step_waits(&plan, &location, place.clone(), step),
                None => self.take_step(&plan, &location, step),
            }
        }
        self.happened(Event::PlanTookEffect { plan, location });
    }

    fn take_step(&mut self, plan: &UserId, location: &LocationId, step: &PlanStep) {
        let (plan, location, place) = (plan.clone(), location.clone(), step.place().cloned());
        let Some(command) = step.command(&location) else {
            if let PlanStep::SetCapacity { capacity } = step {
                self.happened(Event::CapacitySet { location, capacity: *capacity });
            }
            return;
        };
        match (self.state().sites.decide(self.region, &command, self.at()), place) {
            (Ok(events), _) => events.into_iter().for_each(|event| self.happened(Event::Site(event))),
            (Err(SiteRefusal::InUse { .. }), Some(place)) => self.step_waits(&plan, &location, place, step),
            (Err(refusal), place) => {
                let why = refusal.reason().into();
                let step = Some(step.clone());
                self.happened(Event::PlanStepDropped { plan: Some(plan), location, place, why, step });
            }
        }
    }

    fn step_waits(&mut self, plan: &UserId, location: &LocationId, place: PlaceId, step: &PlanStep) {
        let (plan, location, step) = (plan.clone(), location.clone(), step.clone());
        self.happened(Event::PlanStepWaits { plan, location, place, step });
    }

    /// Takes the steps that waited for places that are free now.
    pub(super) fn take_waiting_steps(&mut self, location: &LocationId) {
        let waiting: Vec<(PlaceId, WaitingStep)> = self.state().waiting_steps(location).collect();
        // In the order in which their days came.
        for (place, WaitingStep { plan, step }) in waiting {
            let site = self.state().sites.get(location);
            let is_used = site.is_ok_and(|site| site.place(&place).is_ok_and(|place| place.user().is_some()));
            if is_used {
                continue;
            }
            let location = location.clone();
            let taken = Some(plan.clone());
            self.happened(Event::WaitingStepTaken { location: location.clone(), place: place.clone(), plan: taken });
            self.take_step(&plan, &location, &step);
        }
    }
}

impl State {
    /// A plan was made, taken back, or took effect.
    pub(super) fn planned(&mut self, event: &Event, at: Timestamp) {
        if let Some(location) = event.location() {
            self.sites.change(location, at, |_| {});
        }
        match event {
            Event::Planned { plan, location, on, due, steps } => {
                self.due.set(*due, Due::Plan(plan.clone()));
                let new = Planned {
                    id: plan.clone(),
                    location: location.clone(),
                    on: *on,
                    due: *due,
                    steps: Arc::clone(steps),
                };
                self.plans.insert(plan.clone(), new.into());
            }
            Event::PlanTookEffect { plan, .. } => self.plan_is_over(plan),
            Event::PlanWithdrawn { plan, location } => {
                self.plan_is_over(plan);
                self.waits_no_longer(plan, location);
            }
            Event::PlanStepWaits { plan, location, place, step } => {
                let waits = WaitingStep { plan: plan.clone(), step: step.clone() };
                let steps = self.steps.entry(location.clone()).or_default();
                steps.entry(place.clone()).or_default().push_back(waits);
            }
            Event::WaitingStepTaken { location, place, plan } => {
                let steps = self.steps.entry(location.clone()).or_default();
                let queue = steps.entry(place.clone()).or_default();
                queue.pop_front();
                // In a log of before steps waited in a row, the last one was all there was.
                if queue.is_empty() || plan.is_none() {
                    steps.remove(place);
                }
            }
            Event::PlanStepDropped { plan, location, why, step, .. } => {
                let dropped = self.dropped.entry(location.clone()).or_default();
                dropped.push_back(DroppedStep { plan: plan.clone(), step: step.clone(), why: Arc::clone(why), at });
                if dropped.len() > MOST_DROPPED {
                    dropped.pop_front();
                }
            }
            _ => {}
        }
    }
}

impl State {
    /// Forgets a plan and its timer.
    fn plan_is_over(&mut self, plan: &UserId) {
        if let Some(gone) = self.plans.remove(plan) {
            self.due.unset(gone.due, Due::Plan(plan.clone()));
        }
    }

    /// Forgets the steps of a plan that wait.
    fn waits_no_longer(&mut self, plan: &UserId, location: &LocationId) {
        let Some(steps) = self.steps.get_mut(location) else { return };
        let queues = steps.iter().map(|(place, queue)| {
            let left: Vector<WaitingStep> = queue.iter().filter(|step| step.plan != *plan).cloned().collect();
            (place.clone(), left)
        });
        let left: OrdMap<PlaceId, Vector<WaitingStep>> = queues.filter(|(_, queue)| !queue.is_empty()).collect();
        *steps = left;
    }

    /// The sites as they will be at a moment, once what was planned before it, or before another plan of that moment, is
    /// done.
    fn foreseen(
        &self,
        region: &Region,
        location: &LocationId,
        due: Timestamp,
        before: Option<&UserId>,
        at: Timestamp,
    ) -> Sites {
        let mut sites = self.sites.clone();
        let comes_first =
            |plan: &&Planned| plan.due < due || (plan.due == due && before.is_none_or(|id| plan.id < *id));
        let mut plans: Vec<&Planned> = self.plans_of(location).filter(comes_first).collect();
        plans.sort_by(|a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        let waiting: Vec<PlanStep> = self.waiting_steps(location).map(|(_, it)| it.step).collect();
        for step in waiting.iter().chain(plans.into_iter().flat_map(|plan| plan.steps.iter())) {
            step.expect(region, &mut sites, location, at);
        }
        sites
    }

    /// Which plans of a location, with one more or without one, have a step that cannot be taken on their day.
    fn impossible(
        &self,
        region: &Region,
        location: &LocationId,
        new: Option<&Planned>,
        without: Option<&UserId>,
        at: Timestamp,
    ) -> Vec<UserId> {
        let is_left = |plan: &UserId| without != Some(plan);
        let mut plans: Vec<&Planned> = self.plans_of(location).filter(|plan| is_left(&plan.id)).chain(new).collect();
        plans.sort_by(|a, b| (a.due, &a.id).cmp(&(b.due, &b.id)));
        let mut sites = self.sites.clone();
        for (_, waiting) in self.waiting_steps(location).filter(|(_, waiting)| is_left(&waiting.plan)) {
            waiting.step.expect(region, &mut sites, location, at);
        }
        let mut impossible = Vec::new();
        for plan in plans {
            let mut fails = false;
            for step in plan.steps.iter() {
                fails |= step.foresee(region, &mut sites, location, at).is_err();
            }
            if fails {
                impossible.push(plan.id.clone());
            }
        }
        impossible
    }

    /// How many wait at a location for a kind of place that a plan takes away, beside those who wait in vain without it.
    pub fn waiting_in_vain(&self, region: &Region, plan: &Planned, at: Timestamp) -> u32 {
        let location = &plan.location;
        let mut then = self.foreseen(region, location, plan.due, Some(&plan.id), at);
        let in_vain =
            |sites: &Sites| sites.get(location).map_or(0, |site| waiting::in_vain(self.waiting_at(location), site));
        let without = in_vain(&then);
        for step in plan.steps.iter() {
            step.expect(region, &mut then, location, at);
        }
        in_vain(&then).saturating_sub(without)
    }

    /// A plan that did not take effect yet.
    pub fn plan(&self, id: &UserId) -> Option<&Planned> {
        self.plans.get(id).map(AsRef::as_ref)
    }

    /// Every plan that did not take effect yet, in no order.
    pub fn plans(&self) -> impl Iterator<Item = &Planned> {
        self.plans.values().map(AsRef::as_ref)
    }

    /// The plans of a location, in no order.
    pub fn plans_of<'a>(&'a self, location: &'a LocationId) -> impl Iterator<Item = &'a Planned> {
        self.plans.values().map(AsRef::as_ref).filter(move |plan| plan.location == *location)
    }

    /// Steps that wait at a location.
    pub fn waiting_steps(&self, location: &LocationId) -> impl Iterator<Item = (PlaceId, WaitingStep)> {
        let steps = self.steps.get(location).into_iter().flatten();
        steps.flat_map(|(place, queue)| queue.iter().map(move |step| (place.clone(), step.clone())))
    }

    /// Whether a step waits for this place.
    fn waits_for(&self, location: &LocationId, place: &PlaceId) -> bool {
        self.steps.get(location).is_some_and(|steps| steps.contains_key(place))
    }

    /// Steps of plans of a location that could not be taken, longest ago first.
    pub fn dropped_steps(&self, location: &LocationId) -> impl Iterator<Item = &DroppedStep> {
        self.dropped.get(location).into_iter().flatten()
    }

    /// Who would be in the way of these steps at a moment: places whose stay does not end before it, or should have
    /// ended by now, and people above the capacity.
    pub fn in_the_way(&self, site: &Site, steps: &[PlanStep], due: Timestamp, now: Timestamp) -> (Vec<PlaceId>, u32) {
        let is_in_the_way = |id: &&PlaceId| {
            let user = site.place(id).ok().and_then(|place| place.user());
            let until = |user| self.stay(user).and_then(|stay| stay.until);
            user.is_some_and(|user| until(user).is_none_or(|until| until > due || until <= now))
        };
        let changed = steps.iter().filter(|step| !matches!(step, PlanStep::AddPlace { .. }));
        let places = changed.filter_map(PlanStep::place).filter(is_in_the_way).cloned().collect();
        let people = site.count.map_or(0, |count| count.occupied.saturating_add(count.held));
        let above = steps.iter().filter_map(|step| match step {
            PlanStep::SetCapacity { capacity } => {
                Some(people.saturating_sub(capacity.figures(site.profile.kind, 0, 0).actual()))
            }
            PlanStep::AddPlace { .. } | PlanStep::ChangePlace { .. } | PlanStep::RetirePlace { .. } => None,
        });
        (places, above.max().unwrap_or(0))
    }
}
