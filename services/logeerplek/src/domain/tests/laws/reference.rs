//! The naive model: plain structs, lists that are searched from end to end, nothing shared with the rules but the
//! words. It says for every step what should happen, or the reason why it may not.

mod house;

use jiff::{SignedDuration, Span, Timestamp};

use self::house::local;
pub(super) use self::house::{Door, House, Room};
use super::steps::{Ask, Wish};
use crate::domain::{Reason, Status};

/// A claim, by the number in which it was made.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) client: usize,
    wish: Wish,
    minutes: u32,
    best: bool,
    pub(super) house: usize,
    pub(super) room: usize,
    pub(super) status: Status,
    pub(super) kept_until: Timestamp,
    asked_at: Timestamp,
    pub(super) escalated: bool,
    pub(super) prolonged: bool,
    tried: Vec<usize>,
    pub(super) nights: u32,
    arrived_at: Timestamp,
    pub(super) stays_until: Option<Timestamp>,
}

#[derive(Debug, Clone)]
pub(super) struct Reference {
    pub(super) houses: Vec<House>,
    pub(super) cases: Vec<Case>,
    pub(super) unmet: u64,
}

type Asked<T = ()> = Result<T, &'static str>;

fn minutes_after(at: Timestamp, minutes: u32) -> Timestamp {
    at + SignedDuration::from_mins(i64::from(minutes))
}

/// Noon on the wall after so many nights; before noon the first of them began yesterday.
fn noon_after(arrived: Timestamp, nights: u32) -> Timestamp {
    let wall = local(arrived);
    let today = wall.date();
    let first = if wall.hour() < 12 { today.yesterday().unwrap() } else { today };
    let last = first + Span::new().days(i64::from(nights));
    last.at(12, 0, 0, 0).to_zoned(wall.time_zone().clone()).unwrap().timestamp()
}

impl Reference {
    pub(super) fn new(now: Timestamp) -> Self {
        let house = |km: u32, rooms: usize, confirmed: bool| House {
            km,
            asks: km > 1,
            goal_minutes: 480,
            nights_only: false,
            only_dronten: false,
            most_nights: u32::MAX,
            rooms: (0..rooms).map(|room| (room, Room { door: Door::Free, since: now, pets: room == 2 })).collect(),
            confirmed: confirmed.then_some(now),
            closed: false,
            version: 1 + rooms as u64 + u64::from(confirmed),
            as_of: now,
        };
        let nightly = House { nights_only: true, most_nights: 3, ..house(2, 2, true) };
        let dronten = House { only_dronten: true, goal_minutes: 120, ..house(3, 2, false) };
        let houses = vec![house(1, 2, true), house(2, 3, true), nightly, dronten];
        Self { houses, cases: Vec::new(), unmet: 0 }
    }

    pub(super) fn next_id(&self) -> u128 {
        self.cases.len() as u128
    }

    /// The claim made so many claims ago.
    pub(super) fn named(&self, ago: usize) -> Option<usize> {
        self.cases.len().checked_sub(ago + 1)
    }

    /// What should become of it.
    pub(super) fn ask(&mut self, ask: &Ask, now: Timestamp) -> Asked {
        match ask {
            Ask::Claim { client, house, room, wish, minutes } => {
                self.has_no_place(*client)?;
                self.may_have(*house, *room, *wish, now)?;
                self.open_case(*client, *wish, *minutes, false);
                self.keep(self.cases.len() - 1, *house, *room, now);
            }
            Ask::Best { client, wish, minutes } => {
                self.has_no_place(*client)?;
                match self.best(*wish, &[], now) {
                    Some((house, room)) => {
                        self.open_case(*client, *wish, *minutes, true);
                        self.keep(self.cases.len() - 1, house, room, now);
                    }
                    None => self.unmet += 1,
                }
            }
            Ask::Accept { ago } => {
                let number = self.case_in(*ago, &[Status::Pending])?;
                self.cases[number].status = Status::Held;
                self.people_say(number, now);
            }
            Ask::Refuse { ago, reason } => {
                let number = self.case_in(*ago, &[Status::Pending])?;
                let out = matches!(reason, Reason::Vol | Reason::Personeel | Reason::Gesloten);
                self.end(number, Status::Refused, if out { Door::Out } else { Door::Free }, now);
                // Who says "vol" does not say that the other places are free.
                if !out {
                    self.houses[self.cases[number].house].confirmed = Some(now);
                }
                self.look_on(number, now);
            }
            Ask::Prolong { ago, minutes } => {
                let number = self.case_in(*ago, &[Status::Held])?;
                let case = &mut self.cases[number];
                if case.prolonged {
                    return Err("ALREADY_EXTENDED");
                }
                (case.prolonged, case.kept_until) = (true, minutes_after(case.kept_until, *minutes));
                self.houses[case.house].touched(now);
            }
            Ask::Cancel { ago } => {
                let number = self.case_in(*ago, &[Status::Pending, Status::Held])?;
                self.end(number, Status::Cancelled, Door::Free, now);
            }
            Ask::Arrive { ago } => {
                let number = self.case_in(*ago, &[Status::Pending, Status::Held])?;
                let case = &mut self.cases[number];
                (case.status, case.arrived_at) = (Status::Arrived, now);
                case.stays_until = Some(noon_after(now, case.nights));
                self.houses[case.house].move_door(case.room, Door::Slept(number), now);
                self.people_say(number, now);
            }
            Ask::StayLonger { ago, nights } => self.stay_longer(*ago, *nights, now)?,
            Ask::Leave { ago } => {
                let number = self.case_in(*ago, &[Status::Arrived])?;
                self.end(number, Status::CheckedOut, Door::Free, now);
                self.houses[self.cases[number].house].confirmed = Some(now);
            }
            Ask::Unmet => self.unmet += 1,
            Ask::Tick => self.tick(now),
            Ask::Confirm { house }
            | Ask::Close { house }
            | Ask::TakeOut { house, .. }
            | Ask::Return { house, .. }
            | Ask::AddRoom { house, .. }
            | Ask::RemoveRoom { house, .. } => self.houses[*house].ask(ask, now)?,
        }
        Ok(())
    }

    fn stay_longer(&mut self, ago: usize, nights: u32, now: Timestamp) -> Asked {
        let number = self.case_in(ago, &[Status::Arrived])?;
        let case = &mut self.cases[number];
        if case.nights + nights > self.houses[case.house].most_nights {
            return Err("NIGHTS");
        }
        case.nights += nights;
        case.stays_until = Some(noon_after(case.arrived_at, case.nights));
        self.people_say(number, now);
        Ok(())
    }

    fn has_no_place(&self, client: usize) -> Asked {
        let has = self.cases.iter().any(|case| case.client == client && case.status.is_open());
        if has { Err("CLIENT_HAS_PLACE") } else { Ok(()) }
    }

    fn may_have(&self, house: usize, room: usize, wish: Wish, now: Timestamp) -> Asked {
        let house = &self.houses[house];
        if house.closed {
            return Err("RETIRED");
        }
        let room = house.rooms.get(&room).ok_or("UNKNOWN_PLACE")?;
        house.takes_people(now)?;
        let some_free = house.rooms.values().any(|room| room.door == Door::Free);
        match room.door {
            Door::Free => house.suits(room, wish),
            _ if !some_free => Err("FULL"),
            Door::Kept(_) => Err("HELD"),
            Door::Slept(_) => Err("OCCUPIED"),
            Door::Out => Err("OUT_OF_SERVICE"),
        }
    }

    /// Every room that may be had, sorted: nearest, then free longest, then by number.
    fn best(&self, wish: Wish, not_at: &[usize], now: Timestamp) -> Option<(usize, usize)> {
        let mut all = Vec::new();
        for (number, house) in self.houses.iter().enumerate().filter(|(number, _)| !not_at.contains(number)) {
            for (id, room) in &house.rooms {
                if self.may_have(number, *id, wish, now).is_ok() {
                    all.push((house.km, room.since, number, *id));
                }
            }
        }
        all.sort_unstable();
        all.first().map(|(_, _, house, room)| (*house, *room))
    }

    fn open_case(&mut self, client: usize, wish: Wish, minutes: u32, best: bool) {
        self.cases.push(Case {
            client,
            wish,
            minutes,
            best,
            house: 0,
            room: 0,
            status: Status::Held,
            kept_until: Timestamp::MIN,
            asked_at: Timestamp::MIN,
            escalated: false,
            prolonged: false,
            tried: Vec::new(),
            nights: wish.nights.max(1),
            arrived_at: Timestamp::MIN,
            stays_until: None,
        });
    }

    fn keep(&mut self, number: usize, house: usize, room: usize, now: Timestamp) {
        let case = &mut self.cases[number];
        (case.house, case.room, case.asked_at) = (house, room, now);
        case.kept_until = minutes_after(now, case.minutes);
        case.status = if self.houses[house].asks { Status::Pending } else { Status::Held };
        (case.escalated, case.prolonged) = (false, false);
        case.tried.push(house);
        self.houses[house].move_door(room, Door::Kept(number), now);
        self.houses[house].touched(now);
    }

    fn case_in(&self, ago: usize, statuses: &[Status]) -> Asked<usize> {
        let number = self.named(ago).ok_or("UNKNOWN_CLAIM")?;
        if statuses.contains(&self.cases[number].status) { Ok(number) } else { Err("WRONG_STATUS") }
    }

    /// People at the location did something: its stand is known again.
    fn people_say(&mut self, number: usize, now: Timestamp) {
        let house = &mut self.houses[self.cases[number].house];
        house.confirmed = Some(now);
        house.touched(now);
    }

    fn end(&mut self, number: usize, status: Status, door: Door, now: Timestamp) {
        let case = &mut self.cases[number];
        case.status = status;
        self.houses[case.house].move_door(case.room, door, now);
        self.houses[case.house].touched(now);
    }

    fn look_on(&mut self, number: usize, now: Timestamp) {
        let case = &self.cases[number];
        if !case.best {
            return;
        }
        match self.best(case.wish, &case.tried, now) {
            Some((house, room)) => self.keep(number, house, room, now),
            None => self.unmet += 1,
        }
    }

    /// When something happens to a claim by itself.
    pub(super) fn due(case: &Case) -> Option<Timestamp> {
        let answer_by = minutes_after(case.asked_at, if case.escalated { 20 } else { 10 });
        match case.status {
            Status::Pending => Some(answer_by.min(case.kept_until)),
            Status::Held => Some(case.kept_until),
            _ => None,
        }
    }

    fn tick(&mut self, now: Timestamp) {
        let dues = self.cases.iter().enumerate().filter_map(|(number, case)| Some((Self::due(case)?, number)));
        let mut due: Vec<_> = dues.filter(|(due, _)| *due <= now).collect();
        due.sort_unstable();
        for (_, number) in due {
            let case = &self.cases[number];
            let over = minutes_after(case.asked_at, 20) <= now || case.kept_until <= now;
            match case.status {
                Status::Pending if over => {
                    self.end(number, Status::Lapsed, Door::Free, now);
                    self.look_on(number, now);
                }
                Status::Pending => {
                    self.cases[number].escalated = true;
                    self.houses[self.cases[number].house].touched(now);
                }
                _ => self.end(number, Status::NoShow, Door::Free, now),
            }
        }
    }
}
