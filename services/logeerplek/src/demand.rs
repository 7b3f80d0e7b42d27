//! The report of demand that could not be met: what kind was looked for and where, never for whom. It is of no location,
//! belongs to history, and leaves the board alone.

use eventlog::Report;
use model::id::Gemeente;
use model::region::Region;
use model::report::WHOLE_REGION;
use model::wire;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Demand, Happening, Kind};

use crate::NAME;
use crate::domain::State;

/// What stands for a location in the subject, before the gemeente: each gemeente has versions of its own.
const NOWHERE: &str = "vraag";

/// So many times somebody looked for a logeerplek and found none, the last time in this gemeente.
pub(crate) fn report(
    region: &Region,
    state: &State,
    gemeente: Option<&Gemeente>,
    times: usize,
    position: u64,
) -> Option<Report> {
    let (version, at) = state.unmet_in(gemeente)?;
    let gemeente = gemeente.map_or(WHOLE_REGION, Gemeente::as_str);
    let message = AvailabilityReported {
        region: region.id.as_str().to_owned(),
        gemeente: gemeente.to_owned(),
        location_id: format!("{NOWHERE}-{gemeente}"),
        kind: Kind::Logeerplek.into(),
        position,
        version,
        as_of: Some(wire::time_out(at)),
        happened: vec![Happening::DemandUnmet.into(); times],
        past: true,
        detail: Some(Detail::Demand(Demand { kind: Kind::Logeerplek.into() })),
        ..AvailabilityReported::default()
    };
    let data = serde_json::to_string(&message).ok()?;
    Some(Report { subject: format!("onderdak.v1.{}.{NAME}.{gemeente}.{NOWHERE}-{gemeente}", region.id), data })
}
