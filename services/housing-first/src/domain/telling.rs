//! What is told: the answer to a command, and the report of a gemeente. It must not change anything, and tells outside
//! only numbers.

use model::figures::Figures;
use model::kind::Kind;
use model::region::Region;
use model::report::{self, OfGemeente};
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{AvailabilityReported, Happening, Slots, StageCount};

use super::{Command, Event, Stage, State};
use crate::{Answer, NAME};

/// A stand that nobody confirmed or changed for a week is stale.
const FRESHNESS_GOAL_MINUTES: u32 = 7 * 24 * 60;

/// The answer to a command, from the state after its events.
pub fn answer_to(state: &State, command: &Command, events: &[Event]) -> Answer {
    match command {
        Command::Register { .. }
        | Command::Advance { .. }
        | Command::Stop { .. }
        | Command::TakeBack { .. }
        | Command::Transfer { .. }
        | Command::ChangeProvider { .. }
        | Command::ChangeCorporatie { .. } => {
            let traject = events.iter().find_map(Event::traject).and_then(|id| state.traject(id));
            traject.map_or(Answer::Ticked, |traject| Answer::Traject(Box::new(traject.show())))
        }
        Command::SetAllocation { .. } | Command::MoveSlots { .. } | Command::Confirm { .. } => {
            Answer::Allocations(events.iter().map(|event| state.show(event.gemeente())).collect())
        }
        Command::Tick => Answer::Ticked,
    }
}

/// The report of a gemeente. Its position is set by the log.
pub fn report(region: &Region, state: &State, events: &[&Event]) -> Option<AvailabilityReported> {
    let gemeente = events.last()?.gemeente();
    let known = state.gemeente(gemeente)?;
    let whole = OfGemeente {
        service: NAME,
        name: "Housing First",
        kind: Kind::HousingFirst,
        gemeente,
        version: known.version,
        as_of: known.as_of,
        confirmed_at: Some(known.as_of),
        freshness_goal_minutes: FRESHNESS_GOAL_MINUTES,
    };
    let figures = Figures { funded: known.slots, occupied: known.used, ..Figures::default() };
    let mut message = report::of_gemeente(region, &whole, figures);
    let stages =
        known.stages.iter().map(|(stage, trajecten)| StageCount { stage: stage.told().into(), trajecten: *trajecten });
    message.detail =
        Some(Detail::Slots(Slots { stages: stages.collect(), region_cap: region.rules.housing_first_cap }));
    if !state.is_allocated(gemeente) {
        // How many slots there are is not known, which is not zero; how many trajecten there are is.
        (message.figures, message.confirmed_at) = (None, None);
    }
    message.happened = events.iter().map(|event| happened(state, event).into()).collect();
    Some(message)
}

/// The word for an event. A key is handed over once: who comes back from waakvlam moves on.
fn happened(state: &State, event: &Event) -> Happening {
    let traject = event.traject().and_then(|id| state.traject(id));
    let starts = traject.map_or(0, |it| it.steps.iter().filter(|step| step.stage == Stage::Gestart).count());
    match event.happening() {
        Happening::TrajectStarted if starts > 1 => Happening::TrajectMovedOn,
        happening => happening,
    }
}
