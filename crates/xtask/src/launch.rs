//! `up` and `bench`: build the one binary and let it take our place, so that Ctrl-C and the exit
//! code are its own. What those commands do is the binary's business. It must not do anything the binary can do
//! itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::{browser, postgres, process, tools, workspace};

/// Starts everything on this machine.
pub(crate) fn up(args: &[OsString]) -> Result<()> {
    let nats_server = tools::nats_server()?;
    build()?;
    let mut onderdak = Command::new(workspace::onderdak());
    onderdak.arg("up").arg("--nats-server").arg(nats_server).args(args);
    process::exec(&mut onderdak).map(|never| match never {})
}

/// Measures, with a throw-away PostgreSQL and a browser beside it.
pub(crate) fn bench(args: &[OsString]) -> Result<()> {
    let nats_server = tools::nats_server()?;
    let programs = postgres::programs()?;
    let pgbench = pgbench(&programs)?;
    let chromium = browser::ready()?;
    build()?;
    let throwaway = postgres::start(&programs)?;
    let mut onderdak = Command::new(workspace::onderdak());
    onderdak.env("TMPDIR", throwaway.temp()).arg("bench").arg("--nats-server").arg(nats_server);
    onderdak.arg("--postgres").arg(throwaway.url()).arg("--pgbench").arg(pgbench);
    onderdak.env(browser::CHROMIUM, chromium).arg("--browser").arg(browser::script("traag.mjs")).args(args);
    process::exec(&mut onderdak).map(|never| match never {})
}

fn build() -> Result<()> {
    process::run(workspace::cargo().args(["build", "--release", "--package", "onderdak"]))
}

fn pgbench(programs: &Path) -> Result<PathBuf> {
    let beside = Some(programs.join("pgbench")).filter(|file| process::is_executable(file));
    beside.or_else(|| process::on_path("pgbench")).ok_or_else(|| {
        Error::Machine(
            "pgbench ontbreekt. Debian: apt-get install postgresql-contrib, macOS: brew install postgresql@17.".into(),
        )
    })
}
