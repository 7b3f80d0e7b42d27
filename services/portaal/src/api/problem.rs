//! Why there is no answer, as RFC 9457 has it: a sentence for people and a reason for programs. It must not know what was
//! asked.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use identity::Denied;
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use utoipa::ToSchema;

use crate::answer;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ApiProblem {
    /// What sort of problem it is; `about:blank`: only its status says so.
    #[schema(example = "about:blank")]
    #[serde(rename = "type")]
    kind: &'static str,
    /// The sort in words.
    #[schema(example = "Dit kan niet")]
    title: &'static str,
    /// The status of the answer.
    #[schema(example = 400)]
    status: u16,
    /// What is wrong, for people.
    #[schema(example = "soort: kies uit nachtopvang, logeerplek, …")]
    detail: String,
    /// What is wrong, for programs.
    #[schema(example = "INVALID_FIELD")]
    code: String,
    /// Seconds to wait before asking again.
    #[serde(skip)]
    retry_after: Option<u64>,
}

/// What every question may be answered with instead of an answer.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "it only describes what may come back")]
pub(super) enum Problems {
    /// De vraag klopt niet, is er niet, is niet voor u, of is er een te veel.
    #[response(status = "4XX", content_type = "application/problem+json")]
    Refused(ApiProblem),
    /// Het bord of een dienst is er even niet.
    #[response(status = 503, content_type = "application/problem+json")]
    Away(ApiProblem),
}

impl ApiProblem {
    fn new(status: StatusCode, title: &'static str, code: &str, detail: impl Into<String>) -> Self {
        let (status, code) = (status.as_u16(), code.to_owned());
        Self { kind: "about:blank", title, status, detail: detail.into(), code, retry_after: None }
    }

    /// A field does not hold what it must.
    pub(super) fn field(name: &str, why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Dit klopt niet", "INVALID_FIELD", format!("{name}: {why}"))
    }

    /// The body is not what was described.
    pub(super) fn body(why: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "Dit klopt niet", "UNREADABLE_MESSAGE", why)
    }

    /// The body is of another kind.
    pub(super) fn media() -> Self {
        let why = "Stuur application/json.";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Dit is geen JSON", "UNSUPPORTED_MEDIA_TYPE", why)
    }

    /// The body is larger than any question.
    pub(super) fn too_large() -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "Te groot", "TOO_LARGE", "Deze vraag is te groot.")
    }

    /// The question came by a name that is not ours.
    pub(super) fn elsewhere() -> Self {
        let why = "Deze naam is niet die van deze omgeving.";
        Self::new(StatusCode::FORBIDDEN, "Niet op dit adres", "OTHER_HOST", why)
    }

    /// There is no such thing.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Niet gevonden", "NOT_FOUND", "Dit is er niet.")
    }

    /// It is there, but not for this.
    pub(super) fn method() -> Self {
        let why = "Dat kan op dit adres niet.";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "Dit kan hier niet", "METHOD_NOT_ALLOWED", why)
    }

    /// It is for others.
    pub(super) fn role(role: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Niet voor u", "NOT_YOUR_ROLE", format!("Als {role} mag u dit niet."))
    }

    /// Somebody asks more than is left for others.
    pub(super) fn too_much(detail: &str, wait: u64) -> Self {
        let problem = Self::new(StatusCode::TOO_MANY_REQUESTS, "Te veel tegelijk", "TOO_MANY_REQUESTS", detail);
        Self { retry_after: Some(wait), ..problem }
    }

    /// There is no board yet.
    pub(super) fn not_yet() -> Self {
        let why = "Het bord van de regio is er nog niet. Probeer het zo opnieuw.";
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Nog niet", "NO_BOARD_YET", why);
        Self { retry_after: Some(2), ..problem }
    }
}

impl From<Denied> for ApiProblem {
    fn from(why: Denied) -> Self {
        if why == Denied::ProviderAway {
            let problem =
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "Aanmelden lukt nu niet", "PROVIDER_AWAY", why.to_string());
            return Self { retry_after: Some(5), ..problem };
        }
        Self::new(StatusCode::UNAUTHORIZED, "Meld u aan", service::guard::reason(why), why.to_string())
    }
}

impl From<Status> for ApiProblem {
    fn from(status: Status) -> Self {
        let code = answer::reason(&status).unwrap_or_else(|| "INTERNAL".to_owned());
        let detail = answer::sentence(&status);
        match status.code() {
            Code::InvalidArgument | Code::OutOfRange => {
                Self::new(StatusCode::BAD_REQUEST, "Dit klopt niet", &code, detail)
            }
            Code::NotFound => Self::new(StatusCode::NOT_FOUND, "Niet gevonden", &code, detail),
            Code::PermissionDenied => Self::new(StatusCode::FORBIDDEN, "Niet voor u", &code, detail),
            Code::Unauthenticated => Self::new(StatusCode::UNAUTHORIZED, "Meld u aan", &code, detail),
            _ => {
                if status.get_details_error_info().is_none() && !service::client::is_away(&status) {
                    tracing::error!(error = %service::Chain(&status), "regio failed");
                }
                let code = if code == "INTERNAL" { "AWAY" } else { &code };
                let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "Even niet bereikbaar", code, detail);
                Self { retry_after: Some(2), ..problem }
            }
        }
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // A problem is text and numbers only.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        let headers = response.headers_mut();
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, wait.into());
        }
        response
    }
}
