//! A program that a test starts, listens to, and ends as roughly as it likes. It never outlives the
//! value, and where the machine can do that (`setpriv`), not the test process either.

mod spawn;

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::{SECONDS_30, wait_for};

/// How many of the last lines a panic shows.
const SHOWN: usize = 30;
/// How often, and how long apart, is looked whether a program has stopped: 30 seconds in all.
const STOP_TRIES: u32 = 30_000;
const STOP_TRY_EVERY: Duration = Duration::from_millis(1);

/// A running program and everything it has printed.
#[derive(Debug)]
pub struct Child {
    name: String,
    child: std::process::Child,
    lines: Arc<Mutex<Vec<String>>>,
    readers: [JoinHandle<()>; 2],
}

impl Child {
    /// Starts `binary`; its output is collected and its input is empty.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start<A: AsRef<OsStr>, K: AsRef<OsStr>, V: AsRef<OsStr>>(
        binary: impl AsRef<OsStr>,
        args: impl IntoIterator<Item = A>,
        env: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let name = binary.as_ref().to_string_lossy().into_owned();
        let mut command = spawn::dying_with_us(binary.as_ref());
        command.args(args).envs(env).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn::spawn(command).unwrap_or_else(|error| panic!("cannot start {name}: {error}"));
        let lines = Arc::default();
        let readers = [collect(child.stdout.take(), &lines), collect(child.stderr.take(), &lines)];
        Self { name, child, lines, readers }
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything printed so far, standard output and error together.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits for a line with this text in it and gives the whole line; lines printed earlier count.
    ///
    /// # Panics
    /// When the line has not come in 30 seconds.
    pub async fn wait_line(&self, contains: &str) -> String {
        wait_for(&format!("a line with `{contains}` from {}", self.name), SECONDS_30, async || {
            self.lines().into_iter().find(|line| line.contains(contains)).ok_or_else(|| self.last_words())
        })
        .await
    }

    /// Whether it still runs (a stopped one does).
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until it ends by itself, and everything it printed was read.
    ///
    /// # Panics
    /// When it still runs, or its output is still open, after 30 seconds.
    pub async fn exit(&mut self) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        wait_for(&what, SECONDS_30, async || match self.child.try_wait() {
            Ok(Some(status)) if self.readers.iter().all(JoinHandle::is_finished) => Ok(status),
            Ok(Some(_)) => Err(format!("its output is still open\n{}", self.last_words())),
            Ok(None) => Err(self.last_words()),
            Err(error) => Err(error.to_string()),
        })
        .await
    }

    /// SIGKILL: gone when this returns, without a chance to write anything.
    pub fn kill9(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM: asks it to stop; [`Child::exit`] waits for that.
    pub fn term(&self) {
        self.signal("TERM");
    }

    /// SIGSTOP: it stays, and answers nothing. When this returns every thread of it has stopped: a signal that was sent has
    /// not arrived yet.
    ///
    /// # Panics
    /// When it still runs after 30 seconds.
    pub fn freeze(&self) {
        self.signal("STOP");
        let stops = (0..STOP_TRIES).any(|_| {
            let stopped = all_stopped(self.id());
            if !stopped {
                thread::sleep(STOP_TRY_EVERY);
            }
            stopped
        });
        assert!(stops, "{} goes on after SIGSTOP", self.name);
    }

    /// SIGCONT: goes on after [`Child::freeze`].
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    /// The end of what it printed, for a failure message.
    #[must_use]
    pub fn last_words(&self) -> String {
        let lines = self.lines();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }

    fn signal(&self, signal: &str) {
        // Signals need unsafe code or the shell; the shell has `kill` built in on every machine.
        let sent = std::process::Command::new("sh").args(["-c", &format!("kill -{signal} {}", self.id())]).status();
        assert!(sent.is_ok_and(|status| status.success()), "cannot send SIG{signal} to {}", self.name);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill9();
    }
}

/// Whether no thread of a process runs; where the machine does not tell, it is believed.
fn all_stopped(id: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{id}/task")) else { return true };
    // The state stands after the name, which is in brackets and may hold anything.
    let is_stopped = |stat: &str| stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['T', 'Z']));
    threads.flatten().all(|thread| {
        // A thread that is gone does not run.
        std::fs::read_to_string(thread.path().join("stat")).map_or(true, |stat| is_stopped(&stat))
    })
}

/// Reads until the end, so that the program never waits for us.
fn collect(stream: Option<impl Read + Send + 'static>, lines: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let (stream, lines) = (stream.expect("output is piped"), Arc::clone(lines));
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    })
}
