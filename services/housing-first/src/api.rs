//! gRPC in, commands out; answers in, messages out. A handler is parse, execute, reply. No rule lives here.

mod messages;

use eventlog::EventLog;
use model::refusal::Invalid;
use model::wire::{self, client_in, gemeente_in, id_in, maybe_text_in, name_in, within};
use proto::housing_first::v1::housing_first_service_server::HousingFirstService;
use proto::housing_first::v1::*;
use service::call;
use tonic::{Request, Response, Status};

use self::messages::{allocation_out, day_in, monitor_out, reason_in, stage_in, traject_out};
use crate::domain::{AllocationView, Command, MOST_SLOTS, Refusal, Stage, StopReason, TrajectView};
use crate::{Answer, HousingFirst};

/// The gRPC side of the service.
pub struct Api {
    log: EventLog<HousingFirst>,
}

impl Api {
    /// Serves a log.
    pub const fn new(log: EventLog<HousingFirst>) -> Self {
        Self { log }
    }

    /// A traject as an answer shows it.
    async fn shown(&self, traject: TrajectView) -> Result<Traject, Status> {
        let names = call::names(&self.log, traject.sealed().collect()).await?;
        Ok(traject_out(traject, &names))
    }
}

/// The traject in an answer.
fn traject(answer: Answer) -> Result<TrajectView, Status> {
    match answer {
        Answer::Traject(traject) => Ok(*traject),
        Answer::Allocations(_) | Answer::Ticked => Err(call::no_such_answer()),
    }
}

/// The allocations in an answer.
fn allocations(answer: Answer) -> Result<Vec<AllocationView>, Status> {
    match answer {
        Answer::Allocations(allocations) => Ok(allocations),
        Answer::Traject(_) | Answer::Ticked => Err(call::no_such_answer()),
    }
}

#[tonic::async_trait]
impl HousingFirstService for Api {
    async fn set_allocation(
        &self,
        request: Request<SetAllocationRequest>,
    ) -> Result<Response<SetAllocationResponse>, Status> {
        let parse = |it: SetAllocationRequest| {
            let gemeente = gemeente_in("gemeente", &it.gemeente)?;
            Ok(Command::SetAllocation { gemeente, slots: within("slots", it.slots, 0..=MOST_SLOTS)? })
        };
        let allocations = allocations(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(SetAllocationResponse { allocation: allocations.into_iter().next().map(allocation_out) }))
    }

    async fn move_slots(&self, request: Request<MoveSlotsRequest>) -> Result<Response<MoveSlotsResponse>, Status> {
        let parse = |it: MoveSlotsRequest| {
            let from = gemeente_in("from_gemeente", &it.from_gemeente)?;
            let to = gemeente_in("to_gemeente", &it.to_gemeente)?;
            Ok(Command::MoveSlots { from, to, slots: within("slots", it.slots, 1..=MOST_SLOTS)? })
        };
        let mut moved = allocations(call::execute(&self.log, request, parse).await?)?.into_iter();
        let (from, to) = (moved.next().map(allocation_out), moved.next().map(allocation_out));
        Ok(Response::new(MoveSlotsResponse { from, to }))
    }

    async fn confirm_gemeente(
        &self,
        request: Request<ConfirmGemeenteRequest>,
    ) -> Result<Response<ConfirmGemeenteResponse>, Status> {
        let parse =
            |it: ConfirmGemeenteRequest| Ok(Command::Confirm { gemeente: gemeente_in("gemeente", &it.gemeente)? });
        let allocations = allocations(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(ConfirmGemeenteResponse { allocation: allocations.into_iter().next().map(allocation_out) }))
    }

    async fn register_traject(
        &self,
        request: Request<RegisterTrajectRequest>,
    ) -> Result<Response<RegisterTrajectResponse>, Status> {
        let parse = |it: RegisterTrajectRequest| {
            Ok(Command::Register {
                client: client_in(&it.client_ref)?,
                gemeente: gemeente_in("gemeente", &it.gemeente)?,
                provider: name_in("provider", &it.provider)?,
                on: day_in(it.on)?,
            })
        };
        let view = traject(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(RegisterTrajectResponse { traject: Some(self.shown(view).await?) }))
    }

    async fn advance_traject(
        &self,
        request: Request<AdvanceTrajectRequest>,
    ) -> Result<Response<AdvanceTrajectResponse>, Status> {
        let parse = |it: AdvanceTrajectRequest| {
            let corporatie = Some(&it.corporatie).filter(|name| !name.is_empty());
            let corporatie = corporatie.map(|name| name_in("corporatie", name)).transpose()?;
            let to = stage_in("to", it.to())?;
            if corporatie.is_some() && to != Stage::WoningToegewezen {
                return Err(Invalid::new("corporatie", "hoort bij de fase woning toegewezen"));
            }
            Ok(Command::Advance { traject: id_in("traject_id", &it.traject_id)?, to, on: day_in(it.on)?, corporatie })
        };
        let view = traject(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(AdvanceTrajectResponse { traject: Some(self.shown(view).await?) }))
    }

    async fn stop_traject(
        &self,
        request: Request<StopTrajectRequest>,
    ) -> Result<Response<StopTrajectResponse>, Status> {
        let parse = |it: StopTrajectRequest| {
            let text = maybe_text_in("text", &it.text)?;
            let reason = reason_in(it.reason())?;
            if reason == StopReason::Anders && text.is_none() {
                return Err(Invalid::new("text", "is verplicht bij de reden anders"));
            }
            Ok(Command::Stop { traject: id_in("traject_id", &it.traject_id)?, reason, text, on: day_in(it.on)? })
        };
        let view = traject(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(StopTrajectResponse { traject: Some(self.shown(view).await?) }))
    }

    async fn transfer_traject(
        &self,
        request: Request<TransferTrajectRequest>,
    ) -> Result<Response<TransferTrajectResponse>, Status> {
        let parse = |it: TransferTrajectRequest| {
            Ok(Command::Transfer {
                traject: id_in("traject_id", &it.traject_id)?,
                to: gemeente_in("to_gemeente", &it.to_gemeente)?,
            })
        };
        let view = traject(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(TransferTrajectResponse { traject: Some(self.shown(view).await?) }))
    }

    async fn take_back_stage(
        &self,
        request: Request<TakeBackStageRequest>,
    ) -> Result<Response<TakeBackStageResponse>, Status> {
        let parse = |it: TakeBackStageRequest| Ok(Command::TakeBack { traject: id_in("traject_id", &it.traject_id)? });
        let view = traject(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(TakeBackStageResponse { traject: Some(self.shown(view).await?) }))
    }

    async fn change_provider(
        &self,
        request: Request<ChangeProviderRequest>,
    ) -> Result<Response<ChangeProviderResponse>, Status> {
        let parse = |it: ChangeProviderRequest| {
            let provider = name_in("provider", &it.provider)?;
            Ok(Command::ChangeProvider { traject: id_in("traject_id", &it.traject_id)?, provider })
        };
        let view = traject(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(ChangeProviderResponse { traject: Some(self.shown(view).await?) }))
    }

    async fn change_corporatie(
        &self,
        request: Request<ChangeCorporatieRequest>,
    ) -> Result<Response<ChangeCorporatieResponse>, Status> {
        let parse = |it: ChangeCorporatieRequest| {
            let corporatie = name_in("corporatie", &it.corporatie)?;
            Ok(Command::ChangeCorporatie { traject: id_in("traject_id", &it.traject_id)?, corporatie })
        };
        let view = traject(call::execute(&self.log, request, parse).await?)?;
        Ok(Response::new(ChangeCorporatieResponse { traject: Some(self.shown(view).await?) }))
    }

    async fn get_traject(&self, request: Request<GetTrajectRequest>) -> Result<Response<GetTrajectResponse>, Status> {
        let id = id_in("traject_id", &request.get_ref().traject_id).map_err(|wrong| call::invalid(&wrong))?;
        let view = self.log.view();
        let found = view.state.traject(&id).ok_or_else(|| call::refused(&Refusal::UnknownTraject { traject: id }))?;
        let traject = Some(self.shown(found.show()).await?);
        Ok(Response::new(GetTrajectResponse { traject, position: view.position }))
    }

    async fn list_trajecten(
        &self,
        request: Request<ListTrajectenRequest>,
    ) -> Result<Response<ListTrajectenResponse>, Status> {
        let it = request.into_inner();
        let parse = || {
            let after = Some(&it.after_traject_id).filter(|id| !id.is_empty());
            let after = after.map(|id| id_in("after_traject_id", id)).transpose()?;
            Ok((after, wire::maybe_gemeente_in("gemeente", &it.gemeente)?))
        };
        let (after, gemeente) = parse().map_err(|wrong: Invalid| call::invalid(&wrong))?;
        let stage = (it.stage != 0)
            .then(|| stage_in("stage", it.stage()))
            .transpose()
            .map_err(|wrong| call::invalid(&wrong))?;
        let (view, size) = (self.log.view(), call::page(it.page_size)?);
        let mut found = view.state.after(after.as_ref()).filter(|traject| {
            gemeente.as_ref().is_none_or(|gemeente| traject.gemeente == *gemeente)
                && stage.is_none_or(|stage| traject.stage == stage)
        });
        let page: Vec<TrajectView> = found.by_ref().take(size).map(crate::domain::Traject::show).collect();
        let last = page.last().filter(|_| found.next().is_some()).map(|traject| traject.id.to_string());
        let ids = page.iter().flat_map(TrajectView::sealed).collect();
        let names = call::names(&self.log, ids).await?;
        let trajecten = page.into_iter().map(|traject| traject_out(traject, &names)).collect();
        let next_after_traject_id = last.unwrap_or_default();
        Ok(Response::new(ListTrajectenResponse { trajecten, next_after_traject_id, position: view.position }))
    }

    async fn list_allocations(
        &self,
        _request: Request<ListAllocationsRequest>,
    ) -> Result<Response<ListAllocationsResponse>, Status> {
        let view = self.log.view();
        let known = view.state.gemeenten().filter(|(gemeente, _)| view.state.is_allocated(gemeente));
        let allocations = known.map(|(gemeente, _)| allocation_out(view.state.show(gemeente)));
        Ok(Response::new(ListAllocationsResponse {
            allocations: allocations.collect(),
            region_cap: self.log.domain().region.rules.housing_first_cap,
            used: view.state.used_in_all(),
            position: view.position,
        }))
    }

    async fn get_monitor(&self, request: Request<GetMonitorRequest>) -> Result<Response<GetMonitorResponse>, Status> {
        let at = request.into_inner().at.map(|at| wire::time_in("at", &at)).transpose();
        let now = self.log.now();
        let at = at.map_err(|wrong| call::invalid(&wrong))?;
        if at.is_some_and(|at| at > now) {
            // What would be known then is not known yet.
            return Err(call::invalid(&Invalid::new("at", "ligt in de toekomst")));
        }
        // What is being written at this instant belongs to it too, also when it is asked again.
        self.log.settled().await.map_err(|error| call::failed(&error))?;
        let (at, region) = (at.unwrap_or(now), &self.log.domain().region);
        // Of one moment it is always the same, so it says no position.
        let monitor = self.log.view().state.monitor(region, at);
        Ok(Response::new(monitor_out(monitor, at, region.rules.housing_first_cap)))
    }
}
