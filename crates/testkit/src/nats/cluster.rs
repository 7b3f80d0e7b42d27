//! Real nats-servers that form one JetStream cluster. It only brings them together and tells when a
//! stream with a replica on each of them can be made; breaking them is done per node.

use std::net::TcpListener;

use async_nats::jetstream::stream;

use super::Server;
use crate::{SECONDS_60, wait_for};

/// How often other ports are tried: another process may take a port between our look and the server's.
const ATTEMPTS: usize = 3;

/// A running cluster. Dropping it kills all servers and removes their stores.
#[derive(Debug)]
pub struct Cluster {
    /// The servers, each with the controls of a single one.
    pub nodes: Vec<Server>,
}

impl Cluster {
    /// Starts `size` servers; returns when a stream with `size` replicas can be made.
    ///
    /// # Panics
    /// When the cluster does not form.
    pub async fn start(size: usize) -> Self {
        let mut why = String::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start(size).await {
                Ok(cluster) => return cluster,
                Err(reason) => why = reason,
            }
        }
        panic!("the nats cluster did not form: {why}");
    }

    /// The addresses of all servers, as one connect string.
    #[must_use]
    pub fn urls(&self) -> String {
        self.nodes.iter().map(Server::url).collect::<Vec<_>>().join(",")
    }

    /// Waits until a stream with a replica on every server can be made: all are up and there is a leader.
    ///
    /// # Panics
    /// When that takes longer than a minute.
    pub async fn ready(&mut self) {
        self.formed().await.unwrap_or_else(|why| panic!("the nats cluster is not whole: {why}"));
    }

    async fn try_start(size: usize) -> Result<Self, String> {
        let ports = free_ports(size);
        let routes: Vec<_> = ports.iter().map(|port| format!("\"nats-route://127.0.0.1:{port}\"")).collect();
        let mut nodes = Vec::new();
        for (number, port) in ports.iter().enumerate() {
            // no_advertise: clients use the addresses they were given, and so stay behind a proxy.
            let config = format!(
                "server_name: n{}\ncluster {{ name: test, listen: \"127.0.0.1:{port}\", no_advertise: true, routes: [{}] }}\n",
                number + 1,
                routes.join(", "),
            );
            nodes.push(Server::try_launch(&config).await?);
        }
        let mut cluster = Self { nodes };
        cluster.formed().await?;
        Ok(cluster)
    }

    /// Err when a server has ended, for another port may help then.
    async fn formed(&mut self) -> Result<(), String> {
        let probe = stream::Config {
            name: "testkit-ready".into(),
            subjects: vec!["testkit.ready".into()],
            num_replicas: self.nodes.len(),
            ..stream::Config::default()
        };
        let jetstream = self.nodes[0].jetstream().await;
        wait_for("the nats cluster to form", SECONDS_60, async || {
            if let Some(ended) =
                self.nodes.iter_mut().map(Server::process).find_map(|node| (!node.is_running()).then_some(node))
            {
                return Ok(Err(ended.last_words()));
            }
            jetstream.create_stream(probe.clone()).await.map_err(|error| error.to_string())?;
            jetstream.delete_stream(&probe.name).await.map_err(|error| error.to_string())?;
            Ok(Ok(()))
        })
        .await
    }
}

/// Free at this moment, and all different, because all are held until all are known.
fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<_> =
        (0..count).map(|_| TcpListener::bind("127.0.0.1:0").expect("loopback has a free port")).collect();
    held.iter().map(|listener| listener.local_addr().expect("a bound socket has an address").port()).collect()
}
