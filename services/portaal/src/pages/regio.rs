//! The board of the region, all day: the figures by kind, the night, every location; live, or as it was at an instant. It
//! must not add anything up: the sums are those of regio.

mod csv;
mod live;
mod map;
mod slots;
pub(crate) mod verloop;

use std::sync::{Arc, OnceLock};

use askama::Template;
use askama::filters::HtmlSafe;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use model::doors::Nights;
use model::kind::Kind;
use model::night;
use model::region::Region;
use model::wire;
use proto::availability::v1::availability_reported::Detail;
use proto::regio::v1::{BoardLocation, GetHistoryRequest, GetOverviewRequest, OverviewRow};

use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::picture::{self, Overview, Picture, Row};
use crate::rights::Area;
use crate::suite::ask;
use crate::text::Texts;
use crate::view::{Frame, Line, clock, gemeente_name, kind_name, moment};
use crate::visit::Visit;

pub(crate) use self::csv::csv;
pub(crate) use self::live::{event_stream, live, while_signed_in};
use self::map::Map;
use self::slots::SlotRows;

/// Under the whole region stands what is confidential.
const WHOLE_REGION: &str = "regio";

/// What part of the board is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Filter {
    gemeente: String,
    kind: Option<Kind>,
}

impl Filter {
    /// What somebody chose, of what there is to choose: an old address with something else asks for everything, and shows that.
    fn of(query: &Fields, region: &Region) -> Self {
        let kind = Kind::ALL.into_iter().find(|kind| wire::kind_token(*kind) == query.get("soort"));
        let chosen = query.get("gemeente");
        let is_here = chosen == WHOLE_REGION || region.gemeenten.iter().any(|it| it.code.as_str() == chosen);
        Self { gemeente: if is_here { chosen.to_owned() } else { String::new() }, kind }
    }

    fn is_here(&self, row: &Row) -> bool {
        self.gemeente.is_empty() || row.report.gemeente == self.gemeente
    }

    fn shows(&self, row: &Row) -> bool {
        self.is_here(row) && self.kind.is_none_or(|kind| row.kind() == Some(kind))
    }

    fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// The gemeenten there are to choose, with the whole region behind them.
fn gemeenten(t: &Texts, region: &Region) -> Vec<(String, String)> {
    let names = region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone()));
    names.chain([(WHOLE_REGION.to_owned(), t.whole_region.to_owned())]).collect()
}

#[derive(Template)]
#[template(path = "regio.html")]
struct Board<'a> {
    frame: Frame,
    region: &'a str,
    filter: &'a Filter,
    chosen_kind: String,
    gemeenten: Vec<(String, String)>,
    kinds: Vec<(String, &'static str)>,
    sums: Sums,
    nights: NightBars,
    slots: SlotRows,
    map: Map,
    groups: Vec<Group>,
    state: Stand,
    /// The stream this page follows; none for an instant in the past.
    stream: Option<String>,
    past: String,
    /// The same as a file.
    csv: String,
    /// The same over time.
    verloop: String,
    asked: String,
    /// When it is for whoever prints it, and on what clock.
    printed: String,
    zone: &'a str,
}

/// The locations of one gemeente.
struct Group {
    id: String,
    name: String,
    lines: Vec<RowLine>,
}

/// A row of the board.
#[derive(Template)]
#[template(path = "regio/row.html")]
struct RowLine {
    t: &'static Texts,
    line: Line,
}

/// The figures by kind.
#[derive(Template)]
#[template(path = "regio/sums.html")]
struct Sums {
    t: &'static Texts,
    rows: Vec<Sum>,
}

/// The figures of one kind.
struct Sum {
    kind: &'static str,
    row: OverviewRow,
    /// Of none of its locations the stand is known; that is not zero.
    is_unknown: bool,
    oldest: String,
}

/// The evening and night of every gemeente.
#[derive(Template)]
#[template(path = "regio/nights.html")]
struct NightBars {
    title: String,
    rows: Vec<NightBar>,
}

/// Of one gemeente.
struct NightBar {
    gemeente: String,
    words: String,
    is_covered: bool,
    is_known: bool,
    /// Parts of the night in which nobody is there, in thousandths of it: from where, and how much.
    gaps: Vec<(u32, u32)>,
}

/// Whether what is shown is how it is.
#[derive(Template)]
#[template(path = "regio/state.html")]
struct Stand {
    t: &'static Texts,
    is_live: bool,
    since: String,
}

// These are parts of a page: made of a template, so escaped already.
impl HtmlSafe for RowLine {}
impl HtmlSafe for Sums {}
impl HtmlSafe for NightBars {}
impl HtmlSafe for SlotRows {}
impl HtmlSafe for Map {}
impl HtmlSafe for Stand {}

/// What is asked of the board, and what there is.
struct Shown {
    filter: Filter,
    asked: String,
    /// The instant in the past; none: now.
    at: Option<Timestamp>,
    picture: Arc<Picture>,
    rows: Vec<Arc<Row>>,
    overview: Arc<Overview>,
}

impl Shown {
    async fn read(portaal: &Portaal, visit: &Visit, query: &str) -> Result<Self, Problem> {
        let who = visit.who(Area::Regio)?;
        let fields = Fields::parse(query.as_bytes());
        let region = &portaal.region;
        let (filter, asked) = (Filter::of(&fields, region), fields.get("op").to_owned());
        let at = if asked.is_empty() { None } else { Some(instant(&asked, region, visit.t, visit.now)?) };
        let picture = Arc::clone(&portaal.pictures.borrow());
        let (rows, overview) = match at {
            None => (picture.rows.values().cloned().collect(), Arc::clone(&picture.overview)),
            Some(at) => {
                let client = portaal.suite.regio(who);
                let when = Some(wire::time_out(at));
                let history = ask!(client.get_history(GetHistoryRequest { at: when, filter: None }))?.into_inner();
                let overview = ask!(client.get_overview(GetOverviewRequest { at: when, filter: None }))?.into_inner();
                let overview = Overview { rows: overview.rows, totals: overview.totals };
                (past(history.locations, region, at), Arc::new(overview))
            }
        };
        Ok(Self { filter, asked, at, picture, rows, overview })
    }
}

/// The page.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query = query.unwrap_or_default();
    let Shown { filter, asked, at, picture, rows, overview } = Shown::read(&portaal, &visit, &query).await?;
    let (t, region, now) = (visit.t, &portaal.region, visit.now);
    let then = at.unwrap_or(now);
    let kinds = Kind::ALL.into_iter().map(|kind| (wire::kind_token(kind), kind_name(Some(kind)))).collect();
    let page = Board {
        frame: Frame::new(&visit, t.regio_title),
        region: &region.name,
        chosen_kind: filter.kind.map(wire::kind_token).unwrap_or_default(),
        gemeenten: gemeenten(t, region),
        kinds,
        sums: sums(t, region, &overview, &filter, then),
        nights: nights(t, region, rows.iter().map(AsRef::as_ref).filter(|row| filter.is_here(row)), then),
        slots: slots::of(t, region, rows.iter().map(AsRef::as_ref), &overview, &filter),
        map: Map::of(t, region),
        groups: groups(t, region, &rows, &filter, then),
        state: state(t, region, &picture, now),
        stream: at.is_none().then(|| stream_path(&query, &picture)),
        past: at
            .map(|at| at.to_zoned(region.time_zone.clone()).strftime("%d-%m-%Y %H:%M").to_string())
            .unwrap_or_default(),
        csv: format!("/regio/bord.csv{}{query}", if query.is_empty() { "" } else { "?" }),
        verloop: verloop::path(&filter),
        asked,
        printed: crate::view::on_paper(visit.now, &region.time_zone),
        zone: region.time_zone.iana_name().unwrap_or("UTC"),
        filter: &filter,
    };
    answer::page_with_images(&page, &visit.nonce, map::GROUND)
}

/// Where the changes after this picture come from.
fn stream_path(query: &str, picture: &Picture) -> String {
    let sign = if query.is_empty() { "" } else { "&" };
    format!("/regio/live?{query}{sign}na={}-{}", picture.epoch, picture.sequence)
}

/// A moment as somebody types it, on the clock of the region.
fn instant(raw: &str, region: &Region, t: &Texts, now: Timestamp) -> Result<Timestamp, Problem> {
    let local = raw.replace(' ', "T").parse::<jiff::civil::DateTime>().ok();
    let at = local.and_then(|it| it.to_zoned(region.time_zone.clone()).ok()).map(|it| it.timestamp());
    let at = at.ok_or_else(|| Problem::Form { sentence: t.wrong_moment.to_owned() })?;
    if at > now { Err(Problem::Form { sentence: t.future_moment.to_owned() }) } else { Ok(at) }
}

fn past(locations: Vec<BoardLocation>, region: &Region, at: Timestamp) -> Vec<Arc<Row>> {
    let reports: Vec<_> = locations
        .into_iter()
        .filter_map(|it| Some((it.service, Arc::new(it.report.filter(|report| !report.retired)?))))
        .collect();
    let aged = reports.iter().map(|(_, report)| (report.as_ref(), picture::age_of(report, at)));
    let nights = Nights::of(aged, at);
    let row = |(service, report): (String, Arc<_>)| {
        let (age, door) = (picture::age_of(&report, at), nights.door(&report, at, &region.time_zone));
        Arc::new(Row { sequence: 0, service, report, age, door, event: OnceLock::new() })
    };
    reports.into_iter().map(row).collect()
}

fn groups(t: &'static Texts, region: &Region, rows: &[Arc<Row>], filter: &Filter, now: Timestamp) -> Vec<Group> {
    let codes = region.gemeenten.iter().map(|it| it.code.as_str()).chain(["regio"]);
    let group = |code: &str| {
        let here = rows.iter().filter(|row| row.report.gemeente == code && is_listed(row) && filter.shows(row));
        let lines: Vec<RowLine> = here.map(|row| RowLine { t, line: Line::of(t, region, row, now) }).collect();
        Group { id: format!("g-{code}"), name: gemeente_name(t, region, code).to_owned(), lines }
    };
    // A gemeente that has nothing now may have something in a moment.
    let is_shown = |group: &Group| filter.gemeente.is_empty() || group.id == format!("g-{}", filter.gemeente);
    codes.map(group).filter(is_shown).collect()
}

/// The nachtdienst has no places: when it is there stands above.
fn is_listed(row: &Row) -> bool {
    row.kind().is_none_or(Kind::adds_up)
}

fn sums(t: &'static Texts, region: &Region, overview: &Overview, filter: &Filter, now: Timestamp) -> Sums {
    let all = if filter.gemeente.is_empty() { &overview.totals } else { &overview.rows };
    let here = all.iter().filter(|row| filter.gemeente.is_empty() || row.gemeente == filter.gemeente);
    let kinds = here.filter_map(|row| Some((wire::kind_in(row.kind())?, row)));
    let shown =
        kinds.filter(|(kind, row)| kind.adds_up() && row.locations > 0 && filter.kind.is_none_or(|only| only == *kind));
    let sum = |(kind, row): (Kind, &OverviewRow)| Sum {
        kind: kind_name(Some(kind)),
        is_unknown: row.unknown + row.stale == row.locations,
        row: row.clone(),
        oldest: moment(row.oldest_confirmation.as_ref())
            .map_or_else(|| t.never.to_owned(), |at| clock(at, now, &region.time_zone)),
    };
    Sums { t, rows: shown.map(sum).collect() }
}

/// The night that is, or by day the one that comes.
fn nights<'a>(t: &'static Texts, region: &Region, rows: impl Iterator<Item = &'a Row>, now: Timestamp) -> NightBars {
    let ahead = model::moment::later(now, SignedDuration::from_hours(24));
    let night = night::nights(region, now, ahead).into_iter().find(|night| night.until > now);
    let Some(night) = night else { return NightBars { title: String::new(), rows: Vec::new() } };
    let length = night.until.duration_since(night.from).as_secs().max(1);
    let share = |at: Timestamp| {
        let since = at.clamp(night.from, night.until).duration_since(night.from).as_secs();
        u32::try_from(since * 1_000 / length).unwrap_or(1_000)
    };
    let bar = |row: &'a Row| {
        let Some(Detail::Cover(cover)) = &row.report.detail else { return None };
        let part = |it: &proto::availability::v1::Period| Some((moment(it.from.as_ref())?, moment(it.until.as_ref())?));
        let tonight =
            cover.gaps.iter().filter_map(part).filter(|(from, until)| *from < night.until && *until > night.from);
        let gaps: Vec<(Timestamp, Timestamp)> = tonight.collect();
        let is_known = !row.age.must_call();
        let zone = &region.time_zone;
        let hours = |(from, until): &(Timestamp, Timestamp)| {
            let (from, until) = ((*from).max(night.from), (*until).min(night.until));
            format!(
                "{}–{}",
                from.to_zoned(zone.clone()).strftime("%H:%M"),
                until.to_zoned(zone.clone()).strftime("%H:%M")
            )
        };
        let words = match (is_known, gaps.is_empty()) {
            (false, _) => t.night_unknown.to_owned(),
            (true, true) => t.night_covered.to_owned(),
            (true, false) => format!("{} {}", t.night_gap, gaps.iter().map(hours).collect::<Vec<_>>().join(", ")),
        };
        let thousandths =
            |(from, until): &(Timestamp, Timestamp)| (share(*from), share(*until).saturating_sub(share(*from)));
        Some(NightBar {
            gemeente: gemeente_name(t, region, &row.report.gemeente).to_owned(),
            words,
            is_covered: gaps.is_empty() && is_known,
            is_known,
            gaps: gaps.iter().map(thousandths).collect(),
        })
    };
    let hour = |at: Timestamp| at.to_zoned(region.time_zone.clone()).strftime("%H:%M").to_string();
    let title = format!("{} {}–{}", t.nights_title, hour(night.from), hour(night.until));
    NightBars { title, rows: rows.filter_map(bar).collect() }
}

fn state(t: &'static Texts, region: &Region, picture: &Picture, now: Timestamp) -> Stand {
    let since = picture.heard.map(|at| clock(at, now, &region.time_zone)).unwrap_or_default();
    Stand { t, is_live: picture.is_live, since }
}
