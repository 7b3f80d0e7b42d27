//! The report of demand that could not be met: what kind was looked for and where, never for whom. It is of no location,
//! belongs to history, and leaves the board alone.

use eventlog::Report;
use model::id::Gemeente;
use model::kind::Kind;
use model::region::Region;
use model::report::WHOLE_REGION;
use model::wire;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Demand, Happening};

use crate::NAME;
use crate::domain::State;

/// What stands for a location in the subject, before the gemeente: each gemeente has versions of its own.
const NOWHERE: &str = "vraag";

/// So many times somebody in this gemeente looked for a place of this kind, or for a logeerplek, and found none.
pub(crate) fn report(
    region: &Region,
    state: &State,
    (gemeente, kind): (Option<&Gemeente>, Option<Kind>),
    times: usize,
    position: u64,
) -> Option<Report> {
    let (version, at) = state.unmet_in(gemeente, kind)?;
    let gemeente = gemeente.map_or(WHOLE_REGION, Gemeente::as_str);
    let location_id = match kind {
        Some(kind) => format!("{NOWHERE}-{}-{gemeente}", wire::kind_token(kind)),
        None => format!("{NOWHERE}-{gemeente}"),
    };
    let subject = format!("onderdak.v1.{}.{NAME}.{gemeente}.{location_id}", region.id);
    let kind = wire::kind_out(kind.unwrap_or(Kind::Logeerplek)).into();
    let message = AvailabilityReported {
        region: region.id.as_str().to_owned(),
        gemeente: gemeente.to_owned(),
        location_id,
        kind,
        position,
        version,
        as_of: Some(wire::time_out(at)),
        happened: vec![Happening::DemandUnmet.into(); times],
        past: true,
        detail: Some(Detail::Demand(Demand { kind })),
        ..AvailabilityReported::default()
    };
    let data = serde_json::to_string(&message).ok()?;
    Some(Report { subject, data })
}
