//! `onderdak demo nacht`: a believable night over a running suite, through the public API only, told scene by scene
//! with what the board shows after each. It must not know a rule, and it changes nothing that the morning does not put
//! back, but for the Housing First key.

mod board;
mod cast;
mod earlier;
mod night;
mod play;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::Serialize;
use service::telemetry::{self, LogFormat};
use service::{Chain, grpc};

pub use self::board::Figures;
pub use self::night::night;
use crate::cli::Common;
use crate::output::{self, Format};
use crate::serve::stop_on_signal;
use crate::{Exit, Failure, regions};

/// Who plays the night, in whatever role; who works in it has a code of that night.
const PLAYS: &str = "demo-nacht";

/// Commands of `demo`.
#[derive(Debug, Clone, Subcommand)]
pub enum Demo {
    /// Speel een avond en nacht na: bedden, claims, een zieke, winteropvang en een sleutel. Het duurt twee minuten.
    Nacht(Options),
    /// Start het demo-aanmelden alleen: iedereen op deze machine kan daar iedereen zijn. Nooit voor echte gebruikers.
    Aanmelden(SignInOptions),
}

/// Options of the demonstration's provider.
#[derive(Debug, Clone, Args)]
pub struct SignInOptions {
    /// Waar het luistert; alleen op deze machine zelf.
    #[arg(long, default_value = "127.0.0.1:7407", value_name = "ADRES:POORT")]
    listen: SocketAddr,
    /// De regio: flevoland, almelo, of een regiobestand.
    #[arg(long, env = "ONDERDAK_REGION", default_value = "flevoland", value_name = "REGIO")]
    region: String,
    /// Bestand met de sleutel; zonder: na een herstart meldt iedereen zich opnieuw aan.
    #[arg(long, value_name = "BESTAND")]
    key_file: Option<PathBuf>,
}

async fn sign_in(options: SignInOptions) -> Result<(), Failure> {
    let telemetry = telemetry::Options { format: LogFormat::Json, otlp_endpoint: None };
    let _telemetry = telemetry::init("onderdak", &telemetry).map_err(|error| Failure::of(Exit::Start, &error))?;
    let region = regions::load(&options.region).map_err(|error| Failure::of(Exit::Input, &error))?;
    let listener = grpc::bind(options.listen).map_err(|error| Failure::of(Exit::Start, &error))?;
    let config = portaal::demo::Config { region: Arc::new(region), key_file: options.key_file };
    let ended = portaal::demo::run(config, listener, stop_on_signal()?).await;
    ended.map_err(|error| Failure::new(Exit::Start, Chain(&error).to_string()))
}

/// Options of a night.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Seconden tussen twee gebeurtenissen, om mee te kijken.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(..=60), value_name = "SECONDEN")]
    pub pauze: u64,
    /// Met een ander getal loopt de nacht anders; met hetzelfde gelijk.
    #[arg(long, default_value_t = 1, value_name = "GETAL")]
    pub zaad: u64,
    /// Zo beginnen de codes van cliënten en medewerkers, en de teksten.
    #[arg(long, default_value = "demo", value_parser = mark, value_name = "CODE")]
    pub merk: String,
}

/// One thing that happened in the night, and what the board shows after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Scene {
    /// Its name, the same in every night.
    pub name: &'static str,
    /// What happened, in a sentence.
    pub told: String,
    /// What the board shows now.
    pub figures: Figures,
}

/// Room for what the demo puts behind it: codes have at most 48 characters.
const LONGEST_MARK: usize = 24;

fn mark(raw: &str) -> Result<String, String> {
    let is_code = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if raw.is_empty() || raw.len() > LONGEST_MARK || !raw.chars().all(is_code) {
        return Err(format!("moet 1 tot en met {LONGEST_MARK} tekens hebben, alleen a-z, 0-9 en -"));
    }
    Ok(raw.to_owned())
}

/// Runs a command of `demo`.
pub async fn run(command: Demo, common: &Common) -> Result<(), Failure> {
    let options = match command {
        Demo::Nacht(options) => options,
        Demo::Aanmelden(options) => return sign_in(options).await,
    };
    let rest = Duration::from_secs(options.pauze);
    let tell = async |scene: &Scene| {
        match common.output {
            Format::Json => output::json(scene)?,
            Format::Text => output::text(format_args!("{}\n    {}", scene.told, scene.figures))?,
        }
        tokio::time::sleep(rest).await;
        Ok(())
    };
    let stop = stop_on_signal()?;
    let came_and_went = night(&common.connection, &options, &stop, tell).await?;
    match common.output {
        Format::Json => output::json(&came_and_went),
        Format::Text => output::text(format_args!("\n{came_and_went}")),
    }
}
