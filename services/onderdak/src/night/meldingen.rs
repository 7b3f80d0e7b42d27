//! Meldingen and the handover of the night on the command line. It must not hold a rule: the service decides.

use std::collections::HashMap;

use clap::{Subcommand, ValueEnum};
use jiff::ToSpan as _;
use proto::logeerplek::v1::{GetClaimRequest, ListClaimsRequest};
use proto::nachtdienst::v1::*;
use service::clock;
use tonic::Code;

use crate::cli::Common;
use crate::client::{command_id, send};
use crate::output::{self, Format};
use crate::{Exit, Failure, dates, history, regions};

type Message = proto::nachtdienst::v1::Melding;

/// Commands of `melding`.
#[derive(Debug, Clone, Subcommand)]
pub enum Melding {
    /// Laat de open meldingen zien.
    Lijst {
        /// Ook de gesloten meldingen.
        #[arg(long)]
        alles: bool,
    },
    /// Een nieuwe melding.
    Nieuw {
        /// De gemeente.
        #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
        gemeente: String,
        /// Hoe snel er iemand moet komen: hoog is nu, normaal is vannacht, laag kan wachten.
        #[arg(long, value_enum, default_value_t = Spoed::Normaal)]
        spoed: Spoed,
        /// Wat er is, zonder namen of nummers van mensen.
        #[arg(value_name = "TEKST")]
        tekst: String,
    },
    /// Geef een melding aan een team.
    Geef {
        /// De melding: de code die `melding lijst` geeft.
        #[arg(value_name = "MELDING")]
        melding: String,
        /// De dienst van het team: de code die `rooster toon` geeft.
        #[arg(value_name = "DIENST")]
        dienst: String,
    },
    /// Het team is onderweg.
    Onderweg {
        /// De melding: de code die `melding lijst` geeft.
        #[arg(value_name = "MELDING")]
        melding: String,
    },
    /// Het team is aangekomen.
    Aangekomen {
        /// De melding: de code die `melding lijst` geeft.
        #[arg(value_name = "MELDING")]
        melding: String,
    },
    /// Wat eruit kwam.
    Resultaat {
        /// De melding: de code die `melding lijst` geeft.
        #[arg(value_name = "MELDING")]
        melding: String,
        /// Wat eruit kwam.
        #[arg(value_enum, value_name = "RESULTAAT")]
        resultaat: Resultaat,
        /// De claim, bij een logeerplek: de code die `claims` geeft.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "CLAIM")]
        claim: String,
    },
    /// Hoe lang het duurde, en wat eruit kwam.
    Cijfers {
        /// Vanaf welk moment de meldingen binnenkwamen; zonder: de laatste vier weken.
        #[arg(long, value_name = "MOMENT")]
        vanaf: Option<String>,
        /// Tot welk moment; zonder: nu.
        #[arg(long, value_name = "MOMENT")]
        tot: Option<String>,
        /// Alleen van deze gemeente.
        #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
        gemeente: Option<String>,
    },
    /// Sluit een melding.
    Sluit {
        /// De melding: de code die `melding lijst` geeft.
        #[arg(value_name = "MELDING")]
        melding: String,
    },
}

/// How soon somebody must come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Spoed {
    Laag,
    Normaal,
    Hoog,
}

/// What came of a melding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Resultaat {
    Gestabiliseerd,
    Logeerplek,
    Crisisdienst,
    Alarmnummer,
    GeenGehoor,
    GeenActie,
}

/// Commands of `overdracht`.
#[derive(Debug, Clone, Subcommand)]
pub enum Overdracht {
    /// Alles wat de volgende coördinator moet weten.
    Toon,
    /// Schrijf een opmerking voor de volgende coördinator.
    Schrijf {
        /// De opmerking, zonder namen of nummers van mensen.
        #[arg(value_name = "TEKST")]
        tekst: String,
    },
    /// Draag de nacht over.
    Geef {
        /// De coördinator die overdraagt.
        #[arg(value_name = "MEDEWERKER")]
        medewerker: String,
    },
    /// Neem een overdracht terug die nog niemand overnam; de opmerkingen blijven.
    Terug {
        /// De coördinator die haar terugneemt.
        #[arg(value_name = "MEDEWERKER")]
        medewerker: String,
    },
    /// Neem de nacht over.
    Neem {
        /// De coördinator die overneemt.
        #[arg(value_name = "MEDEWERKER")]
        medewerker: String,
    },
}

/// Runs a command of `melding`.
pub async fn melding(command: Melding, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    let (command_id, go) = (command_id(), |melding_id: String, to: MeldingStatus| (melding_id, to));
    let changed = match command {
        Melding::Lijst { alles } => {
            let request = ListMeldingenRequest { only_open: !alles, ..ListMeldingenRequest::default() };
            let answer = send(request, async |it| client.clone().list_meldingen(it).await).await?.into_inner();
            output::not_all(answer.meldingen.len(), answer.total);
            return print(&answer.meldingen, common).await;
        }
        Melding::Cijfers { vanaf, tot, gemeente } => return measures(vanaf, tot, gemeente, common).await,
        Melding::Nieuw { gemeente, spoed, tekst } => {
            let urgency = match spoed {
                Spoed::Laag => Urgency::Laag,
                Spoed::Normaal => Urgency::Normaal,
                Spoed::Hoog => Urgency::Hoog,
            };
            let request = ReceiveMeldingRequest { command_id, gemeente, urgency: urgency.into(), text: tekst };
            let answer = send(request, async |it| client.clone().receive_melding(it).await).await?.into_inner();
            if !answer.covered && common.output == Format::Text {
                output::text("Let op: de avond- en nachtdienst is daar nu niet.")?;
            }
            answer.melding
        }
        Melding::Geef { melding, dienst } => {
            let request = AssignMeldingRequest { command_id, melding_id: melding, shift_id: dienst };
            send(request, async |it| client.clone().assign_melding(it).await).await?.into_inner().melding
        }
        Melding::Onderweg { melding } => moved(go(melding, MeldingStatus::Onderweg), command_id, common).await?,
        Melding::Aangekomen { melding } => moved(go(melding, MeldingStatus::Aangekomen), command_id, common).await?,
        Melding::Resultaat { melding, resultaat, claim } => {
            if !claim.is_empty() {
                check_is_a_claim(&claim, common).await?;
            }
            let result = resultaat.told().into();
            let request = SetMeldingResultRequest { command_id, melding_id: melding, result, claim_id: claim };
            send(request, async |it| client.clone().set_melding_result(it).await).await?.into_inner().melding
        }
        Melding::Sluit { melding } => {
            let request = CloseMeldingRequest { command_id, melding_id: melding };
            send(request, async |it| client.clone().close_melding(it).await).await?.into_inner().melding
        }
    };
    let melding = changed.ok_or_else(|| Failure::new(Exit::Failed, "de dienst gaf geen melding terug"))?;
    print(&[melding], common).await
}

/// No service asks another, but whoever sees both can: a claim that logeerplek does not know is a mistake. Where
/// logeerplek cannot be asked, the night goes on.
async fn check_is_a_claim(claim: &str, common: &Common) -> Result<(), Failure> {
    let client = common.connection.logeerplek()?;
    let request = GetClaimRequest { claim_id: claim.to_owned() };
    match send(request, async |it| client.clone().get_claim(it).await).await {
        Ok(_) => Ok(()),
        Err(status) if matches!(status.code(), Code::NotFound | Code::InvalidArgument) => Err(status.into()),
        Err(status) => {
            let why = Failure::from(status).sentence;
            output::notice(&format!("Of deze claim er is, kon nu niet worden nagevraagd: {why}"));
            Ok(())
        }
    }
}

async fn measures(
    vanaf: Option<String>,
    tot: Option<String>,
    gemeente: Option<String>,
    common: &Common,
) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    let now = clock::now();
    let four_weeks_ago = now.to_zoned(output::zone()).saturating_sub(28.days()).timestamp();
    let from = vanaf.as_deref().map(history::begin).transpose()?.unwrap_or(four_weeks_ago);
    let until = tot.as_deref().map(history::moment).transpose()?.unwrap_or(now);
    let request = GetMeasuresRequest {
        from: Some(model::wire::time_out(from)),
        until: Some(model::wire::time_out(until)),
        gemeente: gemeente.unwrap_or_default(),
    };
    let answer = send(request, async |it| client.clone().get_measures(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    output::text(format_args!("Meldingen: {}", answer.received))?;
    let times = [("Tot een team de melding had", answer.to_answer), ("Tot het team er was", answer.to_arrive)];
    for (what, seconds) in times {
        let it = seconds.unwrap_or_default();
        let minutes = |seconds: u64| format!("{}:{:02}", seconds / 60, seconds % 60);
        match it.count {
            0 => output::text(format_args!("{what}: nog niets bekend"))?,
            count => output::text(format_args!(
                "{what} ({count} keer): mediaan {} minuten, 9 van de 10 binnen {}",
                minutes(it.median),
                minutes(it.p90)
            ))?,
        }
    }
    answer.results.iter().try_for_each(|it| output::text(format_args!("  {}: {}", result(it.result()), it.meldingen)))
}

const fn result(result: MeldingResult) -> &'static str {
    match result {
        MeldingResult::Unspecified => "nog niet bekend",
        MeldingResult::Gestabiliseerd => "gestabiliseerd",
        MeldingResult::Logeerplek => "logeerplek",
        MeldingResult::Crisisdienst => "crisisdienst",
        MeldingResult::Alarmnummer => "112",
        MeldingResult::GeenGehoor => "geen gehoor",
        MeldingResult::GeenActie => "geen actie",
    }
}

async fn moved(
    (melding_id, to): (String, MeldingStatus),
    command_id: String,
    common: &Common,
) -> Result<Option<Message>, Failure> {
    let client = common.connection.nachtdienst()?;
    let request = MoveMeldingRequest { command_id, melding_id, to: to.into() };
    Ok(send(request, async |it| client.clone().move_melding(it).await).await?.into_inner().melding)
}

impl Resultaat {
    const fn told(self) -> MeldingResult {
        match self {
            Self::Gestabiliseerd => MeldingResult::Gestabiliseerd,
            Self::Logeerplek => MeldingResult::Logeerplek,
            Self::Crisisdienst => MeldingResult::Crisisdienst,
            Self::Alarmnummer => MeldingResult::Alarmnummer,
            Self::GeenGehoor => MeldingResult::GeenGehoor,
            Self::GeenActie => MeldingResult::GeenActie,
        }
    }
}

/// Runs a command of `overdracht`.
pub async fn overdracht(command: Overdracht, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    match command {
        Overdracht::Toon => show(common).await,
        Overdracht::Schrijf { tekst } => {
            let request = WriteRemarkRequest { command_id: command_id(), text: tekst };
            let answer = send(request, async |it| client.clone().write_remark(it).await).await?.into_inner();
            output::done(
                &answer,
                &format!("De opmerking staat erbij; het zijn er nu {}.", answer.remarks),
                common.output,
            )
        }
        Overdracht::Geef { medewerker } => {
            let request = HandOverRequest { command_id: command_id(), staff_id: medewerker };
            let answer = send(request, async |it| client.clone().hand_over(it).await).await?.into_inner();
            output::done(&answer, "De nacht wacht op de volgende coördinator.", common.output)
        }
        Overdracht::Terug { medewerker } => {
            let request = WithdrawHandoverRequest { command_id: command_id(), staff_id: medewerker };
            let answer = send(request, async |it| client.clone().withdraw_handover(it).await).await?.into_inner();
            output::done(&answer, "De overdracht is teruggenomen.", common.output)
        }
        Overdracht::Neem { medewerker } => {
            let request = AcceptHandoverRequest { command_id: command_id(), staff_id: medewerker };
            let answer = send(request, async |it| client.clone().accept_handover(it).await).await?.into_inner();
            output::done(&answer, "De nacht is overgenomen.", common.output)
        }
    }
}

/// What the nachtdienst knows, and the running claims: those are of another service, which is asked here.
async fn show(common: &Common) -> Result<(), Failure> {
    let (night, places) = (common.connection.nachtdienst()?, common.connection.logeerplek()?);
    let page = send(GetHandoverRequest {}, async |it| night.clone().get_handover(it).await).await?.into_inner();
    let claims = send(ListClaimsRequest::default(), async |it| places.clone().list_claims(it).await).await?;
    let claims = claims.into_inner().claims;
    if common.output == Format::Json {
        output::json(&page)?;
        return claims.iter().try_for_each(output::json);
    }
    let waits =
        page.handed_over_at.map(|at| format!("Overgedragen op {}, nog niet overgenomen.", output::moment(Some(&at))));
    output::text(
        waits.unwrap_or_else(|| format!("Laatst overgenomen: {}", output::moment(page.last_accepted_at.as_ref()))),
    )?;
    output::text(format_args!("\nOpen meldingen: {}", page.open_meldingen.len()))?;
    if !page.open_meldingen.is_empty() {
        print(&page.open_meldingen, common).await?;
    }
    output::text(format_args!("\nLopende claims: {}", claims.len()))?;
    for claim in &claims {
        let of_the_night = if page.claim_ids.contains(&claim.claim_id) { ", van een melding" } else { "" };
        output::text(format_args!(
            "  {} {}, {}{of_the_night}",
            claim.claim_id, claim.location_name, claim.place_label
        ))?;
    }
    remarks("Opmerkingen", &page.remarks)?;
    if !page.accepted_remarks.is_empty() {
        let who = |id: &str| if id.is_empty() { "(gewist)".to_owned() } else { id.to_owned() };
        let (from, by) = (who(&page.accepted_from), who(&page.accepted_by));
        remarks(&format!("Bij de vorige overdracht, van {from} naar {by}"), &page.accepted_remarks)?;
    }
    if page.gaps.is_empty() {
        return output::text("\nDe komende 24 uur is elke gemeente gedekt.");
    }
    output::text("\nNiet gedekt in de komende 24 uur:")?;
    for of in &page.gaps {
        for gap in &of.gaps {
            output::text(format_args!("  {}  {}", regions::gemeente_name(&of.gemeente), dates::period(gap)))?;
        }
    }
    Ok(())
}

fn remarks(what: &str, remarks: &[Remark]) -> Result<(), Failure> {
    output::text(format_args!("\n{what}: {}", remarks.len()))?;
    remarks.iter().try_for_each(|remark| {
        let text = if remark.text.is_empty() { "(gewist)" } else { &remark.text };
        output::text(format_args!("  {}  {text}", output::moment(remark.at.as_ref())))
    })
}

/// The names of the teams of these nights, by shift.
async fn teams(common: &Common) -> Result<HashMap<String, String>, Failure> {
    let client = common.connection.nachtdienst()?;
    let from = clock::now().to_zoned(output::zone()).saturating_sub(2.days()).timestamp();
    let request = GetRosterRequest { from: Some(model::wire::time_out(from)), until: None };
    let shifts = send(request, async |it| client.clone().get_roster(it).await).await?.into_inner().shifts;
    Ok(shifts.into_iter().filter_map(|it| Some((it.shift_id, it.plan?.team))).collect())
}

async fn print(meldingen: &[Message], common: &Common) -> Result<(), Failure> {
    if common.output == Format::Json {
        return meldingen.iter().try_for_each(output::json);
    }
    if meldingen.is_empty() {
        return output::text("Er zijn geen open meldingen.");
    }
    // What was done is done: where the names of teams cannot be had, their codes are shown.
    let has_team = meldingen.iter().any(|it| !it.shift_id.is_empty());
    let teams = if has_team { teams(common).await } else { Ok(HashMap::new()) };
    let teams = teams.unwrap_or_else(|failure| {
        output::notice(&format!("De namen van de teams zijn nu niet bekend: {}", failure.sentence));
        HashMap::new()
    });
    let team = |shift: &String| teams.get(shift).unwrap_or(shift).clone();
    let row = |it: &Message| {
        vec![
            it.melding_id.clone(),
            regions::gemeente_name(&it.gemeente),
            match it.urgency() {
                Urgency::Hoog => "hoog",
                Urgency::Normaal => "normaal",
                Urgency::Laag | Urgency::Unspecified => "laag",
            }
            .to_owned(),
            match it.result() {
                MeldingResult::Unspecified => status(it.status()).to_owned(),
                known => format!("{}: {}", status(it.status()), result(known)),
            },
            team(&it.shift_id),
            output::moment(it.received_at.as_ref()),
            if it.text.is_empty() { "(gewist)".to_owned() } else { it.text.clone() },
        ]
    };
    let rows: Vec<Vec<String>> = meldingen.iter().map(row).collect();
    output::text(output::fitted(
        &["Melding", "Gemeente", "Spoed", "Stand", "Team", "Sinds", "Wat"],
        &rows,
        &["Sinds", "Team"],
    ))
}

const fn status(status: MeldingStatus) -> &'static str {
    match status {
        MeldingStatus::Unspecified => "onbekend",
        MeldingStatus::Ontvangen => "ontvangen",
        MeldingStatus::Toegewezen => "toegewezen",
        MeldingStatus::Onderweg => "onderweg",
        MeldingStatus::Aangekomen => "aangekomen",
        MeldingStatus::Resultaat => "resultaat",
        MeldingStatus::Gesloten => "gesloten",
    }
}
