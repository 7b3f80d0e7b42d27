//! Talking to a running suite: addresses, who acts, and trying again what may be tried again. It must not send a
//! command again under another id.

use std::io::Write as _;
use std::sync::Once;
use std::time::Duration;

use clap::Args;
use model::actor::Actor;
use proto::housing_first::v1::housing_first_service_client::HousingFirstServiceClient;
use proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient;
use proto::nachtdienst::v1::nachtdienst_service_client::NachtdienstServiceClient;
use proto::opvang::v1::opvang_service_client::OpvangServiceClient;
use proto::regio::v1::regio_service_client::RegioServiceClient;
use service::call::ACTOR;
use service::clock;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use uuid::Uuid;

use crate::suite::Service;
use crate::{Exit, Failure};

/// Longest wait for an answer; a service ends a call by itself after 15 seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(16);
/// No try begins later than this.
const AGAIN_FOR: Duration = Duration::from_secs(20);
/// Whoever waits longer than this hears why.
const PATIENCE: Duration = Duration::from_secs(3);
/// A service that is silent for so long is asked whether it is there, and has so long to say that it is.
const ASK_AFTER: Duration = Duration::from_secs(10);
const THERE_WITHIN: Duration = Duration::from_secs(5);
/// How often a command is sent at most while its outcome is not known.
const TRIES: u32 = 5;

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
    /// Wie het doet, als rol:id (medewerker, dispatcher, coordinator, beheerder, beleid).
    #[arg(long, env = "ONDERDAK_ACTOR", default_value = "dispatcher:demo", global = true, value_name = "ROL:ID")]
    pub actor: Actor,
}

/// Says on every call who acts.
#[derive(Debug, Clone)]
pub struct As(MetadataValue<Ascii>);

impl Interceptor for As {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        request.metadata_mut().insert(ACTOR, self.0.clone());
        Ok(request)
    }
}

/// A channel that says who acts.
pub type Identified = InterceptedService<Channel, As>;

impl Connection {
    /// A connection of somebody to services that are where this says.
    pub fn at(actor: Actor, address: impl Fn(Service) -> String) -> Self {
        Self {
            opvang: address(Service::Opvang),
            logeerplek: address(Service::Logeerplek),
            housing_first: address(Service::HousingFirst),
            nachtdienst: address(Service::Nachtdienst),
            regio: address(Service::Regio),
            actor,
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
        let wrong = || Failure::new(Exit::Input, format!("‘{address}’ is geen adres, zoals http://127.0.0.1:7400"));
        // Whoever asks for encryption must not get a connection without.
        if address.starts_with("https://") {
            let sentence = format!("{address}: versleuteld verbinden kan nog niet; op deze machine is het http://");
            return Err(Failure::new(Exit::Input, sentence));
        }
        let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| wrong())?;
        let is_whole = endpoint.uri().scheme_str() == Some("http") && endpoint.uri().port_u16().is_some();
        if !is_whole {
            return Err(wrong());
        }
        let endpoint = endpoint.connect_timeout(THERE_WITHIN).tcp_nodelay(true);
        let endpoint = endpoint.http2_keep_alive_interval(ASK_AFTER).keep_alive_timeout(THERE_WITHIN);
        let actor = MetadataValue::try_from(self.actor.to_string());
        let actor = actor.map_err(|_| Failure::new(Exit::Input, "--actor heeft vreemde tekens"))?;
        Ok(InterceptedService::new(endpoint.connect_lazy(), As(actor)))
    }
}

/// A fresh command id, as text.
pub fn command_id() -> String {
    Uuid::now_v7().to_string()
}

/// The same command id for the same thing, always: doing it again changes nothing.
pub fn same_command_id(what: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("urn:onderdak:{what}").as_bytes()).to_string()
}

/// Sends a command; where the outcome is unknown it sends the same command id again, which does it at most once. Who
/// waits hears so.
pub async fn send<T, R>(request: T, call: impl AsyncFnMut(T) -> Result<R, Status>) -> Result<R, Status>
where
    T: Clone,
{
    let sending = sent(request, call);
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

async fn sent<T, R>(request: T, mut call: impl AsyncFnMut(T) -> Result<R, Status>) -> Result<R, Status>
where
    T: Clone,
{
    let started = clock::stopwatch();
    let mut wait = Duration::from_millis(100);
    let mut left = TRIES;
    loop {
        let answer = tokio::time::timeout(ANSWER_WITHIN, call(request.clone())).await;
        let answer = answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("geen antwoord op tijd")));
        left -= 1;
        let again = answer.as_ref().is_err_and(may_try_again) && left > 0 && started.elapsed() < AGAIN_FOR;
        if !again {
            return answer;
        }
        tokio::time::sleep(wait).await;
        wait *= 2;
    }
}

fn may_try_again(status: &Status) -> bool {
    let is_away = matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted);
    is_away || crate::exit::is_broken(status)
}
