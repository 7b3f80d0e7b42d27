//! The parts of the portaal. Who each is for stands in the one table of rights. It must not know a page.

use identity::rights;
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
    /// Setting up.
    Beheer,
}

impl Area {
    /// Every part, in the order in which they are shown.
    pub(crate) const ALL: [Self; 5] = [Self::Locatie, Self::Zoek, Self::Nacht, Self::Regio, Self::Beheer];

    /// Where it is.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Locatie => "/locatie",
            Self::Zoek => "/zoek",
            Self::Nacht => "/nacht",
            Self::Regio => "/regio",
            Self::Beheer => "/beheer",
        }
    }

    /// Whether it is for this role.
    pub(crate) fn is_for(self, role: Role) -> bool {
        rights::scope(rights::of_page(self.path()), role).is_some()
    }

    /// The part that a path belongs to.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let is_under = |area: &Self| {
            path.strip_prefix(area.path()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        };
        Self::ALL.into_iter().find(is_under)
    }

    /// Where somebody begins.
    pub(crate) fn first(role: Role) -> Option<Self> {
        Self::ALL.into_iter().find(|area| area.is_for(role))
    }
}

/// A part of setting up, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Locations and their places.
    Locaties,
    /// Winteropvang, and the slots of Housing First.
    Capaciteit,
    /// The week of the avond- en nachtdienst.
    Rooster,
    /// Who did what.
    Logboek,
}

impl Part {
    /// Every part.
    pub(crate) const ALL: [Self; 4] = [Self::Locaties, Self::Capaciteit, Self::Rooster, Self::Logboek];

    /// Where it is.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Locaties => "/beheer/locaties",
            Self::Capaciteit => "/beheer/capaciteit",
            Self::Rooster => "/beheer/rooster",
            Self::Logboek => "/beheer/logboek",
        }
    }

    /// Whether it is for this role.
    pub(crate) fn is_for(self, role: Role) -> bool {
        rights::scope(rights::of_page(self.path()), role).is_some()
    }

    /// Whether this role makes and changes locations, and does not only see them.
    pub(crate) fn sets_up(role: Role) -> bool {
        let rights = rights::of_method("/onderdak.opvang.v1.OpvangService/RegisterLocation");
        rights.is_some_and(|rights| rights::scope(rights, role).is_some())
    }
}
