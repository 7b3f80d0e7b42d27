//! What every service of Onderdak does around its rules: it listens, knows who acts, answers in the same way, feeds
//! the bus from its log, tells how it is, and stops cleanly. It must not know a domain by name.
//!
//! - [`owner::run`] runs a service that owns a log; [`grpc`] serves any service;
//! - [`guard`] lets in who has a token and a role for it;
//! - [`call`] says who acts and turns refusals into statuses, in one table; [`reader`] logs who looked at what;
//! - [`sites`] gives locations to who may see them;
//! - [`client`] calls another service for somebody: the command line and portaal do;
//! - [`audit`] tells who did what, [`privacy`] erases who it was;
//! - [`relay`] publishes the log's reports to the bus; [`bus`] is the bus; [`cloudevent`] is what travels on it;
//! - [`broker`] is the one nats-server of the embedded default;
//! - [`clock`] is the only clock; [`telemetry`] is logs and traces.

pub mod audit;
pub mod broker;
pub mod bus;
pub mod call;
pub mod client;
pub mod clock;
pub mod cloudevent;
pub mod cover;
pub mod feed;
pub mod grpc;
pub mod guard;
pub mod listen;
pub mod owner;
pub mod privacy;
pub mod reader;
pub mod relay;
pub mod sites;
pub mod telemetry;

/// An error with its causes, on one line: each says its own part once.
pub struct Chain<'a>(pub &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", plain(self.0))?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {}", plain(error))?;
            cause = error.source();
        }
        Ok(())
    }
}

/// What the machine says of a file or a port, in plain Dutch where it is one of the usual things; anything else as it
/// says it itself.
fn plain(error: &(dyn std::error::Error + 'static)) -> String {
    use std::io::ErrorKind;
    let error_of_files = error.downcast_ref::<std::io::Error>();
    if error_of_files.is_some_and(|it| it.raw_os_error().is_none() && it.kind() == ErrorKind::InvalidData) {
        return "er staat geen leesbare tekst in".to_owned();
    }
    let kind = error_of_files.filter(|error| error.raw_os_error().is_some());
    let words = match kind.map(std::io::Error::kind) {
        Some(ErrorKind::AddrInUse) => "een ander programma gebruikt die poort al",
        Some(ErrorKind::AddrNotAvailable) => "dat adres is niet van deze machine",
        Some(ErrorKind::ConnectionRefused) => "daar luistert niemand",
        Some(ErrorKind::PermissionDenied) => "deze gebruiker mag dat niet",
        Some(ErrorKind::NotFound) => "het bestaat niet",
        Some(ErrorKind::NotADirectory) => "een deel van het pad is geen map",
        Some(ErrorKind::IsADirectory) => "het is een map",
        Some(ErrorKind::AlreadyExists) => "het bestaat al, en is geen map",
        Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded) => "de schijf is vol",
        Some(ErrorKind::ReadOnlyFilesystem) => "de schijf kan alleen gelezen worden",
        _ => return error.to_string(),
    };
    words.to_owned()
}
