//! What opvang has beyond places: waiting lists, winteropvang and who should leave. It must not hold a
//! rule: the service decides.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use proto::opvang::v1::*;

use crate::cli::Common;
use crate::client::{command_id, send};
use crate::find::NeedsOptions;
use crate::output::{self, Format};
use crate::{Exit, Failure, dates};

/// Commands of `wachtlijst`.
#[derive(Debug, Clone, Subcommand)]
pub enum Wachtlijst {
    /// Laat zien wie er wachten, op volgorde.
    Toon {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
    },
    /// Zet een cliënt op een wachtlijst.
    Erbij(Box<JoinOptions>),
    /// De cliënt neemt de aangeboden plek.
    Ja {
        /// Wie, en waar.
        #[command(flatten)]
        who: Waits,
        /// Hoe laat de cliënt er uiterlijk is, zoals 22:30, of een moment; zonder: de vrijgavetijd van de regio.
        #[arg(long, value_name = "TIJD")]
        uiterlijk: Option<String>,
    },
    /// De cliënt wil deze plek niet, maar houdt de beurt.
    Nee(Waits),
    /// De cliënt gaat van de lijst.
    Eraf(Waits),
    /// Trek een aanbod in; de plek gaat naar de volgende.
    Intrek {
        /// Wie, en waar.
        #[command(flatten)]
        who: Waits,
        /// Waarom, zonder namen.
        #[arg(long, value_name = "TEKST")]
        reden: String,
        /// De plek gaat buiten gebruik.
        #[arg(long)]
        buiten_gebruik: bool,
    },
    /// Sla een cliënt over voor een plek; de beurt blijft.
    Over {
        /// Wie, en waar.
        #[command(flatten)]
        who: Waits,
        /// De plek.
        #[arg(value_name = "PLEK")]
        plek: String,
        /// Waarom, zonder namen.
        #[arg(long, value_name = "TEKST")]
        reden: String,
    },
    /// Zet een cliënt op de wachtlijst van een andere soort plek van de locatie; de beurt blijft.
    Verplaats {
        /// Wie, en waar.
        #[command(flatten)]
        who: Waits,
        /// De andere soort.
        #[arg(value_name = "SOORT")]
        soort: String,
    },
    /// Bied een vrije plek opnieuw aan, ook aan wie ervoor is overgeslagen of niet op tijd antwoordde.
    Opnieuw {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
        /// De plek.
        #[arg(value_name = "PLEK")]
        plek: String,
    },
}

/// Options of `wachtlijst erbij`.
#[derive(Debug, Clone, Args)]
pub struct JoinOptions {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    locatie: String,
    /// De soort plek.
    #[arg(value_name = "SOORT")]
    soort: String,
    /// Kenmerk van de cliënt: een code, nooit een naam of BSN.
    #[arg(long, value_name = "CODE")]
    client: String,
    /// Hoeveel mensen het huishouden heeft; zonder: de cliënt en de kinderen.
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "AANTAL")]
    huishouden: u32,
    /// Wat de cliënt nodig heeft.
    #[command(flatten)]
    needs: NeedsOptions,
}

/// Who waits, and where.
#[derive(Debug, Clone, Args)]
pub struct Waits {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    locatie: String,
    /// Wie er wacht: de code van `wachtlijst toon`.
    #[arg(value_name = "WACHTENDE")]
    wachtende: String,
}

/// Options of `winteropvang`.
#[derive(Debug, Clone, Args)]
pub struct WinterOptions {
    /// De gemeente.
    #[arg(value_name = "GEMEENTE", value_parser = dates::gemeente)]
    gemeente: String,
    /// Open of dicht.
    #[arg(value_enum, value_name = "STAND")]
    stand: Stand,
    /// Hoeveel mensen een locatie mag opvangen, als locatie=aantal; mag vaker.
    #[arg(long, value_name = "LOCATIE=AANTAL")]
    plekken: Vec<String>,
}

/// Open or closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Stand {
    Open,
    Dicht,
}

/// Options of `vertrek`.
#[derive(Debug, Clone, Args)]
pub struct LeavingOptions {
    /// Alleen deze locatie.
    #[arg(value_name = "LOCATIE")]
    locatie: Option<String>,
    /// Tot en met welke dag; zonder: vandaag.
    #[arg(long, value_name = "DATUM", value_parser = dates::day)]
    tot: Option<Date>,
}

/// Runs a command of `wachtlijst`.
pub async fn wachtlijst(command: Wachtlijst, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let command_id = command_id();
    match command {
        Wachtlijst::Toon { locatie } => {
            let request = ListWaitingRequest { location_id: locatie, pool: String::new() };
            let answer = send(request, async |it| client.clone().list_waiting(it).await).await?.into_inner();
            print(&answer.waiting, common)
        }
        Wachtlijst::Erbij(options) => joins(*options, common).await,
        Wachtlijst::Ja { who: Waits { locatie, wachtende }, uiterlijk } => {
            let request = AcceptOfferRequest {
                command_id,
                location_id: locatie,
                waiting_id: wachtende,
                arrive_by: dates::maybe_next(uiterlijk.as_deref())?,
            };
            let answer = send(request, async |it| client.clone().accept_offer(it).await).await?.into_inner();
            let until = answer.stay.as_ref().and_then(|stay| stay.until);
            output::done(
                &answer,
                &format!("De plek is gereserveerd tot {}.", output::moment(until.as_ref())),
                common.output,
            )
        }
        Wachtlijst::Nee(Waits { locatie, wachtende }) => {
            let request =
                DeclineOfferRequest { command_id, location_id: locatie, waiting_id: wachtende, leave_list: false };
            let answer = send(request, async |it| client.clone().decline_offer(it).await).await?.into_inner();
            output::done(
                &answer,
                "De plek gaat naar de volgende, als die er is. De cliënt houdt de beurt.",
                common.output,
            )
        }
        Wachtlijst::Eraf(Waits { locatie, wachtende }) => {
            let request = LeaveWaitingListRequest { command_id, location_id: locatie, waiting_id: wachtende };
            let answer = send(request, async |it| client.clone().leave_waiting_list(it).await).await?.into_inner();
            output::done(&answer, "De cliënt staat niet meer op de lijst.", common.output)
        }
        Wachtlijst::Intrek { who: Waits { locatie, wachtende }, reden, buiten_gebruik } => {
            let request = WithdrawOfferRequest {
                command_id,
                location_id: locatie,
                waiting_id: wachtende,
                reason: reden,
                take_out_of_service: buiten_gebruik,
            };
            let answer = send(request, async |it| client.clone().withdraw_offer(it).await).await?.into_inner();
            output::done(&answer, "Het aanbod is ingetrokken; de cliënt houdt de beurt.", common.output)
        }
        Wachtlijst::Over { who: Waits { locatie, wachtende }, plek, reden } => {
            let request = PassOverRequest {
                command_id,
                location_id: locatie,
                waiting_id: wachtende,
                place_id: plek,
                reason: reden,
            };
            let answer = send(request, async |it| client.clone().pass_over(it).await).await?.into_inner();
            output::done(&answer, "De cliënt is voor deze plek overgeslagen en houdt de beurt.", common.output)
        }
        Wachtlijst::Verplaats { who: Waits { locatie, wachtende }, soort } => {
            let request = MoveWaitingRequest { command_id, location_id: locatie, waiting_id: wachtende, pool: soort };
            let answer = send(request, async |it| client.clone().move_waiting(it).await).await?.into_inner();
            print(answer.waiting.as_slice(), common)
        }
        Wachtlijst::Opnieuw { locatie, plek } => offers_again(locatie, plek, common).await,
    }
}

async fn joins(options: JoinOptions, common: &Common) -> Result<(), Failure> {
    let JoinOptions { locatie, soort, client: client_ref, huishouden, needs } = options;
    let client = common.connection.opvang()?;
    let request = JoinWaitingListRequest {
        command_id: command_id(),
        location_id: locatie,
        pool: soort,
        client_ref,
        household_size: huishouden,
        needs: Some(needs.needs()?),
    };
    let answer = send(request, async |it| client.clone().join_waiting_list(it).await).await?.into_inner();
    print(answer.waiting.as_slice(), common)
}

async fn offers_again(location_id: String, place_id: String, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let request = OfferAgainRequest { command_id: command_id(), location_id, place_id };
    let answer = send(request, async |it| client.clone().offer_again(it).await).await?.into_inner();
    match &answer.waiting {
        None if common.output == Format::Text => output::text("De plek past bij niemand die wacht."),
        waiting => print(waiting.as_slice(), common),
    }
}

fn print(waiting: &[Waiting], common: &Common) -> Result<(), Failure> {
    if common.output == Format::Json {
        return waiting.iter().try_for_each(output::json);
    }
    if waiting.is_empty() {
        return output::text("Hier wacht niemand.");
    }
    let row = |it: &Waiting| {
        let offer = if it.offered_place_id.is_empty() {
            String::new()
        } else {
            format!("{} tot {}", it.offered_place_id, output::moment(it.offer_until.as_ref()))
        };
        let who = if it.client_ref.is_empty() { "(onbekend)".to_owned() } else { it.client_ref.clone() };
        let passed = match it.passed_over_place_id.as_str() {
            "" => String::new(),
            place => format!("{place}: {}", it.passed_over_reason),
        };
        vec![it.waiting_id.clone(), it.pool.clone(), (it.before + 1).to_string(), who, offer, passed]
    };
    let rows: Vec<Vec<String>> = waiting.iter().map(row).collect();
    let heads = ["Wachtende", "Soort", "Beurt", "Cliënt", "Aangeboden", "Overgeslagen"];
    output::text(output::fitted(&heads, &rows, &["Overgeslagen", "Soort"]))
}

/// Opens or closes winteropvang.
pub async fn winter(options: WinterOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let counts = options.plekken.iter().map(|raw| {
        let (location_id, places) = pair(raw, "--plekken", "locatie=aantal")?;
        let places = places.parse().map_err(|_| Failure::new(Exit::Input, format!("{places} is geen aantal")))?;
        Ok(SurgeCount { location_id, places })
    });
    let on = options.stand == Stand::Open;
    let request = SwitchSurgeRequest {
        command_id: command_id(),
        gemeente: options.gemeente,
        on,
        counts: counts.collect::<Result<_, Failure>>()?,
    };
    let answer = send(request, async |it| client.clone().switch_surge(it).await).await?.into_inner();
    let what = if on { "open" } else { "dicht; wie binnen is, blijft" };
    let changed = match answer.locations {
        0 => "dat was al zo".to_owned(),
        1 => "veranderd op 1 locatie".to_owned(),
        more => format!("veranderd op {more} locaties"),
    };
    output::done(&answer, &format!("De winteropvang is {what} ({changed})."), common.output)?;
    match answer.given_back {
        many if many == 0 || common.output == Format::Json => Ok(()),
        1 => output::text("Let op: 1 reservering of aanbod is vervallen; laat het die cliënt weten."),
        more => output::text(format_args!(
            "Let op: {more} reserveringen en aanbiedingen zijn vervallen; laat het die cliënten weten."
        )),
    }
}

/// Who should leave.
pub async fn leaving(options: LeavingOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let request =
        ListExpectedExitsRequest { location_id: options.locatie.unwrap_or_default(), by: options.tot.map(dates::told) };
    let answer = send(request, async |it| client.clone().list_expected_exits(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    if answer.stays.is_empty() {
        return output::text("Tot en met die dag hoeft niemand te vertrekken.");
    }
    let row = |it: &Stay| {
        let who = if it.client_ref.is_empty() { "(onbekend)".to_owned() } else { it.client_ref.clone() };
        vec![it.location_id.clone(), it.place_id.clone(), output::moment(it.until.as_ref()), who, it.stay_id.clone()]
    };
    let rows: Vec<Vec<String>> = answer.stays.iter().map(row).collect();
    output::text(output::fitted(&["Locatie", "Plek", "Tot", "Cliënt", "Verblijf"], &rows, &["Verblijf"]))
}

/// Two words with "=" between them.
pub fn pair(raw: &str, option: &str, shape: &str) -> Result<(String, String), Failure> {
    let parts = raw.split_once('=').map(|(one, other)| (one.to_owned(), other.to_owned()));
    parts.ok_or_else(|| Failure::new(Exit::Input, format!("{option} moet zijn als {shape}")))
}
