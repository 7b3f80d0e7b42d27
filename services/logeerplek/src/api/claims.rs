//! The calls about claims, and about who found nothing. No rule lives here.

use model::id::{LocationId, Pool};
use model::kind::Kind;
use model::refusal::Invalid;
use model::wire::{self, client_in, field, id_in, location_in, maybe_text_in, place_in, within};
use proto::Commanding;
use proto::logeerplek::v1::*;
use service::call;
use tonic::{Code, Request, Status};

use super::Api;
use super::messages::{claim_out, destination_in, prevented_in, reason_in};
use crate::Answer;
use crate::domain::{self, ClaimView, Command, LONGEST_EXTENSION_MINUTES, Reason, Refusal, Search};

/// Longest time a claim may hold a place.
const LONGEST_HOLD_MINUTES: u32 = 240;
/// Most pools a search may name.
const MOST_POOLS: usize = 8;

/// The claim in an answer.
fn claim(answer: Answer) -> Result<ClaimView, Status> {
    match answer {
        Answer::Claim(claim) | Answer::Best { claim, .. } => Ok(*claim),
        Answer::NothingFits
        | Answer::NothingOpen { .. }
        | Answer::Receipt { .. }
        | Answer::Unmet { .. }
        | Answer::Ticked => Err(call::no_such_answer()),
    }
}

/// The kind somebody looked for; none: a logeerplek.
fn demanded(raw: i32) -> Result<Option<Kind>, Invalid> {
    if raw == 0 {
        return Ok(None);
    }
    let kind = wire::kinds_in("kind", &[raw])?.into_iter().next().filter(|kind| *kind != Kind::Logeerplek);
    match kind {
        Some(kind) if !kind.counts_demand() => {
            Err(Invalid::new("kind", "is een soort waarvan geen vraag geteld wordt"))
        }
        kind => Ok(kind),
    }
}

fn hold(minutes: u32) -> Result<Option<u32>, Invalid> {
    let minutes = within("hold_minutes", minutes, 0..=LONGEST_HOLD_MINUTES)?;
    Ok(Some(minutes).filter(|minutes| *minutes > 0))
}

/// Where a claim was seen, when told.
fn seen_at(raw: &str) -> Result<Option<LocationId>, Invalid> {
    let told = Some(raw).filter(|raw| !raw.is_empty());
    told.map(|raw| field("seen_at_location_id", LocationId::parse(raw))).transpose()
}

impl Api {
    pub(super) async fn claim(&self, request: Request<ClaimRequest>) -> Result<ClaimResponse, Status> {
        let parse = |it: ClaimRequest| {
            let (location, place, client) =
                (location_in(&it.location_id)?, place_in(&it.place_id)?, client_in(&it.client_ref)?);
            let (needs, hold_minutes) = (wire::needs_in(it.needs)?, hold(it.hold_minutes)?);
            Ok(Command::Claim { location, place, client, needs, hold_minutes })
        };
        Ok(ClaimResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn claim_best(&self, request: Request<ClaimBestRequest>) -> Result<ClaimBestResponse, Status> {
        let parse = |it: ClaimBestRequest| {
            if it.pools.len() > MOST_POOLS {
                return Err(Invalid::new("pools", format!("mag hoogstens {MOST_POOLS} waarden hebben")));
            }
            let search = Search {
                from: it.from.map(wire::coordinates_in).transpose().map_err(|wrong| wrong.inside("from"))?,
                gemeente: wire::maybe_gemeente_in("from_gemeente", &it.from_gemeente)?,
                pools: it.pools.iter().map(|pool| field("pools", Pool::parse(pool))).collect::<Result<_, _>>()?,
            };
            let (client, needs) = (client_in(&it.client_ref)?, wire::needs_in(it.needs)?);
            Ok(Command::ClaimBest { client, needs, search, hold_minutes: hold(it.hold_minutes)? })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Best { claim, why, metres } => {
                let claim = Some(self.shown(*claim).await?);
                Ok(ClaimBestResponse { claim, why, distance_metres: metres })
            }
            // No refusal of the rules: the demand was recorded.
            Answer::NothingFits => Err(call::with_reason(
                Code::FailedPrecondition,
                "NOTHING_FITS",
                "Er is nu geen vrije logeerplek die past. De vraag is genoteerd.",
            )),
            Answer::NothingOpen { location, why } => {
                let sentence = "Er is nu geen logeerplek die past en waar iemand in kan. De vraag is genoteerd.";
                let view = self.log.view();
                let name = view.state.sites.get(&location).map_or(location.as_str(), |site| &site.profile.name);
                let sentence = format!("{sentence} Bij {name} is een plek vrij, maar: {why}");
                Err(call::with_reason(Code::FailedPrecondition, "NOTHING_FITS", &sentence))
            }
            _ => Err(call::no_such_answer()),
        }
    }

    pub(super) async fn accept_claim(
        &self,
        request: Request<AcceptClaimRequest>,
    ) -> Result<AcceptClaimResponse, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: AcceptClaimRequest| {
            Ok(Command::Accept { claim: id_in("claim_id", &it.claim_id)?, seen_at: seen_at(&it.seen_at_location_id)? })
        };
        Ok(AcceptClaimResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn refuse_claim(
        &self,
        request: Request<RefuseClaimRequest>,
    ) -> Result<RefuseClaimResponse, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: RefuseClaimRequest| {
            let reason = reason_in(it.reason())?;
            let text = maybe_text_in("text", &it.text)?;
            if reason == Reason::Anders && text.is_none() {
                return Err(Invalid::new("text", "is verplicht bij de reden anders"));
            }
            let seen_at = seen_at(&it.seen_at_location_id)?;
            Ok(Command::Refuse { claim: id_in("claim_id", &it.claim_id)?, seen_at, reason, text })
        };
        Ok(RefuseClaimResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn extend_hold(&self, request: Request<ExtendHoldRequest>) -> Result<ExtendHoldResponse, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: ExtendHoldRequest| {
            let minutes = within("minutes", it.minutes, 1..=LONGEST_EXTENSION_MINUTES)?;
            Ok(Command::ExtendHold { claim: id_in("claim_id", &it.claim_id)?, minutes })
        };
        Ok(ExtendHoldResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn cancel_claim(
        &self,
        request: Request<CancelClaimRequest>,
    ) -> Result<CancelClaimResponse, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: CancelClaimRequest| Ok(Command::Cancel { claim: id_in("claim_id", &it.claim_id)? });
        Ok(CancelClaimResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn arrive(&self, request: Request<ArriveRequest>) -> Result<ArriveResponse, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: ArriveRequest| {
            Ok(Command::Arrive { claim: id_in("claim_id", &it.claim_id)?, seen_at: seen_at(&it.seen_at_location_id)? })
        };
        Ok(ArriveResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn extend_stay(&self, request: Request<ExtendStayRequest>) -> Result<ExtendStayResponse, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: ExtendStayRequest| {
            Ok(Command::ExtendStay {
                claim: id_in("claim_id", &it.claim_id)?,
                nights: within("nights", it.nights, 1..=365)?,
            })
        };
        Ok(ExtendStayResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn check_out(&self, request: Request<CheckOutRequest>) -> Result<CheckOutResponse, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: CheckOutRequest| {
            let (destination, prevented) = (destination_in(it.destination())?, prevented_in(it.prevented())?);
            Ok(Command::CheckOut { claim: id_in("claim_id", &it.claim_id)?, destination, prevented })
        };
        Ok(CheckOutResponse { claim: self.claimed(request, parse).await? })
    }

    pub(super) async fn record_unmet_demand(
        &self,
        request: Request<RecordUnmetDemandRequest>,
    ) -> Result<RecordUnmetDemandResponse, Status> {
        let parse = |it: RecordUnmetDemandRequest| {
            let gemeente = wire::maybe_gemeente_in("from_gemeente", &it.from_gemeente)?;
            Ok(Command::RecordUnmetDemand { kind: demanded(it.kind)?, needs: wire::needs_in(it.needs)?, gemeente })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Unmet { total } => Ok(RecordUnmetDemandResponse { total }),
            _ => Err(call::no_such_answer()),
        }
    }

    pub(super) async fn get_claim(&self, request: Request<GetClaimRequest>) -> Result<GetClaimResponse, Status> {
        let id = id_in("claim_id", &request.get_ref().claim_id).map_err(|wrong| call::invalid(&wrong))?;
        let view = self.log.view();
        let claim = view.state.claim(&id);
        let claim = claim.ok_or_else(|| call::refused(&Refusal::UnknownClaim { claim: id.clone() }))?;
        call::check_sees(&self.log, &claim.offer.location)?;
        let claim = Some(self.shown(view.state.show(claim)).await?);
        Ok(GetClaimResponse { claim, position: view.position })
    }

    pub(super) async fn list_claims(&self, request: Request<ListClaimsRequest>) -> Result<ListClaimsResponse, Status> {
        let it = request.into_inner();
        let view = self.log.view();
        let known = |id: &LocationId| view.state.sites.get(id).map(drop).map_err(|refusal| call::refused(&refusal));
        let wanted = Some(&it.location_id).filter(|id| !id.is_empty()).map(|id| location_in(id)).transpose();
        let wanted = wanted.map_err(|wrong| call::invalid(&wrong))?;
        wanted.as_ref().map_or(Ok(()), |location| call::check_sees(&self.log, location))?;
        wanted.as_ref().map_or(Ok(()), known)?;
        let reach = call::reach(&self.log);
        let at_location = |claim: &&domain::Claim| {
            let is_wanted = wanted.as_ref().is_none_or(|location| claim.offer.location == *location);
            is_wanted && reach.has(&claim.offer.location)
        };
        let mut claims: Vec<_> = view.state.open_claims().filter(at_location).collect();
        claims.sort_by_key(|claim| (claim.claimed_at, claim.id.clone()));
        let total = call::total(claims.len());
        let claims = claims.into_iter().take(call::page(it.page_size)?).map(|claim| view.state.show(claim));
        let claims: Vec<ClaimView> = claims.collect();
        let names = call::names(&self.log, claims.iter().filter_map(|claim| claim.client.id()).collect()).await?;
        let claims = claims.into_iter().map(|claim| claim_out(claim, &names));
        Ok(ListClaimsResponse { claims: claims.collect(), position: view.position, total })
    }

    /// A request about a claim, by somebody who may do it at the location where the claim is now. What is no claim is
    /// found out by the rules.
    fn of_claim<T>(&self, request: Request<T>, id: fn(&T) -> &str) -> Result<Request<T>, Status> {
        let view = self.log.view();
        let claim = id_in("claim_id", id(request.get_ref())).ok().and_then(|id| view.state.claim(&id));
        match claim {
            Some(claim) => call::at(&self.log, request, &claim.offer.location),
            None => Ok(request),
        }
    }

    /// A claim as an answer shows it.
    async fn shown(&self, claim: ClaimView) -> Result<Claim, Status> {
        let names = call::names(&self.log, claim.client.id().into_iter().collect()).await?;
        Ok(claim_out(claim, &names))
    }

    /// What becomes of a claim by a command.
    async fn claimed<T: Commanding>(
        &self,
        request: Request<T>,
        parse: impl FnOnce(T) -> Result<Command, Invalid>,
    ) -> Result<Option<Claim>, Status> {
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        Ok(Some(self.shown(view).await?))
    }
}
