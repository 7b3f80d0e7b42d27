//! Erasing what belongs to a person: on request, and by age, every day. Written once for every service with a log. What
//! was done is logged, never to whom.

use std::sync::Arc;
use std::time::Duration;

use eventlog::{Domain, EventLog, LogError};
use model::refusal::Invalid;
use model::region::Region;
use model::sealed::Sort;
use model::wire;
use proto::privacy::v1::privacy_service_server::PrivacyService;
use proto::privacy::v1::{self as message, *};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};
use tracing::{info, warn};

use crate::{Chain, call, reader};

/// How often what is old is erased.
const EVERY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long after a failure it is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(10 * 60);
/// Longest value.
const LONGEST: usize = 280;

/// Serves it for a log.
pub struct Privacy<D: Domain> {
    log: EventLog<D>,
    service: &'static str,
    region: Arc<Region>,
}

impl<D: Domain> Privacy<D> {
    /// For a log.
    pub const fn new(log: EventLog<D>, service: &'static str, region: Arc<Region>) -> Self {
        Self { log, service, region }
    }

    async fn retained(&self) -> Result<Vec<(Sort, u64, u32)>, LogError> {
        let terms = terms(&self.region);
        let days: Vec<(&'static str, u32)> = terms.iter().map(|(sort, days)| (sort.name(), *days)).collect();
        let removed = self.log.retain(&days).await?;
        let removed = terms.into_iter().zip(removed).map(|((sort, days), (_, rows))| (sort, rows, days));
        let removed: Vec<_> = removed.collect();
        let of = |sort: Sort| removed.iter().find(|(it, ..)| *it == sort).map_or(0, |(_, rows, _)| *rows);
        info!(
            target: reader::TARGET,
            actie = "bewaartermijn",
            object = "opzoektabel",
            resultaat = "gelukt",
            oorsprong = self.service,
            clients = of(Sort::Client),
            staff = of(Sort::Staff),
            texts = of(Sort::Text),
            "What nobody needed any more was erased"
        );
        Ok(removed)
    }
}

/// For how long each sort is kept after it was last needed.
fn terms(region: &Region) -> [(Sort, u32); 3] {
    let terms = &region.retention;
    [(Sort::Client, terms.client_days), (Sort::Staff, terms.staff_days), (Sort::Text, terms.text_days)]
}

/// Erases what is old every day, until told to stop.
pub async fn run<D: Domain>(privacy: Privacy<D>, stop: CancellationToken) {
    loop {
        let next = match privacy.retained().await {
            Ok(_) => EVERY,
            Err(error) => {
                warn!(error = %Chain(&error), "What is old could not be erased; trying again later");
                AGAIN_AFTER
            }
        };
        tokio::select! {
            () = tokio::time::sleep(next) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[tonic::async_trait]
impl<D: Domain> PrivacyService for Privacy<D> {
    async fn erase(&self, request: Request<EraseRequest>) -> Result<Response<EraseResponse>, Status> {
        let wie = reader::who_asks(&self.log).await;
        let EraseRequest { sort, value } = request.into_inner();
        let sort = sort_in(sort).map_err(|wrong| call::invalid(&wrong))?;
        if value.is_empty() || value.chars().count() > LONGEST {
            return Err(call::invalid(&Invalid::new("value", format!("moet 1 tot en met {LONGEST} tekens hebben"))));
        }
        let erased = self.log.erase(sort.name(), &value).await;
        let resultaat = if erased.is_ok() { "gelukt" } else { "mislukt" };
        let (object, oorsprong) = (sort.name(), self.service);
        // Who is erased stands nowhere any more, so not here either.
        let rijen = *erased.as_ref().unwrap_or(&0);
        info!(target: reader::TARGET, actie = "wissen", wie, object, resultaat, oorsprong, rijen, "Somebody was erased");
        let rows = erased.map_err(|error| unavailable(&error))?;
        Ok(Response::new(EraseResponse { service: self.service.to_owned(), rows }))
    }

    async fn retain(&self, _request: Request<RetainRequest>) -> Result<Response<RetainResponse>, Status> {
        let removed = self.retained().await.map_err(|error| unavailable(&error))?;
        let removed = removed.into_iter().map(|(sort, rows, days)| Removed { sort: sort_out(sort).into(), rows, days });
        Ok(Response::new(RetainResponse { service: self.service.to_owned(), removed: removed.collect() }))
    }
}

fn unavailable(error: &LogError) -> Status {
    warn!(error = %Chain(error), "What belongs to a person could not be erased");
    call::with_reason(
        Code::Unavailable,
        "LOG_UNAVAILABLE",
        "Het is niet zeker of alles gewist is. Probeer het opnieuw; nog een keer wissen kan geen kwaad.",
    )
}

fn sort_in(raw: i32) -> Result<Sort, Invalid> {
    match message::Sort::try_from(raw) {
        Ok(message::Sort::Client) => Ok(Sort::Client),
        Ok(message::Sort::Staff) => Ok(Sort::Staff),
        Ok(message::Sort::Text) => Ok(Sort::Text),
        Ok(message::Sort::Unspecified) | Err(_) => Err(wire::unknown("sort")),
    }
}

const fn sort_out(sort: Sort) -> message::Sort {
    match sort {
        Sort::Client => message::Sort::Client,
        Sort::Staff => message::Sort::Staff,
        Sort::Text => message::Sort::Text,
    }
}
