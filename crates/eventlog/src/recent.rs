//! The newest reports, kept in memory for whoever keeps up with the log: what was written a moment ago need not be
//! read from disk. Only what is committed may get here.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::outbox::ReportRow;

/// Most reports kept.
const MOST: usize = 512;

/// The newest reports, in a row.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<Arc<ReportRow>>>);

impl Recent {
    /// Adds committed reports. Where others are missing in between, which another replica wrote, it begins anew.
    pub(crate) fn add(&self, rows: impl IntoIterator<Item = ReportRow>) {
        let mut kept = self.kept();
        for row in rows {
            if kept.back().is_some_and(|last| last.position() + 1 != row.position()) {
                kept.clear();
            }
            if kept.len() == MOST {
                kept.pop_front();
            }
            kept.push_back(row.into());
        }
    }

    /// Reports after a position, oldest first; none where the first of them is not here.
    pub(crate) fn after(&self, after: u64, most: usize) -> Option<Vec<Arc<ReportRow>>> {
        let kept = self.kept();
        let first = kept.front()?.position();
        let skip = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        let rows: Vec<_> = kept.iter().skip(skip).take(most).map(Arc::clone).collect();
        (!rows.is_empty()).then_some(rows)
    }

    fn kept(&self) -> MutexGuard<'_, VecDeque<Arc<ReportRow>>> {
        // A row is added whole or not at all, so what a panic left behind is right.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
