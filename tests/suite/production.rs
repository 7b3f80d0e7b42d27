//! As it runs in production: PostgreSQL, a NATS cluster of three, and two replicas of a service, each a process of
//! its own.

use onderdak::client::{Connection, command_id};
use proto::logeerplek::v1::*;
use testkit::process::Child;
use testkit::{TempDir, nats, postgres, wait_for};

use crate::house::{ONDERDAK, PATIENCE, REGION, best, register};

fn serve(service: &str, database: &str, nats: &str, region: &str, more: &[&str]) -> Child {
    let args =
        ["serve", service, "--listen", "127.0.0.1:0", "--database", database, "--nats", nats, "--region", region];
    let args: Vec<&str> = args.into_iter().chain(more.iter().copied()).collect();
    Child::start(ONDERDAK, &args, [("ONDERDAK_LOG", "info")])
}

/// The address a service logs once it is ready.
async fn address(process: &Child) -> String {
    process.wait_line("\"Ready\"").await;
    let line = process.lines().into_iter().find(|line| line.contains("\"Ready\"")).unwrap();
    let log: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = log["address"].as_str().unwrap();
    format!("http://{}", address.trim_start_matches("Some(").trim_end_matches(')'))
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

    let mut replicas: Vec<Child> = (0..2).map(|_| serve("logeerplek", log.url(), &urls, region, &[])).collect();
    let addresses = [address(&replicas[0]).await, address(&replicas[1]).await];
    let regio = serve("regio", board.url(), &urls, region, &["--feed", &addresses[1]]);
    let at = |logeerplek: &String, regio: &str| Connection {
        opvang: String::new(),
        logeerplek: logeerplek.clone(),
        regio: regio.to_owned(),
        actor: "dispatcher:proef".parse().unwrap(),
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
