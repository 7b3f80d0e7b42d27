//! The region for programs: the board, the figures, the flow and a place that fits, as JSON; and every change as it comes.
//! Described by OpenAPI, with problems as RFC 9457 has them and after the API design rules of the Dutch government. It
//! shows what regio tells and nothing else; it must not change anything but count the demand that finding cannot meet.
//!
//! - [`board`], [`figures`], [`find`] and [`events`] are what one can ask; [`shapes`] is how the answers look;
//! - [`problem`] says why not; [`caller`] is whose token it is, and how much they may ask.

mod board;
mod caller;
mod events;
mod figures;
mod find;
mod problem;
mod shapes;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{MethodRouter, get, post};
use bytes::Bytes;
use utoipa::OpenApi as _;
use utoipa::openapi::RefOr;
use utoipa::openapi::header::Header;
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use self::problem::ApiProblem;
use crate::Portaal;

pub(crate) use self::caller::Meters;

/// Where it is.
const ROOT: &str = "/api/v1";
/// The version of what is described here.
const VERSION: &str = "1.0.0";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Onderdak: plek in de regio",
        description = "Waar is vannacht plek, voor wie, en hoe oud is die stand. Onbekend is nooit vrij. Van vertrouwelijke soorten zijn er alleen aantallen.",
        version = "1.0.0",
        license(name = "EUPL-1.2", identifier = "EUPL-1.2"),
        contact(name = "De beheerder van deze omgeving")
    ),
    servers((url = "/api/v1", description = "Deze omgeving")),
    paths(board::list, board::one, figures::now, figures::flow, find::find, events::stream),
    components(schemas(problem::ApiProblem, shapes::GemeenteCode, shapes::Soort, shapes::Doelgroep, shapes::Kinderjaren, figures::Tijdvak)),
    tags(
        (name = "bord", description = "Het bord van de regio"),
        (name = "cijfers", description = "Cijfers en stromen"),
        (name = "zoeken", description = "Een plek die past"),
    ),
    modifiers(&Signed, &Versioned)
)]
struct Document;

/// Every question carries a token.
struct Signed;

impl utoipa::Modify for Signed {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
        let scheme = scheme.description(Some("Een token van de aanbieder waar u zich aanmeldt."));
        let components = openapi.components.get_or_insert_with(Default::default);
        components.add_security_scheme("aanbieder", SecurityScheme::Http(scheme.build()));
        openapi.security = Some(vec![utoipa::openapi::SecurityRequirement::new("aanbieder", [""; 0])]);
    }
}

/// Every answer says by which version it was made.
struct Versioned;

impl utoipa::Modify for Versioned {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let version = Header::builder().schema(Some(Object::with_type(Type::String)));
        let version = version.description(Some("De versie van deze API, zoals 1.0.0.")).build();
        let items = openapi.paths.paths.values_mut();
        let operations = items.flat_map(|item| item.get.iter_mut().chain(item.post.iter_mut()));
        for answer in operations.flat_map(|operation| operation.responses.responses.values_mut()) {
            if let RefOr::T(answer) = answer {
                answer.headers.insert("api-version".to_owned(), RefOr::T(version.clone()));
            }
        }
    }
}

/// The description, as it is served.
static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Document::openapi().to_json().unwrap_or_default().into());

/// Whether a path is one of these.
pub(crate) fn is_under(path: &str) -> bool {
    path.strip_prefix(ROOT).is_some_and(|rest| rest.starts_with('/'))
}

/// An answer to a question that came by a name that is not ours.
pub(crate) fn elsewhere() -> Response {
    ApiProblem::elsewhere().into_response()
}

/// Everything programs can ask.
pub(crate) fn routes(portaal: &Arc<Portaal>) -> Router<Arc<Portaal>> {
    let only = |route: MethodRouter<Arc<Portaal>>| route.fallback(async || ApiProblem::method());
    let asked = Router::new()
        .route("/locaties", only(get(board::list)))
        .route("/locaties/{dienst}/{id}", only(get(board::one)))
        .route("/cijfers", only(get(figures::now)))
        .route("/stromen", only(get(figures::flow)))
        .route("/zoekvragen", only(post(find::find)))
        .route("/events", only(get(events::stream)))
        .fallback(async || ApiProblem::not_found())
        .layer(from_fn_with_state(Arc::clone(portaal), caller::let_in));
    let open = Router::new().route("/openapi.json", only(get(document)));
    let nothing = || only(get(async || ApiProblem::not_found()));
    let all = Router::new().nest(ROOT, open.merge(asked));
    all.route("/api/v1/", nothing()).layer(from_fn(tell_version))
}

/// The description is for everybody, also from the page of somebody else.
async fn document() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, DOCUMENT.clone()).into_response()
}

async fn tell_version(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert(HeaderName::from_static("api-version"), HeaderValue::from_static(VERSION));
    response
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Everything under a value.
    fn all<'a>(value: &'a Value, into: &mut Vec<&'a Value>) {
        into.push(value);
        match value {
            Value::Object(fields) => fields.values().for_each(|it| all(it, into)),
            Value::Array(items) => items.iter().for_each(|it| all(it, into)),
            _ => {}
        }
    }

    #[test]
    fn the_description_keeps_to_the_rules_of_the_government_for_such_descriptions() {
        let document: Value = serde_json::from_slice(&DOCUMENT).unwrap();
        assert!(document["openapi"].as_str().unwrap().starts_with("3."));
        assert_eq!(document["info"]["version"], VERSION);
        assert!(
            document["servers"][0]["url"].as_str().unwrap().ends_with("/v1"),
            "the major version is in the address"
        );
        let mut values = Vec::new();
        all(&document, &mut values);
        for reference in values.iter().filter_map(|it| it.get("$ref")?.as_str()) {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
        for name in document["components"]["schemas"].as_object().unwrap().keys() {
            assert!(name.starts_with(char::is_uppercase) && !name.contains(['_', '-']), "{name}");
        }
        let mut ids = Vec::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            let is_kebab =
                |part: &str| part.chars().all(|it| it.is_ascii_lowercase() || it == '-' || it.is_ascii_digit());
            let mut parts = path.strip_prefix('/').unwrap().split('/');
            assert!(parts.all(|it| !it.is_empty() && (it.starts_with('{') || is_kebab(it))), "{path}");
            for (method, operation) in item.as_object().unwrap() {
                assert!(["get", "post", "put", "patch", "delete"].contains(&method.as_str()), "{method} {path}");
                for field in ["summary", "description", "operationId"] {
                    assert!(operation[field].as_str().is_some_and(|it| !it.is_empty()), "{method} {path}: {field}");
                }
                assert!(operation["tags"][0].is_string(), "{path}");
                ids.push(operation["operationId"].clone());
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    assert!(answer["headers"]["api-version"].is_object(), "{path} {status}");
                    let is_problem = answer["content"]["application/problem+json"].is_object();
                    assert_eq!(is_problem, status.starts_with(['4', '5']), "{path} {status}");
                }
                let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
                assert!(
                    parameters.iter().all(|it| it["description"].is_string()),
                    "{path}: every parameter is described"
                );
            }
        }
        ids.sort_by_key(Value::to_string);
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count, "every operation has an id of its own");
    }
}
