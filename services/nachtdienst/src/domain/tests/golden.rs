//! The stored form of every event of this service, each with a golden file.

use testkit::{golden, variants};

use crate::domain::Event;

variants!(EVENTS, name, Event,
    ShiftPlanned => "shift_planned",
    ShiftChanged => "shift_changed",
    ShiftCancelled => "shift_cancelled",
    Assigned => "assigned",
    Unassigned => "unassigned",
    SickReported => "sick_reported",
    BetterReported => "better_reported",
    ShiftBegan => "shift_began",
    ShiftEnded => "shift_ended",
    TeamStateSet => "team_state_set",
    PauzeEnded => "pauze_ended",
    MeldingReceived => "melding_received",
    MeldingAssigned => "melding_assigned",
    MeldingMoved => "melding_moved",
    MeldingResulted => "melding_resulted",
    MeldingClosed => "melding_closed",
    RemarkWritten => "remark_written",
    HandedOver => "handed_over",
    HandoverWithdrawn => "handover_withdrawn",
    HandoverAccepted => "handover_accepted",
    CoverTold => "cover_told",
);

#[test]
fn every_stored_event_still_reads_and_is_written_again_as_it_was() {
    golden::still_reads::<Event>("nachtdienst");
}

#[test]
fn every_event_has_a_file_that_is_named_after_it() {
    golden::each_has_a_file("nachtdienst", name, EVENTS);
}
