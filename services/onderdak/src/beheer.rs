//! What beheer sets on the command line: locations, their places, and several places at once. A location that exists is
//! looked for among the logeerplekken first, then in opvang. It must not hold a rule: the service decides.

use clap::{Args, Subcommand};
use proto::availability::v1::{Kind, LocationProfile, PlaceProfile, PlaceStatus, Receipt};
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};

use crate::cli::Common;
use crate::client::{Connection, command_id, send};
use crate::location::{self, Found};
use crate::output;
use crate::{Exit, Failure, dates, find};

mod options;

pub use options::{LocationOptions, PlaceOptions};

/// Commands of `beheer`.
#[derive(Debug, Clone, Subcommand)]
pub enum Beheer {
    /// Maak een nieuwe locatie.
    Nieuw(Box<NewOptions>),
    /// Verander een locatie; wat u niet noemt, blijft zoals het is.
    Wijzig {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
        /// Wat er verandert.
        #[command(flatten)]
        what: Box<LocationOptions>,
    },
    /// Sluit een locatie voorgoed. Dat kan alleen als er niemand is en niemand wacht.
    Sluit {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
    },
    /// Voeg een plek toe.
    Erbij {
        /// Welke plek.
        #[command(flatten)]
        which: Which,
        /// De soort plek; bij een logeerplek ambulant, generalistisch of specialistisch.
        #[arg(long, value_name = "SOORT")]
        soort: String,
        /// Wat er verandert.
        #[command(flatten)]
        what: Box<PlaceOptions>,
    },
    /// Verander een plek; wat u niet noemt, blijft zoals het is. Zolang iemand haar heeft: alleen de naam en wie betaalt.
    Anders {
        /// Welke plek.
        #[command(flatten)]
        which: Which,
        /// De soort plek.
        #[arg(long, value_name = "SOORT")]
        soort: Option<String>,
        /// Wat er verandert.
        #[command(flatten)]
        what: Box<PlaceOptions>,
    },
    /// Haal een plek weg die vrij is.
    Weg(Which),
    /// Zet de stand van meer plekken van een opvang in één keer: alles lukt, of niets verandert.
    Zet {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
        /// Een plek en haar stand, zoals bed-1=vrij; de stand is vrij, bezet of buiten.
        #[arg(required = true, value_name = "PLEK=STAND")]
        plekken: Vec<String>,
        /// Waarom plekken buiten gebruik zijn, zonder namen of nummers van mensen.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "TEKST")]
        reden: String,
    },
    /// Zet hoeveel plekken er zijn, waar mensen geteld worden.
    Capaciteit {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
        /// Hoeveel plekken er betaald worden.
        #[arg(value_name = "PLEKKEN")]
        plekken: u32,
        /// Hoeveel daarvan nu buiten gebruik zijn.
        #[arg(long, default_value_t = 0, value_name = "AANTAL")]
        buiten: u32,
    },
}

/// Options of `beheer nieuw`.
#[derive(Debug, Clone, Args)]
pub struct NewOptions {
    /// De locatie: een code van kleine letters, cijfers en streepjes.
    #[arg(value_name = "LOCATIE")]
    locatie: String,
    /// De soort, zoals logeerplek of nachtopvang; kan later niet anders.
    #[arg(long, value_name = "SOORT", value_parser = find::kind)]
    soort: Kind,
    /// De gemeente; kan later niet anders.
    #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
    gemeente: String,
    /// Hier worden mensen geteld, in plaats van plekken bijgehouden; alleen waar de soort dat toelaat.
    #[arg(long)]
    telt_mensen: bool,
    #[command(flatten)]
    what: LocationOptions,
}

/// A place of a location.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    locatie: String,
    /// De plek: een code van kleine letters, cijfers en streepjes.
    #[arg(value_name = "PLEK")]
    plek: String,
}

/// Runs a command of `beheer`.
pub async fn run(command: Beheer, common: &Common) -> Result<(), Failure> {
    let to = &common.connection;
    let (receipt, done) = match command {
        Beheer::Nieuw(options) => {
            let done = format!("De locatie {} is er.", options.locatie);
            (registers(*options, to).await?, done)
        }
        Beheer::Wijzig { locatie, what } => {
            let done = format!("De locatie {locatie} is veranderd.");
            (changes(locatie, &what, to).await?, done)
        }
        Beheer::Sluit { locatie } => {
            let done = format!("De locatie {locatie} is voorgoed gesloten.");
            (closes(locatie, to).await?, done)
        }
        Beheer::Erbij { which, soort, what } => {
            let done = format!("De plek {} van {} is erbij.", which.plek, which.locatie);
            let new = PlaceProfile { label: which.plek.clone(), pool: soort, ..PlaceProfile::default() };
            (adds(which, what.over(new), to).await?, done)
        }
        Beheer::Anders { which, soort, what } => {
            let done = format!("De plek {} van {} is veranderd.", which.plek, which.locatie);
            (changes_place(which, soort, &what, to).await?, done)
        }
        Beheer::Weg(which) => {
            let done = format!("De plek {} van {} is weg.", which.plek, which.locatie);
            (removes(which, to).await?, done)
        }
        Beheer::Zet { locatie, plekken, reden } => {
            let done = match plekken.len() {
                1 => format!("De stand van 1 plek van {locatie} is gezet."),
                more => format!("De stand van {more} plekken van {locatie} is gezet."),
            };
            let (client, command_id) = (to.opvang()?, command_id());
            let settings = plekken.iter().map(|raw| setting(raw, &reden)).collect::<Result<_, _>>()?;
            let request = opvang::BulkSetRequest { command_id, location_id: locatie, settings };
            (send(request, async |it| client.clone().bulk_set(it).await).await?.into_inner().receipt, done)
        }
        Beheer::Capaciteit { locatie, plekken, buiten } => {
            let done = format!("{locatie} heeft {plekken} plekken, waarvan {buiten} buiten gebruik.");
            let (client, command_id) = (to.opvang()?, command_id());
            let (location_id, funded, unavailable) = (locatie, plekken, buiten);
            let request = opvang::SetCapacityRequest { command_id, location_id, funded, unavailable };
            (send(request, async |it| client.clone().set_capacity(it).await).await?.into_inner().receipt, done)
        }
    };
    output::done(&receipt, &done, common.output)
}

async fn registers(options: NewOptions, to: &Connection) -> Result<Option<Receipt>, Failure> {
    let NewOptions { locatie: location_id, soort, gemeente, telt_mensen, what } = options;
    let max_stay_days = what.dagen.unwrap_or_default();
    let new = LocationProfile { kind: soort.into(), gemeente, name: location_id.clone(), ..LocationProfile::default() };
    let (command_id, profile) = (command_id(), Some(what.over(new)));
    if soort == Kind::Logeerplek {
        let client = to.logeerplek()?;
        let request = logeerplek::RegisterLocationRequest { command_id, location_id, profile };
        return Ok(send(request, async |it| client.clone().register_location(it).await).await?.into_inner().receipt);
    }
    let client = to.opvang()?;
    // Without a word the kind says how it counts.
    let counting = if telt_mensen { opvang::Counting::Headcount } else { opvang::Counting::Unspecified }.into();
    let request = opvang::RegisterLocationRequest { command_id, location_id, profile, counting, max_stay_days };
    Ok(send(request, async |it| client.clone().register_location(it).await).await?.into_inner().receipt)
}

async fn changes(location_id: String, what: &LocationOptions, to: &Connection) -> Result<Option<Receipt>, Failure> {
    let command_id = command_id();
    Ok(match location::find(&location_id, to).await? {
        Found::Logeerplek(it) => {
            let (client, profile) = (to.logeerplek()?, it.profile.map(|before| what.over(before)));
            let request = logeerplek::ChangeLocationRequest { command_id, location_id, profile };
            send(request, async |it| client.clone().change_location(it).await).await?.into_inner().receipt
        }
        Found::Opvang(it) => {
            let max_stay_days = what.dagen.unwrap_or(it.max_stay_days);
            let (client, profile) = (to.opvang()?, it.profile.map(|before| what.over(before)));
            let request = opvang::ChangeLocationRequest { command_id, location_id, profile, max_stay_days };
            send(request, async |it| client.clone().change_location(it).await).await?.into_inner().receipt
        }
    })
}

async fn closes(location_id: String, to: &Connection) -> Result<Option<Receipt>, Failure> {
    let command_id = command_id();
    Ok(match location::find(&location_id, to).await? {
        Found::Logeerplek(_) => {
            let client = to.logeerplek()?;
            let request = logeerplek::RetireLocationRequest { command_id, location_id };
            send(request, async |it| client.clone().retire_location(it).await).await?.into_inner().receipt
        }
        Found::Opvang(_) => {
            let client = to.opvang()?;
            let request = opvang::RetireLocationRequest { command_id, location_id };
            send(request, async |it| client.clone().retire_location(it).await).await?.into_inner().receipt
        }
    })
}

async fn adds(which: Which, profile: PlaceProfile, to: &Connection) -> Result<Option<Receipt>, Failure> {
    let Which { locatie: location_id, plek: place_id } = which;
    let (command_id, profile) = (command_id(), Some(profile));
    Ok(match location::find(&location_id, to).await? {
        Found::Logeerplek(_) => {
            let client = to.logeerplek()?;
            let request = logeerplek::AddPlaceRequest { command_id, location_id, place_id, profile };
            send(request, async |it| client.clone().add_place(it).await).await?.into_inner().receipt
        }
        Found::Opvang(_) => {
            let client = to.opvang()?;
            let request = opvang::AddPlaceRequest { command_id, location_id, place_id, profile };
            send(request, async |it| client.clone().add_place(it).await).await?.into_inner().receipt
        }
    })
}

async fn changes_place(
    which: Which,
    soort: Option<String>,
    what: &PlaceOptions,
    to: &Connection,
) -> Result<Option<Receipt>, Failure> {
    let Which { locatie: location_id, plek: place_id } = which;
    let (command_id, found) = (command_id(), location::find(&location_id, to).await?);
    let before = found.places().iter().find(|place| place.place_id == place_id).and_then(|it| it.profile.clone());
    let before = before.ok_or_else(|| {
        let hint = format!("`onderdak locatie {location_id}` noemt de plekken.");
        Failure::new(Exit::Refused, format!("De plek {place_id} is er niet. {hint} [UNKNOWN_PLACE]"))
    })?;
    let pool = soort.unwrap_or_else(|| before.pool.clone());
    let profile = Some(what.over(PlaceProfile { pool, ..before }));
    Ok(match found {
        Found::Logeerplek(_) => {
            let client = to.logeerplek()?;
            let request = logeerplek::ChangePlaceRequest { command_id, location_id, place_id, profile };
            send(request, async |it| client.clone().change_place(it).await).await?.into_inner().receipt
        }
        Found::Opvang(_) => {
            let client = to.opvang()?;
            let request = opvang::ChangePlaceRequest { command_id, location_id, place_id, profile };
            send(request, async |it| client.clone().change_place(it).await).await?.into_inner().receipt
        }
    })
}

async fn removes(which: Which, to: &Connection) -> Result<Option<Receipt>, Failure> {
    let Which { locatie: location_id, plek: place_id } = which;
    let command_id = command_id();
    Ok(match location::find(&location_id, to).await? {
        Found::Logeerplek(_) => {
            let client = to.logeerplek()?;
            let request = logeerplek::RetirePlaceRequest { command_id, location_id, place_id };
            send(request, async |it| client.clone().retire_place(it).await).await?.into_inner().receipt
        }
        Found::Opvang(_) => {
            let client = to.opvang()?;
            let request = opvang::RetirePlaceRequest { command_id, location_id, place_id };
            send(request, async |it| client.clone().retire_place(it).await).await?.into_inner().receipt
        }
    })
}

fn setting(raw: &str, reason: &str) -> Result<opvang::PlaceSetting, Failure> {
    let wrong =
        || Failure::new(Exit::Input, format!("{raw}: moet zijn als bed-1=vrij; de stand is vrij, bezet of buiten"));
    let (place, status) = raw.split_once('=').ok_or_else(wrong)?;
    let (status, reason) = match status {
        "vrij" => (PlaceStatus::Free, ""),
        "bezet" => (PlaceStatus::Occupied, ""),
        "buiten" => (PlaceStatus::OutOfService, reason),
        _ => return Err(wrong()),
    };
    Ok(opvang::PlaceSetting { place_id: place.to_owned(), status: status.into(), reason: reason.to_owned() })
}
