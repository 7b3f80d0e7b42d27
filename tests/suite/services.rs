//! Each service from the command line to the board: what somebody types, and what the region then sees of it.

use std::path::PathBuf;

use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{Age, Cover, Criteria, Kind, PlaceProfile};
use proto::housing_first::v1::{GetMonitorRequest, RegisterTrajectRequest};
use proto::opvang::v1::*;
use serde_json::Value;
use testkit::{SECONDS_30, wait_for};

use crate::house::{House, best, profile, report, said};
use onderdak::client::command_id;

/// What a command answered, as a program reads it.
fn asked(house: &House, args: &[&str]) -> Value {
    let output = house.run(&[args, &["--output", "json"]].concat());
    assert!(output.status.success(), "{args:?}: {}", said(&output));
    serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
}

/// The refusal of a command: its exit code and what was said.
fn refused(house: &House, args: &[&str], reason: &str) {
    let output = house.run(args);
    assert_eq!(output.status.code(), Some(4), "{args:?}: {}", said(&output));
    assert!(said(&output).contains(reason), "{}", said(&output));
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

#[tokio::test]
async fn a_key_of_housing_first_uses_a_slot_on_the_board_until_the_traject_stops() {
    let house = House::start().await;
    house.run(&["slots", "zet", "Almere", "1"]);
    let slots = |free, used| {
        move |it: &proto::regio::v1::BoardLocation| {
            (it.free, report(it).figures.unwrap_or_default().occupied) == (free, used)
        }
    };
    house.on_the_board("housing-first-gm0034", slots(1, 0)).await;
    let register =
        |client| ["traject", "aanmelden", "--client", client, "--gemeente", "Almere", "--aanbieder", "Kwintes"];
    let traject = asked(&house, &register("c-1"));
    let id = text(&traject, "trajectId");
    for stage in ["gescreend", "wachtlijst", "woning-gezocht"] {
        asked(&house, &["traject", "stap", id, stage]);
    }
    refused(&house, &["traject", "stap", id, "woning-toegewezen"], "NEEDS_CORPORATIE");
    asked(&house, &["traject", "stap", id, "woning-toegewezen", "--corporatie", "Ymere"]);
    asked(&house, &["traject", "stap", id, "gestart"]);
    house.on_the_board("housing-first-gm0034", slots(0, 1)).await;
    let second = asked(&house, &register("c-2"));
    let second = text(&second, "trajectId");
    asked(&house, &["traject", "stap", second, "gescreend"]);
    asked(&house, &["traject", "stap", second, "wachtlijst"]);
    refused(&house, &["traject", "stap", second, "woning-gezocht"], "GEMEENTE_FULL");
    asked(&house, &["traject", "stop", id, "--reden", "verhuisd", "--tekst", "naar Zwolle"]);
    let board = house.on_the_board("housing-first-gm0034", slots(1, 0)).await;
    assert!(matches!(report(&board).detail, Some(Detail::Slots(slots)) if slots.stages.len() == 2));
    assert!(said(&house.run(&["traject", "toon", id])).contains("verhuisd: naar Zwolle"));
    asked(&house, &["traject", "stap", second, "woning-gezocht"]);
    refused(&house, &["traject", "terug", id], "GEMEENTE_FULL");
    asked(&house, &["traject", "terug", second]);
    let back = asked(&house, &["traject", "terug", id]);
    assert_eq!(text(&back, "stage"), "TRAJECT_STAGE_GESTART");
    house.on_the_board("housing-first-gm0034", slots(0, 1)).await;
}

#[tokio::test]
async fn the_monitor_of_a_moment_is_the_same_when_it_is_asked_again_while_others_register() {
    let house = House::start().await;
    let housing = house.connection.housing_first().unwrap();
    let registering = (0..4).map(|writer| {
        let mut housing = housing.clone();
        tokio::spawn(async move {
            for number in 0..60 {
                let request = RegisterTrajectRequest {
                    command_id: command_id(),
                    client_ref: format!("c-{writer}-{number}"),
                    gemeente: "gm0034".to_owned(),
                    provider: "Kwintes".to_owned(),
                    on: None,
                };
                housing.register_traject(request).await.unwrap();
            }
        })
    });
    let registering: Vec<_> = registering.collect();
    let monitor = async |at| housing.clone().get_monitor(GetMonitorRequest { at }).await.unwrap().into_inner();
    while registering.iter().any(|writer| !writer.is_finished()) {
        let then = monitor(None).await;
        assert_eq!(monitor(then.at).await, then);
    }
    assert_eq!(monitor(None).await.registered, 240);
}

#[tokio::test]
async fn somebody_who_registers_where_no_slots_were_set_makes_no_zero_on_the_board() {
    let house = House::start().await;
    let register = ["traject", "aanmelden", "--client", "c-1", "--gemeente", "Almere", "--aanbieder", "Kwintes"];
    asked(&house, &register);
    let board = house.on_the_board("housing-first-gm0034", |_| true).await;
    assert_eq!((board.age(), report(&board).figures), (Age::Unknown, None));
    refused(&house, &["slots", "bevestig", "Almere"], "NOT_ALLOCATED");
}

#[tokio::test]
async fn a_sick_call_that_empties_a_shift_is_a_gap_on_the_board_until_somebody_steps_in() {
    let house = House::start().await;
    let tomorrow = service::clock::now().to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap();
    let after = tomorrow.tomorrow().unwrap().to_string();
    let plan = ["rooster", "plan", "Zuid", "--gemeente", "Almere", "--op", &tomorrow.to_string()];
    let hours = ["--van", "23:00", "--tot", "07:00", "--medewerkers", "1"];
    let shift = asked(&house, &[&plan[..], &hours].concat());
    let id = text(&shift, "shiftId");
    let covered = |times| move |it: &proto::regio::v1::BoardLocation| matches!(report(it).detail, Some(Detail::Cover(Cover { covered, .. })) if covered.len() == times);
    house.on_the_board("nachtdienst-gm0034", covered(0)).await;
    asked(&house, &["rooster", "zet", id, "zuid-1"]);
    house.on_the_board("nachtdienst-gm0034", covered(1)).await;
    asked(&house, &["rooster", "ziek", "zuid-1", "--tot", &after]);
    let board = house.on_the_board("nachtdienst-gm0034", covered(0)).await;
    assert!(matches!(report(&board).detail, Some(Detail::Cover(cover)) if !cover.gaps.is_empty()));
    refused(&house, &["rooster", "zet", id, "zuid-1"], "SICK_THEN");
    asked(&house, &["rooster", "zet", id, "zuid-2"]);
    house.on_the_board("nachtdienst-gm0034", covered(1)).await;
    // It was a call for somebody else; and what is not said of a shift stays as it is.
    asked(&house, &["rooster", "beter", "zuid-1"]);
    asked(&house, &["rooster", "zet", id, "zuid-1"]);
    let shorter = asked(&house, &["rooster", "wijzig", id, "--tot", "06:00"]);
    assert_eq!((&shorter["plan"]["medewerkers"], &shorter["plan"]["untilMinute"]), (&1.into(), &360.into()));
    // Whoever takes somebody away reads that nobody is left.
    asked(&house, &["rooster", "af", id, "zuid-2"]);
    let told = house.run(&["rooster", "af", id, "zuid-1"]).stdout;
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("Let op: in Almere is er niemand van "), "{told}");
    asked(&house, &["rooster", "schrap", id, "--reden", "niet nodig"]);
    house.on_the_board("nachtdienst-gm0034", covered(0)).await;
}

#[tokio::test]
async fn who_waits_is_offered_the_place_that_comes_free_and_it_is_held_for_them() {
    let house = House::start().await;
    let mut opvang = house.connection.opvang().unwrap();
    let location_id = "opvang".to_owned();
    let register = RegisterLocationRequest {
        command_id: command_id(),
        location_id: location_id.clone(),
        profile: Some(profile(Kind::Nachtopvang, "Opvang")),
        counting: Counting::Places.into(),
        max_stay_days: 0,
    };
    opvang.register_location(register).await.unwrap();
    let place = PlaceProfile {
        label: "Bed 1".to_owned(),
        pool: "bed".to_owned(),
        criteria: Some(Criteria::default()),
        ..PlaceProfile::default()
    };
    let (place_id, profile) = ("bed-1".to_owned(), Some(place));
    opvang.add_place(AddPlaceRequest { command_id: command_id(), location_id, place_id, profile }).await.unwrap();
    house.run(&["confirm", "opvang"]);
    let figures = |free, held, occupied| {
        move |it: &proto::regio::v1::BoardLocation| {
            let figures = report(it).figures.unwrap_or_default();
            (it.free, figures.held, figures.occupied) == (free, held, occupied)
        }
    };
    house.on_the_board("opvang", figures(1, 0, 0)).await;
    let stay = asked(&house, &["verblijf", "in", "opvang", "bed-1", "--client", "c-1", "--leeftijd", "40"]);
    house.on_the_board("opvang", figures(0, 0, 1)).await;
    let waiting = asked(&house, &["wachtlijst", "erbij", "opvang", "bed", "--client", "c-2", "--leeftijd", "50"]);
    let second = asked(&house, &["wachtlijst", "erbij", "opvang", "bed", "--client", "c-3", "--leeftijd", "60"]);
    asked(&house, &["verblijf", "uit", "opvang", text(&stay, "stayId"), "--naar", "eigen-woning"]);
    house.on_the_board("opvang", figures(0, 1, 0)).await;
    refused(&house, &["verblijf", "in", "opvang", "bed-1", "--client", "c-4", "--leeftijd", "30"], "HELD");
    refused(&house, &["wachtlijst", "ja", "opvang", text(&second, "waitingId")], "NO_OFFER");
    asked(&house, &["wachtlijst", "nee", "opvang", text(&waiting, "waitingId")]);
    asked(&house, &["wachtlijst", "nee", "opvang", text(&second, "waitingId")]);
    let again = asked(&house, &["wachtlijst", "opnieuw", "opvang", "bed-1"]);
    assert_eq!(text(&again, "waitingId"), text(&waiting, "waitingId"));
    asked(&house, &["wachtlijst", "nee", "opvang", text(&waiting, "waitingId")]);
    refused(&house, &["wachtlijst", "verplaats", "opvang", text(&waiting, "waitingId"), "zolder"], "UNKNOWN_POOL");
    asked(&house, &["beheer", "erbij", "opvang", "stil-1", "--soort", "stil"]);
    let moved = asked(&house, &["wachtlijst", "verplaats", "opvang", text(&waiting, "waitingId"), "stil"]);
    assert_eq!((text(&moved, "pool"), text(&moved, "offeredPlaceId")), ("stil", "stil-1"));
    asked(&house, &["wachtlijst", "nee", "opvang", text(&waiting, "waitingId")]);
    asked(&house, &["beheer", "zet", "opvang", "stil-1=bezet"]);
    asked(&house, &["wachtlijst", "ja", "opvang", text(&second, "waitingId"), "--uiterlijk", "23:59"]);
    asked(&house, &["verblijf", "aangekomen", "opvang", text(&second, "waitingId")]);
    house.on_the_board("opvang", figures(0, 0, 2)).await;
    // What happened has a column, and what did not has none.
    let flow = said(&house.run(&["flow"]));
    assert!(flow.contains("Op de lijst") && flow.contains("Aanbod weg") && !flow.contains("Gestart"), "{flow}");
}

#[tokio::test]
async fn who_looked_at_what_is_written_to_a_file_beside_the_data_and_to_no_screen() {
    let house = House::start().await;
    house.location("huis", 1).await;
    house.logeerplek().claim_best(best("c-1")).await.unwrap();
    assert!(said(&house.run(&["claims", "--actor", "coordinator:piet-7"])).contains("c-1"));
    let looked = wait_for("a look in the file", SECONDS_30, async || {
        let files = std::fs::read_dir(house.data()).unwrap().flatten().map(|it| it.path());
        let is_log =
            |file: &PathBuf| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("toegang."));
        let lines: String = files.filter(is_log).map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let line = lines.lines().find(|line| line.contains("ListClaims")).map(ToOwned::to_owned);
        line.ok_or(lines)
    })
    .await;
    // Who it was is the id of a row, which can be deleted.
    assert!(!looked.contains("piet-7") && looked.contains("127.0.0.1"), "{looked}");
    assert!(!house.process().lines().join("\n").contains("ListClaims"));
}

#[tokio::test]
async fn a_location_is_shown_with_its_places_and_what_is_unknown_says_where_to_look() {
    let house = House::start().await;
    house.location("huis", 2).await;
    let claim = house.logeerplek().claim_best(best("c-1")).await.unwrap().into_inner().claim.unwrap();
    let told = said(&house.run(&["locatie", "huis"]));
    for shown in ["huis (huis)", "logeerplek van Proefaanbieder in Almere", "actueel", "vrij", "gereserveerd"] {
        assert!(told.contains(shown), "{shown}: {told}");
    }
    assert!(told.contains(&claim.claim_id), "{told}");
    for (line, hint) in [
        ("locatie nergens", "`onderdak watch --once`"),
        ("out huis zolder --reden lekkage", "`onderdak locatie LOCATIE`"),
        ("accept 00000000000000000000000000000000", "`onderdak claims`"),
    ] {
        let output = house.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.code() == Some(4) && said(&output).contains(hint), "{line}: {}", said(&output));
    }
    let told = said(&house.run(&["confirm", "housing-first-gm0034"]));
    assert!(told.contains("`onderdak slots bevestig`"), "{told}");
}

#[tokio::test]
async fn beheer_sets_locations_and_places_up_changes_them_and_closes_them() {
    let house = House::start().await;
    let does = |line: &str| {
        let output = house.run(&line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", said(&output));
        said(&output)
    };
    for (kind, id, pool) in [("logeerplek", "huis", "ambulant"), ("nachtopvang", "slaap", "bed")] {
        does(&format!("beheer nieuw {id} --soort {kind} --gemeente Almere --naam Huis --aanbieder Kwintes"));
        does(&format!("beheer erbij {id} k-1 --soort {pool} --huisdier ja"));
        does(&format!("beheer erbij {id} k-2 --soort {pool}"));
        does(&format!("beheer wijzig {id} --telefoon 036-1234567"));
        does(&format!("beheer anders {id} k-2 --naam Zolder --kinderen ja"));
        does(&format!("confirm {id}"));
        let shown = does(&format!("locatie {id}"));
        assert!(shown.contains("Huis") && shown.contains("036-1234567") && shown.contains("Zolder"), "{shown}");
        house.on_the_board(id, |it| it.free == 2 && report(it).phone == "036-1234567").await;
        // What was not named stayed as it was.
        let found: Value =
            serde_json::from_str(&does(&format!("find --van Almere --huisdier --soort {kind} --output json"))).unwrap();
        let places: Vec<&str> = found["places"].as_array().unwrap().iter().map(|it| text(it, "placeId")).collect();
        assert_eq!(places, ["k-1"], "{found}");
        does(&format!("beheer weg {id} k-2"));
        refused(&house, &["beheer", "anders", id, "k-2", "--naam", "Kelder"], "UNKNOWN_PLACE");
    }
    let words = |words: &[&str]| {
        let output = house.run(words);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
        said(&output)
    };
    let hours = ["--opname", "ma-vr 00:00-24:00", "--opname", "za 10:00-12:00"];
    words(
        &[&["beheer", "wijzig", "slaap", "--plaats", "52.37,5.22", "--inwoners-van", "Almere"], hours.as_slice()]
            .concat(),
    );
    does(
        "beheer anders slaap k-1 --doelgroep lvb --doelgroep dakloos --vanaf 18 --nachten 14 --financiering wmo --ook-soort stil",
    );
    let shown: Value = serde_json::from_str(&does("locatie slaap --output json")).unwrap();
    assert_eq!(shown["profile"]["intakeWindows"].as_array().unwrap().len(), 6, "{shown}");
    assert_eq!(shown["profile"]["criteria"]["residence"][0], "gm0034", "{shown}");
    assert_eq!(shown["profile"]["coordinates"]["latitude"], 52.37, "{shown}");
    let profile = &shown["places"][0]["profile"];
    assert_eq!(profile["criteria"]["targetGroups"].as_array().unwrap().len(), 2, "{shown}");
    assert_eq!((&profile["criteria"]["pets"], &profile["alsoPools"][0]), (&true.into(), &"stil".into()), "{shown}");
    let told = does("locatie slaap");
    assert!(told.contains("Voor: inwoners van Almere"), "{told}");
    assert!(told.contains("vanaf 18 jaar, lvb of dakloos, hoogstens 14 nachten, huisdier mag"), "{told}");
    does("beheer wijzig slaap --opname altijd --inwoners-van alle --plaats onbekend");
    does("beheer anders slaap k-1 --doelgroep alle --vanaf 0 --nachten 0 --ook-soort geen");
    let shown: Value = serde_json::from_str(&does("locatie slaap --output json")).unwrap();
    assert_eq!(shown["profile"]["intakeWindows"].as_array().map_or(0, Vec::len), 0, "{shown}");
    assert!(shown["profile"]["coordinates"].is_null(), "{shown}");
    assert_eq!(shown["places"][0]["profile"]["criteria"]["targetGroups"].as_array().map_or(0, Vec::len), 0, "{shown}");
    does("plan nieuw slaap --op 2030-01-01 --anders k-1=stil");
    assert!(does("plan lijst slaap").contains("k-1 wordt stil"));
    refused(&house, &["plan", "nieuw", "slaap", "--op", "2030-01-01", "--anders", "k-9=stil"], "UNKNOWN_PLACE");
    does("beheer erbij slaap k-3 --soort bed");
    does("beheer zet slaap k-1=bezet k-3=buiten --reden verf");
    let shown = does("locatie slaap");
    assert!(shown.contains("bezet") && shown.contains("verf"), "{shown}");
    refused(&house, &["beheer", "sluit", "slaap"], "IN_USE");
    does("beheer zet slaap k-1=vrij k-3=vrij");
    does("beheer sluit slaap");
    assert!(does("locatie slaap").contains("voorgoed gesloten"));
    does("beheer nieuw dag --soort dagopvang --gemeente Almere --aanbieder Kwintes --telt-mensen");
    does("beheer capaciteit dag 20 --buiten 2");
    does("verblijf tel dag 5");
    assert!(does("locatie dag").contains("5 binnen, 0 verwacht, 20 plekken, 2 buiten gebruik"));
}
