//! Housing First on the command line: trajecten, slots and the monitor. It must not hold a rule: the service decides.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use proto::availability::v1::TrajectStage;
use proto::housing_first::v1::*;

use crate::cli::Common;
use crate::client::{command_id, send};
use crate::output::{self, Format};
use crate::{Exit, Failure, dates, history, regions};

/// Commands of `traject`.
#[derive(Debug, Clone, Subcommand)]
pub enum Traject {
    /// Meld een cliënt aan.
    Aanmelden {
        /// Kenmerk van de cliënt: een code, nooit een naam of BSN.
        #[arg(long, value_name = "CODE")]
        client: String,
        /// De gemeente.
        #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
        gemeente: String,
        /// De aanbieder.
        #[arg(long, value_name = "NAAM")]
        aanbieder: String,
        /// De dag van aanmelding; zonder: vandaag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        op: Option<Date>,
    },
    /// Zet een traject een stap verder.
    Stap {
        /// Het traject: de code die `traject lijst` geeft.
        #[arg(value_name = "TRAJECT")]
        traject: String,
        /// Naar welke fase.
        #[arg(value_enum, value_name = "FASE")]
        fase: Fase,
        /// De dag; zonder: vandaag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        op: Option<Date>,
        /// De corporatie; nodig bij woning-toegewezen.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "NAAM")]
        corporatie: String,
    },
    /// Stop een traject.
    Stop {
        /// Het traject: de code die `traject lijst` geeft.
        #[arg(value_name = "TRAJECT")]
        traject: String,
        /// Waarom.
        #[arg(long, value_enum)]
        reden: Reden,
        /// Toelichting; verplicht bij `anders`. Zonder namen.
        #[arg(long, default_value = "", hide_default_value = true)]
        tekst: String,
        /// De dag; zonder: vandaag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        op: Option<Date>,
    },
    /// Laat een traject zien, met elke fase.
    Toon {
        /// Het traject: de code die `traject lijst` geeft.
        #[arg(value_name = "TRAJECT")]
        traject: String,
    },
    /// Neem de laatste fase terug, als die een vergissing was; ook als het traject ermee eindigde.
    Terug {
        /// Het traject: de code die `traject lijst` geeft.
        #[arg(value_name = "TRAJECT")]
        traject: String,
    },
    /// Geef een traject een andere aanbieder.
    Aanbieder {
        /// Het traject: de code die `traject lijst` geeft.
        #[arg(value_name = "TRAJECT")]
        traject: String,
        /// De nieuwe aanbieder.
        #[arg(value_name = "NAAM")]
        naam: String,
    },
    /// Geef een traject een andere corporatie.
    Corporatie {
        /// Het traject: de code die `traject lijst` geeft.
        #[arg(value_name = "TRAJECT")]
        traject: String,
        /// De nieuwe corporatie.
        #[arg(value_name = "NAAM")]
        naam: String,
    },
    /// Verplaats een traject naar een andere gemeente; het gebruikt dan daar een plek, als die er is.
    Verplaats {
        /// Het traject: de code die `traject lijst` geeft.
        #[arg(value_name = "TRAJECT")]
        traject: String,
        /// De andere gemeente.
        #[arg(value_name = "GEMEENTE", value_parser = dates::gemeente)]
        naar: String,
    },
    /// Laat trajecten zien.
    Lijst {
        /// Alleen van deze gemeente.
        #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
        gemeente: Option<String>,
        /// Alleen in deze fase.
        #[arg(long, value_enum, value_name = "FASE")]
        fase: Option<Fase>,
    },
    /// De monitor van de pilot, nu of op een moment.
    Monitor {
        /// Het moment, zoals 2026-03-12 of 2026-03-12T03:00.
        #[arg(long, value_name = "MOMENT")]
        at: Option<String>,
    },
}

/// Commands of `slots`.
#[derive(Debug, Clone, Subcommand)]
pub enum Slots {
    /// Laat zien hoeveel plekken elke gemeente heeft en gebruikt.
    Lijst,
    /// Zet hoeveel plekken een gemeente mag gebruiken.
    Zet(SetOptions),
    /// Bevestig dat de stand van een gemeente klopt ("klopt nog").
    Bevestig {
        /// De gemeente.
        #[arg(value_name = "GEMEENTE", value_parser = dates::gemeente)]
        gemeente: String,
    },
    /// Verplaats plekken van een gemeente naar een andere; samen blijven het er evenveel.
    Verplaats {
        /// Van deze gemeente.
        #[arg(value_name = "VAN", value_parser = dates::gemeente)]
        van: String,
        /// Naar deze.
        #[arg(value_name = "NAAR", value_parser = dates::gemeente)]
        naar: String,
        /// Hoeveel.
        #[arg(value_name = "AANTAL")]
        aantal: u32,
    },
}

/// Options of `slots zet`.
#[derive(Debug, Clone, Args)]
pub struct SetOptions {
    /// De gemeente.
    #[arg(value_name = "GEMEENTE", value_parser = dates::gemeente)]
    gemeente: String,
    /// Hoeveel plekken.
    #[arg(value_name = "AANTAL")]
    aantal: u32,
}

/// Stages of a traject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Fase {
    Aangemeld,
    Gescreend,
    Wachtlijst,
    WoningGezocht,
    WoningToegewezen,
    Gestart,
    Afgeschaald,
    Waakvlam,
    Afgerond,
    Gestopt,
}

/// Why a traject stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Reden {
    EigenVerzoek,
    WoningVerloren,
    Verhuisd,
    Opname,
    Detentie,
    Overleden,
    UitBeeld,
    Anders,
}

impl Fase {
    const fn told(self) -> TrajectStage {
        match self {
            Self::Aangemeld => TrajectStage::Aangemeld,
            Self::Gestopt => TrajectStage::Gestopt,
            Self::Gescreend => TrajectStage::Gescreend,
            Self::Wachtlijst => TrajectStage::Wachtlijst,
            Self::WoningGezocht => TrajectStage::WoningGezocht,
            Self::WoningToegewezen => TrajectStage::WoningToegewezen,
            Self::Gestart => TrajectStage::Gestart,
            Self::Afgeschaald => TrajectStage::Afgeschaald,
            Self::Waakvlam => TrajectStage::Waakvlam,
            Self::Afgerond => TrajectStage::Afgerond,
        }
    }
}

impl Reden {
    const fn told(self) -> StopReason {
        match self {
            Self::EigenVerzoek => StopReason::EigenVerzoek,
            Self::WoningVerloren => StopReason::WoningVerloren,
            Self::Verhuisd => StopReason::Verhuisd,
            Self::Opname => StopReason::Opname,
            Self::Detentie => StopReason::Detentie,
            Self::Overleden => StopReason::Overleden,
            Self::UitBeeld => StopReason::UitBeeld,
            Self::Anders => StopReason::Anders,
        }
    }
}

/// What people call a stage.
pub fn stage(stage: TrajectStage) -> &'static str {
    housing_first::domain::Stage::heard(stage).map_or("onbekend", housing_first::domain::Stage::name)
}

/// Runs a command of `traject`.
pub async fn run(command: Traject, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    let changed = match command {
        Traject::Aanmelden { client: client_ref, gemeente, aanbieder, op } => {
            let request = RegisterTrajectRequest {
                command_id: command_id(),
                client_ref,
                gemeente,
                provider: aanbieder,
                on: op.map(dates::told),
            };
            send(request, async |it| client.clone().register_traject(it).await).await?.into_inner().traject
        }
        Traject::Stap { fase: Fase::Gestopt, traject, .. } => {
            let sentence = format!("Stoppen gaat met een reden: `onderdak traject stop {traject} …`.");
            return Err(Failure::new(Exit::Input, sentence));
        }
        Traject::Stap { traject, fase, op, corporatie } => {
            let (to, on) = (fase.told().into(), op.map(dates::told));
            let request = AdvanceTrajectRequest { command_id: command_id(), traject_id: traject, to, on, corporatie };
            send(request, async |it| client.clone().advance_traject(it).await).await?.into_inner().traject
        }
        Traject::Stop { traject, reden, tekst, op } => {
            let (reason, on) = (reden.told().into(), op.map(dates::told));
            let request = StopTrajectRequest { command_id: command_id(), traject_id: traject, reason, text: tekst, on };
            send(request, async |it| client.clone().stop_traject(it).await).await?.into_inner().traject
        }
        Traject::Verplaats { traject, naar } => {
            let request = TransferTrajectRequest { command_id: command_id(), traject_id: traject, to_gemeente: naar };
            send(request, async |it| client.clone().transfer_traject(it).await).await?.into_inner().traject
        }
        Traject::Terug { traject } => {
            let request = TakeBackStageRequest { command_id: command_id(), traject_id: traject };
            send(request, async |it| client.clone().take_back_stage(it).await).await?.into_inner().traject
        }
        Traject::Aanbieder { traject, naam } => {
            let request = ChangeProviderRequest { command_id: command_id(), traject_id: traject, provider: naam };
            send(request, async |it| client.clone().change_provider(it).await).await?.into_inner().traject
        }
        Traject::Corporatie { traject, naam } => {
            let request = ChangeCorporatieRequest { command_id: command_id(), traject_id: traject, corporatie: naam };
            send(request, async |it| client.clone().change_corporatie(it).await).await?.into_inner().traject
        }
        Traject::Toon { traject } => return show(traject, common).await,
        Traject::Lijst { gemeente, fase } => return list(gemeente, fase, common).await,
        Traject::Monitor { at } => return monitor(at.as_deref(), common).await,
    };
    let traject = changed.ok_or_else(|| Failure::new(Exit::Failed, "de dienst gaf geen traject terug"))?;
    match common.output {
        Format::Json => output::json(&traject),
        Format::Text => output::text(format_args!(
            "Traject {}: {} ({}){}",
            traject.traject_id,
            stage(traject.stage()),
            regions::gemeente_name(&traject.gemeente),
            if traject.uses_slot { ", gebruikt een plek" } else { "" }
        )),
    }
}

async fn show(traject: String, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    let request = GetTrajectRequest { traject_id: traject };
    let traject = send(request, async |it| client.clone().get_traject(it).await).await?.into_inner().traject;
    let traject = traject.ok_or_else(|| Failure::new(Exit::Failed, "de dienst gaf geen traject terug"))?;
    if common.output == Format::Json {
        return output::json(&traject);
    }
    output::text(format_args!(
        "Traject {} ({}), aanbieder {}{}",
        traject.traject_id,
        regions::gemeente_name(&traject.gemeente),
        traject.provider,
        if traject.corporatie.is_empty() { String::new() } else { format!(", corporatie {}", traject.corporatie) }
    ))?;
    for step in &traject.steps {
        output::text(format_args!("  {}  {}", dates::shown(step.on.as_ref()), stage(step.stage())))?;
    }
    if let Some(reason) = stopped(traject.stop_reason()) {
        let text = if traject.stop_text.is_empty() { String::new() } else { format!(": {}", traject.stop_text) };
        output::text(format_args!("Gestopt, {reason}{text}"))?;
    }
    Ok(())
}

async fn list(gemeente: Option<String>, fase: Option<Fase>, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    let (gemeente, stage_) = (gemeente.unwrap_or_default(), fase.map_or(TrajectStage::Unspecified, Fase::told));
    let mut request = ListTrajectenRequest { gemeente, stage: stage_.into(), ..ListTrajectenRequest::default() };
    let mut trajecten = Vec::new();
    loop {
        let page = send(request.clone(), async |it| client.clone().list_trajecten(it).await).await?.into_inner();
        trajecten.extend(page.trajecten);
        request.after_traject_id = page.next_after_traject_id;
        if request.after_traject_id.is_empty() {
            break;
        }
    }
    if common.output == Format::Json {
        return trajecten.iter().try_for_each(output::json);
    }
    if trajecten.is_empty() {
        return output::text("Er zijn geen trajecten.");
    }
    let row = |it: &Traject_| {
        vec![
            it.traject_id.clone(),
            regions::gemeente_name(&it.gemeente),
            stage(it.stage()).to_owned(),
            dates::shown(it.steps.last().and_then(|step| step.on.as_ref())),
            it.provider.clone(),
            it.corporatie.clone(),
        ]
    };
    let rows: Vec<Vec<String>> = trajecten.iter().map(row).collect();
    let heads = ["Traject", "Gemeente", "Fase", "Sinds", "Aanbieder", "Corporatie"];
    output::text(output::fitted(&heads, &rows, &["Corporatie", "Aanbieder"]))
}

type Traject_ = proto::housing_first::v1::Traject;

/// Why a traject stopped, in words; none when it did not.
const fn stopped(reason: StopReason) -> Option<&'static str> {
    Some(match reason {
        StopReason::Unspecified => return None,
        StopReason::EigenVerzoek => "op eigen verzoek",
        StopReason::WoningVerloren => "woning verloren",
        StopReason::Verhuisd => "verhuisd",
        StopReason::Opname => "opname",
        StopReason::Detentie => "detentie",
        StopReason::Overleden => "overleden",
        StopReason::UitBeeld => "uit beeld",
        StopReason::Anders => "om een andere reden",
    })
}

async fn monitor(at: Option<&str>, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    let at = at.map(history::moment_that_came).transpose()?.map(model::wire::time_out);
    let answer = send(GetMonitorRequest { at }, async |it| client.clone().get_monitor(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    output::text(format_args!("Housing First op {}\n", output::moment(answer.at.as_ref())))?;
    slots_of(&answer.allocations)?;
    output::text(format_args!("In de regio: {} van {} in gebruik\n", answer.used, answer.region_cap))?;
    let row = |it: &StageInGemeente| {
        vec![regions::gemeente_name(&it.gemeente), stage(it.stage()).to_owned(), it.trajecten.to_string()]
    };
    let rows: Vec<Vec<String>> = answer.stages.iter().map(row).collect();
    if !rows.is_empty() {
        output::text(output::fitted(&["Gemeente", "Fase", "Trajecten"], &rows, &[]))?;
    }
    let (registered, moved) = (answer.registered, answer.transfers);
    output::text(format_args!("Aangemeld: {registered}; van gemeente gewisseld: {moved}"))?;
    let days = answer.days_to_key.unwrap_or_default();
    match days.sum.checked_div(u64::from(days.count)) {
        None => output::text("Van aanmelding tot sleutel: nog niets bekend")?,
        Some(mean) => output::text(format_args!(
            "Van aanmelding tot sleutel ({} keer): mediaan {} dagen, gemiddeld {mean}, langste {}",
            days.count, days.median, days.longest
        ))?,
    }
    for kept in &answer.housing_kept {
        let months = kept.months;
        if kept.known == 0 {
            output::text(format_args!("Na {months} maanden nog in de woning: nog niets bekend"))?;
        } else {
            output::text(format_args!("Na {months} maanden nog in de woning: {} van {}", kept.kept, kept.known))?;
        }
    }
    for count in &answer.stopped {
        let reason = stopped(count.reason()).unwrap_or("onbekend");
        output::text(format_args!("Gestopt, {reason}: {}", count.trajecten))?;
    }
    Ok(())
}

fn slots_of(allocations: &[Allocation]) -> Result<(), Failure> {
    let row = |it: &Allocation| {
        vec![regions::gemeente_name(&it.gemeente), it.slots.to_string(), it.used.to_string(), it.free.to_string()]
    };
    let rows: Vec<Vec<String>> = allocations.iter().map(row).collect();
    output::text(output::fitted(&["Gemeente", "Plekken", "In gebruik", "Vrij"], &rows, &[]))
}

/// Runs a command of `slots`.
pub async fn slots(command: Slots, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    match command {
        Slots::Lijst => {}
        Slots::Bevestig { gemeente } => {
            let request = ConfirmGemeenteRequest { command_id: command_id(), gemeente };
            send(request, async |it| client.clone().confirm_gemeente(it).await).await?;
        }
        Slots::Zet(SetOptions { gemeente, aantal }) => {
            let request = SetAllocationRequest { command_id: command_id(), gemeente, slots: aantal };
            send(request, async |it| client.clone().set_allocation(it).await).await?;
        }
        Slots::Verplaats { van, naar, aantal } => {
            let request =
                MoveSlotsRequest { command_id: command_id(), from_gemeente: van, to_gemeente: naar, slots: aantal };
            send(request, async |it| client.clone().move_slots(it).await).await?;
        }
    }
    let answer = send(ListAllocationsRequest {}, async |it| client.clone().list_allocations(it).await).await?;
    let answer = answer.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    slots_of(&answer.allocations)?;
    output::text(format_args!("In de regio: {} van {} in gebruik", answer.used, answer.region_cap))
}
