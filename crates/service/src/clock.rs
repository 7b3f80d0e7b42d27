//! The only clock of the suite. Everything else gets the time as an argument.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

/// The time now.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The clock to hand to a log.
pub fn system() -> eventlog::Clock {
    Arc::new(now)
}

/// A point on the clock that never jumps, for measuring how long something took.
#[expect(clippy::disallowed_methods, reason = "this is the one clock")]
pub fn stopwatch() -> Instant {
    Instant::now()
}
