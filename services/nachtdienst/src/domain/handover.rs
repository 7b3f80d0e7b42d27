//! The handover of the night (overdracht): remarks for the next coordinator, who accepts it. It must not know what is in
//! a remark.

use imbl::Vector;
use jiff::{SignedDuration, Timestamp};
use model::moment::later;
use model::sealed::Sealed;

use super::{Deciding, Event, Refusal, Role, State};

/// Most remarks until somebody accepts the night.
const MOST_REMARKS: usize = 200;
/// How long after their shift a coordinator may still hand over, and how long before it one may accept.
const AROUND_A_SHIFT: SignedDuration = SignedDuration::from_hours(2);

/// How the handover stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Handover {
    /// Remarks since the night was last accepted.
    pub remarks: Vector<(Timestamp, Sealed)>,
    /// Who handed it over, and when, while it waits to be accepted.
    pub waits: Option<(Sealed, Timestamp)>,
    /// When it was last accepted.
    pub accepted_at: Option<Timestamp>,
    /// What was accepted then, to read again.
    pub accepted: Option<Accepted>,
}

/// A handover that was accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// Its remarks.
    pub remarks: Vector<(Timestamp, Sealed)>,
    /// Who handed it over.
    pub from: Option<Sealed>,
    /// Who accepted it.
    pub by: Sealed,
}

impl Handover {
    /// The next coordinator has the night; what was said stays to be read again until the next handover.
    pub(super) fn is_accepted(&mut self, by: &Sealed, at: Timestamp) {
        let before = std::mem::take(self);
        let from = before.waits.map(|(from, _)| from);
        self.accepted = Some(Accepted { remarks: before.remarks, from, by: by.clone() });
        self.accepted_at = Some(at);
    }

    /// Ids of the look-up table that are still needed.
    pub fn sealed(&self) -> impl Iterator<Item = uuid::Uuid> {
        let accepted = self.accepted.iter().flat_map(|it| it.remarks.iter());
        let texts = self.remarks.iter().chain(accepted).map(|(_, text)| text);
        let people = self.waits.iter().map(|(by, _)| by);
        let people = people.chain(self.accepted.iter().flat_map(|it| it.from.iter().chain([&it.by])));
        texts.chain(people).filter_map(Sealed::id)
    }
}

impl Deciding<'_> {
    pub(super) fn remark(&mut self, text: Sealed) -> Result<(), Refusal> {
        if self.state().handover.remarks.len() >= MOST_REMARKS {
            return Err(Refusal::TooManyRemarks { max: MOST_REMARKS });
        }
        self.happened(Event::RemarkWritten { text });
        Ok(())
    }

    /// By a coordinator whose shift runs, or has just ended.
    pub(super) fn hand_over(&mut self, staff: Sealed) -> Result<(), Refusal> {
        self.check_coordinator(&staff, SignedDuration::ZERO, AROUND_A_SHIFT)?;
        if self.state().handover.waits.is_some() {
            return Err(Refusal::WaitsAlready);
        }
        self.happened(Event::HandedOver { staff });
        Ok(())
    }

    /// By any coordinator of now: who handed over may be gone.
    pub(super) fn take_back(&mut self, staff: Sealed) -> Result<(), Refusal> {
        self.check_coordinator(&staff, AROUND_A_SHIFT, AROUND_A_SHIFT)?;
        if self.state().handover.waits.is_none() {
            return Err(Refusal::NothingWaits);
        }
        self.happened(Event::HandoverWithdrawn { staff });
        Ok(())
    }

    /// By a coordinator whose shift runs, or is about to begin.
    pub(super) fn accept(&mut self, staff: Sealed) -> Result<(), Refusal> {
        self.check_coordinator(&staff, AROUND_A_SHIFT, SignedDuration::ZERO)?;
        match &self.state().handover.waits {
            None => return Err(Refusal::NothingWaits),
            Some((by, _)) if *by == staff => return Err(Refusal::SameCoordinator),
            Some(_) => {}
        }
        self.happened(Event::HandoverAccepted { staff });
        Ok(())
    }

    /// A coordinator on a shift that runs, or begins or ended within so long.
    fn check_coordinator(&self, staff: &Sealed, early: SignedDuration, late: SignedDuration) -> Result<(), Refusal> {
        let near = |it: &State| {
            it.shifts_of(staff).any(|shift| {
                let begins = shift.period.from.saturating_sub(early).unwrap_or(Timestamp::MIN);
                let ends = later(shift.period.until, late);
                let is_coordinator = shift.has(staff).is_some_and(|it| it.role == Role::Coordinator);
                !shift.cancelled && is_coordinator && begins <= self.at() && self.at() < ends
            })
        };
        if near(self.state()) { Ok(()) } else { Err(Refusal::NoCoordinator) }
    }
}
