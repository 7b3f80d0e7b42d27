//! Plans of op-, om- and afbouw on the command line. It must not hold a rule: the service decides.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use jiff::civil::Date;
use proto::availability::v1::PlaceProfile;
use proto::opvang::v1::plan_step::Change;
use proto::opvang::v1::*;

use crate::cli::Common;
use crate::client::{command_id, send};
use crate::output::{self, Format};
use crate::shelter::pair;
use crate::{Failure, dates};

/// Commands of `plan`.
#[derive(Debug, Clone, Subcommand)]
pub enum Plannen {
    /// Laat de plannen zien.
    Lijst {
        /// Alleen van deze locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: Option<String>,
    },
    /// Plan op-, om- of afbouw; het plan gaat vanzelf in, om 12 uur.
    Nieuw(PlanOptions),
    /// Trek een plan in.
    Intrek {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
        /// Het plan: de code die `plan lijst` geeft.
        #[arg(value_name = "PLAN")]
        plan: String,
    },
}

/// Options of `plan nieuw`.
#[derive(Debug, Clone, Args)]
pub struct PlanOptions {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    locatie: String,
    /// De dag waarop het ingaat.
    #[arg(long, value_name = "DATUM", value_parser = dates::day)]
    op: Date,
    /// Een plek die erbij komt, als plek=soort; mag vaker.
    #[arg(long, value_name = "PLEK=SOORT")]
    erbij: Vec<String>,
    /// Een plek die een andere soort wordt; mag vaker.
    #[arg(long, value_name = "PLEK=SOORT")]
    anders: Vec<String>,
    /// Een plek die weggaat; mag vaker.
    #[arg(long, value_name = "PLEK")]
    weg: Vec<String>,
    /// Hoeveel plekken er zijn, waar mensen geteld worden.
    #[arg(long, value_name = "AANTAL")]
    aantal: Option<u32>,
}

/// Runs a command of `plan`.
pub async fn run(command: Plannen, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    match command {
        Plannen::Lijst { locatie } => {
            let request = ListPlansRequest { location_id: locatie.unwrap_or_default() };
            let answer = send(request, async |it| client.clone().list_plans(it).await).await?.into_inner();
            output::not_all(answer.plans.len(), answer.total);
            if common.output == Format::Json {
                return output::json(&answer);
            }
            if answer.plans.is_empty() {
                output::text("Er zijn geen plannen.")?;
                return unfinished(&answer);
            }
            let row = |it: &Plan| {
                vec![
                    it.plan_id.clone(),
                    it.location_id.clone(),
                    dates::shown(it.on.as_ref()),
                    it.steps.iter().map(step).collect::<Vec<_>>().join(", "),
                    in_the_way(it),
                ]
            };
            let rows: Vec<Vec<String>> = answer.plans.iter().map(row).collect();
            output::text(output::fitted(&["Plan", "Locatie", "Op", "Wat", "In gebruik"], &rows, &["In gebruik"]))?;
            unfinished(&answer)
        }
        Plannen::Nieuw(options) => new_plan(options, common).await,
        Plannen::Intrek { locatie, plan } => {
            let request = WithdrawPlanRequest { command_id: command_id(), location_id: locatie, plan_id: plan };
            let answer = send(request, async |it| client.clone().withdraw_plan(it).await).await?.into_inner();
            output::done(&answer, "Het plan is ingetrokken.", common.output)
        }
    }
}

/// Who would be in the way of a plan: places, or people where they are counted.
fn in_the_way(plan: &Plan) -> String {
    let places = Some(plan.places_in_the_way.join(", ")).filter(|places| !places.is_empty());
    let people = (plan.people_in_the_way > 0).then(|| format!("{} mensen te veel", plan.people_in_the_way));
    let waiting = (plan.people_waiting > 0).then(|| format!("{} op de wachtlijst", plan.people_waiting));
    [places, people, waiting].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// What plans whose day is past could not do, or not yet.
fn unfinished(answer: &ListPlansResponse) -> Result<(), Failure> {
    if !answer.waiting.is_empty() {
        output::text("\nDit wacht tot de plek vrij is; `plan intrek` neemt het terug:")?;
        let row = |it: &WaitingStep| {
            let what = it.step.as_ref().map_or_else(|| "onbekend".to_owned(), step);
            vec![it.plan_id.clone(), it.location_id.clone(), what]
        };
        let rows: Vec<Vec<String>> = answer.waiting.iter().map(row).collect();
        output::text(output::fitted(&["Plan", "Locatie", "Wat"], &rows, &[]))?;
    }
    if answer.dropped.is_empty() {
        return Ok(());
    }
    output::text("\nNiet gelukt:")?;
    let row = |it: &DroppedStep| {
        let what = it.step.as_ref().map_or_else(|| "onbekend".to_owned(), step);
        vec![output::moment(it.at.as_ref()), it.location_id.clone(), what, it.sentence.clone()]
    };
    let rows: Vec<Vec<String>> = answer.dropped.iter().map(row).collect();
    output::text(output::fitted(&["Wanneer", "Locatie", "Wat", "Waarom"], &rows, &[]))
}

fn step(step: &PlanStep) -> String {
    match &step.change {
        Some(Change::AddPlace(place)) => format!("{} erbij: {}", place.place_id, sort(place)),
        Some(Change::ChangePlace(place)) => format!("{} wordt {}", place.place_id, sort(place)),
        Some(Change::RetirePlaceId(place)) => format!("{place} weg"),
        Some(Change::SetCapacity(capacity)) => format!("{} plekken", capacity.funded),
        None => "onbekend".to_owned(),
    }
}

/// The kinds of place a place is, or becomes.
fn sort(place: &PlannedPlace) -> String {
    let profile = place.profile.clone().unwrap_or_default();
    [vec![profile.pool], profile.also_pools].concat().join(" en ")
}

async fn new_plan(options: PlanOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let location = GetLocationRequest { location_id: options.locatie.clone() };
    let known = send(location, async |it| client.clone().get_location(it).await).await?.into_inner();
    let known = known.location.unwrap_or_default();
    let before =
        |place: &String| known.places.iter().find(|it| it.place_id == *place).and_then(|it| it.profile.clone());
    let mut pools = BTreeSet::new();
    let mut steps = Vec::new();
    for raw in &options.erbij {
        let (place_id, pool) = pair(raw, "--erbij", "plek=soort")?;
        pools.insert(pool.clone());
        let profile = Some(PlaceProfile { label: place_id.clone(), pool, ..PlaceProfile::default() });
        steps.push(Change::AddPlace(PlannedPlace { place_id, profile }));
    }
    for raw in &options.anders {
        let (place_id, pool) = pair(raw, "--anders", "plek=soort")?;
        pools.insert(pool.clone());
        // A place that is not there is refused by the service.
        let new = || PlaceProfile { label: place_id.clone(), ..PlaceProfile::default() };
        let profile = Some(PlaceProfile { pool, ..before(&place_id).unwrap_or_else(new) });
        steps.push(Change::ChangePlace(PlannedPlace { place_id, profile }));
    }
    steps.extend(options.weg.iter().cloned().map(Change::RetirePlaceId));
    steps.extend(options.aantal.map(|funded| Change::SetCapacity(PlannedCapacity { funded, unavailable: 0 })));
    let request = PlanCapacityRequest {
        command_id: command_id(),
        location_id: options.locatie,
        on: Some(dates::told(options.op)),
        steps: steps.into_iter().map(|change| PlanStep { change: Some(change) }).collect(),
    };
    let answer = send(request, async |it| client.clone().plan_capacity(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    output::text(format_args!("Plan {}: gaat in op {}.", answer.plan_id, output::moment(answer.due.as_ref())))?;
    let is_known = |pool: &String| {
        let mut profiles = known.places.iter().filter_map(|place| place.profile.as_ref());
        profiles.any(|profile| profile.pool == *pool || profile.also_pools.contains(pool))
    };
    // A typing mistake would quietly make a kind of place that nobody asks for.
    for pool in pools.iter().filter(|pool| !is_known(pool)) {
        output::text(format_args!("Let op: de soort {pool} is nieuw op deze locatie."))?;
    }
    if !answer.places_in_the_way.is_empty() {
        let places = answer.places_in_the_way.join(", ");
        output::text(format_args!("Let op: nog in gebruik: {places}. Zo'n plek verandert als zij vrijkomt."))?;
    }
    if answer.people_waiting > 0 {
        let people = answer.people_waiting;
        output::text(format_args!(
            "Let op: er {} op een soort plek die er dan niet meer is. Zet ze op tijd over: `onderdak wachtlijst verplaats`.",
            if people == 1 { "wacht 1 mens".to_owned() } else { format!("wachten {people} mensen") }
        ))?;
    }
    if answer.people_in_the_way > 0 {
        output::text(format_args!("Let op: er zijn dan {} mensen te veel.", answer.people_in_the_way))?;
    }
    Ok(())
}
