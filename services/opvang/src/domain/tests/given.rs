//! What the tests start from: a region, moments, locations, and a small given/when/then over commands.
//! It must not hold a rule of the domain: those are in the tests.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::{SignedDuration, Timestamp};
use model::criteria::{Criteria, Needs};
use model::decision::Evolve as _;
use model::figures::Figures;
use model::id::{Gemeente, LocationId, PlaceId, Pool, UserId};
use model::kind::{Counting, Kind};
use model::place::PlaceState;
use model::profile::{ClaimPolicy, PlaceProfile, Profile};
use model::refusal::Refusal as _;
use model::region::Region;
use model::sealed::Sealed;
use model::site::{Site, SiteCommand};
use model::stay::Destination;
use uuid::Uuid;

use crate::domain::{
    Capacity, Choice, Command, Count, Entry, Event, LeaveReason, Refusal, Setting, State, Told, decide,
};
use crate::{Answer, Opvang};

const REGION: &str = "
id = 'flevoland'
name = 'Flevoland'
time_zone = 'Europe/Amsterdam'
centrumgemeente = 'gm0034'
oin = '00000000000000000000'
responsible = [
  { kinds = ['beschermd_wonen'], entered_from = '2022-01-01', responsible = 'woonplaats' },
]
gemeente = [
  { code = 'gm0034', name = 'Almere', latitude = 52.37, longitude = 5.22, inhabitants = 220000 },
  { code = 'gm0303', name = 'Dronten', latitude = 52.52, longitude = 5.72, inhabitants = 43000 },
]
";

pub(super) fn region() -> &'static Arc<Region> {
    static PARSED: LazyLock<Arc<Region>> = LazyLock::new(|| Arc::new(Region::parse(REGION, "test").unwrap()));
    &PARSED
}

pub(super) fn opvang() -> Opvang {
    Opvang { region: Arc::clone(region()) }
}

pub(super) fn location(raw: &str) -> LocationId {
    LocationId::parse(raw).unwrap()
}

pub(super) fn place(raw: &str) -> PlaceId {
    PlaceId::parse(raw).unwrap()
}

pub(super) fn pool(raw: &str) -> Pool {
    Pool::parse(raw).unwrap()
}

/// A client, as the log knows one: by an id of the look-up table.
pub(super) fn client(raw: &str) -> Sealed {
    Sealed::kept(Uuid::new_v5(&Uuid::NAMESPACE_OID, raw.as_bytes()))
}

pub(super) fn gemeente(raw: &str) -> Gemeente {
    Gemeente::parse(raw).unwrap()
}

/// A remark, as the log knows one.
pub(super) fn text(raw: &str) -> Sealed {
    client(raw)
}

pub(super) fn moment(raw: &str) -> Timestamp {
    raw.parse().unwrap()
}

/// The evening on which nothing special happens: 20:00 in Almere.
pub(super) fn evening() -> Timestamp {
    moment("2026-02-03T20:00:00+01:00")
}

/// Noon of that day: no night cover is asked.
pub(super) fn noon() -> Timestamp {
    moment("2026-02-03T12:00:00+01:00")
}

pub(super) fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A location with every field filled in, so that what must be left out is there to leak.
pub(super) fn profile(kind: Kind) -> Profile {
    let rules = kind.rules();
    Profile {
        name: "De Zilvermeeuw".into(),
        kind,
        gemeente: gemeente("gm0034"),
        provider: "Stichting Windkracht".into(),
        phone: "036 123 45 67".into(),
        coordinates: None,
        freshness_goal_minutes: rules.freshness_goal_minutes,
        criteria: Criteria {
            min_age: rules.ages.map(|ages| ages.0),
            max_age: rules.ages.map(|ages| ages.1),
            ..anybody()
        },
        intake_windows: Vec::new(),
        claim_policy: ClaimPolicy::Direct,
        counting: rules.counting,
        max_stay_days: rules.needs_max_stay.then_some(28),
        fictief: true,
        needs_night_cover: rules.needs_night_cover,
        night_cover_opens: false,
    }
}

pub(super) fn anybody() -> Criteria {
    Criteria::default()
}

/// Criteria of a place for households of these sizes.
pub(super) fn households(smallest: u32, largest: u32) -> Criteria {
    Criteria { min_household: Some(smallest), max_household: Some(largest), children: true, ..anybody() }
}

pub(super) fn register_as(id: &str, profile: Profile) -> Command {
    Command::Site(SiteCommand::Register { location: location(id), public_id: location(id), profile })
}

pub(super) fn register(id: &str, kind: Kind) -> Command {
    register_as(id, profile(kind))
}

/// A location of a kind that can count either way, and counts people.
pub(super) fn register_heads(id: &str, kind: Kind) -> Command {
    register_as(id, Profile { counting: Counting::Headcount, ..profile(kind) })
}

pub(super) fn add_for(id: &str, place_id: &str, pool_name: &str, criteria: Criteria) -> Command {
    let profile = PlaceProfile {
        label: "Kamer".into(),
        pool: pool(pool_name),
        criteria,
        also_pools: Vec::new(),
        financing: None,
    };
    Command::Site(SiteCommand::AddPlace { location: location(id), place: place(place_id), profile })
}

/// A place for a household of at most four, which every kind takes.
pub(super) fn add(id: &str, place_id: &str) -> Command {
    add_for(id, place_id, "bed", Criteria { max_household: Some(4), ..anybody() })
}

pub(super) fn confirm(id: &str) -> Command {
    Command::Site(SiteCommand::Confirm { location: location(id) })
}

pub(super) fn take_out(place_id: &str) -> Command {
    let (location, place, reason) = (location("huis"), place(place_id), text("lekkage"));
    Command::Site(SiteCommand::TakeOut { location, place, reason, until: None })
}

pub(super) fn nobody_said() -> Told {
    Told::default()
}

pub(super) fn who(client_ref: &str) -> Told {
    Told { client: Some(client(client_ref)), ..Told::default() }
}

pub(super) fn household(people: u32) -> Told {
    Told { household: Some(people), ..Told::default() }
}

pub(super) fn needing(needs: Needs) -> Told {
    Told { needs: Some(needs), ..Told::default() }
}

/// Check in to a place of `huis`.
pub(super) fn check_in(place_id: &str, told: Told) -> Command {
    check_in_at("huis", Entry::Free(Choice::Place(place(place_id))), told)
}

pub(super) fn check_in_pool(pool_name: &str, told: Told) -> Command {
    check_in_at("huis", Entry::Free(Choice::Pool(pool(pool_name))), told)
}

pub(super) fn check_in_at(id: &str, entry: Entry, told: Told) -> Command {
    Command::CheckIn { location: location(id), entry, told }
}

pub(super) fn arrive(stay: &UserId, told: Told) -> Command {
    check_in_at("huis", Entry::Reservation(stay.clone()), told)
}

pub(super) fn check_out(stay: &UserId) -> Command {
    let (reason, destination) = (LeaveReason::VolgensPlan, Destination::NaarHuis);
    Command::CheckOut { location: location("huis"), stay: stay.clone(), reason, destination }
}

/// Reserve a place of `huis` until the release time of the region.
pub(super) fn reserve(place_id: &str, told: Told) -> Command {
    let choice = Choice::Place(place(place_id));
    Command::Reserve { location: location("huis"), choice, told, release_at: None }
}

pub(super) fn reserve_until(place_id: &str, release_at: Timestamp) -> Command {
    let (choice, told) = (Choice::Place(place(place_id)), nobody_said());
    Command::Reserve { location: location("huis"), choice, told, release_at: Some(release_at) }
}

pub(super) fn cancel(stay: &UserId) -> Command {
    Command::CancelReservation { location: location("huis"), stay: stay.clone() }
}

pub(super) fn move_to(stay: &UserId, place_id: &str) -> Command {
    Command::Move { location: location("huis"), stay: stay.clone(), to: place(place_id) }
}

pub(super) fn bulk<'a>(settings: impl IntoIterator<Item = (&'a str, Setting)>) -> Command {
    let settings: BTreeMap<PlaceId, Setting> = settings.into_iter().map(|(id, setting)| (place(id), setting)).collect();
    Command::BulkSet { location: location("huis"), settings }
}

/// The gemeente of every location here opens its winteropvang.
pub(super) fn open_surge() -> Command {
    surge(true, [])
}

pub(super) fn surge<const N: usize>(on: bool, counts: [(&str, u32); N]) -> Command {
    let counts = counts.into_iter().map(|(id, places)| (location(id), places)).collect();
    Command::SwitchSurge { gemeente: gemeente("gm0034"), on, counts }
}

pub(super) fn count(id: &str, count: Count) -> Command {
    Command::CountPeople { location: location(id), count }
}

pub(super) fn capacity(id: &str, funded: u32, unavailable: u32) -> Command {
    Command::SetCapacity { location: location(id), capacity: Capacity::parse(funded, unavailable).unwrap() }
}

pub(super) fn stand(id: &str, as_of: Timestamp, occupied: u32) -> Command {
    let capacity = Capacity::parse(20, 0).unwrap();
    Command::RecordStand { location: location(id), as_of, capacity, occupied }
}

/// The service in the middle of a story.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) state: State,
    pub(super) now: Timestamp,
    commands: u128,
}

/// The service after these commands, in the evening.
#[track_caller]
pub(super) fn given(commands: impl IntoIterator<Item = Command>) -> Given {
    Given { state: State::default(), now: evening(), commands: 0 }.and(commands)
}

/// A confirmed nachtopvang `huis` with free places.
#[track_caller]
pub(super) fn given_places<'a>(places: impl IntoIterator<Item = &'a str>) -> Given {
    given([register("huis", Kind::Nachtopvang), confirm("huis")]).and(places.into_iter().map(|id| add("huis", id)))
}

impl Given {
    #[track_caller]
    pub(super) fn and(&self, commands: impl IntoIterator<Item = Command>) -> Self {
        commands.into_iter().fold(self.clone(), |story, command| story.when(command).then_done())
    }

    /// The clock says something else.
    pub(super) fn at(&self, now: Timestamp) -> Self {
        Self { now, ..self.clone() }
    }

    pub(super) fn later(&self, by: SignedDuration) -> Self {
        self.at(self.now + by)
    }

    pub(super) fn when(&self, command: Command) -> Outcome {
        let commands = self.commands + 1;
        let decided = decide(region(), &self.state, &command, self.now, Uuid::from_u128(commands));
        let mut after = Self { commands, ..self.clone() };
        decided.iter().flatten().for_each(|event| after.state.evolve(event, self.now));
        Outcome { decided, command, after }
    }

    #[track_caller]
    pub(super) fn site(&self, id: &str) -> &Site {
        self.state.sites.get(&location(id)).unwrap()
    }

    #[track_caller]
    pub(super) fn figures(&self, id: &str) -> Figures {
        self.site(id).figures().unwrap()
    }

    /// Free places of `huis`.
    #[track_caller]
    pub(super) fn free(&self) -> u32 {
        self.figures("huis").free()
    }

    #[track_caller]
    pub(super) fn place(&self, place_id: &str) -> &PlaceState {
        &self.site("huis").place(&place(place_id)).unwrap().state
    }

    /// Who has a place of `huis`.
    #[track_caller]
    pub(super) fn stay_in(&self, place_id: &str) -> UserId {
        self.site("huis").place(&place(place_id)).unwrap().user().unwrap().clone()
    }
}

/// What became of a command.
#[derive(Debug)]
pub(super) struct Outcome {
    decided: Result<Vec<Event>, Refusal>,
    command: Command,
    after: Given,
}

impl Outcome {
    #[track_caller]
    pub(super) fn then_done(self) -> Given {
        assert!(self.decided.is_ok(), "{:?} was refused: {:?}", self.command, self.decided);
        self.after
    }

    #[track_caller]
    pub(super) fn then_events(self, expected: usize) -> Vec<Event> {
        let events = self.decided.unwrap();
        assert_eq!(events.len(), expected, "{events:?}");
        events
    }

    #[track_caller]
    pub(super) fn then_event_list(self) -> Vec<Event> {
        self.decided.unwrap()
    }

    #[track_caller]
    pub(super) fn then_refused(self, reason: &str) -> Refusal {
        let refusal = self.decided.unwrap_err();
        assert_eq!(refusal.reason(), reason, "{refusal}");
        refusal
    }

    #[track_caller]
    pub(super) fn then_answers(self) -> Answer {
        crate::domain::answer_to(&opvang().region, &self.after.state, &self.command, &self.decided.unwrap())
    }
}
