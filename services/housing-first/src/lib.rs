//! The service of Housing First in one region: somebody is registered, waits, gets a home, and is supported in it for
//! as long as that takes. Each gemeente has slots, the region has a cap, and both are hard limits. The monitor of the
//! pilot is computed from what was recorded.
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
use proto::housing_first::v1::housing_first_service_server::HousingFirstServiceServer;
use serde::{Deserialize, Serialize};
use service::owner::{self, RunError};
use service::{call, grpc};
use tokio::net::TcpListener;
use tonic::service::Routes;
use uuid::Uuid;

use crate::domain::{AllocationView, Command, Event, Refusal, State, TrajectView};

/// The token of this service in subjects and on the command line.
pub const NAME: &str = "housing-first";

/// Runs the service until told to stop.
pub async fn run(
    config: owner::Config,
    listener: TcpListener,
    stop: tokio_util::sync::CancellationToken,
) -> Result<(), RunError> {
    let domain = HousingFirst { region: Arc::clone(&config.region) };
    owner::run(NAME, domain, config, listener, stop, |log| {
        let server = HousingFirstServiceServer::new(api::Api::new(log));
        let server = server.max_decoding_message_size(grpc::LARGEST_REQUEST);
        Routes::new(server)
    })
    .await
}

/// The log's side of the service: which rules, which report.
#[derive(Debug, Clone)]
pub struct HousingFirst {
    /// The region it serves.
    pub region: Arc<Region>,
}

/// What a command answers; stored with its command id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What became of a traject.
    Traject(Box<TrajectView>),
    /// What became of the slots of one gemeente, or of two.
    Allocations(Vec<AllocationView>),
    /// Time passed.
    Ticked,
}

impl call::Houses for HousingFirst {
    /// It has no locations: its trajecten are of a gemeente.
    fn is_confidential(_: &State, _: &LocationId) -> bool {
        false
    }
}

impl eventlog::Domain for HousingFirst {
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
