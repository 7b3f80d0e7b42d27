//! The program that tries the JSON API from its own description: schemathesis, with all it needs at the versions of
//! `tests/api/requirements.txt`, below target/tools. It must not know the API.

use std::fs;
use std::path::PathBuf;
use std::process::{self, Command};

use crate::error::{Error, Result};
use crate::process::{output, run};
use crate::{tools, workspace};

/// Names the folder of Python packages for the test.
pub(crate) const SCHEMATHESIS: &str = "ONDERDAK_SCHEMATHESIS";

/// The folder with its packages, fetched when they are not those that are asked for.
pub(crate) fn ready() -> Result<PathBuf> {
    let wanted_file = workspace::root().join("tests").join("api").join("requirements.txt");
    let wanted = fs::read(&wanted_file).map_err(Error::io(format!("{} lezen", wanted_file.display())))?;
    let (home, stamp) = (workspace::tools().join("schemathesis"), tools::stamp("schemathesis"));
    if home.is_dir() && fs::read(&stamp).is_ok_and(|kept| kept == wanted) {
        return Ok(home);
    }
    if output(Command::new("python3").args(["-m", "pip", "--version"])).is_none() {
        let need = "python3 met pip is nodig (Debian: apt-get install python3-pip, macOS: brew install python)";
        return Err(Error::Machine(format!("om de JSON-API te proberen ontbreekt iets: {need}.")));
    }
    eprintln!("schemathesis ophalen …");
    // Each fetch has a folder of its own, and takes its place only when it is whole.
    let work = workspace::tools().join(format!(".schemathesis.{}", process::id()));
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
        "--root-user-action=ignore",
    ]);
    pip.args(["--no-deps", "--requirement"]).arg(&wanted_file).arg("--target").arg(&work);
    let fetched = run(&mut pip);
    if fetched.is_ok() {
        // Best effort: an older one is in the way, or there is none.
        let _ = fs::remove_dir_all(&home);
        fs::rename(&work, &home).map_err(Error::io(format!("{} neerzetten", home.display())))?;
        fs::write(&stamp, wanted).map_err(Error::io(format!("{} schrijven", stamp.display())))?;
    }
    // What is left over is under target/, and is never taken for whole.
    let _ = fs::remove_dir_all(&work);
    fetched.map(|()| home)
}
