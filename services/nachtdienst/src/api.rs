//! gRPC in, commands out; answers in, messages out. A handler is parse, execute, reply. No rule lives here.
//!
//! An RPC that stands in the file of its topic is a method of [`Api`] with the same name: that goes before the trait's.

mod meldingen;
mod messages;
mod roster;

use eventlog::EventLog;
use model::sealed::Sealed;
use proto::nachtdienst::v1::nachtdienst_service_server::NachtdienstService;
use proto::nachtdienst::v1::*;
use service::call;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use self::messages::{melding_out, shift_out};
use crate::Nachtdienst;
use crate::domain::{MeldingView, ShiftView};

/// The gRPC side of the service.
pub struct Api {
    log: EventLog<Nachtdienst>,
}

impl Api {
    /// Serves a log.
    pub const fn new(log: EventLog<Nachtdienst>) -> Self {
        Self { log }
    }

    /// Shifts as an answer shows them.
    async fn shifts(&self, shifts: Vec<ShiftView>) -> Result<Vec<Shift>, Status> {
        let people = shifts.iter().flat_map(|shift| &shift.assignments);
        let sealed = people.flat_map(|it| std::iter::once(&it.staff).chain(&it.reason));
        let ids: Vec<Uuid> = sealed.filter_map(Sealed::id).collect();
        let names = call::names(&self.log, ids).await?;
        Ok(shifts.into_iter().map(|shift| shift_out(shift, &names)).collect())
    }

    /// Meldingen as an answer shows them.
    async fn meldingen(&self, meldingen: Vec<MeldingView>) -> Result<Vec<Melding>, Status> {
        let ids: Vec<Uuid> = meldingen.iter().filter_map(|melding| melding.text.id()).collect();
        let names = call::names(&self.log, ids).await?;
        Ok(meldingen.into_iter().map(|melding| melding_out(melding, &names)).collect())
    }
}

#[tonic::async_trait]
impl NachtdienstService for Api {
    async fn plan_shift(&self, request: Request<PlanShiftRequest>) -> Result<Response<PlanShiftResponse>, Status> {
        Ok(Response::new(self.plan_shift(request).await?))
    }

    async fn change_shift(
        &self,
        request: Request<ChangeShiftRequest>,
    ) -> Result<Response<ChangeShiftResponse>, Status> {
        Ok(Response::new(self.change_shift(request).await?))
    }

    async fn cancel_shift(
        &self,
        request: Request<CancelShiftRequest>,
    ) -> Result<Response<CancelShiftResponse>, Status> {
        Ok(Response::new(self.cancel_shift(request).await?))
    }

    async fn assign_staff(
        &self,
        request: Request<AssignStaffRequest>,
    ) -> Result<Response<AssignStaffResponse>, Status> {
        Ok(Response::new(self.assign_staff(request).await?))
    }

    async fn unassign_staff(
        &self,
        request: Request<UnassignStaffRequest>,
    ) -> Result<Response<UnassignStaffResponse>, Status> {
        Ok(Response::new(self.unassign_staff(request).await?))
    }

    async fn swap_staff(&self, request: Request<SwapStaffRequest>) -> Result<Response<SwapStaffResponse>, Status> {
        Ok(Response::new(self.swap_staff(request).await?))
    }

    async fn report_sick(&self, request: Request<ReportSickRequest>) -> Result<Response<ReportSickResponse>, Status> {
        Ok(Response::new(self.report_sick(request).await?))
    }

    async fn report_better(
        &self,
        request: Request<ReportBetterRequest>,
    ) -> Result<Response<ReportBetterResponse>, Status> {
        Ok(Response::new(self.report_better(request).await?))
    }

    async fn set_team_state(
        &self,
        request: Request<SetTeamStateRequest>,
    ) -> Result<Response<SetTeamStateResponse>, Status> {
        Ok(Response::new(self.set_team_state(request).await?))
    }

    async fn receive_melding(
        &self,
        request: Request<ReceiveMeldingRequest>,
    ) -> Result<Response<ReceiveMeldingResponse>, Status> {
        Ok(Response::new(self.receive_melding(request).await?))
    }

    async fn assign_melding(
        &self,
        request: Request<AssignMeldingRequest>,
    ) -> Result<Response<AssignMeldingResponse>, Status> {
        Ok(Response::new(self.assign_melding(request).await?))
    }

    async fn move_melding(
        &self,
        request: Request<MoveMeldingRequest>,
    ) -> Result<Response<MoveMeldingResponse>, Status> {
        Ok(Response::new(self.move_melding(request).await?))
    }

    async fn set_melding_result(
        &self,
        request: Request<SetMeldingResultRequest>,
    ) -> Result<Response<SetMeldingResultResponse>, Status> {
        Ok(Response::new(self.set_melding_result(request).await?))
    }

    async fn close_melding(
        &self,
        request: Request<CloseMeldingRequest>,
    ) -> Result<Response<CloseMeldingResponse>, Status> {
        Ok(Response::new(self.close_melding(request).await?))
    }

    async fn write_remark(
        &self,
        request: Request<WriteRemarkRequest>,
    ) -> Result<Response<WriteRemarkResponse>, Status> {
        Ok(Response::new(self.write_remark(request).await?))
    }

    async fn hand_over(&self, request: Request<HandOverRequest>) -> Result<Response<HandOverResponse>, Status> {
        Ok(Response::new(self.hand_over(request).await?))
    }

    async fn withdraw_handover(
        &self,
        request: Request<WithdrawHandoverRequest>,
    ) -> Result<Response<WithdrawHandoverResponse>, Status> {
        Ok(Response::new(self.withdraw_handover(request).await?))
    }

    async fn accept_handover(
        &self,
        request: Request<AcceptHandoverRequest>,
    ) -> Result<Response<AcceptHandoverResponse>, Status> {
        Ok(Response::new(self.accept_handover(request).await?))
    }

    async fn get_roster(&self, request: Request<GetRosterRequest>) -> Result<Response<GetRosterResponse>, Status> {
        Ok(Response::new(self.get_roster(request.into_inner()).await?))
    }

    async fn get_cover(&self, request: Request<GetCoverRequest>) -> Result<Response<GetCoverResponse>, Status> {
        Ok(Response::new(self.get_cover(request.into_inner())?))
    }

    async fn list_meldingen(
        &self,
        request: Request<ListMeldingenRequest>,
    ) -> Result<Response<ListMeldingenResponse>, Status> {
        Ok(Response::new(self.list_meldingen(request.into_inner()).await?))
    }

    async fn get_handover(
        &self,
        _request: Request<GetHandoverRequest>,
    ) -> Result<Response<GetHandoverResponse>, Status> {
        Ok(Response::new(self.get_handover().await?))
    }

    async fn get_measures(
        &self,
        request: Request<GetMeasuresRequest>,
    ) -> Result<Response<GetMeasuresResponse>, Status> {
        Ok(Response::new(self.get_measures(request.into_inner())?))
    }
}
