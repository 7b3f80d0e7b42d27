//! Random steps in the life of a few shelters: what is asked and how far the clock jumps first. Few names and many
//! steps, so that the steps meet each other.

use std::collections::HashMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use model::id::UserId;
use model::site::SiteCommand;
use model::stay::Destination;
use proptest::prelude::*;

use super::reference::{Asked, Door, HOUSES, Reference};
use crate::domain::tests::given::{add_for, client, evening, households, location, place, pool, text};
use crate::domain::{Capacity, Choice, Command, Count, Entry, LeaveReason, Setting, Told};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const ROOMS: [&str; 4] = ["k-1", "k-2", "k-3", "k-4"];
const POOLS: [&str; 2] = ["bed", "stil"];

/// One step: seconds the clock jumps, where, and what is asked.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) jump_secs: i64,
    pub(super) at: &'static str,
    pub(super) wish: Wish,
}

/// What is asked, before it is known who is where.
#[derive(Debug, Clone)]
pub(super) enum Wish {
    Tick,
    Plain(Asked),
    Keep(Door, Option<String>, u32, i64),
    Arrive(&'static str),
    Leave(&'static str),
    Cancel(&'static str),
    Move(&'static str, &'static str),
    Stand(i64, i64, i64, i64),
}

impl Wish {
    /// Fills in who and when is meant; a room that nobody has gives the id of nobody.
    pub(super) fn asked(&self, at: &str, world: &Reference, now: Timestamp) -> Asked {
        let user = |room: &str| {
            let room = world.houses[at].rooms.get(room);
            room.and_then(|room| room.user()).cloned().unwrap_or_else(|| "nobody".to_owned())
        };
        match self {
            Self::Plain(asked) => asked.clone(),
            Self::Keep(door, client, household, secs) => {
                Asked::Keep(door.clone(), client.clone(), *household, now + SignedDuration::from_secs(*secs))
            }
            Self::Arrive(room) => Asked::Arrive(user(room)),
            Self::Leave(room) => Asked::Leave(user(room)),
            Self::Cancel(room) => Asked::Cancel(user(room)),
            Self::Move(room, to) => Asked::Move(user(room), (*to).to_owned()),
            Self::Stand(hours, funded, out, people) => {
                Asked::Stand(evening() + SignedDuration::from_hours(*hours), *funded, *out.min(funded), *people)
            }
            Self::Tick => Asked::Confirm,
        }
    }
}

impl Asked {
    /// The same as a command.
    pub(super) fn command(&self, at: &str, ids: &HashMap<String, UserId>) -> Command {
        let here = location(at);
        let stay = |id: &String| ids.get(id).cloned().unwrap_or_else(|| UserId::parse("nobody").unwrap());
        let told = |name: &Option<String>, people: u32| Told {
            client: name.as_deref().map(client),
            household: Some(people),
            needs: None,
        };
        let whole = |number: &i64| u32::try_from(*number).unwrap();
        let capacity = |funded: &i64, out: &i64| Capacity::parse(whole(funded), whole(out)).unwrap();
        match self {
            Self::Add(room, pool, (least, most)) => add_for(at, room, pool, households(*least, *most)),
            Self::Remove(room) => Command::Site(SiteCommand::RetirePlace { location: here, place: place(room) }),
            Self::TakeOut(room) => {
                let (place, reason) = (place(room), text("lekkage"));
                Command::Site(SiteCommand::TakeOut { location: here, place, reason, until: None })
            }
            Self::Return(room) => Command::Site(SiteCommand::Return { location: here, place: place(room) }),
            Self::Confirm => Command::Site(SiteCommand::Confirm { location: here }),
            Self::Enter(door, name, people) => {
                Command::CheckIn { location: here, entry: Entry::Free(door.choice()), told: told(name, *people) }
            }
            Self::Keep(door, name, people, release) => {
                let (choice, told) = (door.choice(), told(name, *people));
                Command::Reserve { location: here, choice, told, release_at: Some(*release) }
            }
            Self::Arrive(id) => {
                Command::CheckIn { location: here, entry: Entry::Reservation(stay(id)), told: Told::default() }
            }
            Self::Leave(id) => {
                let (reason, destination) = (LeaveReason::EigenKeuze, Destination::Onbekend);
                Command::CheckOut { location: here, stay: stay(id), reason, destination }
            }
            Self::Cancel(id) => Command::CancelReservation { location: here, stay: stay(id) },
            Self::Move(id, to) => Command::Move { location: here, stay: stay(id), to: place(to) },
            Self::List(list) => {
                let settings = list.iter().map(|(room, wanted)| (place(room), setting(wanted))).collect();
                Command::BulkSet { location: here, settings }
            }
            Self::Present(people) => Command::CountPeople { location: here, count: Count::Present(whole(people)) },
            Self::Change(by) => {
                Command::CountPeople { location: here, count: Count::Change(i32::try_from(*by).unwrap()) }
            }
            Self::Capacity(funded, out) => Command::SetCapacity { location: here, capacity: capacity(funded, out) },
            Self::Stand(as_of, funded, out, people) => {
                let (capacity, occupied) = (capacity(funded, out), whole(people));
                Command::RecordStand { location: here, as_of: *as_of, capacity, occupied }
            }
        }
    }
}

impl Door {
    fn choice(&self) -> Choice {
        match self {
            Self::Room(room) => Choice::Place(place(room)),
            Self::Pool(name) => Choice::Pool(pool(name)),
        }
    }
}

fn setting(wanted: &str) -> Setting {
    match wanted {
        "occupied" => Setting::Occupied,
        "out" => Setting::OutOfService(text("verf")),
        _ => Setting::Free,
    }
}

/// Sequences of steps of which the first make sure that there are rooms.
pub(super) fn sequences(length: Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let rooms = prop::collection::vec((pools(), sizes()), 8);
    let start = rooms.prop_map(|rooms| {
        let names = ["nacht", "gezin"].into_iter().flat_map(|at| ROOMS.map(|room| (at, room)));
        let add = |at, room: &str, (pool, sizes)| {
            let wish = Wish::Plain(Asked::Add(room.to_owned(), pool, sizes));
            Step { jump_secs: 1, at, wish }
        };
        names.zip(rooms).map(|((at, room), what)| add(at, room, what)).collect::<Vec<_>>()
    });
    let with_rooms = (jumps(), prop::sample::select(vec!["nacht", "nacht", "nacht", "gezin", "inloop"]), about_rooms());
    let with_heads = (jumps(), prop::sample::select(HOUSES.map(|(name, _)| name).to_vec()), about_heads());
    let steps = prop_oneof![5 => with_rooms, 2 => with_heads];
    let step = steps.prop_map(|(jump_secs, at, wish)| Step { jump_secs, at, wish });
    (start, prop::collection::vec(step, length)).prop_map(|(start, rest)| [start, rest].concat())
}

/// Mostly minutes forward, sometimes hours, sometimes a little back as clocks do.
fn jumps() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..30 * MINUTE, 2 => 0..6 * HOUR, 1 => -MINUTE..0, 1 => Just(0)]
}

fn about_rooms() -> impl Strategy<Value = Wish> {
    let guest = || (door(), clients(), 1..5_u32);
    let room = || room().prop_map(str::to_owned);
    let releases = prop_oneof![6 => MINUTE..10 * HOUR, 1 => -HOUR..26 * HOUR];
    let list = prop::collection::btree_map(room(), prop::sample::select(vec!["free", "occupied", "out"]), 1..4);
    let plain = prop_oneof![
        2 => (room(), pools(), sizes()).prop_map(|(room, pool, sizes)| Asked::Add(room, pool, sizes)),
        1 => room().prop_map(Asked::Remove),
        2 => room().prop_map(Asked::TakeOut),
        3 => room().prop_map(Asked::Return),
        2 => Just(Asked::Confirm),
        8 => guest().prop_map(|(door, client, people)| Asked::Enter(door, client, people)),
        5 => list.prop_map(|list| Asked::List(list.into_iter().collect())),
    ];
    prop_oneof![
        23 => plain.prop_map(Wish::Plain),
        8 => (guest(), releases).prop_map(|((door, client, people), secs)| Wish::Keep(door, client, people, secs)),
        5 => self::room().prop_map(Wish::Arrive),
        5 => self::room().prop_map(Wish::Leave),
        3 => self::room().prop_map(Wish::Cancel),
        5 => (self::room(), self::room()).prop_map(|(from, to)| Wish::Move(from, to)),
        5 => Just(Wish::Tick),
    ]
}

fn about_heads() -> impl Strategy<Value = Wish> {
    let capacity = || (0..9_i64, 0..4_i64).prop_map(|(funded, out)| (funded, out.min(funded)));
    prop_oneof![
        3 => (0..12_i64).prop_map(|people| Wish::Plain(Asked::Present(people))),
        4 => (-4..5_i64).prop_map(|by| Wish::Plain(Asked::Change(by))),
        3 => capacity().prop_map(|(funded, out)| Wish::Plain(Asked::Capacity(funded, out))),
        1 => Just(Wish::Plain(Asked::Confirm)),
        5 => (-2..4_i64, prop::sample::select(vec![(8, 0), (8, 2), (5, 0)]), 0..3_i64)
            .prop_map(|(shift, (funded, out), people)| Wish::Stand(8 * shift, funded, out, people)),
    ]
}

fn door() -> impl Strategy<Value = Door> {
    prop_oneof![2 => room().prop_map(|room| Door::Room(room.to_owned())), 1 => pools().prop_map(Door::Pool)]
}

fn room() -> impl Strategy<Value = &'static str> {
    prop::sample::select(ROOMS.to_vec())
}

fn pools() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just(POOLS[0]), 1 => Just(POOLS[1])]
}

fn sizes() -> impl Strategy<Value = (u32, u32)> {
    (1..3_u32, 1..5_u32).prop_map(|(least, most)| (least, most.max(least)))
}

fn clients() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["c-1", "c-2", "c-3"]).prop_map(str::to_owned))
}
