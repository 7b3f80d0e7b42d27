//! Holes are healed from the services' feeds. A position that is missing for a while is read from the service that
//! has it; every minute the heads are compared as well, because the last message can be the lost one. It must not
//! change the picture itself.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use identity::Tokens;
use proto::feed::v1::feed_service_client::FeedServiceClient;
use proto::feed::v1::{HeadRequest, HeadResponse, ReadRequest};
use service::client::{Identified, identified};
use service::{Chain, clock};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tonic::transport::Endpoint;
use tracing::{info, warn};

use crate::aggregator::{Picture, Work};
use crate::incoming::{Message, Reading};

/// How often the heads are compared.
const COMPARE_EVERY: Duration = Duration::from_secs(60);
/// How often holes are looked for; one that is still there the next time is healed.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Reports taken in at a time.
const BATCH: usize = 1_000;
/// Longest wait for a service's answer.
const WITHIN: Duration = Duration::from_secs(5);

/// Why a feed could not be read.
#[derive(Debug, thiserror::Error)]
pub enum HealError {
    /// The address is not one.
    #[error("{address} is not the address of a feed")]
    Address {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
    /// The service does not answer, or refuses.
    #[error("the feed at {address} does not answer")]
    Feed {
        /// The address.
        address: String,
        /// What it said.
        #[source]
        source: Box<tonic::Status>,
    },
    /// The aggregator ended.
    #[error("the aggregator ended")]
    Ended,
}

/// The feeds of the region's services.
#[derive(Debug, Clone)]
pub struct Feeds {
    addresses: Vec<String>,
    tokens: Tokens,
    inbox: mpsc::Sender<Work>,
    picture: Picture,
}

/// Heals until told to stop.
pub async fn run(feeds: Feeds, stop: CancellationToken) {
    let mut compared: Option<std::time::Instant> = None;
    let mut had_hole = false;
    while !stop.is_cancelled() {
        let has_hole = feeds.picture.now().progress.values().any(super::progress::Progress::has_hole);
        let is_time = compared.is_none_or(|at| at.elapsed() >= COMPARE_EVERY);
        if is_time || (has_hole && had_hole) {
            tokio::select! {
                answered = feeds.compare_all() => if answered { compared = Some(clock::stopwatch()) },
                () = stop.cancelled() => return,
            }
        }
        had_hole = has_hole;
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => return,
        }
    }
}

impl Feeds {
    /// The feeds at these addresses.
    pub fn new(addresses: &[String], tokens: Tokens, inbox: mpsc::Sender<Work>, picture: Picture) -> Self {
        Self { addresses: addresses.to_vec(), tokens, inbox, picture }
    }

    /// Compares every head and reads what is missing; says whether every service answered.
    async fn compare_all(&self) -> bool {
        let mut all = true;
        for address in &self.addresses {
            if let Err(error) = self.compare(address).await {
                all = false;
                warn!(error = %Chain(&error), "A feed could not be compared; trying again soon");
            }
        }
        all
    }

    async fn compare(&self, address: &str) -> Result<u64, HealError> {
        let mut feed = self.connect(address)?;
        let refused = |status: tonic::Status| HealError::Feed { address: address.to_owned(), source: status.into() };
        let HeadResponse { service, position, .. } = feed.head(HeadRequest {}).await.map_err(refused)?.into_inner();
        let shown = self.picture.now();
        let seen_to = shown.progress.get(service.as_str()).map_or(0, super::progress::Progress::seen_to);
        self.send(Work::Head { service: service.clone(), position }).await?;
        if seen_to > position {
            warn!(service, seen_to, head = position, "The service's log is behind the board: was it restored?");
        }
        if seen_to >= position {
            return Ok(0);
        }
        info!(service, seen_to, head = position, "Reports are missing; reading them from the service");
        self.read(&mut feed, address, &service.into(), seen_to).await
    }

    /// Empties the picture and reads every feed from its beginning; gives the number of reports read.
    pub async fn rebuild(&self) -> Result<u64, HealError> {
        // Every service must answer before anything is thrown away.
        let mut services: Vec<(Arc<str>, &String)> = Vec::new();
        for address in &self.addresses {
            let refused = |status: tonic::Status| HealError::Feed { address: address.clone(), source: status.into() };
            let head = self.connect(address)?.head(HeadRequest {}).await.map_err(refused)?.into_inner();
            services.push((head.service.into(), address));
        }
        let (done, emptied) = oneshot::channel();
        self.send(Work::Empty { done }).await?;
        emptied.await.map_err(|_| HealError::Ended)?;
        let mut reports = 0;
        for (service, address) in &services {
            reports += self.read(&mut self.connect(address)?, address, service, 0).await?;
        }
        Ok(reports)
    }

    async fn read(
        &self,
        feed: &mut FeedServiceClient<Identified>,
        address: &str,
        service: &Arc<str>,
        after: u64,
    ) -> Result<u64, HealError> {
        let refused = |status: tonic::Status| HealError::Feed { address: address.to_owned(), source: status.into() };
        let reports = feed.read(ReadRequest { after, limit: 0 }).await.map_err(refused)?.into_inner();
        let mut chunks = reports.ready_chunks(BATCH);
        let mut count = 0;
        while let Some(chunk) = chunks.next().await {
            let mut messages = Vec::with_capacity(chunk.len());
            for report in chunk {
                let report = report.map_err(refused)?;
                messages.push(Message {
                    subject: report.subject.into(),
                    payload: report.cloud_event.into(),
                    sequence: None,
                    position: Some((Arc::clone(service), report.position)),
                });
            }
            count += messages.len() as u64;
            let (done, taken) = oneshot::channel();
            self.send(Work::FromFeed { messages: Reading::new(messages), done }).await?;
            taken.await.map_err(|_| HealError::Ended)?;
        }
        Ok(count)
    }

    async fn send(&self, work: Work) -> Result<(), HealError> {
        self.inbox.send(work).await.map_err(|_| HealError::Ended)
    }

    fn connect(&self, address: &str) -> Result<FeedServiceClient<Identified>, HealError> {
        let endpoint = Endpoint::from_shared(address.to_owned())
            .map_err(|source| HealError::Address { address: address.to_owned(), source })?;
        let channel = endpoint.connect_timeout(WITHIN).connect_lazy();
        Ok(FeedServiceClient::new(identified(channel, self.tokens.clone())))
    }
}
