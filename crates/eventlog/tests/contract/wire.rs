//! A wire to PostgreSQL that can be cut and reset. The server of the tests has only a unix socket, so behind the
//! fault proxy there is a plain bridge to that.

use testkit::proxy::Proxy;
use tokio::net::{TcpListener, UnixStream};
use tokio::task::JoinSet;

use crate::backend::Backend;

pub(crate) struct Wire {
    pub(crate) proxy: Proxy,
    /// The database, by way of the wire.
    pub(crate) url: String,
    // Ends with this value.
    _bridge: JoinSet<()>,
}

impl Wire {
    pub(crate) async fn to(backend: &Backend) -> Self {
        let url = backend.url();
        let (socket, database) = socket_and_database(&url)
            .unwrap_or_else(|| panic!("expected postgres://user@host:port/database?host=/folder/of/socket, got {url}"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback has a free port");
        let bridge = listener.local_addr().expect("a bound socket has an address").to_string();
        let mut bridging = JoinSet::new();
        bridging.spawn(accept(listener, socket));
        let proxy = Proxy::start(bridge).await;
        let url = format!("postgres://postgres@{}/{database}?sslmode=disable", proxy.address());
        Self { proxy, url, _bridge: bridging }
    }
}

async fn accept(listener: TcpListener, socket: String) {
    let mut connections = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        let socket = socket.clone();
        connections.spawn(async move {
            if let Ok(mut server) = UnixStream::connect(socket).await {
                // Ends when either side does, and that is all there is to say about it.
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        });
    }
}

fn socket_and_database(url: &str) -> Option<(String, &str)> {
    let (address, parameters) = url.split_once('?')?;
    let folder = parameters.split('&').find_map(|parameter| parameter.strip_prefix("host="))?.replace("%2F", "/");
    let (server, database) = address.rsplit_once('/')?;
    let port = server.rsplit_once(':').map_or("5432", |(_, port)| port);
    Some((format!("{folder}/.s.PGSQL.{port}"), database))
}
