//! The avond- en nachtdienst of one region: who is there when, for which gemeenten, what comes in at night and what
//! came of it, and how the night is handed over. When somebody is there is published the moment it is known, also a gap
//! three days ahead.
//!
//! [`domain`] holds the rules and nothing else; [`api`] turns gRPC into commands and answers into messages. The log,
//! the bus and the server are those of every service.

pub mod api;
pub mod domain;

use std::sync::Arc;

use eventlog::{Envelope, Keep, Report};
use jiff::Timestamp;
use model::decision::Evolve as _;
use model::id::LocationId;
use model::region::Region;
use model::sealed::{Sealed, Sort};
use proto::nachtdienst::v1::nachtdienst_service_server::NachtdienstServiceServer;
use serde::{Deserialize, Serialize};
use service::owner::{self, RunError};
use service::{call, grpc};
use tokio::net::TcpListener;
use tonic::service::Routes;
use uuid::Uuid;

use crate::domain::{Breach, Command, Event, MeldingView, Refusal, ShiftView, State};

/// The token of this service in subjects and on the command line.
pub const NAME: &str = "nachtdienst";

/// Runs the service until told to stop.
pub async fn run(
    config: owner::Config,
    listener: TcpListener,
    stop: tokio_util::sync::CancellationToken,
) -> Result<(), RunError> {
    let domain = Nachtdienst { region: Arc::clone(&config.region) };
    owner::run(NAME, domain, config, listener, stop, |log| {
        let server = NachtdienstServiceServer::new(api::Api::new(log));
        let server = server.max_decoding_message_size(grpc::LARGEST_REQUEST);
        Routes::new(server)
    })
    .await
}

/// The log's side of the service: which rules, which report.
#[derive(Debug, Clone)]
pub struct Nachtdienst {
    /// The region it serves.
    pub region: Arc<Region>,
}

/// What a command answers; stored with its command id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What became of shifts, and the rules that were overridden.
    Shifts {
        /// The shifts.
        shifts: Vec<ShiftView>,
        /// The rules.
        overridden: Vec<Breach>,
    },
    /// What became of a melding.
    Melding {
        /// The melding.
        melding: Box<MeldingView>,
        /// Whether somebody is there for its gemeente.
        covered: bool,
    },
    /// Remarks since the last handover.
    Remarks(u32),
    /// The night was handed over, or that was taken back or accepted, at this moment.
    Handover(Timestamp),
    /// Somebody is better from this moment on.
    Better(Timestamp),
    /// Time passed.
    Ticked,
}

impl call::Houses for Nachtdienst {
    /// It has no locations: its teams are of gemeenten.
    fn is_confidential(_: &State, _: &LocationId) -> bool {
        false
    }
}

impl eventlog::Domain for Nachtdienst {
    type State = State;
    type Command = Command;
    type Event = Event;
    type Answer = Answer;
    type Refusal = Refusal;

    fn seal(command: &mut Command, keep: &mut Keep<'_>) {
        command.seal(keep);
    }

    fn needs(state: &State) -> Vec<Uuid> {
        state.needs()
    }

    /// Nobody counts any more on who was erased.
    fn erased(&self, sort: &str, id: Uuid) -> Option<Command> {
        (sort == Sort::Staff.name()).then(|| Command::StaffErased { staff: Sealed::kept(id) })
    }

    fn decide(&self, state: &State, command: &Command, envelope: &Envelope) -> Result<Vec<Event>, Refusal> {
        domain::decide(&self.region, state, command, envelope.at, envelope.new_id)
    }

    fn evolve(state: &mut State, event: &Event, at: Timestamp) {
        state.evolve(event, at);
    }

    fn answer(&self, state: &State, command: &Command, events: &[Event]) -> Answer {
        domain::answer_to(state, command, events)
    }

    fn stream(event: &Event) -> &str {
        event.stream()
    }

    fn report(&self, state: &State, events: &[&Event], position: u64) -> Option<Report> {
        owner::report(NAME, domain::report(&self.region, state, events)?, position)
    }

    fn next_due(state: &State) -> Option<Timestamp> {
        state.next_due()
    }

    fn tick(&self) -> Command {
        Command::Tick
    }
}
