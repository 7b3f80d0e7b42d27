//! What a command prints: tables for people, JSON for programs. Both say the same. It must not decide what is said.

mod table;

use std::fmt;
use std::io::{ErrorKind, Write as _};

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proto::availability::v1::{Age, Kind};
use serde::Serialize;
use service::Chain;

pub use self::table::table;
use crate::{Exit, Failure};

/// How to print.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Voor mensen.
    #[default]
    Text,
    /// Voor programma's.
    Json,
}

/// Prints one value as JSON on one line.
pub fn json(value: &impl Serialize) -> Result<(), Failure> {
    let line = serde_json::to_string(value).map_err(|error| Failure::of(Exit::Failed, &error))?;
    text(line)
}

/// Prints lines for people.
pub fn text(text: impl fmt::Display) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    written(writeln!(out, "{text}").and_then(|()| out.flush()))
}

/// Says it where there are more than are shown, beside what is printed.
pub fn not_all(shown: usize, total: u32) {
    if usize::try_from(total).is_ok_and(|total| total > shown) {
        notice(&format!("Er zijn er {total}; hier staan er {shown}."));
    }
}

/// Says something beside what is printed, that changes nothing about how the command ended.
pub fn notice(sentence: &str) {
    // Nobody may be listening.
    let _ = writeln!(std::io::stderr(), "{sentence}");
}

/// Prints what a command did: a sentence for people, the answer for programs.
pub fn done(answer: &impl Serialize, sentence: &str, format: Format) -> Result<(), Failure> {
    match format {
        Format::Json => json(answer),
        Format::Text => text(sentence),
    }
}

/// Whoever reads may have enough, as `head` does: that is the end, and no failure.
pub fn written(written: std::io::Result<()>) -> Result<(), Failure> {
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::new(Exit::NobodyReads, ""),
        _ => Failure::new(Exit::Failed, format!("de uitvoer is niet te schrijven: {}", Chain(&error))),
    })
}

/// Columns and lines a terminal has; none where nobody looks at one.
pub fn terminal() -> Option<(usize, usize)> {
    let size = terminal_size::terminal_size_of(std::io::stdout());
    size.map(|(width, height)| (width.0.into(), height.0.into()))
}

/// A table for the terminal there is: where it is too narrow, columns are left out, the first named first.
pub fn fitted(heads: &[&str], rows: &[Vec<String>], least: &[&str]) -> String {
    terminal().map_or_else(|| table(heads, rows), |(width, _)| table::fit(heads, rows, least, width))
}

/// What people call a kind.
pub fn kind(kind: Kind) -> &'static str {
    model::wire::kind_in(kind).map_or("onbekend", |kind| kind.rules().name)
}

/// What people call an age.
pub const fn age(age: Age) -> &'static str {
    match age {
        Age::Current => "actueel",
        Age::Older => "ouder",
        Age::Stale => "verouderd – bel",
        Age::Unknown | Age::Unspecified => "onbekend – bel",
    }
}

/// The time zone of the users. It is built into the program, so it is always there.
pub fn zone() -> TimeZone {
    TimeZone::get("Europe/Amsterdam").unwrap_or(TimeZone::UTC)
}

/// A moment on the wall clock of the users.
pub fn moment(at: Option<&pbjson_types::Timestamp>) -> String {
    let at = at.and_then(|at| Timestamp::from_microsecond(proto::micros(at)).ok());
    at.map_or_else(|| "–".to_owned(), |at| at.to_zoned(zone()).strftime("%d-%m-%Y %H:%M").to_string())
}

/// A distance.
pub fn distance(metres: Option<u32>) -> String {
    metres.map_or_else(|| "–".to_owned(), |metres| format!("{},{} km", metres / 1000, metres % 1000 / 100))
}
