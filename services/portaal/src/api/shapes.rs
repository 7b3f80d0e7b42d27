//! How answers look, in the words of the field; and how questions are read. What is not known is null, never zero. It must
//! not ask anybody anything.

use jiff::Timestamp;
use model::doors::Door;
use model::figures::Figures;
use model::freshness::Age;
use model::id::Gemeente;
use model::kind::Kind;
use model::wire;
use proto::availability::v1::{Coordinates, TargetGroup};
use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::problem::ApiProblem;
use crate::form::Fields;
use crate::picture::Row;
use crate::view::moment;

/// A location on the board. Of a confidential kind it is a number in the whole region, and whom to call.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Locatie {
    /// De dienst waar zij van is.
    #[schema(example = "logeerplek")]
    pub(super) dienst: String,
    /// Haar code.
    #[schema(example = "logeerhuis-almere")]
    pub(super) id: String,
    /// Hoe mensen haar noemen; null bij een vertrouwelijke soort.
    pub(super) naam: Option<String>,
    /// De soort.
    #[schema(example = "logeerplek")]
    pub(super) soort: String,
    /// De CBS-code van de gemeente, of `regio` bij een vertrouwelijke soort.
    #[schema(example = "gm0034")]
    pub(super) gemeente: String,
    /// Wie haar draait; null bij een vertrouwelijke soort.
    pub(super) aanbieder: Option<String>,
    /// Hoeveel plekken er nu vrij zijn; null als dat niet bekend is: bel dan.
    pub(super) vrij: Option<u32>,
    /// De hele stand; null als zij nooit verteld is.
    pub(super) stand: Option<Stand>,
    /// Hoe oud de stand is.
    pub(super) ouderdom: Ouderdom,
    /// Wanneer iemand van de locatie de stand het laatst bevestigde.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) bevestigd_op: Option<Timestamp>,
    /// Of er nu iemand binnen kan.
    pub(super) deur: Deur,
    /// Wie te bellen.
    pub(super) telefoon: Option<String>,
    /// Waar zij is; null bij soorten die nooit op een kaart staan.
    pub(super) plaats: Option<Plaats>,
    /// Of zij verzonnen is, om te proberen.
    pub(super) fictief: bool,
    /// Stijgt met elke verandering van de locatie.
    pub(super) versie: u64,
}

/// The figures of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Stand {
    /// Plekken waarvoor betaald wordt.
    pub(super) gefinancierd: u32,
    /// Plekken die te gebruiken zijn: gefinancierd − buiten gebruik + extra.
    pub(super) bruikbaar: u32,
    /// Plekken, of mensen, die bezet zijn.
    pub(super) bezet: u32,
    /// Plekken die voor iemand vastliggen.
    pub(super) gereserveerd: u32,
    /// Plekken die nu niet te gebruiken zijn.
    pub(super) buiten_gebruik: u32,
    /// Tijdelijke plekken erbij, zoals winteropvang.
    pub(super) extra: u32,
    /// Mensen of plekken boven wat bruikbaar is.
    pub(super) boven: u32,
}

/// Where a location is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plaats {
    /// Graden noorderbreedte.
    pub(super) breedtegraad: f64,
    /// Graden oosterlengte.
    pub(super) lengtegraad: f64,
}

/// How old a stand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Ouderdom {
    /// Jonger dan twee uur.
    Actueel,
    /// Ouder, maar binnen de afspraak.
    Ouder,
    /// Over de afspraak heen: bel.
    Verouderd,
    /// Nooit verteld: bel.
    Onbekend,
}

/// Whether people come in now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Deur {
    /// Er kan iemand binnen.
    Open,
    /// Nu neemt zij niemand op.
    Dicht,
    /// Er is nu geen avond- en nachtdienst, en die is nodig.
    GeenNachtdienst,
    /// Het is niet bekend of de avond- en nachtdienst er is, en die is nodig.
    NachtdienstOnbekend,
}

impl From<Age> for Ouderdom {
    fn from(age: Age) -> Self {
        match age {
            Age::Current => Self::Actueel,
            Age::Older => Self::Ouder,
            Age::Stale => Self::Verouderd,
            Age::Unknown => Self::Onbekend,
        }
    }
}

impl From<Door> for Deur {
    fn from(door: Door) -> Self {
        match door {
            Door::Open => Self::Open,
            Door::Closed => Self::Dicht,
            Door::NoNightCover => Self::GeenNachtdienst,
            Door::NightUnknown => Self::NachtdienstOnbekend,
        }
    }
}

impl From<Figures> for Stand {
    fn from(it: Figures) -> Self {
        Self {
            gefinancierd: it.funded,
            bruikbaar: it.actual(),
            bezet: it.occupied,
            gereserveerd: it.held,
            buiten_gebruik: it.unavailable,
            extra: it.surge,
            boven: it.over(),
        }
    }
}

/// The token of a kind, or `onbekend` for one that is newer than this program.
pub(super) fn kind(kind: Option<Kind>) -> String {
    kind.map_or_else(|| "onbekend".to_owned(), wire::kind_token)
}

/// A text that is not there is null.
pub(super) fn told(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

impl Locatie {
    /// A row of the board.
    pub(super) fn of(row: &Row) -> Self {
        let report = &row.report;
        let figures = report.figures.as_ref().map(wire::figures_in).filter(|_| row.age != Age::Unknown);
        Self {
            dienst: row.service.clone(),
            id: report.location_id.clone(),
            naam: told(&report.location_name),
            soort: kind(row.kind()),
            gemeente: report.gemeente.clone(),
            aanbieder: told(&report.provider),
            vrij: figures.as_ref().map(Figures::free).filter(|_| !row.age.must_call()),
            stand: figures.map(Stand::from),
            ouderdom: row.age.into(),
            bevestigd_op: moment(report.confirmed_at.as_ref()),
            deur: row.door.into(),
            telefoon: told(&report.phone),
            plaats: report
                .coordinates
                .map(|Coordinates { latitude, longitude }| Plaats { breedtegraad: latitude, lengtegraad: longitude }),
            fictief: report.fictief,
            versie: report.version,
        }
    }
}

/// A kind, as a question says it: one of those there are.
pub(super) struct Soort;

/// A gemeente, as a question says it.
pub(super) struct GemeenteCode;

/// A target group, as a question says it: one of those there are.
pub(super) struct Doelgroep;

fn one_of(values: Vec<String>, description: &str) -> RefOr<Schema> {
    let schema = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(values));
    schema.description(Some(description)).into()
}

impl PartialSchema for Soort {
    fn schema() -> RefOr<Schema> {
        one_of(Kind::ALL.into_iter().map(wire::kind_token).collect(), "De soort van een locatie.")
    }
}

impl PartialSchema for GemeenteCode {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        schema.pattern(Some("^(gm[0-9]{4}|regio)$")).description(Some("De CBS-code van een gemeente.")).into()
    }
}

impl PartialSchema for Doelgroep {
    fn schema() -> RefOr<Schema> {
        let known = (1..64).filter_map(|number| TargetGroup::try_from(number).ok());
        one_of(known.map(group_token).collect(), "Een doelgroep.")
    }
}

/// The age of a child, as a question says it.
pub(super) struct Kinderjaren;

impl PartialSchema for Kinderjaren {
    fn schema() -> RefOr<Schema> {
        let schema = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
        schema.minimum(Some(0)).maximum(Some(30)).description(Some("De leeftijd van een kind, in jaren.")).into()
    }
}

impl ToSchema for Kinderjaren {}
impl ToSchema for Soort {}
impl ToSchema for GemeenteCode {}
impl ToSchema for Doelgroep {}

/// What stands before the name of a target group in the contracts.
const GROUP: &str = "TARGET_GROUP_";

fn group_token(group: TargetGroup) -> String {
    group.as_str_name().trim_start_matches(GROUP).to_lowercase()
}

/// A target group by its token.
pub(super) fn group_in(raw: &str) -> Result<TargetGroup, ApiProblem> {
    let named = TargetGroup::from_str_name(&format!("{GROUP}{}", raw.to_uppercase()));
    let known = named.filter(|group| *group != TargetGroup::Unspecified && group_token(*group) == raw);
    known.ok_or_else(|| ApiProblem::field("doelgroepen", "die doelgroep is niet bekend"))
}

/// What part of the region is asked for, as a question says it.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it only describes what a question may say")]
pub(super) struct Filters {
    /// Alleen deze soorten.
    soort: Option<Vec<Soort>>,
    /// Alleen deze gemeenten, als CBS-code; `regio` voor vertrouwelijke soorten.
    gemeente: Option<Vec<GemeenteCode>>,
}

/// What part of the region is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// Only these kinds; none: all.
    pub(super) kinds: Vec<Kind>,
    /// Only these gemeenten; none: all.
    pub(super) gemeenten: Vec<String>,
}

/// Most values of a filter.
const MOST: usize = 50;

impl Filter {
    /// What a question says of it.
    pub(super) fn of(query: &Fields) -> Result<Self, ApiProblem> {
        let kinds: Result<Vec<Kind>, ApiProblem> = query.every("soort").map(kind_in).collect();
        let gemeenten: Vec<String> = query.every("gemeente").map(ToOwned::to_owned).collect();
        let is_code = |code: &String| code == "regio" || Gemeente::parse(code).is_ok();
        if !gemeenten.iter().all(is_code) {
            return Err(ApiProblem::field("gemeente", "moet een CBS-code zijn, zoals gm0034, of regio"));
        }
        if gemeenten.len() > MOST || query.every("soort").count() > MOST {
            return Err(ApiProblem::field("gemeente", "mag hoogstens 50 waarden hebben"));
        }
        Ok(Self { kinds: kinds?, gemeenten })
    }

    /// Whether a row is asked for.
    pub(super) fn shows(&self, row: &Row) -> bool {
        let is_kind = self.kinds.is_empty() || row.kind().is_some_and(|kind| self.kinds.contains(&kind));
        is_kind && (self.gemeenten.is_empty() || self.gemeenten.contains(&row.report.gemeente))
    }

    /// The same, for regio.
    pub(super) fn message(&self) -> proto::regio::v1::Filter {
        let kinds = self.kinds.iter().map(|kind| wire::kind_out(*kind).into()).collect();
        proto::regio::v1::Filter { kinds, gemeenten: self.gemeenten.clone() }
    }
}

/// A kind by its token.
pub(super) fn kind_in(raw: &str) -> Result<Kind, ApiProblem> {
    let found = Kind::ALL.into_iter().find(|kind| wire::kind_token(*kind) == raw);
    found.ok_or_else(|| {
        let all: Vec<String> = Kind::ALL.into_iter().map(wire::kind_token).collect();
        ApiProblem::field("soort", &format!("kies uit {}", all.join(", ")))
    })
}

/// A moment of a question, as RFC 3339 has it; none where it is not there.
pub(super) fn moment_in(query: &Fields, name: &str) -> Result<Option<Timestamp>, ApiProblem> {
    let mut given = query.every(name);
    let (Some(raw), None) = (given.next(), given.next()) else {
        return if query.every(name).next().is_none() {
            Ok(None)
        } else {
            Err(ApiProblem::field(name, "mag er eens staan"))
        };
    };
    instant(name, raw).map(Some)
}

/// A moment, as RFC 3339 has it.
pub(super) fn instant(name: &str, raw: &str) -> Result<Timestamp, ApiProblem> {
    let at: Option<Timestamp> = raw.parse().ok();
    // What regio can keep: the years that a protobuf timestamp knows.
    let at = at.filter(|at| (0..=4_102_444_800).contains(&at.as_second()));
    at.ok_or_else(|| ApiProblem::field(name, "moet een moment zijn zoals 2026-11-30T02:10:00Z, van 1970 tot 2100"))
}

/// Refuses what a question does not know: whoever mistyped a filter must not think that it was used.
pub(super) fn knows(query: &Fields, names: &[&str]) -> Result<(), ApiProblem> {
    match query.names().find(|name| !names.contains(name)) {
        Some(unknown) if unknown.len() < 40 => Err(ApiProblem::field(unknown, "dat veld is hier niet bekend")),
        Some(_) => Err(ApiProblem::body("Deze vraag heeft een veld dat hier niet bekend is.")),
        None => Ok(()),
    }
}
