//! What is on the board, as a file for a spreadsheet: the same locations, now or at the same instant. A cell is never a
//! formula, whatever somebody called a location. It must not hold more than the page shows.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::{Shown, is_listed, slots};
use crate::Portaal;
use crate::answer::Problem;
use crate::view::{Line, gemeente_name};
use crate::visit::Visit;

/// The board as a file.
pub(crate) async fn csv(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let shown = Shown::read(&portaal, &visit, &query.unwrap_or_default()).await?;
    let (t, region, then) = (visit.t, &portaal.region, shown.at.unwrap_or(visit.now));
    let heads = [
        t.filter_gemeente,
        t.col_location,
        t.col_kind,
        t.col_free,
        t.col_held,
        t.col_occupied,
        t.col_unavailable,
        t.col_surge,
        t.col_over,
        t.col_stand,
        t.confirmed_at,
        t.fictief,
        t.col_phone,
        t.col_stages,
    ];
    let mut file = row(heads);
    for it in shown.rows.iter().filter(|row| is_listed(row) && shown.filter.shows(row)) {
        let line = Line::of(t, region, it, then);
        let gemeente = gemeente_name(t, region, &it.report.gemeente);
        let fictief = if line.fictief { t.yes } else { t.no };
        file.push_str(&row([
            gemeente,
            &line.name,
            line.kind,
            &line.free,
            &line.held,
            &line.occupied,
            &line.unavailable,
            &line.surge,
            &line.over,
            line.age,
            &line.confirmed,
            fictief,
            &line.phone,
            &slots::stages_of(it),
        ]));
    }
    Ok(as_file("attachment; filename=\"bord.csv\"", &file))
}

/// Rows as a file to keep.
pub(super) fn as_file(named: &'static str, rows: &str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, named)];
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
