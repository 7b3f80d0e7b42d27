//! Tests of the model.

mod criteria;
mod freshness;
mod geo;
mod given;
mod intake;
mod kinds;
mod place;
mod region;
mod report;
mod text;
