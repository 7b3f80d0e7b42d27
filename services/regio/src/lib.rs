//! The aggregator of one region. It builds the picture from published reports only, and it can lose everything: the
//! truth is in the services' logs, and it comes back to exactly that. It never writes to a service.
//!
//! - [`board`] is the picture: a pure fold in which the newest version of a location wins;
//! - [`incoming`] reads a message strictly; what cannot be read is parked;
//! - [`store`] keeps board, history and the place in the stream in one transaction;
//! - [`aggregator`] is the one task that changes them; [`consumer`] and [`heal`] bring it reports, from the bus and
//!   from the services' feeds;
//! - [`find`], [`overview`] and [`watch`] answer from the board, [`flow`] counts what reports tell of who comes and goes,
//!   [`series`] what there was over time; [`api`] is gRPC.

pub mod aggregator;
pub mod api;
pub mod board;
pub mod consumer;
pub mod find;
pub mod flow;
pub mod heal;
pub mod incoming;
pub mod overview;
pub mod progress;
pub mod series;
pub mod store;
pub mod watch;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use eventlog::LogError;
use identity::{Tokens, Verifier};
use model::region::Region;
use proto::regio::v1::regio_service_server::RegioServiceServer;
use service::bus::{self, BusError};
use service::grpc::{self, LARGEST_REQUEST, ServeError};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tracing::info;

use crate::aggregator::Aggregator;
use crate::store::Store;

/// The token of this service on the command line.
pub const NAME: &str = "regio";
/// Most batches of reports that may wait for the aggregator.
const MOST_WAITING: usize = 4;

/// What the aggregator is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where board and history are kept: `sqlite:file` or `postgres://…`.
    pub database_url: String,
    /// Its bus.
    pub bus: bus::Options,
    /// Its region.
    pub region: Arc<Region>,
    /// Addresses of the services' feeds, such as `http://127.0.0.1:4102`.
    pub feeds: Vec<String>,
    /// Whose tokens it believes.
    pub verifier: Arc<Verifier>,
    /// Its own, to read the feeds with.
    pub tokens: Tokens,
}

/// Why the aggregator ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its database.
    #[error("the aggregator's database failed")]
    Store(#[from] LogError),
    /// Its server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Its bus.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Runs the aggregator until told to stop.
pub async fn run(config: Config, listener: TcpListener, stop: CancellationToken) -> Result<(), RunError> {
    let stop = stop.child_token();
    let store = Store::open(&config.database_url).await?;
    let (inbox, batches) = mpsc::channel(MOST_WAITING);
    let (aggregator, picture) = Aggregator::load(store.clone(), service::clock::system()).await?;
    let jetstream = bus::jetstream(bus::connect(&config.bus, NAME).await?);

    let (mut health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status("", ServingStatus::Serving).await;
    let feeds = heal::Feeds::new(&config.feeds, config.tokens, inbox.clone(), picture.clone());
    let api = api::Api::new(store, picture.clone(), Arc::clone(&config.region), feeds.clone(), stop.clone());
    let server = RegioServiceServer::new(api).max_decoding_message_size(LARGEST_REQUEST);
    let health_service = health_service.max_decoding_message_size(LARGEST_REQUEST);
    let routes = Routes::new(server).add_service(health_service);
    info!(service = NAME, address = ?listener.local_addr().ok(), locations = picture.now().board.len(), "Ready");

    let consuming = tokio::spawn(consumer::run(jetstream, inbox, picture, stop.clone()));
    let healing = tokio::spawn(heal::run(feeds, stop.clone()));
    let aggregating = async {
        let aggregated = aggregator.run(batches, stop.clone()).await;
        // Without a database there is no picture to serve.
        stop.cancel();
        // Ends whoever watches it; nobody else would.
        health.clear_service_status("").await;
        aggregated
    };
    let (aggregated, served) = tokio::join!(aggregating, grpc::serve(listener, routes, config.verifier, stop.clone()));
    // Both end by themselves once `stop` is cancelled.
    let _ = tokio::join!(consuming, healing);
    aggregated?;
    served?;
    Ok(())
}
