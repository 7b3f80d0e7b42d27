//! Finding a place at night and claiming it. What a client needs goes in the body of a request and stands in no address,
//! and nothing of it is kept. It must not choose a place: regio ranks them, logeerplek gives them out.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use model::actor::Actor;
use model::kind::Kind;
use model::region::Region;
use model::wire;
use proto::availability::v1::{self as availability, Age, Needs, Sex, TargetGroup};
use proto::logeerplek::v1::{
    CancelClaimRequest, Claim, ClaimBestRequest, ClaimRequest, ClaimStatus, ExtendHoldRequest, ListClaimsRequest,
    RecordUnmetDemandRequest,
};
use proto::regio::v1::{FindPlacesRequest, FindPlacesResponse, FoundPlace, NightCover, NightCoverThen};
use service::client::command_id;
use tonic::Status;

use crate::Portaal;
use crate::answer::{self, Problem, reason, sentence};
use crate::form::Fields;
use crate::rights::Area;
use crate::suite::ask;
use crate::text::Texts;
use crate::view::{Frame, age_class, age_name, clock, dial, distance, gemeente_name, kind_name, moment};
use crate::visit::Visit;

/// Most places of one answer.
const MOST_FOUND: u32 = 20;
/// How often, and how far apart, the board is looked at again after somebody else was first.
const LOOKS: u32 = 15;
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// By how many minutes a hold is prolonged.
const LONGER: u32 = 60;
/// Where the name of a number of the form stands on the page.
const AGES: std::ops::RangeInclusive<u32> = 0..=120;

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
    command: String,
}

/// What was filled in, so that nobody types it twice.
#[derive(Debug, Clone, Default)]
struct Asked {
    from: String,
    residence: String,
    kind: String,
    age: String,
    sex: String,
    nights: String,
    children: String,
    wheelchair: bool,
    pet: bool,
    client: String,
    groups: Vec<u32>,
}

/// What came of the last thing that was done.
struct Notice {
    is_good: bool,
    title: String,
    sentence: String,
}

/// What was found.
struct Found {
    places: Vec<PlaceLine>,
    near: Vec<PlaceLine>,
    counts: Vec<CountLine>,
    night: String,
    /// Whether "the best" can be claimed.
    can_claim: bool,
}

/// A place that fits, or almost.
struct PlaceLine {
    location: String,
    place: String,
    name: String,
    fictief: bool,
    kind: &'static str,
    pool: String,
    gemeente: String,
    distance: String,
    age: &'static str,
    age_class: &'static str,
    confirmed: String,
    phone: String,
    dial: String,
    why: Vec<String>,
    alike: u32,
    can_claim: bool,
    command: String,
}

/// A kind of which only a count is known.
struct CountLine {
    kind: &'static str,
    words: String,
    phone: String,
    dial: String,
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

/// The empty form, and the claims that run.
pub(crate) async fn show(State(portaal): State<Arc<Portaal>>, visit: Visit) -> Result<Response, Problem> {
    let asked = Asked {
        from: portaal.region.centrumgemeente.to_string(),
        kind: wire::kind_token(Kind::Logeerplek),
        nights: "1".to_owned(),
        ..Asked::default()
    };
    page(&portaal, &visit, asked, None, None).await
}

/// Finds.
pub(crate) async fn find(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let actor = visit.actor(Area::Zoek)?;
    let asked = Asked::read(&fields);
    let needs = match asked.needs(visit.t) {
        Ok(needs) => needs,
        Err(wrong) => return refused(&portaal, &visit, asked, wrong).await,
    };
    match search(&portaal, actor, &asked, &needs).await {
        Ok(found) => {
            if is_unmet(&found) {
                count_unmet(&portaal, actor, &asked, &needs, fields.get("opdracht")).await;
            }
            let found = Found::of(&found, &visit, &portaal.region);
            page(&portaal, &visit, asked, Some(found), None).await
        }
        Err(status) => refused(&portaal, &visit, asked, status.into()).await,
    }
}

/// Claims a place, or the best there is. Whoever is too late sees why, and what there is now.
pub(crate) async fn claim(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let actor = visit.actor(Area::Zoek)?;
    let asked = Asked::read(&fields);
    let needs = match asked.needs(visit.t) {
        Ok(needs) => needs,
        Err(wrong) => return refused(&portaal, &visit, asked, wrong).await,
    };
    let claimed = send_claim(&portaal, actor, &fields, &asked, needs.clone()).await;
    let notice = match claimed {
        Ok((claim, distance)) => Notice::claimed(&claim, distance, &visit, &portaal.region),
        Err(status) => Notice::refused(visit.t, &status),
    };
    let found = if notice.is_good {
        None
    } else {
        // The next best is one click away.
        let lost = (fields.get("locatie"), fields.get("plek"));
        let again = search_without(&portaal, actor, &asked, &needs, lost).await;
        again.ok().map(|found| Found::of(&found, &visit, &portaal.region))
    };
    page(&portaal, &visit, asked, found, Some(notice)).await
}

async fn send_claim(
    portaal: &Portaal,
    actor: &Actor,
    fields: &Fields,
    asked: &Asked,
    needs: Needs,
) -> Result<(Claim, Option<u32>), Status> {
    let client = portaal.suite.logeerplek(actor);
    let (command_id, client_ref, needs) = (fields.get("opdracht").to_owned(), asked.client.clone(), Some(needs));
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
    let actor = visit.actor(Area::Zoek)?;
    let (t, client) = (visit.t, portaal.suite.logeerplek(actor));
    let command_id = fields.get("opdracht").to_owned();
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
    let actor = visit.actor(Area::Zoek)?;
    let region = &portaal.region;
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.counts_demand() || kind.is_confidential());
    let groups = TARGET_GROUPS.map(|(group, name)| {
        let number = u32::try_from(i32::from(group)).unwrap_or_default();
        (number, name, asked.groups.contains(&number))
    });
    let claims = claims(portaal, visit, actor).await.map_err(|status| sentence(&status));
    let page = Zoek {
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

/// What people call a target group: terms of the field, in every language.
const TARGET_GROUPS: [(TargetGroup, &str); 7] = [
    (TargetGroup::Psychosociaal, "psychosociaal"),
    (TargetGroup::Psychiatrisch, "psychiatrisch"),
    (TargetGroup::Lvb, "LVB"),
    (TargetGroup::Verslaving, "verslaving"),
    (TargetGroup::HuiselijkGeweld, "huiselijk geweld"),
    (TargetGroup::Jongere, "jongere"),
    (TargetGroup::Dakloos, "dakloos"),
];

impl Asked {
    fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).to_owned();
        Self {
            from: text("van"),
            residence: text("inwoner"),
            kind: text("soort"),
            age: text("leeftijd"),
            sex: text("geslacht"),
            nights: text("nachten"),
            children: text("kinderen"),
            wheelchair: fields.has("rolstoel"),
            pet: fields.has("huisdier"),
            client: text("client"),
            groups: fields.all("doelgroep").filter_map(|raw| raw.parse().ok()).collect(),
        }
    }

    fn needs(&self, t: &Texts) -> Result<Needs, Problem> {
        let wrong = |label: &str, why: &str| Problem::Form { sentence: format!("{label}: {why}") };
        let number = |raw: &str, label: &str| match raw {
            "" => Ok(None),
            raw => raw.parse::<u32>().map(Some).map_err(|_| wrong(label, t.wrong_number)),
        };
        let age = number(&self.age, t.field_age)?;
        if age.is_some_and(|age| !AGES.contains(&age)) {
            return Err(wrong(t.field_age, t.wrong_age));
        }
        let parts = self.children.split([',', ' ', ';']).filter(|part| !part.is_empty());
        let children = parts.map(|part| part.parse().map_err(|_| wrong(t.field_children, t.wrong_children)));
        let residence = match self.residence.as_str() {
            "" => self.from.clone(),
            "elders" => String::new(),
            code => code.to_owned(),
        };
        let sex = match self.sex.as_str() {
            "v" => Sex::Female,
            "m" => Sex::Male,
            "x" => Sex::Other,
            _ => Sex::Unspecified,
        };
        Ok(Needs {
            residence,
            target_groups: self.groups.iter().filter_map(|group| i32::try_from(*group).ok()).collect(),
            age,
            sex: sex.into(),
            wheelchair: self.wheelchair,
            pet: self.pet,
            children_ages: children.collect::<Result<_, _>>()?,
            nights: number(&self.nights, t.field_nights)?.unwrap_or(1),
        })
    }

    fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| wire::kind_token(*kind) == self.kind)
    }
}

async fn search(portaal: &Portaal, actor: &Actor, asked: &Asked, needs: &Needs) -> Result<FindPlacesResponse, Status> {
    let kinds = asked.kind().into_iter().map(|kind| wire::kind_out(kind).into()).collect();
    let request = FindPlacesRequest {
        needs: Some(needs.clone()),
        from_gemeente: asked.from.clone(),
        kinds,
        limit: MOST_FOUND,
        ..FindPlacesRequest::default()
    };
    let client = portaal.suite.regio(actor);
    Ok(ask!(client.find_places(request))?.into_inner())
}

/// What there is beside a place that somebody else has. The board hears of that a moment later than we do.
async fn search_without(
    portaal: &Portaal,
    actor: &Actor,
    asked: &Asked,
    needs: &Needs,
    (location, place): (&str, &str),
) -> Result<FindPlacesResponse, Status> {
    let is_lost = |it: &FoundPlace| it.location_id == location && it.place_id == place;
    let mut left = LOOKS;
    loop {
        let mut found = search(portaal, actor, asked, needs).await?;
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

/// A search that finds nothing is counted, without a person; once, also when the page is sent again.
async fn count_unmet(portaal: &Portaal, actor: &Actor, asked: &Asked, needs: &Needs, command_id: &str) {
    let kind = asked.kind().unwrap_or(Kind::Logeerplek);
    if !kind.counts_demand() {
        return;
    }
    let request = RecordUnmetDemandRequest {
        command_id: command_id.to_owned(),
        needs: Some(needs.clone()),
        from_gemeente: asked.from.clone(),
        kind: wire::kind_out(kind).into(),
    };
    let client = portaal.suite.logeerplek(actor);
    if let Err(status) = ask!(client.record_unmet_demand(request)) {
        tracing::warn!(code = ?status.code(), "Unmet demand could not be counted");
    }
}

impl Found {
    fn of(found: &FindPlacesResponse, visit: &Visit, region: &Region) -> Self {
        let t = visit.t;
        let line = |place: &FoundPlace, why: Vec<String>| PlaceLine::of(place, why, visit, region);
        let near = found.near_misses.iter();
        let near = near.filter_map(|miss| Some(line(miss.place.as_ref()?, vec![miss.sentence.clone()])));
        let count = |it: &proto::regio::v1::CountOnly| CountLine {
            kind: kind_name(wire::kind_in(it.kind())),
            words: match (it.free, it.must_call) {
                (free, 0) => format!("{free} {}", t.count_free),
                (0, _) => t.count_unknown.to_owned(),
                (free, _) => format!("{} {free} {}", t.count_at_least, t.count_free),
            },
            phone: it.phone.clone(),
            dial: dial(&it.phone),
        };
        let places: Vec<PlaceLine> = found.places.iter().map(|place| line(place, place.why.clone())).collect();
        Self {
            can_claim: places.iter().any(|place| place.can_claim),
            places,
            near: near.map(|place| PlaceLine { can_claim: false, ..place }).collect(),
            counts: found.counts.iter().map(count).collect(),
            night: found.night_cover.as_ref().map(|it| night(it, visit, region)).unwrap_or_default(),
        }
    }
}

/// Whether the avond- en nachtdienst is there tonight.
fn night(it: &NightCoverThen, visit: &Visit, region: &Region) -> String {
    let t = visit.t;
    let hours = |period: &availability::Period| {
        let time = |at| moment(at).map(|at: Timestamp| clock(at, visit.now, &region.time_zone)).unwrap_or_default();
        format!("{}–{}", time(period.from.as_ref()), time(period.until.as_ref()))
    };
    let words = match it.tonight() {
        NightCover::Covered => t.night_covered.to_owned(),
        NightCover::Gap => {
            format!("{} {}", t.night_gap, it.tonight_gaps.iter().map(hours).collect::<Vec<_>>().join(", "))
        }
        NightCover::Unknown | NightCover::ByDay | NightCover::Unspecified => t.night_unknown.to_owned(),
    };
    format!("{}: {words}", gemeente_name(t, region, &it.gemeente))
}

impl PlaceLine {
    fn of(place: &FoundPlace, why: Vec<String>, visit: &Visit, region: &Region) -> Self {
        let t = visit.t;
        let age = match place.age() {
            Age::Current => model::freshness::Age::Current,
            Age::Older => model::freshness::Age::Older,
            Age::Stale => model::freshness::Age::Stale,
            Age::Unknown | Age::Unspecified => model::freshness::Age::Unknown,
        };
        let kind = wire::kind_in(place.kind());
        Self {
            location: place.location_id.clone(),
            place: place.place_id.clone(),
            name: place.location_name.clone(),
            fictief: place.fictief,
            kind: kind_name(kind),
            pool: place.pool.clone(),
            gemeente: gemeente_name(t, region, &place.gemeente).to_owned(),
            distance: place.distance_metres.map(distance).unwrap_or_default(),
            age: age_name(t, age),
            age_class: age_class(age),
            confirmed: moment(place.confirmed_at.as_ref())
                .map(|at| clock(at, visit.now, &region.time_zone))
                .unwrap_or_default(),
            phone: place.phone.clone(),
            dial: dial(&place.phone),
            why,
            alike: place.alike,
            can_claim: kind == Some(Kind::Logeerplek) && !age.must_call(),
            command: command_id(),
        }
    }
}

impl Notice {
    fn claimed(claim: &Claim, metres: Option<u32>, visit: &Visit, region: &Region) -> Self {
        let t = visit.t;
        let title = if claim.status() == ClaimStatus::Pending { t.claim_pending } else { t.claim_done };
        let until = moment(claim.held_until.as_ref()).map(|at| clock(at, visit.now, &region.time_zone));
        let place = [claim.location_name.as_str(), claim.place_label.as_str()].join(", ");
        let far = metres.map(|metres| format!(" ({})", distance(metres))).unwrap_or_default();
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

async fn claims(portaal: &Portaal, visit: &Visit, actor: &Actor) -> Result<Vec<ClaimLine>, Status> {
    let (t, zone) = (visit.t, &portaal.region.time_zone);
    let client = portaal.suite.logeerplek(actor);
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
