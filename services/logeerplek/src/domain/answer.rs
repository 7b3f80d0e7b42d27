//! What a command answers, and the word for each event in a report. It must not change anything.

use proto::availability::v1::Happening;

use super::{Command, Event, State};
use crate::{Answer, Logeerplek};

impl Logeerplek {
    /// The answer to a command, from the state after its events.
    pub(crate) fn answer_to(&self, state: &State, command: &Command, events: &[Event]) -> Answer {
        match command {
            Command::Site(_) => receipt(state, events),
            Command::ClaimBest { needs, search, .. } => self.best(state, needs, search, events),
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

    fn best(&self, state: &State, needs: &model::criteria::Needs, search: &super::Search, events: &[Event]) -> Answer {
        let Answer::Claim(claim) = claim(state, events) else { return Answer::NothingFits };
        let site = state.sites.get(&claim.offer.location).ok();
        let criteria = site.and_then(|site| site.place(&claim.offer.place).ok()).map(|place| &place.criteria);
        let from = search.from.or_else(|| search.gemeente.as_ref().and_then(|code| self.region.centre(code)));
        let to = site.and_then(|site| site.profile.coordinates);
        Answer::Best {
            why: criteria.map(|criteria| criteria.why_it_fits(needs)).unwrap_or_default(),
            metres: from.zip(to).map(|(from, to)| from.metres_to(to)),
            claim,
        }
    }
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

impl Event {
    /// The claim it is about.
    pub const fn claim(&self) -> Option<&model::id::UserId> {
        match self {
            Self::Claimed { claim, .. }
            | Self::Reoffered { claim, .. }
            | Self::Accepted { claim, .. }
            | Self::Refused { claim, .. }
            | Self::Escalated { claim, .. }
            | Self::Lapsed { claim, .. }
            | Self::HoldExtended { claim, .. }
            | Self::Cancelled { claim, .. }
            | Self::NoShow { claim, .. }
            | Self::Arrived { claim, .. }
            | Self::StayExtended { claim, .. }
            | Self::CheckedOut { claim, .. } => Some(claim),
            Self::Site(_) | Self::DemandUnmet { .. } | Self::CoverHeard { .. } => None,
        }
    }

    /// The word for it in a report: what happened, never who.
    pub const fn happening(&self) -> Option<Happening> {
        match self {
            Self::Site(event) => Some(event.happening()),
            Self::Claimed { .. } | Self::Reoffered { .. } => Some(Happening::Held),
            Self::Accepted { .. } => Some(Happening::ClaimAccepted),
            Self::Refused { .. } => Some(Happening::ClaimRefused),
            Self::Escalated { .. } => Some(Happening::ClaimEscalated),
            Self::Lapsed { .. } => Some(Happening::ClaimLapsed),
            Self::HoldExtended { .. } => Some(Happening::HoldExtended),
            Self::Cancelled { .. } => Some(Happening::HoldCancelled),
            Self::NoShow { .. } => Some(Happening::NoShow),
            Self::Arrived { .. } => Some(Happening::Arrived),
            Self::StayExtended { .. } => Some(Happening::StayExtended),
            Self::CheckedOut { .. } => Some(Happening::Left),
            Self::DemandUnmet { .. } => Some(Happening::DemandUnmet),
            Self::CoverHeard { .. } => None,
        }
    }
}
