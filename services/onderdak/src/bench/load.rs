//! Load: callers that call, wait for the answer and call again, and what they measured. It must not go on after a call
//! that failed.

use std::time::Duration;

use service::clock;
use tokio::task::JoinSet;
use tonic::Status;

use super::failed;
use super::figures::{percentile, rate};
use crate::Failure;

/// One who calls.
pub(super) trait Caller: Send + 'static {
    /// One call.
    fn call(&mut self) -> impl Future<Output = Result<(), Status>> + Send;

    /// After the last call, outside the measurement: puts back what was taken.
    fn finish(&mut self) -> impl Future<Output = Result<(), Status>> + Send {
        async { Ok(()) }
    }
}

/// What callers measured.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    /// Calls answered per second.
    pub(super) per_second: f64,
    /// Half of the calls were answered within this.
    pub(super) p50: Duration,
}

/// Lets callers call for a while. What happens in the warm-up does not count; a call that fails ends it.
pub(super) async fn load<C: Caller>(callers: Vec<C>, warm: Duration, lasts: Duration) -> Result<Load, Failure> {
    let started = clock::stopwatch();
    let mut tasks = JoinSet::new();
    for mut caller in callers {
        tasks.spawn(async move {
            let mut took = Vec::new();
            loop {
                let at = clock::stopwatch();
                caller.call().await?;
                let since = started.elapsed();
                if since > warm + lasts {
                    break;
                }
                if since > warm {
                    took.push(at.elapsed());
                }
            }
            caller.finish().await?;
            Ok::<_, Status>(took)
        });
    }
    let mut all = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        all.extend(ended.map_err(failed)??);
    }
    Ok(Load { per_second: rate(all.len() as u64, lasts), p50: percentile(&mut all, 0.50) })
}
