//! The bench measures what it says it measures. Its figures are not looked at here: how fast a machine is, is no test.

use std::process::Command;

use testkit::TempDir;

use crate::house::{ONDERDAK, said};

/// The rows that need nothing but nats-server; the one on PostgreSQL runs the same calls as the one on SQLite.
const ROWS: [&str; 13] = [
    "claim-sqlite",
    "alleen",
    "watch",
    "relay",
    "herlezen",
    "start",
    "zoeken",
    "kijkers",
    "rust",
    "paginas",
    "zoekpagina",
    "eerste-pagina",
    "abonnees",
];

#[test]
fn every_row_of_the_bench_can_be_measured_and_is_saved() {
    let nats = std::env::var("ONDERDAK_NATS_SERVER").expect("run the tests through cargo xtask test");
    let folder = TempDir::new("bench");
    let path = folder.path().to_str().unwrap();
    let browser = crate::browser::script("traag.mjs");
    let args = ["bench", "--quick", "--rounds", "1", "--nats-server", &nats, "--dir", path, "--save", path];
    let args = [&args[..], &["--browser", &browser]].concat();
    let output = Command::new(ONDERDAK).args(args).args(["--only", &ROWS.join(","), "--output", "json"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", said(&output));

    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for (line, row) in report["lines"].as_array().unwrap().iter().zip(ROWS) {
        assert_eq!(line["name"], row);
        assert!(line["checks"].as_array().is_some_and(|checks| !checks.is_empty()), "{line}");
    }
    let saved = std::fs::read_dir(folder.path()).unwrap().flatten().map(|it| it.file_name().into_string().unwrap());
    let saved: Vec<_> = saved.filter(|name| name.ends_with(".json") || name.ends_with(".md")).collect();
    assert_eq!(saved.len(), 2, "{saved:?}");
}
