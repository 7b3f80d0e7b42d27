//! A stop: calls under way are answered, streams end, new callers are refused, and it takes no longer than its limit.
//! The last tests run a whole service, with the health that others watch.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use model::region::Region;
use proto::feed::v1::feed_service_client::FeedServiceClient;
use proto::feed::v1::feed_service_server::{FeedService, FeedServiceServer};
use proto::feed::v1::{HeadRequest, HeadResponse, ReadRequest, ReadResponse};
use service::bus;
use service::grpc::{self, LARGEST_REQUEST, ServeError};
use service::owner::{self, Config, RunError};
use testkit::{SECONDS_2, SECONDS_10, TempDir, wait_for};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status};
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::beds::Beds;
use crate::grpc::{call_with, channel, known, verifier};

/// What design and the grace period of production allow a stop.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// A feed of which a call lasts until it is let go, and a stream until the stop, or for ever.
#[derive(Clone, Default)]
struct Slow {
    entered: Arc<Notify>,
    let_go: Arc<Notify>,
    stop: CancellationToken,
}

#[tonic::async_trait]
impl FeedService for Slow {
    type ReadStream = BoxStream<'static, Result<ReadResponse, Status>>;

    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<Self::ReadStream>, Status> {
        let first = stream::iter([Ok(ReadResponse::default())]);
        if request.into_inner().limit == 0 {
            return Ok(Response::new(first.chain(stream::pending()).boxed()));
        }
        let stop = self.stop.clone();
        Ok(Response::new(first.chain(stream::pending().take_until(stop.cancelled_owned())).boxed()))
    }

    async fn head(&self, _request: Request<HeadRequest>) -> Result<Response<HeadResponse>, Status> {
        self.entered.notify_one();
        self.let_go.notified().await;
        Ok(Response::new(HeadResponse { position: 17, ..HeadResponse::default() }))
    }
}

async fn listener() -> (TcpListener, String) {
    let listener = grpc::bind("127.0.0.1:0".parse().expect("an address")).expect("loopback has a free port");
    let address = listener.local_addr().expect("a bound socket has an address").to_string();
    (listener, address)
}

async fn serve_slowly() -> (Slow, Channel, String, JoinHandle<Result<(), ServeError>>) {
    let (listener, address) = listener().await;
    let slow = Slow::default();
    let routes = Routes::new(FeedServiceServer::new(slow.clone()));
    let serving = tokio::spawn(grpc::serve(listener, routes, verifier(), slow.stop.clone()));
    (slow, channel(&address).await, address, serving)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_ends_streams_and_answers_the_calls_under_way() {
    let (slow, channel, address, serving) = serve_slowly().await;
    let mut client = FeedServiceClient::new(known(channel));
    let mut stream = client.read(ReadRequest { after: 0, limit: 1 }).await.expect("a stream").into_inner();
    assert!(stream.message().await.expect("the stream goes well").is_some());
    let calling = tokio::spawn(async move { client.head(HeadRequest {}).await });
    slow.entered.notified().await;
    slow.stop.cancel();
    let ended = timeout(SECONDS_10, stream.message()).await.expect("the stream ends");
    assert!(ended.expect("the stream ends well").is_none());
    wait_for("new callers to be refused", SECONDS_10, async || match tokio::net::TcpStream::connect(&address).await {
        Ok(_) => Err("one was accepted".to_owned()),
        Err(_) => Ok(()),
    })
    .await;
    slow.let_go.notify_one();
    let answer = calling.await.expect("no panic").expect("the call under way is answered");
    assert_eq!(answer.into_inner().position, 17);
    timeout(SECONDS_10, serving).await.expect("the drain ends").expect("no panic").expect("it served well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_without_callers_is_immediate() {
    let (slow, channel, _, serving) = serve_slowly().await;
    drop(channel);
    slow.stop.cancel();
    timeout(SECONDS_2, serving).await.expect("the drain ends").expect("no panic").expect("it served well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_never_ends_is_cut_when_the_limit_of_the_stop_is_over() {
    let (slow, channel, _, serving) = serve_slowly().await;
    let mut client = FeedServiceClient::new(known(channel));
    let mut stream = client.read(ReadRequest { after: 0, limit: 0 }).await.expect("a stream").into_inner();
    assert!(stream.message().await.expect("the stream goes well").is_some());
    slow.stop.cancel();
    timeout(STOP_WITHIN, serving).await.expect("the drain ends").expect("no panic").expect("it served well");
    let cut = timeout(SECONDS_2, stream.message()).await;
    assert!(cut.is_ok(), "the stream is still open after the service has ended");
}

/// A whole service on a log of its own, with a bus that is away.
struct Whole {
    stop: CancellationToken,
    running: JoinHandle<Result<(), RunError>>,
    channel: Channel,
    _dir: TempDir,
}

impl Whole {
    async fn start() -> Self {
        let regions = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/regions/flevoland.toml");
        let region = Arc::new(Region::read(&regions).expect("a region of ours"));
        let (dir, stop) = (TempDir::new("whole"), CancellationToken::new());
        let bus = bus::Options { url: "nats://127.0.0.1:1".to_owned(), nkey_seed: None, region: region.id.clone() };
        let database_url = format!("sqlite:{}", dir.join("log.db").display());
        let config = Config { database_url, bus, region, verifier: verifier() };
        let (listener, address) = listener().await;
        let running = owner::run("beds", Beds, config, listener, stop.clone(), |_| Routes::default());
        let running = tokio::spawn(running);
        Self { stop, running, channel: channel(&address).await, _dir: dir }
    }

    /// Stops it and gives how long that took.
    async fn stop(self) -> Duration {
        let asked = Instant::now();
        self.stop.cancel();
        let ended = timeout(STOP_WITHIN, self.running).await.expect("the service stops within its limit");
        ended.expect("no panic").expect("it ran well");
        asked.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_without_a_bus_is_ready_and_tells_its_head() {
    let whole = Whole::start().await;
    let mut health = HealthClient::new(whole.channel.clone());
    wait_for("the service to be ready", SECONDS_10, async || {
        let answer = health.check(HealthCheckRequest { service: String::new() }).await;
        let status = answer.map_err(|status| status.to_string())?.into_inner().status;
        if status == ServingStatus::Serving as i32 { Ok(()) } else { Err(format!("status {status}")) }
    })
    .await;
    let head =
        FeedServiceClient::new(known(whole.channel.clone())).head(HeadRequest {}).await.expect("a head").into_inner();
    assert_eq!((head.service.as_str(), head.position, head.published), ("beds", 0, 0));
    whole.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_stops_at_once_though_somebody_watches_its_health() {
    let whole = Whole::start().await;
    let watching = HealthClient::new(whole.channel.clone()).watch(HealthCheckRequest { service: String::new() }).await;
    let mut watching = watching.expect("health can be watched").into_inner();
    assert!(watching.message().await.expect("the stream goes well").is_some());
    let took = whole.stop().await;
    assert!(took < SECONDS_10, "the stop took {took:?}: the watch did not end when the service stopped");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_service_of_a_server_refuses_a_request_that_is_too_large() {
    let whole = Whole::start().await;
    let mut taken = Vec::new();
    for path in
        ["/onderdak.feed.v1.FeedService/Head", "/onderdak.feed.v1.FeedService/Read", "/grpc.health.v1.Health/Check"]
    {
        let code = call_with(whole.channel.clone(), path, LARGEST_REQUEST).await.err().map(|status| status.code());
        if code != Some(Code::OutOfRange) {
            taken.push((path, code));
        }
    }
    assert!(taken.is_empty(), "requests above {LARGEST_REQUEST} bytes are taken by {taken:?}");
}
