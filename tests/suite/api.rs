//! The region for programs: what they read, how they are told what is wrong, and that they miss nothing of what changes.

use model::actor::Role;
use serde_json::{Value, json};

use crate::house::{House, said};
use crate::rights::token;
use crate::web::{Answer, Events, send};

/// Somebody who asks.
struct Program {
    url: String,
    bearer: String,
}

impl Program {
    async fn of(house: &House, role: Role) -> Self {
        let bearer = format!("Bearer {}", token(&house.connection, role, None).await);
        Self { url: format!("{}/api/v1", house.pages), bearer }
    }

    async fn get(&self, path: &str) -> Answer {
        send("GET", &format!("{}{path}", self.url), &[("authorization", &self.bearer)], "").await
    }

    async fn post(&self, path: &str, kind: &str, body: &str) -> Answer {
        let headers = [("authorization", self.bearer.as_str()), ("content-type", kind)];
        send("POST", &format!("{}{path}", self.url), &headers, body).await
    }

    async fn follow(&self, query: &str, last: &str) -> Result<Events, u16> {
        let mut headers = vec![("authorization", self.bearer.as_str())];
        headers.extend(Some(("last-event-id", last)).filter(|(_, last)| !last.is_empty()));
        Events::open(&format!("{}/events{query}", self.url), &headers).await
    }
}

fn does(house: &House, line: &str) {
    let output = house.run(&line.split(' ').collect::<Vec<_>>());
    assert!(output.status.success(), "{line}: {}", said(&output));
}

async fn furnished() -> House {
    let house = House::start().await;
    house.location("huis", 2).await;
    does(&house, "beheer nieuw nacht --soort nachtopvang --gemeente Dronten --naam nacht --aanbieder Kwintes");
    does(&house, "beheer erbij nacht k-1 --soort bed");
    does(
        &house,
        "beheer nieuw geheim --soort vrouwenopvang --gemeente Almere --naam geheim --aanbieder Blijf --telt-mensen",
    );
    let program = Program::of(&house, Role::Beleid).await;
    testkit::wait_for("the locations in the pages", crate::house::PATIENCE, async || {
        let board = program.get("/locaties").await;
        // A location is of a kind from its first place, or its first funding, on.
        let nights = program.get("/locaties?soort=nachtopvang").await;
        let is_there = board.status == 200
            && board.json()["locaties"].as_array().is_some_and(|all| all.len() >= 3)
            && nights.json()["locaties"].as_array().is_some_and(|all| all.len() == 1)
            && board.body.contains("\"vrij\":2");
        if is_there { Ok(()) } else { Err(format!("{board:?}")) }
    })
    .await;
    house
}

#[tokio::test]
async fn a_program_reads_the_board_the_figures_the_flow_and_finds_a_place() {
    let house = furnished().await;
    let program = Program::of(&house, Role::Beleid).await;
    let huis = testkit::wait_for("the house in the pages", crate::house::PATIENCE, async || {
        let board = program.get("/locaties?soort=logeerplek").await;
        let locations = board.json()["locaties"].clone();
        locations.get(0).cloned().filter(|it| it["vrij"] == 2).ok_or_else(|| format!("{board:?}"))
    })
    .await;
    assert_eq!(huis["id"], "huis");
    assert_eq!(huis["ouderdom"], "actueel");
    assert_eq!(huis["stand"]["bezet"], 0);
    let all = program.get("/locaties").await;
    assert_eq!(all.header("api-version"), "1.0.0");
    assert!(!all.body.contains("geheim") && !all.body.contains("Blijf"), "nothing of a confidential kind");
    let nacht = all.json()["locaties"].as_array().unwrap().iter().find(|it| it["id"] == "nacht").cloned().unwrap();
    assert_eq!((&nacht["vrij"], &nacht["ouderdom"]), (&Value::Null, &json!("onbekend")), "not known is not zero");
    assert_eq!(program.get("/locaties/logeerplek/huis").await.json(), huis);

    let found =
        program.post("/zoekvragen", "application/json", r#"{"van":"gm0034","leeftijd":34,"soorten":["logeerplek"]}"#);
    let found = found.await.json();
    assert_eq!((&found["plekken"][0]["locatie"], &found["plekken"][0]["aantal"]), (&json!("huis"), &json!(2)));
    let figures = program.get("/cijfers?soort=logeerplek").await.json();
    assert_eq!(figures["totalen"][0]["vrij"], 2);
    let past = program.get("/cijfers?op=2020-01-01T00:00:00Z").await.json();
    assert_eq!(past["rijen"], json!([]));
    let flow = program.get("/stromen?van=2026-01-01T00:00:00Z&tot=2026-02-01T00:00:00Z&per=dag").await;
    assert_eq!((flow.status, flow.json()), (200, json!({ "rijen": [] })));
}

#[tokio::test]
async fn whatever_is_wrong_is_told_as_a_problem_with_a_reason() {
    let house = furnished().await;
    let program = Program::of(&house, Role::Dispatcher).await;
    let (json, text) = ("application/json", "text/plain");
    for (answer, status, code) in [
        (send("GET", &format!("{}/locaties", program.url), &[], "").await, 401, "UNAUTHENTICATED"),
        (Program::of(&house, Role::Publiek).await.get("/locaties").await, 403, "NOT_YOUR_ROLE"),
        (send("GET", &format!("{}/locaties", program.url), &[("host", "evil.example")], "").await, 403, "OTHER_HOST"),
        (program.get("/locaties?soort=kasteel").await, 400, "INVALID_FIELD"),
        (program.get("/locaties?sort=logeerplek").await, 400, "INVALID_FIELD"),
        (program.get("/locaties?gemeente=Almere").await, 400, "INVALID_FIELD"),
        (program.get("/locaties/logeerplek/weg").await, 404, "NOT_FOUND"),
        (program.get("/locaties/logeerplek/%ff").await, 404, "NOT_FOUND"),
        (program.get("/cijfers?op=gisteren").await, 400, "INVALID_FIELD"),
        (program.get("/cijfers?op=2099-01-01T00:00:00Z").await, 400, "INVALID_FIELD"),
        (program.get("/stromen").await, 400, "INVALID_FIELD"),
        (program.get("/stromen?van=2026-01-01T00:00:00Z&tot=2025-01-01T00:00:00Z").await, 400, "INVALID_FIELD"),
        (program.get("/stromen?van=2026-01-01T00:00:00Z&tot=2026-01-02T00:00:00Z&per=uur").await, 400, "INVALID_FIELD"),
        (program.get("/bestaat-niet").await, 404, "NOT_FOUND"),
        (program.post("/locaties", json, "{}").await, 405, "METHOD_NOT_ALLOWED"),
        (program.post("/zoekvragen", text, "{}").await, 415, "UNSUPPORTED_MEDIA_TYPE"),
        (program.post("/zoekvragen", json, "{").await, 400, "UNREADABLE_MESSAGE"),
        (program.post("/zoekvragen", json, r#"{"naam":"Jan"}"#).await, 400, "UNREADABLE_MESSAGE"),
        (program.post("/zoekvragen", json, r#"{"leeftijd":900}"#).await, 400, "INVALID_FIELD"),
        (program.post("/zoekvragen", json, &format!(r#"{{"van":"{}"}}"#, "x".repeat(80_000))).await, 413, "TOO_LARGE"),
    ] {
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{answer:?}");
        let problem = answer.json();
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status), &json!(code)), "{problem}");
        assert!(problem["detail"].as_str().unwrap().len() > 8 && problem["title"].is_string(), "{problem}");
        assert_eq!(answer.header("www-authenticate").is_empty(), status != 401);
    }
    let wrong = program.post("/zoekvragen", json, r#"{"leeftijd":900}"#).await.json();
    assert!(wrong["detail"].as_str().unwrap().starts_with("leeftijd: "), "by the name it has here: {wrong}");
    for (body, told) in [
        ("{", "Dit is niet te lezen als JSON."),
        (r#"{"naam":"Jan"}"#, "Het veld naam is hier niet bekend."),
        (r#"{"leeftijd":"Jan"}"#, "Een waarde is van een andere soort dan beschreven."),
        (r#"{"leeftijd":3.5}"#, "Een waarde is van een andere soort dan beschreven."),
        (r#"{"leeftijd":-4}"#, "Een waarde is van een andere soort dan beschreven."),
    ] {
        assert_eq!(program.post("/zoekvragen", json, body).await.json()["detail"], told);
    }

    let described = send("GET", &format!("{}/openapi.json", program.url), &[], "").await;
    assert_eq!((described.status, described.header("access-control-allow-origin").as_str()), (200, "*"));
    assert_eq!(described.json()["openapi"].as_str().unwrap().split('.').next(), Some("3"));
    assert!(described.json()["paths"]["/events"]["get"].is_object());
}

/// What schemathesis looks at. That a question which keeps to the description is always taken is not among it: that no
/// moment is before 1970, and none before another, no description can say.
const CHECKS: [&str; 8] = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
];

#[tokio::test]
async fn whatever_is_asked_the_answer_is_one_that_is_described() {
    let house = furnished().await;
    let program = Program::of(&house, Role::Beleid).await;
    let packages = std::env::var("ONDERDAK_SCHEMATHESIS").expect("run the tests through cargo xtask test");
    let described = format!("{}/openapi.json", program.url);
    let (authorization, checks) = (format!("Authorization: {}", program.bearer), CHECKS.join(","));
    let mut python = tokio::process::Command::new("python3");
    python.env("PYTHONPATH", packages).current_dir(house.folder.path()).kill_on_drop(true);
    python.args(["-m", "schemathesis.cli", "run", &described, "--url", &program.url, "--header", &authorization]);
    // A stream does not end by itself; what it tells is a test of its own.
    python.args(["--exclude-path", "/events", "--checks", &checks, "--rate-limit", "18/s", "--max-examples", "20"]);
    let output =
        tokio::time::timeout(std::time::Duration::from_secs(170), python.args(["--seed", "1", "--no-color"]).output());
    let output = output.await.expect("it ends").unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("Tested: 5"), "{}", said(&output));
}

#[tokio::test]
async fn a_program_hears_every_change_once_and_goes_on_where_it_was() {
    let house = furnished().await;
    let program = Program::of(&house, Role::Beleid).await;
    let location = |event: &crate::web::Event| -> Value { serde_json::from_str(&event.data).unwrap() };

    let mut all = program.follow("", "").await.unwrap();
    let snapshot = all.until("compleet").await;
    assert!(snapshot.iter().filter(|it| it.name == "locatie").count() >= 3, "{snapshot:?}");
    let mut only = program.follow("?soort=nachtopvang", "").await.unwrap();
    let shelters = only.until("compleet").await;
    assert_eq!(shelters.iter().filter(|it| it.name == "locatie").count(), 1);

    does(&house, "out huis kamer-1 --reden lekkage");
    let changed = loop {
        // What was set up just before may still come.
        let event = all.next().await;
        if event.name == "locatie" && location(&event)["id"] == "huis" {
            break event;
        }
    };
    assert_eq!(location(&changed)["vrij"], 1);
    // Away for a moment: what changed meanwhile comes, and nothing else.
    drop(all);
    does(&house, "back huis kamer-1");
    does(&house, "confirm nacht");
    house.on_the_board("nacht", |it| it.free == 1).await;
    let mut again = program.follow("", &changed.id).await.unwrap();
    let (first, second) = (again.next().await, again.next().await);
    let mut ids = [location(&first)["id"].clone(), location(&second)["id"].clone()];
    ids.sort_by_key(ToString::to_string);
    assert_eq!(ids, [json!("huis"), json!("nacht")]);
    assert!(first.id < second.id || first.id.len() < second.id.len(), "{first:?} {second:?}");
    let heard = only.next().await;
    assert_eq!((&location(&heard)["id"], &location(&heard)["vrij"]), (&json!("nacht"), &json!(1)));

    does(&house, "beheer weg huis kamer-1");
    does(&house, "beheer weg huis kamer-2");
    does(&house, "beheer sluit huis");
    let closed = again.until("gesloten").await;
    assert_eq!(location(closed.last().unwrap()), json!({ "dienst": "logeerplek", "id": "huis" }));
    // A number of another run, or one that is no number, means the whole board again.
    for last in ["1-1", "iets"] {
        let mut anew = program.follow("", last).await.unwrap();
        assert!(anew.until("compleet").await.iter().any(|it| it.name == "locatie"), "{last}");
    }
}

#[tokio::test]
async fn who_asks_too_much_is_told_to_wait_and_others_are_not() {
    let house = furnished().await;
    let program = Program::of(&house, Role::Beleid).await;
    let mut streams = Vec::new();
    let refused = loop {
        match program.follow("", "").await {
            Ok(stream) => streams.push(stream),
            Err(status) => break status,
        }
    };
    assert_eq!((refused, streams.len()), (429, 20));
    streams.pop();
    testkit::wait_for("one may follow again", crate::house::PATIENCE, async || {
        program.follow("", "").await.map(drop).map_err(|status| status.to_string())
    })
    .await;

    let questions = (0..300).map(|_| program.get("/locaties"));
    let answers = futures::future::join_all(questions).await;
    let waits: Vec<&Answer> = answers.iter().filter(|it| it.status == 429).collect();
    assert!(!waits.is_empty() && answers.iter().any(|it| it.status == 200));
    assert!(waits.iter().all(|it| it.header("retry-after") == "1" && it.json()["code"] == "TOO_MANY_REQUESTS"));
    assert_eq!(Program::of(&house, Role::Dispatcher).await.get("/locaties").await.status, 200, "somebody else");
}
