//! The same as a file, as far back as somebody asks: every entry with what is told of its event. It must not hold
//! what the page may not show.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{Line, Read, read, shifts};
use crate::Portaal;
use crate::answer::Problem;
use crate::form::Fields;
use crate::rights::Part;
use crate::sheet;
use crate::view::moment;
use crate::visit::Visit;

/// Most entries in a file; who needs more asks for a part of the time.
const MOST: usize = 10_000;
/// Entries read at a time.
const CHUNK: usize = 1_000;

/// Everything that is asked for.
pub(crate) async fn csv(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Logboek)?;
    let (t, region) = (visit.t, &portaal.region);
    let heads = [
        t.beheer.log_at,
        t.beheer.field_service,
        t.beheer.log_who,
        t.beheer.field_role,
        t.beheer.log_what,
        t.beheer.log_where,
        t.beheer.log_type,
        t.beheer.log_event,
    ];
    let mut file = sheet::row(heads);
    let mut count = 0;
    loop {
        let Read { entries, away, next } = read(&portaal, who, &fields, t, CHUNK).await?;
        // Half a file looks like a whole one.
        if let Some(sentence) = away.into_iter().next() {
            return Err(Problem::Form { sentence });
        }
        let shifts = shifts(&portaal, who, &entries).await;
        for (service, entry) in &entries {
            let line = Line::of(t, region, &shifts, service, entry);
            let at = moment(entry.at.as_ref()).map(|at| at.to_zoned(region.time_zone.clone()));
            let at = at.map(|at| at.strftime("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default();
            let cells = [&at, *service, &line.who, line.role, &line.what, &line.stream, &entry.r#type, &entry.data];
            file.push_str(&sheet::row(cells));
        }
        count += entries.len();
        if next.is_empty() || count >= MOST {
            break;
        }
        fields = fields.with(next);
    }
    Ok(sheet::file("attachment; filename=\"logboek.csv\"", &file))
}
