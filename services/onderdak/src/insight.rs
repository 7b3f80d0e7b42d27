//! `onderdak overview` and `onderdak flow`: the figures of the region, and who came and went. It must not compute what
//! the aggregator says.

use clap::{Args, ValueEnum};
use jiff::ToSpan as _;
use proto::availability::v1::Kind;
use proto::regio::v1::*;
use service::clock;

use crate::cli::Common;
use crate::client::send;
use crate::output::{self, Format};
use crate::{Failure, dates, history, regions};

/// Options of `overview`.
#[derive(Debug, Clone, Args)]
pub struct OverviewOptions {
    /// Het moment; zonder: nu.
    #[arg(long, value_name = "MOMENT")]
    at: Option<String>,
    /// Per gemeente, en niet alleen de hele regio.
    #[arg(long)]
    per_gemeente: bool,
}

/// Options of `flow`.
#[derive(Debug, Clone, Args)]
pub struct FlowOptions {
    /// Vanaf welke dag; zonder: de laatste vier weken.
    #[arg(long, value_name = "MOMENT")]
    vanaf: Option<String>,
    /// Tot en met welke dag; zonder: nu.
    #[arg(long, value_name = "MOMENT")]
    tot: Option<String>,
    /// Per dag, week of maand.
    #[arg(long, value_enum, default_value_t = Per::Week)]
    per: Per,
    /// Alleen deze gemeente; mag vaker.
    #[arg(long, value_name = "GEMEENTE", value_parser = dates::gemeente)]
    gemeente: Vec<String>,
}

/// How long a bucket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Per {
    Dag,
    Week,
    Maand,
}

/// Prints the figures by kind.
pub async fn overview(options: OverviewOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.regio()?;
    let at = options.at.as_deref().map(history::moment_that_came).transpose()?.map(model::wire::time_out);
    let request = GetOverviewRequest { at, filter: None };
    let answer = send(request, async |it| client.clone().get_overview(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    let rows = if options.per_gemeente { &answer.rows } else { &answer.totals };
    let rows = rows.iter().filter(|row| model::wire::kind_in(row.kind()).is_none_or(model::kind::Kind::adds_up));
    let row = |it: &OverviewRow| {
        let gemeente =
            if it.gemeente.is_empty() { "hele regio".to_owned() } else { regions::gemeente_name(&it.gemeente) };
        let unknown = if it.unknown > 0 { it.unknown.to_string() } else { String::new() };
        let stale = if it.stale > 0 { it.stale.to_string() } else { String::new() };
        let over = if it.over > 0 { it.over.to_string() } else { String::new() };
        let numbers = [it.actual, it.free, it.held, it.occupied, it.unavailable, it.surge];
        let mut row = vec![output::kind(it.kind()).to_owned(), gemeente, it.locations.to_string()];
        // Of locations that never told anything nothing is known, which is not zero.
        let is_known = it.unknown < it.locations;
        row.extend(numbers.map(|number| if is_known { number.to_string() } else { "?".to_owned() }));
        row.extend([over, stale, unknown, output::moment(it.oldest_confirmation.as_ref())]);
        row
    };
    let rows: Vec<Vec<String>> = rows.map(row).collect();
    if rows.is_empty() {
        let moment = output::moment(answer.at.as_ref());
        return output::text(format_args!("Van de regio op {moment} is niets bekend."));
    }
    let heads = [
        "Soort",
        "Gemeente",
        "Locaties",
        "Plekken",
        "Vrij",
        "Geres.",
        "Bezet",
        "Buiten",
        "Extra",
        "Te veel",
        "Verouderd",
        "Onbekend",
        "Oudste stand",
    ];
    output::text(output::fitted(&heads, &rows, &["Oudste stand", "Extra", "Buiten", "Locaties"]))?;
    let nights = answer.rows.iter().filter(|row| row.kind() == Kind::Nachtdienst);
    nights.clone().next().map_or(Ok(()), |_| output::text("\nAvond- en nachtdienst:"))?;
    nights.into_iter().try_for_each(|row| {
        let teams = match row.actual {
            0 => "nu geen team".to_owned(),
            1 => "nu 1 team".to_owned(),
            more => format!("nu {more} teams"),
        };
        let gap = row.gaps.first().map_or_else(
            || "de komende twee weken gedekt".to_owned(),
            |gap| format!("niemand van {}", dates::period(gap)),
        );
        output::text(format_args!("  {:<16} {teams}, {gap}", regions::gemeente_name(&row.gemeente)))
    })
}

/// Prints who came and went.
pub async fn flow(options: FlowOptions, common: &Common) -> Result<(), Failure> {
    let client = common.connection.regio()?;
    let now = clock::now();
    let from = match &options.vanaf {
        Some(raw) => history::begin(raw)?,
        None => now.to_zoned(output::zone()).saturating_sub(27.days()).timestamp(),
    };
    let until = options.tot.as_deref().map(history::moment).transpose()?.unwrap_or(now);
    let bucket = match options.per {
        Per::Dag => Bucket::Day,
        Per::Week => Bucket::Week,
        Per::Maand => Bucket::Month,
    };
    let request = GetFlowRequest {
        from: Some(model::wire::time_out(from)),
        until: Some(model::wire::time_out(until)),
        bucket: bucket.into(),
        filter: Some(Filter { kinds: Vec::new(), gemeenten: options.gemeente }),
    };
    let answer = send(request, async |it| client.clone().get_flow(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    let rows: Vec<FlowRow> = answer.rows.into_iter().filter(|row| FLOW.iter().any(|(_, of)| of(row) > 0)).collect();
    if rows.is_empty() {
        return output::text("In deze tijd is er niemand gekomen of gegaan.");
    }
    // What never happened gets no column.
    let told: Vec<_> = FLOW.iter().filter(|(_, of)| rows.iter().any(|row| of(row) > 0)).collect();
    let heads: Vec<&str> =
        ["Vanaf", "Soort", "Gemeente"].into_iter().chain(told.iter().map(|(head, _)| *head)).collect();
    let number = |number: u32| if number == 0 { String::new() } else { number.to_string() };
    let row = |it: &FlowRow| {
        let begin = output::moment(it.from.as_ref()).chars().take(10).collect();
        let mut row = vec![begin, output::kind(it.kind()).to_owned(), regions::gemeente_name(&it.gemeente)];
        row.extend(told.iter().map(|(_, of)| number(of(it))));
        row
    };
    let rows: Vec<Vec<String>> = rows.iter().map(row).collect();
    output::text(output::fitted(&heads, &rows, &["Geëindigd", "Gestart", "Aanbod weg", "Niet gekomen", "Nachten"]))
}

/// A column of `flow`: its head and its number.
type Column = (&'static str, fn(&FlowRow) -> u32);

/// What is counted, with the head of its column.
const FLOW: [Column; 15] = [
    ("In", |it| it.instroom),
    ("Door", |it| it.doorstroom),
    ("Uit", |it| it.uitstroom),
    ("Geweigerd", |it| it.refused + it.lapsed),
    ("Niet gevonden", |it| it.unmet),
    ("Niet gekomen", |it| it.no_shows),
    ("Op de lijst", |it| it.waiting_joined),
    ("Van de lijst", |it| it.waiting_left),
    ("Aangeboden", |it| it.offered),
    ("Aanbod weg", |it| it.offers_lost),
    ("Aangemeld", |it| it.trajecten_registered),
    ("Gestart", |it| it.trajecten_started),
    ("Geëindigd", |it| it.trajecten_completed + it.trajecten_stopped),
    ("Meldingen", |it| it.meldingen_received),
    ("Nachten", |it| it.median_nights),
];
