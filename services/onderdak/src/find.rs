//! `onderdak find`: free places that fit, best first, and the near misses. A search that finds nothing is recorded as
//! unmet demand, without a person.

use clap::{Args, ValueEnum};
use proto::availability::v1::{Coordinates, Kind, Needs, Sex, TargetGroup};
use proto::logeerplek::v1::RecordUnmetDemandRequest;
use proto::regio::v1::{FindPlacesRequest, FindPlacesResponse, FoundPlace, NightCover, NightCoverThen};

use crate::cli::Common;
use crate::client::{command_id, send};
use crate::output::{self, Format};
use crate::{Failure, dates, regions};

/// What a client needs, as options.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Wat de cliënt nodig heeft")]
pub struct NeedsOptions {
    /// Gemeente waar de cliënt nu is: naam of CBS-code.
    #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
    pub van: Option<String>,
    /// Plek waar de cliënt nu is, als breedte,lengte: gaat voor --van.
    #[arg(long, value_name = "LAT,LON", allow_hyphen_values = true)]
    pub vanaf: Option<String>,
    /// Gemeente waarvan de cliënt inwoner is; zonder: dezelfde als --van.
    #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
    pub inwoner_van: Option<String>,
    /// Doelgroep; mag vaker.
    #[arg(long, value_enum, value_name = "DOELGROEP")]
    pub doelgroep: Vec<Doelgroep>,
    /// Leeftijd in jaren.
    #[arg(long, value_name = "JAREN")]
    pub leeftijd: Option<u32>,
    /// Geslacht, waar een locatie daarnaar vraagt.
    #[arg(long, value_enum, value_name = "GESLACHT")]
    pub geslacht: Option<Geslacht>,
    /// Er is een rolstoel.
    #[arg(long)]
    pub rolstoel: bool,
    /// Er komt een huisdier mee.
    #[arg(long)]
    pub huisdier: bool,
    /// Leeftijd van een kind dat meekomt; mag vaker.
    #[arg(long, value_name = "JAREN")]
    pub kind: Vec<u32>,
    /// Aantal nachten.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=365), value_name = "AANTAL")]
    pub nachten: u32,
}

/// Doelgroep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Doelgroep {
    Psychosociaal,
    Psychiatrisch,
    Lvb,
    Verslaving,
    HuiselijkGeweld,
    Jongere,
    Dakloos,
}

/// Geslacht.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Geslacht {
    Vrouw,
    Man,
    Anders,
}

/// Options of `find`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    #[command(flatten)]
    needs: NeedsOptions,
    /// Soort plek, zoals logeerplek of nachtopvang; mag vaker. Zonder: alles waar iemand kan slapen.
    #[arg(long, value_name = "SOORT", value_parser = kind)]
    soort: Vec<Kind>,
    /// Vanaf wanneer de plek nodig is: een tijd, zoals 23:00, of een moment; zonder: nu.
    #[arg(long, value_name = "MOMENT")]
    om: Option<String>,
    /// Hoeveel antwoorden hoogstens.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100), value_name = "AANTAL")]
    hoogstens: u32,
}

/// A kind by its name, such as nachtopvang.
pub fn kind(raw: &str) -> Result<Kind, String> {
    let name = format!("KIND_{}", raw.to_uppercase().replace(['-', ' '], "_"));
    let kind = Kind::from_str_name(&name).filter(|kind| *kind != Kind::Unspecified);
    kind.ok_or_else(|| {
        let names: Vec<String> = model::kind::Kind::ALL.map(model::wire::kind_token).to_vec();
        format!("kies uit {}", names.join(", "))
    })
}

impl NeedsOptions {
    /// The gemeente to start from.
    pub fn from_gemeente(&self) -> Result<String, Failure> {
        code(self.van.as_deref())
    }

    /// The coordinates to start from.
    pub fn from(&self) -> Result<Option<Coordinates>, Failure> {
        let coordinates = self.vanaf.as_deref().map(coordinates).transpose();
        coordinates.map_err(|why| Failure::new(crate::Exit::Input, format!("--vanaf {why}")))
    }

    /// The needs as a message.
    pub fn needs(&self) -> Result<Needs, Failure> {
        Ok(Needs {
            residence: code(self.inwoner_van.as_deref().or(self.van.as_deref()))?,
            target_groups: self.doelgroep.iter().map(|it| it.group().into()).collect(),
            age: self.leeftijd,
            sex: self.geslacht.map_or(Sex::Unspecified, Geslacht::sex).into(),
            wheelchair: self.rolstoel,
            pet: self.huisdier,
            children_ages: self.kind.clone(),
            nights: self.nachten,
        })
    }
}

impl Doelgroep {
    /// The same in a message.
    pub const fn group(self) -> TargetGroup {
        match self {
            Self::Psychosociaal => TargetGroup::Psychosociaal,
            Self::Psychiatrisch => TargetGroup::Psychiatrisch,
            Self::Lvb => TargetGroup::Lvb,
            Self::Verslaving => TargetGroup::Verslaving,
            Self::HuiselijkGeweld => TargetGroup::HuiselijkGeweld,
            Self::Jongere => TargetGroup::Jongere,
            Self::Dakloos => TargetGroup::Dakloos,
        }
    }
}

impl Geslacht {
    /// The same in a message.
    pub const fn sex(self) -> Sex {
        match self {
            Self::Vrouw => Sex::Female,
            Self::Man => Sex::Male,
            Self::Anders => Sex::Other,
        }
    }
}

/// Coordinates as breedte,lengte.
pub fn coordinates(raw: &str) -> Result<Coordinates, String> {
    let degrees = raw.split_once(',').and_then(|(lat, lon)| Some((lat.trim().parse().ok()?, lon.trim().parse().ok()?)));
    let (latitude, longitude) = degrees.ok_or_else(|| "moet breedte,lengte zijn, zoals 52.37,5.22".to_owned())?;
    Ok(Coordinates { latitude, longitude })
}

fn code(raw: Option<&str>) -> Result<String, Failure> {
    let code = raw.map(regions::gemeente).transpose();
    let code = code.map_err(|why| Failure::new(crate::Exit::Input, why))?;
    Ok(code.map(|code| code.to_string()).unwrap_or_default())
}

/// Finds and prints.
pub async fn run(options: Options, common: &Common) -> Result<(), Failure> {
    let needs = options.needs.needs()?;
    let at = dates::maybe_next(options.om.as_deref())?;
    let request = FindPlacesRequest {
        needs: Some(needs.clone()),
        from: options.needs.from()?,
        from_gemeente: options.needs.from_gemeente()?,
        kinds: options.soort.iter().map(|kind| (*kind).into()).collect(),
        at,
        limit: options.hoogstens,
    };
    let from_gemeente = request.from_gemeente.clone();
    // Without a kind the night looks for a logeerplek.
    let mut demanded = if options.soort.is_empty() { vec![Kind::Logeerplek] } else { options.soort.clone() };
    demanded.sort_unstable();
    demanded.dedup();
    demanded.retain(|kind| model::wire::kind_in(*kind).is_some_and(model::kind::Kind::counts_demand));
    let client = common.connection.regio()?;
    let found = send(request, async |it| client.clone().find_places(it).await).await?.into_inner();
    let untold = untold(&found, &options.needs);
    let nothing = found.places.is_empty() && found.counts.iter().all(|count| count.free == 0);
    let counts = nothing && !demanded.is_empty();
    for kind in demanded.into_iter().filter(|_| nothing) {
        let logeerplek = common.connection.logeerplek()?;
        let (needs, from_gemeente, kind) = (Some(needs.clone()), from_gemeente.clone(), kind.into());
        let request = RecordUnmetDemandRequest { command_id: command_id(), needs, from_gemeente, kind };
        send(request, async |it| logeerplek.clone().record_unmet_demand(it).await).await?;
    }
    match common.output {
        Format::Json => output::json(&found),
        Format::Text => {
            // Whoever asks for another moment sees that this is what they read.
            if let Some(at) = &at {
                output::text(format_args!("Voor {}:\n", output::moment(Some(at))))?;
            }
            output::text(told(&found, counts, &untold, &options.needs))
        }
    }
}

/// What is said when nothing fits and the age is not known.
pub const WITHOUT_AGE: &str = "U gaf geen leeftijd; veel plekken hebben een grens. Zeg hem met --leeftijd.";

/// What was not told and alone stands between the client and a free place: the option and its name.
fn untold(found: &FindPlacesResponse, needs: &NeedsOptions) -> Vec<(&'static str, &'static str)> {
    let asked = [
        ("AGE", needs.leeftijd.is_none(), ("leeftijd", "--leeftijd")),
        ("TARGET_GROUP", needs.doelgroep.is_empty(), ("doelgroep", "--doelgroep")),
        ("SEX", needs.geslacht.is_none(), ("geslacht", "--geslacht")),
    ];
    let is_missed = |reason: &str| found.near_misses.iter().any(|miss| miss.reason == reason);
    let missing = asked.into_iter().filter(|(reason, is_untold, _)| *is_untold && is_missed(reason));
    missing.map(|(_, _, option)| option).collect()
}

fn told(found: &FindPlacesResponse, counts: bool, untold: &[(&str, &str)], needs: &NeedsOptions) -> String {
    let mut parts = Vec::new();
    if found.places.is_empty() {
        let noted = if counts { " De vraag is genoteerd, zonder gegevens van de cliënt." } else { "" };
        let hint = |(name, option): &(&str, &str)| {
            format!("\nU gaf geen {name}; voor een vrije plek is dat nodig. Geef het met {option}.")
        };
        let mut hints: String = untold.iter().map(hint).collect();
        if needs.leeftijd.is_none() && hints.is_empty() {
            hints = format!("\n{WITHOUT_AGE}");
        }
        parts.push(format!("Er is geen vrije plek die past.{noted}{hints}"));
    } else {
        let rows: Vec<_> = found.places.iter().map(|place| row(place, place.why.join(", "))).collect();
        parts.push(output::fitted(&HEADS, &rows, &LEAST));
        if let Some(from) = needs.van.as_deref().filter(|_| needs.vanaf.is_none())
            && found.places.iter().all(|place| place.distance_metres.is_none())
        {
            let from =
                regions::gemeente(from).map_or_else(|_| from.to_owned(), |code| regions::gemeente_name(code.as_str()));
            parts.push(format!("Er zijn geen afstanden: waar {from} ligt, of waar deze plekken zijn, is niet bekend."));
        }
    }
    if !found.near_misses.is_empty() {
        let of = |miss: &proto::regio::v1::NearMiss| miss.place.as_ref().map(|place| row(place, miss.sentence.clone()));
        let rows: Vec<_> = found.near_misses.iter().filter_map(of).collect();
        parts.push(format!("Bijna passend:\n{}", output::fitted(&HEADS, &rows, &LEAST)));
    }
    parts.extend(found.night_cover.as_ref().map(night_cover));
    parts.extend(found.counts.iter().map(|count| {
        let (kind, phone) = (output::kind(count.kind()), &count.phone);
        let stand = match (count.free, count.must_call) {
            (free, 0) => format!("{free} vrij in de regio"),
            (0, _) => "niet bekend hoeveel er vrij zijn".to_owned(),
            (free, 1) => format!("ten minste {free} vrij in de regio; van 1 locatie is het niet bekend"),
            (free, unknown) => format!("ten minste {free} vrij in de regio; van {unknown} locaties is het niet bekend"),
        };
        format!("{kind}: {stand}. Bel het aanmeldpunt: {phone}")
    }));
    parts.join("\n\n")
}

/// Whether the avond- en nachtdienst is there, now and tonight.
fn night_cover(it: &NightCoverThen) -> String {
    let gaps = || it.tonight_gaps.iter().map(dates::period).collect::<Vec<_>>().join(" en ");
    let tonight = match it.tonight() {
        NightCover::Covered => "vannacht gedekt.".to_owned(),
        NightCover::Gap => format!("vannacht niet gedekt van {}.", gaps()),
        NightCover::Unknown | NightCover::ByDay | NightCover::Unspecified => {
            "het is niet bekend of er vannacht iemand is; dat telt als niet gedekt.".to_owned()
        }
    };
    format!("Avond- en nachtdienst in {}: {tonight}", regions::gemeente_name(&it.gemeente))
}

/// Columns that are left out first where the terminal is narrow.
const LEAST: [&str; 3] = ["Zo zijn er", "Soort", "Stand"];
const HEADS: [&str; 8] = ["Locatie", "Plek", "Soort", "Afstand", "Stand", "Bel", "Zo zijn er", "Waarom"];

fn row(place: &FoundPlace, why: String) -> Vec<String> {
    let fictief = if place.fictief { " (fictief)" } else { "" };
    vec![
        format!("{}{fictief}", place.location_id),
        place.place_id.clone(),
        format!("{} {}", output::kind(place.kind()), place.pool),
        output::distance(place.distance_metres),
        output::age(place.age()).to_owned(),
        place.phone.clone(),
        place.alike.to_string(),
        why,
    ]
}
