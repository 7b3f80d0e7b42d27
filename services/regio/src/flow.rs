//! Who came in and left, what was refused and what could not be met: counted from reports, which say what happened and
//! never who. Every report counts once, however often it comes. It must not guess at what no report says.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, Time, Weekday};
use jiff::{Timestamp, ToSpan as _};
use model::moment;
use model::region::Region;
use model::wire;
use proto::availability::v1::{AvailabilityReported, Destination, Happening, Kind};
use proto::regio::v1::{Bucket, FlowRow};
use serde::Deserialize;
use serde_json::{Value, json};

/// Most buckets of one answer.
pub const MOST_BUCKETS: usize = 400;

/// What one report tells of flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Kind, as its number on the wire.
    pub kind: i32,
    /// Gemeente.
    pub gemeente: Arc<str>,
    /// What happened, as it is kept.
    pub data: Arc<str>,
}

/// What happened, as it is kept: numbers of the wire only.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Data {
    /// What happened, once for each time.
    #[serde(default)]
    happened: Vec<i32>,
    /// Nights and destination of each stay that ended.
    #[serde(default)]
    ended: Vec<(u32, i32)>,
}

/// What is counted together: begin of the bucket, kind, gemeente.
type Bin = (Timestamp, i32, Arc<str>);

/// A report that tells of flow, as it was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The moment it is true for, in microseconds since 1970.
    pub as_of: i64,
    /// What it tells.
    pub told: Told,
}

/// What a report tells of flow; none where it tells nothing of it.
pub fn told(report: &AvailabilityReported) -> Option<Told> {
    let counts = |raw: &&i32| Happening::try_from(**raw).is_ok_and(is_flow);
    let happened: Vec<i32> = report.happened.iter().filter(counts).copied().collect();
    let ended: Vec<(u32, i32)> = report.stays_ended.iter().map(|stay| (stay.nights, stay.destination)).collect();
    if happened.is_empty() && ended.is_empty() {
        return None;
    }
    let data = Data { happened, ended }.kept();
    Some(Told { kind: report.kind, gemeente: report.gemeente.as_str().into(), data: data.into() })
}

fn is_flow(happening: Happening) -> bool {
    happening == Happening::Left || counter(&mut FlowRow::default(), happening).is_some()
}

impl Data {
    /// As it is kept; what is empty is left out.
    fn kept(&self) -> String {
        let parts = [("happened", json!(self.happened)), ("ended", json!(self.ended))];
        let parts = parts.into_iter().filter(|(_, list)| list.as_array().is_some_and(|list| !list.is_empty()));
        Value::Object(parts.map(|(name, list)| (name.to_owned(), list)).collect()).to_string()
    }
}

/// The beginnings of the buckets between two moments; none where there are too many.
pub fn buckets(region: &Region, bucket: Bucket, from: Timestamp, until: Timestamp) -> Option<Vec<Timestamp>> {
    let day = moment::day(region, from);
    let mut first = match bucket {
        Bucket::Day => day,
        Bucket::Week | Bucket::Unspecified => {
            day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
        }
        Bucket::Month => day.first_of_month(),
    };
    let mut begins = Vec::new();
    loop {
        let begin = moment::on(region, first, Time::midnight());
        if begin >= until {
            return Some(begins);
        }
        if begins.len() == MOST_BUCKETS {
            return None;
        }
        begins.push(begin);
        let next = next(bucket, first);
        if next <= first {
            return Some(begins);
        }
        first = next;
    }
}

fn next(bucket: Bucket, first: Date) -> Date {
    match bucket {
        Bucket::Day => first.saturating_add(1.day()),
        Bucket::Week | Bucket::Unspecified => first.saturating_add(7.days()),
        Bucket::Month => first.saturating_add(1.month()),
    }
}

/// Counts what was kept, by bucket, kind and gemeente.
pub fn count(begins: &[Timestamp], kept: &[Kept]) -> Result<Vec<FlowRow>, serde_json::Error> {
    let mut rows: BTreeMap<Bin, (FlowRow, Vec<u32>)> = BTreeMap::new();
    for Kept { as_of, told } in kept {
        let at = Timestamp::from_microsecond(*as_of).unwrap_or(Timestamp::UNIX_EPOCH);
        let Some(begin) = begins.partition_point(|begin| *begin <= at).checked_sub(1).map(|index| &begins[index])
        else {
            continue;
        };
        let data: Data = serde_json::from_str(&told.data)?;
        let new = || {
            let (from, gemeente) = (Some(wire::time_out(*begin)), told.gemeente.to_string());
            (FlowRow { from, kind: told.kind, gemeente, ..FlowRow::default() }, Vec::new())
        };
        let key = (*begin, told.kind, Arc::clone(&told.gemeente));
        let (row, nights) = rows.entry(key).or_insert_with(new);
        add(row, &data);
        nights.extend(data.ended.iter().map(|(nights, _)| *nights));
    }
    Ok(rows.into_values().map(|(row, nights)| with_nights(row, nights)).collect())
}

/// Counts one report. What it adds does not depend on what others added, so their order does not matter.
fn add(row: &mut FlowRow, data: &Data) {
    let mut left = 0_u32;
    for happening in data.happened.iter().filter_map(|raw| Happening::try_from(*raw).ok()) {
        if happening == Happening::Left {
            left = left.saturating_add(1);
        } else if let Some(counter) = counter(row, happening) {
            *counter = counter.saturating_add(1);
        }
    }
    // Where somebody went is told beside it; an old report does not say.
    let goes_on = data.ended.iter().filter(|(_, to)| Destination::try_from(*to).is_ok_and(is_doorstroom)).count();
    let goes_on = u32::try_from(goes_on).unwrap_or(u32::MAX).min(left);
    row.uitstroom = row.uitstroom.saturating_add(left - goes_on);
    row.doorstroom = row.doorstroom.saturating_add(goes_on);
}

/// What something that happened adds to; who left is counted by where they went.
const fn counter(row: &mut FlowRow, happening: Happening) -> Option<&mut u32> {
    Some(match happening {
        Happening::Arrived => &mut row.instroom,
        Happening::NoShow => &mut row.no_shows,
        Happening::ClaimRefused | Happening::DemandRefused => &mut row.refused,
        Happening::ClaimLapsed => &mut row.lapsed,
        Happening::DemandUnmet => &mut row.unmet,
        Happening::WaitingJoined => &mut row.waiting_joined,
        Happening::WaitingLeft => &mut row.waiting_left,
        Happening::PlaceOffered => &mut row.offered,
        Happening::OfferAccepted => &mut row.offers_accepted,
        Happening::OfferDeclined | Happening::OfferExpired | Happening::OfferWithdrawn => &mut row.offers_lost,
        Happening::TrajectRegistered => &mut row.trajecten_registered,
        Happening::TrajectStarted => &mut row.trajecten_started,
        Happening::TrajectCompleted => &mut row.trajecten_completed,
        Happening::TrajectStopped => &mut row.trajecten_stopped,
        Happening::MeldingReceived => &mut row.meldingen_received,
        Happening::MeldingClosed => &mut row.meldingen_closed,
        Happening::Unspecified
        | Happening::LocationRegistered
        | Happening::LocationChanged
        | Happening::LocationRetired
        | Happening::Confirmed
        | Happening::PlaceAdded
        | Happening::PlaceChanged
        | Happening::PlaceRetired
        | Happening::OutOfService
        | Happening::BackInService
        | Happening::Held
        | Happening::HoldExtended
        | Happening::HoldCancelled
        | Happening::ClaimAccepted
        | Happening::ClaimEscalated
        | Happening::StayExtended
        | Happening::Left
        | Happening::Moved
        | Happening::Counted
        | Happening::CapacityChanged
        | Happening::StandRecorded
        | Happening::CapacityPlanned
        | Happening::PlanWithdrawn
        | Happening::SurgeStarted
        | Happening::SurgeEnded
        | Happening::PassedOver
        | Happening::TrajectMovedOn
        | Happening::TrajectTransferred
        | Happening::AllocationChanged
        | Happening::ShiftChanged
        | Happening::RosterChanged
        | Happening::SickCall
        | Happening::CoverRenewed
        | Happening::TeamStateChanged
        | Happening::MeldingMovedOn
        | Happening::HandedOver => return None,
    })
}

const fn is_doorstroom(to: Destination) -> bool {
    matches!(to, Destination::Opvang | Destination::BeschermdWonen | Destination::HousingFirst | Destination::GgzOpname)
}

fn with_nights(mut row: FlowRow, mut nights: Vec<u32>) -> FlowRow {
    nights.sort_unstable();
    row.stays = u32::try_from(nights.len()).unwrap_or(u32::MAX);
    row.nights = nights.iter().map(|nights| u64::from(*nights)).sum();
    row.median_nights = nights.get(nights.len().saturating_sub(1) / 2).copied().unwrap_or(0);
    row
}

/// The kind a row is of.
pub fn kind(told: &Told) -> Option<Kind> {
    Kind::try_from(told.kind).ok()
}
