//! One nats-server: its process, its store, and the port it keeps over restarts. It does not know
//! whether it is alone or in a cluster; that is in the configuration it gets.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::jetstream;

use crate::process::Child;
use crate::{SECONDS_30, TempDir, from_xtask, wait_for};

const REQUEST_LIMIT: Duration = Duration::from_millis(500);

/// A running nats-server. Dropping it kills it and removes its store.
#[derive(Debug)]
pub struct Server {
    // The order matters: the process goes before its directory.
    process: Child,
    dir: TempDir,
    port: u16,
}

impl Server {
    /// Starts a server with JetStream; returns when JetStream answers.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// The same, with more lines of nats-server configuration (accounts, limits …). Use
    /// [`Server::launch`] when those lines shut out a client without credentials.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(more_config: &str) -> Self {
        let server = Self::launch(more_config).await;
        server.jetstream_ready().await;
        server
    }

    /// The same, without asking JetStream for an answer: returns when the port is open.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn launch(more_config: &str) -> Self {
        Self::try_launch(more_config).await.unwrap_or_else(|why| panic!("nats-server ended: {why}"))
    }

    /// Err when the server ends, with what it said.
    pub(super) async fn try_launch(more_config: &str) -> Result<Self, String> {
        let dir = TempDir::new("nats");
        let store = dir.join("store");
        let jetstream = format!("jetstream {{ store_dir: \"{}\", sync_interval: always }}\n", store.display());
        fs::write(dir.join("nats.conf"), jetstream + more_config).expect("a temp dir can be written to");
        let mut server = Self { process: run(&dir, -1), dir, port: 0 };
        server.port = server.opened_port().await?;
        Ok(server)
    }

    /// `nats://127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("nats://{}", self.address())
    }

    /// `127.0.0.1:port`, for a proxy in front of it.
    #[must_use]
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A new client of this server.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn client(&self) -> async_nats::Client {
        wait_for("a connection to nats-server", SECONDS_30, async || {
            async_nats::connect(self.url()).await.map_err(|error| format!("{error}\n{}", self.process.last_words()))
        })
        .await
    }

    /// JetStream of this server, with a short time limit per request: without a leader a server does not
    /// answer at all, and a test had better ask again.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn jetstream(&self) -> jetstream::Context {
        let mut jetstream = jetstream::new(self.client().await);
        jetstream.set_timeout(REQUEST_LIMIT);
        jetstream
    }

    /// The process itself, for its output.
    pub fn process(&mut self) -> &mut Child {
        &mut self.process
    }

    /// SIGKILL: what was not synced is lost. The store stays.
    pub fn kill(&mut self) {
        self.process.kill9();
    }

    /// SIGSTOP: connections stay open and nothing is answered.
    pub fn freeze(&self) {
        self.process.freeze();
    }

    /// SIGCONT: goes on after [`Server::freeze`].
    pub fn thaw(&self) {
        self.process.thaw();
    }

    /// Kills it and removes everything it has stored. [`Server::restart`] then starts an empty server.
    ///
    /// # Panics
    /// When the store cannot be removed.
    pub fn wipe_store(&mut self) {
        self.kill();
        fs::remove_dir_all(self.dir.join("store")).expect("the store of a killed server can be removed");
    }

    /// Starts it again (killing it first when it still runs) on the same port, with what is in its
    /// store; returns when the port is open. JetStream may need a moment more: see [`Server::jetstream_ready`].
    ///
    /// # Panics
    /// When it does not start.
    pub async fn restart(&mut self) {
        self.kill();
        self.process = run(&self.dir, i32::from(self.port));
        self.opened_port().await.unwrap_or_else(|why| panic!("nats-server ended: {why}"));
    }

    /// Waits until JetStream answers; in a cluster that takes a leader.
    ///
    /// # Panics
    /// When it does not answer in 30 seconds.
    pub async fn jetstream_ready(&self) {
        let jetstream = self.jetstream().await;
        wait_for("an answer of JetStream", SECONDS_30, async || {
            jetstream.query_account().await.map_err(|error| format!("{error}\n{}", self.process.last_words()))
        })
        .await;
    }

    /// The server writes this file when its ports are open; its name ends in the process id, so an older one is not taken for it.
    async fn opened_port(&mut self) -> Result<u16, String> {
        let suffix = format!("_{}.ports", self.process.id());
        wait_for("nats-server to open its port", SECONDS_30, async || {
            if !self.process.is_running() {
                return Ok(Err(self.process.last_words()));
            }
            let file = file_with_suffix(&self.dir, &suffix).ok_or_else(|| self.process.last_words())?;
            let ports = fs::read_to_string(file).map_err(|error| error.to_string())?;
            port_in(&ports).map(Ok).ok_or_else(|| format!("no port yet in {ports}"))
        })
        .await
    }
}

fn run(dir: &TempDir, port: i32) -> Child {
    let (config, port) = (dir.join("nats.conf"), port.to_string());
    let mut args: Vec<std::ffi::OsString> = vec!["--config".into(), config.into()];
    args.extend(["--addr", "127.0.0.1", "--port", &port, "--ports_file_dir"].map(Into::into));
    args.push(dir.path().into());
    Child::start(from_xtask("ONDERDAK_NATS_SERVER"), args, [] as [(&str, &str); 0])
}

fn file_with_suffix(dir: &TempDir, suffix: &str) -> Option<PathBuf> {
    let files = fs::read_dir(dir.path()).into_iter().flatten().flatten().map(|entry| entry.path());
    files.into_iter().find(|file| file.to_string_lossy().ends_with(suffix))
}

/// The client port in `{"nats":["nats://127.0.0.1:4222"], …}`.
fn port_in(ports: &str) -> Option<u16> {
    let (_, nats) = ports.split_once("\"nats\":")?;
    let (_, from_port) = nats.split_once("127.0.0.1:")?;
    from_port.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
