//! A guest house: as small as a domain can be that has a capacity, refusals, timers, answers and reports. It knows
//! nothing of the log it is tested with.

use std::collections::BTreeMap;

use eventlog::{Domain, Envelope, Report};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Houses of which the name begins so are never reported.
pub(crate) const HIDDEN: &str = "hidden";

#[derive(Debug)]
pub(crate) struct Inn;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) houses: BTreeMap<String, House>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct House {
    pub(crate) beds: u32,
    /// How many guests were ever admitted.
    pub(crate) admitted: u64,
    /// Who is there, and until when.
    pub(crate) guests: BTreeMap<String, Option<Timestamp>>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    Open { house: String, beds: u32 },
    Admit { house: String, guest: String, until: Option<Timestamp> },
    Leave { house: String, guest: String },
    Tick {},
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Opened { house: String, beds: u32 },
    Admitted { house: String, guest: String, until: Option<Timestamp>, booking: Uuid },
    Left { house: String, guest: String },
}

/// Deciding a command a second time would give another answer: the count differs, and the booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub(crate) admitted: u64,
    pub(crate) booking: Option<Uuid>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refusal {
    #[error("the house has no bed left of {beds}")]
    Full { beds: u32 },
    #[error("there is no such house")]
    NoSuchHouse,
    #[error("the house was opened before")]
    AlreadyOpen,
    #[error("the guest is there already")]
    AlreadyThere,
    #[error("the guest is not there")]
    NotThere,
}

impl Domain for Inn {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Answer = Answer;
    type Refusal = Refusal;

    fn decide(&self, state: &State, command: &Command, envelope: &Envelope) -> Result<Vec<Event>, Refusal> {
        match command.clone() {
            Command::Open { house, .. } if state.houses.contains_key(&house) => Err(Refusal::AlreadyOpen),
            Command::Open { house, beds } => Ok(vec![Event::Opened { house, beds }]),
            Command::Admit { house, guest, until } => {
                state.house(&house)?.admits(&guest)?;
                Ok(vec![Event::Admitted { house, guest, until, booking: envelope.new_id }])
            }
            Command::Leave { house, guest } if state.house(&house)?.guests.contains_key(&guest) => {
                Ok(vec![Event::Left { house, guest }])
            }
            Command::Leave { .. } => Err(Refusal::NotThere),
            Command::Tick {} => Ok(state.due(envelope.at)),
        }
    }

    fn evolve(state: &mut State, event: &Event, _at: Timestamp) {
        let house = state.houses.entry(Self::stream(event).to_owned()).or_default();
        match event {
            Event::Opened { beds, .. } => house.beds = *beds,
            Event::Admitted { guest, until, .. } => {
                house.admitted += 1;
                house.guests.insert(guest.clone(), *until);
            }
            Event::Left { guest, .. } => drop(house.guests.remove(guest)),
        }
    }

    fn answer(&self, state: &State, _command: &Command, events: &[Event]) -> Answer {
        let admitted = state.houses.values().map(|house| house.admitted).sum();
        let booking = events.iter().find_map(|event| match event {
            Event::Admitted { booking, .. } => Some(*booking),
            Event::Opened { .. } | Event::Left { .. } => None,
        });
        Answer { admitted, booking }
    }

    fn stream(event: &Event) -> &str {
        match event {
            Event::Opened { house, .. } | Event::Admitted { house, .. } | Event::Left { house, .. } => house,
        }
    }

    fn report(&self, state: &State, events: &[&Event], position: u64) -> Option<Report> {
        let name = Self::stream(events.first()?);
        (!name.starts_with(HIDDEN)).then(|| report(state, name, position))
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        state.houses.values().flat_map(|house| house.guests.values()).flatten().min().copied()
    }

    fn tick(&self) -> Command {
        Command::Tick {}
    }
}

/// The report of one house, with the number it has in the feed.
pub(crate) fn report(state: &State, name: &str, position: u64) -> Report {
    let House { beds, admitted, guests } = state.houses.get(name).cloned().unwrap_or_default();
    let data = serde_json::json!({
        "house": name, "position": position, "beds": beds, "admitted": admitted, "guests": guests.len(),
    });
    Report { subject: format!("inn.{name}"), data: data.to_string() }
}

impl State {
    fn house(&self, name: &str) -> Result<&House, Refusal> {
        self.houses.get(name).ok_or(Refusal::NoSuchHouse)
    }

    fn due(&self, at: Timestamp) -> Vec<Event> {
        let guests = self.houses.iter().flat_map(|(name, house)| house.guests.iter().map(move |guest| (name, guest)));
        let due = guests.filter(|(_, (_, until))| until.is_some_and(|until| until <= at));
        due.map(|(house, (guest, _))| Event::Left { house: house.clone(), guest: guest.clone() }).collect()
    }
}

impl House {
    fn admits(&self, guest: &str) -> Result<(), Refusal> {
        if self.guests.contains_key(guest) {
            return Err(Refusal::AlreadyThere);
        }
        if self.guests.len() >= self.beds as usize { Err(Refusal::Full { beds: self.beds }) } else { Ok(()) }
    }
}
