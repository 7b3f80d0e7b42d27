//! Tests of the picture: whatever order, whatever repetition, the board is a fold of the logs.

mod covering;
mod flowing;
mod fold;
mod searching;
mod series;
mod summing;
mod watching;

use jiff::Timestamp;
use proto::availability::v1::*;
use serde_json::value::RawValue;
use service::cloudevent::NewEvent;

use crate::aggregator::Shown;
use crate::board::Board;
use crate::incoming::{Incoming, Message};
use crate::store::PlaceInStream;

const REGION: &str = "proef";

fn now() -> Timestamp {
    "2026-11-23T02:10:00Z".parse().unwrap()
}

/// The region of the board.
fn region() -> &'static model::region::Region {
    static PARSED: std::sync::LazyLock<model::region::Region> = std::sync::LazyLock::new(|| {
        let text = "
            id = 'proef'
            name = 'Proefregio'
            time_zone = 'Europe/Amsterdam'
            centrumgemeente = 'gm0034'
            oin = '00000000000000000000'
            gemeente = [
              { code = 'gm0034', name = 'Almere', latitude = 52.37, longitude = 5.22, inhabitants = 1 },
              { code = 'gm0303', name = 'Dronten', latitude = 52.52, longitude = 5.72, inhabitants = 1 },
            ]";
        model::region::Region::parse(text, "proef").unwrap()
    });
    &PARSED
}

/// An empty picture.
fn empty() -> Shown {
    let place = PlaceInStream { epoch: "een".to_owned(), stream: String::new(), sequence: 0, revision: 0 };
    Shown { board: Board::default(), progress: Default::default(), place, parked: 0 }
}

/// A logeerplek location in Almere, confirmed an hour ago, with these free places.
fn location(id: &str, position: u64, version: u64, free: &[&str]) -> AvailabilityReported {
    let confirmed = model::wire::time_out("2026-11-23T01:10:00Z".parse().unwrap());
    let count = u32::try_from(free.len()).unwrap();
    AvailabilityReported {
        region: REGION.to_owned(),
        gemeente: "gm0034".to_owned(),
        location_id: id.to_owned(),
        kind: Kind::Logeerplek.into(),
        position,
        version,
        as_of: Some(confirmed),
        confirmed_at: Some(confirmed),
        freshness_goal_minutes: 480,
        figures: Some(Figures { funded: 5, actual: 5, occupied: 5 - count, ..Figures::default() }),
        offers: vec![Offer {
            also_pools: Vec::new(),
            pool: "ambulant".to_owned(),
            criteria: Some(Criteria::default()),
            place_ids: free.iter().map(|place| (*place).to_owned()).collect(),
            free_since: Some(confirmed),
        }],
        coordinates: Some(Coordinates { latitude: 52.37, longitude: 5.22 }),
        ..AvailabilityReported::default()
    }
}

/// The report as it comes over the bus.
fn message(report: &AvailabilityReported, sequence: u64) -> Message {
    let data = RawValue::from_string(serde_json::to_string(report).unwrap()).unwrap();
    let event =
        NewEvent::availability("id", "urn:nld:oin:0:systeem:proef", now(), &report.location_id, report.position, &data);
    Message {
        subject: format!("onderdak.v1.{REGION}.logeerplek.{}.{}", report.gemeente, report.location_id).into(),
        payload: serde_json::to_vec(&event).unwrap().into(),
        sequence: Some(sequence),
        position: None,
    }
}

/// Messages as the aggregator takes them in.
fn read(messages: &[Message]) -> Vec<Incoming> {
    messages.iter().cloned().map(Incoming::new).collect()
}
