//! What the code under test logs, kept for tests that must know that something was tried before they go on. A test
//! is a process (nextest), so the lines are its own; nothing is concluded from a line alone.

use std::io::{Result, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use testkit::{SECONDS_60, wait_for};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

static KEPT: LazyLock<Kept> = LazyLock::new(|| {
    let kept = Kept::default();
    let writer = kept.clone();
    let subscriber = tracing_subscriber::fmt().with_env_filter("service=debug").with_ansi(false);
    // Fails only when somebody else set a subscriber, and nobody does.
    let _ = subscriber.with_writer(move || writer.clone()).try_init();
    kept
});

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        // On standard error as well, for whoever reads about a failure.
        eprint!("{}", String::from_utf8_lossy(bytes));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}

/// Starts keeping.
pub(crate) fn keep() {
    LazyLock::force(&KEPT);
}

/// The lines so far that hold every one of these texts.
pub(crate) fn with(texts: &[&str]) -> Vec<String> {
    let bytes = KEPT.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().filter(|line| texts.iter().all(|text| line.contains(text))).map(str::to_owned).collect()
}

/// Waits for a line with every one of these texts.
pub(crate) async fn wait(texts: &[&str]) -> String {
    wait_for(&format!("a log line with {texts:?}"), SECONDS_60, async || {
        with(texts).pop().ok_or_else(|| with(&["service"]).join("\n"))
    })
    .await
}
