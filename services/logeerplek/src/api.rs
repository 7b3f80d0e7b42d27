//! gRPC in, commands out; answers in, messages out. A handler is parse, execute, reply. No rule lives here.

mod messages;

use eventlog::EventLog;
use model::id::{LocationId, PlaceId, Pool};
use model::kind::Kind;
use model::refusal::Invalid;
use model::site::SiteCommand;
use model::wire::{
    self, client_in, field, id_in, location_in, maybe_text_in, maybe_time_in, place_in, required, text_in, within,
};
use proto::Commanding;
use proto::availability::v1::Receipt;
use proto::logeerplek::v1::logeerplek_service_server::LogeerplekService;
use proto::logeerplek::v1::*;
use service::call;
use tonic::{Code, Request, Response, Status};

use self::messages::{claim_out, destination_in, location_out, prevented_in, reason_in};
use crate::domain::{ClaimView, Command, LONGEST_EXTENSION_MINUTES, Search};
use crate::{Answer, Logeerplek};

/// Longest time a claim may hold a place.
const LONGEST_HOLD_MINUTES: u32 = 240;
/// Most pools a search may name.
const MOST_POOLS: usize = 8;

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
}

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

fn profile(raw: Option<proto::availability::v1::LocationProfile>) -> Result<model::profile::Profile, Invalid> {
    let is_ours = |kind| kind == model::kind::Kind::Logeerplek;
    let profile = wire::profile_in(required("profile", raw)?, is_ours, wire::Extra::default());
    profile.map_err(|wrong| wrong.inside("profile"))
}

/// The pool of a logeerplek is its type.
fn place_profile(raw: Option<proto::availability::v1::PlaceProfile>) -> Result<model::profile::PlaceProfile, Invalid> {
    let profile = wire::place_profile_in(required("profile", raw)?).map_err(|wrong| wrong.inside("profile"))?;
    if ["ambulant", "generalistisch", "specialistisch"].contains(&profile.pool.as_str()) {
        Ok(profile)
    } else {
        Err(Invalid::new("profile.pool", "moet ambulant, generalistisch of specialistisch zijn"))
    }
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
        let parse = |it: ClaimRequest| {
            let (location, place, client) =
                (location_in(&it.location_id)?, place_in(&it.place_id)?, client_in(&it.client_ref)?);
            let (needs, hold_minutes) = (wire::needs_in(it.needs)?, hold(it.hold_minutes)?);
            Ok(Command::Claim { location, place, client, needs, hold_minutes })
        };
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(ClaimResponse { claim }))
    }

    async fn claim_best(&self, request: Request<ClaimBestRequest>) -> Result<Response<ClaimBestResponse>, Status> {
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
                Ok(Response::new(ClaimBestResponse { claim, why, distance_metres: metres }))
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

    async fn accept_claim(
        &self,
        request: Request<AcceptClaimRequest>,
    ) -> Result<Response<AcceptClaimResponse>, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: AcceptClaimRequest| Ok(Command::Accept { claim: id_in("claim_id", &it.claim_id)? });
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(AcceptClaimResponse { claim }))
    }

    async fn refuse_claim(
        &self,
        request: Request<RefuseClaimRequest>,
    ) -> Result<Response<RefuseClaimResponse>, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: RefuseClaimRequest| {
            let reason = reason_in(it.reason())?;
            let text = maybe_text_in("text", &it.text)?;
            if reason == crate::domain::Reason::Anders && text.is_none() {
                return Err(Invalid::new("text", "is verplicht bij de reden anders"));
            }
            Ok(Command::Refuse { claim: id_in("claim_id", &it.claim_id)?, reason, text })
        };
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(RefuseClaimResponse { claim }))
    }

    async fn extend_hold(&self, request: Request<ExtendHoldRequest>) -> Result<Response<ExtendHoldResponse>, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: ExtendHoldRequest| {
            let minutes = within("minutes", it.minutes, 1..=LONGEST_EXTENSION_MINUTES)?;
            Ok(Command::ExtendHold { claim: id_in("claim_id", &it.claim_id)?, minutes })
        };
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(ExtendHoldResponse { claim }))
    }

    async fn cancel_claim(
        &self,
        request: Request<CancelClaimRequest>,
    ) -> Result<Response<CancelClaimResponse>, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: CancelClaimRequest| Ok(Command::Cancel { claim: id_in("claim_id", &it.claim_id)? });
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(CancelClaimResponse { claim }))
    }

    async fn arrive(&self, request: Request<ArriveRequest>) -> Result<Response<ArriveResponse>, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: ArriveRequest| Ok(Command::Arrive { claim: id_in("claim_id", &it.claim_id)? });
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(ArriveResponse { claim }))
    }

    async fn extend_stay(&self, request: Request<ExtendStayRequest>) -> Result<Response<ExtendStayResponse>, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: ExtendStayRequest| {
            Ok(Command::ExtendStay {
                claim: id_in("claim_id", &it.claim_id)?,
                nights: within("nights", it.nights, 1..=365)?,
            })
        };
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(ExtendStayResponse { claim }))
    }

    async fn check_out(&self, request: Request<CheckOutRequest>) -> Result<Response<CheckOutResponse>, Status> {
        let request = self.of_claim(request, |it| &it.claim_id)?;
        let parse = |it: CheckOutRequest| {
            let (destination, prevented) = (destination_in(it.destination())?, prevented_in(it.prevented())?);
            Ok(Command::CheckOut { claim: id_in("claim_id", &it.claim_id)?, destination, prevented })
        };
        let view = claim(call::execute(&self.log, request, parse).await?)?;
        let claim = Some(self.shown(view).await?);
        Ok(Response::new(CheckOutResponse { claim }))
    }

    async fn record_unmet_demand(
        &self,
        request: Request<RecordUnmetDemandRequest>,
    ) -> Result<Response<RecordUnmetDemandResponse>, Status> {
        let parse = |it: RecordUnmetDemandRequest| {
            let gemeente = wire::maybe_gemeente_in("from_gemeente", &it.from_gemeente)?;
            Ok(Command::RecordUnmetDemand { kind: demanded(it.kind)?, needs: wire::needs_in(it.needs)?, gemeente })
        };
        match call::execute(&self.log, request, parse).await? {
            Answer::Unmet { total } => Ok(Response::new(RecordUnmetDemandResponse { total })),
            _ => Err(call::no_such_answer()),
        }
    }

    async fn get_location(
        &self,
        request: Request<GetLocationRequest>,
    ) -> Result<Response<GetLocationResponse>, Status> {
        let id = location_in(&request.get_ref().location_id).map_err(|wrong| call::invalid(&wrong))?;
        call::check_sees(&self.log, &id)?;
        let view = self.log.view();
        let site = view.state.sites.get(&id).map_err(|refusal| call::refused(&refusal))?;
        let names = call::names(&self.log, site.sealed().collect()).await?;
        let location = Some(location_out(site, self.log.now(), &names));
        Ok(Response::new(GetLocationResponse { location, position: view.position }))
    }

    async fn list_locations(
        &self,
        request: Request<ListLocationsRequest>,
    ) -> Result<Response<ListLocationsResponse>, Status> {
        let it = request.into_inner();
        let after = Some(it.after_location_id).filter(|id| !id.is_empty());
        let after = after.map(|id| field("after_location_id", LocationId::parse(&id))).transpose();
        let after = after.map_err(|wrong| call::invalid(&wrong))?;
        let (view, now, size) = (self.log.view(), self.log.now(), call::page(it.page_size)?);
        let reach = call::reach(&self.log);
        let mut sites = view.state.sites.after(after.as_ref()).filter(|site| reach.has(&site.id));
        let page: Vec<&model::site::Site> = sites.by_ref().take(size).collect();
        let ids = page.iter().flat_map(|site| site.sealed()).collect();
        let names = call::names(&self.log, ids).await?;
        let locations: Vec<Location> = page.into_iter().map(|site| location_out(site, now, &names)).collect();
        let more = sites.next().is_some();
        let last = locations.last().filter(|_| more).map(|location| location.location_id.clone());
        let next_after_location_id = last.unwrap_or_default();
        Ok(Response::new(ListLocationsResponse { locations, next_after_location_id, position: view.position }))
    }

    async fn get_claim(&self, request: Request<GetClaimRequest>) -> Result<Response<GetClaimResponse>, Status> {
        let id = id_in("claim_id", &request.get_ref().claim_id).map_err(|wrong| call::invalid(&wrong))?;
        let view = self.log.view();
        let claim = view.state.claim(&id);
        let claim = claim.ok_or_else(|| call::refused(&crate::domain::Refusal::UnknownClaim { claim: id.clone() }))?;
        call::check_sees(&self.log, &claim.offer.location)?;
        let claim = Some(self.shown(view.state.show(claim)).await?);
        Ok(Response::new(GetClaimResponse { claim, position: view.position }))
    }

    async fn list_claims(&self, request: Request<ListClaimsRequest>) -> Result<Response<ListClaimsResponse>, Status> {
        let it = request.into_inner();
        let view = self.log.view();
        let known = |id: &LocationId| view.state.sites.get(id).map(drop).map_err(|refusal| call::refused(&refusal));
        let wanted = Some(&it.location_id).filter(|id| !id.is_empty()).map(|id| location_in(id)).transpose();
        let wanted = wanted.map_err(|wrong| call::invalid(&wrong))?;
        wanted.as_ref().map_or(Ok(()), |location| call::check_sees(&self.log, location))?;
        wanted.as_ref().map_or(Ok(()), known)?;
        let reach = call::reach(&self.log);
        let at_location = |claim: &&crate::domain::Claim| {
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
        Ok(Response::new(ListClaimsResponse { claims: claims.collect(), position: view.position, total }))
    }
}
