//! Tests of the rules. They read as the specification: given a region, when somebody asks, then this happened.
//!
//! `given` is the only place that knows how to ask; `property` drives the rules against a naive model of them.

mod answering;
mod claiming;
mod clock;
mod covering;
mod fitting;
mod given;
mod golden;
mod holding;
mod locations;
mod nights;
mod property;
mod races;
mod ranking;
mod staying;
