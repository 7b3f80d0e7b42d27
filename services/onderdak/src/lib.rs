//! The one binary: every service, the whole suite in one process, and the command line of its users. What runs in
//! production, in development and in the tests starts through the same functions here.
//!
//! - [`suite`] starts services; [`up`] is the embedded default, [`serve`] the single service;
//! - [`seed`] registers the locations of a region through the public API;
//! - [`client`] talks to a running suite for all other commands;
//! - [`find`], [`claim`], [`place`], [`plan`], [`shelter`], [`stay`], [`traject`], [`night`], [`watch`], [`history`], [`insight`],
//!   [`privacy`], [`import`] are those commands; [`demo`] plays a night with them; [`cli`] names their options and [`usage`] tells them in Dutch;
//! - [`bench`] measures all of it beside what the machine can do.

pub mod beheer;
pub mod bench;
pub mod claim;
pub mod cli;
pub mod client;
pub mod dates;
pub mod demo;
pub mod find;
pub mod history;
pub mod import;
pub mod insight;
pub mod location;
pub mod night;
pub mod output;
pub mod pages;
pub mod place;
pub mod plan;
pub mod privacy;
pub mod regions;
pub mod seed;
pub mod serve;
pub mod shelter;
pub mod stay;
pub mod suite;
pub mod traject;
pub mod up;
pub mod usage;
pub mod watch;

mod exit;

pub use exit::{Exit, Failure};
