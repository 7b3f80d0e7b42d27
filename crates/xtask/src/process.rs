//! Running other programs: to the end, for their output, or in our place. It knows no program
//! by name and prints nothing.

use std::convert::Infallible;
use std::env;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use crate::error::{Error, Result};

/// Runs to the end; a failure is an error with the same exit code.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(Error::io(format!("{} starten", name(command))))?;
    succeeded(command, status)
}

/// Runs to the end and gives what it printed, or None when it failed or could not start.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Puts the program in our place, so that signals and the exit code are its own.
pub(crate) fn exec(command: &mut Command) -> Result<Infallible> {
    let error = command.exec();
    Err(Error::io(format!("{} starten", name(command)))(error))
}

/// Turns an exit status into a result.
pub(crate) fn succeeded(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() {
        return Ok(());
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Err(Error::Failed { program: name(command), code })
}

/// The first executable of this name on PATH.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|dir| dir.join(program)).find(|file| is_executable(file))
}

/// Whether this is a file we may run.
pub(crate) fn is_executable(file: &Path) -> bool {
    file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

/// Whether we are root, who may install packages but may not run PostgreSQL.
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

/// The first version number in a line such as `nats-server: v2.15.1`: major and minor.
pub(crate) fn version_in(text: &str) -> Option<(u32, u32)> {
    let from = text.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = text[from..].split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers.next().and_then(|minor| minor.parse().ok()).unwrap_or(0);
    Some((major, minor))
}

fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let first = command.get_args().next().filter(|arg| !arg.to_string_lossy().contains(['/', '-']));
    [Some(program), first].into_iter().flatten().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn a_version_is_read_from_what_the_tools_print() {
        assert_eq!(version_in("nats-server: v2.15.1"), Some((2, 15)));
        assert_eq!(version_in("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some((15, 14)));
        assert_eq!(version_in("postgres (PostgreSQL) 18beta1"), Some((18, 0)));
        assert_eq!(version_in("geen versie"), None);
    }
}
