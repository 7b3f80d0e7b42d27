//! Who sleeps in the opvang, on the command line: in, out, reserved, moved, longer. It must not hold a rule: the service
//! decides.

use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use proto::opvang::v1::*;

use crate::cli::Common;
use crate::client::{command_id, send};
use crate::find::NeedsOptions;
use crate::output::{self, Format};
use crate::{Exit, Failure, dates, regions};

/// Commands of `verblijf`.
#[derive(Debug, Clone, Subcommand)]
pub enum Verblijf {
    /// Iemand komt binnen.
    In(Into),
    /// Wie een reservering had, komt binnen.
    Aangekomen(Which),
    /// Iemand vertrekt.
    Uit {
        /// Welk verblijf.
        #[command(flatten)]
        which: Which,
        /// Waarom.
        #[arg(long, value_enum, default_value_t = Waarom::VolgensPlan)]
        waarom: Waarom,
        /// Waar de cliënt heen gaat.
        #[arg(long, value_enum)]
        naar: Naar,
    },
    /// Reserveer een plek voor vannacht.
    Reserveer {
        /// Voor wie, en waar.
        #[command(flatten)]
        into: Into,
        /// Tot hoe laat de plek wordt vrijgehouden, zoals 22:30, of een moment; zonder: de vrijgavetijd van de regio, en ten minste een uur.
        #[arg(long, value_name = "TIJD")]
        uiterlijk: Option<String>,
    },
    /// Geef een gereserveerde plek terug.
    Annuleer(Which),
    /// Verplaats iemand naar een andere plek van dezelfde locatie.
    Verplaats {
        /// Welk verblijf.
        #[command(flatten)]
        which: Which,
        /// De andere plek.
        #[arg(value_name = "PLEK")]
        naar: String,
    },
    /// Laat iemand langer blijven.
    Verleng {
        /// Welk verblijf.
        #[command(flatten)]
        which: Which,
        /// Tot en met welke dag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        tot: Date,
        /// Waarom, zonder namen.
        #[arg(long, value_name = "TEKST")]
        reden: String,
    },
    /// Zet welke gemeente verantwoordelijk is, vanaf een dag.
    Verantwoordelijk {
        /// Welk verblijf.
        #[command(flatten)]
        which: Which,
        /// De gemeente.
        #[arg(value_name = "GEMEENTE", value_parser = dates::gemeente)]
        gemeente: String,
        /// Vanaf welke dag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        vanaf: Date,
    },
    /// Laat een verblijf zien, en welke gemeente verantwoordelijk is.
    Toon {
        /// Welk verblijf.
        #[command(flatten)]
        which: Which,
        /// Voor welke dag; zonder: vandaag.
        #[arg(long, value_name = "DATUM", value_parser = dates::day)]
        op: Option<Date>,
    },
    /// Zeg hoeveel mensen er zijn, waar mensen geteld worden.
    Tel {
        /// De locatie.
        #[arg(value_name = "LOCATIE")]
        locatie: String,
        /// Hoeveel mensen er nu zijn.
        #[arg(value_name = "AANTAL")]
        aantal: u32,
    },
}

/// Where to, and who.
#[derive(Debug, Clone, Args)]
#[command(group = clap::ArgGroup::new("waarheen").required(true))]
pub struct Into {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    locatie: String,
    /// De plek.
    #[arg(value_name = "PLEK", group = "waarheen")]
    plek: Option<String>,
    /// De vrije plek van deze soort die het langst vrij is.
    #[arg(long, value_name = "SOORT", group = "waarheen")]
    soort: Option<String>,
    /// Kenmerk van de cliënt: een code, nooit een naam of BSN.
    #[arg(long, default_value = "", hide_default_value = true, value_name = "CODE")]
    client: String,
    /// Hoeveel mensen het huishouden heeft; zonder: de cliënt en de kinderen.
    #[arg(long, default_value_t = 0, hide_default_value = true, value_name = "AANTAL")]
    huishouden: u32,
    #[command(flatten)]
    needs: NeedsOptions,
}

/// A stay or a reservation.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// De locatie.
    #[arg(value_name = "LOCATIE")]
    locatie: String,
    /// Het verblijf: de code die `in` of `reserveer` gaf.
    #[arg(value_name = "VERBLIJF")]
    verblijf: String,
}

/// Why somebody leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Waarom {
    VolgensPlan,
    EigenKeuze,
    EindeTermijn,
    Huisregels,
    AndereZorg,
    Onbekend,
}

/// Where to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are the field's own terms")]
pub enum Naar {
    Huis,
    EigenNetwerk,
    Opvang,
    BeschermdWonen,
    GgzOpname,
    HousingFirst,
    EigenWoning,
    Onbekend,
}

impl Waarom {
    const fn told(self) -> LeaveReason {
        match self {
            Self::VolgensPlan => LeaveReason::VolgensPlan,
            Self::EigenKeuze => LeaveReason::EigenKeuze,
            Self::EindeTermijn => LeaveReason::EindeTermijn,
            Self::Huisregels => LeaveReason::Huisregels,
            Self::AndereZorg => LeaveReason::AndereZorg,
            Self::Onbekend => LeaveReason::Onbekend,
        }
    }
}

impl Naar {
    const fn told(self) -> Destination {
        match self {
            Self::Huis => Destination::NaarHuis,
            Self::EigenNetwerk => Destination::EigenNetwerk,
            Self::Opvang => Destination::Opvang,
            Self::BeschermdWonen => Destination::BeschermdWonen,
            Self::GgzOpname => Destination::GgzOpname,
            Self::HousingFirst => Destination::HousingFirst,
            Self::EigenWoning => Destination::EigenWoning,
            Self::Onbekend => Destination::Onbekend,
        }
    }
}

/// Runs a command of `verblijf`.
pub async fn run(command: Verblijf, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let command_id = command_id();
    match command {
        Verblijf::In(into) => comes_in(into, common).await,
        Verblijf::Aangekomen(Which { locatie, verblijf }) => {
            let into = Some(check_in_request::Into::StayId(verblijf));
            let request = CheckInRequest { command_id, location_id: locatie, into, ..CheckInRequest::default() };
            let answer = send(request, async |it| client.clone().check_in(it).await).await?.into_inner();
            print(answer.stay, &answer.remarks, common)
        }
        Verblijf::Reserveer { into, uiterlijk } => reserves(into, uiterlijk.as_deref(), common).await,
        Verblijf::Uit { which: Which { locatie, verblijf }, waarom, naar } => {
            let (reason, destination) = (waarom.told().into(), naar.told().into());
            let request = CheckOutRequest { command_id, location_id: locatie, stay_id: verblijf, reason, destination };
            let answer = send(request, async |it| client.clone().check_out(it).await).await?.into_inner();
            output::done(&answer, "Vertrokken. De plek is vrij, of gaat naar wie er wacht.", common.output)
        }
        Verblijf::Annuleer(Which { locatie, verblijf }) => {
            let request = CancelReservationRequest { command_id, location_id: locatie, stay_id: verblijf };
            let answer = send(request, async |it| client.clone().cancel_reservation(it).await).await?.into_inner();
            output::done(&answer, "De reservering is geannuleerd.", common.output)
        }
        Verblijf::Verplaats { which: Which { locatie, verblijf }, naar } => {
            let request = MoveRequest { command_id, location_id: locatie, stay_id: verblijf, to_place_id: naar };
            let answer = send(request, async |it| client.clone().r#move(it).await).await?.into_inner();
            print(answer.stay, &[], common)
        }
        Verblijf::Verleng { which: Which { locatie, verblijf }, tot, reden: reason } => {
            let until = Some(dates::told(tot));
            let request = ExtendStayRequest { command_id, location_id: locatie, stay_id: verblijf, until, reason };
            let answer = send(request, async |it| client.clone().extend_stay(it).await).await?.into_inner();
            print(answer.stay, &[], common)
        }
        Verblijf::Verantwoordelijk { which: Which { locatie, verblijf }, gemeente, vanaf } => {
            let from = dates::told(vanaf);
            let sentence = format!(
                "Vanaf {} is {} verantwoordelijk.",
                dates::shown(Some(&from)),
                regions::gemeente_name(&gemeente)
            );
            let (location_id, stay_id) = (locatie, verblijf);
            let request = SetResponsibleRequest { command_id, location_id, stay_id, gemeente, from: Some(from) };
            let answer = send(request, async |it| client.clone().set_responsible(it).await).await?.into_inner();
            output::done(&answer, &sentence, common.output)
        }
        Verblijf::Toon { which: Which { locatie, verblijf }, op } => show(locatie, verblijf, op, common).await,
        Verblijf::Tel { locatie, aantal } => {
            let count = Some(count_people_request::Count::Present(aantal));
            let sentence = format!("{locatie}: {aantal} mensen.");
            let request = CountPeopleRequest { command_id, location_id: locatie, count };
            let answer = send(request, async |it| client.clone().count_people(it).await).await?.into_inner();
            output::done(&answer, &sentence, common.output)
        }
    }
}

async fn comes_in(into: Into, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let place = into.plek.map(check_in_request::Into::PlaceId).or(into.soort.map(check_in_request::Into::Pool));
    let request = CheckInRequest {
        command_id: command_id(),
        location_id: into.locatie,
        into: place,
        client_ref: into.client,
        household_size: into.huishouden,
        needs: Some(into.needs.needs()?),
    };
    let answer = send(request, async |it| client.clone().check_in(it).await).await?.into_inner();
    print(answer.stay, &answer.remarks, common)
}

async fn reserves(into: Into, release_at: Option<&str>, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let choice = into.plek.map(reserve_request::Choice::PlaceId).or(into.soort.map(reserve_request::Choice::Pool));
    let request = ReserveRequest {
        command_id: command_id(),
        location_id: into.locatie,
        choice,
        client_ref: into.client,
        household_size: into.huishouden,
        needs: Some(into.needs.needs()?),
        release_at: dates::maybe_next(release_at)?,
    };
    let answer = send(request, async |it| client.clone().reserve(it).await).await?.into_inner();
    print(answer.stay, &answer.remarks, common)
}

async fn show(location_id: String, stay_id: String, op: Option<Date>, common: &Common) -> Result<(), Failure> {
    let client = common.connection.opvang()?;
    let request = GetStayRequest { location_id, stay_id, on: op.map(dates::told) };
    let answer = send(request, async |it| client.clone().get_stay(it).await).await?.into_inner();
    if common.output == Format::Json {
        return output::json(&answer);
    }
    let since = answer.responsible_from.as_ref().map_or_else(
        || "volgens de regels van de regio".to_owned(),
        |day| format!("sinds {}", dates::shown(Some(day))),
    );
    let who = regions::gemeente_name(&answer.responsible_gemeente);
    print(answer.stay, &[], common)?;
    output::text(format_args!("Verantwoordelijk: {who} ({since})"))
}

fn print(stay: Option<Stay>, remarks: &[String], common: &Common) -> Result<(), Failure> {
    let stay = stay.ok_or_else(|| Failure::new(Exit::Failed, "de dienst gaf geen verblijf terug"))?;
    if common.output == Format::Json {
        return output::json(&stay);
    }
    let what = if stay.reserved { "Reservering" } else { "Verblijf" };
    let until = stay.until.map(|until| format!(", tot {}", output::moment(Some(&until)))).unwrap_or_default();
    output::text(format_args!("{what} {}: {} van {}{until}", stay.stay_id, stay.place_id, stay.location_id))?;
    remarks.iter().try_for_each(|remark| output::text(format_args!("Let op: {remark}")))
}
