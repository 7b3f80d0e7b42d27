//! Tables for people: columns that are aligned, and how a table is made to fit. It must not know what stands in it.

/// A table with aligned columns. A column of numbers only is aligned to the right.
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let is_number = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .all(|cell| cell.chars().all(|c| c.is_ascii_digit() || c == '-' || c == '?'))
    };
    let columns: Vec<(usize, bool)> = widths(heads, rows).into_iter().zip((0..heads.len()).map(is_number)).collect();
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

/// A table of a width. Where it is too wide, a last column that is the widest goes below its row, as a sentence does;
/// then what says nothing anywhere is left out, then the columns named; what is still too wide loses the end of its
/// widest column.
pub(super) fn fit(heads: &[&str], rows: &[Vec<String>], least: &[&str], width: usize) -> String {
    let widths = widths(heads, rows);
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

fn cell(row: &[String], column: usize) -> &str {
    row.get(column).map_or("", String::as_str)
}

/// How wide each column is.
fn widths(heads: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let of = |(column, head): (usize, &&str)| {
        let cells = rows.iter().map(|row| cell(row, column).chars().count());
        cells.chain([head.chars().count()]).max().unwrap_or(0)
    };
    heads.iter().enumerate().map(of).collect()
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
