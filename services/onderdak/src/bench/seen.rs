//! Who saw what when: changes that were sent, changes that were seen, and how long it took in between. A change is
//! seen when a newer one of the same thing is: what is conflated is not lost.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use proto::regio::v1::regio_service_client::RegioServiceClient;
use proto::regio::v1::watch_response::Event;
use proto::regio::v1::{WatchRequest, WatchResponse};
use service::clock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::fixture::location_number;
use crate::Failure;
use crate::client::Identified;

/// Silence after which nothing more is expected, and the longest wait for it.
const SILENCE: Duration = Duration::from_secs(3);
const REST_WITHIN: Duration = Duration::from_secs(60);

/// A version of a thing at a moment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Which thing.
    pub(super) thing: u32,
    /// Which version of it.
    pub(super) version: u64,
    /// When.
    pub(super) at: Instant,
}

/// How long it took until each change that was sent was seen, and how many never were.
pub(super) fn delays(sent: &[Mark], seen: &[Mark]) -> (Vec<Duration>, u64) {
    let mut by_thing: HashMap<u32, Vec<Mark>> = HashMap::new();
    seen.iter().for_each(|mark| by_thing.entry(mark.thing).or_default().push(*mark));
    let (mut delays, mut missing) = (Vec::with_capacity(sent.len()), 0);
    for change in sent {
        let marks = by_thing.get(&change.thing).map_or(&[][..], Vec::as_slice);
        // Versions of one thing are seen in rising order.
        match marks.get(marks.partition_point(|mark| mark.version < change.version)) {
            Some(first) => delays.push(first.at.saturating_duration_since(change.at)),
            None => missing += 1,
        }
    }
    (delays, missing)
}

/// How many marks were seen, by everybody who looks.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<AtomicU64>);

impl Tally {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits until nothing came for a while: everything is there, or never will be.
    pub(super) async fn rest(&self) {
        let started = clock::stopwatch();
        let mut before = u64::MAX;
        while started.elapsed() < REST_WITHIN {
            let now = self.0.load(Ordering::Relaxed);
            if now == before {
                return;
            }
            before = now;
            tokio::time::sleep(SILENCE).await;
        }
    }
}

/// Watches the board until told to stop, or until nothing comes any more; tells when the first picture is complete.
pub(super) async fn watch(
    mut client: RegioServiceClient<Identified>,
    complete: mpsc::Sender<()>,
    tally: Tally,
    stop: CancellationToken,
) -> Result<Vec<Mark>, Failure> {
    let mut answers = client.watch(WatchRequest { resume_token: String::new(), filter: None }).await?.into_inner();
    let mut seen = Vec::new();
    loop {
        let answer = tokio::select! {
            answer = answers.message() => answer?,
            () = stop.cancelled() => return Ok(seen),
        };
        let at = clock::stopwatch();
        match answer {
            Some(WatchResponse { event: Some(Event::Location(location)), .. }) => {
                let report = location.report.unwrap_or_default();
                let thing = location_number(&report.location_id).unwrap_or(u32::MAX);
                seen.push(Mark { thing, version: report.version, at });
                tally.add();
            }
            // Only this row listens; when it is gone there is nobody to tell.
            Some(WatchResponse { event: Some(Event::SnapshotComplete(_)), .. }) => drop(complete.send(()).await),
            Some(_) => {}
            None => return Ok(seen),
        }
    }
}
