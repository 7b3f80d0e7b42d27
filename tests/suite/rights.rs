//! Who may do what, and where: every call of the contracts and every part of the pages, by every role, at a location that is
//! theirs and one that is not, in their region and in another. What must hold is the table itself, so this test fails where
//! a service does not keep to it. It must not know what a call does.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt as _;
use identity::http::Http;
use identity::provider::Granted;
use identity::rights::{self, Scope};
use identity::{DEMO_GRANT, Tokens};
use model::actor::Role;
use onderdak::client::{Connection, command_id};
use onderdak::suite::Service;
use proto::availability::v1::Needs;
use proto::logeerplek::v1::ClaimRequest;
use proto::opvang::v1::ListLocationsRequest;
use proto::opvang::v1::opvang_service_client::OpvangServiceClient;
use proto::regio::v1::WatchRequest;
use proto::regio::v1::regio_service_client::RegioServiceClient;
use service::client::{channel, identified};
use tonic::{Code, Request, Status};

use crate::bsn::{Contracts, Raw};
use crate::house::{House, reason};
use crate::web::{Events, get};

/// The location where the staff of this test works, and the one where they do not.
const MINE: &str = "mijn";
const OTHER: &str = "ander";

/// A token of the demonstration, for somebody who works at one location.
pub(crate) async fn token(to: &Connection, role: Role, region: Option<&str>) -> String {
    token_for(to, role, region, "mijn mijn-opvang").await
}

/// The same for somebody with these locations.
async fn token_for(to: &Connection, role: Role, region: Option<&str>, locations: &str) -> String {
    granted(to, role, region, locations, 600).await
}

/// The same for so many seconds.
async fn granted(to: &Connection, role: Role, region: Option<&str>, locations: &str, seconds: u32) -> String {
    let seconds = seconds.to_string();
    let actor = format!("{}:proef", role.name());
    let mut fields =
        vec![("grant_type", DEMO_GRANT), ("actor", actor.as_str()), ("locaties", locations), ("seconden", &seconds)];
    fields.extend(region.map(|region| ("regio", region)));
    let http = Http::new(&to.issuer).unwrap();
    http.post::<Granted>(&format!("{}/token", to.issuer), &fields, None).await.unwrap().access_token
}

/// Two locations of each service with places, and a claim at each of both.
async fn two_of_each(house: &House) -> BTreeMap<&'static str, String> {
    let mut claims = BTreeMap::new();
    for id in [MINE, OTHER] {
        house.location(id, 1).await;
        for line in [
            format!("beheer nieuw {id}-opvang --soort nachtopvang --gemeente Almere --naam {id} --aanbieder Kwintes"),
            format!("beheer erbij {id}-opvang k-1 --soort bed"),
        ] {
            let output = house.run(&line.split(' ').collect::<Vec<_>>());
            assert!(output.status.success(), "{line}: {}", crate::house::said(&output));
        }
        let request = ClaimRequest {
            command_id: command_id(),
            location_id: id.to_owned(),
            place_id: "kamer-1".to_owned(),
            client_ref: format!("c-{id}"),
            needs: Some(Needs { age: Some(34), nights: 1, ..Needs::default() }),
            ..ClaimRequest::default()
        };
        let claim = house.logeerplek().claim(request).await.unwrap().into_inner().claim.unwrap();
        claims.insert(id, claim.claim_id);
    }
    claims
}

/// What comes of a call: it is refused at the door, or whatever else it says.
async fn call(address: &str, path: &str, token: Option<&str>, bytes: Vec<u8>) -> Result<(), Status> {
    let channel = channel(address).unwrap();
    let request = Request::new(Bytes::from(bytes));
    let path = path.parse().unwrap();
    let answer = match token {
        Some(token) => {
            let mut grpc = tonic::client::Grpc::new(identified(channel, Tokens::fixed(token)));
            grpc.ready().await.unwrap();
            grpc.server_streaming(request, path, Raw).await
        }
        None => {
            let mut grpc = tonic::client::Grpc::new(channel);
            grpc.ready().await.unwrap();
            grpc.server_streaming(request, path, Raw).await
        }
    };
    let mut answers = answer?.into_inner();
    // A stream that says nothing yet was let in.
    match tokio::time::timeout(Duration::from_millis(200), answers.next()).await {
        Ok(Some(Err(status))) => Err(status),
        _ => Ok(()),
    }
}

/// Where the services are that serve a call of a package.
fn served_at<'a>(to: &'a Connection, package: &str) -> Vec<&'a str> {
    let is_of = |service: &Service| *package == format!("onderdak.{}.v1", service.name().replace('-', "_"));
    Service::all().find(is_of).map_or_else(|| to.owners().collect(), |it| vec![to.address(it)])
}

#[tokio::test]
async fn every_call_is_for_whom_the_table_says_and_where() {
    let house = House::start().await;
    let claims = two_of_each(&house).await;
    let to = &house.connection;
    let contracts = Contracts::read();
    let nowhere = "0".repeat(32);
    let mut wrong = Vec::new();
    let mut tried = 0;
    for role in Role::ALL {
        let (here, elsewhere) = (token(to, role, None).await, token(to, role, Some("elders")).await);
        for (package, path, input) in &contracts.calls {
            let rights = rights::of_method(path).unwrap_or_else(|| panic!("{path} has no row in the table of rights"));
            for location in [MINE, OTHER] {
                let of_opvang = format!("{location}-opvang");
                let id = if package.contains("opvang") { &of_opvang } else { location };
                let texts = [("location_id", id), ("claim_id", &claims[location]), ("stay_id", &nowhere)];
                let bytes = contracts.holding(input, &texts);
                let says_where =
                    ["location_id", "claim_id"].iter().any(|it| !contracts.holding(input, &[(it, "x")]).is_empty());
                let expected = match rights::scope(rights, role) {
                    None => Some("NOT_YOUR_ROLE"),
                    Some(Scope::Region) => None,
                    Some(Scope::Own) if location == MINE || !says_where => None,
                    Some(Scope::Own) => Some("NOT_YOUR_LOCATION"),
                };
                for address in served_at(to, package) {
                    tried += 1;
                    let refused = call(address, path, Some(&here), bytes.clone()).await.err();
                    let at_the_door = refused
                        .as_ref()
                        .filter(|it| matches!(it.code(), Code::PermissionDenied | Code::Unauthenticated));
                    let said = at_the_door.map(reason);
                    if said.as_deref() != expected {
                        wrong.push(format!("{} {path} at {location}: {said:?} and not {expected:?}", role.name()));
                    }
                    let refused = call(address, path, Some(&elsewhere), bytes.clone()).await.unwrap_err();
                    assert_eq!(reason(&refused), "TOKEN_FOR_OTHER_REGION", "{path}");
                    let refused = call(address, path, None, bytes.clone()).await.unwrap_err();
                    assert_eq!(reason(&refused), "UNAUTHENTICATED", "{path}");
                }
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    assert!(tried > 1_000, "{tried}");
}

/// The cookie of somebody who signed in.
async fn signed_in(pages: &str, role: Role) -> String {
    let pair = |cookies: &[String]| {
        let pairs: Vec<&str> = cookies.iter().filter_map(|it| it.split(';').next()).collect();
        pairs.join("; ")
    };
    let (status, provider, cookies) = get(&format!("{pages}/aanmelden?als={}:demo", role.name()), "").await;
    assert_eq!(status, 303);
    let (status, back, _) = get(&provider, "").await;
    assert_eq!(status, 303, "{provider}");
    let (status, to, signed) = get(&back, &pair(&cookies)).await;
    assert_eq!(status, 303, "{back} {to}");
    // A code is good once, and only for whoever asked for it.
    assert_eq!(get(&back, &pair(&cookies)).await.0, 403);
    assert_eq!(get(&back, "").await.0, 403);
    pair(&signed)
}

#[tokio::test]
async fn a_confidential_location_is_for_those_who_work_at_that_very_one_and_for_who_runs_the_region() {
    let house = House::start().await;
    for (id, kind) in [("geheim", "vrouwenopvang"), ("gewoon", "dagopvang")] {
        let line =
            format!("beheer nieuw {id} --soort {kind} --gemeente Almere --naam {id} --aanbieder Blijf --telt-mensen");
        assert!(house.run(&line.split(' ').collect::<Vec<_>>()).status.success());
    }
    let (to, contracts) = (&house.connection, Contracts::read());
    for (role, locations, at, expected) in [
        (Role::Medewerker, "*", "gewoon", None),
        (Role::Medewerker, "*", "geheim", Some("NOT_YOUR_LOCATION")),
        (Role::Medewerker, "gewoon", "geheim", Some("NOT_YOUR_LOCATION")),
        (Role::Medewerker, "", "gewoon", Some("NOT_YOUR_LOCATION")),
        (Role::Medewerker, "geheim", "geheim", None),
        (Role::Coordinator, "", "geheim", None),
    ] {
        let token = token_for(to, role, None, locations).await;
        let mut seen = Vec::new();
        for method in [
            "GetLocation",
            "ListWaiting",
            "ListExpectedExits",
            "ListPlans",
            "ConfirmLocation",
            "CheckIn",
            "CountPeople",
        ] {
            let path = format!("/onderdak.opvang.v1.OpvangService/{method}");
            let (_, _, input) = contracts.calls.iter().find(|(_, call, _)| *call == path).unwrap();
            let bytes = contracts.holding(input, &[("location_id", at)]);
            let refused = call(&to.opvang, &path, Some(&token), bytes).await.err();
            seen.push(refused.filter(|it| it.code() == Code::PermissionDenied).as_ref().map(reason));
        }
        assert!(seen.iter().all(|it| it.as_deref() == expected), "{role:?} {locations:?} at {at}: {seen:?}");
        let client = OpvangServiceClient::new(identified(channel(&to.opvang).unwrap(), Tokens::fixed(&token)));
        let all = client.clone().list_locations(ListLocationsRequest::default()).await.unwrap().into_inner().locations;
        assert_eq!(all.iter().any(|it| it.location_id == at), expected.is_none(), "{role:?} {locations:?} at {at}");
    }
}

#[tokio::test]
async fn what_goes_on_ends_with_the_token_that_opened_it() {
    let house = House::start().await;
    house.location(MINE, 1).await;
    house.on_the_board(MINE, |_| true).await;
    let to = &house.connection;
    let url = format!("{}/api/v1/events", house.pages);
    let long = format!("Bearer {}", token(to, Role::Beleid, None).await);
    testkit::wait_for("the board in the pages", crate::house::PATIENCE, async || {
        Events::open(&url, &[("authorization", &long)]).await.map(drop).map_err(|status| status.to_string())
    })
    .await;
    let token = granted(to, Role::Beleid, None, "", 3).await;
    let mut client = RegioServiceClient::new(identified(channel(&to.regio).unwrap(), Tokens::fixed(&token)));
    let mut watched = client.watch(WatchRequest::default()).await.unwrap().into_inner();
    let bearer = format!("Bearer {token}");
    let followed = Events::open(&url, &[("authorization", &bearer)]).await.unwrap();
    let ended = async {
        loop {
            if let Err(status) = watched.message().await {
                return reason(&status);
            }
        }
    };
    assert_eq!(tokio::time::timeout(crate::house::PATIENCE, ended).await.expect("it ends"), "TOKEN_EXPIRED");
    assert_eq!(watched.message().await.unwrap(), None);
    followed.ended().await;
}

#[tokio::test]
async fn every_part_of_the_pages_is_for_whom_the_table_says() {
    let house = House::start().await;
    // Whoever works at one location only is sent there.
    for id in [MINE, OTHER] {
        house.location(id, 1).await;
        house.on_the_board(id, |_| true).await;
    }
    let known = [Role::Medewerker, Role::Dispatcher, Role::Coordinator, Role::Beheerder, Role::Beleid];
    let mut wrong = Vec::new();
    for role in known {
        let cookie = signed_in(&house.pages, role).await;
        for (path, rights) in rights::PAGES {
            let (status, ..) = get(&format!("{}{path}", house.pages), &cookie).await;
            let expected = if rights::scope(rights, role).is_some() { 200 } else { 403 };
            if status != expected {
                wrong.push(format!("{} {path}: {status} and not {expected}", role.name()));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    for (path, _) in rights::PAGES {
        let (status, to, _) = get(&format!("{}{path}", house.pages), "").await;
        assert_eq!((status, to.as_str()), (303, format!("/aanmelden?naar={}", path.replace('/', "%2F")).as_str()));
    }
}
