//! A house of the naive model: its doors, and what may be asked of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::steps::{Ask, Wish};
use super::Asked;

/// Who is behind a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Door {
    Free,
    Kept(usize),
    Slept(usize),
    Out,
}

#[derive(Debug, Clone)]
pub(in super::super) struct Room {
    pub(in super::super) door: Door,
    pub(in super::super) since: Timestamp,
    pub(super) pets: bool,
}

#[derive(Debug, Clone)]
pub(in super::super) struct House {
    pub(super) km: u32,
    pub(super) asks: bool,
    pub(super) goal_minutes: i64,
    pub(super) nights_only: bool,
    pub(super) only_dronten: bool,
    pub(super) most_nights: u32,
    pub(in super::super) rooms: BTreeMap<usize, Room>,
    pub(in super::super) confirmed: Option<Timestamp>,
    pub(in super::super) closed: bool,
    pub(in super::super) version: u64,
    pub(in super::super) as_of: Timestamp,
}

impl House {
    pub(super) fn touched(&mut self, now: Timestamp) {
        self.version += 1;
        self.as_of = now;
    }

    pub(super) fn move_door(&mut self, room: usize, door: Door, now: Timestamp) {
        let room = self.rooms.get_mut(&room).unwrap();
        (room.door, room.since) = (door, now);
    }

    fn is_open(&self, now: Timestamp) -> bool {
        let hour = local(now).hour();
        !self.nights_only || !(9..17).contains(&hour)
    }

    pub(super) fn takes_people(&self, now: Timestamp) -> Asked {
        let confirmed = self.confirmed.ok_or("NEVER_CONFIRMED")?;
        if now.duration_since(confirmed).as_secs() >= self.goal_minutes * 60 {
            return Err("STALE");
        }
        if self.is_open(now) { Ok(()) } else { Err("INTAKE_CLOSED") }
    }

    pub(super) fn suits(&self, room: &Room, wish: Wish) -> Asked {
        if self.only_dronten && !wish.from_dronten {
            Err("RESIDENCE")
        } else if wish.pet && !room.pets {
            Err("PET")
        } else if wish.nights.max(1) > self.most_nights {
            Err("NIGHTS")
        } else {
            Ok(())
        }
    }

    /// What beheer or staff ask of it.
    pub(super) fn ask(&mut self, ask: &Ask, now: Timestamp) -> Asked {
        if self.closed {
            return Err("RETIRED");
        }
        let door = |room: &usize| self.rooms.get(room).map(|room| room.door).ok_or("UNKNOWN_PLACE");
        let used = |door: Door| matches!(door, Door::Kept(_) | Door::Slept(_));
        match ask {
            Ask::Close { .. } if self.rooms.values().any(|room| used(room.door)) => return Err("IN_USE"),
            Ask::Close { .. } => self.closed = true,
            Ask::AddRoom { room, .. } if self.rooms.contains_key(room) => return Err("PLACE_EXISTS"),
            Ask::AddRoom { room, .. } => {
                self.rooms.insert(*room, Room { door: Door::Free, since: now, pets: false });
            }
            Ask::RemoveRoom { room, .. } if used(door(room)?) => return Err("IN_USE"),
            Ask::RemoveRoom { room, .. } => {
                self.rooms.remove(room);
            }
            Ask::TakeOut { room, .. } => match door(room)? {
                Door::Free => self.move_door(*room, Door::Out, now),
                Door::Kept(_) => return Err("HELD"),
                Door::Slept(_) => return Err("OCCUPIED"),
                Door::Out => return Err("OUT_OF_SERVICE"),
            },
            Ask::Return { room, .. } => match door(room)? {
                Door::Out => self.move_door(*room, Door::Free, now),
                _ => return Err("NOT_OUT_OF_SERVICE"),
            },
            _ => {}
        }
        if matches!(ask, Ask::Confirm { .. } | Ask::TakeOut { .. } | Ask::Return { .. }) {
            self.confirmed = Some(now);
        }
        self.touched(now);
        Ok(())
    }
}

/// The wall clock.
pub(super) fn local(at: Timestamp) -> jiff::Zoned {
    thread_local!(static ZONE: TimeZone = TimeZone::get("Europe/Amsterdam").unwrap());
    at.to_zoned(ZONE.with(Clone::clone))
}
