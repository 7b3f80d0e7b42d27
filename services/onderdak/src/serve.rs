//! `onderdak serve` and `onderdak provision`: single services for production, on PostgreSQL and a NATS cluster.
//! Serving must not make a stream: that is what `provision` is for.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use identity::{Source, Tokens};
use service::bus::BusError;
use service::telemetry::{self, LogFormat};
use service::{Chain, bus};
use tokio_util::sync::CancellationToken;

use crate::cli::Common;
use crate::client::Connection;
use crate::output;
use crate::suite::{self, Service};
use crate::{Exit, Failure, regions};

/// How to reach the bus.
#[derive(Debug, Clone, Args)]
pub struct Bus {
    /// Adres van de NATS-bus; meer dan een met komma's ertussen.
    #[arg(long, env = "ONDERDAK_NATS", default_value = "nats://127.0.0.1:4222", value_name = "ADRES")]
    nats: String,
    /// Bestand met de nkey-seed waarmee deze dienst zich bij de bus meldt.
    #[arg(long, env = "ONDERDAK_NKEY_FILE", value_name = "BESTAND")]
    nkey_file: Option<PathBuf>,
    /// De regio: flevoland, almelo, of een regiobestand.
    #[arg(long, env = "ONDERDAK_REGION", default_value = "flevoland", value_name = "REGIO")]
    region: String,
}

/// Options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Welke diensten.
    #[arg(required = true, value_enum, value_name = "DIENST")]
    services: Vec<Service>,
    #[command(flatten)]
    bus: Bus,
    /// Database: `sqlite:map/{service}.db` of `postgres://…/{service}`; {service} wordt de naam van de dienst.
    #[arg(long, env = "ONDERDAK_DATABASE", hide_env_values = true, value_name = "ADRES")]
    database: String,
    /// Waar de eerste dienst luistert; elke volgende een poort hoger. Zonder: de gewone poorten.
    #[arg(long, env = "ONDERDAK_LISTEN", value_name = "ADRES:POORT")]
    listen: Option<SocketAddr>,
    /// Adres van een dienst die elders draait en waarvan regio de feed leest; mag vaker.
    #[arg(long = "feed", env = "ONDERDAK_FEEDS", value_delimiter = ',', value_name = "ADRES")]
    feeds: Vec<String>,
    #[command(flatten)]
    sign_in: SignIn,
    /// Adres van een OTLP-collector voor traces.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "ADRES")]
    otlp: Option<String>,
}

/// How a program of the suite is known where people sign in.
#[derive(Debug, Clone, Args)]
pub struct SignIn {
    /// Waarvoor een token bedoeld moet zijn.
    #[arg(long, env = "ONDERDAK_AUDIENCE", default_value = identity::AUDIENCE, value_name = "NAAM")]
    pub(crate) audience: String,
    /// De naam waaronder dit programma bij de aanbieder bekend is; zonder: het demo-aanmelden.
    #[arg(long, env = "ONDERDAK_CLIENT_ID", requires = "client_secret_file", value_name = "NAAM")]
    pub(crate) client_id: Option<String>,
    /// Bestand met het wachtwoord daarbij.
    #[arg(long, env = "ONDERDAK_CLIENT_SECRET_FILE", value_name = "BESTAND")]
    pub(crate) client_secret_file: Option<PathBuf>,
}

impl SignIn {
    /// Which provider, and what its tokens are for.
    pub(crate) fn options(&self, connection: &Connection) -> identity::Options {
        identity::Options { issuer: connection.issuer.clone(), audience: self.audience.clone() }
    }

    /// The tokens of the program itself.
    pub(crate) fn tokens(&self, connection: &Connection) -> Tokens {
        let issuer = connection.issuer.clone();
        Tokens::new(match self.client_id.clone().zip(self.client_secret_file.clone()) {
            Some((id, secret_file)) => Source::Client { issuer, audience: self.audience.clone(), id, secret_file },
            None => Source::Demo { issuer, actor: suite::itself() },
        })
    }
}

/// Options of `provision`.
#[derive(Debug, Clone, Args)]
pub struct ProvisionOptions {
    #[command(flatten)]
    bus: Bus,
    /// Op hoeveel servers van het cluster elke melding staat; gewoon is 1, of 3 in een cluster.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5), value_name = "AANTAL")]
    replicas: u8,
    /// Hoeveel MB de stream mag worden; daarna gaat het oudste weg.
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u32).range(16..), value_name = "MB")]
    max_megabytes: u32,
}

/// Runs services until Ctrl-C or SIGTERM.
pub async fn run(options: Options, common: &Common) -> Result<(), Failure> {
    let telemetry = telemetry::Options { format: LogFormat::Json, otlp_endpoint: options.otlp.clone() };
    let _telemetry = telemetry::init("onderdak", &telemetry).map_err(|error| Failure::of(Exit::Start, &error))?;
    let region = regions::load(&options.bus.region).map_err(|error| Failure::of(Exit::Input, &error))?;
    let services = options.services.iter().enumerate().map(|(index, service)| {
        let usual = SocketAddr::from(([127, 0, 0, 1], service.usual_port()));
        let step = u16::try_from(index).unwrap_or(u16::MAX);
        let address = options.listen.map_or(usual, |mut first| {
            // Port 0 means any free port, for each of them.
            first.set_port(if first.port() == 0 { 0 } else { first.port().saturating_add(step) });
            first
        });
        (*service, address)
    });
    let config = suite::Config {
        region: Arc::new(region),
        nats_url: options.bus.nats.clone(),
        nkey_seed: seed(&options.bus)?,
        database_url: options.database,
        services: services.collect(),
        feeds: options.feeds,
        portaal: None,
        sign_in: suite::SignIn::Provider {
            options: options.sign_in.options(&common.connection),
            tokens: options.sign_in.tokens(&common.connection),
        },
    };
    let stop = stop_on_signal()?;
    suite::start(config, stop).await?.ended().await
}

/// Makes or updates the stream.
pub async fn provision(options: ProvisionOptions) -> Result<(), Failure> {
    let region = regions::load(&options.bus.region).map_err(|error| Failure::of(Exit::Input, &error))?;
    let reach =
        bus::Options { url: options.bus.nats.clone(), nkey_seed: seed(&options.bus)?, region: region.id.clone() };
    let client = bus::connect(&reach, "provision").await.map_err(|error| Failure::of(Exit::Unreachable, &error))?;
    let config = bus::stream_config(&region.id, usize::from(options.replicas), i64::from(options.max_megabytes) << 20);
    bus::provision(client, config).await.map_err(|error| match error {
        BusError::Away => Failure::new(Exit::Unreachable, format!("op {} antwoordt geen NATS-server", reach.url)),
        error => Failure::of(Exit::Failed, &error),
    })?;
    output::text(format_args!("De stream {} voor {} staat klaar.", bus::STREAM, region.name))
}

fn seed(bus: &Bus) -> Result<Option<String>, Failure> {
    let read = |path: &PathBuf| {
        let text = std::fs::read_to_string(path);
        text.map(|text| text.trim().to_owned()).map_err(|error| {
            Failure::new(Exit::Input, format!("{} is niet te lezen: {}", path.display(), Chain(&error)))
        })
    };
    bus.nkey_file.as_ref().map(read).transpose()
}

/// A token that is cancelled by Ctrl-C or SIGTERM; a second signal ends the process at once.
pub fn stop_on_signal() -> Result<CancellationToken, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut term = signal(SignalKind::terminate()).map_err(|error| Failure::of(Exit::Start, &error))?;
    let mut int = signal(SignalKind::interrupt()).map_err(|error| Failure::of(Exit::Start, &error))?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        let mut signalled = async || {
            tokio::select! {
                _ = term.recv() => {}
                _ = int.recv() => {}
            }
        };
        signalled().await;
        told.cancel();
        signalled().await;
        std::process::exit(130);
    });
    Ok(stop)
}
