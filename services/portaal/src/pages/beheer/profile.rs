//! What a location and a place are, as fields of a form, and back. Fields that a form does not have change nothing. It must
//! not hold a rule: the service decides.

use model::geo;
use model::intake::Window;
use model::region::Region;
use model::wire::window_out;
use proto::availability::v1::{
    ClaimPolicy, Coordinates, Criteria, Financing, IntakeWindow, LocationProfile, PlaceProfile, Sex, TargetGroup,
};

use super::wrong;
use crate::answer::Problem;
use crate::form::Fields;
use crate::pages::zoek::{TARGET_GROUPS, sex};
use crate::secret::fingerprint;
use crate::text::Texts;

/// What a form holds, by the names of its fields.
type Pairs = Vec<(String, String)>;

/// A pair, where there is something in it.
fn put(pairs: &mut Pairs, name: &str, value: impl Into<String>) {
    let value = value.into();
    if !value.is_empty() {
        pairs.push((name.to_owned(), value));
    }
}

/// A number of a form: 0 is nothing.
fn put_number(pairs: &mut Pairs, name: &str, value: u32) {
    put(pairs, name, if value == 0 { String::new() } else { value.to_string() });
}

/// A box that is ticked.
fn tick(pairs: &mut Pairs, name: &str, is_ticked: bool) {
    put(pairs, name, if is_ticked { "1" } else { "" });
}

/// A location as a form holds it.
pub(super) fn of_location(profile: &LocationProfile, max_stay_days: u32) -> Fields {
    let mut pairs = Pairs::new();
    put(&mut pairs, "naam", &profile.name);
    put(&mut pairs, "aanbieder", &profile.provider);
    put(&mut pairs, "telefoon", &profile.phone);
    if let Some(at) = &profile.coordinates {
        put(&mut pairs, "plaats", format!("{}, {}", at.latitude, at.longitude));
    }
    put_number(&mut pairs, "vers", profile.freshness_goal_minutes);
    put_number(&mut pairs, "dagen", max_stay_days);
    let parse = |it: &IntakeWindow| Window::parse(it.weekday, it.from_minute, it.until_minute).ok();
    let windows: Vec<Window> = profile.intake_windows.iter().filter_map(parse).collect();
    put(&mut pairs, "opname", Window::written(&windows).join("\n"));
    tick(&mut pairs, "bevestigen", profile.claim_policy() == ClaimPolicy::Confirm);
    tick(&mut pairs, "nachtdienst-nodig", profile.needs_night_cover);
    tick(&mut pairs, "nachtdienst-opent", profile.night_cover_opens);
    put_criteria(&mut pairs, profile.criteria.as_ref());
    Fields::of(pairs)
}

/// What is seen of a location.
pub(super) fn mark_of_location(profile: &LocationProfile, max_stay_days: u32) -> String {
    fingerprint(format!("{profile:?} {max_stay_days}").as_bytes())
}

/// What is seen of a place.
pub(super) fn mark_of_place(profile: &PlaceProfile) -> String {
    fingerprint(format!("{profile:?}").as_bytes())
}

/// A place as a form holds it.
pub(super) fn of_place(profile: &PlaceProfile) -> Fields {
    let mut pairs = Pairs::new();
    put(&mut pairs, "naam", &profile.label);
    put(&mut pairs, "soort-plek", &profile.pool);
    put(&mut pairs, "ook", profile.also_pools.join(", "));
    let financing = match profile.financing() {
        Financing::Wmo => "wmo",
        Financing::Wlz => "wlz",
        Financing::Unspecified => "",
    };
    put(&mut pairs, "betaalt", financing);
    put_criteria(&mut pairs, profile.criteria.as_ref());
    Fields::of(pairs)
}

fn put_criteria(pairs: &mut Pairs, criteria: Option<&Criteria>) {
    let Some(it) = criteria else { return };
    it.residence.iter().for_each(|code| put(pairs, "inwoner", code));
    it.target_groups.iter().for_each(|group| put(pairs, "doelgroep", group.to_string()));
    put_number(pairs, "vanaf", it.min_age);
    put_number(pairs, "tot", it.max_age);
    let sex = match it.sex() {
        Sex::Female => "v",
        Sex::Male => "m",
        Sex::Other => "x",
        Sex::Unspecified => "",
    };
    put(pairs, "geslacht", sex);
    tick(pairs, "rolstoel", it.wheelchair);
    tick(pairs, "huisdier", it.pets);
    tick(pairs, "kinderen", it.children);
    put_number(pairs, "nachten", it.max_nights);
    put_number(pairs, "huishouden-vanaf", it.min_household);
    put_number(pairs, "huishouden", it.max_household);
}

/// No gemeente is so large: what lies further from its centre is a slip of the pen.
const FARTHEST_METRES: u32 = 40_000;

/// Refuses a spot that is far from the gemeente: on the map it would stand where nobody looks for it.
fn check_is_near(region: &Region, it: &LocationProfile, t: &Texts) -> Result<(), Problem> {
    let spot = it.coordinates.and_then(|at| geo::Coordinates::parse(at.latitude, at.longitude).ok());
    let gemeente = region.gemeenten.iter().find(|gemeente| gemeente.code.as_str() == it.gemeente);
    let Some((spot, gemeente)) = spot.zip(gemeente) else { return Ok(()) };
    let metres = spot.metres_to(gemeente.centre());
    if metres <= FARTHEST_METRES {
        return Ok(());
    }
    let words = format!("{} {} km {} {}", t.beheer.lies_far, metres / 1_000, t.beheer.lies_far_of, gemeente.name);
    Err(wrong(t.beheer.field_where_is, &words))
}

/// What a form makes of a location, and its longest stay in days.
pub(super) fn location(
    fields: &Fields,
    before: LocationProfile,
    region: &Region,
    t: &Texts,
) -> Result<(LocationProfile, u32), Problem> {
    let text = |name: &str| fields.get(name).to_owned();
    let lines = fields.get("opname").lines().map(str::trim).filter(|line| !line.is_empty());
    let windows = lines.map(|line| Window::read(line).ok_or_else(|| wrong(t.beheer.field_hours, t.beheer.wrong_hours)));
    let windows = windows.collect::<Result<Vec<_>, _>>()?.concat();
    let policy = if fields.has("bevestigen") { ClaimPolicy::Confirm } else { ClaimPolicy::Unspecified };
    let profile = LocationProfile {
        name: text("naam"),
        provider: text("aanbieder"),
        phone: text("telefoon"),
        coordinates: coordinates(fields.get("plaats"), t)?,
        // Nothing is that of the kind; no minutes at all would be said to be so, and are none.
        freshness_goal_minutes: match fields.number("vers", t.beheer.field_fresh)? {
            Some(0) => return Err(super::wrong(t.beheer.field_fresh, t.beheer.wrong_fresh)),
            minutes => minutes.unwrap_or_default(),
        },
        criteria: Some(criteria(fields, t)?),
        intake_windows: windows.into_iter().map(window_out).collect(),
        claim_policy: policy.into(),
        needs_night_cover: fields.has("nachtdienst-nodig"),
        night_cover_opens: fields.has("nachtdienst-opent"),
        kind: before.kind,
        gemeente: before.gemeente,
        fictief: before.fictief,
    };
    check_is_near(region, &profile, t)?;
    Ok((profile, fields.number("dagen", t.beheer.field_max_stay)?.unwrap_or_default()))
}

/// What a form makes of a place.
pub(super) fn place(fields: &Fields, t: &Texts) -> Result<PlaceProfile, Problem> {
    let also = fields.get("ook").split([',', ' ']).map(str::trim).filter(|pool| !pool.is_empty());
    let financing = match fields.get("betaalt") {
        "wmo" => Financing::Wmo,
        "wlz" => Financing::Wlz,
        _ => Financing::Unspecified,
    };
    Ok(PlaceProfile {
        label: fields.get("naam").to_owned(),
        pool: fields.get("soort-plek").to_owned(),
        criteria: Some(criteria(fields, t)?),
        also_pools: also.map(ToOwned::to_owned).collect(),
        financing: financing.into(),
    })
}

fn criteria(fields: &Fields, t: &Texts) -> Result<Criteria, Problem> {
    let groups = TARGET_GROUPS.into_iter().map(|(group, _)| i32::from(group));
    Ok(Criteria {
        residence: fields.all("inwoner").map(ToOwned::to_owned).collect(),
        target_groups: groups.filter(|group| fields.all("doelgroep").any(|it| it == group.to_string())).collect(),
        min_age: fields.number("vanaf", t.beheer.field_min_age)?.unwrap_or_default(),
        max_age: fields.number("tot", t.beheer.field_max_age)?.unwrap_or_default(),
        sex: sex(fields.get("geslacht")).into(),
        wheelchair: fields.has("rolstoel"),
        pets: fields.has("huisdier"),
        children: fields.has("kinderen"),
        max_nights: fields.number("nachten", t.beheer.field_max_nights)?.unwrap_or_default(),
        min_household: fields.number("huishouden-vanaf", t.beheer.field_min_household)?.unwrap_or_default(),
        max_household: fields.number("huishouden", t.beheer.field_max_household)?.unwrap_or_default(),
    })
}

/// "52,37 5,22", "52.37, 5.22": two numbers, however their commas stand.
fn coordinates(raw: &str, t: &Texts) -> Result<Option<Coordinates>, Problem> {
    if raw.is_empty() {
        return Ok(None);
    }
    let numbers = |parts: Vec<&str>| match parts.as_slice() {
        [latitude, longitude] => {
            let number = |raw: &str| raw.trim().replace(',', ".").parse::<f64>().ok();
            number(latitude).zip(number(longitude))
        }
        _ => None,
    };
    let with_space = raw.split_whitespace().map(|part| part.trim_matches([',', ';'])).collect();
    let with_comma = raw.split([',', ';']).collect();
    let (latitude, longitude) = numbers(with_space)
        .or_else(|| numbers(with_comma))
        .ok_or_else(|| wrong(t.beheer.field_where_is, t.beheer.wrong_where_is))?;
    Ok(Some(Coordinates { latitude, longitude }))
}

/// Every target group, as a form offers it: its number, and what people call it.
pub(super) fn groups() -> Vec<(String, &'static str)> {
    TARGET_GROUPS.into_iter().map(|(group, name): (TargetGroup, _)| (i32::from(group).to_string(), name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::NL;

    fn region() -> Region {
        Region::parse(include_str!("../../../../../deploy/regions/flevoland.toml"), "flevoland").unwrap()
    }

    #[test]
    fn a_spot_far_from_its_gemeente_is_a_slip_of_the_pen() {
        let at = |latitude, longitude| LocationProfile {
            gemeente: "gm0034".to_owned(),
            coordinates: Some(Coordinates { latitude, longitude }),
            ..LocationProfile::default()
        };
        assert!(check_is_near(&region(), &at(52.37, 5.22), &NL).is_ok());
        assert!(check_is_near(&region(), &at(51.0, 3.0), &NL).is_err());
        assert!(check_is_near(&region(), &LocationProfile::default(), &NL).is_ok());
    }

    #[test]
    fn a_location_and_a_place_come_back_from_their_form_as_they_went_in() {
        let windows = Window::read("ma-vr 09:00-17:00").unwrap();
        let criteria = Criteria {
            residence: vec!["gm0034".to_owned(), "gm0995".to_owned()],
            target_groups: vec![TargetGroup::Lvb.into(), TargetGroup::Jongere.into()],
            min_age: 17,
            max_age: 27,
            sex: Sex::Female.into(),
            wheelchair: true,
            pets: true,
            children: true,
            max_nights: 14,
            min_household: 2,
            max_household: 5,
        };
        let profile = LocationProfile {
            name: "Huis <b>".to_owned(),
            kind: 1,
            gemeente: "gm0034".to_owned(),
            provider: "Kwintes".to_owned(),
            phone: "000-1".to_owned(),
            coordinates: Some(Coordinates { latitude: 52.37, longitude: 5.22 }),
            freshness_goal_minutes: 60,
            criteria: Some(criteria.clone()),
            intake_windows: windows.into_iter().map(window_out).collect(),
            claim_policy: ClaimPolicy::Confirm.into(),
            fictief: true,
            needs_night_cover: true,
            night_cover_opens: true,
        };
        let before = LocationProfile { kind: 1, gemeente: "gm0034".to_owned(), fictief: true, ..Default::default() };
        assert_eq!(location(&of_location(&profile, 90), before, &region(), &NL).unwrap(), (profile, 90));
        let room = PlaceProfile {
            label: "Kamer 1".to_owned(),
            pool: "gezin".to_owned(),
            criteria: Some(criteria),
            also_pools: vec!["time-out".to_owned(), "crisis".to_owned()],
            financing: Financing::Wlz.into(),
        };
        assert_eq!(place(&of_place(&room), &NL).unwrap(), room);
    }

    #[test]
    fn where_a_location_is_may_be_written_with_points_and_commas() {
        let read = |raw: &str| coordinates(raw, &NL).ok().flatten().map(|at| (at.latitude, at.longitude));
        for raw in ["52.37, 5.22", "52.37,5.22", "52,37 5,22", "52.37 5.22", "52,37; 5,22"] {
            assert_eq!(read(raw), Some((52.37, 5.22)), "{raw}");
        }
        assert_eq!(coordinates("", &NL).ok(), Some(None));
        assert!(coordinates("Almere", &NL).is_err());
    }
}
