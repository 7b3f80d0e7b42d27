//! One location with its places, on the command line. Logeerplekken and opvang show it alike. It must not change
//! anything.

use clap::Args;
use jiff::Timestamp;
use model::intake::{WallClock, Window};
use proto::availability::v1::{Age, Figures, IntakeWindow, LocationProfile, Place, PlaceStatus};
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};
use service::clock;
use tonic_types::StatusExt as _;

use crate::cli::Common;
use crate::client::{Connection, send};
use crate::output::{self, Format};
use crate::{Failure, regions};

mod whom;

/// Options of `locatie`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// De locatie, zoals `watch` haar noemt.
    #[arg(value_name = "LOCATIE")]
    location: String,
}

/// What both services tell of a location.
struct Shown {
    profile: LocationProfile,
    places: Vec<Place>,
    /// Where people are counted: how many, when that was ever told.
    counted: Option<Option<Figures>>,
    confirmed_at: Option<pbjson_types::Timestamp>,
    age: Age,
    retired: bool,
    /// A winteropvang that the gemeente closed.
    surge_closed: bool,
}

/// A location, in the service that has it.
pub enum Found {
    /// Among the logeerplekken.
    Logeerplek(logeerplek::Location),
    /// In opvang.
    Opvang(opvang::Location),
}

impl Found {
    /// Its places.
    pub fn places(&self) -> &[Place] {
        match self {
            Self::Logeerplek(it) => &it.places,
            Self::Opvang(it) => &it.places,
        }
    }
}

/// Finds a location among the logeerplekken, or else in opvang: the two know different ones.
pub async fn find(id: &str, to: &Connection) -> Result<Found, Failure> {
    let (ours, theirs) = (to.logeerplek()?, to.opvang()?);
    let request = logeerplek::GetLocationRequest { location_id: id.to_owned() };
    match send(request, async |it| ours.clone().get_location(it).await).await {
        Ok(answer) => Ok(Found::Logeerplek(answer.into_inner().location.unwrap_or_default())),
        Err(status) if status.get_details_error_info().is_some_and(|info| info.reason == "UNKNOWN_LOCATION") => {
            let request = opvang::GetLocationRequest { location_id: id.to_owned() };
            let answer = send(request, async |it| theirs.clone().get_location(it).await).await?.into_inner();
            Ok(Found::Opvang(answer.location.unwrap_or_default()))
        }
        Err(status) => Err(status.into()),
    }
}

/// Shows a location.
pub async fn run(options: Options, common: &Common) -> Result<(), Failure> {
    let found = find(&options.location, &common.connection).await?;
    if common.output == Format::Json {
        return match &found {
            Found::Logeerplek(it) => output::json(it),
            Found::Opvang(it) => output::json(it),
        };
    }
    let shown = match found {
        Found::Logeerplek(it) => {
            let (age, profile) = (it.age(), it.profile.unwrap_or_default());
            let (places, confirmed_at) = (it.places, it.confirmed_at);
            Shown { profile, places, counted: None, confirmed_at, age, retired: it.retired, surge_closed: false }
        }
        Found::Opvang(it) => {
            let (counting, age) = (it.counting(), it.age());
            let profile = it.profile.unwrap_or_default();
            let counted = (counting == opvang::Counting::Headcount).then_some(it.figures);
            let (places, confirmed_at) = (it.places, it.confirmed_at);
            let surge_closed = it.surge_closed;
            Shown { profile, places, counted, confirmed_at, age, retired: it.retired, surge_closed }
        }
    };
    print(&options.location, &shown)
}

/// Whether new people can come in at a moment; without hours, always.
pub(crate) fn is_open(windows: &[IntakeWindow], at: Timestamp) -> bool {
    let parse = |it: &IntakeWindow| Window::parse(it.weekday, it.from_minute, it.until_minute).ok();
    let windows: Vec<Window> = windows.iter().filter_map(parse).collect();
    WallClock::at(at, &output::zone()).is_within(&windows)
}

/// Hours by day, such as "ma-vr 10:00-16:00".
fn hours(windows: &[IntakeWindow]) -> String {
    let parse = |it: &IntakeWindow| Window::parse(it.weekday, it.from_minute, it.until_minute).ok();
    Window::written(&windows.iter().filter_map(parse).collect::<Vec<_>>()).join(", ")
}

fn print(id: &str, it: &Shown) -> Result<(), Failure> {
    let LocationProfile { name, provider, gemeente, phone, fictief, .. } = &it.profile;
    let fictief = if *fictief { ", fictief" } else { "" };
    let phone = if phone.is_empty() { String::new() } else { format!(", bel {phone}") };
    output::text(format_args!(
        "{name} ({id}{fictief})\n{} van {provider} in {}{phone}",
        output::kind(it.profile.kind()),
        regions::gemeente_name(gemeente)
    ))?;
    if it.retired {
        return output::text("Deze locatie is voorgoed gesloten.");
    }
    output::text(format_args!(
        "Stand: {}, bevestigd {}",
        output::age(it.age),
        output::moment(it.confirmed_at.as_ref())
    ))?;
    if it.surge_closed {
        output::text("Deze winteropvang is dicht: er komt niemand in tot de gemeente haar opent.")?;
    }
    if !it.profile.intake_windows.is_empty() {
        let hours = hours(&it.profile.intake_windows);
        let now = if is_open(&it.profile.intake_windows, clock::now()) { "" } else { "; nu komt er niemand in" };
        output::text(format_args!("Opname: {hours}{now}"))?;
    }
    let whom = it.profile.criteria.as_ref().map(whom::whom).filter(|whom| !whom.is_empty());
    whom.map_or(Ok(()), |whom| output::text(format_args!("Voor: {whom}")))?;
    if it.profile.needs_night_cover {
        output::text("'s Nachts komt hier alleen iemand in als de avond- en nachtdienst er is.")?;
    }
    if it.places.is_empty() {
        return match &it.counted {
            Some(Some(figures)) => output::text(format_args!(
                "Hier worden mensen geteld: {} binnen, {} verwacht, {} plekken, {} buiten gebruik.",
                figures.occupied,
                figures.held,
                figures.funded + figures.surge,
                figures.unavailable
            )),
            Some(None) => output::text("Hier worden mensen geteld; dat is nog niet gedaan."),
            None => output::text("Deze locatie heeft nog geen plekken."),
        };
    }
    let row = |place: &Place| {
        let profile = place.profile.clone().unwrap_or_default();
        let pools = [vec![profile.pool], profile.also_pools].concat().join(", ");
        vec![
            place.place_id.clone(),
            profile.label,
            pools,
            profile.criteria.as_ref().map(whom::whom).unwrap_or_default(),
            status(place.status()).to_owned(),
            place.until.map_or_else(String::new, |until| output::moment(Some(&until))),
            [place.user_id.as_str(), place.out_of_service_reason.as_str()].concat(),
        ]
    };
    let rows: Vec<Vec<String>> = it.places.iter().map(row).collect();
    let heads = ["Plek", "Naam", "Soort", "Voor wie", "Stand", "Tot", "Claim, verblijf of reden"];
    output::text(output::fitted(&heads, &rows, &["Naam", "Voor wie", "Claim, verblijf of reden"]))
}

const fn status(status: PlaceStatus) -> &'static str {
    match status {
        PlaceStatus::Unspecified => "onbekend",
        PlaceStatus::Free => "vrij",
        PlaceStatus::Held => "gereserveerd",
        PlaceStatus::Occupied => "bezet",
        PlaceStatus::OutOfService => "buiten gebruik",
    }
}
