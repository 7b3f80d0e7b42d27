//! Registers the locations of a region file through the public API. Doing it again changes nothing: every command
//! has an id made from what it registers.

mod gemeenten;

use model::kind::Kind;
use model::region::{LocationSeed, PlacesSeed, Region};
use model::wire;
use proto::availability::v1::{
    ClaimPolicy, Coordinates, IntakeWindow, LocationProfile, Place, PlaceProfile, PlaceStatus,
};
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};
use service::clock;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::client::{Connection, command_id, same_command_id, send};
use crate::{Exit, Failure};

/// Registers every location of a region, and confirms the stand of those that are invented and empty as they began: nobody
/// else would. What somebody changed there is for somebody to confirm.
pub async fn seed(region: &Region, connection: &Connection) -> Result<usize, Failure> {
    for location in &region.locations {
        let profile = profile(location)?;
        if location.kind == Kind::Logeerplek {
            logeerplek_location(region, location, profile, connection).await?;
        } else {
            opvang_location(region, location, profile, connection).await?;
        }
    }
    gemeenten::allocate(region, connection).await?;
    gemeenten::plan_shifts(region, connection, clock::now()).await?;
    Ok(region.locations.len())
}

async fn logeerplek_location(
    region: &Region,
    location: &LocationSeed,
    profile: LocationProfile,
    connection: &Connection,
) -> Result<(), Failure> {
    let client = connection.logeerplek()?;
    let id = &location.id;
    let request = logeerplek::RegisterLocationRequest {
        command_id: same_command_id(&format!("seed:{}:{id}", region.id)),
        location_id: id.clone(),
        profile: Some(profile),
    };
    let fresh = fresh(send(request, async |it| client.clone().register_location(it).await.map(drop)).await, id)?;
    for (place_id, profile) in places(&location.places).into_iter().filter(|_| fresh) {
        let request = logeerplek::AddPlaceRequest {
            command_id: same_command_id(&format!("seed:{}:{id}:{place_id}", region.id)),
            location_id: id.clone(),
            place_id,
            profile: Some(profile),
        };
        fresh_or_known(send(request, async |it| client.clone().add_place(it).await.map(drop)).await, id)?;
    }
    let asked = logeerplek::GetLocationRequest { location_id: id.clone() };
    let known = send(asked, async |it| client.clone().get_location(it).await).await?.into_inner().location;
    let is_untouched = known.is_none_or(|known| known.places.iter().all(is_free));
    if location.fictief && is_untouched {
        let request = logeerplek::ConfirmLocationRequest { command_id: command_id(), location_id: id.clone() };
        still_open(send(request, async |it| client.clone().confirm_location(it).await.map(drop)).await)?;
    }
    Ok(())
}

async fn opvang_location(
    region: &Region,
    location: &LocationSeed,
    profile: LocationProfile,
    connection: &Connection,
) -> Result<(), Failure> {
    let client = connection.opvang()?;
    let id = &location.id;
    let counting = if location.headcount.is_some() { opvang::Counting::Headcount } else { opvang::Counting::Places };
    let request = opvang::RegisterLocationRequest {
        command_id: same_command_id(&format!("seed:{}:{id}", region.id)),
        location_id: id.clone(),
        profile: Some(profile),
        counting: counting.into(),
        max_stay_days: location.max_stay_days,
    };
    let fresh = fresh(send(request, async |it| client.clone().register_location(it).await.map(drop)).await, id)?;
    for (place_id, profile) in places(&location.places).into_iter().filter(|_| fresh) {
        let request = opvang::AddPlaceRequest {
            command_id: same_command_id(&format!("seed:{}:{id}:{place_id}", region.id)),
            location_id: id.clone(),
            place_id,
            profile: Some(profile),
        };
        fresh_or_known(send(request, async |it| client.clone().add_place(it).await.map(drop)).await, id)?;
    }
    if let Some(funded) = location.headcount.filter(|_| fresh) {
        let command_id = same_command_id(&format!("seed:{}:{id}:headcount", region.id));
        let request = opvang::SetCapacityRequest { command_id, location_id: id.clone(), funded, unavailable: 0 };
        fresh_or_known(send(request, async |it| client.clone().set_capacity(it).await.map(drop)).await, id)?;
        if location.fictief {
            // An invented location starts empty; a real one stays unknown until its people count.
            let command_id = same_command_id(&format!("seed:{}:{id}:empty", region.id));
            let count = Some(opvang::count_people_request::Count::Present(0));
            let request = opvang::CountPeopleRequest { command_id, location_id: id.clone(), count };
            fresh_or_known(send(request, async |it| client.clone().count_people(it).await.map(drop)).await, id)?;
        }
    }
    let asked = opvang::GetLocationRequest { location_id: id.clone() };
    let known = send(asked, async |it| client.clone().get_location(it).await).await?.into_inner().location;
    let is_untouched = known.is_none_or(|known| {
        let nobody = known.figures.is_none_or(|figures| figures.occupied + figures.held == 0);
        nobody && known.places.iter().all(is_free)
    });
    if location.fictief && is_untouched {
        let request = opvang::ConfirmLocationRequest { command_id: command_id(), location_id: id.clone() };
        still_open(send(request, async |it| client.clone().confirm_location(it).await.map(drop)).await)?;
    }
    Ok(())
}

fn is_free(place: &Place) -> bool {
    place.status() == PlaceStatus::Free
}

/// Whether the location is new. One that exists was registered by an earlier start or by beheer, whose changes stay.
fn fresh(answer: Result<(), Status>, location: &str) -> Result<bool, Failure> {
    match answer {
        Ok(()) => Ok(true),
        Err(status) if status.code() == Code::AlreadyExists => Ok(false),
        Err(status) => {
            let failure = Failure::from(status);
            Err(Failure::new(failure.exit, format!("locatie {location} uit het regiobestand: {}", failure.sentence)))
        }
    }
}

fn fresh_or_known(answer: Result<(), Status>, location: &str) -> Result<(), Failure> {
    still_open(answer.or_else(|status| if fresh(Err(status.clone()), location).is_ok() { Ok(()) } else { Err(status) }))
        .map_err(|failure| {
            Failure::new(failure.exit, format!("locatie {location} uit het regiobestand: {}", failure.sentence))
        })
}

/// A location that beheer closed stays closed.
fn still_open(answer: Result<(), Status>) -> Result<(), Failure> {
    match answer {
        Err(status) if status.get_details_error_info().is_some_and(|info| info.reason == "RETIRED") => Ok(()),
        answer => Ok(answer?),
    }
}

fn profile(seed: &LocationSeed) -> Result<LocationProfile, Failure> {
    let wrong = |why: &str| Failure::new(Exit::Input, format!("locatie {} uit het regiobestand: {why}", seed.id));
    let coordinates = seed.latitude.zip(seed.longitude);
    if coordinates.is_none() && (seed.latitude.is_some() || seed.longitude.is_some()) {
        return Err(wrong("latitude en longitude horen bij elkaar"));
    }
    let windows =
        seed.intake.iter().map(|raw| window(raw).ok_or_else(|| wrong("intake moet zijn als `1 09:00-17:00`")));
    let policy = if seed.confirms_claims { ClaimPolicy::Confirm } else { ClaimPolicy::Direct };
    Ok(LocationProfile {
        name: seed.name.clone(),
        kind: wire::kind_out(seed.kind).into(),
        gemeente: seed.gemeente.clone(),
        provider: seed.provider.clone(),
        phone: seed.phone.clone(),
        coordinates: coordinates.map(|(latitude, longitude)| Coordinates { latitude, longitude }),
        freshness_goal_minutes: seed.freshness_goal_minutes,
        criteria: Some(wire::criteria_out(&seed.criteria)),
        intake_windows: windows.collect::<Result<_, _>>()?,
        claim_policy: policy.into(),
        fictief: seed.fictief,
        needs_night_cover: seed.needs_night_cover,
        night_cover_opens: seed.night_cover_opens,
    })
}

/// `1 09:00-17:00`: the weekday and the hours.
fn window(raw: &str) -> Option<IntakeWindow> {
    let minutes = |time: &str| {
        let (hours, minutes) = time.split_once(':')?;
        Some(hours.parse::<u32>().ok()? * 60 + minutes.parse::<u32>().ok()?)
    };
    let (weekday, hours) = raw.trim().split_once(' ')?;
    let (from, until) = hours.trim().split_once('-')?;
    Some(IntakeWindow { weekday: weekday.parse().ok()?, from_minute: minutes(from)?, until_minute: minutes(until)? })
}

/// The places of a location: `Kamer` three times gives `kamer-1` to `kamer-3`. Groups with one label count on.
fn places(groups: &[PlacesSeed]) -> Vec<(String, PlaceProfile)> {
    let mut counted: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
    let mut places = Vec::new();
    for group in groups {
        for _ in 0..group.count {
            let number = counted.entry(&group.label).or_insert(0);
            *number += 1;
            let profile = PlaceProfile {
                label: format!("{} {number}", group.label),
                pool: group.pool.clone(),
                criteria: Some(wire::criteria_out(&group.criteria)),
                also_pools: group.also_pools.clone(),
                financing: wire::financing_told(group.financing).into(),
            };
            places.push((token(&profile.label), profile));
        }
    }
    places
}

/// A token from words: lower case, everything else becomes one dash.
pub fn token(words: &str) -> String {
    let dashed =
        words.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect::<String>();
    dashed.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}
