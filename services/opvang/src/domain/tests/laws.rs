//! What must hold after every step, whatever came before: random stories, played by the service, by a naive
//! reference, and by a twin that only ever sees events that went through JSON.

mod reference;
mod wishes;

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};
use model::decision::Evolve as _;
use model::id::{LocationId, UserId};
use model::kind::Kind;
use model::place::PlaceState;
use model::refusal::Refusal as _;
use model::site::Site;
use proptest::prelude::*;
use uuid::Uuid;

use self::reference::{Asked, HOUSES, House, Person, Reference, Room, Status};
use self::wishes::{Step, Wish, sequences};
use super::given::{client, confirm, evening, location, open_surge, place, profile, region, register, register_as};
use crate::domain::{Command, Event, State, decide};

struct World {
    state: State,
    twin: State,
    reference: Reference,
    ids: HashMap<String, UserId>,
    log: Vec<(Event, Timestamp)>,
    now: Timestamp,
}

impl World {
    fn new() -> Self {
        let (state, twin, reference) = (State::default(), State::default(), Reference::default());
        let mut world = Self { state, twin, reference, ids: HashMap::new(), log: Vec::new(), now: evening() };
        let gezin = model::profile::Profile { max_stay_days: Some(28), ..profile(Kind::Gezinsopvang) };
        let winter =
            model::profile::Profile { counting: model::kind::Counting::Headcount, ..profile(Kind::Winteropvang) };
        HOUSES.iter().for_each(|(name, _)| drop(world.reference.houses.insert(name, House::default())));
        let start = [
            register("nacht", Kind::Nachtopvang),
            register_as("gezin", gezin),
            register("inloop", Kind::Dagopvang),
            register_as("winter", winter),
            open_surge(),
            confirm("nacht"),
            confirm("gezin"),
        ];
        for (number, command) in (1_000_000..).zip(start) {
            let events = decide(region(), &world.state, &command, world.now, Uuid::from_u128(number)).unwrap();
            world.carry_out(events);
        }
        world
    }

    fn play(&mut self, number: usize, step: &Step) {
        self.now += SignedDuration::from_secs(step.jump_secs);
        let new_id = Uuid::from_u128(number as u128 + 1);
        let before = self.state.clone();
        if let Wish::Tick = step.wish {
            let events = decide(region(), &self.state, &Command::Tick, self.now, new_id).unwrap();
            assert_eq!(events.len(), self.reference.let_time_pass(self.now), "one event for each no-show");
            self.carry_out(events);
        } else {
            let asked = step.wish.asked(step.at, &self.reference, self.now);
            self.ask(step.at, &asked, new_id);
        }
        self.holds_are_never_wiped(&before, step);
        self.everything_agrees();
    }

    fn ask(&mut self, at: &str, asked: &Asked, new_id: Uuid) {
        let objections = self.reference.objections(at, asked, self.now);
        match decide(region(), &self.state, &asked.command(at, &self.ids), self.now, new_id) {
            Ok(events) => {
                assert!(objections.is_empty(), "{asked:?} at {at} was done despite {objections:?}");
                let known = match asked {
                    Asked::Stand(as_of, funded, out, people) => {
                        self.reference.houses[at].heads.stands.get(as_of) == Some(&(*funded, *out, *people))
                    }
                    _ => false,
                };
                assert_eq!(events.is_empty(), known, "only what was recorded before has no event");
                self.carry_out(events);
                self.reference.apply(at, asked, &format!("p-{new_id}"), self.now);
                self.meet_newcomers();
            }
            Err(refusal) => {
                assert!(objections.contains(refusal.reason()), "{asked:?} at {at}: {refusal:?}, not {objections:?}");
                assert!(!refusal.to_string().is_empty());
            }
        }
    }

    /// Applies events one by one; each may change what is free by what it says and no more.
    fn carry_out(&mut self, events: Vec<Event>) {
        for event in events {
            let at = event.location().unwrap().clone();
            let (free, version) = (self.free(&at), self.version(&at));
            let reserved = event.stay().and_then(|id| self.state.stay(id)).is_some_and(|stay| stay.reserved);
            self.state.evolve(&event, self.now);
            let by = match &event {
                Event::Reserved { .. } => Some(-1),
                Event::CheckedIn { .. } => Some(if reserved { 0 } else { -1 }),
                Event::CheckedOut { .. } | Event::ReservationCancelled { .. } | Event::NoShow { .. } => Some(1),
                Event::Moved { .. } => Some(0),
                _ => None,
            };
            if let Some(by) = by {
                assert_eq!(self.free(&at), free + by, "{event:?}");
            }
            assert_eq!(self.version(&at), version + 1, "one version for each event");
            let stored = serde_json::to_string(&event).unwrap();
            self.twin.evolve(&serde_json::from_str(&stored).unwrap(), self.now);
            self.log.push((event, self.now));
        }
    }

    fn free(&self, at: &LocationId) -> i64 {
        let site = self.state.sites.get(at);
        site.map_or(0, |site| i64::try_from(site.places.values().filter(|place| place.is_free()).count()).unwrap())
    }

    fn version(&self, at: &LocationId) -> u64 {
        self.state.sites.get(at).map_or(0, |site| site.version)
    }

    /// Binds the people of the reference to the ids the service gave them, each of which is new.
    fn meet_newcomers(&mut self) {
        for (at, house) in &self.reference.houses {
            for (name, room) in &house.rooms {
                if let Some(user) = room.user().filter(|user| !self.ids.contains_key(*user)) {
                    let site = self.state.sites.get(&location(at)).unwrap();
                    let given = site.place(&place(name)).unwrap().user().expect("somebody is there").clone();
                    assert!(self.ids.values().all(|known| *known != given), "{given} was given twice");
                    self.ids.insert(user.clone(), given);
                }
            }
        }
    }

    /// Who had a reservation still has it, came in, gave it back, or did not come before the release time.
    fn holds_are_never_wiped(&self, before: &State, step: &Step) {
        for stay in before.stays().filter(|stay| stay.reserved) {
            let kept = self.state.stay(&stay.id).is_some_and(|after| after.location == stay.location);
            let late = matches!(step.wish, Wish::Tick) && stay.until.is_some_and(|until| until <= self.now);
            let given_back = matches!(step.wish, Wish::Cancel(room) if stay.place.as_str() == room);
            assert!(kept || late || given_back, "{stay:?} lost its place by {step:?}");
        }
    }

    fn everything_agrees(&self) {
        for (name, heads) in HOUSES {
            let (site, house) = (self.state.sites.get(&location(name)).unwrap(), &self.reference.houses[name]);
            if heads { heads_agree(site, house, &self.state) } else { self.rooms_agree(site, house) }
        }
        self.stays_agree();
        let releases = self.reference.people.values().filter_map(|person| person.release);
        assert_eq!(self.state.next_due(), releases.min());
    }

    fn rooms_agree(&self, site: &Site, house: &House) {
        let names: Vec<&str> = site.places.keys().map(|id| id.as_str()).collect();
        assert_eq!(names, house.rooms.keys().map(String::as_str).collect::<Vec<_>>());
        for (found, Room { pool, status, since, .. }) in site.places.values().zip(house.rooms.values()) {
            let same = match (&found.state, status) {
                (PlaceState::Free, Status::Free) | (PlaceState::OutOfService { .. }, Status::Out) => true,
                (PlaceState::Held { by, .. }, Status::Held(user)) => self.ids[user] == *by,
                (PlaceState::Occupied { by, .. }, Status::Occupied(user)) => self.ids[user] == *by,
                _ => false,
            };
            assert!(same, "{} of {} is {:?}, and should be {status:?}", found.id, site.id, found.state);
            assert_eq!((found.pool().as_str(), found.since), (*pool, *since));
        }
        let figures = site.figures().unwrap();
        let [all, free, held, occupied, out] = [
            house.count(|_| true),
            house.count(|status| *status == Status::Free),
            house.count(|status| matches!(status, Status::Held(_))),
            house.count(|status| matches!(status, Status::Occupied(_))),
            house.count(|status| *status == Status::Out),
        ];
        let said = [figures.funded, figures.free(), figures.held, figures.occupied, figures.unavailable].map(i64::from);
        assert_eq!(said, [all, free, held, occupied, out]);
        assert_eq!(i64::from(figures.actual()), all - out);
        assert_eq!(figures.over(), 0, "a named place never holds two");
    }

    /// Every place that is in use has one stay, every stay has one place, and no client has two.
    fn stays_agree(&self) {
        let mut users = BTreeMap::new();
        for site in self.state.sites.iter() {
            for found in site.places.values() {
                if let Some(user) = found.user() {
                    assert!(users.insert(user.clone(), (site.id.clone(), found.id.clone())).is_none(), "{user} twice");
                }
            }
        }
        let mut clients = HashSet::new();
        assert_eq!(self.state.stays().count(), users.len());
        assert_eq!(self.reference.people.len(), users.len());
        for (id, Person { client: name, household, release }) in &self.reference.people {
            let stay = self.state.stay(&self.ids[id]).expect("the stay exists");
            assert_eq!(users[&stay.id], (stay.location.clone(), stay.place.clone()));
            assert_eq!(stay.guest.client, name.as_deref().map(client));
            assert_eq!((stay.guest.needs.household(), stay.reserved), (*household, release.is_some()));
            assert_eq!(stay.until.filter(|_| stay.reserved), *release);
            if let Some(name) = name {
                assert!(clients.insert(name), "{name} is in two places");
                assert_eq!(self.state.stays_of(&client(name)).next().map(|stay| &stay.id), Some(&stay.id));
            }
        }
    }
}

fn heads_agree(site: &Site, house: &House, state: &State) {
    let heads = &house.heads;
    assert_eq!(site.confirmed_at, heads.known_at, "what is known of {}", site.id);
    assert_eq!(site.figures().is_some(), heads.known_at.is_some(), "no data is not zero");
    if let Some(figures) = site.figures() {
        let said = [figures.actual(), figures.occupied, figures.free(), figures.over()].map(i64::from);
        let actual = heads.funded - heads.unavailable;
        assert_eq!(said, [actual, heads.people, (actual - heads.people).max(0), (heads.people - actual).max(0)]);
        let surge = i64::from(figures.surge);
        assert_eq!(
            surge,
            if site.id.as_str() == "winter" { actual + i64::from(figures.unavailable) } else { 0 },
            "what is temporary is counted apart"
        );
    }
    let mut versions = HashSet::new();
    for (as_of, (funded, out, people)) in &heads.stands {
        let stand = state.stand(&site.id, *as_of).expect("every date is kept");
        let said = [stand.capacity.funded, stand.capacity.unavailable, stand.occupied].map(i64::from);
        assert_eq!(said, [*funded, *out, *people]);
        assert!(stand.version <= site.version && versions.insert(stand.version), "every stand has its own version");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_asked_in_whatever_order_the_rules_hold(steps in sequences(1..80)) {
        let mut world = World::new();
        for (number, step) in steps.iter().enumerate() {
            world.play(number, step);
        }
        let mut replayed = State::default();
        world.log.iter().for_each(|(event, at)| replayed.evolve(event, *at));
        prop_assert_eq!(&replayed, &world.state);
        prop_assert_eq!(&world.twin, &world.state);
    }
}
