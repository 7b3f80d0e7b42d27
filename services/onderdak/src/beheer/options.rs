//! What beheer can say of a location and of a place, as options, and laying that over what was there. Options that were
//! not given change nothing. It must not hold a rule: the service decides.

use clap::{Args, ValueEnum};
use model::intake::Window;
use model::wire::window_out;
use proto::availability::v1::{
    ClaimPolicy, Coordinates, Criteria, Financing, IntakeWindow, LocationProfile, PlaceProfile, Sex, TargetGroup,
};

use crate::dates;
use crate::find::{self, Doelgroep, Geslacht};

/// What can change of a location.
#[derive(Debug, Clone, Args)]
pub struct LocationOptions {
    /// De naam.
    #[arg(long, value_name = "NAAM")]
    naam: Option<String>,
    /// De aanbieder.
    #[arg(long, value_name = "NAAM")]
    aanbieder: Option<String>,
    /// Het telefoonnummer.
    #[arg(long, value_name = "NUMMER")]
    telefoon: Option<String>,
    /// Waar de locatie is, als breedte,lengte; "onbekend" haalt het weg.
    #[arg(long, value_name = "LAT,LON", allow_hyphen_values = true, value_parser = plaats)]
    plaats: Option<Given<Coordinates>>,
    /// Wanneer nieuwe mensen binnen kunnen komen, zoals "ma-vr 09:00-17:00"; mag vaker. "altijd": zonder tijden.
    #[arg(long, value_name = "DAGEN TIJDEN", value_parser = opname)]
    opname: Vec<Given<Hours>>,
    /// Hoe een claim wordt beantwoord: meteen, of door de locatie zelf; alleen bij een logeerplek.
    #[arg(long, value_enum, value_name = "HOE")]
    claims: Option<Claims>,
    /// Of er 's nachts alleen iemand binnenkomt als de avond- en nachtdienst er is.
    #[arg(long, value_enum, value_name = "JA/NEE")]
    nachtdienst_nodig: Option<YesNo>,
    /// Of er buiten de opnametijden iemand binnen kan als de avond- en nachtdienst er is.
    #[arg(long, value_enum, value_name = "JA/NEE")]
    nachtdienst_opent: Option<YesNo>,
    /// Na hoeveel minuten zonder bevestiging de stand verouderd is.
    #[arg(long, value_name = "MINUTEN")]
    vers: Option<u32>,
    /// Hoe lang iemand mag blijven, in dagen; alleen bij opvang. 0: zonder grens.
    #[arg(long, value_name = "DAGEN")]
    pub(super) dagen: Option<u32>,
    #[command(flatten)]
    whom: CriteriaOptions,
}

/// What can change of a place.
#[derive(Debug, Clone, Args)]
pub struct PlaceOptions {
    /// De naam.
    #[arg(long, value_name = "NAAM")]
    naam: Option<String>,
    /// Een andere soort waarin dezelfde plek wordt aangeboden; mag vaker. "geen" haalt ze weg.
    #[arg(long, value_name = "SOORT", value_parser = ook_soort)]
    ook_soort: Vec<Given<String>>,
    /// Wie de zorg op deze plek betaalt.
    #[arg(long, value_enum, value_name = "WET")]
    financiering: Option<Wet>,
    #[command(flatten)]
    whom: CriteriaOptions,
}

/// Whom a location or a place suits.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Voor wie")]
struct CriteriaOptions {
    /// Alleen voor inwoners van deze gemeente; mag vaker. "alle": voor iedereen.
    #[arg(long, value_name = "GEMEENTE", value_parser = inwoners_van)]
    inwoners_van: Vec<Given<String>>,
    /// Alleen voor deze doelgroep; mag vaker. "alle": voor iedereen.
    #[arg(long, value_name = "DOELGROEP", value_parser = doelgroep)]
    doelgroep: Vec<Given<TargetGroup>>,
    /// Alleen voor dit geslacht. "alle": voor iedereen.
    #[arg(long, value_name = "GESLACHT", value_parser = geslacht)]
    geslacht: Option<Given<Sex>>,
    /// De laagste leeftijd; 0: zonder grens.
    #[arg(long, value_name = "JAREN")]
    vanaf: Option<u32>,
    /// De hoogste leeftijd; 0: zonder grens.
    #[arg(long, value_name = "JAREN")]
    tot: Option<u32>,
    /// Hoe groot een huishouden ten minste moet zijn; 0: zonder grens.
    #[arg(long, value_name = "MENSEN")]
    huishouden_vanaf: Option<u32>,
    /// Hoe groot een huishouden hoogstens mag zijn.
    #[arg(long, value_name = "MENSEN")]
    huishouden: Option<u32>,
    /// Hoeveel nachten iemand hoogstens kan blijven; 0: zonder grens.
    #[arg(long, value_name = "NACHTEN")]
    nachten: Option<u32>,
    /// Of er een rolstoel kan komen.
    #[arg(long, value_enum, value_name = "JA/NEE")]
    rolstoel: Option<YesNo>,
    /// Of een huisdier mee mag.
    #[arg(long, value_enum, value_name = "JA/NEE")]
    huisdier: Option<YesNo>,
    /// Of kinderen mee mogen.
    #[arg(long, value_enum, value_name = "JA/NEE")]
    kinderen: Option<YesNo>,
}

/// What was given: a value, or the word that takes away what was there.
#[derive(Debug, Clone)]
enum Given<T> {
    Nothing,
    Value(T),
}

/// Yes or no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum YesNo {
    Ja,
    Nee,
}

/// How a location answers a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Claims {
    /// Een claim geldt meteen.
    Meteen,
    /// De locatie accepteert of weigert elke claim.
    Bevestigen,
}

/// Who pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Wet {
    /// De gemeente.
    Wmo,
    /// Het zorgkantoor.
    Wlz,
    /// Niet bekend.
    Onbekend,
}

/// Windows of one range of days.
type Hours = Vec<IntakeWindow>;

/// A value, or the word that takes away what was there.
fn given<T>(raw: &str, nothing: &str, read: impl Fn(&str) -> Result<T, String>) -> Result<Given<T>, String> {
    if raw == nothing { Ok(Given::Nothing) } else { read(raw).map(Given::Value) }
}

fn ook_soort(raw: &str) -> Result<Given<String>, String> {
    given(raw, "geen", |raw| Ok(raw.to_owned()))
}

fn inwoners_van(raw: &str) -> Result<Given<String>, String> {
    given(raw, "alle", dates::gemeente)
}

fn doelgroep(raw: &str) -> Result<Given<TargetGroup>, String> {
    given(raw, "alle", |raw| one_of::<Doelgroep>(raw, "alle").map(Doelgroep::group))
}

fn geslacht(raw: &str) -> Result<Given<Sex>, String> {
    given(raw, "alle", |raw| one_of::<Geslacht>(raw, "alle").map(Geslacht::sex))
}

fn plaats(raw: &str) -> Result<Given<Coordinates>, String> {
    given(raw, "onbekend", find::coordinates)
}

fn one_of<T: ValueEnum>(raw: &str, nothing: &str) -> Result<T, String> {
    T::from_str(raw, true).map_err(|_| {
        let names = T::value_variants().iter().filter_map(|it| it.to_possible_value());
        let names: Vec<String> = names.map(|it| it.get_name().to_owned()).collect();
        format!("kies uit {} of {nothing}", names.join(", "))
    })
}

/// Hours in which people can come in, such as "ma-vr 09:00-17:00", "za 10:00-16:00" or "altijd".
fn opname(raw: &str) -> Result<Given<Hours>, String> {
    given(raw, "altijd", hours)
}

fn hours(raw: &str) -> Result<Hours, String> {
    let windows = Window::read(raw).ok_or_else(|| format!("{raw}: moet zijn als \"ma-vr 09:00-17:00\", of altijd"))?;
    Ok(windows.into_iter().map(window_out).collect())
}

/// The values that were given; none where nothing was. The word for nothing takes away what stands before it.
fn list<T: Clone>(given: &[Given<T>]) -> Option<Vec<T>> {
    let added = |mut all: Vec<T>, it: &Given<T>| {
        match it {
            Given::Nothing => all.clear(),
            Given::Value(value) => all.push(value.clone()),
        }
        all
    };
    (!given.is_empty()).then(|| given.iter().fold(Vec::new(), added))
}

fn said(now: Option<YesNo>, before: bool) -> bool {
    now.map_or(before, |now| now == YesNo::Ja)
}

impl LocationOptions {
    /// What was said, over what was there.
    pub(super) fn over(&self, before: LocationProfile) -> LocationProfile {
        let policy = self.claims.map(|how| match how {
            Claims::Meteen => ClaimPolicy::Direct.into(),
            Claims::Bevestigen => ClaimPolicy::Confirm.into(),
        });
        LocationProfile {
            name: self.naam.clone().unwrap_or(before.name),
            provider: self.aanbieder.clone().unwrap_or(before.provider),
            phone: self.telefoon.clone().unwrap_or(before.phone),
            coordinates: match &self.plaats {
                None => before.coordinates,
                Some(Given::Nothing) => None,
                Some(Given::Value(coordinates)) => Some(*coordinates),
            },
            freshness_goal_minutes: self.vers.unwrap_or(before.freshness_goal_minutes),
            criteria: self.whom.over(before.criteria),
            intake_windows: list(&self.opname).map_or(before.intake_windows, |hours| hours.concat()),
            claim_policy: policy.unwrap_or(before.claim_policy),
            needs_night_cover: said(self.nachtdienst_nodig, before.needs_night_cover),
            night_cover_opens: said(self.nachtdienst_opent, before.night_cover_opens),
            kind: before.kind,
            gemeente: before.gemeente,
            fictief: before.fictief,
        }
    }
}

impl PlaceOptions {
    /// What was said, over what was there.
    pub(super) fn over(&self, before: PlaceProfile) -> PlaceProfile {
        let financing = self.financiering.map(|wet| match wet {
            Wet::Wmo => Financing::Wmo.into(),
            Wet::Wlz => Financing::Wlz.into(),
            Wet::Onbekend => Financing::Unspecified.into(),
        });
        PlaceProfile {
            label: self.naam.clone().unwrap_or(before.label),
            pool: before.pool,
            criteria: self.whom.over(before.criteria),
            also_pools: list(&self.ook_soort).unwrap_or(before.also_pools),
            financing: financing.unwrap_or(before.financing),
        }
    }
}

impl CriteriaOptions {
    /// What was said, over what was there.
    fn over(&self, before: Option<Criteria>) -> Option<Criteria> {
        let before = before.unwrap_or_default();
        let groups = list(&self.doelgroep).map(|all| all.into_iter().map(Into::into).collect());
        Some(Criteria {
            residence: list(&self.inwoners_van).unwrap_or(before.residence),
            target_groups: groups.unwrap_or(before.target_groups),
            min_age: self.vanaf.unwrap_or(before.min_age),
            max_age: self.tot.unwrap_or(before.max_age),
            sex: match &self.geslacht {
                None => before.sex,
                Some(Given::Nothing) => Sex::Unspecified.into(),
                Some(Given::Value(sex)) => (*sex).into(),
            },
            wheelchair: said(self.rolstoel, before.wheelchair),
            pets: said(self.huisdier, before.pets),
            children: said(self.kinderen, before.children),
            max_nights: self.nachten.unwrap_or(before.max_nights),
            min_household: self.huishouden_vanaf.unwrap_or(before.min_household),
            max_household: self.huishouden.unwrap_or(before.max_household),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn windows(raw: &str) -> Vec<(u32, u32, u32)> {
        let Given::Value(hours) = opname(raw).unwrap() else { return Vec::new() };
        hours.iter().map(|it| (it.weekday, it.from_minute, it.until_minute)).collect()
    }

    #[test]
    fn opening_hours_are_read_as_people_write_them() {
        assert_eq!(windows("ma-wo 09:00-17:30"), [(1, 540, 1050), (2, 540, 1050), (3, 540, 1050)]);
        assert_eq!(windows("za-ma 20:00-24:00"), [(6, 1200, 1440), (7, 1200, 1440), (1, 1200, 1440)]);
        assert_eq!(windows("zo 22:00-08:00"), [(7, 1320, 480)]);
        assert!(matches!(opname("altijd"), Ok(Given::Nothing)));
        for wrong in ["", "ma", "ma 9", "xx 09:00-10:00", "ma-vr 25:00-26:00"] {
            assert!(opname(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_was_not_said_stays_and_the_word_for_nothing_takes_it_away() {
        let before = Criteria { target_groups: vec![TargetGroup::Lvb.into()], min_age: 18, ..Criteria::default() };
        let over = |doelgroep: Vec<Given<TargetGroup>>, vanaf: Option<u32>| {
            let options = CriteriaOptions {
                inwoners_van: Vec::new(),
                doelgroep,
                geslacht: None,
                vanaf,
                tot: None,
                huishouden_vanaf: None,
                huishouden: None,
                nachten: None,
                rolstoel: None,
                huisdier: None,
                kinderen: None,
            };
            options.over(Some(before.clone())).unwrap()
        };
        assert_eq!(over(Vec::new(), None), before);
        let cleared = over(vec![Given::Nothing], Some(0));
        assert_eq!((cleared.target_groups.len(), cleared.min_age), (0, 0));
    }
}
