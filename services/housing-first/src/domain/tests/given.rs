//! What the tests start from: a region, a morning, and a small given/when/then over commands. It must not hold a rule
//! of the domain: those are in the tests.

use std::sync::{Arc, LazyLock};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use model::decision::Evolve as _;
use model::id::{Gemeente, UserId};
use model::refusal::Refusal as _;
use model::region::Region;
use model::sealed::Sealed;
use uuid::Uuid;

use crate::domain::{Command, Event, Refusal, Stage, State, StopReason, decide};

const REGION: &str = "
id = 'flevoland'
name = 'Flevoland'
time_zone = 'Europe/Amsterdam'
centrumgemeente = 'gm0034'
oin = '00000000000000000000'
rules = { housing_first_cap = 4 }
gemeente = [
  { code = 'gm0034', name = 'Almere', latitude = 52.37, longitude = 5.22, inhabitants = 220000 },
  { code = 'gm0303', name = 'Dronten', latitude = 52.52, longitude = 5.72, inhabitants = 43000 },
  { code = 'gm0995', name = 'Lelystad', latitude = 52.51, longitude = 5.47, inhabitants = 80000 },
]
";

pub(super) const ALMERE: &str = "gm0034";
pub(super) const DRONTEN: &str = "gm0303";

/// A region in which four slots may be used.
pub(super) fn region() -> &'static Region {
    static PARSED: LazyLock<Region> = LazyLock::new(|| Region::parse(REGION, "test").unwrap());
    &PARSED
}

/// The same region with another cap.
pub(super) fn region_with_cap(cap: u32) -> Region {
    let text = REGION.replace("housing_first_cap = 4", &format!("housing_first_cap = {cap}"));
    Region::parse(&text, "test").unwrap()
}

pub(super) fn gemeente(code: &str) -> Gemeente {
    Gemeente::parse(code).unwrap()
}

/// A client, as the log knows one: by an id of the look-up table.
pub(super) fn client(name: &str) -> Sealed {
    Sealed::kept(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

pub(super) fn morning() -> Timestamp {
    "2026-02-03T09:00:00+01:00".parse().unwrap()
}

pub(super) fn allocate(code: &str, slots: u32) -> Command {
    Command::SetAllocation { gemeente: gemeente(code), slots }
}

pub(super) fn move_slots(from: &str, to: &str, slots: u32) -> Command {
    Command::MoveSlots { from: gemeente(from), to: gemeente(to), slots }
}

pub(super) fn register(who: &str, code: &str) -> Command {
    Command::Register { client: client(who), gemeente: gemeente(code), provider: "Kwintes".into(), on: None }
}

pub(super) fn advance(traject: &UserId, to: Stage) -> Command {
    let corporatie = (to == Stage::WoningToegewezen).then(|| Arc::from("Ymere"));
    Command::Advance { traject: traject.clone(), to, on: None, corporatie }
}

pub(super) fn stop(traject: &UserId, reason: StopReason) -> Command {
    Command::Stop { traject: traject.clone(), reason, text: None, on: None }
}

pub(super) fn take_back(traject: &UserId) -> Command {
    Command::TakeBack { traject: traject.clone() }
}

pub(super) fn transfer(traject: &UserId, code: &str) -> Command {
    Command::Transfer { traject: traject.clone(), to: gemeente(code) }
}

/// The service in the middle of a story.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) state: State,
    pub(super) now: Timestamp,
    pub(super) log: Vec<(Event, Timestamp)>,
    commands: u128,
}

#[track_caller]
pub(super) fn given(commands: impl IntoIterator<Item = Command>) -> Given {
    Given { state: State::default(), now: morning(), log: Vec::new(), commands: 0 }.and(commands)
}

impl Given {
    #[track_caller]
    pub(super) fn and(&self, commands: impl IntoIterator<Item = Command>) -> Self {
        commands.into_iter().fold(self.clone(), |story, command| story.when(command).then_done())
    }

    pub(super) fn days_later(&self, days: i64) -> Self {
        Self { now: self.now + SignedDuration::from_hours(24 * days), ..self.clone() }
    }

    pub(super) fn today(&self) -> Date {
        self.now.to_zoned(region().time_zone.clone()).date()
    }

    pub(super) fn when(&self, command: Command) -> Outcome {
        let commands = self.commands + 1;
        let decided = decide(region(), &self.state, &command, self.now, Uuid::from_u128(commands));
        let mut after = Self { commands, ..self.clone() };
        for event in decided.iter().flatten() {
            after.state.evolve(event, self.now);
            after.log.push((event.clone(), self.now));
        }
        Outcome { decided, command, after }
    }

    /// The traject of a client that did not end.
    #[track_caller]
    pub(super) fn traject(&self, who: &str) -> UserId {
        self.state.traject_of(&client(who)).unwrap().id.clone()
    }

    /// A traject goes through every stage up to this one, a day each.
    #[track_caller]
    pub(super) fn reaches(&self, who: &str, stage: Stage) -> Self {
        let id = self.traject(who);
        let steps = Stage::ALL.into_iter().filter(|next| *next > Stage::Aangemeld && *next <= stage);
        steps.fold(self.clone(), |story, next| story.days_later(1).and([advance(&id, next)]))
    }

    pub(super) fn used(&self, code: &str) -> u32 {
        self.state.used(&gemeente(code))
    }

    pub(super) fn slots(&self, code: &str) -> u32 {
        self.state.slots(&gemeente(code))
    }
}

/// What became of a command.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) decided: Result<Vec<Event>, Refusal>,
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
    pub(super) fn then_refused(self, reason: &str) -> Refusal {
        let refusal = self.decided.unwrap_err();
        assert_eq!(refusal.reason(), reason, "{refusal}");
        assert!(refusal.to_string().ends_with('.'), "not a sentence: {refusal}");
        refusal
    }
}
