//! The rules of the shelters as sentences, random stories against a naive reference, and the stored form of every
//! event. Nothing here needs a runtime, a database or a clock.

mod care;
mod check_in;
mod given;
mod golden;
mod heads;
mod kinds;
mod laws;
mod lists;
mod plans;
mod reports;
mod reservations;
mod waiting;
