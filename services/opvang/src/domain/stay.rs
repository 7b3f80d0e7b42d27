//! A stay, which begins as a reservation or as a check-in, who has it, and the steps it takes. It knows the client by an
//! opaque reference only, and often not even that.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use model::criteria::Needs;
use model::id::{Gemeente, LocationId, PlaceId, UserId};
use model::moment;
use model::sealed::Sealed;
use model::site::SiteRefusal;
use model::stay::Destination;
use serde::{Deserialize, Serialize};

use super::{Choice, Deciding, Event, Refusal, care, fit, when};

/// What a caller tells of who comes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Told {
    /// The client, when told.
    pub client: Option<Sealed>,
    /// People in the household, when told.
    pub household: Option<u32>,
    /// What is known of the client, when told.
    pub needs: Option<Needs>,
}

/// Who has a place: a household, seldom by name of its client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guest {
    /// The client, when told.
    pub client: Option<Sealed>,
    /// What the household needs, and how large it is.
    pub needs: Needs,
}

impl Told {
    /// Who comes, when nothing was said before: one person, unless told otherwise.
    pub fn guest(self) -> Guest {
        Guest::new(self.client, self.household, self.needs.unwrap_or_default())
    }

    /// Who comes in on a reservation: what is not said anew is as it was said then.
    pub fn over(self, before: &Guest) -> Result<Guest, Refusal> {
        if let (Some(client), Some(reserved)) = (&self.client, &before.client)
            && client != reserved
        {
            return Err(Refusal::OtherClient);
        }
        let household = self.household.or(before.needs.household);
        let needs = self.needs.unwrap_or_else(|| before.needs.clone());
        Ok(Guest::new(self.client.or_else(|| before.client.clone()), household, needs))
    }
}

impl Guest {
    /// A household; it is never smaller than the client and the children who come along.
    fn new(client: Option<Sealed>, told: Option<u32>, needs: Needs) -> Self {
        let with_children = Needs { household: None, ..needs.clone() }.household();
        let household = Some(told.unwrap_or(1).max(with_children));
        Self { client, needs: Needs { household, ..needs } }
    }

    /// Somebody of whom nothing is told.
    pub fn anonymous() -> Self {
        Told::default().guest()
    }
}

/// Why a stay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum LeaveReason {
    VolgensPlan,
    EigenKeuze,
    EindeTermijn,
    Huisregels,
    AndereZorg,
    Onbekend,
}

/// A stay or a reservation.
#[derive(Debug, Clone, PartialEq)]
pub struct Stay {
    /// Its id; also the user of its place. A reservation keeps it when somebody comes in.
    pub id: UserId,
    /// The location.
    pub location: LocationId,
    /// The place.
    pub place: PlaceId,
    /// Who has it.
    pub guest: Arc<Guest>,
    /// Nobody came in yet.
    pub reserved: bool,
    /// Since when it is reserved, or somebody is in.
    pub since: Timestamp,
    /// Release time of a reservation, or last day of a stay.
    pub until: Option<Timestamp>,
    /// From which days on which gemeente is responsible, as it was set.
    pub responsible: Vec<(Date, Gemeente)>,
}

impl Stay {
    /// When its timer is due: the clock ends a reservation, never a stay.
    pub fn due(&self) -> Option<Timestamp> {
        self.until.filter(|_| self.reserved)
    }

    /// The stay as an answer shows it.
    pub fn show(&self) -> StayView {
        StayView {
            id: self.id.clone(),
            location: self.location.clone(),
            place: self.place.clone(),
            client: self.guest.client.clone(),
            household: self.guest.needs.household(),
            reserved: self.reserved,
            since: self.since,
            until: self.until,
        }
    }
}

/// A stay as an answer shows it; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StayView {
    /// Its id.
    pub id: UserId,
    /// The location.
    pub location: LocationId,
    /// The place.
    pub place: PlaceId,
    /// The client, when told.
    pub client: Option<Sealed>,
    /// People in the household.
    pub household: u32,
    /// Nobody came in yet.
    pub reserved: bool,
    /// Since when.
    pub since: Timestamp,
    /// Release time, or last day.
    pub until: Option<Timestamp>,
}

impl Deciding<'_> {
    pub(super) fn check_in(&mut self, location: LocationId, choice: &Choice, told: Told) -> Result<(), Refusal> {
        let guest = told.guest();
        self.check_client_has_no_place(&guest, None)?;
        let (stay, place) = self.choose(&location, choice, &guest)?;
        let until = self.last_day(&location)?;
        self.comes_in(stay, location, place, guest, until);
        Ok(())
    }

    /// Somebody with a reservation comes in. What was said then need not be said again; what is said anew must fit.
    pub(super) fn arrive(&mut self, location: &LocationId, stay: &UserId, told: Told) -> Result<(), Refusal> {
        let Stay { id: stay, place, guest: before, .. } = self.reservation_at(location, stay)?;
        let guest = told.over(&before)?;
        self.check_client_has_no_place(&guest, Some(&stay))?;
        let site = self.state().sites.open(location)?;
        care::check_open(site)?;
        fit::check_night_cover(self.region, self.state(), site, self.at())?;
        if guest.needs != before.needs {
            fit::check(site, site.place(&place)?, &guest.needs)?;
        }
        let until = self.last_day(location)?;
        self.comes_in(stay, location.clone(), place, guest, until);
        Ok(())
    }

    pub(super) fn check_out(
        &mut self,
        location: LocationId,
        stay: &UserId,
        reason: LeaveReason,
        destination: Destination,
    ) -> Result<(), Refusal> {
        let Stay { id: stay, place, reserved, .. } = self.stay_at(&location, stay)?;
        if reserved {
            return Err(Refusal::NotIn);
        }
        let nights = self.nights_of(&stay);
        self.happened(Event::CheckedOut { stay, location, place, reason, destination, nights });
        Ok(())
    }

    pub(super) fn reserve(
        &mut self,
        location: LocationId,
        choice: &Choice,
        told: Told,
        release_at: Option<Timestamp>,
    ) -> Result<(), Refusal> {
        let guest = told.guest();
        self.check_client_has_no_place(&guest, None)?;
        let (stay, place) = self.choose(&location, choice, &guest)?;
        let until = when::release_at(self.region, release_at, self.at())?;
        self.happened(Event::Reserved { stay, location, place, guest: guest.clone().into(), until });
        self.withdraw_others(&guest);
        Ok(())
    }

    pub(super) fn cancel(&mut self, location: LocationId, stay: &UserId) -> Result<(), Refusal> {
        let Stay { id: stay, place, .. } = self.reservation_at(&location, stay)?;
        self.happened(Event::ReservationCancelled { stay, location, place });
        Ok(())
    }

    /// Who is in lives in the other place from now on; who is only expected waits for it as before.
    pub(super) fn move_to(&mut self, location: &LocationId, stay: &UserId, to: PlaceId) -> Result<(), Refusal> {
        let stay = self.stay_at(location, stay)?;
        self.gives_up_reservation_of(&stay, location, &to);
        fit::check_move(self.state().sites.open(location)?, &stay, &to)?;
        self.happened(Event::Moved { stay: stay.id, location: location.clone(), from: stay.place, to: to.clone() });
        if !stay.reserved {
            self.has_what_they_waited_for(&stay.guest, location, &to);
        }
        Ok(())
    }

    /// Whoever is in and goes to the place that is reserved for them there, as a waiting list gave it, takes it up so.
    fn gives_up_reservation_of(&mut self, stay: &Stay, location: &LocationId, place: &PlaceId) {
        let Some(client) = stay.guest.client.as_ref().filter(|_| !stay.reserved) else { return };
        let is_it = |it: &&Stay| it.reserved && it.location == *location && it.place == *place;
        let reservation = self.state().stays_of(client).find(is_it).map(|it| it.id.clone());
        if let Some(stay) = reservation {
            let (location, place) = (location.clone(), place.clone());
            self.happened(Event::ReservationCancelled { stay, location, place });
        }
    }

    fn comes_in(&mut self, stay: UserId, location: LocationId, place: PlaceId, guest: Guest, until: Option<Timestamp>) {
        let (guest, at, of) = (Arc::new(guest), location.clone(), place.clone());
        self.happened(Event::CheckedIn { stay, location: at, place: of, guest: Arc::clone(&guest), until });
        self.has_what_they_waited_for(&guest, &location, &place);
    }

    /// A new stay and the free place it gets.
    fn choose(&self, location: &LocationId, choice: &Choice, guest: &Guest) -> Result<(UserId, PlaceId), Refusal> {
        let stay = model::id::made(self.new_id);
        let site = self.with_places(location)?;
        care::check_open(site)?;
        fit::check_night_cover(self.region, self.state(), site, self.at())?;
        let place = fit::choose(site, choice, &guest.needs, &stay)?;
        Ok((stay, place))
    }

    /// One client, when told, cannot be in two places.
    fn check_client_has_no_place(&self, guest: &Guest, except: Option<&UserId>) -> Result<(), Refusal> {
        self.check_has_none(guest, |stay| Some(&stay.id) != except)
    }

    /// A client, when told, has no stay or reservation that is in the way.
    pub(super) fn check_has_none(&self, guest: &Guest, is_in_the_way: impl Fn(&Stay) -> bool) -> Result<(), Refusal> {
        let mut stays = guest.client.iter().flat_map(|client| self.state().stays_of(client));
        match stays.find(|stay| is_in_the_way(stay)) {
            Some(stay) => Err(Refusal::ClientHasPlace { stay: stay.id.clone() }),
            None => Ok(()),
        }
    }

    /// A stay or a reservation that must be at this location.
    pub(super) fn stay_at(&self, location: &LocationId, id: &UserId) -> Result<Stay, Refusal> {
        let site = self.with_places(location)?;
        let stay = self.state().stay(id).filter(|stay| stay.location == site.id);
        stay.cloned().ok_or_else(|| Refusal::UnknownStay { stay: id.clone() })
    }

    /// A reservation that must be at this location.
    fn reservation_at(&self, location: &LocationId, id: &UserId) -> Result<Stay, Refusal> {
        let stay = self.stay_at(location, id)?;
        if stay.reserved { Ok(stay) } else { Err(Refusal::AlreadyIn) }
    }

    /// The end of a stay that begins now, where the location says how long it may last.
    pub(super) fn last_day(&self, location: &LocationId) -> Result<Option<Timestamp>, SiteRefusal> {
        let days = self.state().sites.get(location)?.profile.max_stay_days;
        Ok(days.map(|days| when::last_day(self.region, self.at(), days)))
    }

    /// How many nights a stay lasted so far.
    pub(super) fn nights_of(&self, stay: &UserId) -> Option<u32> {
        self.state().stay(stay).map(|stay| moment::nights(self.region, stay.since, self.at()))
    }
}
