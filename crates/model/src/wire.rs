//! Protobuf in, model out, and back: the one place where the two meet. What comes in is checked here, with the
//! path of the field that is wrong; what is inside needs no checking again. It must not hold a rule of a service.

mod enums;
mod fields;

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use proto::availability::v1 as wire;

pub use self::enums::{age_in, age_out, kind_in, kind_out, policy_out};
use self::enums::{financing_in, financing_out, policy_in, sex_in, sex_out, target_group_in, target_group_out};
pub use self::fields::{
    client_in, gemeente_in, id_in, location_in, maybe_text_in, maybe_time_in, period_in, place_in, staff_in, text_in,
    unknown,
};
use crate::criteria::{Criteria, Needs};
use crate::figures::Figures;
use crate::geo::Coordinates;
use crate::id::Gemeente;
use crate::intake::Window;
use crate::kind::{Counting, Kind};
use crate::place::{Place, PlaceState};
use crate::profile::{PlaceProfile, Profile};
use crate::refusal::Invalid;
use crate::sealed::Sealed;
use crate::site::Site;
use crate::{id, text};

type Checked<T> = Result<T, Invalid>;

/// Parses one field and names it when it is wrong.
pub fn field<T, W: Into<String>>(name: &str, parsed: Result<T, W>) -> Checked<T> {
    parsed.map_err(|why| Invalid::new(name, why))
}

/// A message that must be there.
pub fn required<T>(name: &str, message: Option<T>) -> Checked<T> {
    message.ok_or_else(|| Invalid::new(name, "ontbreekt"))
}

/// A number that must lie in a range.
pub fn within(name: &str, number: u32, range: std::ops::RangeInclusive<u32>) -> Checked<u32> {
    if range.contains(&number) {
        return Ok(number);
    }
    Err(Invalid::new(name, format!("moet tussen {} en {} liggen", range.start(), range.end())))
}

fn at_most<T>(name: &str, list: Vec<T>, most: usize) -> Checked<Vec<T>> {
    if list.len() > most { Err(Invalid::new(name, format!("mag hoogstens {most} waarden hebben"))) } else { Ok(list) }
}

/// A moment.
pub fn time_in(name: &str, raw: &pbjson_types::Timestamp) -> Checked<Timestamp> {
    let is_one = raw.seconds.checked_mul(1_000_000).is_some() && (0..1_000_000_000).contains(&raw.nanos);
    let parsed =
        Some(proto::micros(raw)).filter(|_| is_one).and_then(|micros| Timestamp::from_microsecond(micros).ok());
    parsed.ok_or_else(|| Invalid::new(name, "is geen bestaand tijdstip"))
}

/// A moment.
pub fn time_out(at: Timestamp) -> pbjson_types::Timestamp {
    proto::timestamp(at.as_microsecond())
}

/// A day on the calendar.
pub fn date_in(name: &str, raw: wire::Date) -> Checked<Date> {
    let year = i16::try_from(raw.year).ok().filter(|year| (1900..=2200).contains(year));
    let (month, day) = (i8::try_from(raw.month).ok(), i8::try_from(raw.day).ok());
    let date = year.zip(month.zip(day)).and_then(|(year, (month, day))| Date::new(year, month, day).ok());
    date.ok_or_else(|| Invalid::new(name, "is geen bestaande datum tussen 1900 en 2200"))
}

/// A day on the calendar.
pub fn date_out(date: Date) -> wire::Date {
    let part = |number: i16| u32::from(number.unsigned_abs());
    wire::Date { year: part(date.year()), month: part(date.month().into()), day: part(date.day().into()) }
}

/// Who pays for care at a place.
pub const fn financing_told(financing: Option<crate::profile::Financing>) -> wire::Financing {
    financing_out(financing)
}

/// Coordinates.
pub fn coordinates_in(raw: wire::Coordinates) -> Checked<Coordinates> {
    field("coordinates", Coordinates::parse(raw.latitude, raw.longitude))
}

/// Coordinates.
pub fn coordinates_out(at: Coordinates) -> wire::Coordinates {
    wire::Coordinates { latitude: at.latitude, longitude: at.longitude }
}

/// Figures.
pub fn figures_out(figures: Figures) -> wire::Figures {
    wire::Figures {
        funded: figures.funded,
        actual: figures.actual(),
        occupied: figures.occupied,
        held: figures.held,
        unavailable: figures.unavailable,
        surge: figures.surge,
    }
}

/// Figures of a report; `actual` follows from the others.
pub fn figures_in(raw: &wire::Figures) -> Figures {
    Figures {
        funded: raw.funded,
        occupied: raw.occupied,
        held: raw.held,
        unavailable: raw.unavailable,
        surge: raw.surge,
    }
}

/// An intake window.
pub fn window_out(window: Window) -> wire::IntakeWindow {
    wire::IntakeWindow {
        weekday: window.weekday.into(),
        from_minute: window.from_minute.into(),
        until_minute: window.until_minute.into(),
    }
}

/// Intake windows.
pub fn windows_in(raw: Vec<wire::IntakeWindow>) -> Checked<Vec<Window>> {
    let parse = |window: wire::IntakeWindow| Window::parse(window.weekday, window.from_minute, window.until_minute);
    at_most("intake_windows", raw, 21)?.into_iter().map(|window| field("intake_windows", parse(window))).collect()
}

/// What opvang says of a location beyond the shared profile.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extra {
    /// How it counts; none: as the kind does.
    pub counting: Option<Counting>,
    /// Longest stay in days; 0: no limit.
    pub max_stay_days: u32,
}

/// The profile of a location; its kind must be one of those the service takes.
pub fn profile_in(raw: wire::LocationProfile, takes: fn(Kind) -> bool, extra: Extra) -> Checked<Profile> {
    let kind = kind_in(raw.kind()).filter(|kind| takes(*kind));
    let kind = kind.ok_or_else(|| Invalid::new("kind", "is geen soort die deze dienst kent"))?;
    let rules = kind.rules();
    let counting = extra.counting.unwrap_or(rules.counting);
    if counting != rules.counting && !rules.either_counting {
        return Err(Invalid::new("counting", format!("{} kan niet zo tellen", rules.name)));
    }
    if rules.needs_max_stay && extra.max_stay_days == 0 {
        return Err(Invalid::new("max_stay_days", format!("is verplicht voor {}", rules.name)));
    }
    within("max_stay_days", extra.max_stay_days, 0..=3650)?;
    let goal = within("freshness_goal_minutes", raw.freshness_goal_minutes, 0..=10_080)?;
    let mut criteria = criteria_in(raw.criteria.clone().unwrap_or_default()).map_err(|it| it.inside("criteria"))?;
    if let Some((youngest, oldest)) = rules.ages {
        criteria.min_age = Some(criteria.min_age.map_or(youngest, |age| age.max(youngest)));
        criteria.max_age = Some(criteria.max_age.map_or(oldest, |age| age.min(oldest)));
        check_limits(&criteria).map_err(|it| it.inside("criteria"))?;
    }
    let claim_policy = policy_in(raw.claim_policy)?;
    let profile = Profile {
        name: field("name", text::name(&raw.name))?,
        kind,
        gemeente: field("gemeente", Gemeente::parse(&raw.gemeente))?,
        provider: field("provider", text::name(&raw.provider))?,
        phone: field("phone", text::phone(&raw.phone))?,
        coordinates: raw.coordinates.map(coordinates_in).transpose()?,
        freshness_goal_minutes: if goal == 0 { rules.freshness_goal_minutes } else { goal },
        criteria,
        intake_windows: windows_in(raw.intake_windows)?,
        claim_policy,
        counting,
        max_stay_days: Some(extra.max_stay_days).filter(|days| *days > 0),
        fictief: raw.fictief,
        needs_night_cover: raw.needs_night_cover || rules.needs_night_cover,
        night_cover_opens: raw.night_cover_opens,
    };
    Ok(profile)
}

/// The profile of a location.
pub fn profile_out(profile: &Profile) -> wire::LocationProfile {
    wire::LocationProfile {
        name: profile.name.to_string(),
        kind: kind_out(profile.kind).into(),
        gemeente: profile.gemeente.as_str().to_owned(),
        provider: profile.provider.to_string(),
        phone: profile.phone.to_string(),
        coordinates: profile.coordinates.map(coordinates_out),
        freshness_goal_minutes: profile.freshness_goal_minutes,
        criteria: Some(criteria_out(&profile.criteria)),
        intake_windows: profile.intake_windows.iter().copied().map(window_out).collect(),
        claim_policy: policy_out(profile.claim_policy).into(),
        fictief: profile.fictief,
        needs_night_cover: profile.needs_night_cover,
        night_cover_opens: profile.night_cover_opens,
    }
}

/// The profile of a place.
pub fn place_profile_in(raw: wire::PlaceProfile) -> Checked<PlaceProfile> {
    if raw.label.chars().count() > 40 {
        return Err(Invalid::new("label", "is te lang"));
    }
    Ok(PlaceProfile {
        label: field("label", text::name(&raw.label))?,
        pool: field("pool", id::Pool::new(&raw.pool))?,
        also_pools: also_pools_in(&raw.pool, raw.also_pools)?,
        financing: financing_in(raw.financing)?,
        criteria: criteria_in(raw.criteria.unwrap_or_default()).map_err(|it| it.inside("criteria"))?,
    })
}

/// Other pools a place is offered in.
fn also_pools_in(pool: &str, raw: Vec<String>) -> Checked<Vec<id::Pool>> {
    let mut pools: Vec<id::Pool> = Vec::new();
    for other in at_most("also_pools", raw, 3)? {
        if other == pool || pools.iter().any(|known| known.as_str() == other) {
            return Err(Invalid::new("also_pools", "noemt een soort twee keer"));
        }
        pools.push(field("also_pools", id::Pool::new(&other))?);
    }
    Ok(pools)
}

/// The profile of a place.
pub fn place_profile_out(profile: &PlaceProfile) -> wire::PlaceProfile {
    wire::PlaceProfile {
        label: profile.label.to_string(),
        pool: profile.pool.as_str().to_owned(),
        criteria: Some(criteria_out(&profile.criteria)),
        also_pools: profile.also_pools.iter().map(|pool| pool.as_str().to_owned()).collect(),
        financing: financing_out(profile.financing).into(),
    }
}

/// A place as staff sees it; `read` says what a sealed text is.
pub fn place_out(place: &Place, read: &dyn Fn(&Sealed) -> String) -> wire::Place {
    let (status, until, reason) = match &place.state {
        PlaceState::Free => (wire::PlaceStatus::Free, None, None),
        PlaceState::Held { until, .. } => (wire::PlaceStatus::Held, *until, None),
        PlaceState::Occupied { until, .. } => (wire::PlaceStatus::Occupied, *until, None),
        PlaceState::OutOfService { until, reason } => (wire::PlaceStatus::OutOfService, *until, Some(reason)),
    };
    wire::Place {
        place_id: place.id.as_str().to_owned(),
        profile: Some(place_profile_out(&place.profile)),
        status: status.into(),
        since: Some(time_out(place.since)),
        until: until.map(time_out),
        user_id: place.user().map(|user| user.as_str().to_owned()).unwrap_or_default(),
        out_of_service_reason: reason.map(read).unwrap_or_default(),
    }
}

/// The places of a site in the order of their ids; `read` says what a sealed text is.
pub fn places_out(site: &Site, read: &dyn Fn(&Sealed) -> String) -> Vec<wire::Place> {
    site.places.values().map(|place| place_out(place, read)).collect()
}

/// Kinds by their numbers; one that is unknown is refused, never dropped.
pub fn kinds_in(name: &str, raw: &[i32]) -> Checked<Vec<Kind>> {
    let known = |raw: &i32| wire::Kind::try_from(*raw).ok().and_then(kind_in);
    raw.iter().map(|raw| known(raw).ok_or_else(|| Invalid::new(name, "kent een onbekende soort"))).collect()
}

/// The name of a kind as a token: `mo-gezinswoning`.
pub fn kind_token(kind: Kind) -> String {
    kind_out(kind).as_str_name().trim_start_matches("KIND_").to_lowercase().replace('_', "-")
}

/// Gemeenten by their codes.
pub fn gemeenten_in(name: &str, raw: Vec<String>) -> Checked<Vec<Gemeente>> {
    at_most(name, raw, 50)?.iter().map(|code| field(name, Gemeente::parse(code))).collect()
}

/// A gemeente that may be left empty.
pub fn maybe_gemeente_in(name: &str, raw: &str) -> Checked<Option<Gemeente>> {
    if raw.is_empty() { Ok(None) } else { field(name, Gemeente::parse(raw)).map(Some) }
}

/// Criteria that are set; they must suit somebody.
pub fn criteria_in(raw: wire::Criteria) -> Checked<Criteria> {
    let criteria = criteria_reported(raw)?;
    check_limits(&criteria)?;
    Ok(criteria)
}

/// Criteria as a report tells them. What is told is believed: also a place that suits nobody is there.
pub fn criteria_reported(raw: wire::Criteria) -> Checked<Criteria> {
    let limit = |number: u32| Some(number).filter(|number| *number > 0);
    let sex = sex_in(raw.sex)?;
    let mut target_groups: Vec<_> =
        raw.target_groups.iter().map(|raw| target_group_in(*raw)).collect::<Checked<_>>()?;
    target_groups.sort_unstable();
    target_groups.dedup();
    Ok(Criteria {
        residence: gemeenten_in("residence", raw.residence)?,
        target_groups,
        min_age: limit(within("min_age", raw.min_age, 0..=150)?),
        max_age: limit(within("max_age", raw.max_age, 0..=150)?),
        sex,
        wheelchair: raw.wheelchair,
        pets: raw.pets,
        children: raw.children,
        max_nights: limit(within("max_nights", raw.max_nights, 0..=3650)?),
        min_household: limit(within("min_household", raw.min_household, 0..=20)?),
        max_household: limit(within("max_household", raw.max_household, 0..=20)?),
    })
}

/// Limits that cross each other suit nobody.
fn check_limits(criteria: &Criteria) -> Checked<()> {
    match criteria.crossed() {
        Some((highest, lowest)) => Err(Invalid::new(highest, format!("ligt onder {lowest}"))),
        None => Ok(()),
    }
}

/// Criteria.
pub fn criteria_out(criteria: &Criteria) -> wire::Criteria {
    wire::Criteria {
        residence: criteria.residence.iter().map(|gemeente| gemeente.as_str().to_owned()).collect(),
        target_groups: criteria.target_groups.iter().map(|group| target_group_out(*group).into()).collect(),
        min_age: criteria.min_age.unwrap_or(0),
        max_age: criteria.max_age.unwrap_or(0),
        sex: sex_out(criteria.sex).into(),
        wheelchair: criteria.wheelchair,
        pets: criteria.pets,
        children: criteria.children,
        max_nights: criteria.max_nights.unwrap_or(0),
        min_household: criteria.min_household.unwrap_or(0),
        max_household: criteria.max_household.unwrap_or(0),
    }
}

/// Needs; absent means nothing is known.
pub fn needs_in(raw: Option<wire::Needs>) -> Checked<Needs> {
    let raw = raw.unwrap_or_default();
    let parse = || {
        let target_groups = raw.target_groups.iter().map(|raw| target_group_in(*raw)).collect::<Checked<Vec<_>>>()?;
        let ages = at_most("children_ages", raw.children_ages.clone(), 12)?;
        Ok(Needs {
            residence: maybe_gemeente_in("residence", &raw.residence)?,
            target_groups: at_most("target_groups", target_groups, 20)?,
            age: raw.age.map(|age| within("age", age, 0..=150)).transpose()?,
            sex: sex_in(raw.sex)?,
            wheelchair: raw.wheelchair,
            pet: raw.pet,
            children_ages: ages.into_iter().map(|age| within("children_ages", age, 0..=30)).collect::<Checked<_>>()?,
            nights: within("nights", raw.nights, 0..=365)?,
            household: None,
        })
    };
    parse().map_err(|invalid: Invalid| invalid.inside("needs"))
}

/// A name that is not a person's.
pub fn name_in(field_name: &str, raw: &str) -> Checked<Arc<str>> {
    field(field_name, text::name(raw))
}
