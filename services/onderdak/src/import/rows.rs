//! The rows of a CSV file as stands, one at a time. It tells what is wrong with a row in words; it sends nothing.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom};
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder, Terminator};
use jiff::civil::Date;

use super::mapping::{ACTUAL, Mapping, REQUIRED};
use crate::seed::token;

/// Largest figure a location may have.
const HIGHEST: u32 = 100_000;
/// A stand from before this year is a typing mistake.
const EARLIEST: i16 = 1900;
/// Longest first line that is still read to find the separator.
const LONGEST_HEAD: usize = 64 * 1024;

/// The stand of a location on a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stand {
    pub(super) date: Date,
    pub(super) location: String,
    pub(super) funded: u32,
    pub(super) occupied: u32,
    pub(super) unavailable: u32,
}

/// The rows of a file, with their line numbers.
pub(super) struct Rows {
    reader: Reader<BufReader<File>>,
    columns: [usize; REQUIRED.len()],
    actual: Option<usize>,
    width: usize,
    record: ByteRecord,
}

impl Rows {
    /// Opens a file and finds its columns.
    pub(super) fn open(file: &Path, map: &Mapping) -> Result<Self, String> {
        let unreadable = |error: std::io::Error| format!("niet te lezen: {}", service::Chain(&error));
        let opened = File::open(file).map_err(unreadable)?;
        // It is read twice, and what comes through a pipe is gone after the first time.
        if !opened.metadata().map_err(unreadable)?.is_file() {
            return Err("dat is geen gewoon bestand; bewaar het eerst als bestand".to_owned());
        }
        let mut input = BufReader::new(opened);
        let start = input.fill_buf().map_err(unreadable)?;
        check_text(start)?;
        let separator = separator(start);
        input.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let mut reader = ReaderBuilder::new();
        // A return before the end of a line is white space like any other; so lines are counted as people count them.
        reader.delimiter(separator).terminator(Terminator::Any(b'\n')).flexible(true);
        let mut reader = reader.from_reader(input);
        let heads = reader.byte_headers().map_err(|error| format!("de koppen zijn niet te lezen: {error}"))?;
        let heads: Vec<String> = heads.iter().map(|head| clean(&String::from_utf8_lossy(head))).collect();
        if heads.iter().all(String::is_empty) {
            return Err(
                "het bestand is leeg, of begint met een lege regel; de eerste regel moet de koppen geven".to_owned()
            );
        }
        let places = |what: &str| -> Vec<usize> {
            let Some(wanted) = map.column(what) else { return Vec::new() };
            (0..heads.len()).filter(|place| heads[*place].eq_ignore_ascii_case(wanted)).collect()
        };
        if let Some(twice) = REQUIRED.into_iter().chain([ACTUAL]).find(|what| places(what).len() > 1) {
            return Err(format!("de kolom {} (voor {twice}) staat er twee keer", map.column(twice).unwrap_or(twice)));
        }
        let find = |what: &str| places(what).first().copied();
        let mut columns = [0; REQUIRED.len()];
        for (column, what) in columns.iter_mut().zip(REQUIRED) {
            *column = find(what).ok_or_else(|| missing(what, map, &heads))?;
        }
        // The usual mapping names a column for it; a file without one is fine, a misspelt one is not.
        let actual = find(ACTUAL);
        if actual.is_none() && map.column(ACTUAL).is_some_and(|wanted| wanted != ACTUAL) {
            return Err(missing(ACTUAL, map, &heads));
        }
        Ok(Self { reader, columns, actual, width: heads.len(), record: ByteRecord::new() })
    }

    /// The line of the last row: the one before where the reader is, unless the file ends without a line end. Where a
    /// row begins, the reader tells before it passed over empty lines.
    fn line(&self) -> u64 {
        let (begun, now) = (self.record.position().map_or(0, csv::Position::line), self.reader.position().line());
        if now > begun { now - 1 } else { now }
    }

    fn stand(&self) -> Result<Stand, String> {
        let cell = |column: usize, what: &str| {
            let bytes = self.record.get(column).ok_or_else(|| format!("{what} ontbreekt"))?;
            let text = std::str::from_utf8(bytes).map_err(|_| format!("{what} is geen UTF-8-tekst"))?;
            Ok::<_, String>(text.trim().to_owned())
        };
        let number = |column: usize, what: &str| figure(&cell(column, what)?).map_err(|why| format!("{what} {why}"));
        // A separator too many moves every figure behind it; empty cells at the end move nothing.
        if self.record.iter().skip(self.width).any(|cell| !cell.trim_ascii().is_empty()) {
            return Err(format!("heeft {} kolommen, en de koppen zijn er {}", self.record.len(), self.width));
        }
        let [date, location, funded, occupied, unavailable] = self.columns;
        let stand = Stand {
            date: day(&cell(date, "date")?)?,
            location: token(&cell(location, "location")?),
            funded: number(funded, "funded")?,
            occupied: number(occupied, "occupied")?,
            unavailable: number(unavailable, "unavailable")?,
        };
        if stand.location.is_empty() {
            return Err("location is leeg".to_owned());
        }
        let Some(actual) = stand.funded.checked_sub(stand.unavailable) else {
            return Err(format!("unavailable ({}) is meer dan funded ({})", stand.unavailable, stand.funded));
        };
        if let Some(column) = self.actual {
            let given = number(column, ACTUAL)?;
            if given != actual {
                return Err(format!("actual ({given}) is niet funded − unavailable ({actual})"));
            }
        }
        Ok(stand)
    }
}

impl Iterator for Rows {
    type Item = (u64, Result<Stand, String>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.reader.read_byte_record(&mut self.record) {
                Ok(false) => return None,
                // An empty line at the end of a file is nobody's mistake.
                Ok(true) if self.record.iter().all(|cell| cell.trim_ascii().is_empty()) => {}
                Ok(true) => {
                    return Some((self.line(), self.stand()));
                }
                Err(error) => {
                    let line = error.position().map_or(0, csv::Position::line);
                    return Some((line, Err(error.to_string())));
                }
            }
        }
    }
}

/// The separator that stands most often in the first line, outside quotes.
fn separator(start: &[u8]) -> u8 {
    let head = start.iter().take(LONGEST_HEAD).take_while(|byte| **byte != b'\n');
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in head {
        quoted ^= *byte == b'"';
        if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| separator == byte && !quoted) {
            *count += 1;
        }
    }
    counts
        .into_iter()
        .max_by_key(|(separator, count)| (*count, *separator == b','))
        .map_or(b',', |(separator, _)| separator)
}

fn clean(head: &str) -> String {
    head.trim_start_matches('\u{feff}').trim().trim_matches('"').to_owned()
}

fn missing(what: &str, map: &Mapping, heads: &[String]) -> String {
    let wanted = map.column(what).unwrap_or(what);
    format!(
        "de kolom {wanted} (voor {what}) ontbreekt; het bestand heeft: {}. Geef met --map de juiste kolom.",
        heads.join(", ")
    )
}

/// A whole number from 0; `55.0` is 55. A point before three digits may stand for thousands: nobody is to guess that.
fn figure(raw: &str) -> Result<u32, String> {
    let (whole, rest) = raw.split_once(['.', ',']).unwrap_or((raw, ""));
    if rest.len() >= 3 && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("is niet duidelijk: {raw:?}; schrijf het zonder punt of komma, zoals 1000"));
    }
    let whole = if rest.bytes().all(|byte| byte == b'0') { whole } else { raw };
    if whole.starts_with('-') {
        return Err(format!("is negatief: {raw}"));
    }
    let is_digits = !whole.is_empty() && whole.bytes().all(|byte| byte.is_ascii_digit());
    let number = whole.parse::<u32>().ok().filter(|number| is_digits && *number <= HIGHEST);
    number.ok_or_else(|| format!("is geen getal van 0 tot en met {HIGHEST}: {raw:?}"))
}

/// `2021-01-31`, `31-01-2021` or `31/01/2021`, with or without a time of midnight behind it.
fn day(raw: &str) -> Result<Date, String> {
    let (date, time) = raw.split_once(['T', ' ']).unwrap_or((raw, "00:00"));
    let (time, fraction) = time.trim_end_matches('Z').split_once('.').unwrap_or((time.trim_end_matches('Z'), ""));
    if !["00:00", "00:00:00"].contains(&time) || fraction.bytes().any(|byte| byte != b'0') {
        return Err(format!("date moet alleen een datum zijn, zonder tijd; de tijd geeft u met --time: {raw:?}"));
    }
    let parsed = match date.split(['-', '/']).collect::<Vec<_>>().as_slice() {
        [year, month, day] if year.len() == 4 => civil(year, month, day),
        [day, month, year] if year.len() == 4 => civil(year, month, day),
        _ => None,
    };
    parsed.ok_or_else(|| format!("date is geen datum zoals 2021-01-31 of 31-01-2021: {raw:?}"))
}

fn civil(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::new(year.parse().ok().filter(|year| *year >= EARLIEST)?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Whether it looks like text this can read: others give every cell a strange reason.
fn check_text(start: &[u8]) -> Result<(), String> {
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) || start.contains(&0) {
        return Err("het bestand is geen UTF-8-tekst; bewaar het als CSV UTF-8".to_owned());
    }
    if start.contains(&b'\r') && !start.contains(&b'\n') {
        return Err("de regels eindigen op een teken dat niet wordt herkend; bewaar het als CSV UTF-8".to_owned());
    }
    Ok(())
}
