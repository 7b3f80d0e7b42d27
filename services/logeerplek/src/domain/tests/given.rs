//! What the tests of the rules start from: a region, houses, moments, and a small given/when/then. It must not
//! hold a rule of the domain: those are in the tests.

use jiff::{SignedDuration, Timestamp};
use model::criteria::{Criteria, Needs};
use model::decision::Evolve as _;
use model::geo::Coordinates;
use model::id::{Gemeente, LocationId, PlaceId, Pool, UserId};
use model::intake::Window;
use model::kind::{Counting, Kind};
use model::place::{Place, PlaceState};
use model::profile::{ClaimPolicy, PlaceProfile, Profile};
use model::refusal::Refusal as _;
use model::region::Region;
use model::sealed::Sealed;
use model::site::{Site, SiteCommand};
use uuid::Uuid;

use crate::domain::{Claim, Command, Event, Refusal, Search, State, Status, decide};

const FLEVOLAND: &str = r#"
id = "flevoland"
name = "Flevoland"
time_zone = "Europe/Amsterdam"
centrumgemeente = "gm0034"
oin = "00000000000000000000"
[[gemeente]]
code = "gm0034"
name = "Almere"
latitude = 52.37
longitude = 5.22
inhabitants = 230000
[[gemeente]]
code = "gm0303"
name = "Dronten"
latitude = 52.525
longitude = 5.718
inhabitants = 44000
"#;

pub(super) fn flevoland() -> Region {
    Region::parse(FLEVOLAND, "flevoland.toml").unwrap()
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
    Sealed::kept(fresh(raw, u8::MAX))
}

pub(super) fn gemeente(raw: &str) -> Gemeente {
    Gemeente::parse(raw).unwrap()
}

pub(super) fn moment(raw: &str) -> Timestamp {
    raw.parse().unwrap()
}

/// A Tuesday evening, 22:00 in Flevoland.
pub(super) fn evening() -> Timestamp {
    moment("2026-02-03T21:00:00Z")
}

/// The first claim of a client.
pub(super) fn claim_of(client: &str) -> UserId {
    model::id::made(fresh(client, 0))
}

/// An id that tells whose claim it is, and which.
fn fresh(client: &str, nth: u8) -> Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(client.bytes()).for_each(|(byte, of_client)| *byte = of_client);
    bytes[15] = nth;
    Uuid::from_bytes(bytes)
}

/// A location with its places.
#[derive(Debug, Clone)]
pub(super) struct House {
    pub(super) id: &'static str,
    pub(super) profile: Profile,
    places: Vec<(String, PlaceProfile)>,
    confirmed: bool,
}

/// A logeerplek in Almere that takes everybody at once, and has these places.
pub(super) fn house<const N: usize>(id: &'static str, places: [&str; N]) -> House {
    let profile = Profile {
        name: id.into(),
        kind: Kind::Logeerplek,
        gemeente: gemeente("gm0034"),
        provider: "Stichting Windkracht".into(),
        phone: "036 123 45 67".into(),
        coordinates: Some(Coordinates::parse(52.37, 5.22).unwrap()),
        freshness_goal_minutes: 480,
        criteria: Criteria::default(),
        intake_windows: Vec::new(),
        claim_policy: ClaimPolicy::Direct,
        counting: Counting::Places,
        max_stay_days: None,
        fictief: true,
        needs_night_cover: false,
        night_cover_opens: false,
    };
    let house = House { id, profile, places: Vec::new(), confirmed: true };
    places.into_iter().fold(house, |house, place| house.with_place(place, "ambulant", Criteria::default()))
}

impl House {
    pub(super) fn with_place(mut self, id: &str, pool_name: &str, criteria: Criteria) -> Self {
        let profile = PlaceProfile {
            label: format!("Kamer {id}").into(),
            pool: pool(pool_name),
            criteria,
            also_pools: Vec::new(),
            financing: None,
        };
        self.places.push((id.to_owned(), profile));
        self
    }

    /// Its last place is offered in this pool as well.
    pub(super) fn also_in(mut self, pool_name: &str) -> Self {
        let last = self.places.last_mut().unwrap();
        last.1.also_pools.push(pool(pool_name));
        self
    }

    /// It answers each claim itself (bevestigen).
    pub(super) fn confirms(mut self) -> Self {
        self.profile.claim_policy = ClaimPolicy::Confirm;
        self
    }

    pub(super) fn takes(mut self, criteria: Criteria) -> Self {
        self.profile.criteria = criteria;
        self
    }

    /// So many kilometres north of the middle of Almere.
    pub(super) fn km_away(mut self, kilometres: f64) -> Self {
        self.profile.coordinates = Some(Coordinates::parse(52.37 + kilometres / 111.195, 5.22).unwrap());
        self
    }

    pub(super) fn open(mut self, windows: &[(u32, u32, u32)]) -> Self {
        let window = |(day, from, until): &(u32, u32, u32)| Window::parse(*day, *from, *until).unwrap();
        self.profile.intake_windows = windows.iter().map(window).collect();
        self
    }

    pub(super) fn never_confirmed(mut self) -> Self {
        self.confirmed = false;
        self
    }

    /// What beheer and staff ask to make it so.
    pub(super) fn commands(self) -> Vec<SiteCommand> {
        let id = location(self.id);
        let register =
            SiteCommand::Register { location: id.clone(), public_id: id.clone(), profile: self.profile.clone() };
        let add = |(place_id, profile): (String, PlaceProfile)| SiteCommand::AddPlace {
            location: id.clone(),
            place: place(&place_id),
            profile,
        };
        let confirm = self.confirmed.then(|| SiteCommand::Confirm { location: id.clone() });
        std::iter::once(register).chain(self.places.into_iter().map(add)).chain(confirm).collect()
    }
}

/// Somebody who asks for nothing special, for one night.
pub(super) fn anybody() -> Needs {
    Needs { nights: 1, ..Needs::default() }
}

pub(super) fn claim(location_id: &str, place_id: &str, who: &str) -> Command {
    claim_for(anybody(), location_id, place_id, who)
}

pub(super) fn claim_for(needs: Needs, location_id: &str, place_id: &str, who: &str) -> Command {
    let (location, place, client) = (location(location_id), place(place_id), client(who));
    Command::Claim { location, place, client, needs, hold_minutes: None }
}

/// The best place for somebody in the middle of Almere.
pub(super) fn claim_best(who: &str) -> Command {
    claim_best_for(anybody(), who)
}

pub(super) fn claim_best_for(needs: Needs, who: &str) -> Command {
    let search = Search { gemeente: Some(gemeente("gm0034")), ..Search::default() };
    Command::ClaimBest { client: client(who), needs, search, hold_minutes: None }
}

/// The same claim, with a hold of so many minutes.
pub(super) fn kept_for(minutes: u32, mut command: Command) -> Command {
    if let Command::Claim { hold_minutes, .. } | Command::ClaimBest { hold_minutes, .. } = &mut command {
        *hold_minutes = Some(minutes);
    }
    command
}

pub(super) fn confirm(location_id: &str) -> Command {
    Command::Site(SiteCommand::Confirm { location: location(location_id) })
}

pub(super) fn take_out(location_id: &str, place_id: &str) -> Command {
    let reason = Sealed::fixed("lekkage");
    Command::Site(SiteCommand::TakeOut { location: location(location_id), place: place(place_id), reason, until: None })
}

/// The service in the middle of a story.
#[derive(Debug, Clone)]
pub(super) struct Story {
    pub(super) region: Region,
    pub(super) state: State,
    pub(super) at: Timestamp,
}

/// Houses that were made, and confirmed where nothing else is said, on a Tuesday evening.
#[track_caller]
pub(super) fn given<const N: usize>(houses: [House; N]) -> Story {
    given_at(evening(), houses)
}

#[track_caller]
pub(super) fn given_at<const N: usize>(at: Timestamp, houses: [House; N]) -> Story {
    let story = Story { region: flevoland(), state: State::default(), at };
    houses.into_iter().flat_map(House::commands).map(Command::Site).fold(story, Story::and)
}

impl Story {
    /// Something that may be asked, and happened.
    #[track_caller]
    pub(super) fn and(self, command: Command) -> Self {
        self.when(command).accepted()
    }

    pub(super) fn later(mut self, minutes: i64) -> Self {
        self.at += SignedDuration::from_mins(minutes);
        self
    }

    /// Time passed, and the clock of the log was looked at.
    #[track_caller]
    pub(super) fn after(self, minutes: i64) -> Self {
        self.later(minutes).and(Command::Tick)
    }

    pub(super) fn when(mut self, command: Command) -> Outcome {
        let before = self.state.clone();
        let new_id = self.new_id(&command);
        let result = decide(&self.region, &self.state, &command, self.at, new_id);
        for event in result.iter().flatten() {
            self.state.evolve(event, self.at);
        }
        Outcome { story: self, before, result }
    }

    fn new_id(&self, command: &Command) -> Uuid {
        let (Command::Claim { client, .. } | Command::ClaimBest { client, .. }) = command else { return Uuid::nil() };
        let named = client.id().unwrap().into_bytes();
        let mut ids = (0..u8::MAX).map(|nth| {
            let mut bytes = named;
            bytes[15] = nth;
            Uuid::from_bytes(bytes)
        });
        ids.find(|id| self.state.claim(&model::id::made(*id)).is_none()).unwrap()
    }

    #[track_caller]
    pub(super) fn site(&self, id: &str) -> &Site {
        self.state.sites.get(&location(id)).unwrap()
    }

    #[track_caller]
    pub(super) fn place(&self, location_id: &str, place_id: &str) -> &Place {
        self.site(location_id).place(&place(place_id)).unwrap()
    }

    /// The word for the state of a place.
    #[track_caller]
    pub(super) fn door(&self, location_id: &str, place_id: &str) -> &'static str {
        match self.place(location_id, place_id).state {
            PlaceState::Free => "vrij",
            PlaceState::Held { .. } => "gereserveerd",
            PlaceState::Occupied { .. } => "bezet",
            PlaceState::OutOfService { .. } => "buiten gebruik",
        }
    }

    #[track_caller]
    pub(super) fn free(&self, location_id: &str) -> u32 {
        self.site(location_id).figures().unwrap().free()
    }

    /// The first claim of a client.
    #[track_caller]
    pub(super) fn claim(&self, who: &str) -> &Claim {
        self.state.claim(&claim_of(who)).unwrap()
    }

    #[track_caller]
    pub(super) fn status(&self, who: &str) -> Status {
        self.claim(who).status
    }

    /// Which place the first claim of a client has, or had last.
    #[track_caller]
    pub(super) fn offered(&self, who: &str) -> (&str, &str) {
        let offer = &self.claim(who).offer;
        (offer.location.as_str(), offer.place.as_str())
    }
}

/// What became of a command.
#[derive(Debug)]
pub(super) struct Outcome {
    story: Story,
    before: State,
    pub(super) result: Result<Vec<Event>, Refusal>,
}

impl Outcome {
    /// Refused with this machine reason and a sentence; nothing changed.
    #[track_caller]
    pub(super) fn then_refused(self, reason: &str) -> Story {
        let refusal = self.result.unwrap_err();
        assert_eq!(refusal.reason(), reason, "{refusal}");
        assert!(refusal.to_string().ends_with('.'), "not a sentence: {refusal}");
        assert_eq!(self.story.state, self.before, "a refused command changes nothing");
        self.story
    }

    /// Whatever happened.
    #[track_caller]
    pub(super) fn accepted(self) -> Story {
        self.result.unwrap();
        self.story
    }

    /// Refused with exactly this sentence.
    #[track_caller]
    pub(super) fn then_refused_saying(self, reason: &str, sentence: &str) -> Story {
        assert_eq!(self.result.as_ref().unwrap_err().to_string(), sentence);
        self.then_refused(reason)
    }

    /// These events happened, by the names they are stored under.
    #[track_caller]
    pub(super) fn then<const N: usize>(self, names: [&str; N]) -> Story {
        let happened: Vec<String> = self.result.unwrap().iter().map(name).collect();
        assert_eq!(happened, names);
        self.story
    }

    /// Exactly this event happened.
    #[track_caller]
    pub(super) fn then_exactly(self, event: Event) -> Story {
        assert_eq!(self.result, Ok(vec![event]));
        self.story
    }
}

/// The name an event is stored under.
pub(super) fn name(event: &Event) -> String {
    let json = serde_json::to_value(event).unwrap();
    json.as_object().and_then(|event| event.keys().next()).unwrap().clone()
}
