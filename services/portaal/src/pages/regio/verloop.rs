//! How it went, day by day: occupancy, who came and went, and the demand for which there was no place. A chart is drawn from
//! the table under it, so they cannot differ; the file holds the same. Unknown is never a zero. It must not ask for what a
//! confidential kind did: that is told nowhere.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};
use model::kind::Kind;
use model::moment;
use model::region::Region;
use model::wire;
use proto::regio::v1::{Bucket, FlowRow, GetFlowRequest, GetSeriesRequest, SeriesPoint};

use super::{Filter, WHOLE_REGION, gemeenten};
use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::rights::Area;
use crate::sheet;
use crate::suite::ask;
use crate::text::Texts;
use crate::view::{Frame, kind_name};
use crate::visit::Visit;

/// How many days somebody may look back.
pub(crate) const PERIODS: [i32; 3] = [7, 28, 90];
/// When is looked at what is open by day, in minutes of that day.
const NOON: u32 = 12 * 60;
/// What is looked at without a choice.
const USUAL: i32 = 28;

#[derive(Template)]
#[template(path = "regio/verloop.html")]
struct Page<'a> {
    frame: Frame,
    region: &'a str,
    filter: &'a Filter,
    chosen_kind: String,
    gemeenten: Vec<(String, String)>,
    kinds: Vec<(String, &'static str)>,
    days: i32,
    charts: Vec<Chart>,
    /// The same as a file.
    csv: String,
    board: String,
    gemeente: &'a str,
    /// When it is for whoever prints it.
    printed: String,
}

/// One chart, and the table of what is in it.
struct Chart {
    id: &'static str,
    title: &'static str,
    note: &'static str,
    heads: Vec<Head>,
    rows: Vec<Day>,
}

/// A column.
#[derive(Clone, Copy)]
struct Head {
    name: &'static str,
    /// Whether it is drawn.
    is_line: bool,
}

/// A day of a table.
struct Day {
    /// As in the calendar.
    date: String,
    /// Whether it goes on.
    is_today: bool,
    cells: Vec<String>,
}

/// What is asked, and what there was.
struct Asked {
    filter: Filter,
    days: i32,
    charts: Vec<Chart>,
}

impl Asked {
    async fn read(portaal: &Portaal, visit: &Visit, query: &str) -> Result<Self, Problem> {
        let who = visit.who(Area::Regio)?;
        let fields = Fields::parse(query.as_bytes());
        let filter = Filter::of(&fields, &portaal.region);
        let days = PERIODS.into_iter().find(|days| days.to_string() == fields.get("dagen")).unwrap_or(USUAL);
        let kinds = kinds_of(filter.kind);
        // Under the whole region stands what is confidential.
        if kinds.is_empty() || filter.gemeente == WHOLE_REGION {
            return Ok(Self { filter, days, charts: Vec::new() });
        }
        let (region, now) = (&portaal.region, visit.now);
        let first = moment::day(region, now).saturating_sub((days - 1).days());
        let from = Some(wire::time_out(moment::on(region, first, Time::midnight())));
        let until = Some(wire::time_out(now));
        let part = Some(proto::regio::v1::Filter {
            kinds: kinds.iter().map(|kind| wire::kind_out(*kind).into()).collect(),
            gemeenten: Some(filter.gemeente.clone()).filter(|it| !it.is_empty()).into_iter().collect(),
        });
        let bucket = Bucket::Day.into();
        // At night nobody is at a dagopvang.
        let minute = if filter.kind.is_some_and(Kind::is_by_day) { NOON } else { 0 };
        let series = GetSeriesRequest { from, until, bucket, filter: part.clone(), minute };
        let flow = GetFlowRequest { from, until, bucket, filter: part };
        let client = portaal.suite.regio(who);
        let series = async { ask!(client.get_series(series)) };
        let flow = async { ask!(client.get_flow(flow)) };
        let (series, flow) = tokio::join!(series, flow);
        let told = Told::new(region, series?.into_inner().points, &flow?.into_inner().rows, now);
        Ok(Self { charts: charts(visit.t, filter.kind, &told), filter, days })
    }
}

/// The kinds that are looked at together: one that somebody chose, or all where somebody can sleep. None of a kind of
/// which nothing is told.
fn kinds_of(chosen: Option<Kind>) -> Vec<Kind> {
    match chosen {
        Some(kind) => Some(kind).filter(|kind| kind.has_history()).into_iter().collect(),
        None => Kind::ALL.into_iter().filter(|kind| kind.counts_demand() && !kind.is_by_day()).collect(),
    }
}

/// What regio told, by day.
struct Told(Vec<OfDay>);

struct OfDay {
    date: Date,
    is_today: bool,
    point: SeriesPoint,
    /// Who came and went; none where nothing is known.
    flow: Option<FlowRow>,
}

impl Told {
    fn new(region: &Region, points: Vec<SeriesPoint>, flow: &[FlowRow], now: Timestamp) -> Self {
        let mut flows: BTreeMap<Date, FlowRow> = BTreeMap::new();
        for row in flow {
            let Some(begin) = crate::view::moment(row.from.as_ref()) else { continue };
            add(flows.entry(moment::day(region, begin)).or_default(), row);
        }
        let today = moment::day(region, now);
        let of_day = |point: SeriesPoint| {
            let date = moment::day(region, crate::view::moment(point.from.as_ref())?);
            // Where somebody told how it was and nothing of people, nobody came or went.
            let flow = flows.remove(&date).or_else(|| is_known(&point).then(FlowRow::default));
            Some(OfDay { date, is_today: date == today, point, flow })
        };
        Self(points.into_iter().filter_map(of_day).collect())
    }
}

/// Regio tells it by kind and gemeente; here they are looked at together.
fn add(sum: &mut FlowRow, row: &FlowRow) {
    for (sum, more) in [
        (&mut sum.instroom, row.instroom),
        (&mut sum.uitstroom, row.uitstroom),
        (&mut sum.doorstroom, row.doorstroom),
        (&mut sum.refused, row.refused),
        (&mut sum.unmet, row.unmet),
    ] {
        *sum = sum.saturating_add(more);
    }
}

/// Whether anything is known of a day.
const fn is_known(point: &SeriesPoint) -> bool {
    point.unknown.saturating_add(point.stale) < point.locations
}

fn charts(t: &'static Texts, kind: Option<Kind>, told: &Told) -> Vec<Chart> {
    let chart = |id, title, note, heads: &[(&'static str, bool)], cells: &dyn Fn(&OfDay) -> Vec<String>| Chart {
        id,
        title,
        note,
        heads: heads.iter().map(|(name, is_line)| Head { name, is_line: *is_line }).collect(),
        rows: told
            .0
            .iter()
            .map(|day| Day {
                date: day.date.strftime("%d-%m-%Y").to_string(),
                is_today: day.is_today,
                cells: cells(day),
            })
            .collect(),
    };
    let shown = |figure: Option<u32>| figure.map_or_else(|| "?".to_owned(), |it| it.to_string());
    let place = |day: &OfDay, of: fn(&SeriesPoint) -> u32| shown(is_known(&day.point).then(|| of(&day.point)));
    let flow = |day: &OfDay, of: fn(&FlowRow) -> u32| shown(day.flow.as_ref().map(of));
    let mut charts = vec![chart(
        "bezetting",
        t.chart_places,
        if kind.is_some_and(Kind::is_by_day) { t.chart_places_by_day } else { t.chart_places_note },
        &[(t.col_occupied, true), (t.col_usable, true), (t.col_not_known, false)],
        &|day| {
            let missing = (day.point.unknown + day.point.stale).to_string();
            vec![place(day, |it| it.occupied), place(day, |it| it.actual), missing]
        },
    )];
    // A traject of Housing First is no stay, and where people are only counted nobody tells who comes and goes.
    let has_stays = kind.is_none_or(|kind| kind.counts_demand() && !kind.is_by_day());
    if has_stays {
        charts.push(chart(
            "stroom",
            t.chart_flow,
            t.chart_flow_note,
            &[(t.col_came, true), (t.col_left, true), (t.col_moved_on, true)],
            &|day| vec![flow(day, |it| it.instroom), flow(day, |it| it.uitstroom), flow(day, |it| it.doorstroom)],
        ));
    }
    if kind.is_none_or(Kind::counts_demand) {
        charts.push(chart(
            "tekort",
            t.chart_demand,
            t.chart_demand_note,
            &[(t.col_refused, true), (t.col_unmet, true)],
            &|day| vec![flow(day, |it| it.refused), flow(day, |it| it.unmet)],
        ));
    }
    charts
}

/// Where this part of the board is over time.
pub(super) fn path(filter: &Filter) -> String {
    address("/regio/verloop", filter, None)
}

fn address(path: &str, filter: &Filter, days: Option<i32>) -> String {
    let mut asked = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("gemeente", filter.gemeente.clone()),
        ("soort", filter.kind.map(wire::kind_token).unwrap_or_default()),
        ("dagen", days.map(|it| it.to_string()).unwrap_or_default()),
    ] {
        if !value.is_empty() {
            asked.append_pair(name, &value);
        }
    }
    let asked = asked.finish();
    format!("{path}{}{asked}", if asked.is_empty() { "" } else { "?" })
}

/// The page.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Asked { filter, days, charts } = Asked::read(&portaal, &visit, &query.unwrap_or_default()).await?;
    let region = &portaal.region;
    // One that nothing is told of stays chosen where an address asks for it: the page says so.
    let kinds = Kind::ALL.into_iter().filter(|kind| kind.has_history() || filter.kind == Some(*kind));
    let page = Page {
        frame: Frame::new(&visit, visit.t.verloop_title),
        region: &region.name,
        chosen_kind: filter.kind.map(wire::kind_token).unwrap_or_default(),
        gemeenten: gemeenten(visit.t, region),
        kinds: kinds.map(|kind| (wire::kind_token(kind), kind_name(Some(kind)))).collect(),
        days,
        charts,
        csv: address("/regio/verloop.csv", &filter, Some(days)),
        board: address("/regio", &filter, None),
        printed: crate::view::on_paper(visit.now, &region.time_zone),
        gemeente: crate::view::gemeente_name(visit.t, region, &filter.gemeente),
        filter: &filter,
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

/// The same as a file.
pub(crate) async fn file(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Asked { charts, .. } = Asked::read(&portaal, &visit, &query.unwrap_or_default()).await?;
    Ok(sheet::file("attachment; filename=\"verloop.csv\"", &rows(visit.t, &charts)))
}

/// Every column of every chart, beside each other.
fn rows(t: &Texts, charts: &[Chart]) -> String {
    let heads = charts.iter().flat_map(|chart| chart.heads.iter().map(|head| head.name));
    let mut file = sheet::row(std::iter::once(t.col_day).chain(heads));
    let days = charts.first().map(|chart| chart.rows.as_slice()).unwrap_or_default();
    for (index, day) in days.iter().enumerate() {
        let cells = charts.iter().filter_map(|chart| chart.rows.get(index)).flat_map(|day| day.cells.iter());
        file.push_str(&sheet::row(std::iter::once(day.date.as_str()).chain(cells.map(String::as_str))));
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::NL;

    fn region() -> Region {
        Region::parse(include_str!("../../../../../deploy/regions/flevoland.toml"), "flevoland").unwrap()
    }

    fn at(raw: &str) -> Option<pbjson_types::Timestamp> {
        Some(wire::time_out(raw.parse().unwrap()))
    }

    fn point(from: &str, locations: u32, unknown: u32, stale: u32) -> SeriesPoint {
        SeriesPoint { from: at(from), locations, unknown, stale, occupied: 4, actual: 9, ..SeriesPoint::default() }
    }

    #[test]
    fn unknown_is_a_question_mark_and_never_a_zero() {
        let points = vec![
            point("2026-11-20T23:00:00Z", 0, 0, 0),
            point("2026-11-21T23:00:00Z", 2, 1, 1),
            point("2026-11-22T23:00:00Z", 2, 1, 0),
        ];
        let came = |gemeente: &str| FlowRow {
            from: at("2026-11-22T23:00:00Z"),
            gemeente: gemeente.to_owned(),
            instroom: 2,
            ..FlowRow::default()
        };
        let now = "2026-11-23T02:00:00Z".parse().unwrap();
        let told = Told::new(&region(), points, &[came("gm0034"), came("gm0303")], now);
        let file = rows(&NL, &charts(&NL, None, &told));
        let lines: Vec<_> = file.lines().skip(1).collect();
        assert_eq!(lines, ["21-11-2026;?;?;0;?;?;?;?;?", "22-11-2026;?;?;2;?;?;?;?;?", "23-11-2026;4;9;1;4;0;0;0;0"]);
        assert!(told.0.last().unwrap().is_today);
    }

    #[test]
    fn of_a_confidential_kind_nothing_is_asked_and_the_day_shelter_is_looked_at_by_itself() {
        for kind in Kind::ALL {
            let is_told = !kind.is_confidential() && kind != Kind::Nachtdienst;
            assert_eq!(kinds_of(Some(kind)).len(), usize::from(is_told), "{kind:?}");
            assert!(!kinds_of(None).contains(&kind) || is_told && kind != Kind::Dagopvang, "{kind:?}");
        }
    }
}
