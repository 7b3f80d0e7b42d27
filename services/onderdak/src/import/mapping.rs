//! Which column of a file is what: `date=OCCUPANCY_DATE,location=…`. It must not open the file.

use std::collections::BTreeMap;
use std::str::FromStr;

/// What a stand needs.
pub(super) const REQUIRED: [&str; 5] = ["date", "location", "funded", "occupied", "unavailable"];
/// What a stand may have: it is compared, not stored, because it follows from the others.
pub(super) const ACTUAL: &str = "actual";

/// Which column is what.
#[derive(Debug, Clone)]
pub struct Mapping(BTreeMap<String, String>);

impl Mapping {
    /// The name of a column.
    pub(super) fn column(&self, what: &str) -> Option<&str> {
        self.0.get(what).map(String::as_str)
    }
}

impl FromStr for Mapping {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        let mut columns = BTreeMap::new();
        for part in raw.split(',') {
            let (what, column) = part.split_once('=').ok_or_else(|| format!("{part} moet WAT=KOLOM zijn"))?;
            let (what, column) = (what.trim(), column.trim());
            if !REQUIRED.contains(&what) && what != ACTUAL {
                return Err(format!("{what} is onbekend; kies uit {}, {ACTUAL}", REQUIRED.join(", ")));
            }
            if columns.insert(what.to_owned(), column.to_owned()).is_some() {
                return Err(format!("{what} staat er twee keer"));
            }
        }
        match REQUIRED.iter().find(|what| !columns.contains_key(**what)) {
            Some(missing) => Err(format!("{missing} ontbreekt")),
            None => Ok(Self(columns)),
        }
    }
}
