//! What the tests start from: a region, an evening, and a small given/when/then over commands. It must not hold a rule
//! of the domain: those are in the tests.

use std::sync::LazyLock;

use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Timestamp};
use model::decision::Evolve as _;
use model::id::{Gemeente, UserId};
use model::night::Period;
use model::refusal::Refusal as _;
use model::region::Region;
use model::sealed::Sealed;
use uuid::Uuid;

use crate::domain::{Command, Event, Picture, Refusal, Role, Shift, ShiftPlan, State, Urgency, decide};

const REGION: &str = "
id = 'flevoland'
name = 'Flevoland'
time_zone = 'Europe/Amsterdam'
centrumgemeente = 'gm0034'
oin = '00000000000000000000'
gemeente = [
  { code = 'gm0034', name = 'Almere', latitude = 52.37, longitude = 5.22, inhabitants = 220000 },
  { code = 'gm0303', name = 'Dronten', latitude = 52.52, longitude = 5.72, inhabitants = 43000 },
]
";

pub(super) const ALMERE: &str = "gm0034";
pub(super) const DRONTEN: &str = "gm0303";
/// A Tuesday on which nothing special happens.
pub(super) const TODAY: Date = date(2026, 2, 3);

pub(super) fn region() -> &'static Region {
    static PARSED: LazyLock<Region> = LazyLock::new(|| Region::parse(REGION, "test").unwrap());
    &PARSED
}

pub(super) fn gemeente(code: &str) -> Gemeente {
    Gemeente::parse(code).unwrap()
}

pub(super) fn moment(raw: &str) -> Timestamp {
    raw.parse().unwrap()
}

pub(super) fn evening() -> Timestamp {
    moment("2026-02-03T16:00:00+01:00")
}

/// Somebody, or a text, as the log knows it: by an id of the look-up table.
pub(super) fn sealed(name: &str) -> Sealed {
    Sealed::kept(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

pub(super) fn at(hour: i8, minute: i8) -> Time {
    Time::constant(hour, minute, 0, 0)
}

/// A shift for Almere on a day, between two whole hours.
pub(super) fn plan(on: Date, from: i8, until: i8) -> ShiftPlan {
    ShiftPlan {
        team: "team Zuid".into(),
        gemeenten: vec![gemeente(ALMERE)],
        on,
        from: at(from, 0),
        until: at(until, 0),
        medewerkers: 1,
        coordinators: 0,
    }
}

pub(super) fn plan_shift(plan: ShiftPlan) -> Command {
    Command::PlanShift { plan }
}

pub(super) fn assign(shift: &UserId, who: &str) -> Command {
    assign_as(shift, who, Role::Medewerker)
}

pub(super) fn assign_as(shift: &UserId, who: &str, role: Role) -> Command {
    Command::Assign { shift: shift.clone(), staff: sealed(who), role, overrides: None }
}

pub(super) fn receive(code: &str) -> Command {
    Command::ReceiveMelding { gemeente: gemeente(code), urgency: Urgency::Hoog, text: sealed("onrust") }
}

/// The service in the middle of a story.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) state: State,
    pub(super) now: Timestamp,
    commands: u128,
}

#[track_caller]
pub(super) fn given(commands: impl IntoIterator<Item = Command>) -> Given {
    Given { state: State::default(), now: evening(), commands: 0 }.and(commands)
}

impl Given {
    #[track_caller]
    pub(super) fn and(&self, commands: impl IntoIterator<Item = Command>) -> Self {
        commands.into_iter().fold(self.clone(), |story, command| story.when(command).then_done())
    }

    pub(super) fn at(&self, now: &str) -> Self {
        Self { now: moment(now), ..self.clone() }
    }

    pub(super) fn later(&self, minutes: i64) -> Self {
        Self { now: self.now + SignedDuration::from_mins(minutes), ..self.clone() }
    }

    pub(super) fn when(&self, command: Command) -> Outcome {
        let commands = self.commands + 1;
        let decided = decide(region(), &self.state, &command, self.now, Uuid::from_u128(commands));
        let mut after = Self { commands, ..self.clone() };
        decided.iter().flatten().for_each(|event| after.state.evolve(event, self.now));
        Outcome { decided, command, after }
    }

    /// A shift is planned, and these people are on it.
    #[track_caller]
    pub(super) fn with(&self, plan: ShiftPlan, people: &[&str]) -> (Self, UserId) {
        let events = self.when(plan_shift(plan.clone())).decided.unwrap();
        let Event::ShiftPlanned { shift, .. } = &events[0] else { panic!("{events:?}") };
        (people.iter().fold(self.and([plan_shift(plan)]), |story, who| story.and([assign(shift, who)])), shift.clone())
    }

    #[track_caller]
    pub(super) fn shift(&self, id: &UserId) -> &Shift {
        self.state.shift(id).unwrap()
    }

    /// What is known of a gemeente in the coming days.
    pub(super) fn picture(&self, code: &str, days: i64) -> Picture {
        let until = self.now + SignedDuration::from_hours(24 * days);
        self.state.picture(region(), &gemeente(code), self.now, self.now, until)
    }

    /// The gaps of Almere in the coming 24 hours.
    pub(super) fn gaps(&self) -> Vec<Period> {
        self.picture(ALMERE, 1).gaps
    }
}

pub(super) fn period(from: &str, until: &str) -> Period {
    Period { from: moment(from), until: moment(until) }
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

    /// Which gemeenten were told of.
    #[track_caller]
    pub(super) fn told(&self) -> Vec<&str> {
        let events = self.decided.as_ref().unwrap();
        events.iter().filter_map(Event::gemeente).map(Gemeente::as_str).collect()
    }
}
