//! What the tests of the model start from: ids, moments, profiles, and a small given/when/then over sites.
//! It must not hold a rule of the domain: those are in the tests.

use std::sync::LazyLock;

use jiff::Timestamp;

use crate::criteria::Criteria;
use crate::geo::Coordinates;
use crate::id::{Gemeente, LocationId, PlaceId, Pool, RegionId, UserId};
use crate::intake::Window;
use crate::kind::Kind;
use crate::place::Transition;
use crate::profile::{ClaimPolicy, PlaceProfile, Profile};
use crate::region::Region;
use crate::sealed::Sealed;
use crate::site::{Site, SiteCommand, SiteEvent, SiteRefusal, Sites};

pub(crate) fn location(raw: &str) -> LocationId {
    LocationId::parse(raw).unwrap()
}

pub(crate) fn place(raw: &str) -> PlaceId {
    PlaceId::parse(raw).unwrap()
}

pub(crate) fn pool(raw: &str) -> Pool {
    Pool::parse(raw).unwrap()
}

pub(crate) fn user(raw: &str) -> UserId {
    UserId::parse(raw).unwrap()
}

pub(crate) fn gemeente(raw: &str) -> Gemeente {
    Gemeente::parse(raw).unwrap()
}

pub(crate) fn flevoland() -> RegionId {
    region().id.clone()
}

/// The gemeenten of the region of the tests.
pub(crate) const GEMEENTEN: [&str; 3] = ["gm0034", "gm0303", "gm0995"];

/// A region with three gemeenten and nothing else.
pub(crate) fn region() -> &'static Region {
    static REGION: LazyLock<Region> = LazyLock::new(|| {
        let head = "id = 'flevoland'\nname = 'Flevoland'\ntime_zone = 'Europe/Amsterdam'\ncentrumgemeente = 'gm0034'\n";
        let oin = "oin = '00000000000000000000'\n";
        let gemeente = |code| {
            format!("[[gemeente]]\ncode = '{code}'\nname = 'G'\nlatitude = 52.0\nlongitude = 5.0\ninhabitants = 1\n")
        };
        Region::parse(&[head.to_owned(), oin.to_owned(), GEMEENTEN.map(gemeente).concat()].concat(), "test").unwrap()
    });
    &REGION
}

pub(crate) fn moment(raw: &str) -> Timestamp {
    raw.parse().unwrap()
}

/// The moment at which nothing special happens.
pub(crate) fn noon() -> Timestamp {
    moment("2026-02-03T12:00:00Z")
}

/// A location with every field filled in, so that what must be left out is there to leak.
pub(crate) fn profile(kind: Kind) -> Profile {
    let rules = kind.rules();
    Profile {
        name: "De Zilvermeeuw".into(),
        kind,
        gemeente: gemeente("gm0034"),
        provider: "Stichting Windkracht".into(),
        phone: "036 123 45 67".into(),
        coordinates: Some(Coordinates::parse(52.3508, 5.2647).unwrap()),
        freshness_goal_minutes: rules.freshness_goal_minutes,
        criteria: Criteria::default(),
        intake_windows: vec![Window::parse(1, 540, 1020).unwrap()],
        claim_policy: ClaimPolicy::Confirm,
        counting: rules.counting,
        max_stay_days: Some(90),
        fictief: true,
        needs_night_cover: rules.needs_night_cover,
        night_cover_opens: false,
    }
}

/// A place for a household of at most four, which every kind takes.
pub(crate) fn place_profile(pool_name: &str) -> PlaceProfile {
    let criteria = Criteria { max_household: Some(4), ..Criteria::default() };
    PlaceProfile { label: "Kamer".into(), pool: pool(pool_name), criteria, also_pools: Vec::new(), financing: None }
}

pub(crate) fn register(id: &str, kind: Kind) -> SiteCommand {
    let public_id = if kind.is_confidential() { location("x7f3") } else { location(id) };
    SiteCommand::Register { location: location(id), public_id, profile: profile(kind) }
}

pub(crate) fn add(id: &str, place_id: &str) -> SiteCommand {
    add_in(id, place_id, "ambulant")
}

pub(crate) fn add_in(id: &str, place_id: &str, pool_name: &str) -> SiteCommand {
    SiteCommand::AddPlace { location: location(id), place: place(place_id), profile: place_profile(pool_name) }
}

pub(crate) fn take_out(id: &str, place_id: &str) -> SiteCommand {
    let reason = Sealed::fixed("lekkage");
    SiteCommand::TakeOut { location: location(id), place: place(place_id), reason, until: None }
}

pub(crate) fn confirm(id: &str) -> SiteCommand {
    SiteCommand::Confirm { location: location(id) }
}

pub(crate) fn hold(by: &str) -> Transition {
    Transition::Hold { by: user(by), until: None }
}

pub(crate) fn occupy(by: &str) -> Transition {
    Transition::Occupy { by: user(by), until: None }
}

pub(crate) fn release(by: &str) -> Transition {
    Transition::Release { by: user(by) }
}

/// Sites in the middle of a story.
#[derive(Debug, Clone)]
pub(crate) struct Given(pub(crate) Sites);

/// Sites on which these commands were carried out at noon.
#[track_caller]
pub(crate) fn given(commands: impl IntoIterator<Item = SiteCommand>) -> Given {
    Given(Sites::default()).and(commands)
}

/// A logeerplek `huis` with free places, confirmed at noon.
#[track_caller]
pub(crate) fn given_places<'a>(places: impl IntoIterator<Item = &'a str>) -> Given {
    let added = places.into_iter().map(|id| add("huis", id));
    given([register("huis", Kind::Logeerplek), confirm("huis")].into_iter().chain(added))
}

impl Given {
    #[track_caller]
    pub(crate) fn and(mut self, commands: impl IntoIterator<Item = SiteCommand>) -> Self {
        for command in commands {
            for event in self.0.decide(region(), &command, noon()).unwrap() {
                self.0.evolve(&event, noon());
            }
        }
        self
    }

    /// Moves a place of `huis` on, as a service does it.
    #[track_caller]
    pub(crate) fn moved(self, place_id: &str, transition: &Transition) -> Self {
        self.moved_at(noon(), place_id, transition)
    }

    #[track_caller]
    pub(crate) fn moved_at(mut self, at: Timestamp, place_id: &str, transition: &Transition) -> Self {
        self.check(place_id, transition).unwrap();
        self.0.apply(&location("huis"), &place(place_id), transition, at);
        self
    }

    pub(crate) fn check(&self, place_id: &str, transition: &Transition) -> Result<(), SiteRefusal> {
        self.0.get(&location("huis"))?.check(&place(place_id), transition).map(|_| ())
    }

    pub(crate) fn when(&self, command: SiteCommand) -> Outcome {
        Outcome(self.0.decide(region(), &command, noon()))
    }

    #[track_caller]
    pub(crate) fn site(&self, id: &str) -> &Site {
        self.0.get(&location(id)).unwrap()
    }

    /// Free places of `huis`.
    #[track_caller]
    pub(crate) fn free(&self) -> u32 {
        self.site("huis").figures().unwrap().free()
    }
}

/// What became of a command.
#[derive(Debug)]
pub(crate) struct Outcome(Result<Vec<SiteEvent>, SiteRefusal>);

impl Outcome {
    #[track_caller]
    pub(crate) fn then_refused(self, refusal: SiteRefusal) {
        assert_eq!(self.0, Err(refusal));
    }

    #[track_caller]
    pub(crate) fn then_accepted(self) {
        assert_eq!(self.0.map(|events| events.len()), Ok(1));
    }
}
