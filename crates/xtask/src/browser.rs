//! A real browser for the tests of the pages: Chromium from this machine or from apt-get, and the npm packages of
//! `tests/browser` at the versions of their lock file. It must not know a page.

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{is_root, on_path, output, run as run_to_end, version_in};
use crate::{process, tools, workspace};

/// Names the browser for the scripts.
pub(crate) const CHROMIUM: &str = "ONDERDAK_CHROMIUM";

/// What Chromium is called, and what is as good.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// The oldest Node.js that Playwright runs on.
const NODE_OLDEST: u32 = 20;

/// The browser, once everything to drive it is there.
pub(crate) fn ready() -> Result<PathBuf> {
    let chromium = chromium()?;
    packages()?;
    Ok(chromium)
}

/// Pictures of every page of a suite that runs, for people to look at.
pub(crate) fn screens(args: &[OsString]) -> Result<()> {
    let [address, folder, rest @ ..] = args else {
        return Err(Error::Usage("`screens` vraagt het adres van het portaal en een map.".into()));
    };
    let chromium = ready()?;
    let folder = std::path::absolute(folder).map_err(Error::io("de map lezen"))?;
    let mut node = Command::new("node");
    node.current_dir(home()).env(CHROMIUM, chromium).arg("screens.mjs").arg(address).arg(folder).args(rest);
    process::exec(&mut node).map(|never| match never {})
}

/// Where one of the scripts is.
pub(crate) fn script(name: &str) -> PathBuf {
    home().join(name)
}

fn home() -> PathBuf {
    workspace::root().join("tests").join("browser")
}

fn chromium() -> Result<PathBuf> {
    let found = || NAMES.into_iter().find_map(on_path);
    if let Some(found) = found() {
        return Ok(found);
    }
    if is_root() && on_path("apt-get").is_some() {
        eprintln!("Chromium installeren …");
        let mut update = Command::new("apt-get");
        run_to_end(update.args(["update", "--quiet=2"]))?;
        let mut install = Command::new("apt-get");
        install.env("DEBIAN_FRONTEND", "noninteractive");
        run_to_end(install.args(["install", "--yes", "--quiet=2", "--no-install-recommends", "chromium"]))?;
    }
    found().ok_or_else(|| {
        Error::Machine(
            "Chromium ontbreekt. Debian: apt-get install chromium, macOS: brew install --cask google-chrome.".into(),
        )
    })
}

/// Installs the npm packages when they are not those of the lock file.
fn packages() -> Result<()> {
    let node = output(Command::new("node").arg("--version"));
    if node.as_deref().and_then(version_in).is_none_or(|(major, _)| major < NODE_OLDEST) {
        let need = format!("Node.js {NODE_OLDEST} of nieuwer met npm is nodig voor de tests in een browser");
        return Err(Error::Machine(format!("{need}. Debian: apt-get install nodejs npm, macOS: brew install node.")));
    }
    let (home, stamp) = (home(), tools::stamp("browser"));
    let lock = fs::read(home.join("package-lock.json")).map_err(Error::io("package-lock.json lezen"))?;
    let is_installed = home.join("node_modules").is_dir() && fs::read(&stamp).is_ok_and(|kept| kept == lock);
    if is_installed {
        return Ok(());
    }
    eprintln!("De npm-pakketten van tests/browser ophalen …");
    let mut npm = Command::new("npm");
    npm.current_dir(&home).args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]);
    run_to_end(&mut npm)?;
    if let Some(folder) = stamp.parent() {
        fs::create_dir_all(folder).map_err(Error::io(format!("{} maken", folder.display())))?;
    }
    fs::write(&stamp, lock).map_err(Error::io(format!("{} schrijven", stamp.display())))
}
