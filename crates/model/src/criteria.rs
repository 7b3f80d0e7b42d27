//! Whom a place suits, what a client needs, and why the two do not fit. A missing answer never fits: what is
//! unknown is not assumed. It decides nothing about states; that is for [`crate::site`].

use serde::{Deserialize, Serialize};

use crate::id::Gemeente;

/// Sex, only where a location restricts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// Woman.
    Female,
    /// Man.
    Male,
    /// Another sex.
    Other,
}

/// Doelgroep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum TargetGroup {
    Psychosociaal,
    Psychiatrisch,
    Lvb,
    Verslaving,
    HuiselijkGeweld,
    Jongere,
    Dakloos,
}

/// Whom a place or a location suits. The default suits every single adult.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Criteria {
    /// Only residents of these gemeenten; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub residence: Vec<Gemeente>,
    /// Only these target groups; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_groups: Vec<TargetGroup>,
    /// Youngest age in years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_age: Option<u32>,
    /// Oldest age in years.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<u32>,
    /// Only this sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Can be used with a wheelchair.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub wheelchair: bool,
    /// A pet may come along.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pets: bool,
    /// Children may come along.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub children: bool,
    /// Longest stay in nights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_nights: Option<u32>,
    /// Smallest household that may use it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_household: Option<u32>,
    /// Largest household that fits; none: one adult and, where they may come, any number of children.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_household: Option<u32>,
}

/// What a client needs. Nothing in it tells who the client is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Needs {
    /// Gemeente of residence, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residence: Option<Gemeente>,
    /// Target groups that apply.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub target_groups: Vec<TargetGroup>,
    /// Age in years, when known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age: Option<u32>,
    /// Sex, when told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// Needs a place for a wheelchair.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub wheelchair: bool,
    /// Brings a pet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pet: bool,
    /// Ages in years of the children who come along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub children_ages: Vec<u32>,
    /// Nights needed, at least 1; 0 is read as 1.
    pub nights: u32,
    /// People in the household when it is told apart from the children, as opvang does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub household: Option<u32>,
}

impl Needs {
    /// Nights needed, at least one.
    pub fn nights(&self) -> u32 {
        self.nights.max(1)
    }

    /// People who come: as told, or the client and the children.
    pub fn household(&self) -> u32 {
        self.household.unwrap_or(self.with_children())
    }

    /// The client and the children.
    fn with_children(&self) -> u32 {
        u32::try_from(self.children_ages.len()).unwrap_or(u32::MAX).saturating_add(1)
    }
}

/// One criterion that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the name is the criterion; `sentence` says it in words")]
pub enum Miss {
    Residence,
    TargetGroup,
    Age,
    Sex,
    Wheelchair,
    Pet,
    Children,
    Nights,
    Household,
}

impl Miss {
    /// What each of these says, one after the other.
    pub fn sentences(misses: &[Self]) -> String {
        misses.iter().map(|miss| miss.sentence()).collect::<Vec<_>>().join(" ")
    }

    /// The stable machine reason.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Residence => "RESIDENCE",
            Self::TargetGroup => "TARGET_GROUP",
            Self::Age => "AGE",
            Self::Sex => "SEX",
            Self::Wheelchair => "WHEELCHAIR",
            Self::Pet => "PET",
            Self::Children => "CHILDREN",
            Self::Nights => "NIGHTS",
            Self::Household => "HOUSEHOLD",
        }
    }

    /// The same in plain Dutch.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Residence => "Deze plek is alleen voor inwoners van een andere gemeente.",
            Self::TargetGroup => "Deze plek is voor een andere doelgroep, of de doelgroep is niet bekend.",
            Self::Age => "De leeftijd past niet bij deze plek, of is niet bekend.",
            Self::Sex => "Deze plek is alleen voor mensen van een ander geslacht, of het geslacht is niet bekend.",
            Self::Wheelchair => "Deze plek is niet geschikt voor een rolstoel.",
            Self::Pet => "Op deze plek mag geen huisdier mee.",
            Self::Children => "Op deze plek mogen geen kinderen mee.",
            Self::Nights => "Zoveel nachten mag iemand hier niet blijven.",
            Self::Household => "De grootte van het huishouden past niet bij deze plek.",
        }
    }
}

impl Criteria {
    /// The criteria of a place inside its location: a list given by the place takes the place of the
    /// location's, the stricter limit counts, and what either allows is allowed.
    #[must_use]
    pub fn narrowed_by(&self, place: &Self) -> Self {
        let tighter = |a: Option<u32>, b: Option<u32>| [a, b].into_iter().flatten().min();
        let higher = |a: Option<u32>, b: Option<u32>| [a, b].into_iter().flatten().max();
        let list = |own: bool| if own { place } else { self };
        Self {
            residence: list(!place.residence.is_empty()).residence.clone(),
            target_groups: list(!place.target_groups.is_empty()).target_groups.clone(),
            min_age: higher(self.min_age, place.min_age),
            max_age: tighter(self.max_age, place.max_age),
            sex: place.sex.or(self.sex),
            wheelchair: self.wheelchair || place.wheelchair,
            pets: self.pets || place.pets,
            children: self.children || place.children,
            max_nights: tighter(self.max_nights, place.max_nights),
            min_household: higher(self.min_household, place.min_household),
            max_household: tighter(self.max_household, place.max_household),
        }
    }

    /// What is left of these criteria while nobody may be turned away: what a door or a room cannot do.
    #[must_use]
    pub fn suspended(&self) -> Self {
        Self {
            wheelchair: self.wheelchair,
            pets: true,
            children: true,
            max_household: self.max_household,
            ..Self::default()
        }
    }

    /// A limit that makes these criteria suit nobody at all: its name, and what people call the one it crosses.
    pub fn crossed(&self) -> Option<(&'static str, &'static str)> {
        let crosses = |min: Option<u32>, max: Option<u32>| min.zip(max).is_some_and(|(min, max)| min > max);
        if crosses(self.min_age, self.max_age) {
            Some(("max_age", "de jongste leeftijd"))
        } else if crosses(self.min_household, self.max_household) {
            Some(("max_household", "het kleinste huishouden"))
        } else {
            None
        }
    }

    /// Every criterion that fails for these needs; empty: it fits.
    pub fn misses(&self, needs: &Needs) -> Vec<Miss> {
        let unlisted = |known: bool, listed: bool, restricted: bool| restricted && !(known && listed);
        let residence_listed = needs.residence.as_ref().is_some_and(|gemeente| self.residence.contains(gemeente));
        let group_listed = needs.target_groups.iter().any(|group| self.target_groups.contains(group));
        let too_young = self.min_age.is_some_and(|min| needs.age.is_none_or(|age| age < min));
        let too_old = self.max_age.is_some_and(|max| needs.age.is_none_or(|age| age > max));
        let household = needs.household();
        let room_for = self.max_household.unwrap_or(needs.with_children());
        let checks = [
            (Miss::Residence, unlisted(needs.residence.is_some(), residence_listed, !self.residence.is_empty())),
            (Miss::TargetGroup, unlisted(true, group_listed, !self.target_groups.is_empty())),
            (Miss::Age, too_young || too_old),
            (Miss::Sex, self.sex.is_some() && self.sex != needs.sex),
            (Miss::Wheelchair, needs.wheelchair && !self.wheelchair),
            (Miss::Pet, needs.pet && !self.pets),
            (Miss::Children, !needs.children_ages.is_empty() && !self.children),
            (Miss::Nights, self.max_nights.is_some_and(|max| needs.nights() > max)),
            (Miss::Household, household > room_for || self.min_household.is_some_and(|min| household < min)),
        ];
        checks.into_iter().filter(|(_, fails)| *fails).map(|(miss, _)| miss).collect()
    }

    /// Why a place with these criteria fits these needs, in plain Dutch, most telling first.
    pub fn why_it_fits(&self, needs: &Needs) -> Vec<String> {
        let reasons = [
            (!self.residence.is_empty(), "voor inwoners van deze gemeente"),
            (!self.target_groups.is_empty(), "voor deze doelgroep"),
            (self.min_age.is_some() || self.max_age.is_some(), "de leeftijd past"),
            (self.sex.is_some(), "het geslacht past"),
            (needs.wheelchair, "geschikt voor een rolstoel"),
            (needs.pet, "huisdier mag mee"),
            (!needs.children_ages.is_empty(), "kinderen mogen mee"),
            (self.max_nights.is_some(), "zoveel nachten kan"),
        ];
        let mut why: Vec<String> =
            reasons.into_iter().filter(|(applies, _)| *applies).map(|(_, text)| text.to_owned()).collect();
        if why.is_empty() {
            why.push("voor iedereen".to_owned());
        }
        why
    }
}
