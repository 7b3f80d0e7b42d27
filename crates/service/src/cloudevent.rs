//! CloudEvents 1.0 in structured JSON, the envelope of everything on the bus. Reading is strict: what is not a
//! valid event is refused with the attribute that is wrong. It must not look inside the data.

mod read;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

pub use self::read::{Event, NotAnEvent};

/// Content type of an event on the bus.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
/// Type of the one event that goes over the bus.
pub const AVAILABILITY_REPORTED: &str = "nl.onderdak.availability-reported.v1";

/// What goes onto the bus.
#[derive(Debug, Serialize)]
pub struct NewEvent<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    r#type: &'static str,
    time: Timestamp,
    subject: &'a str,
    sequence: String,
    datacontenttype: &'static str,
    data: &'a RawValue,
}

impl<'a> NewEvent<'a> {
    /// An availability report.
    pub fn availability(
        id: &'a str,
        source: &'a str,
        time: Timestamp,
        location: &'a str,
        position: u64,
        data: &'a RawValue,
    ) -> Self {
        Self {
            specversion: "1.0",
            id,
            source,
            r#type: AVAILABILITY_REPORTED,
            time,
            subject: location,
            // Twenty digits sort as text as they do as numbers, as the sequence extension asks.
            sequence: format!("{position:020}"),
            datacontenttype: "application/json",
            data,
        }
    }
}

/// The source of a service's events in the NL GOV profile.
pub fn source(oin: &str, service: &str) -> String {
    format!("urn:nld:oin:{oin}:systeem:onderdak-{service}")
}
