//! Starts services of a region in this process. `onderdak up`, `onderdak serve` and the tests all start here, so
//! that development and production cannot drift apart.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum as _;
use identity::{Source, Tokens, Verifier};
use model::actor::{Actor, Role};
use model::id::UserId;
use model::region::Region;
use service::owner::{self, RunError};
use service::{Chain, bus, grpc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Exit, Failure};

/// A service of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum)]
pub enum Service {
    /// De opvang.
    Opvang,
    /// De logeerplekken.
    Logeerplek,
    /// Housing First.
    HousingFirst,
    /// De avond- en nachtdienst.
    Nachtdienst,
    /// Het bord van de regio.
    Regio,
}

impl Service {
    /// Every service.
    pub fn all() -> impl Iterator<Item = Self> + Clone {
        Self::value_variants().iter().copied()
    }

    /// Every service that owns a log.
    pub fn owners() -> impl Iterator<Item = Self> + Clone {
        Self::all().filter(|service| service.has_feed())
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opvang => opvang::NAME,
            Self::Logeerplek => logeerplek::NAME,
            Self::HousingFirst => housing_first::NAME,
            Self::Nachtdienst => nachtdienst::NAME,
            Self::Regio => regio::NAME,
        }
    }

    /// The port it listens on when nothing else is said; `up` has the others of the first sixteen.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::Regio => 7400,
            Self::Opvang => 7401,
            Self::Logeerplek => 7402,
            Self::HousingFirst => 7404,
            Self::Nachtdienst => 7405,
        }
    }

    /// Where the pages find every service.
    pub(crate) fn for_pages(at: impl Fn(Self) -> String) -> portaal::Addresses {
        portaal::Addresses {
            opvang: at(Self::Opvang),
            logeerplek: at(Self::Logeerplek),
            nachtdienst: at(Self::Nachtdienst),
            housing_first: at(Self::HousingFirst),
            regio: at(Self::Regio),
            logs: Self::owners().map(|service| (service.name(), at(service))).collect(),
        }
    }

    /// Whether it owns a log, and therefore has a feed.
    pub const fn has_feed(self) -> bool {
        !matches!(self, Self::Regio)
    }
}

/// How to start services.
#[derive(Debug, Clone)]
pub struct Config {
    /// The region.
    pub region: Arc<Region>,
    /// The bus.
    pub nats_url: String,
    /// Seed of the nkey to sign in to the bus with.
    pub nkey_seed: Option<String>,
    /// Database address; `{service}` stands for the service's name.
    pub database_url: String,
    /// Which services, and where each listens; port 0: any free port.
    pub services: Vec<(Service, SocketAddr)>,
    /// Feeds of services that run elsewhere, for the aggregator.
    pub feeds: Vec<String>,
    /// The pages, beside the services of this process; none where they run elsewhere.
    pub portaal: Option<Portaal>,
    /// Where people sign in.
    pub sign_in: SignIn,
}

/// Where people sign in, and how this process does.
#[derive(Debug, Clone)]
pub enum SignIn {
    /// At the demonstration, in this process.
    Demo {
        /// Where it listens; port 0: any free port.
        address: SocketAddr,
        /// Where its key is kept.
        key_file: Option<PathBuf>,
    },
    /// At a provider that runs elsewhere.
    Provider {
        /// Which, and what its tokens are for.
        options: identity::Options,
        /// The tokens of this process itself.
        tokens: Tokens,
    },
}

/// Whose tokens the services of a process believe, and their own.
struct Known {
    verifier: Arc<Verifier>,
    tokens: Tokens,
}

/// Who a service is when it asks another one.
pub fn itself() -> Actor {
    Actor { role: Role::Systeem, id: model::id::made(uuid::Uuid::nil()) }
}

/// The id of a part of this program that does something as if it were somebody: its name, where that can be one.
pub fn named(name: &str) -> UserId {
    UserId::parse(name).unwrap_or_else(|_| model::id::made(uuid::Uuid::nil()))
}

/// Where the pages are.
#[derive(Debug, Clone)]
pub struct Portaal {
    /// Where browsers find them; port 0: any free port.
    pub address: SocketAddr,
    /// Where the key of the sessions is kept.
    pub key_file: Option<PathBuf>,
}

/// Services that run.
pub struct Running {
    /// Where each listens.
    pub addresses: Vec<(Service, SocketAddr)>,
    /// Where the pages are.
    pub portaal: Option<SocketAddr>,
    /// Where people sign in.
    pub issuer: String,
    tasks: Tasks,
    stop: CancellationToken,
}

/// Binds every port first, so that a taken one is an error before anything starts; then starts every service.
pub async fn start(config: Config, stop: CancellationToken) -> Result<Running, Failure> {
    let mut listeners = Vec::new();
    for (service, address) in &config.services {
        let listener = grpc::bind(*address).map_err(|error| Failure::of(Exit::Start, &error))?;
        let address = listener.local_addr().map_err(|error| Failure::of(Exit::Start, &error))?;
        listeners.push((*service, address, listener));
    }
    let bound = |at: &Portaal| grpc::bind(at.address).map_err(|error| Failure::of(Exit::Start, &error));
    let pages = config.portaal.as_ref().map(bound).transpose()?;
    let addresses: Vec<_> = listeners.iter().map(|(service, address, _)| (*service, *address)).collect();
    let own_feeds = addresses.iter().filter(|(service, _)| service.has_feed()).map(|(_, at)| format!("http://{at}"));
    let feeds: Vec<String> = own_feeds.chain(config.feeds.clone()).collect();
    let bus = bus::Options {
        url: config.nats_url.clone(),
        nkey_seed: config.nkey_seed.clone(),
        region: config.region.id.clone(),
    };
    let mut tasks = JoinSet::new();
    let (known, issuer) = sign_in(&config, &mut tasks, &stop)?;
    for (service, _, listener) in listeners {
        let database_url = config.database_url.replace("{service}", service.name());
        let (region, bus, feeds, stop) = (Arc::clone(&config.region), bus.clone(), feeds.clone(), stop.clone());
        let (verifier, tokens) = (Arc::clone(&known.verifier), known.tokens.clone());
        tasks.spawn(async move {
            let owner = owner::Config {
                database_url: database_url.clone(),
                bus: bus.clone(),
                region: Arc::clone(&region),
                verifier: Arc::clone(&verifier),
            };
            let ended = match service {
                Service::Opvang => told(opvang::run(owner, listener, stop).await),
                Service::Logeerplek => told(logeerplek::run(owner, listener, stop).await),
                Service::HousingFirst => told(housing_first::run(owner, listener, stop).await),
                Service::Nachtdienst => told(nachtdienst::run(owner, listener, stop).await),
                Service::Regio => {
                    let config = regio::Config { database_url, bus, region, feeds, verifier, tokens };
                    regio::run(config, listener, stop).await.map_err(|error| Chain(&error).to_string())
                }
            };
            (service.name(), ended)
        });
    }
    let portaal = pages.as_ref().map(tokio::net::TcpListener::local_addr).transpose();
    let portaal = portaal.map_err(|error| Failure::of(Exit::Start, &error))?;
    let mut running = Running { addresses, portaal, issuer, tasks, stop };
    if let Some((listener, at)) = pages.zip(config.portaal) {
        let config = portaal::Config {
            region: config.region,
            services: Service::for_pages(|service| running.url(service)),
            key_file: at.key_file,
            verifier: known.verifier,
            tokens: known.tokens,
            client: portaal::Client { id: portaal::NAME.to_owned(), secret_file: None },
            public: None,
        };
        let stop = running.stop.clone();
        running.tasks.spawn(async move {
            let ended = portaal::run(config, listener, stop).await;
            (portaal::NAME, ended.map_err(|error| Chain(&error).to_string()))
        });
    }
    Ok(running)
}

type Tasks = JoinSet<(&'static str, Result<(), String>)>;

/// Where people sign in: starts the demonstration where that is it.
fn sign_in(config: &Config, tasks: &mut Tasks, stop: &CancellationToken) -> Result<(Known, String), Failure> {
    let (options, tokens) = match &config.sign_in {
        SignIn::Provider { options, tokens } => (options.clone(), tokens.clone()),
        SignIn::Demo { address, key_file } => {
            let listener = grpc::bind(*address).map_err(|error| Failure::of(Exit::Start, &error))?;
            let address = listener.local_addr().map_err(|error| Failure::of(Exit::Start, &error))?;
            let issuer = portaal::demo::issuer(address);
            let demo = portaal::demo::Config { region: Arc::clone(&config.region), key_file: key_file.clone() };
            let stop = stop.clone();
            tasks.spawn(async move {
                let ended = portaal::demo::run(demo, listener, stop).await;
                (portaal::demo::NAME, ended.map_err(|error| Chain(&error).to_string()))
            });
            let tokens = Tokens::new(Source::Demo { issuer: issuer.clone(), actor: itself() });
            (identity::Options { issuer, audience: identity::AUDIENCE.to_owned() }, tokens)
        }
    };
    let issuer = options.issuer.clone();
    let verifier =
        Verifier::new(options, config.region.id.clone()).map_err(|error| Failure::of(Exit::Input, &error))?;
    Ok((Known { verifier: Arc::new(verifier), tokens }, issuer))
}

fn told(ended: Result<(), RunError>) -> Result<(), String> {
    ended.map_err(|error| Chain(&error).to_string())
}

impl Running {
    /// The address of a service, as a client uses it.
    pub fn url(&self, service: Service) -> String {
        let found = self.addresses.iter().find(|(running, _)| *running == service);
        found.map(|(_, address)| format!("http://{address}")).unwrap_or_default()
    }

    /// Waits until every service ended. The first that fails stops the others.
    pub async fn ended(&mut self) -> Result<(), Failure> {
        let mut failure = None;
        while let Some(ended) = self.tasks.join_next().await {
            let why = match ended {
                Ok((_, Ok(()))) => continue,
                Ok((name, Err(why))) => format!("{name} is gestopt: {why}"),
                Err(error) => format!("een dienst is gestopt: {error}"),
            };
            self.stop.cancel();
            failure.get_or_insert(Failure::new(Exit::Failed, why));
        }
        failure.map_or(Ok(()), Err)
    }
}
