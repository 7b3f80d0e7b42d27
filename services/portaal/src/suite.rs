//! The services of the suite, as somebody. It must not decide what may be done: the services do.

use std::time::Duration;

use identity::Tokens;
use model::actor::Role;
use proto::audit::v1::audit_service_client::AuditServiceClient;
use proto::housing_first::v1::housing_first_service_client::HousingFirstServiceClient;
use proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient;
use proto::nachtdienst::v1::nachtdienst_service_client::NachtdienstServiceClient;
use proto::opvang::v1::opvang_service_client::OpvangServiceClient;
use proto::regio::v1::regio_service_client::RegioServiceClient;
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};
use service::client::{AddressError, Identified, channel, identified};
use tonic::Status;
use tonic::metadata::MetadataValue;
use tonic::transport::Channel;

use crate::session::Session;

/// Somebody who asks the services something.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    /// In what role.
    pub(crate) role: Role,
    /// What says so to the services.
    pub(crate) tokens: Tokens,
}

impl Who {
    /// Somebody who is signed in.
    pub(crate) fn of(session: &Session) -> Self {
        Self { role: session.actor.role, tokens: Tokens::fixed(&session.token) }
    }

    /// These pages themselves.
    pub(crate) const fn pages(tokens: Tokens) -> Self {
        Self { role: Role::Systeem, tokens }
    }
}

/// Where the services are.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Opvang.
    pub opvang: String,
    /// The logeerplekken.
    pub logeerplek: String,
    /// The nachtdienst.
    pub nachtdienst: String,
    /// Housing First.
    pub housing_first: String,
    /// The board.
    pub regio: String,
    /// Every service that keeps a log, by its name.
    pub logs: Vec<(&'static str, String)>,
}

/// Connections to the services.
#[derive(Debug, Clone)]
pub(crate) struct Suite {
    opvang: Channel,
    logeerplek: Channel,
    nachtdienst: Channel,
    housing_first: Channel,
    regio: Channel,
    logs: Vec<(&'static str, Channel)>,
}

/// Longest wait of a page for a service: longer than a restart takes, shorter than somebody's patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

impl Suite {
    /// Connections; they are made when they are first used.
    pub(crate) fn new(at: &Addresses) -> Result<Self, AddressError> {
        Ok(Self {
            opvang: channel(&at.opvang)?,
            logeerplek: channel(&at.logeerplek)?,
            nachtdienst: channel(&at.nachtdienst)?,
            housing_first: channel(&at.housing_first)?,
            regio: channel(&at.regio)?,
            logs: at.logs.iter().map(|(name, at)| Ok((*name, channel(at)?))).collect::<Result<_, AddressError>>()?,
        })
    }

    /// Opvang, for somebody.
    pub(crate) fn opvang(&self, who: &Who) -> OpvangServiceClient<Identified> {
        OpvangServiceClient::new(identified(self.opvang.clone(), who.tokens.clone()))
    }

    /// The logeerplekken, for somebody.
    pub(crate) fn logeerplek(&self, who: &Who) -> LogeerplekServiceClient<Identified> {
        LogeerplekServiceClient::new(identified(self.logeerplek.clone(), who.tokens.clone()))
    }

    /// The nachtdienst, for somebody.
    pub(crate) fn nachtdienst(&self, who: &Who) -> NachtdienstServiceClient<Identified> {
        NachtdienstServiceClient::new(identified(self.nachtdienst.clone(), who.tokens.clone()))
    }

    /// Housing First, for somebody.
    pub(crate) fn housing_first(&self, who: &Who) -> HousingFirstServiceClient<Identified> {
        HousingFirstServiceClient::new(identified(self.housing_first.clone(), who.tokens.clone()))
    }

    /// The names of the services that keep a log.
    pub(crate) fn log_names(&self) -> Vec<&'static str> {
        self.logs.iter().map(|(name, _)| *name).collect()
    }

    /// The log of every service that keeps one, for somebody, by the name of the service.
    pub(crate) fn logs(&self, who: &Who) -> Vec<(&'static str, AuditServiceClient<Identified>)> {
        let log = |to: &Channel| AuditServiceClient::new(identified(to.clone(), who.tokens.clone()));
        self.logs.iter().map(|(name, to)| (*name, log(to))).collect()
    }

    /// The board, for somebody.
    pub(crate) fn regio(&self, who: &Who) -> RegioServiceClient<Identified> {
        RegioServiceClient::new(identified(self.regio.clone(), who.tokens.clone()))
    }
}

/// Which service somebody asked, in the metadata of its answer.
const ASKED: &str = "dienst";

/// A client of a service, by the name that the service has.
pub(crate) trait Named {
    /// Its name; none where several services answer the same.
    const NAME: Option<&'static str>;
}

macro_rules! named {
    ($($client:ident: $name:expr),*) => {
        $(impl Named for $client<Identified> {
            const NAME: Option<&'static str> = $name;
        })*
    };
}

named!(
    OpvangServiceClient: Some("opvang"),
    LogeerplekServiceClient: Some("logeerplek"),
    HousingFirstServiceClient: Some("housing-first"),
    NachtdienstServiceClient: Some("nachtdienst"),
    RegioServiceClient: Some("regio"),
    AuditServiceClient: None
);

/// Why a service did not do what it was asked, with which service that was: it may be too far away to say so.
pub(crate) fn from<C: Named>(_: &C, mut status: Status) -> Status {
    if let Some(name) = C::NAME {
        status.metadata_mut().insert(ASKED, MetadataValue::from_static(name));
    }
    status
}

/// The service that was asked, where that is known.
pub(crate) fn asked(status: &Status) -> Option<&str> {
    status.metadata().get(ASKED)?.to_str().ok()
}

/// Sends a request to a service, and again under the same command id while it is not known what became of it.
macro_rules! ask {
    ($client:ident.$method:ident($request:expr)) => {{
        let named = $client.clone();
        let client = named.clone();
        let call = move |request| {
            let mut client = client.clone();
            async move { client.$method(request).await }
        };
        let sent = tokio::time::timeout(crate::suite::PATIENCE, service::client::insist($request, call)).await;
        // Whoever waits longer reads that the service is away, and not an empty page.
        let sent = sent.unwrap_or_else(|_| Err(tonic::Status::deadline_exceeded("no answer in time")));
        sent.map_err(|status| crate::suite::from(&named, status))
    }};
}

pub(crate) use ask;

impl Suite {
    /// Every location of opvang that somebody may see, page after page.
    pub(crate) async fn opvang_locations(&self, who: &Who) -> Result<Vec<opvang::Location>, Status> {
        let (client, mut all, mut after) = (self.opvang(who), Vec::new(), String::new());
        loop {
            let request = opvang::ListLocationsRequest { page_size: 0, after_location_id: after };
            let answer = ask!(client.list_locations(request))?.into_inner();
            all.extend(answer.locations);
            after = answer.next_after_location_id;
            if after.is_empty() {
                return Ok(all);
            }
        }
    }

    /// The same of the logeerplekken.
    pub(crate) async fn logeerplek_locations(&self, who: &Who) -> Result<Vec<logeerplek::Location>, Status> {
        let (client, mut all, mut after) = (self.logeerplek(who), Vec::new(), String::new());
        loop {
            let request = logeerplek::ListLocationsRequest { page_size: 0, after_location_id: after };
            let answer = ask!(client.list_locations(request))?.into_inner();
            all.extend(answer.locations);
            after = answer.next_after_location_id;
            if after.is_empty() {
                return Ok(all);
            }
        }
    }
}
