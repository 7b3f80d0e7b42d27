//! Random steps in the life of a few locations: what is asked, by whom, and how far the clock jumps first.
//! Few ids and many steps, so that the steps meet each other.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::reference::{Counts, Reference};
use crate::criteria::{Criteria, Sex, TargetGroup};
use crate::geo::Coordinates;
use crate::id::{LocationId, PlaceId, UserId};
use crate::intake::Window;
use crate::kind::{Counting, Kind};
use crate::place::Transition;
use crate::profile::{ClaimPolicy, PlaceProfile, Profile};
use crate::sealed::Sealed;
use crate::site::SiteCommand;
use crate::tests::given::{gemeente, location, noon, place, pool};

const AN_HOUR: i64 = 3_600;
const THREE_DAYS: i64 = 72 * AN_HOUR;
const PLACES: [&str; 4] = ["k-1", "k-2", "k-3", "k-4"];

/// One step: seconds the clock jumps, then what is asked.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) jump_secs: i64,
    wish: Wish,
}

/// What is asked, before it is known who is where.
#[derive(Debug, Clone)]
enum Wish {
    Staff(SiteCommand),
    /// A change that keeps what may not change, as a form does that was filled in from what there was.
    Change(LocationId, Profile),
    Hold(LocationId, PlaceId),
    Occupy(LocationId, PlaceId, Who),
    Prolong(LocationId, PlaceId, Who),
    Release(LocationId, PlaceId, Who),
    Move(LocationId, PlaceId, PlaceId, Who),
    Count(LocationId, Counts),
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
enum Who {
    /// The one who has the place, if anybody has.
    User,
    /// Somebody new.
    Stranger,
}

/// What is asked, in full.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one at a time")]
pub(super) enum Action {
    Staff(SiteCommand),
    Use { location: LocationId, changes: Vec<(PlaceId, Transition)> },
    Count { location: LocationId, people: Counts },
}

impl Action {
    pub(super) fn location(&self) -> &LocationId {
        match self {
            Self::Use { location, .. } | Self::Count { location, .. } => location,
            Self::Staff(command) => match command {
                SiteCommand::Register { location, .. }
                | SiteCommand::Change { location, .. }
                | SiteCommand::Retire { location }
                | SiteCommand::AddPlace { location, .. }
                | SiteCommand::ChangePlace { location, .. }
                | SiteCommand::RetirePlace { location, .. }
                | SiteCommand::TakeOut { location, .. }
                | SiteCommand::Return { location, .. }
                | SiteCommand::Confirm { location } => location,
            },
        }
    }
}

impl Step {
    /// Fills in who is meant. As in the services, every new user has an id that was never used before.
    /// None: no service would ask this.
    pub(super) fn action(&self, world: &Reference, newcomer: &UserId, now: Timestamp) -> Option<Action> {
        let until = Some(now + SignedDuration::from_mins(90));
        let by = |location: &LocationId, place: &PlaceId, who: Who| match (who, world.user(location, place)) {
            (Who::User, Some(user)) => user.clone(),
            (Who::User, None) | (Who::Stranger, _) => newcomer.clone(),
        };
        let one = |location: &LocationId, place: &PlaceId, wanted: Transition| Action::Use {
            location: location.clone(),
            changes: vec![(place.clone(), wanted)],
        };
        Some(match &self.wish {
            Wish::Staff(command) => Action::Staff(command.clone()),
            Wish::Change(location, profile) => {
                let mut profile = profile.clone();
                if let Some(house) = world.0.get(location) {
                    profile.kind = house.profile.kind;
                    profile.gemeente = house.profile.gemeente.clone();
                    profile.counting = house.profile.counting;
                }
                Action::Staff(SiteCommand::Change { location: location.clone(), profile })
            }
            Wish::Hold(at, id) => one(at, id, Transition::Hold { by: newcomer.clone(), until }),
            Wish::Occupy(at, id, who) => one(at, id, Transition::Occupy { by: by(at, id, *who), until }),
            Wish::Prolong(at, id, who) => one(at, id, Transition::Prolong { by: by(at, id, *who), until }),
            Wish::Release(at, id, who) => one(at, id, Transition::Release { by: by(at, id, *who) }),
            Wish::Move(_, from, to, _) if from == to => return None,
            Wish::Move(at, from, to, who) => {
                let by = by(at, from, *who);
                let leave = (from.clone(), Transition::Release { by: by.clone() });
                let enter = (to.clone(), Transition::Occupy { by, until });
                Action::Use { location: at.clone(), changes: vec![leave, enter] }
            }
            Wish::Count(at, people) => {
                let counts_people = world.0.get(at)?.profile.counting == Counting::Headcount;
                return counts_people.then(|| Action::Count { location: at.clone(), people: *people });
            }
        })
    }
}

/// Sequences of steps of which the first make sure that there is something to work with.
pub(super) fn sequences(length: Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    let rooms = prop::collection::vec(place_profiles(), 4);
    let start = (profiles(), rooms, any::<bool>()).prop_map(|(profile, rooms, confirmed)| {
        let location = location("haven");
        let mut start =
            vec![SiteCommand::Register { location: location.clone(), public_id: location.clone(), profile }];
        start.extend(PLACES.into_iter().zip(rooms).map(|(id, profile)| SiteCommand::AddPlace {
            location: location.clone(),
            place: place(id),
            profile,
        }));
        start.extend(confirmed.then_some(SiteCommand::Confirm { location }));
        start.into_iter().map(|command| Step { jump_secs: 1, wish: Wish::Staff(command) }).collect::<Vec<_>>()
    });
    let step = (jumps(), wishes()).prop_map(|(jump_secs, wish)| Step { jump_secs, wish });
    (start, prop::collection::vec(step, length)).prop_map(|(start, rest)| [start, rest].concat())
}

/// Mostly minutes forward, sometimes days, sometimes back by up to an hour.
fn jumps() -> impl Strategy<Value = i64> {
    prop_oneof![6 => 0..AN_HOUR, 2 => 0..THREE_DAYS, 1 => -AN_HOUR..0, 1 => Just(0)]
}

fn wishes() -> impl Strategy<Value = Wish> {
    let spots = || (locations(), places());
    let users = || (locations(), places(), who());
    prop_oneof![
        12 => staff().prop_map(Wish::Staff),
        2 => (locations(), profiles()).prop_map(|(at, profile)| Wish::Change(at, profile)),
        6 => spots().prop_map(|(at, id)| Wish::Hold(at, id)),
        5 => users().prop_map(|(at, id, who)| Wish::Occupy(at, id, who)),
        2 => users().prop_map(|(at, id, who)| Wish::Prolong(at, id, who)),
        4 => users().prop_map(|(at, id, who)| Wish::Release(at, id, who)),
        5 => (users(), places()).prop_map(|((at, id, who), to)| Wish::Move(at, id, to, who)),
        2 => (locations(), heads()).prop_map(|(at, people)| Wish::Count(at, people)),
    ]
}

fn staff() -> impl Strategy<Value = SiteCommand> {
    let spots = || (locations(), places());
    let until = || prop::option::of((0..THREE_DAYS).prop_map(|secs| noon() + SignedDuration::from_secs(secs)));
    prop_oneof![
        3 => (locations(), profiles()).prop_map(|(at, profile)| SiteCommand::Register {
            public_id: at.clone(), location: at, profile,
        }),
        1 => (locations(), profiles()).prop_map(|(location, profile)| SiteCommand::Change { location, profile }),
        1 => locations().prop_map(|location| SiteCommand::Retire { location }),
        4 => (spots(), place_profiles()).prop_map(|((location, place), profile)| SiteCommand::AddPlace {
            location, place, profile,
        }),
        2 => (spots(), place_profiles()).prop_map(|((location, place), profile)| SiteCommand::ChangePlace {
            location, place, profile,
        }),
        1 => spots().prop_map(|(location, place)| SiteCommand::RetirePlace { location, place }),
        3 => (spots(), until()).prop_map(|((location, place), until)| SiteCommand::TakeOut {
            location, place, reason: Sealed::fixed("geschilderd"), until,
        }),
        5 => spots().prop_map(|(location, place)| SiteCommand::Return { location, place }),
        2 => locations().prop_map(|location| SiteCommand::Confirm { location }),
    ]
}

fn locations() -> impl Strategy<Value = LocationId> {
    prop_oneof![20 => Just("haven"), 3 => Just("dijk"), 1 => Just("polder")].prop_map(location)
}

fn places() -> impl Strategy<Value = PlaceId> {
    prop::sample::select(PLACES.to_vec()).prop_map(place)
}

fn who() -> impl Strategy<Value = Who> {
    prop_oneof![4 => Just(Who::User), 1 => Just(Who::Stranger)]
}

fn heads() -> impl Strategy<Value = Counts> {
    let of = |most: i64| 0..most;
    (of(9), of(3), of(4), of(12), of(4)).prop_map(|(funded, unavailable, surge, occupied, held)| Counts {
        funded,
        unavailable: unavailable.min(funded),
        surge,
        occupied,
        held,
    })
}

fn profiles() -> impl Strategy<Value = Profile> {
    let kinds = prop::sample::select(Kind::ALL.to_vec());
    let gemeenten = prop_oneof![9 => Just("gm0034"), 9 => Just("gm0995"), 1 => Just("gm0363")];
    let coordinates = prop::option::of(Just(Coordinates::parse(52.3508, 5.2647).unwrap()));
    let windows = prop::collection::vec((1..=7_u32, 0..1440_u32, 0..=1440_u32), 0..2);
    let what = (kinds, gemeenten, coordinates, windows);
    (what, 1..700_u32, criteria(), any::<bool>()).prop_map(
        |((kind, code, coordinates, windows), goal, criteria, flag)| {
            let rules = kind.rules();
            let window = |(day, from, until)| Window::parse(day, from, until).unwrap();
            Profile {
                name: "De Haven".into(),
                kind,
                gemeente: gemeente(code),
                provider: "Kwintes".into(),
                phone: "0320 12 34 56".into(),
                coordinates,
                freshness_goal_minutes: goal,
                criteria,
                intake_windows: windows.into_iter().map(window).collect(),
                claim_policy: if flag { ClaimPolicy::Confirm } else { ClaimPolicy::Direct },
                counting: if rules.either_counting && goal % 5 == 0 { Counting::Headcount } else { rules.counting },
                max_stay_days: flag.then_some(42),
                fictief: flag,
                needs_night_cover: rules.needs_night_cover || flag,
                night_cover_opens: flag,
            }
        },
    )
}

fn place_profiles() -> impl Strategy<Value = PlaceProfile> {
    (prop::sample::select(vec!["ambulant", "crisisplek"]), criteria()).prop_map(|(name, criteria)| PlaceProfile {
        label: "Kamer".into(),
        pool: pool(name),
        criteria,
        also_pools: Vec::new(),
        financing: None,
    })
}

fn criteria() -> impl Strategy<Value = Criteria> {
    let groups = prop::sample::subsequence(vec![TargetGroup::Psychosociaal, TargetGroup::Lvb], 0..=2);
    let sex = prop::option::of(prop::sample::select(vec![Sex::Female, Sex::Male]));
    (groups, sex, any::<bool>(), prop::option::weighted(0.8, 1..4_u32)).prop_map(
        |(target_groups, sex, children, limit)| Criteria {
            target_groups,
            sex,
            children,
            max_nights: limit,
            max_household: limit,
            ..Criteria::default()
        },
    )
}
