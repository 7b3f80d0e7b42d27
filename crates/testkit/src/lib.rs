//! Real things for tests: servers, databases, processes and a bad network, each gone when it is dropped.
//! No names of the domain live here. A failure is a panic with a sentence, because a test cannot go on
//! without what it asked for.
//!
//! - [`golden`]: events that must read for ever
//! - [`nats`]: a nats-server, or a cluster of them, that can be killed, frozen and restarted
//! - [`postgres`]: an empty database
//! - [`process`]: any other program
//! - [`proxy`]: a TCP proxy that cuts, slows and resets
//! - [`wait`]: waiting for a fact, never for time

pub mod golden;
pub mod nats;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod temp;
pub mod wait;

pub use temp::TempDir;
pub use wait::{SECONDS_2, SECONDS_10, SECONDS_30, SECONDS_60, wait_for};

/// A value that only `cargo xtask test` sets.
fn from_xtask(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| {
        panic!("{variable} is not set: these tests need real servers, so run them through `cargo xtask test`")
    })
}
