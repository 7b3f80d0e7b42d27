//! gRPC in, commands out; answers in, messages out. A handler is parse, execute, reply. No rule lives here.
//!
//! An RPC that stands in the file of its topic is a method of [`Api`] with the same name: that goes before the trait's.

mod counting;
mod messages;
mod planning;
mod stays;
mod waiting;

use eventlog::EventLog;
use model::id::{LocationId, PlaceId};
use model::kind::{Counting, Kind, Owner};
use model::refusal::Invalid;
use model::site::SiteCommand;
use model::wire::{self, field, location_in, maybe_time_in, place_in, required, text_in};
use proto::Commanding;
use proto::availability::v1::{LocationProfile, Receipt};
use proto::opvang::v1::opvang_service_server::OpvangService;
use proto::opvang::v1::*;
use service::{call, sites};
use tonic::{Request, Response, Status};

use self::messages::{counting_in, location_out};
use crate::domain::{Command, StayView};
use crate::{Answer, Opvang};

/// The gRPC side of the service.
pub struct Api {
    log: EventLog<Opvang>,
}

impl Api {
    /// Serves a log.
    pub const fn new(log: EventLog<Opvang>) -> Self {
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

/// The stay in an answer, and the remarks with it.
fn stay(answer: Answer) -> Result<(StayView, Vec<String>), Status> {
    match answer {
        Answer::Stay { stay, remarks } => Ok((*stay, remarks)),
        _ => Err(call::no_such_answer()),
    }
}

/// The receipt in an answer.
fn receipt(answer: Answer) -> Result<Option<Receipt>, Status> {
    match answer {
        Answer::Receipt { location, version } => Ok(Some(Receipt { location_id: location, version })),
        _ => Err(call::no_such_answer()),
    }
}

/// The profile of a location of any kind but the logeerplek. What opvang adds to it stands beside it in a request.
fn profile(
    raw: Option<LocationProfile>,
    counting: Option<Counting>,
    max_stay_days: u32,
) -> Result<model::profile::Profile, Invalid> {
    let is_ours = |kind: Kind| kind.rules().owner == Owner::Opvang;
    let profile = wire::profile_in(required("profile", raw)?, is_ours, wire::Extra { counting, max_stay_days });
    profile.map_err(|wrong| match wrong.field.as_str() {
        "counting" | "max_stay_days" => wrong,
        _ => wrong.inside("profile"),
    })
}

fn place_profile(raw: Option<proto::availability::v1::PlaceProfile>) -> Result<model::profile::PlaceProfile, Invalid> {
    wire::place_profile_in(required("profile", raw)?).map_err(|wrong| wrong.inside("profile"))
}

#[tonic::async_trait]
impl OpvangService for Api {
    async fn register_location(
        &self,
        request: Request<RegisterLocationRequest>,
    ) -> Result<Response<RegisterLocationResponse>, Status> {
        let parse = |it: RegisterLocationRequest| {
            let location = field("location_id", LocationId::new(&it.location_id))?;
            let counting = counting_in(it.counting)?;
            let profile = profile(it.profile, counting, it.max_stay_days)?;
            Ok(SiteCommand::Register { public_id: location.clone(), location, profile })
        };
        Ok(Response::new(RegisterLocationResponse { receipt: self.site(request, parse).await? }))
    }

    async fn change_location(
        &self,
        request: Request<ChangeLocationRequest>,
    ) -> Result<Response<ChangeLocationResponse>, Status> {
        let parse = |it: ChangeLocationRequest| {
            let (location, profile) = (location_in(&it.location_id)?, profile(it.profile, None, it.max_stay_days)?);
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

    async fn check_in(&self, request: Request<CheckInRequest>) -> Result<Response<CheckInResponse>, Status> {
        Ok(Response::new(self.check_in(request).await?))
    }

    async fn check_out(&self, request: Request<CheckOutRequest>) -> Result<Response<CheckOutResponse>, Status> {
        Ok(Response::new(self.check_out(request).await?))
    }

    async fn reserve(&self, request: Request<ReserveRequest>) -> Result<Response<ReserveResponse>, Status> {
        Ok(Response::new(self.reserve(request).await?))
    }

    async fn cancel_reservation(
        &self,
        request: Request<CancelReservationRequest>,
    ) -> Result<Response<CancelReservationResponse>, Status> {
        Ok(Response::new(self.cancel_reservation(request).await?))
    }

    async fn r#move(&self, request: Request<MoveRequest>) -> Result<Response<MoveResponse>, Status> {
        Ok(Response::new(self.r#move(request).await?))
    }

    async fn extend_stay(&self, request: Request<ExtendStayRequest>) -> Result<Response<ExtendStayResponse>, Status> {
        Ok(Response::new(self.extend_stay(request).await?))
    }

    async fn set_responsible(
        &self,
        request: Request<SetResponsibleRequest>,
    ) -> Result<Response<SetResponsibleResponse>, Status> {
        Ok(Response::new(self.set_responsible(request).await?))
    }

    async fn get_stay(&self, request: Request<GetStayRequest>) -> Result<Response<GetStayResponse>, Status> {
        Ok(Response::new(self.get_stay(request.into_inner()).await?))
    }

    async fn list_expected_exits(
        &self,
        request: Request<ListExpectedExitsRequest>,
    ) -> Result<Response<ListExpectedExitsResponse>, Status> {
        Ok(Response::new(self.list_expected_exits(request.into_inner()).await?))
    }

    async fn join_waiting_list(
        &self,
        request: Request<JoinWaitingListRequest>,
    ) -> Result<Response<JoinWaitingListResponse>, Status> {
        Ok(Response::new(self.join_waiting_list(request).await?))
    }

    async fn leave_waiting_list(
        &self,
        request: Request<LeaveWaitingListRequest>,
    ) -> Result<Response<LeaveWaitingListResponse>, Status> {
        Ok(Response::new(self.leave_waiting_list(request).await?))
    }

    async fn accept_offer(
        &self,
        request: Request<AcceptOfferRequest>,
    ) -> Result<Response<AcceptOfferResponse>, Status> {
        Ok(Response::new(self.accept_offer(request).await?))
    }

    async fn decline_offer(
        &self,
        request: Request<DeclineOfferRequest>,
    ) -> Result<Response<DeclineOfferResponse>, Status> {
        Ok(Response::new(self.decline_offer(request).await?))
    }

    async fn withdraw_offer(
        &self,
        request: Request<WithdrawOfferRequest>,
    ) -> Result<Response<WithdrawOfferResponse>, Status> {
        Ok(Response::new(self.withdraw_offer(request).await?))
    }

    async fn pass_over(&self, request: Request<PassOverRequest>) -> Result<Response<PassOverResponse>, Status> {
        Ok(Response::new(self.pass_over(request).await?))
    }

    async fn offer_again(&self, request: Request<OfferAgainRequest>) -> Result<Response<OfferAgainResponse>, Status> {
        Ok(Response::new(self.offer_again(request).await?))
    }

    async fn move_waiting(
        &self,
        request: Request<MoveWaitingRequest>,
    ) -> Result<Response<MoveWaitingResponse>, Status> {
        Ok(Response::new(self.move_waiting(request).await?))
    }

    async fn list_waiting(
        &self,
        request: Request<ListWaitingRequest>,
    ) -> Result<Response<ListWaitingResponse>, Status> {
        Ok(Response::new(self.list_waiting(request.into_inner()).await?))
    }

    async fn plan_capacity(
        &self,
        request: Request<PlanCapacityRequest>,
    ) -> Result<Response<PlanCapacityResponse>, Status> {
        Ok(Response::new(self.plan_capacity(request).await?))
    }

    async fn withdraw_plan(
        &self,
        request: Request<WithdrawPlanRequest>,
    ) -> Result<Response<WithdrawPlanResponse>, Status> {
        Ok(Response::new(self.withdraw_plan(request).await?))
    }

    async fn list_plans(&self, request: Request<ListPlansRequest>) -> Result<Response<ListPlansResponse>, Status> {
        Ok(Response::new(self.list_plans(request.get_ref())?))
    }

    async fn switch_surge(
        &self,
        request: Request<SwitchSurgeRequest>,
    ) -> Result<Response<SwitchSurgeResponse>, Status> {
        Ok(Response::new(self.switch_surge(request).await?))
    }

    async fn bulk_set(&self, request: Request<BulkSetRequest>) -> Result<Response<BulkSetResponse>, Status> {
        Ok(Response::new(self.bulk_set(request).await?))
    }

    async fn count_people(
        &self,
        request: Request<CountPeopleRequest>,
    ) -> Result<Response<CountPeopleResponse>, Status> {
        Ok(Response::new(self.count_people(request).await?))
    }

    async fn set_capacity(
        &self,
        request: Request<SetCapacityRequest>,
    ) -> Result<Response<SetCapacityResponse>, Status> {
        Ok(Response::new(self.set_capacity(request).await?))
    }

    async fn record_stand(
        &self,
        request: Request<RecordStandRequest>,
    ) -> Result<Response<RecordStandResponse>, Status> {
        Ok(Response::new(self.record_stand(request).await?))
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
}
