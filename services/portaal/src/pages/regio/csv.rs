//! What is on the board, as a file for a spreadsheet: the same locations, now or at the same instant. A cell is never a
//! formula, whatever somebody called a location. It must not hold more than the page shows.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::{Shown, is_listed, slots};
use crate::Portaal;
use crate::answer::Problem;
use crate::sheet;
use crate::view::{Line, gemeente_name, moment, on_paper};
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
    let mut file = sheet::row(heads);
    for it in shown.rows.iter().filter(|row| is_listed(row) && shown.filter.shows(row)) {
        let line = Line::of(t, region, it, then);
        let gemeente = gemeente_name(t, region, &it.report.gemeente);
        let confirmed = moment(it.report.confirmed_at.as_ref());
        let confirmed = confirmed.map(|at| on_paper(at, &region.time_zone)).unwrap_or_default();
        let fictief = if line.fictief { t.yes } else { t.no };
        file.push_str(&sheet::row([
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
            &confirmed,
            fictief,
            &line.phone,
            &slots::stages_of(it),
        ]));
    }
    let then = then.to_zoned(region.time_zone.clone()).strftime("%Y-%m-%d-%H%M");
    Ok(sheet::file(&format!("attachment; filename=\"bord-{then}.csv\""), &file))
}
