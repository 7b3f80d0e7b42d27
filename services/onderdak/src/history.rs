//! `onderdak history` and `onderdak rebuild`: the region at a moment in the past, and its picture made anew. It must
//! not change what happened.

use clap::Args;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use proto::regio::v1::{BoardLocation, Filter, GetHistoryRequest, RebuildRequest};
use service::clock;

use crate::cli::Common;
use crate::client::send;
use crate::output::{self, Format};
use crate::watch::{HEADS, LEAST, nights, order, row};
use crate::{Exit, Failure};

/// Options of `history`.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Het moment: 2026-03-12 (aan het eind van die dag), 2026-03-12T03:00, of met tijdzone 2026-03-12T02:00:00Z.
    #[arg(long, value_name = "MOMENT")]
    at: String,
    /// Alleen deze locatie.
    #[arg(long, value_name = "LOCATIE")]
    location: Option<String>,
}

/// A moment as people write it, in the time zone of the Netherlands.
pub fn moment(raw: &str) -> Result<Timestamp, Failure> {
    let wrong = || {
        Failure::new(Exit::Input, format!("{raw} is geen moment; schrijf bijvoorbeeld 2026-03-12 of 2026-03-12T03:00"))
    };
    if let Ok(at) = raw.parse::<Timestamp>() {
        return Ok(at);
    }
    let local = if raw.len() == 10 {
        raw.parse::<Date>().map(|date| date.at(23, 59, 59, 999_999_000))
    } else {
        raw.parse::<DateTime>()
    };
    let at = local.ok().and_then(|local| local.to_zoned(output::zone()).ok());
    at.map(|at| at.timestamp()).ok_or_else(wrong)
}

/// The same, where a day alone means its begin.
pub(crate) fn begin(raw: &str) -> Result<Timestamp, Failure> {
    moment(&if raw.len() == 10 { format!("{raw}T00:00") } else { raw.to_owned() })
}

/// The end of today has not come, but whoever asks for today means now. What is later is not known to anybody.
fn not_later_than_now(at: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let day = |at: Timestamp| at.to_zoned(output::zone()).date();
    let is_today = day(at) == day(now);
    (at <= now || is_today).then(|| at.min(now))
}

/// A moment that has come, as people write it: today means now.
pub(crate) fn moment_that_came(raw: &str) -> Result<Timestamp, Failure> {
    not_later_than_now(moment(raw)?, clock::now())
        .ok_or_else(|| Failure::new(Exit::Input, format!("{raw} ligt in de toekomst")))
}

/// Prints the region at a moment.
pub async fn run(options: Options, common: &Common) -> Result<(), Failure> {
    let at = moment_that_came(&options.at)?;
    let client = common.connection.regio()?;
    let request = GetHistoryRequest { at: Some(model::wire::time_out(at)), filter: Some(Filter::default()) };
    let mut history = send(request, async |it| client.clone().get_history(it).await).await?.into_inner();
    let is_wanted = |location: &BoardLocation| {
        let id = location.report.as_ref().map(|report| report.location_id.as_str());
        options.location.as_deref().is_none_or(|wanted| id == Some(wanted))
    };
    let nights = nights(history.locations.iter(), at);
    history.locations.retain(is_wanted);
    if let Some(location) = options.location.as_deref().filter(|_| history.locations.is_empty()) {
        let moment = output::moment(Some(&model::wire::time_out(at)));
        return Err(Failure::new(Exit::Refused, format!("van de locatie {location} is op {moment} niets bekend")));
    }
    if common.output == Format::Json {
        return output::json(&history);
    }
    let moment = output::moment(Some(&model::wire::time_out(at)));
    if history.locations.is_empty() {
        return output::text(format_args!("Van de regio op {moment} is niets bekend."));
    }
    history.locations.sort_by_key(order);
    let rows: Vec<_> = history.locations.iter().map(|it| row(it, at, &nights)).collect();
    output::text(format_args!("De regio op {moment}\n{}", output::fitted(&HEADS, &rows, &LEAST)))
}

/// Makes the picture anew from the services.
pub async fn rebuild(common: &Common) -> Result<(), Failure> {
    let mut client = common.connection.regio()?;
    let rebuilt = client.rebuild(RebuildRequest {}).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&rebuilt);
    }
    let (reports, locations) = (rebuilt.reports, rebuilt.locations);
    output::text(format_args!("Het bord is opnieuw gevuld: {reports} meldingen, {locations} locaties."))
}

#[cfg(test)]
mod tests {
    use super::not_later_than_now;

    #[test]
    fn today_means_now_and_tomorrow_is_not_known() {
        let at = |raw: &str| raw.parse::<jiff::Timestamp>().unwrap();
        let now = at("2026-11-25T09:00:00Z");
        assert_eq!(not_later_than_now(at("2026-11-24T22:59:59Z"), now), Some(at("2026-11-24T22:59:59Z")));
        assert_eq!(not_later_than_now(at("2026-11-25T22:59:59Z"), now), Some(now));
        assert_eq!(not_later_than_now(at("2026-11-25T23:00:00Z"), now), None);
    }
}
