//! The calls about waiting lists. No rule lives here.

use model::id::{LocationId, Pool};
use model::refusal::Invalid;
use model::wire::{field, id_in, location_in, maybe_time_in, place_in, text_in};
use proto::opvang::v1::*;
use service::call;
use tonic::{Request, Status};

use super::messages::{told_in, waiting_out};
use super::{Api, receipt, stay};
use crate::Answer;
use crate::domain::{Command, WaitingView};

impl Api {
    pub(super) async fn join_waiting_list(
        &self,
        request: Request<JoinWaitingListRequest>,
    ) -> Result<JoinWaitingListResponse, Status> {
        let parse = |it: JoinWaitingListRequest| {
            let (location, pool) = (location_in(&it.location_id)?, field("pool", Pool::parse(&it.pool))?);
            let told = told_in(&it.client_ref, it.household_size, it.needs)?;
            Ok(Command::JoinWaitingList { location, pool, told })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Waiting(waiting) => Ok(JoinWaitingListResponse { waiting: Some(self.listed(*waiting).await?) }),
            _ => Err(call::no_such_answer()),
        }
    }

    pub(super) async fn leave_waiting_list(
        &self,
        request: Request<LeaveWaitingListRequest>,
    ) -> Result<LeaveWaitingListResponse, Status> {
        let parse = |it: LeaveWaitingListRequest| {
            let (location, waiting) = (location_in(&it.location_id)?, id_in("waiting_id", &it.waiting_id)?);
            Ok(Command::LeaveWaitingList { location, waiting })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(LeaveWaitingListResponse { receipt })
    }

    pub(super) async fn accept_offer(
        &self,
        request: Request<AcceptOfferRequest>,
    ) -> Result<AcceptOfferResponse, Status> {
        let parse = |it: AcceptOfferRequest| {
            let (location, waiting) = (location_in(&it.location_id)?, id_in("waiting_id", &it.waiting_id)?);
            let arrive_by = maybe_time_in("arrive_by", it.arrive_by)?;
            Ok(Command::AcceptOffer { location, waiting, arrive_by })
        };
        let (view, _) = stay(call::execute(&self.log, request, parse).await?)?;
        Ok(AcceptOfferResponse { stay: Some(self.shown(view).await?) })
    }

    pub(super) async fn decline_offer(
        &self,
        request: Request<DeclineOfferRequest>,
    ) -> Result<DeclineOfferResponse, Status> {
        let parse = |it: DeclineOfferRequest| {
            let (location, waiting) = (location_in(&it.location_id)?, id_in("waiting_id", &it.waiting_id)?);
            Ok(Command::DeclineOffer { location, waiting, leaves: it.leave_list })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(DeclineOfferResponse { receipt })
    }

    pub(super) async fn withdraw_offer(
        &self,
        request: Request<WithdrawOfferRequest>,
    ) -> Result<WithdrawOfferResponse, Status> {
        let parse = |it: WithdrawOfferRequest| {
            let (location, waiting) = (location_in(&it.location_id)?, id_in("waiting_id", &it.waiting_id)?);
            let reason = text_in("reason", &it.reason)?;
            Ok(Command::WithdrawOffer { location, waiting, reason, take_out: it.take_out_of_service })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(WithdrawOfferResponse { receipt })
    }

    pub(super) async fn pass_over(&self, request: Request<PassOverRequest>) -> Result<PassOverResponse, Status> {
        let parse = |it: PassOverRequest| {
            let (location, waiting) = (location_in(&it.location_id)?, id_in("waiting_id", &it.waiting_id)?);
            let (place, reason) = (place_in(&it.place_id)?, text_in("reason", &it.reason)?);
            Ok(Command::PassOver { location, waiting, place, reason })
        };
        let receipt = receipt(call::execute(&self.log, request, parse).await?)?;
        Ok(PassOverResponse { receipt })
    }

    pub(super) async fn offer_again(&self, request: Request<OfferAgainRequest>) -> Result<OfferAgainResponse, Status> {
        let parse = |it: OfferAgainRequest| {
            let (location, place) = (location_in(&it.location_id)?, place_in(&it.place_id)?);
            Ok(Command::OfferAgain { location, place })
        };
        let waiting = match call::execute(&self.log, request, parse).await? {
            Answer::Waiting(waiting) => Some(self.listed(*waiting).await?),
            Answer::Receipt { .. } => None,
            _ => return Err(call::no_such_answer()),
        };
        Ok(OfferAgainResponse { waiting })
    }

    pub(super) async fn move_waiting(
        &self,
        request: Request<MoveWaitingRequest>,
    ) -> Result<MoveWaitingResponse, Status> {
        let parse = |it: MoveWaitingRequest| {
            let (location, waiting) = (location_in(&it.location_id)?, id_in("waiting_id", &it.waiting_id)?);
            Ok(Command::MoveWaiting { location, waiting, pool: field("pool", Pool::parse(&it.pool))? })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Waiting(waiting) => Ok(MoveWaitingResponse { waiting: Some(self.listed(*waiting).await?) }),
            _ => Err(call::no_such_answer()),
        }
    }

    /// Somebody who waits, with the words of the look-up table.
    async fn listed(&self, waiting: WaitingView) -> Result<Waiting, Status> {
        let names = call::names(&self.log, waiting.sealed().collect()).await?;
        Ok(waiting_out(waiting, &names))
    }

    pub(super) async fn list_waiting(&self, request: ListWaitingRequest) -> Result<ListWaitingResponse, Status> {
        let (at, pool) = asked(&request).map_err(|wrong| call::invalid(&wrong))?;
        call::check_sees(&self.log, &at)?;
        let view = self.log.view();
        view.state.sites.get(&at).map_err(|refusal| call::refused(&refusal))?;
        let waiting = view.state.waiting_at(&at).filter(|it| pool.as_ref().is_none_or(|pool| it.pool == *pool));
        let waiting: Vec<WaitingView> = waiting.map(|it| it.show(&view.state)).collect();
        let ids = waiting.iter().flat_map(WaitingView::sealed).collect();
        let names = call::names(&self.log, ids).await?;
        let waiting = waiting.into_iter().map(|it| waiting_out(it, &names)).collect();
        Ok(ListWaitingResponse { waiting, position: view.position })
    }
}

fn asked(request: &ListWaitingRequest) -> Result<(LocationId, Option<Pool>), Invalid> {
    let pool = Some(&request.pool).filter(|pool| !pool.is_empty());
    let pool = pool.map(|pool| field("pool", Pool::parse(pool))).transpose()?;
    Ok((location_in(&request.location_id)?, pool))
}
