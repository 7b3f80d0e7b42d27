//! The life of places once more, written from the rules as naively as it goes: hash maps, statuses
//! and running counters. It must not call the code it is compared with, nor look like it.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::steps::Action;
use crate::id::{LocationId, PlaceId, Pool, UserId};
use crate::kind::Counting;
use crate::place::Transition;
use crate::profile::{PlaceProfile, Profile};
use crate::site::SiteCommand;
use crate::tests::given::GEMEENTEN;

/// Counters that are moved up and down and never derived.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) funded: i64,
    pub(super) unavailable: i64,
    pub(super) surge: i64,
    pub(super) occupied: i64,
    pub(super) held: i64,
}

impl Counts {
    pub(super) fn actual(self) -> i64 {
        self.funded - self.unavailable + self.surge
    }

    pub(super) fn free(self) -> i64 {
        (self.actual() - self.occupied - self.held).max(0)
    }

    pub(super) fn over(self) -> i64 {
        (self.occupied - self.actual()).max(0)
    }

    fn count(&mut self, status: &Status, surge: bool, by: i64) {
        *(if surge { &mut self.surge } else { &mut self.funded }) += by;
        if *status == Status::Out {
            self.unavailable += by;
        }
        match status {
            Status::Held(_) => self.held += by,
            Status::Occupied(_) => self.occupied += by,
            Status::Free | Status::Out => {}
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    Free,
    Held(UserId),
    Occupied(UserId),
    Out,
}

impl Status {
    pub(super) fn user(&self) -> Option<&UserId> {
        match self {
            Self::Held(by) | Self::Occupied(by) => Some(by),
            Self::Free | Self::Out => None,
        }
    }

    /// The machine reason for which a place in this state says no.
    fn word(&self) -> &'static str {
        match self {
            Self::Free => "NOT_IN_USE",
            Self::Held(_) => "HELD",
            Self::Occupied(_) => "OCCUPIED",
            Self::Out => "OUT_OF_SERVICE",
        }
    }

    /// Why this cannot be done now.
    fn objection(&self, wanted: &Transition) -> Option<&'static str> {
        let fine = match wanted {
            Transition::Hold { .. } | Transition::TakeOut { .. } => *self == Self::Free,
            Transition::Occupy { by, .. } => *self == Self::Free || *self == Self::Held(by.clone()),
            Transition::Prolong { by, .. } | Transition::Release { by } => self.user() == Some(by),
            Transition::Return if *self != Self::Out => return Some("NOT_OUT_OF_SERVICE"),
            Transition::Return => true,
        };
        (!fine).then(|| self.word())
    }
}

#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) profile: PlaceProfile,
    pub(super) status: Status,
    pub(super) since: Timestamp,
}

#[derive(Debug, Clone)]
pub(super) struct House {
    pub(super) profile: Profile,
    pub(super) version: u64,
    pub(super) as_of: Timestamp,
    pub(super) confirmed: Option<Timestamp>,
    pub(super) retired: bool,
    pub(super) rooms: HashMap<PlaceId, Room>,
    pub(super) heads: Option<Counts>,
    counts: Counts,
}

impl House {
    fn new(profile: Profile, at: Timestamp) -> Self {
        Self {
            profile,
            version: 0,
            as_of: at,
            confirmed: None,
            retired: false,
            rooms: HashMap::new(),
            heads: None,
            counts: Counts::default(),
        }
    }

    fn surge(&self) -> bool {
        self.profile.kind == crate::kind::Kind::Winteropvang
    }

    /// The figures everybody may see; none while nobody ever reported.
    pub(super) fn figures(&self) -> Option<Counts> {
        match (self.confirmed, self.profile.counting) {
            (None, _) => None,
            (Some(_), _) if self.retired => Some(Counts::default()),
            (Some(_), Counting::Headcount) => self.heads,
            (Some(_), Counting::Places) => Some(self.counts),
        }
    }

    pub(super) fn pools(&self) -> HashMap<Pool, Counts> {
        let mut pools: HashMap<Pool, Counts> = HashMap::new();
        for room in self.rooms.values() {
            pools.entry(room.profile.pool.clone()).or_default().count(&room.status, self.surge(), 1);
        }
        pools
    }

    pub(super) fn free_rooms(&self) -> BTreeSet<PlaceId> {
        let free = self.rooms.iter().filter(|(_, room)| room.status == Status::Free);
        free.map(|(id, _)| id.clone()).collect()
    }

    pub(super) fn used_rooms(&self) -> BTreeSet<PlaceId> {
        let used = self.rooms.iter().filter(|(_, room)| room.status.user().is_some());
        used.map(|(id, _)| id.clone()).collect()
    }

    fn people(&self) -> i64 {
        self.heads.map_or(0, |heads| heads.occupied + heads.held)
    }

    fn put(&mut self, id: &PlaceId, status: Status, at: Timestamp) {
        let surge = self.surge();
        let room = self.rooms.get_mut(id).expect("the room exists");
        self.counts.count(&room.status, surge, -1);
        self.counts.count(&status, surge, 1);
        room.status = status;
        room.since = at;
    }

    fn wants_household(&self, profile: &PlaceProfile) -> bool {
        use crate::kind::Kind::{Gezinsopvang, MoGezinswoning};
        matches!(self.profile.kind, Gezinsopvang | MoGezinswoning) && profile.criteria.max_household.is_none()
    }

    fn step(&mut self, id: &PlaceId, wanted: &Transition, at: Timestamp) {
        match wanted {
            Transition::Hold { by, .. } => self.put(id, Status::Held(by.clone()), at),
            Transition::Occupy { by, .. } => self.put(id, Status::Occupied(by.clone()), at),
            Transition::Prolong { .. } => {}
            Transition::Release { .. } | Transition::Return => self.put(id, Status::Free, at),
            Transition::TakeOut { .. } => self.put(id, Status::Out, at),
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Reference(pub(super) HashMap<LocationId, House>);

impl Reference {
    pub(super) fn user(&self, location: &LocationId, place: &PlaceId) -> Option<&UserId> {
        self.0.get(location)?.rooms.get(place)?.status.user()
    }

    /// Every reason to refuse; none: it must be done.
    pub(super) fn objections(&self, action: &Action, now: Timestamp) -> Vec<&'static str> {
        let house = self.0.get(action.location());
        if let Action::Staff(SiteCommand::Register { profile, .. }) = action {
            let abroad = !GEMEENTEN.contains(&profile.gemeente.as_str());
            return [house.map(|_| "LOCATION_EXISTS"), abroad.then_some("UNKNOWN_GEMEENTE")]
                .into_iter()
                .flatten()
                .collect();
        }
        let Some(house) = house else { return vec!["UNKNOWN_LOCATION"] };
        let mut reasons = match action {
            Action::Staff(command) => house.staff_objections(command, now),
            Action::Use { changes, .. } => changes.iter().filter_map(|(id, wanted)| house.about(id, wanted)).collect(),
            Action::Count { .. } => Vec::new(),
        };
        if house.retired {
            reasons.push("RETIRED");
        }
        reasons
    }

    pub(super) fn apply(&mut self, action: &Action, at: Timestamp) {
        if let Action::Staff(SiteCommand::Register { location, profile, .. }) = action {
            self.0.insert(location.clone(), House::new(profile.clone(), at));
        }
        let house = self.0.get_mut(action.location()).expect("the house exists");
        house.version += 1;
        house.as_of = at;
        match action {
            Action::Staff(command) => house.staff(command, at),
            Action::Use { changes, .. } => changes.iter().for_each(|(id, wanted)| house.step(id, wanted, at)),
            Action::Count { people, .. } => {
                house.heads = Some(*people);
                house.confirmed = Some(at);
            }
        }
    }
}

impl House {
    fn about(&self, id: &PlaceId, wanted: &Transition) -> Option<&'static str> {
        match self.rooms.get(id) {
            None => Some("UNKNOWN_PLACE"),
            Some(room) => room.status.objection(wanted),
        }
    }

    fn in_use(&self, id: &PlaceId) -> Option<&'static str> {
        match self.rooms.get(id) {
            None => Some("UNKNOWN_PLACE"),
            Some(room) => room.status.user().map(|_| "IN_USE"),
        }
    }

    fn staff_objections(&self, command: &SiteCommand, now: Timestamp) -> Vec<&'static str> {
        let mut reasons = Vec::new();
        let mut object = |holds: bool, reason: &'static str| reasons.extend(holds.then_some(reason));
        match command {
            SiteCommand::Register { .. } | SiteCommand::Confirm { .. } => {}
            SiteCommand::Change { profile, .. } => {
                object(profile.kind != self.profile.kind, "FIXED");
                object(profile.gemeente != self.profile.gemeente, "FIXED");
                object(profile.counting != self.profile.counting, "FIXED");
                object(self.rooms.values().any(|room| suits_nobody(profile, &room.profile)), "SUITS_NOBODY");
            }
            SiteCommand::Retire { .. } => object(!self.used_rooms().is_empty() || self.people() > 0, "IN_USE"),
            SiteCommand::AddPlace { place, profile, .. } => {
                object(self.rooms.contains_key(place), "PLACE_EXISTS");
                object(self.profile.counting == Counting::Headcount, "COUNTS_PEOPLE");
                object(self.wants_household(profile), "NEEDS_HOUSEHOLD_SIZE");
                object(suits_nobody(&self.profile, profile), "SUITS_NOBODY");
            }
            SiteCommand::ChangePlace { place, profile, .. } => {
                object(self.wants_household(profile), "NEEDS_HOUSEHOLD_SIZE");
                object(suits_nobody(&self.profile, profile), "SUITS_NOBODY");
                let kind = |it: &PlaceProfile| (it.pool.clone(), it.also_pools.clone(), it.criteria.clone());
                let same = self.rooms.get(place).is_some_and(|room| kind(&room.profile) == kind(profile));
                reasons.extend(self.in_use(place).into_iter().filter(|reason| !same || *reason != "IN_USE"));
            }
            SiteCommand::RetirePlace { place, .. } => reasons.extend(self.in_use(place)),
            SiteCommand::TakeOut { place, reason, until, .. } => {
                object(until.is_some_and(|until| until <= now), "END_IN_PAST");
                reasons.extend(self.about(place, &Transition::TakeOut { reason: reason.clone(), until: None }));
            }
            SiteCommand::Return { place, .. } => reasons.extend(self.about(place, &Transition::Return)),
        }
        reasons
    }

    fn staff(&mut self, command: &SiteCommand, at: Timestamp) {
        let surge = self.surge();
        match command {
            SiteCommand::Register { .. } => {}
            SiteCommand::Change { profile, .. } => self.profile = profile.clone(),
            SiteCommand::Retire { .. } => self.retired = true,
            SiteCommand::AddPlace { place, profile, .. } => {
                let room = Room { profile: profile.clone(), status: Status::Free, since: at };
                self.counts.count(&room.status, surge, 1);
                self.rooms.insert(place.clone(), room);
            }
            SiteCommand::ChangePlace { place, profile, .. } => {
                self.rooms.get_mut(place).expect("the room exists").profile = profile.clone();
            }
            SiteCommand::RetirePlace { place, .. } => {
                let room = self.rooms.remove(place).expect("the room exists");
                self.counts.count(&room.status, surge, -1);
            }
            SiteCommand::TakeOut { place, .. } => {
                self.put(place, Status::Out, at);
                self.confirmed = Some(at);
            }
            SiteCommand::Return { place, .. } => {
                self.put(place, Status::Free, at);
                self.confirmed = Some(at);
            }
            SiteCommand::Confirm { .. } => self.confirmed = Some(at),
        }
    }
}

/// Whether nobody has an age, or a household, that both the house and the room take.
fn suits_nobody(house: &Profile, room: &PlaceProfile) -> bool {
    let takes = |criteria: &crate::criteria::Criteria, age: u32| {
        criteria.min_age.is_none_or(|min| age >= min) && criteria.max_age.is_none_or(|max| age <= max)
    };
    let houses = |criteria: &crate::criteria::Criteria, people: u32| {
        criteria.min_household.is_none_or(|min| people >= min) && criteria.max_household.is_none_or(|max| people <= max)
    };
    let (house, room) = (&house.criteria, &room.criteria);
    !(0..=150).any(|age| takes(house, age) && takes(room, age))
        || !(0..=20).any(|people| houses(house, people) && houses(room, people))
}
