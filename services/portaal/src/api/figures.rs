//! The figures of the region now or at an instant, and who came and went. All of it is counted by regio. It must not add
//! anything up.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, RawQuery, State};
use jiff::Timestamp;
use model::wire;
use proto::regio::v1::{Bucket, FlowRow, GetFlowRequest, GetOverviewRequest, OverviewRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Caller;
use super::problem::{ApiProblem, Problems};
use super::shapes::{Filter, Filters, kind, knows, moment_in, told};
use crate::Portaal;
use crate::form::Fields;
use crate::suite::ask;
use crate::view::moment;

/// The figures at an instant.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cijfers {
    /// Het moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    op: Option<Timestamp>,
    /// Per soort en gemeente.
    rijen: Vec<Cijfer>,
    /// Per soort, van alle gemeenten samen.
    totalen: Vec<Cijfer>,
}

/// The figures of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Cijfer {
    /// De soort.
    soort: String,
    /// De CBS-code van de gemeente, of `regio`; null in een totaal.
    gemeente: Option<String>,
    /// Locaties die open zijn.
    locaties: u32,
    /// Daarvan: locaties waarvan de stand nooit verteld is. Zij tellen nergens in mee, en zijn geen nul.
    onbekend: u32,
    /// Daarvan: locaties met een verouderde stand. Zij tellen mee, maar niet bij vrij.
    verouderd: u32,
    /// Plekken waarvoor betaald wordt.
    gefinancierd: u32,
    /// Plekken die te gebruiken zijn.
    bruikbaar: u32,
    /// Bezet.
    bezet: u32,
    /// Vastgelegd voor iemand.
    gereserveerd: u32,
    /// Niet te gebruiken.
    buiten_gebruik: u32,
    /// Tijdelijk erbij.
    extra: u32,
    /// Vrij.
    vrij: u32,
    /// Boven wat bruikbaar is.
    boven: u32,
    /// De oudste bevestiging van deze locaties.
    #[schema(value_type = Option<String>, format = DateTime)]
    oudste_bevestiging: Option<Timestamp>,
}

impl From<OverviewRow> for Cijfer {
    fn from(it: OverviewRow) -> Self {
        Self {
            soort: kind(wire::kind_in(it.kind())),
            gemeente: told(&it.gemeente),
            locaties: it.locations,
            onbekend: it.unknown,
            verouderd: it.stale,
            gefinancierd: it.funded,
            bruikbaar: it.actual,
            bezet: it.occupied,
            gereserveerd: it.held,
            buiten_gebruik: it.unavailable,
            extra: it.surge,
            vrij: it.free,
            boven: it.over,
            oudste_bevestiging: moment(it.oldest_confirmation.as_ref()),
        }
    }
}

/// De cijfers per soort en gemeente, nu of op een moment.
///
/// De aantallen van alle locaties bij elkaar; `onbekend` zegt van hoeveel locaties de stand niet bekend is.
#[utoipa::path(
    get,
    path = "/cijfers",
    operation_id = "cijfers",
    tag = "cijfers",
    params(
        ("op" = Option<String>, Query, description = "Het moment; zonder: nu.", format = DateTime),
        Filters,
    ),
    responses(
        (status = 200, description = "De cijfers.", body = Cijfers),
        Problems,
    )
)]
pub(super) async fn now(
    State(portaal): State<Arc<Portaal>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Json<Cijfers>, ApiProblem> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    knows(&query, &["op", "soort", "gemeente"])?;
    let (filter, at) = (Filter::of(&query)?, moment_in(&query, "op")?);
    if at.is_some_and(|at| at > service::clock::now()) {
        return Err(ApiProblem::field("op", "ligt in de toekomst"));
    }
    let request = GetOverviewRequest { at: at.map(wire::time_out), filter: Some(filter.message()) };
    let client = portaal.suite.regio(&caller.who);
    let answer = ask!(client.get_overview(request))?.into_inner();
    let cijfers = |rows: Vec<OverviewRow>| rows.into_iter().map(Cijfer::from).collect();
    Ok(Json(Cijfers { op: moment(answer.at.as_ref()), rijen: cijfers(answer.rows), totalen: cijfers(answer.totals) }))
}

/// How long a stretch of time is.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it only describes what a question may say")]
pub(super) enum Tijdvak {
    /// Van middernacht tot middernacht.
    Dag,
    /// Vanaf maandag.
    Week,
    /// Vanaf de eerste.
    Maand,
}

/// Who came and went.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stromen {
    /// Per tijdvak, soort en gemeente; wat niets te vertellen heeft, staat er niet.
    rijen: Vec<Stroom>,
}

/// What happened in one stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stroom {
    /// Het begin van het tijdvak.
    #[schema(value_type = Option<String>, format = DateTime)]
    van: Option<Timestamp>,
    /// De soort.
    soort: String,
    /// De CBS-code van de gemeente.
    gemeente: Option<String>,
    /// Wie er binnenkwamen.
    instroom: u32,
    /// Wie er vertrokken om elders te wonen, of van wie niet bekend is waarheen.
    uitstroom: u32,
    /// Wie er naar opvang, beschermd wonen, Housing First of de GGZ gingen.
    doorstroom: u32,
    /// Wat een locatie weigerde.
    geweigerd: u32,
    /// Waarop een locatie niet antwoordde.
    verlopen: u32,
    /// Wie er niet kwamen.
    niet_gekomen: u32,
    /// Vraag waar geen plek voor was.
    niet_gevonden: u32,
    /// Verblijven die eindigden en waarvan de nachten bekend zijn.
    verblijven: u32,
    /// De nachten van het middelste verblijf.
    mediaan_nachten: u32,
}

impl From<FlowRow> for Stroom {
    fn from(it: FlowRow) -> Self {
        Self {
            van: moment(it.from.as_ref()),
            soort: kind(wire::kind_in(it.kind())),
            gemeente: told(&it.gemeente),
            instroom: it.instroom,
            uitstroom: it.uitstroom,
            doorstroom: it.doorstroom,
            geweigerd: it.refused,
            verlopen: it.lapsed,
            niet_gekomen: it.no_shows,
            niet_gevonden: it.unmet,
            verblijven: it.stays,
            mediaan_nachten: it.median_nights,
        }
    }
}

/// Wie er kwam en ging, wat geweigerd is en wat niet gevonden werd.
///
/// Per tijdvak, soort en gemeente, geteld uit de meldingen van de diensten. Waar niets gebeurde, staat geen rij.
#[utoipa::path(
    get,
    path = "/stromen",
    operation_id = "stromen",
    tag = "cijfers",
    params(
        ("van" = String, Query, description = "Vanaf wanneer; het tijdvak waar dat in valt, telt helemaal mee.", format = DateTime, example = "2026-11-01T00:00:00Z"),
        ("tot" = String, Query, description = "Tot wanneer; hoogstens 400 tijdvakken later.", format = DateTime, example = "2026-12-01T00:00:00Z"),
        ("per" = Option<Tijdvak>, Query, description = "Hoe lang een tijdvak is. Zonder: week.", example = "week"),
        Filters,
    ),
    responses(
        (status = 200, description = "De stromen.", body = Stromen),
        Problems,
    )
)]
pub(super) async fn flow(
    State(portaal): State<Arc<Portaal>>,
    Extension(caller): Extension<Caller>,
    RawQuery(query): RawQuery,
) -> Result<Json<Stromen>, ApiProblem> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    knows(&query, &["van", "tot", "per", "soort", "gemeente"])?;
    let filter = Filter::of(&query)?;
    let needed = |name: &str| moment_in(&query, name)?.ok_or_else(|| ApiProblem::field(name, "ontbreekt"));
    let (from, until) = (needed("van")?, needed("tot")?);
    let mut per = query.every("per");
    let bucket = match (per.next(), per.next()) {
        (None | Some("week"), None) => Bucket::Week,
        (Some("dag"), None) => Bucket::Day,
        (Some("maand"), None) => Bucket::Month,
        _ => return Err(ApiProblem::field("per", "kies uit dag, week of maand")),
    };
    let request = GetFlowRequest {
        from: Some(wire::time_out(from)),
        until: Some(wire::time_out(until)),
        bucket: bucket.into(),
        filter: Some(filter.message()),
    };
    let client = portaal.suite.regio(&caller.who);
    let rows = ask!(client.get_flow(request))?.into_inner().rows;
    Ok(Json(Stromen { rijen: rows.into_iter().map(Stroom::from).collect() }))
}
