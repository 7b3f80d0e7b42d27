//! Which part of the portaal is for whom. It must not know a page.

use model::actor::Role;

/// A part of the portaal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Area {
    /// The places of a location.
    Locatie,
    /// Finding and claiming a place.
    Zoek,
    /// Meldingen, teams and the handover.
    Nacht,
    /// The board of the region.
    Regio,
}

impl Area {
    /// Every part, in the order in which they are shown.
    pub(crate) const ALL: [Self; 4] = [Self::Locatie, Self::Zoek, Self::Nacht, Self::Regio];

    /// Where it is.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Locatie => "/locatie",
            Self::Zoek => "/zoek",
            Self::Nacht => "/nacht",
            Self::Regio => "/regio",
        }
    }

    /// Whether it is for this role.
    pub(crate) const fn is_for(self, role: Role) -> bool {
        match (self, role) {
            (_, Role::Coordinator | Role::Beheerder) => true,
            (Self::Locatie, Role::Medewerker) | (Self::Zoek | Self::Nacht, Role::Dispatcher) => true,
            (Self::Regio, Role::Medewerker | Role::Dispatcher | Role::Beleid) => true,
            (_, Role::Publiek | Role::Systeem) => false,
            (Self::Locatie, Role::Dispatcher | Role::Beleid) => false,
            (Self::Zoek | Self::Nacht, Role::Medewerker | Role::Beleid) => false,
        }
    }

    /// Where somebody begins.
    pub(crate) fn first(role: Role) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.is_for(role))
    }
}
