//! The text of inserts of many rows. One statement for 64 rows costs a fraction of 64 statements, on both
//! databases; a few sizes are enough, so that every text stays prepared.

use std::fmt::Write as _;
use std::sync::OnceLock;

/// Numbers of rows for which a text exists, largest first.
const SIZES: [usize; 4] = [64, 16, 4, 1];

/// The insert texts of one table. Built once from constants: nothing a caller says ever becomes SQL.
pub struct InsertText {
    into: &'static str,
    columns: usize,
    otherwise: &'static str,
    texts: OnceLock<[&'static str; SIZES.len()]>,
}

impl InsertText {
    /// Names the table and its columns, and says how many they are.
    pub const fn new(into: &'static str, columns: usize) -> Self {
        Self { into, columns, otherwise: "", texts: OnceLock::new() }
    }

    /// What follows the values, such as `on conflict do nothing`.
    #[must_use]
    pub const fn or(mut self, otherwise: &'static str) -> Self {
        self.otherwise = otherwise;
        self
    }

    /// Cuts rows into chunks for which a text exists.
    pub fn chunks<'a, T>(&'static self, rows: &'a [T]) -> impl Iterator<Item = (&'a [T], &'static str)> {
        let texts = self.texts.get_or_init(|| SIZES.map(|size| self.text(size)));
        let mut left = rows;
        std::iter::from_fn(move || {
            let (size, text) = SIZES.into_iter().zip(texts).find(|(size, _)| *size <= left.len())?;
            let (chunk, rest) = left.split_at(size);
            left = rest;
            Some((chunk, *text))
        })
    }

    fn text(&self, rows: usize) -> &'static str {
        let mut text = format!("insert into {} values ", self.into);
        for row in 0..rows {
            let first = row * self.columns + 1;
            text.push_str(if row == 0 { "(" } else { ", (" });
            for placeholder in first..first + self.columns {
                let comma = if placeholder == first { "" } else { ", " };
                // Writing to a String cannot fail.
                let _ = write!(text, "{comma}${placeholder}");
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.otherwise);
        // sqlx takes only texts that live as long as the program; there are four per table.
        text.leak()
    }
}
