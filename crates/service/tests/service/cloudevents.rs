//! The cases of CloudEvents 1.0 in structured JSON, one file each under `cloudevents/`: what is valid is read, what
//! is not is refused by the name of what is wrong. And what the relay makes is an event of the NL GOV profile.

use std::collections::BTreeSet;
use std::path::Path;

use service::cloudevent::Event;
use service::relay::event_json;
use uuid::Uuid;

use crate::log::Log;
use crate::relaying::source;

/// The files of a folder, by name without their ending.
fn cases(folder: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/service/cloudevents").join(folder);
    let files = std::fs::read_dir(&folder).expect("the cases").map(|entry| entry.expect("a case").path());
    let mut cases: Vec<(String, Vec<u8>)> = files
        .map(|path| (path.file_stem().expect("a name").display().to_string(), std::fs::read(&path).expect("a case")))
        .collect();
    cases.sort();
    cases
}

#[test]
fn every_valid_event_is_read() {
    let cases = cases("valid");
    assert!(cases.len() >= 10, "{} cases", cases.len());
    let refused: Vec<String> = cases
        .iter()
        .filter_map(|(name, bytes)| Event::read(bytes).err().map(|error| format!("{name}: {}", service::Chain(&error))))
        .collect();
    assert!(refused.is_empty(), "{refused:#?}");
}

#[test]
fn every_invalid_event_is_refused() {
    let cases = cases("invalid");
    assert!(cases.len() >= 25, "{} cases", cases.len());
    let read: Vec<&String> =
        cases.iter().filter(|(_, bytes)| Event::read(bytes).is_ok()).map(|(name, _)| name).collect();
    assert!(read.is_empty(), "{} of {} are taken for events: {read:#?}", read.len(), cases.len());
}

#[test]
fn a_refused_event_is_refused_with_the_attribute_that_is_wrong() {
    let cases = cases("invalid");
    let attributes = cases.iter().filter(|(name, _)| !name.starts_with("json--"));
    let unnamed: Vec<String> = attributes
        .filter_map(|(name, bytes)| {
            let said = Event::read(bytes).err().map(|error| service::Chain(&error).to_string())?;
            let attribute = name.split("--").next().unwrap_or_default();
            (!said.contains(attribute)).then(|| format!("{name}: {said}"))
        })
        .collect();
    assert!(unnamed.is_empty(), "{unnamed:#?}");
}

#[test]
fn what_is_read_is_what_was_written() {
    let cases = cases("valid");
    let bytes = |name: &str| &cases.iter().find(|(case, _)| case == name).expect("a case").1;
    let event = Event::read(bytes("everything")).expect("valid");
    assert_eq!(
        (&*event.source, &*event.kind),
        ("urn:nld:oin:00000001003214345000:systeem:onderdak-opvang", "nl.onderdak.availability-reported.v1")
    );
    assert_eq!(event.time.expect("a time").to_string(), "2026-11-23T05:02:04Z");
    assert_eq!(
        (event.subject.as_deref(), event.data_content_type.as_deref()),
        (Some("loc-1"), Some("application/json"))
    );
    assert_eq!((event.sequence(), event.data.expect("data").get()), (Some(17), "{\n    \"beds\": 4\n  }"));

    let event = Event::read(bytes("extensions_of_every_type")).expect("valid");
    let extensions: Vec<(&str, &str)> =
        event.extensions.iter().map(|(name, value)| (&**name, value.as_str())).collect();
    let expected =
        [("least", "-2147483648"), ("most", "2147483647"), ("num3ric", "0"), ("text", "a b"), ("yes", "true")];
    assert_eq!(extensions, expected);

    let event = Event::read(bytes("names_and_texts_are_escaped")).expect("valid");
    assert_eq!((&*event.id, event.sequence()), ("A-1", None));

    let event = Event::read(bytes("time_with_an_offset_and_a_fraction")).expect("valid");
    assert_eq!(event.time.expect("a time").to_string(), "2026-03-29T00:59:59.999999Z");

    let event = Event::read(bytes("optional_attributes_are_null")).expect("valid");
    assert!(event.time.is_none() && event.subject.is_none() && event.extensions.is_empty());
}

#[tokio::test]
async fn what_the_relay_makes_is_a_valid_event_with_the_attributes_of_nl_gov_and_no_others() {
    let log = Log::open().await;
    let before = service::clock::now();
    let command = log.count("loc-1", 4).await;
    let report = log.reports().await.remove(0);
    let json = event_json(&report, &source()).expect("the log holds JSON");

    let event = Event::read(&json).expect("a valid event");
    assert_eq!(&*event.id, report.id);
    assert_eq!(Uuid::try_parse(&event.id).expect("a uuid").get_version_num(), 7);
    assert_eq!(&*event.source, "urn:nld:oin:00000001003214345000:systeem:onderdak-beds");
    assert_eq!(&*event.kind, "nl.onderdak.availability-reported.v1");
    assert_eq!(
        (event.subject.as_deref(), event.data_content_type.as_deref()),
        (Some("loc-1"), Some("application/json"))
    );
    assert_eq!((event.sequence(), event.extensions["sequence"].as_str()), (Some(1), "00000000000000000001"));
    assert_eq!(event.data.expect("data").get(), report.data);
    let time = event.time.expect("a time");
    assert_eq!(time.as_microsecond(), report.at_micros());
    assert!(time.as_microsecond() >= before.as_microsecond() && time <= service::clock::now());

    let object: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let names: BTreeSet<&str> = object.as_object().expect("an object").keys().map(String::as_str).collect();
    let nl_gov = ["data", "datacontenttype", "id", "sequence", "source", "specversion", "subject", "time", "type"];
    assert_eq!(names, BTreeSet::from(nl_gov));
    let text = String::from_utf8(json).expect("UTF-8");
    assert!(!text.contains("jansen") && !text.contains(&command.to_string()), "personal data in {text}");
}

#[tokio::test]
async fn every_event_of_a_log_has_an_id_of_its_own_and_a_sequence_that_sorts_as_text() {
    let log = Log::open().await;
    log.count_all(120).await;
    let reports = log.reports().await;
    let events: Vec<Vec<u8>> =
        reports.iter().map(|report| event_json(report, &source()).expect("the log holds JSON")).collect();
    let events: Vec<Event<'_>> = events.iter().map(|json| Event::read(json).expect("a valid event")).collect();
    assert_eq!(events.iter().map(|event| &*event.id).collect::<BTreeSet<_>>().len(), 120);
    assert!(events.is_sorted_by_key(|event| &event.extensions["sequence"]));
    assert_eq!(events.iter().filter_map(Event::sequence).collect::<Vec<_>>(), (1..=120).collect::<Vec<u64>>());
}
