//! Places and stands on the command line: "klopt nog", a place out of service, a place back. A location is looked for
//! among the logeerplekken first, then in opvang: the two know different ones.

use clap::Args;
use proto::availability::v1::Receipt;
use proto::{logeerplek::v1 as logeerplek, opvang::v1 as opvang};
use tonic::{Code, Status};

use crate::Failure;
use crate::cli::Common;
use crate::client::{command_id, send};
use crate::output::{self, Format};

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
    let location_id = options.location;
    let request = logeerplek::ConfirmLocationRequest { command_id: command_id(), location_id: location_id.clone() };
    let answer = send(request, async |it| logeerplek.clone().confirm_location(it).await).await;
    let receipt = match known(answer.map(|it| it.into_inner().receipt))? {
        Some(receipt) => receipt,
        None => {
            let request = opvang::ConfirmLocationRequest { command_id: command_id(), location_id: location_id.clone() };
            send(request, async |it| opvang.clone().confirm_location(it).await).await?.into_inner().receipt
        }
    };
    tell(receipt, &format!("De stand van {location_id} is bevestigd."), common)
}

/// A place cannot be used for a while.
pub async fn out(options: OutOptions, common: &Common) -> Result<(), Failure> {
    let (logeerplek, opvang) = (common.connection.logeerplek()?, common.connection.opvang()?);
    let (PlaceOptions { location, place }, reason) = (options.place, options.reden);
    let done = format!("{place} van {location} is buiten gebruik. Terug: `onderdak back {location} {place}`.");
    let request = logeerplek::TakeOutOfServiceRequest {
        command_id: command_id(),
        location_id: location.clone(),
        place_id: place.clone(),
        reason: reason.clone(),
        expected_end: None,
    };
    let answer = send(request, async |it| logeerplek.clone().take_out_of_service(it).await).await;
    let receipt = match known(answer.map(|it| it.into_inner().receipt))? {
        Some(receipt) => receipt,
        None => {
            let request = opvang::TakeOutOfServiceRequest {
                command_id: command_id(),
                location_id: location,
                place_id: place,
                reason,
                expected_end: None,
            };
            send(request, async |it| opvang.clone().take_out_of_service(it).await).await?.into_inner().receipt
        }
    };
    tell(receipt, &done, common)
}

/// A place can be used again.
pub async fn back(options: PlaceOptions, common: &Common) -> Result<(), Failure> {
    let (logeerplek, opvang) = (common.connection.logeerplek()?, common.connection.opvang()?);
    let PlaceOptions { location, place } = options;
    let done = format!("{place} van {location} is weer vrij.");
    let request = logeerplek::ReturnToServiceRequest {
        command_id: command_id(),
        location_id: location.clone(),
        place_id: place.clone(),
    };
    let answer = send(request, async |it| logeerplek.clone().return_to_service(it).await).await;
    let receipt = match known(answer.map(|it| it.into_inner().receipt))? {
        Some(receipt) => receipt,
        None => {
            let request =
                opvang::ReturnToServiceRequest { command_id: command_id(), location_id: location, place_id: place };
            send(request, async |it| opvang.clone().return_to_service(it).await).await?.into_inner().receipt
        }
    };
    tell(receipt, &done, common)
}

/// The answer of a service that knows the location; none where it does not.
fn known<T>(answer: Result<T, Status>) -> Result<Option<T>, Failure> {
    use tonic_types::StatusExt as _;
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(status)
            if status.code() == Code::NotFound
                && status.get_details_error_info().is_some_and(|info| info.reason == "UNKNOWN_LOCATION") =>
        {
            Ok(None)
        }
        Err(status) => Err(status.into()),
    }
}

fn tell(receipt: Option<Receipt>, done: &str, common: &Common) -> Result<(), Failure> {
    match common.output {
        Format::Json => output::json(&receipt),
        Format::Text => output::text(done),
    }
}
