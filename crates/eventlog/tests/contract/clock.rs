//! A clock that only moves when it is told to, and one microsecond with every look, so that no two moments of one
//! test are the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// 2026-01-01T00:00:00Z.
const START_MICROS: i64 = 1_767_225_600_000_000;

#[derive(Debug, Clone)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START_MICROS)))
    }

    /// The moment after a time that is counted from now; negative is before.
    pub(crate) fn after(&self, time: SignedDuration) -> Timestamp {
        instant(self.0.load(Ordering::SeqCst)).saturating_add(time).expect("no test lasts 9,000 years")
    }

    /// Jumps, in either direction.
    pub(crate) fn jump(&self, time: SignedDuration) {
        self.0.store(self.after(time).as_microsecond(), Ordering::SeqCst);
    }

    /// What the log gets.
    pub(crate) fn for_log(&self) -> eventlog::Clock {
        let micros = Arc::clone(&self.0);
        Arc::new(move || instant(micros.fetch_add(1, Ordering::SeqCst)))
    }
}

fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).expect("test clocks stay in this millennium")
}
