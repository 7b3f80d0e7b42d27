//! What the board of the region shows, once it heard everything that was done. It must not compute what the board says.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use model::kind::Owner;
use model::wire;
use proto::availability::v1::AvailabilityReported;
use proto::availability::v1::availability_reported::Detail;
use proto::feed::v1::HeadRequest;
use proto::feed::v1::feed_service_client::FeedServiceClient;
use proto::regio::v1::*;
use serde::Serialize;
use service::clock;

use crate::client::{Connection, send};
use crate::{Exit, Failure};

/// The board heard everything within this, or something is wrong.
const HEARD_WITHIN: Duration = Duration::from_secs(60);
/// How often it is asked.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// Figures of the whole region, after one thing that happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Free places of opvang and logeerplekken.
    pub free: u32,
    /// Places kept for somebody.
    pub held: u32,
    /// Places occupied, and people counted.
    pub occupied: u32,
    /// Places that cannot be used.
    pub unavailable: u32,
    /// Extra places.
    pub surge: u32,
    /// Slots of Housing First in use.
    pub slots: u32,
    /// Meldingen that are not closed.
    pub meldingen: u32,
    /// Gemeenten of the region that nobody is there for in the night the demo looks at.
    pub gaps: u32,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { free, held, occupied, unavailable, surge, slots, meldingen, gaps } = self;
        write!(f, "vrij {free}, gereserveerd {held}, bezet {occupied}, buiten gebruik {unavailable}, extra {surge}; ")?;
        write!(f, "Housing First {slots}; open meldingen {meldingen}; ")?;
        match gaps {
            0 => write!(f, "elke gemeente gedekt"),
            1 => write!(f, "1 gemeente niet gedekt"),
            _ => write!(f, "{gaps} gemeenten niet gedekt"),
        }
    }
}

/// Who came and went in the night, as the region counts it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct CameAndWent {
    /// Who came in.
    pub instroom: u32,
    /// Who left to live elsewhere.
    pub uitstroom: u32,
    /// Claims that were refused.
    pub refused: u32,
    /// Nobody came.
    pub no_shows: u32,
    /// Meldingen that were closed.
    pub meldingen: u32,
    /// Housing First trajecten that started.
    pub started: u32,
}

impl CameAndWent {
    /// What came since an earlier count of the same day.
    pub(super) const fn without(self, before: Self) -> Self {
        Self {
            instroom: self.instroom.saturating_sub(before.instroom),
            uitstroom: self.uitstroom.saturating_sub(before.uitstroom),
            refused: self.refused.saturating_sub(before.refused),
            no_shows: self.no_shows.saturating_sub(before.no_shows),
            meldingen: self.meldingen.saturating_sub(before.meldingen),
            started: self.started.saturating_sub(before.started),
        }
    }
}

impl fmt::Display for CameAndWent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { instroom, uitstroom, refused, no_shows, meldingen, started } = self;
        write!(f, "In deze nacht: instroom {instroom}, uitstroom {uitstroom}, geweigerd {refused}, ")?;
        write!(f, "niet gekomen {no_shows}, meldingen gesloten {meldingen}, trajecten gestart {started}.")
    }
}

/// Waits until the board heard everything the services told so far.
pub(super) async fn heard_everything(connection: &Connection) -> Result<(), Failure> {
    let mut heads = Vec::new();
    for address in connection.owners() {
        let client = FeedServiceClient::new(connection.channel(address)?);
        heads.push(send(HeadRequest {}, async |it| client.clone().head(it).await).await?.into_inner());
    }
    let regio = connection.regio()?;
    let started = clock::stopwatch();
    while started.elapsed() < HEARD_WITHIN {
        let status = send(GetStatusRequest {}, async |it| regio.clone().get_status(it).await).await?.into_inner();
        let heard = |service: &str| {
            let of = status.services.iter().find(|it| it.service == service);
            of.map_or(0, |it| it.complete_to)
        };
        if heads.iter().all(|head| head.position <= heard(&head.service)) {
            return Ok(());
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    Err(Failure::new(Exit::Unreachable, "Het bord van de regio loopt achter; draaien alle diensten en de bus?"))
}

/// The reports on the board.
pub(super) async fn reports(connection: &Connection) -> Result<Vec<BoardLocation>, Failure> {
    let regio = connection.regio()?;
    let request = ListLocationsRequest { filter: None, include_retired: false };
    Ok(send(request, async |it| regio.clone().list_locations(it).await).await?.into_inner().locations)
}

/// The figures on the board once it heard everything; gaps are counted between two moments.
pub(super) async fn figures(connection: &Connection, night: (Timestamp, Timestamp)) -> Result<Figures, Failure> {
    heard_everything(connection).await?;
    let mut sum = Figures::default();
    for location in reports(connection).await? {
        let report = location.report.unwrap_or_default();
        let figures = report.figures.unwrap_or_default();
        match wire::kind_in(report.kind()).map(|kind| kind.rules().owner) {
            Some(Owner::Nachtdienst) => {
                let Some(Detail::Cover(cover)) = &report.detail else { continue };
                sum.meldingen += cover.open_meldingen;
                sum.gaps += u32::from(has_gap(&report, night));
            }
            Some(Owner::HousingFirst) => sum.slots += figures.occupied,
            Some(owner) if owner.has_places() => {
                sum.free += location.free;
                sum.held += figures.held;
                sum.occupied += figures.occupied;
                sum.unavailable += figures.unavailable;
                sum.surge += figures.surge;
            }
            Some(_) | None => {}
        }
    }
    Ok(sum)
}

fn has_gap(report: &AvailabilityReported, (from, until): (Timestamp, Timestamp)) -> bool {
    let Some(Detail::Cover(cover)) = &report.detail else { return false };
    let (from, until) = (proto::micros(&wire::time_out(from)), proto::micros(&wire::time_out(until)));
    cover.gaps.iter().any(|gap| {
        let at = |at: &Option<pbjson_types::Timestamp>| at.as_ref().map_or(0, proto::micros);
        at(&gap.from) < until && from < at(&gap.until)
    })
}

/// Who came and went since the begin of the day of a moment.
pub(super) async fn came_and_went(connection: &Connection, since: Timestamp) -> Result<CameAndWent, Failure> {
    let regio = connection.regio()?;
    let request = GetFlowRequest {
        from: Some(wire::time_out(since)),
        until: Some(wire::time_out(clock::now())),
        bucket: Bucket::Day.into(),
        filter: None,
    };
    let rows = send(request, async |it| regio.clone().get_flow(it).await).await?.into_inner().rows;
    let sum = |of: fn(&FlowRow) -> u32| rows.iter().map(of).sum();
    Ok(CameAndWent {
        instroom: sum(|row| row.instroom),
        uitstroom: sum(|row| row.uitstroom),
        refused: sum(|row| row.refused),
        no_shows: sum(|row| row.no_shows),
        meldingen: sum(|row| row.meldingen_closed),
        started: sum(|row| row.trajecten_started),
    })
}
