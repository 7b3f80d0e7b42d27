//! Why a command is refused: a stable machine reason and a sentence a person understands. Never who somebody is. It must
//! not decide: only say.

use model::id::{Gemeente, UserId};
use model::refusal::Class;
use serde::{Deserialize, Serialize};

use super::{Breach, MeldingStatus};

/// Why a command is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each variant's sentence says what it is")]
pub enum Refusal {
    #[error("De gemeente {gemeente} hoort niet bij deze regio.")]
    UnknownGemeente { gemeente: Gemeente },
    #[error("Deze dienst is niet bekend.")]
    UnknownShift { shift: UserId },
    #[error("Deze melding is niet bekend.")]
    UnknownMelding { melding: UserId },
    #[error("In de nacht dat de klok verandert, duurt deze dienst geen minuut.")]
    NoTime,
    #[error("Deze dienst is al voorbij.")]
    ShiftEnded,
    #[error("Deze dienst gaat niet door.")]
    ShiftCancelled,
    #[error("Een dienst kan tot 400 dagen vooruit worden gepland.")]
    TooFarAhead,
    #[error("Deze dienst is nu niet bezig.")]
    NotOnDuty,
    #[error("Op deze dienst staat niemand.")]
    NobodyOnShift,
    #[error("Deze medewerker staat al op deze dienst.")]
    AlreadyAssigned,
    #[error("Deze medewerker staat niet op deze dienst.")]
    NotAssigned,
    #[error("Op een dienst kunnen hoogstens {max} mensen staan.")]
    TooManyStaff { max: usize },
    #[error("Deze medewerker werkt dan al op een andere dienst.")]
    WorksThen,
    #[error(
        "Deze medewerker is dan ziek gemeld. Is de medewerker beter, of klopt het niet? Meld de medewerker dan beter."
    )]
    SickThen,
    #[error("Deze medewerker is dan niet ziek gemeld.")]
    NotSick,
    #[error("Beter melden kan vanaf nu of later, en het einde ligt na het begin.")]
    BetterPeriod,
    #[error("Dit team heeft een melding. Geef die eerst aan een ander team, of zet erbij wat eruit kwam.")]
    TeamAtWork,
    #[error("Ruilen kan alleen tussen twee mensen op twee diensten.")]
    SameShift,
    #[error("{}", sentences(breaches))]
    RosterBreach { breaches: Vec<Breach> },
    #[error("Een ziekmelding duurt hoogstens 90 dagen, begint voor zij eindigt, en eindigt in de toekomst.")]
    SickPeriod,
    #[error("Er zijn al {max} open meldingen.")]
    TooManyMeldingen { max: usize },
    #[error("Dat kan nu niet: deze melding is {}.", now.name())]
    WrongStatus { now: MeldingStatus },
    #[error("Een melding gaat van toegewezen naar onderweg en dan naar aangekomen.")]
    NotThatWay,
    #[error("Dit team heeft pauze.")]
    TeamOnBreak,
    #[error("Geef deze melding eerst aan een team.")]
    NeedsTeam,
    #[error("Bij een logeerplek hoort een claim, en alleen daarbij.")]
    ClaimWithLogeerplek,
    #[error("Er zijn al {max} opmerkingen. Laat de dienst eerst overnemen.")]
    TooManyRemarks { max: usize },
    #[error(
        "Overdragen kan een coördinator tijdens de eigen dienst en tot twee uur erna. Overnemen kan vanaf twee uur \
         voor de eigen dienst."
    )]
    NoCoordinator,
    #[error("De nacht is al overgedragen, en wacht op de volgende coördinator.")]
    WaitsAlready,
    #[error("Er is geen overdracht die wacht.")]
    NothingWaits,
    #[error("Een andere coördinator moet de nacht overnemen.")]
    SameCoordinator,
}

impl model::refusal::Refusal for Refusal {
    fn class(&self) -> Class {
        match self {
            Self::UnknownGemeente { .. } | Self::UnknownShift { .. } | Self::UnknownMelding { .. } => Class::NotFound,
            Self::AlreadyAssigned => Class::AlreadyExists,
            Self::NoTime
            | Self::ShiftEnded
            | Self::ShiftCancelled
            | Self::TooFarAhead
            | Self::NotOnDuty
            | Self::NobodyOnShift
            | Self::NotAssigned
            | Self::TooManyStaff { .. }
            | Self::WorksThen
            | Self::SickThen
            | Self::NotSick
            | Self::BetterPeriod
            | Self::TeamAtWork
            | Self::SameShift
            | Self::RosterBreach { .. }
            | Self::SickPeriod
            | Self::TooManyMeldingen { .. }
            | Self::WrongStatus { .. }
            | Self::NotThatWay
            | Self::TeamOnBreak
            | Self::NeedsTeam
            | Self::ClaimWithLogeerplek
            | Self::TooManyRemarks { .. }
            | Self::NoCoordinator
            | Self::WaitsAlready
            | Self::NothingWaits
            | Self::SameCoordinator => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::UnknownGemeente { .. } => "UNKNOWN_GEMEENTE",
            Self::UnknownShift { .. } => "UNKNOWN_SHIFT",
            Self::UnknownMelding { .. } => "UNKNOWN_MELDING",
            Self::NoTime => "NO_TIME",
            Self::ShiftEnded => "SHIFT_ENDED",
            Self::ShiftCancelled => "SHIFT_CANCELLED",
            Self::TooFarAhead => "TOO_FAR_AHEAD",
            Self::NotOnDuty => "NOT_ON_DUTY",
            Self::NobodyOnShift => "NOBODY_ON_SHIFT",
            Self::AlreadyAssigned => "ALREADY_ASSIGNED",
            Self::NotAssigned => "NOT_ASSIGNED",
            Self::TooManyStaff { .. } => "TOO_MANY_STAFF",
            Self::WorksThen => "WORKS_THEN",
            Self::SickThen => "SICK_THEN",
            Self::NotSick => "NOT_SICK",
            Self::BetterPeriod => "BETTER_PERIOD",
            Self::TeamAtWork => "TEAM_AT_WORK",
            Self::SameShift => "SAME_SHIFT",
            Self::RosterBreach { .. } => "ROSTER_BREACH",
            Self::SickPeriod => "SICK_PERIOD",
            Self::TooManyMeldingen { .. } => "TOO_MANY_MELDINGEN",
            Self::WrongStatus { .. } => "WRONG_STATUS",
            Self::NotThatWay => "NOT_THAT_WAY",
            Self::TeamOnBreak => "TEAM_ON_BREAK",
            Self::NeedsTeam => "NEEDS_TEAM",
            Self::ClaimWithLogeerplek => "CLAIM_WITH_LOGEERPLEK",
            Self::TooManyRemarks { .. } => "TOO_MANY_REMARKS",
            Self::NoCoordinator => "NO_COORDINATOR",
            Self::WaitsAlready => "WAITS_ALREADY",
            Self::NothingWaits => "NOTHING_WAITS",
            Self::SameCoordinator => "SAME_COORDINATOR",
        }
    }
}

fn sentences(breaches: &[Breach]) -> String {
    breaches.iter().map(Breach::sentence).collect::<Vec<_>>().join(" ")
}
