//! A program started by a test can be heard and ended, and does not outlive the value that stands for it.

use std::path::PathBuf;

use testkit::process::Child;
use testkit::{SECONDS_10, wait_for};

fn shell(script: &str) -> Child {
    Child::start("sh", ["-c", script], [("GREETING", "dag")])
}

#[tokio::test]
async fn its_output_is_heard_and_its_exit_status_is_kept() {
    let mut child = shell("echo eerst; echo \"$GREETING allemaal\" >&2; exit 3");
    assert_eq!(child.wait_line("allemaal").await, "dag allemaal");
    assert_eq!(child.exit().await.code(), Some(3));
}

#[tokio::test]
async fn term_can_be_handled_by_the_program() {
    let mut child = shell("trap 'echo netjes; exit 0' TERM; echo klaar; while :; do sleep 0.05; done");
    child.wait_line("klaar").await;
    child.term();
    child.wait_line("netjes").await;
    assert!(child.exit().await.success());
}

#[tokio::test]
async fn kill9_ends_it_at_once() {
    let mut child = shell("echo klaar; exec sleep 60");
    child.wait_line("klaar").await;
    assert!(child.is_running());
    child.kill9();
    assert!(!child.is_running());
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn it_does_not_outlive_its_value() {
    let child = shell("exec sleep 60");
    let proc = PathBuf::from(format!("/proc/{}", child.id()));
    assert!(proc.exists());
    drop(child);
    wait_for(
        "the process to go",
        SECONDS_10,
        async || if proc.exists() { Err("still there".to_owned()) } else { Ok(()) },
    )
    .await;
}
