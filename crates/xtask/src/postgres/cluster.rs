//! One PostgreSQL server with its own data in a temporary directory, reachable through a unix socket
//! only. fsync stays on: durability is what the tests are about. Dropping it stops the server and removes the data.

use std::fs;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::process::{is_root, output};

const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// 30 seconds: a busy machine may be slow to start a server, and slow to stop one.
const LOOKS: u32 = 600;

/// A running server.
pub(super) struct Cluster {
    dir: PathBuf,
    server: Option<Child>,
}

impl Cluster {
    /// Makes the data directory and starts the server; returns when it accepts connections.
    pub(super) fn start(programs: &Path) -> Result<Self> {
        let owner = Owner::choose()?;
        let mut cluster = Self { dir: directory(owner)?, server: None };
        cluster.init(programs, owner)?;
        cluster.serve(programs, owner)?;
        Ok(cluster)
    }

    /// Where its socket is.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn init(&self, programs: &Path, owner: Option<Owner>) -> Result<()> {
        let mut initdb = as_owner(programs.join("initdb"), &self.dir, owner);
        initdb.arg("--pgdata").arg(self.data()).args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
        // --no-sync is about these first files only; the server itself syncs as usual.
        let output = initdb.args(["--no-locale", "--no-sync"]).output().map_err(Error::io("initdb starten"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Machine(format!("initdb is mislukt: {}", String::from_utf8_lossy(&output.stderr).trim())))
    }

    fn serve(&mut self, programs: &Path, owner: Option<Owner>) -> Result<()> {
        let log = fs::File::create(self.log()).map_err(Error::io("het logboek van PostgreSQL maken"))?;
        let mut postgres = as_owner(programs.join("postgres"), &self.dir, owner);
        postgres.arg("-D").arg(self.data()).arg("-k").arg(&self.dir).args(["-p", "5432"]);
        postgres.args(["-c", "listen_addresses=", "-c", "max_connections=300"]);
        postgres.process_group(0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let server = self.server.insert(postgres.spawn().map_err(Error::io("postgres starten"))?);
        for _ in 0..LOOKS {
            let stopped = server.try_wait().map_err(Error::io("naar postgres kijken"))?.is_some();
            if stopped || is_ready(&self.dir) {
                break;
            }
            thread::sleep(LOOK_AGAIN);
        }
        if is_ready(&self.dir) {
            return Ok(());
        }
        Err(Error::Machine(fs::read_to_string(self.log()).unwrap_or_default()))
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn log(&self) -> PathBuf {
        self.dir.join("log")
    }
}

impl Drop for Cluster {
    /// Best effort throughout: there is nobody left to tell.
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            // SIGQUIT is PostgreSQL's own word for "now"; it takes its children along. The data goes anyway.
            let _ = Command::new("sh").args(["-c", &format!("kill -QUIT {}", server.id())]).status();
            for _ in 0..LOOKS {
                if !matches!(server.try_wait(), Ok(None)) {
                    break;
                }
                thread::sleep(LOOK_AGAIN);
            }
            let _ = server.kill();
            let _ = server.wait();
        }
        // A test that is ending at this moment may still add a file, so one try is not enough.
        for _ in 0..LOOKS {
            let _ = fs::remove_dir_all(&self.dir);
            if !self.dir.exists() {
                break;
            }
            thread::sleep(LOOK_AGAIN);
        }
    }
}

/// The directory for temporary files beside the data of a cluster in `dir`.
pub(super) fn temp(dir: &Path) -> PathBuf {
    dir.join("tmp")
}

/// Whom the server runs as when we are root, because PostgreSQL refuses root.
#[derive(Debug, Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

impl Owner {
    fn choose() -> Result<Option<Self>> {
        if !is_root() {
            return Ok(None);
        }
        let found = ["postgres", "nobody"].into_iter().find_map(Self::named);
        found.map(Some).ok_or_else(|| Error::Machine("er is geen gebruiker `postgres` of `nobody`.".into()))
    }

    fn named(name: &str) -> Option<Self> {
        let id = |flag: &str| output(Command::new("id").args([flag, name]))?.parse().ok();
        Some(Self { user: id("-u")?, group: id("-g")? })
    }
}

/// Directly under the temporary directory and with a short name: a socket's path has at most some 100 characters.
fn directory(owner: Option<Owner>) -> Result<PathBuf> {
    let dir = std::env::temp_dir().join(format!("onderdak-pg-{}", process::id()));
    // Left by a guard that was killed and had the same process id.
    let _ = fs::remove_dir_all(&dir);
    let doing = || Error::io(format!("{} maken", dir.display()));
    fs::DirBuilder::new().mode(0o700).create(&dir).map_err(doing())?;
    if let Some(Owner { user, group }) = owner {
        chown(&dir, Some(user), Some(group)).map_err(doing())?;
    }
    fs::create_dir(temp(&dir)).map_err(doing())?;
    Ok(dir)
}

fn as_owner(program: PathBuf, dir: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(dir);
    if let Some(Owner { user, group }) = owner {
        command.uid(user).gid(group);
    }
    command
}

/// The eighth line of `postmaster.pid` is the server's own word on its state; `pg_ctl` reads it too.
fn is_ready(dir: &Path) -> bool {
    let state = fs::read_to_string(dir.join("data").join("postmaster.pid")).unwrap_or_default();
    state.lines().nth(7).is_some_and(|line| line.trim() == "ready")
}
