//! The smallest domain that reports: how many beds a location counts. It knows nothing of a bus.

use std::collections::BTreeMap;

use eventlog::{Domain, Envelope, Report};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Everything is reported on subjects below this.
const SUBJECT: &str = "onderdak.v1.testland.beds.gm0001";

#[derive(Debug)]
pub(crate) struct Beds;

/// How often each location was counted, and the beds of the last time.
pub(crate) type State = BTreeMap<String, (u64, u32)>;

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Command {
    /// Counts the beds of one location.
    Count {
        location: String,
        beds: u32,
    },
    /// Counts as many locations at once, in one commit.
    CountAll {
        locations: u32,
    },
    /// A report of which the data has as many bytes more.
    CountLong {
        location: String,
        bytes: u32,
    },
    Tick {},
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    Counted { location: String, beds: u32, bytes: u32 },
}

#[derive(Debug, Clone, Serialize, Deserialize, thiserror::Error)]
#[error("nothing is ever refused here")]
pub(crate) struct Never;

impl Domain for Beds {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Answer = ();
    type Refusal = Never;

    fn decide(&self, _state: &State, command: &Command, _envelope: &Envelope) -> Result<Vec<Event>, Never> {
        let counted = |location: String, beds, bytes| Event::Counted { location, beds, bytes };
        Ok(match command.clone() {
            Command::Count { location, beds } => vec![counted(location, beds, 0)],
            Command::CountAll { locations } => (0..locations).map(|n| counted(format!("many-{n}"), n, 0)).collect(),
            Command::CountLong { location, bytes } => vec![counted(location, 1, bytes)],
            Command::Tick {} => Vec::new(),
        })
    }

    fn evolve(state: &mut State, event: &Event, _at: Timestamp) {
        let Event::Counted { location, beds, .. } = event;
        let (version, last) = state.entry(location.clone()).or_default();
        *version += 1;
        *last = *beds;
    }

    fn answer(&self, _state: &State, _command: &Command, _events: &[Event]) {}

    fn stream(event: &Event) -> &str {
        let Event::Counted { location, .. } = event;
        location
    }

    fn report(&self, state: &State, events: &[&Event], position: u64) -> Option<Report> {
        let Event::Counted { location, bytes, .. } = events.last()?;
        let (version, beds) = state.get(location)?;
        let filling = "x".repeat(usize::try_from(*bytes).ok()?);
        let data = serde_json::json!({
            "location": location, "version": version, "beds": beds, "position": position, "filling": filling,
        });
        Some(Report { subject: subject(location), data: data.to_string() })
    }

    fn next_due(_state: &State) -> Option<Timestamp> {
        None
    }

    fn tick(&self) -> Command {
        Command::Tick {}
    }
}

/// Where the reports of a location go.
pub(crate) fn subject(location: &str) -> String {
    format!("{SUBJECT}.{location}")
}
