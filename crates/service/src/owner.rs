//! Runs a service that owns a log: opens it, feeds the bus from it, serves it, and stops in order. Every such
//! service is this function with its own rules and routes. It must not know a rule of the service.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use eventlog::{Domain, EventLog, LogError, Report};
use identity::Verifier;
use model::region::Region;
use model::report;
use proto::audit::v1::audit_service_server::AuditServiceServer;
use proto::availability::v1::AvailabilityReported;
use proto::feed::v1::feed_service_server::FeedServiceServer;
use proto::privacy::v1::privacy_service_server::PrivacyServiceServer;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tracing::info;

use crate::audit::Audit;
use crate::bus::BusError;
use crate::feed::Feed;
use crate::grpc::{self, LARGEST_REQUEST, ServeError};
use crate::privacy::{self, Privacy};
use crate::relay::{self, Identity, Progress};
use crate::{bus, clock, cloudevent};

/// How often readiness is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What such a service is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where its log is: `sqlite:file` or `postgres://…`.
    pub database_url: String,
    /// Its bus.
    pub bus: bus::Options,
    /// Its region.
    pub region: Arc<Region>,
    /// Whose tokens it believes.
    pub verifier: Arc<Verifier>,
}

/// Why a service ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its log.
    #[error("the event log failed")]
    Log(#[from] LogError),
    /// Its server.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Its bus.
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Runs a service until told to stop.
pub async fn run<D: Domain>(
    service: &'static str,
    domain: D,
    config: Config,
    listener: TcpListener,
    stop: CancellationToken,
    routes: impl FnOnce(EventLog<D>) -> Routes,
) -> Result<(), RunError> {
    run_beside(service, domain, config, listener, stop, routes, |_, _, _| async {}).await
}

/// Runs a service that does something beside answering, such as listening to another one: that gets the log, the bus
/// and the stop signal, and must end when that says so.
pub async fn run_beside<D: Domain, F: Future<Output = ()> + Send + 'static>(
    service: &'static str,
    domain: D,
    config: Config,
    listener: TcpListener,
    stop: CancellationToken,
    routes: impl FnOnce(EventLog<D>) -> Routes,
    beside: impl FnOnce(EventLog<D>, Context, CancellationToken) -> F,
) -> Result<(), RunError> {
    // A service that fails stops itself; whoever runs several decides about the others.
    let stop = stop.child_token();
    let (log, writer) = eventlog::open(domain, eventlog::Options::new(&config.database_url), clock::system()).await?;
    let source = cloudevent::source(&config.region.oin, service);
    let identity = Identity { service, region: config.region.id.clone(), source };
    let progress = Progress::default();
    let jetstream = bus::jetstream(bus::connect(&config.bus, service).await?);

    let (health, health_service) = tonic_health::server::health_reporter();
    let feed = Feed::new(log.outbox(), identity.clone(), progress.clone());
    let feed = FeedServiceServer::new(feed).max_decoding_message_size(LARGEST_REQUEST);
    let health_service = health_service.max_decoding_message_size(LARGEST_REQUEST);
    let privacy = Privacy::new(log.clone(), service, Arc::clone(&config.region));
    let privacy = PrivacyServiceServer::new(privacy).max_decoding_message_size(LARGEST_REQUEST);
    let audit = AuditServiceServer::new(Audit::new(log.clone(), service)).max_decoding_message_size(LARGEST_REQUEST);
    let routes =
        routes(log.clone()).add_service(feed).add_service(privacy).add_service(audit).add_service(health_service);
    info!(service, address = ?listener.local_addr().ok(), position = log.view().position, "Ready");

    // The writer stops last: calls that are under way still get their answers.
    let (stop_relay, stop_writer) = (stop.child_token(), CancellationToken::new());
    let ageing = Privacy::new(log.clone(), service, Arc::clone(&config.region));
    let ageing = tokio::spawn(privacy::run(ageing, stop.clone()));
    let beside = tokio::spawn(beside(log.clone(), jetstream.clone(), stop.clone()));
    let relaying = tokio::spawn(relay::run(log.outbox(), jetstream, identity, progress, stop_relay));
    let watching = tokio::spawn(tell_readiness(log, service, health, stop.clone()));
    let serving = async {
        let served = grpc::serve(listener, routes, Arc::clone(&config.verifier), stop.clone()).await;
        stop_writer.cancel();
        served
    };
    let (written, served) = tokio::join!(
        async {
            let written = writer.run(stop_writer.clone()).await;
            // A log that cannot go on ends the service.
            stop.cancel();
            written
        },
        serving
    );
    // All end by themselves once `stop` is cancelled.
    let _ = tokio::join!(relaying, watching, ageing, beside);
    written?;
    served?;
    Ok(())
}

/// The report of a service as its log keeps it; the position is its number in the feed.
pub fn report(service: &str, mut message: AvailabilityReported, position: u64) -> Option<Report> {
    message.position = position;
    let data = serde_json::to_string(&message).ok()?;
    Some(Report { subject: report::subject(&message, service), data })
}

/// Readiness tells the truth: the log can be written.
async fn tell_readiness<D: Domain>(
    log: EventLog<D>,
    service: &'static str,
    mut health: tonic_health::server::HealthReporter,
    stop: CancellationToken,
) {
    let mut ready = None;
    loop {
        let looked = tokio::time::timeout(Duration::from_secs(3), log.check_writable()).await;
        let now = matches!(looked, Ok(Ok(())));
        if ready.replace(now) != Some(now) {
            let status = if now { ServingStatus::Serving } else { ServingStatus::NotServing };
            health.set_service_status("", status).await;
            if !now {
                tracing::warn!(service, "The event log cannot be written; not ready");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => {
                health.set_service_status("", ServingStatus::NotServing).await;
                // Ends whoever watches it; nobody else would.
                health.clear_service_status("").await;
                return;
            }
        }
    }
}
