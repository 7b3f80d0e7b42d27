//! `check`: everything that can be wrong without running a test, cheap things first. It stops at
//! the first mistake and never changes a file.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use crate::error::{Error, Result};
use crate::process::{output, run as run_to_end};
use crate::{tools, workspace};

/// Runs all checks.
pub(crate) fn run(args: &[OsString]) -> Result<()> {
    if let Some(extra) = args.first() {
        return Err(Error::Usage(format!("`check` kent geen argumenten, en kreeg `{}`.", extra.to_string_lossy())));
    }
    heading("opmaak (herstellen: cargo fmt --all)");
    run_to_end(workspace::cargo().args(["fmt", "--all", "--check"]))?;
    let buf = tools::buf()?;
    heading("contracten (buf lint)");
    run_to_end(in_workspace(&buf).args(["lint", "proto"]))?;
    breaking(&buf)?;
    heading("clippy");
    run_to_end(workspace::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

fn breaking(buf: &PathBuf) -> Result<()> {
    let Some(base) = base() else {
        heading("contracten blijven passen (buf breaking): er is nog geen eerdere versie van proto/");
        return Ok(());
    };
    heading(&format!("contracten blijven passen (buf breaking, naast {base})"));
    run_to_end(in_workspace(buf).args(["breaking", "proto", "--against", &format!(".git#commit={base},subdir=proto")]))
}

/// The commit whose contracts others may already use: the shared main, or else the commit before this work.
fn base() -> Option<String> {
    let head = commit("HEAD")?;
    let is_changed = output(git().args(["status", "--porcelain", "--", "proto"])).is_none_or(|lines| !lines.is_empty());
    let before = if is_changed { Some(head.clone()) } else { commit("HEAD~1") };
    let shared = commit("origin/main").filter(|shared| *shared != head);
    [shared, before].into_iter().flatten().find(|base| has_contracts(base))
}

fn commit(name: &str) -> Option<String> {
    output(git().args(["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")]))
}

fn has_contracts(commit: &str) -> bool {
    output(git().args(["ls-tree", "-r", "--name-only", commit, "proto"])).is_some_and(|files| files.contains(".proto"))
}

fn git() -> Command {
    let mut git = Command::new("git");
    git.current_dir(workspace::root());
    git
}

fn in_workspace(program: &PathBuf) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root());
    command
}

fn heading(text: &str) {
    eprintln!("== {text}");
}
