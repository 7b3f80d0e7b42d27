//! `onderdak portaal`: the pages by themselves, for production, beside services that run elsewhere. It must not start a
//! service.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use identity::Verifier;
use service::telemetry::{self, LogFormat};
use service::{Chain, grpc};

use crate::cli::Common;
use crate::serve::{SignIn, stop_on_signal};
use crate::suite::Service;
use crate::{Exit, Failure, regions};

/// Options of `portaal`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Waar browsers de pagina's vinden.
    #[arg(long, env = "ONDERDAK_LISTEN", default_value = "127.0.0.1:7406", value_name = "ADRES:POORT")]
    listen: SocketAddr,
    /// De regio: flevoland, almelo, of een regiobestand.
    #[arg(long, env = "ONDERDAK_REGION", default_value = "flevoland", value_name = "REGIO")]
    region: String,
    /// Bestand met de sleutel van de sessies; zonder: na een herstart meldt iedereen zich opnieuw aan.
    #[arg(long, env = "ONDERDAK_SESSION_KEY", value_name = "BESTAND")]
    key_file: Option<PathBuf>,
    #[command(flatten)]
    sign_in: SignIn,
    /// Adres waarop mensen de pagina's vinden, als er iets voor staat dat versleutelt: https://onderdak.example.org.
    #[arg(long, env = "ONDERDAK_PUBLIC_URL", value_parser = public, value_name = "ADRES")]
    public_url: Option<String>,
    /// Adres van een OTLP-collector voor traces.
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", value_name = "ADRES")]
    otlp: Option<String>,
}

/// An address of people: without a path, and encrypted.
fn public(raw: &str) -> Result<String, String> {
    let host = raw.strip_prefix("https://").filter(|host| !host.is_empty() && !host.contains('/'));
    host.map(|host| format!("https://{host}")).ok_or_else(|| "moet https://naam zijn, zonder pad".to_owned())
}

/// Serves the pages until Ctrl-C or SIGTERM.
pub async fn run(options: Options, common: &Common) -> Result<(), Failure> {
    let telemetry = telemetry::Options { format: LogFormat::Json, otlp_endpoint: options.otlp.clone() };
    let _telemetry = telemetry::init("onderdak", &telemetry).map_err(|error| Failure::of(Exit::Start, &error))?;
    let region = regions::load(&options.region).map_err(|error| Failure::of(Exit::Input, &error))?;
    let listener = grpc::bind(options.listen).map_err(|error| Failure::of(Exit::Start, &error))?;
    let at = &common.connection;
    let verifier = Verifier::new(options.sign_in.options(at), region.id.clone());
    let verifier = verifier.map_err(|error| Failure::of(Exit::Input, &error))?;
    let id = options.sign_in.client_id.clone().unwrap_or_else(|| portaal::NAME.to_owned());
    let config = portaal::Config {
        region: Arc::new(region),
        services: Service::for_pages(|service| at.address(service).to_owned()),
        key_file: options.key_file,
        verifier: Arc::new(verifier),
        tokens: options.sign_in.tokens(at),
        client: portaal::Client { id, secret_file: options.sign_in.client_secret_file.clone() },
        public: options.public_url,
    };
    let ended = portaal::run(config, listener, stop_on_signal()?).await;
    ended.map_err(|error| Failure::new(Exit::Start, Chain(&error).to_string()))
}
