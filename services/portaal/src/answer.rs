//! What goes back: a page, another address, or why not. It must not know what is on a page.

use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::text::{self, Texts};
use crate::view::Frame;

/// Why there is no page, or nothing was done.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Somebody has to sign in first.
    SignIn {
        /// Where they wanted to go.
        to: String,
    },
    /// Signing in did not succeed.
    NotSignedIn {
        /// Why not, in words.
        sentence: String,
    },
    /// The provider where people sign in does not answer.
    ProviderAway,
    /// This part is for others.
    NotForYou,
    /// The request does not come from our own pages.
    Elsewhere,
    /// There is no such page, place or location.
    NotFound,
    /// A form does not hold what it must.
    Form {
        /// What is wrong with it, in words.
        sentence: String,
    },
    /// A service refused, or is away.
    Service(Box<Status>),
    /// A page could not be made: a mistake of ours.
    Broken,
}

impl From<Status> for Problem {
    fn from(status: Status) -> Self {
        Self::Service(Box::new(status))
    }
}

/// What a service said, for people: its own sentence, or that it is away.
pub(crate) fn sentence(status: &Status) -> String {
    if status.get_details_localized_message().is_some() {
        return with_label(status);
    }
    let is_away = matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted);
    let t = text::current();
    if is_away || service::client::is_broken(status) {
        format!("{} {}", service_name(t, crate::suite::asked(status)), t.service_away)
    } else {
        t.service_failed.to_owned()
    }
}

/// What people call a service that does not answer.
fn service_name(t: &'static Texts, name: Option<&str>) -> &'static str {
    match name {
        Some("opvang") => t.the_opvang,
        Some("logeerplek") => t.the_logeerplek,
        Some("housing-first") => t.the_housing_first,
        Some("nachtdienst") => t.the_nachtdienst,
        Some("regio") => t.the_regio,
        _ => t.the_service,
    }
}

/// What is wrong with a field, by the name it has on a page.
fn with_label(status: &Status) -> String {
    let t = text::current();
    let message = status.message();
    let field = status.get_details_error_info().and_then(|info| info.metadata.get("field").cloned());
    let Some((field, why)) =
        field.and_then(|field| Some((field.clone(), message.strip_prefix(&format!("{field}: "))?)))
    else {
        return text::said(message);
    };
    let name = field.rsplit('.').next().unwrap_or(&field);
    let label = match name.split('[').next().unwrap_or(name) {
        "client_ref" => t.field_client,
        "staff_id" | "other_staff_id" => t.beheer.field_staff,
        "location_id" | "place_id" | "retire_place_id" => t.beheer.field_code,
        "name" => t.beheer.field_name,
        "label" => t.beheer.field_label,
        "provider" => t.beheer.field_provider,
        "phone" => t.col_phone,
        "coordinates" | "latitude" | "longitude" => t.beheer.field_where_is,
        "intake_windows" => t.beheer.field_hours,
        "pool" | "also_pools" | "pools" => t.beheer.field_pool,
        "min_age" => t.beheer.field_min_age,
        "max_age" => t.beheer.field_max_age,
        "max_nights" => t.beheer.field_max_nights,
        "min_household" => t.beheer.field_min_household,
        "max_household" => t.beheer.field_max_household,
        "freshness_goal_minutes" => t.beheer.field_fresh,
        "max_stay_days" => t.beheer.field_max_stay,
        "slots" | "places" | "funded" | "counts" => t.beheer.field_places,
        "unavailable" => t.beheer.field_unavailable,
        "team" => t.field_team,
        "gemeente" | "gemeenten" | "from_gemeente" | "to_gemeente" | "residence" => t.filter_gemeente,
        "medewerkers" => t.beheer.field_medewerkers,
        "coordinators" => t.beheer.field_coordinators,
        "reason" | "override_reason" => t.field_reason,
        "text" => t.field_text,
        "on" | "from" | "until" | "to" => t.beheer.field_on,
        "age" => t.field_age,
        "nights" => t.field_nights,
        "children_ages" => t.field_children,
        _ => t.wrong_field,
    };
    format!("{label}: {}", text::said(why))
}

/// The machine reason of a refusal.
pub(crate) fn reason(status: &Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// A page, with what its scripts and styles may do.
pub(crate) fn page(status: StatusCode, page: &impl Template, nonce: &str) -> Result<Response, Problem> {
    page_for(status, page, nonce, None)
}

/// A page with pictures of somebody else, such as the ground of a map.
pub(crate) fn page_with_images(page: &impl Template, nonce: &str, of: &str) -> Result<Response, Problem> {
    made(StatusCode::OK, page, nonce, "", of)
}

/// A page with a form that leads elsewhere in the end.
pub(crate) fn page_for(
    status: StatusCode,
    page: &impl Template,
    nonce: &str,
    leads_to: Option<&str>,
) -> Result<Response, Problem> {
    made(status, page, nonce, leads_to.unwrap_or_default(), "")
}

fn made(
    status: StatusCode,
    page: &impl Template,
    nonce: &str,
    leads_to: &str,
    images_of: &str,
) -> Result<Response, Problem> {
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "A page could not be made");
        Problem::Broken
    })?;
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: {images_of}; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self' {leads_to}; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut response = (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    if let Ok(policy) = HeaderValue::try_from(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// What an answer that is no page says, for whoever has a page already.
#[derive(Debug, Clone)]
pub(crate) struct Told(pub(crate) String);

/// The same beside what somebody has before them: what they typed stays there.
#[derive(Template)]
#[template(path = "beside.html")]
struct Beside<'a> {
    sentence: &'a str,
}

/// An answer to a page that asked for a part of itself: where that part cannot be made, the page stays as it is and says
/// why.
pub(crate) fn beside(response: Response) -> Response {
    let Some(Told(sentence)) = response.extensions().get::<Told>() else { return response };
    let Ok(html) = (Beside { sentence }).render() else { return response };
    let mut beside = (response.status(), [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    for (name, value) in [("hx-retarget", "#fout"), ("hx-reselect", "#waarom-niet"), ("hx-reswap", "innerHTML")] {
        beside.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    beside
}

/// The page that says why there is none.
#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame,
    title: &'a str,
    sentence: &'a str,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let t = text::current();
        let (status, title, sentence) = match self {
            Self::SignIn { to } => {
                let to: String = form_urlencoded::byte_serialize(to.as_bytes()).collect();
                return Redirect::to(&format!("/aanmelden?naar={to}")).into_response();
            }
            Self::NotSignedIn { sentence } => (StatusCode::FORBIDDEN, t.not_signed_in_title, sentence),
            Self::ProviderAway => (StatusCode::SERVICE_UNAVAILABLE, t.not_signed_in_title, t.provider_away.to_owned()),
            Self::NotForYou => (StatusCode::FORBIDDEN, t.not_for_you_title, t.not_for_you.to_owned()),
            Self::Elsewhere => (StatusCode::FORBIDDEN, t.elsewhere_title, t.elsewhere.to_owned()),
            Self::NotFound => (StatusCode::NOT_FOUND, t.not_found_title, t.not_found.to_owned()),
            Self::Form { sentence } => (StatusCode::UNPROCESSABLE_ENTITY, t.refused_title, sentence),
            Self::Service(status) => {
                let code = match status.code() {
                    Code::NotFound => StatusCode::NOT_FOUND,
                    Code::InvalidArgument => StatusCode::UNPROCESSABLE_ENTITY,
                    Code::FailedPrecondition | Code::AlreadyExists => StatusCode::CONFLICT,
                    Code::PermissionDenied => StatusCode::FORBIDDEN,
                    Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
                        StatusCode::SERVICE_UNAVAILABLE
                    }
                    _ => StatusCode::BAD_GATEWAY,
                };
                (code, t.refused_title, sentence(&status))
            }
            Self::Broken => (StatusCode::INTERNAL_SERVER_ERROR, t.broken_title, t.service_failed.to_owned()),
        };
        let frame = Frame::unvisited(title);
        let nonce = frame.nonce.clone();
        let shown = ProblemPage { frame, title, sentence: &sentence };
        let page = page(status, &shown, &nonce);
        let mut response = page.unwrap_or_else(|_| (status, sentence.clone()).into_response());
        response.extensions_mut().insert(Told(sentence.clone()));
        response
    }
}
