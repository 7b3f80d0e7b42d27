//! One request: who makes it, in which language, and whether it comes from our own pages. It must not answer anything but
//! that somebody has to sign in, or may not come here.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use model::actor::Actor;
use service::clock;

use crate::Portaal;
use crate::answer::Problem;
use crate::rights::Area;
use crate::session::{COOKIE, Session};
use crate::text::{self, Texts};

/// The cookie of the language.
pub(crate) const LANGUAGE: &str = "taal";

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// Who is signed in.
    pub(crate) session: Option<Session>,
    /// Every word, in their language.
    pub(crate) t: &'static Texts,
    /// Allows the scripts of this one page.
    pub(crate) nonce: String,
    /// The path and the question behind it.
    pub(crate) here: String,
    /// When it came.
    pub(crate) now: Timestamp,
}

impl Visit {
    fn of(parts: &Parts) -> Self {
        let language = cookie(&parts.headers, LANGUAGE);
        Self {
            session: parts.extensions.get::<Session>().cloned(),
            t: text::of(language),
            nonce: uuid::Uuid::new_v4().simple().to_string(),
            here: here(&parts.uri),
            now: clock::now(),
        }
    }

    /// Whoever is signed in, where this part is for them.
    pub(crate) fn actor(&self, area: Area) -> Result<&Actor, Problem> {
        let session = self.session.as_ref().ok_or_else(|| Problem::SignIn { to: self.here.clone() })?;
        if area.is_for(session.actor.role) { Ok(&session.actor) } else { Err(Problem::NotForYou) }
    }
}

impl FromRequestParts<Arc<Portaal>> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Portaal>) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

fn here(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Refuses what does not come from our own pages, knows who is signed in, and tells the browser what it may do with an
/// answer. Keeps a session alive that is used.
pub(crate) async fn guard(State(portaal): State<Arc<Portaal>>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    let is_ours = is_this_machine(headers) && (is_safe(request.method()) || is_same_origin(headers));
    let now = clock::now();
    let session = cookie(headers, COOKIE).and_then(|cookie| portaal.key.open(cookie, now));
    if let Some(session) = &session {
        request.extensions_mut().insert(session.clone());
    }
    let mut response = if is_ours { next.run(request).await } else { Problem::Elsewhere.into_response() };
    let renewed = session.and_then(|session| session.renewed(now));
    let headers = response.headers_mut();
    if let Some(session) = renewed.filter(|_| !headers.contains_key(header::SET_COOKIE)) {
        headers.append(header::SET_COOKIE, signed_in(&portaal, &session));
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "geolocation=(), camera=(), microphone=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

const fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Until there is a provider to sign in at, portaal is for this machine alone: also when another name was made to point
/// here.
fn is_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    matches!(name.map_or(host, |(name, _)| name), "127.0.0.1" | "localhost" | "[::1]")
}

/// Whether the page that sent this is one of ours, as the browser says.
fn is_same_origin(headers: &HeaderMap) -> bool {
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let origin = said("origin").and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    match (said("sec-fetch-site"), origin) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => Some(origin) == said("host"),
        (None, None) => false,
    }
}

/// The cookie of a session.
pub(crate) fn signed_in(portaal: &Portaal, session: &Session) -> HeaderValue {
    let value = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", portaal.key.seal(session));
    HeaderValue::try_from(value).unwrap_or_else(|_| signed_out())
}

/// The cookie of nobody.
pub(crate) fn signed_out() -> HeaderValue {
    HeaderValue::from_static("onderdak=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let host = ("host", "127.0.0.1:7406");
        let ours = |pairs: &[_]| is_same_origin(&headers(&[&[host], pairs].concat()));
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "http://127.0.0.1:7406")]));
        for site in ["cross-site", "same-site", "none"] {
            assert!(!ours(&[("sec-fetch-site", site), ("origin", "http://127.0.0.1:7406")]), "{site}");
        }
        assert!(!ours(&[("origin", "http://127.0.0.1:7407")]) && !ours(&[("origin", "null")]) && !ours(&[]));
    }

    #[test]
    fn another_name_that_was_made_to_point_here_is_not_answered() {
        let is_here = |host: &'static str| is_this_machine(&headers(&[("host", host)]));
        assert!(is_here("127.0.0.1:7406") && is_here("localhost") && is_here("[::1]:7406") && is_here("[::1]"));
        assert!(!is_here("evil.example:7406") && !is_here("127.0.0.1.evil.example") && !is_here(""));
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let both = headers(&[("cookie", "a=1; onderdak=x|y; taal=en")]);
        assert_eq!(cookie(&both, COOKIE), Some("x|y"));
        assert_eq!(cookie(&both, LANGUAGE), Some("en"));
        assert_eq!(cookie(&both, "onder"), None);
    }
}
