//! `test`: every test of the workspace, with a real nats-server and a real PostgreSQL. cargo-nextest
//! takes our place when it is installed. A run in which no test ran is a failure. It must not leave a test out.

use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::{browser, fuzzer, postgres, process, tools, workspace};

/// Names the PostgreSQL that tests may make databases on.
const TEST_POSTGRES: &str = "ONDERDAK_TEST_POSTGRES";

/// Runs the tests; arguments go to nextest or to `cargo test`.
pub(crate) fn run(args: &[OsString]) -> Result<()> {
    let nats_server = tools::nats_server()?;
    let chromium = if needs_browser(args) { Some(browser::ready()?) } else { None };
    let schemathesis = if needs_browser(args) { Some(fuzzer::ready()?) } else { None };
    let throwaway = postgres::start(&postgres::programs()?)?;
    let mut tests = workspace::cargo();
    tests.envs(chromium.map(|found| (browser::CHROMIUM, found)));
    tests.envs(schemathesis.map(|found| (fuzzer::SCHEMATHESIS, found)));
    tests.env(tools::NATS_SERVER, nats_server).env(TEST_POSTGRES, throwaway.url()).env("TMPDIR", throwaway.temp());
    if process::on_path("cargo-nextest").is_some() {
        tests.args(["nextest", "run"]).args(selection(args));
        if !own_arguments(args).any(|arg| arg.starts_with("--no-tests")) {
            tests.arg("--no-tests=fail");
        }
        process::exec(tests.args(args)).map(|never| match never {})
    } else {
        eprintln!("cargo-nextest is er niet; de tests gaan met `cargo test`, en dat is trager.");
        cargo_test(tests.arg("test").args(selection(args)).args(args))
    }
}

/// The whole workspace, unless the caller chose packages: cargo would ignore `-p` beside `--workspace`.
fn selection(args: &[OsString]) -> Option<&'static str> {
    let is_choice = |arg: &str| arg.starts_with("-p") || arg.starts_with("--package") || arg == "--workspace";
    (!own_arguments(args).any(is_choice)).then_some("--workspace")
}

/// The pages are tested with the suite: a caller who chose other packages needs no browser.
fn needs_browser(args: &[OsString]) -> bool {
    selection(args).is_some() || own_arguments(args).any(|arg| arg == "onderdak" || arg.ends_with("=onderdak"))
}

/// The arguments before `--`; those after it are for the tests themselves.
fn own_arguments(args: &[OsString]) -> impl Iterator<Item = &str> {
    args.iter().map_while(|arg| arg.to_str().filter(|arg| *arg != "--"))
}

/// `cargo test` is content with no test at all, so the tests it announces are counted.
fn cargo_test(command: &mut Command) -> Result<()> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(Error::io("cargo test starten"))?;
    let mut tests = 0;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines().map_while(std::result::Result::ok) {
            tests += announced(&line);
            println!("{line}");
        }
    }
    let status = child.wait().map_err(Error::io("op cargo test wachten"))?;
    process::succeeded(command, status)?;
    if tests == 0 {
        return Err(Error::Machine("er is geen enkele test uitgevoerd.".into()));
    }
    Ok(())
}

/// The number in `running 12 tests`.
fn announced(line: &str) -> u64 {
    let count = line.strip_prefix("running ").and_then(|rest| rest.split_once(" test"));
    count.and_then(|(number, _)| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{announced, needs_browser, selection};

    #[test]
    fn the_whole_workspace_is_tested_unless_a_package_is_chosen() {
        assert_eq!(selection(&[]), Some("--workspace"));
        assert_eq!(selection(&["een_naam".into()]), Some("--workspace"));
        assert_eq!(selection(&["-p".into(), "testkit".into()]), None);
        assert_eq!(selection(&["--package=testkit".into()]), None);
        assert_eq!(selection(&["--".into(), "-p".into()]), Some("--workspace"));
    }

    #[test]
    fn a_browser_is_fetched_only_for_who_tests_the_pages() {
        assert!(needs_browser(&[]) && needs_browser(&["-p".into(), "onderdak".into()]));
        assert!(needs_browser(&["--package=onderdak".into()]));
        assert!(!needs_browser(&["-p".into(), "eventlog".into()]));
    }

    #[test]
    fn announced_tests_are_counted() {
        assert_eq!(announced("running 12 tests"), 12);
        assert_eq!(announced("running 1 test"), 1);
        assert_eq!(announced("test running 3 tests ... ok"), 0);
    }
}
