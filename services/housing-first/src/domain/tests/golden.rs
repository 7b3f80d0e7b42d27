//! The stored form of every event of this service, each with a golden file.

use testkit::{golden, variants};

use crate::domain::Event;

variants!(EVENTS, name, Event,
    AllocationSet => "allocation_set",
    SlotsGiven => "slots_given",
    SlotsReceived => "slots_received",
    Confirmed => "confirmed",
    Registered => "registered",
    StageReached => "stage_reached",
    Stopped => "stopped",
    StageTakenBack => "stage_taken_back",
    TransferredOut => "transferred_out",
    TransferredIn => "transferred_in",
    ProviderChanged => "provider_changed",
    CorporatieChanged => "corporatie_changed",
);

#[test]
fn every_stored_event_still_reads_and_is_written_again_as_it_was() {
    golden::still_reads::<Event>("housing-first");
}

#[test]
fn every_event_has_a_file_that_is_named_after_it() {
    golden::each_has_a_file("housing-first", name, EVENTS);
}
