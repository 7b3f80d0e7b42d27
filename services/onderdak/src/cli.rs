//! The command line: names, options and help, in plain Dutch. What a command does is in its own module. It must not do
//! anything itself.

use clap::{ArgAction, Args, CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

use crate::client::Connection;
use crate::output::{self, Format};
use crate::{
    Failure, beheer, bench, claim, demo, find, history, import, insight, location, night, pages, place, plan, privacy,
    serve, shelter, stay, traject, up, watch,
};

/// Exit codes and first steps, below the help of the program.
const AFTER_HELP: &str = "\
Exitcodes:
  0  gelukt
  1  er ging iets mis in Onderdak zelf
  2  de opdracht is verkeerd getypt
  3  een dienst antwoordt niet; probeer het opnieuw
  4  de regels staan het niet toe; de zin zegt waarom
  5  de invoer klopt niet; er is niets veranderd
  6  starten lukt niet: een poort, een map, of het draait al
  130  u hebt het afgebroken

Om te beginnen:
  onderdak up                                    alles op deze machine, met Flevoland
  onderdak watch                                 het bord van de regio, live
  onderdak find --van Almere --leeftijd 34       een vrije plek die past
  onderdak claim --beste --client c-1 --van Almere --leeftijd 34
  onderdak demo nacht                            een hele nacht, om mee te kijken";

/// Onderdak: zien waar in de regio plek is, een logeerplek vinden en vastleggen.
#[derive(Debug, Parser)]
#[command(name = "onderdak", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(disable_help_flag = true, disable_version_flag = true)]
#[command(subcommand_value_name = "OPDRACHT")]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Laat deze uitleg zien.
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Laat de versie zien.
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
    #[command(flatten)]
    common: Common,
}

/// Options every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// Hoe de uitvoer eruitziet.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "VORM")]
    pub(crate) output: Format,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start alles op deze machine: de diensten, een nats-server en de locaties van een regio.
    Up(up::Options),
    /// Start een of meer diensten, voor productie.
    Serve(serve::Options),
    /// Maak de stream op de NATS-bus, of werk hem bij.
    Provision(serve::ProvisionOptions),
    /// Toon de pagina's voor browsers, naast diensten die elders draaien.
    Portaal(pages::Options),
    /// Laat het bord van de regio zien en elke verandering.
    Watch(watch::Options),
    /// Zoek een vrije plek die past.
    Find(find::Options),
    /// Leg een logeerplek vast voor een cliënt.
    Claim(claim::ClaimOptions),
    /// Laat de lopende claims zien.
    Claims(claim::ClaimsOptions),
    /// De locatie zegt ja tegen een claim.
    Accept(claim::ClaimId),
    /// De locatie zegt nee tegen een claim.
    Refuse(claim::RefuseOptions),
    /// Verleng een claim: de plek ligt langer vast, of de cliënt blijft langer.
    Extend(claim::ExtendOptions),
    /// De cliënt is aangekomen.
    Arrive(claim::ClaimId),
    /// Geef een plek vrij: annuleer de claim, of meld dat de cliënt is vertrokken.
    Release(claim::ReleaseOptions),
    /// Bevestig dat de stand van een locatie klopt ("klopt nog").
    Confirm(place::ConfirmOptions),
    /// Laat een locatie zien met haar plekken.
    Locatie(location::Options),
    /// Richt locaties en plekken in, of verander ze.
    #[command(subcommand)]
    Beheer(beheer::Beheer),
    /// Neem een plek buiten gebruik: niemand kan er nu terecht.
    Out(place::OutOptions),
    /// Zet een plek terug die buiten gebruik was.
    Back(place::PlaceOptions),
    /// Wie er slaapt in de opvang: binnen, vertrokken, gereserveerd, verlengd, geteld.
    #[command(subcommand)]
    Verblijf(stay::Verblijf),
    /// Wachtlijsten van de opvang: wie is aan de beurt, en wie krijgt een plek aangeboden.
    #[command(subcommand)]
    Wachtlijst(shelter::Wachtlijst),
    /// Plannen van de opvang: op-, om- en afbouw die vanzelf ingaat.
    #[command(subcommand)]
    Plan(plan::Plannen),
    /// Zet de winteropvang van een gemeente open of dicht.
    Winteropvang(shelter::WinterOptions),
    /// Laat zien wie de opvang moet verlaten.
    Vertrek(shelter::LeavingOptions),
    /// Trajecten van Housing First, en de monitor van de pilot.
    #[command(subcommand)]
    Traject(traject::Traject),
    /// Plekken van Housing First per gemeente.
    #[command(subcommand)]
    Slots(traject::Slots),
    /// Het rooster van de avond- en nachtdienst, en de dekking.
    #[command(subcommand)]
    Rooster(night::Rooster),
    /// Zeg wat een team van de nachtdienst doet.
    Team(night::TeamOptions),
    /// Meldingen van de avond en nacht.
    #[command(subcommand)]
    Melding(night::Melding),
    /// De overdracht van de nacht.
    #[command(subcommand)]
    Overdracht(night::Overdracht),
    /// Cijfers van de regio per soort en gemeente.
    Overview(insight::OverviewOptions),
    /// Wie er kwam en ging, wat geweigerd is en wat niet gevonden werd.
    Flow(insight::FlowOptions),
    /// Wis iemand uit alle diensten. Dat kan niet worden teruggedraaid.
    Erase(privacy::EraseOptions),
    /// Wis nu wat langer bewaard is dan de regio wil.
    Retain,
    /// Lees standen uit een bestand.
    #[command(subcommand)]
    Import(import::Command),
    /// Laat zien hoe de regio er op een moment uitzag.
    History(history::Options),
    /// Maak het bord van de regio leeg en vul het opnieuw uit de diensten.
    Rebuild,
    /// Speel iets na in een draaiende omgeving, om mee te kijken.
    #[command(subcommand)]
    Demo(demo::Demo),
    /// Meet hoe snel alles is, naast wat deze machine hoogstens kan.
    Bench(bench::Options),
    /// Maak een bestand waarmee uw shell opdrachten kan aanvullen.
    Completions {
        /// Welke shell.
        shell: Shell,
    },
}

impl Cli {
    /// Runs the command.
    pub async fn run(self) -> Result<(), Failure> {
        let common = self.common;
        match self.command {
            Command::Up(options) => up::run(options).await,
            Command::Serve(options) => serve::run(options, &common).await,
            Command::Provision(options) => serve::provision(options).await,
            Command::Portaal(options) => pages::run(options, &common).await,
            Command::Watch(options) => watch::run(options, &common).await,
            Command::Find(options) => find::run(options, &common).await,
            Command::Claim(options) => claim::claim(options, &common).await,
            Command::Claims(options) => claim::claims(options, &common).await,
            Command::Accept(options) => claim::accept(options, &common).await,
            Command::Refuse(options) => claim::refuse(options, &common).await,
            Command::Extend(options) => claim::extend(options, &common).await,
            Command::Arrive(options) => claim::arrive(options, &common).await,
            Command::Release(options) => claim::release(options, &common).await,
            Command::Confirm(options) => place::confirm(options, &common).await,
            Command::Locatie(options) => location::run(options, &common).await,
            Command::Beheer(command) => beheer::run(command, &common).await,
            Command::Out(options) => place::out(options, &common).await,
            Command::Back(options) => place::back(options, &common).await,
            Command::Verblijf(command) => stay::run(command, &common).await,
            Command::Wachtlijst(command) => {
                shelter::wachtlijst(command, &common).await.map_err(|it| it.only_in_opvang("wachtlijst"))
            }
            Command::Plan(command) => plan::run(command, &common).await.map_err(|it| it.only_in_opvang("plannen")),
            Command::Winteropvang(options) => shelter::winter(options, &common).await,
            Command::Vertrek(options) => shelter::leaving(options, &common).await,
            Command::Traject(command) => traject::run(command, &common).await,
            Command::Slots(command) => traject::slots(command, &common).await,
            Command::Rooster(command) => night::rooster(command, &common).await,
            Command::Team(options) => night::team(options, &common).await,
            Command::Melding(command) => night::melding(command, &common).await,
            Command::Overdracht(command) => night::overdracht(command, &common).await,
            Command::Overview(options) => insight::overview(options, &common).await,
            Command::Flow(options) => insight::flow(options, &common).await,
            Command::Erase(options) => privacy::erase(options, &common).await,
            Command::Retain => privacy::retain(&common).await,
            Command::Import(command) => import::run(command, &common).await,
            Command::History(options) => history::run(options, &common).await,
            Command::Rebuild => history::rebuild(&common).await,
            Command::Demo(command) => demo::run(command, &common).await,
            Command::Bench(options) => bench::run(options, &common).await,
            Command::Completions { shell } => {
                // It ends the program where it cannot write, so it writes to memory.
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "onderdak", &mut script);
                output::text(String::from_utf8_lossy(&script).trim_end())
            }
        }
    }
}
