//! Slots: how many a gemeente may use and uses, and who may give them to whom. It must not know who has a traject.

use imbl::OrdMap;
use jiff::Timestamp;
use model::id::Gemeente;
use serde::{Deserialize, Serialize};

use super::{Deciding, Event, Refusal, Stage};

/// Most slots anybody may have.
pub const MOST_SLOTS: u32 = 10_000;

/// What is known of one gemeente.
#[derive(Debug, Clone, PartialEq)]
pub struct Allocation {
    /// Slots it may use.
    pub slots: u32,
    /// Slots it uses.
    pub used: u32,
    /// Trajecten by stage.
    pub stages: OrdMap<Stage, u32>,
    /// Number of events that touched it.
    pub version: u64,
    /// The moment it is true for.
    pub as_of: Timestamp,
    /// Every number of slots it ever had, and since when.
    pub history: Vec<(Timestamp, u32)>,
}

/// The slots of a gemeente as an answer shows them; stored, so that a retry gets the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationView {
    /// The gemeente.
    pub gemeente: Gemeente,
    /// Slots it may use.
    pub slots: u32,
    /// Slots it uses.
    pub used: u32,
}

impl Deciding<'_> {
    pub(super) fn set_allocation(&mut self, gemeente: Gemeente, slots: u32) -> Result<(), Refusal> {
        self.known(&gemeente)?;
        let used = self.state().used(&gemeente);
        if slots < used {
            return Err(Refusal::SlotsInUse { gemeente: self.name(&gemeente), used });
        }
        let others = self.state().allocated().saturating_sub(self.state().slots(&gemeente));
        let cap = self.region.rules.housing_first_cap;
        if others.saturating_add(slots) > cap {
            return Err(Refusal::RegionFull { cap });
        }
        self.happened(Event::AllocationSet { gemeente, slots });
        Ok(())
    }

    pub(super) fn move_slots(&mut self, from: Gemeente, to: Gemeente, slots: u32) -> Result<(), Refusal> {
        self.known(&from)?;
        self.known(&to)?;
        if from == to {
            return Err(Refusal::SameGemeente);
        }
        let (has, used) = (self.state().slots(&from), self.state().used(&from));
        if has < slots {
            return Err(Refusal::TooFewSlots { gemeente: self.name(&from), slots: has });
        }
        if has - slots < used {
            return Err(Refusal::SlotsInUse { gemeente: self.name(&from), used });
        }
        self.happened(Event::SlotsGiven { gemeente: from.clone(), slots, to: to.clone() });
        self.happened(Event::SlotsReceived { gemeente: to, slots, from });
        Ok(())
    }

    /// Both the gemeente and the region must have a slot free.
    pub(super) fn check_slot(&self, gemeente: &Gemeente) -> Result<(), Refusal> {
        let cap = self.region.rules.housing_first_cap;
        if self.state().used_in_all() >= cap {
            return Err(Refusal::RegionFull { cap });
        }
        self.check_free(gemeente)
    }

    pub(super) fn check_free(&self, gemeente: &Gemeente) -> Result<(), Refusal> {
        let slots = self.state().slots(gemeente);
        if self.state().used(gemeente) < slots {
            Ok(())
        } else {
            Err(Refusal::GemeenteFull { gemeente: self.name(gemeente), slots })
        }
    }
}
