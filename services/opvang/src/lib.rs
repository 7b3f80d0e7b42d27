//! The service of the shelters of one region: named places and counted people, of every kind but the logeerplek.
//! Staff checks people in and out, reserves for tonight, moves people, counts heads and confirms the stand; daily
//! stands come in from lists. A place that comes free is offered to whose turn it is on its waiting list; planned capacity
//! takes effect by itself; a gemeente opens its winteropvang. What is not answered or not taken up in time the clock ends.
//!
//! [`domain`] holds the rules and nothing else; [`api`] turns gRPC into commands and answers into messages. The log,
//! the bus and the server are those of every service.

pub mod api;
pub mod domain;

use std::sync::Arc;

use eventlog::{Envelope, Keep, Report};
use jiff::Timestamp;
use model::decision::Evolve as _;
use model::id::{LocationId, PlaceId, UserId};
use model::region::Region;
use model::sealed::{Sealed, Sort};
use proto::opvang::v1::opvang_service_server::OpvangServiceServer;
use serde::{Deserialize, Serialize};
use service::cover::Keeper;
use service::owner::{self, RunError};
use service::{call, cover, grpc};
use tokio::net::TcpListener;
use tonic::service::Routes;
use uuid::Uuid;

use crate::domain::{Command, Event, Refusal, State, StayView, WaitingView};

/// The token of this service in subjects and on the command line.
pub const NAME: &str = "opvang";

/// Runs the service until told to stop.
pub async fn run(
    config: owner::Config,
    listener: TcpListener,
    stop: tokio_util::sync::CancellationToken,
) -> Result<(), RunError> {
    let domain = Opvang { region: Arc::clone(&config.region) };
    let region = config.region.id.clone();
    let routes = |log| {
        let server = OpvangServiceServer::new(api::Api::new(log)).max_decoding_message_size(grpc::LARGEST_REQUEST);
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
pub struct Opvang {
    /// The region it serves.
    pub region: Arc<Region>,
}

/// What a command answers; stored with its command id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What became of a stay or a reservation.
    Stay {
        /// The stay.
        stay: Box<StayView>,
        /// Preferences that are not met.
        remarks: Vec<String>,
    },
    /// What became of a location.
    Receipt {
        /// The location.
        location: String,
        /// Its version.
        version: u64,
    },
    /// What became of somebody on a waiting list.
    Waiting(Box<WaitingView>),
    /// A plan, and who would be in its way.
    Plan {
        /// The plan.
        plan: UserId,
        /// When it takes effect.
        due: Timestamp,
        /// Places in use whose stay does not end before.
        places: Vec<PlaceId>,
        /// People above the capacity.
        people: u32,
        /// People who wait for a kind of place that is not there any more then.
        #[serde(default)]
        waiting: u32,
    },
    /// The winteropvang was opened or closed.
    Surge {
        /// At so many locations.
        locations: usize,
        /// So many reservations and offers were given back.
        #[serde(default)]
        given_back: usize,
    },
    /// What became of a daily stand.
    Stand {
        /// False when exactly this stand was known.
        changed: bool,
    },
    /// Time passed.
    Ticked,
}

impl call::Houses for Opvang {
    fn is_confidential(state: &State, location: &LocationId) -> bool {
        state.sites.get(location).is_ok_and(|site| site.profile.kind.is_confidential())
    }
}

impl eventlog::Domain for Opvang {
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

    fn erased(&self, sort: &str, id: Uuid) -> Option<Command> {
        (sort == Sort::Client.name()).then(|| Command::ClientErased { client: Sealed::kept(id) })
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
