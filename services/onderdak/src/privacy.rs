//! `onderdak erase` and `onderdak retain`: erasing somebody from every service, and what is old. It must not keep what it
//! was told.

use clap::Args;
use proto::privacy::v1::privacy_service_client::PrivacyServiceClient;
use proto::privacy::v1::*;

use crate::Failure;
use crate::cli::Common;
use crate::client::{Identified, send};
use crate::output::{self, Format};

/// Options of `erase`.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("wie").required(true))]
pub struct EraseOptions {
    /// Kenmerk van een cliënt.
    #[arg(long, group = "wie", value_name = "CODE")]
    client: Option<String>,
    /// Kenmerk van een medewerker.
    #[arg(long, group = "wie", value_name = "CODE")]
    medewerker: Option<String>,
    /// Een tekst die iemand typte. Vanaf 4 tekens gaan ook alle teksten weg waar dit in staat; kies het dus ruim genoeg.
    #[arg(long, group = "wie", value_name = "TEKST")]
    tekst: Option<String>,
}

fn clients(common: &Common) -> Result<Vec<PrivacyServiceClient<Identified>>, Failure> {
    let to = &common.connection;
    to.owners().map(|address| to.channel(address).map(PrivacyServiceClient::new)).collect()
}

/// Erases somebody from every service.
pub async fn erase(options: EraseOptions, common: &Common) -> Result<(), Failure> {
    let (sort, value) = match (options.client, options.medewerker, options.tekst) {
        (Some(client), ..) => (Sort::Client, client),
        (_, Some(staff), _) => (Sort::Staff, staff),
        (.., text) => (Sort::Text, text.unwrap_or_default()),
    };
    let (mut rows, mut failed) = (0, None);
    for (client, address) in clients(common)?.into_iter().zip(common.connection.owners()) {
        let request = EraseRequest { sort: sort.into(), value: value.clone() };
        let answer = match send(request, async |it| client.clone().erase(it).await).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => {
                // The others can do it all the same.
                let failure = Failure::from(status);
                let sentence = format!("De dienst op {address} heeft niets gewist: {}", failure.sentence);
                failed.get_or_insert(Failure::new(failure.exit, sentence));
                continue;
            }
        };
        rows += answer.rows;
        match common.output {
            Format::Json => output::json(&answer)?,
            Format::Text => output::text(format_args!("  {:<13} {} gewist", answer.service, answer.rows))?,
        }
    }
    if let Some(failure) = failed {
        return Err(failure);
    }
    match (common.output, rows) {
        (Format::Json, _) => Ok(()),
        (Format::Text, 0) => output::text("Er was niets om te wissen."),
        (Format::Text, _) => output::text("Gewist. Wat er gebeurd is blijft bewaard, zonder wie het was."),
    }
}

/// Erases what is old.
pub async fn retain(common: &Common) -> Result<(), Failure> {
    for client in clients(common)? {
        let answer = send(RetainRequest {}, async |it| client.clone().retain(it).await).await?.into_inner();
        if common.output == Format::Json {
            output::json(&answer)?;
            continue;
        }
        let of = |it: &Removed| {
            let what = match it.sort() {
                Sort::Client => "cliënten",
                Sort::Staff => "medewerkers",
                Sort::Text => "teksten",
                Sort::Unspecified => "andere",
            };
            format!("{} {what} (ouder dan {} dagen)", it.rows, it.days)
        };
        let removed: Vec<String> = answer.removed.iter().map(of).collect();
        output::text(format_args!("  {:<13} gewist: {}", answer.service, removed.join(", ")))?;
    }
    Ok(())
}
