//! Files for a spreadsheet. A cell is never a formula, whatever somebody called something. It must not know what is in it.

use axum::http::header;
use axum::response::{IntoResponse as _, Response};

/// Rows as a file to keep; `named` is how, as a header says it.
pub(crate) fn file(named: &str, rows: &str) -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, named.to_owned())];
    // A spreadsheet takes it for another alphabet without the mark.
    (headers, format!("\u{feff}{rows}")).into_response()
}

/// A line of a file.
pub(crate) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let cells: Vec<String> = cells.into_iter().map(cell).collect();
    format!("{}\r\n", cells.join(";"))
}

/// A cell as text: one that begins like a formula gets a mark before it.
fn cell(raw: &str) -> String {
    let is_formula = raw.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let mark = if is_formula { "'" } else { "" };
    if raw.contains(['"', ';', '\n', '\r']) || is_formula {
        format!("\"{mark}{}\"", raw.replace('"', "\"\""))
    } else {
        raw.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_every_one_stays_one_cell() {
        assert_eq!(row(["Almere", "3", "?"]), "Almere;3;?\r\n");
        assert_eq!(cell("=cmd|' /C calc'!A0"), "\"'=cmd|' /C calc'!A0\"");
        assert_eq!(cell("+31 36 1"), "\"'+31 36 1\"");
        assert_eq!(cell("huis; \"de\" kamer"), "\"huis; \"\"de\"\" kamer\"");
    }
}
