//! Which locations, shift and gemeenten of a region play in the night: any region has some. It must not change anything.

use jiff::Timestamp;
use model::wire;
use proto::availability::v1::{AvailabilityReported, ClaimPolicy, Criteria, Kind, Needs, Offer};
use proto::housing_first::v1::ListAllocationsRequest;
use proto::nachtdienst::v1::{GetHandoverRequest, GetRosterRequest, Shift};
use proto::regio::v1::BoardLocation;
use service::clock;

use super::board;
use crate::client::{Connection, send};
use crate::{Exit, Failure};

/// Who plays.
#[derive(Debug)]
pub(super) struct Cast {
    /// Two locations somebody comes in at.
    pub(super) shelters: [Offered; 2],
    /// A location of which a place goes out of service.
    pub(super) broken: Offered,
    /// A day shelter.
    pub(super) day_shelter: Named,
    /// A logeerplek that confirms its stand.
    pub(super) confirms: Named,
    /// A logeerplek that answers every claim itself.
    pub(super) answers: Offered,
    /// A winteropvang that counts people.
    pub(super) winter: Named,
    /// A shift of the coming nights that falls ill.
    pub(super) shift: Shift,
    /// The gemeente with the most free slots of Housing First.
    pub(super) housing: String,
    /// The gemeente of the first shelter, where the melding comes from.
    pub(super) gemeente: String,
}

/// A location by its id, what people call it, and its gemeente.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) gemeente: String,
    /// Who is in before the night begins.
    pub(super) people: u32,
}

/// A free place of a location, and whom it suits.
#[derive(Debug, Clone)]
pub(super) struct Offered {
    pub(super) at: Named,
    pub(super) place: String,
    pub(super) needs: Needs,
}

impl Cast {
    /// Finds who plays in a region.
    pub(super) async fn of(connection: &Connection) -> Result<Self, Failure> {
        let night = connection.nachtdienst()?;
        let page = send(GetHandoverRequest {}, async |it| night.clone().get_handover(it).await).await?.into_inner();
        if page.handed_over_at.is_some() {
            let sentence =
                "De nacht is overgedragen en wacht op de volgende coördinator; de demo draagt zelf de nacht over.";
            return Err(Failure::new(Exit::Refused, sentence));
        }
        let board = board::reports(connection).await?;
        let shelters = [Kind::Nachtopvang, Kind::Crisisopvang]
            .map(|kind| offered(&board, |it| it.kind() == kind).ok_or_else(|| lacks(kind)));
        let [first, second] = shelters;
        let shelters = [first?, second?];
        let is_other = |it: &AvailabilityReported| {
            let is_kind = matches!(it.kind(), Kind::Nachtopvang | Kind::Gezinsopvang | Kind::BeschutWonen);
            is_kind && shelters.iter().all(|shelter| shelter.at.id != it.location_id)
        };
        let broken = offered(&board, is_other).ok_or_else(|| lacks(Kind::Gezinsopvang))?;
        let named = |kind: Kind| board.iter().find_map(|it| named(it, kind)).ok_or_else(|| lacks(kind));
        let is_asked = |it: &AvailabilityReported| {
            it.kind() == Kind::Logeerplek
                && it.claim_policy() == ClaimPolicy::Confirm
                && it.intake_windows.is_empty()
                && !it.needs_night_cover
        };
        let answers = offered(&board, is_asked)
            .ok_or_else(|| Failure::new(Exit::Refused, "In deze regio is geen logeerplek vrij die zelf antwoordt."))?;
        let gemeente = shelters[0].at.gemeente.clone();
        Ok(Self {
            broken,
            day_shelter: named(Kind::Dagopvang)?,
            confirms: named(Kind::Logeerplek)?,
            answers,
            winter: named(Kind::Winteropvang)?,
            shift: shift(connection, clock::now()).await?,
            housing: housing(connection).await?,
            shelters,
            gemeente,
        })
    }
}

fn lacks(kind: Kind) -> Failure {
    let sentence =
        format!("In deze regio is nu niets vrij van de soort {}; de demo speelt daar.", crate::output::kind(kind));
    Failure::new(Exit::Refused, sentence)
}

fn name(report: &AvailabilityReported) -> Named {
    Named {
        id: report.location_id.clone(),
        name: report.location_name.clone(),
        gemeente: report.gemeente.clone(),
        people: report.figures.map_or(0, |figures| figures.occupied),
    }
}

fn named(location: &BoardLocation, kind: Kind) -> Option<Named> {
    location.report.as_ref().filter(|report| report.kind() == kind && report.figures.is_some()).map(name)
}

/// The first free place of a location that is right.
fn offered(board: &[BoardLocation], is_right: impl Fn(&AvailabilityReported) -> bool) -> Option<Offered> {
    let reports = board.iter().filter(|it| it.free > 1).filter_map(|it| it.report.as_ref());
    reports.filter(|it| is_right(it)).find_map(|report| {
        let offer: &Offer = report.offers.first()?;
        let needs = offer.criteria.as_ref().map(suits).unwrap_or_default();
        Some(Offered { at: name(report), place: offer.place_ids.first()?.clone(), needs })
    })
}

/// Somebody whom a place suits.
fn suits(criteria: &Criteria) -> Needs {
    let oldest = if criteria.max_age == 0 { 150 } else { criteria.max_age };
    Needs {
        age: Some(34.clamp(criteria.min_age.min(oldest), oldest)),
        target_groups: criteria.target_groups.first().copied().into_iter().collect(),
        residence: criteria.residence.first().cloned().unwrap_or_default(),
        sex: criteria.sex,
        nights: 1,
        ..Needs::default()
    }
}

/// The next shift that did not begin and has the fewest people on it.
async fn shift(connection: &Connection, now: Timestamp) -> Result<Shift, Failure> {
    let client = connection.nachtdienst()?;
    let answer = send(GetRosterRequest::default(), async |it| client.clone().get_roster(it).await).await?;
    let now = proto::micros(&wire::time_out(now));
    let begin = |shift: &Shift| shift.period.and_then(|period| period.from).as_ref().map_or(0, proto::micros);
    let shifts = answer.into_inner().shifts.into_iter();
    let staffed = shifts.filter(|it| !it.cancelled && !it.assignments.is_empty() && begin(it) > now);
    let next = staffed.take(8).min_by_key(|it| (it.assignments.len(), begin(it)));
    next.ok_or_else(|| {
        Failure::new(Exit::Refused, "Op het rooster van de nachtdienst staat niemand; de demo heeft dat nodig.")
    })
}

async fn housing(connection: &Connection) -> Result<String, Failure> {
    let client = connection.housing_first()?;
    let answer = send(ListAllocationsRequest {}, async |it| client.clone().list_allocations(it).await).await?;
    let most = answer.into_inner().allocations.into_iter().filter(|it| it.free > 0).max_by_key(|it| it.free);
    let most =
        most.ok_or_else(|| Failure::new(Exit::Refused, "In deze regio is geen plek vrij voor Housing First, en de demo heeft er een nodig. `onderdak slots` zet ze."))?;
    Ok(most.gemeente)
}
