//! The rules of the shelters, as a person would tell them: who may have which place, how long a place is kept for
//! tonight, when a stay ends, what a count may say. Pure: no clock, no database, no network.
//!
//! [`decide`] has one arm per command, [`State::evolve`](state::State::evolve) one per event. The life of a place
//! itself is in [`model::site`]. Whom a place suits is in [`fit`], release times and longest stays in [`when`],
//! lists in [`bulk`], counted people in [`count`], the refusals in [`refusal`].

mod answer;
mod bulk;
mod count;
mod fit;
mod refusal;
mod state;
mod stay;
mod when;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use model::decision::Decision;
use model::id::{LocationId, PlaceId, Pool, UserId};
use model::kind::{Counting, Kind};
use model::region::Region;
use model::site::{Site, SiteCommand, SiteEvent, SiteRefusal};
use model::text::FreeText;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::count::{Capacity, Count, MOST_PEOPLE, Stand};
pub use self::refusal::Refusal;
pub use self::state::State;
pub use self::stay::{Destination, Guest, LeaveReason, Stay, StayView, Told};

/// Most reservations one tick lets run out, so that a commit stays small.
const MOST_DUE_AT_ONCE: usize = 200;

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Command {
    /// What every site knows: register, places, out of service, klopt nog.
    Site(SiteCommand),
    /// Somebody comes in.
    CheckIn { location: LocationId, entry: Entry, told: Told },
    /// Somebody leaves.
    CheckOut { location: LocationId, stay: UserId, reason: LeaveReason, destination: Destination },
    /// Keep a place for tonight.
    Reserve { location: LocationId, choice: Choice, told: Told, release_at: Option<Timestamp> },
    /// Give a reservation back.
    CancelReservation { location: LocationId, stay: UserId },
    /// Move a stay or a reservation to another place of the location.
    Move { location: LocationId, stay: UserId, to: PlaceId },
    /// Set several places at once, all or nothing; each place once.
    BulkSet { location: LocationId, settings: BTreeMap<PlaceId, Setting> },
    /// Count people.
    CountPeople { location: LocationId, count: Count },
    /// Set the capacity of a location that counts people.
    SetCapacity { location: LocationId, capacity: Capacity },
    /// Record the stand of a location that counts people, as it was on a date.
    RecordStand { location: LocationId, as_of: Timestamp, capacity: Capacity, occupied: u32 },
    /// Time passed: let run out what is due.
    Tick,
}

/// Where somebody comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A place that is free.
    Free(Choice),
    /// The place of a reservation.
    Reservation(UserId),
}

/// Which free place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// This one.
    Place(PlaceId),
    /// The one of this pool that is free longest and fits.
    Pool(Pool),
}

/// The state a place must get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// Free; somebody who was there has left.
    Free,
    /// Occupied, by somebody of whom nothing is told.
    Occupied,
    /// Out of service, and why.
    OutOfService(FreeText),
}

/// What happened. Past tense; never renamed, only added to. Golden files prove that old ones still read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Event {
    /// Something every site knows.
    Site(SiteEvent),
    /// A place was kept for somebody.
    Reserved { stay: UserId, location: LocationId, place: PlaceId, guest: Arc<Guest>, until: Timestamp },
    /// Somebody came in, with or without a reservation.
    CheckedIn { stay: UserId, location: LocationId, place: PlaceId, guest: Arc<Guest>, until: Option<Timestamp> },
    /// Somebody left.
    CheckedOut { stay: UserId, location: LocationId, place: PlaceId, reason: LeaveReason, destination: Destination },
    /// A reservation was given back.
    ReservationCancelled { stay: UserId, location: LocationId, place: PlaceId },
    /// Nobody came before the release time.
    NoShow { stay: UserId, location: LocationId, place: PlaceId },
    /// A stay or a reservation moved to another place.
    Moved { stay: UserId, location: LocationId, from: PlaceId, to: PlaceId },
    /// People were counted; the change is there where it was what staff said.
    PeopleCounted { location: LocationId, present: u32, change: Option<i32> },
    /// The capacity of a location that counts people was set.
    CapacitySet { location: LocationId, capacity: Capacity },
    /// The stand on a date was recorded. Its stream is `location@microseconds`: every date has a report of its own.
    StandRecorded { location: LocationId, stream: Arc<str>, as_of: Timestamp, capacity: Capacity, occupied: u32 },
}

/// A decision in the making, and what it may use.
struct Deciding<'a> {
    region: &'a Region,
    decision: Decision<'a, State>,
    new_id: Uuid,
}

/// What a command does, or why it may not.
pub fn decide(
    region: &Region,
    state: &State,
    command: &Command,
    at: Timestamp,
    new_id: Uuid,
) -> Result<Vec<Event>, Refusal> {
    let mut it = Deciding { region, decision: Decision::new(state, at), new_id };
    match command.clone() {
        Command::Site(command) => it.site(command)?,
        Command::CheckIn { location, entry: Entry::Free(choice), told } => it.check_in(location, &choice, told)?,
        Command::CheckIn { location, entry: Entry::Reservation(stay), told } => it.arrive(&location, &stay, told)?,
        Command::CheckOut { location, stay, reason, destination } => {
            let Stay { id: stay, place, reserved, .. } = it.stay_at(&location, &stay)?;
            if reserved {
                return Err(Refusal::NotIn);
            }
            it.happened(Event::CheckedOut { stay, location, place, reason, destination });
        }
        Command::Reserve { location, choice, told, release_at } => {
            let guest = told.guest();
            it.check_client_has_no_place(&guest, None)?;
            let (stay, place) = it.choose(&location, &choice, &guest)?;
            let until = when::release_at(region, release_at, at)?;
            it.happened(Event::Reserved { stay, location, place, guest: guest.into(), until });
        }
        Command::CancelReservation { location, stay } => {
            let Stay { id: stay, place, .. } = it.reservation_at(&location, &stay)?;
            it.happened(Event::ReservationCancelled { stay, location, place });
        }
        Command::Move { location, stay, to } => {
            let stay = it.stay_at(&location, &stay)?;
            fit::check_move(it.state().sites.open(&location)?, &stay, &to)?;
            it.happened(Event::Moved { stay: stay.id, location, from: stay.place, to });
        }
        Command::BulkSet { location, settings } => it.bulk_set(&location, &settings)?,
        Command::CountPeople { location, count } => it.count(location, count)?,
        Command::SetCapacity { location, capacity } => it.set_capacity(location, capacity)?,
        Command::RecordStand { location, as_of, capacity, occupied } => {
            it.record_stand(location, as_of, capacity, occupied)?;
        }
        Command::Tick => it.let_time_pass(),
    }
    Ok(it.decision.into_events())
}

impl Deciding<'_> {
    fn happened(&mut self, event: Event) {
        self.decision.happened(event);
    }

    const fn at(&self) -> Timestamp {
        self.decision.at()
    }

    fn state(&self) -> &State {
        self.decision.state()
    }

    fn site(&mut self, command: SiteCommand) -> Result<(), Refusal> {
        let command = self.completed(command)?;
        let events = self.state().sites.decide(self.region, &command, self.at())?;
        events.into_iter().for_each(|event| self.happened(Event::Site(event)));
        Ok(())
    }

    /// What only this service knows of a site: a confidential kind is known outside by an opaque id, the way of
    /// counting stays as it is, and a stand nobody ever gave cannot be confirmed.
    fn completed(&self, command: SiteCommand) -> Result<SiteCommand, Refusal> {
        match command {
            SiteCommand::Register { location, profile, .. } => {
                let public_id = self.public_id(&location, profile.kind);
                Ok(SiteCommand::Register { location, public_id, profile })
            }
            SiteCommand::Change { location, mut profile } => {
                profile.counting = self.state().sites.get(&location)?.profile.counting;
                Ok(SiteCommand::Change { location, profile })
            }
            SiteCommand::Confirm { location } => {
                let site = self.state().sites.open(&location)?;
                let never_counted = site.profile.counting == Counting::Headcount && site.confirmed_at.is_none();
                if never_counted { Err(Refusal::NotCounted) } else { Ok(SiteCommand::Confirm { location }) }
            }
            SiteCommand::Retire { .. }
            | SiteCommand::AddPlace { .. }
            | SiteCommand::ChangePlace { .. }
            | SiteCommand::RetirePlace { .. }
            | SiteCommand::TakeOut { .. }
            | SiteCommand::Return { .. } => Ok(command),
        }
    }

    /// Nothing in the public id of a confidential location tells which it is.
    fn public_id(&self, location: &LocationId, kind: Kind) -> LocationId {
        if kind.is_confidential() { model::id::opaque(self.new_id) } else { location.clone() }
    }

    fn check_in(&mut self, location: LocationId, choice: &Choice, told: Told) -> Result<(), Refusal> {
        let guest = told.guest();
        self.check_client_has_no_place(&guest, None)?;
        let (stay, place) = self.choose(&location, choice, &guest)?;
        let until = self.last_day(&location)?;
        self.happened(Event::CheckedIn { stay, location, place, guest: guest.into(), until });
        Ok(())
    }

    /// Somebody with a reservation comes in. What was said then need not be said again; what is said anew must fit.
    fn arrive(&mut self, location: &LocationId, stay: &UserId, told: Told) -> Result<(), Refusal> {
        let Stay { id: stay, place, guest: before, .. } = self.reservation_at(location, stay)?;
        let guest = told.over(&before)?;
        self.check_client_has_no_place(&guest, Some(&stay))?;
        if guest.needs != before.needs {
            let site = self.state().sites.open(location)?;
            fit::check(site, site.place(&place)?, &guest.needs)?;
        }
        let until = self.last_day(location)?;
        self.happened(Event::CheckedIn { stay, location: location.clone(), place, guest: guest.into(), until });
        Ok(())
    }

    /// A new stay and the free place it gets.
    fn choose(&self, location: &LocationId, choice: &Choice, guest: &Guest) -> Result<(UserId, PlaceId), Refusal> {
        let stay = model::id::made(self.new_id);
        let place = fit::choose(self.with_places(location)?, choice, &guest.needs, &stay)?;
        Ok((stay, place))
    }

    /// An open location that counts places.
    fn with_places(&self, location: &LocationId) -> Result<&Site, SiteRefusal> {
        let site = self.state().sites.open(location)?;
        match site.profile.counting {
            Counting::Places => Ok(site),
            Counting::Headcount => Err(SiteRefusal::CountsPeople),
        }
    }

    /// One client, when told, cannot be in two places.
    fn check_client_has_no_place(&self, guest: &Guest, except: Option<&UserId>) -> Result<(), Refusal> {
        let other = guest.client.as_ref().and_then(|client| self.state().stay_of(client));
        match other.filter(|stay| Some(&stay.id) != except) {
            Some(stay) => Err(Refusal::ClientHasPlace { stay: stay.id.clone() }),
            None => Ok(()),
        }
    }

    /// A stay or a reservation that must be at this location.
    fn stay_at(&self, location: &LocationId, id: &UserId) -> Result<Stay, Refusal> {
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
    fn last_day(&self, location: &LocationId) -> Result<Option<Timestamp>, SiteRefusal> {
        let days = self.state().sites.get(location)?.profile.max_stay_days;
        Ok(days.map(|days| when::last_day(self.region, self.at(), days)))
    }

    /// Lets run out what is due: a reservation nobody came for.
    fn let_time_pass(&mut self) {
        for id in self.state().due(self.at(), MOST_DUE_AT_ONCE) {
            let Some(Stay { id: stay, location, place, .. }) = self.state().stay(&id).cloned() else { continue };
            self.happened(Event::NoShow { stay, location, place });
        }
    }
}

impl Event {
    /// The thing whose report it renews: its location, or the location on one date.
    pub fn stream(&self) -> &str {
        match self {
            Self::StandRecorded { stream, .. } => stream,
            Self::Site(_)
            | Self::Reserved { .. }
            | Self::CheckedIn { .. }
            | Self::CheckedOut { .. }
            | Self::ReservationCancelled { .. }
            | Self::NoShow { .. }
            | Self::Moved { .. }
            | Self::PeopleCounted { .. }
            | Self::CapacitySet { .. } => self.location().as_str(),
        }
    }

    /// The location it happened to.
    pub const fn location(&self) -> &LocationId {
        match self {
            Self::Site(event) => event.location(),
            Self::Reserved { location, .. }
            | Self::CheckedIn { location, .. }
            | Self::CheckedOut { location, .. }
            | Self::ReservationCancelled { location, .. }
            | Self::NoShow { location, .. }
            | Self::Moved { location, .. }
            | Self::PeopleCounted { location, .. }
            | Self::CapacitySet { location, .. }
            | Self::StandRecorded { location, .. } => location,
        }
    }
}
