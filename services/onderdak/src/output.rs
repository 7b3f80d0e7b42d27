//! What a command prints: tables for people, JSON for programs. Both say the same.

use std::fmt;
use std::io::{ErrorKind, Write as _};

use clap::ValueEnum;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use proto::availability::v1::{Age, Kind};
use serde::Serialize;

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

/// Whoever reads may have enough, as `head` does: that is the end, and no failure.
pub fn written(written: std::io::Result<()>) -> Result<(), Failure> {
    written.map_err(|error| match error.kind() {
        ErrorKind::BrokenPipe => Failure::new(Exit::NobodyReads, ""),
        _ => Failure::new(Exit::Failed, format!("de uitvoer is niet te schrijven: {error}")),
    })
}

/// Columns a terminal has; none where nobody looks at one.
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0.into())
}

/// Lines a terminal has; none where nobody looks at one.
pub fn terminal_height() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(_, height)| height.0.into())
}

/// A table for the terminal there is: where it is too narrow, columns are left out, the first named first.
pub fn fitted(heads: &[&str], rows: &[Vec<String>], least: &[&str]) -> String {
    terminal_width().map_or_else(|| table(heads, rows), |width| fit(heads, rows, least, width))
}

/// A table of a width. Where it is too wide, a last column that is the widest goes below its row, as a sentence does;
/// then what says nothing anywhere is left out, then the columns named; what is still too wide loses the end of its
/// widest column.
fn fit(heads: &[&str], rows: &[Vec<String>], least: &[&str], width: usize) -> String {
    fn cell(row: &[String], column: usize) -> &str {
        row.get(column).map_or("", String::as_str)
    }
    let widths: Vec<usize> = (0..heads.len())
        .map(|column| {
            let cells = rows.iter().map(|row| cell(row, column).chars().count());
            cells.chain([heads[column].chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let wide = |column: usize| widths[column];
    let widest = |kept: &[usize]| kept.iter().copied().rev().max_by_key(|column| wide(*column));
    let too_wide =
        |kept: &[usize]| kept.iter().map(|column| wide(*column) + 2).sum::<usize>().saturating_sub(width + 2);
    let mut kept: Vec<usize> = (0..heads.len()).collect();
    if too_wide(&kept) == 0 {
        return table(heads, rows);
    }
    let below = kept.last().copied().filter(|last| widest(&kept) == Some(*last));
    kept.retain(|column| Some(*column) != below);
    let empty = (0..heads.len()).filter(|column| rows.iter().all(|row| cell(row, *column).is_empty()));
    let named = least.iter().filter_map(|name| heads.iter().position(|head| head == name));
    for column in empty.chain(named) {
        if too_wide(&kept) > 0 {
            kept.retain(|other| *other != column);
        }
    }
    let (cut, by) = (widest(&kept), too_wide(&kept));
    let shorten = |column: usize, text: &str| -> String {
        let most = wide(column).saturating_sub(by).max(1);
        let is_long = by > 0 && cut == Some(column) && text.chars().count() > most;
        if is_long { text.chars().take(most - 1).chain(['…']).collect() } else { text.to_owned() }
    };
    let heads: Vec<String> = kept.iter().map(|column| shorten(*column, heads[*column])).collect();
    let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
    let narrow = |row: &Vec<String>| kept.iter().map(|column| shorten(*column, cell(row, *column))).collect();
    let text = table(&heads, &rows.iter().map(narrow).collect::<Vec<_>>());
    let Some(below) = below else { return text };
    let mut lines = text.lines();
    let head = lines.next().unwrap_or_default().to_owned();
    let with_below = lines.zip(rows).map(|(line, row)| format!("\n{line}\n    {}", cell(row, below)));
    head + &with_below.collect::<String>()
}

/// A table with aligned columns. A column of numbers only is aligned to the right.
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count());
        cells.chain([heads[column].chars().count()]).max().unwrap_or(0)
    };
    let is_number = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .all(|cell| cell.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '?'))
    };
    let columns: Vec<(usize, bool)> = (0..heads.len()).map(|column| (width(column), is_number(column))).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.zip(&columns).map(|(cell, (width, right))| {
            let fill = " ".repeat(width.saturating_sub(cell.chars().count()));
            if *right { format!("{fill}{cell}") } else { format!("{cell}{fill}") }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut text = line(&mut heads.iter().copied());
    for row in rows {
        text.push('\n');
        text.push_str(&line(&mut row.iter().map(String::as_str)));
    }
    text
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

#[cfg(test)]
mod tests {
    use super::fit;

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 4]| cells.map(str::to_owned).to_vec();
        vec![row(["Almere", "logeerhuis-almere", "5", ""]), row(["Urk", "nachtopvang", "12", ""])]
    }

    const HEADS: [&str; 4] = ["Gemeente", "Locatie", "Vrij", "Te veel"];

    #[test]
    fn a_table_that_fits_is_whole() {
        assert!(fit(&HEADS, &rows(), &["Gemeente"], 80).starts_with("Gemeente  Locatie            Vrij  Te veel\n"));
    }

    #[test]
    fn a_narrow_table_loses_what_says_nothing_then_what_is_named_and_then_the_end_of_the_widest() {
        assert!(fit(&HEADS, &rows(), &["Gemeente"], 33).starts_with("Gemeente  Locatie            Vrij\n"));
        let narrow = "Locatie            Vrij\nlogeerhuis-almere     5\nnachtopvang          12";
        assert_eq!(fit(&HEADS, &rows(), &["Gemeente"], 30), narrow);
        let tiny = "Locatie     Vrij\nlogeerhui…     5\nnachtopva…    12";
        assert_eq!(fit(&HEADS, &rows(), &["Gemeente"], 16), tiny);
    }

    #[test]
    fn a_sentence_at_the_end_of_a_row_goes_below_it_and_is_not_cut() {
        let row = ["logeerhuis-almere", "5", "de leeftijd en het geslacht passen"].map(str::to_owned).to_vec();
        let text = fit(&["Locatie", "Vrij", "Waarom"], &[row], &["Vrij"], 23);
        assert_eq!(text, "Locatie            Vrij\nlogeerhuis-almere     5\n    de leeftijd en het geslacht passen");
    }
}
