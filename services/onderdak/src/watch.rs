//! `onderdak watch`: the board of the region in a terminal, live. After a break it goes on where it was. It must not
//! show as free what is unknown.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;
use model::doors::{Door, Nights};
use model::wire;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{Age, AvailabilityReported, Figures};
use proto::regio::v1::watch_response::Event;
use proto::regio::v1::{BoardLocation, Filter, WatchRequest, WatchResponse};

use service::clock;

use crate::cli::Common;
use crate::output::{self, Format};
use crate::{Exit, Failure, dates, regions};

/// Options of `watch`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Alleen deze gemeente; mag vaker.
    #[arg(long, value_name = "GEMEENTE")]
    gemeente: Vec<String>,
    /// Laat het bord één keer zien en stop.
    #[arg(long)]
    once: bool,
}

/// Longest time between two drawings, so that ages stay true.
const DRAW_EVERY: Duration = Duration::from_secs(5);
/// Shortest time between two drawings.
const REST: Duration = Duration::from_millis(200);
/// Wait before connecting again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// How long the first picture may take, and a sign of life after it; a heartbeat comes every 15 seconds.
const ALIVE_WITHIN: Duration = Duration::from_secs(40);
/// Columns that are left out first where the terminal is narrow.
pub(crate) const LEAST: [&str; 7] = ["Soort", "Buiten", "Extra", "Geres.", "Gemeente", "Te veel", "Bezet"];

/// Heads of the board's table.
pub(crate) const HEADS: [&str; 11] =
    ["Gemeente", "Locatie", "Soort", "Vrij", "Geres.", "Bezet", "Buiten", "Extra", "Te veel", "Stand", "Bel"];

/// Why it was not followed any further.
enum Ended {
    /// Everything was told, or somebody stopped it.
    Done,
    /// The token that opened it is over.
    Token,
}

type Rows = BTreeMap<(String, String, String), BoardLocation>;

/// Watches until Ctrl-C.
pub async fn run(options: Options, common: &Common) -> Result<(), Failure> {
    let gemeenten = options.gemeente.iter().map(|raw| regions::gemeente(raw).map(|code| code.to_string()));
    let gemeenten = gemeenten.collect::<Result<Vec<_>, _>>().map_err(|why| Failure::new(Exit::Input, why))?;
    let mut token = String::new();
    let mut rows = Rows::new();
    loop {
        let filter = Some(Filter { kinds: Vec::new(), gemeenten: gemeenten.clone() });
        let ended = follow(filter, &mut token, &mut rows, options.once, common).await;
        match ended {
            Ok(Ended::Done) => return Ok(()),
            // Nothing is wrong: with another token it goes on where it was.
            Ok(Ended::Token) => {}
            Err(failure) if options.once || failure.exit != Exit::Unreachable => return Err(failure),
            Err(failure) => {
                eprintln!("Geen verbinding: {} Dit bord kan verouderd zijn; opnieuw verbinden …", failure.sentence);
                tokio::select! {
                    () = tokio::time::sleep(AGAIN_AFTER) => {}
                    _ = tokio::signal::ctrl_c() => return Ok(()),
                }
            }
        }
    }
}

async fn follow(
    filter: Option<Filter>,
    token: &mut String,
    rows: &mut Rows,
    once: bool,
    common: &Common,
) -> Result<Ended, Failure> {
    let mut client = common.connection.regio()?;
    let request = WatchRequest { resume_token: token.clone(), filter };
    let mut answers = client.watch(request).await?.into_inner();
    let mut complete = !token.is_empty();
    let (mut dirty, mut drawn) = (complete, clock::stopwatch());
    let mut heard = clock::stopwatch();
    loop {
        // A burst of changes is drawn once it rests, but not later than the longest time between two drawings.
        let rest = if dirty && drawn.elapsed() < DRAW_EVERY { REST } else { DRAW_EVERY };
        let answer = tokio::select! {
            answer = answers.message() => match answer {
                Err(status) if service::guard::is_token_ended(&status) => return Ok(Ended::Token),
                answer => answer.map_err(broke_off)?,
            },
            () = tokio::time::sleep(rest) => {
                if heard.elapsed() > ALIVE_WITHIN {
                    return Err(Failure::new(Exit::Unreachable, "de dienst regio zwijgt."));
                }
                draw(rows, complete && !once, !once, common)?;
                (dirty, drawn) = (false, clock::stopwatch());
                continue;
            }
            _ = tokio::signal::ctrl_c() => return Ok(Ended::Done),
        };
        let Some(answer) = answer else {
            return Err(Failure::new(Exit::Unreachable, "de dienst regio is gestopt."));
        };
        heard = clock::stopwatch();
        if common.output == Format::Json {
            output::json(&answer)?;
        }
        token.clone_from(&answer.resume_token);
        complete |= take(answer, rows);
        dirty = true;
        if complete && once {
            return draw(rows, true, false, common).map(|()| Ended::Done);
        }
        if drawn.elapsed() > DRAW_EVERY {
            draw(rows, complete, !once, common)?;
            (dirty, drawn) = (false, clock::stopwatch());
        }
    }
}

/// Nothing was asked to be done, so there is no doubt about what became of it.
fn broke_off(status: tonic::Status) -> Failure {
    if service::client::is_broken(&status) {
        Failure::new(Exit::Unreachable, "de verbinding viel weg.")
    } else {
        status.into()
    }
}

/// Takes an answer into the table; says whether the first picture is complete.
fn take(answer: WatchResponse, rows: &mut Rows) -> bool {
    match answer.event {
        Some(Event::Location(location)) => {
            let key = order(&location);
            if location.report.as_ref().is_some_and(|report| report.retired) {
                rows.remove(&key);
            } else {
                rows.insert(key, location);
            }
            false
        }
        Some(Event::Reset(_)) => {
            rows.clear();
            false
        }
        Some(Event::SnapshotComplete(_)) => true,
        Some(Event::Heartbeat(_)) | None => false,
    }
}

/// Draws the board; live, it takes the place of the one before and no more lines than the terminal has.
fn draw(rows: &Rows, complete: bool, live: bool, common: &Common) -> Result<(), Failure> {
    if !complete || common.output == Format::Json {
        return Ok(());
    }
    let is_live = live && std::io::stdout().is_terminal();
    // Two lines are for the heads and for where the cursor rests, one for what is said of the rest.
    let most = output::terminal().filter(|_| is_live).map_or(usize::MAX, |(_, lines)| lines.saturating_sub(3).max(1));
    let now = clock::now();
    let nights = nights(rows.values(), now);
    let shown: Vec<Vec<String>> = rows.values().take(most).map(|it| row(it, now, &nights)).collect();
    let table = output::fitted(&HEADS, &shown, &LEAST);
    let more = match rows.len().saturating_sub(most) {
        0 => String::new(),
        more => format!("… en nog {more}; kies met --gemeente, of maak dit venster hoger"),
    };
    let clear = if is_live { "\x1b[2J\x1b[H" } else { "" };
    let mut out = std::io::stdout().lock();
    output::written(writeln!(out, "{clear}{table}\n{more}").and_then(|()| out.flush()))
}

/// In what order locations stand on the board: by gemeente, then by id.
pub(crate) fn order(location: &BoardLocation) -> (String, String, String) {
    let report = location.report.as_ref();
    let gemeente = report.map(|report| regions::gemeente_name(&report.gemeente)).unwrap_or_default();
    let id = report.map(|report| report.location_id.clone()).unwrap_or_default();
    (gemeente, id, location.service.clone())
}

/// A confidential location has an opaque id; its end tells two of them apart.
fn shown_id(id: &str, confidential: bool) -> String {
    let from = id.len().saturating_sub(4);
    if confidential { format!("vertrouwelijk …{}", id.get(from..).unwrap_or_default()) } else { id.to_owned() }
}

/// Of the nachtdienst the first gap that is coming, where there is one.
fn cover(report: &AvailabilityReported) -> String {
    let Some(Detail::Cover(cover)) = &report.detail else { return String::new() };
    let gap = cover.gaps.first();
    gap.map_or_else(|| ", gedekt".to_owned(), |gap| format!(", gat {}", dates::period(gap)))
}

/// The nachtdienst in every gemeente of which the reports on a board tell.
pub(crate) fn nights<'a>(rows: impl Iterator<Item = &'a BoardLocation>, at: Timestamp) -> Nights {
    Nights::of(rows.filter_map(|it| Some((it.report.as_ref()?, wire::age_in(it.age())))), at)
}

/// Whether nobody comes in at a moment: free then says what there is once the doors open, or the nachtdienst is there.
fn closed(report: &AvailabilityReported, at: Timestamp, nights: &Nights) -> &'static str {
    match nights.door(report, at, &output::zone()) {
        Door::Closed => ", nu geen opname",
        Door::NoNightCover => ", nu geen opname: geen nachtdienst",
        Door::NightUnknown => ", nachtdienst onbekend",
        Door::Open => "",
    }
}

/// A location as a row of the board at a moment. Unknown is never shown as a number.
pub(crate) fn row(location: &BoardLocation, at: Timestamp, nights: &Nights) -> Vec<String> {
    let report = location.report.clone().unwrap_or_default();
    let fictief = if report.fictief { " (fictief)" } else { "" };
    let known = report.figures.filter(|_| location.age() != Age::Unknown);
    let free = if location.age() == Age::Stale { "?".to_owned() } else { location.free.to_string() };
    let figure = |of: fn(&Figures) -> u32| known.as_ref().map_or_else(|| "?".to_owned(), |known| of(known).to_string());
    vec![
        regions::gemeente_name(&report.gemeente),
        format!("{}{fictief}", shown_id(&report.location_id, report.location_name.is_empty())),
        output::kind(report.kind()).to_owned(),
        if known.is_some() { free } else { "?".to_owned() },
        figure(|it| it.held),
        figure(|it| it.occupied),
        figure(|it| it.unavailable),
        figure(|it| it.surge),
        if location.over > 0 { location.over.to_string() } else { String::new() },
        format!("{}{}{}", output::age(location.age()), closed(&report, at, nights), cover(&report)),
        report.phone,
    ]
}
