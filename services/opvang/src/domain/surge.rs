//! Winteropvang: temporary extra capacity that a gemeente opens when it is cold, and closes again. While it is open
//! everybody is let in. Closing it counts nobody out: who is in stays, and nobody else comes in, also who had a
//! reservation. It must not know the weather: the gemeente decides.

use std::collections::BTreeMap;

use model::figures::Figures;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::kind::Counting;
use model::place::PlaceState;
use model::sealed::Sealed;
use model::site::{Site, SiteRefusal};

use super::{Capacity, Deciding, Event, Refusal};

impl Deciding<'_> {
    /// Opens or closes every winteropvang of a gemeente; what is so already stays as it is.
    pub(super) fn switch_surge(
        &mut self,
        gemeente: Gemeente,
        on: bool,
        counts: &BTreeMap<LocationId, u32>,
    ) -> Result<(), Refusal> {
        if self.region.gemeente(&gemeente).is_none() {
            return Err(SiteRefusal::UnknownGemeente { gemeente }.into());
        }
        let is_here = |site: &&Site| site.profile.gemeente == gemeente && is_surge(site) && !site.retired;
        let sites: Vec<Site> = self.state().sites.iter().filter(is_here).cloned().collect();
        if sites.is_empty() {
            return Err(Refusal::NoSurge { gemeente: self.region.name_of(&gemeente).into() });
        }
        if counts.keys().any(|id| !sites.iter().any(|site| site.id == *id)) {
            return Err(SiteRefusal::UnknownLocation {}.into());
        }
        for site in sites {
            let places = counts.get(&site.id).copied();
            if on {
                self.open_surge(site, places)?;
            } else if !site.surge_closed {
                self.withdraw_what_is_kept(&site);
                self.happened(Event::SurgeEnded { location: site.id });
            }
        }
        Ok(())
    }

    /// What was kept for tonight is kept no longer: nobody comes in any more.
    fn withdraw_what_is_kept(&mut self, site: &Site) {
        let location = &site.id;
        let kept: Vec<(UserId, PlaceId)> = site
            .places
            .values()
            .filter(|place| matches!(place.state, PlaceState::Held { .. }))
            .filter_map(|place| Some((place.user()?.clone(), place.id.clone())))
            .collect();
        for (by, place) in kept {
            let location = location.clone();
            self.happened(if self.state().waiting(&by).is_some() {
                let reason = Sealed::fixed("de winteropvang ging dicht");
                Event::OfferWithdrawn { waiting: by, location, place, reason }
            } else {
                Event::ReservationCancelled { stay: by, location, place }
            });
        }
    }

    fn open_surge(&mut self, site: Site, places: Option<u32>) -> Result<(), Refusal> {
        if site.profile.counting == Counting::Places && places.is_some() {
            return Err(SiteRefusal::CountsPlaces.into());
        }
        if let Some(places) = places {
            // Nobody who is in, or expected, is put out by a smaller number.
            let before = site.count.unwrap_or_default();
            let people = before.occupied.saturating_add(before.held);
            let actual = Figures { surge: places, unavailable: 0, ..before }.actual();
            if actual < people && actual < before.actual() {
                return Err(SiteRefusal::InUse { places: Vec::new(), people }.into());
            }
        }
        let is_other = |places| site.count.is_none_or(|it| (it.surge, it.unavailable) != (places, 0));
        let is_news = site.surge_closed || places.is_some_and(is_other);
        // So many may come: none of these is out of use.
        if let Some(funded) = places.filter(|_| site.count.is_some_and(|count| count.unavailable > 0)) {
            let capacity = Capacity { funded, unavailable: 0 };
            self.happened(Event::CapacitySet { location: site.id.clone(), capacity });
        }
        if is_news {
            self.happened(Event::SurgeStarted { location: site.id, places });
        }
        Ok(())
    }
}

/// Whether a location is extra capacity.
pub(super) fn is_surge(site: &Site) -> bool {
    site.profile.kind.rules().surge
}
