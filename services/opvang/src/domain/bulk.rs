//! Setting places from a list, all or nothing. A list tells how rooms are, not who is in them: it sends nobody away
//! who was told to come, so a hold is never wiped, and it ends no stay of a client who is known: that takes a reason
//! and a destination.

use std::collections::BTreeMap;

use model::id::{LocationId, PlaceId, UserId};
use model::place::{Place, PlaceState};
use model::site::{SiteEvent, SiteRefusal};
use model::stay::Destination;
use uuid::Uuid;

use super::{Deciding, Event, Guest, LeaveReason, Refusal, Setting};

impl Deciding<'_> {
    /// Gives each place of a list its state; what has it already stays as it is. A list that changes nothing still
    /// says that the stand is right.
    pub(super) fn bulk_set(
        &mut self,
        location: &LocationId,
        settings: &BTreeMap<PlaceId, Setting>,
    ) -> Result<(), Refusal> {
        let site = self.with_places(location)?;
        let places = settings.keys().map(|id| site.place(id)).collect::<Result<Vec<&Place>, _>>()?;
        let before: Vec<PlaceState> = places.iter().map(|place| place.state.clone()).collect();
        let held: Vec<PlaceId> =
            places.iter().filter(|place| is_held(&place.state)).map(|place| place.id.clone()).collect();
        if !held.is_empty() {
            return Err(SiteRefusal::InUse { places: held, people: 0 }.into());
        }
        self.check_nobody_is_wiped(settings, &places)?;
        for ((place, setting), state) in settings.iter().zip(before) {
            self.set(location, place, &state, setting)?;
        }
        if self.decision.is_empty() {
            self.happened(Event::Site(SiteEvent::Confirmed { location: location.clone() }));
        }
        Ok(())
    }

    /// A place with somebody in it is not taken out of service, and a client who is known has to be checked out.
    fn check_nobody_is_wiped(&self, settings: &BTreeMap<PlaceId, Setting>, places: &[&Place]) -> Result<(), Refusal> {
        let mut known = Vec::new();
        for (place, setting) in places.iter().zip(settings.values()) {
            let PlaceState::Occupied { by, .. } = &place.state else { continue };
            match setting {
                Setting::Occupied => {}
                Setting::OutOfService(_) => return Err(SiteRefusal::Occupied { place: place.id.clone() }.into()),
                Setting::Free if self.state().stay(by).is_some_and(|stay| stay.guest.client.is_some()) => {
                    known.push(place.id.clone());
                }
                Setting::Free => {}
            }
        }
        if known.is_empty() { Ok(()) } else { Err(Refusal::ClientIn { places: known }) }
    }

    fn set(
        &mut self,
        location: &LocationId,
        place: &PlaceId,
        state: &PlaceState,
        setting: &Setting,
    ) -> Result<(), Refusal> {
        let (location, place) = (location.clone(), place.clone());
        match (state, setting) {
            (PlaceState::Held { .. }, _)
            | (PlaceState::Free, Setting::Free)
            | (PlaceState::Occupied { .. }, Setting::Occupied)
            | (PlaceState::OutOfService { .. }, Setting::OutOfService(_)) => return Ok(()),
            (PlaceState::Free, _) => {}
            (PlaceState::Occupied { by, .. }, _) => {
                let nights = self.nights_of(by);
                self.happened(left(by, &location, &place, nights));
            }
            (PlaceState::OutOfService { .. }, _) => {
                let (location, place) = (location.clone(), place.clone());
                self.happened(Event::Site(SiteEvent::Returned { location, place }));
            }
        }
        match setting {
            Setting::Free => {}
            Setting::Occupied => {
                let (stay, until) = (self.stay_in(&place), self.last_day(&location)?);
                let guest = Guest::anonymous().into();
                self.happened(Event::CheckedIn { stay, location, place, guest, until });
            }
            Setting::OutOfService(reason) => {
                let reason = reason.clone();
                self.happened(Event::Site(SiteEvent::TakenOut { location, place, reason, until: None }));
            }
        }
        Ok(())
    }

    /// One command makes several stays: each gets an id of its own from the command's fresh one and its place.
    fn stay_in(&self, place: &PlaceId) -> UserId {
        model::id::made(Uuid::new_v5(&self.new_id, place.as_str().as_bytes()))
    }
}

/// A list does not say why somebody left, or where to.
fn left(by: &UserId, location: &LocationId, place: &PlaceId, nights: Option<u32>) -> Event {
    Event::CheckedOut {
        stay: by.clone(),
        location: location.clone(),
        place: place.clone(),
        reason: LeaveReason::Onbekend,
        destination: Destination::Onbekend,
        nights,
    }
}

const fn is_held(state: &PlaceState) -> bool {
    matches!(state, PlaceState::Held { .. })
}
