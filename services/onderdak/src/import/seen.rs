//! Which date of which location was in the file already: one bit a day, so that two million rows fit in little. It
//! must not keep a row.

use std::collections::HashMap;

use jiff::civil::Date;

/// Days seen, per location, in blocks of 64.
#[derive(Debug, Default)]
pub(super) struct Seen(HashMap<String, HashMap<i32, u64>>);

impl Seen {
    /// Notes a day of a location; says whether it is the first time.
    pub(super) fn first(&mut self, location: &str, date: Date) -> bool {
        let day = i32::from(date.year()) * 372 + i32::from(date.month()) * 31 + i32::from(date.day());
        let bit = 1_u64 << day.rem_euclid(64);
        if !self.0.contains_key(location) {
            self.0.insert(location.to_owned(), HashMap::new());
        }
        let blocks = self.0.entry(location.to_owned()).or_default();
        let block = blocks.entry(day.div_euclid(64)).or_insert(0);
        let first = *block & bit == 0;
        *block |= bit;
        first
    }
}
