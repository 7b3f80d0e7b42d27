//! `onderdak bench`: how fast the suite is on this machine, beside what this machine can do at best. Every row of
//! the design's table is measured with its floor in the same run; only the ratio of the two says something. Nothing
//! here may make a floor slower or the suite less durable than it is in production.
//!
//! - `figures` judges, `report` tells, `machine` says where it was;
//! - `child` runs processes of this same binary, `fixture` a suite of them, `echo` the bare tonic floor;
//! - the other modules are the rows: `claims` (with `pgbench`), `live`, `replay` (with `raw`), `start` (with `made`),
//!   `find`, `crowd`, `idle`, `pages` (over `web`) and `first`.

mod child;
mod claims;
mod crowd;
mod echo;
mod figures;
mod find;
mod first;
mod fixture;
mod idle;
mod live;
mod load;
mod machine;
mod made;
mod pages;
mod pgbench;
mod raw;
mod replay;
mod report;
mod seen;
mod start;
mod web;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use model::region::Region;
use service::{clock, grpc};
use tokio_util::sync::CancellationToken;

use self::child::Folder;
use self::figures::Check;
use self::machine::Machine;
use self::report::{Line, Report};
use crate::cli::Common;
use crate::output::{self, Format};
use crate::serve::stop_on_signal;
use crate::{Exit, Failure, regions};

/// Longest time a row may take.
const ROW_WITHIN: Duration = Duration::from_secs(30 * 60);
/// The same for small sizes.
const QUICK_ROW_WITHIN: Duration = Duration::from_secs(5 * 60);

/// Options of `bench`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Alleen deze rijen; mag vaker, of met komma's ertussen.
    #[arg(long, value_enum, value_delimiter = ',', value_name = "RIJ")]
    only: Vec<Row>,
    /// Hoe vaak elke rij gemeten wordt; de mediaan telt.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=25), value_name = "AANTAL")]
    rounds: u8,
    /// Kleine maten, om te proberen: de getallen zeggen dan weinig.
    #[arg(long)]
    quick: bool,
    /// Bewaar de uitkomst in deze map, als JSON en als tabel.
    #[arg(long, value_name = "MAP")]
    save: Option<PathBuf>,
    /// Het programma nats-server, 2.12 of nieuwer.
    #[arg(long, env = "ONDERDAK_NATS_SERVER", default_value = "nats-server", value_name = "PAD")]
    nats_server: PathBuf,
    /// Een PostgreSQL om op te meten; de databases `onderdak_bench` en `onderdak_bench_floor` worden er gemaakt.
    #[arg(long, hide_env_values = true, value_name = "ADRES")]
    postgres: Option<String>,
    /// Het programma pgbench.
    #[arg(long, value_name = "PAD")]
    pgbench: Option<PathBuf>,
    /// Het script dat een browser de eerste pagina laat openen, met Node.js: `tests/browser/traag.mjs`.
    #[arg(long, value_name = "PAD")]
    browser: Option<PathBuf>,
    /// Map voor tijdelijke bestanden, op de schijf die gemeten moet worden. Zonder: de tijdelijke map.
    #[arg(long, value_name = "MAP")]
    dir: Option<PathBuf>,
    /// Be the bare tonic server instead.
    #[arg(long, hide = true)]
    echo: bool,
}

/// A row of the design's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Row {
    /// Claim en vrijgave op SQLite, 64 bellers.
    ClaimSqlite,
    /// Claim en vrijgave op PostgreSQL, 64 bellers.
    ClaimPostgres,
    /// Eén beller alleen.
    Alleen,
    /// Van bevestigde opdracht tot op het bord van wie kijkt.
    Watch,
    /// De relay die een achterstand wegwerkt.
    Relay,
    /// Een leeg bord dat alles opnieuw leest.
    Herlezen,
    /// De start van een dienst met een lang logboek.
    Start,
    /// Een plek zoeken in een grote regio.
    Zoeken,
    /// Duizend kijkers.
    Kijkers,
    /// De hele suite in rust.
    Rust,
    /// Duizend open pagina's.
    Paginas,
    /// De pagina die een plek zoekt.
    Zoekpagina,
    /// De eerste pagina over een trage verbinding, in een browser.
    EerstePagina,
    /// Tienduizend programma's die volgen wat verandert. De laatste: hun verbindingen houden nog een minuut elke poort bezet.
    Abonnees,
}

impl Row {
    fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// What it measures, in one sentence.
    const fn what(self) -> &'static str {
        match self {
            Self::ClaimSqlite => {
                "duurzame claim en vrijgave over gRPC op SQLite (WAL, FULL): 1.000 plekken, 64 bellers, 4 verbindingen"
            }
            Self::ClaimPostgres => {
                "duurzame claim en vrijgave over gRPC op PostgreSQL: 1.000 plekken, 64 bellers, 4 verbindingen"
            }
            Self::Alleen => "één beller alleen op SQLite: mediaan van een opdracht",
            Self::Watch => "van bevestigde opdracht tot de kijker het heeft, bij 1.000 veranderingen per seconde",
            Self::Relay => "de relay werkt een achterstand weg naar een server die elk bericht synct",
            Self::Herlezen => "een leeg bord leest de hele stream opnieuw",
            Self::Start => "start van een dienst met een lang logboek, tot het eerste antwoord",
            Self::Zoeken => "FindPlaces over 10.000 locaties met 100.000 plekken, in het proces",
            Self::Kijkers => "1.000 kijkers op 1.000 verbindingen, 50 veranderingen per seconde",
            Self::Rust => "de hele suite in rust, met nats-server; en hoe lang de start duurt",
            Self::Paginas => "1.000 open pagina's met het bord, 50 veranderingen per seconde",
            Self::Abonnees => "10.000 programma's die het bord volgen over HTTP, 10 veranderingen per seconde",
            Self::Zoekpagina => "een plek zoeken op de pagina, in een regio met 10.000 plekken",
            Self::EerstePagina => {
                "de eerste pagina over traag 3G (400 kbit/s, 400 ms), in een browser die er nooit was"
            }
        }
    }

    /// Why a goal of it is missed where it is, as far as that was found out; told only then.
    const fn missed_because(self) -> Option<&'static str> {
        match self {
            Self::ClaimSqlite | Self::ClaimPostgres => Some(
                "de rekentijd is op: dienst, nats-server en bellers vullen samen de kernen. Alleen nats-server en de \
                 bellers kosten per opdracht al ongeveer wat een opdracht bij dit doel in totaal mag kosten (zie de \
                 rijen rekentijd). Zonder meldingen naar de bus werd het een derde sneller, maar die horen erbij",
            ),
            Self::Alleen => Some(
                "nats-server synct elke melding op dezelfde schijf, tegelijk met de volgende opdracht: met een \
                 stilgezette nats-server duurde een opdracht 0,68 in plaats van 0,84 ms (november 2026)",
            ),
            Self::Watch => Some(
                "een verandering gaat tot bij de kijker twee keer door een database; de verhouding hangt vooral af van \
                 hoe snel de schijf dan net synct",
            ),
            Self::Herlezen => Some(
                "elke melding wordt helemaal gelezen en gecontroleerd voordat zij blijft; de verhouding ligt rond het \
                 doel en beweegt met hoe snel de kale lezer dan is (0,55 tot 0,70 en 0,21 tot 0,28, november 2026)",
            ),
            Self::Kijkers => Some(
                "een kale tonic-stroom kost al bijna zoveel: de buffers van HTTP/2. Daarbij komt per kijker 1 tot 2 KiB, \
                 vooral de schrijfbuffer voor één melding (gemeten, november 2026)",
            ),
            Self::Start => Some(
                "het meeste is het lezen van de rijen: alleen dat kost even lang of langer (zie de ondergrens). De tijd \
                 beweegt met de machine mee (4,0 tot 5,4 s, november 2026)",
            ),
            Self::Zoeken => Some(
                "de tijd gaat naar het ophalen uit het geheugen; alleen langs elke plek lopen kost al meer dan de helft. \
                 Het duurt 1,6 tot 1,8 keer zo lang als dat, en beweegt met de machine mee (4,6 tot 5,8 ms, november \
                 2026)",
            ),
            Self::Relay => Some(
                "op een schijf die traag synct haalt nats-server met dezelfde batches zelf weinig meer dan het doel (zie \
                 de ondergrens); de relay haalt 0,8 keer zoveel als dat (november 2026)",
            ),
            Self::Rust | Self::Paginas | Self::Abonnees | Self::Zoekpagina | Self::EerstePagina => None,
        }
    }

    async fn measure(self, bench: &Bench) -> Result<Vec<Check>, Failure> {
        match self {
            Self::ClaimSqlite => claims::on_sqlite(bench).await,
            Self::ClaimPostgres => claims::on_postgres(bench).await,
            Self::Alleen => claims::alone(bench).await,
            Self::Watch => live::measure(bench).await,
            Self::Relay => replay::relay(bench).await,
            Self::Herlezen => replay::replay(bench).await,
            Self::Start => start::measure(bench).await,
            Self::Zoeken => find::measure(bench),
            Self::Kijkers => crowd::measure(bench).await,
            Self::Rust => idle::measure(bench).await,
            Self::Paginas => pages::open_pages(bench).await,
            Self::Abonnees => pages::subscribers(bench).await,
            Self::Zoekpagina => pages::find_page(bench).await,
            Self::EerstePagina => first::measure(bench).await,
        }
    }
}

/// What every row needs.
struct Bench {
    options: Options,
    region: Arc<Region>,
    folder: Folder,
    /// Where the callers sign in.
    issuer: String,
}

impl Bench {
    /// One of two sizes.
    const fn size(&self, full: u64, quick: u64) -> u64 {
        if self.options.quick { quick } else { full }
    }

    /// How long load lasts before it counts, and after.
    const fn spans(&self) -> (Duration, Duration) {
        if self.options.quick {
            (Duration::from_millis(500), Duration::from_secs(2))
        } else {
            (Duration::from_secs(2), Duration::from_secs(8))
        }
    }

    /// Says which round of which row starts; gives an own folder for it.
    fn round(&self, row: Row, number: u8) -> Result<Folder, Failure> {
        eprintln!("{} – ronde {number} van {} …", row.name(), self.options.rounds);
        Folder::new(self.folder.path(), &format!("{}-{number}", row.name()))
    }

    fn rounds(&self) -> std::ops::RangeInclusive<u8> {
        1..=self.options.rounds
    }
}

/// Measures until done or told to stop.
pub async fn run(options: Options, common: &Common) -> Result<(), Failure> {
    if options.echo {
        return echo::serve().await;
    }
    machine::raise_open_files();
    let region = regions::load("flevoland").map_err(|error| Failure::of(Exit::Input, &error))?;
    let below = options.dir.clone().unwrap_or_else(std::env::temp_dir);
    let folder = Folder::new(&below, &format!("onderdak-bench-{}", std::process::id()))?;
    let stop = stop_on_signal()?;
    let region = Arc::new(region);
    let issuer = sign_in(&region, stop.clone())?;
    let bench = Bench { region, folder, options, issuer };
    let report = tokio::select! {
        report = measure(&bench) => report,
        () = stop.cancelled() => return Err(Failure::new(Exit::Failed, "het meten is afgebroken")),
    };
    match common.output {
        Format::Json => output::json(&report)?,
        Format::Text => output::text(report.table())?,
    }
    if let Some(folder) = &bench.options.save {
        let [json, table] = report.save(folder)?;
        eprintln!("Bewaard in {} en {}.", json.display(), table.display());
    }
    match report.lines.iter().filter(|line| line.not_measured.is_some()).count() {
        0 => Ok(()),
        1 => Err(Failure::new(Exit::Failed, "één rij is niet gemeten")),
        rows => Err(Failure::new(Exit::Failed, format!("{rows} rijen zijn niet gemeten"))),
    }
}

/// Starts the demonstration where callers sign in, in this process: it is asked for a token once in ten minutes.
fn sign_in(region: &Arc<Region>, stop: CancellationToken) -> Result<String, Failure> {
    let listener = grpc::bind(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(failed)?;
    let issuer = portaal::demo::issuer(listener.local_addr().map_err(failed)?);
    let config = portaal::demo::Config { region: Arc::clone(region), key_file: None };
    tokio::spawn(portaal::demo::run(config, listener, stop));
    Ok(issuer)
}

/// A failure from any error.
fn failed(error: impl std::error::Error + 'static) -> Failure {
    Failure::of(Exit::Failed, &error)
}

async fn measure(bench: &Bench) -> Report {
    let only = &bench.options.only;
    let rows = Row::value_variants().iter().filter(|row| only.is_empty() || only.contains(row));
    let mut lines = Vec::new();
    for row in rows {
        let within = if bench.options.quick { QUICK_ROW_WITHIN } else { ROW_WITHIN };
        let started = clock::stopwatch();
        let (checks, not_measured) = match tokio::time::timeout(within, row.measure(bench)).await {
            Ok(Ok(checks)) => (checks, None),
            Ok(Err(failure)) => (Vec::new(), Some(failure.sentence)),
            Err(_) => (Vec::new(), Some(format!("niet klaar binnen {} minuten", within.as_secs() / 60))),
        };
        let took_seconds = started.elapsed().as_secs();
        let missed = checks.iter().any(|check| check.reached == Some(false));
        let missed_because = missed.then(|| row.missed_because().unwrap_or("dat is nog niet uitgezocht"));
        lines.push(Line { name: row.name(), what: row.what(), checks, missed_because, not_measured, took_seconds });
    }
    let machine = Machine::here(bench.folder.path());
    Report { machine, rounds: bench.options.rounds, quick: bench.options.quick, lines }
}
