//! A site is a location with its places. This module is the life of a place written once: every service that
//! owns places decides and evolves the commands below with it, and moves its places through
//! [`Sites::check`] and [`Sites::apply`]. It must not know why a place is wanted or by whom.

mod refusal;

use std::borrow::Cow;
use std::ops::Bound;
use std::sync::Arc;

use imbl::OrdMap;
use jiff::Timestamp;
use proto::availability::v1::Happening;
use serde::{Deserialize, Serialize};

pub use self::refusal::SiteRefusal;
use crate::criteria::{Criteria, Miss, Needs};
use crate::figures::Figures;
use crate::freshness::Age;
use crate::id::{LocationId, PlaceId, Pool};
use crate::kind::Counting;
use crate::place::{Place, PlaceState, Transition};
use crate::profile::{PlaceProfile, Profile};
use crate::region::Region;
use crate::sealed::{Keep, Sealed};

/// Most places a location may have.
pub const MOST_PLACES: usize = 500;

/// What beheer and staff may ask of any site.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum SiteCommand {
    /// Register a location. The public id is what a confidential kind is known by outside.
    Register { location: LocationId, public_id: LocationId, profile: Profile },
    /// Change what a location is.
    Change { location: LocationId, profile: Profile },
    /// Close a location for good.
    Retire { location: LocationId },
    /// Add a place.
    AddPlace { location: LocationId, place: PlaceId, profile: PlaceProfile },
    /// Change what a place is.
    ChangePlace { location: LocationId, place: PlaceId, profile: PlaceProfile },
    /// Remove a place for good.
    RetirePlace { location: LocationId, place: PlaceId },
    /// Take a free place out of service.
    TakeOut { location: LocationId, place: PlaceId, reason: Sealed, until: Option<Timestamp> },
    /// Put a place back into service.
    Return { location: LocationId, place: PlaceId },
    /// "Klopt nog".
    Confirm { location: LocationId },
}

/// What happened to a site. Past tense; never renamed, only added to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum SiteEvent {
    /// A location was registered.
    Registered { location: LocationId, public_id: LocationId, profile: Arc<Profile> },
    /// Its profile changed.
    Changed { location: LocationId, profile: Arc<Profile> },
    /// It closed for good.
    Retired { location: LocationId },
    /// A place was added; it is free.
    PlaceAdded { location: LocationId, place: PlaceId, profile: Arc<PlaceProfile> },
    /// The profile of a place changed.
    PlaceChanged { location: LocationId, place: PlaceId, profile: Arc<PlaceProfile> },
    /// A place was removed for good.
    PlaceRetired { location: LocationId, place: PlaceId },
    /// A place went out of service.
    TakenOut { location: LocationId, place: PlaceId, reason: Sealed, until: Option<Timestamp> },
    /// A place came back.
    Returned { location: LocationId, place: PlaceId },
    /// The stand was confirmed.
    Confirmed { location: LocationId },
}

impl SiteCommand {
    /// Gives every text of a person to the look-up table.
    pub fn seal(&mut self, keep: &mut Keep<'_>) {
        if let Self::TakeOut { reason, .. } = self {
            reason.seal(keep);
        }
    }
}

impl SiteEvent {
    /// The location it happened to.
    pub const fn location(&self) -> &LocationId {
        match self {
            Self::Registered { location, .. }
            | Self::Changed { location, .. }
            | Self::Retired { location }
            | Self::PlaceAdded { location, .. }
            | Self::PlaceChanged { location, .. }
            | Self::PlaceRetired { location, .. }
            | Self::TakenOut { location, .. }
            | Self::Returned { location, .. }
            | Self::Confirmed { location } => location,
        }
    }

    /// The word for it in a report.
    pub const fn happening(&self) -> Happening {
        match self {
            Self::Registered { .. } => Happening::LocationRegistered,
            Self::Changed { .. } => Happening::LocationChanged,
            Self::Retired { .. } => Happening::LocationRetired,
            Self::PlaceAdded { .. } => Happening::PlaceAdded,
            Self::PlaceChanged { .. } => Happening::PlaceChanged,
            Self::PlaceRetired { .. } => Happening::PlaceRetired,
            Self::TakenOut { .. } => Happening::OutOfService,
            Self::Returned { .. } => Happening::BackInService,
            Self::Confirmed { .. } => Happening::Confirmed,
        }
    }
}

/// A location with its places.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Its id in the service.
    pub id: LocationId,
    /// Its id outside: the same, or an opaque one for a confidential kind.
    pub public_id: LocationId,
    /// What it is.
    pub profile: Arc<Profile>,
    /// Its places.
    pub places: OrdMap<PlaceId, Place>,
    /// The count of a headcount location; none while nobody ever counted.
    pub count: Option<Figures>,
    /// Number of events that touched it.
    pub version: u64,
    /// Last time a person at the location confirmed or changed the stand.
    pub confirmed_at: Option<Timestamp>,
    /// The moment the figures are true for.
    pub as_of: Timestamp,
    /// Closed for good.
    pub retired: bool,
    /// Its extra places are closed: what is in use still counts, and nobody else comes in.
    pub surge_closed: bool,
}

impl Site {
    /// The figures; none while the stand is unknown. A location that closed has no capacity.
    pub fn figures(&self) -> Option<Figures> {
        self.confirmed_at?;
        if self.retired {
            return Some(Figures::default());
        }
        match self.profile.counting {
            Counting::Headcount if self.surge_closed => self.count.map(Figures::wound_down),
            Counting::Headcount => self.count,
            Counting::Places => Some(self.figures_of(None)),
        }
    }

    /// The figures of the named places, of one pool or of all.
    pub fn figures_of(&self, pool: Option<&Pool>) -> Figures {
        let mut figures = Figures::default();
        let surge = self.profile.kind.rules().surge;
        let counts = |place: &&Place| !(surge && self.surge_closed && place.user().is_none());
        let places = self.places.values().filter(|place| pool.is_none_or(|pool| place.is_in(pool)));
        for place in places.filter(counts) {
            let out = matches!(place.state, PlaceState::OutOfService { .. });
            figures.funded += u32::from(!surge);
            figures.surge += u32::from(surge);
            figures.unavailable += u32::from(out);
            figures.occupied += u32::from(matches!(place.state, PlaceState::Occupied { .. }));
            figures.held += u32::from(matches!(place.state, PlaceState::Held { .. }));
        }
        figures
    }

    /// Whom a place suits now: while winteropvang is open everybody is let in.
    pub fn criteria_now<'a>(&self, place: &'a Place) -> Cow<'a, Criteria> {
        if self.profile.kind.rules().surge {
            Cow::Owned(place.criteria.suspended())
        } else {
            Cow::Borrowed(&place.criteria)
        }
    }

    /// Whether any of its places is offered in this pool.
    pub fn has_pool(&self, pool: &Pool) -> bool {
        self.places.values().any(|place| place.is_in(pool))
    }

    /// What of a place does not suit these needs now. Residence refuses only where the kind lets it.
    pub fn misses(&self, place: &Place, needs: &Needs) -> Vec<Miss> {
        let residence_refuses = self.profile.kind.rules().residence_refuses;
        let refuses = |miss: &Miss| *miss != Miss::Residence || residence_refuses;
        self.criteria_now(place).misses(needs).into_iter().filter(refuses).collect()
    }

    /// Ids of the texts of persons that stand in it.
    pub fn sealed(&self) -> impl Iterator<Item = uuid::Uuid> {
        self.places.values().filter_map(|place| match &place.state {
            PlaceState::OutOfService { reason, .. } => reason.id(),
            PlaceState::Free | PlaceState::Held { .. } | PlaceState::Occupied { .. } => None,
        })
    }

    /// How old the stand is.
    pub fn age(&self, now: Timestamp) -> Age {
        Age::at(now, self.confirmed_at, self.profile.freshness_goal_minutes)
    }

    /// A place that must exist.
    pub fn place(&self, place: &PlaceId) -> Result<&Place, SiteRefusal> {
        self.places.get(place).ok_or(SiteRefusal::UnknownPlace {})
    }

    /// Whether the life of a place allows a transition; the place when it does.
    pub fn check(&self, place: &PlaceId, transition: &Transition) -> Result<&Place, SiteRefusal> {
        let place = self.place(place)?;
        if self.retired {
            return Err(SiteRefusal::Retired);
        }
        match place.state.after(transition) {
            Some(_) => Ok(place),
            None => Err(SiteRefusal::in_the_way(place, transition)),
        }
    }

    /// Refuses while a place is held or occupied, and says which.
    fn check_unused<'a>(&self, places: impl Iterator<Item = &'a Place>) -> Result<(), SiteRefusal> {
        let used: Vec<PlaceId> = places.filter(|place| place.user().is_some()).map(|place| place.id.clone()).collect();
        let people = self.count.map_or(0, |count| count.occupied.saturating_add(count.held));
        if used.is_empty() && people == 0 { Ok(()) } else { Err(SiteRefusal::InUse { places: used, people }) }
    }
}

/// The sites of a service.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sites(OrdMap<LocationId, Arc<Site>>);

impl Sites {
    /// A site that must exist.
    pub fn get(&self, location: &LocationId) -> Result<&Site, SiteRefusal> {
        let site = self.0.get(location).ok_or(SiteRefusal::UnknownLocation {})?;
        Ok(site.as_ref())
    }

    /// A site that must exist and be open.
    pub fn open(&self, location: &LocationId) -> Result<&Site, SiteRefusal> {
        let site = self.get(location)?;
        if site.retired { Err(SiteRefusal::Retired) } else { Ok(site) }
    }

    /// Every site, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Site> {
        self.0.values().map(AsRef::as_ref)
    }

    /// Sites whose id sorts after this one.
    pub fn after(&self, location: Option<&LocationId>) -> impl Iterator<Item = &Site> {
        let from = location.map_or(Bound::Unbounded, |location| Bound::Excluded(location.clone()));
        self.0.range::<_, LocationId>((from, Bound::Unbounded)).map(|(_, site)| site.as_ref())
    }

    /// The site for a change; an event only exists for a site that does.
    pub fn change(&mut self, location: &LocationId, at: Timestamp, change: impl FnOnce(&mut Site)) {
        if let Some(site) = self.0.get_mut(location) {
            let site = Arc::make_mut(site);
            site.version += 1;
            site.as_of = at;
            change(site);
        }
    }

    /// Closes extra capacity that was just registered; no change of its own.
    pub fn close_surge(&mut self, location: &LocationId) {
        if let Some(site) = self.0.get_mut(location) {
            Arc::make_mut(site).surge_closed = true;
        }
    }

    /// Moves a place on. An illegal transition leaves the place as it is: `decide` has checked it before.
    pub fn apply(&mut self, location: &LocationId, place: &PlaceId, transition: &Transition, at: Timestamp) {
        self.change(location, at, |site| site.step(place, transition, at));
    }

    /// Decides one of the commands every service with places has.
    pub fn decide(&self, region: &Region, command: &SiteCommand, at: Timestamp) -> Result<Vec<SiteEvent>, SiteRefusal> {
        match command.clone() {
            SiteCommand::Register { profile, .. } if region.gemeente(&profile.gemeente).is_none() => {
                Err(SiteRefusal::UnknownGemeente { gemeente: profile.gemeente })
            }
            SiteCommand::Register { location, .. } if self.0.contains_key(&location) => {
                Err(SiteRefusal::LocationExists { location })
            }
            SiteCommand::Register { location, public_id, profile } => {
                Ok(vec![SiteEvent::Registered { location, public_id, profile: profile.into() }])
            }
            SiteCommand::Change { location, profile } => {
                let site = self.open(&location)?;
                let before = &site.profile;
                if (before.kind, &before.gemeente, before.counting)
                    != (profile.kind, &profile.gemeente, profile.counting)
                {
                    return Err(SiteRefusal::Fixed);
                }
                site.check_suits_somebody(&profile)?;
                Ok(vec![SiteEvent::Changed { location, profile: profile.into() }])
            }
            SiteCommand::Retire { location } => {
                let site = self.open(&location)?;
                site.check_unused(site.places.values())?;
                Ok(vec![SiteEvent::Retired { location }])
            }
            SiteCommand::AddPlace { location, place, profile } => {
                let site = self.open(&location)?;
                if site.places.contains_key(&place) {
                    return Err(SiteRefusal::PlaceExists { place });
                }
                if site.places.len() >= MOST_PLACES {
                    return Err(SiteRefusal::TooManyPlaces);
                }
                site.check_profile(&profile)?;
                Ok(vec![SiteEvent::PlaceAdded { location, place, profile: profile.into() }])
            }
            SiteCommand::ChangePlace { location, place, profile } => {
                let site = self.open(&location)?;
                let before = site.place(&place)?;
                site.check_profile(&profile)?;
                // Who is in it is not put out by another name, or by who pays.
                if !before.profile.suits_as(&profile) {
                    site.check_unused(std::iter::once(before))?;
                }
                Ok(vec![SiteEvent::PlaceChanged { location, place, profile: profile.into() }])
            }
            SiteCommand::RetirePlace { location, place } => {
                let site = self.open(&location)?;
                site.check_unused(std::iter::once(site.place(&place)?))?;
                Ok(vec![SiteEvent::PlaceRetired { location, place }])
            }
            SiteCommand::TakeOut { location, place, reason, until } => {
                let transition = Transition::TakeOut { reason: reason.clone(), until };
                self.open(&location)?.check(&place, &transition)?;
                if until.is_some_and(|until| until <= at) {
                    return Err(SiteRefusal::EndInPast);
                }
                Ok(vec![SiteEvent::TakenOut { location, place, reason, until }])
            }
            SiteCommand::Return { location, place } => {
                self.open(&location)?.check(&place, &Transition::Return)?;
                Ok(vec![SiteEvent::Returned { location, place }])
            }
            SiteCommand::Confirm { location } => {
                self.open(&location)?;
                Ok(vec![SiteEvent::Confirmed { location }])
            }
        }
    }

    /// What an event makes of the sites.
    pub fn evolve(&mut self, event: &SiteEvent, at: Timestamp) {
        if let SiteEvent::Registered { location, public_id, profile } = event {
            self.0.insert(location.clone(), Arc::new(Site::new(location, public_id, profile, at)));
        }
        self.change(event.location(), at, |site| match event {
            SiteEvent::Registered { .. } => {}
            SiteEvent::Changed { profile, .. } => site.set_profile(profile),
            SiteEvent::Retired { .. } => site.retired = true,
            SiteEvent::PlaceAdded { place, profile, .. } => {
                let criteria = site.profile.criteria.narrowed_by(&profile.criteria).into();
                let new = Place {
                    id: place.clone(),
                    profile: Arc::clone(profile),
                    criteria,
                    state: PlaceState::Free,
                    since: at,
                };
                site.places.insert(place.clone(), new);
            }
            SiteEvent::PlaceChanged { place, profile, .. } => {
                let criteria = site.profile.criteria.narrowed_by(&profile.criteria).into();
                if let Some(place) = site.places.get_mut(place) {
                    place.profile = Arc::clone(profile);
                    place.criteria = criteria;
                }
            }
            SiteEvent::PlaceRetired { place, .. } => {
                site.places.remove(place);
            }
            SiteEvent::TakenOut { place, reason, until, .. } => {
                site.step(place, &Transition::TakeOut { reason: reason.clone(), until: *until }, at);
                site.confirmed_at = Some(at);
            }
            SiteEvent::Returned { place, .. } => {
                site.step(place, &Transition::Return, at);
                site.confirmed_at = Some(at);
            }
            SiteEvent::Confirmed { .. } => site.confirmed_at = Some(at),
        });
    }
}

impl Site {
    fn new(id: &LocationId, public_id: &LocationId, profile: &Arc<Profile>, at: Timestamp) -> Self {
        Self {
            id: id.clone(),
            public_id: public_id.clone(),
            profile: Arc::clone(profile),
            places: OrdMap::new(),
            count: None,
            version: 0,
            confirmed_at: None,
            as_of: at,
            retired: false,
            surge_closed: false,
        }
    }

    fn set_profile(&mut self, profile: &Arc<Profile>) {
        self.profile = Arc::clone(profile);
        let narrowed = |place: &Place| profile.criteria.narrowed_by(&place.profile.criteria);
        let places = self
            .places
            .iter()
            .map(|(id, place)| (id.clone(), Place { criteria: narrowed(place).into(), ..place.clone() }));
        self.places = places.collect();
    }

    /// Moves one place on; callers that touch several places of a site in one event use it inside
    /// [`Sites::change`].
    pub fn step(&mut self, place: &PlaceId, transition: &Transition, at: Timestamp) {
        if let Some(place) = self.places.get_mut(place)
            && let Some(state) = place.state.after(transition)
        {
            let prolonged = matches!(transition, Transition::Prolong { .. });
            place.since = if prolonged { place.since } else { at };
            place.state = state;
        }
    }

    /// What the kind of the location asks of its places.
    fn check_profile(&self, profile: &PlaceProfile) -> Result<(), SiteRefusal> {
        let rules = self.profile.kind.rules();
        if self.profile.counting == Counting::Headcount {
            return Err(SiteRefusal::CountsPeople);
        }
        if rules.needs_household_size && profile.criteria.max_household.is_none() {
            return Err(SiteRefusal::NeedsHouseholdSize);
        }
        if self.profile.criteria.narrowed_by(&profile.criteria).crossed().is_some() {
            return Err(SiteRefusal::SuitsNobody { places: Vec::new() });
        }
        Ok(())
    }

    /// Whether every place that suits somebody still does when the location becomes this.
    fn check_suits_somebody(&self, profile: &Profile) -> Result<(), SiteRefusal> {
        let narrowed = |place: &Place| profile.criteria.narrowed_by(&place.profile.criteria);
        let crossed = self
            .places
            .values()
            .filter(|place| place.criteria.crossed().is_none() && narrowed(place).crossed().is_some());
        let places: Vec<PlaceId> = crossed.map(|place| place.id.clone()).collect();
        if places.is_empty() { Ok(()) } else { Err(SiteRefusal::SuitsNobody { places }) }
    }
}
