//! The calls about meldingen and the handover of the night. No rule lives here.

use jiff::{SignedDuration, Timestamp};
use model::id::UserId;
use model::moment::later;
use model::night::period_out;
use model::refusal::Invalid;
use model::sealed::Sealed;
use model::wire::{self, gemeente_in, id_in, period_in, staff_in, text_in};
use proto::nachtdienst::v1::{self as message, *};
use service::call;
use tonic::{Request, Status};

use super::Api;
use super::messages::{result_in, result_out, seconds_out, status_in, urgency_in};
use crate::Answer;
use crate::domain::{Command, MeldingView, ShiftView};

/// How far ahead the handover shows gaps.
const GAPS_AHEAD: SignedDuration = SignedDuration::from_hours(24);

fn melding(answer: Answer) -> Result<(MeldingView, bool), Status> {
    match answer {
        Answer::Melding { melding, covered } => Ok((*melding, covered)),
        Answer::Shifts { .. } | Answer::Remarks(_) | Answer::Handover(_) | Answer::Better(_) | Answer::Ticked => {
            Err(call::no_such_answer())
        }
    }
}

fn handover(answer: &Answer) -> Result<Timestamp, Status> {
    match answer {
        Answer::Handover(at) => Ok(*at),
        Answer::Shifts { .. } | Answer::Melding { .. } | Answer::Remarks(_) | Answer::Better(_) | Answer::Ticked => {
            Err(call::no_such_answer())
        }
    }
}

impl Api {
    async fn one_melding(&self, melding: MeldingView) -> Result<Option<message::Melding>, Status> {
        Ok(self.meldingen(vec![melding]).await?.into_iter().next())
    }

    pub(super) async fn receive_melding(
        &self,
        request: Request<ReceiveMeldingRequest>,
    ) -> Result<ReceiveMeldingResponse, Status> {
        let parse = |it: ReceiveMeldingRequest| {
            let (gemeente, urgency) = (gemeente_in("gemeente", &it.gemeente)?, urgency_in(it.urgency())?);
            Ok(Command::ReceiveMelding { gemeente, urgency, text: text_in("text", &it.text)? })
        };
        let (view, covered) = melding(call::execute(&self.log, request, parse).await?)?;
        Ok(ReceiveMeldingResponse { melding: self.one_melding(view).await?, covered })
    }

    pub(super) async fn assign_melding(
        &self,
        request: Request<AssignMeldingRequest>,
    ) -> Result<AssignMeldingResponse, Status> {
        let parse = |it: AssignMeldingRequest| {
            let (melding, shift) = (id_in("melding_id", &it.melding_id)?, id_in("shift_id", &it.shift_id)?);
            Ok(Command::AssignMelding { melding, shift })
        };
        let (view, _) = melding(call::execute(&self.log, request, parse).await?)?;
        Ok(AssignMeldingResponse { melding: self.one_melding(view).await? })
    }

    pub(super) async fn move_melding(
        &self,
        request: Request<MoveMeldingRequest>,
    ) -> Result<MoveMeldingResponse, Status> {
        let parse = |it: MoveMeldingRequest| {
            Ok(Command::MoveMelding { melding: id_in("melding_id", &it.melding_id)?, to: status_in(it.to())? })
        };
        let (view, _) = melding(call::execute(&self.log, request, parse).await?)?;
        Ok(MoveMeldingResponse { melding: self.one_melding(view).await? })
    }

    pub(super) async fn set_melding_result(
        &self,
        request: Request<SetMeldingResultRequest>,
    ) -> Result<SetMeldingResultResponse, Status> {
        let parse = |it: SetMeldingResultRequest| {
            let claim = Some(&it.claim_id).filter(|id| !id.is_empty());
            let claim = claim.map(|raw| id_in("claim_id", raw)).transpose()?;
            Ok(Command::SetResult {
                melding: id_in("melding_id", &it.melding_id)?,
                result: result_in(it.result())?,
                claim,
            })
        };
        let (view, _) = melding(call::execute(&self.log, request, parse).await?)?;
        Ok(SetMeldingResultResponse { melding: self.one_melding(view).await? })
    }

    pub(super) async fn close_melding(
        &self,
        request: Request<CloseMeldingRequest>,
    ) -> Result<CloseMeldingResponse, Status> {
        let parse =
            |it: CloseMeldingRequest| Ok(Command::CloseMelding { melding: id_in("melding_id", &it.melding_id)? });
        let (view, _) = melding(call::execute(&self.log, request, parse).await?)?;
        Ok(CloseMeldingResponse { melding: self.one_melding(view).await? })
    }

    pub(super) async fn write_remark(
        &self,
        request: Request<WriteRemarkRequest>,
    ) -> Result<WriteRemarkResponse, Status> {
        let parse = |it: WriteRemarkRequest| Ok(Command::WriteRemark { text: text_in("text", &it.text)? });
        match call::execute(&self.log, request, parse).await? {
            Answer::Remarks(remarks) => Ok(WriteRemarkResponse { remarks }),
            _ => Err(call::no_such_answer()),
        }
    }

    pub(super) async fn hand_over(&self, request: Request<HandOverRequest>) -> Result<HandOverResponse, Status> {
        let parse = |it: HandOverRequest| Ok(Command::HandOver { staff: staff_in("staff_id", &it.staff_id)? });
        let at = handover(&call::execute(&self.log, request, parse).await?)?;
        Ok(HandOverResponse { handed_over_at: Some(wire::time_out(at)) })
    }

    pub(super) async fn withdraw_handover(
        &self,
        request: Request<WithdrawHandoverRequest>,
    ) -> Result<WithdrawHandoverResponse, Status> {
        let parse =
            |it: WithdrawHandoverRequest| Ok(Command::WithdrawHandover { staff: staff_in("staff_id", &it.staff_id)? });
        let at = handover(&call::execute(&self.log, request, parse).await?)?;
        Ok(WithdrawHandoverResponse { withdrawn_at: Some(wire::time_out(at)) })
    }

    pub(super) async fn accept_handover(
        &self,
        request: Request<AcceptHandoverRequest>,
    ) -> Result<AcceptHandoverResponse, Status> {
        let parse =
            |it: AcceptHandoverRequest| Ok(Command::AcceptHandover { staff: staff_in("staff_id", &it.staff_id)? });
        let at = handover(&call::execute(&self.log, request, parse).await?)?;
        Ok(AcceptHandoverResponse { accepted_at: Some(wire::time_out(at)) })
    }

    pub(super) async fn list_meldingen(&self, it: ListMeldingenRequest) -> Result<ListMeldingenResponse, Status> {
        let gemeente = wire::maybe_gemeente_in("gemeente", &it.gemeente).map_err(|wrong| call::invalid(&wrong))?;
        let (view, size) = (self.log.view(), call::page(it.page_size)?);
        let is_asked = |melding: &&crate::domain::Melding| {
            (!it.only_open || melding.closed_at.is_none())
                && gemeente.as_ref().is_none_or(|gemeente| melding.gemeente == *gemeente)
        };
        let total = call::total(view.state.meldingen().filter(is_asked).count());
        let found = view.state.meldingen().rev().filter(is_asked).take(size);
        let meldingen = self.meldingen(found.map(crate::domain::Melding::show).collect()).await?;
        Ok(ListMeldingenResponse { meldingen, position: view.position, total })
    }

    pub(super) async fn get_handover(&self) -> Result<GetHandoverResponse, Status> {
        let (view, now, region) = (self.log.view(), self.log.now(), &self.log.domain().region);
        let state = &view.state;
        let since = state.handover.accepted_at.unwrap_or(Timestamp::MIN);
        let claims = state.meldingen().filter(|it| it.closed_at.is_none_or(|closed| closed > since));
        let claim_ids = claims.filter_map(|it| it.claim.as_ref()).map(UserId::to_string).collect();
        let on_duty = state.shifts_after(now).filter(|shift| shift.is_on_duty(now)).map(|shift| shift.show(now));
        let until = later(now, GAPS_AHEAD);
        let gaps = region.gemeenten.iter().map(|info| GemeenteGaps {
            gemeente: info.code.as_str().to_owned(),
            gaps: state.picture(region, &info.code, now, now, until).gaps.into_iter().map(period_out).collect(),
        });
        let names = call::names(&self.log, state.handover.sealed().collect()).await?;
        let shown = |remarks: &imbl::Vector<(Timestamp, Sealed)>| {
            let remark =
                |(at, text): &(Timestamp, Sealed)| Remark { text: names.read(text), at: Some(wire::time_out(*at)) };
            remarks.iter().map(remark).collect()
        };
        let accepted = state.handover.accepted.as_ref();
        Ok(GetHandoverResponse {
            open_meldingen: self.meldingen(state.open_meldingen().map(crate::domain::Melding::show).collect()).await?,
            claim_ids,
            remarks: shown(&state.handover.remarks),
            accepted_remarks: accepted.map(|it| shown(&it.remarks)).unwrap_or_default(),
            accepted_from: names.maybe(accepted.and_then(|it| it.from.as_ref())),
            accepted_by: names.maybe(accepted.map(|it| &it.by)),
            on_duty: self.shifts(on_duty.collect::<Vec<ShiftView>>()).await?,
            gaps: gaps.filter(|it| !it.gaps.is_empty()).collect(),
            handed_over_at: state.handover.waits.as_ref().map(|(_, at)| wire::time_out(*at)),
            last_accepted_at: state.handover.accepted_at.map(wire::time_out),
            position: view.position,
        })
    }

    pub(super) fn get_measures(&self, it: GetMeasuresRequest) -> Result<GetMeasuresResponse, Status> {
        let parse = || {
            let gemeente = wire::maybe_gemeente_in("gemeente", &it.gemeente)?;
            wire::required("from", it.from)?;
            wire::required("until", it.until)?;
            Ok((gemeente, period_in(it.from, it.until, Timestamp::UNIX_EPOCH, 1, 4_000)?))
        };
        let (gemeente, (from, until)) = parse().map_err(|wrong: Invalid| call::invalid(&wrong))?;
        let view = self.log.view();
        let measures = view.state.measures(gemeente.as_ref(), from, until);
        let results = measures.results.into_iter();
        Ok(GetMeasuresResponse {
            received: measures.received,
            to_answer: Some(seconds_out(measures.to_answer)),
            to_arrive: Some(seconds_out(measures.to_arrive)),
            results: results
                .map(|(result, meldingen)| ResultCount { result: result_out(result).into(), meldingen })
                .collect(),
            position: view.position,
        })
    }
}
