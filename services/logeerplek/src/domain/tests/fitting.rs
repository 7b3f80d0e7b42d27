//! Preconditions of a claim: each has a machine reason and a sentence, refuses a claim of a given place, and keeps
//! the place out of "the best that fits". Here residence may refuse; nowhere else.

use model::criteria::{Criteria, Needs, Sex, TargetGroup};
use model::kind::Kind;

use super::given::{
    House, anybody, claim, claim_best, claim_best_for, claim_for, confirm, flevoland, gemeente, given, given_at, house,
    moment,
};

/// This location refuses these needs for this reason, and takes those.
#[track_caller]
fn refuses(criteria: Criteria, reason: &str, needs: &Needs, but_takes: &Needs) {
    let of_the_location = given([house("huis", ["k1"]).takes(criteria.clone())]);
    let of_the_place = given([house("huis", []).with_place("k1", "ambulant", criteria)]);
    for story in [of_the_location, of_the_place] {
        let story = story.when(claim_for(needs.clone(), "huis", "k1", "anna")).then_refused(reason);
        let story = story.when(claim_best_for(needs.clone(), "anna")).then(["demand_unmet"]);
        story.clone().when(claim_best_for(but_takes.clone(), "bram")).then(["claimed"]);
        story.when(claim_for(but_takes.clone(), "huis", "k1", "bram")).then(["claimed"]);
    }
}

fn only_dronten() -> Criteria {
    Criteria { residence: vec![gemeente("gm0303")], ..Criteria::default() }
}

fn from(code: &str) -> Needs {
    Needs { residence: Some(gemeente(code)), ..anybody() }
}

#[test]
fn a_logeerplek_for_residents_refuses_somebody_from_elsewhere() {
    refuses(only_dronten(), "RESIDENCE", &from("gm0034"), &from("gm0303"));
}

#[test]
fn a_logeerplek_for_residents_refuses_somebody_whose_residence_is_unknown() {
    refuses(only_dronten(), "RESIDENCE", &anybody(), &from("gm0303"));
}

#[test]
fn residence_never_refuses_where_everybody_has_access() {
    let mut everybody = house("huis", ["k1"]).takes(only_dronten());
    everybody.profile.kind = Kind::Nachtopvang;
    given([everybody.clone()]).when(claim_for(from("gm0034"), "huis", "k1", "anna")).then(["claimed"]);
    given([everybody]).when(claim_best_for(from("gm0034"), "anna")).then(["claimed"]);
}

#[test]
fn a_place_for_a_target_group_refuses_everybody_else() {
    let criteria = Criteria { target_groups: vec![TargetGroup::Psychiatrisch], ..Criteria::default() };
    let addicted = Needs { target_groups: vec![TargetGroup::Verslaving], ..anybody() };
    let both = Needs { target_groups: vec![TargetGroup::Verslaving, TargetGroup::Psychiatrisch], ..anybody() };
    refuses(criteria.clone(), "TARGET_GROUP", &addicted, &both);
    refuses(criteria, "TARGET_GROUP", &anybody(), &both);
}

#[test]
fn a_place_for_the_young_refuses_the_older_the_younger_and_the_unknown() {
    let criteria = Criteria { min_age: Some(17), max_age: Some(27), ..Criteria::default() };
    let aged = |age| Needs { age: Some(age), ..anybody() };
    refuses(criteria.clone(), "AGE", &aged(28), &aged(27));
    refuses(criteria.clone(), "AGE", &aged(16), &aged(17));
    refuses(criteria, "AGE", &anybody(), &aged(20));
}

#[test]
fn a_place_for_women_refuses_men_and_whoever_did_not_say() {
    let criteria = Criteria { sex: Some(Sex::Female), ..Criteria::default() };
    let told = |sex| Needs { sex: Some(sex), ..anybody() };
    refuses(criteria.clone(), "SEX", &told(Sex::Male), &told(Sex::Female));
    refuses(criteria, "SEX", &anybody(), &told(Sex::Female));
}

#[test]
fn a_wheelchair_needs_a_place_that_takes_one() {
    refuses(Criteria::default(), "WHEELCHAIR", &Needs { wheelchair: true, ..anybody() }, &anybody());
}

#[test]
fn a_pet_needs_a_place_where_it_may_come() {
    refuses(Criteria::default(), "PET", &Needs { pet: true, ..anybody() }, &anybody());
}

#[test]
fn children_need_a_place_where_they_may_come() {
    refuses(Criteria::default(), "CHILDREN", &Needs { children_ages: vec![3, 8], ..anybody() }, &anybody());
}

#[test]
fn more_nights_than_the_place_allows_are_refused() {
    let criteria = Criteria { max_nights: Some(3), ..Criteria::default() };
    refuses(criteria, "NIGHTS", &Needs { nights: 4, ..anybody() }, &Needs { nights: 3, ..anybody() });
}

#[test]
fn a_household_that_is_too_large_is_refused() {
    let criteria = Criteria { children: true, max_household: Some(3), ..Criteria::default() };
    let with_children = |ages: &[u32]| Needs { children_ages: ages.to_vec(), ..anybody() };
    refuses(criteria, "HOUSEHOLD", &with_children(&[1, 2, 3]), &with_children(&[1, 2]));
}

#[test]
fn a_refusal_names_every_criterion_that_fails_the_first_of_them_as_its_reason() {
    let needs = Needs { pet: true, wheelchair: true, ..anybody() };
    let sentence = "Deze plek is niet geschikt voor een rolstoel. Op deze plek mag geen huisdier mee.";
    let story = given([house("huis", ["k1"])]);
    story.when(claim_for(needs, "huis", "k1", "anna")).then_refused_saying("WHEELCHAIR", sentence);
}

/// Open on weekdays from 17:00 to 23:00.
fn evenings_only() -> House {
    let windows = [1, 2, 3, 4, 5].map(|day| (day, 17 * 60, 23 * 60));
    house("huis", ["k1"]).open(&windows)
}

#[test]
fn outside_its_intake_hours_a_location_takes_nobody_in() {
    for (closed, open) in [
        ("2026-02-03T22:00:00Z", "2026-02-03T21:59:59Z"), // Tuesday 23:00 and a second before, on the wall in winter
        ("2026-02-03T15:59:59Z", "2026-02-03T16:00:00Z"), // Tuesday a second before 17:00, and 17:00
        ("2026-07-07T21:00:00Z", "2026-07-07T15:00:00Z"), // Tuesday 23:00 and 17:00, on the wall in summer
        ("2026-02-07T20:00:00Z", "2026-02-06T20:00:00Z"), // Saturday and Friday at nine
    ] {
        let story = given_at(moment(closed), [evenings_only()]);
        let sentence = "Op dit tijdstip neemt deze locatie niemand op.";
        let story = story.when(claim("huis", "k1", "anna")).then_refused_saying("INTAKE_CLOSED", sentence);
        story.when(claim_best("anna")).then(["demand_unmet"]);
        given_at(moment(open), [evenings_only()]).when(claim_best("anna")).then(["claimed"]);
        given_at(moment(open), [evenings_only()]).when(claim("huis", "k1", "anna")).then(["claimed"]);
    }
}

#[test]
fn a_stale_stand_must_be_confirmed_before_anything_is_claimed() {
    let story = given([house("huis", ["k1"])]).later(480);
    let sentence = "De stand van deze locatie is te oud. Bel eerst: 036 123 45 67.";
    let story = story.when(claim("huis", "k1", "anna")).then_refused_saying("STALE", sentence);
    let story = story.when(claim_best("anna")).then(["demand_unmet"]);
    story.and(confirm("huis")).when(claim("huis", "k1", "anna")).then(["claimed"]);
}

#[test]
fn until_its_freshness_goal_a_stand_may_be_believed() {
    given([house("huis", ["k1"])]).later(479).when(claim("huis", "k1", "anna")).then(["claimed"]);
}

#[test]
fn a_location_that_never_confirmed_has_nothing_to_claim() {
    let story = given([house("huis", ["k1"]).never_confirmed()]);
    let sentence = "Deze locatie heeft haar stand nog nooit bevestigd. Bel eerst: 036 123 45 67.";
    let story = story.when(claim("huis", "k1", "anna")).then_refused_saying("NEVER_CONFIRMED", sentence);
    let story = story.when(claim_best("anna")).then(["demand_unmet"]);
    assert_eq!(story.site("huis").figures(), None, "no data is not zero");
}

#[test]
fn a_location_without_a_number_is_refused_without_one() {
    let mut house = house("huis", ["k1"]).never_confirmed();
    house.profile.phone = "".into();
    let sentence = "Deze locatie heeft haar stand nog nooit bevestigd. Bel eerst.";
    given([house]).when(claim("huis", "k1", "anna")).then_refused_saying("NEVER_CONFIRMED", sentence);
}

#[test]
fn the_region_of_these_tests_has_the_rules_of_the_domain() {
    let rules = flevoland().rules;
    assert_eq!((rules.hold_minutes, rules.escalate_minutes, rules.lapse_minutes), (90, 10, 20));
}
