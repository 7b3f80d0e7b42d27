//! Watching the board: a slow watcher skips states in between, never the newest one.

use super::{empty, location, message, now, read};
use crate::aggregator::taken;

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
