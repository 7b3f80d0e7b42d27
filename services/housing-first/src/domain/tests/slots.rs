//! Slots: the cap of the region and the allocations of the gemeenten hold whatever is asked in whatever order.

use std::collections::BTreeMap;

use proptest::prelude::*;

use proto::availability::v1::availability_reported::Detail;
use uuid::Uuid;

use super::given::{
    ALMERE, DRONTEN, Given, advance, allocate, client, gemeente, given, move_slots, region, region_with_cap, register,
    stop, take_back, transfer,
};
use crate::domain::{Command, Refusal, Stage, StopReason, decide, report};

#[test]
fn a_gemeente_that_is_full_takes_nobody_and_the_others_still_do() {
    let story = given([allocate(ALMERE, 1), allocate(DRONTEN, 1), register("a", ALMERE), register("b", ALMERE)])
        .reaches("a", Stage::WoningGezocht)
        .reaches("b", Stage::Wachtlijst);
    let second = story.traject("b");
    story.when(advance(&second, Stage::WoningGezocht)).then_refused("GEMEENTE_FULL");
    story.and([transfer(&second, DRONTEN)]).when(advance(&second, Stage::WoningGezocht)).then_done();
}

#[test]
fn the_gemeenten_together_never_have_more_than_the_region() {
    let story = given([allocate(ALMERE, 3), allocate(DRONTEN, 1)]);
    story.when(allocate(DRONTEN, 2)).then_refused("REGION_FULL");
    story.when(allocate("gm0995", 1)).then_refused("REGION_FULL");
    story.when(allocate(ALMERE, 2)).then_done().when(allocate("gm0995", 1)).then_done();
}

#[test]
fn moving_slots_keeps_their_sum_and_never_takes_what_is_used() {
    let story = given([allocate(ALMERE, 3), allocate(DRONTEN, 1), register("a", ALMERE)]).reaches("a", Stage::Gestart);
    let moved = story.and([move_slots(ALMERE, DRONTEN, 2)]);
    assert_eq!((moved.slots(ALMERE), moved.slots(DRONTEN)), (1, 3));
    moved.when(move_slots(ALMERE, DRONTEN, 1)).then_refused("SLOTS_IN_USE");
    moved.when(move_slots(ALMERE, DRONTEN, 2)).then_refused("TOO_FEW_SLOTS");
    moved.when(move_slots(ALMERE, ALMERE, 1)).then_refused("SAME_GEMEENTE");
    moved.when(allocate(ALMERE, 0)).then_refused("SLOTS_IN_USE");
}

#[test]
fn who_comes_back_from_waakvlam_needs_a_slot_again() {
    let story = given([allocate(ALMERE, 1), register("a", ALMERE), register("b", ALMERE)])
        .reaches("a", Stage::Waakvlam)
        .reaches("b", Stage::WoningGezocht);
    let (first, second) = (story.traject("a"), story.traject("b"));
    story.when(advance(&first, Stage::Gestart)).then_refused("GEMEENTE_FULL");
    story.and([stop(&second, StopReason::Anders)]).when(advance(&first, Stage::Afgeschaald)).then_done();
}

#[test]
fn a_region_whose_cap_went_down_takes_nobody_until_it_uses_less() {
    let story = given([allocate(ALMERE, 2), allocate(DRONTEN, 2), register("a", ALMERE), register("b", DRONTEN)])
        .reaches("a", Stage::Gestart)
        .reaches("b", Stage::Wachtlijst);
    let smaller = region_with_cap(1);
    let next = advance(&story.traject("b"), Stage::WoningGezocht);
    let refusal = decide(&smaller, &story.state, &next, story.now, Uuid::nil()).unwrap_err();
    assert_eq!(refusal, Refusal::RegionFull { cap: 1 });
    let after = story.and([stop(&story.traject("a"), StopReason::Verhuisd)]);
    assert!(decide(&smaller, &after.state, &next, after.now, Uuid::nil()).is_ok());
}

#[test]
fn of_a_gemeente_whose_slots_nobody_set_it_is_not_known_how_many_there_are() {
    let story = given([register("a", ALMERE)]);
    let refusal = story.when(Command::Confirm { gemeente: gemeente(ALMERE) }).then_refused("NOT_ALLOCATED");
    assert!(refusal.to_string().contains("Almere"), "{refusal}");
    let confirmed = crate::domain::Event::Confirmed { gemeente: gemeente(ALMERE) };
    let told = |story: &Given| report(region(), &story.state, &[&confirmed]).unwrap();
    let unknown = told(&story);
    assert_eq!((unknown.figures, unknown.confirmed_at), (None, None));
    let Some(Detail::Slots(slots)) = unknown.detail else { panic!("no stages") };
    assert_eq!(slots.stages.len(), 1);
    assert_eq!(told(&story.and([allocate(ALMERE, 0)])).figures.map(|figures| figures.funded), Some(0));
}

#[test]
fn of_many_who_want_the_last_slot_one_gets_it() {
    let names = ["a", "b", "c", "d", "e"];
    let story = given([allocate(ALMERE, 1)]).and(names.map(|name| register(name, ALMERE)));
    let story = names.iter().fold(story, |story, name| story.reaches(name, Stage::Wachtlijst));
    let mut won = 0;
    let mut after = story.clone();
    for name in names {
        let outcome = after.when(advance(&story.traject(name), Stage::WoningGezocht));
        if outcome.decided.is_ok() {
            won += 1;
            after = outcome.then_done();
        }
    }
    assert_eq!((won, after.used(ALMERE)), (1, 1));
}

const GEMEENTEN: [&str; 3] = [ALMERE, DRONTEN, "gm0995"];
const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];
const CAP: u32 = 4;

#[derive(Debug, Clone)]
enum Wish {
    Allocate(&'static str, u32),
    Move(&'static str, &'static str, u32),
    Register(&'static str, &'static str),
    Advance(&'static str, Stage),
    Stop(&'static str),
    TakeBack(&'static str),
    Transfer(&'static str, &'static str),
}

/// Kept by hand: who is in which stage in which gemeente, and what each gemeente has.
#[derive(Debug, Default)]
struct ByHand {
    slots: BTreeMap<&'static str, u32>,
    people: BTreeMap<&'static str, (&'static str, Stage)>,
    /// The stages before.
    before: BTreeMap<&'static str, Vec<Stage>>,
}

impl ByHand {
    fn uses(stage: Stage) -> bool {
        [Stage::WoningGezocht, Stage::WoningToegewezen, Stage::Gestart, Stage::Afgeschaald].contains(&stage)
    }

    fn used(&self, gemeente: &str) -> u32 {
        let using = self.people.values().filter(|(of, stage)| *of == gemeente && Self::uses(*stage));
        u32::try_from(using.count()).unwrap()
    }

    fn has(&self, gemeente: &str) -> u32 {
        self.slots.get(gemeente).copied().unwrap_or(0)
    }

    fn sum(&self) -> u32 {
        self.slots.values().sum()
    }

    fn used_in_all(&self) -> u32 {
        GEMEENTEN.iter().map(|it| self.used(it)).sum()
    }

    /// Whether it may be; and does it when it may.
    fn allows(&mut self, wish: &Wish) -> bool {
        match *wish {
            Wish::Allocate(to, slots) => {
                let may = slots >= self.used(to) && self.sum() - self.has(to) + slots <= CAP;
                if may {
                    self.slots.insert(to, slots);
                }
                may
            }
            Wish::Move(from, to, slots) => {
                let may = from != to && self.has(from) >= slots && self.has(from) - slots >= self.used(from);
                if may {
                    self.slots.insert(from, self.has(from) - slots);
                    self.slots.insert(to, self.has(to) + slots);
                }
                may
            }
            Wish::Register(who, to) => {
                let may = !self.people.contains_key(who);
                if may {
                    self.people.insert(who, (to, Stage::Aangemeld));
                    self.before.insert(who, Vec::new());
                }
                may
            }
            Wish::Advance(who, to) => {
                let Some((of, stage)) = self.people.get(who).copied() else { return false };
                let follows = match (stage, to) {
                    (Stage::Gestart, Stage::Waakvlam)
                    | (Stage::Gestart | Stage::Afgeschaald | Stage::Waakvlam, Stage::Afgerond)
                    | (Stage::Waakvlam, Stage::Gestart | Stage::Afgeschaald)
                    | (Stage::WoningToegewezen, Stage::WoningGezocht) => true,
                    (_, Stage::Afgerond | Stage::Gestopt) => false,
                    (now, next) => next as usize == now as usize + 1,
                };
                let takes = Self::uses(to) && !Self::uses(stage);
                let may = follows && (!takes || (self.used(of) < self.has(of) && self.used_in_all() < CAP));
                if may && to == Stage::Afgerond {
                    self.people.remove(who);
                } else if may {
                    self.people.insert(who, (of, to));
                    self.before.get_mut(who).unwrap().push(stage);
                }
                may
            }
            Wish::TakeBack(who) => {
                let Some((of, stage)) = self.people.get(who).copied() else { return false };
                let Some(to) = self.before[who].last().copied() else { return false };
                let takes = Self::uses(to) && !Self::uses(stage);
                let may = !takes || (self.used(of) < self.has(of) && self.used_in_all() < CAP);
                if may {
                    self.people.insert(who, (of, to));
                    self.before.get_mut(who).unwrap().pop();
                }
                may
            }
            Wish::Stop(who) => self.people.remove(who).is_some(),
            Wish::Transfer(who, to) => {
                let Some((of, stage)) = self.people.get(who).copied() else { return false };
                let may = of != to && (!Self::uses(stage) || self.used(to) < self.has(to));
                if may {
                    self.people.insert(who, (to, stage));
                }
                may
            }
        }
    }
}

fn wishes() -> impl Strategy<Value = Wish> {
    let gemeente = || prop::sample::select(GEMEENTEN.to_vec());
    let who = || prop::sample::select(NAMES.to_vec());
    prop_oneof![
        2 => (gemeente(), 0..6_u32).prop_map(|(to, slots)| Wish::Allocate(to, slots)),
        1 => (gemeente(), gemeente(), 1..4_u32).prop_map(|(from, to, slots)| Wish::Move(from, to, slots)),
        3 => (who(), gemeente()).prop_map(|(who, to)| Wish::Register(who, to)),
        20 => (who(), prop::sample::select(Stage::ALL.to_vec())).prop_map(|(who, to)| Wish::Advance(who, to)),
        1 => who().prop_map(Wish::Stop),
        2 => who().prop_map(Wish::TakeBack),
        2 => (who(), gemeente()).prop_map(|(who, to)| Wish::Transfer(who, to)),
    ]
}

fn asked(story: &Given, wish: &Wish) -> Option<crate::domain::Command> {
    let of = |who: &str| story.state.traject_of(&client(who)).map(|traject| traject.id.clone());
    Some(match *wish {
        Wish::Allocate(to, slots) => allocate(to, slots),
        Wish::Move(from, to, slots) => move_slots(from, to, slots),
        Wish::Register(who, to) => register(who, to),
        Wish::Advance(who, to) => advance(&of(who)?, to),
        Wish::Stop(who) => stop(&of(who)?, StopReason::Anders),
        Wish::TakeBack(who) => take_back(&of(who)?),
        Wish::Transfer(who, to) => transfer(&of(who)?, to),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_in_whatever_order_the_slots_are_those_kept_by_hand(wishes in prop::collection::vec(wishes(), 1..80)) {
        let (mut story, mut hand) = (given([]), ByHand::default());
        for wish in &wishes {
            let may = hand.allows(wish);
            let Some(command) = asked(&story, wish) else {
                prop_assert!(!may);
                continue;
            };
            let outcome = story.when(command);
            prop_assert_eq!(outcome.decided.is_ok(), may, "{:?}: {:?}", wish, &outcome.decided);
            if may {
                story = outcome.then_done();
            }
            for gemeente in GEMEENTEN {
                prop_assert_eq!((story.slots(gemeente), story.used(gemeente)), (hand.has(gemeente), hand.used(gemeente)));
                prop_assert!(story.used(gemeente) <= story.slots(gemeente));
            }
            prop_assert!(story.state.allocated() <= CAP && story.state.used_in_all() <= CAP);
        }
    }
}
