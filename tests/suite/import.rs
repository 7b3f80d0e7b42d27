//! Importing daily stands: what is right goes in exactly, what is wrong is told by row and changes nothing.

use crate::house::{House, REGION, said};

const LOCATIONS: &str = r#"
[[location]]
id = "het-huis"
kind = "nachtopvang"
name = "Het Huis"
provider = "Proefaanbieder"
gemeente = "gm0034"
headcount = 50

[[location]]
id = "62-1011"
kind = "nachtopvang"
name = "62 - 1011"
provider = "Proefaanbieder"
gemeente = "gm0034"
headcount = 50
"#;

async fn house() -> House {
    House::start_with(&format!("{REGION}{LOCATIONS}")).await
}

fn import(house: &House, content: &[u8], more: &[&str]) -> (Option<i32>, String) {
    let file = house.folder.join("stand.csv");
    std::fs::write(&file, content).unwrap();
    let args: Vec<&str> = ["import", "stand", file.to_str().unwrap()].into_iter().chain(more.iter().copied()).collect();
    let output = house.run(&args);
    (output.status.code(), said(&output))
}

/// Free, over, occupied, funded and unavailable of a location at the end of a day.
fn stand(house: &House, location: &str, date: &str) -> [u64; 5] {
    let output = house.run(&["history", "--at", date, "--location", location, "--output", "json"]);
    // Of a location nobody knew then there is nothing to say.
    if output.status.code() == Some(4) && said(&output).contains("niets bekend") {
        return [0; 5];
    }
    let history: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    let it = &history["locations"][0];
    let figure = |value: &serde_json::Value| value.as_u64().unwrap_or(0);
    let figures = &it["report"]["figures"];
    [&it["free"], &it["over"], &figures["occupied"], &figures["funded"], &figures["unavailable"]].map(figure)
}

const GOOD: &str = "date,location,actual,funded,occupied,unavailable\n\
    2021-01-02,Het Huis,48,50,40,2\n2021-01-01,Het Huis,50,50,53,0\n2021-01-01,62 - 1011,20,25,20,5\n";

#[tokio::test]
async fn every_figure_comes_back_also_over_occupied_ones_and_a_second_time_changes_nothing() {
    let house = house().await;
    let (code, told) = import(&house, GOOD.as_bytes(), &[]);
    assert!(code == Some(0) && told.contains("3 nieuw of veranderd"), "{told}");
    house.on_the_board("het-huis", |it| it.report.as_ref().is_some_and(|report| report.position > 0)).await;
    testkit::wait_for("history", crate::house::PATIENCE, async || match stand(&house, "62-1011", "2021-01-01") {
        [0, 0, 20, 25, 5] => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    assert_eq!(stand(&house, "het-huis", "2021-01-01"), [0, 3, 53, 50, 0]);
    assert_eq!(stand(&house, "het-huis", "2021-01-02"), [8, 0, 40, 50, 2]);
    let (code, told) = import(&house, GOOD.as_bytes(), &[]);
    assert!(code == Some(0) && told.contains("0 nieuw of veranderd, 3 al bekend"), "{told}");
}

#[tokio::test]
async fn a_file_of_a_spreadsheet_is_read_as_a_person_would_expect() {
    let house = house().await;
    let spreadsheet = "\u{feff}Datum;Locatie;Bekostigd;Bezet;Buiten gebruik\r\n01-02-2022;Het Huis;50;10.0;1\r\n\r\n";
    let map = ["--map", "date=Datum,location=Locatie,funded=Bekostigd,occupied=Bezet,unavailable=Buiten gebruik"];
    let (code, told) = import(&house, spreadsheet.as_bytes(), &map);
    assert!(code == Some(0) && told.contains("1 regel gelezen"), "{told}");
    testkit::wait_for("history", crate::house::PATIENCE, async || match stand(&house, "het-huis", "2022-02-01") {
        [39, 0, 10, 50, 1] => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

#[tokio::test]
async fn every_wrong_row_is_told_by_its_number_and_nothing_is_written() {
    let house = house().await;
    let wrong = "date,location,actual,funded,occupied,unavailable\n\
        2021-01-01,Het Huis,50,50,40,0\n\
        2021-13-01,Het Huis,50,50,40,0\n\
        2021-01-02,Elders,50,50,40,0\n\
        2021-01-03,Het Huis,50,50,-1,0\n\
        2021-01-01,Het Huis,50,50,41,0\n\
        2021-01-04,Het Huis,49,50,40,0\n\
        2021-01-05,Het Huis,50,50\n\
        2021-01-06 07:30,Het Huis,50,50,40,0\n\
        0021-01-06,Het Huis,50,50,40,0\n\
        2021-01-07,Het Huis,1.000,1.000,40,0\n\
        2021-01-06,Het Huis,50,50,4,1,0\n";
    let (code, told) = import(&house, wrong.as_bytes(), &[]);
    assert_eq!(code, Some(5), "{told}");
    for expected in [
        "10 regels kloppen niet; er is niets geschreven",
        "regel 3: date is geen datum",
        "regel 4: locatie elders is niet bekend",
        "regel 5: occupied is negatief",
        "regel 6: het-huis op 2021-01-01 staat al eerder",
        "regel 7: actual (49) is niet funded",
        "regel 8: occupied ontbreekt",
        "regel 9: date moet alleen een datum zijn",
        "regel 10: date is geen datum",
        "regel 11: funded is niet duidelijk: \"1.000\"",
        "regel 12: heeft 7 kolommen, en de koppen zijn er 6",
    ] {
        assert!(told.contains(expected), "{expected:?} is missing in: {told}");
    }
    assert_eq!(stand(&house, "het-huis", "2021-06-01"), [0; 5]);
}

#[tokio::test]
async fn a_missing_column_is_told_with_the_columns_there_are() {
    let house = house().await;
    let (code, told) = import(&house, b"dag,location,funded,occupied,unavailable\n", &[]);
    assert!(code == Some(5) && told.contains("de kolom date") && told.contains("dag, location"), "{told}");
    let (code, told) = import(&house, b"", &[]);
    assert!(code == Some(5) && told.contains("het bestand is leeg"), "{told}");
    let twice = import(&house, b"date,location,date,funded,occupied,unavailable\n", &[]);
    assert!(twice.0 == Some(5) && twice.1.contains("de kolom date (voor date) staat er twee keer"), "{twice:?}");
    for strange in [b"date,location\r2021-01-01,huis\r".as_slice(), b"\xff\xfed\0a\0t\0e\0"] {
        let (code, told) = import(&house, strange, &[]);
        assert!(code == Some(5) && told.contains("bewaar het als CSV UTF-8"), "{told}");
    }
    let (code, told) = import(&house, b"date,location,funded,occupied,unavailable\n", &[]);
    assert!(code == Some(0) && told.contains("alleen koppen"), "{told}");
}

#[tokio::test]
async fn a_stand_in_the_future_is_wrong_and_rows_are_numbered_as_in_the_file() {
    let house = house().await;
    let file = "date,location,actual,funded,occupied,unavailable\r\n2021-01-01,Het Huis,50,50,40,0\r\n\r\n\r\n\
        2999-01-01,Het Huis,50,50,40,0\r\n2021-01-02,Het Huis,50,50,-1,0\r\n";
    let (code, told) = import(&house, file.as_bytes(), &[]);
    assert_eq!(code, Some(5), "{told}");
    assert!(told.contains("regel 5: 2999-01-01 om 23:59 ligt in de toekomst"), "{told}");
    assert!(told.contains("regel 6: occupied is negatief"), "{told}");
}
