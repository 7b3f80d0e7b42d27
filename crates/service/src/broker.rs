//! The one nats-server of the embedded default, as a child process. Production uses a cluster that others run. It must
//! not know a message.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tracing::{info, warn};

use crate::clock;

/// How long a server may take to start.
const STARTS_WITHIN: Duration = Duration::from_secs(10);
/// How long a server may take to stop before it is killed.
const STOPS_WITHIN: Duration = Duration::from_secs(10);
/// Oldest version that has everything the bus needs.
const OLDEST: (u32, u32) = (2, 12);

/// Why there is no broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The program is not there.
    #[error("{program} is niet te starten; `cargo xtask up` haalt een nats-server, of geef er een met --nats-server")]
    Missing {
        /// The program.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The program is too old.
    #[error("{program} is versie {version}; Onderdak heeft 2.12 of nieuwer nodig")]
    TooOld {
        /// The program.
        program: String,
        /// Its version.
        version: String,
    },
    /// Its folder or configuration cannot be written.
    #[error("in {folder} kan nats-server niet schrijven")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It ended or did not answer.
    #[error("nats-server is niet gestart: {why}")]
    NotStarted {
        /// What was seen.
        why: String,
    },
}

/// A running nats-server.
#[derive(Debug)]
pub struct Broker {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Broker {
    /// Ends a server that an `onderdak` left behind in this folder when it was killed: two of them on one store would
    /// spoil it. Whoever calls it must hold the folder for itself.
    pub async fn end_orphan(folder: &Path) -> Result<(), BrokerError> {
        let Ok(text) = std::fs::read_to_string(folder.join("nats.pid")) else { return Ok(()) };
        let (pid, config) = (text.trim().to_owned(), folder.join("nats.conf"));
        if pid.is_empty() || !pid.bytes().all(|byte| byte.is_ascii_digit()) || !is_ours(&pid, &config).await {
            return Ok(());
        }
        info!(pid, "A nats-server was left behind; ending it");
        for name in ["TERM", "KILL"] {
            // It may be gone by itself; the next look tells.
            let _ = signal(name, &pid).await;
            let asked = clock::stopwatch();
            while asked.elapsed() < STOPS_WITHIN {
                if !is_ours(&pid, &config).await {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        Err(BrokerError::NotStarted { why: format!("een oude nats-server (proces {pid}) stopt niet") })
    }

    /// Starts a server that keeps its streams in a folder and listens on loopback; port 0: any free port.
    /// It syncs every message before it acknowledges it.
    pub async fn start(program: &Path, folder: &Path, port: u16) -> Result<Self, BrokerError> {
        check_version(program).await?;
        let shown = folder.display().to_string();
        let unwritable = |source| BrokerError::Folder { folder: shown.clone(), source };
        let ports = folder.join("ports");
        let _ = std::fs::remove_dir_all(&ports);
        std::fs::create_dir_all(&ports).map_err(unwritable)?;
        let config = folder.join("nats.conf");
        std::fs::write(&config, configuration(folder, &ports, port)).map_err(unwritable)?;
        let child = Command::new(program)
            .arg("--config")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C goes to the whole group of the terminal; this child must outlive the services it serves.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| BrokerError::Missing { program: program.display().to_string(), source })?;
        let mut broker = Self { child, url: String::new() };
        broker.url = broker.wait_for_url(&ports, folder).await?;
        info!(url = broker.url, "nats-server runs");
        Ok(broker)
    }

    async fn wait_for_url(&mut self, ports: &Path, folder: &Path) -> Result<String, BrokerError> {
        let started = clock::stopwatch();
        loop {
            if let Some(url) = url_in(ports) {
                return Ok(url);
            }
            let log = folder.join("nats.log");
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(BrokerError::NotStarted { why: format!("{status}; {}", last_line(&log)) });
            }
            if started.elapsed() > STARTS_WITHIN {
                return Err(BrokerError::NotStarted { why: format!("geen antwoord; {}", last_line(&log)) });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the server ends by itself, which it should not.
    pub async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }

    /// Its process id, while it runs.
    pub fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Stops the server; one that does not stop is killed, which loses nothing that was acknowledged.
    pub async fn stop(mut self) {
        // Without an id it ended before.
        let Some(id) = self.child.id() else { return };
        if signal("TERM", &id.to_string()).await && tokio::time::timeout(STOPS_WITHIN, self.child.wait()).await.is_ok()
        {
            return;
        }
        warn!("nats-server did not stop when asked; killing it");
        if let Err(error) = self.child.kill().await {
            warn!(%error, "nats-server could not be killed");
        }
    }
}

/// Whether a process is the nats-server of this configuration: a number alone may belong to anybody by now.
async fn is_ours(pid: &str, config: &Path) -> bool {
    let line = if Path::new("/proc/self").exists() {
        // Empty for a process that ended and was not yet collected by its parent.
        std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()
    } else {
        Command::new("ps")
            .args(["-ww", "-o", "args=", "-p", pid])
            .output()
            .await
            .map(|it| it.stdout)
            .unwrap_or_default()
    };
    String::from_utf8_lossy(&line).contains(&config.display().to_string())
}

/// Sends a signal with the shell's own `kill`, which every machine has; says whether it could.
async fn signal(signal: &str, pid: &str) -> bool {
    let script = format!("kill -{signal} {pid}");
    let status = Command::new("sh").arg("-c").arg(script).stderr(Stdio::null()).status().await;
    status.is_ok_and(|status| status.success())
}

async fn check_version(program: &Path) -> Result<(), BrokerError> {
    let shown = program.display().to_string();
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).kill_on_drop(true).output();
    let silent = |_| BrokerError::NotStarted { why: format!("{shown} --version geeft geen antwoord") };
    let output = tokio::time::timeout(STARTS_WITHIN, output).await.map_err(silent)?;
    let output = output.map_err(|source| BrokerError::Missing { program: shown.clone(), source })?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    let version = text.strip_prefix("nats-server: v").unwrap_or_default();
    if version.is_empty() {
        return Err(BrokerError::NotStarted { why: format!("{shown} is geen nats-server") });
    }
    let mut numbers = version.split('.').map(|part| part.parse::<u32>().ok());
    let found = (numbers.next().flatten(), numbers.next().flatten());
    match found {
        (Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(()),
        _ => Err(BrokerError::TooOld { program: shown, version: version.to_owned() }),
    }
}

fn configuration(folder: &Path, ports: &Path, port: u16) -> String {
    let port = if port == 0 { "-1".to_owned() } else { port.to_string() };
    let quoted = |path: PathBuf| format!("{:?}", path.display().to_string());
    format!(
        "# Written by onderdak at every start.\n\
         host: \"127.0.0.1\"\nport: {port}\nports_file_dir: {ports}\nlog_file: {log}\npid_file: {pid}\n\
         # An acknowledgement means on disk.\n\
         jetstream {{\n  store_dir: {store}\n  sync_interval: always\n}}\n",
        ports = quoted(ports.to_owned()),
        log = quoted(folder.join("nats.log")),
        pid = quoted(folder.join("nats.pid")),
        store = quoted(folder.join("jetstream")),
    )
}

/// The address in the file that the server writes once it listens.
fn url_in(ports: &Path) -> Option<String> {
    let file = std::fs::read_dir(ports).ok()?.flatten().next()?;
    let text = std::fs::read_to_string(file.path()).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(json.get("nats")?.get(0)?.as_str()?.to_owned())
}

fn last_line(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("zonder bericht").to_owned()
}
