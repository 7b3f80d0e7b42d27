//! The life of a place: random stories against a naive reference, and its rules as
//! sentences. It must not know what a claim or a stay is; those belong to the services.

mod laws;
mod reference;
mod steps;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use self::reference::{Counts, Reference};
use self::steps::{Action, Step, sequences};
use super::given::{
    add, confirm, gemeente, given, given_places, hold, location, noon, occupy, place, place_profile, profile, region,
    register, release, take_out, user,
};
use crate::criteria::Criteria;
use crate::figures::Figures;
use crate::id::{LocationId, PlaceId};
use crate::kind::Kind;
use crate::place::{PlaceState, Transition};
use crate::profile::{Financing, PlaceProfile, Profile};
use crate::refusal::Refusal;
use crate::site::{MOST_PLACES, SiteCommand, SiteEvent, SiteRefusal, Sites};

/// What happened, as a service would keep it.
#[derive(Debug, Clone)]
enum Happened {
    Staff(SiteEvent),
    Used { location: LocationId, changes: Vec<(PlaceId, Transition)> },
    Counted { location: LocationId, people: Counts },
}

/// The model, the reference, and a twin that only ever sees events that went through JSON.
struct World {
    sites: Sites,
    twin: Sites,
    reference: Reference,
    log: Vec<(Happened, Timestamp)>,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let (sites, twin, reference) = (Sites::default(), Sites::default(), Reference::default());
        Self { sites, twin, reference, log: Vec::new(), now: noon() }
    }

    fn play(&mut self, number: usize, step: &Step) {
        self.now += SignedDuration::from_secs(step.jump_secs);
        let newcomer = user(&format!("u-{number}"));
        let Some(action) = step.action(&self.reference, &newcomer, self.now) else { return };
        let before = self.sites.clone();
        let objections = self.reference.objections(&action, self.now);
        match decide(&self.sites, &action, self.now) {
            Ok(happened) => {
                assert!(objections.is_empty(), "{action:?} was accepted despite {objections:?}");
                self.carry_out(&action, happened);
                accepted(&before, &self.sites, &action);
            }
            Err(refusal) => {
                assert!(objections.contains(&refusal.reason()), "{action:?}: {refusal:?} instead of {objections:?}");
                names_what_is_in_the_way(&self.reference, &action, &refusal);
                assert_eq!(self.sites, before, "a refusal changes nothing");
            }
        }
        laws::hold(&self.sites, &self.reference, self.now);
        assert_eq!(self.sites, self.twin, "what went through JSON is the same");
    }

    fn carry_out(&mut self, action: &Action, happened: Vec<Happened>) {
        assert_eq!(happened.len(), 1);
        for event in happened {
            evolve(&mut self.sites, &event, self.now);
            evolve(&mut self.twin, &through_json(&event), self.now);
            self.log.push((event, self.now));
        }
        self.reference.apply(action, self.now);
    }
}

/// Decides as a service does it.
fn decide(sites: &Sites, action: &Action, now: Timestamp) -> Result<Vec<Happened>, SiteRefusal> {
    match action.clone() {
        Action::Staff(command) => Ok(sites.decide(region(), &command, now)?.into_iter().map(Happened::Staff).collect()),
        Action::Use { location, changes } => {
            let site = sites.get(&location)?;
            changes.iter().try_for_each(|(id, wanted)| site.check(id, wanted).map(|_| ()))?;
            Ok(vec![Happened::Used { location, changes }])
        }
        Action::Count { location, people } => {
            sites.open(&location)?;
            Ok(vec![Happened::Counted { location, people }])
        }
    }
}

/// Evolves as a service does it.
fn evolve(sites: &mut Sites, event: &Happened, at: Timestamp) {
    match event {
        Happened::Staff(event) => sites.evolve(event, at),
        Happened::Used { location, changes } => match changes.as_slice() {
            [(id, wanted)] => sites.apply(location, id, wanted, at),
            several => {
                sites.change(location, at, |site| several.iter().for_each(|(id, wanted)| site.step(id, wanted, at)))
            }
        },
        Happened::Counted { location, people } => sites.change(location, at, |site| {
            let [funded, occupied, held, unavailable, surge] =
                [people.funded, people.occupied, people.held, people.unavailable, people.surge]
                    .map(|number| u32::try_from(number).unwrap());
            site.count = Some(Figures { funded, occupied, held, unavailable, surge });
            site.confirmed_at = Some(at);
        }),
    }
}

fn through_json(event: &Happened) -> Happened {
    let Happened::Staff(event) = event else { return event.clone() };
    let stored = serde_json::to_string(event).unwrap();
    let read: SiteEvent = serde_json::from_str(&stored).unwrap();
    assert_eq!(read, *event);
    Happened::Staff(read)
}

/// Rules 4 and 5, and that an event touches its own location, once.
fn accepted(before: &Sites, after: &Sites, action: &Action) {
    let touched = action.location();
    let version = |sites: &Sites| sites.get(touched).map_or(0, |site| site.version);
    assert_eq!(version(after), version(before) + 1, "one event, one version");
    for site in before.iter().filter(|site| site.id != *touched) {
        assert_eq!(after.get(&site.id), Ok(site), "an event of {touched} leaves {} alone", site.id);
    }
    match action {
        Action::Staff(_) => assert_eq!(laws::users(before), laws::users(after), "staff cannot wipe a hold"),
        Action::Use { changes, .. } => {
            let free = |sites: &Sites| i64::from(sites.get(touched).unwrap().figures_of(None).free());
            let held = |id| matches!(before.get(touched).unwrap().places[id].state, PlaceState::Held { .. });
            let expected: i64 = changes
                .iter()
                .map(|(id, wanted)| match wanted {
                    Transition::Hold { .. } => -1,
                    Transition::Occupy { .. } => {
                        if held(id) {
                            0
                        } else {
                            -1
                        }
                    }
                    Transition::Release { .. } => 1,
                    Transition::Prolong { .. } | Transition::TakeOut { .. } | Transition::Return => 0,
                })
                .sum();
            assert_eq!(free(after) - free(before), expected, "free after {changes:?}");
        }
        Action::Count { .. } => {}
    }
}

fn names_what_is_in_the_way(reference: &Reference, action: &Action, refusal: &SiteRefusal) {
    let SiteRefusal::InUse { places, people } = refusal else { return };
    let house = &reference.0[action.location()];
    let in_the_way: Vec<PlaceId> = match action {
        Action::Staff(SiteCommand::RetirePlace { place, .. } | SiteCommand::ChangePlace { place, .. }) => {
            vec![place.clone()]
        }
        _ => house.used_rooms().into_iter().collect(),
    };
    assert_eq!(*places, in_the_way);
    assert_eq!(i64::from(*people), house.heads.map_or(0, |heads| heads.occupied + heads.held));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_in_whatever_order_the_six_rules_hold(steps in sequences(1..60)) {
        let mut world = World::new();
        for (number, step) in steps.iter().enumerate() {
            world.play(number, step);
        }
        let mut replayed = Sites::default();
        world.log.iter().for_each(|(event, at)| evolve(&mut replayed, event, *at));
        prop_assert_eq!(replayed, world.sites);
    }
}

#[test]
fn of_many_who_want_the_last_place_exactly_one_gets_it() {
    let mut story = given_places(["k-1"]);
    let mut winners = 0;
    for racer in 0..50 {
        let claim = hold(&format!("u-{racer}"));
        if story.check("k-1", &claim).is_ok() {
            story = story.moved("k-1", &claim);
            winners += 1;
        }
    }
    assert_eq!(winners, 1);
    assert_eq!(story.check("k-1", &hold("late")), Err(SiteRefusal::Held { place: place("k-1") }));
}

#[test]
fn an_arrival_does_not_change_free_and_leaving_raises_it_by_one() {
    let held = given_places(["k-1", "k-2"]).moved("k-1", &hold("u-1"));
    assert_eq!(held.free(), 1);
    let arrived = held.moved("k-1", &occupy("u-1"));
    assert_eq!(arrived.free(), 1);
    assert_eq!(arrived.moved("k-1", &release("u-1")).free(), 2);
}

#[test]
fn a_cancelled_hold_raises_free_by_one() {
    let held = given_places(["k-1", "k-2"]).moved("k-1", &hold("u-1"));
    assert_eq!(held.moved("k-1", &release("u-1")).free(), 2);
}

#[test]
fn only_the_holder_can_come_in_stay_on_or_leave() {
    let held = given_places(["k-1"]).moved("k-1", &hold("u-1"));
    let other = user("u-2");
    let taken = Err(SiteRefusal::Held { place: place("k-1") });
    assert_eq!(held.check("k-1", &occupy("u-2")), taken);
    assert_eq!(held.check("k-1", &release("u-2")), taken);
    assert_eq!(held.check("k-1", &Transition::Prolong { by: other, until: None }), taken);
}

#[test]
fn prolonging_a_hold_keeps_since_when_it_is_held() {
    let later = noon() + SignedDuration::from_hours(1);
    let prolong = Transition::Prolong { by: user("u-1"), until: Some(later) };
    let story = given_places(["k-1"]).moved("k-1", &hold("u-1")).moved_at(later, "k-1", &prolong);
    let site = story.site("huis");
    assert_eq!(site.places[&place("k-1")].since, noon());
    assert_eq!(site.places[&place("k-1")].state, PlaceState::Held { by: user("u-1"), until: Some(later) });
    assert_eq!(site.as_of, later);
}

#[test]
fn staff_cannot_take_a_held_place_away() {
    let held = given_places(["k-1"]).moved("k-1", &hold("u-1"));
    let id = place("k-1");
    held.when(take_out("huis", "k-1")).then_refused(SiteRefusal::Held { place: id.clone() });
    let in_use = SiteRefusal::InUse { places: vec![id.clone()], people: 0 };
    held.when(SiteCommand::RetirePlace { location: location("huis"), place: id }).then_refused(in_use);
}

#[test]
fn closing_a_location_is_refused_with_the_list_of_places_in_the_way() {
    let story = given_places(["k-1", "k-2", "k-3"]).moved("k-3", &occupy("u-1")).moved("k-1", &hold("u-2"));
    let refusal = SiteRefusal::InUse { places: vec![place("k-1"), place("k-3")], people: 0 };
    assert_eq!(refusal.to_string(), "Nog in gebruik of gereserveerd: k-1, k-3.");
    story.when(SiteCommand::Retire { location: location("huis") }).then_refused(refusal);
}

#[test]
fn an_empty_location_can_close_and_then_refuses_everything() {
    let closed = given_places(["k-1"]).and([SiteCommand::Retire { location: location("huis") }]);
    closed.when(add("huis", "k-2")).then_refused(SiteRefusal::Retired);
    closed.when(confirm("huis")).then_refused(SiteRefusal::Retired);
    assert_eq!(closed.check("k-1", &hold("u-1")), Err(SiteRefusal::Retired));
    closed
        .when(register("huis", Kind::Logeerplek))
        .then_refused(SiteRefusal::LocationExists { location: location("huis") });
}

#[test]
fn a_location_has_no_figures_until_somebody_confirms_them() {
    let fresh = given([register("huis", Kind::Nachtopvang), add("huis", "k-1")]);
    assert_eq!(fresh.site("huis").figures(), None);
    assert_eq!(fresh.and([confirm("huis")]).free(), 1);
}

#[test]
fn a_headcount_that_was_never_counted_has_no_figures_even_when_confirmed() {
    let fresh = given([register("inloop", Kind::Dagopvang), confirm("inloop")]);
    assert_eq!(fresh.site("inloop").figures(), None);
}

#[test]
fn more_people_in_than_places_is_nothing_free_and_a_figure_of_its_own() {
    let figures = Figures { funded: 10, unavailable: 1, surge: 2, occupied: 13, held: 0 };
    assert_eq!((figures.actual(), figures.free(), figures.over()), (11, 0, 2));
}

#[test]
fn a_place_of_winteropvang_is_extra_and_not_funded() {
    let story = given([register("huis", Kind::Winteropvang), add("huis", "k-1"), add("huis", "k-2"), confirm("huis")]);
    let figures = |funded, surge, unavailable| Figures { funded, surge, unavailable, ..Figures::default() };
    assert_eq!(story.site("huis").figures(), Some(figures(0, 2, 0)));
    let out = story.and([take_out("huis", "k-1")]);
    assert_eq!(out.site("huis").figures(), Some(figures(0, 2, 1)));
    assert_eq!(out.site("huis").figures().unwrap().actual(), 1);
}

#[test]
fn a_location_has_room_for_five_hundred_places_and_not_one_more() {
    let names: Vec<String> = (1..=MOST_PLACES).map(|number| format!("k-{number}")).collect();
    let full = given_places(names.iter().map(String::as_str));
    assert_eq!(full.free(), 500);
    full.when(add("huis", "k-501")).then_refused(SiteRefusal::TooManyPlaces);
}

#[test]
fn kind_gemeente_and_counting_stay_what_they_are() {
    let story = given_places([]);
    let changed = profile(Kind::Nachtopvang);
    story.when(SiteCommand::Change { location: location("huis"), profile: changed }).then_refused(SiteRefusal::Fixed);
    let renamed = crate::profile::Profile { name: "Anders".into(), ..profile(Kind::Logeerplek) };
    story.when(SiteCommand::Change { location: location("huis"), profile: renamed }).then_accepted();
}

#[test]
fn a_location_lies_in_a_gemeente_of_the_region() {
    let (here, elsewhere) = (location("elders"), gemeente("gm0363"));
    let profile = crate::profile::Profile { gemeente: elsewhere.clone(), ..profile(Kind::Logeerplek) };
    let command = SiteCommand::Register { location: here.clone(), public_id: here, profile };
    given([]).when(command).then_refused(SiteRefusal::UnknownGemeente { gemeente: elsewhere });
}

#[test]
fn a_place_that_was_removed_can_be_made_again_and_is_free() {
    let removed =
        given_places(["k-1"]).and([SiteCommand::RetirePlace { location: location("huis"), place: place("k-1") }]);
    assert_eq!(removed.free(), 0);
    assert_eq!(removed.and([add("huis", "k-1")]).free(), 1);
}

#[test]
fn a_change_to_a_free_place_keeps_it_free() {
    let profile = PlaceProfile { label: "Zolder".into(), ..place_profile("specialistisch") };
    let change = SiteCommand::ChangePlace { location: location("huis"), place: place("k-1"), profile };
    let story = given_places(["k-1"]).and([change]);
    assert!(story.site("huis").places[&place("k-1")].is_free());
}

#[test]
fn who_is_in_a_place_stays_when_it_gets_another_name_and_not_when_it_becomes_another_kind() {
    let mut story = given_places(["k-1"]);
    let (id, k_1) = (location("huis"), place("k-1"));
    let by = crate::id::UserId::parse("gast").unwrap();
    story.0.apply(&id, &k_1, &Transition::Occupy { by, until: None }, noon());
    let before = PlaceProfile::clone(&story.site("huis").places[&k_1].profile);
    let change = |profile| SiteCommand::ChangePlace { location: id.clone(), place: k_1.clone(), profile };
    let paid = PlaceProfile { label: "Zolder".into(), financing: Some(Financing::Wlz), ..before.clone() };
    let story = story.and([change(paid)]);
    assert!(story.site("huis").places[&k_1].user().is_some());
    let other = PlaceProfile { pool: crate::id::Pool::parse("specialistisch").unwrap(), ..before };
    story.when(change(other)).then_refused(SiteRefusal::InUse { places: vec![k_1.clone()], people: 0 });
}

#[test]
fn closing_is_decided_for_any_number_of_people() {
    let mut story = given([register("inloop", Kind::Dagopvang), confirm("inloop")]);
    let count = Figures { occupied: u32::MAX, held: 1, ..Figures::default() };
    story.0.change(&location("inloop"), noon(), |site| site.count = Some(count));
    let refusal = SiteRefusal::InUse { places: Vec::new(), people: u32::MAX };
    story.when(SiteCommand::Retire { location: location("inloop") }).then_refused(refusal);
}

#[test]
fn pages_of_locations_go_on_where_the_last_one_ended() {
    let story = given(["a", "b", "c"].map(|id| register(id, Kind::Logeerplek)));
    let ids = |after: Option<&LocationId>| story.0.after(after).map(|site| site.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(None), ["a", "b", "c"]);
    assert_eq!(ids(Some(&location("a"))), ["b", "c"]);
    assert_eq!(ids(Some(&location("c"))), Vec::<String>::new());
}

#[test]
fn a_place_that_suits_nobody_within_its_location_is_refused() {
    let ages = |min_age, max_age| Criteria { min_age, max_age, ..Criteria::default() };
    let adults = Profile { criteria: ages(Some(18), None), ..profile(Kind::Logeerplek) };
    let id = location("huis");
    let registered = SiteCommand::Register { location: id.clone(), public_id: id, profile: adults.clone() };
    let k_1 = place("k-1");
    let room = |criteria| PlaceProfile { criteria, ..place_profile("ambulant") };
    let story = given([registered, add("huis", "k-1")]);
    for criteria in [ages(None, Some(17)), ages(Some(0), Some(12))] {
        let (location, place, profile) = (location("huis"), place("k-2"), room(criteria));
        let added = SiteCommand::AddPlace { location: location.clone(), place, profile: profile.clone() };
        story.when(added).then_refused(SiteRefusal::SuitsNobody { places: vec![] });
        let changed = SiteCommand::ChangePlace { location, place: k_1.clone(), profile };
        story.when(changed).then_refused(SiteRefusal::SuitsNobody { places: vec![] });
    }
    let young =
        SiteCommand::AddPlace { location: location("huis"), place: place("k-2"), profile: room(ages(None, Some(18))) };
    let story = story.and([young]);
    let older = Profile { criteria: ages(Some(65), None), ..adults };
    let change = SiteCommand::Change { location: location("huis"), profile: older };
    story.when(change).then_refused(SiteRefusal::SuitsNobody { places: vec![place("k-2")] });
}
