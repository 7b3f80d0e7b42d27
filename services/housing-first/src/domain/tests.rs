//! The rules of Housing First as sentences, random stories against a naive reference, and the stored form of every
//! event. Nothing here needs a runtime, a database or a clock.

mod given;
mod golden;
mod monitor;
mod slots;
mod stages;
