//! The rules of the avond- en nachtdienst as sentences, random stories against a naive reference, and the stored form of
//! every event. Nothing here needs a runtime, a database or a clock.

mod covering;
mod given;
mod golden;
mod meldingen;
mod roster;
mod times;
