//! Signing in at a provider that is not ours: a certified one, as in production, with every service a process that knows it
//! by address only.

use identity::{Source, Tokens};
use onderdak::suite::Service;
use proto::logeerplek::v1::logeerplek_service_client::LogeerplekServiceClient;
use service::client::{channel, identified};
use testkit::process::Child;
use testkit::{TempDir, nats};

use crate::browser::{play, script};
use crate::house::{NO_ENV, ONDERDAK, REGION, register};
use crate::production::{address, addresses_of};

/// What tokens are for; a provider wants an address there.
const AUDIENCE: &str = "https://onderdak.example.org";

#[tokio::test]
async fn people_and_programs_sign_in_at_a_certified_provider() {
    let folder = TempDir::new("aanbieder");
    let region = folder.join("regio.toml");
    std::fs::write(&region, REGION).unwrap();
    let (region, bus) = (region.to_str().unwrap(), nats::Server::start().await);
    let secret = |client: &str| {
        let file = folder.join(client);
        std::fs::write(&file, format!("wachtwoord van {client}")).unwrap();
        file
    };
    let provider = Child::start("node", [script("provider.mjs")], NO_ENV);
    let issuer = provider.wait_line("provider http").await.split_whitespace().last().unwrap().to_owned();
    let secret_of_pages = secret("pagina");
    let known = [
        ("ONDERDAK_ISSUER", issuer.as_str()),
        ("ONDERDAK_AUDIENCE", AUDIENCE),
        ("ONDERDAK_CLIENT_ID", "pagina"),
        ("ONDERDAK_CLIENT_SECRET_FILE", secret_of_pages.to_str().unwrap()),
        ("ONDERDAK_REGION", region),
    ];

    let url = bus.url();
    let provision = ["provision", "--nats", &url, "--region", region];
    assert!(tokio::process::Command::new(ONDERDAK).args(provision).status().await.unwrap().success());
    let names: Vec<&str> = Service::all().map(Service::name).collect();
    let database = format!("sqlite:{}/{{service}}.db", folder.path().display());
    let to = ["--listen", "127.0.0.1:0", "--nats", &url, "--database", &database];
    let services = Child::start(ONDERDAK, [&["serve"], names.as_slice(), &to].concat(), known);
    let at = addresses_of(&services, &names).await;
    let of = |service: Service| at[Service::all().position(|it| it == service).unwrap()].clone();

    let beheer = Source::Client {
        issuer: issuer.clone(),
        audience: AUDIENCE.to_owned(),
        id: "inrichting".to_owned(),
        secret_file: secret("inrichting"),
    };
    let logeerplek = channel(&of(Service::Logeerplek)).unwrap();
    let mut client = LogeerplekServiceClient::new(identified(logeerplek, Tokens::new(beheer)));
    register(&mut client, "huis", 1).await;
    register(&mut client, "elders", 1).await;

    let to: Vec<String> = Service::all().flat_map(|it| [format!("--{}", it.name()), of(it)]).collect();
    let args: Vec<&str> =
        ["portaal", "--listen", "127.0.0.1:0"].into_iter().chain(to.iter().map(String::as_str)).collect();
    let pages = Child::start(ONDERDAK, args, known);
    play("aanmelden.mjs", &address(&pages).await, &[&issuer]).await;
    // The board is followed with a token of the pages' own, got with their password.
    pages.wait_line("Following the board of regio").await;
}
