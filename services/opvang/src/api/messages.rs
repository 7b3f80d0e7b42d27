//! The messages of this service and the model, side by side. It must not hold a rule.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::id::{PlaceId, Pool};
use model::kind::Counting;
use model::refusal::Invalid;
use model::site::{MOST_PLACES, Site};
use model::stay::Destination;
use model::wire::{self, client_in, field, id_in, required, text_in, within};
use proto::availability::v1 as shared;
use proto::opvang::v1 as message;
use service::call::Names;

use crate::domain::{
    Capacity, Choice, Count, Entry, Ground, LeaveReason, MOST_PEOPLE, Setting, StayView, Told, WaitingView,
};

/// Most people in a household.
const LARGEST_HOUSEHOLD: u32 = 20;
/// Most people who come in or leave at once.
const MOST_AT_ONCE: i32 = 1_000;

/// A stay.
pub(super) fn stay_out(stay: StayView, names: &Names) -> message::Stay {
    message::Stay {
        stay_id: stay.id.to_string(),
        location_id: stay.location.to_string(),
        place_id: stay.place.to_string(),
        client_ref: names.maybe(stay.client.as_ref()),
        household_size: stay.household,
        reserved: stay.reserved,
        since: Some(wire::time_out(stay.since)),
        until: stay.until.map(wire::time_out),
    }
}

/// Somebody on a waiting list.
pub(super) fn waiting_out(waiting: WaitingView, names: &Names) -> message::Waiting {
    let reason = |ground: &Ground| match ground {
        Ground::DoesNotFit { misses } => misses.iter().map(|miss| miss.sentence()).collect::<Vec<_>>().join(" "),
        Ground::Staff { reason } => names.read(reason),
    };
    message::Waiting {
        passed_over_place_id: waiting.passed_over.as_ref().map(|(place, _)| place.to_string()).unwrap_or_default(),
        passed_over_reason: waiting.passed_over.as_ref().map(|(_, ground)| reason(ground)).unwrap_or_default(),
        waiting_id: waiting.id.to_string(),
        location_id: waiting.location.to_string(),
        pool: waiting.pool.as_str().to_owned(),
        client_ref: names.maybe(waiting.client.as_ref()),
        household_size: waiting.household,
        since: Some(wire::time_out(waiting.since)),
        before: waiting.before,
        offered_place_id: waiting.offered.map(|place| place.to_string()).unwrap_or_default(),
        offer_until: waiting.offer_until.map(wire::time_out),
    }
}

/// A location with its places or its count.
pub(super) fn location_out(site: &Site, now: Timestamp, names: &Names) -> message::Location {
    message::Location {
        location_id: site.id.to_string(),
        profile: Some(wire::profile_out(&site.profile)),
        counting: counting_out(site.profile.counting).into(),
        places: wire::places_out(site, &|sealed| names.read(sealed)),
        figures: site.figures().map(wire::figures_out),
        version: site.version,
        confirmed_at: site.confirmed_at.map(wire::time_out),
        age: wire::age_out(site.age(now)).into(),
        retired: site.retired,
        max_stay_days: site.profile.max_stay_days.unwrap_or(0),
        surge_closed: site.surge_closed,
        board_id: site.public_id.to_string(),
    }
}

const fn counting_out(counting: Counting) -> message::Counting {
    match counting {
        Counting::Places => message::Counting::Places,
        Counting::Headcount => message::Counting::Headcount,
    }
}

/// How a location counts; none: as its kind does.
pub(super) fn counting_in(raw: i32) -> Result<Option<Counting>, Invalid> {
    match message::Counting::try_from(raw) {
        Ok(message::Counting::Unspecified) => Ok(None),
        Ok(message::Counting::Places) => Ok(Some(Counting::Places)),
        Ok(message::Counting::Headcount) => Ok(Some(Counting::Headcount)),
        Err(_) => Err(Invalid::new("counting", "kent een onbekende waarde")),
    }
}

/// Where somebody comes in.
pub(super) fn entry_in(raw: Option<message::check_in_request::Into>) -> Result<Entry, Invalid> {
    use message::check_in_request::Into;
    match required("into", raw)? {
        Into::PlaceId(raw) => Ok(Entry::Free(place_in(&raw)?)),
        Into::Pool(raw) => Ok(Entry::Free(pool_in(&raw)?)),
        Into::StayId(raw) => Ok(Entry::Reservation(id_in("stay_id", &raw)?)),
    }
}

/// Which free place.
pub(super) fn choice_in(raw: Option<message::reserve_request::Choice>) -> Result<Choice, Invalid> {
    use message::reserve_request::Choice as Raw;
    match required("choice", raw)? {
        Raw::PlaceId(raw) => place_in(&raw),
        Raw::Pool(raw) => pool_in(&raw),
    }
}

fn place_in(raw: &str) -> Result<Choice, Invalid> {
    field("place_id", PlaceId::parse(raw)).map(Choice::Place)
}

fn pool_in(raw: &str) -> Result<Choice, Invalid> {
    field("pool", Pool::parse(raw)).map(Choice::Pool)
}

/// What is told of who comes.
pub(super) fn told_in(client: &str, household: u32, needs: Option<shared::Needs>) -> Result<Told, Invalid> {
    let client = Some(client).filter(|client| !client.is_empty());
    let household = within("household_size", household, 0..=LARGEST_HOUSEHOLD)?;
    let household = Some(household).filter(|people| *people > 0);
    let needs = needs.map(|needs| wire::needs_in(Some(needs))).transpose()?;
    if household.zip(needs.as_ref()).is_some_and(|(people, needs)| people < needs.household()) {
        return Err(Invalid::new("household_size", "is kleiner dan de cliënt en de kinderen samen"));
    }
    let client = client.map(client_in).transpose()?;
    Ok(Told { client, household, needs })
}

/// A list of places, each once.
pub(super) fn settings_in(raw: &[message::PlaceSetting]) -> Result<BTreeMap<PlaceId, Setting>, Invalid> {
    if !(1..=MOST_PLACES).contains(&raw.len()) {
        return Err(Invalid::new("settings", format!("moet 1 tot en met {MOST_PLACES} plekken noemen")));
    }
    let mut settings = BTreeMap::new();
    for (index, line) in raw.iter().enumerate() {
        let at = format!("settings[{index}]");
        let (place, setting) = setting_in(line).map_err(|wrong| wrong.inside(&at))?;
        if settings.insert(place, setting).is_some() {
            return Err(Invalid::new("place_id", "noemt een plek twee keer").inside(&at));
        }
    }
    Ok(settings)
}

fn setting_in(raw: &message::PlaceSetting) -> Result<(PlaceId, Setting), Invalid> {
    let place = field("place_id", PlaceId::parse(&raw.place_id))?;
    let without_reason = |setting| {
        if raw.reason.is_empty() { Ok(setting) } else { Err(Invalid::new("reason", "hoort alleen bij buiten gebruik")) }
    };
    let setting = match raw.status() {
        shared::PlaceStatus::Free => without_reason(Setting::Free)?,
        shared::PlaceStatus::Occupied => without_reason(Setting::Occupied)?,
        shared::PlaceStatus::OutOfService => Setting::OutOfService(text_in("reason", &raw.reason)?),
        shared::PlaceStatus::Held | shared::PlaceStatus::Unspecified => {
            return Err(Invalid::new("status", "moet vrij, bezet of buiten gebruik zijn"));
        }
    };
    Ok((place, setting))
}

/// A count of people.
pub(super) fn count_in(raw: Option<message::count_people_request::Count>) -> Result<Count, Invalid> {
    use message::count_people_request::Count as Raw;
    match required("count", raw)? {
        Raw::Present(present) => within("present", present, 0..=MOST_PEOPLE).map(Count::Present),
        Raw::Change(change) if (-MOST_AT_ONCE..=MOST_AT_ONCE).contains(&change) => Ok(Count::Change(change)),
        Raw::Change(_) => Err(Invalid::new("change", format!("moet tussen -{MOST_AT_ONCE} en {MOST_AT_ONCE} liggen"))),
    }
}

/// A capacity.
pub(super) fn capacity_in(funded: u32, unavailable: u32) -> Result<Capacity, Invalid> {
    let funded = within("funded", funded, 0..=MOST_PEOPLE)?;
    field("unavailable", Capacity::parse(funded, unavailable))
}

/// Why somebody leaves.
pub(super) fn reason_in(raw: message::LeaveReason) -> Result<LeaveReason, Invalid> {
    match raw {
        message::LeaveReason::Unspecified => Err(wire::unknown("reason")),
        message::LeaveReason::VolgensPlan => Ok(LeaveReason::VolgensPlan),
        message::LeaveReason::EigenKeuze => Ok(LeaveReason::EigenKeuze),
        message::LeaveReason::EindeTermijn => Ok(LeaveReason::EindeTermijn),
        message::LeaveReason::Huisregels => Ok(LeaveReason::Huisregels),
        message::LeaveReason::AndereZorg => Ok(LeaveReason::AndereZorg),
        message::LeaveReason::Onbekend => Ok(LeaveReason::Onbekend),
    }
}

/// Where somebody went.
pub(super) fn destination_in(raw: message::Destination) -> Result<Destination, Invalid> {
    match raw {
        message::Destination::Unspecified => Err(wire::unknown("destination")),
        message::Destination::NaarHuis => Ok(Destination::NaarHuis),
        message::Destination::EigenNetwerk => Ok(Destination::EigenNetwerk),
        message::Destination::Opvang => Ok(Destination::Opvang),
        message::Destination::BeschermdWonen => Ok(Destination::BeschermdWonen),
        message::Destination::GgzOpname => Ok(Destination::GgzOpname),
        message::Destination::HousingFirst => Ok(Destination::HousingFirst),
        message::Destination::EigenWoning => Ok(Destination::EigenWoning),
        message::Destination::Onbekend => Ok(Destination::Onbekend),
    }
}
