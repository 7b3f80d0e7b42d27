//! The files a page needs: styles, scripts, icons. They are in the program, and their address changes with what is in
//! them, so that a browser may keep them for ever. What is not ours stands in `vendor`, as its makers published it.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use crate::answer::Problem;

/// The components of the NL Design System that we use, and after them our theme and layout.
pub(crate) const CSS: &str = concat!(
    include_str!("../vendor/utrecht-document.min.css"),
    include_str!("../vendor/utrecht-body.min.css"),
    include_str!("../vendor/utrecht-paragraph.min.css"),
    include_str!("../vendor/utrecht-link.min.css"),
    include_str!("../vendor/utrecht-skip-link.min.css"),
    include_str!("../vendor/utrecht-button.min.css"),
    include_str!("../vendor/utrecht-table.min.css"),
    include_str!("../vendor/utrecht-form-field.min.css"),
    include_str!("../vendor/utrecht-form-label.min.css"),
    include_str!("../vendor/utrecht-textbox.min.css"),
    include_str!("../vendor/utrecht-select.min.css"),
    include_str!("../vendor/utrecht-checkbox.min.css"),
    include_str!("../vendor/utrecht-alert.min.css"),
    include_str!("../assets/theme.css"),
    include_str!("../assets/onderdak.css"),
);

/// Of the map: the library's, and after it how ours looks. Only the page with the map has it.
const MAP_CSS: &str = concat!(include_str!("../vendor/leaflet.css"), include_str!("../assets/kaart.css"));
/// Of the charts, in the same way.
const CHART_CSS: &str = concat!(include_str!("../vendor/uPlot.min.css"), include_str!("../assets/verloop.css"));

/// A file.
struct Asset {
    name: &'static str,
    kind: &'static str,
    content: &'static [u8],
    path: String,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let files: [(_, _, &'static [u8]); 11] = [
        ("onderdak.css", "text/css; charset=utf-8", CSS.as_bytes()),
        ("onderdak.js", "text/javascript; charset=utf-8", include_bytes!("../assets/onderdak.js")),
        ("htmx.js", "text/javascript; charset=utf-8", include_bytes!("../vendor/htmx.min.js")),
        ("idiomorph.js", "text/javascript; charset=utf-8", include_bytes!("../vendor/idiomorph-ext.min.js")),
        ("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")),
        ("kaart.css", "text/css; charset=utf-8", MAP_CSS.as_bytes()),
        ("kaart.js", "text/javascript; charset=utf-8", include_bytes!("../assets/kaart.js")),
        ("leaflet.js", "text/javascript; charset=utf-8", include_bytes!("../vendor/leaflet.js")),
        ("verloop.css", "text/css; charset=utf-8", CHART_CSS.as_bytes()),
        ("verloop.js", "text/javascript; charset=utf-8", include_bytes!("../assets/verloop.js")),
        ("uplot.js", "text/javascript; charset=utf-8", include_bytes!("../vendor/uPlot.iife.min.js")),
    ];
    let asset = |(name, kind, content): (&'static str, &'static str, &'static [u8])| {
        let digest = ring::digest::digest(&ring::digest::SHA256, content);
        let short: String = digest.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Asset { name, kind, content, path: format!("/a/{short}/{name}") }
    };
    files.into_iter().map(asset).collect()
});

/// Where a file is; empty for one that is not there, which a test would see.
pub(crate) fn path(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| asset.path.as_str()).unwrap_or_default()
}

/// Gives a file.
pub(crate) async fn get(Path((hash, name)): Path<(String, String)>) -> Result<Response, Problem> {
    let path = format!("/a/{hash}/{name}");
    let asset = ASSETS.iter().find(|asset| asset.path == path).ok_or(Problem::NotFound)?;
    let headers = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, Bytes::from_static(asset.content)).into_response())
}

/// The service worker. Its address stays the same, so that a browser sees that it changed.
pub(crate) async fn service_worker() -> Response {
    fixed("text/javascript; charset=utf-8", include_bytes!("../assets/sw.js"))
}

/// What a phone must know to put the portaal among its programs.
pub(crate) async fn manifest() -> Response {
    fixed("application/manifest+json", include_bytes!("../assets/manifest.webmanifest"))
}

/// The icon, at an address that does not change.
pub(crate) async fn icon() -> Response {
    fixed("image/svg+xml", include_bytes!("../assets/icon.svg"))
}

fn fixed(kind: &'static str, content: &'static [u8]) -> Response {
    let headers = [(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, "no-cache")];
    (headers, Bytes::from_static(content)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_a_page_names_is_there_and_its_address_changes_with_it() {
        let pages = ["onderdak.css", "onderdak.js", "htmx.js", "idiomorph.js", "icon.svg"];
        let pictures = ["kaart.css", "kaart.js", "leaflet.js", "verloop.css", "verloop.js", "uplot.js"];
        for name in pages.into_iter().chain(pictures) {
            assert!(path(name).ends_with(name), "{name}");
        }
        assert_eq!(path("weg.js"), "");
    }

    #[test]
    fn what_is_not_ours_is_named_with_its_version_and_licence() {
        let named = include_str!("../vendor/README.md");
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/vendor")).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            assert!(name == "README.md" || named.contains(&format!("| `{name}` |")), "{name}");
        }
    }
}
