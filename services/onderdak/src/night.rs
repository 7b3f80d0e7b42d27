//! The avond- en nachtdienst on the command line: roster, teams, meldingen and the handover. It must not hold a rule: the
//! service decides.

mod meldingen;

use std::collections::BTreeSet;

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use proto::nachtdienst::v1::*;

pub use self::meldingen::{Melding, Overdracht, melding, overdracht};
use crate::cli::Common;
use crate::client::{command_id, send};
use crate::output::{self, Format};
use crate::{Exit, Failure, dates, history, regions};

/// Commands of `rooster`.
#[derive(Debug, Clone, Subcommand)]
pub enum Rooster {
    /// Laat de diensten van de komende twee weken zien, of van een dag.
    Toon {
        /// Alleen van deze dag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        op: Option<Date>,
    },
    /// Plan een dienst.
    Plan(PlanOptions),
    /// Verander een dienst die nog niet voorbij is; wat u niet noemt, blijft zoals het is.
    Wijzig {
        /// De dienst: de code die `rooster toon` geeft.
        #[arg(value_name = "DIENST")]
        dienst: String,
        /// Wat er verandert.
        #[command(flatten)]
        what: ChangeOptions,
        /// Waarom regels van het rooster mogen wijken; zonder reden mag dat niet.
        #[arg(long, default_value = "", hide_default_value = true, value_name = "TEKST")]
        ondanks: String,
    },
    /// Schrap een dienst die nog niet voorbij is.
    Schrap {
        /// De dienst: de code die `rooster toon` geeft.
        #[arg(value_name = "DIENST")]
        dienst: String,
        /// Waarom, zonder namen.
        #[arg(long, value_name = "TEKST")]
        reden: String,
    },
    /// Zet een medewerker op een dienst.
    Zet(AssignOptions),
    /// Haal een medewerker van een dienst.
    Af {
        /// De dienst: de code die `rooster toon` geeft.
        #[arg(value_name = "DIENST")]
        dienst: String,
        /// De medewerker.
        #[arg(value_name = "MEDEWERKER")]
        medewerker: String,
    },
    /// Laat twee medewerkers van dienst ruilen.
    Ruil(SwapOptions),
    /// Meld een medewerker ziek.
    Ziek {
        /// De medewerker.
        #[arg(value_name = "MEDEWERKER")]
        medewerker: String,
        /// Vanaf welke dag; zonder: vanaf nu.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        vanaf: Option<Date>,
        /// Tot en met welke dag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        tot: Date,
    },
    /// Meld een medewerker beter; die komt niet vanzelf terug op een dienst.
    Beter {
        /// De medewerker.
        #[arg(value_name = "MEDEWERKER")]
        medewerker: String,
        /// Vanaf welke dag; zonder: vanaf nu.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        vanaf: Option<Date>,
    },
    /// Laat zien wanneer een gemeente gedekt is, en wanneer niet.
    Dekking {
        /// De gemeente.
        #[arg(value_name = "GEMEENTE", value_parser = dates::gemeente)]
        gemeente: String,
    },
}

/// Options of `rooster plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanOptions {
    /// Naam van het team, niet van een mens.
    #[arg(value_name = "TEAM")]
    team: String,
    /// De gemeenten; mag vaker.
    #[arg(long, required = true, value_name = "GEMEENTE", value_parser = dates::gemeente)]
    gemeente: Vec<String>,
    /// De dag waarop de dienst begint.
    #[arg(long, value_name = "DATUM", value_parser = dates::day)]
    op: Date,
    /// Begin op de klok.
    #[arg(long, value_name = "TIJD", value_parser = dates::minute)]
    van: u32,
    /// Einde op de klok; niet na het begin: de volgende dag.
    #[arg(long, value_name = "TIJD", value_parser = dates::minute)]
    tot: u32,
    /// Hoeveel medewerkers nodig zijn.
    #[arg(long, default_value_t = 2, value_name = "AANTAL")]
    medewerkers: u32,
    /// Hoeveel coördinatoren nodig zijn.
    #[arg(long, default_value_t = 0, value_name = "AANTAL")]
    coordinators: u32,
}

/// Options of `rooster wijzig`.
#[derive(Debug, Clone, Args)]
pub struct ChangeOptions {
    /// Naam van het team, niet van een mens.
    #[arg(long, value_name = "TEAM")]
    team: Option<String>,
    /// De gemeenten, in plaats van die van nu; mag vaker.
    #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
    gemeente: Vec<String>,
    /// De dag waarop de dienst begint.
    #[arg(long, value_name = "DATUM", value_parser = dates::day)]
    op: Option<Date>,
    /// Begin op de klok.
    #[arg(long, value_name = "TIJD", value_parser = dates::minute)]
    van: Option<u32>,
    /// Einde op de klok; niet na het begin: de volgende dag.
    #[arg(long, value_name = "TIJD", value_parser = dates::minute)]
    tot: Option<u32>,
    /// Hoeveel medewerkers nodig zijn.
    #[arg(long, value_name = "AANTAL")]
    medewerkers: Option<u32>,
    /// Hoeveel coördinatoren nodig zijn.
    #[arg(long, value_name = "AANTAL")]
    coordinators: Option<u32>,
}

/// Options of `rooster zet`.
#[derive(Debug, Clone, Args)]
pub struct AssignOptions {
    /// De dienst: de code die `rooster toon` geeft.
    #[arg(value_name = "DIENST")]
    dienst: String,
    /// De medewerker: een code, nooit een naam.
    #[arg(value_name = "MEDEWERKER")]
    medewerker: String,
    /// Als coördinator.
    #[arg(long)]
    coordinator: bool,
    /// Waarom regels van het rooster mogen wijken; zonder reden mag dat niet.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEKST")]
    ondanks: String,
}

/// Options of `rooster ruil`.
#[derive(Debug, Clone, Args)]
pub struct SwapOptions {
    /// Een dienst.
    #[arg(value_name = "DIENST")]
    dienst: String,
    /// Wie erop staat.
    #[arg(value_name = "MEDEWERKER")]
    medewerker: String,
    /// De andere dienst.
    #[arg(value_name = "ANDERE-DIENST")]
    andere_dienst: String,
    /// Wie daarop staat.
    #[arg(value_name = "ANDERE-MEDEWERKER")]
    andere_medewerker: String,
    /// Waarom regels van het rooster mogen wijken; zonder reden mag dat niet.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "TEKST")]
    ondanks: String,
}

/// Options of `team`.
#[derive(Debug, Clone, Args)]
pub struct TeamOptions {
    /// De dienst van het team.
    #[arg(value_name = "DIENST")]
    dienst: String,
    /// Wat het team doet.
    #[arg(value_enum, value_name = "STAND")]
    stand: Stand,
    /// Minuten pauze, hoogstens 60.
    #[arg(long, default_value_t = 30, value_name = "MINUTEN")]
    minuten: u32,
}

/// What a team does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Stand {
    Beschikbaar,
    Onderweg,
    Bezig,
    Pauze,
}

/// Runs a command of `rooster`.
pub async fn rooster(command: Rooster, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    // What was there before the change may be a gap after it.
    let mut before = Vec::new();
    let shifts: Vec<Shift> = match command {
        Rooster::Toon { op } => {
            let from = op.map(midnight).transpose()?;
            let until = op.map(|day| midnight(day.tomorrow().unwrap_or(day))).transpose()?;
            let request = GetRosterRequest { from, until };
            let answer = send(request, async |it| client.clone().get_roster(it).await).await?.into_inner();
            output::not_all(answer.shifts.len(), answer.total);
            return print(&answer.shifts, common);
        }
        Rooster::Plan(options) => {
            let request = PlanShiftRequest { command_id: command_id(), plan: Some(options.plan()) };
            send(request, async |it| client.clone().plan_shift(it).await)
                .await?
                .into_inner()
                .shift
                .into_iter()
                .collect()
        }
        Rooster::Wijzig { dienst, what, ondanks } => {
            let shift = shift(&dienst, common).await?;
            let plan = what.over(shift.plan.clone().unwrap_or_default());
            before.push(shift);
            let request = ChangeShiftRequest {
                command_id: command_id(),
                shift_id: dienst,
                plan: Some(plan),
                override_reason: ondanks,
            };
            let answer = send(request, async |it| client.clone().change_shift(it).await).await?;
            answer.into_inner().shift.into_iter().collect()
        }
        Rooster::Schrap { dienst, reden } => {
            let request = CancelShiftRequest { command_id: command_id(), shift_id: dienst, reason: reden };
            let answer = send(request, async |it| client.clone().cancel_shift(it).await).await?;
            answer.into_inner().shift.into_iter().collect()
        }
        Rooster::Zet(options) => return assign(options, common).await,
        Rooster::Af { dienst, medewerker } => {
            let request = UnassignStaffRequest { command_id: command_id(), shift_id: dienst, staff_id: medewerker };
            let answer = send(request, async |it| client.clone().unassign_staff(it).await).await?;
            answer.into_inner().shift.into_iter().collect()
        }
        Rooster::Ruil(options) => {
            let request = SwapStaffRequest {
                command_id: command_id(),
                shift_id: options.dienst,
                staff_id: options.medewerker,
                other_shift_id: options.andere_dienst,
                other_staff_id: options.andere_medewerker,
                override_reason: options.ondanks,
            };
            let answer = send(request, async |it| client.clone().swap_staff(it).await).await?.into_inner();
            answer.shift.into_iter().chain(answer.other_shift).collect()
        }
        Rooster::Ziek { medewerker, vanaf, tot } => return sick(medewerker, vanaf, tot, common).await,
        Rooster::Beter { medewerker, vanaf } => return better(medewerker, vanaf, common).await,
        Rooster::Dekking { gemeente } => return cover(gemeente, common).await,
    };
    print(&shifts, common)?;
    before.extend(shifts);
    tell_gaps(&before, common).await
}

/// Says where nobody is in the hours of these shifts.
async fn tell_gaps(shifts: &[Shift], common: &Common) -> Result<(), Failure> {
    if common.output == Format::Json {
        return Ok(());
    }
    let client = common.connection.nachtdienst()?;
    let now = service::clock::now();
    let mut gaps = BTreeSet::new();
    for shift in shifts {
        let period = shift.period.unwrap_or_default();
        let from = period.from.map_or(i64::MIN, |at| proto::micros(&at)).max(now.as_microsecond());
        if period.until.is_none_or(|until| proto::micros(&until) <= from) {
            continue;
        }
        for gemeente in shift.plan.iter().flat_map(|plan| &plan.gemeenten) {
            let request =
                GetCoverRequest { gemeente: gemeente.clone(), from: Some(proto::timestamp(from)), until: period.until };
            let answer = send(request, async |it| client.clone().get_cover(it).await).await?.into_inner();
            let cover = answer.cover.unwrap_or_default();
            let name = regions::gemeente_name(gemeente);
            gaps.extend(
                cover.gaps.iter().map(|gap| (gap.from.as_ref().map(proto::micros), name.clone(), dates::period(gap))),
            );
        }
    }
    gaps.iter().try_for_each(|(_, name, gap)| output::text(format_args!("Let op: in {name} is er niemand van {gap}.")))
}

/// The begin of a day.
fn midnight(day: Date) -> Result<pbjson_types::Timestamp, Failure> {
    history::moment(&format!("{day}T00:00")).map(model::wire::time_out)
}

/// A shift that is not over.
async fn shift(id: &str, common: &Common) -> Result<Shift, Failure> {
    let client = common.connection.nachtdienst()?;
    let now = service::clock::now();
    let until = model::moment::later(now, jiff::SignedDuration::from_hours(400 * 24));
    let request =
        GetRosterRequest { from: Some(model::wire::time_out(now)), until: Some(model::wire::time_out(until)) };
    let answer = send(request, async |it| client.clone().get_roster(it).await).await?.into_inner();
    answer.shifts.into_iter().find(|it| it.shift_id == id).ok_or_else(|| {
        let why = "Deze dienst is niet bekend, of al voorbij. `onderdak rooster toon` noemt de diensten.";
        Failure::new(Exit::Refused, format!("{why} [UNKNOWN_SHIFT]"))
    })
}

impl ChangeOptions {
    /// What was said, over what was there.
    fn over(self, before: ShiftPlan) -> ShiftPlan {
        ShiftPlan {
            team: self.team.unwrap_or(before.team),
            gemeenten: if self.gemeente.is_empty() { before.gemeenten } else { self.gemeente },
            on: self.op.map(dates::told).or(before.on),
            from_minute: self.van.unwrap_or(before.from_minute),
            until_minute: self.tot.unwrap_or(before.until_minute),
            medewerkers: self.medewerkers.unwrap_or(before.medewerkers),
            coordinators: self.coordinators.unwrap_or(before.coordinators),
        }
    }
}

impl PlanOptions {
    fn plan(self) -> ShiftPlan {
        ShiftPlan {
            team: self.team,
            gemeenten: self.gemeente,
            on: Some(dates::told(self.op)),
            from_minute: self.van,
            until_minute: self.tot,
            medewerkers: self.medewerkers,
            coordinators: self.coordinators,
        }
    }
}

async fn assign(options: AssignOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    let role = if options.coordinator { Role::Coordinator } else { Role::Medewerker };
    let request = AssignStaffRequest {
        command_id: command_id(),
        shift_id: options.dienst,
        staff_id: options.medewerker,
        role: role.into(),
        override_reason: options.ondanks,
    };
    let answer = send(request, async |it| client.clone().assign_staff(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    for breach in &answer.overridden {
        output::text(format_args!("Let op: {}", breach.sentence))?;
    }
    print(&answer.shift.into_iter().collect::<Vec<_>>(), common)
}

async fn sick(staff_id: String, vanaf: Option<Date>, tot: Date, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    let until = history::moment(&tot.to_string()).map(model::wire::time_out)?;
    let from = vanaf.map(midnight).transpose()?;
    let request = ReportSickRequest { command_id: command_id(), staff_id, from, until: Some(until) };
    let shifts = send(request, async |it| client.clone().report_sick(it).await).await?.into_inner().shifts;
    if shifts.is_empty() && common.output == Format::Text {
        return output::text("Genoteerd. Met deze code staat in die tijd niemand op een dienst.");
    }
    print(&shifts, common)?;
    tell_gaps(&shifts, common).await
}

async fn better(staff_id: String, vanaf: Option<Date>, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    // From today on is from now on: of the hours before nothing can be said any more.
    let today = service::clock::now().to_zoned(output::zone()).date();
    let from = vanaf.filter(|day| *day != today).map(midnight).transpose()?;
    let request = ReportBetterRequest { command_id: command_id(), staff_id, from, until: None };
    let answer = send(request, async |it| client.clone().report_better(it).await).await?.into_inner();
    let since = output::moment(answer.from.as_ref());
    let done = format!("Beter gemeld vanaf {since}. Zet de medewerker zo nodig weer op een dienst.");
    output::done(&answer, &done, common.output)
}

async fn cover(gemeente: String, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    let request = GetCoverRequest { gemeente, from: None, until: None };
    let answer = send(request, async |it| client.clone().get_cover(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    let gaps = answer.cover.unwrap_or_default().gaps;
    if gaps.is_empty() {
        return output::text("De komende twee weken is er elke avond en nacht iemand.");
    }
    output::text("In deze uren is er niemand:")?;
    gaps.iter().try_for_each(|gap| output::text(format_args!("  {}", dates::period(gap))))
}

/// Says what a team does.
pub async fn team(options: TeamOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.nachtdienst()?;
    let state = match options.stand {
        Stand::Beschikbaar => TeamState::Beschikbaar,
        Stand::Onderweg => TeamState::Onderweg,
        Stand::Bezig => TeamState::Bezig,
        Stand::Pauze => TeamState::Pauze,
    };
    let pauze_minutes = if state == TeamState::Pauze { options.minuten } else { 0 };
    let request =
        SetTeamStateRequest { command_id: command_id(), shift_id: options.dienst, state: state.into(), pauze_minutes };
    let answer = send(request, async |it| client.clone().set_team_state(it).await).await?.into_inner();
    let shift = answer.shift.ok_or_else(|| Failure::new(Exit::Failed, "de dienst gaf niets terug"))?;
    print(&[shift], common)
}

fn print(shifts: &[Shift], common: &Common) -> Result<(), Failure> {
    if common.output == Format::Json {
        return shifts.iter().try_for_each(output::json);
    }
    if shifts.is_empty() {
        return output::text("Er zijn geen diensten.");
    }
    let rows: Vec<Vec<String>> = shifts.iter().map(row).collect();
    let heads = ["Dienst", "Team", "Van", "Tot", "Gemeenten", "Wie", "Stand"];
    output::text(output::fitted(&heads, &rows, &["Gemeenten"]))
}

fn row(shift: &Shift) -> Vec<String> {
    let plan = shift.plan.clone().unwrap_or_default();
    let period = shift.period.unwrap_or_default();
    let names: Vec<String> = plan.gemeenten.iter().map(|code| regions::gemeente_name(code)).collect();
    let who = |it: &Assignment| {
        let who = if it.staff_id.is_empty() { "(gewist)" } else { &it.staff_id };
        let role = (it.role() == Role::Coordinator).then(|| "coördinator".to_owned());
        let despite = Some(&it.override_reason).filter(|reason| !reason.is_empty());
        let notes: Vec<String> =
            role.into_iter().chain(despite.map(|reason| format!("ondanks de regels: {reason}"))).collect();
        if notes.is_empty() { who.to_owned() } else { format!("{who} ({})", notes.join("; ")) }
    };
    let mut people: Vec<String> = shift.assignments.iter().map(who).collect();
    let missing = [
        (shift.missing_medewerkers, "medewerker", "medewerkers"),
        (shift.missing_coordinators, "coördinator", "coördinatoren"),
    ];
    let nobody = people.is_empty() && !shift.cancelled;
    people.extend(missing.into_iter().filter(|(many, ..)| *many > 0).map(|(many, one, more)| {
        format!("{} {many} {}", if nobody { "nodig:" } else { "nog" }, if many == 1 { one } else { more })
    }));
    let state = match (shift.cancelled, shift.state(), shift.understaffed) {
        (true, ..) => "gaat niet door",
        (_, TeamState::Beschikbaar, _) => "beschikbaar",
        (_, TeamState::Onderweg, _) => "onderweg",
        (_, TeamState::Bezig, _) => "bezig",
        (_, TeamState::Pauze, _) => "pauze",
        (_, TeamState::Unspecified, true) => "te weinig mensen",
        (_, TeamState::Unspecified, false) => "gepland",
    };
    vec![
        shift.shift_id.clone(),
        plan.team,
        output::moment(period.from.as_ref()),
        output::moment(period.until.as_ref()),
        names.join(", "),
        if people.is_empty() { "niemand".to_owned() } else { people.join(", ") },
        state.to_owned(),
    ]
}
