//! The regions that come with the program, and region files of others. It must not register anything.

use std::path::Path;
use std::sync::LazyLock;

use model::id::Gemeente;
use model::region::{GemeenteInfo, Region, RegionError};

const FLEVOLAND: &str = include_str!("../../../deploy/regions/flevoland.toml");
const ALMELO: &str = include_str!("../../../deploy/regions/almelo.toml");

/// A region by its name, `flevoland` or `almelo`, or from a file.
pub fn load(name: &str) -> Result<Region, RegionError> {
    match name {
        "flevoland" => Region::parse(FLEVOLAND, name),
        "almelo" => Region::parse(ALMELO, name),
        file => Region::read(Path::new(file)),
    }
}

/// The gemeenten of the regions that come with the program.
static GEMEENTEN: LazyLock<Vec<GemeenteInfo>> = LazyLock::new(|| {
    let known = ["flevoland", "almelo"].into_iter().filter_map(|name| load(name).ok());
    known.flat_map(|region| region.gemeenten).collect()
});

/// A gemeente by its CBS code or, for the regions that come with the program, by its name.
pub fn gemeente(raw: &str) -> Result<Gemeente, String> {
    let lower = raw.trim().to_lowercase();
    if let Ok(code) = Gemeente::parse(&lower) {
        return Ok(code);
    }
    let found = GEMEENTEN.iter().find(|gemeente| gemeente.name.to_lowercase() == lower);
    found
        .map(|gemeente| gemeente.code.clone())
        .ok_or_else(|| format!("{raw} is geen CBS-code (zoals gm0034) en geen bekende gemeente"))
}

/// The name of a gemeente, or its code where the name is not known.
pub fn gemeente_name(code: &str) -> String {
    let found = GEMEENTEN.iter().find(|gemeente| gemeente.code.as_str() == code);
    match found {
        Some(gemeente) => gemeente.name.clone(),
        None if code == "regio" => "hele regio".to_owned(),
        None => code.to_owned(),
    }
}
