//! Night cover in a search: what the nachtdienst told decides whether a place that needs it is offered.

use model::criteria::Needs;
use model::id::Gemeente;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Cover, IntakeWindow, Kind, Period};
use proto::regio::v1::{FindPlacesResponse, NightCover};

use super::{empty, location, message, now, read, region};
use crate::aggregator::taken;
use crate::find::{Wish, find};

fn at(raw: &str) -> Option<pbjson_types::Timestamp> {
    Some(model::wire::time_out(raw.parse().unwrap()))
}

/// The nachtdienst of Almere, which is there between these moments.
fn nachtdienst(as_of: &str, from: &str, until: &str) -> AvailabilityReported {
    let covered = vec![Period { from: at(from), until: at(until) }];
    AvailabilityReported {
        kind: Kind::Nachtdienst.into(),
        as_of: at(as_of),
        confirmed_at: at(as_of),
        offers: Vec::new(),
        detail: Some(Detail::Cover(Cover { covered, ..Cover::default() })),
        ..location("nachtdienst-gm0034", 9, 1, &[])
    }
}

/// A search at ten past three at night.
fn found(reports: &[AvailabilityReported]) -> FindPlacesResponse {
    found_at(reports, now())
}

fn found_at(reports: &[AvailabilityReported], now: jiff::Timestamp) -> FindPlacesResponse {
    let messages: Vec<_> = reports.iter().zip(1..).map(|(report, sequence)| message(report, sequence)).collect();
    let (shown, changes) = taken(&empty(), read(&messages), None, 0);
    assert!(changes.parked.is_empty(), "{:?}", changes.parked);
    let gemeente = Some(Gemeente::parse("gm0034").unwrap());
    let wish = Wish { needs: Needs::default(), from: None, gemeente, kinds: Vec::new(), at: now, limit: 10 };
    find(&shown.board, &wish, region(), now)
}

fn needing() -> AvailabilityReported {
    AvailabilityReported { needs_night_cover: true, ..location("huis", 1, 1, &["kamer-1"]) }
}

#[test]
fn a_place_that_needs_the_nachtdienst_is_offered_while_it_is_there() {
    let there = nachtdienst("2026-11-23T02:00:00Z", "2026-11-22T16:00:00Z", "2026-11-23T07:00:00Z");
    let found = found(&[needing(), there]);
    assert_eq!((found.places.len(), found.near_misses.len()), (1, 0));
    let tonight = found.night_cover.unwrap();
    assert_eq!((tonight.state(), tonight.until), (NightCover::Covered, at("2026-11-23T07:00:00Z")));
}

#[test]
fn in_a_gap_it_is_a_near_miss_and_the_answer_says_when_somebody_comes() {
    let later = nachtdienst("2026-11-23T02:00:00Z", "2026-11-23T04:00:00Z", "2026-11-23T07:00:00Z");
    let found = found(&[needing(), later]);
    assert!(found.places.is_empty());
    assert_eq!(found.near_misses[0].reason, "NO_NIGHT_COVER");
    assert!(found.near_misses[0].sentence.contains("is er op dit uur niet"));
    let tonight = found.night_cover.unwrap();
    assert_eq!((tonight.state(), tonight.until), (NightCover::Gap, at("2026-11-23T04:00:00Z")));
}

#[test]
fn by_day_it_is_said_whether_the_coming_night_is_covered() {
    let told = |from, until| nachtdienst("2026-11-23T12:00:00Z", from, until);
    let noon = "2026-11-23T12:10:00Z".parse().unwrap();
    let asked = |report| found_at(&[needing(), report], noon).night_cover.unwrap();
    let whole = asked(told("2026-11-23T16:00:00Z", "2026-11-24T07:00:00Z"));
    assert_eq!((whole.state(), whole.tonight()), (NightCover::ByDay, NightCover::Covered));
    // From five in the afternoon until six, and from two at night.
    let parts = asked(told("2026-11-23T17:00:00Z", "2026-11-24T01:00:00Z"));
    assert_eq!((parts.state(), parts.tonight()), (NightCover::ByDay, NightCover::Gap));
    let gap = |from, until| Period { from: at(from), until: at(until) };
    let (evening, night) =
        (gap("2026-11-23T16:00:00Z", "2026-11-23T17:00:00Z"), gap("2026-11-24T01:00:00Z", "2026-11-24T07:00:00Z"));
    assert_eq!(parts.tonight_gaps, [evening, night]);
    let yesterday = asked(nachtdienst("2026-11-22T12:00:00Z", "2026-11-23T16:00:00Z", "2026-11-24T07:00:00Z"));
    assert_eq!(yesterday.tonight(), NightCover::Unknown);
}

#[test]
fn what_the_roster_does_not_tell_yet_is_not_known_and_no_gap() {
    let mut told = nachtdienst("2026-11-23T02:00:00Z", "2026-11-22T16:00:00Z", "2026-11-23T05:00:00Z");
    let Some(Detail::Cover(cover)) = &mut told.detail else { panic!("no cover") };
    cover.known_until = at("2026-11-23T05:00:00Z");
    let tonight = found(&[needing(), told.clone()]).night_cover.unwrap();
    assert_eq!((tonight.state(), tonight.until), (NightCover::Covered, None), "of after five it does not tell");
    assert_eq!(tonight.tonight(), NightCover::Unknown);
    // The night of a later moment than the roster tells of.
    let messages = [message(&needing(), 1), message(&told, 2)];
    let (shown, _) = taken(&empty(), read(&messages), None, 0);
    let gemeente = Some(Gemeente::parse("gm0034").unwrap());
    let later = "2026-11-23T18:00:00Z".parse().unwrap();
    let wish = Wish { needs: Needs::default(), from: None, gemeente, kinds: Vec::new(), at: later, limit: 10 };
    assert_eq!(find(&shown.board, &wish, region(), now()).night_cover.unwrap().state(), NightCover::Unknown);
}

#[test]
fn what_was_not_told_or_too_long_ago_is_not_known_and_that_is_said() {
    let old = nachtdienst("2026-11-23T01:00:00Z", "2026-11-22T16:00:00Z", "2026-11-23T07:00:00Z");
    for reports in [vec![needing()], vec![needing(), old]] {
        let found = found(&reports);
        assert!(found.places.is_empty());
        assert!(found.near_misses[0].sentence.contains("niet bekend"));
        assert_eq!(found.night_cover.unwrap().state(), NightCover::Unknown);
    }
}

#[test]
fn a_door_that_the_nachtdienst_opens_is_open_outside_its_hours_while_it_is_there() {
    // Open on Wednesday mornings only; it is Monday night.
    let closed = AvailabilityReported {
        night_cover_opens: true,
        intake_windows: vec![IntakeWindow { weekday: 3, from_minute: 540, until_minute: 720 }],
        ..location("huis", 1, 1, &["kamer-1"])
    };
    assert_eq!(found(std::slice::from_ref(&closed)).near_misses[0].reason, "INTAKE_CLOSED");
    let there = nachtdienst("2026-11-23T02:00:00Z", "2026-11-22T16:00:00Z", "2026-11-23T07:00:00Z");
    assert_eq!(found(&[closed, there]).places.len(), 1);
}

#[test]
fn cover_that_cannot_be_is_parked() {
    let backwards = nachtdienst("2026-11-23T02:00:00Z", "2026-11-23T07:00:00Z", "2026-11-22T16:00:00Z");
    let (_, changes) = taken(&empty(), read(&[message(&backwards, 1)]), None, 0);
    assert_eq!(changes.parked.len(), 1);
}
