//! What is told: the answer to a command, the report of a location, and the report of demand that could not be met. It
//! must not change anything, and never tells outside who somebody is.

use model::criteria::Needs;
use model::id::Gemeente;
use model::kind::Kind;
use model::region::Region;
use model::report::{self, WHOLE_REGION};
use model::wire;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Demand, Happening};

use super::{Command, Event, Search, State, fit};
use crate::Answer;

/// What stands for a location where demand is reported: each gemeente has versions of its own.
const NOWHERE: &str = "vraag";

/// The answer to a command, from the state after its events.
pub fn answer_to(region: &Region, state: &State, command: &Command, events: &[Event]) -> Answer {
    match command {
        Command::Site(_) => receipt(state, events),
        Command::ClaimBest { needs, search, .. } => best(region, state, needs, search, events),
        Command::Claim { .. }
        | Command::Accept { .. }
        | Command::Refuse { .. }
        | Command::ExtendHold { .. }
        | Command::Cancel { .. }
        | Command::Arrive { .. }
        | Command::ExtendStay { .. }
        | Command::CheckOut { .. } => claim(state, events),
        Command::RecordUnmetDemand { .. } => Answer::Unmet { total: state.unmet() },
        Command::HearCover { .. } | Command::Tick => Answer::Ticked,
    }
}

fn best(region: &Region, state: &State, needs: &Needs, search: &Search, events: &[Event]) -> Answer {
    let Answer::Claim(claim) = claim(state, events) else { return nothing(region, state, needs, search, events) };
    let site = state.sites.get(&claim.offer.location).ok();
    let criteria = site.and_then(|site| site.place(&claim.offer.place).ok()).map(|place| &place.criteria);
    let from = search.start(region);
    let to = site.and_then(|site| site.profile.coordinates);
    Answer::Best {
        why: criteria.map(|criteria| criteria.why_it_fits(needs)).unwrap_or_default(),
        metres: from.zip(to).map(|(from, to)| from.metres_to(to)),
        claim,
    }
}

/// Nothing could be claimed; where a place that fits is behind a closed door, which, and why it is closed.
fn nothing(region: &Region, state: &State, needs: &Needs, search: &Search, events: &[Event]) -> Answer {
    let asked = events.iter().find_map(|event| match event {
        Event::DemandUnmet { gemeente, kind, .. } => state.unmet_in(gemeente.as_ref(), *kind),
        _ => None,
    });
    let closed = asked.and_then(|(_, at)| fit::nearest_closed(region, state, needs, search, at));
    closed.map_or(Answer::NothingFits, |(location, why)| Answer::NothingOpen { location, why: Box::new(why) })
}

fn receipt(state: &State, events: &[Event]) -> Answer {
    let location = events.last().and_then(Event::location);
    let site = location.and_then(|location| state.sites.get(location).ok());
    Answer::Receipt {
        location: location.map(ToString::to_string).unwrap_or_default(),
        version: site.map_or(0, |site| site.version),
    }
}

fn claim(state: &State, events: &[Event]) -> Answer {
    let claim = events.iter().find_map(Event::claim).and_then(|id| state.claim(id));
    claim.map_or(Answer::NothingFits, |claim| Answer::Claim(Box::new(state.show(claim))))
}

/// The report of a location, or of demand. Its position is set by the log.
pub fn report(region: &Region, state: &State, events: &[&Event]) -> Option<AvailabilityReported> {
    if let Event::DemandUnmet { gemeente, kind, .. } = events.last()? {
        return demand(region, state, (gemeente.as_ref(), *kind), events.len());
    }
    let site = state.sites.get(events.last()?.location()?).ok()?;
    let happened = events.iter().filter_map(|event| event.happening()).collect();
    let mut message = report::report(site, &region.id, happened);
    message.stays_ended = events.iter().filter_map(|event| event.stay_ended()).collect();
    Some(message)
}

/// So many times somebody in this gemeente looked for a place of this kind, or for a logeerplek, and found none. It is of
/// no location, belongs to history, and leaves the board alone.
fn demand(
    region: &Region,
    state: &State,
    (gemeente, kind): (Option<&Gemeente>, Option<Kind>),
    times: usize,
) -> Option<AvailabilityReported> {
    let (version, at) = state.unmet_in(gemeente, kind)?;
    let gemeente = gemeente.map_or(WHOLE_REGION, Gemeente::as_str);
    let location_id = match kind {
        Some(kind) => format!("{NOWHERE}-{}-{gemeente}", wire::kind_token(kind)),
        None => format!("{NOWHERE}-{gemeente}"),
    };
    let kind = wire::kind_out(kind.unwrap_or(Kind::Logeerplek)).into();
    Some(AvailabilityReported {
        region: region.id.as_str().to_owned(),
        gemeente: gemeente.to_owned(),
        location_id,
        kind,
        version,
        as_of: Some(wire::time_out(at)),
        happened: vec![Happening::DemandUnmet.into(); times],
        past: true,
        detail: Some(Detail::Demand(Demand { kind })),
        ..AvailabilityReported::default()
    })
}
