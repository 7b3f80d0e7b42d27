//! A TCP proxy that behaves badly on command: it cuts, slows and resets what goes through it. It
//! knows nothing of what it carries. Dropping it closes the port and every connection.

mod pump;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// What the network does at this moment.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    is_cut: bool,
    /// How many resets there were: a connection compares it with the number at its birth.
    resets: u64,
    /// How many heals there were.
    heals: u64,
    delay: Duration,
}

/// A proxy on a loopback port of its own, in front of one address.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    // Aborts the accept loop, and with it every connection, when the proxy is dropped.
    _accepting: JoinSet<()>,
}

impl Proxy {
    /// Starts a proxy to `upstream` (`host:port`), which need not be there yet.
    ///
    /// # Panics
    /// When no loopback port can be had.
    pub async fn start(upstream: impl Into<Arc<str>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let weather = watch::Sender::default();
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, upstream.into(), weather.subscribe()));
        Self { address, weather, _accepting: accepting }
    }

    /// Where clients connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on everything is swallowed: connections stay open, new ones are accepted, nothing arrives.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.is_cut = true);
    }

    /// The network is back. Connections that lost bytes are closed, since nobody can resume them;
    /// those that were silent go on.
    pub fn heal(&self) {
        self.weather.send_modify(|weather| {
            weather.is_cut = false;
            weather.heals += 1;
        });
    }

    /// Closes every connection; new ones are welcome.
    pub fn reset(&self) {
        self.weather.send_modify(|weather| weather.resets += 1);
    }

    /// Everything arrives this much later, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }
}

async fn accept(listener: TcpListener, upstream: Arc<str>, weather: watch::Receiver<Weather>) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(connection(client, Arc::clone(&upstream), weather.clone()));
        // Forget the finished ones.
        while connections.try_join_next().is_some() {}
    }
}

/// One client, until either side closes or the weather ends it.
async fn connection(client: TcpStream, upstream: Arc<str>, mut weather: watch::Receiver<Weather>) {
    let born = *weather.borrow_and_update();
    let carrying = async {
        if born.is_cut {
            // Like a host that is not reachable: the connection is never made, and closes when the network is back.
            return pump::swallow_until_healed(client, born, weather.clone()).await;
        }
        let Ok(server) = TcpStream::connect(&*upstream).await else { return };
        // Without these, the kernel would add a delay of its own to small messages.
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        tokio::select! {
            () = pump::pump(from_client, to_server, weather.clone()) => (),
            () = pump::pump(from_server, to_client, weather.clone()) => (),
        }
    };
    let mut reset = weather.clone();
    tokio::select! {
        () = carrying => (),
        // Err means that the proxy is gone, and that ends the connection as well.
        _ = reset.wait_for(|now| now.resets != born.resets) => (),
    }
}
