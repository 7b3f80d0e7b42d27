//! gRPC in, answers from the board out. It reads; only `Rebuild` changes anything, and that is the picture itself.

use std::sync::Arc;

use eventlog::{Clock, LogError};
use futures::stream::BoxStream;
use jiff::Timestamp;
use jiff::civil::Time;
use model::refusal::Invalid;
use model::region::Region;
use model::wire::{self, maybe_time_in};
use proto::encoded::Encoded;
use proto::regio::v1::regio_service_server::RegioService;
use proto::regio::v1::*;
use service::{Chain, call, clock};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Response, Status};

use crate::aggregator::Picture;
use crate::board::{Entry, is_demand};
use crate::find::{self, Wish};
use crate::heal::Feeds;
use crate::store::Store;
use crate::watch::{self, Allowed, Wanted};
use crate::{flow, overview, series};

/// Answers when the caller does not say how many.
const USUAL_LIMIT: u32 = 10;
/// Most answers.
const HIGHEST_LIMIT: u32 = 100;
/// Last minute of a day.
const LAST_MINUTE: u32 = 24 * 60 - 1;

/// The gRPC side of the aggregator.
pub struct Api {
    store: Store,
    picture: Picture,
    region: Arc<Region>,
    feeds: Feeds,
    stop: CancellationToken,
    clock: Clock,
}

impl Api {
    /// Serves a picture.
    pub fn new(store: Store, picture: Picture, region: Arc<Region>, feeds: Feeds, stop: CancellationToken) -> Self {
        Self { store, picture, region, feeds, stop, clock: clock::system() }
    }

    fn wish(&self, it: FindPlacesRequest) -> Result<Wish, Invalid> {
        let kinds = wire::kinds_in("kinds", &it.kinds)?;
        let gemeente = wire::maybe_gemeente_in("from_gemeente", &it.from_gemeente)?;
        let from = it.from.map(wire::coordinates_in).transpose().map_err(|wrong| wrong.inside("from"))?;
        let limit = wire::within("limit", it.limit, 0..=HIGHEST_LIMIT)?;
        let needs = wire::needs_in(it.needs)?;
        Ok(Wish {
            from: from.or_else(|| gemeente.as_ref().and_then(|gemeente| self.region.centre(gemeente))),
            gemeente: gemeente.or_else(|| needs.residence.clone()).filter(|it| self.region.gemeente(it).is_some()),
            needs,
            kinds,
            at: maybe_time_in("at", it.at)?.unwrap_or_else(|| (self.clock)()),
            limit: usize::try_from(if limit == 0 { USUAL_LIMIT } else { limit }).unwrap_or(1),
        })
    }

    /// The beginnings of the buckets that a question over time is about, its end, and what it is about.
    fn over_time(
        &self,
        from: Option<pbjson_types::Timestamp>,
        until: Option<pbjson_types::Timestamp>,
        bucket: i32,
        filter: Option<Filter>,
    ) -> Result<(Vec<Timestamp>, Timestamp, Wanted), Invalid> {
        let from = wire::time_in("from", &wire::required("from", from)?)?;
        let until = wire::time_in("until", &wire::required("until", until)?)?;
        let bucket = Bucket::try_from(bucket).map_err(|_| Invalid::new("bucket", "kent een onbekende waarde"))?;
        if until < from {
            return Err(Invalid::new("until", "moet na het begin liggen"));
        }
        let begins = flow::buckets(&self.region, bucket, from, until);
        let too_many = || Invalid::new("until", format!("ligt meer dan {} perioden na het begin", flow::MOST_BUCKETS));
        Ok((begins.ok_or_else(too_many)?, until, Wanted::new(filter)?))
    }
}

#[tonic::async_trait]
impl RegioService for Api {
    type WatchStream = BoxStream<'static, Result<Encoded<WatchResponse>, Status>>;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let WatchRequest { resume_token, filter } = request.into_inner();
        let (picture, clock) = (self.picture.clone(), Arc::clone(&self.clock));
        let wanted = Wanted::new(filter).map_err(|wrong| call::invalid(&wrong))?;
        let until = service::reader::caller().map(|caller| caller.until);
        let allowed = Allowed { until, stop: self.stop.clone() };
        Ok(Response::new(watch::watch(picture, &resume_token, wanted, clock, allowed)))
    }

    async fn list_locations(
        &self,
        request: Request<ListLocationsRequest>,
    ) -> Result<Response<ListLocationsResponse>, Status> {
        let ListLocationsRequest { filter, include_retired } = request.into_inner();
        let wanted = Wanted::new(filter).map_err(|wrong| call::invalid(&wrong))?;
        let (now, shown) = ((self.clock)(), self.picture.now());
        let entries = shown.board.entries().filter(|entry| include_retired || !entry.report.retired);
        let locations = entries.filter(|entry| wanted.wants(entry)).map(|entry| entry.show(now)).collect();
        Ok(Response::new(ListLocationsResponse { locations }))
    }

    async fn find_places(&self, request: Request<FindPlacesRequest>) -> Result<Response<FindPlacesResponse>, Status> {
        let wish = self.wish(request.into_inner()).map_err(|wrong| call::invalid(&wrong))?;
        let shown = self.picture.now();
        Ok(Response::new(find::find(&shown.board, &wish, &self.region, (self.clock)())))
    }

    async fn get_history(&self, request: Request<GetHistoryRequest>) -> Result<Response<GetHistoryResponse>, Status> {
        let GetHistoryRequest { at, filter } = request.into_inner();
        let at = wire::required("at", at).and_then(|at| wire::time_in("at", &at));
        let at = at.map_err(|wrong| call::invalid(&wrong))?;
        let wanted = Wanted::new(filter).map_err(|wrong| call::invalid(&wrong))?;
        let entries = self.store.at(at.as_microsecond()).await.map_err(|error| unreadable(&error))?;
        let is_open = |entry: &&Entry| !entry.report.retired && !is_demand(&entry.report) && wanted.wants(entry);
        let open = entries.iter().filter(is_open);
        Ok(Response::new(GetHistoryResponse { locations: open.map(|entry| entry.show(at)).collect() }))
    }

    async fn get_overview(
        &self,
        request: Request<GetOverviewRequest>,
    ) -> Result<Response<GetOverviewResponse>, Status> {
        let GetOverviewRequest { at, filter } = request.into_inner();
        let at = at.map(|at| wire::time_in("at", &at)).transpose().map_err(|wrong| call::invalid(&wrong))?;
        let wanted = Wanted::new(filter).map_err(|wrong| call::invalid(&wrong))?;
        let now = (self.clock)();
        let (rows, totals) = match at {
            None => {
                let shown = self.picture.now();
                overview::overview(shown.board.entries().filter(|entry| wanted.wants(entry)), now)
            }
            Some(at) => {
                let entries = self.store.at(at.as_microsecond()).await.map_err(|error| unreadable(&error))?;
                let open = entries.iter().filter(|entry| !is_demand(&entry.report) && wanted.wants(entry));
                overview::overview(open, at)
            }
        };
        Ok(Response::new(GetOverviewResponse { at: Some(wire::time_out(at.unwrap_or(now))), rows, totals }))
    }

    async fn get_flow(&self, request: Request<GetFlowRequest>) -> Result<Response<GetFlowResponse>, Status> {
        let GetFlowRequest { from, until, bucket, filter } = request.into_inner();
        let (begins, until, wanted) =
            self.over_time(from, until, bucket, filter).map_err(|wrong| call::invalid(&wrong))?;
        let from = begins.first().map_or(0, |begin| begin.as_microsecond());
        let kept = self.store.flow(from, until.as_microsecond()).await.map_err(|error| unreadable(&error))?;
        let kept: Vec<flow::Kept> = kept.into_iter().filter(|it| wanted.wants_told(&it.told)).collect();
        let rows = flow::count(&begins, &kept).map_err(|error| unreadable(&LogError::from(error)))?;
        Ok(Response::new(GetFlowResponse { rows }))
    }

    async fn get_series(&self, request: Request<GetSeriesRequest>) -> Result<Response<GetSeriesResponse>, Status> {
        let GetSeriesRequest { from, until, bucket, filter, minute } = request.into_inner();
        let (begins, until, wanted) =
            self.over_time(from, until, bucket, filter).map_err(|wrong| call::invalid(&wrong))?;
        let minute = wire::within("minute", minute, 0..=LAST_MINUTE).map_err(|wrong| call::invalid(&wrong))?;
        let until = until.min((self.clock)());
        let moments = match i64::from(minute) {
            0 => series::Moments::ends(begins, until),
            minute => {
                let time = Time::midnight().saturating_add(jiff::SignedDuration::from_mins(minute));
                series::Moments::at(&self.region, begins, time, until)
            }
        };
        let points = series::read(&self.store, &moments, |entry| wanted.wants(entry)).await;
        Ok(Response::new(GetSeriesResponse { points: points.map_err(|error| unreadable(&error))? }))
    }

    async fn rebuild(&self, _request: Request<RebuildRequest>) -> Result<Response<RebuildResponse>, Status> {
        let reports = self.feeds.rebuild().await.map_err(|error| {
            tracing::warn!(error = %Chain(&error), "The rebuild broke off");
            call::with_reason(
                Code::Unavailable,
                "FEED_UNAVAILABLE",
                "Niet elke dienst antwoordt; het bord wordt pas opnieuw gevuld als ze er allemaal zijn.",
            )
        })?;
        let locations = u32::try_from(self.picture.now().board.len()).unwrap_or(u32::MAX);
        Ok(Response::new(RebuildResponse { reports, locations }))
    }

    async fn get_status(&self, _request: Request<GetStatusRequest>) -> Result<Response<GetStatusResponse>, Status> {
        let shown = self.picture.now();
        let services = shown.progress.iter().map(|(service, progress)| ServiceStatus {
            service: service.to_string(),
            complete_to: progress.complete_to(),
            highest: progress.highest(),
            head: progress.head,
        });
        Ok(Response::new(GetStatusResponse {
            stream_sequence: shown.place.sequence,
            parked: shown.parked,
            services: services.collect(),
            locations: u32::try_from(shown.board.len()).unwrap_or(u32::MAX),
        }))
    }
}

fn unreadable(error: &LogError) -> Status {
    tracing::warn!(error = %Chain(error), "History cannot be read");
    call::with_reason(Code::Unavailable, "STORE_UNAVAILABLE", "De geschiedenis is even niet te lezen.")
}
