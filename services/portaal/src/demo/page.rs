//! The people of the demonstration, as somebody on this machine changes them: who there is, in what role, and where they
//! work. It must not be where real people are.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use identity::claims::EVERY_LOCATION;
use model::actor::{Actor, Role};
use model::id::LocationId;

use super::Demo;
use super::grants::here;
use super::people::{Person, ROLES};
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::notice::Notice;
use crate::text::{self, Texts};
use crate::view::{Frame, role_name};
use crate::visit::{LANGUAGE, cookie, is_same_origin};

/// Who nobody changes by another name.
const ANYBODY: &str = "demo";

#[derive(Template)]
#[template(path = "mensen.html")]
struct Page {
    frame: Frame,
    notice: Option<Notice>,
    back: String,
    people: Vec<Line>,
    roles: Vec<(&'static str, &'static str)>,
    houses: Vec<(String, String)>,
    typed: Fields,
}

/// Somebody.
struct Line {
    id: String,
    name: String,
    locations: String,
}

/// How somebody is called: by the one house where they work, or their role, and their id where that says something.
pub(super) fn name(t: &Texts, person: &Person) -> String {
    let (role, id) = (role_name(t, person.actor.role), person.actor.id.as_str());
    match &person.house {
        Some(house) => house.clone(),
        None if id == ANYBODY => role.to_owned(),
        None => format!("{role} {id}"),
    }
}

/// The page.
pub(super) async fn show(
    State(demo): State<Arc<Demo>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    page(&demo, &headers, None, asked.get("terug"), Fields::default())
}

/// Adds somebody, gives somebody other locations, or takes somebody off the list.
pub(super) async fn change(
    State(demo): State<Arc<Demo>>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    if !is_same_origin(&headers) {
        return Err(Problem::Elsewhere);
    }
    let t = text::of(cookie(&headers, LANGUAGE));
    let back = fields.get("terug").to_owned();
    let (notice, typed) = Notice::of(done(&demo, &fields, t), fields)?;
    page(&demo, &headers, Some(notice), &back, typed.unwrap_or_default())
}

fn done(demo: &Demo, fields: &Fields, t: &Texts) -> Result<String, Problem> {
    let not_kept = |error| {
        let words = service::Chain(&error).to_string();
        tracing::error!(error = %words, "The people of the demonstration could not be kept");
        Problem::Form { sentence: words }
    };
    if fields.get("wat") == "weg" {
        let actor: Actor = fields.get("wie").parse().map_err(|_| Problem::NotFound)?;
        demo.people.remove(&actor).map_err(not_kept)?;
        return Ok(t.beheer.did_remove_person.to_owned());
    }
    let wrong = |label: &str, why: &str| Problem::Form { sentence: format!("{label}: {why}") };
    let role = ROLES.into_iter().find(|role| role.name() == fields.get("rol")).ok_or(Problem::NotFound)?;
    let actor = format!("{}:{}", role.name(), fields.get("code")).parse::<Actor>();
    let actor = actor.map_err(|_| wrong(t.beheer.field_code, t.beheer.code_hint))?;
    let typed = fields.get("andere").split([',', ' ']).filter(|id| !id.is_empty());
    let mut locations: Vec<String> = fields.all("locatie").chain(typed).map(ToOwned::to_owned).collect();
    if locations.iter().any(|id| id != EVERY_LOCATION && LocationId::parse(id).is_err()) {
        return Err(wrong(t.beheer.field_locations, t.beheer.code_hint));
    }
    if role != Role::Medewerker {
        locations.clear();
    } else if locations.is_empty() {
        return Err(wrong(t.beheer.field_locations, t.beheer.say_locations));
    }
    demo.people.put(&actor, locations).map_err(not_kept)?;
    Ok(t.beheer.did_put_person.to_owned())
}

fn page(
    demo: &Demo,
    headers: &HeaderMap,
    notice: Option<Notice>,
    back: &str,
    typed: Fields,
) -> Result<Response, Problem> {
    let t = text::of(cookie(headers, LANGUAGE));
    let mut frame = Frame::unvisited(t.beheer.part_people);
    (frame.t, frame.is_elsewhere) = (t, true);
    let nonce = frame.nonce.clone();
    let line = |person: &Person| Line {
        id: person.actor.to_string(),
        name: name(t, person),
        locations: match person.locations.as_slice() {
            [] => String::new(),
            [all] if all == EVERY_LOCATION => t.beheer.every_location.to_owned(),
            some => some.join(", "),
        },
    };
    let page = Page {
        frame,
        notice,
        back: here(back).unwrap_or_default(),
        people: demo.people.all().iter().map(line).collect(),
        roles: ROLES.into_iter().map(|role| (role.name(), role_name(t, role))).collect(),
        houses: demo.houses.clone(),
        typed,
    };
    answer::page(StatusCode::OK, &page, &nonce)
}
