//! What goes with a stay: how long it lasts, which gemeente is responsible, and that a time-outplek for a pleger is
//! never near vrouwenopvang. Where that is stays inside this service: a refusal says no, and nothing else.

use jiff::civil::Date;
use model::geo::Coordinates;
use model::id::{Gemeente, LocationId, UserId};
use model::kind::Kind;
use model::moment;
use model::profile::Profile;
use model::region::{GemeenteInfo, Region};
use model::sealed::Sealed;
use model::site::Site;

use super::{Deciding, Event, Refusal, State, Stay};

/// From the middle of the square that a confidential location is told by to its corner, in the Netherlands.
const HALF_A_DIAGONAL_METRES: u32 = 655;
/// Most times the responsible gemeente of one stay may change.
const MOST_CHANGES: usize = 20;
/// How far ahead a stay may go on.
const LONGEST_AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_hours(366 * 24);

/// Which gemeente is responsible for somebody on a day, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Responsible {
    /// The gemeente.
    pub gemeente: Gemeente,
    /// Somebody set it, from this day on; none: it follows from the rules of the region.
    pub set_from: Option<Date>,
}

impl Deciding<'_> {
    /// A stay goes on until noon of a later day. Nobody is put out by the clock, so this is for who looks ahead.
    pub(super) fn extend_stay(
        &mut self,
        location: &LocationId,
        stay: &UserId,
        until: Date,
        reason: Sealed,
    ) -> Result<(), Refusal> {
        let Stay { id: stay, place, reserved, until: before, .. } = self.stay_at(location, stay)?;
        if reserved {
            return Err(Refusal::NotIn);
        }
        let is_later = |until: &jiff::Timestamp| *until > self.at() && before.is_none_or(|before| *until > before);
        let until = Some(moment::noon(self.region, until)).filter(is_later).ok_or(Refusal::NotLater)?;
        if until.duration_since(self.at()) > LONGEST_AHEAD {
            return Err(Refusal::StayTooLong);
        }
        self.happened(Event::StayExtended { stay, location: location.clone(), place, until, reason });
        Ok(())
    }

    pub(super) fn set_responsible(
        &mut self,
        location: &LocationId,
        stay: &UserId,
        gemeente: Gemeente,
        from: Date,
    ) -> Result<(), Refusal> {
        let stay = self.stay_at(location, stay)?;
        if stay.responsible.len() >= MOST_CHANGES {
            return Err(Refusal::TooManyChanges { max: MOST_CHANGES });
        }
        if from < moment::day(self.region, stay.since) {
            return Err(Refusal::BeforeStay);
        }
        self.happened(Event::ResponsibleSet { stay: stay.id, location: location.clone(), gemeente, from });
        Ok(())
    }

    /// A time-outplek for a pleger is never near vrouwenopvang, and vrouwenopvang never comes near one.
    pub(super) fn check_distance(&self, location: &LocationId, profile: &Profile) -> Result<(), Refusal> {
        let Some(other) = kept_apart_from(profile.kind) else { return Ok(()) };
        let sites = self.state().sites.iter().filter(|site| site.id != *location && !site.retired);
        let mut others = sites.filter(|site| site.profile.kind == other);
        if others.any(|site| is_near(self.region, profile, site)) { Err(Refusal::TooNear) } else { Ok(()) }
    }
}

/// The middle of the square of a hundredth of a degree that somewhere is in.
fn blurred(at: Coordinates) -> Coordinates {
    let middle = |degrees: f64| (degrees * 100.0).floor() / 100.0 + 0.005;
    Coordinates { latitude: middle(at.latitude), longitude: middle(at.longitude) }
}

/// The kind that must be far from this one.
const fn kept_apart_from(kind: Kind) -> Option<Kind> {
    match kind {
        Kind::TimeOutPleger => Some(Kind::Vrouwenopvang),
        Kind::Vrouwenopvang => Some(Kind::TimeOutPleger),
        _ => None,
    }
}

/// Where it is not known where one of the two is, the same gemeente is near: the one it belongs to, and the one the other
/// lies in. Distance is measured from the middle of a
/// square of about a kilometre, and half its diagonal is added: whoever tries every place on the map learns the square,
/// and never the address.
fn is_near(region: &Region, profile: &Profile, site: &Site) -> bool {
    let metres =
        profile.coordinates.zip(site.profile.coordinates).map(|(from, to)| blurred(from).metres_to(blurred(to)));
    let nearest = region.rules.pleger_distance_km.saturating_mul(1_000).saturating_add(2 * HALF_A_DIAGONAL_METRES);
    metres.map_or_else(|| shares_gemeente(region, profile, &site.profile), |metres| metres < nearest)
}

/// Whether two may be in the same gemeente. Vrouwenopvang belongs to one, and may lie in another.
fn shares_gemeente(region: &Region, one: &Profile, other: &Profile) -> bool {
    let gemeenten = |profile: &Profile| {
        let distance = |gemeente: &&GemeenteInfo| profile.coordinates.map(|at| at.metres_to(gemeente.centre()));
        let lies_in = region.gemeenten.iter().filter(|_| profile.coordinates.is_some()).min_by_key(distance);
        [Some(profile.gemeente.clone()), lies_in.map(|gemeente| gemeente.code.clone())]
    };
    let theirs = gemeenten(other);
    gemeenten(one).iter().flatten().any(|gemeente| theirs.iter().flatten().any(|their| their == gemeente))
}

impl Stay {
    /// Which gemeente is responsible on a day: as it was set, or as the rules of the region say for the day somebody
    /// came in.
    pub fn responsible_on(&self, region: &Region, kind: Kind, day: Date) -> Responsible {
        let set = self.responsible.iter().filter(|(from, _)| *from <= day).max_by_key(|(from, _)| *from);
        match set {
            Some((from, gemeente)) => Responsible { gemeente: gemeente.clone(), set_from: Some(*from) },
            None => {
                let entered = moment::day(region, self.since);
                let gemeente = region.responsible(kind, entered, self.guest.needs.residence.as_ref());
                Responsible { gemeente, set_from: None }
            }
        }
    }
}

impl State {
    /// Stays that should end by a moment, soonest first; those whose day is past come first.
    pub fn expected_exits(&self, location: Option<&LocationId>, by: jiff::Timestamp) -> Vec<&Stay> {
        let here = self.stays().filter(|stay| !stay.reserved && location.is_none_or(|id| stay.location == *id));
        let mut leaving: Vec<&Stay> = here.filter(|stay| stay.until.is_some_and(|until| until <= by)).collect();
        leaving.sort_by(|a, b| (a.until, &a.id).cmp(&(b.until, &b.id)));
        leaving
    }
}

/// The location must be open, where it is extra capacity.
pub(super) const fn check_open(site: &Site) -> Result<(), Refusal> {
    if site.surge_closed { Err(Refusal::SurgeClosed) } else { Ok(()) }
}
