//! `onderdak up`: the whole suite on one machine, with SQLite and one nats-server, and a region loaded. It listens on
//! loopback only and keeps everything in one folder.

use std::collections::VecDeque;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use model::actor::{Actor, Role};
use model::region::Region;
use service::broker::Broker;
use service::telemetry::{self, LogFormat};
use service::{Chain, bus, clock};
use tokio_util::sync::CancellationToken;

use crate::client::Connection;
use crate::serve::stop_on_signal;
use crate::suite::{self, Running, Service};
use crate::{Exit, Failure, regions, seed};

/// How long an Onderdak that was killed may still hold its folder.
const GONE_WITHIN: Duration = Duration::from_secs(2);
/// How many ports it has, from the first: a service is as far from there as its usual port from that of the board.
const PORTS: u16 = 16;
/// How far from there the bus is.
const BUS: u16 = 3;
/// The pages.
const PORTAAL: u16 = 6;
/// And the demonstration where one signs in.
const SIGN_IN: u16 = 7;
/// Who sets up the region, as the log says it.
const SETS_UP: &str = "onderdak-up";
/// How large the stream of the embedded default may become, in bytes.
const STREAM_BYTES: i64 = 1 << 30;
/// A bus that ends more than once within this is started again a little later each time.
const RESTARTS_WITHIN: Duration = Duration::from_secs(60);
/// That little, and the longest it becomes.
const REST: Duration = Duration::from_millis(100);
const LONGEST_REST: Duration = Duration::from_secs(5);

/// Says something to whoever still listens: a terminal that is gone must not end the suite on its way.
macro_rules! say {
    ($($text:tt)*) => {
        let _ = writeln!(std::io::stdout(), $($text)*);
    };
}

/// Options of `up`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Map waarin alles bewaard wordt.
    #[arg(long, default_value = ".onderdak", value_name = "MAP")]
    pub data: PathBuf,
    /// De regio: flevoland, almelo, of een regiobestand.
    #[arg(long, default_value = "flevoland", value_name = "REGIO")]
    pub region: String,
    /// Het programma nats-server, 2.12 of nieuwer.
    #[arg(long, env = "ONDERDAK_NATS_SERVER", default_value = "nats-server", value_name = "PAD")]
    pub nats_server: PathBuf,
    /// De eerste van zestien poorten op 127.0.0.1; 0: vrije poorten.
    #[arg(long, default_value_t = 7400, value_parser = clap::value_parser!(u16).range(..=i64::from(u16::MAX - PORTS)), value_name = "POORT")]
    pub port: u16,
}

/// The suite of `up`: running services, their broker, and the lock on their folder.
pub struct Up {
    /// The services.
    pub running: Running,
    /// The bus.
    pub broker: Broker,
    restarts: VecDeque<Instant>,
    _lock: File,
}

/// Starts the bus again where it was, for as long as it takes: the services find it by themselves, and until then they
/// keep what they have to tell.
async fn restart(broker: &mut Broker, restarts: &mut VecDeque<Instant>, options: &Options) {
    let port = broker.url.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or(0);
    loop {
        restarts.retain(|at| at.elapsed() < RESTARTS_WITHIN);
        let doublings = u32::try_from(restarts.len()).unwrap_or(u32::MAX);
        if let Some(doublings) = doublings.checked_sub(1) {
            let rest = REST.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_REST);
            tokio::time::sleep(rest).await;
        }
        restarts.push_back(clock::stopwatch());
        match Broker::start(&options.nats_server, &options.data.join("nats"), port).await {
            Ok(started) => {
                *broker = started;
                return;
            }
            Err(error) => {
                say!("nats-server start niet: {} Onderdak probeert het steeds opnieuw.", Chain(&error));
            }
        }
    }
}

/// Runs until Ctrl-C or SIGTERM, also when that comes during the start.
pub async fn run(options: Options) -> Result<(), Failure> {
    let telemetry = telemetry::Options { format: LogFormat::Text, otlp_endpoint: None };
    let region = regions::load(&options.region).map_err(|error| Failure::of(Exit::Input, &error))?;
    let region = Arc::new(region);
    let lock = take_folder(&options.data).await?;
    let telemetry = telemetry::init_quiet("onderdak", &telemetry, &options.data);
    let _telemetry = telemetry.map_err(|error| Failure::of(Exit::Start, &error))?;
    let stop = stop_on_signal()?;
    let started = clock::stopwatch();
    say!("Onderdak start: {} in {}", region.name, options.data.display());
    let starting = async {
        // A service that fails stops the others, and that is not the same as being told to stop.
        let services = stop.child_token();
        let mut up = start(&options, Arc::clone(&region), lock, services.clone()).await?;
        // A service that ends while the locations are registered must not leave that waiting.
        let connection = connection(&up.running);
        let count = tokio::select! {
            count = seed::seed(&region, &connection) => count,
            ended = up.running.ended() => return ended.map(|()| None),
        };
        // A service that failed is why the locations could not be registered.
        if count.is_err() && services.is_cancelled() {
            up.running.ended().await?;
        }
        let count = count?;
        Ok(Some((up, count)))
    };
    let up = tokio::select! {
        started = starting => started?,
        () = stop.cancelled() => None,
    };
    let Some((mut up, count)) = up else {
        say!("Gestopt tijdens het starten; er is niets kwijt.");
        return Ok(());
    };
    tell(&up.running, &region, count, started.elapsed(), options.port);
    let ended = loop {
        let why = tokio::select! {
            ended = up.running.ended() => break ended,
            why = up.broker.ended() => why,
        };
        say!("nats-server is vanzelf gestopt ({why}); hij wordt opnieuw gestart. Er gaat niets verloren.");
        tokio::select! {
            ended = up.running.ended() => break ended,
            () = restart(&mut up.broker, &mut up.restarts, &options) => {}
        }
    };
    stop.cancel();
    say!("Onderdak stopt …");
    let drained = up.running.ended().await;
    up.broker.stop().await;
    say!("Onderdak is gestopt; alles is bewaard.");
    ended.and(drained)
}

/// Starts broker and services in a folder that nobody else uses.
async fn start(options: &Options, region: Arc<Region>, lock: File, stop: CancellationToken) -> Result<Up, Failure> {
    check_region(&options.data, &region)?;
    let port = |step: u16| if options.port == 0 { 0 } else { options.port.saturating_add(step) };
    let orphan = Broker::end_orphan(&options.data.join("nats")).await;
    orphan.map_err(|error| Failure::of(Exit::Start, &error))?;
    check_free(port(BUS))?;
    let broker = Broker::start(&options.nats_server, &options.data.join("nats"), port(BUS)).await;
    let broker = broker.map_err(|error| Failure::of(Exit::Start, &error))?;
    let reach = bus::Options { url: broker.url.clone(), nkey_seed: None, region: region.id.clone() };
    let client = bus::connect(&reach, "provision").await.map_err(|error| Failure::of(Exit::Start, &error))?;
    let provisioned = bus::provision(client, bus::stream_config(&region.id, 1, STREAM_BYTES)).await;
    provisioned.map_err(|error| Failure::of(Exit::Start, &error))?;
    let at = |service: Service| (service, SocketAddr::from(([127, 0, 0, 1], port(step(service)))));
    let config = suite::Config {
        region,
        nats_url: broker.url.clone(),
        nkey_seed: None,
        database_url: format!("sqlite:{}/{{service}}.db", options.data.display()),
        services: Service::all().map(at).collect(),
        feeds: Vec::new(),
        portaal: Some(suite::Portaal {
            address: SocketAddr::from(([127, 0, 0, 1], port(PORTAAL))),
            key_file: Some(options.data.join("portaal.key")),
        }),
        sign_in: suite::SignIn::Demo {
            address: SocketAddr::from(([127, 0, 0, 1], port(SIGN_IN))),
            key_file: Some(options.data.join("aanmelden.key")),
        },
    };
    let running = suite::start(config, stop).await?;
    Ok(Up { running, broker, restarts: VecDeque::new(), _lock: lock })
}

/// How far from the first port a service is.
fn step(service: Service) -> u16 {
    service.usual_port().saturating_sub(Service::Regio.usual_port())
}

/// A connection to a suite of this process, as the one who sets it up.
pub fn connection(running: &Running) -> Connection {
    let actor = Actor { role: Role::Beheerder, id: suite::named(SETS_UP) };
    Connection::at(actor, running.issuer.clone(), |service| running.url(service))
}

/// Makes the folder: what is kept here is for whoever runs it, and for nobody else on this machine.
fn make_folder(folder: &Path) -> Result<(), Failure> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| unwritable(folder, &error))
}

fn unwritable(folder: &Path, error: &std::io::Error) -> Failure {
    let shown = folder.display();
    Failure::new(Exit::Start, format!("in de map {shown} kan Onderdak niet schrijven: {}", Chain(error)))
}

/// Takes the folder for this process alone.
async fn take_folder(folder: &Path) -> Result<File, Failure> {
    let shown = folder.display();
    let unwritable = |error: std::io::Error| unwritable(folder, &error);
    make_folder(folder)?;
    let mut lock = File::options().create(true).append(true).open(folder.join("lock")).map_err(unwritable)?;
    let asked = clock::stopwatch();
    loop {
        match lock.try_lock() {
            Ok(()) => break,
            // One that was killed is gone in a moment.
            Err(TryLockError::WouldBlock) if asked.elapsed() < GONE_WITHIN => tokio::time::sleep(REST).await,
            Err(TryLockError::WouldBlock) => {
                let why = format!("Onderdak draait al met de map {shown}; geef met --data een andere");
                return Err(Failure::new(Exit::Start, why));
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
    }
    // Only to see whether the disk takes anything at all.
    lock.write_all(b"").and_then(|()| lock.set_len(0)).map_err(unwritable)?;
    Ok(lock)
}

/// A folder holds one region: the places of two would stand on one board.
fn check_region(folder: &Path, region: &Region) -> Result<(), Failure> {
    let (file, shown) = (folder.join("regio"), folder.display());
    let failed = |error: std::io::Error| Failure::new(Exit::Start, format!("{}: {}", file.display(), Chain(&error)));
    let kept = match std::fs::read_to_string(&file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        kept => kept.map_err(failed)?,
    };
    match kept.trim() {
        // Nothing yet, or a start that was killed in the middle of writing it.
        "" => std::fs::write(&file, region.id.as_str()).map_err(failed),
        kept if kept == region.id.as_str() => Ok(()),
        kept => {
            let sentence = format!("in de map {shown} staat de regio {kept}; geef met --data een andere map");
            Err(Failure::new(Exit::Start, sentence))
        }
    }
}

/// nats-server only logs that its port is taken; here it becomes a clear error.
fn check_free(port: u16) -> Result<(), Failure> {
    let taken = std::net::TcpListener::bind(("127.0.0.1", port)).err();
    taken.map_or(Ok(()), |error| {
        let why = Chain(&error);
        let why =
            format!("poort 127.0.0.1:{port} is niet vrij ({why}): daar komt de bus; kies met --port andere poorten");
        Err(Failure::new(Exit::Start, why))
    })
}

fn tell(running: &Running, region: &Region, locations: usize, took: std::time::Duration, port: u16) {
    let took = format!("{:.1}", took.as_secs_f32()).replace('.', ",");
    say!("\nKlaar na {took} s: {}, {locations} locaties (fictieve zijn gemerkt).\n", region.name);
    for (service, address) in &running.addresses {
        say!("  {:<13} http://{address}", service.name());
    }
    say!("  {:<13} {}", "aanmelden", running.issuer);
    if let Some(address) = running.portaal {
        say!("\nOpen in een browser:  http://{address}");
        say!("Of meld u meteen aan als:");
        for role in [Role::Medewerker, Role::Dispatcher, Role::Coordinator, Role::Beleid, Role::Beheerder] {
            let role = role.name();
            say!("  {role:<13} http://{address}/aanmelden?als={role}:demo");
        }
    }
    let elsewhere = if port == Service::Regio.usual_port() {
        String::new()
    } else {
        let option = |service: Service| format!(" --{} {}", service.name(), running.url(service));
        Service::all().map(option).chain([format!(" --issuer {}", running.issuer)]).collect()
    };
    // The program knows the names of its own regions; of others only the code is sure to be understood.
    let gemeente = region.gemeenten.iter().find(|gemeente| gemeente.code == region.centrumgemeente);
    let gemeente = gemeente.filter(|it| regions::gemeente(&it.name).is_ok_and(|code| code == it.code));
    let van = gemeente.map_or_else(|| region.centrumgemeente.to_string(), |it| it.name.clone());
    say!("\nOf probeer in een ander venster:");
    say!("  target/release/onderdak watch{elsewhere}");
    say!("  target/release/onderdak find --van {van} --leeftijd 34{elsewhere}");
    say!("  target/release/onderdak claim --beste --client c-1 --van {van} --leeftijd 34{elsewhere}");
    say!("  target/release/onderdak demo nacht{elsewhere}");
    say!("\nStoppen: Ctrl-C. Er gaat niets verloren.");
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Asked {
        #[command(flatten)]
        connection: Connection,
    }

    #[test]
    fn everything_has_a_port_of_its_own_among_those_of_up() {
        let steps: Vec<u16> = Service::all().map(step).chain([BUS, PORTAAL, SIGN_IN]).collect();
        assert!(steps.iter().all(|step| *step < PORTS), "{steps:?}");
        assert_eq!(steps.iter().collect::<BTreeSet<_>>().len(), steps.len(), "{steps:?}");
    }

    #[test]
    fn the_command_line_looks_for_every_service_where_up_puts_it() {
        let connection = Asked::parse_from(["onderdak"]).connection;
        for service in Service::all() {
            assert_eq!(connection.address(service), format!("http://127.0.0.1:{}", service.usual_port()));
        }
        let first = Service::Regio.usual_port();
        assert_eq!(connection.issuer, format!("http://127.0.0.1:{}", first + SIGN_IN));
    }
}
