//! gRPC in, commands out; answers in, messages out. A handler is parse, execute, reply. No rule lives here.
//!
//! An RPC that stands in the file of its topic is a method of [`Api`] with the same name: that goes before the trait's.

mod claims;
mod messages;

use eventlog::EventLog;
use model::id::{LocationId, PlaceId, Pool};
use model::refusal::Invalid;
use model::site::SiteCommand;
use model::wire::{self, field, location_in, maybe_time_in, place_in, required, text_in};
use proto::Commanding;
use proto::availability::v1::Receipt;
use proto::logeerplek::v1::logeerplek_service_server::LogeerplekService;
use proto::logeerplek::v1::*;
use service::{call, sites};
use tonic::{Request, Response, Status};

use self::messages::location_out;
use crate::domain::Command;
use crate::{Answer, Logeerplek};

/// The gRPC side of the service.
pub struct Api {
    log: EventLog<Logeerplek>,
}

impl Api {
    /// Serves a log.
    pub const fn new(log: EventLog<Logeerplek>) -> Self {
        Self { log }
    }

    /// What every site knows, executed.
    async fn site<T: Commanding>(
        &self,
        request: Request<T>,
        parse: impl FnOnce(T) -> Result<SiteCommand, Invalid>,
    ) -> Result<Option<Receipt>, Status> {
        receipt(call::execute(&self.log, request, |it| parse(it).map(Command::Site)).await?)
    }
}

/// The receipt in an answer.
fn receipt(answer: Answer) -> Result<Option<Receipt>, Status> {
    match answer {
        Answer::Receipt { location, version } => Ok(Some(Receipt { location_id: location, version })),
        Answer::Claim(_)
        | Answer::Best { .. }
        | Answer::NothingFits
        | Answer::NothingOpen { .. }
        | Answer::Unmet { .. }
        | Answer::Ticked => Err(call::no_such_answer()),
    }
}

fn profile(raw: Option<proto::availability::v1::LocationProfile>) -> Result<model::profile::Profile, Invalid> {
    let is_ours = |kind| kind == model::kind::Kind::Logeerplek;
    let profile = wire::profile_in(required("profile", raw)?, is_ours, wire::Extra::default());
    profile.map_err(|wrong| wrong.inside("profile"))
}

/// The pools of a logeerplek are its types.
fn place_profile(raw: Option<proto::availability::v1::PlaceProfile>) -> Result<model::profile::PlaceProfile, Invalid> {
    let profile = wire::place_profile_in(required("profile", raw)?).map_err(|wrong| wrong.inside("profile"))?;
    let is_type = |pool: &Pool| ["ambulant", "generalistisch", "specialistisch"].contains(&pool.as_str());
    let field = match (is_type(&profile.pool), profile.also_pools.iter().all(is_type)) {
        (true, true) => return Ok(profile),
        (false, _) => "profile.pool",
        (true, false) => "profile.also_pools",
    };
    Err(Invalid::new(field, "moet ambulant, generalistisch of specialistisch zijn"))
}

#[tonic::async_trait]
impl LogeerplekService for Api {
    async fn register_location(
        &self,
        request: Request<RegisterLocationRequest>,
    ) -> Result<Response<RegisterLocationResponse>, Status> {
        let parse = |it: RegisterLocationRequest| {
            let location = field("location_id", LocationId::new(&it.location_id))?;
            let profile = profile(it.profile)?;
            Ok(SiteCommand::Register { public_id: location.clone(), location, profile })
        };
        Ok(Response::new(RegisterLocationResponse { receipt: self.site(request, parse).await? }))
    }

    async fn change_location(
        &self,
        request: Request<ChangeLocationRequest>,
    ) -> Result<Response<ChangeLocationResponse>, Status> {
        let parse = |it: ChangeLocationRequest| {
            let (location, profile) = (location_in(&it.location_id)?, profile(it.profile)?);
            Ok(SiteCommand::Change { location, profile })
        };
        Ok(Response::new(ChangeLocationResponse { receipt: self.site(request, parse).await? }))
    }

    async fn retire_location(
        &self,
        request: Request<RetireLocationRequest>,
    ) -> Result<Response<RetireLocationResponse>, Status> {
        let parse = |it: RetireLocationRequest| Ok(SiteCommand::Retire { location: location_in(&it.location_id)? });
        Ok(Response::new(RetireLocationResponse { receipt: self.site(request, parse).await? }))
    }

    async fn add_place(&self, request: Request<AddPlaceRequest>) -> Result<Response<AddPlaceResponse>, Status> {
        let parse = |it: AddPlaceRequest| {
            let (location, place) = (location_in(&it.location_id)?, field("place_id", PlaceId::new(&it.place_id))?);
            Ok(SiteCommand::AddPlace { location, place, profile: place_profile(it.profile)? })
        };
        Ok(Response::new(AddPlaceResponse { receipt: self.site(request, parse).await? }))
    }

    async fn change_place(
        &self,
        request: Request<ChangePlaceRequest>,
    ) -> Result<Response<ChangePlaceResponse>, Status> {
        let parse = |it: ChangePlaceRequest| {
            let (location, place) = (location_in(&it.location_id)?, place_in(&it.place_id)?);
            Ok(SiteCommand::ChangePlace { location, place, profile: place_profile(it.profile)? })
        };
        Ok(Response::new(ChangePlaceResponse { receipt: self.site(request, parse).await? }))
    }

    async fn retire_place(
        &self,
        request: Request<RetirePlaceRequest>,
    ) -> Result<Response<RetirePlaceResponse>, Status> {
        let parse = |it: RetirePlaceRequest| {
            let (location, place) = (location_in(&it.location_id)?, place_in(&it.place_id)?);
            Ok(SiteCommand::RetirePlace { location, place })
        };
        Ok(Response::new(RetirePlaceResponse { receipt: self.site(request, parse).await? }))
    }

    async fn take_out_of_service(
        &self,
        request: Request<TakeOutOfServiceRequest>,
    ) -> Result<Response<TakeOutOfServiceResponse>, Status> {
        let parse = |it: TakeOutOfServiceRequest| {
            let (location, place) = (location_in(&it.location_id)?, place_in(&it.place_id)?);
            let reason = text_in("reason", &it.reason)?;
            let until = maybe_time_in("expected_end", it.expected_end)?;
            Ok(SiteCommand::TakeOut { location, place, reason, until })
        };
        Ok(Response::new(TakeOutOfServiceResponse { receipt: self.site(request, parse).await? }))
    }

    async fn return_to_service(
        &self,
        request: Request<ReturnToServiceRequest>,
    ) -> Result<Response<ReturnToServiceResponse>, Status> {
        let parse = |it: ReturnToServiceRequest| {
            let (location, place) = (location_in(&it.location_id)?, place_in(&it.place_id)?);
            Ok(SiteCommand::Return { location, place })
        };
        Ok(Response::new(ReturnToServiceResponse { receipt: self.site(request, parse).await? }))
    }

    async fn confirm_location(
        &self,
        request: Request<ConfirmLocationRequest>,
    ) -> Result<Response<ConfirmLocationResponse>, Status> {
        let parse = |it: ConfirmLocationRequest| Ok(SiteCommand::Confirm { location: location_in(&it.location_id)? });
        Ok(Response::new(ConfirmLocationResponse { receipt: self.site(request, parse).await? }))
    }

    async fn claim(&self, request: Request<ClaimRequest>) -> Result<Response<ClaimResponse>, Status> {
        Ok(Response::new(self.claim(request).await?))
    }

    async fn claim_best(&self, request: Request<ClaimBestRequest>) -> Result<Response<ClaimBestResponse>, Status> {
        Ok(Response::new(self.claim_best(request).await?))
    }

    async fn accept_claim(
        &self,
        request: Request<AcceptClaimRequest>,
    ) -> Result<Response<AcceptClaimResponse>, Status> {
        Ok(Response::new(self.accept_claim(request).await?))
    }

    async fn refuse_claim(
        &self,
        request: Request<RefuseClaimRequest>,
    ) -> Result<Response<RefuseClaimResponse>, Status> {
        Ok(Response::new(self.refuse_claim(request).await?))
    }

    async fn extend_hold(&self, request: Request<ExtendHoldRequest>) -> Result<Response<ExtendHoldResponse>, Status> {
        Ok(Response::new(self.extend_hold(request).await?))
    }

    async fn cancel_claim(
        &self,
        request: Request<CancelClaimRequest>,
    ) -> Result<Response<CancelClaimResponse>, Status> {
        Ok(Response::new(self.cancel_claim(request).await?))
    }

    async fn arrive(&self, request: Request<ArriveRequest>) -> Result<Response<ArriveResponse>, Status> {
        Ok(Response::new(self.arrive(request).await?))
    }

    async fn extend_stay(&self, request: Request<ExtendStayRequest>) -> Result<Response<ExtendStayResponse>, Status> {
        Ok(Response::new(self.extend_stay(request).await?))
    }

    async fn check_out(&self, request: Request<CheckOutRequest>) -> Result<Response<CheckOutResponse>, Status> {
        Ok(Response::new(self.check_out(request).await?))
    }

    async fn record_unmet_demand(
        &self,
        request: Request<RecordUnmetDemandRequest>,
    ) -> Result<Response<RecordUnmetDemandResponse>, Status> {
        Ok(Response::new(self.record_unmet_demand(request).await?))
    }

    async fn get_location(
        &self,
        request: Request<GetLocationRequest>,
    ) -> Result<Response<GetLocationResponse>, Status> {
        let view = self.log.view();
        let site = sites::one(&self.log, &view.state.sites, &request.get_ref().location_id)?;
        let names = call::names(&self.log, site.sealed().collect()).await?;
        let location = Some(location_out(site, self.log.now(), &names));
        Ok(Response::new(GetLocationResponse { location, position: view.position }))
    }

    async fn list_locations(
        &self,
        request: Request<ListLocationsRequest>,
    ) -> Result<Response<ListLocationsResponse>, Status> {
        let (it, view) = (request.into_inner(), self.log.view());
        let page = sites::page(&self.log, &view.state.sites, &it.after_location_id, it.page_size)?;
        let names = call::names(&self.log, page.sites.iter().flat_map(|site| site.sealed()).collect()).await?;
        let now = self.log.now();
        let locations = page.sites.into_iter().map(|site| location_out(site, now, &names)).collect();
        let next_after_location_id = page.next_after;
        Ok(Response::new(ListLocationsResponse { locations, next_after_location_id, position: view.position }))
    }

    async fn get_claim(&self, request: Request<GetClaimRequest>) -> Result<Response<GetClaimResponse>, Status> {
        Ok(Response::new(self.get_claim(request).await?))
    }

    async fn list_claims(&self, request: Request<ListClaimsRequest>) -> Result<Response<ListClaimsResponse>, Status> {
        Ok(Response::new(self.list_claims(request).await?))
    }
}
