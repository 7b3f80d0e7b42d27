//! What may be asked of Housing First. It must not say what comes of it: that is [`decide`](super::decide).

use std::sync::Arc;

use jiff::civil::Date;
use model::id::{Gemeente, UserId};
use model::sealed::{Keep, Sealed};
use serde::Serialize;

use super::{Stage, StopReason};

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are what the variant names")]
pub enum Command {
    /// How many slots a gemeente may use.
    SetAllocation { gemeente: Gemeente, slots: u32 },
    /// Slots go from one gemeente to another; the sum stays.
    MoveSlots { from: Gemeente, to: Gemeente, slots: u32 },
    /// "Klopt nog".
    Confirm { gemeente: Gemeente },
    /// Somebody is registered.
    Register { client: Sealed, gemeente: Gemeente, provider: Arc<str>, on: Option<Date> },
    /// A traject goes to another stage.
    Advance { traject: UserId, to: Stage, on: Option<Date>, corporatie: Option<Arc<str>> },
    /// A traject stops.
    Stop { traject: UserId, reason: StopReason, text: Option<Sealed>, on: Option<Date> },
    /// The last stage of a traject was a mistake.
    TakeBack { traject: UserId },
    /// A traject goes to another gemeente: it uses a slot there, and none here any more.
    Transfer { traject: UserId, to: Gemeente },
    /// Another provider.
    ChangeProvider { traject: UserId, provider: Arc<str> },
    /// Another corporatie.
    ChangeCorporatie { traject: UserId, corporatie: Arc<str> },
    /// Time passed; nothing here waits for it.
    Tick,
}

impl Command {
    /// Gives every text of a person to the look-up table.
    pub fn seal(&mut self, keep: &mut Keep<'_>) {
        match self {
            Self::Register { client, .. } => client.seal(keep),
            Self::Stop { text, .. } => text.iter_mut().for_each(|text| text.seal(keep)),
            Self::SetAllocation { .. }
            | Self::MoveSlots { .. }
            | Self::Confirm { .. }
            | Self::Advance { .. }
            | Self::TakeBack { .. }
            | Self::Transfer { .. }
            | Self::ChangeProvider { .. }
            | Self::ChangeCorporatie { .. }
            | Self::Tick => {}
        }
    }
}
