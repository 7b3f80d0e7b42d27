//! What a command answers, and the word for each event in a report. It must not change anything.

use model::id::UserId;
use proto::availability::v1::Happening;

use super::{Command, Event, State, fit};
use crate::{Answer, Opvang};

impl Opvang {
    /// The answer to a command, from the state after its events.
    pub(crate) fn answer_to(&self, state: &State, command: &Command, events: &[Event]) -> Answer {
        match command {
            Command::CheckIn { .. } | Command::Reserve { .. } | Command::Move { .. } => self.stay(state, events),
            Command::Site(_)
            | Command::CheckOut { .. }
            | Command::CancelReservation { .. }
            | Command::BulkSet { .. }
            | Command::CountPeople { .. }
            | Command::SetCapacity { .. } => receipt(state, events),
            Command::RecordStand { .. } => Answer::Stand { changed: !events.is_empty() },
            Command::Tick => Answer::Ticked,
        }
    }

    fn stay(&self, state: &State, events: &[Event]) -> Answer {
        let Some(stay) = events.iter().find_map(Event::stay).and_then(|id| state.stay(id)) else {
            return receipt(state, events);
        };
        let site = state.sites.get(&stay.location).ok();
        let place = site.and_then(|site| site.place(&stay.place).ok());
        let remarks = site.zip(place).map(|(site, place)| fit::remarks(&self.region, site, place, &stay.guest.needs));
        Answer::Stay { stay: Box::new(stay.show()), remarks: remarks.unwrap_or_default() }
    }
}

fn receipt(state: &State, events: &[Event]) -> Answer {
    let location = events.last().map(Event::location);
    let site = location.and_then(|location| state.sites.get(location).ok());
    Answer::Receipt {
        location: location.map(ToString::to_string).unwrap_or_default(),
        version: site.map_or(0, |site| site.version),
    }
}

impl Event {
    /// The stay it is about.
    pub const fn stay(&self) -> Option<&UserId> {
        match self {
            Self::Reserved { stay, .. }
            | Self::CheckedIn { stay, .. }
            | Self::CheckedOut { stay, .. }
            | Self::ReservationCancelled { stay, .. }
            | Self::NoShow { stay, .. }
            | Self::Moved { stay, .. } => Some(stay),
            Self::Site(_) | Self::PeopleCounted { .. } | Self::CapacitySet { .. } | Self::StandRecorded { .. } => None,
        }
    }

    /// The word for it in a report: what happened, never who.
    pub const fn happening(&self) -> Happening {
        match self {
            Self::Site(event) => event.happening(),
            Self::Reserved { .. } => Happening::Held,
            Self::CheckedIn { .. } => Happening::Arrived,
            Self::CheckedOut { .. } => Happening::Left,
            Self::ReservationCancelled { .. } => Happening::HoldCancelled,
            Self::NoShow { .. } => Happening::NoShow,
            Self::Moved { .. } => Happening::Moved,
            Self::PeopleCounted { .. } => Happening::Counted,
            Self::CapacitySet { .. } => Happening::CapacityChanged,
            Self::StandRecorded { .. } => Happening::StandRecorded,
        }
    }
}
