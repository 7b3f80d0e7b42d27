//! The stored form of every event of this service, each with a golden file.

use model::site::SiteEvent;
use testkit::{golden, variants};

use crate::domain::Event;

variants!(SITE_EVENTS, site_name, SiteEvent,
    Registered => "site_registered",
    Changed => "site_changed",
    Retired => "site_retired",
    PlaceAdded => "site_place_added",
    PlaceChanged => "site_place_changed",
    PlaceRetired => "site_place_retired",
    TakenOut => "site_taken_out",
    Returned => "site_returned",
    Confirmed => "site_confirmed",
);

variants!(EVENTS, name, Event,
    Site => "site",
    Reserved => "reserved",
    CheckedIn => "checked_in",
    CheckedOut => "checked_out",
    ReservationCancelled => "reservation_cancelled",
    NoShow => "no_show",
    Moved => "moved",
    PeopleCounted => "people_counted",
    CapacitySet => "capacity_set",
    StandRecorded => "stand_recorded",
    StayExtended => "stay_extended",
    ResponsibleSet => "responsible_set",
    DayEnded => "day_ended",
    ClosingMoved => "closing_moved",
    OffersPaused => "offers_paused",
    OffersResumed => "offers_resumed",
    WaitingJoined => "waiting_joined",
    WaitingLeft => "waiting_left",
    Offered => "offered",
    OfferAccepted => "offer_accepted",
    OfferDeclined => "offer_declined",
    OfferExpired => "offer_expired",
    OfferWithdrawn => "offer_withdrawn",
    PassedOver => "passed_over",
    OfferedAgain => "offered_again",
    WaitingMoved => "waiting_moved",
    Planned => "planned",
    PlanWithdrawn => "plan_withdrawn",
    PlanTookEffect => "plan_took_effect",
    PlanStepWaits => "plan_step_waits",
    WaitingStepTaken => "waiting_step_taken",
    PlanStepDropped => "plan_step_dropped",
    SurgeStarted => "surge_started",
    SurgeEnded => "surge_ended",
    DemandRefused => "demand_refused",
    CoverHeard => "cover_heard",
);

/// The name that a file with this event must begin with.
const fn file_of(event: &Event) -> &'static str {
    if let Event::Site(event) = event { site_name(event) } else { name(event) }
}

#[test]
fn every_stored_event_still_reads_and_is_written_again_as_it_was() {
    golden::still_reads::<Event>("opvang");
}

#[test]
fn every_event_has_a_file_that_is_named_after_it() {
    let names: Vec<&str> = EVENTS.iter().chain(SITE_EVENTS).copied().filter(|name| *name != "site").collect();
    golden::each_has_a_file("opvang", file_of, &names);
}
