//! Watching the board: a slow watcher skips states in between, never the newest one.

use model::freshness::Age;
use proto::regio::v1::Filter;

use super::{empty, location, message, now, read};
use crate::aggregator::{aged, taken};
use crate::watch::Wanted;

#[test]
fn a_slow_watcher_gets_each_changed_location_once_and_newest() {
    let mut shown = empty();
    for position in 1..=100 {
        let id = format!("huis-{}", position % 3);
        let report = location(&id, position, position, if position > 97 { &["a"] } else { &[] });
        shown = taken(&shown, read(&[message(&report, position)]), None, now().as_microsecond()).0;
    }
    let (mut revision, mut seen) = (10, Vec::new());
    while let Some((next, entry)) = shown.board.changed_after(revision) {
        seen.push((entry.key.location.to_string(), entry.report.version));
        revision = next;
    }
    assert_eq!(seen, [("huis-2".to_owned(), 98), ("huis-0".to_owned(), 99), ("huis-1".to_owned(), 100)]);
    assert_eq!(revision, shown.board.revision());
}

#[test]
fn a_stand_that_grows_older_is_told_again_each_time_its_word_changes() {
    // Confirmed an hour ago, with a goal of eight hours.
    let shown = taken(&empty(), read(&[message(&location("huis", 1, 1, &["a"]), 1)]), None, 0).0;
    let after = |minutes: i64| now() + jiff::SignedDuration::from_mins(minutes);
    let told = |since, until| {
        let (after, changes) = aged(&shown, since, until).unwrap();
        let told = after.board.changed_after(shown.board.revision());
        assert_eq!(told.as_ref().map(|(revision, _)| *revision), changes.board.first().map(|kept| kept.revision));
        assert_eq!(after.place.revision, after.board.revision());
        told.map(|(_, entry)| entry.age(until))
    };
    assert_eq!(told(after(0), after(59)), None);
    assert_eq!(told(after(59), after(60)), Some(Age::Older));
    assert_eq!(told(after(60), after(419)), None);
    assert_eq!(told(after(419), after(420)), Some(Age::Stale));
    assert_eq!(told(after(420), after(10_000)), None);
    assert_eq!(told(jiff::Timestamp::MIN, after(420)), Some(Age::Stale), "nobody looked before");
}

#[test]
fn telling_again_of_one_location_leaves_the_others_alone() {
    let messages: Vec<_> = (1..=3).map(|at| message(&location(&format!("huis-{at}"), at, 1, &["a"]), at)).collect();
    let mut board = taken(&empty(), read(&messages), None, 0).0.board;
    let key = board.entries().next().unwrap().key.clone();
    board.tell_again(&key);
    assert_eq!((board.revision(), board.len()), (4, 3));
    let told: Vec<_> = std::iter::successors(board.changed_after(0), |(at, _)| board.changed_after(*at)).collect();
    let ids: Vec<_> = told.iter().map(|(_, entry)| entry.key.location.to_string()).collect();
    assert_eq!(ids, ["huis-2", "huis-3", "huis-1"]);
}

#[test]
fn a_filter_that_names_what_there_is_not_is_refused_and_never_means_everything() {
    let wanted = |kinds: &[i32], gemeenten: &[&str]| {
        let gemeenten = gemeenten.iter().map(|code| (*code).to_owned()).collect();
        Wanted::new(Some(Filter { kinds: kinds.to_vec(), gemeenten })).map(drop).map_err(|wrong| wrong.field)
    };
    assert_eq!(wanted(&[99], &[]), Err("filter.kinds".to_owned()));
    assert_eq!(wanted(&[], &["GM0034"]), Err("filter.gemeenten".to_owned()));
    assert_eq!(wanted(&[0, 1], &["gm0034", "regio"]), Ok(()));
}
