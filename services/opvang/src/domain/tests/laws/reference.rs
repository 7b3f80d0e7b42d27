//! The shelters once more, written from the rules as naively as it goes: hash maps, statuses, and one pass over
//! everything for every question. It must not call the code it is compared with, nor look like it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};

/// The locations of every story, and whether each counts people.
pub(super) const HOUSES: [(&str, bool); 4] = [("nacht", false), ("gezin", false), ("inloop", true), ("winter", true)];

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Status {
    Free,
    Held(String),
    Occupied(String),
    Out,
}

#[derive(Debug, Clone)]
pub(super) struct Room {
    pub(super) pool: &'static str,
    pub(super) sizes: (u32, u32),
    pub(super) status: Status,
    pub(super) since: Timestamp,
}

/// Somebody with a place or a reservation.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) client: Option<String>,
    pub(super) household: u32,
    pub(super) release: Option<Timestamp>,
}

/// People counted: what is known now, and what was ever told about a date.
#[derive(Debug, Clone, Default)]
pub(super) struct Heads {
    pub(super) funded: i64,
    pub(super) unavailable: i64,
    pub(super) people: i64,
    pub(super) known_at: Option<Timestamp>,
    pub(super) stands: HashMap<Timestamp, (i64, i64, i64)>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct House {
    pub(super) rooms: BTreeMap<String, Room>,
    pub(super) heads: Heads,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Reference {
    pub(super) houses: HashMap<&'static str, House>,
    pub(super) people: HashMap<String, Person>,
}

/// What is asked, in the words of the reference.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    Add(String, &'static str, (u32, u32)),
    Remove(String),
    TakeOut(String),
    Return(String),
    Confirm,
    Enter(Door, Option<String>, u32),
    Keep(Door, Option<String>, u32, Timestamp),
    Arrive(String),
    Leave(String),
    Cancel(String),
    Move(String, String),
    List(Vec<(String, &'static str)>),
    Present(i64),
    Change(i64),
    Capacity(i64, i64),
    Stand(Timestamp, i64, i64, i64),
}

#[derive(Debug, Clone)]
pub(super) enum Door {
    Room(String),
    Pool(&'static str),
}

impl Room {
    fn fits(&self, household: u32) -> bool {
        (self.sizes.0..=self.sizes.1).contains(&household)
    }

    fn objection(&self) -> Option<&'static str> {
        match self.status {
            Status::Free => None,
            Status::Held(_) => Some("HELD"),
            Status::Occupied(_) => Some("OCCUPIED"),
            Status::Out => Some("OUT_OF_SERVICE"),
        }
    }

    pub(super) fn user(&self) -> Option<&String> {
        match &self.status {
            Status::Held(id) | Status::Occupied(id) => Some(id),
            Status::Free | Status::Out => None,
        }
    }
}

impl House {
    pub(super) fn room_of(&self, id: &str) -> Option<&String> {
        self.rooms.iter().find(|(_, room)| room.user().is_some_and(|user| user == id)).map(|(name, _)| name)
    }

    pub(super) fn count(&self, counts: impl Fn(&Status) -> bool) -> i64 {
        i64::try_from(self.rooms.values().filter(|room| counts(&room.status)).count()).unwrap()
    }

    fn put(&mut self, room: &str, status: Status, now: Timestamp) {
        let room = self.rooms.get_mut(room).unwrap();
        room.status = status;
        room.since = now;
    }

    /// The room somebody would get.
    pub(super) fn best(&self, pool: &str, household: u32) -> Option<String> {
        let free = self.rooms.iter().filter(|(_, room)| room.status == Status::Free && room.pool == pool);
        let fitting = free.filter(|(_, room)| room.fits(household));
        fitting.min_by_key(|(name, room)| (room.since, *name)).map(|(name, _)| name.clone())
    }
}

impl Reference {
    /// Every reason to refuse; none: it must be done.
    pub(super) fn objections(&self, at: &str, asked: &Asked, now: Timestamp) -> BTreeSet<&'static str> {
        let house = &self.houses[at];
        let heads = HOUSES.iter().any(|(name, heads)| *name == at && *heads);
        let mut reasons = BTreeSet::new();
        let about_heads =
            matches!(asked, Asked::Present(_) | Asked::Change(_) | Asked::Capacity(..) | Asked::Stand(..));
        if about_heads && !heads {
            return BTreeSet::from(["COUNTS_PLACES"]);
        }
        let about_places =
            !about_heads && !matches!(asked, Asked::Confirm | Asked::Remove(_) | Asked::TakeOut(_) | Asked::Return(_));
        if about_places && heads {
            reasons.insert("COUNTS_PEOPLE");
        }
        match asked {
            Asked::Enter(door, client, household) => self.about_door(house, door, client, *household, &mut reasons),
            Asked::Keep(door, client, household, release) => {
                if *release <= now || *release > now + SignedDuration::from_hours(24) {
                    reasons.insert("RELEASE_TIME");
                }
                self.about_door(house, door, client, *household, &mut reasons);
            }
            Asked::Arrive(id) => self.about_stay(house, id, Some(true), "ALREADY_IN", &mut reasons),
            Asked::Cancel(id) => self.about_stay(house, id, Some(true), "ALREADY_IN", &mut reasons),
            Asked::Leave(id) => self.about_stay(house, id, Some(false), "NOT_IN", &mut reasons),
            Asked::Move(id, to) => {
                self.about_stay(house, id, None, "", &mut reasons);
                let target = house.rooms.get(to);
                reasons.extend(target.map_or(Some("UNKNOWN_PLACE"), Room::objection));
                let (from, who) = (house.room_of(id).map(|name| &house.rooms[name]), self.people.get(id));
                if let (Some(to), Some(from), Some(who)) = (target, from, who)
                    && !to.fits(who.household)
                    && from.fits(who.household)
                {
                    reasons.insert("HOUSEHOLD");
                }
            }
            Asked::List(list) => {
                reasons.extend(
                    list.iter().filter_map(|(room, wanted)| self.against_setting(house.rooms.get(room), wanted)),
                );
            }
            Asked::Add(room, ..) if house.rooms.contains_key(room) => reasons.extend(["PLACE_EXISTS"]),
            Asked::Remove(room) => match house.rooms.get(room) {
                None => reasons.extend(["UNKNOWN_PLACE"]),
                Some(room) => reasons.extend(room.user().map(|_| "IN_USE")),
            },
            Asked::TakeOut(room) => {
                reasons.extend(house.rooms.get(room).map_or(Some("UNKNOWN_PLACE"), Room::objection))
            }
            Asked::Return(room) => match house.rooms.get(room) {
                None => reasons.extend(["UNKNOWN_PLACE"]),
                Some(room) => reasons.extend((room.status != Status::Out).then_some("NOT_OUT_OF_SERVICE")),
            },
            Asked::Confirm | Asked::Change(_) if heads && house.heads.known_at.is_none() => {
                reasons.extend(["NOT_COUNTED"]);
            }
            Asked::Change(by) if house.heads.people + by < 0 => reasons.extend(["IMPOSSIBLE_COUNT"]),
            Asked::Capacity(funded, out) => {
                let (after, before) = (funded - out, house.heads.funded - house.heads.unavailable);
                reasons.extend((after < house.heads.people && after < before).then_some("IN_USE"));
            }
            Asked::Stand(as_of, ..) if *as_of > now + SignedDuration::from_mins(1) => reasons.extend(["IN_FUTURE"]),
            Asked::Add(..) | Asked::Confirm | Asked::Present(_) | Asked::Change(_) | Asked::Stand(..) => {}
        }
        reasons
    }

    fn about_door(
        &self,
        house: &House,
        door: &Door,
        client: &Option<String>,
        household: u32,
        reasons: &mut BTreeSet<&'static str>,
    ) {
        if client.is_some() && self.people.values().any(|person| person.client == *client) {
            reasons.insert("CLIENT_HAS_PLACE");
        }
        match door {
            Door::Room(room) => match house.rooms.get(room) {
                None => reasons.extend(["UNKNOWN_PLACE"]),
                Some(room) => {
                    reasons.extend(room.objection());
                    reasons.extend((!room.fits(household)).then_some("HOUSEHOLD"));
                }
            },
            Door::Pool(pool) => {
                let rooms: Vec<&Room> = house.rooms.values().filter(|room| room.pool == *pool).collect();
                if rooms.is_empty() {
                    reasons.insert("UNKNOWN_POOL");
                } else if rooms.iter().all(|room| room.status != Status::Free) {
                    reasons.insert("FULL");
                } else if house.best(pool, household).is_none() {
                    reasons.insert("HOUSEHOLD");
                }
            }
        }
    }

    fn about_stay(
        &self,
        house: &House,
        id: &str,
        reserved: Option<bool>,
        otherwise: &'static str,
        reasons: &mut BTreeSet<&'static str>,
    ) {
        match house.room_of(id) {
            None => reasons.extend(["UNKNOWN_STAY"]),
            Some(name) => {
                let is_reserved = matches!(house.rooms[name].status, Status::Held(_));
                reasons.extend(reserved.is_some_and(|wanted| wanted != is_reserved).then_some(otherwise));
            }
        }
    }

    /// Does what was asked. New people get the id that is given; in a list, the room's name comes after it.
    pub(super) fn apply(&mut self, at: &str, asked: &Asked, new_id: &str, now: Timestamp) {
        let surely = "the reference knows what it allows";
        let house = self.houses.get_mut(at).expect(surely);
        match asked.clone() {
            Asked::Add(room, pool, sizes) => {
                house.rooms.insert(room, Room { pool, sizes, status: Status::Free, since: now });
            }
            Asked::Remove(room) => drop(house.rooms.remove(&room)),
            Asked::TakeOut(room) => house.put(&room, Status::Out, now),
            Asked::Return(room) => house.put(&room, Status::Free, now),
            Asked::Confirm => house.heads.known_at = Some(now),
            Asked::Enter(door, client, household) => {
                let room = house.behind(door, household).expect(surely);
                house.put(&room, Status::Occupied(new_id.to_owned()), now);
                self.people.insert(new_id.to_owned(), Person { client, household, release: None });
            }
            Asked::Keep(door, client, household, release) => {
                let room = house.behind(door, household).expect(surely);
                house.put(&room, Status::Held(new_id.to_owned()), now);
                self.people.insert(new_id.to_owned(), Person { client, household, release: Some(release) });
            }
            Asked::Arrive(id) => {
                let room = house.room_of(&id).expect(surely).clone();
                self.people.get_mut(&id).expect(surely).release = None;
                house.put(&room, Status::Occupied(id), now);
            }
            Asked::Leave(id) | Asked::Cancel(id) => {
                let room = house.room_of(&id).expect(surely).clone();
                house.put(&room, Status::Free, now);
                self.people.remove(&id);
            }
            Asked::Move(id, to) => {
                let from = house.room_of(&id).expect(surely).clone();
                let status = house.rooms[&from].status.clone();
                house.put(&from, Status::Free, now);
                house.put(&to, status, now);
            }
            Asked::List(list) => self.list(at, &list, new_id, now),
            Asked::Present(people) => house.heads.count(people, now),
            Asked::Change(by) => house.heads.count(house.heads.people + by, now),
            Asked::Capacity(funded, out) => (house.heads.funded, house.heads.unavailable) = (funded, out),
            Asked::Stand(as_of, funded, out, people) => house.heads.stand(as_of, (funded, out, people)),
        }
    }

    fn against_setting(&self, room: Option<&Room>, wanted: &str) -> Option<&'static str> {
        match room.map(|room| &room.status) {
            None => Some("UNKNOWN_PLACE"),
            Some(Status::Held(_)) => Some("IN_USE"),
            Some(Status::Occupied(_)) if wanted == "out" => Some("OCCUPIED"),
            Some(Status::Occupied(id)) if wanted == "free" && self.people[id].client.is_some() => Some("CLIENT_IN"),
            Some(Status::Occupied(_) | Status::Free | Status::Out) => None,
        }
    }

    fn list(&mut self, at: &str, list: &[(String, &'static str)], new_id: &str, now: Timestamp) {
        let house = self.houses.get_mut(at).expect("the house exists");
        for (room, wanted) in list {
            let before = house.rooms[room].status.clone();
            let same = matches!(
                (&before, *wanted),
                (Status::Free, "free") | (Status::Occupied(_), "occupied") | (Status::Out, "out")
            );
            if same {
                continue;
            }
            if let Status::Occupied(id) = before {
                self.people.remove(&id);
            }
            let id = format!("{new_id}/{room}");
            let after = match *wanted {
                "occupied" => Status::Occupied(id.clone()),
                "out" => Status::Out,
                _ => Status::Free,
            };
            if *wanted == "occupied" {
                self.people.insert(id, Person { client: None, household: 1, release: None });
            }
            house.put(room, after, now);
        }
    }

    /// Everybody who did not come in time loses the room.
    pub(super) fn let_time_pass(&mut self, now: Timestamp) -> usize {
        let late: Vec<String> = self
            .people
            .iter()
            .filter(|(_, person)| person.release.is_some_and(|release| release <= now))
            .map(|(id, _)| id.clone())
            .collect();
        for id in &late {
            for house in self.houses.values_mut() {
                if let Some(room) = house.room_of(id).cloned() {
                    house.put(&room, Status::Free, now);
                }
            }
            self.people.remove(id);
        }
        late.len()
    }
}

impl House {
    fn behind(&self, door: Door, household: u32) -> Option<String> {
        match door {
            Door::Room(room) => Some(room),
            Door::Pool(pool) => self.best(pool, household),
        }
    }
}

impl Heads {
    fn count(&mut self, people: i64, now: Timestamp) {
        self.people = people;
        self.known_at = Some(now);
    }

    fn stand(&mut self, as_of: Timestamp, (funded, out, people): (i64, i64, i64)) {
        if self.stands.insert(as_of, (funded, out, people)) == Some((funded, out, people)) {
            return;
        }
        if self.known_at.is_none_or(|known| known <= as_of) {
            (self.funded, self.unavailable, self.people) = (funded, out, people);
            self.known_at = Some(as_of);
        }
    }
}
