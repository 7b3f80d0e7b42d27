//! What is told: the answer to a command, and the report of a gemeente. It must not change anything, and never tells
//! outside who somebody is or what a call was about.

use jiff::Timestamp;
use model::figures::Figures;
use model::kind::Kind;
use model::moment::later;
use model::night::{MOST_PERIODS, Period, period_out};
use model::region::Region;
use model::report::{self, OfGemeente};
use model::wire;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{self as shared, AvailabilityReported, Happening};

use super::{AHEAD, Command, Event, Picture, State};
use crate::{Answer, NAME};

/// The answer to a command, from the state after its events.
pub fn answer_to(state: &State, command: &Command, events: &[Event]) -> Answer {
    let at = state.last_at;
    match command {
        Command::StaffErased { .. } | Command::Tick => Answer::Ticked,
        Command::WriteRemark { .. } => Answer::Remarks(u32::try_from(state.handover.remarks.len()).unwrap_or(u32::MAX)),
        Command::HandOver { .. } => {
            Answer::Handover(state.handover.waits.as_ref().map_or(at, |(_, handed_over)| *handed_over))
        }
        Command::ReportBetter { from, .. } => Answer::Better(from.unwrap_or(at)),
        Command::WithdrawHandover { .. } => Answer::Handover(at),
        Command::AcceptHandover { .. } => Answer::Handover(state.handover.accepted_at.unwrap_or(at)),
        Command::ReceiveMelding { .. }
        | Command::AssignMelding { .. }
        | Command::MoveMelding { .. }
        | Command::SetResult { .. }
        | Command::CloseMelding { .. } => {
            let melding = events.iter().find_map(Event::melding).and_then(|id| state.melding(id));
            melding.map_or(Answer::Ticked, |melding| Answer::Melding {
                covered: state.is_covered(&melding.gemeente, melding.received_at),
                melding: Box::new(melding.show()),
            })
        }
        Command::PlanShift { .. }
        | Command::ChangeShift { .. }
        | Command::CancelShift { .. }
        | Command::Assign { .. }
        | Command::Unassign { .. }
        | Command::Swap { .. }
        | Command::ReportSick { .. }
        | Command::SetTeamState { .. } => shifts(state, events),
    }
}

fn shifts(state: &State, events: &[Event]) -> Answer {
    let mut ids: Vec<_> = Vec::new();
    for id in events.iter().filter_map(Event::shift) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    let overridden = events.iter().flat_map(Event::overridden).cloned();
    let shifts = ids.into_iter().filter_map(|id| state.shift(id)).map(|shift| shift.show(state.last_at)).collect();
    Answer::Shifts { shifts, overridden: overridden.collect() }
}

/// The report of a gemeente. Its position is set by the log.
pub fn report(region: &Region, state: &State, events: &[&Event]) -> Option<AvailabilityReported> {
    let gemeente = events.last()?.gemeente()?;
    let (version, at, _) = state.told(gemeente)?;
    let until = later(at, AHEAD);
    let picture = state.picture(region, gemeente, at, at, until);
    let [available, under_way, busy, on_break] = picture.teams;
    let figures = Figures {
        funded: available + under_way + busy + on_break,
        occupied: under_way + busy,
        unavailable: on_break,
        ..Figures::default()
    };
    let whole = OfGemeente {
        service: NAME,
        name: "Nachtdienst",
        kind: Kind::Nachtdienst,
        gemeente,
        version,
        as_of: at,
        confirmed_at: Some(at),
        freshness_goal_minutes: region.rules.cover_goal_minutes,
    };
    let mut message = report::of_gemeente(region, &whole, figures);
    message.happened = events.iter().flat_map(|event| happened(event)).map(Into::into).collect();
    message.detail = Some(Detail::Cover(cover_out(&picture, until)));
    Some(message)
}

/// Cover as a report, and an answer, tells it.
pub fn cover_out(picture: &Picture, until: Timestamp) -> shared::Cover {
    // Of what is left out nothing is said.
    let last = |periods: &[Period]| periods.get(MOST_PERIODS).map_or(until, |left_out| left_out.from);
    let until = until.min(last(&picture.covered)).min(last(&picture.gaps));
    let periods = |periods: &[Period]| periods.iter().take(MOST_PERIODS).copied().map(period_out).collect();
    let [available, under_way, busy, on_break] = picture.teams;
    shared::Cover {
        covered: periods(&picture.covered),
        gaps: periods(&picture.gaps),
        known_until: Some(wire::time_out(until)),
        available,
        under_way,
        busy,
        on_break,
        open_meldingen: picture.open_meldingen,
    }
}

fn happened(event: &Event) -> Vec<Happening> {
    let Event::CoverTold { why, .. } = event else { return Vec::new() };
    why.iter().map(|why| why.happening()).collect()
}
