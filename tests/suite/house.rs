//! A running suite for a test: `onderdak up` as a child process in a folder of its own, on free ports, with a small
//! region; and the few calls every test makes.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::Duration;

use onderdak::client::{Connection, Identified, command_id};
use onderdak::suite::Service;
use proto::availability::v1::{Kind, LocationProfile, Needs, PlaceProfile};
use proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient;
use proto::logeerplek::v1::*;
use proto::regio::v1::{BoardLocation, ListLocationsRequest as BoardRequest};
use testkit::process::Child;
use testkit::{SECONDS_30, TempDir, wait_for};
use tonic::Status;
use tonic_types::StatusExt as _;

/// A region without locations: each test registers its own.
pub(crate) const REGION: &str = r#"
id = "proef"
name = "Proefregio"
time_zone = "Europe/Amsterdam"
centrumgemeente = "gm0034"
oin = "00000000000000000000"
rules = { housing_first_cap = 43 }

[[gemeente]]
code = "gm0034"
name = "Almere"
latitude = 52.3702
longitude = 5.2158
inhabitants = 1

[[gemeente]]
code = "gm0303"
name = "Dronten"
latitude = 52.5252
longitude = 5.7183
inhabitants = 1
"#;

/// Nothing added to the environment of a child.
pub(crate) const NO_ENV: [(&str, &str); 0] = [];

/// The binary under test.
pub(crate) const ONDERDAK: &str = env!("CARGO_BIN_EXE_onderdak");

/// A running suite.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) connection: Connection,
    /// Where browsers find the pages.
    pub(crate) pages: String,
    process: Child,
    region: PathBuf,
}

impl House {
    /// Starts a suite with a region.
    pub(crate) async fn start_with(region: &str) -> Self {
        let folder = TempDir::new("onderdak");
        let file = folder.join("regio.toml");
        std::fs::write(&file, region).unwrap();
        let process = up(folder.path(), &file);
        let (connection, pages) = addresses(&process).await;
        Self { folder, connection, pages, process, region: file }
    }

    /// Starts a suite with an empty region.
    pub(crate) async fn start() -> Self {
        Self::start_with(REGION).await
    }

    /// Kills the suite as a power cut would, and starts it again on the same folder.
    pub(crate) async fn kill_and_start(&mut self) {
        self.process.kill9();
        self.process.exit().await;
        self.restart().await;
    }

    /// Stops the suite as an operator would, and says how it ended.
    pub(crate) async fn stop(&mut self) -> std::process::ExitStatus {
        self.process.term();
        self.process.exit().await
    }

    pub(crate) async fn restart(&mut self) {
        self.process = up(self.folder.path(), &self.region);
        (self.connection, self.pages) = addresses(&self.process).await;
    }

    pub(crate) fn process(&self) -> &Child {
        &self.process
    }

    /// The folder of its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    pub(crate) fn logeerplek(&self) -> LogeerplekServiceClient<Identified> {
        self.connection.logeerplek().unwrap()
    }

    /// Registers and confirms a logeerplek location in Almere with some places: `kamer-1`, `kamer-2`, …
    pub(crate) async fn location(&self, id: &str, places: u32) {
        register(&mut self.logeerplek(), id, places).await;
    }

    /// Process ids of the nats-servers of this suite.
    pub(crate) fn brokers(&self) -> Vec<String> {
        let data = self.data();
        let entries = std::fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
            let line = std::fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            line.contains(data.to_str().unwrap()) && line.contains("nats.conf")
        });
        entries.map(|entry| entry.file_name().into_string().unwrap()).collect()
    }

    /// Runs a command of the command line against this suite.
    pub(crate) fn run(&self, args: &[&str]) -> Output {
        self.command(args).env("ONDERDAK_ACTOR", "beheerder:demo").output().unwrap()
    }

    /// Runs a command as somebody typed it, as whoever it is by itself.
    pub(crate) fn run_as_typed(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let to = Service::all().flat_map(|it| [format!("--{}", it.name()), self.connection.address(it).to_owned()]);
        let mut command = std::process::Command::new(ONDERDAK);
        command.args(args).args(to).args(["--issuer", &self.connection.issuer]);
        command
    }

    /// What a location looks like on the board, once it satisfies a condition.
    pub(crate) async fn on_the_board(&self, id: &str, is_right: impl Fn(&BoardLocation) -> bool) -> BoardLocation {
        let client = self.connection.regio().unwrap();
        wait_for(&format!("{id} on the board"), SECONDS_30, async || {
            let request = BoardRequest { filter: None, include_retired: false };
            let board = client.clone().list_locations(request).await.map_err(|status| status.to_string())?;
            let found = board.into_inner().locations.into_iter().find(|it| report(it).location_id == id);
            match found {
                Some(location) if is_right(&location) => Ok(location),
                other => Err(format!("{other:?}")),
            }
        })
        .await
    }
}

impl Drop for House {
    /// A suite that is killed leaves its nats-server to the next start; here there is none.
    fn drop(&mut self) {
        self.process.kill9();
        for id in self.brokers() {
            let _ = std::process::Command::new("kill").args(["-9", &id]).status();
        }
    }
}

fn up(folder: &Path, region: &Path) -> Child {
    let nats = std::env::var("ONDERDAK_NATS_SERVER").expect("run the tests through cargo xtask test");
    let data = folder.join("data");
    let args = ["up", "--port", "0", "--nats-server", &nats, "--data", data.to_str().unwrap(), "--region"];
    let args: Vec<&str> = args.into_iter().chain([region.to_str().unwrap()]).collect();
    Child::start(ONDERDAK, &args, NO_ENV)
}

/// The addresses that `up` prints once it is ready.
async fn addresses(process: &Child) -> (Connection, String) {
    process.wait_line("Stoppen: Ctrl-C").await;
    let lines = process.lines();
    let named = |name: &str| {
        let is_of = |line: &str| line.trim_start().starts_with(name) && line.contains("http://");
        let line = lines.iter().find(|line| is_of(line));
        let address = line.and_then(|line| line.split("http://").nth(1)).unwrap();
        format!("http://{}", address.trim())
    };
    let of = |service: Service| named(service.name());
    let pages = lines.iter().find(|line| line.starts_with("Open in een browser:")).unwrap();
    let pages = pages.split_whitespace().last().unwrap().to_owned();
    (Connection::at("beheerder:proef".parse().unwrap(), named("aanmelden"), of), pages)
}

/// The demonstration's provider by itself, for services that are processes of their own; and its address.
pub(crate) async fn sign_in(region: &str) -> (Child, String) {
    let args = ["demo", "aanmelden", "--listen", "127.0.0.1:0", "--region", region];
    let process = Child::start(ONDERDAK, args, [("ONDERDAK_LOG", "info")]);
    let address = crate::production::address(&process).await;
    (process, address)
}

/// Registers and confirms a logeerplek location in Almere with some places.
pub(crate) async fn register(client: &mut LogeerplekServiceClient<Identified>, id: &str, places: u32) {
    let profile = Some(profile(Kind::Logeerplek, id));
    let (location_id, command) = (id.to_owned(), command_id);
    let request = RegisterLocationRequest { command_id: command(), location_id: location_id.clone(), profile };
    client.register_location(request).await.unwrap();
    for number in 1..=places {
        let profile = PlaceProfile {
            label: format!("Kamer {number}"),
            pool: "ambulant".to_owned(),
            criteria: None,
            also_pools: Vec::new(),
            financing: 0,
        };
        let (location_id, place_id) = (location_id.clone(), format!("kamer-{number}"));
        let request = AddPlaceRequest { command_id: command(), location_id, place_id, profile: Some(profile) };
        client.add_place(request).await.unwrap();
    }
    client.confirm_location(ConfirmLocationRequest { command_id: command(), location_id }).await.unwrap();
}

pub(crate) fn profile(kind: Kind, name: &str) -> LocationProfile {
    LocationProfile {
        name: name.to_owned(),
        kind: kind.into(),
        gemeente: "gm0034".to_owned(),
        provider: "Proefaanbieder".to_owned(),
        ..LocationProfile::default()
    }
}

/// A claim for the best place.
pub(crate) fn best(client: &str) -> ClaimBestRequest {
    ClaimBestRequest {
        command_id: command_id(),
        client_ref: client.to_owned(),
        needs: Some(Needs { age: Some(34), nights: 1, ..Needs::default() }),
        from_gemeente: "gm0034".to_owned(),
        ..ClaimBestRequest::default()
    }
}

pub(crate) fn report(location: &BoardLocation) -> proto::availability::v1::AvailabilityReported {
    location.report.clone().unwrap_or_default()
}

/// The machine reason of a refusal.
pub(crate) fn reason(status: &Status) -> String {
    status.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// What a command printed.
pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Long enough for anything that is not broken.
pub(crate) const PATIENCE: Duration = SECONDS_30;
