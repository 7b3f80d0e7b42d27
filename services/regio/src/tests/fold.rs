//! The fold: newest version wins, the past stays in history, what cannot be read is parked.

use proptest::prelude::*;

use super::{empty, location, message, now, read};
use crate::aggregator::{Shown, taken};
use crate::incoming::Message;

fn take(before: &Shown, messages: &[Message]) -> Shown {
    taken(before, read(messages), Some("stream"), now().as_microsecond()).0
}

/// A log: reports of four locations with rising positions and versions.
fn log(picks: &[usize]) -> Vec<Message> {
    let mut versions = [0; 4];
    let reports = picks.iter().zip(1..).map(|(pick, position)| {
        versions[*pick] += 1;
        let free = ["a", "b", "c"];
        let some = &free[..usize::try_from(position).unwrap() % 4];
        location(&format!("huis-{pick}"), position, versions[*pick], some)
    });
    reports.zip(1..).map(|(report, sequence)| message(&report, sequence)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn shuffled_and_three_times_the_board_is_the_fold_of_the_log(
        picks in prop::collection::vec(0_usize..4, 1..60),
        order in prop::collection::vec(any::<prop::sample::Index>(), 400),
        cut in 1_usize..20,
    ) {
        let messages = log(&picks);
        let fold = take(&empty(), &messages);
        let mut shuffled: Vec<Message> = [&messages, &messages, &messages].into_iter().flatten().cloned().collect();
        for (from, to) in order.iter().zip(0..shuffled.len()) {
            let other = from.index(shuffled.len());
            shuffled.swap(to, other);
        }
        let mut board = empty();
        for batch in shuffled.chunks(cut) {
            board = take(&board, batch);
        }
        prop_assert_eq!(board.board.canonical().unwrap(), fold.board.canonical().unwrap());
        prop_assert_eq!(board.progress["logeerplek"].complete_to(), picks.len() as u64);
        prop_assert!(!board.progress["logeerplek"].has_hole());
    }
}

#[test]
fn a_missing_position_is_a_hole_until_it_comes() {
    let messages = log(&[0, 1, 0, 2]);
    let shown = take(&empty(), &[messages[0].clone(), messages[3].clone()]);
    let progress = &shown.progress["logeerplek"];
    assert_eq!((progress.complete_to(), progress.highest(), progress.has_hole()), (1, 4, true));
    let shown = take(&shown, &messages[1..3]);
    assert_eq!(shown.progress["logeerplek"].complete_to(), 4);
}

#[test]
fn a_figure_about_the_past_leaves_the_board_alone_and_is_kept_in_history() {
    let present = location("huis", 1, 1, &["a", "b"]);
    let past = proto::availability::v1::AvailabilityReported { past: true, ..location("huis", 2, 2, &[]) };
    let shown = take(&empty(), &[message(&present, 1)]);
    let (after, changes) = taken(&shown, read(&[message(&past, 2)]), Some("stream"), 0);
    assert_eq!(after.board.canonical().unwrap(), shown.board.canonical().unwrap());
    assert_eq!((changes.history.len(), changes.board.len()), (1, 0));
    let newer = location("huis", 3, 3, &["a"]);
    assert_eq!(take(&after, &[message(&newer, 3)]).board.entries().next().unwrap().report.offers[0].place_ids, ["a"]);
}

#[test]
fn what_cannot_be_read_is_parked_with_its_reason_and_the_rest_goes_on() {
    let good = location("huis", 1, 1, &["a"]);
    let mut lying = message(&location("huis", 2, 2, &[]), 2);
    lying.subject = "onderdak.v1.proef.logeerplek.gm0034.ander-huis".into();
    let unknown_kind = proto::availability::v1::AvailabilityReported { kind: 0, ..location("raar", 3, 1, &[]) };
    let half = Message { payload: message(&good, 4).payload.slice(..40), ..message(&good, 4) };
    let messages = [lying, message(&unknown_kind, 3), half, message(&good, 5)];
    let (shown, changes) = taken(&empty(), read(&messages), Some("stream"), 0);
    assert_eq!(shown.parked, 3);
    assert!(changes.parked[0].reason.contains("spreken elkaar tegen"), "{}", changes.parked[0].reason);
    assert_eq!((shown.board.len(), shown.place.sequence), (1, 5));
    assert_eq!(changes.history.len(), 1);
}

#[test]
fn a_place_that_suits_nobody_does_not_keep_its_location_off_the_board() {
    let mut report = location("huis", 2, 2, &["a"]);
    report.offers[0].criteria =
        Some(proto::availability::v1::Criteria { min_age: 18, max_age: 12, ..Default::default() });
    let shown = take(&take(&empty(), &[message(&location("huis", 1, 1, &["a", "b"]), 1)]), &[message(&report, 2)]);
    assert_eq!((shown.parked, shown.board.entries().next().unwrap().report.version), (0, 2));
}

#[test]
fn what_cannot_be_read_in_the_feed_of_its_own_service_is_not_missing() {
    let raar =
        |position| proto::availability::v1::AvailabilityReported { kind: 0, ..location("raar", position, 1, &[]) };
    let of_bus = take(&empty(), &[message(&raar(1), 1), message(&location("huis", 2, 1, &["a"]), 2)]);
    assert!(of_bus.progress["logeerplek"].has_hole(), "the bus may have garbled what its service can still tell");
    let told = Message { sequence: None, position: Some(("logeerplek".into(), 1)), ..message(&raar(1), 1) };
    let healed = take(&of_bus, &[told]);
    let progress = &healed.progress["logeerplek"];
    assert_eq!((progress.has_hole(), progress.seen_to(), healed.parked), (false, 2, 2));
    assert_eq!(progress.complete_to(), 0, "after the next start it is asked for again");
}
