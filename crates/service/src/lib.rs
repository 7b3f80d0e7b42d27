//! What every service of Onderdak does around its rules: it listens, knows who acts, answers in the same way, feeds
//! the bus from its log, tells how it is, and stops cleanly. It must not know a domain by name.
//!
//! - [`owner::run`] runs a service that owns a log; [`grpc`] serves any service;
//! - [`call`] says who acts and turns refusals into statuses, in one table; [`reader`] logs who looked at what;
//! - [`relay`] publishes the log's reports to the bus; [`bus`] is the bus; [`cloudevent`] is what travels on it;
//! - [`broker`] is the one nats-server of the embedded default;
//! - [`clock`] is the only clock; [`telemetry`] is logs and traces.

pub mod broker;
pub mod bus;
pub mod call;
pub mod clock;
pub mod cloudevent;
pub mod cover;
pub mod feed;
pub mod grpc;
pub mod listen;
pub mod owner;
pub mod privacy;
pub mod reader;
pub mod relay;
pub mod telemetry;

/// An error with its causes, on one line: each says its own part once.
pub struct Chain<'a>(pub &'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
