//! Finding a free place over every kind, best first, from the board. Confidential kinds answer with a count and a
//! number to call, never with a place. It must not claim anything.

mod best;

use std::collections::BTreeMap;

use jiff::Timestamp;
use model::criteria::{Miss, Needs};
use model::doors::{self, NightRules, Shut};
use model::geo::Coordinates;
use model::id::Gemeente;
use model::intake::WallClock;
use model::kind::Kind;
use model::night::{self, CoverAt, NightCover};
use model::rank::Rank;
use model::region::Region;
use model::wire;
use proto::regio::v1::{
    CountOnly, FindPlacesResponse, FoundPlace, NearMiss, NightCover as NightCover_, NightCoverThen,
};

use self::best::{Best, Candidate};
use crate::board::{Board, Entry, EntryOffer, Glance};

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What the client needs.
    pub needs: Needs,
    /// Where the client is.
    pub from: Option<Coordinates>,
    /// Only these kinds; empty: all at which somebody can sleep.
    pub kinds: Vec<Kind>,
    /// Gemeente of which is told whether the nachtdienst is there.
    pub gemeente: Option<Gemeente>,
    /// From when.
    pub at: Timestamp,
    /// Most answers, and most near misses.
    pub limit: usize,
}

/// One criterion, or the door, that stands between a free place and a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Obstacle {
    Misses(Miss),
    IntakeClosed,
    NoNightCover(CoverAt),
}

/// Whether the nachtdienst is there at the moment asked, looked up once for each gemeente.
struct Nights<'a> {
    cover: &'a NightCover,
    region: &'a Region,
    at: Timestamp,
    now: Timestamp,
    is_night: bool,
    known: Vec<(&'a str, CoverAt)>,
}

impl<'a> Nights<'a> {
    fn in_gemeente(&mut self, code: &'a str) -> CoverAt {
        if !self.is_night {
            return CoverAt::ByDay;
        }
        if let Some((_, known)) = self.known.iter().find(|(gemeente, _)| *gemeente == code) {
            return *known;
        }
        let found = Gemeente::parse(code)
            .map_or(CoverAt::Unknown, |gemeente| self.cover.at(self.region, &gemeente, self.at, self.now));
        self.known.push((code, found));
        found
    }
}

/// Places that fit and places that almost do; `now` is the moment of the answer.
pub fn find(board: &Board, wish: &Wish, region: &Region, now: Timestamp) -> FindPlacesResponse {
    let (mut fits, mut near) = (Best::new(wish.limit), Best::new(wish.limit));
    let mut counts: BTreeMap<Kind, CountOnly> = BTreeMap::new();
    let wall_clock = WallClock::at(wish.at, &region.time_zone);
    let is_night = night::is_night(region, wish.at);
    let mut nights = Nights { cover: board.cover(), region, at: wish.at, now, is_night, known: Vec::new() };
    for (glance, entry) in board.glances().filter(|(glance, _)| is_wanted(glance, wish)) {
        if glance.kind.is_confidential() {
            count(&mut counts, entry, now);
            continue;
        }
        let metres = wish.from.zip(glance.coordinates).map(|(from, to)| from.metres_to(to));
        let at_best = Rank::at_best(glance.age(now), metres);
        // Most locations are too far away to look at their places.
        if fits.admits(&at_best) || near.admits(&at_best) {
            let door = door(entry, wall_clock, &mut nights);
            look_at(entry, metres, door, wish, now, &mut fits, &mut near);
        }
    }
    FindPlacesResponse {
        places: fits.in_order().map(|it| found(&it, wish, now)).collect(),
        near_misses: near.in_order().map(|it| near_miss(&it, wish, now)).collect(),
        counts: counts.into_values().collect(),
        night_cover: wish.gemeente.as_ref().map(|gemeente| then(board.cover(), region, gemeente, wish.at, now)),
    }
}

/// What keeps everybody out of a location at the moment asked.
fn door<'a>(entry: &'a Entry, wall_clock: WallClock, nights: &mut Nights<'a>) -> Option<Obstacle> {
    let report = &entry.report;
    let rules = NightRules { opens: report.night_cover_opens, needed: report.needs_night_cover };
    let in_hours = wall_clock.is_within(&entry.windows);
    match doors::enter(in_hours, rules, || nights.in_gemeente(&report.gemeente)) {
        Ok(()) => None,
        Err(Shut::Hours) => Some(Obstacle::IntakeClosed),
        Err(Shut::Night(cover)) => Some(Obstacle::NoNightCover(cover)),
    }
}

/// Whether the nachtdienst is there, and until when that stays so.
fn then(cover: &NightCover, region: &Region, gemeente: &Gemeente, at: Timestamp, now: Timestamp) -> NightCoverThen {
    let state = match cover.at(region, gemeente, at, now) {
        CoverAt::ByDay => NightCover_::ByDay,
        CoverAt::Covered => NightCover_::Covered,
        CoverAt::Gap => NightCover_::Gap,
        CoverAt::Unknown => NightCover_::Unknown,
    };
    let until = cover.until(region, gemeente, at, now).map(wire::time_out);
    let gaps = cover.tonight(region, gemeente, at, now);
    let tonight = match &gaps {
        None => NightCover_::Unknown,
        Some(gaps) if gaps.is_empty() => NightCover_::Covered,
        Some(_) => NightCover_::Gap,
    };
    NightCoverThen {
        gemeente: gemeente.as_str().to_owned(),
        state: state.into(),
        until,
        tonight: tonight.into(),
        tonight_gaps: gaps.unwrap_or_default().into_iter().map(model::night::period_out).collect(),
    }
}

/// Looks at the places of one location.
fn look_at<'a>(
    entry: &'a Entry,
    metres: Option<u32>,
    door: Option<Obstacle>,
    wish: &Wish,
    now: Timestamp,
    fits: &mut Best<'a>,
    near: &mut Best<'a>,
) {
    for offer in entry.offers() {
        let misses = refusing(entry.glance.kind, offer.criteria.misses(&wish.needs));
        let obstacle = match (misses.as_slice(), door) {
            ([], door) => door,
            ([miss], None) => Some(Obstacle::Misses(*miss)),
            _ => continue,
        };
        let place = offer.places.first().map_or("", String::as_str);
        let rank = Rank::new(entry.age(now), metres, offer.free_since, &entry.key.location, place);
        let list = if obstacle.is_none() { &mut *fits } else { &mut *near };
        list.offer(Candidate { rank, entry, offer, metres, obstacle });
    }
    if let Some(offer) = entry.counted() {
        let rank = Rank::new(entry.age(now), metres, offer.free_since, &entry.key.location, "");
        let list = if door.is_none() { &mut *fits } else { &mut *near };
        list.offer(Candidate { rank, entry, offer, metres, obstacle: door });
    }
}

fn is_wanted(glance: &Glance, wish: &Wish) -> bool {
    // Nobody sleeps at a day shelter: it is found by who asks for it.
    let is_kind = if wish.kinds.is_empty() { !glance.kind.is_by_day() } else { wish.kinds.contains(&glance.kind) };
    !glance.retired && is_kind
}

/// Residence is a preference where the kind does not let it refuse anybody.
fn refusing(kind: Kind, misses: Vec<Miss>) -> Vec<Miss> {
    let refuses = kind.rules().residence_refuses;
    misses.into_iter().filter(|miss| refuses || *miss != Miss::Residence).collect()
}

/// Free places of a confidential kind: only of locations nobody has to call about first.
fn count(counts: &mut BTreeMap<Kind, CountOnly>, entry: &Entry, now: Timestamp) {
    let new = || CountOnly {
        kind: wire::kind_out(entry.glance.kind).into(),
        phone: entry.report.phone.clone(),
        ..CountOnly::default()
    };
    let count = counts.entry(entry.glance.kind).or_insert_with(new);
    if count.phone.is_empty() {
        count.phone.clone_from(&entry.report.phone);
    }
    match entry.figures.filter(|_| !entry.age(now).must_call()) {
        Some(figures) => count.free += figures.free(),
        None => count.must_call += 1,
    }
}

fn found(it: &Candidate<'_>, wish: &Wish, now: Timestamp) -> FoundPlace {
    let Candidate { entry, offer, .. } = it;
    FoundPlace {
        service: entry.key.service.to_string(),
        location_id: entry.key.location.to_string(),
        location_name: entry.report.location_name.clone(),
        kind: wire::kind_out(entry.glance.kind).into(),
        place_id: offer.places.first().cloned().unwrap_or_default(),
        pool: offer.pool.to_owned(),
        gemeente: entry.report.gemeente.clone(),
        phone: entry.report.phone.clone(),
        distance_metres: it.metres,
        age: wire::age_out(entry.age(now)).into(),
        confirmed_at: entry.report.confirmed_at,
        free_since: Some(wire::time_out(offer.free_since)),
        why: if it.obstacle.is_none() { why(entry, *offer, wish) } else { Vec::new() },
        alike: match offer.places {
            [] => entry.figures.map_or(0, |figures| figures.free()),
            places => u32::try_from(places.len()).unwrap_or(u32::MAX),
        },
        claim_policy: entry.report.claim_policy,
        fictief: entry.report.fictief,
    }
}

fn why(entry: &Entry, offer: EntryOffer<'_>, wish: &Wish) -> Vec<String> {
    let is_resident = wish.needs.residence.as_ref().is_some_and(|code| offer.criteria.residence.contains(code));
    let mut criteria = offer.criteria.clone();
    let mut remarks = Vec::new();
    if !is_resident && !criteria.residence.is_empty() && !entry.glance.kind.rules().residence_refuses {
        criteria.residence.clear();
        remarks.push("inwoners van een andere gemeente gaan voor".to_owned());
    }
    let mut why = criteria.why_it_fits(&wish.needs);
    why.extend(remarks);
    why
}

fn near_miss(it: &Candidate<'_>, wish: &Wish, now: Timestamp) -> NearMiss {
    let (reason, sentence) = match it.obstacle {
        Some(Obstacle::Misses(miss)) => (miss.reason(), miss.sentence()),
        Some(Obstacle::NoNightCover(cover)) => ("NO_NIGHT_COVER", CoverAt::refusing(cover == CoverAt::Unknown)),
        Some(Obstacle::IntakeClosed) | None => ("INTAKE_CLOSED", "Op dit tijdstip neemt deze locatie niemand op."),
    };
    NearMiss { place: Some(found(it, wish, now)), reason: reason.to_owned(), sentence: sentence.to_owned() }
}
