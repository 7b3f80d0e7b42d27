//! Thousands of random stories, told to the rules and to a naive model of them at once. After every step the two
//! agree, the laws hold, a refusal changed nothing, and a replay of what was stored is what was lived.

mod holds;
mod reference;
mod steps;

use jiff::{SignedDuration, Timestamp};
use model::decision::Evolve as _;
use model::refusal::Refusal as _;
use model::region::Region;
use proptest::prelude::*;
use uuid::Uuid;

use self::reference::Reference;
use self::steps::Step;
use super::given::{Story, given_at, moment};
use crate::domain::{Command, Event, State, decide};

const ORDINARY_EVENING: &str = "2026-02-03T16:00:00Z";
/// Stories for each of three evenings.
const STORIES: u32 = 700;
const LONGEST_STORY: usize = 40;

/// The rules, the naive model, and what the log would hold.
struct World {
    region: Region,
    start: State,
    now: Timestamp,
    state: State,
    /// Every event since the start, as it is stored.
    log: Vec<(Timestamp, String)>,
    /// Folded from what was stored, not from what was decided.
    replayed: State,
    reference: Reference,
}

impl World {
    fn new(start: Timestamp) -> Self {
        let Story { region, state, .. } = given_at(start, steps::houses());
        let (replayed, reference) = (state.clone(), Reference::new(start));
        Self { region, start: state.clone(), now: start, state, log: Vec::new(), replayed, reference }
    }

    fn step(&mut self, step: &Step) {
        self.now += SignedDuration::from_secs(step.wait_secs);
        let command = steps::command(&step.ask, &self.reference);
        let new_id = Uuid::from_u128(self.reference.next_id());
        let before = self.state.clone();
        let decided = decide(&self.region, &self.state, &command, self.now, new_id);
        assert_eq!(self.state, before, "deciding changes nothing");
        let mut expected = self.reference.clone();
        match (decided, expected.ask(&step.ask, self.now)) {
            (Ok(events), Ok(())) => {
                events.iter().for_each(|event| self.happened(event));
                self.reference = expected;
            }
            (Err(refusal), Err(reason)) => assert_eq!(refusal.reason(), reason, "{command:?}"),
            (decided, expected) => panic!("{command:?}: decided {decided:?}, expected {expected:?}"),
        }
        assert_eq!(self.state, self.replayed, "what is replayed is what was lived");
        holds::hold(&self.region.id, &self.state, &self.reference, self.now);
        if command == Command::Tick {
            assert!(self.state.next_due().is_none_or(|due| due > self.now), "after a tick nothing is due");
        }
    }

    fn happened(&mut self, event: &Event) {
        let before = holds::free(&self.state);
        self.state.evolve(event, self.now);
        holds::free_changed(event, before, holds::free(&self.state));
        let stored = serde_json::to_string(event).unwrap();
        self.replayed.evolve(&serde_json::from_str(&stored).unwrap(), self.now);
        self.log.push((self.now, stored));
    }

    /// A restart: everything is folded again.
    fn restarted(&self) -> State {
        let mut state = self.start.clone();
        for (at, stored) in &self.log {
            state.evolve(&serde_json::from_str(stored).unwrap(), *at);
        }
        state
    }
}

/// Most steps follow at once or within minutes; some let hours pass.
fn waits() -> impl Strategy<Value = i64> {
    prop_oneof![8 => Just(0), 8 => 1..600_i64, 5 => Just(600), 3 => 600..1_800_i64, 2 => 1_800..6_000_i64, 1 => 6_000..40_000_i64]
}

fn story() -> impl Strategy<Value = Vec<Step>> {
    let step = (waits(), steps::asks()).prop_map(|(wait_secs, ask)| Step { wait_secs, ask });
    prop::collection::vec(step, 1..=LONGEST_STORY)
}

/// Told from an evening on, the story agrees with the naive model at every step.
fn tell(evening: &str, story: &[Step]) {
    let mut world = World::new(moment(evening));
    story.iter().for_each(|step| world.step(step));
    assert_eq!(world.restarted(), world.state);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: STORIES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_the_rules_hold(story in story()) {
        tell(ORDINARY_EVENING, &story);
    }

    #[test]
    fn whatever_is_asked_around_the_night_that_loses_an_hour_the_rules_hold(story in story()) {
        tell("2026-03-28T16:00:00Z", &story);
    }

    #[test]
    fn whatever_is_asked_around_the_night_that_gains_an_hour_the_rules_hold(story in story()) {
        tell("2026-10-24T15:00:00Z", &story);
    }
}

/// The random stories must reach what they are meant to prove.
#[test]
fn the_random_stories_meet_every_event_and_most_refusals() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut happened, mut refused) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
    for _ in 0..200 {
        let story = story().new_tree(&mut runner).unwrap().current();
        let mut world = World::new(moment(ORDINARY_EVENING));
        for step in &story {
            let at = world.now + SignedDuration::from_secs(step.wait_secs);
            refused.extend(world.reference.clone().ask(&step.ask, at).err());
            world.step(step);
        }
        let names = world.log.iter().map(|(_, json)| json.split('"').nth(1).unwrap().to_owned());
        happened.extend(names);
    }
    let names = [
        "accepted",
        "arrived",
        "cancelled",
        "checked_out",
        "claimed",
        "demand_unmet",
        "escalated",
        "hold_extended",
        "lapsed",
        "no_show",
        "refused",
        "reoffered",
        "site",
        "stay_extended",
    ];
    assert_eq!(happened, names.map(str::to_owned).into());
    for reason in [
        "ALREADY_EXTENDED",
        "CLIENT_HAS_PLACE",
        "FULL",
        "HELD",
        "IN_USE",
        "INTAKE_CLOSED",
        "NEVER_CONFIRMED",
        "NIGHTS",
        "OCCUPIED",
        "OUT_OF_SERVICE",
        "PET",
        "RESIDENCE",
        "RETIRED",
        "STALE",
        "UNKNOWN_CLAIM",
        "UNKNOWN_PLACE",
        "WRONG_STATUS",
    ] {
        assert!(refused.contains(reason), "no story was refused with {reason}: {refused:?}");
    }
}
