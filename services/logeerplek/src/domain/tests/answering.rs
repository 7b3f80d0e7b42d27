//! Answering: the location says yes, or no with a reason from the list. What becomes of the place, and where the
//! claim goes next.

use model::sealed::Sealed;

use super::given::{
    Story, claim, claim_best, claim_of, client, confirm, evening, gemeente, given, house, location, moment, place,
};
use crate::domain::{Command, Event, Reason, Status};

fn accept(who: &str) -> Command {
    Command::Accept { claim: claim_of(who), seen_at: None }
}

fn refuse(who: &str, reason: Reason) -> Command {
    Command::Refuse { claim: claim_of(who), seen_at: None, reason, text: None }
}

/// Anna waits for the answer of the only location.
#[track_caller]
fn anna_waits() -> Story {
    given([house("huis", ["k1", "k2"]).confirms()]).and(claim("huis", "k1", "anna"))
}

#[test]
fn a_location_says_yes_and_the_hold_goes_on() {
    let accepted = Event::Accepted { claim: claim_of("anna"), location: location("huis") };
    let story = anna_waits().later(5).when(accept("anna")).then_exactly(accepted);
    assert_eq!(story.status("anna"), Status::Held);
    assert_eq!(story.claim("anna").offer.held_until, moment("2026-02-03T22:30:00Z"), "as it was claimed");
    assert_eq!(story.state.next_due(), Some(story.claim("anna").offer.held_until), "no answer is waited for");
}

#[test]
fn a_location_still_says_yes_after_it_went_to_the_coordinator() {
    let story = anna_waits().after(15).when(accept("anna")).then(["accepted"]);
    assert_eq!(story.after(10).status("anna"), Status::Held, "it cannot lapse any more");
}

#[test]
fn a_location_answers_once() {
    let story = anna_waits().and(accept("anna"));
    let story = story.when(accept("anna")).then_refused("WRONG_STATUS");
    let sentence = "Dat kan nu niet: de plek ligt vast en de cliënt is nog niet aangekomen.";
    story.when(refuse("anna", Reason::Vol)).then_refused_saying("WRONG_STATUS", sentence);
}

#[test]
fn a_location_that_says_no_keeps_its_reason_and_text() {
    let text = Some(Sealed::fixed("er is al iemand onderweg"));
    let refused = Event::Refused {
        claim: claim_of("anna"),
        location: location("huis"),
        place: place("k1"),
        reason: Reason::Anders,
        text: text.clone(),
    };
    let refuse = Command::Refuse { claim: claim_of("anna"), seen_at: None, reason: Reason::Anders, text };
    let story = anna_waits().when(refuse).then_exactly(refused);
    assert_eq!(story.status("anna"), Status::Refused);
    assert_eq!(story.state.next_due(), None);
}

#[test]
fn a_no_about_this_client_frees_the_place_for_the_next() {
    for reason in [Reason::PastNiet, Reason::Veiligheid, Reason::Anders] {
        let story = anna_waits().and(refuse("anna", reason));
        assert_eq!((story.door("huis", "k1"), story.free("huis")), ("vrij", 2), "{reason:?}");
        story.when(claim("huis", "k1", "bram")).then(["claimed"]);
    }
}

#[test]
fn a_no_about_the_place_takes_it_out_of_service_with_the_reason_on_its_door() {
    for (reason, door) in [
        (Reason::Vol, "vol volgens de locatie"),
        (Reason::Personeel, "te weinig personeel"),
        (Reason::Gesloten, "gesloten"),
    ] {
        let story = anna_waits().and(refuse("anna", reason));
        assert_eq!((story.door("huis", "k1"), story.free("huis")), ("buiten gebruik", 1), "{reason:?}");
        let sentence = format!("De plek k1 is buiten gebruik: {door}.");
        story.when(claim("huis", "k1", "bram")).then_refused_saying("OUT_OF_SERVICE", &sentence);
    }
}

#[test]
fn a_refused_client_may_claim_again_at_once() {
    let story = anna_waits().and(refuse("anna", Reason::PastNiet));
    assert!(story.state.claim_of(&client("anna")).is_none());
    story.when(claim("huis", "k2", "anna")).then(["claimed"]);
}

#[test]
fn a_refused_claim_of_a_given_place_is_not_moved_elsewhere() {
    let story = given([house("huis", ["k1"]).confirms(), house("ander", ["k1"])]).and(claim("huis", "k1", "anna"));
    let story = story.when(refuse("anna", Reason::Vol)).then(["refused"]);
    assert_eq!(story.free("ander"), 1);
}

#[test]
fn a_refused_claim_for_the_best_moves_on_to_the_next_best() {
    let near = house("dichtbij", ["k1", "k2"]).confirms().km_away(1.0);
    let far = house("verder", ["k1"]).confirms().km_away(2.0);
    let story = given([near, far]).and(claim_best("anna")).after(12);
    let story = story.when(refuse("anna", Reason::PastNiet)).then(["refused", "reoffered"]);
    assert_eq!(story.offered("anna"), ("verder", "k1"), "not the other place of the house that said no");
    let moved = story.claim("anna");
    assert_eq!((moved.status, moved.escalated), (Status::Pending, false), "the new location has its own ten minutes");
    assert_eq!(moved.offer.held_until, moment("2026-02-03T22:42:00Z"), "and its own ninety");
    assert_eq!(story.state.next_due(), Some(moment("2026-02-03T21:22:00Z")));
    assert_eq!((story.free("dichtbij"), story.free("verder")), (2, 0));
    assert_eq!(story.state.unmet(), 0);
}

#[test]
fn who_looks_at_an_old_page_does_not_answer_for_the_location_that_is_asked_now() {
    let moved_on = || {
        let near = house("dichtbij", ["k1"]).confirms().km_away(1.0);
        let far = house("verder", ["k1"]).confirms().km_away(2.0);
        given([near, far]).and(claim_best("anna")).and(refuse("anna", Reason::PastNiet))
    };
    assert_eq!(moved_on().offered("anna"), ("verder", "k1"));
    let answers = |at: &str| {
        let (claim, seen_at) = (claim_of("anna"), Some(location(at)));
        [
            Command::Accept { claim: claim.clone(), seen_at: seen_at.clone() },
            Command::Arrive { claim: claim.clone(), seen_at: seen_at.clone() },
            Command::Refuse { claim, seen_at, reason: Reason::Vol, text: None },
        ]
    };
    for answer in answers("dichtbij") {
        moved_on().when(answer).then_refused("CLAIM_MOVED_ON");
    }
    for answer in answers("verder") {
        let events = moved_on().when(answer).result.unwrap();
        let [Event::Accepted { location, .. } | Event::Arrived { location, .. } | Event::Refused { location, .. }, ..] =
            &events[..]
        else {
            panic!("{events:?}")
        };
        assert_eq!(location.as_str(), "verder");
    }
}

#[test]
fn a_claim_that_moved_on_to_a_direct_location_is_accepted_at_once() {
    let near = house("dichtbij", ["k1"]).confirms().km_away(1.0);
    let story = given([near, house("verder", ["k1"]).km_away(2.0)]).and(claim_best("anna"));
    let story = story.and(refuse("anna", Reason::Gesloten));
    assert_eq!((story.offered("anna"), story.status("anna")), (("verder", "k1"), Status::Held));
}

#[test]
fn a_claim_never_goes_back_to_a_location_that_said_no() {
    let houses = [1.0, 2.0, 3.0];
    let [a, b, c] = houses;
    let story = given([
        house("een", ["k1", "k2"]).confirms().km_away(a),
        house("twee", ["k1", "k2"]).confirms().km_away(b),
        house("drie", ["k1", "k2"]).confirms().km_away(c),
    ]);
    let story = story.and(claim_best("anna")).and(refuse("anna", Reason::PastNiet));
    assert_eq!(story.offered("anna").0, "twee");
    let story = story.and(refuse("anna", Reason::PastNiet));
    assert_eq!(story.offered("anna").0, "drie");
    let story = story.when(refuse("anna", Reason::PastNiet)).then(["refused", "demand_unmet"]);
    assert_eq!(story.claim("anna").tried, ["een", "twee", "drie"].map(location));
    assert_eq!((story.status("anna"), story.state.unmet()), (Status::Refused, 1));
    assert_eq!(["een", "twee", "drie"].map(|id| story.free(id)), [2, 2, 2]);
}

#[test]
fn where_nothing_is_left_after_a_no_the_demand_is_unmet() {
    let story = given([house("huis", ["k1", "k2"]).confirms()]).and(claim_best("anna"));
    let happened = story.when(refuse("anna", Reason::Personeel)).result.unwrap();
    let needs = super::given::anybody().into();
    assert_eq!(happened.last(), Some(&Event::demand_unmet(needs, Some(gemeente("gm0034")), None)));
}

#[test]
fn what_people_at_the_location_do_confirms_its_stand_and_what_the_clock_does_not() {
    let confirmed = |story: &Story| story.site("huis").confirmed_at;
    let claimed = anna_waits().later(5);
    assert_eq!(confirmed(&claimed), Some(evening()), "a dispatcher knows nothing of the stand");
    let accepted = claimed.clone().and(accept("anna"));
    assert_eq!(confirmed(&accepted), Some(accepted.at));
    let refused = claimed.clone().and(refuse("anna", Reason::PastNiet));
    assert_eq!(confirmed(&refused), Some(refused.at));
    let ran_out = claimed.after(5).after(10);
    assert_eq!((ran_out.status("anna"), confirmed(&ran_out)), (Status::Lapsed, Some(evening())));
    let arrived = accepted.later(5).and(Command::Arrive { claim: claim_of("anna"), seen_at: None });
    assert_eq!(confirmed(&arrived), Some(arrived.at));
}

#[test]
fn a_location_that_went_stale_may_still_answer_what_it_was_asked() {
    let story = given([house("huis", ["k1"]).confirms()]).later(475).and(claim("huis", "k1", "anna"));
    let story = story.later(8).and(accept("anna"));
    assert_eq!(story.status("anna"), Status::Held);
    story.when(confirm("huis")).then(["site"]);
}
