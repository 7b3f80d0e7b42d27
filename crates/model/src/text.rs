//! Texts people type. Short, printable, and never with a number that could be a BSN.
//! It must not guess at anything else in a text: names cannot be recognised by a program.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::Why;

/// A free text of at most 280 characters, such as the reason a place is out of service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FreeText(Arc<str>);

impl FreeText {
    /// Longest free text, in characters.
    pub const LONGEST: usize = 280;

    /// Takes a text that is not empty, not too long, printable and free of BSNs.
    pub fn parse(raw: &str) -> Result<Self, Why> {
        Ok(Self(check(raw, Self::LONGEST)?.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A name of something that is not a person: a location, a provider, a place. 1 to 80 characters.
pub fn name(raw: &str) -> Result<Arc<str>, Why> {
    Ok(check(raw, 80)?.into())
}

/// A telephone number as people write it, or nothing. A Dutch one has ten digits, or eight where it begins with 0800 or
/// 09; eight or nine others that pass the BSN test are no telephone number.
pub fn phone(raw: &str) -> Result<Arc<str>, Why> {
    let raw = raw.trim();
    if raw.len() > 20 {
        return Err("is te lang");
    }
    if !raw.chars().all(|c| c.is_ascii_digit() || matches!(c, ' ' | '+' | '-')) {
        return Err("mag alleen cijfers, spaties, + en - bevatten");
    }
    let digits: String = raw.chars().filter(char::is_ascii_digit).collect();
    let is_service_number = digits.len() == 8 && (digits.starts_with("0800") || digits.starts_with("09"));
    if !is_service_number && matches!(digits.len(), 8 | 9) && holds_bsn(&digits) {
        return Err("bevat een nummer dat een BSN kan zijn");
    }
    Ok(raw.into())
}

fn check(raw: &str, longest: usize) -> Result<&str, Why> {
    let raw = raw.trim();
    if raw.is_empty() {
        return Err("mag niet leeg zijn");
    }
    if raw.chars().count() > longest {
        return Err("is te lang");
    }
    if raw.chars().any(is_unprintable) {
        return Err("bevat onzichtbare tekens");
    }
    if holds_bsn(raw) {
        return Err("bevat een nummer dat een BSN kan zijn");
    }
    Ok(raw)
}

/// Control characters and the marks that turn the direction of a text around.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180e}' | '\u{e0000}'..='\u{e007f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Whether a text holds a number that passes the BSN test: 9 digits, or 8 with a leading zero left out,
/// also when a few spaces, dots, dashes and the like stand between the digits.
pub fn holds_bsn(text: &str) -> bool {
    let mut groups: Vec<Vec<u32>> = Vec::new();
    let mut since_digit = usize::MAX;
    // A variation selector is invisible and parts nothing.
    let mut letters = text.chars().filter(|c| !matches!(c, '\u{fe00}'..='\u{fe0f}')).peekable();
    while let Some(c) = letters.next() {
        // "1, 2, 3" is a list, and "1,2,3" may be one number.
        let is_list = matches!(c, ',' | ';') && letters.peek().is_some_and(|next| next.is_whitespace());
        match digit(c) {
            Some(digit) => {
                match groups.last_mut() {
                    Some(group) if since_digit == 0 => group.push(digit),
                    _ => groups.push(vec![digit]),
                }
                since_digit = 0;
            }
            // A few separators keep neighbours together; anything else parts them for good.
            None if !is_list && (c.is_whitespace() || is_separator(c)) => since_digit = since_digit.saturating_add(1),
            None => since_digit = usize::MAX,
        }
        if since_digit > MOST_SEPARATORS && groups.last().is_some_and(|group| !group.is_empty()) {
            groups.push(Vec::new());
        }
    }
    (0..groups.len()).any(|start| starts_a_bsn(&groups[start..]))
}

/// So many characters may stand between two digits of one number, such as " - ".
const MOST_SEPARATORS: usize = 3;

/// What people put between the digits of one number.
const fn is_separator(c: char) -> bool {
    matches!(
        c,
        '.' | ','
            | ';'
            | '\''
            | '"'
            | '-'
            | '/'
            | '|'
            | '\\'
            | '_'
            | '('
            | ')'
            | '*'
            | '+'
            | '='
            | '#'
            | '~'
            | '\u{b7}'
            | '\u{2010}'..='\u{2015}' | '\u{2022}' | '\u{2212}'
    )
}

/// A digit, also of a keyboard that has others, and in the shapes that look like one.
fn digit(c: char) -> Option<u32> {
    let zero = match c {
        '0'..='9' => '0',
        // Bold and the like, five alphabets after each other; round ones; high and low ones.
        '\u{1d7ce}'..='\u{1d7ff}' => return Some((u32::from(c) - 0x1d7ce) % 10),
        '\u{24ea}' | '\u{2070}' => return Some(0),
        '\u{2460}'..='\u{2468}' => return Some(u32::from(c) - 0x2460 + 1),
        '\u{b9}' => return Some(1),
        '\u{b2}' | '\u{b3}' => return Some(u32::from(c) - 0xb0),
        '\u{2074}'..='\u{2079}' => '\u{2070}',
        '\u{2080}'..='\u{2089}' => '\u{2080}',
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06f0}'..='\u{06f9}' => '\u{06f0}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    Some(u32::from(c) - u32::from(zero))
}

/// Whether the first groups of digits together make a BSN; an empty group ends them.
fn starts_a_bsn(groups: &[Vec<u32>]) -> bool {
    let mut digits = Vec::new();
    for group in groups.iter().take_while(|group| !group.is_empty()) {
        digits.extend_from_slice(group);
        if digits.len() > 9 {
            return false;
        }
        if passes_eleven_test(&digits) {
            return true;
        }
    }
    false
}

/// The eleven test: weights 9 8 7 6 5 4 3 2 −1, a sum above zero that eleven divides.
fn passes_eleven_test(digits: &[u32]) -> bool {
    let padded: Vec<i64> = match digits.len() {
        8 => std::iter::once(&0).chain(digits).map(|digit| i64::from(*digit)).collect(),
        9 => digits.iter().map(|digit| i64::from(*digit)).collect(),
        _ => return false,
    };
    let sum: i64 = padded.iter().zip([9, 8, 7, 6, 5, 4, 3, 2, -1]).map(|(digit, weight)| digit * weight).sum();
    sum > 0 && sum % 11 == 0
}
