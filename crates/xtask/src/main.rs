//! `cargo xtask`: the few commands a developer and the CI need, and the tools those commands need.
//! It uses the standard library only, so that it compiles in seconds. It must not know anything
//! about what the services do.

mod browser;
mod check;
mod error;
mod fuzzer;
mod launch;
mod postgres;
mod process;
mod test;
mod tools;
mod workspace;

use std::ffi::OsString;
use std::process::ExitCode;

use error::{Error, Result};

const HELP: &str = "\
Onderdak bouwen, starten en testen.

    cargo xtask up [ARGUMENTEN]      Start alles op deze computer. Stop met Ctrl-C.
    cargo xtask test [ARGUMENTEN]    Voer alle tests uit, met een echte nats-server en PostgreSQL.
    cargo xtask check                Controleer opmaak, contracten (proto/) en clippy.
    cargo xtask bench [ARGUMENTEN]   Meet de snelheid, naast de ondergrens van deze computer.
    cargo xtask screens ADRES MAP    Maak plaatjes van elke pagina van een portaal dat draait, op 360 en 1280 pixels.

Voorbeelden:
    cargo xtask test -p eventlog                 alleen de tests van één crate
    cargo xtask test een_volle_locatie           alleen tests met deze naam
    cargo xtask test --no-capture                toon wat de tests schrijven
    cargo xtask up --help                        wat `onderdak up` zelf kan

Wat ontbreekt, wordt opgehaald: nats-server en buf komen in target/tools, op een vaste versie
met een gecontroleerde hash. PostgreSQL (15 of nieuwer) wordt op deze computer gezocht, en met
apt-get geïnstalleerd als u root bent. Elke testronde krijgt een eigen PostgreSQL, die daarna
weer verdwijnt. Voor de tests in een browser komt Chromium er op dezelfde manier bij, en met npm
(Node.js 20 of nieuwer) wat het bestuurt.

Omgeving:
    ONDERDAK_NATS_SERVER    het pad van een eigen nats-server (2.12 of nieuwer)
    CARGO_TARGET_DIR        een andere map dan target/";

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let command = args.next();
    let mut args: Vec<OsString> = args.collect();
    // `cargo xtask up -- --port 7700` is what `cargo run` taught people; of a test, what follows goes to the tests.
    if command.as_deref().is_some_and(|name| name != "test") && args.first().is_some_and(|first| first == "--") {
        args.remove(0);
    }
    match run(command.as_deref().and_then(|name| name.to_str()), &args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {}", error.explain());
            ExitCode::from(error.code())
        }
    }
}

fn run(command: Option<&str>, args: &[OsString]) -> Result<()> {
    match command {
        None | Some("help" | "-h" | "--help") => {
            println!("{HELP}");
            Ok(())
        }
        Some("up") => launch::up(args),
        Some("bench") => launch::bench(args),
        Some("test") => test::run(args),
        Some("check") => check::run(args),
        Some("screens") => browser::screens(args),
        Some(postgres::GUARD) => postgres::guard(args),
        Some(other) => {
            Err(Error::Usage(format!("onbekend commando `{other}`. `cargo xtask --help` noemt ze allemaal.")))
        }
    }
}
