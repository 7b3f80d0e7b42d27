//! What somebody fills in to find a place: read from the form, kept on the page, and made into what a client needs. It must
//! not be kept anywhere else.

use model::kind::Kind;
use model::wire;
use proto::availability::v1::{Needs, Sex, TargetGroup};

use crate::answer::Problem;
use crate::form::Fields;
use crate::text::Texts;

/// Ages there are.
const AGES: std::ops::RangeInclusive<u32> = 0..=120;

/// Nights somebody may ask for.
const NIGHTS: std::ops::RangeInclusive<u32> = 1..=365;

/// What was filled in, so that nobody types it twice.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) from: String,
    pub(super) residence: String,
    pub(super) kind: String,
    pub(super) age: String,
    pub(super) sex: String,
    pub(super) nights: String,
    pub(super) children: String,
    pub(super) wheelchair: bool,
    pub(super) pet: bool,
    pub(super) client: String,
    pub(super) groups: Vec<u32>,
}

/// What people call a target group: terms of the field, in every language.
pub(crate) const TARGET_GROUPS: [(TargetGroup, &str); 7] = [
    (TargetGroup::Psychosociaal, "psychosociaal"),
    (TargetGroup::Psychiatrisch, "psychiatrisch"),
    (TargetGroup::Lvb, "LVB"),
    (TargetGroup::Verslaving, "verslaving"),
    (TargetGroup::HuiselijkGeweld, "huiselijk geweld"),
    (TargetGroup::Jongere, "jongere"),
    (TargetGroup::Dakloos, "dakloos"),
];

/// A sex as a form has it.
pub(crate) fn sex(raw: &str) -> Sex {
    match raw {
        "v" => Sex::Female,
        "m" => Sex::Male,
        "x" => Sex::Other,
        _ => Sex::Unspecified,
    }
}

impl Asked {
    /// The form as it begins, for somebody of whom only is known where they may be.
    pub(super) fn begin(from: String) -> Self {
        Self { from, kind: wire::kind_token(Kind::Logeerplek), nights: "1".to_owned(), ..Self::default() }
    }

    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).to_owned();
        Self {
            from: text("van"),
            residence: text("inwoner"),
            kind: text("soort"),
            age: text("leeftijd"),
            sex: text("geslacht"),
            nights: text("nachten"),
            children: text("kinderen"),
            wheelchair: fields.has("rolstoel"),
            pet: fields.has("huisdier"),
            // Codes are in small letters, however somebody typed them.
            client: text("client").to_lowercase(),
            groups: fields.all("doelgroep").filter_map(|raw| raw.parse().ok()).collect(),
        }
    }

    pub(super) fn needs(&self, t: &Texts) -> Result<Needs, Problem> {
        let wrong = |label: &str, why: &str| Problem::Form { sentence: format!("{label}: {why}") };
        let number = |raw: &str, label: &str| match raw {
            "" => Ok(None),
            raw => raw.parse::<u32>().map(Some).map_err(|_| wrong(label, t.wrong_number)),
        };
        let age = number(&self.age, t.field_age)?;
        if age.is_some_and(|age| !AGES.contains(&age)) {
            return Err(wrong(t.field_age, t.wrong_age));
        }
        let nights = number(&self.nights, t.field_nights)?.unwrap_or(1);
        if !NIGHTS.contains(&nights) {
            return Err(wrong(t.field_nights, t.wrong_nights));
        }
        let parts = self.children.split([',', ' ', ';']).filter(|part| !part.is_empty());
        let children = parts.map(|part| part.parse().map_err(|_| wrong(t.field_children, t.wrong_children)));
        let residence = match self.residence.as_str() {
            "" => self.from.clone(),
            "elders" => String::new(),
            code => code.to_owned(),
        };
        Ok(Needs {
            residence,
            target_groups: self.groups.iter().filter_map(|group| i32::try_from(*group).ok()).collect(),
            age,
            sex: sex(&self.sex).into(),
            wheelchair: self.wheelchair,
            pet: self.pet,
            children_ages: children.collect::<Result<_, _>>()?,
            nights,
        })
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| wire::kind_token(*kind) == self.kind)
    }
}
