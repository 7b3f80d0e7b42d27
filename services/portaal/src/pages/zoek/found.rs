//! What was found, in words and numbers. It must not choose a place, nor leave one out.

use jiff::Timestamp;
use model::kind::Kind;
use model::region::Region;
use model::wire;
use proto::availability::v1 as availability;
use proto::regio::v1::{FindPlacesResponse, FoundPlace, NightCover, NightCoverThen};
use service::client::command_id;

use crate::text::said;
use crate::view::{age_class, age_name, clock, dial, distance, gemeente_name, kind_name, moment};
use crate::visit::Visit;

/// What was found.
pub(super) struct Found {
    pub(super) places: Vec<PlaceLine>,
    pub(super) near: Vec<PlaceLine>,
    pub(super) counts: Vec<CountLine>,
    pub(super) night: String,
    /// Whether it was counted that nothing was found.
    pub(super) is_counted: bool,
    /// Whether all there is must be asked for by telephone.
    pub(super) is_elsewhere: bool,
    /// Whether "the best" can be claimed.
    pub(super) can_claim: bool,
}

/// A place that fits, or almost.
pub(super) struct PlaceLine {
    pub(super) location: String,
    pub(super) place: String,
    pub(super) name: String,
    pub(super) fictief: bool,
    pub(super) kind: &'static str,
    pub(super) pool: String,
    pub(super) gemeente: String,
    pub(super) distance: String,
    pub(super) age: &'static str,
    pub(super) age_class: &'static str,
    pub(super) confirmed: String,
    pub(super) phone: String,
    pub(super) dial: String,
    pub(super) why: Vec<String>,
    pub(super) alike: u32,
    pub(super) can_claim: bool,
    pub(super) command: String,
}

/// A kind of which only a count is known.
pub(super) struct CountLine {
    pub(super) kind: &'static str,
    pub(super) words: String,
    pub(super) phone: String,
    pub(super) dial: String,
}

impl Found {
    pub(super) fn of(found: &FindPlacesResponse, visit: &Visit, region: &Region) -> Self {
        let t = visit.t;
        let line = |place: &FoundPlace, why: Vec<String>| PlaceLine::of(place, why, visit, region);
        let near = found.near_misses.iter();
        let near = near.filter_map(|miss| Some(line(miss.place.as_ref()?, vec![said(&miss.sentence)])));
        let count = |it: &proto::regio::v1::CountOnly| CountLine {
            kind: kind_name(wire::kind_in(it.kind())),
            words: match (it.free, it.must_call) {
                (free, 0) => format!("{free} {}", t.count_free),
                (0, _) => t.count_unknown.to_owned(),
                (free, _) => format!("{} {free} {}", t.count_at_least, t.count_free),
            },
            phone: it.phone.clone(),
            dial: dial(&it.phone),
        };
        let places: Vec<PlaceLine> =
            found.places.iter().map(|place| line(place, place.why.iter().map(|why| said(why)).collect())).collect();
        Self {
            is_counted: false,
            is_elsewhere: places.is_empty() && found.counts.iter().any(|it| it.free > 0),
            can_claim: places.iter().any(|place| place.can_claim),
            places,
            near: near.map(|place| PlaceLine { can_claim: false, ..place }).collect(),
            counts: found.counts.iter().map(count).collect(),
            night: found.night_cover.as_ref().map(|it| night(it, visit, region)).unwrap_or_default(),
        }
    }
}

/// Whether the avond- en nachtdienst is there tonight.
fn night(it: &NightCoverThen, visit: &Visit, region: &Region) -> String {
    let t = visit.t;
    let hours = |period: &availability::Period| {
        let time = |at| moment(at).map(|at: Timestamp| clock(at, visit.now, &region.time_zone)).unwrap_or_default();
        format!("{}–{}", time(period.from.as_ref()), time(period.until.as_ref()))
    };
    let words = match it.tonight() {
        NightCover::Covered => t.night_covered.to_owned(),
        NightCover::Gap => {
            format!("{} {}", t.night_gap, it.tonight_gaps.iter().map(hours).collect::<Vec<_>>().join(", "))
        }
        NightCover::Unknown | NightCover::ByDay | NightCover::Unspecified => t.night_unknown.to_owned(),
    };
    format!("{}: {words}", gemeente_name(t, region, &it.gemeente))
}

impl PlaceLine {
    pub(super) fn of(place: &FoundPlace, why: Vec<String>, visit: &Visit, region: &Region) -> Self {
        let t = visit.t;
        let age = wire::age_in(place.age());
        let kind = wire::kind_in(place.kind());
        Self {
            location: place.location_id.clone(),
            place: place.place_id.clone(),
            name: place.location_name.clone(),
            fictief: place.fictief,
            kind: kind_name(kind),
            pool: place.pool.clone(),
            gemeente: gemeente_name(t, region, &place.gemeente).to_owned(),
            distance: place.distance_metres.map(|metres| distance(t, metres)).unwrap_or_default(),
            age: age_name(t, age),
            age_class: age_class(age),
            confirmed: moment(place.confirmed_at.as_ref())
                .map(|at| clock(at, visit.now, &region.time_zone))
                .unwrap_or_default(),
            phone: place.phone.clone(),
            dial: dial(&place.phone),
            why,
            alike: place.alike,
            can_claim: kind == Some(Kind::Logeerplek) && !age.must_call(),
            command: command_id(),
        }
    }
}
