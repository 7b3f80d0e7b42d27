//! What leaves the service, and when: a report per location, and one per date of a recorded stand.

use std::collections::BTreeMap;

use eventlog::Domain as _;
use jiff::Timestamp;
use model::kind::Kind;
use model::wire::time_out;
use proto::availability::v1::{AvailabilityReported, Happening};

use super::given::{
    Given, add, check_in, count, evening, given, given_places, household, minutes, move_to, opvang, register,
    register_heads, reserve, stand, who,
};
use crate::domain::{Command, Count, Event, decide};

/// The reports of commands that are committed together, in the order in which the log makes them.
fn committed(mut story: Given, commands: impl IntoIterator<Item = Command>) -> Vec<(String, AvailabilityReported)> {
    let mut events: Vec<Event> = Vec::new();
    for command in commands {
        events.extend(story.when(command.clone()).then_event_list());
        story = story.and([command]);
    }
    let mut streams: BTreeMap<&str, Vec<&Event>> = BTreeMap::new();
    for event in &events {
        streams.entry(crate::Opvang::stream(event)).or_default().push(event);
    }
    let report = |(number, events): (u64, &Vec<&Event>)| {
        let report = opvang().report(&story.state, events, number).unwrap();
        let data: AvailabilityReported = serde_json::from_str(&report.data).unwrap();
        assert_eq!(data.position, number);
        (report.subject, data)
    };
    (1..).zip(streams.values()).map(report).collect()
}

fn day(number: i64) -> Timestamp {
    evening() - minutes(24 * 60 * (10 - number))
}

#[test]
fn a_commit_makes_one_report_of_a_location_with_everything_that_happened() {
    let story = given_places(["k-1", "k-2"]);
    let reports = committed(story, [reserve("k-1", who("c-1")), check_in("k-2", household(2))]);
    let [(subject, report)] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!(subject, "onderdak.v1.flevoland.opvang.gm0034.huis");
    assert_eq!(report.happened().collect::<Vec<_>>(), [Happening::Held, Happening::Arrived]);
    let figures = report.figures.as_ref().unwrap();
    assert_eq!((figures.actual, figures.held, figures.occupied), (2, 1, 1));
    assert!(!serde_json::to_string(report).unwrap().contains("c-1"), "no report tells who");
}

#[test]
fn every_event_has_its_word_in_the_report() {
    let story = given_places(["k-1", "k-2"]).and([check_in("k-1", who("c-1"))]);
    let stay = story.stay_in("k-1");
    let happened: Vec<Happening> =
        committed(story, [move_to(&stay, "k-2"), super::given::check_out(&stay)])[0].1.happened().collect();
    assert_eq!(happened, [Happening::Moved, Happening::Left]);
}

#[test]
fn each_stand_of_a_list_has_a_report_with_its_own_date_figures_and_version() {
    let story = given([register("inloop", Kind::Dagopvang)]);
    let reports = committed(story, [1, 3, 2].map(|number| stand("inloop", day(number), 10 + number as u32)));
    let told: Vec<_> = reports
        .iter()
        .map(|(_, report)| (report.as_of, report.figures.as_ref().unwrap().occupied, report.version))
        .collect();
    let expected = [(Some(time_out(day(1))), 11, 2), (Some(time_out(day(2))), 12, 4), (Some(time_out(day(3))), 13, 3)];
    assert_eq!(told, expected);
    assert!(reports.iter().all(|(_, report)| report.confirmed_at == report.as_of));
    assert!(reports.iter().all(|(_, report)| report.happened().eq([Happening::StandRecorded])));
}

#[test]
fn a_stand_is_told_as_it_was_also_when_people_are_counted_in_the_same_commit() {
    let story = given([register("inloop", Kind::Dagopvang)]);
    let reports = committed(story, [stand("inloop", day(9), 7), count("inloop", Count::Present(2))]);
    let told: Vec<_> = reports
        .iter()
        .map(|(_, report)| (report.version, report.figures.as_ref().unwrap().occupied, report.as_of))
        .collect();
    assert_eq!(told, [(3, 2, Some(time_out(evening()))), (2, 7, Some(time_out(day(9))))]);
}

#[test]
fn a_correction_in_the_same_commit_is_what_is_told() {
    let story = given([register("inloop", Kind::Dagopvang)]);
    let reports = committed(story, [stand("inloop", day(9), 7), stand("inloop", day(9), 8)]);
    let [(_, report)] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!((report.version, report.figures.as_ref().unwrap().occupied), (3, 8));
}

#[test]
fn of_a_confidential_location_only_counts_leave_the_service() {
    let heads = given([register_heads("oranje-huis", Kind::Vrouwenopvang)]);
    let places = given([register("oranje-huis", Kind::TimeOutPleger)]);
    let reports = [
        committed(heads, [stand("oranje-huis", day(9), 7)]),
        committed(places, [add("oranje-huis", "kamer-1"), super::given::confirm("oranje-huis")]),
    ];
    for (subject, report) in reports.concat() {
        let said = format!("{subject} {}", serde_json::to_string(&report).unwrap());
        for secret in ["oranje", "Zilvermeeuw", "Windkracht", "gm0034", "kamer"] {
            assert!(!said.contains(secret), "tells {secret}: {said}");
        }
        assert!(subject.starts_with("onderdak.v1.flevoland.opvang.regio."));
        assert!(report.figures.is_some());
    }
}

#[test]
fn the_log_asks_the_same_rules_as_the_tests_do() {
    let story = given_places(["k-1"]);
    let envelope = eventlog::Envelope { at: evening(), new_id: uuid::Uuid::from_u128(7) };
    let command = check_in("k-1", who("c-1"));
    let asked = opvang().decide(&story.state, &command, &envelope);
    assert_eq!(asked, decide(&opvang().region, &story.state, &command, evening(), envelope.new_id));
    assert_eq!(crate::Opvang::next_due(&story.state), None);
    assert_eq!(opvang().tick(), Command::Tick);
}
