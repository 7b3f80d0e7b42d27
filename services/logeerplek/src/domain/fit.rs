//! Whether a place may be claimed for a client, and which place is the best of those that may. Everything that
//! can refuse a claim before it exists stands here, in the order in which a person would ask it. It must not claim
//! anything.

use jiff::Timestamp;
use model::criteria::Needs;
use model::doors::{self, NightRules, Shut};
use model::geo::Coordinates;
use model::id::{LocationId, PlaceId};
use model::intake;
use model::night::CoverAt;
use model::place::{Place, PlaceState};
use model::rank::Rank;
use model::region::Region;
use model::site::{Site, SiteRefusal};

use super::{Refusal, Search, State};

/// A place that may be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// The location.
    pub(super) location: LocationId,
    /// The place.
    pub(super) place: PlaceId,
    /// Distance as the crow flies.
    pub(super) metres: Option<u32>,
}

/// Whether this place may be claimed now for these needs.
pub(super) fn check(
    region: &Region,
    state: &State,
    location: &LocationId,
    place: &PlaceId,
    needs: &Needs,
    at: Timestamp,
) -> Result<(), Refusal> {
    let site = state.sites.open(location)?;
    let place = site.place(place)?;
    check_location(region, state, site, at)?;
    match &place.state {
        PlaceState::Free => {}
        _ if !site.places.values().any(|other| other.is_free()) => return Err(Refusal::Full),
        PlaceState::Held { .. } => return Err(SiteRefusal::Held { place: place.id.clone() }.into()),
        PlaceState::Occupied { .. } => return Err(SiteRefusal::Occupied { place: place.id.clone() }.into()),
        PlaceState::OutOfService { reason, .. } => {
            return Err(SiteRefusal::OutOfService { place: place.id.clone(), why: reason.clone() }.into());
        }
    }
    let misses = site.misses(place, needs);
    if misses.is_empty() { Ok(()) } else { Err(Refusal::DoesNotFit { misses }) }
}

/// Whether the location can take anybody now: its stand is known and fresh, its door is open, and at night the
/// nachtdienst is there where it takes that.
fn check_location(region: &Region, state: &State, site: &Site, at: Timestamp) -> Result<(), Refusal> {
    use model::freshness::Age;
    match site.age(at) {
        Age::Unknown => return Err(Refusal::NeverConfirmed { phone: site.profile.phone.to_string() }),
        Age::Stale => return Err(Refusal::Stale { phone: site.profile.phone.to_string() }),
        Age::Current | Age::Older => {}
    }
    let profile = &site.profile;
    let rules = NightRules { opens: profile.night_cover_opens, needed: profile.needs_night_cover };
    let in_hours = intake::is_open(&profile.intake_windows, at, &region.time_zone);
    doors::enter(in_hours, rules, || state.cover.at(region, &profile.gemeente, at, at)).map_err(|shut| match shut {
        Shut::Hours => Refusal::IntakeClosed,
        Shut::Night(cover) => Refusal::NoNightCover { unknown: cover == CoverAt::Unknown },
    })
}

/// At night the nachtdienst must be there, where a location takes that to take anybody in.
pub(super) fn check_night_cover(region: &Region, state: &State, site: &Site, at: Timestamp) -> Result<(), Refusal> {
    let cover = state.cover.at_door(region, &site.profile, at);
    if cover.is_enough() { Ok(()) } else { Err(Refusal::NoNightCover { unknown: cover == CoverAt::Unknown }) }
}

/// The best place that fits: nearest, then free longest. Stale and closed locations are not offered.
pub(super) fn best(
    region: &Region,
    state: &State,
    needs: &Needs,
    search: &Search,
    not_at: &[LocationId],
    at: Timestamp,
) -> Option<Candidate> {
    let from = search.start(region);
    let sites = state.sites.iter().filter(|site| !site.retired && !not_at.contains(&site.id));
    let open = sites.filter(|site| check_location(region, state, site, at).is_ok());
    let best_of_each = open.filter_map(|site| best_at(site, needs, search, from, at));
    best_of_each.min_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, candidate)| candidate)
}

/// The nearest location with a free place that fits but where nobody comes in now, and why not: first those where a call
/// may be enough.
pub(super) fn nearest_closed(
    region: &Region,
    state: &State,
    needs: &Needs,
    search: &Search,
    at: Timestamp,
) -> Option<(LocationId, Refusal)> {
    let from = search.start(region);
    let sites = state.sites.iter().filter(|site| !site.retired);
    let closed = sites.filter_map(|site| {
        let (rank, candidate) = best_at(site, needs, search, from, at)?;
        let why = check_location(region, state, site, at).err()?;
        let needs_more = !matches!(why, Refusal::Stale { .. } | Refusal::NeverConfirmed { .. });
        Some(((needs_more, rank), candidate.location, why))
    });
    closed.min_by(|(a, ..), (b, ..)| a.cmp(b)).map(|(_, location, why)| (location, why))
}

fn best_at<'a>(
    site: &'a Site,
    needs: &Needs,
    search: &Search,
    from: Option<Coordinates>,
    at: Timestamp,
) -> Option<(Rank<'a>, Candidate)> {
    let metres = from.zip(site.profile.coordinates).map(|(from, to)| from.metres_to(to));
    let wanted = |place: &Place| search.pools.is_empty() || search.pools.iter().any(|pool| place.is_in(pool));
    let fitting =
        site.places.values().filter(|place| place.is_free() && wanted(place) && site.misses(place, needs).is_empty());
    let ranked = fitting.map(|place| {
        let rank = Rank::new(site.age(at), metres, place.since, site.id.as_str(), place.id.as_str());
        (rank, Candidate { location: site.id.clone(), place: place.id.clone(), metres })
    });
    ranked.min_by(|(a, _), (b, _)| a.cmp(b))
}
