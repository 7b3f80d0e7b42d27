//! Claims on the command line: claim, accept, refuse, extend, arrive, release. Places themselves are in `place`. It
//! must not hold a rule: the service decides.

use clap::{Args, ValueEnum};
use logeerplek::domain::Reason;
use proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient;
use proto::logeerplek::v1::*;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::cli::Common;
use crate::client::{Identified, command_id, send};
use crate::find::{NeedsOptions, WITHOUT_AGE};
use crate::output::{self, Format};
use crate::{Exit, Failure};

/// Options of `claim`.
#[derive(Debug, Clone, Args)]
#[command(override_usage = "\
onderdak claim [OPTIONS] --client <CODE> <LOCATIE> <PLEK>
         onderdak claim [OPTIONS] --client <CODE> --beste")]
pub struct ClaimOptions {
    /// De locatie; niet nodig met --beste.
    #[arg(required_unless_present = "beste", conflicts_with = "beste", value_name = "LOCATIE")]
    location: Option<String>,
    /// De plek; niet nodig met --beste.
    #[arg(required_unless_present = "beste", value_name = "PLEK")]
    place: Option<String>,
    /// Neem de beste plek die past: in één stap, zodat niemand voor kan dringen.
    #[arg(long)]
    beste: bool,
    /// Kenmerk van de cliënt: een code, nooit een naam of BSN.
    #[arg(long, value_name = "CODE")]
    client: String,
    /// Alleen een plek van dit type; mag vaker.
    #[arg(long, value_enum, value_name = "TYPE", requires = "beste")]
    r#type: Vec<Type>,
    /// Hoe lang de plek vastligt, in minuten (hoogstens 240); 0: zoals de regio het doet.
    #[arg(long, default_value_t = 0, value_name = "MINUTEN")]
    minuten: u32,
    #[command(flatten)]
    needs: NeedsOptions,
}

/// Types of logeerplek.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Type {
    Ambulant,
    Generalistisch,
    Specialistisch,
}

/// A claim.
#[derive(Debug, Clone, Args)]
pub struct ClaimId {
    /// De claim: de code die `claim` en `claims` geven.
    #[arg(value_name = "CLAIM")]
    claim: String,
}

/// Options of `extend`.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("langer").required(true))]
pub struct ExtendOptions {
    /// De claim: de code die `claim` en `claims` geven.
    #[arg(value_name = "CLAIM")]
    claim: String,
    /// Hoeveel minuten de plek langer vastligt (hoogstens 60, één keer): de cliënt is nog onderweg.
    #[arg(long, group = "langer", value_name = "MINUTEN")]
    minuten: Option<u32>,
    /// Hoeveel nachten de cliënt langer blijft: de cliënt is al aangekomen.
    #[arg(long, group = "langer", value_name = "AANTAL")]
    nachten: Option<u32>,
}

/// Options of `claims`.
#[derive(Debug, Clone, Args)]
pub struct ClaimsOptions {
    /// Alleen van deze locatie.
    #[arg(value_name = "LOCATIE")]
    location: Option<String>,
}

/// Options of `refuse`.
#[derive(Debug, Clone, Args)]
pub struct RefuseOptions {
    /// De claim: de code die `claim` en `claims` geven.
    #[arg(value_name = "CLAIM")]
    claim: String,
    /// Waarom.
    #[arg(long, value_enum)]
    reden: Reden,
    /// Toelichting; verplicht bij `anders`. Zonder namen.
    #[arg(long, default_value = "", hide_default_value = true)]
    tekst: String,
}

/// Why a location refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Reden {
    Vol,
    PastNiet,
    Personeel,
    Veiligheid,
    Gesloten,
    Anders,
}

/// Options of `release`.
#[derive(Debug, Clone, Args)]
pub struct ReleaseOptions {
    /// De claim: de code die `claim` en `claims` geven.
    #[arg(value_name = "CLAIM")]
    claim: String,
    /// Waar de cliënt heen ging; nodig als de cliënt was aangekomen.
    #[arg(long, value_enum)]
    naar: Option<Naar>,
    /// Is een opname of escalatie voorkomen?
    #[arg(long, value_enum, default_value_t = Voorkomen::Onbekend)]
    voorkomen: Voorkomen,
}

/// Where a client went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Naar {
    Huis,
    EigenNetwerk,
    Opvang,
    BeschermdWonen,
    GgzOpname,
    HousingFirst,
    Onbekend,
}

/// Was an admission or escalation prevented?
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the answers say it")]
pub enum Voorkomen {
    Ja,
    Nee,
    Onbekend,
}

/// Claims a place.
pub async fn claim(options: ClaimOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let (needs, knows_age) = (Some(options.needs.needs()?), options.needs.leeftijd.is_some());
    if options.beste {
        let request = ClaimBestRequest {
            command_id: command_id(),
            client_ref: options.client,
            needs,
            from: options.needs.from()?,
            from_gemeente: options.needs.from_gemeente()?,
            hold_minutes: options.minuten,
            pools: options.r#type.into_iter().map(pool).collect(),
        };
        let best = send(request, async |it| client.clone().claim_best(it).await).await;
        let best = best.map_err(|status| if knows_age { status.into() } else { without_age(status) })?.into_inner();
        if common.output == Format::Json {
            return output::json(&best);
        }
        output::text(format_args!(
            "Waarom deze plek: {}; afstand {}.",
            best.why.join(", "),
            output::distance(best.distance_metres)
        ))?;
        return print(best.claim, common);
    }
    let request = ClaimRequest {
        command_id: command_id(),
        location_id: options.location.unwrap_or_default(),
        place_id: options.place.unwrap_or_default(),
        client_ref: options.client,
        needs,
        hold_minutes: options.minuten,
    };
    print(send(request, async |it| client.clone().claim(it).await).await?.into_inner().claim, common)
}

/// Lists the open claims.
pub async fn claims(options: ClaimsOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let request = ListClaimsRequest { location_id: options.location.unwrap_or_default(), page_size: 0 };
    let claims = send(request, async |it| client.clone().list_claims(it).await).await?.into_inner();
    output::not_all(claims.claims.len(), claims.total);
    if common.output == Format::Json {
        return output::json(&claims);
    }
    if claims.claims.is_empty() {
        return output::text("Er zijn nu geen claims.");
    }
    let row = |claim: &Claim| {
        let until = claim.held_until.as_ref().or(claim.stay_until.as_ref());
        vec![
            claim.claim_id.clone(),
            claim.location_id.clone(),
            claim.place_id.clone(),
            if claim.client_ref.is_empty() { "(gewist)".to_owned() } else { claim.client_ref.clone() },
            status(claim.status()).to_owned(),
            output::moment(until),
            claim.phone.clone(),
        ]
    };
    let rows: Vec<_> = claims.claims.iter().map(row).collect();
    output::text(output::fitted(&["Claim", "Locatie", "Plek", "Cliënt", "Stand", "Tot", "Bel"], &rows, &["Bel"]))
}

/// The location says yes.
pub async fn accept(options: ClaimId, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let request = AcceptClaimRequest { command_id: command_id(), claim_id: options.claim, ..Default::default() };
    print(send(request, async |it| client.clone().accept_claim(it).await).await?.into_inner().claim, common)
}

/// The location says no.
pub async fn refuse(options: RefuseOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let (reason, rule) = match options.reden {
        Reden::Vol => (RefusalReason::Vol, Reason::Vol),
        Reden::PastNiet => (RefusalReason::PastNiet, Reason::PastNiet),
        Reden::Personeel => (RefusalReason::Personeel, Reason::Personeel),
        Reden::Veiligheid => (RefusalReason::Veiligheid, Reason::Veiligheid),
        Reden::Gesloten => (RefusalReason::Gesloten, Reason::Gesloten),
        Reden::Anders => (RefusalReason::Anders, Reason::Anders),
    };
    let (command_id, claim_id, text) = (command_id(), options.claim, options.tekst);
    let request = RefuseClaimRequest { command_id, claim_id, reason: reason.into(), text, ..Default::default() };
    print(send(request, async |it| client.clone().refuse_claim(it).await).await?.into_inner().claim, common)?;
    if common.output == Format::Text && rule.takes_out_of_service().is_some() {
        return output::text(
            "De plek die nee zei is nu buiten gebruik. Kan er weer iemand terecht: `onderdak back LOCATIE PLEK`.",
        );
    }
    Ok(())
}

/// Prolongs: the hold of a claim in minutes, or the stay of a client who is in by nights.
pub async fn extend(options: ExtendOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let (command_id, claim_id) = (command_id(), options.claim);
    let claim = if let Some(nights) = options.nachten {
        let request = ExtendStayRequest { command_id, claim_id, nights };
        send(request, async |it| client.clone().extend_stay(it).await).await?.into_inner().claim
    } else {
        let request = ExtendHoldRequest { command_id, claim_id, minutes: options.minuten.unwrap_or_default() };
        send(request, async |it| client.clone().extend_hold(it).await).await?.into_inner().claim
    };
    print(claim, common)
}

/// The client is in.
pub async fn arrive(options: ClaimId, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let request = ArriveRequest { command_id: command_id(), claim_id: options.claim, ..Default::default() };
    print(send(request, async |it| client.clone().arrive(it).await).await?.into_inner().claim, common)
}

/// Gives a place free: cancels before arrival, checks out after it.
pub async fn release(options: ReleaseOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let Some(to) = options.naar else {
        let request = CancelClaimRequest { command_id: command_id(), claim_id: options.claim.clone() };
        return match send(request, async |it| client.clone().cancel_claim(it).await).await {
            Ok(cancelled) => print(cancelled.into_inner().claim, common),
            Err(status) => {
                let is_in = status.code() == Code::FailedPrecondition && is_in(&client, options.claim).await;
                let mut failure = Failure::from(status);
                if is_in {
                    failure.sentence += "\nGaat de cliënt weg? Zeg dan met --naar waarheen.";
                }
                Err(failure)
            }
        };
    };
    let destination = match to {
        Naar::Huis => Destination::NaarHuis,
        Naar::EigenNetwerk => Destination::EigenNetwerk,
        Naar::Opvang => Destination::Opvang,
        Naar::BeschermdWonen => Destination::BeschermdWonen,
        Naar::GgzOpname => Destination::GgzOpname,
        Naar::HousingFirst => Destination::HousingFirst,
        Naar::Onbekend => Destination::Onbekend,
    };
    let prevented = match options.voorkomen {
        Voorkomen::Ja => Prevented::Ja,
        Voorkomen::Nee => Prevented::Nee,
        Voorkomen::Onbekend => Prevented::Onbekend,
    };
    let (command_id, claim_id) = (command_id(), options.claim);
    let request =
        CheckOutRequest { command_id, claim_id, destination: destination.into(), prevented: prevented.into() };
    print(send(request, async |it| client.clone().check_out(it).await).await?.into_inner().claim, common)
}

/// Whether the client of a claim came in; where that cannot be asked, nothing is said about it.
async fn is_in(client: &LogeerplekServiceClient<Identified>, claim_id: String) -> bool {
    let claim = send(GetClaimRequest { claim_id }, async |it| client.clone().get_claim(it).await).await;
    claim.is_ok_and(|answer| answer.into_inner().claim.is_some_and(|it| it.status() == ClaimStatus::Arrived))
}

fn print(claim: Option<Claim>, common: &Common) -> Result<(), Failure> {
    let claim = claim.ok_or_else(|| Failure::new(Exit::Failed, "de dienst gaf geen claim terug"))?;
    if common.output == Format::Json {
        return output::json(&claim);
    }
    let status = claim.status();
    let until = match status {
        ClaimStatus::Pending => {
            format!("\n  De locatie moet nog ja zeggen; vast tot {}", output::moment(claim.held_until.as_ref()))
        }
        ClaimStatus::Held => format!("\n  Vast tot {}", output::moment(claim.held_until.as_ref())),
        ClaimStatus::Arrived => format!("\n  Mag blijven tot {}", output::moment(claim.stay_until.as_ref())),
        _ => String::new(),
    };
    let Claim { claim_id, location_name, place_label, phone, .. } = &claim;
    let status = self::status(status);
    output::text(format_args!("Claim {claim_id}: {status}\n  {location_name}, {place_label} (bel {phone}){until}"))
}

/// Nothing fitted; a place with an age limit only fits somebody whose age is known.
fn without_age(status: Status) -> Failure {
    let nothing_fits = status.get_details_error_info().is_some_and(|info| info.reason == "NOTHING_FITS");
    let mut failure = Failure::from(status);
    if nothing_fits {
        failure.sentence = format!("{}\n{WITHOUT_AGE}", failure.sentence);
    }
    failure
}

fn pool(of: Type) -> String {
    of.to_possible_value().map(|name| name.get_name().to_owned()).unwrap_or_default()
}

const fn status(status: ClaimStatus) -> &'static str {
    match status {
        ClaimStatus::Unspecified => "onbekend",
        ClaimStatus::Pending => "wacht op de locatie",
        ClaimStatus::Held => "gereserveerd",
        ClaimStatus::Arrived => "aangekomen",
        ClaimStatus::CheckedOut => "vertrokken",
        ClaimStatus::Cancelled => "geannuleerd",
        ClaimStatus::NoShow => "niet gekomen",
        ClaimStatus::Refused => "geweigerd",
        ClaimStatus::Lapsed => "niet beantwoord",
    }
}
