//! As it runs in production: PostgreSQL, a NATS cluster of three, and two replicas of a service, each a process of
//! its own.

use onderdak::client::{Connection, command_id};
use onderdak::suite::Service;
use proto::logeerplek::v1::*;
use testkit::process::Child;
use testkit::{TempDir, nats, postgres, wait_for};

use crate::house::{ONDERDAK, PATIENCE, REGION, best, register, sign_in};

fn serve(service: &str, database: &str, nats: &str, (region, issuer): (&str, &str), more: &[&str]) -> Child {
    let args =
        ["serve", service, "--listen", "127.0.0.1:0", "--database", database, "--nats", nats, "--region", region];
    let args: Vec<&str> = args.into_iter().chain(more.iter().copied()).collect();
    Child::start(ONDERDAK, &args, [("ONDERDAK_LOG", "info"), ("ONDERDAK_ISSUER", issuer)])
}

/// The address a service logs once it is ready.
pub(crate) async fn address(process: &Child) -> String {
    addresses(process, 1).await.remove(0)
}

/// The addresses that so many services of one process log once they are ready.
pub(crate) async fn addresses(process: &Child, services: usize) -> Vec<String> {
    let ready = wait_for("the services to be ready", PATIENCE, async || {
        let lines = process.lines();
        let ready: Vec<String> = lines.into_iter().filter(|line| line.contains("\"Ready\"")).collect();
        if ready.len() == services { Ok(ready) } else { Err(process.last_words()) }
    })
    .await;
    ready.iter().map(|line| address_in(line)).collect()
}

fn address_in(line: &str) -> String {
    let log: serde_json::Value = serde_json::from_str(line).unwrap();
    let address = log["address"].as_str().unwrap();
    format!("http://{}", address.trim_start_matches("Some(").trim_end_matches(')'))
}

/// The same for these services, in this order, whichever is ready first.
pub(crate) async fn addresses_of(process: &Child, services: &[&str]) -> Vec<String> {
    addresses(process, services.len()).await;
    let lines = process.lines();
    let of = |service: &&str| {
        let is_it = |line: &&String| line.contains("\"Ready\"") && line.contains(&format!("\"service\":\"{service}\""));
        address_in(lines.iter().find(is_it).unwrap())
    };
    services.iter().map(of).collect()
}

/// The README's lines that run the built program, as words.
fn typed() -> Vec<Vec<String>> {
    let lines = include_str!("../../README.md").lines();
    let lines = lines.filter_map(|line| line.strip_prefix("$ target/release/onderdak "));
    lines.map(|line| line.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect()).collect()
}

#[tokio::test]
async fn the_lines_of_the_readme_for_production_work_as_typed() {
    let databases = postgres::Databases::fresh(&Service::all().map(Service::name).collect::<Vec<_>>()).await;
    let cluster = nats::Cluster::start(3).await;
    // What differs on this machine: where the database and the bus are, and that every port is a free one.
    let bus = cluster.urls();
    let (_sign_in, issuer) = sign_in("flevoland").await;
    let env = [
        ("ONDERDAK_NATS", &*bus),
        ("ONDERDAK_REGION", "flevoland"),
        ("ONDERDAK_LISTEN", "127.0.0.1:0"),
        ("ONDERDAK_ISSUER", &*issuer),
    ];
    let (mut running, mut listening) = (Vec::new(), Vec::new());
    for words in typed() {
        let here = |word: &String| match word {
            word if word.starts_with("postgres://") => databases.url().to_owned(),
            word if word.starts_with("http://") => listening.join(","),
            word => word.clone(),
        };
        let args: Vec<String> = words.iter().map(here).collect();
        let mut process = Child::start(ONDERDAK, &args, env);
        if args[0] == "provision" {
            assert!(process.exit().await.success(), "{}", process.last_words());
            continue;
        }
        let services = args.iter().skip(1).take_while(|arg| !arg.starts_with("--")).count();
        listening.extend(addresses(&process, services).await);
        running.push(process);
    }
    assert_eq!((running.len(), listening.len()), (2, Service::all().count()));
    // The board is the last that README starts.
    let connection =
        Connection::at("beheerder:proef".parse().unwrap(), issuer, |_| listening[listening.len() - 1].clone());
    let regio = connection.regio().unwrap();
    wait_for("the aggregator to have heard of every service", PATIENCE, async || {
        let status = regio.clone().get_status(proto::regio::v1::GetStatusRequest {}).await;
        let services = status.map_err(|status| status.to_string())?.into_inner().services;
        if services.len() == Service::owners().count() { Ok(()) } else { Err(format!("{services:?}")) }
    })
    .await;
}

#[tokio::test]
async fn on_postgresql_and_a_nats_cluster_two_replicas_give_a_place_away_once() {
    let folder = TempDir::new("productie");
    let region = folder.join("regio.toml");
    std::fs::write(&region, REGION).unwrap();
    let region = region.to_str().unwrap();
    let (log, board) = (postgres::Database::fresh().await, postgres::Database::fresh().await);
    let cluster = nats::Cluster::start(3).await;
    let urls = cluster.urls();
    let provision = ["provision", "--nats", &urls, "--region", region, "--replicas", "3"];
    let provisioned = tokio::process::Command::new(ONDERDAK).args(provision).output().await.unwrap();
    assert!(provisioned.status.success(), "{provisioned:?}");

    let (_sign_in, issuer) = sign_in(region).await;
    let both = (region, issuer.as_str());
    let mut replicas: Vec<Child> = (0..2).map(|_| serve("logeerplek", log.url(), &urls, both, &[])).collect();
    let addresses = [address(&replicas[0]).await, address(&replicas[1]).await];
    let regio = serve("regio", board.url(), &urls, both, &["--feed", &addresses[1]]);
    let at = |logeerplek: &str, regio: &str| {
        let address = |service| if service == Service::Regio { regio } else { logeerplek }.to_owned();
        Connection::at("beheerder:proef".parse().unwrap(), issuer.clone(), address)
    };
    let regio = address(&regio).await;
    let clients = addresses.iter().map(|address| at(address, &regio).logeerplek().unwrap()).collect::<Vec<_>>();
    register(&mut clients[0].clone(), "huis", 1).await;
    wait_for("the other replica follows", PATIENCE, async || {
        let request = GetLocationRequest { location_id: "huis".to_owned() };
        let answer = clients[1].clone().get_location(request).await.map_err(|status| status.to_string())?;
        answer.into_inner().location.filter(|it| it.places.len() == 1).ok_or_else(|| "not yet".to_owned())
    })
    .await;

    let racers = (0..60).map(|number| {
        let mut client = clients[number % 2].clone();
        tokio::spawn(async move { client.claim_best(best(&format!("c-{number}"))).await.ok() })
    });
    let mut won = Vec::new();
    for racer in racers.collect::<Vec<_>>() {
        won.extend(racer.await.unwrap().and_then(|answer| answer.into_inner().claim));
    }
    assert_eq!(won.len(), 1);

    // The replica that relays may be the one that dies: the other takes over.
    replicas[0].kill9();
    let cancel = CancelClaimRequest { command_id: command_id(), claim_id: won[0].claim_id.clone() };
    wait_for("the cancel", PATIENCE, async || {
        clients[1].clone().cancel_claim(cancel.clone()).await.map_err(|status| status.to_string())
    })
    .await;
    let board = at(&addresses[1], &regio).regio().unwrap();
    wait_for("the board", PATIENCE, async || {
        let request = proto::regio::v1::ListLocationsRequest { filter: None, include_retired: false };
        let board = board.clone().list_locations(request).await.map_err(|status| status.to_string())?.into_inner();
        match board.locations.as_slice() {
            [huis] if huis.free == 1 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await;
}
