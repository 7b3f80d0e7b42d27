//! The board: every location, or one. It must not look further back than now.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::{ApiProblem, Problems};
use super::shapes::{Filter, Filters, Locatie, knows};
use crate::Portaal;
use crate::form::Fields;
use crate::picture::Picture;

/// The board.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bord {
    /// Of dit is hoe het nu is; anders is het hoe het was toen regio het laatst iets zei.
    live: bool,
    /// Wanneer regio het laatst iets zei.
    #[schema(value_type = Option<String>, format = DateTime)]
    gehoord_op: Option<Timestamp>,
    /// De locaties.
    locaties: Vec<Locatie>,
}

/// The newest picture, once there is one.
pub(super) fn picture(portaal: &Portaal) -> Result<Arc<Picture>, ApiProblem> {
    let picture = Arc::clone(&portaal.pictures.borrow());
    if picture.is_complete { Ok(picture) } else { Err(ApiProblem::not_yet()) }
}

/// Alle locaties op het bord.
///
/// Zoals het bord nu is. `vrij` is leeg waar de stand onbekend of verouderd is: dat is niet nul.
#[utoipa::path(
    get,
    path = "/locaties",
    operation_id = "locaties",
    tag = "bord",
    params(
        Filters,
    ),
    responses(
        (status = 200, description = "Het bord.", body = Bord),
        Problems,
    )
)]
pub(super) async fn list(
    State(portaal): State<Arc<Portaal>>,
    RawQuery(query): RawQuery,
) -> Result<Json<Bord>, ApiProblem> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    knows(&query, &["soort", "gemeente"])?;
    let (filter, picture) = (Filter::of(&query)?, picture(&portaal)?);
    let locaties = picture.rows.values().filter(|row| filter.shows(row)).map(|row| Locatie::of(row)).collect();
    Ok(Json(Bord { live: picture.is_live, gehoord_op: picture.heard, locaties }))
}

/// Eén locatie.
///
/// Zoals zij op het bord staat. Vertrouwelijke locaties zijn hier niet te vinden.
#[utoipa::path(
    get,
    path = "/locaties/{dienst}/{id}",
    operation_id = "locatie",
    tag = "bord",
    params(
        ("dienst" = String, Path, description = "De dienst waar zij van is.", example = "logeerplek"),
        ("id" = String, Path, description = "Haar code.", example = "logeerhuis-almere"),
    ),
    responses(
        (status = 200, description = "De locatie.", body = Locatie),
        Problems,
    )
)]
pub(super) async fn one(
    State(portaal): State<Arc<Portaal>>,
    named: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Response {
    // What cannot be read as a name is the name of nothing.
    let Ok(Path((dienst, id))) = named else { return ApiProblem::not_found().into_response() };
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let found = knows(&query, &[]).and_then(|()| {
        let picture = picture(&portaal)?;
        let row = picture.rows.values().find(|row| row.service == dienst && row.report.location_id == id);
        row.map(|row| Json(Locatie::of(row))).ok_or_else(ApiProblem::not_found)
    });
    found.into_response()
}
