//! Which trace context of a caller is stored with an event and goes onto the bus: one as W3C writes it, and nothing
//! else.

use service::telemetry::traceparent;
use tonic::metadata::{MetadataMap, MetadataValue};

use crate::log::TRACEPARENT;

fn given(value: &[u8]) -> Option<String> {
    let mut metadata = MetadataMap::new();
    metadata.insert(service::call::TRACEPARENT, MetadataValue::try_from(value).expect("metadata"));
    traceparent(&metadata)
}

#[test]
fn a_trace_context_as_w3c_writes_it_is_stored_as_it_is() {
    for good in [TRACEPARENT, "00-00000000000000000000000000000001-0000000000000001-00"] {
        assert_eq!(given(good.as_bytes()).as_deref(), Some(good));
    }
}

#[test]
fn no_trace_context_is_none() {
    assert_eq!(traceparent(&MetadataMap::new()), None);
}

#[test]
fn what_is_not_shaped_like_a_trace_context_is_not_stored() {
    let bad: [&[u8]; 10] = [
        b"",
        b"jan jansen",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        b"00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        b"00-4bf92f3577b34da6a3ce929d0e0e47361-00f067aa0ba902b7-01",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-02",
        b"00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
        b"00-4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7-01",
        b" 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e47é-00f067aa0ba902b7-01".as_bytes(),
    ];
    for value in bad {
        assert_eq!(given(value), None, "{}", String::from_utf8_lossy(value));
    }
}

#[test]
fn what_w3c_calls_invalid_is_not_stored() {
    let bad = [
        ("capitals", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01"),
        ("version ff", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("no trace", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"),
        ("no parent", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"),
    ];
    let stored: Vec<&str> =
        bad.iter().filter(|(_, value)| given(value.as_bytes()).is_some()).map(|(what, _)| *what).collect();
    assert!(stored.is_empty(), "stored: {stored:?}");
}
