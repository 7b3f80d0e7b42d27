//! A suite to measure: a real nats-server, services as processes of this binary, and locations with places in them.
//! Everything goes in through the public API, as it does in production. It must not set a service up in a way that
//! `serve` does not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::actor::{Actor, Role};
use model::criteria::Criteria;
use model::kind::Kind;
use model::region::{LocationSeed, PlacesSeed, Region};
use proto::feed::v1::HeadRequest;
use proto::feed::v1::feed_service_client::FeedServiceClient;
use proto::regio::v1::GetStatusRequest;
use service::broker::Broker;
use service::bus;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::child::{self, Child, free_ports};
use super::{Bench, failed};
use crate::client::{Connection, Identified};
use crate::suite::Service;
use crate::{Exit, Failure, seed};

/// How large the stream may become, in bytes: it must hold everything a row sends.
const STREAM_BYTES: i64 = 16 << 30;
/// How long `up` may take before it is given up.
const UP_WITHIN: Duration = Duration::from_secs(60);
/// How often a service that starts is asked whether it is there.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A nats-server with the stream of the region.
pub(super) async fn broker(bench: &Bench, folder: &Path) -> Result<Broker, Failure> {
    let broker = Broker::start(&bench.options.nats_server, &folder.join("nats"), 0).await;
    let broker = broker.map_err(failed)?;
    let reach = reach(bench, &broker);
    let client = bus::connect(&reach, "provision").await.map_err(failed)?;
    let config = bus::stream_config(&bench.region.id, 1, STREAM_BYTES);
    bus::provision(client, config).await.map_err(failed)?;
    Ok(broker)
}

/// Starts everything as `onderdak up` does, with all locations of Flevoland; gives the process that has it, and where its
/// pages are.
pub(super) async fn up(bench: &Bench, folder: &Path) -> Result<(Child, String), Failure> {
    let data = folder.join("data").display().to_string();
    let nats_server = bench.options.nats_server.display().to_string();
    let args = ["up", "--data", &data, "--port", "0", "--region", "flevoland", "--nats-server", &nats_server];
    let mut up = Child::start(folder, child::Kind::Parent, &args)?;
    let output = up.output().ok_or_else(|| Failure::new(Exit::Failed, "up heeft geen uitvoer"))?;
    let mut lines = BufReader::new(output).lines();
    let reading = async {
        while let Some(line) = lines.next_line().await.map_err(failed)? {
            if let Some(pages) = line.strip_prefix("Open in een browser:") {
                return Ok(pages.trim().to_owned());
            }
        }
        Err(Failure::new(Exit::Start, "onderdak up is gestopt tijdens het starten"))
    };
    let pages = tokio::time::timeout(UP_WITHIN, reading).await.map_err(failed)??;
    // The rest of what it prints must go somewhere, or it would end on a closed pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Ok((up, pages))
}

/// How to reach a broker.
pub(super) fn reach(bench: &Bench, broker: &Broker) -> bus::Options {
    bus::Options { url: broker.url.clone(), nkey_seed: None, region: bench.region.id.clone() }
}

/// Services that run in one process.
pub(super) struct Services {
    /// Their process.
    pub(super) child: Child,
    /// How to reach them, as beheerder.
    pub(super) connection: Connection,
    /// Where logeerplek's feed is.
    feed: FeedServiceClient<Identified>,
}

impl Services {
    /// Starts services and waits until each answers.
    pub(super) async fn start(
        bench: &Bench,
        folder: &Path,
        broker: &Broker,
        services: &[Service],
        database: &str,
    ) -> Result<Self, Failure> {
        let first = free_ports(u16::try_from(services.len()).unwrap_or(1))?;
        let listen = format!("127.0.0.1:{first}");
        let mut args = vec!["serve"];
        args.extend(services.iter().map(|service| service.name()));
        args.extend(["--nats", &broker.url, "--region", bench.region.id.as_str()]);
        args.extend(["--database", database, "--listen", &listen, "--issuer", &bench.issuer]);
        let mut child = Child::start(folder, child::Kind::Single, &args)?;
        let url = |wanted: Service| {
            let step = services.iter().position(|service| *service == wanted).unwrap_or(0);
            format!("http://127.0.0.1:{}", usize::from(first) + step)
        };
        let actor = Actor { role: Role::Beheerder, id: model::id::made(uuid::Uuid::nil()) };
        let connection = Connection::at(actor, bench.issuer.clone(), url);
        let mut feed = FeedServiceClient::new(connection.channel(&connection.logeerplek)?);
        if services.contains(&Service::Logeerplek) {
            child.answers(LOOK_EVERY, async || feed.head(HeadRequest {}).await.ok()).await?;
        }
        if services.contains(&Service::Regio) {
            let mut regio = connection.regio()?;
            child.answers(LOOK_EVERY, async || regio.get_status(GetStatusRequest {}).await.ok()).await?;
        }
        Ok(Self { child, connection, feed })
    }

    /// Position of the newest report the bus acknowledged.
    pub(super) async fn published(&mut self) -> Result<u64, Failure> {
        Ok(self.feed.head(HeadRequest {}).await?.into_inner().published)
    }

    /// Registers and confirms locations; gives each place.
    pub(super) async fn fill(
        &self,
        bench: &Bench,
        locations: u32,
        places: u32,
    ) -> Result<Vec<(String, String)>, Failure> {
        seed::seed(&with_locations(&bench.region, locations, places), &self.connection).await?;
        let ids =
            (0..places).flat_map(|place| (0..locations).map(move |location| (location_id(location), place_id(place))));
        Ok(ids.collect())
    }

    /// The same services for somebody with another role.
    pub(super) fn acting_as(&self, role: Role) -> Connection {
        let actor = Actor { role, ..self.connection.actor.clone() };
        Connection { actor, ..self.connection.clone() }
    }
}

/// The database of services in a folder.
pub(super) fn sqlite(folder: &Path) -> String {
    format!("sqlite:{}/{{service}}.db", folder.display())
}

/// A region with these locations and nothing else to register: no row measures slots or shifts.
fn with_locations(region: &Arc<Region>, locations: u32, places: u32) -> Region {
    let mut bare = Region { locations: seeds(region, locations, places), ..Region::clone(region) };
    bare.shifts.clear();
    for gemeente in &mut bare.gemeenten {
        gemeente.housing_first = 0;
    }
    bare
}

/// Locations to register.
pub(super) fn seeds(region: &Arc<Region>, locations: u32, places: u32) -> Vec<LocationSeed> {
    let gemeenten = region.gemeenten.iter().cycle();
    let seed = |(number, gemeente): (u32, &model::region::GemeenteInfo)| LocationSeed {
        id: location_id(number),
        kind: Kind::Logeerplek,
        name: format!("Meetlocatie {number}"),
        provider: "Meetbank".to_owned(),
        gemeente: gemeente.code.to_string(),
        phone: "0320 000 000".to_owned(),
        latitude: Some(gemeente.latitude),
        longitude: Some(gemeente.longitude),
        fictief: true,
        source: String::new(),
        freshness_goal_minutes: 10_080,
        max_stay_days: 0,
        confirms_claims: false,
        needs_night_cover: false,
        night_cover_opens: false,
        intake: Vec::new(),
        criteria: Criteria::default(),
        headcount: None,
        places: vec![PlacesSeed {
            label: "Kamer".to_owned(),
            pool: "generalistisch".to_owned(),
            count: places,
            also_pools: Vec::new(),
            financing: None,
            criteria: Criteria::default(),
        }],
    };
    (0..locations).zip(gemeenten).map(seed).collect()
}

/// The id of a location.
pub(super) fn location_id(number: u32) -> String {
    format!("bench-{number}")
}

/// The number in the id of a location.
pub(super) fn location_number(id: &str) -> Option<u32> {
    id.strip_prefix("bench-")?.parse().ok()
}

/// The id of a place, as `seed` makes it from its label.
fn place_id(number: u32) -> String {
    format!("kamer-{}", number + 1)
}
