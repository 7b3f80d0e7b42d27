//! The fields that requests of several services have: ids, texts of people, moments. Each names itself where it is wrong.
//! It must not know a request.

use jiff::{SignedDuration, Timestamp};

use super::{Checked, field, time_in};
use crate::id::{self, Gemeente, LocationId, PlaceId, UserId};
use crate::moment::later;
use crate::refusal::Invalid;
use crate::sealed::Sealed;

/// A location that is there already.
pub fn location_in(raw: &str) -> Checked<LocationId> {
    field("location_id", LocationId::parse(raw))
}

/// A place that is there already.
pub fn place_in(raw: &str) -> Checked<PlaceId> {
    field("place_id", PlaceId::parse(raw))
}

/// An id that a service made and somebody gives back.
pub fn id_in(name: &str, raw: &str) -> Checked<UserId> {
    field(name, id::given_back(raw))
}

/// A word of the contract that is missing, or that this version does not know.
pub fn unknown(name: &str) -> Invalid {
    Invalid::new(name, "ontbreekt of is onbekend")
}

/// A gemeente.
pub fn gemeente_in(name: &str, raw: &str) -> Checked<Gemeente> {
    field(name, Gemeente::parse(raw))
}

/// The code of a client.
pub fn client_in(raw: &str) -> Checked<Sealed> {
    field("client_ref", Sealed::client(raw))
}

/// The code of a member of staff.
pub fn staff_in(name: &str, raw: &str) -> Checked<Sealed> {
    field(name, Sealed::staff(raw))
}

/// What somebody wrote.
pub fn text_in(name: &str, raw: &str) -> Checked<Sealed> {
    field(name, Sealed::text(raw))
}

/// What somebody wrote, where it may be left out.
pub fn maybe_text_in(name: &str, raw: &str) -> Checked<Option<Sealed>> {
    if raw.is_empty() { Ok(None) } else { text_in(name, raw).map(Some) }
}

/// A moment that may be left out.
pub fn maybe_time_in(name: &str, raw: Option<pbjson_types::Timestamp>) -> Checked<Option<Timestamp>> {
    raw.map(|at| time_in(name, &at)).transpose()
}

/// A period that is asked about: from now and of a usual length where nothing is said, and at most so many days long.
pub fn period_in(
    from: Option<pbjson_types::Timestamp>,
    until: Option<pbjson_types::Timestamp>,
    now: Timestamp,
    usual_days: i64,
    most_days: i64,
) -> Checked<(Timestamp, Timestamp)> {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let from = maybe_time_in("from", from)?.unwrap_or(now);
    let until = maybe_time_in("until", until)?.unwrap_or_else(|| later(from, days(usual_days)));
    if until <= from {
        return Err(Invalid::new("until", "ligt niet na het begin"));
    }
    if until.duration_since(from) > days(most_days) {
        return Err(Invalid::new("until", format!("ligt meer dan {most_days} dagen na het begin")));
    }
    Ok((from, until))
}
