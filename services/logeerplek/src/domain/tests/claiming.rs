//! Claiming: a given place or the best that fits, accepted at once or after the location says yes, and who is too
//! late. Whom a place suits is in `fitting`.

use jiff::SignedDuration;
use model::site::SiteCommand;

use super::given::{
    anybody, claim, claim_best, claim_best_for, claim_of, client, evening, gemeente, given, house, kept_for, location,
    place, pool, take_out,
};
use crate::domain::{AnswerBy, Command, Event, Offer, Search, Status};
use model::criteria::Needs;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

#[test]
fn a_claim_of_a_given_place_keeps_it_for_ninety_minutes() {
    let offer = Offer {
        location: location("huis"),
        place: place("k1"),
        hold_minutes: 90,
        held_until: evening() + minutes(90),
        answer: None,
    };
    let claimed = Event::Claimed {
        claim: claim_of("anna"),
        offer,
        client: client("anna"),
        needs: anybody().into(),
        search: None,
    };
    let story = given([house("huis", ["k1", "k2"])]).when(claim("huis", "k1", "anna")).then_exactly(claimed);
    assert_eq!(story.door("huis", "k1"), "gereserveerd");
    assert_eq!(story.place("huis", "k1").user(), Some(&claim_of("anna")));
    assert_eq!(story.free("huis"), 1);
}

#[test]
fn a_claim_may_say_how_long_the_place_is_kept() {
    let story = given([house("huis", ["k1"])]).and(kept_for(30, claim("huis", "k1", "anna")));
    assert_eq!(story.claim("anna").offer.held_until, evening() + minutes(30));
    assert_eq!(story.state.next_due(), Some(evening() + minutes(30)));
}

#[test]
fn a_direct_location_has_said_yes_before_it_was_asked() {
    let story = given([house("huis", ["k1"])]).and(claim("huis", "k1", "anna"));
    assert_eq!(story.status("anna"), Status::Held);
    story.when(Command::Accept { claim: claim_of("anna"), seen_at: None }).then_refused("WRONG_STATUS");
}

#[test]
fn a_location_that_confirms_is_asked_and_the_place_is_kept_meanwhile() {
    let story = given([house("huis", ["k1"]).confirms()]).and(claim("huis", "k1", "anna"));
    assert_eq!(story.status("anna"), Status::Pending);
    assert_eq!(story.door("huis", "k1"), "gereserveerd");
    let clocks = AnswerBy { escalate_at: evening() + minutes(10), lapse_at: evening() + minutes(20) };
    assert_eq!(story.claim("anna").offer.answer, Some(clocks));
}

#[test]
fn the_minutes_of_the_clocks_are_the_regions() {
    let mut story = given([house("huis", ["k1"]).confirms()]);
    story.region.rules.hold_minutes = 120;
    (story.region.rules.escalate_minutes, story.region.rules.lapse_minutes) = (5, 7);
    let offer = story.and(claim("huis", "k1", "anna")).claim("anna").offer.clone();
    let clocks = AnswerBy { escalate_at: evening() + minutes(5), lapse_at: evening() + minutes(7) };
    assert_eq!((offer.held_until, offer.answer), (evening() + minutes(120), Some(clocks)));
}

#[test]
fn a_claim_for_the_best_finds_and_keeps_a_place_in_one_step() {
    let story = given([house("huis", ["k1"])]).when(claim_best("anna")).then(["claimed"]);
    assert_eq!(story.offered("anna"), ("huis", "k1"));
    assert_eq!(story.door("huis", "k1"), "gereserveerd");
    assert!(story.claim("anna").search.is_some(), "it remembers how it looked, to look on later");
    assert_eq!(story.state.unmet(), 0);
}

#[test]
fn a_claim_for_the_best_looks_only_in_the_pools_asked_for() {
    let search = Search { pools: vec![pool("specialistisch")], ..Search::default() };
    let best = Command::ClaimBest { client: client("anna"), needs: anybody(), search, hold_minutes: None };
    let special = house("huis", ["k1"]).with_place("k2", "specialistisch", model::criteria::Criteria::default());
    let story = given([special]).when(best.clone()).then(["claimed"]);
    assert_eq!(story.offered("anna"), ("huis", "k2"));
    let both = house("huis", ["k1", "k2"]).also_in("specialistisch");
    let story = given([both]).when(best.clone()).then(["claimed"]);
    assert_eq!(story.offered("anna"), ("huis", "k2"), "also in a pool that is not its first");
    given([house("huis", ["k1"])]).when(best).then(["demand_unmet"]);
}

#[test]
fn where_nothing_fits_the_demand_is_recorded_without_the_person() {
    let needs = Needs { pet: true, ..anybody() };
    let unmet = Event::demand_unmet(needs.clone().into(), Some(gemeente("gm0034")), None);
    let json = serde_json::to_string(&unmet).unwrap();
    let story = given([house("huis", ["k1"])]).when(claim_best_for(needs, "anna")).then_exactly(unmet);
    assert_eq!(story.state.unmet(), 1);
    assert!(!json.contains("anna"), "{json}");
    assert!(story.state.claim_of(&client("anna")).is_none(), "she may try again");
}

#[test]
fn a_search_without_an_answer_counts_as_unmet_demand() {
    let record = Command::RecordUnmetDemand { needs: anybody(), gemeente: None, kind: None };
    let story = given([house("huis", ["k1"])]).and(record.clone()).when(record).then(["demand_unmet"]);
    assert_eq!(story.state.unmet(), 2);
}

#[test]
fn a_refusal_of_a_given_place_is_not_unmet_demand() {
    let story = given([house("huis", ["k1"])]).and(claim("huis", "k1", "anna"));
    assert_eq!(story.when(claim("huis", "k1", "bram")).then_refused("FULL").state.unmet(), 0);
}

#[test]
fn a_client_who_holds_a_place_cannot_claim_another() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"));
    let sentence = "Deze cliënt heeft al een plek in de regio.";
    let story = story.when(claim("huis", "k2", "anna")).then_refused_saying("CLIENT_HAS_PLACE", sentence);
    story.when(claim_best("anna")).then_refused("CLIENT_HAS_PLACE");
}

#[test]
fn a_client_who_waits_for_an_answer_cannot_claim_elsewhere() {
    let story = given([house("huis", ["k1"]).confirms(), house("ander", ["k1"])]).and(claim("huis", "k1", "anna"));
    story.when(claim("ander", "k1", "anna")).then_refused("CLIENT_HAS_PLACE");
}

#[test]
fn a_client_who_occupies_a_place_cannot_claim_another() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"));
    let story = story.and(Command::Arrive { claim: claim_of("anna"), seen_at: None });
    story.when(claim("huis", "k2", "anna")).then_refused("CLIENT_HAS_PLACE");
}

#[test]
fn a_client_whose_claim_ended_may_claim_again() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"));
    let story = story.and(Command::Cancel { claim: claim_of("anna") });
    let story = story.when(claim("huis", "k1", "anna")).then(["claimed"]);
    assert_eq!(story.status("anna"), Status::Cancelled, "the first claim stays what it was");
    assert_eq!(story.state.open_claims().count(), 1);
}

#[test]
fn a_place_that_is_kept_for_somebody_else_is_refused_while_another_is_free() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"));
    let sentence = "De plek k1 is gereserveerd.";
    story.when(claim("huis", "k1", "bram")).then_refused_saying("HELD", sentence);
}

#[test]
fn a_place_somebody_sleeps_in_is_refused() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna"));
    let story = story.and(Command::Arrive { claim: claim_of("anna"), seen_at: None });
    story.when(claim("huis", "k1", "bram")).then_refused_saying("OCCUPIED", "De plek k1 is bezet.");
}

#[test]
fn a_place_out_of_service_is_refused_with_the_reason_on_its_door() {
    let story = given([house("huis", ["k1", "k2"])]).and(take_out("huis", "k1"));
    let sentence = "De plek k1 is buiten gebruik: lekkage.";
    story.when(claim("huis", "k1", "bram")).then_refused_saying("OUT_OF_SERVICE", sentence);
}

#[test]
fn a_location_without_a_free_place_is_full() {
    let story = given([house("huis", ["k1", "k2"])]).and(claim("huis", "k1", "anna")).and(take_out("huis", "k2"));
    let story = story.when(claim("huis", "k1", "bram")).then_refused_saying("FULL", "Deze locatie is vol.");
    story.when(claim("huis", "k2", "bram")).then_refused("FULL");
}

#[test]
fn what_is_not_there_cannot_be_claimed() {
    let story = given([house("huis", ["k1"])]);
    let story = story.when(claim("ander", "k1", "anna")).then_refused("UNKNOWN_LOCATION");
    story.when(claim("huis", "k9", "anna")).then_refused("UNKNOWN_PLACE");
}

#[test]
fn a_location_that_closed_for_good_takes_nobody() {
    let retire = Command::Site(SiteCommand::Retire { location: location("huis") });
    let story = given([house("huis", ["k1"])]).and(retire);
    let story = story.when(claim("huis", "k1", "anna")).then_refused("RETIRED");
    story.when(claim_best("anna")).then(["demand_unmet"]);
}

#[test]
fn a_claim_nobody_knows_is_refused_whatever_is_asked_of_it() {
    let claim = claim_of("niemand");
    let story = given([house("huis", ["k1"])]);
    for command in [
        Command::Accept { claim: claim.clone(), seen_at: None },
        Command::Cancel { claim: claim.clone() },
        Command::Arrive { claim: claim.clone(), seen_at: None },
        Command::ExtendHold { claim: claim.clone(), minutes: 10 },
        Command::ExtendStay { claim, nights: 1 },
    ] {
        story.clone().when(command).then_refused_saying("UNKNOWN_CLAIM", "Deze claim is niet bekend.");
    }
}

#[test]
fn demand_is_counted_apart_for_every_kind_and_gemeente_of_the_region() {
    let demand =
        |code: &str, kind| Command::RecordUnmetDemand { needs: anybody(), gemeente: Some(gemeente(code)), kind };
    let night = Some(model::kind::Kind::Nachtopvang);
    let story = given([house("huis", ["k1"])]).and(demand("gm0034", None)).and(demand("gm0034", night));
    let story = story.and(demand("gm0034", night)).and(demand("gm9999", None));
    let times =
        |code: Option<&str>, kind| story.state.unmet_in(code.map(gemeente).as_ref(), kind).map(|(times, _)| times);
    assert_eq!((times(Some("gm0034"), None), times(Some("gm0034"), night)), (Some(1), Some(2)));
    assert_eq!((times(Some("gm9999"), None), times(None, None)), (None, Some(1)), "elsewhere is the whole region");
    assert_eq!(story.state.unmet(), 4);
}
