//! The board of the region, all day: the figures by kind, the night, every location; live, or as it was at an instant. It
//! must not add anything up: the sums are those of regio.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::StreamExt as _;
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
use crate::picture::{self, Overview, Picture, Pictures, Row};
use crate::rights::Area;
use crate::text::Texts;
use crate::view::{Frame, Line, clock, gemeente_name, kind_name, moment};
use crate::visit::Visit;

/// A page hears at least so often that there is somebody.
const ALIVE_EVERY: Duration = Duration::from_secs(10);
/// Every page that is open gets changes at most this often.
const REST: Duration = Duration::from_millis(100);

/// What part of the board is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Filter {
    gemeente: String,
    kind: Option<Kind>,
}

impl Filter {
    fn of(query: &Fields) -> Self {
        let kind = Kind::ALL.into_iter().find(|kind| wire::kind_token(*kind) == query.get("soort"));
        Self { gemeente: query.get("gemeente").to_owned(), kind }
    }

    fn shows(&self, row: &Row) -> bool {
        let here = self.gemeente.is_empty() || row.report.gemeente == self.gemeente;
        here && self.kind.is_none_or(|kind| row.kind() == Some(kind))
    }

    fn is_all(&self) -> bool {
        *self == Self::default()
    }
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
    groups: Vec<Group>,
    state: Stand,
    /// The stream this page follows; none for an instant in the past.
    stream: Option<String>,
    past: String,
    asked: String,
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
impl HtmlSafe for Stand {}

/// The page.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let actor = visit.actor(Area::Regio)?;
    let query = query.unwrap_or_default();
    let fields = Fields::parse(query.as_bytes());
    let (t, region, now) = (visit.t, &portaal.region, visit.now);
    let filter = Filter::of(&fields);
    let asked = fields.get("op").to_owned();
    let at = if asked.is_empty() { None } else { Some(instant(&asked, region, t)?) };
    let picture = Arc::clone(&portaal.pictures.borrow());
    let (rows, overview): (Vec<Arc<Row>>, _) = match at {
        None => (picture.rows.values().cloned().collect(), Arc::clone(&picture.overview)),
        Some(at) => {
            let mut client = portaal.suite.regio(actor);
            let when = Some(wire::time_out(at));
            let history = client.get_history(GetHistoryRequest { at: when, filter: None }).await?.into_inner();
            let overview = client.get_overview(GetOverviewRequest { at: when, filter: None }).await?.into_inner();
            let overview = Overview { rows: overview.rows, totals: overview.totals };
            (past(history.locations, region, at), Arc::new(overview))
        }
    };
    let then = at.unwrap_or(now);
    let kinds = Kind::ALL.into_iter().map(|kind| (wire::kind_token(kind), kind_name(Some(kind)))).collect();
    let names = region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone()));
    let page = Board {
        frame: Frame::new(&visit, t.regio_title),
        region: &region.name,
        chosen_kind: filter.kind.map(wire::kind_token).unwrap_or_default(),
        gemeenten: names.chain([("regio".to_owned(), t.whole_region.to_owned())]).collect(),
        kinds,
        sums: sums(t, region, &overview, &filter, then),
        nights: nights(t, region, rows.iter().map(AsRef::as_ref), then),
        groups: groups(t, region, &rows, &filter, then),
        state: state(t, region, &picture, now),
        stream: at.is_none().then(|| stream_path(&query, &picture)),
        past: at.map(|at| clock(at, now, &region.time_zone)).unwrap_or_default(),
        asked,
        filter: &filter,
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

/// Where the changes after this picture come from.
fn stream_path(query: &str, picture: &Picture) -> String {
    let sign = if query.is_empty() { "" } else { "&" };
    format!("/regio/live?{query}{sign}na={}-{}", picture.epoch, picture.sequence)
}

/// A moment as somebody types it, on the clock of the region.
fn instant(raw: &str, region: &Region, t: &Texts) -> Result<Timestamp, Problem> {
    let local = raw.replace(' ', "T").parse::<jiff::civil::DateTime>().ok();
    let at = local.and_then(|it| it.to_zoned(region.time_zone.clone()).ok()).map(|it| it.timestamp());
    at.ok_or_else(|| Problem::Form { sentence: t.wrong_moment.to_owned() })
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
        Arc::new(Row { sequence: 0, service, report, age, door })
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
    row.kind() != Some(Kind::Nachtdienst)
}

fn sums(t: &'static Texts, region: &Region, overview: &Overview, filter: &Filter, now: Timestamp) -> Sums {
    let all = if filter.gemeente.is_empty() { &overview.totals } else { &overview.rows };
    let here = all.iter().filter(|row| filter.gemeente.is_empty() || row.gemeente == filter.gemeente);
    let kinds = here.filter_map(|row| Some((wire::kind_in(row.kind())?, row)));
    let shown = kinds.filter(|(kind, row)| {
        *kind != Kind::Nachtdienst && row.locations > 0 && filter.kind.is_none_or(|only| only == *kind)
    });
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

/// Where a page is in the stream: the run of this program, and the picture it shows.
fn place(raw: &str) -> Option<(u64, u64)> {
    let (epoch, sequence) = raw.split_once('-')?;
    Some((epoch.parse().ok()?, sequence.parse().ok()?))
}

/// Every change, for as long as somebody looks.
pub(crate) async fn live(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    visit.actor(Area::Regio)?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let (epoch, sequence) = place(last.unwrap_or_else(|| fields.get("na"))).unwrap_or_default();
    let live = Live {
        portaal: Arc::clone(&portaal),
        pictures: portaal.pictures.clone(),
        filter: Filter::of(&fields),
        t: visit.t,
        epoch,
        sequence,
        was_live: None,
    };
    let stream = futures::stream::unfold(live, Live::next).map(Ok::<_, Infallible>);
    Ok(event_stream(Body::from_stream(stream)))
}

/// An answer that goes on.
pub(crate) fn event_stream(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        ("x-accel-buffering", "no"),
    ];
    (headers, body).into_response()
}

/// What one page follows.
struct Live {
    portaal: Arc<Portaal>,
    pictures: Pictures,
    filter: Filter,
    t: &'static Texts,
    epoch: u64,
    sequence: u64,
    was_live: Option<bool>,
}

impl Live {
    /// The next thing to send; none once portaal stops. Who reads slowly skips what was in between.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let picture = Arc::clone(&self.pictures.borrow_and_update());
            if picture.is_complete && self.epoch != picture.epoch {
                // Numbers of another run say nothing: the page has to be made anew.
                self.epoch = picture.epoch;
                self.sequence = picture.sequence;
                return Some((Bytes::from_static(b"event: opnieuw\ndata: \n\n"), self));
            }
            let is_news = picture.sequence > self.sequence || self.was_live != Some(picture.is_live);
            if picture.is_complete && is_news {
                let frame = self.frame(&picture);
                self.sequence = picture.sequence;
                self.was_live = Some(picture.is_live);
                return Some((frame, self));
            }
            tokio::select! {
                changed = tokio::time::timeout(ALIVE_EVERY, self.pictures.changed()) => match changed {
                    Ok(Ok(())) => tokio::time::sleep(REST).await,
                    Ok(Err(_)) => return None,
                    Err(_) => return Some((Bytes::from_static(b"event: hartslag\ndata: \n\n"), self)),
                },
                () = self.portaal.stop.cancelled() => return None,
            }
        }
    }

    /// What changed since the picture this page shows. Pages that show everything and missed nothing share it.
    fn frame(&self, picture: &Picture) -> Bytes {
        let made = || frame(self.t, &self.portaal.region, picture, &self.filter, self.sequence);
        if self.filter.is_all() && self.sequence == picture.previous {
            return picture.step[self.t.index].get_or_init(made).clone();
        }
        made()
    }
}

fn frame(t: &'static Texts, region: &Region, picture: &Picture, filter: &Filter, since: u64) -> Bytes {
    let now = service::clock::now();
    let (changed, gone) = picture.since(since);
    let mut html = String::from("<table><tbody>");
    for row in changed.filter(|row| is_listed(row) && filter.shows(row)) {
        render(&RowLine { t, line: Line::of(t, region, row, now) }, &mut html);
    }
    html.push_str("</tbody>");
    render(&sums(t, region, &picture.overview, filter, now), &mut html);
    html.push_str("</table>");
    render(&nights(t, region, picture.rows.values().map(AsRef::as_ref), now), &mut html);
    render(&state(t, region, picture, now), &mut html);
    for id in gone {
        html.push_str(&format!("<i data-weg=\"{id}\"></i>"));
    }
    let mut frame = format!("id: {}-{}\nevent: bord\n", picture.epoch, picture.sequence);
    for line in html.lines().map(str::trim).filter(|line| !line.is_empty()) {
        frame.push_str("data: ");
        frame.push_str(line);
        frame.push('\n');
    }
    frame.push('\n');
    frame.into()
}

/// Renders a part; that it cannot be is a mistake of ours, and leaves the page as it is.
fn render(part: &impl Template, into: &mut String) {
    if let Err(error) = part.render_into(into) {
        tracing::error!(%error, "A part of a page could not be made");
    }
}
