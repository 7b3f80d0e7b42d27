//! Locations that count people: heads, capacity and daily stands. More people than places is recorded as it is;
//! fewer than none cannot be. What nobody ever counted is unknown, and a change of the unknown is unknown too.

use jiff::civil::Time;
use jiff::{SignedDuration, Timestamp};
use model::figures::Figures;
use model::id::{LocationId, Why};
use model::intake::{self, Window};
use model::kind::{Counting, Kind};
use model::moment::{self, later};
use model::site::{Site, SiteRefusal};
use model::wire;
use proto::availability::v1::AvailabilityReported;
use serde::{Deserialize, Serialize};

use super::state::Due;
use super::{Deciding, Event, Refusal, State};

/// Most people, or places, that a location may count.
pub const MOST_PEOPLE: u32 = 100_000;
/// How far a stand may lie in the future, for clocks that differ.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(1);

/// The capacity of a location that counts people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Capacity {
    /// Places that are paid for.
    pub funded: u32,
    /// Of those, places that cannot be used.
    pub unavailable: u32,
}

impl Capacity {
    /// Takes a capacity of which no more is unavailable than there is.
    pub fn parse(funded: u32, unavailable: u32) -> Result<Self, Why> {
        if unavailable > funded { Err("is meer dan het aantal plekken") } else { Ok(Self { funded, unavailable }) }
    }

    /// Its figures with people in. What is temporary is counted apart, as surge.
    pub fn figures(self, kind: Kind, occupied: u32, held: u32) -> Figures {
        let Self { funded: all, unavailable } = self;
        let (funded, surge) = if kind.rules().surge { (0, all) } else { (all, 0) };
        Figures { funded, surge, unavailable, occupied, held }
    }
}

/// A count of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// So many are in.
    Present(u32),
    /// So many more came in, or, below zero, left.
    Change(i32),
}

/// The stand of a location on a date, as it was last recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    /// The capacity then.
    pub capacity: Capacity,
    /// People in then.
    pub occupied: u32,
    /// Version of the location that recorded it.
    pub version: u64,
}

impl Stand {
    /// Makes of the report of the location the report of this stand: every date must be told, also an old one.
    pub fn tell(&self, as_of: Timestamp, kind: Kind, report: &mut AvailabilityReported) {
        // A stand that is not the newest belongs to history: the board must not take it for the present.
        report.past = report.as_of != Some(wire::time_out(as_of));
        report.version = self.version;
        // The newest is the present of the location, and that may say more: a closed winteropvang has nothing free.
        if report.past {
            report.figures = Some(wire::figures_out(self.capacity.figures(kind, self.occupied, 0)));
            report.as_of = Some(wire::time_out(as_of));
            report.confirmed_at = report.as_of;
        }
    }
}

impl Deciding<'_> {
    /// An open location that counts people.
    pub(super) fn with_heads(&self, location: &LocationId) -> Result<&Site, SiteRefusal> {
        let site = self.state().sites.open(location)?;
        match site.profile.counting {
            Counting::Headcount => Ok(site),
            Counting::Places => Err(SiteRefusal::CountsPlaces),
        }
    }

    pub(super) fn count(&mut self, location: LocationId, count: Count) -> Result<(), Refusal> {
        let before = self.with_heads(&location)?.figures().map(|figures| figures.occupied);
        let (present, change) = match (count, before) {
            (Count::Present(present), _) => (Some(present), None),
            (Count::Change(_), None) => return Err(Refusal::NotCounted),
            (Count::Change(change), Some(before)) => (before.checked_add_signed(change), Some(change)),
        };
        let present = present.filter(|present| *present <= MOST_PEOPLE);
        let present = present.ok_or_else(|| Refusal::ImpossibleCount { present: before.unwrap_or(0) })?;
        let closes_at = self.closes_at(&location, self.at())?.filter(|_| present > 0);
        self.happened(Event::PeopleCounted { location, present, change, closes_at });
        Ok(())
    }

    /// When nobody is in any more at a day shelter, whether that was counted or not: when it closes, and for who is counted
    /// while it is closed already, when the day is over.
    fn closes_at(&self, location: &LocationId, counted: Timestamp) -> Result<Option<Timestamp>, SiteRefusal> {
        let profile = &self.state().sites.get(location)?.profile;
        let (windows, zone) = (&profile.intake_windows, &self.region.time_zone);
        let closes = intake::closes_at(windows, counted, zone).filter(|_| profile.kind == Kind::Dagopvang);
        let tomorrow = moment::day(self.region, counted).tomorrow().ok();
        let over = tomorrow.map(|day| moment::on(self.region, day, Time::midnight()));
        let is_open = intake::is_open(windows, counted, zone);
        Ok(closes.map(|closes| if is_open { closes } else { over.map_or(closes, |over| over.min(closes)) }))
    }

    /// Other opening hours move the moment at which a day shelter with people in it closes. Where it was open and is closed
    /// by the new ones, that is now.
    pub(super) fn move_closing(&mut self, location: LocationId, before: &[Window]) -> Result<(), Refusal> {
        let (site, now) = (self.state().sites.get(&location)?, self.at());
        let known = self.state().closing.get(&location).copied();
        let windows = &site.profile.intake_windows;
        // A day that is over ends by itself, as it was.
        if windows.as_slice() == before || known.is_some_and(|closes| closes <= now) {
            return Ok(());
        }
        let is_open = |windows: &[Window]| intake::is_open(windows, now, &self.region.time_zone);
        let closes_at = if site.count.is_none_or(|count| count.occupied == 0) {
            None
        } else if known.is_some() && is_open(before) && !is_open(windows) {
            Some(now)
        } else {
            self.closes_at(&location, now)?
        };
        if closes_at != known {
            self.happened(Event::ClosingMoved { location, closes_at });
        }
        Ok(())
    }

    /// Lowering the capacity below the people who are in or expected is refused; a location that is over its
    /// capacity may still be given more.
    pub(super) fn set_capacity(&mut self, location: LocationId, capacity: Capacity) -> Result<(), Refusal> {
        let site = self.with_heads(&location)?;
        let before = site.count.unwrap_or_default();
        let people = before.occupied.saturating_add(before.held);
        let actual = capacity.figures(site.profile.kind, 0, 0).actual();
        if actual < people && actual < before.actual() {
            return Err(SiteRefusal::InUse { places: Vec::new(), people }.into());
        }
        self.happened(Event::CapacitySet { location, capacity });
        Ok(())
    }

    /// The same stand again changes nothing; another one for the same moment puts it right.
    pub(super) fn record_stand(
        &mut self,
        location: LocationId,
        as_of: Timestamp,
        capacity: Capacity,
        occupied: u32,
    ) -> Result<(), Refusal> {
        self.with_heads(&location)?;
        if as_of > later(self.at(), CLOCKS_DIFFER) {
            return Err(Refusal::InFuture);
        }
        let known = self.state().stand(&location, as_of);
        if known.is_some_and(|known| (known.capacity, known.occupied) == (capacity, occupied)) {
            return Ok(());
        }
        let stream = format!("{location}@{}", as_of.as_microsecond()).into();
        let closes_at = self.closes_at(&location, as_of)?.filter(|_| occupied > 0);
        self.happened(Event::StandRecorded { location, stream, as_of, capacity, occupied, closes_at });
        Ok(())
    }
}

impl State {
    /// People were counted, the capacity changed, or winteropvang opened or closed.
    pub(super) fn counted(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::PeopleCounted { location, present, closes_at, .. } => {
                self.sites.change(location, at, |site| {
                    site.count.get_or_insert_default().occupied = *present;
                    site.confirmed_at = Some(at);
                });
                self.closes(location, *closes_at);
            }
            Event::DayEnded { location } => {
                self.sites.change(location, at, |site| site.count.get_or_insert_default().occupied = 0);
                self.closes(location, None);
            }
            Event::ClosingMoved { location, closes_at } => {
                self.sites.change(location, at, |_| {});
                self.closes(location, *closes_at);
            }
            Event::CapacitySet { location, capacity } => self.sites.change(location, at, |site| {
                let before = site.count.unwrap_or_default();
                site.count = Some(capacity.figures(site.profile.kind, before.occupied, before.held));
            }),
            Event::StandRecorded { location, as_of, capacity, occupied, closes_at, .. } => {
                let is_newest = self.record(location, *as_of, *capacity, *occupied, at);
                // Only the newest says until when people are in.
                let closes_at = if is_newest { *closes_at } else { self.closing.get(location).copied() };
                self.closes(location, closes_at);
            }
            Event::SurgeStarted { location, places } => {
                self.sites.change(location, at, |site| {
                    site.surge_closed = false;
                    if let Some(places) = places {
                        site.count.get_or_insert_default().surge = *places;
                    }
                });
                // What was given back when it closed may be offered to the same people again.
                self.look_again(location);
            }
            Event::SurgeEnded { location } => self.sites.change(location, at, |site| site.surge_closed = true),
            _ => {}
        }
    }

    /// A stand that is not older than what is known becomes the count; an older one is history. Says whether it is.
    fn record(
        &mut self,
        location: &LocationId,
        as_of: Timestamp,
        capacity: Capacity,
        occupied: u32,
        at: Timestamp,
    ) -> bool {
        let Ok(before) = self.sites.get(location) else { return false };
        let is_newest = before.confirmed_at.is_none_or(|confirmed| confirmed <= as_of);
        let true_for = if is_newest { as_of } else { before.as_of };
        let stand = Stand { capacity, occupied, version: before.version + 1 };
        self.sites.change(location, at, |site| {
            site.as_of = true_for;
            if is_newest {
                site.count = Some(capacity.figures(site.profile.kind, occupied, 0));
                site.confirmed_at = Some(as_of);
            }
        });
        self.stands.entry(location.clone()).or_default().insert(as_of, stand);
        is_newest
    }

    /// When a day shelter closes with people in it.
    fn closes(&mut self, location: &LocationId, at: Option<Timestamp>) {
        if let Some(before) = self.closing.remove(location) {
            self.due.unset(before, Due::Closing(location.clone()));
        }
        if let Some(at) = at {
            self.closing.insert(location.clone(), at);
            self.due.set(at, Due::Closing(location.clone()));
        }
    }
}
