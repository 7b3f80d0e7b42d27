//! Claims over gRPC: races for the last place, retries, refusals with their reasons.

use std::collections::BTreeMap;

use onderdak::client::command_id;
use proto::availability::v1::Kind;
use proto::logeerplek::v1::*;
use proto::nachtdienst::v1 as night;
use proto::opvang::v1 as shelter;
use proto::regio::v1::GetFlowRequest;
use testkit::wait_for;
use tonic::Code;

use crate::house::{House, PATIENCE, best, reason, report, said};

#[tokio::test]
async fn of_two_hundred_callers_for_the_last_place_exactly_one_wins() {
    let house = House::start().await;
    house.location("laatste-plek", 1).await;
    let clients: Vec<_> = (0..8).map(|_| house.logeerplek()).collect();
    let racers = (0..200).map(|number| {
        let mut client = clients[number % clients.len()].clone();
        tokio::spawn(async move { client.claim_best(best(&format!("c-{number}"))).await })
    });
    let mut won = 0;
    for racer in racers.collect::<Vec<_>>() {
        match racer.await.unwrap() {
            Ok(_) => won += 1,
            Err(status) => {
                assert_eq!((status.code(), reason(&status).as_str()), (Code::FailedPrecondition, "NOTHING_FITS"))
            }
        }
    }
    assert_eq!(won, 1);
    let seen =
        house.on_the_board("laatste-plek", |it| report(it).figures.is_some_and(|figures| figures.held == 1)).await;
    let figures = seen.report.and_then(|report| report.figures).unwrap();
    assert_eq!((figures.held, figures.occupied, figures.actual), (1, 0, 1));
}

#[tokio::test]
async fn the_same_command_fifty_times_at_once_has_one_effect_and_one_answer() {
    let house = House::start().await;
    house.location("huis", 5).await;
    let request = best("c-1");
    let callers = (0..50).map(|_| {
        let (mut client, request) = (house.logeerplek(), request.clone());
        tokio::spawn(async move { client.claim_best(request).await.unwrap().into_inner() })
    });
    let mut answers = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        answers.push(caller.await.unwrap());
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    house.on_the_board("huis", |it| it.free == 4).await;
}

#[tokio::test]
async fn a_client_who_has_a_place_cannot_get_a_second_and_one_who_left_can() {
    let house = House::start().await;
    house.location("huis", 2).await;
    let mut client = house.logeerplek();
    let claim = client.claim_best(best("c-1")).await.unwrap().into_inner().claim.unwrap();
    let refused = client.claim_best(best("c-1")).await.unwrap_err();
    assert_eq!(reason(&refused), "CLIENT_HAS_PLACE");
    assert!(refused.message().contains("al een plek"));
    let cancel = CancelClaimRequest { command_id: command_id(), claim_id: claim.claim_id };
    client.cancel_claim(cancel).await.unwrap();
    client.claim_best(best("c-1")).await.unwrap();
}

#[tokio::test]
async fn who_is_sent_away_at_a_full_shelter_is_counted_once_however_often_it_is_sent() {
    let house = House::start().await;
    for line in [
        "beheer nieuw slaap --soort nachtopvang --gemeente Almere --aanbieder Kwintes",
        "beheer erbij slaap k-1 --soort bed",
        "confirm slaap",
        "verblijf in slaap k-1",
    ] {
        let output = house.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", said(&output));
    }
    let mut opvang = house.connection.opvang().unwrap();
    let request = shelter::CheckInRequest {
        command_id: command_id(),
        location_id: "slaap".to_owned(),
        into: Some(shelter::check_in_request::Into::Pool("bed".to_owned())),
        ..shelter::CheckInRequest::default()
    };
    for _ in 0..3 {
        assert_eq!(reason(&opvang.check_in(request.clone()).await.unwrap_err()), "FULL");
    }
    let regio = house.connection.regio().unwrap();
    let refused = wait_for("it in the flow", PATIENCE, async || {
        let now = service::clock::now();
        let (from, until) = (now - jiff::SignedDuration::from_hours(1), now + jiff::SignedDuration::from_hours(1));
        let (from, until) = (Some(model::wire::time_out(from)), Some(model::wire::time_out(until)));
        let request = GetFlowRequest { from, until, ..GetFlowRequest::default() };
        let rows = regio.clone().get_flow(request).await.unwrap().into_inner().rows;
        let refused: Vec<u32> = rows.iter().map(|row| row.refused).filter(|refused| *refused > 0).collect();
        if refused.is_empty() { Err(format!("{rows:?}")) } else { Ok(refused) }
    });
    assert_eq!(refused.await, [1]);
}

#[tokio::test]
async fn a_list_that_is_not_whole_says_how_much_there_is() {
    let house = House::start().await;
    house.location("huis", 3).await;
    let mut client = house.logeerplek();
    for number in 0..3 {
        client.claim_best(best(&format!("c-{number}"))).await.unwrap();
    }
    let list = async |page_size| {
        let request = ListClaimsRequest { location_id: String::new(), page_size };
        let page = house.logeerplek().list_claims(request).await.unwrap().into_inner();
        (page.claims.len(), page.total)
    };
    assert_eq!((list(2).await, list(0).await), ((2, 3), (3, 3)));
    let meldingen = house.connection.nachtdienst().unwrap();
    for _ in 0..2 {
        let request = night::ReceiveMeldingRequest {
            command_id: command_id(),
            gemeente: "gm0034".to_owned(),
            urgency: night::Urgency::Laag.into(),
            text: "iemand voor de deur".to_owned(),
        };
        meldingen.clone().receive_melding(request).await.unwrap();
    }
    let request = night::ListMeldingenRequest { only_open: true, gemeente: String::new(), page_size: 1 };
    let page = meldingen.clone().list_meldingen(request).await.unwrap().into_inner();
    assert_eq!((page.meldingen.len(), page.total), (1, 2));
}

#[tokio::test]
async fn wrong_input_names_its_field_and_changes_nothing() {
    let house = House::start().await;
    house.location("huis", 1).await;
    let mut client = house.logeerplek();
    let bsn = ClaimBestRequest { client_ref: "111222333".to_owned(), ..best("x") };
    let refused = client.claim_best(bsn).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().starts_with("client_ref"), "{}", refused.message());
    let no_id = ClaimBestRequest { command_id: "1".to_owned(), ..best("c-1") };
    assert!(client.claim_best(no_id).await.unwrap_err().message().starts_with("command_id"));
    let long = ClaimBestRequest { hold_minutes: 241, ..best("c-1") };
    assert!(client.claim_best(long).await.unwrap_err().message().starts_with("hold_minutes"));
    house.on_the_board("huis", |it| it.free == 1).await;
}

#[tokio::test]
async fn a_dispatcher_finds_claims_and_reports_the_arrival_and_the_departure() {
    let house = House::start().await;
    house.location("huis", 1).await;
    house.on_the_board("huis", |it| it.free == 1).await;
    let found = house.run(&["find", "--van", "Almere", "--leeftijd", "34"]);
    assert!(found.status.success() && said(&found).contains("kamer-1"), "{}", said(&found));
    let claimed = house.run(&["claim", "huis", "kamer-1", "--client", "c-9", "--van", "Almere", "--output", "json"]);
    let claim: serde_json::Value = serde_json::from_slice(&claimed.stdout).unwrap();
    let id = claim["claimId"].as_str().unwrap();
    house.on_the_board("huis", |it| it.free == 0).await;
    assert!(said(&house.run(&["arrive", id])).contains("aangekomen"));
    let late = house.run(&["release", id]);
    assert_eq!(late.status.code(), Some(4), "{}", said(&late));
    let left = house.run(&["release", id, "--naar", "huis", "--voorkomen", "ja"]);
    assert!(said(&left).contains("vertrokken"), "{}", said(&left));
    house.on_the_board("huis", |it| it.free == 1).await;
}

#[tokio::test]
async fn a_search_that_finds_nothing_is_counted_as_unmet_demand() {
    let house = House::start().await;
    house.location("huis", 1).await;
    house.on_the_board("huis", |it| it.free == 1).await;
    let found = house.run(&["find", "--van", "Almere", "--huisdier"]);
    assert!(
        said(&found).contains("De vraag is genoteerd") && said(&found).contains("huisdier mee"),
        "{}",
        said(&found)
    );
    let client = house.logeerplek();
    let total = wait_for("the count", PATIENCE, async || {
        let request = RecordUnmetDemandRequest { command_id: command_id(), ..RecordUnmetDemandRequest::default() };
        client.clone().record_unmet_demand(request).await.map_err(|status| status.to_string())
    });
    assert_eq!(total.await.into_inner().total, 2);

    // Of what was looked for, and of nothing that is a secret or that nobody sleeps in.
    for kind in ["nachtopvang", "vrouwenopvang", "housing-first"] {
        let found = said(&house.run(&["find", "--van", "Almere", "--soort", kind]));
        assert_eq!(found.contains("De vraag is genoteerd"), kind == "nachtopvang", "{found}");
    }
    let refused = RecordUnmetDemandRequest {
        command_id: command_id(),
        kind: Kind::Vrouwenopvang.into(),
        ..RecordUnmetDemandRequest::default()
    };
    assert_eq!(client.clone().record_unmet_demand(refused).await.unwrap_err().code(), Code::InvalidArgument);
    let regio = house.connection.regio().unwrap();
    let unmet = wait_for("both kinds in the flow", PATIENCE, async || {
        let now = service::clock::now();
        let (from, until) = (now - jiff::SignedDuration::from_hours(1), now + jiff::SignedDuration::from_hours(1));
        let request = GetFlowRequest {
            from: Some(model::wire::time_out(from)),
            until: Some(model::wire::time_out(until)),
            ..GetFlowRequest::default()
        };
        let rows = regio.clone().get_flow(request).await.unwrap().into_inner().rows;
        let unmet: BTreeMap<_, _> =
            rows.iter().filter(|row| row.unmet > 0).map(|row| ((row.kind, row.gemeente.clone()), row.unmet)).collect();
        if unmet.len() == 3 { Ok(unmet) } else { Err(format!("{rows:?}")) }
    });
    let of = |kind: Kind, gemeente: &str| (kind.into(), gemeente.to_owned());
    let expected =
        [(of(Kind::Logeerplek, "gm0034"), 1), (of(Kind::Nachtopvang, "gm0034"), 1), (of(Kind::Logeerplek, "regio"), 1)];
    assert_eq!(unmet.await, BTreeMap::from(expected));
}
