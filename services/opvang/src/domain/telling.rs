//! What is told: the answer to a command, and the report of a location. It must not change anything, and never tells
//! outside who somebody is.

use model::id::PlaceId;
use model::region::Region;
use model::report;
use proto::availability::v1::AvailabilityReported;

use super::{Command, Event, PlanStep, State, fit};
use crate::Answer;

/// The answer to a command, from the state after its events.
pub fn answer_to(region: &Region, state: &State, command: &Command, events: &[Event]) -> Answer {
    match command {
        Command::CheckIn { .. }
        | Command::Reserve { .. }
        | Command::Move { .. }
        | Command::ExtendStay { .. }
        | Command::SetResponsible { .. }
        | Command::AcceptOffer { .. } => stay(region, state, events),
        Command::JoinWaitingList { .. } => waiting(state, events),
        Command::OfferAgain { place, .. } => offered(state, place, events),
        Command::MoveWaiting { waiting, .. } => {
            let moved = state.waiting(waiting).map(|waiting| Answer::Waiting(Box::new(waiting.show(state))));
            moved.unwrap_or(Answer::Ticked)
        }
        Command::Plan { steps, .. } => plan(region, state, steps, events),
        Command::SwitchSurge { .. } => Answer::Surge {
            locations: events.iter().filter(|it| is_switch(it)).count(),
            given_back: events.iter().filter(|it| gives_back(it)).count(),
        },
        Command::Site(_)
        | Command::LeaveWaitingList { .. }
        | Command::DeclineOffer { .. }
        | Command::WithdrawOffer { .. }
        | Command::PassOver { .. }
        | Command::WithdrawPlan { .. }
        | Command::CheckOut { .. }
        | Command::CancelReservation { .. }
        | Command::BulkSet { .. }
        | Command::CountPeople { .. }
        | Command::SetCapacity { .. } => receipt(state, events),
        Command::RecordStand { .. } => Answer::Stand { changed: !events.is_empty() },
        Command::RecordRefusal { .. } | Command::HearCover { .. } | Command::ClientErased { .. } | Command::Tick => {
            Answer::Ticked
        }
    }
}

fn stay(region: &Region, state: &State, events: &[Event]) -> Answer {
    let Some(stay) = events.iter().find_map(Event::stay).and_then(|id| state.stay(id)) else {
        return Answer::Ticked;
    };
    let site = state.sites.get(&stay.location).ok();
    let place = site.and_then(|site| site.place(&stay.place).ok());
    let remarks = site.zip(place).map(|(site, place)| fit::remarks(region, site, place, &stay.guest.needs));
    Answer::Stay { stay: Box::new(stay.show()), remarks: remarks.unwrap_or_default() }
}

/// Somebody who joined, and the place that was free for them.
fn waiting(state: &State, events: &[Event]) -> Answer {
    let joined = events.iter().find_map(|event| match event {
        Event::WaitingJoined { waiting, .. } => state.waiting(waiting),
        _ => None,
    });
    joined.map_or(Answer::Ticked, |waiting| Answer::Waiting(Box::new(waiting.show(state))))
}

/// Whom a place is offered to now.
fn offered(state: &State, place: &PlaceId, events: &[Event]) -> Answer {
    let offered = events.iter().find_map(|event| match event {
        Event::Offered { waiting, place: of, .. } if of == place => state.waiting(waiting),
        _ => None,
    });
    offered.map_or_else(|| receipt(state, events), |waiting| Answer::Waiting(Box::new(waiting.show(state))))
}

/// A plan, and who would be in its way.
fn plan(region: &Region, state: &State, steps: &[PlanStep], events: &[Event]) -> Answer {
    let Some(Event::Planned { plan, location, due, .. }) = events.first() else { return Answer::Ticked };
    let in_the_way = state.sites.get(location).map(|site| state.in_the_way(site, steps, *due, site.as_of));
    let (places, people) = in_the_way.unwrap_or_default();
    let waiting = state.plan(plan).zip(state.sites.get(location).ok());
    let waiting = waiting.map_or(0, |(plan, site)| state.waiting_in_vain(region, plan, site.as_of));
    Answer::Plan { plan: plan.clone(), due: *due, places, people, waiting }
}

const fn is_switch(event: &Event) -> bool {
    matches!(event, Event::SurgeStarted { .. } | Event::SurgeEnded { .. })
}

/// Whether a place that was kept for somebody is kept no longer.
const fn gives_back(event: &Event) -> bool {
    matches!(event, Event::ReservationCancelled { .. } | Event::OfferWithdrawn { .. })
}

fn receipt(state: &State, events: &[Event]) -> Answer {
    // What follows from it may have happened elsewhere.
    let location = events.first().and_then(Event::location);
    let site = location.and_then(|location| state.sites.get(location).ok());
    Answer::Receipt {
        location: location.map(ToString::to_string).unwrap_or_default(),
        version: site.map_or(0, |site| site.version),
    }
}

/// The report of a location, or of its stand on one date. Its position is set by the log.
pub fn report(region: &Region, state: &State, events: &[&Event]) -> Option<AvailabilityReported> {
    let last = events.last()?;
    let site = state.sites.get(last.location()?).ok()?;
    let happened = events.iter().filter_map(|event| event.happening()).collect();
    let mut message = report::report(site, &region.id, happened);
    if !site.profile.kind.is_confidential() {
        message.stays_ended = events.iter().filter_map(|event| event.stay_ended()).collect();
    }
    if let Event::StandRecorded { location, as_of, .. } = last {
        state.stand(location, *as_of)?.tell(*as_of, site.profile.kind, &mut message);
    }
    Some(message)
}
