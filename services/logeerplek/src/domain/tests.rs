//! The rules of the logeerplekken as sentences, random stories against a naive reference, and the stored form of every
//! event. Nothing here needs a runtime, a database or a clock.

mod answering;
mod claiming;
mod clock;
mod covering;
mod fitting;
mod given;
mod golden;
mod holding;
mod laws;
mod locations;
mod nights;
mod races;
mod ranking;
mod staying;
