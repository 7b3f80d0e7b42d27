//! Faults under load: the suite is killed at random, and what was acknowledged is there, exactly once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use onderdak::client::{Connection, command_id};
use proto::logeerplek::v1::*;
use testkit::wait_for;
use tokio::sync::{Mutex, RwLock};
use tonic::Code;

use crate::house::{House, PATIENCE, best, report};

/// How often the suite is killed.
const ROUNDS: u64 = 8;

/// Claims and gives back without end; notes the claims that were acknowledged and not given back.
async fn dispatcher(number: u32, at: Arc<RwLock<Connection>>, done: Arc<AtomicBool>, kept: Arc<Mutex<Vec<String>>>) {
    for round in 0_u32.. {
        if done.load(Ordering::Relaxed) {
            return;
        }
        let request = best(&format!("c-{number}-{round}"));
        let Some(claim) = certain(&at, &done, request, async |it, mut client| client.claim_best(it).await).await else {
            continue;
        };
        let claim_id = claim.into_inner().claim.unwrap().claim_id;
        if round % 5 == 0 {
            kept.lock().await.push(claim_id);
            return;
        }
        let cancel = CancelClaimRequest { command_id: command_id(), claim_id };
        certain(&at, &done, cancel, async |it, mut client| client.cancel_claim(it).await).await;
    }
}

type Client = proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient<onderdak::client::Identified>;

/// Sends one command with one id until its outcome is certain, as a client must after a break.
async fn certain<T: Clone, R>(
    at: &RwLock<Connection>,
    done: &AtomicBool,
    request: T,
    send: impl AsyncFn(T, Client) -> Result<R, tonic::Status>,
) -> Option<R> {
    loop {
        let client = at.read().await.logeerplek().unwrap();
        match send(request.clone(), client).await {
            Ok(answer) => return Some(answer),
            Err(status) if matches!(status.code(), Code::FailedPrecondition | Code::NotFound) => return None,
            Err(_) if done.load(Ordering::Relaxed) => return None,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

#[tokio::test]
async fn the_whole_suite_is_killed_under_load_and_every_acknowledged_claim_is_there_once() {
    let mut house = House::start().await;
    house.location("huis", 40).await;
    let (at, done) = (Arc::new(RwLock::new(house.connection.clone())), Arc::new(AtomicBool::new(false)));
    let kept = Arc::new(Mutex::new(Vec::new()));
    let dispatchers: Vec<_> = (0..16)
        .map(|number| tokio::spawn(dispatcher(number, Arc::clone(&at), Arc::clone(&done), Arc::clone(&kept))))
        .collect();
    for round in 0..ROUNDS {
        // Not waiting for a fact: the kill must come at any moment.
        tokio::time::sleep(Duration::from_millis(60 + round * 37 % 200)).await;
        house.kill_and_start().await;
        *at.write().await = house.connection.clone();
    }
    assert_eq!(house.brokers().len(), 1, "a killed suite leaves no second nats-server on the same store");
    done.store(true, Ordering::Relaxed);
    for dispatcher in dispatchers {
        dispatcher.await.unwrap();
    }
    let mut client = house.logeerplek();
    let kept = kept.lock().await.clone();
    for claim_id in &kept {
        let claim =
            client.get_claim(GetClaimRequest { claim_id: claim_id.clone() }).await.unwrap().into_inner().claim.unwrap();
        assert_eq!(claim.status(), ClaimStatus::Held);
    }
    let request = ListClaimsRequest { location_id: String::new(), page_size: 0 };
    let open = client.list_claims(request).await.unwrap().into_inner().claims;
    let mut places: Vec<&str> = open.iter().map(|claim| claim.place_id.as_str()).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), open.len(), "no place is held twice");
    let free = u32::try_from(40 - open.len()).unwrap();
    house.on_the_board("huis", |it| it.free == free).await;
}

#[tokio::test]
async fn the_bus_dies_and_comes_back_by_itself_and_nothing_is_lost() {
    let house = House::start().await;
    house.location("huis", 3).await;
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
    house.on_the_board("huis", |it| it.free == 2).await;
    for client in ["c-2", "c-3"] {
        let id = &house.brokers()[0];
        assert!(std::process::Command::new("kill").args(["-9", id]).status().unwrap().success());
        // Commands go on while the bus is away; what they did arrives after.
        house.logeerplek().claim_best(best(client)).await.unwrap();
        let free = if client == "c-2" { 1 } else { 0 };
        house.on_the_board("huis", |it| report(it).figures.is_some() && it.free == free).await;
    }
    assert!(house.process().lines().iter().any(|line| line.contains("opnieuw gestart")));
}

#[tokio::test]
async fn a_bus_that_keeps_dying_is_started_again_for_as_long_as_it_takes() {
    let house = House::start().await;
    house.location("huis", 3).await;
    let mut killed = Vec::new();
    for _ in 0..6 {
        let id = wait_for("another nats-server", PATIENCE, async || {
            house.brokers().into_iter().find(|id| !killed.contains(id)).ok_or("not yet".to_owned())
        });
        let id = id.await;
        assert!(std::process::Command::new("kill").args(["-9", &id]).status().unwrap().success());
        killed.push(id);
    }
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
    house.on_the_board("huis", |it| it.free == 2).await;
}
