//! The words of the domain, as types that cannot be wrong: ids, texts, criteria, places and their life,
//! freshness, kinds of facility, regions. Pure: no clock, no network, no database; time comes in as an argument.
//!
//! - [`site`] is the life of a place, its rules written once for every service that owns places;
//! - [`criteria`] says whether a place fits a client, and why not;
//! - [`report`] makes of a site the one message that goes over the bus;
//! - [`wire`] is the only place that turns protobuf into these types and back.

pub mod actor;
pub mod criteria;
pub mod decision;
pub mod doors;
pub mod figures;
pub mod freshness;
pub mod geo;
pub mod id;
pub mod intake;
pub mod kind;
pub mod moment;
pub mod night;
pub mod place;
pub mod profile;
pub mod rank;
pub mod refusal;
pub mod region;
pub mod report;
pub mod sealed;
pub mod site;
pub mod stay;
pub mod text;
pub mod wire;

#[cfg(test)]
mod tests;
