//! The board: what arrives on it, watching it, and that it survives the loss of everything it was built from.

use std::time::Duration;

use onderdak::client::command_id;
use proto::availability::v1::{Age, Kind};
use proto::regio::v1::watch_response::Event;
use proto::regio::v1::*;
use testkit::{SECONDS_10, wait_for};

use crate::house::{House, PATIENCE, REGION, best, report};

async fn next(answers: &mut tonic::Streaming<WatchResponse>) -> WatchResponse {
    tokio::time::timeout(SECONDS_10, answers.message()).await.expect("an answer in time").unwrap().expect("an answer")
}

async fn watch(house: &House, token: &str) -> tonic::Streaming<WatchResponse> {
    // The night service tells of every gemeente on its own, which is not what these tests are about.
    let filter = Some(Filter { kinds: vec![Kind::Logeerplek.into(), Kind::Dagopvang.into()], ..Filter::default() });
    let request = WatchRequest { resume_token: token.to_owned(), filter };
    house.connection.regio().unwrap().watch(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_watcher_sees_the_whole_picture_and_then_every_change_and_resumes_without_a_gap() {
    let house = House::start().await;
    house.location("huis", 3).await;
    house.on_the_board("huis", |it| it.free == 3).await;
    let mut answers = watch(&house, "").await;
    assert!(matches!(next(&mut answers).await.event, Some(Event::Location(it)) if it.free == 3));
    let complete = next(&mut answers).await;
    assert!(matches!(complete.event, Some(Event::SnapshotComplete(SnapshotComplete { locations: 1 }))));
    let mut client = house.logeerplek();
    client.claim_best(best("c-1")).await.unwrap();
    let changed = next(&mut answers).await;
    assert!(matches!(&changed.event, Some(Event::Location(it)) if it.free == 2), "{changed:?}");
    drop(answers);
    client.claim_best(best("c-2")).await.unwrap();
    house.on_the_board("huis", |it| it.free == 1).await;
    let mut again = watch(&house, &changed.resume_token).await;
    assert!(matches!(next(&mut again).await.event, Some(Event::Location(it)) if it.free == 1), "only what was missed");
}

#[tokio::test]
async fn a_token_of_another_board_starts_over() {
    let house = House::start().await;
    house.location("huis", 1).await;
    house.on_the_board("huis", |it| it.free == 1).await;
    let mut answers = watch(&house, "ander:7").await;
    assert!(matches!(next(&mut answers).await.event, Some(Event::Reset(_))));
    assert!(matches!(next(&mut answers).await.event, Some(Event::Location(_))));
}

#[tokio::test]
async fn a_rebuilt_board_is_the_same_board() {
    let house = House::start().await;
    house.location("huis", 3).await;
    house.location("ander-huis", 2).await;
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
    house.on_the_board("ander-huis", |it| it.free >= 1).await;
    let before = settled(&house).await;
    let rebuilt = house.run(&["rebuild"]);
    assert!(rebuilt.status.success());
    assert_eq!(settled(&house).await, before);
}

#[tokio::test]
async fn the_board_comes_back_after_its_database_and_the_stream_are_gone() {
    let mut house = House::start().await;
    house.location("huis", 3).await;
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
    house.on_the_board("huis", |it| it.free == 2).await;
    let before = settled(&house).await;
    house.stop().await;
    for gone in ["regio.db", "regio.db-wal", "regio.db-shm"] {
        let _ = std::fs::remove_file(house.data().join(gone));
    }
    std::fs::remove_dir_all(house.data().join("nats/jetstream")).unwrap();
    house.restart().await;
    house.on_the_board("huis", |it| it.free == 2).await;
    assert_eq!(settled(&house).await, before);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_parked_and_later_ones_go_on() {
    let house = House::start().await;
    house.location("huis", 2).await;
    house.on_the_board("huis", |it| it.free == 2).await;
    let ports = std::fs::read_dir(house.data().join("nats/ports")).unwrap().next().unwrap().unwrap();
    let ports: serde_json::Value = serde_json::from_slice(&std::fs::read(ports.path()).unwrap()).unwrap();
    let nats = async_nats::connect(ports["nats"][0].as_str().unwrap()).await.unwrap();
    for poison in ["geen json", "{}", r#"{"specversion":"1.0","id":"1","source":"/x","type":"vreemd"}"#] {
        nats.publish("onderdak.v1.proef.logeerplek.gm0034.huis", poison.into()).await.unwrap();
    }
    nats.flush().await.unwrap();
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
    house.on_the_board("huis", |it| it.free == 1).await;
    let status = house.connection.regio().unwrap().get_status(GetStatusRequest {}).await.unwrap().into_inner();
    assert_eq!(status.parked, 3);
}

/// The board as text once every service is complete up to its head.
async fn settled(house: &House) -> String {
    let client = house.connection.regio().unwrap();
    wait_for("a settled board", PATIENCE + Duration::from_secs(60), async || {
        let status = client.clone().get_status(GetStatusRequest {}).await.map_err(|status| status.to_string())?;
        let services = status.into_inner().services;
        let complete = services
            .iter()
            .any(|it| it.service == "logeerplek" && it.complete_to == it.highest && it.head <= it.complete_to);
        if !complete {
            return Err(format!("{services:?}"));
        }
        let filter = Some(Filter { kinds: vec![Kind::Logeerplek.into()], ..Filter::default() });
        let request = ListLocationsRequest { filter, include_retired: true };
        let board = client.clone().list_locations(request).await.map_err(|status| status.to_string())?.into_inner();
        Ok(board.locations.iter().map(|it| serde_json::to_string(&report(it)).unwrap()).collect::<Vec<_>>().join("\n"))
    })
    .await
}

#[tokio::test]
async fn a_stand_that_goes_stale_is_told_to_who_watches_without_anybody_touching_it() {
    let location = "\n[[location]]\nid = \"inloop\"\nkind = \"dagopvang\"\nname = \"Inloop\"\nprovider = \"Proef\"\n\
        gemeente = \"gm0034\"\nheadcount = 9\nfreshness_goal_minutes = 1\n";
    let house = House::start_with(&format!("{REGION}{location}")).await;
    let counted = service::clock::now() - jiff::SignedDuration::from_secs(56);
    let stand = proto::opvang::v1::RecordStandRequest {
        command_id: command_id(),
        location_id: "inloop".to_owned(),
        as_of: Some(model::wire::time_out(counted)),
        funded: 9,
        ..Default::default()
    };
    house.connection.opvang().unwrap().record_stand(stand).await.unwrap();
    house.on_the_board("inloop", |it| it.report.as_ref().is_some_and(|it| it.confirmed_at.is_some())).await;
    let mut answers = watch(&house, "").await;
    let mut ages = Vec::new();
    while ages.last() != Some(&Age::Stale) {
        if let Some(Event::Location(it)) = next(&mut answers).await.event {
            ages.push(it.age());
        }
    }
    // On a slow machine it was stale before anybody watched.
    assert!(matches!(ages.as_slice(), [Age::Current, Age::Stale] | [Age::Stale]), "{ages:?}");
}

#[tokio::test]
async fn who_watches_a_quiet_gemeente_hears_that_the_board_is_alive_while_others_change() {
    let house = House::start().await;
    house.location("huis", 1).await;
    let filter = Some(Filter { gemeenten: vec!["gm0995".to_owned()], ..Filter::default() });
    let request = WatchRequest { resume_token: String::new(), filter };
    let mut answers = house.connection.regio().unwrap().watch(request).await.unwrap().into_inner();
    assert!(matches!(next(&mut answers).await.event, Some(Event::SnapshotComplete(_))));
    let elsewhere = async {
        loop {
            house.run(&["confirm", "huis"]);
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    let alive = tokio::select! {
        answer = tokio::time::timeout(2 * SECONDS_10, answers.message()) => answer.expect("a sign of life in time"),
        never = elsewhere => never,
    };
    assert!(matches!(alive.unwrap().unwrap().event, Some(Event::Heartbeat(_))));
}
