//! The enums of the wire and of the model, side by side. An unspecified value is never guessed.

use proto::availability::v1 as wire;

use crate::criteria::{Sex, TargetGroup};
use crate::freshness::Age;
use crate::kind::Kind;
use crate::profile::{ClaimPolicy, Financing};
use crate::refusal::Invalid;

/// A kind; none when unspecified.
pub const fn kind_in(raw: wire::Kind) -> Option<Kind> {
    match raw {
        wire::Kind::Unspecified => None,
        wire::Kind::Logeerplek => Some(Kind::Logeerplek),
        wire::Kind::Nachtopvang => Some(Kind::Nachtopvang),
        wire::Kind::Dagopvang => Some(Kind::Dagopvang),
        wire::Kind::Gezinsopvang => Some(Kind::Gezinsopvang),
        wire::Kind::MoGezinswoning => Some(Kind::MoGezinswoning),
        wire::Kind::Crisisopvang => Some(Kind::Crisisopvang),
        wire::Kind::Vrouwenopvang => Some(Kind::Vrouwenopvang),
        wire::Kind::TimeOutPleger => Some(Kind::TimeOutPleger),
        wire::Kind::BeschermdWonen => Some(Kind::BeschermdWonen),
        wire::Kind::BeschutWonen => Some(Kind::BeschutWonen),
        wire::Kind::GewoonThuis => Some(Kind::GewoonThuis),
        wire::Kind::Woonstart => Some(Kind::Woonstart),
        wire::Kind::Winteropvang => Some(Kind::Winteropvang),
        wire::Kind::HousingFirst => Some(Kind::HousingFirst),
        wire::Kind::Nachtdienst => Some(Kind::Nachtdienst),
    }
}

/// A kind.
pub const fn kind_out(kind: Kind) -> wire::Kind {
    match kind {
        Kind::Logeerplek => wire::Kind::Logeerplek,
        Kind::Nachtopvang => wire::Kind::Nachtopvang,
        Kind::Dagopvang => wire::Kind::Dagopvang,
        Kind::Gezinsopvang => wire::Kind::Gezinsopvang,
        Kind::MoGezinswoning => wire::Kind::MoGezinswoning,
        Kind::Crisisopvang => wire::Kind::Crisisopvang,
        Kind::Vrouwenopvang => wire::Kind::Vrouwenopvang,
        Kind::TimeOutPleger => wire::Kind::TimeOutPleger,
        Kind::BeschermdWonen => wire::Kind::BeschermdWonen,
        Kind::BeschutWonen => wire::Kind::BeschutWonen,
        Kind::GewoonThuis => wire::Kind::GewoonThuis,
        Kind::Woonstart => wire::Kind::Woonstart,
        Kind::Winteropvang => wire::Kind::Winteropvang,
        Kind::HousingFirst => wire::Kind::HousingFirst,
        Kind::Nachtdienst => wire::Kind::Nachtdienst,
    }
}

pub(super) fn policy_in(raw: i32) -> Result<ClaimPolicy, Invalid> {
    match wire::ClaimPolicy::try_from(raw) {
        Ok(wire::ClaimPolicy::Unspecified | wire::ClaimPolicy::Direct) => Ok(ClaimPolicy::Direct),
        Ok(wire::ClaimPolicy::Confirm) => Ok(ClaimPolicy::Confirm),
        Err(_) => Err(Invalid::new("claim_policy", "kent een onbekende waarde")),
    }
}

/// How a claim is answered.
pub const fn policy_out(policy: ClaimPolicy) -> wire::ClaimPolicy {
    match policy {
        ClaimPolicy::Direct => wire::ClaimPolicy::Direct,
        ClaimPolicy::Confirm => wire::ClaimPolicy::Confirm,
    }
}

/// A sex; a number that is none would silently turn a restriction into none, so it is refused.
pub(super) fn sex_in(raw: i32) -> Result<Option<Sex>, Invalid> {
    match wire::Sex::try_from(raw) {
        Ok(wire::Sex::Unspecified) => Ok(None),
        Ok(wire::Sex::Female) => Ok(Some(Sex::Female)),
        Ok(wire::Sex::Male) => Ok(Some(Sex::Male)),
        Ok(wire::Sex::Other) => Ok(Some(Sex::Other)),
        Err(_) => Err(Invalid::new("sex", "kent een onbekende waarde")),
    }
}

pub(super) const fn sex_out(sex: Option<Sex>) -> wire::Sex {
    match sex {
        None => wire::Sex::Unspecified,
        Some(Sex::Female) => wire::Sex::Female,
        Some(Sex::Male) => wire::Sex::Male,
        Some(Sex::Other) => wire::Sex::Other,
    }
}

/// A target group; one that is unknown is refused, never dropped.
pub(super) fn target_group_in(raw: i32) -> Result<TargetGroup, Invalid> {
    let unknown = || Invalid::new("target_groups", "kent een onbekende doelgroep");
    match wire::TargetGroup::try_from(raw).map_err(|_| unknown())? {
        wire::TargetGroup::Unspecified => Err(unknown()),
        wire::TargetGroup::Psychosociaal => Ok(TargetGroup::Psychosociaal),
        wire::TargetGroup::Psychiatrisch => Ok(TargetGroup::Psychiatrisch),
        wire::TargetGroup::Lvb => Ok(TargetGroup::Lvb),
        wire::TargetGroup::Verslaving => Ok(TargetGroup::Verslaving),
        wire::TargetGroup::HuiselijkGeweld => Ok(TargetGroup::HuiselijkGeweld),
        wire::TargetGroup::Jongere => Ok(TargetGroup::Jongere),
        wire::TargetGroup::Dakloos => Ok(TargetGroup::Dakloos),
    }
}

pub(super) const fn target_group_out(group: TargetGroup) -> wire::TargetGroup {
    match group {
        TargetGroup::Psychosociaal => wire::TargetGroup::Psychosociaal,
        TargetGroup::Psychiatrisch => wire::TargetGroup::Psychiatrisch,
        TargetGroup::Lvb => wire::TargetGroup::Lvb,
        TargetGroup::Verslaving => wire::TargetGroup::Verslaving,
        TargetGroup::HuiselijkGeweld => wire::TargetGroup::HuiselijkGeweld,
        TargetGroup::Jongere => wire::TargetGroup::Jongere,
        TargetGroup::Dakloos => wire::TargetGroup::Dakloos,
    }
}

/// How old a stand is; what does not say is unknown.
pub const fn age_in(raw: wire::Age) -> Age {
    match raw {
        wire::Age::Current => Age::Current,
        wire::Age::Older => Age::Older,
        wire::Age::Stale => Age::Stale,
        wire::Age::Unknown | wire::Age::Unspecified => Age::Unknown,
    }
}

/// The same in a message.
pub const fn age_out(age: Age) -> wire::Age {
    match age {
        Age::Current => wire::Age::Current,
        Age::Older => wire::Age::Older,
        Age::Stale => wire::Age::Stale,
        Age::Unknown => wire::Age::Unknown,
    }
}

pub(super) fn financing_in(raw: i32) -> Result<Option<Financing>, Invalid> {
    match wire::Financing::try_from(raw) {
        Ok(wire::Financing::Unspecified) => Ok(None),
        Ok(wire::Financing::Wmo) => Ok(Some(Financing::Wmo)),
        Ok(wire::Financing::Wlz) => Ok(Some(Financing::Wlz)),
        Err(_) => Err(Invalid::new("financing", "kent een onbekende waarde")),
    }
}

pub(super) const fn financing_out(financing: Option<Financing>) -> wire::Financing {
    match financing {
        None => wire::Financing::Unspecified,
        Some(Financing::Wmo) => wire::Financing::Wmo,
        Some(Financing::Wlz) => wire::Financing::Wlz,
    }
}
