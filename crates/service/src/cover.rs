//! Keeps a service's own copy of when the avond- en nachtdienst is there, from what that service publishes. No service
//! calls another: this listens. It must not decide what cover means.

use std::sync::Arc;

use async_nats::jetstream::Context;
use eventlog::{Domain, EventLog, ExecuteError, Meta};
use model::id::{Gemeente, RegionId};
use model::night::{self, CoverTold, Heard};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use crate::listen::{self, HeardReport, Listener, Listening};

/// The service that tells of its cover.
const NACHTDIENST: &str = "nachtdienst";
/// Who keeps what was heard.
const ACTOR: &str = "systeem:dekking";

/// Keeps what is told in a log.
pub struct Keeper<D: Domain> {
    /// The log.
    pub log: EventLog<D>,
    /// Up to where it heard everything.
    pub heard: fn(&D::State) -> Option<&Heard>,
    /// The command that keeps what is told.
    pub command: fn(Gemeente, CoverTold, Heard) -> D::Command,
}

/// Listens until told to stop.
pub async fn run<D: Domain>(keeper: Keeper<D>, jetstream: Context, region: RegionId, stop: CancellationToken) {
    listen::run(jetstream, Listening { region, service: NACHTDIENST }, keeper, stop).await;
}

impl<D: Domain> Listener for Keeper<D> {
    fn place(&self) -> Option<(Arc<str>, u64)> {
        let view = self.log.view();
        (self.heard)(&view.state).map(|it| (Arc::clone(&it.stream), it.sequence))
    }

    async fn keep(&self, it: HeardReport) -> bool {
        let heard = Heard { stream: it.stream, sequence: it.sequence };
        match night::told(&it.report) {
            Ok((gemeente, told)) => is_kept(&self.log, (self.command)(gemeente, told, heard)).await,
            Err(why) => {
                debug!(%why, sequence = it.sequence, "A report of the nachtdienst does not tell of cover");
                true
            }
        }
    }
}

async fn is_kept<D: Domain>(log: &EventLog<D>, command: D::Command) -> bool {
    let meta = Meta { command_id: None, actor: ACTOR.to_owned(), traceparent: None };
    match log.execute(meta, command).await {
        Ok(_) => true,
        // The rules do not refuse what is told; if they ever do, the next report has its chance.
        Err(ExecuteError::Refused(refusal)) => {
            warn!(%refusal, "What the nachtdienst told was refused");
            true
        }
        Err(error) => {
            debug!(%error, "What the nachtdienst told could not be kept yet");
            false
        }
    }
}
