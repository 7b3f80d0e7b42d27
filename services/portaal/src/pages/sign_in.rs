//! Signing in and out, and the language: to the provider and back. It must not decide what a role may do.

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequest as _, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::oidc::{Attempt, SignInError};
use crate::rights::Area;
use crate::session::ATTEMPT_COOKIE;
use crate::text;
use crate::view::Frame;
use crate::visit::{LANGUAGE, Visit, cookie, on_the_way, signed_in, signed_out};

/// To the provider, and from there to where somebody wanted to go.
pub(crate) async fn begin(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let (to, hint) = (within(query.get("naar")), query.get("als"));
    let (url, attempt) = portaal.sign_in.begin(&headers, to, hint, visit.t.lang, visit.now).await?;
    let attempt = portaal.key.seal_as(ATTEMPT_COOKIE, &attempt).ok_or(Problem::Broken)?;
    let mut response = Redirect::to(&url).into_response();
    response.headers_mut().insert(header::SET_COOKIE, on_the_way(&portaal, &attempt));
    Ok(response)
}

/// Back from the provider: signs in, and goes to where somebody wanted to go, or where their work begins.
pub(crate) async fn finish(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let answer = Fields::parse(query.unwrap_or_default().as_bytes());
    let attempt = cookie(&headers, ATTEMPT_COOKIE);
    let attempt: Option<Attempt> = attempt.and_then(|value| portaal.key.open_as(ATTEMPT_COOKIE, value));
    let attempt = attempt.ok_or(SignInError::Stale)?;
    let (session, wanted) = portaal.sign_in.finish(attempt, &answer, visit.now).await?;
    let role = session.actor.role;
    let may = Area::of(&wanted).is_some_and(|area| area.is_for(role));
    let to = if may { within(&wanted) } else { Area::first(role).map_or("/", Area::path) };
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().append(header::SET_COOKIE, signed_in(&portaal, &session));
    response.headers_mut().append(header::SET_COOKIE, on_the_way(&portaal, ""));
    Ok(response)
}

#[derive(Template)]
#[template(path = "again.html")]
struct Again {
    frame: Frame,
    to: String,
    fields: Vec<(String, String)>,
}

/// Somebody sent a form and is not signed in any more: what they typed waits here until they are. The form is the same
/// command, however often it is sent.
pub(crate) async fn again(request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&parts);
    let fields = match Fields::from_request(Request::from_parts(parts, body), &()).await {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    let to: String = form_urlencoded::byte_serialize(visit.here.as_bytes()).collect();
    let page = Again { frame: Frame::new(&visit, visit.t.again_title), to, fields: fields.into_pairs() };
    let page = answer::page(StatusCode::UNAUTHORIZED, &page, &visit.nonce);
    let mut response = page.unwrap_or_else(IntoResponse::into_response);
    // Also where only a part of a page was to be replaced.
    for (name, value) in [("hx-retarget", "#inhoud"), ("hx-reselect", "#inhoud"), ("hx-reswap", "outerHTML")] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOut {
    frame: Frame,
    to: String,
}

/// Signs out, here and at the provider: the next one at this screen is somebody else.
pub(crate) async fn leave(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Some(session) = &visit.session {
        portaal.over.end(session, visit.now);
        portaal.sign_in.take_back(session).await;
    }
    let to = portaal.sign_in.leave(&headers).await.unwrap_or_else(|| "/".to_owned());
    let mut visit = visit;
    (visit.session, visit.here) = (None, "/".to_owned());
    let page = SignedOut { frame: Frame::new(&visit, visit.t.signed_out_title), to };
    let mut response = answer::page(StatusCode::OK, &page, &visit.nonce)?;
    response.headers_mut().insert(header::SET_COOKIE, signed_out(&portaal));
    // What was kept on this device was for whoever signs out now.
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\", \"storage\""));
    Ok(response)
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
