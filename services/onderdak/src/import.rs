//! `onderdak import stand`: daily stands from a CSV file. The whole file is checked before anything is sent; sending
//! is idempotent, so an import that broke off is simply done again. The file is read as a stream, twice: it may be
//! larger than memory. It must not write before every row is right.

pub mod mapping;
mod rows;
mod seen;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Time;
use model::wire;
use proto::opvang::v1::{Counting, ListLocationsRequest, RecordStandRequest};
use serde::Serialize;
use service::clock;

use self::mapping::Mapping;
use self::rows::{Rows, Stand};
use self::seen::Seen;
use crate::cli::Common;
use crate::client::{command_id, same_command_id, send};
use crate::output::{self, Format};
use crate::{Exit, Failure};

/// Stands under way at a time.
const IN_FLIGHT: usize = 128;
/// Wrong rows that are shown; of the others only the number is.
const SHOWN: usize = 20;

/// What can be imported.
#[derive(Debug, Clone, Subcommand)]
#[command(subcommand_value_name = "OPDRACHT")]
pub enum Command {
    /// Dagstanden van locaties die mensen tellen, uit een CSV-bestand.
    ///
    /// Het hele bestand wordt eerst gecontroleerd; pas als elke regel klopt wordt er iets geschreven. Nog een keer
    /// inlezen verandert niets.
    Stand(Options),
}

/// Options of `import stand`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Het CSV-bestand, met koppen; scheidingsteken komma, puntkomma of tab.
    #[arg(value_name = "BESTAND")]
    file: PathBuf,
    /// Welke kolom wat is: date, location, funded, occupied, unavailable en eventueel actual.
    ///
    /// funded is hoeveel plekken er zijn, unavailable hoeveel daarvan niet te gebruiken zijn, occupied hoeveel mensen er
    /// zijn. Is er een kolom voor actual, dan moet daar op elke regel funded min unavailable staan. Van winteropvang
    /// tellen de plekken als extra.
    #[arg(
        long,
        value_name = "WAT=KOLOM,…",
        default_value = "date=date,location=location,actual=actual,funded=funded,occupied=occupied,unavailable=unavailable"
    )]
    map: Mapping,
    /// Hoe laat op die datum de stand gold, in Nederlandse tijd.
    #[arg(long, default_value = "23:59", value_parser = time, value_name = "UU:MM")]
    time: Time,
    /// Controleer alleen; schrijf niets.
    #[arg(long)]
    check: bool,
}

/// What an import did.
#[derive(Debug, Default, Serialize)]
struct Summary {
    rows: u64,
    changed: u64,
    known: u64,
}

/// Imports.
pub async fn run(command: Command, common: &Common) -> Result<(), Failure> {
    let Command::Stand(options) = command;
    let locations = locations(common).await?;
    let rows = check(&options, &locations)?;
    let summary =
        if options.check { Summary { rows, ..Summary::default() } } else { write(&options, rows, common).await? };
    if common.output == Format::Json {
        return output::json(&summary);
    }
    let Summary { rows, changed, known } = summary;
    if rows == 0 {
        output::text("Het bestand heeft alleen koppen; er is niets geschreven.")
    } else if options.check {
        let they = if rows == 1 { "1 regel klopt".to_owned() } else { format!("{rows} regels kloppen") };
        output::text(format_args!("{they}. Er is niets geschreven (--check)."))
    } else {
        let lines = if rows == 1 { "regel" } else { "regels" };
        output::text(format_args!("{rows} {lines} gelezen: {changed} nieuw of veranderd, {known} al bekend."))
    }
}

/// A time of day as people write it.
fn time(raw: &str) -> Result<Time, String> {
    let wrong = || "het moet een tijd zijn zoals 23:59".to_owned();
    let (hours, minutes) = raw.split_once(':').ok_or_else(wrong)?;
    let number = |digits: &str| digits.parse().ok().filter(|_| (1..=2).contains(&digits.len()));
    let at = number(hours).zip(number(minutes)).and_then(|(hours, minutes)| Time::new(hours, minutes, 0, 0).ok());
    at.ok_or_else(wrong)
}

/// The locations of opvang that count people.
async fn locations(common: &Common) -> Result<BTreeSet<String>, Failure> {
    let client = common.connection.opvang()?;
    let mut known = BTreeSet::new();
    let mut after_location_id = String::new();
    loop {
        let request = ListLocationsRequest { page_size: 0, after_location_id };
        let page = send(request, async |it| client.clone().list_locations(it).await).await?.into_inner();
        let counted = page.locations.iter().filter(|it| !it.retired && it.counting() == Counting::Headcount);
        known.extend(counted.map(|it| it.location_id.clone()));
        after_location_id = page.next_after_location_id;
        if after_location_id.is_empty() {
            return Ok(known);
        }
    }
}

/// Reads every row and gives their number, or tells of every row that is wrong, by its number in the file.
fn check(options: &Options, locations: &BTreeSet<String>) -> Result<u64, Failure> {
    let mut wrong: Vec<String> = Vec::new();
    let mut wrong_rows = 0_u64;
    let mut seen = Seen::default();
    let mut count = 0;
    for (row, read) in open(&options.file, &options.map)? {
        let checked = read.and_then(|stand| {
            if !locations.contains(&stand.location) {
                let known = locations.iter().take(5).cloned().collect::<Vec<_>>().join(", ");
                return Err(format!(
                    "locatie {} is niet bekend bij opvang, of telt geen mensen (wel bekend: {known})",
                    stand.location
                ));
            }
            if moment(&stand, options.time)? > clock::now() {
                let time = options.time.strftime("%H:%M");
                return Err(format!("{} om {time} ligt in de toekomst; geef met --time hoe laat het was", stand.date));
            }
            match seen.first(&stand.location, stand.date) {
                true => Ok(()),
                false => Err(format!("{} op {} staat al eerder in dit bestand", stand.location, stand.date)),
            }
        });
        match checked {
            Ok(()) => count += 1,
            Err(why) => {
                wrong_rows += 1;
                if wrong.len() < SHOWN {
                    wrong.push(format!("  regel {row}: {why}"));
                }
            }
        }
    }
    if wrong_rows == 0 {
        return Ok(count);
    }
    let more = wrong_rows - wrong.len() as u64;
    let more = match more {
        0 => String::new(),
        1 => "\n  … en nog 1 regel".to_owned(),
        more => format!("\n  … en nog {more} regels"),
    };
    let they = if wrong_rows == 1 { "1 regel klopt".to_owned() } else { format!("{wrong_rows} regels kloppen") };
    let lines = wrong.join("\n");
    Err(Failure::new(Exit::Input, format!("{they} niet; er is niets geschreven.\n{lines}{more}")))
}

fn open(file: &Path, map: &Mapping) -> Result<Rows, Failure> {
    Rows::open(file, map).map_err(|why| Failure::new(Exit::Input, format!("{}: {why}", file.display())))
}

/// Sends every row.
async fn write(options: &Options, rows: u64, common: &Common) -> Result<Summary, Failure> {
    let client = common.connection.opvang()?;
    let bar = ProgressBar::new(rows);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} regels, nog {eta}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    // One id for this run: a row that is sent again within it counts once, and another run is told what is known.
    let run = command_id();
    let changed_file = || Failure::new(Exit::Input, "het bestand veranderde tijdens het inlezen; lees het opnieuw in");
    let requests = open(&options.file, &options.map)?.map(|(_, read)| {
        let stand = read.map_err(|_| changed_file())?;
        request(&stand, options.time, &run)
    });
    let sent = stream::iter(requests).map(|request| {
        let client = client.clone();
        async move {
            let answer = send(request?, async |it| client.clone().record_stand(it).await).await?;
            Ok::<_, Failure>(answer.into_inner().changed)
        }
    });
    let summary = sent.buffer_unordered(IN_FLIGHT).try_fold(Summary::default(), |mut summary, changed| {
        bar.inc(1);
        summary.rows += 1;
        summary.changed += u64::from(changed);
        summary.known += u64::from(!changed);
        std::future::ready(Ok(summary))
    });
    let summary = summary.await.map_err(|failure| {
        let sentence = format!(
            "het inlezen brak af: {}\nLees hetzelfde bestand opnieuw in; wat er al is telt niet dubbel.",
            failure.sentence
        );
        Failure::new(failure.exit, sentence)
    })?;
    bar.finish_and_clear();
    Ok(summary)
}

/// The moment a stand is true for.
fn moment(stand: &Stand, time: Time) -> Result<jiff::Timestamp, String> {
    let at = stand.date.to_datetime(time).to_zoned(output::zone());
    at.map(|at| at.timestamp()).map_err(|error| format!("{} bestaat niet: {error}", stand.date))
}

fn request(stand: &Stand, time: Time, run: &str) -> Result<RecordStandRequest, Failure> {
    let at = moment(stand, time).map_err(|why| Failure::new(Exit::Input, why))?;
    let Stand { location, funded, unavailable, occupied, .. } = stand;
    let what = format!("stand:{run}:{location}:{at}");
    Ok(RecordStandRequest {
        command_id: same_command_id(&what),
        location_id: location.clone(),
        as_of: Some(wire::time_out(at)),
        funded: *funded,
        unavailable: *unavailable,
        occupied: *occupied,
    })
}
