//! SIGKILL at every step of the way of a command: appending, committed, published, and the cursor moved. The child
//! is this same test binary, started again; its steps are seen in its log lines, so the log itself knows nothing
//! of this test.

mod child;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Stdio;

use testkit::SECONDS_30;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, Lines};
use tokio::process::{Child, Command};
use uuid::Uuid;

use crate::backend::Backend;
use crate::disk::Disk;

/// The lines at which the child is killed.
const STEPS: [&str; 4] = ["appending", "committed", "published", "cursor moved"];
const ROUNDS: usize = 50;

on_both!(kill_9_at_every_step_loses_and_doubles_nothing);

async fn kill_9_at_every_step_loses_and_doubles_nothing(backend: &Backend) {
    let mut heard = Heard::default();
    for round in 0..ROUNDS {
        let step = STEPS[round % STEPS.len()];
        // Not always the first time: the first ones are about the commands of the round before.
        let times = 1 + round / STEPS.len() % 5;
        run_until_killed(backend, &mut heard, step, times).await;
        check(backend, &heard, &format!("round {round}, killed at the {times}th '{step}'")).await;
    }
    assert!(heard.acknowledged.len() >= ROUNDS, "only {} commands were acknowledged", heard.acknowledged.len());
    assert!(heard.cursor > 0 && heard.retried > 0, "the crashes hit nothing: {heard:?}");
}

/// What the children said before they died.
#[derive(Debug, Default)]
struct Heard {
    /// Sent, and not yet acknowledged.
    sent: BTreeSet<Uuid>,
    acknowledged: BTreeMap<Uuid, String>,
    /// Ids of published reports, by position.
    published: BTreeMap<i64, String>,
    /// The last position of which the cursor was seen to move to it.
    cursor: i64,
    /// How many commands were sent again after a crash.
    retried: usize,
}

impl Heard {
    /// What a child said on its standard output.
    fn note(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            ["sent", id] => drop(self.sent.insert(id.parse().expect("an id"))),
            ["acknowledged", id, answer] => {
                let id = id.parse().expect("an id");
                self.sent.remove(&id);
                let before = self.acknowledged.insert(id, answer.to_owned());
                assert!(before.is_none_or(|before| before == answer), "{id} got two answers");
            }
            ["published", position, id] => {
                let position = position.parse().expect("a number");
                let before = self.published.insert(position, id.to_owned());
                assert!(before.is_none_or(|before| before == id), "report {position} changed after it was published");
            }
            ["moved", position] => self.cursor = position.parse().expect("a number"),
            _ => {}
        }
    }
}

async fn run_until_killed(backend: &Backend, heard: &mut Heard, step: &str, times: usize) {
    heard.retried += heard.sent.len();
    let again: Vec<String> = heard.sent.iter().map(Uuid::to_string).collect();
    let mut child = Command::new(std::env::current_exe().expect("the test binary knows where it is"))
        .args(["--exact", child::TEST, "--nocapture"])
        .env(child::DATABASE, backend.url())
        .env(child::AGAIN, again.join(","))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the test binary starts");
    let mut said = lines(child.stdout.take());
    let mut logged = lines(child.stderr.take());
    let reached = tokio::time::timeout(SECONDS_30, until_step(&mut said, &mut logged, heard, step, times)).await;
    kill_9(&mut child).await;
    let logged_last = rest(&mut logged, |_| ()).await;
    rest(&mut said, |line| heard.note(line)).await;
    assert_eq!(reached, Ok(true), "the child did not get to the {times}th '{step}'; it said {logged_last:?}");
}

/// Listens to both outputs until the line of the step has come often enough; false when the child ends by itself.
async fn until_step(
    said: &mut Lines<BufReader<impl AsyncRead + Unpin>>,
    logged: &mut Lines<BufReader<impl AsyncRead + Unpin>>,
    heard: &mut Heard,
    step: &str,
    times: usize,
) -> bool {
    let mut seen = 0;
    while seen < times {
        let line = tokio::select! {
            line = said.next_line() => line,
            line = logged.next_line() => line,
        };
        let Ok(Some(line)) = line else { return false };
        heard.note(&line);
        seen += usize::from(line.contains(step));
    }
    true
}

async fn kill_9(child: &mut Child) {
    child.start_kill().expect("the child can be killed");
    child.wait().await.expect("the child is gone");
}

/// Every acknowledged command is there exactly once; nothing has holes; the cursor is never ahead.
async fn check(backend: &Backend, heard: &Heard, when: &str) {
    let disk = Disk::check(backend).await;
    let done = disk.command_ids();
    for id in heard.acknowledged.keys() {
        assert!(done.contains(id.to_string().as_str()), "{id} was acknowledged and is gone ({when})");
    }
    let reports: BTreeMap<i64, &str> = disk.reports.iter().map(|row| (row.position, row.id.as_str())).collect();
    for (position, id) in &heard.published {
        assert_eq!(reports.get(position), Some(&id.as_str()), "report {position} was published and is gone ({when})");
    }
    let cursor =
        backend.numbers("select position from cursor where name = 'relay'").await.first().copied().unwrap_or(0);
    assert!(cursor >= heard.cursor, "the cursor went back to {cursor} from {} ({when})", heard.cursor);
    let published: Vec<i64> = heard.published.keys().copied().collect();
    let last = published.last().copied().unwrap_or(0);
    assert_eq!(published, (1..=last).collect::<Vec<_>>(), "a report was passed over ({when})");
    assert!(cursor <= last, "the cursor is at {cursor}, ahead of what was published, {last} ({when})");
}

fn lines<R: AsyncRead>(output: Option<R>) -> Lines<BufReader<R>> {
    BufReader::new(output.expect("the output is piped")).lines()
}

/// Reads what is left of a dead child's output, and gives the last lines.
async fn rest(lines: &mut Lines<BufReader<impl AsyncRead + Unpin>>, mut note: impl FnMut(&str)) -> Vec<String> {
    let mut last = Vec::new();
    while let Ok(Some(line)) = lines.next_line().await {
        note(&line);
        last.push(line);
    }
    last.split_off(last.len().saturating_sub(10))
}
