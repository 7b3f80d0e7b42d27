//! Makes of a site the one message that goes over the bus. This is the border of the privacy rules: what a
//! confidential kind may not tell is left out here, and nowhere later.

use jiff::Timestamp;
use proto::availability::v1::{AvailabilityReported, Happening, Offer, PoolFigures};

use crate::figures::Figures;
use crate::id::{Gemeente, Pool, RegionId};
use crate::kind::Kind;
use crate::place::Place;
use crate::region::Region;
use crate::site::Site;
use crate::wire;

/// Stands in for the gemeente of a confidential kind.
pub const WHOLE_REGION: &str = "regio";

/// The report of a site. Its position is set by the log.
pub fn report(site: &Site, region: &RegionId, happened: Vec<Happening>) -> AvailabilityReported {
    let profile = &site.profile;
    let confidential = profile.kind.is_confidential();
    let open = |text: &str| if confidential { String::new() } else { text.to_owned() };
    let windows = profile.intake_windows.iter().filter(|_| !confidential);
    let gemeente = if confidential { WHOLE_REGION } else { profile.gemeente.as_str() };
    AvailabilityReported {
        region: region.as_str().to_owned(),
        gemeente: gemeente.to_owned(),
        location_id: site.public_id.as_str().to_owned(),
        location_name: open(&profile.name),
        kind: wire::kind_out(profile.kind).into(),
        provider: open(&profile.provider),
        position: 0,
        version: site.version,
        as_of: Some(wire::time_out(site.as_of)),
        confirmed_at: site.confirmed_at.map(wire::time_out),
        freshness_goal_minutes: profile.freshness_goal_minutes,
        figures: site.figures().map(wire::figures_out),
        offers: if confidential || site.retired { Vec::new() } else { offers(site) },
        phone: profile.phone.to_string(),
        coordinates: profile.coordinates.filter(|_| !confidential).map(wire::coordinates_out),
        happened: happened.into_iter().filter(|_| !confidential).map(Into::into).collect(),
        retired: site.retired,
        claim_policy: wire::policy_out(profile.claim_policy).into(),
        intake_windows: windows.copied().map(wire::window_out).collect(),
        fictief: profile.fictief,
        pools: if confidential { Vec::new() } else { pools(site) },
        past: false,
        detail: None,
        stays_ended: Vec::new(),
        needs_night_cover: profile.needs_night_cover,
        night_cover_opens: profile.night_cover_opens,
    }
}

/// What is the same in every report that is of a whole gemeente: what is counted there is not a building.
pub fn of_gemeente(region: &Region, whole: &OfGemeente<'_>, figures: Figures) -> AvailabilityReported {
    let name = region.name_of(whole.gemeente);
    AvailabilityReported {
        region: region.id.as_str().to_owned(),
        gemeente: whole.gemeente.as_str().to_owned(),
        location_id: format!("{}-{}", whole.service, whole.gemeente),
        location_name: format!("{} {name}", whole.name),
        kind: wire::kind_out(whole.kind).into(),
        provider: whole.name.to_owned(),
        version: whole.version,
        as_of: Some(wire::time_out(whole.as_of)),
        confirmed_at: whole.confirmed_at.map(wire::time_out),
        freshness_goal_minutes: whole.freshness_goal_minutes,
        fictief: region.fictief.contains(&whole.kind),
        figures: Some(wire::figures_out(figures)),
        ..AvailabilityReported::default()
    }
}

/// What such a report is of.
#[derive(Debug, Clone, Copy)]
pub struct OfGemeente<'a> {
    /// The service, the token in its subjects.
    pub service: &'a str,
    /// What people call it.
    pub name: &'a str,
    /// Kind.
    pub kind: Kind,
    /// The gemeente.
    pub gemeente: &'a Gemeente,
    /// Number of events that touched it.
    pub version: u64,
    /// The moment it is true for.
    pub as_of: Timestamp,
    /// Last time somebody confirmed or changed it.
    pub confirmed_at: Option<Timestamp>,
    /// Minutes after which it is stale.
    pub freshness_goal_minutes: u32,
}

/// The subject of a report, `onderdak.v1.<region>.<service>.<gemeente>.<location>`.
pub fn subject(message: &AvailabilityReported, service: &str) -> String {
    let AvailabilityReported { region, gemeente, location_id, .. } = message;
    format!("onderdak.v1.{region}.{service}.{gemeente}.{location_id}")
}

/// Free places, grouped by pool and criteria, longest free first.
fn offers(site: &Site) -> Vec<Offer> {
    let mut groups: Vec<(&Place, Vec<(Timestamp, &Place)>)> = Vec::new();
    if site.surge_closed {
        return Vec::new();
    }
    for place in site.places.values().filter(|place| place.is_free()) {
        let alike =
            |other: &Place| other.pools().eq(place.pools()) && site.criteria_now(other) == site.criteria_now(place);
        match groups.iter_mut().find(|(first, _)| alike(first)) {
            Some((_, members)) => members.push((place.since, place)),
            None => groups.push((place, vec![(place.since, place)])),
        }
    }
    groups.into_iter().map(|(first, members)| offer(site, first, members)).collect()
}

fn offer(site: &Site, first: &Place, mut members: Vec<(Timestamp, &Place)>) -> Offer {
    members.sort_by_key(|(since, _)| *since);
    Offer {
        pool: first.pool().as_str().to_owned(),
        criteria: Some(wire::criteria_out(&site.criteria_now(first))),
        also_pools: first.profile.also_pools.iter().map(|pool| pool.as_str().to_owned()).collect(),
        free_since: members.first().map(|(since, _)| wire::time_out(*since)),
        place_ids: members.into_iter().map(|(_, place)| place.id.as_str().to_owned()).collect(),
    }
}

/// The figures per pool, when there is more than one.
fn pools(site: &Site) -> Vec<PoolFigures> {
    let mut names: Vec<&Pool> = site.places.values().flat_map(Place::pools).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < 2 || site.confirmed_at.is_none() || site.retired {
        return Vec::new();
    }
    let figures = |pool: &Pool| Some(wire::figures_out(site.figures_of(Some(pool))));
    names.into_iter().map(|pool| PoolFigures { pool: pool.as_str().to_owned(), figures: figures(pool) }).collect()
}
