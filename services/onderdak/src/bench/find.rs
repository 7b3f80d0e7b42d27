//! Row 8: finding a place in a large region, in this process; beside walking past every place without looking. It must
//! not count building the board.

use std::time::Duration;

use jiff::Timestamp;
use model::criteria::Needs;
use model::geo::Coordinates;
use model::id::Gemeente;
use model::region::Region;
use model::wire;
use proto::availability::v1::{AvailabilityReported, Criteria, Figures, Kind, Offer};
use regio::board::{Board, Entry, Key};
use regio::find::{Wish, find};
use service::clock;

use super::figures::{Check, Figure, Floor, Goal, Unit, millis, percentile};
use super::fixture::location_id;
use super::{Bench, Row};
use crate::{Exit, Failure};

const LOCATIONS: u32 = 10_000;
/// Free places of a location, in groups that are alike.
const GROUPS: [u32; 3] = [4, 3, 3];
const KINDS: [Kind; 4] = [Kind::Logeerplek, Kind::Nachtopvang, Kind::Crisisopvang, Kind::BeschermdWonen];

/// Measures the row.
pub(super) fn measure(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let (mut p99, mut p50, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    let now = clock::now();
    let board = board(&bench.region, now)?;
    for number in bench.rounds() {
        drop(bench.round(Row::Zoeken, number)?);
        let (mut took, mut walked) = (Vec::new(), Vec::new());
        for turn in 0..bench.size(1_000, 50) {
            let wish = wish(&bench.region, turn, now);
            let at = clock::stopwatch();
            let answer = find(&board, &wish, &bench.region, now);
            took.push(at.elapsed());
            if answer.places.is_empty() {
                return Err(Failure::new(Exit::Failed, "een zoekvraag vond niets; de meting klopt niet"));
            }
            walked.push(walk(&board)?);
        }
        p99.push(millis(percentile(&mut took, 0.99)));
        p50.push(millis(percentile(&mut took, 0.50)));
        floor.push(millis(percentile(&mut walked, 0.99)));
    }
    let figure = |rounds| Figure::of(Unit::Milliseconds, rounds);
    let floor = Floor::Measured { what: "alleen langs elke plek lopen, p99".to_owned(), figure: figure(floor) };
    Ok(vec![
        Check::new("een zoekvraag, p99", figure(p99), Goal::Below(5.0)).beside(floor),
        Check::new("een zoekvraag, p50", figure(p50), Goal::Nothing),
    ])
}

/// Touches every free place.
fn walk(board: &Board) -> Result<Duration, Failure> {
    let at = clock::stopwatch();
    let offers = board.entries().flat_map(Entry::offers);
    let count: usize = offers.flat_map(|offer| offer.places).map(|place| usize::from(!place.is_empty())).sum();
    let took = at.elapsed();
    if count == LOCATIONS as usize * GROUPS.iter().sum::<u32>() as usize {
        Ok(took)
    } else {
        Err(Failure::new(Exit::Failed, format!("het bord heeft {count} plekken")))
    }
}

fn board(region: &Region, now: Timestamp) -> Result<Board, Failure> {
    let mut board = Board::default();
    for (number, gemeente) in (0..LOCATIONS).zip(region.gemeenten.iter().cycle()) {
        let kind = KINDS.into_iter().cycle().nth(number as usize % KINDS.len()).unwrap_or_default();
        let spread = f64::from(number % 100) / 1_000.0;
        let coordinates = Coordinates { latitude: gemeente.latitude + spread, longitude: gemeente.longitude - spread };
        let total = GROUPS.iter().sum();
        let report = AvailabilityReported {
            region: region.id.to_string(),
            gemeente: gemeente.code.to_string(),
            location_id: location_id(number),
            location_name: format!("Meetlocatie {number}"),
            kind: kind.into(),
            provider: "Meetbank".to_owned(),
            position: u64::from(number) + 1,
            version: 1,
            as_of: Some(wire::time_out(now)),
            confirmed_at: Some(wire::time_out(now)),
            freshness_goal_minutes: 1_440,
            figures: Some(Figures { funded: total, actual: total, ..Figures::default() }),
            offers: (0_u32..).zip(GROUPS).map(|(group, count)| offer(number, group, count, gemeente, now)).collect(),
            phone: "0320 000 000".to_owned(),
            coordinates: Some(wire::coordinates_out(coordinates)),
            ..AvailabilityReported::default()
        };
        let key = Key { service: "meetbank".into(), location: report.location_id.as_str().into() };
        board.apply(Entry::new(key, report).map_err(|why| Failure::new(Exit::Failed, why))?);
    }
    Ok(board)
}

/// Places that are alike: the groups differ in whom they take.
fn offer(location: u32, group: u32, count: u32, gemeente: &model::region::GemeenteInfo, now: Timestamp) -> Offer {
    let criteria = match group {
        0 => Criteria::default(),
        1 => Criteria { min_age: 18, max_age: 65, pets: location.is_multiple_of(2), ..Criteria::default() },
        _ => Criteria {
            residence: vec![gemeente.code.to_string()],
            wheelchair: true,
            max_nights: 14,
            ..Criteria::default()
        },
    };
    Offer {
        also_pools: Vec::new(),
        pool: "generalistisch".to_owned(),
        criteria: Some(criteria),
        place_ids: (0..count).map(|place| format!("kamer-{group}-{place}")).collect(),
        free_since: Some(wire::time_out(now)),
    }
}

/// Always another wish, so that no cache helps.
fn wish(region: &Region, turn: u64, now: Timestamp) -> Wish {
    let places = region.gemeenten.len().max(1);
    let gemeente = region.gemeenten.get(usize::try_from(turn).unwrap_or(0) % places);
    let residence: Option<Gemeente> = gemeente.map(|gemeente| gemeente.code.clone());
    let from = gemeente.map(|it| Coordinates { latitude: it.latitude, longitude: it.longitude });
    let needs = Needs {
        residence,
        age: Some(18 + u32::try_from(turn % 60).unwrap_or(0)),
        nights: 1 + u32::try_from(turn % 20).unwrap_or(0),
        ..Needs::default()
    };
    Wish { needs, from, gemeente: None, kinds: Vec::new(), at: now, limit: 10 }
}
