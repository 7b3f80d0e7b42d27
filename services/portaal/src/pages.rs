//! The pages, and where each of them is. A page reads what the services tell, and sends them what somebody does; it must
//! not keep anything.

mod beheer;
mod home;
mod locatie;
mod nacht;
pub(crate) mod regio;
pub(crate) mod sign_in;
mod zoek;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::answer::Problem;
use crate::visit::guard;
use crate::{Portaal, assets};

/// Largest form, in bytes.
const LARGEST_FORM: usize = 64 * 1024;
/// How long a page may take to be made, its request read and all; what goes on after it, as a stream does, is not meant.
const PAGE_WITHIN: Duration = Duration::from_secs(20);

/// Every page.
pub(crate) fn routes(portaal: Arc<Portaal>) -> Router {
    Router::new()
        .route("/", get(home::show))
        .route("/gezond", get(home::health))
        .route("/taal", post(sign_in::language))
        .route("/aanmelden", get(sign_in::begin))
        .route(crate::oidc::BACK, get(sign_in::finish))
        .route("/afmelden", post(sign_in::leave))
        .route("/regio", get(regio::show))
        .route("/regio/live", get(regio::live))
        .route("/regio/bord.csv", get(regio::csv))
        .route("/regio/verloop", get(regio::verloop::show))
        .route("/regio/verloop.csv", get(regio::verloop::file))
        .route("/zoek", get(zoek::show).post(zoek::find))
        .route("/zoek/claim", get(zoek::show).post(zoek::claim))
        .route("/zoek/claims/{claim}", get(zoek::show).post(zoek::change))
        .route("/nacht", get(nacht::show).post(nacht::change))
        .route("/beheer", get(beheer::show))
        .route("/beheer/locaties", get(beheer::location::list).post(beheer::location::register))
        .route("/beheer/locaties/{service}/{location}", get(beheer::location::show).post(beheer::location::change))
        .route("/beheer/locaties/{service}/{location}/{place}", get(beheer::place::show).post(beheer::place::change))
        .route("/beheer/capaciteit", get(beheer::capacity::show).post(beheer::capacity::change))
        .route("/beheer/rooster", get(beheer::roster::show).post(beheer::roster::change))
        .route("/beheer/logboek", get(beheer::log::show).post(beheer::log::find))
        .route("/beheer/logboek.csv", post(beheer::log::csv))
        .route("/locatie", get(locatie::list))
        .route("/locatie/{service}/{location}", get(locatie::show).post(locatie::change))
        .route("/locatie/{service}/{location}/live", get(locatie::live))
        .route("/a/{hash}/{name}", get(assets::get))
        .route("/sw.js", get(assets::service_worker))
        .route("/manifest.webmanifest", get(assets::manifest))
        .route("/icon.svg", get(assets::icon))
        .merge(crate::api::routes(&portaal))
        .fallback(async || Problem::NotFound)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(TimeoutLayer::with_status_code(axum::http::StatusCode::SERVICE_UNAVAILABLE, PAGE_WITHIN))
        .layer(CompressionLayer::new())
        .layer(from_fn_with_state(Arc::clone(&portaal), guard))
        .with_state(portaal)
}
