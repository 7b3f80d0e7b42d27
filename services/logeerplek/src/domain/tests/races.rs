//! Races: whoever comes second is refused, however many come at once. The log decides one command after another;
//! what is proved here is that the rules let exactly one through.

use model::refusal::Refusal as _;

use super::given::{Story, claim, claim_best, given, house, name};
use crate::domain::{Command, Status};

const RACERS: usize = 200;

/// Lets them all ask, and counts what happened and what was refused by name.
fn race(mut story: Story, ask: impl Fn(&str) -> Command) -> (Story, Vec<String>, Vec<&'static str>) {
    let (mut happened, mut refused) = (Vec::new(), Vec::new());
    for racer in 0..RACERS {
        let outcome = story.clone().when(ask(&format!("client-{racer}")));
        match &outcome.result {
            Ok(events) => {
                happened.extend(events.iter().map(name));
                story = outcome.accepted();
            }
            Err(refusal) => refused.push(refusal.reason()),
        }
    }
    (story, happened, refused)
}

#[test]
fn of_two_hundred_who_claim_the_last_place_one_gets_it() {
    let (story, happened, refused) = race(given([house("huis", ["k1"])]), |who| claim("huis", "k1", who));
    assert_eq!(happened, ["claimed"]);
    assert_eq!(refused, ["FULL"; RACERS - 1]);
    assert_eq!((story.free("huis"), story.state.open_claims().count()), (0, 1));
}

#[test]
fn of_two_hundred_who_claim_the_same_place_beside_a_free_one_one_gets_it() {
    let (story, happened, refused) = race(given([house("huis", ["k1", "k2"])]), |who| claim("huis", "k1", who));
    assert_eq!(happened, ["claimed"]);
    assert_eq!(refused, ["HELD"; RACERS - 1]);
    assert_eq!(story.free("huis"), 1);
}

#[test]
fn of_two_hundred_who_want_the_best_as_many_get_one_as_there_are_places() {
    let houses = [house("een", ["k1", "k2"]), house("twee", ["k1"]).confirms().km_away(4.0)];
    let (story, happened, refused) = race(given(houses), claim_best);
    let count = |wanted: &str| happened.iter().filter(|name| *name == wanted).count();
    assert_eq!((count("claimed"), count("demand_unmet"), refused.len()), (3, RACERS - 3, 0));
    assert_eq!(story.state.unmet(), 197);
    let mut places: Vec<_> =
        story.state.open_claims().map(|claim| (&claim.offer.location, &claim.offer.place)).collect();
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 3, "nobody shares a place");
}

#[test]
fn of_two_hundred_claims_of_one_client_one_holds_a_place() {
    let houses = [house("een", ["k1", "k2"]), house("twee", ["k1"])];
    let (story, happened, refused) = race(given(houses), |_| claim_best("anna"));
    assert_eq!(happened, ["claimed"]);
    assert_eq!(refused, ["CLIENT_HAS_PLACE"; RACERS - 1]);
    assert_eq!((story.free("een") + story.free("twee"), story.status("anna")), (2, Status::Held));
}

#[test]
fn when_the_one_who_had_it_cancels_the_next_who_asks_gets_it() {
    let (story, ..) = race(given([house("huis", ["k1"])]), |who| claim("huis", "k1", who));
    let story = story.and(Command::Cancel { claim: super::given::claim_of("client-0") });
    let (_, happened, refused) = race(story, |who| claim("huis", "k1", who));
    assert_eq!((happened.len(), refused.len()), (1, RACERS - 1));
}
