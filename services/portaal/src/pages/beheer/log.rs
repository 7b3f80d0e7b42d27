//! Who did what, over all services, newest first. What is asked for has an address to come back to; who somebody is stands in
//! it sealed, for whoever asked. It must not show who a client is: the logs hold the id of a row only.

mod csv;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::ToSpan as _;
use jiff::civil::Date;
use model::actor::Role;
use model::region::Region;
use model::wire;
use proto::audit::v1::audit_service_client::AuditServiceClient;
use proto::audit::v1::{Entry, ListEntriesRequest};
use proto::nachtdienst::v1::{GetRosterRequest, Shift};
use serde_json::Value;
use service::client::Identified;
use tonic::{Code, Status};
use uuid::Uuid;

pub(crate) use self::csv::csv;
use super::wrong;
use crate::Portaal;
use crate::answer::{self, Problem, sentence};
use crate::form::Fields;
use crate::rights::Part;
use crate::session::Session;
use crate::suite::{Who, ask};
use crate::text::Texts;
use crate::view::{Frame, moment, role_name};
use crate::visit::Visit;

/// Entries on a page.
const PAGE: usize = 50;
/// How often a service is asked for more before it is shown that there may be more.
const MOST_ASKED: usize = 20;
/// The field that says who did it.
const WHO: &str = "wie";
/// The field that says what it happened to.
const WHERE: &str = "waar";
/// The field of an address that says, sealed, who did it and to whom.
const SEALED: &str = "bij";
/// How the fields begin that say where the next page begins.
const PLACE: &str = "voor-";
/// Longest question in an address.
const LONGEST: usize = 2_000;
/// The service with the roster.
const NIGHTS: &str = "nachtdienst";
/// So far before the oldest entry, and after the newest, a shift that it names may be; and at most that far apart.
const BACK_DAYS: i64 = 2;
const AHEAD_DAYS: i64 = 120;
const MOST_DAYS: i64 = 399;
/// Where a service is in its log once everything of it was shown.
const DONE: &str = "-";

#[derive(Template)]
#[template(path = "beheer/logboek.html")]
struct LogPage {
    frame: Frame,
    /// Why nothing could be looked for.
    wrong: String,
    asked: Fields,
    services: Vec<&'static str>,
    roles: Vec<(&'static str, &'static str)>,
    kinds: Vec<(&'static str, &'static str)>,
    lines: Vec<Line>,
    /// Why there is nothing of some services.
    away: Vec<String>,
    /// Where to go on, by service; none at the end.
    next: Vec<(String, String)>,
    /// The newest of what is asked for; none where that is shown.
    newest: Option<String>,
}

/// One thing that happened, in words.
pub(super) struct Line {
    at: String,
    who: String,
    role: &'static str,
    what: String,
    stream: String,
    details: String,
    service: &'static str,
}

/// What an address asks for; without anything the newest, by anybody.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = opened(&portaal, &visit, &Fields::parse(query.unwrap_or_default().as_bytes()));
    page(&portaal, &visit, asked).await
}

/// What somebody asks for gets an address, to come back to.
pub(crate) async fn find(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    match address(&portaal, &visit, &fields) {
        Some(address) => Ok(Redirect::to(&format!("{address}#regels")).into_response()),
        None => page(&portaal, &visit, Ok(fields)).await,
    }
}

/// The address of what is asked for; none where nobody would ask that.
fn address(portaal: &Portaal, visit: &Visit, asked: &Fields) -> Option<String> {
    let said = asked.clone().into_pairs().into_iter().filter(|(name, it)| !it.is_empty() && name != SEALED);
    // A client is an id of a row; so is what else is no name of a location.
    let says_who = |name: &str, it: &str| name == WHO || (name == WHERE && Uuid::try_parse(it).is_ok());
    let (who, mut said): (Vec<_>, Vec<_>) = said.partition(|(name, it)| says_who(name, it));
    if !who.is_empty() {
        said.push((SEALED.to_owned(), portaal.key.seal_as(SEALED, &(visit.session.as_ref()?.mark(), who))?));
    }
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(said).finish();
    (query.len() <= LONGEST).then(|| format!("{}?{query}", Part::Logboek.path()))
}

/// What an address asks for. Who it is about is read by whoever asked, and by nobody else who sees the address.
fn opened(portaal: &Portaal, visit: &Visit, asked: &Fields) -> Result<Fields, &'static str> {
    let mut said: Vec<_> = asked.clone().into_pairs().into_iter().filter(|(name, _)| name != WHO).collect();
    if asked.has(SEALED) {
        let mine = visit.session.as_ref().map(Session::mark);
        let opened = portaal.key.open_as::<(String, Vec<(String, String)>)>(SEALED, asked.get(SEALED));
        let opened = opened.filter(|(mark, _)| mine.as_ref() == Some(mark));
        let (_, who) = opened.ok_or(visit.t.beheer.log_not_yours)?;
        said.extend(who);
    }
    Ok(Fields::of(said))
}

async fn page(portaal: &Portaal, visit: &Visit, asked: Result<Fields, &'static str>) -> Result<Response, Problem> {
    let who = visit.at(Part::Logboek)?;
    let (t, region) = (visit.t, &portaal.region);
    let read = match &asked {
        Ok(asked) => read(portaal, who, asked, t, PAGE).await,
        Err(why) => Err(Problem::Form { sentence: (*why).to_owned() }),
    };
    let asked = asked.unwrap_or_default();
    let (read, wrong) = match read {
        Ok(read) => (read, String::new()),
        Err(Problem::Form { sentence }) => (Read::default(), sentence),
        Err(Problem::Service(status)) if status.code() == Code::InvalidArgument => (Read::default(), sentence(&status)),
        Err(other) => return Err(other),
    };
    let Read { entries, away, next } = read;
    let shifts = shifts(portaal, who, &entries).await;
    let lines = entries.iter().map(|(service, entry)| Line::of(t, region, &shifts, service, entry)).collect();
    let is_older = asked.names().any(|name| name.starts_with(PLACE));
    let newest = asked.clone().into_pairs().into_iter().filter(|(name, _)| !name.starts_with(PLACE)).collect();
    let newest = is_older.then(|| address(portaal, visit, &Fields::of(newest))).flatten();
    let page = LogPage {
        frame: Frame::new(visit, t.beheer.part_log),
        services: portaal.suite.log_names(),
        roles: roles(t),
        kinds: words::all(t),
        lines,
        away,
        next,
        newest,
        wrong,
        asked,
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

fn roles(t: &'static Texts) -> Vec<(&'static str, &'static str)> {
    let named = |role: Role| (role.name(), role_name(t, role));
    [Role::Medewerker, Role::Dispatcher, Role::Coordinator, Role::Beheerder].map(named).to_vec()
}

/// The shifts that entries name, as people know them. A shift that is further off than the roster tells stays an id.
async fn shifts(portaal: &Portaal, who: &Who, entries: &[(&'static str, Entry)]) -> BTreeMap<String, String> {
    let of_nights = entries.iter().filter(|(service, _)| *service == NIGHTS);
    let moments: Vec<jiff::Timestamp> = of_nights.filter_map(|(_, entry)| moment(entry.at.as_ref())).collect();
    let (Some(first), Some(last)) = (moments.iter().min(), moments.iter().max()) else { return BTreeMap::new() };
    let from = first.saturating_sub((BACK_DAYS * 24).hours()).unwrap_or(*first);
    let until = last.saturating_add((AHEAD_DAYS * 24).hours()).unwrap_or(*last);
    let until = until.min(from.saturating_add((MOST_DAYS * 24).hours()).unwrap_or(until));
    let client = portaal.suite.nachtdienst(who);
    let asked = GetRosterRequest { from: Some(wire::time_out(from)), until: Some(wire::time_out(until)) };
    let roster = match ask!(client.get_roster(asked)) {
        Ok(roster) => roster.into_inner(),
        // The log can be read without; that the service is away is said where its entries would be.
        Err(status) => {
            tracing::debug!(code = ?status.code(), "The shifts of the log cannot be named");
            return BTreeMap::new();
        }
    };
    let named = |shift: Shift| {
        let plan = shift.plan.unwrap_or_default();
        let on = wire::date_in("on", plan.on.unwrap_or_default()).ok()?;
        let (hour, minute) = (plan.from_minute / 60, plan.from_minute % 60);
        Some((shift.shift_id, format!("{}, {} {hour:02}:{minute:02}", plan.team, on.strftime("%d-%m-%Y"))))
    };
    roster.shifts.into_iter().filter_map(named).collect()
}

/// What was found.
#[derive(Default)]
struct Read {
    entries: Vec<(&'static str, Entry)>,
    away: Vec<String>,
    next: Vec<(String, String)>,
}

/// The newest entries of all services that are asked for, from where the form says.
async fn read(portaal: &Portaal, who: &Who, asked: &Fields, t: &'static Texts, most: usize) -> Result<Read, Problem> {
    let wanted = wanted(portaal, asked, t, most)?;
    let (mut entries, mut away, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let logs = portaal.suite.logs(who).into_iter();
    for (service, log) in logs.filter(|(service, _)| !asked.has("dienst") || asked.is("dienst", service)) {
        let from = asked.get(&place_field(service)).to_owned();
        if from == DONE {
            places.push((service, from));
            continue;
        }
        let wanted = ListEntriesRequest { before: from.parse().unwrap_or_default(), ..wanted.clone() };
        match read_one(&log, wanted, most).await {
            Ok((found, next)) => {
                entries.extend(found.into_iter().map(|entry| (service, entry)));
                places.push((service, if next == 0 { DONE.to_owned() } else { next.to_string() }));
            }
            Err(status) if status.code() == Code::InvalidArgument => return Err(status.into()),
            Err(status) => {
                away.push(format!("{service}: {}", sentence(&status)));
                places.push((service, from));
            }
        }
    }
    entries.sort_by_key(|(_, entry)| std::cmp::Reverse(entry.at.as_ref().map(proto::micros)));
    // What does not fit on this page is where the next one begins.
    for (of, entry) in entries.split_off(entries.len().min(most)).iter().rev() {
        if let Some((_, place)) = places.iter_mut().find(|(service, _)| service == of) {
            *place = (entry.position + 1).to_string();
        }
    }
    let is_end = places.iter().all(|(_, place)| place == DONE) || (entries.is_empty() && !away.is_empty());
    let next = places.into_iter().filter(|_| !is_end).map(|(service, place)| (place_field(service), place)).collect();
    Ok(Read { entries, away, next })
}

/// The field that says where the next page begins in the log of a service.
fn place_field(service: &str) -> String {
    format!("{PLACE}{service}")
}

/// Entries of one service, and where to go on; an answer may hold none while there are more.
async fn read_one(
    log: &AuditServiceClient<Identified>,
    mut wanted: ListEntriesRequest,
    most: usize,
) -> Result<(Vec<Entry>, u64), Status> {
    let mut found = Vec::new();
    for _ in 0..MOST_ASKED {
        let request = wanted.clone();
        let answer = ask!(log.list_entries(request))?.into_inner();
        found.extend(answer.entries);
        wanted.before = answer.next_before;
        if answer.next_before == 0 || found.len() >= most {
            break;
        }
    }
    Ok((found, wanted.before))
}

fn wanted(portaal: &Portaal, asked: &Fields, t: &Texts, most: usize) -> Result<ListEntriesRequest, Problem> {
    let text = |name: &str| asked.get(name).to_owned();
    let day = |name: &str, ahead: i64| match asked.get(name) {
        "" => Ok(None),
        raw => {
            let day = raw.parse::<Date>().ok().map(|day| day.saturating_add(ahead.days()));
            let begins = day.and_then(|day| day.to_zoned(portaal.region.time_zone.clone()).ok());
            begins
                .map(|it| Some(wire::time_out(it.timestamp())))
                .ok_or_else(|| wrong(t.beheer.field_on, t.beheer.wrong_day))
        }
    };
    let (from, until) = (day("van", 0)?, day("tot", 1)?);
    if from.as_ref().zip(until.as_ref()).is_some_and(|(from, until)| proto::micros(from) >= proto::micros(until)) {
        return Err(wrong(t.beheer.log_until, t.beheer.wrong_order));
    }
    Ok(ListEntriesRequest {
        before: 0,
        page_size: u32::try_from(most).unwrap_or(1_000).min(1_000),
        stream: text("waar"),
        role: text("rol"),
        staff_id: text("wie"),
        r#type: text("soort"),
        from,
        until,
        people_only: !asked.has("vanzelf"),
    })
}

impl Line {
    fn of(
        t: &'static Texts,
        region: &Region,
        shifts: &BTreeMap<String, String>,
        service: &'static str,
        entry: &Entry,
    ) -> Self {
        let role = Role::ALL.into_iter().find(|role| role.name() == entry.role).unwrap_or(Role::Systeem);
        let by_itself = role == Role::Systeem;
        Self {
            at: moment(entry.at.as_ref())
                .map(|at| at.to_zoned(region.time_zone.clone()).strftime("%d-%m-%Y %H:%M:%S").to_string())
                .unwrap_or_default(),
            who: match entry.staff_id.as_str() {
                "" if by_itself => t.beheer.by_itself.to_owned(),
                "" => t.beheer.erased.to_owned(),
                id => id.to_owned(),
            },
            role: if by_itself { "" } else { role_name(t, role) },
            what: words::of(t, &entry.r#type).map_or_else(|| entry.r#type.clone(), ToOwned::to_owned),
            stream: match entry.stream.as_str() {
                code if region.gemeenten.iter().any(|it| it.code.as_str() == code) => {
                    crate::view::gemeente_name(t, region, code).to_owned()
                }
                // What is of no location or gemeente.
                other if other.starts_with('_') => String::new(),
                other => shifts.get(other).cloned().unwrap_or_else(|| other.to_owned()),
            },
            details: details(t, region, shifts, &entry.data),
            service,
        }
    }
}

/// What of an event people can read: its short texts and numbers that have a word of their own.
fn details(t: &Texts, region: &Region, shifts: &BTreeMap<String, String>, data: &str) -> String {
    let Ok(Value::Object(data)) = serde_json::from_str(data) else { return String::new() };
    let known = [
        ("shift", t.beheer.detail_shift),
        ("place", t.beheer.detail_place),
        ("to", t.beheer.detail_to),
        ("gemeente", t.filter_gemeente),
        ("pool", t.beheer.field_pool),
        ("slots", t.beheer.field_places),
        ("people", t.field_people),
        ("team", t.field_team),
        ("provider", t.beheer.field_provider),
        ("staff", t.beheer.field_staff),
        ("places", t.beheer.field_places),
        ("state", t.beheer.detail_state),
        ("role", t.beheer.field_role),
    ];
    let shown = known.into_iter().filter_map(|(key, word)| {
        let value = match data.get(key)? {
            Value::String(role) if key == "role" => Role::ALL
                .into_iter()
                .find(|it| it.name() == role)
                .map_or(role.as_str(), |it| role_name(t, it))
                .to_owned(),
            Value::String(id) if key == "shift" => shifts.get(id)?.clone(),
            Value::String(text) if text.chars().count() <= 80 => crate::view::gemeente_name(t, region, text).to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        Some(format!("{word}: {value}"))
    });
    let rules = data.get("overridden").and_then(Value::as_array).filter(|rules| !rules.is_empty());
    let rules = rules.map(|rules| {
        let names: Vec<&str> = rules.iter().filter_map(|it| it.get("rule").unwrap_or(it).as_str()).collect();
        format!("{}: {}", t.beheer.detail_overridden, names.join(", "))
    });
    shown.chain(rules).collect::<Vec<_>>().join("; ")
}
