//! A marked name, typed wherever somebody may type one, and everything it could get out through. It must not know how a
//! service keeps it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use onderdak::client::{Connection, command_id};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{TraceService, TraceServiceServer};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use prost::Message as _;
use proto::availability::v1::{Needs, PlaceStatus};
use proto::housing_first::v1 as housing;
use proto::logeerplek::v1 as logeerplek;
use proto::nachtdienst::v1 as night;
use proto::opvang::v1 as opvang;
use proto::privacy::v1::privacy_service_client::PrivacyServiceClient;
use proto::privacy::v1::{EraseRequest, Sort};
use proto::regio::v1::ListLocationsRequest;
use service::clock;
use sqlx::{Connection as _, PgConnection};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Request, Response, Status};

use crate::house::report;

/// What every typed code and text begins with.
pub(crate) const MARK: &str = "kanarie";

/// How often it stands in each file.
pub(crate) type Held = BTreeMap<String, usize>;

/// Whether some bytes hold others.
pub(crate) fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// It must not be there, in any case of letters.
pub(crate) fn absent(place: &str, bytes: &[u8]) {
    let lower = bytes.to_ascii_lowercase();
    assert!(!lower.is_empty(), "nothing was found to look through in {place}");
    if let Some(at) = lower.windows(MARK.len()).position(|window| window == MARK.as_bytes()) {
        let around = &bytes[at.saturating_sub(200)..bytes.len().min(at + 200)];
        panic!("{place} holds it: {}", String::from_utf8_lossy(around));
    }
}

/// A look at what belongs to a person is in the log: who, by the id of a row, from where, at what, by which question.
pub(crate) fn looks_are_logged(lines: &[String], role: &str, rpc: &str) {
    let is_it = |line: &serde_json::Value| {
        let who = line["wie"].as_str().and_then(|who| who.strip_prefix(role)?.strip_prefix(':'));
        line["actie"] == "inzien"
            && line["span"]["rpc"] == rpc
            && line["vanaf"] == "127.0.0.1"
            && line["resultaat"] == "gelukt"
            && who.is_some_and(|id| uuid::Uuid::try_parse(id).is_ok())
            && line["objecten"].as_str().is_some_and(|ids| ids.split(' ').all(|id| uuid::Uuid::try_parse(id).is_ok()))
    };
    let lines: Vec<serde_json::Value> = lines.iter().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let looks: Vec<_> = lines.iter().filter(|line| line["target"] == "toegang").collect();
    assert!(looks.iter().any(|line| is_it(line)), "{rpc} by {role} is not among {looks:?}");
}

/// The files under a folder that hold it, and how often.
pub(crate) fn in_files(folder: &Path) -> Held {
    let each = files(folder).into_iter().map(|(name, bytes)| {
        let lower = bytes.to_ascii_lowercase();
        (name, lower.windows(MARK.len()).filter(|window| *window == MARK.as_bytes()).count())
    });
    each.filter(|(_, times)| *times > 0).collect()
}

/// Every code that begins with it, in the files under a folder.
pub(crate) fn codes(folder: &Path) -> Vec<String> {
    let found = files(folder).into_iter().flat_map(|(_, bytes)| codes_in(&bytes));
    found.collect::<BTreeSet<_>>().into_iter().collect()
}

fn codes_in(bytes: &[u8]) -> BTreeSet<String> {
    let begins = bytes.windows(MARK.len()).enumerate().filter(|(_, window)| *window == MARK.as_bytes());
    let code = |(at, _): (usize, &[u8])| {
        let is_part = |byte: &&u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || **byte == b'-';
        bytes[at..].iter().take_while(is_part).map(|byte| char::from(*byte)).collect::<String>()
    };
    begins.map(code).collect()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            // A file that is gone by now holds nothing.
            found.push((entry.file_name().into_string().unwrap(), bytes));
        }
    }
    found
}

/// Everything that stands on the bus: subjects, headers and payloads.
pub(crate) async fn on_the_bus(url: &str) -> Vec<u8> {
    let client = async_nats::connect(url).await.unwrap();
    let stream = async_nats::jetstream::new(client).get_stream("ONDERDAK").await.unwrap();
    let messages = stream.cached_info().state.messages;
    let everything = async_nats::jetstream::consumer::pull::OrderedConfig::default();
    let consumer = stream.create_consumer(everything).await.unwrap();
    let mut read = consumer.messages().await.unwrap().take(usize::try_from(messages).unwrap());
    let mut bytes = Vec::new();
    while let Some(message) = read.next().await {
        let message = message.unwrap();
        bytes.extend_from_slice(message.subject.as_bytes());
        bytes.extend_from_slice(format!("{:?}", message.headers).as_bytes());
        bytes.extend_from_slice(&message.payload);
    }
    bytes
}

/// Every row of every table of a database, as text; columns of bytes in hexadecimal.
async fn rows(url: &str) -> Vec<u8> {
    let mut database = PgConnection::connect(url).await.unwrap();
    sqlx::query("set xmlbinary to hex").execute(&mut database).await.unwrap();
    let rows: String = sqlx::query_scalar(
        "select string_agg(query_to_xml(format('select * from %I', table_name), true, true, '')::text, ' ')
         from information_schema.tables where table_schema = 'public'",
    )
    .fetch_one(&mut database)
    .await
    .unwrap();
    rows.to_lowercase().into_bytes()
}

/// Whether any row holds it, as text or as bytes.
pub(crate) async fn is_in_database(url: &str) -> bool {
    let rows = rows(url).await;
    let hex: String = MARK.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(!rows.is_empty());
    holds(&rows, MARK.as_bytes()) || holds(&rows, hex.as_bytes())
}

/// Every code that begins with it, in a database.
pub(crate) async fn codes_in_database(url: &str) -> BTreeSet<String> {
    codes_in(&rows(url).await)
}

/// The board as text.
pub(crate) async fn board(connection: &Connection) -> String {
    let request = ListLocationsRequest { filter: None, include_retired: true };
    let board = connection.regio().unwrap().list_locations(request).await.unwrap().into_inner();
    board.locations.iter().map(|it| serde_json::to_string(&report(it)).unwrap()).collect::<Vec<_>>().join("\n")
}

/// Erases every code, and every text it stands in, from every service.
pub(crate) async fn erase(connection: &Connection, codes: &[String]) {
    let as_beheer = Connection { actor: "beheerder:proef".parse().unwrap(), ..connection.clone() };
    for address in connection.owners() {
        // The channel is the one every client uses; its address is all that differs.
        let mut client = PrivacyServiceClient::new(as_beheer.channel(address).map_err(|it| it.sentence).unwrap());
        let typed = codes.iter().flat_map(|code| [(Sort::Client, code.as_str()), (Sort::Staff, code.as_str())]);
        for (sort, value) in typed.chain([(Sort::Text, MARK)]) {
            client.erase(EraseRequest { sort: sort.into(), value: value.to_owned() }).await.unwrap();
        }
    }
}

fn text(what: &str) -> String {
    format!("{MARK} {what}")
}

fn client(number: u32) -> String {
    format!("{MARK}-gast-{number}")
}

/// Types it in what the night of the demo leaves untouched: reasons and remarks, and commands that are refused.
pub(crate) async fn type_it_everywhere(connection: &Connection) {
    where_nothing_is(connection).await;
    in_opvang(connection).await;
    in_logeerplek(connection).await;
    in_housing_first(connection).await;
    in_nachtdienst(connection).await;
}

async fn where_nothing_is(connection: &Connection) {
    let mut opvang = connection.opvang().unwrap();
    // Somebody types a name where a location or a place is meant: nothing is called so, and nothing of it is kept.
    let nowhere = opvang::ConfirmLocationRequest { command_id: command_id(), location_id: format!("{MARK}-nergens") };
    assert_eq!(opvang.confirm_location(nowhere).await.unwrap_err().code(), Code::NotFound);
    let no_place = opvang::ReturnToServiceRequest {
        command_id: command_id(),
        location_id: "crisisopvang-lelystad".to_owned(),
        place_id: format!("{MARK}-zolder"),
    };
    assert_eq!(opvang.return_to_service(no_place).await.unwrap_err().code(), Code::NotFound);
}

async fn in_opvang(connection: &Connection) {
    let mut opvang = connection.opvang().unwrap();
    let location_id = "crisisopvang-lelystad".to_owned();
    let waits = opvang::JoinWaitingListRequest {
        command_id: command_id(),
        location_id: location_id.clone(),
        pool: "crisis".to_owned(),
        client_ref: client(1),
        household_size: 1,
        needs: Some(Needs { age: Some(40), ..Needs::default() }),
    };
    let waiting = opvang.join_waiting_list(waits).await.unwrap().into_inner().waiting.unwrap();
    let withdraw = opvang::WithdrawOfferRequest {
        command_id: command_id(),
        location_id: location_id.clone(),
        waiting_id: waiting.waiting_id.clone(),
        reason: text("is niet bereikbaar"),
        take_out_of_service: true,
    };
    opvang.withdraw_offer(withdraw).await.unwrap();
    let pass = opvang::PassOverRequest {
        command_id: command_id(),
        location_id: location_id.clone(),
        waiting_id: waiting.waiting_id,
        place_id: "kamer-4".to_owned(),
        reason: text("kan de trap niet op"),
    };
    opvang.pass_over(pass).await.unwrap();
    let reserve = opvang::ReserveRequest {
        command_id: command_id(),
        location_id: location_id.clone(),
        choice: Some(opvang::reserve_request::Choice::PlaceId("kamer-5".to_owned())),
        client_ref: client(2),
        household_size: 1,
        needs: Some(Needs { age: Some(40), ..Needs::default() }),
        release_at: None,
    };
    let reserved = opvang.reserve(reserve).await.unwrap().into_inner().stay.unwrap();
    let come_in = opvang::CheckInRequest {
        command_id: command_id(),
        location_id: location_id.clone(),
        into: Some(opvang::check_in_request::Into::StayId(reserved.stay_id.clone())),
        client_ref: client(2),
        household_size: 1,
        needs: None,
    };
    opvang.check_in(come_in).await.unwrap();
    let later = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date().saturating_add(jiff::Span::new().days(60));
    let longer = opvang::ExtendStayRequest {
        command_id: command_id(),
        location_id: location_id.clone(),
        stay_id: reserved.stay_id,
        until: Some(model::wire::date_out(later)),
        reason: text("vindt nog geen huis"),
    };
    opvang.extend_stay(longer).await.unwrap();
    let setting = opvang::PlaceSetting {
        place_id: "kamer-6".to_owned(),
        status: PlaceStatus::OutOfService.into(),
        reason: text("kwam met verf"),
    };
    let settings = vec![setting];
    opvang.bulk_set(opvang::BulkSetRequest { command_id: command_id(), location_id, settings }).await.unwrap();
}

async fn in_logeerplek(connection: &Connection) {
    let mut logeerplek = connection.logeerplek().unwrap();
    // Nobody fits here, and no such code exists: what is refused must not be told either.
    let nobody = logeerplek::ClaimBestRequest {
        command_id: command_id(),
        client_ref: client(3),
        needs: Some(Needs { age: Some(3), ..Needs::default() }),
        from_gemeente: "gm0034".to_owned(),
        ..logeerplek::ClaimBestRequest::default()
    };
    assert_eq!(logeerplek.claim_best(nobody.clone()).await.unwrap_err().code(), Code::FailedPrecondition);
    let wrong = logeerplek::ClaimBestRequest { client_ref: format!("{MARK} DE BOER"), ..nobody };
    assert_eq!(logeerplek.claim_best(wrong).await.unwrap_err().code(), Code::InvalidArgument);
    let claim = logeerplek::ClaimRequest {
        command_id: command_id(),
        location_id: "logeerplek-lelystad".to_owned(),
        place_id: "kamer-2".to_owned(),
        client_ref: client(4),
        needs: Some(Needs { age: Some(40), target_groups: vec![PSYCHIATRISCH], ..Needs::default() }),
        hold_minutes: 0,
    };
    let claim = logeerplek.claim(claim).await.unwrap().into_inner().claim.unwrap();
    let refuse = logeerplek::RefuseClaimRequest {
        command_id: command_id(),
        claim_id: claim.claim_id,
        reason: logeerplek::RefusalReason::Anders.into(),
        text: text("was hier eerder"),
        ..Default::default()
    };
    logeerplek.refuse_claim(refuse).await.unwrap();
    let out = logeerplek::TakeOutOfServiceRequest {
        command_id: command_id(),
        location_id: "logeerhuis-almere".to_owned(),
        place_id: "kamer-3".to_owned(),
        reason: text("liet de kraan open"),
        expected_end: None,
    };
    logeerplek.take_out_of_service(out).await.unwrap();
}

async fn in_housing_first(connection: &Connection) {
    let mut housing = connection.housing_first().unwrap();
    let register = housing::RegisterTrajectRequest {
        command_id: command_id(),
        client_ref: client(5),
        gemeente: "gm0034".to_owned(),
        provider: "Aanbieder".to_owned(),
        on: None,
    };
    let traject = housing.register_traject(register).await.unwrap().into_inner().traject.unwrap();
    let stop = housing::StopTrajectRequest {
        command_id: command_id(),
        traject_id: traject.traject_id,
        reason: housing::StopReason::Anders.into(),
        text: text("woont nu bij familie"),
        on: None,
    };
    housing.stop_traject(stop).await.unwrap();
}

async fn in_nachtdienst(connection: &Connection) {
    let mut nachtdienst = connection.nachtdienst().unwrap();
    let tomorrow = clock::now().to_zoned(jiff::tz::TimeZone::UTC).date().saturating_add(jiff::Span::new().days(2));
    let plan = |until_minute: u32| night::ShiftPlan {
        team: "Extra".to_owned(),
        gemeenten: vec!["gm0034".to_owned()],
        on: Some(model::wire::date_out(tomorrow)),
        from_minute: 8 * 60,
        until_minute,
        medewerkers: 1,
        coordinators: 0,
    };
    let request = night::PlanShiftRequest { command_id: command_id(), plan: Some(plan(21 * 60)) };
    let shift_id = nachtdienst.plan_shift(request).await.unwrap().into_inner().shift.unwrap().shift_id;
    let mut assign = night::AssignStaffRequest {
        command_id: command_id(),
        shift_id: shift_id.clone(),
        staff_id: format!("{MARK}-medewerker"),
        role: night::Role::Medewerker.into(),
        override_reason: String::new(),
    };
    // Thirteen hours are too many.
    assert_eq!(nachtdienst.assign_staff(assign.clone()).await.unwrap_err().code(), Code::FailedPrecondition);
    (assign.command_id, assign.override_reason) = (command_id(), text("wil zelf"));
    nachtdienst.assign_staff(assign).await.unwrap();
    let change = night::ChangeShiftRequest {
        command_id: command_id(),
        shift_id,
        plan: Some(plan(22 * 60)),
        override_reason: text("blijft langer"),
    };
    nachtdienst.change_shift(change).await.unwrap();
}

const PSYCHIATRISCH: i32 = proto::availability::v1::TargetGroup::Psychiatrisch as i32;

/// Receives traces as a collector does.
#[derive(Clone)]
pub(crate) struct Collector {
    address: String,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Collector {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let collector = Self { address, received: Arc::default() };
        let server = TraceServiceServer::new(collector.clone());
        let serving = tonic::transport::Server::builder().add_service(server);
        tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
        collector
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap().clone()
    }
}

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.received.lock().unwrap().extend(request.into_inner().encode_to_vec());
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}
