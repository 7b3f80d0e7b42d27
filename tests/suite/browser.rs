//! The pages in a real browser. What somebody does there is a script in `tests/browser`; here are the suite it is done to,
//! and what happens to that meanwhile. It must not know what is on a page.

use std::path::Path;
use std::time::Duration;

use onderdak::client::Connection;
use testkit::process::Child;
use testkit::wait_for;

use crate::house::{House, NO_ENV, ONDERDAK};

/// Longest time a script may take.
const PLAYED_WITHIN: Duration = Duration::from_secs(240);

/// Plays a script against pages, and says what it printed where it failed.
pub(crate) async fn play(script: &str, pages: &str, args: &[&str]) {
    let mut node = tokio::process::Command::new("node");
    node.arg(self::script(script)).arg(pages).args(args).kill_on_drop(true);
    let output = tokio::time::timeout(PLAYED_WITHIN, node.output()).await.expect("the script ends").unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}: {out}{err}");
    println!("{out}");
}

/// Where a script of `tests/browser` is.
pub(crate) fn script(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser").join(name);
    file.to_str().unwrap().to_owned()
}

/// Two rooms, a day shelter and a logeerhuis, all confirmed.
async fn furnished() -> House {
    let house = House::start().await;
    let does = |args: &str| {
        let output = house.run(&args.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    does("beheer nieuw nacht --soort nachtopvang --gemeente Almere --naam nacht --aanbieder Kwintes");
    does("beheer erbij nacht k-1 --soort bed");
    does("beheer erbij nacht k-2 --soort bed");
    does("beheer nieuw inloop --soort dagopvang --gemeente Almere --naam inloop --aanbieder Kwintes --telt-mensen");
    does("beheer capaciteit inloop 20");
    does("beheer nieuw geheim --soort vrouwenopvang --gemeente Almere --naam geheim --aanbieder Blijf --telt-mensen");
    does("confirm nacht");
    does("verblijf tel inloop 0");
    house.location("huis", 2).await;
    for id in ["nacht", "inloop", "huis"] {
        house.on_the_board(id, |it| it.report.as_ref().is_some_and(|report| report.figures.is_some())).await;
    }
    house
}

#[tokio::test]
async fn staff_with_a_phone_in_one_hand_keep_their_places_right() {
    let house = furnished().await;
    play("locatie.mjs", &house.pages, &[]).await;
}

#[tokio::test]
async fn a_beheerder_sets_up_locations_rosters_and_people_and_sees_who_did_what() {
    let house = furnished().await;
    play("beheer.mjs", &house.pages, &[]).await;
}

#[tokio::test]
async fn a_dispatcher_finds_and_claims_with_the_keyboard_and_two_get_one_place_once() {
    let house = furnished().await;
    play("zoek.mjs", &house.pages, &[]).await;
}

#[tokio::test]
async fn a_claim_that_moves_on_shows_the_location_that_is_asked_now() {
    let house = House::start().await;
    let does = |args: &str| {
        let output = house.run(&args.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{args}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for (id, phone) in [("een", "036-1111111"), ("twee", "036-2222222")] {
        does(&format!(
            "beheer nieuw {id} --soort logeerplek --gemeente Almere --naam {id} --aanbieder Kwintes --telefoon {phone} \
             --claims bevestigen"
        ));
        does(&format!("beheer erbij {id} k-1 --soort generalistisch"));
        does(&format!("confirm {id}"));
        house.on_the_board(id, |it| it.report.as_ref().is_some_and(|report| report.figures.is_some())).await;
    }
    play("door.mjs", &house.pages, &[]).await;
}

#[tokio::test]
async fn whoever_comes_in_sees_what_is_theirs_and_nothing_else() {
    let house = furnished().await;
    play("deur.mjs", &house.pages, &[]).await;
}

#[tokio::test]
async fn the_pages_are_for_everybody_and_a_hundred_may_be_open() {
    let house = furnished().await;
    play("kwaliteit.mjs", &house.pages, &[]).await;
}

#[tokio::test]
async fn a_service_that_is_killed_and_comes_back_loses_no_tap_and_is_missed_when_it_stays_away() {
    let house = House::start().await;
    // The same logeerplek as a process of its own, which can be killed by itself, on a log of its own.
    let (region, nats) = (house.folder.join("regio.toml"), testkit::nats::Server::start().await);
    let region = region.to_str().unwrap();
    let url = nats.url();
    let provision = ["provision", "--nats", &url, "--region", region];
    assert!(tokio::process::Command::new(ONDERDAK).args(provision).status().await.unwrap().success());
    let database = format!("sqlite:{}/los-{{service}}.db", house.folder.path().display());
    let issuer = house.connection.issuer.clone();
    let serve = |service: &str, listen: &str, feed: &str| {
        let mut args = vec!["serve", service, "--nats", &url, "--region", region, "--database", &database];
        args.extend(["--listen", listen, "--issuer", &issuer]);
        args.extend(if feed.is_empty() { vec![] } else { vec!["--feed", feed] });
        Child::start(ONDERDAK, &args, [("ONDERDAK_LOG", "info")])
    };
    let mut logeerplek = serve("logeerplek", "127.0.0.1:0", "");
    let address = listening(&logeerplek).await;
    let regio = serve("regio", "127.0.0.1:0", &format!("http://{address}"));
    let mut connection = house.connection.clone();
    connection.logeerplek = format!("http://{address}");
    connection.regio = format!("http://{}", listening(&regio).await);
    crate::house::register(&mut connection.logeerplek().unwrap(), "huis", 1).await;
    let pages = pages(&house, &connection, "127.0.0.1:0");
    let url_of_pages = format!("http://{}", listening(&pages).await);
    let folder = house.folder.path().to_owned();
    let says = |name: &str| std::fs::write(folder.join(name), "").unwrap();
    let happens = async {
        asked(&folder, "weg").await;
        gone(&mut logeerplek).await;
        says("is-weg");
        // Long enough for a tap to find nobody, and less than a page waits.
        tokio::time::sleep(Duration::from_secs(2)).await;
        logeerplek = serve("logeerplek", &address, "");
        listening(&logeerplek).await;
        asked(&folder, "weer").await;
        gone(&mut logeerplek).await;
        says("is-weer-weg");
        asked(&folder, "op").await;
        logeerplek = serve("logeerplek", &address, "");
        listening(&logeerplek).await;
        says("is-terug");
    };
    let args = [folder.to_str().unwrap()];
    tokio::join!(play("weg.mjs", &url_of_pages, &args), happens);
}

#[tokio::test]
async fn a_night_at_the_desk_from_the_call_to_the_handover() {
    let house = furnished().await;
    let today = service::clock::now().to_zoned(jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap()).date().to_string();
    for (team, coordinator) in [("Team Zuid", "c-1"), ("Team Laat", "c-2")] {
        let all_day = ["--op", &today, "--van", "00:00", "--tot", "23:59", "--medewerkers", "1", "--coordinators", "1"];
        let plan = [&["rooster", "plan", team, "--gemeente", "Almere"][..], &all_day, &["--output", "json"]].concat();
        let shift: serde_json::Value = serde_json::from_slice(&house.run(&plan).stdout).unwrap();
        let id = shift["shiftId"].as_str().unwrap();
        let long = ["--ondanks", "een proef van een hele dag"];
        for (who, role) in [(coordinator, &["--coordinator"][..]), (&format!("m-{coordinator}"), &[])] {
            let args = [&["rooster", "zet", id, who][..], role, &long].concat();
            assert!(house.run(&args).status.success(), "{args:?}");
        }
    }
    play("nacht.mjs", &house.pages, &[]).await;
}

/// Says where the rooms are and where the confidential house is, and gives a gemeente slots of Housing First.
async fn on_the_map(house: &House) {
    for line in [
        "beheer wijzig nacht --plaats 52.3702,5.2158 --telefoon 036-1234567",
        "beheer wijzig geheim --plaats 52.3111,5.3999 --telefoon 0800-2000",
        "slots zet Almere 3",
        "traject aanmelden --client t-1 --gemeente Almere --aanbieder Kwintes",
    ] {
        let output = house.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", crate::house::said(&output));
    }
    let is_told = |it: &proto::regio::v1::BoardLocation| it.report.as_ref().is_some_and(|it| it.detail.is_some());
    house.on_the_board("housing-first-gm0034", is_told).await;
    house.on_the_board("nacht", |it| it.report.as_ref().is_some_and(|it| it.coordinates.is_some())).await;
}

#[tokio::test]
async fn how_it_went_is_a_chart_a_table_and_a_file_that_say_the_same() {
    let house = furnished().await;
    // Yesterday somebody counted; of the day before nothing is known.
    let today = service::clock::now().to_zoned(jiff::tz::TimeZone::get("Europe/Amsterdam").unwrap()).date();
    let stand = house.folder.join("stand.csv");
    let line = format!("{},zaal,18,20,11,2", today.yesterday().unwrap());
    std::fs::write(&stand, format!("date,location,actual,funded,occupied,unavailable\n{line}\n")).unwrap();
    for line in [
        "beheer nieuw zaal --soort nachtopvang --gemeente Dronten --naam zaal --aanbieder Kwintes --telt-mensen",
        "beheer capaciteit zaal 20",
        &format!("import stand {} --actor beheerder:demo", stand.display()),
    ] {
        let output = house.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", crate::house::said(&output));
    }
    play("verloop.mjs", &house.pages, &[&today.strftime("%d-%m-%Y").to_string()]).await;
}

/// Pages by themselves, beside the services of a house.
fn pages(house: &House, at: &Connection, address: &str) -> Child {
    let key = house.folder.join("key");
    let region = house.folder.join("regio.toml");
    let args = [
        "portaal",
        "--listen",
        address,
        "--key-file",
        key.to_str().unwrap(),
        "--region",
        region.to_str().unwrap(),
        "--opvang",
        &at.opvang,
        "--logeerplek",
        &at.logeerplek,
        "--nachtdienst",
        &at.nachtdienst,
        "--regio",
        &at.regio,
        "--issuer",
        &at.issuer,
    ];
    Child::start(ONDERDAK, args, NO_ENV)
}

/// The address in the line that says that a service is there.
async fn listening(process: &Child) -> String {
    let line = process.wait_line("\"Ready\"").await;
    let from = line.find("127.0.0.1:").unwrap();
    line[from..].chars().take_while(|letter| letter.is_ascii_digit() || ".:".contains(*letter)).collect()
}

/// Waits until a script says so, by a file.
async fn asked(folder: &Path, name: &str) {
    let file = folder.join(name);
    wait_for(name, PLAYED_WITHIN, async || file.exists().then_some(()).ok_or("not yet".to_owned())).await;
}

/// Kills pages as a power cut would.
async fn gone(process: &mut Child) {
    process.kill9();
    process.exit().await;
}

#[tokio::test]
async fn the_board_follows_by_itself_says_when_it_cannot_and_goes_on_where_it_was() {
    let mut house = furnished().await;
    on_the_map(&house).await;
    let mut process = pages(&house, &house.connection, "127.0.0.1:0");
    let address = listening(&process).await;
    let url = format!("http://{address}");
    let folder = house.folder.path().to_owned();
    let happens = async {
        asked(&folder, "slot").await;
        assert!(house.run(&["slots", "zet", "Almere", "4"]).status.success());
        asked(&folder, "weg").await;
        gone(&mut process).await;
        // Nobody is there for a moment.
        tokio::time::sleep(Duration::from_secs(1)).await;
        process = pages(&house, &house.connection, &address);
        listening(&process).await;
        std::fs::write(folder.join("terug"), "").unwrap();
        asked(&folder, "stil").await;
        house.stop().await;
    };
    let args = [folder.to_str().unwrap()];
    tokio::join!(play("regio.mjs", &url, &args), happens);
}

#[tokio::test]
async fn without_a_connection_taps_wait_and_nothing_is_changed_back() {
    let house = furnished().await;
    let mut process = pages(&house, &house.connection, "127.0.0.1:0");
    let address = listening(&process).await;
    let url = format!("http://{address}");
    let folder = house.folder.path().to_owned();
    let happens = async {
        asked(&folder, "weg").await;
        gone(&mut process).await;
        asked(&folder, "gewacht").await;
        let out = house.run(&["out", "nacht", "k-2", "--reden", "lekkage"]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        process = pages(&house, &house.connection, &address);
        listening(&process).await;
        std::fs::write(folder.join("terug"), "").unwrap();
    };
    let args = [folder.to_str().unwrap(), "geheim"];
    tokio::join!(play("zonder-net.mjs", &url, &args), happens);
}
