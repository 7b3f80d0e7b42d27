//! The night: who is on duty, what came in, and what the next coordinator must know. It must not hold a rule of the night:
//! the nachtdienst decides.

mod act;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::actor::Role;
use model::region::Region;
use proto::logeerplek::v1::{ClaimStatus, ListClaimsRequest};
use proto::nachtdienst::v1::{
    GetHandoverRequest, GetHandoverResponse, Melding, MeldingResult, MeldingStatus, Shift, TeamState, Urgency,
};
use service::client::command_id;
use tonic::Status;

use self::act::Act;
use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::notice::Notice;
use crate::rights::Area;
use crate::suite::{Who, ask};
use crate::text::Texts;
use crate::view::{Frame, clock, gemeente_name, moment};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "nacht.html")]
struct Night {
    frame: Frame,
    notice: Option<Notice>,
    typed: Typed,
    gemeenten: Vec<(String, String)>,
    teams: Vec<Team>,
    meldingen: Vec<MeldingCard>,
    claims: Vec<(String, String)>,
    gaps: Vec<(String, String)>,
    remarks: Vec<(String, String)>,
    waits_since: String,
    last_accepted: String,
    commands: [String; 4],
}

/// What was filled in, so that nobody types it twice.
#[derive(Debug, Default)]
struct Typed {
    gemeente: String,
    urgency: String,
    text: String,
    remark: String,
    staff: String,
}

/// A team on duty.
struct Team {
    shift: String,
    name: String,
    state: &'static str,
    until: String,
    gemeenten: String,
    /// States it can go to by hand.
    commands: [String; 2],
    on_break: bool,
}

/// A melding, and what can be done with it.
struct MeldingCard {
    id: String,
    gemeente: String,
    urgency: &'static str,
    urgency_class: &'static str,
    text: String,
    status: &'static str,
    since: String,
    team: String,
    /// The teams it can go to: those of its gemeente first.
    teams: Vec<(String, String)>,
    /// How it is, to tell whether it is still so.
    seen: String,
    can_assign: bool,
    can_leave: bool,
    can_arrive: bool,
    can_close: bool,
    results: Vec<(&'static str, &'static str)>,
    commands: [String; 3],
}

/// The page.
pub(crate) async fn show(State(portaal): State<Arc<Portaal>>, visit: Visit) -> Result<Response, Problem> {
    page(&portaal, &visit, Typed::of(&visit), None).await
}

/// Does what somebody asks, and shows the night as it is then.
pub(crate) async fn change(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.who(Area::Nacht)?;
    let act = Act { portaal: &portaal, who, t: visit.t, fields: &fields };
    let done = act.done().await;
    let (notice, again) = Notice::of(done, fields)?;
    let typed = again.map_or_else(|| Typed::of(&visit), |fields| Typed::read(&fields));
    page(&portaal, &visit, typed, Some(notice)).await
}

impl Typed {
    /// Nothing yet but who hands over: a coordinator is known by their sign-in.
    fn of(visit: &Visit) -> Self {
        let coordinator = visit.session.as_ref().map(|it| &it.actor).filter(|actor| actor.role == Role::Coordinator);
        Self { staff: coordinator.map(|actor| actor.id.to_string()).unwrap_or_default(), ..Self::default() }
    }

    fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).to_owned();
        Self {
            gemeente: text("gemeente"),
            urgency: text("urgentie"),
            text: text("tekst"),
            remark: text("opmerking"),
            staff: text("medewerker"),
        }
    }
}

async fn page(portaal: &Portaal, visit: &Visit, typed: Typed, notice: Option<Notice>) -> Result<Response, Problem> {
    let who = visit.who(Area::Nacht)?;
    let (t, region) = (visit.t, &portaal.region);
    let client = portaal.suite.nachtdienst(who);
    let night = ask!(client.get_handover(GetHandoverRequest {}))?.into_inner();
    let at = |raw: Option<&pbjson_types::Timestamp>| {
        moment(raw).map(|at| clock(at, visit.now, &region.time_zone)).unwrap_or_default()
    };
    // That the logeerplekken do not answer must not hide the night.
    let claims = claims(portaal, who).await.unwrap_or_default();
    let page = Night {
        frame: Frame::new(visit, t.nacht_title),
        notice,
        gemeenten: region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone())).collect(),
        teams: night.on_duty.iter().map(|shift| Team::of(t, region, shift, &at)).collect(),
        meldingen: cards(t, region, &night, &at),
        claims,
        gaps: gaps(t, region, &night, &at),
        remarks: night.remarks.iter().map(|it| (at(it.at.as_ref()), it.text.clone())).collect(),
        waits_since: at(night.handed_over_at.as_ref()),
        last_accepted: at(night.last_accepted_at.as_ref()),
        commands: [command_id(), command_id(), command_id(), command_id()],
        typed,
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

/// Claims a melding may have led to: their id, and how people know them.
async fn claims(portaal: &Portaal, who: &Who) -> Result<Vec<(String, String)>, Status> {
    let client = portaal.suite.logeerplek(who);
    let claims = ask!(client.list_claims(ListClaimsRequest::default()))?.into_inner().claims;
    let running = claims
        .into_iter()
        .filter(|it| matches!(it.status(), ClaimStatus::Pending | ClaimStatus::Held | ClaimStatus::Arrived));
    let name =
        |it: &proto::logeerplek::v1::Claim| format!("{}, {} ({})", it.location_name, it.place_label, it.client_ref);
    Ok(running.map(|it| (it.claim_id.clone(), name(&it))).collect())
}

type At<'a> = &'a dyn Fn(Option<&pbjson_types::Timestamp>) -> String;

fn gaps(t: &'static Texts, region: &Region, night: &GetHandoverResponse, at: At<'_>) -> Vec<(String, String)> {
    let hours = |it: &proto::availability::v1::Period| format!("{}–{}", at(it.from.as_ref()), at(it.until.as_ref()));
    let gaps = night.gaps.iter().filter(|it| !it.gaps.is_empty());
    gaps.map(|it| {
        let name = gemeente_name(t, region, &it.gemeente).to_owned();
        (name, it.gaps.iter().map(hours).collect::<Vec<_>>().join(", "))
    })
    .collect()
}

impl Team {
    fn of(t: &'static Texts, region: &Region, shift: &Shift, at: At<'_>) -> Self {
        let plan = shift.plan.clone().unwrap_or_default();
        let names: Vec<&str> = plan.gemeenten.iter().map(|code| gemeente_name(t, region, code)).collect();
        Self {
            shift: shift.shift_id.clone(),
            state: state_name(t, shift.state()),
            until: at(shift.period.as_ref().and_then(|it| it.until.as_ref())),
            gemeenten: names.join(", "),
            commands: [command_id(), command_id()],
            on_break: shift.state() == TeamState::Pauze,
            name: plan.team,
        }
    }
}

/// What is open, the most urgent first and then the oldest.
fn cards(t: &'static Texts, region: &Region, night: &GetHandoverResponse, at: At<'_>) -> Vec<MeldingCard> {
    let mut open: Vec<&Melding> = night.open_meldingen.iter().collect();
    open.sort_by_key(|it| std::cmp::Reverse(i32::from(it.urgency())));
    open.into_iter().map(|it| MeldingCard::of(t, region, night, it, at)).collect()
}

impl MeldingCard {
    fn of(t: &'static Texts, region: &Region, night: &GetHandoverResponse, it: &Melding, at: At<'_>) -> Self {
        let status = it.status();
        let team = night.on_duty.iter().find(|shift| !it.shift_id.is_empty() && shift.shift_id == it.shift_id);
        let (urgency, urgency_class) = match it.urgency() {
            Urgency::Hoog => (t.urgency_high, "hoog"),
            Urgency::Laag => (t.urgency_low, "laag"),
            Urgency::Normaal | Urgency::Unspecified => (t.urgency_normal, "normaal"),
        };
        let has_team = !it.shift_id.is_empty();
        let results = RESULTS.into_iter().filter(|(result, needs_team)| {
            // A claim is linked in its own way, where there is one.
            *result != MeldingResult::Logeerplek && (has_team || !needs_team)
        });
        Self {
            seen: act::seen(it),
            id: it.melding_id.clone(),
            gemeente: gemeente_name(t, region, &it.gemeente).to_owned(),
            urgency,
            urgency_class,
            text: it.text.clone(),
            status: match status {
                MeldingStatus::Ontvangen | MeldingStatus::Unspecified => t.melding_received,
                MeldingStatus::Toegewezen => t.melding_assigned,
                MeldingStatus::Onderweg => t.melding_under_way,
                MeldingStatus::Aangekomen => t.melding_arrived,
                MeldingStatus::Resultaat => t.melding_result,
                MeldingStatus::Gesloten => t.melding_closed,
            },
            since: at(it.received_at.as_ref()),
            team: team.and_then(|shift| shift.plan.as_ref()).map(|plan| plan.team.clone()).unwrap_or_default(),
            teams: teams_for(t, night, &it.gemeente),
            can_assign: matches!(
                status,
                MeldingStatus::Ontvangen | MeldingStatus::Toegewezen | MeldingStatus::Onderweg
            ),
            can_leave: status == MeldingStatus::Toegewezen,
            can_arrive: status == MeldingStatus::Onderweg,
            can_close: status == MeldingStatus::Resultaat,
            results: results.map(|(result, _)| (act::token(result), result_name(t, result))).collect(),
            commands: [command_id(), command_id(), command_id()],
        }
    }
}

/// The teams on duty, those of a gemeente first: their shift, and how they are chosen.
fn teams_for(t: &'static Texts, night: &GetHandoverResponse, gemeente: &str) -> Vec<(String, String)> {
    let mut teams: Vec<&Shift> = night.on_duty.iter().collect();
    let is_theirs =
        |shift: &Shift| shift.plan.as_ref().is_some_and(|plan| plan.gemeenten.iter().any(|it| it == gemeente));
    teams.sort_by_key(|shift| !is_theirs(shift));
    let name = |shift: &Shift| shift.plan.as_ref().map(|plan| plan.team.clone()).unwrap_or_default();
    teams
        .iter()
        .map(|shift| (shift.shift_id.clone(), format!("{} ({})", name(shift), state_name(t, shift.state()))))
        .collect()
}

const fn state_name(t: &Texts, state: TeamState) -> &'static str {
    match state {
        TeamState::Beschikbaar => t.team_available,
        TeamState::Onderweg => t.team_under_way,
        TeamState::Bezig => t.team_busy,
        TeamState::Pauze => t.team_break,
        TeamState::Unspecified => t.unknown_word,
    }
}

/// What can come of a melding, and whether a team must have it.
const RESULTS: [(MeldingResult, bool); 6] = [
    (MeldingResult::Gestabiliseerd, true),
    (MeldingResult::Logeerplek, false),
    (MeldingResult::Crisisdienst, false),
    (MeldingResult::Alarmnummer, false),
    (MeldingResult::GeenGehoor, false),
    (MeldingResult::GeenActie, false),
];

const fn result_name(t: &Texts, result: MeldingResult) -> &'static str {
    match result {
        MeldingResult::Gestabiliseerd => t.result_stable,
        MeldingResult::Logeerplek => t.result_logeerplek,
        MeldingResult::Crisisdienst => t.result_crisis,
        MeldingResult::Alarmnummer => t.result_112,
        MeldingResult::GeenGehoor => t.result_no_answer,
        MeldingResult::GeenActie => t.result_no_action,
        MeldingResult::Unspecified => "",
    }
}
