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
    components(schemas(shapes::GemeenteCode, shapes::Soort, shapes::Doelgroep, shapes::Kinderjaren, figures::Tijdvak)),
    tags(
        (name = "bord", description = "Het bord van de regio"),
        (name = "cijfers", description = "Cijfers en stromen"),
        (name = "zoeken", description = "Een plek die past"),
    ),
    modifiers(&Signed)
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
    Router::new().nest(ROOT, open.merge(asked)).layer(from_fn(tell_version))
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
