//! Which stage follows on which, what a step asks, and what is told of it.

use jiff::civil::date;
use model::sealed::Sealed;
use proto::availability::v1::availability_reported::Detail;
use proto::availability::v1::{Happening, TrajectStage};

use super::given::{
    ALMERE, DRONTEN, advance, allocate, client, gemeente, given, region, register, stop, take_back, transfer,
};
use crate::domain::{Command, Event, Stage, StopReason, report};

#[test]
fn a_traject_goes_from_stage_to_stage_and_uses_a_slot_from_woning_gezocht_to_waakvlam() {
    let mut story = given([allocate(ALMERE, 1), register("a", ALMERE)]);
    let id = story.traject("a");
    let expected = [0, 0, 1, 1, 1, 1, 0];
    let stages = Stage::ALL.into_iter().filter(|stage| (Stage::Gescreend..=Stage::Waakvlam).contains(stage));
    for (stage, used) in stages.zip(expected) {
        story = story.days_later(1).and([advance(&id, stage)]);
        assert_eq!(story.used(ALMERE), used, "{stage:?}");
    }
    let story = story.and([advance(&id, Stage::Afgerond)]);
    assert!(story.state.traject_of(&client("a")).is_none(), "a client who is done may be registered again");
    story.when(advance(&id, Stage::Gestart)).then_refused("TRAJECT_ENDED");
}

#[test]
fn no_stage_is_skipped_and_none_comes_back_but_from_waakvlam_and_when_a_home_falls_through() {
    for from in Stage::ALL.into_iter().filter(|stage| *stage < Stage::Afgerond) {
        let story = given([allocate(ALMERE, 2), register("a", ALMERE)]).reaches("a", from);
        let id = story.traject("a");
        for to in Stage::ALL {
            let may = match (from, to) {
                (Stage::Waakvlam, Stage::Gestart | Stage::Afgeschaald | Stage::Afgerond)
                | (Stage::WoningToegewezen, Stage::WoningGezocht)
                | (Stage::Gestart, Stage::Waakvlam)
                | (Stage::Gestart | Stage::Afgeschaald, Stage::Afgerond) => true,
                (_, Stage::Afgerond | Stage::Gestopt) => false,
                _ => {
                    Stage::ALL.iter().position(|it| *it == to)
                        == Stage::ALL.iter().position(|it| *it == from).map(|at| at + 1)
                }
            };
            match may {
                true => drop(story.when(advance(&id, to)).then_done()),
                false => drop(story.when(advance(&id, to)).then_refused("WRONG_STAGE")),
            }
        }
    }
}

#[test]
fn a_stage_that_was_a_mistake_is_taken_back_also_when_the_traject_ended_with_it() {
    let story = given([allocate(ALMERE, 1), register("a", ALMERE)]).reaches("a", Stage::Gestart);
    let id = story.traject("a");
    let ended = story.days_later(1).and([advance(&id, Stage::Afgerond)]);
    let back = ended.days_later(1).and([take_back(&id)]);
    assert_eq!((back.traject("a"), back.used(ALMERE)), (id.clone(), 1));
    let shown = back.state.traject(&id).unwrap().show();
    assert_eq!((shown.stage, shown.steps.last().map(|step| step.stage)), (Stage::Gestart, Some(Stage::Gestart)));
    // What was said of an instant stays what was known then.
    let rounded = |at| back.state.monitor(region(), at).stages.keys().any(|(_, stage)| *stage == Stage::Afgerond);
    assert_eq!((rounded(ended.now), rounded(back.now)), (true, false));
    let stopped = back.and([stop(&id, StopReason::Verhuisd), take_back(&id)]);
    assert_eq!(stopped.state.traject(&id).unwrap().show().stopped, None);
    let monitor = stopped.and([stop(&id, StopReason::Detentie)]).state.monitor(region(), stopped.now);
    assert_eq!(monitor.stopped, [(StopReason::Detentie, 1)].into());
}

#[test]
fn a_corporatie_goes_with_the_home_that_falls_through_or_was_a_mistake() {
    let story = given([allocate(ALMERE, 1), register("a", ALMERE)]).reaches("a", Stage::WoningToegewezen);
    let id = story.traject("a");
    let of = |story: &super::given::Given| story.state.traject(&id).unwrap().corporatie.clone();
    assert_eq!(of(&story).as_deref(), Some("Ymere"));
    assert_eq!(of(&story.and([take_back(&id)])), None);
    assert_eq!(of(&story.and([advance(&id, Stage::WoningGezocht)])), None);
    let found = story.and([advance(&id, Stage::WoningGezocht), take_back(&id)]);
    assert_eq!(of(&found).as_deref(), Some("Ymere"), "it did not fall through");
    let change = Command::ChangeCorporatie { traject: id.clone(), corporatie: "GoedeStede".into() };
    let other = story.and([advance(&id, Stage::WoningGezocht), change.clone(), take_back(&id)]);
    assert_eq!(of(&other).as_deref(), Some("GoedeStede"), "and somebody said whose it is");
    let early = given([allocate(ALMERE, 1), register("a", ALMERE), change]).reaches("a", Stage::WoningGezocht);
    let without = Command::Advance { traject: id.clone(), to: Stage::WoningToegewezen, on: None, corporatie: None };
    assert_eq!(of(&early.and([without, take_back(&id)])).as_deref(), Some("GoedeStede"), "it was known before");
    let late = Command::ChangeCorporatie { traject: id.clone(), corporatie: "GoedeStede".into() };
    let key = story.and([advance(&id, Stage::Gestart), late, take_back(&id)]);
    assert_eq!(of(&key).as_deref(), Some("GoedeStede"), "a key that was a mistake changes nothing of whose home it is");
    let key = story.and([advance(&id, Stage::Gestart)]);
    let again = key.and([take_back(&id)]).when(advance(&id, Stage::Gestart)).then_done();
    let (event, _) = again.log.last().unwrap();
    let told = report(region(), &again.state, &[event]).unwrap();
    assert_eq!(told.happened, [i32::from(Happening::TrajectMovedOn)], "a key is handed over once");
}

#[test]
fn what_is_taken_back_needs_its_slot_again_and_the_first_stage_stays() {
    let story = given([allocate(ALMERE, 1), register("a", ALMERE), register("b", ALMERE)]);
    let (a, b) = (story.traject("a"), story.traject("b"));
    story.when(take_back(&a)).then_refused("FIRST_STAGE");
    let ended = story.reaches("a", Stage::Gestart).and([stop(&a, StopReason::Anders)]);
    let full = ended.reaches("b", Stage::WoningGezocht);
    full.when(take_back(&a)).then_refused("GEMEENTE_FULL");
    full.and([take_back(&b)]).when(take_back(&a)).then_done();
    ended.and([register("a", ALMERE)]).when(take_back(&a)).then_refused("CLIENT_HAS_TRAJECT");
}

#[test]
fn a_traject_stops_from_every_stage_and_gives_its_slot_back() {
    for from in Stage::ALL.into_iter().filter(|stage| *stage < Stage::Afgerond) {
        let story = given([allocate(ALMERE, 1), register("a", ALMERE)]).reaches("a", from);
        let story = story.and([stop(&story.traject("a"), StopReason::Verhuisd)]);
        assert_eq!(story.used(ALMERE), 0);
        story.when(register("a", ALMERE)).then_done();
    }
}

#[test]
fn a_home_that_is_assigned_is_of_a_corporatie() {
    let story = given([allocate(ALMERE, 1), register("a", ALMERE)]).reaches("a", Stage::WoningGezocht);
    let traject = story.traject("a");
    let without =
        Command::Advance { traject: traject.clone(), to: Stage::WoningToegewezen, on: None, corporatie: None };
    story.when(without.clone()).then_refused("NEEDS_CORPORATIE");
    let change = Command::ChangeCorporatie { traject, corporatie: "GoedeStede".into() };
    story.and([change]).when(without).then_done();
}

#[test]
fn a_step_is_not_of_tomorrow_and_not_of_before_the_step_before_it() {
    let story = given([allocate(ALMERE, 1), register("a", ALMERE)]).reaches("a", Stage::Gescreend);
    let traject = story.traject("a");
    let on =
        |day| Command::Advance { traject: traject.clone(), to: Stage::Wachtlijst, on: Some(day), corporatie: None };
    assert_eq!(story.today(), date(2026, 2, 4));
    story.when(on(date(2026, 2, 5))).then_refused("IN_FUTURE");
    story.when(on(date(2026, 2, 3))).then_refused("BEFORE_LAST_STEP");
    story.when(on(date(2026, 2, 4))).then_done();
}

#[test]
fn a_client_has_one_traject_at_a_time() {
    let story = given([register("a", ALMERE)]);
    story.when(register("a", DRONTEN)).then_refused("CLIENT_HAS_TRAJECT");
    story.when(register("b", DRONTEN)).then_done();
    story.when(register("c", "gm0141")).then_refused("UNKNOWN_GEMEENTE");
}

#[test]
fn a_transfer_changes_two_gemeenten_in_one_commit_and_uses_a_slot_of_the_other() {
    let story = given([allocate(ALMERE, 1), allocate(DRONTEN, 1), register("a", ALMERE)]).reaches("a", Stage::Gestart);
    let id = story.traject("a");
    let events = story.when(transfer(&id, DRONTEN)).decided.unwrap();
    let streams: Vec<&str> = events.iter().map(|event| event.gemeente().as_str()).collect();
    assert_eq!(streams, [ALMERE, DRONTEN]);
    let after = story.and([transfer(&id, DRONTEN)]);
    assert_eq!((after.used(ALMERE), after.used(DRONTEN)), (0, 1));
    after.when(transfer(&id, DRONTEN)).then_refused("SAME_GEMEENTE");
}

#[test]
fn a_report_tells_the_stages_of_a_gemeente_and_nobody_in_it() {
    let story = given([allocate(ALMERE, 2), register("a", ALMERE), register("b", ALMERE)]).reaches("a", Stage::Gestart);
    let event = Event::Confirmed { gemeente: gemeente(ALMERE) };
    let told = report(region(), &story.state, &[&event]).unwrap();
    assert_eq!(
        (told.location_id.as_str(), told.location_name.as_str()),
        ("housing-first-gm0034", "Housing First Almere")
    );
    let figures = told.figures.unwrap();
    assert_eq!((figures.funded, figures.occupied, figures.actual), (2, 1, 2));
    assert_eq!(told.happened, [i32::from(Happening::Confirmed)]);
    let Some(Detail::Slots(slots)) = &told.detail else { panic!("no slots") };
    let stages: Vec<_> = slots.stages.iter().map(|it| (it.stage(), it.trajecten)).collect();
    assert_eq!(stages, [(TrajectStage::Aangemeld, 1), (TrajectStage::Gestart, 1)]);
    assert_eq!(slots.region_cap, 4);
    let text = serde_json::to_string(&told).unwrap();
    assert!(!text.contains(&client("a").id().unwrap().to_string()));
}

#[test]
fn a_key_is_handed_over_once_who_comes_back_from_waakvlam_moves_on() {
    let story = given([allocate(ALMERE, 2), register("a", ALMERE)]);
    let started = story.reaches("a", Stage::Gestart);
    let told =
        |story: &super::given::Given| report(region(), &story.state, &[&story.log.last().unwrap().0]).unwrap().happened;
    assert_eq!(told(&started), [i32::from(Happening::TrajectStarted)]);
    let id = started.traject("a");
    let back = started.and([advance(&id, Stage::Waakvlam), advance(&id, Stage::Gestart)]);
    assert_eq!(told(&back), [i32::from(Happening::TrajectMovedOn)]);
}

#[test]
fn a_client_and_a_remark_are_sealed_before_they_are_kept() {
    let mut seen = Vec::new();
    let mut keep = |sort: &'static str, text: &str| {
        seen.push((sort, text.to_owned()));
        None
    };
    let mut command = Command::Register {
        client: Sealed::client("c-1").unwrap(),
        gemeente: gemeente(ALMERE),
        provider: "Kwintes".into(),
        on: None,
    };
    command.seal(&mut keep);
    let traject = model::id::made(uuid::Uuid::nil());
    let text = Some(Sealed::text("vertrokken").unwrap());
    Command::Stop { traject, reason: StopReason::Anders, text, on: None }.seal(&mut keep);
    assert_eq!(seen, [("client", "c-1".to_owned()), ("text", "vertrokken".to_owned())]);
}
