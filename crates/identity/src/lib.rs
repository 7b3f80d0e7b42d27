//! Who somebody is and what they may do. Every service verifies the token of a call itself, against the keys of the
//! provider where people sign in; nobody is believed because of where a call comes from. It must not know a page or a
//! rule of a service.
//!
//! - [`Verifier`] turns a token into a [`Caller`], or says why not;
//! - [`rights`] is the one table of who may do what, and where;
//! - [`Tokens`] gets tokens for a program that calls a service;
//! - [`signer`] signs tokens, for the demonstration and for tests;
//! - [`provider`] is what a provider tells of itself, [`http`] how it is asked.

pub mod claims;
pub mod http;
pub mod provider;
pub mod rights;
pub mod signer;
mod tokens;
mod verify;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use model::actor::Actor;
use model::id::LocationId;

pub use crate::tokens::{DEMO_GRANT, Source, TokenError, Tokens, basic};
pub use crate::verify::{Denied, Verifier};

/// What a token for the services is meant for, unless a region says otherwise.
pub const AUDIENCE: &str = "onderdak";

/// Where people sign in, and what their tokens are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The provider, as it calls itself in its tokens.
    pub issuer: String,
    /// What a token must be meant for.
    pub audience: String,
}

/// Somebody whose token was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who, and in what role.
    pub actor: Actor,
    /// What the provider calls them.
    pub subject: Arc<str>,
    /// The locations that are theirs.
    pub locations: Locations,
    /// Until when the token says so.
    pub until: Timestamp,
}

/// The locations somebody works for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locations {
    /// Every location of the region.
    All,
    /// Every one that is not confidential, as whoever stands in everywhere.
    Open,
    /// These.
    These(Arc<BTreeSet<LocationId>>),
}

impl Locations {
    /// Whether a location is among them; whether that one is confidential, its service knows.
    pub fn has(&self, location: &str, is_confidential: impl FnOnce() -> bool) -> bool {
        match self {
            Self::All => true,
            Self::Open => !is_confidential(),
            Self::These(these) => these.iter().any(|own| own.as_str() == location),
        }
    }
}
