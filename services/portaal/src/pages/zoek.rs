//! Finding a place at night and claiming it. What a client needs goes in the body of a request and stands in no address,
//! and nothing of it is kept. It must not choose a place: regio ranks them, logeerplek gives them out.

mod asked;
mod found;

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use model::kind::Kind;
use model::region::Region;
use model::wire;
use proto::availability::v1::Needs;
use proto::logeerplek::v1::{
    CancelClaimRequest, Claim, ClaimBestRequest, ClaimRequest, ClaimStatus, ExtendHoldRequest, GetClaimRequest,
    ListClaimsRequest, RecordUnmetDemandRequest,
};
use proto::regio::v1::{FindPlacesRequest, FindPlacesResponse, FoundPlace};
use service::client::command_id;
use tonic::Status;

use crate::Portaal;
use crate::answer::{self, Problem, reason, sentence};
use crate::form::Fields;
use crate::rights::Area;
use crate::suite::{Who, ask};
use crate::text::Texts;
use crate::view::{Frame, clock, dial, distance, kind_name, moment};
use crate::visit::Visit;

use self::asked::Asked;
pub(crate) use self::asked::{TARGET_GROUPS, sex};
use self::found::Found;

/// Most places of one answer.
const MOST_FOUND: u32 = 20;
/// How often, and how far apart, the board is looked at again after somebody else was first.
const LOOKS: u32 = 15;
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// Most claims that a page looks on at, and most of them that are told to have ended.
const MOST_OPEN: usize = 60;
const MOST_ENDED: usize = 12;
/// By how many minutes a hold is prolonged.
const LONGER: u32 = 60;
#[derive(Template)]
#[template(path = "zoek.html")]
struct Zoek {
    frame: Frame,
    asked: Asked,
    gemeenten: Vec<(String, String)>,
    kinds: Vec<(String, &'static str)>,
    groups: Vec<(u32, &'static str, bool)>,
    found: Option<Found>,
    notice: Option<Notice>,
    claims: Result<Vec<ClaimLine>, String>,
    /// What ended while this page looked on.
    ended: Vec<EndedLine>,
    /// The claims that this page looks on at, for its next question.
    looked_at: String,
    command: String,
}

/// What came of the last thing that was done.
struct Notice {
    is_good: bool,
    title: String,
    sentence: String,
}

/// A claim that runs.
struct ClaimLine {
    id: String,
    name: String,
    place: String,
    phone: String,
    dial: String,
    client: String,
    status: &'static str,
    until: String,
    /// The same for a program, where a hold counts down.
    until_iso: String,
    can_extend: bool,
    can_cancel: bool,
    commands: [String; 2],
}

/// A claim that ran when somebody began to look, and does not any more.
struct EndedLine {
    id: String,
    name: String,
    place: String,
    how: &'static str,
}

/// The empty form, and the claims that run; a page that looks on also hears what became of those it had.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let had = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked = Asked::begin(portaal.region.centrumgemeente.to_string());
    page_of(&portaal, &visit, asked, None, None, had.get("had")).await
}

/// Finds, or claims: the form is the same one. What is filled in wrongly is said, and nothing typed is lost.
pub(crate) async fn find(state: State<Arc<Portaal>>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    asked(&state.0, &visit, &fields, async |who, asked, needs| {
        let found = search(&state.0, who, asked, needs).await?;
        let is_counted = is_unmet(&found) && count_unmet(&state.0, who, asked, needs, fields.command_id()).await;
        Ok((Some(Found { is_counted, ..Found::of(&found, &visit, &state.0.region) }), None))
    })
    .await
}

/// Claims a place, or the best there is. Whoever is too late sees why, and what there is now.
pub(crate) async fn claim(state: State<Arc<Portaal>>, visit: Visit, fields: Fields) -> Result<Response, Problem> {
    asked(&state.0, &visit, &fields, async |who, asked, needs| {
        match send_claim(&state.0, who, &fields, asked, needs.clone()).await {
            Ok((claim, distance)) => Ok((None, Some(Notice::claimed(&claim, distance, &visit, &state.0.region)))),
            Err(status) => {
                // The next best is one click away; that it cannot be looked for must not hide why the claim failed.
                let lost = (fields.get("locatie"), fields.get("plek"));
                let again = search_without(&state.0, who, asked, needs, lost).await.ok();
                let found = again.map(|found| Found::of(&found, &visit, &state.0.region));
                Ok((found, Some(Notice::refused(visit.t, &status))))
            }
        }
    })
    .await
}

/// Does something with what is asked, and shows the page with what came of it.
async fn asked(
    portaal: &Portaal,
    visit: &Visit,
    fields: &Fields,
    act: impl AsyncFnOnce(&Who, &Asked, &Needs) -> Result<(Option<Found>, Option<Notice>), Problem>,
) -> Result<Response, Problem> {
    let who = visit.who(Area::Zoek)?;
    let asked = Asked::read(fields);
    let done = match asked.needs(visit.t) {
        Ok(needs) => act(who, &asked, &needs).await,
        Err(wrong) => Err(wrong),
    };
    match done {
        // The next one is somebody else: their needs are not those of who has a place now.
        Ok((found, notice)) if notice.as_ref().is_some_and(|it| it.is_good) => {
            page(portaal, visit, Asked::begin(asked.from), found, notice).await
        }
        Ok((found, notice)) => page(portaal, visit, asked, found, notice).await,
        Err(wrong) => refused(portaal, visit, asked, wrong).await,
    }
}

async fn send_claim(
    portaal: &Portaal,
    who: &Who,
    fields: &Fields,
    asked: &Asked,
    needs: Needs,
) -> Result<(Claim, Option<u32>), Status> {
    let client = portaal.suite.logeerplek(who);
    let (command_id, client_ref, needs) = (fields.command_id(), asked.client.clone(), Some(needs));
    let (location_id, place_id) = (fields.get("locatie").to_owned(), fields.get("plek").to_owned());
    if place_id.is_empty() {
        let request = ClaimBestRequest {
            command_id,
            client_ref,
            needs,
            from_gemeente: asked.from.clone(),
            ..ClaimBestRequest::default()
        };
        let answer = ask!(client.claim_best(request))?.into_inner();
        Ok((answer.claim.unwrap_or_default(), answer.distance_metres))
    } else {
        let request = ClaimRequest { command_id, location_id, place_id, client_ref, needs, hold_minutes: 0 };
        let answer = ask!(client.claim(request))?.into_inner();
        Ok((answer.claim.unwrap_or_default(), None))
    }
}

/// Prolongs a hold, or gives the place back.
pub(crate) async fn change(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path(claim_id): Path<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.who(Area::Zoek)?;
    let (t, client) = (visit.t, portaal.suite.logeerplek(who));
    let command_id = fields.command_id();
    let done = match fields.get("wat") {
        "langer" => {
            let request = ExtendHoldRequest { command_id, claim_id, minutes: LONGER };
            let answer = ask!(client.extend_hold(request));
            answer.map(|answer| (answer.into_inner().claim, t.extended))
        }
        "terug" => {
            let request = CancelClaimRequest { command_id, claim_id };
            let answer = ask!(client.cancel_claim(request));
            answer.map(|answer| (answer.into_inner().claim, t.given_back))
        }
        _ => return Err(Problem::NotFound),
    };
    let notice = match done {
        Ok((claim, title)) => {
            let claim = claim.unwrap_or_default();
            let until = moment(claim.held_until.as_ref());
            let held = until.map(|at| format!("{} {}", t.held_until, clock(at, visit.now, &portaal.region.time_zone)));
            let sentence = [claim.location_name, claim.place_label].join(", ");
            let sentence = held.map_or_else(|| sentence.clone(), |held| format!("{sentence}: {held}."));
            Notice { is_good: true, title: title.to_owned(), sentence }
        }
        Err(status) => Notice::refused(t, &status),
    };
    page(&portaal, &visit, Asked::read(&fields), None, Some(notice)).await
}

async fn refused(portaal: &Portaal, visit: &Visit, asked: Asked, why: Problem) -> Result<Response, Problem> {
    let sentence = match why {
        Problem::Form { sentence } => sentence,
        Problem::Service(status) => sentence(&status),
        other => return Err(other),
    };
    let notice = Notice { is_good: false, title: visit.t.refused_title.to_owned(), sentence };
    page(portaal, visit, asked, None, Some(notice)).await
}

async fn page(
    portaal: &Portaal,
    visit: &Visit,
    asked: Asked,
    found: Option<Found>,
    notice: Option<Notice>,
) -> Result<Response, Problem> {
    page_of(portaal, visit, asked, found, notice, "").await
}

async fn page_of(
    portaal: &Portaal,
    visit: &Visit,
    asked: Asked,
    found: Option<Found>,
    notice: Option<Notice>,
    had: &str,
) -> Result<Response, Problem> {
    let who = visit.who(Area::Zoek)?;
    let region = &portaal.region;
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.counts_demand() || kind.is_confidential());
    let groups = TARGET_GROUPS.map(|(group, name)| {
        let number = u32::try_from(i32::from(group)).unwrap_or_default();
        (number, name, asked.groups.contains(&number))
    });
    let claims = claims(portaal, visit, who).await.map_err(|status| sentence(&status));
    let open: Vec<&str> = claims.iter().flatten().map(|it| it.id.as_str()).collect();
    let gone = had.split('.').filter(|id| !id.is_empty() && !open.contains(id)).take(MOST_ENDED);
    let gone: Vec<&str> = if claims.is_ok() { gone.collect() } else { had.split('.').collect() };
    let ended = if claims.is_ok() { ended(portaal, visit.t, who, &gone).await } else { Vec::new() };
    let ids = open.iter().copied().take(MOST_OPEN).chain(gone);
    let page = Zoek {
        looked_at: ids.collect::<Vec<_>>().join("."),
        ended,
        frame: Frame::new(visit, visit.t.zoek_title),
        gemeenten: region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone())).collect(),
        kinds: kinds.map(|kind| (wire::kind_token(kind), kind_name(Some(kind)))).collect(),
        groups: groups.to_vec(),
        asked,
        found,
        notice,
        claims,
        command: command_id(),
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

async fn search(portaal: &Portaal, who: &Who, asked: &Asked, needs: &Needs) -> Result<FindPlacesResponse, Status> {
    let kinds = asked.kind().into_iter().map(|kind| wire::kind_out(kind).into()).collect();
    let request = FindPlacesRequest {
        needs: Some(needs.clone()),
        from_gemeente: asked.from.clone(),
        kinds,
        limit: MOST_FOUND,
        ..FindPlacesRequest::default()
    };
    let client = portaal.suite.regio(who);
    Ok(ask!(client.find_places(request))?.into_inner())
}

/// What there is beside a place that somebody else has. The board hears of that a moment later than we do.
async fn search_without(
    portaal: &Portaal,
    who: &Who,
    asked: &Asked,
    needs: &Needs,
    (location, place): (&str, &str),
) -> Result<FindPlacesResponse, Status> {
    let is_lost = |it: &FoundPlace| it.location_id == location && it.place_id == place;
    let mut left = LOOKS;
    loop {
        let mut found = search(portaal, who, asked, needs).await?;
        left -= 1;
        if left == 0 {
            found.places.retain(|it| !is_lost(it));
        }
        if !found.places.iter().any(is_lost) {
            return Ok(found);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

fn is_unmet(found: &FindPlacesResponse) -> bool {
    found.places.is_empty() && found.counts.iter().all(|count| count.free == 0)
}

/// A search that finds nothing is counted, without a person; once, also when the page is sent again. Says whether it was.
async fn count_unmet(portaal: &Portaal, who: &Who, asked: &Asked, needs: &Needs, command_id: String) -> bool {
    let kind = asked.kind().unwrap_or(Kind::Logeerplek);
    if !kind.counts_demand() {
        return false;
    }
    let request = RecordUnmetDemandRequest {
        command_id,
        needs: Some(needs.clone()),
        from_gemeente: asked.from.clone(),
        kind: wire::kind_out(kind).into(),
    };
    let client = portaal.suite.logeerplek(who);
    let counted = ask!(client.record_unmet_demand(request));
    if let Err(status) = &counted {
        tracing::warn!(code = ?status.code(), "Unmet demand could not be counted");
    }
    counted.is_ok()
}

impl Notice {
    fn claimed(claim: &Claim, metres: Option<u32>, visit: &Visit, region: &Region) -> Self {
        let t = visit.t;
        let title = if claim.status() == ClaimStatus::Pending { t.claim_pending } else { t.claim_done };
        let until = moment(claim.held_until.as_ref()).map(|at| clock(at, visit.now, &region.time_zone));
        let place = [claim.location_name.as_str(), claim.place_label.as_str()].join(", ");
        let far = metres.map(|metres| format!(" ({})", distance(t, metres))).unwrap_or_default();
        let until = until.map(|until| format!(" {} {until}.", t.held_until)).unwrap_or_default();
        let phone = if claim.phone.is_empty() { String::new() } else { format!(" {} {}.", t.call, claim.phone) };
        Self { is_good: true, title: title.to_owned(), sentence: format!("{place}{far}.{until}{phone}") }
    }

    fn refused(t: &Texts, status: &Status) -> Self {
        let is_late = reason(status).is_some_and(|it| matches!(it.as_str(), "HELD" | "OCCUPIED" | "FULL"));
        let title = if is_late { t.too_late } else { t.refused_title };
        Self { is_good: false, title: title.to_owned(), sentence: sentence(status) }
    }
}

/// What became of claims that do not run any more. One that cannot be asked after now is asked after again with the next
/// question of the page.
async fn ended(portaal: &Portaal, t: &'static Texts, who: &Who, gone: &[&str]) -> Vec<EndedLine> {
    let mut ended = Vec::new();
    for id in gone {
        let client = portaal.suite.logeerplek(who);
        let request = GetClaimRequest { claim_id: (*id).to_owned() };
        let claim = match ask!(client.get_claim(request)) {
            Ok(answer) => answer.into_inner().claim.unwrap_or_default(),
            Err(status) => {
                tracing::debug!(code = ?status.code(), "It is not known yet what became of a claim");
                continue;
            }
        };
        let how = match claim.status() {
            ClaimStatus::Refused => t.ended_refused,
            ClaimStatus::Lapsed => t.ended_lapsed,
            ClaimStatus::NoShow => t.ended_no_show,
            ClaimStatus::Arrived => t.ended_arrived,
            ClaimStatus::CheckedOut => t.ended_left,
            _ => t.ended_cancelled,
        };
        ended.push(EndedLine { id: (*id).to_owned(), name: claim.location_name, place: claim.place_label, how });
    }
    ended
}

async fn claims(portaal: &Portaal, visit: &Visit, who: &Who) -> Result<Vec<ClaimLine>, Status> {
    let (t, zone) = (visit.t, &portaal.region.time_zone);
    let client = portaal.suite.logeerplek(who);
    let answer = ask!(client.list_claims(ListClaimsRequest::default()))?;
    let on_the_way = answer.into_inner().claims.into_iter();
    let on_the_way = on_the_way.filter(|it| matches!(it.status(), ClaimStatus::Pending | ClaimStatus::Held));
    let line = |claim: Claim| {
        let until = moment(claim.held_until.as_ref());
        let status = match (claim.status(), claim.escalated) {
            (ClaimStatus::Pending, true) => t.status_escalated,
            (ClaimStatus::Pending, false) => t.status_pending,
            _ => t.status_held,
        };
        ClaimLine {
            status,
            until: until.map(|at| clock(at, visit.now, zone)).unwrap_or_default(),
            until_iso: until.map(|at| at.to_string()).unwrap_or_default(),
            can_extend: claim.status() == ClaimStatus::Held && !claim.extended,
            can_cancel: true,
            dial: dial(&claim.phone),
            id: claim.claim_id,
            name: claim.location_name,
            place: claim.place_label,
            phone: claim.phone,
            client: claim.client_ref,
            commands: [command_id(), command_id()],
        }
    };
    Ok(on_the_way.map(line).collect())
}
