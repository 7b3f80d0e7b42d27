//! Serving gRPC: limits on everything, health that tells the truth, a drain that ends. Until connections between machines
//! are encrypted it listens on loopback only: a token must not be read on its way.

use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use identity::Verifier;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::{Connected, TcpConnectInfo};

use crate::guard::Guard;

/// Largest request, in bytes.
pub const LARGEST_REQUEST: usize = 1024 * 1024;
/// Longest time a unary call may take.
const CALL_WITHIN: Duration = Duration::from_secs(15);
/// Most connections at a time.
const MOST_CONNECTIONS: usize = 4_096;
/// Most connections that wait to be accepted; the kernel may allow fewer.
const MOST_WAITING: u32 = 4_096;
/// How long a new connection may take to say that it speaks HTTP/2; whoever is silent takes up the room of others.
const GREETING_WITHIN: Duration = Duration::from_secs(10);
/// What a client says first at the least: the preface of HTTP/2 and the head of its settings.
const GREETING: usize = 24 + 9;
/// Most calls under way on one connection.
const MOST_STREAMS: u32 = 256;
/// How long a stop waits for calls that are under way.
const DRAIN_WITHIN: Duration = Duration::from_secs(15);

/// Why a service cannot listen or stopped serving.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Only loopback until connections are encrypted.
    #[error(
        "{address} is geen adres van deze machine zelf; tot verbindingen versleuteld zijn luistert Onderdak alleen op 127.0.0.1"
    )]
    NotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The port is taken, or may not be used.
    #[error("poort {address} is niet vrij")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The server failed.
    #[error("the gRPC server failed")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptors of the contracts are damaged.
    #[error("the contracts cannot be described")]
    Descriptors(#[from] tonic_reflection::server::Error),
}

/// Takes the socket of a service.
pub fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    if !address.ip().is_loopback() {
        return Err(ServeError::NotLoopback { address });
    }
    let listen = || {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        // The port of a service that just stopped can be had again.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        // After a restart every dashboard comes back at once: they wait, and are not reset.
        socket.listen(MOST_WAITING)
    };
    listen().map_err(|source| ServeError::Bind { address, source })
}

/// Serves until told to stop, then drains. Streams must end by themselves when `stop` is cancelled.
pub async fn serve(
    listener: TcpListener,
    mut routes: Routes,
    verifier: Arc<Verifier>,
    stop: CancellationToken,
) -> Result<(), ServeError> {
    let reflection =
        tonic_reflection::server::Builder::configure().register_encoded_file_descriptor_set(proto::DESCRIPTORS);
    routes = routes.add_service(reflection.build_v1()?.max_decoding_message_size(LARGEST_REQUEST));
    let server = Server::builder()
        .timeout(CALL_WITHIN)
        .concurrency_limit_per_connection(MOST_STREAMS as usize)
        .max_concurrent_streams(MOST_STREAMS)
        .http2_keepalive_interval(Some(Duration::from_secs(20)))
        .http2_keepalive_timeout(Some(Duration::from_secs(10)))
        .http2_max_pending_accept_reset_streams(Some(64))
        .http2_max_header_list_size(16 * 1024)
        .trace_fn(crate::telemetry::call_span)
        .layer(Guard::new(verifier))
        .add_routes(routes);
    let cut = CancellationToken::new();
    let connections = limited(listener, cut.clone());
    let serving = server.serve_with_incoming_shutdown(connections, stop.clone().cancelled_owned());
    tokio::select! {
        served = serving => Ok(served?),
        () = async { stop.cancelled().await; tokio::time::sleep(DRAIN_WITHIN).await } => {
            tracing::warn!("Calls were still under way when the drain ended; their connections are cut");
            cut.cancel();
            Ok(())
        }
    }
}

/// Accepts at most so many connections at a time; a further one waits in the kernel's queue.
fn limited(listener: TcpListener, cut: CancellationToken) -> impl futures::Stream<Item = std::io::Result<Counted>> {
    let free = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    TcpListenerStream::new(listener).then(move |accepted| {
        let (free, cut) = (Arc::clone(&free), cut.clone());
        async move {
            let stream = accepted?;
            stream.set_nodelay(true)?;
            let permit = free.acquire_owned().await.map_err(std::io::Error::other)?;
            let greeting = Some((Box::pin(tokio::time::sleep(GREETING_WITHIN)), 0));
            Ok(Counted { stream, greeting, cut: Box::pin(cut.cancelled_owned()), _permit: permit })
        }
    })
}

/// A connection that counts for as long as it lives, that a stop can cut, and that has to greet in time.
struct Counted {
    stream: TcpStream,
    /// When the greeting is late, and how many bytes of it came; none once it is there.
    greeting: Option<(Pin<Box<Sleep>>, usize)>,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    _permit: OwnedSemaphorePermit,
}

impl Connected for Counted {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

mod io {
    //! Reading and writing a counted connection is reading and writing its socket.

    use std::io::{IoSlice, Result};
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::{Counted, GREETING};

    impl AsyncRead for Counted {
        fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<Result<()>> {
            if self.cut.as_mut().poll(cx).is_ready() {
                return Poll::Ready(Err(std::io::ErrorKind::ConnectionAborted.into()));
            }
            if let Some((late, _)) = &mut self.greeting
                && late.as_mut().poll(cx).is_ready()
            {
                return Poll::Ready(Err(std::io::ErrorKind::TimedOut.into()));
            }
            let before = buf.filled().len();
            let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
            if let Some((_, came)) = &mut self.greeting {
                *came += buf.filled().len() - before;
                if *came >= GREETING {
                    self.greeting = None;
                }
            }
            polled
        }
    }

    impl AsyncWrite for Counted {
        fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<Result<usize>> {
            Pin::new(&mut self.stream).poll_write(cx, buf)
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bufs: &[IoSlice<'_>],
        ) -> Poll<Result<usize>> {
            Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
        }

        fn is_write_vectored(&self) -> bool {
            self.stream.is_write_vectored()
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
            Pin::new(&mut self.stream).poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
            Pin::new(&mut self.stream).poll_shutdown(cx)
        }
    }
}
