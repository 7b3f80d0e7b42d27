//! Finds the programs of a PostgreSQL that is new enough, or installs one. It starts nothing.

use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{is_executable, is_root, on_path, output, run, version_in};

/// The oldest PostgreSQL the event log is tested on.
const OLDEST: u32 = 15;

/// Where packages put one directory per version: Debian, Red Hat, Homebrew on both kinds of Mac.
const PLACES: [&str; 4] = ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt"];

/// The directory with `initdb` and `postgres`; as root PostgreSQL is installed when there is none.
pub(crate) fn programs() -> Result<PathBuf> {
    if let Some(found) = newest() {
        return Ok(found);
    }
    if is_root() && on_path("apt-get").is_some() {
        eprintln!("PostgreSQL installeren …");
        run(apt().arg("update"))?;
        run(apt().args(["install", "--yes", "--no-install-recommends", "postgresql"]))?;
    }
    newest().ok_or_else(|| {
        let install = "Debian en Ubuntu: apt-get install postgresql, macOS: brew install postgresql@17";
        Error::Machine(format!(
            "PostgreSQL {OLDEST} of nieuwer ontbreekt. Installeer het ({install}) en probeer het opnieuw."
        ))
    })
}

fn newest() -> Option<PathBuf> {
    let on_path = on_path("initdb").and_then(|initdb| fs::canonicalize(initdb).ok());
    let on_path = on_path.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let elsewhere = PLACES.iter().flat_map(|place| bin_directories(Path::new(place)));
    let mut usable: Vec<_> = on_path.into_iter().chain(elsewhere).filter_map(with_version).collect();
    usable.sort_by_key(|(version, _)| Reverse(*version));
    usable.into_iter().next().map(|(_, dir)| dir)
}

fn bin_directories(place: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    entries.map(|entry| entry.path().join("bin")).filter(|bin| bin.join("initdb").exists()).collect()
}

fn with_version(dir: PathBuf) -> Option<((u32, u32), PathBuf)> {
    let (initdb, postgres) = (dir.join("initdb"), dir.join("postgres"));
    if !is_executable(&initdb) || !is_executable(&postgres) {
        return None;
    }
    let version = version_in(&output(Command::new(postgres).arg("--version"))?)?;
    (version.0 >= OLDEST).then_some((version, dir))
}

fn apt() -> Command {
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
    apt
}
