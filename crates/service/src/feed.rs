//! The feed of a service: its reports straight from the log, for an aggregator that missed some. It only reads.

use eventlog::{LogError, Outbox};
use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use proto::feed::v1::feed_service_server::FeedService;
use proto::feed::v1::{HeadRequest, HeadResponse, ReadRequest, ReadResponse};
use tonic::{Code, Request, Response, Status};

use crate::call::with_reason;
use crate::relay::{Identity, Progress, event_json};

/// Reports read from the log at a time.
const CHUNK: u32 = 1_000;

/// Serves the feed.
#[derive(Clone)]
pub struct Feed {
    outbox: Outbox,
    identity: Identity,
    progress: Progress,
}

impl Feed {
    /// The feed of a log.
    pub const fn new(outbox: Outbox, identity: Identity, progress: Progress) -> Self {
        Self { outbox, identity, progress }
    }

    /// The next chunk after a position, and where to go on; none at the end.
    async fn chunk(self, after: u64, to: u64) -> Result<Option<(Vec<ReadResponse>, (Self, u64, u64))>, Status> {
        let most = u32::try_from(to.saturating_sub(after)).unwrap_or(CHUNK).min(CHUNK);
        if most == 0 {
            return Ok(None);
        }
        let rows = self.outbox.after(after, most).await.map_err(|error| unreadable(&error))?;
        let Some(last) = rows.last().map(eventlog::ReportRow::position) else { return Ok(None) };
        let responses = rows.into_iter().map(|row| {
            let cloud_event = event_json(&row, &self.identity.source)
                .map_err(|_| with_reason(Code::DataLoss, "DAMAGED_REPORT", "Een bewaarde melding is beschadigd."))?;
            Ok(ReadResponse { position: row.position(), subject: row.subject, cloud_event })
        });
        let responses = responses.collect::<Result<Vec<_>, Status>>()?;
        Ok(Some((responses, (self, last, to))))
    }
}

#[tonic::async_trait]
impl FeedService for Feed {
    type ReadStream = BoxStream<'static, Result<ReadResponse, Status>>;

    async fn read(&self, request: Request<ReadRequest>) -> Result<Response<Self::ReadStream>, Status> {
        let ReadRequest { after, limit } = request.into_inner();
        let head = self.outbox.head().await.map_err(|error| unreadable(&error))?;
        let to = if limit == 0 { head } else { head.min(after.saturating_add(limit)) };
        let chunks = stream::try_unfold((self.clone(), after, to), |(feed, after, to)| feed.chunk(after, to));
        let responses = chunks.map_ok(|chunk| stream::iter(chunk.into_iter().map(Ok))).try_flatten();
        Ok(Response::new(responses.boxed()))
    }

    async fn head(&self, _request: Request<HeadRequest>) -> Result<Response<HeadResponse>, Status> {
        let position = self.outbox.head().await.map_err(|error| unreadable(&error))?;
        let service = self.identity.service.to_owned();
        Ok(Response::new(HeadResponse { service, position, published: self.progress.published() }))
    }
}

fn unreadable(error: &LogError) -> Status {
    tracing::warn!(error = %crate::Chain(error), "The feed cannot be read");
    with_reason(Code::Unavailable, "LOG_UNAVAILABLE", "De opslag is even niet bereikbaar. Probeer het opnieuw.")
}
