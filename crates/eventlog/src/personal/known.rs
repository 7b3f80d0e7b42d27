//! What is remembered of the look-up table: who has which id, since when that is known, and which ids a commit has still to
//! write. It does no I/O, and must not say what is erased: that is for the table.

use std::collections::{HashMap, hash_map};
use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::{DAY_MICROS, NewPersonal};

/// Most values that wait for the commit that writes them.
const MOST_UNWRITTEN: usize = 10_000;
/// After this long no commit can be under way for a value any more.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(60);
/// For how long what was looked up is believed where others may erase it, should word of that be lost.
pub(super) const BELIEVED_FOR: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Known {
    pub(super) ids: HashMap<String, HashMap<Arc<str>, Entry>>,
    pub(super) values: HashMap<Uuid, Value>,
    pub(super) unwritten: usize,
}

pub(super) struct Value {
    pub(super) value: Arc<str>,
    /// Since when it is known.
    pub(super) known: Instant,
}

pub(super) struct Entry {
    pub(super) id: Uuid,
    /// Since when it waits for the commit that writes it; none once it is written.
    pub(super) unwritten: Option<Instant>,
    /// Since when it is known to be right; none where the table must be asked.
    pub(super) known: Option<Instant>,
    /// When it was last written down that it was used, in microseconds; 0: not since the start.
    pub(super) used: i64,
}

impl Known {
    /// The id of a value, and whether the commit must write it; none where the table must be asked.
    pub(super) fn id(&mut self, sort: &str, value: &Arc<str>, is_alone: bool) -> Option<(Uuid, bool)> {
        let Some(entry) = self.ids.get(sort).and_then(|ids| ids.get(value)) else {
            return Some((self.new_id(sort, value), true));
        };
        let is_believed = is_alone || entry.known.is_some_and(|since| since.elapsed() < BELIEVED_FOR);
        is_believed.then_some((entry.id, entry.unwritten.is_some()))
    }

    pub(super) fn new_id(&mut self, sort: &str, value: &Arc<str>) -> Uuid {
        if self.unwritten >= MOST_UNWRITTEN {
            self.forget_unwritten();
        }
        let id = Uuid::now_v7();
        self.values.insert(id, Value { value: Arc::clone(value), known: now() });
        let entry = Entry { id, unwritten: Some(now()), known: Some(now()), used: 0 };
        self.ids.entry(sort.to_owned()).or_default().insert(Arc::clone(value), entry);
        self.unwritten += 1;
        id
    }

    /// The id of a value that is not in the table: the one it was given before, unless that was written and erased.
    pub(super) fn guess(&mut self, sort: &str, value: &Arc<str>) {
        let entry = self.ids.get_mut(sort).and_then(|ids| ids.get_mut(value));
        if let Some(entry) = entry.filter(|entry| entry.unwritten.is_some()) {
            entry.known = Some(now());
        } else {
            self.forget(sort, value);
            self.new_id(sort, value);
        }
    }

    /// The id of a value of which it was not written down today that it was used.
    pub(super) fn not_used_lately(&self, sort: &str, value: &Arc<str>, at: i64) -> Option<Uuid> {
        let entry = self.ids.get(sort)?.get(value)?;
        (at.saturating_sub(entry.used) >= DAY_MICROS).then_some(entry.id)
    }

    pub(super) fn used(&mut self, sort: &str, value: &Arc<str>, at: i64) {
        if let Some(entry) = self.ids.get_mut(sort).and_then(|ids| ids.get_mut(value)) {
            entry.used = at;
        }
    }

    pub(super) fn is_unwritten(&self, sort: &str, value: &str) -> bool {
        self.ids.get(sort).and_then(|ids| ids.get(value)).is_some_and(|entry| entry.unwritten.is_some())
    }

    /// The table may have another id for it.
    pub(super) fn doubt(&mut self, row: &NewPersonal) {
        if let Some(entry) = self.ids.get_mut(row.sort).and_then(|ids| ids.get_mut(&row.value)) {
            entry.known = None;
        }
    }

    /// Remembers what was looked up.
    pub(super) fn knows(&mut self, sort: &str, value: &Arc<str>, entry: Entry) {
        let (ids, unwritten) = (self.ids.entry(sort.to_owned()).or_default(), &mut self.unwritten);
        let id = entry.id;
        self.values.insert(id, Value { value: Arc::clone(value), known: now() });
        let Some(before) = ids.insert(Arc::clone(value), entry) else { return };
        *unwritten = unwritten.saturating_sub(usize::from(before.unwritten.is_some()));
        if before.id != id {
            self.values.remove(&before.id);
        }
    }

    pub(super) fn written(&mut self, row: &NewPersonal) {
        let entry = self.ids.get_mut(row.sort).and_then(|ids| ids.get_mut(&row.value));
        let entry = entry.filter(|entry| entry.id.to_string() == row.id);
        if entry.is_some_and(|entry| entry.unwritten.take().is_some()) {
            self.unwritten = self.unwritten.saturating_sub(1);
        }
    }

    pub(super) fn forget(&mut self, sort: &str, value: &str) {
        let Some(gone) = self.ids.get_mut(sort).and_then(|ids| ids.remove(value)) else { return };
        self.values.remove(&gone.id);
        self.unwritten = self.unwritten.saturating_sub(usize::from(gone.unwritten.is_some()));
    }

    /// Values of commands that were refused long ago were never written, and never will be.
    pub(super) fn forget_unwritten(&mut self) {
        let values = &mut self.values;
        for ids in self.ids.values_mut() {
            ids.retain(|_, entry| {
                let keeps = entry.unwritten.is_none_or(|since| since.elapsed() < FORGOTTEN_AFTER);
                if !keeps {
                    values.remove(&entry.id);
                }
                keeps
            });
        }
        self.unwritten = self.ids.values().flat_map(HashMap::values).filter(|it| it.unwritten.is_some()).count();
    }

    pub(super) fn take_unwritten(&mut self, before: Self) {
        for (sort, ids) in before.ids {
            for (value, entry) in ids.into_iter().filter(|(_, entry)| entry.unwritten.is_some()) {
                if let hash_map::Entry::Vacant(free) = self.ids.entry(sort.clone()).or_default().entry(value) {
                    self.values.insert(entry.id, Value { value: Arc::clone(free.key()), known: now() });
                    self.unwritten += 1;
                    free.insert(entry);
                }
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "only how long something waits; nothing is decided by it")]
pub(super) fn now() -> Instant {
    Instant::now()
}
