//! What comes in over the wire and is refused before any rule is asked, and that every word of the contract has one
//! word in the domain.

use std::collections::BTreeSet;

use model::kind::{Kind, Owner};
use model::refusal::Invalid;
use model::sealed::Sealed;
use proto::availability::v1::{Needs, PlaceStatus};
use proto::opvang::v1 as message;

use super::{
    capacity_in, choice_in, count_in, counting_in, counting_out, destination_in, entry_in, reason_in, settings_in,
    told_in,
};
use crate::domain::{Count, Setting};

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Invalid>, field: &str) {
    assert_eq!(result.unwrap_err().field, field);
}

fn line(place: &str, status: PlaceStatus, reason: &str) -> message::PlaceSetting {
    message::PlaceSetting { place_id: place.to_owned(), status: status.into(), reason: reason.to_owned() }
}

#[test]
fn a_step_of_a_plan_names_the_field_that_is_wrong_where_it_stands() {
    use message::plan_step::Change;
    let step = |change| crate::api::planning::steps_in(vec![message::PlanStep { change: Some(change) }]);
    let place = |place_id: &str| message::PlannedPlace { place_id: place_id.to_owned(), profile: None };
    refused(step(Change::AddPlace(place(""))), "steps[0].add_place.place_id");
    refused(step(Change::AddPlace(place("k-1"))), "steps[0].add_place.profile");
    refused(step(Change::ChangePlace(place("k-1"))), "steps[0].change_place.profile");
    let capacity = message::PlannedCapacity { funded: 1, unavailable: 2 };
    refused(step(Change::SetCapacity(capacity)), "steps[0].set_capacity.unavailable");
}

#[test]
fn a_list_names_every_place_once_and_says_why_one_is_out_of_service() {
    let list = [
        line("k-1", PlaceStatus::Free, ""),
        line("k-2", PlaceStatus::Occupied, ""),
        line("k-3", PlaceStatus::OutOfService, "verf"),
    ];
    assert_eq!(settings_in(&list).unwrap().len(), 3);
    refused(settings_in(&[]), "settings");
    refused(settings_in(&vec![line("k-1", PlaceStatus::Free, ""); 501]), "settings");
    refused(
        settings_in(&[line("k-1", PlaceStatus::Free, ""), line("k-1", PlaceStatus::Free, "")]),
        "settings[1].place_id",
    );
    refused(settings_in(&[line("Kamer 1", PlaceStatus::Free, "")]), "settings[0].place_id");
    refused(settings_in(&[line("k-1", PlaceStatus::OutOfService, "")]), "settings[0].reason");
    refused(settings_in(&[line("k-1", PlaceStatus::OutOfService, "bsn 111222333")]), "settings[0].reason");
    refused(settings_in(&[line("k-1", PlaceStatus::Occupied, "verf")]), "settings[0].reason");
    refused(settings_in(&[line("k-1", PlaceStatus::Held, "")]), "settings[0].status");
    refused(settings_in(&[line("k-1", PlaceStatus::Unspecified, "")]), "settings[0].status");
    let only = settings_in(&[line("k-3", PlaceStatus::OutOfService, "verf")]).unwrap();
    assert!(matches!(only.values().next(), Some(Setting::OutOfService(why)) if *why == Sealed::text("verf").unwrap()));
}

#[test]
fn nothing_told_of_who_comes_is_one_person_of_whom_nothing_is_known() {
    let told = told_in("", 0, None).unwrap();
    assert_eq!((told.client.clone(), told.household, told.needs.clone()), (None, None, None));
    let guest = told.guest();
    assert_eq!((guest.client, guest.needs.household()), (None, 1));
}

#[test]
fn who_comes_is_an_opaque_reference_with_at_most_twenty_people() {
    assert_eq!(told_in("c-1", 20, None).unwrap().guest().needs.household(), 20);
    refused(told_in("c-1", 21, None), "household_size");
    refused(told_in("Jan Jansen", 1, None), "client_ref");
    refused(told_in("c-111222333", 1, None), "client_ref");
    refused(told_in("", 1, Some(Needs { age: Some(151), ..Needs::default() })), "needs.age");
}

#[test]
fn a_choice_must_be_made() {
    refused(entry_in(None), "into");
    refused(choice_in(None), "choice");
    refused(count_in(None), "count");
    refused(entry_in(Some(message::check_in_request::Into::PlaceId(String::new()))), "place_id");
    refused(entry_in(Some(message::check_in_request::Into::Pool("Bed".to_owned()))), "pool");
    refused(entry_in(Some(message::check_in_request::Into::StayId("S 1".to_owned()))), "stay_id");
    refused(choice_in(Some(message::reserve_request::Choice::PlaceId("K".to_owned()))), "place_id");
    refused(choice_in(Some(message::reserve_request::Choice::Pool(String::new()))), "pool");
}

#[test]
fn a_count_lies_within_what_can_be() {
    use message::count_people_request::Count::{Change, Present};
    assert_eq!(count_in(Some(Present(100_000))), Ok(Count::Present(100_000)));
    assert_eq!(count_in(Some(Change(-1_000))), Ok(Count::Change(-1_000)));
    refused(count_in(Some(Present(100_001))), "present");
    refused(count_in(Some(Change(1_001))), "change");
    refused(count_in(Some(Change(i32::MIN))), "change");
}

#[test]
fn no_more_is_unavailable_than_there_is() {
    assert!(capacity_in(100_000, 100_000).is_ok());
    refused(capacity_in(100_001, 0), "funded");
    refused(capacity_in(10, 11), "unavailable");
}

#[test]
fn every_way_of_counting_goes_over_the_wire_and_back() {
    assert_eq!(counting_in(message::Counting::Unspecified.into()), Ok(None));
    for raw in [message::Counting::Places, message::Counting::Headcount] {
        assert_eq!(counting_in(raw.into()).map(|it| it.map(counting_out)), Ok(Some(raw)));
    }
    assert!(message::Counting::try_from(3).is_err(), "a new way of counting needs a test");
    refused(counting_in(3), "counting");
    refused(counting_in(-1), "counting");
}

#[test]
fn every_reason_and_every_destination_has_a_word_of_its_own_and_unspecified_is_refused() {
    refused(reason_in(message::LeaveReason::Unspecified), "reason");
    refused(destination_in(message::Destination::Unspecified), "destination");
    let stored = |value: serde_json::Value| value.as_str().unwrap().to_owned();
    let all = |of: &dyn Fn(i32) -> Option<(String, String)>| {
        let pairs: Vec<(String, String)> = (1..100).map_while(of).collect();
        assert!(pairs.iter().all(|(wire, word)| wire.to_lowercase().ends_with(word)), "{pairs:?}");
        pairs.into_iter().map(|(_, word)| word).collect::<BTreeSet<_>>().len()
    };
    let reasons = all(&|number| {
        let raw = message::LeaveReason::try_from(number).ok()?;
        Some((raw.as_str_name().to_owned(), stored(serde_json::to_value(reason_in(raw).unwrap()).unwrap())))
    });
    let destinations = all(&|number| {
        let raw = message::Destination::try_from(number).ok()?;
        Some((raw.as_str_name().to_owned(), stored(serde_json::to_value(destination_in(raw).unwrap()).unwrap())))
    });
    assert_eq!((reasons, destinations), (6, 8));
}

#[test]
fn a_logeerplek_is_no_location_of_this_service_and_a_field_is_named_where_it_stands() {
    let raw = |kind: Kind| {
        let profile = proto::availability::v1::LocationProfile {
            name: "Huis".to_owned(),
            provider: "Kwintes".to_owned(),
            gemeente: "gm0034".to_owned(),
            kind: model::wire::kind_out(kind).into(),
            ..Default::default()
        };
        Some(profile)
    };
    let profile = crate::api::profile;
    refused(profile(raw(Kind::Logeerplek), None, 0), "profile.kind");
    refused(profile(None, None, 0), "profile");
    refused(profile(raw(Kind::Crisisopvang), None, 0), "max_stay_days");
    refused(profile(raw(Kind::Nachtopvang), None, 3_651), "max_stay_days");
    refused(profile(raw(Kind::Dagopvang), Some(model::kind::Counting::Places), 0), "counting");
    for kind in Kind::ALL.into_iter().filter(|kind| kind.rules().owner == Owner::Opvang) {
        assert_eq!(profile(raw(kind), None, 28).map(|profile| profile.max_stay_days), Ok(Some(28)));
    }
}

#[test]
fn a_household_that_is_smaller_than_who_comes_is_a_mistake() {
    let with_two_children = || Some(proto::availability::v1::Needs { children_ages: vec![4, 7], ..Default::default() });
    refused(told_in("", 2, with_two_children()), "household_size");
    assert_eq!(told_in("", 3, with_two_children()).unwrap().guest().needs.household(), 3);
    assert_eq!(told_in("", 0, with_two_children()).unwrap().guest().needs.household(), 3);
}
