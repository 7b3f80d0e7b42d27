//! Places and stands on the command line: "klopt nog", a place out of service, a place back. A location is looked for
//! among the logeerplekken first, then in opvang: the two know different ones. It must not decide what a place may do.

use clap::Args;
use proto::availability::v1::Receipt;
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};
use tonic::Status;
use tonic_types::StatusExt as _;

use crate::cli::Common;
use crate::client::{command_id, send};
use crate::output::{self, Format};
use crate::{Exit, Failure, dates};

/// Options of `confirm`.
#[derive(Debug, Clone, Args)]
pub struct ConfirmOptions {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    location: String,
}

/// Options of `out`.
#[derive(Debug, Clone, Args)]
pub struct OutOptions {
    #[command(flatten)]
    place: PlaceOptions,
    /// Waarom, zonder namen of nummers van mensen.
    #[arg(long, value_name = "TEKST")]
    reden: String,
    /// Wanneer de plek naar verwachting terug is: een tijd, zoals 14:00, of een moment. Zij gaat niet vanzelf terug.
    #[arg(long, value_name = "MOMENT")]
    tot: Option<String>,
}

/// A place.
#[derive(Debug, Clone, Args)]
pub struct PlaceOptions {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    location: String,
    /// De plek.
    #[arg(value_name = "PLEK")]
    place: String,
}

/// "Klopt nog".
pub async fn confirm(options: ConfirmOptions, common: &Common) -> Result<(), Failure> {
    let (logeerplek, opvang) = (common.connection.logeerplek()?, common.connection.opvang()?);
    let location = options.location;
    check_is_a_location(&location)?;
    let location_id = location.clone();
    let ours = logeerplek::ConfirmLocationRequest { command_id: command_id(), location_id: location.clone() };
    let theirs = opvang::ConfirmLocationRequest { command_id: command_id(), location_id };
    let receipt = in_either(
        async { Ok(send(ours, async |it| logeerplek.clone().confirm_location(it).await).await?.into_inner().receipt) },
        async { Ok(send(theirs, async |it| opvang.clone().confirm_location(it).await).await?.into_inner().receipt) },
    );
    tell(receipt.await?, &format!("De stand van {location} is bevestigd."), common)
}

/// What stands on the board of a whole gemeente is nobody's to confirm.
fn check_is_a_location(id: &str) -> Result<(), Failure> {
    let why = match id {
        id if id.starts_with("housing-first-gm") => "`onderdak slots bevestig` bevestigt de plekken daar",
        id if id.starts_with("nachtdienst-gm") => "de stand daar volgt uit het rooster (`onderdak rooster toon`)",
        _ => return Ok(()),
    };
    Err(Failure::new(Exit::Input, format!("{id} is geen locatie maar een gemeente: {why}")))
}

/// A place cannot be used for a while.
pub async fn out(options: OutOptions, common: &Common) -> Result<(), Failure> {
    let (logeerplek, opvang) = (common.connection.logeerplek()?, common.connection.opvang()?);
    let (PlaceOptions { location, place }, reason) = (options.place, options.reden);
    let expected_end = dates::maybe_next(options.tot.as_deref())?;
    let done = format!("{place} van {location} is buiten gebruik. Terug: `onderdak back {location} {place}`.");
    let ours = logeerplek::TakeOutOfServiceRequest {
        command_id: command_id(),
        location_id: location.clone(),
        place_id: place.clone(),
        reason: reason.clone(),
        expected_end,
    };
    let theirs = opvang::TakeOutOfServiceRequest {
        command_id: command_id(),
        location_id: location,
        place_id: place,
        reason,
        expected_end,
    };
    let receipt = in_either(
        async {
            Ok(send(ours, async |it| logeerplek.clone().take_out_of_service(it).await).await?.into_inner().receipt)
        },
        async { Ok(send(theirs, async |it| opvang.clone().take_out_of_service(it).await).await?.into_inner().receipt) },
    );
    tell(receipt.await?, &done, common)
}

/// A place can be used again.
pub async fn back(options: PlaceOptions, common: &Common) -> Result<(), Failure> {
    let (logeerplek, opvang) = (common.connection.logeerplek()?, common.connection.opvang()?);
    let PlaceOptions { location, place } = options;
    let done = format!("{place} van {location} is weer vrij.");
    let ours = logeerplek::ReturnToServiceRequest {
        command_id: command_id(),
        location_id: location.clone(),
        place_id: place.clone(),
    };
    let theirs = opvang::ReturnToServiceRequest { command_id: command_id(), location_id: location, place_id: place };
    let receipt = in_either(
        async { Ok(send(ours, async |it| logeerplek.clone().return_to_service(it).await).await?.into_inner().receipt) },
        async { Ok(send(theirs, async |it| opvang.clone().return_to_service(it).await).await?.into_inner().receipt) },
    );
    tell(receipt.await?, &done, common)
}

/// What logeerplek answers, or opvang where logeerplek does not know the location.
async fn in_either(
    logeerplek: impl Future<Output = Result<Option<Receipt>, Status>>,
    opvang: impl Future<Output = Result<Option<Receipt>, Status>>,
) -> Result<Option<Receipt>, Failure> {
    let is_unknown =
        |status: &Status| status.get_details_error_info().is_some_and(|info| info.reason == "UNKNOWN_LOCATION");
    match logeerplek.await {
        Err(status) if is_unknown(&status) => Ok(opvang.await?),
        answer => Ok(answer?),
    }
}

fn tell(receipt: Option<Receipt>, done: &str, common: &Common) -> Result<(), Failure> {
    match common.output {
        Format::Json => output::json(&receipt),
        Format::Text => output::text(done),
    }
}
