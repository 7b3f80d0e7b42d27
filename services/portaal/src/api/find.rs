//! A place that fits: what somebody needs goes in, places come out, best first. Nothing of it is kept; what nobody could be
//! offered is counted by who claims, not here.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use jiff::Timestamp;
use model::wire;
use proto::availability::v1::{Needs, Sex};
use proto::regio::v1::{CountOnly, FindPlacesRequest, FoundPlace, NearMiss};
use serde::{Deserialize, Deserializer, Serialize};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use utoipa::ToSchema;

use super::caller::Caller;
use super::problem::{ApiProblem, Problems};
use super::shapes::{Doelgroep, Kinderjaren, Ouderdom, Soort, group_in, instant, kind, kind_in, told};
use crate::Portaal;
use crate::suite::ask;
use crate::view::moment;

/// What somebody needs. Nothing in it says who they are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Zoekvraag {
    /// De gemeente waar de cliënt is, als CBS-code.
    #[schema(example = "gm0034", pattern = "^gm[0-9]{4}$")]
    #[serde(default)]
    van: Option<String>,
    /// De gemeente waar de cliënt woont, als CBS-code.
    #[schema(example = "gm0034", pattern = "^gm[0-9]{4}$")]
    #[serde(default)]
    inwoner_van: Option<String>,
    /// Leeftijd in jaren.
    #[schema(maximum = 150)]
    #[serde(default, deserialize_with = "whole")]
    leeftijd: Option<u32>,
    /// Geslacht, als de locatie daarnaar vraagt.
    #[serde(default)]
    geslacht: Option<Geslacht>,
    /// Hoeveel nachten; zonder: één.
    #[schema(minimum = 1, maximum = 365)]
    #[serde(default, deserialize_with = "whole")]
    nachten: Option<u32>,
    /// Leeftijden van de kinderen die meekomen.
    #[schema(max_items = 12, value_type = Vec<Kinderjaren>)]
    #[serde(default, deserialize_with = "all_whole")]
    kinderen: Vec<u32>,
    /// Doelgroepen die gelden.
    #[schema(max_items = 20, value_type = Vec<Doelgroep>)]
    #[serde(default)]
    doelgroepen: Vec<String>,
    /// Of er plek voor een rolstoel moet zijn.
    #[serde(default)]
    rolstoel: bool,
    /// Of er een huisdier meekomt.
    #[serde(default)]
    huisdier: bool,
    /// Alleen deze soorten; leeg: alle waar iemand kan slapen.
    #[schema(max_items = 20, value_type = Vec<Soort>, example = json!(["logeerplek"]))]
    #[serde(default)]
    soorten: Vec<String>,
    /// Vanaf wanneer de plek nodig is; zonder: nu.
    #[schema(format = DateTime)]
    #[serde(default)]
    vanaf: Option<String>,
    /// Hoogstens zoveel plekken.
    #[schema(minimum = 1, maximum = 100)]
    #[serde(default, deserialize_with = "whole")]
    hoogstens: Option<u32>,
}

/// A whole number; JSON knows no difference between 34 and 34.0.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    Option::<f64>::deserialize(deserializer)?.map(counted).transpose().map_err(serde::de::Error::custom)
}

fn all_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u32>, D::Error> {
    let numbers = Vec::<f64>::deserialize(deserializer)?;
    numbers.into_iter().map(counted).collect::<Result<_, _>>().map_err(serde::de::Error::custom)
}

fn counted(number: f64) -> Result<u32, &'static str> {
    let is_whole = number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&number);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was looked at")]
    if is_whole { Ok(number as u32) } else { Err("een getal moet heel zijn, en niet onder nul") }
}

/// Sex, as people write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Geslacht {
    /// Vrouw.
    V,
    /// Man.
    M,
    /// Anders.
    X,
}

/// Places that fit, and those that almost do.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Gevonden {
    /// Plekken die passen, de beste eerst.
    plekken: Vec<Plek>,
    /// Vrije plekken die op precies één punt niet passen.
    bijna: Vec<Bijna>,
    /// Vertrouwelijke soorten: hoeveel er vrij zijn, en wie te bellen.
    aantallen: Vec<Aantal>,
}

/// A free place.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plek {
    /// De dienst waar de locatie van is.
    dienst: String,
    /// De code van de locatie.
    locatie: String,
    /// Hoe mensen haar noemen.
    naam: String,
    /// De soort.
    soort: String,
    /// De code van de plek; null waar mensen geteld worden.
    plek: Option<String>,
    /// Het type van de plek.
    pool: Option<String>,
    /// De CBS-code van de gemeente.
    gemeente: String,
    /// Wie te bellen.
    telefoon: Option<String>,
    /// Hemelsbreed, in meters.
    afstand: Option<u32>,
    /// Hoe oud de stand is. Verouderd en onbekend: bel eerst.
    ouderdom: Ouderdom,
    /// Wanneer de stand het laatst bevestigd is.
    #[schema(value_type = Option<String>, format = DateTime)]
    bevestigd_op: Option<Timestamp>,
    /// Waarom zij past.
    waarom: Vec<String>,
    /// Hoeveel zulke plekken er daar zijn.
    aantal: u32,
    /// Of zij verzonnen is, om te proberen.
    fictief: bool,
}

/// A free place that misses one criterion.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bijna {
    /// De plek.
    plek: Option<Plek>,
    /// Waarop zij niet past, voor programma's.
    reden: String,
    /// Hetzelfde als zin.
    zin: String,
}

/// Free places of a confidential kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Aantal {
    /// De soort.
    soort: String,
    /// Hoeveel er vrij zijn in de hele regio.
    vrij: u32,
    /// Het aanmeldpunt.
    telefoon: Option<String>,
    /// Hoeveel locaties daar niet in zitten, omdat hun stand verouderd is of niet bekend: bel.
    bellen: u32,
}

/// Fields of regio's question, and what stands for them here.
const FIELDS: [(&str, &str); 7] = [
    ("needs.residence", "inwonerVan"),
    ("needs.age", "leeftijd"),
    ("needs.nights", "nachten"),
    ("needs.children_ages", "kinderen"),
    ("needs.target_groups", "doelgroepen"),
    ("from_gemeente", "van"),
    ("limit", "hoogstens"),
];

impl Zoekvraag {
    fn message(self) -> Result<FindPlacesRequest, ApiProblem> {
        let group = |raw: &String| group_in(raw).map(i32::from);
        let kinds = self.soorten.iter().map(|raw| Ok(wire::kind_out(kind_in(raw)?).into()));
        let is_empty = |gemeente: &Option<String>| gemeente.as_ref().is_some_and(String::is_empty);
        if is_empty(&self.van) || is_empty(&self.inwoner_van) {
            let name = if is_empty(&self.van) { "van" } else { "inwonerVan" };
            return Err(ApiProblem::field(name, "moet een CBS-code zijn, zoals gm0034"));
        }
        if self.nachten == Some(0) || self.hoogstens == Some(0) {
            let name = if self.nachten == Some(0) { "nachten" } else { "hoogstens" };
            return Err(ApiProblem::field(name, "moet minstens 1 zijn"));
        }
        let at = self.vanaf.as_deref().map(|raw| instant("vanaf", raw)).transpose()?;
        Ok(FindPlacesRequest {
            needs: Some(Needs {
                residence: self.inwoner_van.unwrap_or_default(),
                target_groups: self.doelgroepen.iter().map(group).collect::<Result<_, _>>()?,
                age: self.leeftijd,
                sex: match self.geslacht {
                    None => Sex::Unspecified,
                    Some(Geslacht::V) => Sex::Female,
                    Some(Geslacht::M) => Sex::Male,
                    Some(Geslacht::X) => Sex::Other,
                }
                .into(),
                wheelchair: self.rolstoel,
                pet: self.huisdier,
                children_ages: self.kinderen,
                nights: self.nachten.unwrap_or_default(),
            }),
            from: None,
            from_gemeente: self.van.unwrap_or_default(),
            kinds: kinds.collect::<Result<_, ApiProblem>>()?,
            at: at.map(wire::time_out),
            limit: self.hoogstens.unwrap_or_default(),
        })
    }
}

impl From<FoundPlace> for Plek {
    fn from(it: FoundPlace) -> Self {
        Self {
            soort: kind(wire::kind_in(it.kind())),
            ouderdom: wire::age_in(it.age()).into(),
            bevestigd_op: moment(it.confirmed_at.as_ref()),
            dienst: it.service,
            locatie: it.location_id,
            naam: it.location_name,
            plek: told(&it.place_id),
            pool: told(&it.pool),
            gemeente: it.gemeente,
            telefoon: told(&it.phone),
            afstand: it.distance_metres,
            waarom: it.why,
            aantal: it.alike,
            fictief: it.fictief,
        }
    }
}

impl From<NearMiss> for Bijna {
    fn from(it: NearMiss) -> Self {
        Self { plek: it.place.map(Plek::from), reden: it.reason, zin: it.sentence }
    }
}

impl From<CountOnly> for Aantal {
    fn from(it: CountOnly) -> Self {
        Self { soort: kind(wire::kind_in(it.kind())), vrij: it.free, telefoon: told(&it.phone), bellen: it.must_call }
    }
}

/// What regio says of a field, by the name it has here.
fn wrong(status: Status) -> ApiProblem {
    let violation = status.get_details_bad_request().and_then(|it| it.field_violations.into_iter().next());
    let Some(violation) = violation.filter(|_| status.code() == Code::InvalidArgument) else { return status.into() };
    let found = FIELDS.iter().find(|(field, _)| violation.field.starts_with(field));
    ApiProblem::field(found.map_or("de vraag", |(_, name)| name), &violation.description)
}

/// A number where a text was described, or the like.
const OF_ANOTHER_SORT: &str = "Een waarde is van een andere soort dan beschreven.";

/// What serde says of a body that is JSON, in plain Dutch: of which field, and nothing else that was typed.
fn told_wrong(why: &str) -> String {
    let after = |words: &str| {
        let (_, rest) = why.split_once(words)?;
        Some(rest.split('`').next().unwrap_or_default().chars().take(40).collect::<String>())
    };
    let known = why.split_once("unknown variant ").and_then(|(_, rest)| rest.split_once("expected "));
    if let Some(name) = after("missing field `") {
        format!("Het veld {name} ontbreekt.")
    } else if let Some(name) = after("unknown field `") {
        format!("Het veld {name} is hier niet bekend.")
    } else if let Some((_, known)) = known {
        let known = known.trim_start_matches("one of ").replace('`', "");
        format!("Een waarde is hier niet bekend. Bekend zijn: {}.", known.chars().take(400).collect::<String>())
    } else {
        OF_ANOTHER_SORT.to_owned()
    }
}

/// Zoek vrije plekken die passen.
///
/// De best passende eerst, met waarom zij passen; daarna wat bijna past, en waarop het niet past. Er wordt niets bewaard.
#[utoipa::path(
    post,
    path = "/zoekvragen",
    operation_id = "zoek",
    tag = "zoeken",
    request_body(content = Zoekvraag, description = "Wat iemand nodig heeft."),
    responses(
        (status = 200, description = "Wat er past.", body = Gevonden),
        Problems,
    )
)]
pub(super) async fn find(
    State(portaal): State<Arc<Portaal>>,
    Extension(caller): Extension<Caller>,
    asked: Result<Json<serde_json::Map<String, serde_json::Value>>, JsonRejection>,
) -> Result<Json<Gevonden>, ApiProblem> {
    let Json(asked) = asked.map_err(|why| match why {
        JsonRejection::MissingJsonContentType(_) => ApiProblem::media(),
        JsonRejection::BytesRejection(_) => ApiProblem::too_large(),
        JsonRejection::JsonDataError(_) => ApiProblem::body(OF_ANOTHER_SORT),
        _ => ApiProblem::body("Dit is niet te lezen als JSON."),
    })?;
    // By name only: serde would also take a list of values for what they stand for in order.
    let asked: Zoekvraag = serde_json::from_value(serde_json::Value::Object(asked))
        .map_err(|why| ApiProblem::body(&told_wrong(&why.to_string())))?;
    let request = asked.message()?;
    let client = portaal.suite.regio(&caller.who);
    let answer = ask!(client.find_places(request)).map_err(wrong)?.into_inner();
    Ok(Json(Gevonden {
        plekken: answer.places.into_iter().map(Plek::from).collect(),
        bijna: answer.near_misses.into_iter().map(Bijna::from).collect(),
        aantallen: answer.counts.into_iter().map(Aantal::from).collect(),
    }))
}
