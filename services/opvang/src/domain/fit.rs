//! Whether a free place suits a household, and which place of a pool is taken. Residence never refuses here
//! (landelijke toegankelijkheid): it is a remark in the answer. A stale stand does not refuse either: whoever checks
//! in stands at the door.

use jiff::Timestamp;
use model::criteria::{Miss, Needs};
use model::id::{PlaceId, UserId};
use model::night::CoverAt;
use model::place::{Place, Transition};
use model::region::Region;
use model::site::Site;

use super::{Choice, Refusal, State, Stay};

/// The free place that is meant, when it suits these needs.
pub(super) fn choose(site: &Site, choice: &Choice, needs: &Needs, stay: &UserId) -> Result<PlaceId, Refusal> {
    match choice {
        Choice::Place(place) => {
            let place = site.check(place, &Transition::Hold { by: stay.clone(), until: None })?;
            check(site, place, needs)?;
            Ok(place.id.clone())
        }
        Choice::Pool(pool) => {
            let in_pool: Vec<&Place> = site.places.values().filter(|place| place.is_in(pool)).collect();
            if in_pool.is_empty() {
                return Err(Refusal::UnknownPool {});
            }
            let mut free: Vec<&Place> = in_pool.into_iter().filter(|place| place.is_free()).collect();
            free.sort_by_key(|place| place.since);
            let longest_free = free.first().ok_or(Refusal::Full)?;
            match free.iter().find(|place| site.misses(place, needs).is_empty()) {
                Some(place) => Ok(place.id.clone()),
                None => Err(Refusal::DoesNotFit { misses: site.misses(longest_free, needs) }),
            }
        }
    }
}

/// Refuses what does not suit these needs.
pub(super) fn check(site: &Site, place: &Place, needs: &Needs) -> Result<(), Refusal> {
    let misses = site.misses(place, needs);
    if misses.is_empty() { Ok(()) } else { Err(Refusal::DoesNotFit { misses }) }
}

/// Where that takes the nachtdienst, nobody comes in at night without it. Not known is not covered.
pub(super) fn check_night_cover(region: &Region, state: &State, site: &Site, at: Timestamp) -> Result<(), Refusal> {
    let cover = state.cover.at_door(region, &site.profile, at);
    if cover.is_enough() { Ok(()) } else { Err(Refusal::NoNightCover { unknown: cover == CoverAt::Unknown }) }
}

/// Refuses a move to a place that is not free, or that suits somebody less than the place they have. What is not
/// known of them did not keep them out before, and does not now.
pub(super) fn check_move(site: &Site, stay: &Stay, to: &PlaceId) -> Result<(), Refusal> {
    let to = site.check(to, &Transition::Hold { by: stay.id.clone(), until: None })?;
    let (before, needs) = (site.misses(site.place(&stay.place)?, &stay.guest.needs), &stay.guest.needs);
    let misses: Vec<Miss> = site.misses(to, needs).into_iter().filter(|miss| !before.contains(miss)).collect();
    if misses.is_empty() { Ok(()) } else { Err(Refusal::DoesNotFit { misses }) }
}

/// What a person should know although it refuses nobody.
pub(super) fn remarks(region: &Region, site: &Site, place: &Place, needs: &Needs) -> Vec<String> {
    let missed = site.criteria_now(place).misses(needs).contains(&Miss::Residence);
    if !missed || site.profile.kind.rules().residence_refuses {
        return Vec::new();
    }
    let name = |code| region.gemeente(code).map_or("een andere gemeente", |gemeente| gemeente.name.as_str());
    let names: Vec<&str> = place.criteria.residence.iter().map(name).collect();
    vec![format!(
        "Deze plek is bij voorkeur voor inwoners van {}. Dat is geen reden om iemand te weigeren.",
        names.join(" en ")
    )]
}
