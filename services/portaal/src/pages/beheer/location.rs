//! The locations, and one of them: what it is, its places, its capacity and what is planned. It must not hold a rule: the
//! service decides, and says why not.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use model::kind::{Kind, Owner};
use model::wire;
use proto::availability::v1::{LocationProfile, PlaceProfile};
use proto::opvang::v1::plan_step::Change;
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};
use service::client::command_id;

use super::profile;
use super::{check_is_as_seen, day};
use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::notice::Notice;
use crate::pages::locatie::{Told, date, owner, steps};
use crate::rights::Part;
use crate::suite::{Who, ask};
use crate::text::Texts;
use crate::view::{Frame, counted, gemeente_name, kind_name};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "beheer/locaties.html")]
struct Locations {
    frame: Frame,
    notice: Option<Notice>,
    /// The locations of each gemeente.
    groups: Vec<(String, Vec<Listed>)>,
    closed: usize,
    /// The form for a new one, for whoever may make it.
    form: Option<NewForm>,
}

/// A location of the list.
struct Listed {
    path: String,
    name: String,
    kind: &'static str,
    gemeente: String,
    fictief: bool,
    places: String,
    is_closed: bool,
}

/// What a new location may be.
struct NewForm {
    command: String,
    typed: Fields,
    gemeenten: Vec<(String, String)>,
    kinds: Vec<(String, &'static str)>,
    groups: Vec<(String, &'static str)>,
}

/// Every location.
pub(crate) async fn list(State(portaal): State<Arc<Portaal>>, visit: Visit) -> Result<Response, Problem> {
    all(&portaal, &visit, None, None).await
}

async fn all(
    portaal: &Portaal,
    visit: &Visit,
    notice: Option<Notice>,
    typed: Option<Fields>,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Locaties)?;
    let (t, region) = (visit.t, &portaal.region);
    let (open, closed): (Vec<Listed>, Vec<Listed>) =
        read_all(portaal, who).await?.into_iter().partition(|it| !it.is_closed);
    let mut here: BTreeMap<String, Vec<Listed>> = BTreeMap::new();
    for it in open {
        here.entry(it.gemeente.clone()).or_default().push(it);
    }
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.rules().owner.has_places());
    let form = Part::sets_up(who.role).then(|| NewForm {
        command: command_id(),
        typed: typed.unwrap_or_default(),
        gemeenten: region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone())).collect(),
        kinds: kinds.map(|kind| (wire::kind_token(kind), kind_name(Some(kind)))).collect(),
        groups: profile::groups(),
    });
    let page = Locations {
        frame: Frame::new(visit, t.beheer.part_locations),
        notice,
        groups: here.into_iter().map(|(code, here)| (gemeente_name(t, region, &code).to_owned(), here)).collect(),
        closed: closed.len(),
        form,
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

impl Listed {
    fn of(service: &str, id: &str, profile: LocationProfile, places: String, is_closed: bool) -> Self {
        Self {
            path: format!("{}/{service}/{id}", Part::Locaties.path()),
            kind: kind_name(wire::kind_in(profile.kind())),
            name: profile.name,
            gemeente: profile.gemeente,
            fictief: profile.fictief,
            places,
            is_closed,
        }
    }
}

async fn read_all(portaal: &Portaal, who: &Who) -> Result<Vec<Listed>, Problem> {
    let opvang = portaal.suite.opvang_locations(who).await?.into_iter().map(|it| {
        let profile = it.profile.unwrap_or_default();
        let places = match it.figures {
            _ if it.counting != i32::from(opvang::Counting::Headcount) => it.places.len().to_string(),
            Some(figures) => figures.funded.to_string(),
            None => String::new(),
        };
        Listed::of("opvang", &it.location_id, profile, places, it.retired)
    });
    let mut all: Vec<Listed> = opvang.collect();
    all.extend(portaal.suite.logeerplek_locations(who).await?.into_iter().map(|it| {
        let places = it.places.len().to_string();
        Listed::of("logeerplek", &it.location_id, it.profile.unwrap_or_default(), places, it.retired)
    }));
    all.sort_by_cached_key(|it| (it.gemeente.clone(), it.name.to_lowercase()));
    Ok(all)
}

/// A new location; from there on to its own page, where its places are made.
pub(crate) async fn register(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Locaties)?;
    match registered(&portaal, who, &fields, visit.t).await {
        Ok(path) => Ok(Redirect::to(&path).into_response()),
        Err(problem) => {
            let (notice, typed) = Notice::of(Err(problem), fields)?;
            all(&portaal, &visit, Some(notice), typed).await
        }
    }
}

async fn registered(portaal: &Portaal, who: &Who, fields: &Fields, t: &Texts) -> Result<String, Problem> {
    let kind = Kind::ALL.into_iter().find(|kind| wire::kind_token(*kind) == fields.get("soort"));
    let kind = kind.ok_or(Problem::NotFound)?;
    let new = LocationProfile {
        kind: wire::kind_out(kind).into(),
        gemeente: fields.get("gemeente").to_owned(),
        ..LocationProfile::default()
    };
    let (profile, max_stay_days) = profile::location(fields, new, &portaal.region, t)?;
    let (command_id, location_id, profile) = (fields.command_id(), fields.get("code").to_owned(), Some(profile));
    let path = |service: &str| format!("{}/{service}/{location_id}", Part::Locaties.path());
    if kind.rules().owner == Owner::Logeerplek {
        let client = portaal.suite.logeerplek(who);
        let request = logeerplek::RegisterLocationRequest { command_id, location_id: location_id.clone(), profile };
        ask!(client.register_location(request))?;
        return Ok(path("logeerplek"));
    }
    let counting = if fields.has("telt-mensen") { opvang::Counting::Headcount } else { opvang::Counting::Unspecified };
    let client = portaal.suite.opvang(who);
    let request = opvang::RegisterLocationRequest {
        command_id,
        location_id: location_id.clone(),
        profile,
        counting: counting.into(),
        max_stay_days,
    };
    ask!(client.register_location(request))?;
    Ok(path("opvang"))
}

#[derive(Template)]
#[template(path = "beheer/locatie.html")]
struct Location {
    frame: Frame,
    notice: Option<Notice>,
    path: String,
    id: String,
    name: String,
    kind: &'static str,
    gemeente: String,
    fictief: bool,
    is_closed: bool,
    is_logeerplek: bool,
    sets_up: bool,
    /// What the form of the location holds.
    typed: Fields,
    /// What is seen of it now.
    seen: String,
    /// What the forms below it hold, where one of them was refused.
    again: Fields,
    groups: Vec<(String, &'static str)>,
    gemeenten: Vec<(String, String)>,
    places: Vec<(String, String, String)>,
    /// Places paid for and out of use, where people are counted.
    counted: Option<(u32, u32)>,
    plans: Vec<Planned>,
    commands: [String; 5],
}

/// A plan, and how to take it back.
struct Planned {
    id: String,
    on: String,
    what: String,
    warning: String,
    command: String,
}

/// One location.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    page(&portaal, &visit, owner(&service)?, &id, None, None).await
}

async fn page(
    portaal: &Portaal,
    visit: &Visit,
    owner: Owner,
    id: &str,
    notice: Option<Notice>,
    typed: Option<Fields>,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Locaties)?;
    let told = Told::read(portaal, who, owner, id).await?;
    let (t, region) = (visit.t, &portaal.region);
    let service = if owner == Owner::Opvang { "opvang" } else { "logeerplek" };
    let filled = profile::of_location(&told.profile, told.max_stay_days);
    let (typed, again) = match typed {
        Some(typed) if typed.get("wat") == "wijzig" => (typed, Fields::default()),
        other => (filled, other.unwrap_or_default()),
    };
    let place = |it: &proto::availability::v1::Place| {
        let profile = it.profile.clone().unwrap_or_default();
        let pools = [vec![profile.pool], profile.also_pools].concat().join(", ");
        (it.place_id.clone(), profile.label, pools)
    };
    let mut places: Vec<_> = told.places.iter().map(place).collect();
    places.sort_by_cached_key(|(_, label, _)| counted(label));
    let page = Location {
        frame: Frame::new(visit, &told.profile.name),
        notice,
        path: format!("{}/{service}/{id}", Part::Locaties.path()),
        id: id.to_owned(),
        name: told.profile.name.clone(),
        kind: kind_name(wire::kind_in(told.profile.kind())),
        gemeente: gemeente_name(t, region, &told.profile.gemeente).to_owned(),
        fictief: told.profile.fictief,
        is_closed: told.retired,
        is_logeerplek: owner == Owner::Logeerplek,
        sets_up: Part::sets_up(who.role),
        seen: profile::mark_of_location(&told.profile, told.max_stay_days),
        typed,
        again,
        groups: profile::groups(),
        gemeenten: region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone())).collect(),
        places,
        counted: told.counted.map(|figures| figures.map_or((0, 0), |it| (it.funded, it.unavailable))),
        plans: told.plans.iter().map(|plan| Planned::of(t, plan)).collect(),
        commands: [command_id(), command_id(), command_id(), command_id(), command_id()],
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

impl Planned {
    fn of(t: &'static Texts, plan: &opvang::Plan) -> Self {
        let mut warnings: Vec<String> = Vec::new();
        if !plan.places_in_the_way.is_empty() {
            warnings.push(format!("{}: {}", t.beheer.plan_in_the_way, plan.places_in_the_way.join(", ")));
        }
        for (people, words) in
            [(plan.people_in_the_way, t.beheer.plan_too_many), (plan.people_waiting, t.beheer.plan_waiting)]
        {
            if people > 0 {
                warnings.push(format!("{words}: {people}"));
            }
        }
        Self {
            id: plan.plan_id.clone(),
            on: date(plan.on.as_ref()),
            what: steps(t, plan),
            warning: warnings.join("; "),
            command: command_id(),
        }
    }
}

/// Changes one location.
pub(crate) async fn change(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Locaties)?;
    let owner = owner(&service)?;
    let act = Act { portaal: &portaal, who, t: visit.t, id: &id, fields: &fields };
    let done = match owner {
        Owner::Opvang => act.at_opvang().await,
        _ => act.at_logeerplek().await,
    };
    let (notice, typed) = Notice::of(done.map(ToOwned::to_owned), fields)?;
    page(&portaal, &visit, owner, &id, Some(notice), typed).await
}

/// One thing that is done to a location.
struct Act<'a> {
    portaal: &'a Portaal,
    who: &'a Who,
    t: &'static Texts,
    id: &'a str,
    fields: &'a Fields,
}

impl Act<'_> {
    fn ids(&self) -> (String, String) {
        (self.fields.command_id(), self.id.to_owned())
    }

    /// What is known of it now: kind, gemeente and whether it is invented do not change.
    async fn before(&self, owner: Owner) -> Result<(LocationProfile, u32), Problem> {
        let told = Told::read(self.portaal, self.who, owner, self.id).await?;
        Ok((told.profile, told.max_stay_days))
    }

    /// The place a form adds.
    fn place(&self) -> (String, Option<PlaceProfile>) {
        let text = |name: &str| self.fields.get(name).to_owned();
        let label = if self.fields.has("naam") { text("naam") } else { text("plek") };
        let profile = PlaceProfile { label, pool: text("soort-plek"), ..PlaceProfile::default() };
        (text("plek"), Some(profile))
    }

    async fn at_logeerplek(&self) -> Result<&'static str, Problem> {
        let client = self.portaal.suite.logeerplek(self.who);
        let (command_id, location_id) = self.ids();
        match self.fields.get("wat") {
            "wijzig" => {
                let (before, days) = self.before(Owner::Logeerplek).await?;
                check_is_as_seen(self.fields, &profile::mark_of_location(&before, days), self.t)?;
                let (profile, _) = profile::location(self.fields, before, &self.portaal.region, self.t)?;
                let profile = Some(profile);
                let request = logeerplek::ChangeLocationRequest { command_id, location_id, profile };
                ask!(client.change_location(request))?;
                Ok(self.t.beheer.did_change)
            }
            "sluit" => {
                ask!(client.retire_location(logeerplek::RetireLocationRequest { command_id, location_id }))?;
                Ok(self.t.beheer.did_close_location)
            }
            "erbij" => {
                let (place_id, profile) = self.place();
                let request = logeerplek::AddPlaceRequest { command_id, location_id, place_id, profile };
                ask!(client.add_place(request))?;
                Ok(self.t.beheer.did_add_place)
            }
            _ => Err(Problem::NotFound),
        }
    }

    async fn at_opvang(&self) -> Result<&'static str, Problem> {
        let client = self.portaal.suite.opvang(self.who);
        let (command_id, location_id) = self.ids();
        match self.fields.get("wat") {
            "wijzig" => {
                let (before, days) = self.before(Owner::Opvang).await?;
                check_is_as_seen(self.fields, &profile::mark_of_location(&before, days), self.t)?;
                let (profile, max_stay_days) = profile::location(self.fields, before, &self.portaal.region, self.t)?;
                let profile = Some(profile);
                let request = opvang::ChangeLocationRequest { command_id, location_id, profile, max_stay_days };
                ask!(client.change_location(request))?;
                Ok(self.t.beheer.did_change)
            }
            "sluit" => {
                ask!(client.retire_location(opvang::RetireLocationRequest { command_id, location_id }))?;
                Ok(self.t.beheer.did_close_location)
            }
            "erbij" => {
                let (place_id, profile) = self.place();
                let request = opvang::AddPlaceRequest { command_id, location_id, place_id, profile };
                ask!(client.add_place(request))?;
                Ok(self.t.beheer.did_add_place)
            }
            "capaciteit" => {
                let funded = self.fields.number("plekken", self.t.beheer.field_places)?.unwrap_or_default();
                let unavailable = self.fields.number("buiten", self.t.beheer.field_unavailable)?.unwrap_or_default();
                let request = opvang::SetCapacityRequest { command_id, location_id, funded, unavailable };
                ask!(client.set_capacity(request))?;
                Ok(self.t.beheer.did_capacity)
            }
            "plan" => {
                let on = Some(wire::date_out(day(self.fields, "op", self.t.beheer.field_on, self.t)?));
                let steps = vec![opvang::PlanStep { change: Some(self.planned()?) }];
                let request = opvang::PlanCapacityRequest { command_id, location_id, on, steps };
                ask!(client.plan_capacity(request))?;
                Ok(self.t.beheer.did_plan)
            }
            "plan-weg" => {
                let plan_id = self.fields.get("plan").to_owned();
                let request = opvang::WithdrawPlanRequest { command_id, location_id, plan_id };
                ask!(client.withdraw_plan(request))?;
                Ok(self.t.beheer.did_withdraw_plan)
            }
            _ => Err(Problem::NotFound),
        }
    }

    fn planned(&self) -> Result<Change, Problem> {
        let (place_id, profile) = self.place();
        Ok(match self.fields.get("stap") {
            "erbij" => Change::AddPlace(opvang::PlannedPlace { place_id, profile }),
            "anders" => Change::ChangePlace(opvang::PlannedPlace { place_id, profile }),
            "weg" => Change::RetirePlaceId(place_id),
            _ => Change::SetCapacity(opvang::PlannedCapacity {
                funded: self.fields.number("plekken", self.t.beheer.field_places)?.unwrap_or_default(),
                unavailable: 0,
            }),
        })
    }
}
