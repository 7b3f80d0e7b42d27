//! Rows 11 to 13: what people and programs see over HTTP. A thousand open pages while fifty changes a second happen; ten
//! thousand programs that follow ten a second; and the page that finds a place among ten thousand. All of it from the
//! moment a change was sent, over a session and tokens as anybody has them. It must not count a page that was told nothing
//! as told.

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use identity::{Source, Tokens};
use model::actor::Role;
use proto::availability::v1::Needs;
use proto::regio::v1::FindPlacesRequest;
use service::broker::Broker;
use service::clock;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::child::{Child, Kind, free_ports};
use super::figures::{Check, Figure, Floor, Goal, Unit, millis, percentile};
use super::fixture::{self, Services, location_number};
use super::live::changes;
use super::machine::memory_kib;
use super::seen::{Mark, delays};
use super::web::{self, Lines};
use super::{Bench, Row, failed};
use crate::suite::Service;
use crate::{Exit, Failure};

/// Locations, and places of each, of the board that is followed.
const LOCATIONS: (u32, u32) = (50, 20);
/// The same of the region in which a place is looked for: ten thousand places.
const MANY: (u32, u32) = (500, 20);
/// Time between two changes for pages, and for programs.
const PAGES_EVERY: Duration = Duration::from_millis(20);
const PROGRAMS_EVERY: Duration = Duration::from_millis(100);
/// Programs of one caller: as many as one may have.
const OF_ONE: usize = 20;
/// Streams that are opened at a time.
const AT_ONCE: usize = 100;
/// How long the last changes may take to arrive.
const SETTLE: Duration = Duration::from_secs(5);
/// How long everybody may take to be told the board.
const TOLD_WITHIN: Duration = Duration::from_secs(120);

/// A suite with pages before it.
struct Suite {
    broker: Broker,
    services: Services,
    pages: Child,
    url: String,
}

impl Suite {
    async fn start(bench: &Bench, folder: &Path, (locations, places): (u32, u32)) -> Result<Self, Failure> {
        let broker = fixture::broker(bench, folder).await?;
        let both = [Service::Logeerplek, Service::Regio];
        let services = Services::start(bench, folder, &broker, &both, &fixture::sqlite(folder)).await?;
        services.fill(bench, locations, places).await?;
        let address = format!("127.0.0.1:{}", free_ports(1)?);
        let at = &services.connection;
        let args = ["portaal", "--listen", &address, "--region", bench.region.id.as_str(), "--issuer", &bench.issuer];
        let args = [&args[..], &["--logeerplek", &at.logeerplek, "--regio", &at.regio]].concat();
        let mut pages = Child::start(folder, Kind::Single, &args)?;
        let url = format!("http://{address}");
        let every = Duration::from_millis(50);
        let bearer = bearer(bench, "beleid:meting-0").await?;
        let asks = async || {
            let headers = [("authorization", bearer.as_str())];
            let answer = web::send("GET", &format!("{url}/api/v1/locaties"), &headers, "").await.ok()?;
            let told = answer.body.matches("\"soort\"").count();
            (answer.status == 200 && told >= usize::try_from(locations).unwrap_or(usize::MAX)).then_some(())
        };
        pages.answers(every, asks).await?;
        Ok(Self { broker, services, pages, url })
    }

    async fn end(self) {
        self.pages.end().await;
        self.services.child.end().await;
        self.broker.stop().await;
    }

    /// The cookie of a dispatcher who signed in as anybody does.
    async fn session(&self) -> Result<String, Failure> {
        let begun = web::send("GET", &format!("{}/aanmelden?als=dispatcher:demo", self.url), &[], "").await?;
        let chosen = web::send("GET", begun.header("location"), &[], "").await?;
        let cookies = begun.cookies();
        let done = web::send("GET", chosen.header("location"), &[("cookie", &cookies)], "").await?;
        let session = done.cookies();
        if session.contains("onderdak=") { Ok(session) } else { Err(Failure::new(Exit::Failed, "aanmelden lukt niet")) }
    }
}

/// A token of a program, as a header says it.
async fn bearer(bench: &Bench, actor: &str) -> Result<String, Failure> {
    let actor = actor.parse().map_err(|why| Failure::new(Exit::Failed, why))?;
    let tokens = Tokens::new(Source::Demo { issuer: bench.issuer.clone(), actor });
    let header = tokens.bearer().await.map_err(failed)?;
    Ok(header.to_str().map_err(failed)?.to_owned())
}

/// What a stream told, and when.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Up to which change of the board.
    sequence: u64,
    /// A version of a location; of pages that is not told.
    mark: Mark,
}

/// Follows a stream of events; tells when the board as it is has been told.
async fn follow(
    url: String,
    header: (&'static str, String),
    begun: mpsc::Sender<()>,
    stop: CancellationToken,
) -> Result<Vec<Told>, Failure> {
    let mut lines = Lines::open(&url, &[(header.0, &header.1)]).await?;
    let (mut all, mut sequence, mut is_first) = (Vec::new(), 0, true);
    loop {
        let next = tokio::select! {
            next = lines.next() => next?,
            () = stop.cancelled() => return Ok(all),
        };
        let Some((line, at)) = next else { return Ok(all) };
        if let Some(id) = line.strip_prefix("id: ") {
            sequence = id.rsplit('-').next().and_then(|it| it.parse().ok()).unwrap_or(0);
            all.push(Told { sequence, mark: Mark { thing: u32::MAX, version: 0, at } });
        } else if let Some((thing, version)) = line.strip_prefix("data: ").and_then(version) {
            all.push(Told { sequence, mark: Mark { thing, version, at } });
        }
        // A page hears something at once: whether the board is live. A program hears that it has it all.
        if std::mem::take(&mut is_first) && header.0 == "cookie" || line == "event: compleet" {
            // Only this row listens; when it is gone there is nobody to tell.
            let _ = begun.send(()).await;
        }
    }
}

/// Which version of which location an event is about.
fn version(data: &str) -> Option<(u32, u64)> {
    let text = |name: &str| data.split_once(name).map(|(_, rest)| rest);
    let id = text("\"id\":\"")?.split('"').next()?;
    let version = text("\"versie\":")?.split([',', '}']).next()?;
    Some((location_number(id)?, version.parse().ok()?))
}

/// Opens streams, a few at a time, and waits until each has the board.
async fn everybody(
    streams: Vec<(String, (&'static str, String))>,
    stop: &CancellationToken,
) -> Result<JoinSet<Result<Vec<Told>, Failure>>, Failure> {
    let (begun, mut begins) = mpsc::channel(AT_ONCE);
    let mut following = JoinSet::new();
    let mut waiting = 0;
    for (url, header) in streams {
        following.spawn(follow(url, header, begun.clone(), stop.clone()));
        waiting += 1;
        if waiting == AT_ONCE {
            told(&mut begins, &mut following, waiting).await?;
            waiting = 0;
        }
    }
    told(&mut begins, &mut following, waiting).await?;
    Ok(following)
}

async fn told(
    begins: &mut mpsc::Receiver<()>,
    following: &mut JoinSet<Result<Vec<Told>, Failure>>,
    count: usize,
) -> Result<(), Failure> {
    for _ in 0..count {
        tokio::select! {
            _ = begins.recv() => {}
            ended = following.join_next() => {
                if let Some(ended) = ended {
                    ended.map_err(failed)??;
                }
                return Err(Failure::new(Exit::Failed, "een stroom hield op voordat het bord verteld was"));
            }
            () = tokio::time::sleep(TOLD_WITHIN) => {
                return Err(Failure::new(Exit::Failed, "niet elke stroom vertelde het bord op tijd"));
            }
        }
    }
    Ok(())
}

/// What a row found.
struct Found {
    p50: Duration,
    p99: Duration,
    missing: u64,
    kib_each: f64,
}

fn checks(what: &str, count: u64, found: &[Found]) -> Vec<Check> {
    let of = |value: fn(&Found) -> f64| found.iter().map(value).collect::<Vec<f64>>();
    let whole = |it: &Found| f64::from(u32::try_from(it.missing).unwrap_or(u32::MAX));
    vec![
        Check::new(
            format!("{what} elk van {count}, p99"),
            Figure::of(Unit::Milliseconds, of(|it| millis(it.p99))),
            Goal::Below(1_000.0),
        ),
        Check::new("hetzelfde, p50", Figure::of(Unit::Milliseconds, of(|it| millis(it.p50))), Goal::Nothing),
        Check::new("niet aangekomen, ook niet samengevat", Figure::of(Unit::Count, of(whole)), Goal::Below(1.0)),
        Check::new("geheugen per stroom", Figure::of(Unit::Kibibytes, of(|it| it.kib_each)), Goal::Nothing),
    ]
}

/// Row 11: pages of people.
pub(super) async fn open_pages(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let count = bench.size(1_000, 50);
    let mut found = Vec::new();
    for number in bench.rounds() {
        let folder = bench.round(Row::Paginas, number)?;
        let suite = Suite::start(bench, folder.path(), LOCATIONS).await?;
        let session = suite.session().await?;
        let stream = || (format!("{}/regio/live?na=0-0", suite.url), ("cookie", session.clone()));
        let streams = (0..count).map(|_| stream()).collect();
        found.push(fan_out(bench, &suite, streams, PAGES_EVERY).await?);
        suite.end().await;
    }
    Ok(checks("tik tot op het scherm van", count, &found))
}

/// Row 12: programs.
pub(super) async fn subscribers(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let count = bench.size(10_000, 200);
    let mut found = Vec::new();
    for number in bench.rounds() {
        let folder = bench.round(Row::Abonnees, number)?;
        let suite = Suite::start(bench, folder.path(), LOCATIONS).await?;
        let mut streams = Vec::new();
        let mut token = String::new();
        for program in 0..usize::try_from(count).unwrap_or(0) {
            if program.is_multiple_of(OF_ONE) {
                token = bearer(bench, &format!("beleid:meting-{}", program / OF_ONE + 1)).await?;
            }
            streams.push((format!("{}/api/v1/events", suite.url), ("authorization", token.clone())));
        }
        found.push(fan_out(bench, &suite, streams, PROGRAMS_EVERY).await?);
        suite.end().await;
    }
    Ok(checks("verandering tot bij", count, &found))
}

/// Changes the board and looks when each stream was told.
async fn fan_out(
    bench: &Bench,
    suite: &Suite,
    streams: Vec<(String, (&'static str, String))>,
    every: Duration,
) -> Result<Found, Failure> {
    let (_, lasts) = bench.spans();
    let count = streams.len();
    let stop = CancellationToken::new();
    // One that is told versions as well as changes: pages are told changes only.
    let one = ("authorization", bearer(bench, "beleid:meting-0").await?);
    let mut one = everybody(vec![(format!("{}/api/v1/events", suite.url), one)], &stop).await?;
    changes(&suite.services.connection, every, lasts).await?;
    let before = memory_kib(suite.pages.id());
    let mut following = everybody(streams, &stop).await?;
    let sent: Vec<Mark> =
        changes(&suite.services.connection, every, lasts).await?.iter().map(|change| change.sent).collect();
    tokio::time::sleep(SETTLE).await;
    let after = memory_kib(suite.pages.id());
    stop.cancel();
    let mut known = Vec::new();
    while let Some(ended) = one.join_next().await {
        known.extend(ended.map_err(failed)??);
    }
    let sent = numbered(&sent, &known);
    let (mut all, mut missing) = (Vec::new(), 0);
    while let Some(ended) = following.join_next().await {
        let marks: Vec<Mark> = ended.map_err(failed)??.iter().map(numbers).collect();
        let (took, lost) = delays(&sent, &marks);
        all.extend(took);
        missing += lost;
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let kib_each = after.saturating_sub(before) as f64 / count.max(1) as f64;
    Ok(Found { p50: percentile(&mut all, 0.50), p99: percentile(&mut all, 0.99), missing, kib_each })
}

/// A change of the board, as a version of one thing.
fn numbers(told: &Told) -> Mark {
    Mark { thing: 0, version: told.sequence, at: told.mark.at }
}

/// Changes that were sent, by their number on the board; one that nobody told stays one that nobody can have.
fn numbered(sent: &[Mark], known: &[Told]) -> Vec<Mark> {
    let mut by_thing: HashMap<u32, Vec<(u64, u64)>> = HashMap::new();
    for told in known {
        by_thing.entry(told.mark.thing).or_default().push((told.mark.version, told.sequence));
    }
    let number = |mark: &Mark| {
        let told = by_thing.get(&mark.thing).into_iter().flatten();
        told.filter(|(version, _)| *version >= mark.version).map(|(_, sequence)| *sequence).min().unwrap_or(u64::MAX)
    };
    sent.iter().map(|mark| Mark { thing: 0, version: number(mark), at: mark.at }).collect()
}

/// Row 13: the page that finds a place.
pub(super) async fn find_page(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let asked = bench.size(300, 30);
    let (mut ours, mut bare) = (Vec::new(), Vec::new());
    for number in bench.rounds() {
        let folder = bench.round(Row::Zoekpagina, number)?;
        let suite = Suite::start(bench, folder.path(), MANY).await?;
        let session = suite.session().await?;
        let headers = [
            ("cookie", session.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("origin", suite.url.as_str()),
        ];
        let regio = suite.services.acting_as(Role::Dispatcher).regio()?;
        let (mut pages, mut calls) = (Vec::new(), Vec::new());
        for _ in 0..asked {
            let form = format!("opdracht={}&van=gm0034&leeftijd=34&soort=logeerplek", uuid::Uuid::now_v7());
            let started = clock::stopwatch();
            let answer = web::send("POST", &format!("{}/zoek", suite.url), &headers, &form).await?;
            pages.push(since(started));
            if answer.status != 200 || !answer.body.contains("bench-") {
                return Err(Failure::new(Exit::Failed, format!("de zoekpagina vond niets ({})", answer.status)));
            }
            let needs = Some(Needs { age: Some(34), nights: 1, ..Needs::default() });
            let request = FindPlacesRequest { needs, from_gemeente: "gm0034".to_owned(), ..Default::default() };
            let started = clock::stopwatch();
            regio.clone().find_places(request).await?;
            calls.push(since(started));
        }
        ours.push(millis(percentile(&mut pages, 0.95)));
        bare.push(millis(percentile(&mut calls, 0.95)));
        suite.end().await;
    }
    let floor = Floor::Measured {
        what: "dezelfde vraag over gRPC, p95".to_owned(),
        figure: Figure::of(Unit::Milliseconds, bare),
    };
    let what = "een plek zoeken op de pagina, p95";
    Ok(vec![Check::new(what, Figure::of(Unit::Milliseconds, ours), Goal::Below(200.0)).beside(floor)])
}

fn since(started: Instant) -> Duration {
    started.elapsed()
}
