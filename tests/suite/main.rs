//! Tests of the whole suite, from outside: the real binary, a real nats-server, the public API and the command line.
//! Nothing here knows how a service works inside.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod api;
mod bench;
mod board;
mod browser;
mod bsn;
mod canary;
mod claims;
mod command_line;
mod faults;
mod house;
mod import;
mod night;
mod production;
mod rights;
mod services;
mod sign_in;
mod start;
mod web;
