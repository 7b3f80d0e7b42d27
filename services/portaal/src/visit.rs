//! One request: who makes it, in which language, and whether it comes from our own pages. It must not answer anything but
//! that somebody has to sign in, or may not come here.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use model::actor::Role;
use service::clock;

use crate::Portaal;
use crate::answer::{self, Problem};
use crate::api;
use crate::oidc::{ATTEMPT, Renewed, SignIn};
use crate::pages::sign_in;
use crate::rights::{Area, Part};
use crate::session::{ATTEMPT_COOKIE, COOKIE, Session};
use crate::suite::Who;
use crate::text::{self, Texts};

/// The cookie of the language.
pub(crate) const LANGUAGE: &str = "taal";

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// Who is signed in.
    pub(crate) session: Option<Session>,
    /// The same, for the services.
    who: Option<Who>,
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
    /// The visit that a request is.
    pub(crate) fn of(parts: &Parts) -> Self {
        let language = cookie(&parts.headers, LANGUAGE);
        let session = parts.extensions.get::<Session>().cloned();
        Self {
            who: session.as_ref().map(Who::of),
            session,
            t: text::of(language),
            nonce: uuid::Uuid::new_v4().simple().to_string(),
            here: here(&parts.uri),
            now: clock::now(),
        }
    }

    /// Whoever is signed in, where this part is for them.
    pub(crate) fn who(&self, area: Area) -> Result<&Who, Problem> {
        let who = self.who.as_ref().ok_or_else(|| Problem::SignIn { to: self.here.clone() })?;
        if area.is_for(who.role) { Ok(who) } else { Err(Problem::NotForYou) }
    }

    /// When what goes on has to be asked for again: the end of the token, which the next question renews.
    pub(crate) fn ends(&self) -> tokio::time::Sleep {
        let until = self.session.as_ref().map_or(self.now, |session| session.until);
        left(until, self.now)
    }

    /// The same for a part of setting up.
    pub(crate) fn at(&self, part: Part) -> Result<&Who, Problem> {
        let who = self.who(Area::Beheer)?;
        if part.is_for(who.role) { Ok(who) } else { Err(Problem::NotForYou) }
    }
}

impl FromRequestParts<Arc<Portaal>> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Portaal>) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// The time from one moment to another.
pub(crate) fn left(until: Timestamp, now: Timestamp) -> tokio::time::Sleep {
    tokio::time::sleep(std::time::Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

fn here(uri: &Uri) -> String {
    uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)
}

pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|line| line.split(';')).find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

tokio::task_local! {
    /// The role of whoever asks, for a page that is made without knowing more.
    static ASKS: Option<Role>;
}

/// The role of whoever asks; none for whoever is not signed in.
pub(crate) fn asks() -> Option<Role> {
    ASKS.try_with(|role| *role).unwrap_or_default()
}

/// Refuses what does not come from our own pages, knows who is signed in, and tells the browser what it may do with an
/// answer. Keeps a session alive that is used.
pub(crate) async fn guard(State(portaal): State<Arc<Portaal>>, request: Request, next: Next) -> Response {
    let texts = text::of(cookie(request.headers(), LANGUAGE));
    text::speaking(texts, guarded(portaal, request, next)).await
}

async fn guarded(portaal: Arc<Portaal>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    // A program brings its token with every question; nothing is done there because of a cookie.
    let is_program = api::is_under(request.uri().path());
    let is_asked = is_safe(request.method()) || is_program;
    let is_ours = is_here(&portaal, headers) && (is_asked || is_same_origin(headers));
    let now = clock::now();
    let known = cookie(headers, COOKIE).and_then(|cookie| portaal.key.open(cookie, now));
    let known = known.filter(|session| !portaal.over.holds(session));
    let (session, is_renewed) = match known {
        Some(session) if is_ours && SignIn::is_due(&session, now) => goes_on(&portaal, session, now).await,
        known => (known, false),
    };
    if let Some(session) = &session {
        request.extensions_mut().insert(session.clone());
    }
    let mut response = if !is_ours && is_program {
        api::elsewhere()
    } else if !is_ours {
        Problem::Elsewhere.into_response()
    } else if session.is_none() && Area::of(request.uri().path()).is_some() {
        not_signed_in(request, next).await
    } else {
        let is_part = request.headers().contains_key("hx-request");
        let role = session.as_ref().map(|session| session.actor.role);
        let response = ASKS.scope(role, next.run(request)).await;
        if is_part { answer::beside(response) } else { response }
    };
    let renewed = session.and_then(|session| if is_renewed { Some(session) } else { session.renewed(now) });
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

/// A session whose token ends: with another token where the provider gives one; as it is while the provider is away.
async fn goes_on(portaal: &Portaal, session: Session, now: Timestamp) -> (Option<Session>, bool) {
    match portaal.sign_in.renew(&session, now).await {
        Renewed::Session(renewed) => (Some(*renewed), true),
        Renewed::Away => (Some(session).filter(|session| now < session.until), false),
        Renewed::Over => (None, false),
    }
}

/// Somebody has to sign in first: a page says so by itself, what they typed waits, and a page that only looks whether
/// something changed stays as it is.
async fn not_signed_in(request: Request, next: Next) -> Response {
    if !is_safe(request.method()) {
        sign_in::again(request).await
    } else if request.headers().contains_key("hx-request") {
        (StatusCode::UNAUTHORIZED, [("hx-reswap", "none")]).into_response()
    } else {
        next.run(request).await
    }
}

const fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Whether a request is for these pages by their own name, and not by another that was made to point here.
fn is_here(portaal: &Portaal, headers: &HeaderMap) -> bool {
    let Some(public) = portaal.sign_in.public() else { return is_this_machine(headers) };
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some() && public.split_once("://").map(|(_, host)| host) == host
}

/// Whether a request is for this machine by one of its own names.
pub(crate) fn is_this_machine(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    matches!(name.map_or(host, |(name, _)| name), "127.0.0.1" | "localhost" | "[::1]")
}

/// Whether the page that sent this is one of ours, as the browser says.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
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
    portaal.key.seal(session).map_or_else(|| signed_out(portaal), |value| set(portaal, COOKIE, &value, ""))
}

/// The cookie of nobody.
pub(crate) fn signed_out(portaal: &Portaal) -> HeaderValue {
    set(portaal, COOKIE, "", "; Max-Age=0")
}

/// The cookie of somebody on their way to the provider; empty when they came back.
pub(crate) fn on_the_way(portaal: &Portaal, value: &str) -> HeaderValue {
    let age = if value.is_empty() { 0 } else { ATTEMPT.as_secs() };
    set(portaal, ATTEMPT_COOKIE, value, &format!("; Max-Age={age}"))
}

fn set(portaal: &Portaal, name: &str, value: &str, more: &str) -> HeaderValue {
    let is_secure = portaal.sign_in.public().is_some_and(|public| public.starts_with("https://"));
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
    // What is sealed has only characters that a header may have.
    HeaderValue::try_from(cookie).unwrap_or(HeaderValue::from_static(""))
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
