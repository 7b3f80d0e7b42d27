//! Watching the board: the whole picture, then every change. A watcher keeps one number, the revision it has; what
//! it missed is found on the board, newest state only. So a thousand slow dashboards cost nothing, and none of them
//! can hold back another.

use std::sync::Arc;
use std::time::Duration;

use eventlog::Clock;
use futures::stream::{self, BoxStream, StreamExt as _};
use jiff::Timestamp;
use model::kind::Kind;
use model::refusal::Invalid;
use model::report::WHOLE_REGION;
use model::wire;
use proto::encoded::Encoded;
use proto::regio::v1::watch_response::Event;
use proto::regio::v1::{Filter, Heartbeat, Reset, SnapshotComplete, WatchResponse};
use service::guard;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::aggregator::{Picture, Shown};
use crate::board::Entry;
use crate::flow;

/// Silence after which a heartbeat is sent.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Which locations a caller wants.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    kinds: Vec<Kind>,
    gemeenten: Vec<String>,
}

impl Wanted {
    /// From a request; no filter means everything.
    pub fn new(filter: Option<Filter>) -> Result<Self, Invalid> {
        let Filter { kinds, gemeenten } = filter.unwrap_or_default();
        let parse = || {
            let kinds: Vec<i32> = kinds.into_iter().filter(|kind| *kind != 0).collect();
            let kinds = wire::kinds_in("kinds", &kinds)?;
            // What the board tells of a confidential kind may be asked for too.
            let codes = gemeenten.iter().filter(|code| *code != WHOLE_REGION).cloned().collect();
            wire::gemeenten_in("gemeenten", codes)?;
            Ok(Self { kinds, gemeenten })
        };
        parse().map_err(|wrong: Invalid| wrong.inside("filter"))
    }

    /// Whether a location is wanted.
    pub fn wants(&self, entry: &Entry) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&entry.glance.kind))
            && (self.gemeenten.is_empty() || self.gemeenten.contains(&entry.report.gemeente))
    }
}

impl Wanted {
    /// Whether what a report told of flow is wanted.
    pub fn wants_told(&self, told: &flow::Told) -> bool {
        let kind = flow::kind(told).and_then(wire::kind_in);
        (self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(&kind)))
            && (self.gemeenten.is_empty() || self.gemeenten.iter().any(|code| **code == *told.gemeente))
    }
}

/// How long somebody may watch, and the end of it all.
pub struct Allowed {
    /// The end of the token that opened it; none: for ever.
    pub until: Option<Timestamp>,
    /// The service stops.
    pub stop: CancellationToken,
}

/// One who watches.
struct Watcher {
    picture: Picture,
    wanted: Wanted,
    clock: Clock,
    allowed: Allowed,
    has_ended: bool,
    epoch: String,
    revision: u64,
    /// Revision at which the first picture is complete, and how many locations it has so far.
    snapshot: Option<(u64, u32)>,
    /// The token given was of another board.
    reset: bool,
}

/// Everything after a token, for as long as somebody listens.
pub fn watch(
    mut picture: Picture,
    token: &str,
    wanted: Wanted,
    clock: Clock,
    allowed: Allowed,
) -> BoxStream<'static, Result<Encoded<WatchResponse>, Status>> {
    let shown = picture.see();
    let resumed = token.split_once(':').and_then(|(epoch, revision)| {
        let revision = revision.parse::<u64>().ok().filter(|revision| *revision <= shown.board.revision())?;
        (epoch == shown.place.epoch).then_some(revision)
    });
    let watcher = Watcher {
        wanted,
        clock,
        allowed,
        has_ended: false,
        epoch: shown.place.epoch.clone(),
        revision: resumed.unwrap_or(0),
        snapshot: if resumed.is_some() { None } else { Some((shown.board.revision(), 0)) },
        reset: !token.is_empty() && resumed.is_none(),
        picture,
    };
    stream::unfold(watcher, |mut watcher| async move { watcher.next().await.map(|it| (it, watcher)) }).boxed()
}

impl Watcher {
    async fn next(&mut self) -> Option<Result<Encoded<WatchResponse>, Status>> {
        if self.has_ended {
            return None;
        }
        if std::mem::take(&mut self.reset) {
            return Some(Ok(self.says(Event::Reset(Reset {}))));
        }
        self.let_it_leave().await;
        // What happens elsewhere is no sign of life for who does not want to hear of it.
        let left = self.left();
        let heartbeat = tokio::time::sleep(left.map_or(HEARTBEAT, |left| left.min(HEARTBEAT)));
        tokio::pin!(heartbeat);
        loop {
            if self.left().is_some_and(|left| left.is_zero()) {
                self.has_ended = true;
                return Some(Err(guard::token_ended()));
            }
            let shown = self.picture.see();
            if shown.place.epoch != self.epoch {
                return Some(Ok(self.start_over(&shown)));
            }
            if let Some(response) = self.next_change(&shown) {
                return Some(Ok(response));
            }
            tokio::select! {
                () = self.picture.changed() => {}
                () = &mut heartbeat => {
                    if self.left().is_none_or(|left| !left.is_zero()) {
                        return Some(Ok(self.says(Event::Heartbeat(Heartbeat {}))));
                    }
                }
                () = self.allowed.stop.cancelled() => return None,
            }
        }
    }

    /// How long they may still watch.
    fn left(&self) -> Option<Duration> {
        let until = self.allowed.until?;
        Some(Duration::try_from(until.duration_since((self.clock)())).unwrap_or_default())
    }

    /// A first picture that is told in one go lies in the queue of its connection as a whole, and that queue keeps its
    /// size for as long as the connection lives. The first pause sends on what was encoded, the second lets it leave.
    async fn let_it_leave(&self) {
        if self.snapshot.is_some_and(|(_, locations)| locations > 0) {
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
        }
    }

    /// The next wanted location, or the end of the first picture; none: everything was told.
    fn next_change(&mut self, shown: &Shown) -> Option<Encoded<WatchResponse>> {
        while let Some((revision, entry)) = shown.board.changed_after(self.revision) {
            if let Some((complete_at, locations)) = self.snapshot
                && revision > complete_at
            {
                return Some(self.complete(locations));
            }
            self.revision = revision;
            // The first picture holds what is open; a location that closes later is told of once.
            let skip = self.snapshot.is_some() && entry.report.retired;
            if !skip && self.wanted.wants(&entry) {
                self.snapshot = self.snapshot.map(|(at, locations)| (at, locations + 1));
                return Some(self.tells(&entry));
            }
        }
        let (_, locations) = self.snapshot?;
        Some(self.complete(locations))
    }

    fn complete(&mut self, locations: u32) -> Encoded<WatchResponse> {
        self.snapshot = None;
        self.says(Event::SnapshotComplete(SnapshotComplete { locations }))
    }

    fn start_over(&mut self, shown: &Arc<Shown>) -> Encoded<WatchResponse> {
        self.epoch = shown.place.epoch.clone();
        self.revision = 0;
        self.snapshot = Some((shown.board.revision(), 0));
        self.says(Event::Reset(Reset {}))
    }

    /// A location, encoded once for all who watch.
    fn tells(&self, entry: &Entry) -> Encoded<WatchResponse> {
        let message = WatchResponse { resume_token: self.token(), event: None };
        Encoded { message, rest: entry.tell((self.clock)()) }
    }

    fn says(&self, event: Event) -> Encoded<WatchResponse> {
        WatchResponse { resume_token: self.token(), event: Some(event) }.into()
    }

    /// While the first picture is not complete a break starts it over: its token is that of no board.
    fn token(&self) -> String {
        if self.snapshot.is_some() { String::new() } else { format!("{}:{}", self.epoch, self.revision) }
    }
}
