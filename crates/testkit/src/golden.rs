//! The stored form of every event. A file in `tests/golden/<service>` is a row as a log of years ago holds it: it must read
//! for ever, and what is read must be written again as it was. Files are added, never changed. It knows no event.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Lists the variants of an enum by name, and names each. A variant that is missing does not compile.
#[macro_export]
macro_rules! variants {
    ($names:ident, $name:ident, $of:ident, $($variant:ident => $file:literal),+ $(,)?) => {
        const $names: &[&str] = &[$($file),+];

        const fn $name(event: &$of) -> &'static str {
            match event {
                $($of::$variant { .. } => $file),+
            }
        }
    };
}

/// Every golden file of a service: its name without the ending, and the row in it.
fn rows(service: &str) -> Vec<(String, Value)> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden")).join(service);
    let row = |entry: std::io::Result<std::fs::DirEntry>| {
        let path = entry.expect("a readable folder").path();
        let text = std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        let row = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{}: {why}", path.display()));
        (path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), row)
    };
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut rows: Vec<_> = entries.map(row).collect();
    rows.sort_by(|(one, _), (other, _)| one.cmp(other));
    rows
}

/// The event of a row, as the log reads it.
///
/// # Panics
/// When it cannot be read any more.
pub fn read<E: DeserializeOwned>(row: &Value) -> E {
    let kind = row["type"].as_str().unwrap_or_default();
    // As text, because that is what the log holds.
    let json = format!("{{\"{kind}\":{}}}", row["data"]);
    serde_json::from_str(&json).unwrap_or_else(|wrong| panic!("{json}: {wrong}"))
}

/// The row of an event, as the log writes it.
fn written<E: Serialize>(event: &E) -> Value {
    let Ok(Value::Object(variant)) = serde_json::to_value(event) else { panic!("an event is a variant with fields") };
    let mut parts = variant.into_iter();
    let (kind, data) = parts.next().expect("a variant has a name");
    json!({ "type": kind, "data": data })
}

/// Every stored event still reads, and is written again as it was.
///
/// # Panics
/// When one does not.
pub fn still_reads<E: DeserializeOwned + Serialize>(service: &str) {
    for (file, row) in rows(service) {
        assert_eq!(written(&read::<E>(&row)), row, "{file}");
    }
}

/// Every event has a file that is named after it; more than one where its name goes on after a dash.
///
/// # Panics
/// When one has none, or has that of another.
pub fn each_has_a_file<E: DeserializeOwned>(service: &str, name: impl Fn(&E) -> &'static str, names: &[&str]) {
    let mut seen = BTreeSet::new();
    for (file, row) in rows(service) {
        let known = name(&read::<E>(&row));
        assert!(file == known || file.starts_with(&format!("{known}-")), "{file} holds {known}");
        seen.insert(known);
    }
    assert_eq!(seen, names.iter().copied().collect::<BTreeSet<&str>>());
}
