//! What the random stories are made of: four houses, six clients, and everything that may be asked of them.

use model::criteria::{Criteria, Needs};
use model::id::UserId;
use model::sealed::Sealed;
use model::site::SiteCommand;
use model::stay::Destination;
use proptest::prelude::*;
use uuid::Uuid;

use super::reference::Reference;
use crate::domain::tests::given::{self, House, client, gemeente, house, location, place};
use crate::domain::{Command, Prevented, Reason, Search};

/// Time passes, then somebody asks.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) wait_secs: i64,
    pub(super) ask: Ask,
}

/// What a client wishes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) nights: u32,
    pub(super) from_dronten: bool,
    pub(super) pet: bool,
}

/// Something asked. A claim is named by how long ago it was made: 0 is the last one.
#[derive(Debug, Clone)]
pub(super) enum Ask {
    Claim { client: usize, house: usize, room: usize, wish: Wish, minutes: u32 },
    Best { client: usize, wish: Wish, minutes: u32 },
    Accept { ago: usize },
    Refuse { ago: usize, reason: Reason },
    Prolong { ago: usize, minutes: u32 },
    Cancel { ago: usize },
    Arrive { ago: usize },
    StayLonger { ago: usize, nights: u32 },
    Leave { ago: usize },
    Unmet,
    Confirm { house: usize },
    TakeOut { house: usize, room: usize },
    Return { house: usize, room: usize },
    AddRoom { house: usize, room: usize },
    RemoveRoom { house: usize, room: usize },
    Close { house: usize },
    Tick,
}

/// The houses of every story; `reference` describes the same in its own words.
pub(super) fn houses() -> [House; 4] {
    let pets = || Criteria { pets: true, ..Criteria::default() };
    let nightly = [1, 2, 3, 4, 5, 6, 7].map(|day| (day, 17 * 60, 9 * 60));
    let only_dronten = Criteria { residence: vec![gemeente("gm0303")], ..Criteria::default() };
    let at_most_three = Criteria { max_nights: Some(3), ..Criteria::default() };
    let mut short = house("huis-3", ["k0", "k1"]).confirms().km_away(3.0).takes(only_dronten).never_confirmed();
    short.profile.freshness_goal_minutes = 120;
    [
        house("huis-0", ["k0", "k1"]).km_away(1.0),
        house("huis-1", ["k0", "k1"]).with_place("k2", "ambulant", pets()).confirms().km_away(2.0),
        house("huis-2", ["k0", "k1"]).confirms().km_away(2.0).open(&nightly).takes(at_most_three),
        short,
    ]
}

pub(super) fn asks() -> impl Strategy<Value = Ask> {
    let (house, room) = (0..4_usize, 0..4_usize);
    // Mostly the last claim, so that stories get somewhere.
    let ago = || prop_oneof![2 => Just(0_usize), 3 => 0..7_usize];
    let spot = || (house.clone(), room.clone());
    let pet = || prop::bool::weighted(0.2);
    let wish = (0..5_u32, prop::bool::ANY, pet());
    let wish = wish.prop_map(|(nights, from_dronten, pet)| Wish { nights, from_dronten, pet });
    let minutes = prop_oneof![3 => Just(90_u32), 1 => 1..=240_u32];
    let claim = (0..6_usize, spot(), wish.clone(), minutes.clone());
    let claim =
        claim.prop_map(|(client, (house, room), wish, minutes)| Ask::Claim { client, house, room, wish, minutes });
    let best = (0..6_usize, wish, minutes).prop_map(|(client, wish, minutes)| Ask::Best { client, wish, minutes });
    let reason = prop::sample::select(vec![
        Reason::Vol,
        Reason::PastNiet,
        Reason::Personeel,
        Reason::Veiligheid,
        Reason::Gesloten,
        Reason::Anders,
    ]);
    let of_claims = prop_oneof![
        3 => ago().prop_map(|ago| Ask::Accept { ago }),
        4 => (ago(), reason).prop_map(|(ago, reason)| Ask::Refuse { ago, reason }),
        4 => (ago(), 1..=60_u32).prop_map(|(ago, minutes)| Ask::Prolong { ago, minutes }),
        2 => ago().prop_map(|ago| Ask::Cancel { ago }),
        5 => ago().prop_map(|ago| Ask::Arrive { ago }),
        2 => (ago(), 1..=3_u32).prop_map(|(ago, nights)| Ask::StayLonger { ago, nights }),
        3 => ago().prop_map(|ago| Ask::Leave { ago }),
    ];
    let of_houses = prop_oneof![
        6 => house.clone().prop_map(|house| Ask::Confirm { house }),
        3 => spot().prop_map(|(house, room)| Ask::TakeOut { house, room }),
        4 => spot().prop_map(|(house, room)| Ask::Return { house, room }),
        2 => spot().prop_map(|(house, room)| Ask::AddRoom { house, room }),
        1 => spot().prop_map(|(house, room)| Ask::RemoveRoom { house, room }),
        1 => house.prop_map(|house| Ask::Close { house }),
    ];
    prop_oneof![8 => claim, 10 => best, 16 => of_claims, 6 => of_houses, 8 => Just(Ask::Tick), 1 => Just(Ask::Unmet)]
}

fn needs(wish: Wish) -> Needs {
    let residence = gemeente(if wish.from_dronten { "gm0303" } else { "gm0034" });
    Needs { residence: Some(residence), pet: wish.pet, nights: wish.nights, ..Needs::default() }
}

/// The claim that the naive model knows by this number.
pub(super) fn claim_id(number: usize) -> UserId {
    model::id::made(Uuid::from_u128(number as u128))
}

/// The command that asks it.
pub(super) fn command(ask: &Ask, reference: &Reference) -> Command {
    let named = |ago: &usize| reference.named(*ago).map_or_else(|| given::claim_of("niemand"), claim_id);
    let house_id = |house: &usize| location(&format!("huis-{house}"));
    let room_id = |room: &usize| place(&format!("k{room}"));
    let who = |number: &usize| client(&format!("client-{number}"));
    let of_house = match ask {
        Ask::Claim { client, house, room, wish, minutes } => {
            let (location, place, client) = (house_id(house), room_id(room), who(client));
            return Command::Claim { location, place, client, needs: needs(*wish), hold_minutes: Some(*minutes) };
        }
        Ask::Best { client, wish, minutes } => {
            let search = Search { gemeente: Some(gemeente("gm0034")), ..Search::default() };
            let (client, needs, hold_minutes) = (who(client), needs(*wish), Some(*minutes));
            return Command::ClaimBest { client, needs, search, hold_minutes };
        }
        Ask::Accept { ago } => return Command::Accept { claim: named(ago), seen_at: None },
        Ask::Refuse { ago, reason } => {
            return Command::Refuse { claim: named(ago), seen_at: None, reason: *reason, text: None };
        }
        Ask::Prolong { ago, minutes } => return Command::ExtendHold { claim: named(ago), minutes: *minutes },
        Ask::Cancel { ago } => return Command::Cancel { claim: named(ago) },
        Ask::Arrive { ago } => return Command::Arrive { claim: named(ago), seen_at: None },
        Ask::StayLonger { ago, nights } => return Command::ExtendStay { claim: named(ago), nights: *nights },
        Ask::Leave { ago } => {
            let (destination, prevented) = (Destination::Opvang, Prevented::Nee);
            return Command::CheckOut { claim: named(ago), destination, prevented };
        }
        Ask::Unmet => return Command::RecordUnmetDemand { needs: given::anybody(), gemeente: None, kind: None },
        Ask::Tick => return Command::Tick,
        Ask::Confirm { house } => SiteCommand::Confirm { location: house_id(house) },
        Ask::TakeOut { house, room } => {
            let reason = Sealed::fixed("lekkage");
            SiteCommand::TakeOut { location: house_id(house), place: room_id(room), reason, until: None }
        }
        Ask::Return { house, room } => SiteCommand::Return { location: house_id(house), place: room_id(room) },
        Ask::AddRoom { house, room } => added(house_id(house), room),
        Ask::RemoveRoom { house, room } => SiteCommand::RetirePlace { location: house_id(house), place: room_id(room) },
        Ask::Close { house } => SiteCommand::Retire { location: house_id(house) },
    };
    Command::Site(of_house)
}

fn added(location: model::id::LocationId, room: &usize) -> SiteCommand {
    let pool = given::pool("ambulant");
    let profile = model::profile::PlaceProfile {
        label: "Kamer".into(),
        pool,
        criteria: Criteria::default(),
        also_pools: Vec::new(),
        financing: None,
    };
    SiteCommand::AddPlace { location, place: place(&format!("k{room}")), profile }
}
