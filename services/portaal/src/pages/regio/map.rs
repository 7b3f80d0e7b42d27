//! The map beside the board. What stands on it, a script reads from the rows of the board, so that it shows what they show;
//! here is only the ground under it. It must not know a location.

use askama::Template;
use model::region::Region;
use serde_json::json;

use crate::text::Texts;

/// Whose pictures the ground is made of; the policy of this page allows them, and of no other.
pub(super) const GROUND: &str = "https://service.pdok.nl";
/// Where a square of it is.
const SQUARES: &str = "https://service.pdok.nl/brt/achtergrondkaart/wmts/v2_0/standaard/EPSG:3857/{z}/{x}/{y}.png";
/// Whom we have it from, as they want to be named.
const THANKS: &str = "Kaartgegevens © Kadaster";

/// The map.
#[derive(Template)]
#[template(path = "regio/map.html")]
pub(super) struct Map {
    t: &'static Texts,
    squares: &'static str,
    thanks: &'static str,
    /// Name and place of every gemeente, for a map without a ground.
    gemeenten: String,
}

impl Map {
    /// The map of a region.
    pub(super) fn of(t: &'static Texts, region: &Region) -> Self {
        let gemeente = region.gemeenten.iter().map(|it| json!([it.name, it.latitude, it.longitude]));
        let gemeenten = serde_json::Value::from_iter(gemeente).to_string();
        Self { t, squares: SQUARES, thanks: THANKS, gemeenten }
    }
}
