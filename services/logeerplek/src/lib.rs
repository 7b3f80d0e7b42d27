//! The service of the logeerplekken of one region. A dispatcher finds a place that fits and claims it; the location
//! accepts, the client arrives, and leaves again. What nobody answers and whoever does not come is seen to by the
//! clock.
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
use proto::logeerplek::v1::logeerplek_service_server::LogeerplekServiceServer;
use serde::{Deserialize, Serialize};
use service::cover::Keeper;
use service::owner::{self, RunError};
use service::{call, cover, grpc};
use tokio::net::TcpListener;
use tonic::service::Routes;
use uuid::Uuid;

use crate::domain::{ClaimView, Command, Event, Refusal, State};

/// The token of this service in subjects and on the command line.
pub const NAME: &str = "logeerplek";

/// Runs the service until told to stop.
pub async fn run(
    config: owner::Config,
    listener: TcpListener,
    stop: tokio_util::sync::CancellationToken,
) -> Result<(), RunError> {
    let domain = Logeerplek { region: Arc::clone(&config.region) };
    let region = config.region.id.clone();
    let routes = |log| {
        let server = LogeerplekServiceServer::new(api::Api::new(log)).max_decoding_message_size(grpc::LARGEST_REQUEST);
        Routes::new(server)
    };
    let command = |gemeente, told, heard| Command::HearCover { gemeente, told, heard };
    owner::run_beside(NAME, domain, config, listener, stop, routes, move |log, jetstream, stop| {
        cover::run(Keeper { log, heard: |state| state.heard.as_ref(), command }, jetstream, region, stop)
    })
    .await
}

/// The log's side of the service: which rules, which report.
#[derive(Debug, Clone)]
pub struct Logeerplek {
    /// The region it serves.
    pub region: Arc<Region>,
}

/// What a command answers; stored with its command id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What became of a claim.
    Claim(Box<ClaimView>),
    /// The best place, claimed; and why it fits.
    Best {
        /// The claim.
        claim: Box<ClaimView>,
        /// Why the place fits.
        why: Vec<String>,
        /// Distance as the crow flies.
        metres: Option<u32>,
    },
    /// Nothing fits; the demand was recorded.
    NothingFits,
    /// A place fits, but nobody comes in there now; the demand was recorded.
    NothingOpen {
        /// The nearest such location.
        location: LocationId,
        /// Why nobody comes in.
        why: Box<Refusal>,
    },
    /// What became of a location.
    Receipt {
        /// The location.
        location: String,
        /// Its version.
        version: u64,
    },
    /// Unmet demand was recorded.
    Unmet {
        /// How often so far.
        total: u64,
    },
    /// Time passed.
    Ticked,
}

impl call::Houses for Logeerplek {
    fn is_confidential(state: &State, location: &LocationId) -> bool {
        state.sites.get(location).is_ok_and(|site| site.profile.kind.is_confidential())
    }
}

impl eventlog::Domain for Logeerplek {
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
        domain::answer_to(&self.region, state, command, events)
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
