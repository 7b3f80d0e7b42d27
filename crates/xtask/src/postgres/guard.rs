//! Keeps a cluster for exactly as long as the command that needs it. The guard is a process of its
//! own, outside the reach of Ctrl-C, that watches its parent: however that ends, the cluster goes too.
//! So xtask may be replaced by the test runner, and needs no signal handler. It must not touch a cluster that is not
//! ours.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::cluster::{self, Cluster};
use crate::error::{Error, Result};

/// The command of the guard; not for people, so not in the help text.
pub(crate) const GUARD: &str = "guard-postgres";

const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What one command has for itself. It is there until this process ends, by whatever cause.
pub(crate) struct Throwaway(PathBuf);

impl Throwaway {
    /// The url of the server, as sqlx and pgbench read it. The port is only part of the socket's name.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost:5432/postgres?host={}", self.0.display())
    }

    /// A temporary directory for the command itself: what a killed test leaves there goes too.
    pub(crate) fn temp(&self) -> PathBuf {
        cluster::temp(&self.0)
    }
}

/// Starts a guard with a cluster.
pub(crate) fn start(programs: &Path) -> Result<Throwaway> {
    let this = std::env::current_exe().map_err(Error::io("het pad van xtask lezen"))?;
    let mut command = Command::new(this);
    command.arg(GUARD).arg(programs).arg(process::id().to_string());
    command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut guard = command.spawn().map_err(Error::io("de bewaker van PostgreSQL starten"))?;
    let mut line = String::new();
    if let Some(stdout) = guard.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(Error::io("naar de bewaker van PostgreSQL luisteren"))?;
    }
    let line = line.trim_end();
    let ready = line.strip_prefix("ready ").map(|dir| Throwaway(dir.into()));
    ready.ok_or_else(|| Error::Machine(format!("PostgreSQL start niet: {line}")))
}

/// The guard itself: says `ready DIRECTORY` or why not, then waits until its parent is gone.
pub(crate) fn guard(args: &[OsString]) -> Result<()> {
    let [programs, parent] = args else {
        return Err(Error::Usage(format!("`{GUARD}` is alleen voor xtask zelf.")));
    };
    let is_child_of = |parent: &OsString| parent.to_str() == Some(parent_id().to_string().as_str());
    match Cluster::start(Path::new(programs)) {
        Ok(cluster) => {
            say(&format!("ready {}", cluster.dir().display()));
            while is_child_of(parent) {
                thread::sleep(LOOK_AGAIN);
            }
        }
        Err(error) => say(&error.explain().replace('\n', " | ")),
    }
    Ok(())
}

/// A parent that is already gone does not listen, and that is no reason to stop cleaning up.
fn say(line: &str) {
    let mut stdout = io::stdout();
    let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
}
