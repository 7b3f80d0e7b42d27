//! Programs a measurement starts: services as they are in production, each a process of this same binary. None of
//! them outlives the measurement. It must not measure.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use service::clock;
use tokio::process::{ChildStdout, Command};

use crate::{Exit, Failure};

/// How long a child may take until it answers.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// How long a child that was asked to stop may take.
const STOPS_WITHIN: Duration = Duration::from_secs(20);

/// A running child.
pub(super) struct Child {
    process: tokio::process::Child,
    log: PathBuf,
    /// It has children of its own, so it must be asked to stop.
    is_parent: bool,
}

/// How a child is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// One that may be killed.
    Single,
    /// One that has children of its own.
    Parent,
}

impl Child {
    /// Starts this program with other arguments; what it logs goes to a file in the folder.
    pub(super) fn start(folder: &Path, kind: Kind, args: &[&str]) -> Result<Self, Failure> {
        let failed = |error: std::io::Error| Failure::new(Exit::Start, format!("een proces start niet: {error}"));
        let program = std::env::current_exe().map_err(failed)?;
        let log = folder.join(format!("{}.log", args.first().copied().unwrap_or_default()));
        let process = Command::new(program)
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::options().create(true).append(true).open(&log).map_err(failed)?)
            .kill_on_drop(kind == Kind::Single)
            .spawn()
            .map_err(failed)?;
        Ok(Self { process, log, is_parent: kind == Kind::Parent })
    }

    /// Its process id.
    pub(super) fn id(&self) -> u32 {
        self.process.id().unwrap_or(0)
    }

    /// What it prints.
    pub(super) fn output(&mut self) -> Option<ChildStdout> {
        self.process.stdout.take()
    }

    /// Waits until a question is answered, asking often; an error when the child ends first.
    pub(super) async fn answers<T>(
        &mut self,
        every: Duration,
        mut ask: impl AsyncFnMut() -> Option<T>,
    ) -> Result<T, Failure> {
        let started = clock::stopwatch();
        loop {
            if let Some(answer) = ask().await {
                return Ok(answer);
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(Failure::new(
                    Exit::Start,
                    format!("het proces is gestopt ({status}): {}", self.last_line()),
                ));
            }
            if started.elapsed() > READY_WITHIN {
                return Err(Failure::new(Exit::Start, format!("het proces antwoordt niet: {}", self.last_line())));
            }
            tokio::time::sleep(every).await;
        }
    }

    /// Ends it and waits until it is gone.
    pub(super) async fn end(mut self) {
        if self.is_parent {
            ask_to_stop(self.id());
            if tokio::time::timeout(STOPS_WITHIN, self.process.wait()).await.is_ok() {
                return;
            }
        }
        // Fails only when it is gone already.
        let _ = self.process.kill().await;
    }

    fn last_line(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("zonder bericht").chars().take(300).collect()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if self.is_parent && matches!(self.process.try_wait(), Ok(None)) {
            ask_to_stop(self.id());
        }
    }
}

/// SIGTERM; only the shell can send it without unsafe code.
fn ask_to_stop(process: u32) {
    if process > 0 {
        let _ = std::process::Command::new("kill").arg("-TERM").arg(process.to_string()).status();
    }
}

/// The first of so many ports in a row that are free now.
pub(super) fn free_ports(count: u16) -> Result<u16, Failure> {
    for _ in 0..100 {
        let Ok(first) = TcpListener::bind(("127.0.0.1", 0)) else { continue };
        let Some(port) = first.local_addr().ok().map(|address| address.port()) else { continue };
        let others: Vec<_> =
            (1..count).map(|step| TcpListener::bind(("127.0.0.1", port.saturating_add(step)))).collect();
        if others.iter().all(Result::is_ok) {
            return Ok(port);
        }
    }
    Err(Failure::new(Exit::Start, "er zijn geen vrije poorten op 127.0.0.1"))
}

/// A folder that goes when it is dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one below another.
    pub(super) fn new(below: &Path, name: &str) -> Result<Self, Failure> {
        let path = below.join(name);
        std::fs::create_dir_all(&path)
            .map_err(|error| Failure::new(Exit::Input, format!("{} is niet te maken: {error}", path.display())))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A child that was just killed may still write for a moment.
        for _ in 0..50 {
            if std::fs::remove_dir_all(&self.0).is_ok() || !self.0.exists() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
