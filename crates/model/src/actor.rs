//! Who acts: a role and an opaque id. It says nothing about how that was established.

use std::fmt;
use std::str::FromStr;

use crate::id::{UserId, without_bsn};

/// The roles of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Shelter staff.
    Medewerker,
    /// Night-service dispatcher.
    Dispatcher,
    /// Coordinator on duty.
    Coordinator,
    /// Functional manager.
    Beheerder,
    /// Regional dashboards: reads.
    Beleid,
    /// The public: reads what is suppressed where numbers are small.
    Publiek,
    /// A service of the suite itself, such as its clock.
    Systeem,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Medewerker,
        Self::Dispatcher,
        Self::Coordinator,
        Self::Beheerder,
        Self::Beleid,
        Self::Publiek,
        Self::Systeem,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Medewerker => "medewerker",
            Self::Dispatcher => "dispatcher",
            Self::Coordinator => "coordinator",
            Self::Beheerder => "beheerder",
            Self::Beleid => "beleid",
            Self::Publiek => "publiek",
            Self::Systeem => "systeem",
        }
    }

    /// What people call it, in Dutch.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Coordinator => "coördinator",
            other => other.name(),
        }
    }
}

/// Names them all, but for the suite itself.
const UNKNOWN_ROLE: &str =
    "kent die rol niet; kies uit medewerker, dispatcher, coordinator, beheerder, beleid of publiek";

/// Who acts. The text form is `role:id`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    /// In what role.
    pub role: Role,
    /// Opaque id of the person or program.
    pub id: UserId,
}

impl FromStr for Actor {
    type Err = &'static str;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        let (role, id) = raw.split_once(':').ok_or("moet rol:id zijn, zoals dispatcher:d-17")?;
        let role = Role::ALL.into_iter().find(|known| known.name() == role).ok_or(UNKNOWN_ROLE)?;
        // Who acts is written down with what was done: by a code, never by a number of a person.
        without_bsn(id)?;
        Ok(Self { role, id: UserId::parse(id)? })
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role.name(), self.id)
    }
}
