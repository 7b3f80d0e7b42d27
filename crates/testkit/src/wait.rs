//! Waiting until something is true. Tests never sleep for a guessed time; they ask again, and when the
//! limit passes they say what the last answer was.

use std::panic::Location;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

/// For what is nearly immediate.
pub const SECONDS_2: Duration = Duration::from_secs(2);
/// For what takes a moment on a busy machine.
pub const SECONDS_10: Duration = Duration::from_secs(10);
/// For servers that start or choose a leader.
pub const SECONDS_30: Duration = Duration::from_secs(30);
/// For a whole suite of programs.
pub const SECONDS_60: Duration = Duration::from_secs(60);

const ASK_AGAIN: Duration = Duration::from_millis(20);

/// Asks until the answer is `Ok` and gives it; panics at the limit with `what`, the last `Err` and the caller.
#[track_caller]
pub fn wait_for<T>(
    what: &str,
    limit: Duration,
    mut probe: impl AsyncFnMut() -> Result<T, String>,
) -> impl Future<Output = T> {
    let caller = Location::caller();
    async move {
        let end = Instant::now() + limit;
        let mut last = String::from("no answer at all");
        loop {
            // A probe that hangs must not outlive the limit either.
            match timeout_at(end, probe()).await {
                Ok(Ok(answer)) => return answer,
                Ok(Err(why)) => last = why,
                Err(_) => {}
            }
            assert!(Instant::now() < end, "waited {limit:?} for: {what}; last: {last} (at {caller})");
            sleep(ASK_AGAIN).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_answer_is_given_as_soon_as_it_is_there() {
        let mut asked = 0;
        let answer = wait_for("a third question", SECONDS_2, async || {
            asked += 1;
            if asked == 3 { Ok("yes") } else { Err(format!("asked {asked} times")) }
        });
        assert_eq!(answer.await, "yes");
    }

    #[tokio::test]
    #[should_panic(expected = "for: the sun; last: it is dark")]
    async fn at_the_limit_the_last_reason_is_told() {
        wait_for("the sun", Duration::from_millis(50), async || Err::<(), _>("it is dark".to_owned())).await;
    }

    #[tokio::test]
    #[should_panic(expected = "last: no answer at all")]
    async fn a_probe_that_hangs_does_not_hang_the_test() {
        wait_for("godot", Duration::from_millis(50), async || std::future::pending::<Result<(), String>>().await).await;
    }
}
