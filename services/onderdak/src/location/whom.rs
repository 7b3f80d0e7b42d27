//! Whom a location or a place takes, in words. It must not decide whom: the service does.

use clap::ValueEnum;
use proto::availability::v1::{Criteria, Sex, TargetGroup};

use crate::find::Doelgroep;
use crate::regions;

/// Such as "18 tot en met 65 jaar, lvb, inwoners van Almere, huisdier mag"; empty where everybody fits.
pub(super) fn whom(it: &Criteria) -> String {
    let ages = match (it.min_age, it.max_age) {
        (0, 0) => None,
        (from, 0) => Some(format!("vanaf {from} jaar")),
        (0, to) => Some(format!("tot en met {to} jaar")),
        (from, to) => Some(format!("{from} tot en met {to} jaar")),
    };
    let sex = match it.sex() {
        Sex::Unspecified => None,
        Sex::Female => Some("vrouwen".to_owned()),
        Sex::Male => Some("mannen".to_owned()),
        Sex::Other => Some("ander geslacht".to_owned()),
    };
    let people = match (it.min_household, it.max_household) {
        (0, 0) => None,
        (from, 0) => Some(format!("{from} mensen of meer")),
        (0, to) => Some(format!("tot en met {to} mensen")),
        (from, to) => Some(format!("{from} tot en met {to} mensen")),
    };
    let groups = (!it.target_groups.is_empty()).then(|| it.target_groups().map(group).collect::<Vec<_>>().join(" of "));
    let residence = (!it.residence.is_empty()).then(|| {
        let names: Vec<String> = it.residence.iter().map(|code| regions::gemeente_name(code)).collect();
        format!("inwoners van {}", names.join(", "))
    });
    let nights = (it.max_nights > 0).then(|| format!("hoogstens {} nachten", it.max_nights));
    let also = [(it.children, "kinderen mogen"), (it.pets, "huisdier mag"), (it.wheelchair, "rolstoel kan")];
    let also = also.into_iter().filter(|(is, _)| *is).map(|(_, word)| word.to_owned());
    let parts = [ages, sex, people, groups, residence, nights].into_iter().flatten();
    parts.chain(also).collect::<Vec<_>>().join(", ")
}

/// The word for it that options take too.
fn group(group: TargetGroup) -> String {
    let same = Doelgroep::value_variants().iter().find(|it| it.group() == group);
    let name = same.and_then(ValueEnum::to_possible_value).map(|it| it.get_name().replace('-', " "));
    name.unwrap_or_else(|| "onbekend".to_owned())
}
