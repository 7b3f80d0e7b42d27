//! Listening for browsers: limits on connections, on how long a head and a whole request may take, and a drain that ends.
//! It must not know a page.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

/// Most connections at a time; a further one waits in the kernel's queue.
const MOST_CONNECTIONS: usize = 20_000;
/// How long the head of a request may take; whoever is slower takes up the room of others.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long a stop waits for requests that are under way.
const DRAIN_WITHIN: Duration = Duration::from_secs(15);
/// Wait after an accept that failed, as when there are no file handles left.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// Serves until told to stop, then drains. Streams must end by themselves when `stop` is cancelled.
pub(crate) async fn serve(listener: TcpListener, routes: Router, stop: CancellationToken) {
    let free = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                warn!(%error, "A connection could not be accepted");
                tokio::time::sleep(AGAIN_AFTER).await;
                continue;
            }
        };
        let permit = tokio::select! {
            permit = Arc::clone(&free).acquire_owned() => permit,
            () = stop.cancelled() => break,
        };
        let serving = connection(stream, routes.clone(), &graceful);
        tokio::spawn(async move {
            let _permit = permit;
            serving.await;
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WITHIN, graceful.shutdown()).await.is_err() {
        warn!("Requests were still under way when the drain ended; their connections are cut");
    }
}

fn connection(
    stream: TcpStream,
    routes: Router,
    graceful: &GracefulShutdown,
) -> impl Future<Output = ()> + Send + 'static {
    // A change of somebody else must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(64 * 1024);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(Some(Duration::from_secs(20)))
        .keep_alive_timeout(Duration::from_secs(10))
        .max_concurrent_streams(128)
        .max_header_list_size(16 * 1024);
    let watcher = graceful.watcher();
    async move {
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes));
        let connection = pin!(watcher.watch(connection.into_owned()));
        if let Err(error) = connection.await {
            debug!(error, "A connection broke off");
        }
    }
}
