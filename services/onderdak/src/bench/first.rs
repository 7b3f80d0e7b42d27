//! Row 14: the first page of the whole suite on a slow connection, in a real browser that has never been there; beside an
//! empty page on the same connection. What drives the browser is a script, which measures and does not judge. It must not
//! open a page itself.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use tokio::process::Command;

use super::figures::{Check, Figure, Floor, Goal, Unit};
use super::{Bench, Row, failed, fixture};
use crate::{Exit, Failure};

/// Longest time the browser may take for both pages.
const OPENED_WITHIN: Duration = Duration::from_secs(60);

/// What the script prints.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Both {
    page: Opened,
    bare: Opened,
}

/// One page, as it came.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Opened {
    /// Until something of it was to be seen, in milliseconds.
    seen_ms: f64,
    /// Until it could be used, in milliseconds.
    usable_ms: f64,
    /// How much came, compressed, in bytes.
    bytes: f64,
}

/// Measures the row.
pub(super) async fn measure(bench: &Bench) -> Result<Vec<Check>, Failure> {
    let script = bench.options.browser.as_ref();
    let script = script.ok_or_else(|| Failure::new(Exit::Input, "er is geen script voor een browser (--browser)"))?;
    let mut found = Vec::new();
    for number in bench.rounds() {
        let folder = bench.round(Row::EerstePagina, number)?;
        let (up, pages) = fixture::up(bench, folder.path()).await?;
        found.push(opened(script, &pages).await?);
        up.end().await;
    }
    let of = |unit, value: fn(&Both) -> f64| Figure::of(unit, found.iter().map(value).collect());
    let empty = |value| Floor::Measured {
        what: "een lege pagina over dezelfde verbinding".to_owned(),
        figure: of(Unit::Milliseconds, value),
    };
    let second = Goal::Below(1_000.0);
    Ok(vec![
        Check::new("eerste pagina over traag 3G, te zien", of(Unit::Milliseconds, |it| it.page.seen_ms), second)
            .beside(empty(|it| it.bare.seen_ms)),
        Check::new("hetzelfde, te gebruiken", of(Unit::Milliseconds, |it| it.page.usable_ms), second)
            .beside(empty(|it| it.bare.usable_ms)),
        Check::new("hetzelfde, gecomprimeerd", of(Unit::Kibibytes, |it| it.page.bytes / 1024.0), Goal::Below(100.0)),
    ])
}

async fn opened(script: &Path, pages: &str) -> Result<Both, Failure> {
    let mut node = Command::new("node");
    node.arg(script).arg(pages).kill_on_drop(true);
    let output = tokio::time::timeout(OPENED_WITHIN, node.output()).await.map_err(failed)?.map_err(failed)?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        let why = why.lines().find(|line| line.contains("Error")).unwrap_or("zonder bericht").trim();
        return Err(Failure::new(Exit::Failed, format!("de browser opent de pagina niet: {why}")));
    }
    serde_json::from_slice(&output.stdout).map_err(failed)
}
