//! The calls about stays: who comes, goes, or is expected; longer, who is responsible, who should leave. No rule lives here.

use eventlog::ExecuteError;
use model::id::{LocationId, PlaceId};
use model::moment;
use model::refusal::Invalid;
use model::sealed::Sealed;
use model::wire::{self, field, gemeente_in, id_in, location_in, maybe_time_in, required, text_in};
use proto::Commanding;
use proto::availability::v1::Date;
use proto::opvang::v1::*;
use service::call;
use tonic::{Request, Status};

use super::messages::{choice_in, destination_in, entry_in, reason_in, stay_out, told_in};
use super::{Api, receipt, stay};
use crate::Answer;
use crate::domain::{self, Command, StayView};

/// Most stays of one answer.
const MOST_STAYS: usize = 1_000;

/// A day that must be told.
pub(super) fn date(name: &str, raw: Option<Date>) -> Result<jiff::civil::Date, Invalid> {
    wire::date_in(name, required(name, raw)?)
}

impl Api {
    pub(super) async fn check_in(&self, request: Request<CheckInRequest>) -> Result<CheckInResponse, Status> {
        let parse = |it: CheckInRequest| {
            let location = location_in(&it.location_id)?;
            let told = told_in(&it.client_ref, it.household_size, it.needs)?;
            Ok(Command::CheckIn { location, entry: entry_in(it.into)?, told })
        };
        let (view, remarks) = stay(self.comes(request, parse).await?)?;
        Ok(CheckInResponse { stay: Some(self.shown(view).await?), remarks })
    }

    pub(super) async fn check_out(&self, request: Request<CheckOutRequest>) -> Result<CheckOutResponse, Status> {
        let parse = |it: CheckOutRequest| {
            let (reason, destination) = (reason_in(it.reason())?, destination_in(it.destination())?);
            let (location, stay) = (location_in(&it.location_id)?, id_in("stay_id", &it.stay_id)?);
            Ok(Command::CheckOut { location, stay, reason, destination })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(CheckOutResponse { receipt })
    }

    pub(super) async fn reserve(&self, request: Request<ReserveRequest>) -> Result<ReserveResponse, Status> {
        let parse = |it: ReserveRequest| {
            let location = location_in(&it.location_id)?;
            let told = told_in(&it.client_ref, it.household_size, it.needs)?;
            let release_at = maybe_time_in("release_at", it.release_at)?;
            Ok(Command::Reserve { location, choice: choice_in(it.choice)?, told, release_at })
        };
        let (view, remarks) = stay(self.comes(request, parse).await?)?;
        Ok(ReserveResponse { stay: Some(self.shown(view).await?), remarks })
    }

    pub(super) async fn cancel_reservation(
        &self,
        request: Request<CancelReservationRequest>,
    ) -> Result<CancelReservationResponse, Status> {
        let parse = |it: CancelReservationRequest| {
            let (location, stay) = (location_in(&it.location_id)?, id_in("stay_id", &it.stay_id)?);
            Ok(Command::CancelReservation { location, stay })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(CancelReservationResponse { receipt })
    }

    pub(super) async fn r#move(&self, request: Request<MoveRequest>) -> Result<MoveResponse, Status> {
        let parse = |it: MoveRequest| {
            let (location, stay) = (location_in(&it.location_id)?, id_in("stay_id", &it.stay_id)?);
            Ok(Command::Move { location, stay, to: field("to_place_id", PlaceId::parse(&it.to_place_id))? })
        };
        let (view, _) = stay(call::execute(&self.log, request, parse).await?)?;
        Ok(MoveResponse { stay: Some(self.shown(view).await?) })
    }

    pub(super) async fn extend_stay(&self, request: Request<ExtendStayRequest>) -> Result<ExtendStayResponse, Status> {
        let parse = |it: ExtendStayRequest| {
            let (location, stay) = (location_in(&it.location_id)?, id_in("stay_id", &it.stay_id)?);
            let (until, reason) = (date("until", it.until)?, text_in("reason", &it.reason)?);
            Ok(Command::ExtendStay { location, stay, until, reason })
        };
        let (view, _) = stay(call::execute(&self.log, request, parse).await?)?;
        Ok(ExtendStayResponse { stay: Some(self.shown(view).await?) })
    }

    pub(super) async fn set_responsible(
        &self,
        request: Request<SetResponsibleRequest>,
    ) -> Result<SetResponsibleResponse, Status> {
        let parse = |it: SetResponsibleRequest| {
            let (location, stay) = (location_in(&it.location_id)?, id_in("stay_id", &it.stay_id)?);
            let gemeente = gemeente_in("gemeente", &it.gemeente)?;
            Ok(Command::SetResponsible { location, stay, gemeente, from: date("from", it.from)? })
        };
        let (view, _) = stay(call::execute(&self.log, request, parse).await?)?;
        Ok(SetResponsibleResponse { stay: Some(self.shown(view).await?) })
    }

    pub(super) async fn get_stay(&self, request: GetStayRequest) -> Result<GetStayResponse, Status> {
        let parse = |it: GetStayRequest| {
            let on = it.on.map(|on| wire::date_in("on", on)).transpose()?;
            Ok((location_in(&it.location_id)?, id_in("stay_id", &it.stay_id)?, on))
        };
        let (at, id, on) = parse(request).map_err(|wrong: Invalid| call::invalid(&wrong))?;
        call::check_sees(&self.log, &at)?;
        let (view, region) = (self.log.view(), &self.log.domain().region);
        let stay = view.state.stay(&id).filter(|stay| stay.location == at);
        let stay = stay.ok_or_else(|| call::refused(&domain::Refusal::UnknownStay { stay: id }))?;
        let site = view.state.sites.get(&at).map_err(|refusal| call::refused(&refusal))?;
        let on = on.unwrap_or_else(|| moment::day(region, self.log.now()));
        let responsible = stay.responsible_on(region, site.profile.kind, on);
        let financing = site.place(&stay.place).ok().and_then(|place| place.profile.financing);
        Ok(GetStayResponse {
            stay: Some(self.shown(stay.show()).await?),
            responsible_gemeente: responsible.gemeente.as_str().to_owned(),
            responsible_from: responsible.set_from.map(wire::date_out),
            financing: wire::financing_told(financing).into(),
            position: view.position,
        })
    }

    pub(super) async fn list_expected_exits(
        &self,
        request: ListExpectedExitsRequest,
    ) -> Result<ListExpectedExitsResponse, Status> {
        let parse = |it: ListExpectedExitsRequest| {
            let by = it.by.map(|by| wire::date_in("by", by)).transpose()?;
            Ok((Some(it.location_id).filter(|id| !id.is_empty()).map(|id| location_in(&id)).transpose()?, by))
        };
        let (at, by): (Option<LocationId>, _) = parse(request).map_err(|wrong: Invalid| call::invalid(&wrong))?;
        let (view, region) = (self.log.view(), &self.log.domain().region);
        if let Some(at) = &at {
            call::check_sees(&self.log, at)?;
            view.state.sites.get(at).map_err(|refusal| call::refused(&refusal))?;
        }
        let by = by.unwrap_or_else(|| moment::day(region, self.log.now()));
        let until = moment::noon(region, by);
        let reach = call::reach(&self.log);
        let mut leaving = view.state.expected_exits(at.as_ref(), until);
        leaving.retain(|stay| reach.has(&stay.location));
        let total = call::total(leaving.len());
        let views: Vec<StayView> = leaving.into_iter().take(MOST_STAYS).map(domain::Stay::show).collect();
        let ids = views.iter().filter_map(|stay| stay.client.as_ref()?.id()).collect();
        let names = call::names(&self.log, ids).await?;
        let stays = views.into_iter().map(|stay| stay_out(stay, &names)).collect();
        Ok(ListExpectedExitsResponse { stays, total, position: view.position })
    }

    /// Somebody comes in, or will. That there was no place for them is recorded, once for each command.
    pub(super) async fn comes<T: Commanding>(
        &self,
        request: Request<T>,
        parse: impl FnOnce(T) -> Result<Command, Invalid>,
    ) -> Result<Answer, Status> {
        let (meta, command) = call::understood(&self.log, request, parse)?;
        let location = match &command {
            Command::CheckIn { location, .. } | Command::Reserve { location, .. } => Some(location.clone()),
            _ => None,
        };
        let error = match self.log.execute(meta.clone(), command).await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if let ExecuteError::Refused(refusal) = &error {
            call::told(&self.log, refusal).await;
        }
        let is_unmet = matches!(&error, ExecuteError::Refused(refusal) if refusal.is_unmet_demand());
        if let Some(location) = location.filter(|_| is_unmet) {
            call::follow(&self.log, meta, "refused", Command::RecordRefusal { location }).await;
        }
        Err(call::failed(&error))
    }

    /// A stay as an answer shows it.
    pub(super) async fn shown(&self, stay: StayView) -> Result<Stay, Status> {
        let names = call::names(&self.log, stay.client.iter().filter_map(Sealed::id).collect()).await?;
        Ok(stay_out(stay, &names))
    }
}
