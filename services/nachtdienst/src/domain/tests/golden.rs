//! The stored form of every event. A file in `tests/golden/nachtdienst` is a row as a log of years ago holds it: it must
//! read for ever, and what is read must be written again as it was. Files are added, never changed.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::Value;

use crate::domain::Event;

/// Lists the variants of an enum by name, and names each. A variant that is missing does not compile.
macro_rules! variants {
    ($names:ident, $name:ident, $of:ident, $($variant:ident => $file:literal),+ $(,)?) => {
        const $names: &[&str] = &[$($file),+];

        fn $name(event: &$of) -> &'static str {
            match event {
                $($of::$variant { .. } => $file),+
            }
        }
    };
}

variants!(EVENTS, name, Event,
    ShiftPlanned => "shift_planned",
    ShiftChanged => "shift_changed",
    ShiftCancelled => "shift_cancelled",
    Assigned => "assigned",
    Unassigned => "unassigned",
    SickReported => "sick_reported",
    ShiftBegan => "shift_began",
    ShiftEnded => "shift_ended",
    TeamStateSet => "team_state_set",
    PauzeEnded => "pauze_ended",
    MeldingReceived => "melding_received",
    MeldingAssigned => "melding_assigned",
    MeldingMoved => "melding_moved",
    MeldingResulted => "melding_resulted",
    MeldingClosed => "melding_closed",
    RemarkWritten => "remark_written",
    HandedOver => "handed_over",
    HandoverAccepted => "handover_accepted",
    CoverTold => "cover_told",
);

/// Every golden file: its name without the ending, and what is in it.
fn files() -> Vec<(String, Value)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/nachtdienst"));
    let read = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap())
    };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(read).collect();
    files.sort_by(|(one, _), (other, _)| one.cmp(other));
    files
}

/// An event from a row of the log: the name of its variant, and the rest of it.
fn read(stored: &Value) -> Event {
    let kind = stored["type"].as_str().unwrap();
    let json = format!("{{\"{kind}\":{}}}", stored["data"]);
    serde_json::from_str(&json).unwrap_or_else(|wrong| panic!("{json}: {wrong}"))
}

/// A row of the log from an event.
fn written(event: &Event) -> Value {
    let value = serde_json::to_value(event).unwrap();
    let (kind, data) = value.as_object().unwrap().iter().next().unwrap();
    serde_json::json!({ "type": kind, "data": data })
}

#[test]
fn every_stored_event_still_reads_and_is_written_again_as_it_was() {
    for (file, stored) in files() {
        assert_eq!(written(&read(&stored)), stored, "{file}");
    }
}

#[test]
fn every_event_has_a_file_that_is_named_after_it() {
    let mut seen = BTreeSet::new();
    for (file, stored) in files() {
        let event = read(&stored);
        let known = name(&event);
        assert!(file == known || file.starts_with(&format!("{known}-")), "{file} holds {known}");
        seen.insert(known);
    }
    let expected: BTreeSet<&str> = EVENTS.iter().copied().collect();
    assert_eq!(seen, expected);
}
