//! Signing in and out, and the language. Until there is a provider to sign in at, one chooses who one is; portaal is for
//! this machine alone then. It must not decide what a role may do.

use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use model::actor::{Actor, Role};

use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::rights::Area;
use crate::session::Session;
use crate::text::{self, Texts};
use crate::view::{Frame, role_name};
use crate::visit::{LANGUAGE, Visit, signed_in, signed_out};

/// Who somebody can be in the demonstration.
const ROLES: [Role; 5] = [Role::Medewerker, Role::Dispatcher, Role::Coordinator, Role::Beleid, Role::Beheerder];

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignIn {
    frame: Frame,
    to: String,
    roles: Vec<Choice>,
}

/// Somebody one can be.
struct Choice {
    role: &'static str,
    name: &'static str,
    what: &'static str,
}

/// Who do you want to be?
pub(crate) async fn show(visit: Visit, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let t = visit.t;
    let choice = |role: Role| Choice { role: role.name(), name: role_name(t, role), what: what(t, role) };
    let page = SignIn {
        frame: Frame::new(&visit, t.sign_in_title),
        to: within(query.get("naar")).to_owned(),
        roles: ROLES.into_iter().map(choice).collect(),
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

const fn what(t: &Texts, role: Role) -> &'static str {
    match role {
        Role::Medewerker => t.what_medewerker,
        Role::Dispatcher => t.what_dispatcher,
        Role::Coordinator => t.what_coordinator,
        Role::Beheerder => t.what_beheerder,
        Role::Beleid => t.what_beleid,
        Role::Publiek | Role::Systeem => "",
    }
}

/// Signs in, and goes to where somebody wanted to go, or where their work begins.
pub(crate) async fn enter(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let role = ROLES.into_iter().find(|role| role.name() == fields.get("rol")).ok_or(Problem::NotFound)?;
    let actor: Actor = format!("{}:demo", role.name()).parse().map_err(|_| Problem::Broken)?;
    let wanted = within(fields.get("naar"));
    let may = Area::ALL.into_iter().any(|area| area.is_for(role) && is_under(wanted, area.path()));
    let to = if may { wanted } else { Area::first(role).map_or("/", Area::path) };
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().insert(header::SET_COOKIE, signed_in(&portaal, &Session::new(actor, visit.now)));
    Ok(response)
}

fn is_under(path: &str, area: &str) -> bool {
    path.strip_prefix(area).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

/// Signs out.
pub(crate) async fn leave() -> Response {
    let mut response = Redirect::to("/").into_response();
    response.headers_mut().insert(header::SET_COOKIE, signed_out());
    // What was kept on this device was for whoever signs out now.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    response
}

/// Chooses a language, and stays on the same page.
pub(crate) async fn language(fields: Fields) -> Response {
    let lang = text::of(Some(fields.get("taal"))).lang;
    let mut response = Redirect::to(within(fields.get("naar"))).into_response();
    let cookie = format!("{LANGUAGE}={lang}; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// A path of our own; what leads elsewhere leads to the first page.
fn within(path: &str) -> &str {
    let is_ours = path.starts_with('/') && !path.starts_with("//") && !path.contains(['\\', '\r', '\n', '\t']);
    if is_ours { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_elsewhere_after_signing_in() {
        assert_eq!(within("/zoek?van=gm0034"), "/zoek?van=gm0034");
        for path in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/a\n/b"] {
            assert_eq!(within(path), "/", "{path}");
        }
    }
}
