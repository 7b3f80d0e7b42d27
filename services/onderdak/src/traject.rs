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
    },
    /// Zet een traject een stap verder.
    Stap {
        /// Het traject.
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
        /// Het traject.
        #[arg(value_name = "TRAJECT")]
        traject: String,
        /// Waarom.
        #[arg(long, value_enum)]
        reden: Reden,
        /// Toelichting, zonder namen.
        #[arg(long, default_value = "", hide_default_value = true)]
        tekst: String,
    },
    /// Verplaats een traject naar een andere gemeente; de plek gaat mee als daar ruimte is.
    Verplaats {
        /// Het traject.
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

/// Stages one can go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Fase {
    Gescreend,
    Wachtlijst,
    WoningGezocht,
    WoningToegewezen,
    Gestart,
    Afgeschaald,
    Waakvlam,
    Afgerond,
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
        Traject::Aanmelden { client: client_ref, gemeente, aanbieder } => {
            let request = RegisterTrajectRequest {
                command_id: command_id(),
                client_ref,
                gemeente,
                provider: aanbieder,
                on: None,
            };
            send(request, async |it| client.clone().register_traject(it).await).await?.into_inner().traject
        }
        Traject::Stap { traject, fase, op, corporatie } => {
            let (to, on) = (fase.told().into(), op.map(dates::told));
            let request = AdvanceTrajectRequest { command_id: command_id(), traject_id: traject, to, on, corporatie };
            send(request, async |it| client.clone().advance_traject(it).await).await?.into_inner().traject
        }
        Traject::Stop { traject, reden, tekst } => {
            let reason = reden.told().into();
            let request =
                StopTrajectRequest { command_id: command_id(), traject_id: traject, reason, text: tekst, on: None };
            send(request, async |it| client.clone().stop_traject(it).await).await?.into_inner().traject
        }
        Traject::Verplaats { traject, naar } => {
            let request = TransferTrajectRequest { command_id: command_id(), traject_id: traject, to_gemeente: naar };
            send(request, async |it| client.clone().transfer_traject(it).await).await?.into_inner().traject
        }
        Traject::Lijst { gemeente } => return list(gemeente, common).await,
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

async fn list(gemeente: Option<String>, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    let request = ListTrajectenRequest { gemeente: gemeente.unwrap_or_default(), ..ListTrajectenRequest::default() };
    let answer = send(request, async |it| client.clone().list_trajecten(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
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
    let rows: Vec<Vec<String>> = answer.trajecten.iter().map(row).collect();
    let heads = ["Traject", "Gemeente", "Fase", "Sinds", "Aanbieder", "Corporatie"];
    output::text(output::fitted(&heads, &rows, &["Corporatie", "Aanbieder"]))
}

type Traject_ = proto::housing_first::v1::Traject;

async fn monitor(at: Option<&str>, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    let at = at.map(history::moment).transpose()?.map(model::wire::time_out);
    let answer = send(GetMonitorRequest { at }, async |it| client.clone().get_monitor(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    let row = |it: &StageInGemeente| {
        vec![regions::gemeente_name(&it.gemeente), stage(it.stage()).to_owned(), it.trajecten.to_string()]
    };
    let rows: Vec<Vec<String>> = answer.stages.iter().map(row).collect();
    output::text(output::fitted(&["Gemeente", "Fase", "Trajecten"], &rows, &[]))?;
    let days = answer.days_to_key.unwrap_or_default();
    if days.count > 0 {
        let mean = days.sum / u64::from(days.count);
        output::text(format_args!(
            "\nVan aanmelding tot sleutel: {} trajecten, mediaan {} dagen, gemiddeld {mean}, langste {}",
            days.count, days.median, days.longest
        ))?;
    }
    for kept in &answer.housing_kept {
        let months = kept.months;
        if kept.known == 0 {
            output::text(format_args!("Na {months} maanden nog in de woning: nog niets bekend"))?;
        } else {
            output::text(format_args!("Na {months} maanden nog in de woning: {} van {}", kept.kept, kept.known))?;
        }
    }
    Ok(())
}

/// Runs a command of `slots`.
pub async fn slots(command: Slots, common: &Common) -> Result<(), Failure> {
    let client = common.connection.housing_first()?;
    match command {
        Slots::Lijst => {}
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
    let row = |it: &Allocation| {
        vec![regions::gemeente_name(&it.gemeente), it.slots.to_string(), it.used.to_string(), it.free.to_string()]
    };
    let rows: Vec<Vec<String>> = answer.allocations.iter().map(row).collect();
    output::text(output::fitted(&["Gemeente", "Plekken", "In gebruik", "Vrij"], &rows, &[]))?;
    output::text(format_args!("In de regio: {} van {} in gebruik", answer.used, answer.region_cap))
}
