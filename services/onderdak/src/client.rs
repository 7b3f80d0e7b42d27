//! Where the services of a running suite are, and who asks. It must not do what any caller of a service does: that is
//! `service::client`.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use clap::Args;
use identity::{Source, Tokens};
use model::actor::Actor;
use proto::housing_first::v1::housing_first_service_client::HousingFirstServiceClient;
use proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient;
use proto::nachtdienst::v1::nachtdienst_service_client::NachtdienstServiceClient;
use proto::opvang::v1::opvang_service_client::OpvangServiceClient;
use proto::regio::v1::regio_service_client::RegioServiceClient;
use service::client;
pub use service::client::{Identified, command_id, same_command_id};
use tonic::Status;

use crate::suite::Service;
use crate::{Exit, Failure};

/// Whoever waits longer than this hears why.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the services are and who asks.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Verbinding")]
pub struct Connection {
    /// Adres van de dienst opvang.
    #[arg(long, env = "ONDERDAK_OPVANG", default_value = "http://127.0.0.1:7401", global = true, value_name = "ADRES")]
    pub opvang: String,
    /// Adres van de dienst logeerplek.
    #[arg(
        long,
        env = "ONDERDAK_LOGEERPLEK",
        default_value = "http://127.0.0.1:7402",
        global = true,
        value_name = "ADRES"
    )]
    pub logeerplek: String,
    /// Adres van de dienst housing-first.
    #[arg(
        long,
        env = "ONDERDAK_HOUSING_FIRST",
        default_value = "http://127.0.0.1:7404",
        global = true,
        value_name = "ADRES"
    )]
    pub housing_first: String,
    /// Adres van de dienst nachtdienst.
    #[arg(
        long,
        env = "ONDERDAK_NACHTDIENST",
        default_value = "http://127.0.0.1:7405",
        global = true,
        value_name = "ADRES"
    )]
    pub nachtdienst: String,
    /// Adres van de dienst regio.
    #[arg(long, env = "ONDERDAK_REGIO", default_value = "http://127.0.0.1:7400", global = true, value_name = "ADRES")]
    pub regio: String,
    /// Wie het doet, als rol:id (medewerker, dispatcher, coordinator, beheerder, beleid): voor het demo-aanmelden.
    #[arg(long, env = "ONDERDAK_ACTOR", default_value = "coordinator:demo", global = true, value_name = "ROL:ID")]
    pub actor: Actor,
    /// Adres van de aanbieder waar mensen zich aanmelden.
    #[arg(long, env = "ONDERDAK_ISSUER", default_value = "http://127.0.0.1:7407", global = true, value_name = "ADRES")]
    pub issuer: String,
    /// Bestand met een token van die aanbieder; zonder: het demo-aanmelden geeft er een.
    #[arg(long, env = "ONDERDAK_TOKEN_FILE", global = true, value_name = "BESTAND")]
    pub token_file: Option<PathBuf>,
}

impl Connection {
    /// A connection of somebody to services that are where this says.
    pub fn at(actor: Actor, issuer: String, address: impl Fn(Service) -> String) -> Self {
        Self {
            opvang: address(Service::Opvang),
            logeerplek: address(Service::Logeerplek),
            housing_first: address(Service::HousingFirst),
            nachtdienst: address(Service::Nachtdienst),
            regio: address(Service::Regio),
            actor,
            issuer,
            token_file: None,
        }
    }

    /// A client of opvang.
    pub fn opvang(&self) -> Result<OpvangServiceClient<Identified>, Failure> {
        Ok(OpvangServiceClient::new(self.channel(&self.opvang)?))
    }

    /// A client of logeerplek.
    pub fn logeerplek(&self) -> Result<LogeerplekServiceClient<Identified>, Failure> {
        Ok(LogeerplekServiceClient::new(self.channel(&self.logeerplek)?))
    }

    /// A client of housing-first.
    pub fn housing_first(&self) -> Result<HousingFirstServiceClient<Identified>, Failure> {
        Ok(HousingFirstServiceClient::new(self.channel(&self.housing_first)?))
    }

    /// A client of nachtdienst.
    pub fn nachtdienst(&self) -> Result<NachtdienstServiceClient<Identified>, Failure> {
        Ok(NachtdienstServiceClient::new(self.channel(&self.nachtdienst)?))
    }

    /// A client of regio.
    pub fn regio(&self) -> Result<RegioServiceClient<Identified>, Failure> {
        Ok(RegioServiceClient::new(self.channel(&self.regio)?))
    }

    /// Where a service is.
    pub fn address(&self, service: Service) -> &str {
        match service {
            Service::Opvang => &self.opvang,
            Service::Logeerplek => &self.logeerplek,
            Service::HousingFirst => &self.housing_first,
            Service::Nachtdienst => &self.nachtdienst,
            Service::Regio => &self.regio,
        }
    }

    /// Where the services that own a log are.
    pub fn owners(&self) -> impl Iterator<Item = &str> {
        Service::owners().map(|service| self.address(service))
    }

    /// A channel to a service at an address, for what has no client of its own here.
    pub fn channel(&self, address: &str) -> Result<Identified, Failure> {
        let channel = client::channel(address).map_err(|error| Failure::of(Exit::Input, &error))?;
        Ok(client::identified(channel, self.tokens()))
    }

    /// The same services, for somebody else.
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self { actor, ..self.clone() }
    }

    /// The tokens of whoever asks, got once for all clients of a process.
    pub fn tokens(&self) -> Tokens {
        static KNOWN: Mutex<BTreeMap<(String, String), Tokens>> = Mutex::new(BTreeMap::new());
        let source = match &self.token_file {
            Some(file) => return Tokens::new(Source::File(file.clone())),
            None => Source::Demo { issuer: self.issuer.clone(), actor: self.actor.clone() },
        };
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        let of = (self.issuer.clone(), self.actor.to_string());
        known.entry(of).or_insert_with(|| Tokens::new(source)).clone()
    }
}

/// Sends a command; where the outcome is unknown it sends the same command id again, which does it at most once. Who
/// waits hears so.
pub async fn send<T, R, F>(request: T, call: impl FnMut(T) -> F) -> Result<R, Status>
where
    T: Clone,
    F: Future<Output = Result<R, Status>>,
{
    let sending = client::send(request, call);
    tokio::pin!(sending);
    tokio::select! {
        answer = &mut sending => return answer,
        () = tokio::time::sleep(PATIENCE) => {
            // An import has many commands under way; once is enough.
            static TOLD: Once = Once::new();
            TOLD.call_once(|| {
                // Nobody may be listening.
                let _ = writeln!(std::io::stderr(), "De dienst antwoordt nog niet; nog even geduld …");
            });
        }
    }
    sending.await
}
