//! One place of a location: what it is and whom it suits, and taking it away for good. It must not hold a rule: the service
//! decides.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use model::kind::Owner;
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};
use service::client::command_id;

use super::{check_is_as_seen, profile};
use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::notice::Notice;
use crate::pages::locatie::{Told, owner};
use crate::rights::Part;
use crate::suite::{Who, ask};
use crate::text::Texts;
use crate::view::Frame;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "beheer/plek.html")]
struct OnePlace {
    frame: Frame,
    notice: Option<Notice>,
    location: String,
    location_path: String,
    path: String,
    id: String,
    is_logeerplek: bool,
    sets_up: bool,
    typed: Fields,
    /// What is seen of it now.
    seen: String,
    groups: Vec<(String, &'static str)>,
    gemeenten: Vec<(String, String)>,
    commands: [String; 2],
}

/// Which place.
type Which = Path<(String, String, String)>;

/// One place.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, location, place)): Which,
) -> Result<Response, Problem> {
    page(&portaal, &visit, (&service, &location, &place), None, None).await
}

async fn page(
    portaal: &Portaal,
    visit: &Visit,
    (service, location, id): (&str, &str, &str),
    notice: Option<Notice>,
    typed: Option<Fields>,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Locaties)?;
    let owner = owner(service)?;
    let told = Told::read(portaal, who, owner, location).await?;
    let place = told.places.iter().find(|it| it.place_id == id).ok_or(Problem::NotFound)?;
    let profile = place.profile.clone().unwrap_or_default();
    let location_path = format!("{}/{service}/{location}", Part::Locaties.path());
    let page = OnePlace {
        frame: Frame::new(visit, &profile.label),
        notice,
        location: told.profile.name.clone(),
        path: format!("{location_path}/{id}"),
        location_path,
        id: id.to_owned(),
        is_logeerplek: owner == Owner::Logeerplek,
        sets_up: Part::sets_up(who.role),
        typed: typed.unwrap_or_else(|| profile::of_place(&profile)),
        seen: profile::mark_of_place(&profile),
        groups: profile::groups(),
        gemeenten: portaal.region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone())).collect(),
        commands: [command_id(), command_id()],
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

/// Changes it, or takes it away.
pub(crate) async fn change(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, location, place)): Which,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Locaties)?;
    let owner = owner(&service)?;
    let ids = (fields.command_id(), location.clone(), place.clone());
    let is_gone = fields.get("wat") == "weg";
    let done = if is_gone {
        retired(&portaal, who, owner, ids).await.map(|()| String::new())
    } else {
        changed(&portaal, who, owner, ids, &fields, visit.t).await.map(|()| visit.t.beheer.did_change_place.to_owned())
    };
    if is_gone && done.is_ok() {
        return Ok(Redirect::to(&format!("{}/{service}/{location}", Part::Locaties.path())).into_response());
    }
    let (notice, typed) = Notice::of(done, fields)?;
    // What was typed to take it away is nothing.
    page(&portaal, &visit, (&service, &location, &place), Some(notice), typed.filter(|_| !is_gone)).await
}

type Ids = (String, String, String);

async fn changed(
    portaal: &Portaal,
    who: &Who,
    owner: Owner,
    (command_id, location_id, place_id): Ids,
    fields: &Fields,
    t: &Texts,
) -> Result<(), Problem> {
    let told = Told::read(portaal, who, owner, &location_id).await?;
    let now = told.places.into_iter().find(|it| it.place_id == place_id).and_then(|it| it.profile);
    check_is_as_seen(fields, &profile::mark_of_place(&now.unwrap_or_default()), t)?;
    let profile = Some(profile::place(fields, t)?);
    if owner == Owner::Opvang {
        let client = portaal.suite.opvang(who);
        let request = opvang::ChangePlaceRequest { command_id, location_id, place_id, profile };
        return Ok(ask!(client.change_place(request)).map(drop)?);
    }
    let client = portaal.suite.logeerplek(who);
    let request = logeerplek::ChangePlaceRequest { command_id, location_id, place_id, profile };
    Ok(ask!(client.change_place(request)).map(drop)?)
}

async fn retired(
    portaal: &Portaal,
    who: &Who,
    owner: Owner,
    (command_id, location_id, place_id): Ids,
) -> Result<(), Problem> {
    if owner == Owner::Opvang {
        let client = portaal.suite.opvang(who);
        let request = opvang::RetirePlaceRequest { command_id, location_id, place_id };
        return Ok(ask!(client.retire_place(request)).map(drop)?);
    }
    let client = portaal.suite.logeerplek(who);
    let request = logeerplek::RetirePlaceRequest { command_id, location_id, place_id };
    Ok(ask!(client.retire_place(request)).map(drop)?)
}
