//! Whom a place suits, as sentences: each criterion alone, several at once, and what is unknown.

use proptest::prelude::*;

use super::given::gemeente;
use crate::criteria::{Criteria, Miss, Needs, Sex, TargetGroup};

/// A place with these criteria.
struct Place(Criteria);

fn given(criteria: Criteria) -> Place {
    Place(criteria)
}

fn anybody() -> Criteria {
    Criteria::default()
}

fn nothing_known() -> Needs {
    Needs::default()
}

impl Place {
    #[track_caller]
    fn fits(&self, needs: &Needs) -> &Self {
        self.misses(needs, [])
    }

    #[track_caller]
    fn misses<const N: usize>(&self, needs: &Needs, expected: [Miss; N]) -> &Self {
        assert_eq!(self.0.misses(needs), expected, "{:?} for {needs:?}", self.0);
        self
    }
}

#[test]
fn a_place_without_criteria_suits_a_single_adult_of_whom_nothing_is_known() {
    given(anybody()).fits(&nothing_known());
}

#[test]
fn residence_is_asked_of_those_who_live_elsewhere_and_of_those_who_do_not_say() {
    let of = |code: &str| Needs { residence: Some(gemeente(code)), ..nothing_known() };
    given(Criteria { residence: vec![gemeente("gm0303"), gemeente("gm0034")], ..anybody() })
        .fits(&of("gm0303"))
        .fits(&of("gm0034"))
        .misses(&of("gm0995"), [Miss::Residence])
        .misses(&nothing_known(), [Miss::Residence]);
}

#[test]
fn one_listed_target_group_is_enough_and_none_told_is_not() {
    use TargetGroup::{Dakloos, Lvb, Psychiatrisch, Verslaving};
    let of = |groups: &[TargetGroup]| Needs { target_groups: groups.to_vec(), ..nothing_known() };
    given(Criteria { target_groups: vec![Psychiatrisch, Lvb], ..anybody() })
        .fits(&of(&[Verslaving, Lvb]))
        .misses(&of(&[Verslaving, Dakloos]), [Miss::TargetGroup])
        .misses(&nothing_known(), [Miss::TargetGroup]);
}

#[test]
fn both_ends_of_an_age_range_belong_to_it() {
    let aged = |age| Needs { age: Some(age), ..nothing_known() };
    given(Criteria { min_age: Some(17), max_age: Some(27), ..anybody() })
        .fits(&aged(17))
        .fits(&aged(27))
        .misses(&aged(16), [Miss::Age])
        .misses(&aged(28), [Miss::Age]);
}

#[test]
fn an_unknown_age_does_not_fit_a_lower_or_an_upper_limit() {
    given(Criteria { min_age: Some(18), ..anybody() }).misses(&nothing_known(), [Miss::Age]);
    given(Criteria { max_age: Some(120), ..anybody() }).misses(&nothing_known(), [Miss::Age]);
}

#[test]
fn sex_counts_only_where_a_place_restricts_it() {
    let told = |sex| Needs { sex: Some(sex), ..nothing_known() };
    given(Criteria { sex: Some(Sex::Female), ..anybody() })
        .fits(&told(Sex::Female))
        .misses(&told(Sex::Male), [Miss::Sex])
        .misses(&told(Sex::Other), [Miss::Sex])
        .misses(&nothing_known(), [Miss::Sex]);
    given(anybody()).fits(&told(Sex::Other));
}

#[test]
fn a_wheelchair_needs_a_place_for_it() {
    let needs = Needs { wheelchair: true, ..nothing_known() };
    given(anybody()).misses(&needs, [Miss::Wheelchair]);
    given(Criteria { wheelchair: true, ..anybody() }).fits(&needs).fits(&nothing_known());
}

#[test]
fn a_pet_needs_a_place_that_takes_pets() {
    let needs = Needs { pet: true, ..nothing_known() };
    given(anybody()).misses(&needs, [Miss::Pet]);
    given(Criteria { pets: true, ..anybody() }).fits(&needs).fits(&nothing_known());
}

#[test]
fn children_fail_one_criterion_where_they_may_not_come_and_come_in_any_number_where_they_may() {
    let needs = Needs { children_ages: vec![0, 4, 9], ..nothing_known() };
    given(anybody()).misses(&needs, [Miss::Children]);
    given(Criteria { children: true, ..anybody() }).fits(&needs).fits(&nothing_known());
}

#[test]
fn the_last_night_allowed_is_allowed_and_no_nights_is_read_as_one() {
    let of = |nights| Needs { nights, ..nothing_known() };
    given(Criteria { max_nights: Some(14), ..anybody() }).fits(&of(14)).misses(&of(15), [Miss::Nights]);
    given(Criteria { max_nights: Some(0), ..anybody() }).misses(&of(0), [Miss::Nights]);
    given(Criteria { max_nights: Some(1), ..anybody() }).fits(&of(0));
}

#[test]
fn a_household_must_lie_within_the_range_of_the_unit() {
    let of = |people| Needs { household: Some(people), ..nothing_known() };
    given(Criteria { min_household: Some(2), max_household: Some(4), children: true, ..anybody() })
        .fits(&of(2))
        .fits(&of(4))
        .misses(&of(1), [Miss::Household])
        .misses(&of(5), [Miss::Household]);
}

#[test]
fn the_client_counts_in_the_household_when_only_the_children_are_told() {
    let with = |children: usize| Needs { children_ages: vec![5; children], ..nothing_known() };
    given(Criteria { max_household: Some(3), children: true, ..anybody() })
        .fits(&with(2))
        .misses(&with(3), [Miss::Household]);
}

#[test]
fn a_household_does_not_fit_a_place_for_one_adult() {
    let household = Needs { household: Some(3), ..nothing_known() };
    given(anybody()).misses(&household, [Miss::Household]).fits(&Needs { household: Some(1), ..nothing_known() });
}

#[test]
fn where_children_are_welcome_and_no_size_is_said_there_is_room_for_one_adult_and_their_children() {
    let welcome = Criteria { children: true, ..anybody() };
    let with = |household, children: usize| Needs {
        household: Some(household),
        children_ages: vec![5; children],
        ..nothing_known()
    };
    given(welcome).fits(&with(3, 2)).fits(&with(1, 0)).misses(&with(6, 2), [Miss::Household]);
}

#[test]
fn everything_that_fails_is_named_in_a_fixed_order() {
    let strict = Criteria {
        residence: vec![gemeente("gm0303")],
        target_groups: vec![TargetGroup::Jongere],
        min_age: Some(17),
        max_age: Some(27),
        sex: Some(Sex::Male),
        max_nights: Some(3),
        min_household: Some(4),
        max_household: Some(5),
        ..anybody()
    };
    let needs = Needs { wheelchair: true, pet: true, children_ages: vec![1], nights: 4, ..nothing_known() };
    use Miss::{Age, Children, Household, Nights, Pet, Residence, Sex as WrongSex, TargetGroup as Group, Wheelchair};
    given(strict).misses(&needs, [Residence, Group, Age, WrongSex, Wheelchair, Pet, Children, Nights, Household]);
}

#[test]
fn a_list_of_the_place_takes_the_place_of_the_locations() {
    let location = Criteria { residence: vec![gemeente("gm0034")], target_groups: vec![TargetGroup::Lvb], ..anybody() };
    let place = Criteria { target_groups: vec![TargetGroup::Jongere], ..anybody() };
    let both = location.narrowed_by(&place);
    assert_eq!((both.residence, both.target_groups), (location.residence, place.target_groups));
}

#[test]
fn of_two_limits_the_stricter_counts() {
    let wide =
        Criteria { min_age: Some(17), max_age: Some(30), max_nights: Some(9), min_household: Some(1), ..anybody() };
    let tight =
        Criteria { min_age: Some(18), max_age: Some(27), max_nights: Some(3), min_household: Some(2), ..anybody() };
    assert_eq!(wide.narrowed_by(&tight), tight);
    assert_eq!(tight.narrowed_by(&wide), tight);
}

#[test]
fn of_two_largest_households_the_smaller_counts() {
    let limit = |people| Criteria { max_household: Some(people), ..anybody() };
    assert_eq!(limit(6).narrowed_by(&limit(4)), limit(4));
    assert_eq!(limit(4).narrowed_by(&limit(6)), limit(4));
    assert_eq!(limit(4).narrowed_by(&anybody()), limit(4));
}

#[test]
fn what_either_the_location_or_the_place_allows_is_allowed() {
    let location = Criteria { wheelchair: true, pets: true, ..anybody() };
    let place = Criteria { children: true, ..anybody() };
    let all = Criteria { wheelchair: true, pets: true, children: true, ..anybody() };
    assert_eq!(location.narrowed_by(&place), all);
}

#[test]
fn a_place_for_one_sex_is_so_in_a_location_for_all() {
    let women = Criteria { sex: Some(Sex::Female), ..anybody() };
    assert_eq!(anybody().narrowed_by(&women), women);
    assert_eq!(women.narrowed_by(&anybody()), women);
}

#[test]
fn every_miss_has_a_reason_of_its_own_and_a_sentence() {
    use Miss::{Age, Children, Household, Nights, Pet, Residence, Sex as WrongSex, TargetGroup as Group, Wheelchair};
    let all = [Residence, Group, Age, WrongSex, Wheelchair, Pet, Children, Nights, Household];
    let mut reasons = all.map(Miss::reason);
    reasons.sort_unstable();
    assert!(reasons.windows(2).all(|pair| pair[0] != pair[1]));
    assert!(all.iter().all(|miss| miss.sentence().ends_with('.')));
}

#[test]
fn why_a_place_fits_is_said_in_words() {
    let criteria = Criteria { residence: vec![gemeente("gm0303")], pets: true, ..anybody() };
    let needs = Needs { residence: Some(gemeente("gm0303")), pet: true, ..nothing_known() };
    assert_eq!(criteria.why_it_fits(&needs), ["voor inwoners van deze gemeente", "huisdier mag mee"]);
    assert_eq!(anybody().why_it_fits(&nothing_known()), ["voor iedereen"]);
}

fn criteria() -> impl Strategy<Value = Criteria> {
    let codes = prop::sample::subsequence(vec![gemeente("gm0034"), gemeente("gm0303")], 0..=2);
    let groups = prop::sample::subsequence(vec![TargetGroup::Lvb, TargetGroup::Jongere, TargetGroup::Dakloos], 0..=3);
    let sex = prop::option::of(prop::sample::select(vec![Sex::Female, Sex::Male, Sex::Other]));
    let limit = || prop::option::of(0..9_u32);
    let limits = (limit(), limit(), limit(), limit(), limit());
    (codes, groups, sex, limits, any::<[bool; 3]>()).prop_map(
        |(residence, target_groups, sex, (min_age, max_age, max_nights, min_household, max_household), allowed)| {
            let [wheelchair, pets, children] = allowed;
            Criteria {
                residence,
                target_groups,
                min_age,
                max_age,
                sex,
                wheelchair,
                pets,
                children,
                max_nights,
                min_household,
                max_household,
            }
        },
    )
}

fn needs() -> impl Strategy<Value = Needs> {
    let code = prop::option::of(prop::sample::select(vec![gemeente("gm0034"), gemeente("gm0303"), gemeente("gm0995")]));
    let groups = prop::sample::subsequence(vec![TargetGroup::Lvb, TargetGroup::Jongere, TargetGroup::Dakloos], 0..=3);
    let sex = prop::option::of(prop::sample::select(vec![Sex::Female, Sex::Male, Sex::Other]));
    let children = prop::collection::vec(0..18_u32, 0..4);
    (code, groups, prop::option::of(0..12_u32), sex, any::<[bool; 2]>(), children, 0..12_u32).prop_map(
        |(residence, target_groups, age, sex, [wheelchair, pet], children_ages, nights)| Needs {
            residence,
            target_groups,
            age,
            sex,
            wheelchair,
            pet,
            children_ages,
            nights,
            household: None,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_unknown_never_fits_a_restriction(criteria in criteria()) {
        let misses = criteria.misses(&nothing_known());
        prop_assert_eq!(misses.contains(&Miss::Residence), !criteria.residence.is_empty());
        prop_assert_eq!(misses.contains(&Miss::TargetGroup), !criteria.target_groups.is_empty());
        prop_assert_eq!(misses.contains(&Miss::Age), criteria.min_age.is_some() || criteria.max_age.is_some());
        prop_assert_eq!(misses.contains(&Miss::Sex), criteria.sex.is_some());
    }

    #[test]
    fn a_place_never_loosens_the_limits_of_its_location(location in criteria(), place in criteria(), needs in needs()) {
        let both = location.narrowed_by(&place).misses(&needs);
        for miss in [Miss::Age, Miss::Nights] {
            let alone = location.misses(&needs).contains(&miss) || place.misses(&needs).contains(&miss);
            prop_assert_eq!(both.contains(&miss), alone, "{:?}", miss);
        }
        for miss in [Miss::Wheelchair, Miss::Pet, Miss::Children] {
            let allowed = !location.misses(&needs).contains(&miss) || !place.misses(&needs).contains(&miss);
            prop_assert_eq!(both.contains(&miss), !allowed, "{:?}", miss);
        }
    }

    #[test]
    fn narrowing_by_nothing_changes_nothing(criteria in criteria()) {
        prop_assert_eq!(&criteria.narrowed_by(&anybody()), &criteria);
        prop_assert_eq!(&anybody().narrowed_by(&criteria), &criteria);
    }

    #[test]
    fn criteria_and_needs_survive_the_log(criteria in criteria(), needs in needs()) {
        let stored = serde_json::to_string(&(&criteria, &needs)).unwrap();
        prop_assert_eq!(serde_json::from_str::<(Criteria, Needs)>(&stored).unwrap(), (criteria, needs));
    }
}
