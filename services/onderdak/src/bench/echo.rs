//! The floor of gRPC: a tonic server that does nothing, in a process of its own as a service is. It serves the
//! contract of the feed: `Head` gives a canned answer; `Read` with `after` 0 listens to a fan-out, and with a number
//! sends that number to everybody who listens, in a message of `limit` bytes.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use futures::stream::{self, BoxStream, StreamExt as _};
use proto::feed::v1::feed_service_client::FeedServiceClient;
use proto::feed::v1::feed_service_server::{FeedService, FeedServiceServer};
use proto::feed::v1::{HeadRequest, HeadResponse, ReadRequest, ReadResponse};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::sync::broadcast;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Channel, Endpoint, Server};
use tonic::{Request, Response, Status};

use super::child::{Child, Kind};
use super::failed;
use super::load::Caller;
use crate::{Exit, Failure};

/// Messages a listener may be behind.
const MOST_BEHIND: usize = 4_096;

/// The server's side.
struct Echo(broadcast::Sender<ReadResponse>);

#[tonic::async_trait]
impl FeedService for Echo {
    type ReadStream = BoxStream<'static, Result<ReadResponse, Status>>;

    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<Self::ReadStream>, Status> {
        let ReadRequest { after, limit } = request.into_inner();
        if after == 0 {
            let heard = stream::unfold(self.0.subscribe(), |mut listener| async {
                let heard = listener.recv().await.map_err(|lost| Status::data_loss(lost.to_string()));
                Some((heard, listener))
            });
            return Ok(Response::new(heard.boxed()));
        }
        let cloud_event = vec![b'x'; usize::try_from(limit).unwrap_or(0)];
        // Nobody listening is not an error.
        let _ = self.0.send(ReadResponse { position: after, subject: String::new(), cloud_event });
        Ok(Response::new(stream::empty().boxed()))
    }

    async fn head(&self, _request: Request<HeadRequest>) -> Result<Response<HeadResponse>, Status> {
        Ok(Response::new(HeadResponse { service: "echo".to_owned(), position: 1, published: 1 }))
    }
}

/// Serves until the input is closed; prints its address first.
pub(super) async fn serve() -> Result<(), Failure> {
    let incoming = TcpIncoming::bind(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(failed)?;
    let incoming = incoming.with_nodelay(Some(true));
    println!("http://{}", incoming.local_addr().map_err(failed)?);
    let serving = Server::builder().add_service(FeedServiceServer::new(Echo(broadcast::channel(MOST_BEHIND).0)));
    // Whoever started it holds the other end: when that process is gone, so is this one.
    let closed = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()));
    tokio::select! {
        served = serving.serve_with_incoming(incoming) => served.map_err(failed),
        _ = closed => Ok(()),
    }
}

/// A running echo.
pub(super) struct Floor {
    /// Its process.
    pub(super) child: Child,
    url: String,
}

impl Floor {
    /// Starts one.
    pub(super) async fn start(folder: &Path) -> Result<Self, Failure> {
        let mut child = Child::start(folder, Kind::Single, &["bench", "--echo"])?;
        let mut url = String::new();
        if let Some(output) = child.output() {
            let mut lines = BufReader::new(output);
            let read = lines.read_line(&mut url);
            let read = tokio::time::timeout(Duration::from_secs(10), read);
            read.await.map_err(|_| Failure::new(Exit::Start, "de kale tonic-dienst start niet"))?.map_err(failed)?;
        }
        Ok(Self { child, url: url.trim().to_owned() })
    }

    /// A client on a connection of its own.
    pub(super) fn client(&self) -> Result<FeedServiceClient<Channel>, Failure> {
        let endpoint = Endpoint::from_shared(self.url.clone()).map_err(failed)?;
        Ok(FeedServiceClient::new(endpoint.tcp_nodelay(true).connect_lazy()))
    }

    /// So many callers over so many connections.
    pub(super) fn callers(&self, callers: usize, connections: usize) -> Result<Vec<impl Caller>, Failure> {
        let clients = (0..connections).map(|_| self.client()).collect::<Result<Vec<_>, _>>()?;
        Ok(clients.into_iter().cycle().take(callers).map(EchoCaller).collect())
    }
}

struct EchoCaller(FeedServiceClient<Channel>);

impl Caller for EchoCaller {
    async fn call(&mut self) -> Result<(), Status> {
        self.0.head(HeadRequest {}).await.map(drop)
    }
}
