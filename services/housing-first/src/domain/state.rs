//! Everything the events add up to. Persistent maps, so that a copy for a decision costs nothing.
//! `evolve` is total: it believes what happened and refuses nothing.

use std::sync::Arc;

use imbl::{HashMap, OrdMap};
use jiff::Timestamp;
use jiff::civil::Date;
use model::decision::Evolve;
use model::id::{Gemeente, UserId};
use model::sealed::Sealed;

use super::{Allocation, AllocationView, Event, Stage, Step, Traject};

/// The state of the service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct State {
    gemeenten: OrdMap<Gemeente, Allocation>,
    trajecten: OrdMap<UserId, Arc<Traject>>,
    /// Who has a traject that did not end.
    clients: HashMap<Sealed, UserId>,
}

impl State {
    /// A traject.
    pub fn traject(&self, id: &UserId) -> Option<&Traject> {
        self.trajecten.get(id).map(AsRef::as_ref)
    }

    /// The traject of a client that did not end.
    pub fn traject_of(&self, client: &Sealed) -> Option<&Traject> {
        self.clients.get(client).and_then(|id| self.traject(id))
    }

    /// Ids of the look-up table that are still needed: of who has a traject that did not end.
    pub fn needs(&self) -> Vec<uuid::Uuid> {
        self.clients.keys().filter_map(Sealed::id).collect()
    }

    /// When the clock has something to do next: nothing here waits for it.
    pub const fn next_due(&self) -> Option<Timestamp> {
        None
    }

    /// Every traject, by id.
    pub fn trajecten(&self) -> impl Iterator<Item = &Traject> {
        self.trajecten.values().map(AsRef::as_ref)
    }

    /// Trajecten whose id sorts after this one.
    pub fn after(&self, id: Option<&UserId>) -> impl Iterator<Item = &Traject> {
        use std::ops::Bound;
        let from = id.map_or(Bound::Unbounded, |id| Bound::Excluded(id.clone()));
        self.trajecten.range::<_, UserId>((from, Bound::Unbounded)).map(|(_, traject)| traject.as_ref())
    }

    /// What is known of a gemeente.
    pub fn gemeente(&self, gemeente: &Gemeente) -> Option<&Allocation> {
        self.gemeenten.get(gemeente)
    }

    /// What is known of every gemeente.
    pub fn gemeenten(&self) -> impl Iterator<Item = (&Gemeente, &Allocation)> {
        self.gemeenten.iter()
    }

    /// Slots a gemeente may use.
    pub fn slots(&self, gemeente: &Gemeente) -> u32 {
        self.gemeente(gemeente).map_or(0, |it| it.slots)
    }

    /// Slots a gemeente uses.
    pub fn used(&self, gemeente: &Gemeente) -> u32 {
        self.gemeente(gemeente).map_or(0, |it| it.used)
    }

    /// Whether anybody ever said how many slots a gemeente may use; without that it is not known, which is not zero.
    pub fn is_allocated(&self, gemeente: &Gemeente) -> bool {
        self.gemeente(gemeente).is_some_and(|it| !it.history.is_empty())
    }

    /// Slots all gemeenten together may use.
    pub fn allocated(&self) -> u32 {
        self.gemeenten.values().map(|it| it.slots).sum()
    }

    /// Slots all gemeenten together use.
    pub fn used_in_all(&self) -> u32 {
        self.gemeenten.values().map(|it| it.used).sum()
    }

    /// The slots of a gemeente as an answer shows them.
    pub fn show(&self, gemeente: &Gemeente) -> AllocationView {
        AllocationView { gemeente: gemeente.clone(), slots: self.slots(gemeente), used: self.used(gemeente) }
    }
}

impl Evolve for State {
    type Event = Event;

    fn evolve(&mut self, event: &Event, at: Timestamp) {
        self.touch(event.gemeente(), at);
        match event {
            Event::AllocationSet { gemeente, slots } => self.give(gemeente, at, |_| *slots),
            Event::SlotsGiven { gemeente, slots, .. } => self.give(gemeente, at, |had| had.saturating_sub(*slots)),
            Event::SlotsReceived { gemeente, slots, .. } => self.give(gemeente, at, |had| had.saturating_add(*slots)),
            Event::Confirmed { .. } => {}
            Event::Registered { traject, gemeente, client, provider, on } => {
                let first = Step { stage: Stage::Aangemeld, on: *on, at, taken_back: None };
                let new = Traject {
                    id: traject.clone(),
                    client: client.clone(),
                    gemeente: gemeente.clone(),
                    provider: Arc::clone(provider),
                    corporatie: None,
                    stage: Stage::Aangemeld,
                    steps: vec![first],
                    corporaties: Vec::new(),
                    gemeenten: vec![(at, gemeente.clone())],
                    stops: Vec::new(),
                    stop_text: None,
                };
                self.count(gemeente, Stage::Aangemeld, 1);
                self.clients.insert(client.clone(), traject.clone());
                self.trajecten.insert(traject.clone(), new.into());
            }
            Event::StageReached { traject, stage, on, corporatie, .. } => {
                self.reaches(traject, *stage, *on, at);
                self.change(traject, |it| it.corporatie = corporatie.clone().or_else(|| it.corporatie.clone()));
            }
            Event::Stopped { traject, reason, text, on, .. } => {
                self.reaches(traject, Stage::Gestopt, *on, at);
                self.change(traject, |it| {
                    it.stops.push((at, *reason));
                    it.stop_text.clone_from(text);
                });
            }
            Event::StageTakenBack { traject, to, .. } => self.goes_back(traject, *to, at),
            Event::TransferredOut { traject, gemeente, .. } => {
                let stage = self.traject(traject).map(|it| it.stage);
                stage.into_iter().for_each(|stage| self.count(gemeente, stage, -1));
            }
            Event::TransferredIn { traject, gemeente, .. } => {
                let stage = self.traject(traject).map(|it| it.stage);
                stage.into_iter().for_each(|stage| self.count(gemeente, stage, 1));
                self.change(traject, |it| {
                    it.gemeente = gemeente.clone();
                    it.gemeenten.push((at, gemeente.clone()));
                });
            }
            Event::ProviderChanged { traject, provider, .. } => {
                self.change(traject, |it| it.provider = Arc::clone(provider));
            }
            Event::CorporatieChanged { traject, corporatie, .. } => {
                self.change(traject, |it| it.corporatie = Some(Arc::clone(corporatie)));
            }
        }
    }
}

impl State {
    fn touch(&mut self, gemeente: &Gemeente, at: Timestamp) {
        let new =
            || Allocation { slots: 0, used: 0, stages: OrdMap::new(), version: 0, as_of: at, history: Vec::new() };
        let known = self.gemeenten.entry(gemeente.clone()).or_insert_with(new);
        known.version += 1;
        known.as_of = at;
    }

    fn give(&mut self, gemeente: &Gemeente, at: Timestamp, slots: impl FnOnce(u32) -> u32) {
        if let Some(known) = self.gemeenten.get_mut(gemeente) {
            known.slots = slots(known.slots);
            known.history.push((at, known.slots));
        }
    }

    fn change(&mut self, traject: &UserId, change: impl FnOnce(&mut Traject)) {
        if let Some(traject) = self.trajecten.get_mut(traject) {
            change(Arc::make_mut(traject));
        }
    }

    fn reaches(&mut self, id: &UserId, stage: Stage, on: Date, at: Timestamp) {
        let Some(before) = self.traject(id).cloned() else { return };
        self.count(&before.gemeente, before.stage, -1);
        self.count(&before.gemeente, stage, 1);
        self.change(id, |it| {
            it.corporaties.push(it.corporatie.clone());
            // A home that falls through takes its corporatie with it.
            if (before.stage, stage) == (Stage::WoningToegewezen, Stage::WoningGezocht) {
                it.corporatie = None;
            }
            it.stage = stage;
            it.steps.push(Step { stage, on, at, taken_back: None });
        });
        if stage.is_over() {
            self.clients.remove(&before.client);
        }
    }

    /// The last stage is taken back; what ended with it goes on.
    fn goes_back(&mut self, id: &UserId, to: Stage, at: Timestamp) {
        let Some(before) = self.traject(id).cloned() else { return };
        self.count(&before.gemeente, before.stage, -1);
        self.count(&before.gemeente, to, 1);
        self.change(id, |it| {
            let corporatie = it.corporaties.pop().flatten();
            match (to, before.stage) {
                // The home was a mistake, with its corporatie.
                (_, Stage::WoningToegewezen) => it.corporatie = corporatie,
                // It did not fall through: it is of whom it was, unless somebody said meanwhile of whom it is.
                (Stage::WoningToegewezen, _) => it.corporatie = it.corporatie.take().or(corporatie),
                _ => {}
            }
            it.stage = to;
            let last = it.steps.iter_mut().rev().find(|step| step.taken_back.is_none());
            last.into_iter().for_each(|step| step.taken_back = Some(at));
        });
        if !to.is_over() {
            self.clients.insert(before.client, id.clone());
        }
    }

    /// Counts a traject of a gemeente in a stage, or no longer.
    fn count(&mut self, gemeente: &Gemeente, stage: Stage, by: i32) {
        let Some(known) = self.gemeenten.get_mut(gemeente) else { return };
        let in_stage = known.stages.entry(stage).or_insert(0);
        *in_stage = in_stage.saturating_add_signed(by);
        if *in_stage == 0 {
            known.stages.remove(&stage);
        }
        if stage.uses_slot() {
            known.used = known.used.saturating_add_signed(by);
        }
    }
}
