//! Meldingen from the call to the close, what their team does meanwhile, the measures, and the handover of the night.

use model::id::UserId;

use super::given::{ALMERE, DRONTEN, Given, TODAY, assign_as, gemeente, given, plan, receive, sealed};
use crate::domain::{Command, Event, MeldingResult, MeldingStatus, Role, Seconds, ShiftPlan, TeamState};

/// Somebody is on duty in Almere, and a melding came in.
fn called() -> (Given, UserId, UserId) {
    let (story, shift) = given([]).with(plan(TODAY, 15, 23), &["anna"]);
    let events = story.when(receive(ALMERE)).decided.unwrap();
    let Event::MeldingReceived { melding, .. } = &events[0] else { panic!("{events:?}") };
    (story.and([receive(ALMERE)]), shift, melding.clone())
}

fn give(melding: &UserId, shift: &UserId) -> Command {
    Command::AssignMelding { melding: melding.clone(), shift: shift.clone() }
}

fn go(melding: &UserId, to: MeldingStatus) -> Command {
    Command::MoveMelding { melding: melding.clone(), to }
}

fn result(melding: &UserId, result: MeldingResult) -> Command {
    let claim = (result == MeldingResult::Logeerplek).then(|| UserId::parse("claim-1").unwrap());
    Command::SetResult { melding: melding.clone(), result, claim }
}

fn close(melding: &UserId) -> Command {
    Command::CloseMelding { melding: melding.clone() }
}

#[test]
fn a_melding_goes_from_the_call_to_the_close_and_its_team_does_what_it_says() {
    let (story, shift, melding) = called();
    let team = |story: &Given| story.shift(&shift).state;
    let story = story.and([give(&melding, &shift)]);
    assert_eq!(team(&story), TeamState::Onderweg);
    let story =
        story.and([go(&melding, MeldingStatus::Onderweg)]).later(20).and([go(&melding, MeldingStatus::Aangekomen)]);
    assert_eq!(team(&story), TeamState::Bezig);
    let story = story.and([result(&melding, MeldingResult::Logeerplek), close(&melding)]);
    assert_eq!(team(&story), TeamState::Beschikbaar);
    let done = story.state.melding(&melding).unwrap();
    assert_eq!((done.status, done.result), (MeldingStatus::Gesloten, Some(MeldingResult::Logeerplek)));
    assert_eq!(done.claim.as_ref().map(UserId::as_str), Some("claim-1"));
    assert_eq!(story.state.open_meldingen_in(&gemeente(ALMERE)), 0);
}

#[test]
fn no_step_of_a_melding_is_left_out() {
    let (story, shift, melding) = called();
    story.when(go(&melding, MeldingStatus::Onderweg)).then_refused("WRONG_STATUS");
    story.when(go(&melding, MeldingStatus::Gesloten)).then_refused("NOT_THAT_WAY");
    story.when(close(&melding)).then_refused("WRONG_STATUS");
    story.when(result(&melding, MeldingResult::Gestabiliseerd)).then_refused("NEEDS_TEAM");
    for by_phone in [MeldingResult::GeenGehoor, MeldingResult::Crisisdienst, MeldingResult::Logeerplek] {
        story.and([result(&melding, by_phone)]).when(close(&melding)).then_done();
    }
    let given = story.and([give(&melding, &shift)]);
    given.when(go(&melding, MeldingStatus::Aangekomen)).then_refused("WRONG_STATUS");
    let without = Command::SetResult { melding: melding.clone(), result: MeldingResult::Logeerplek, claim: None };
    given.when(without).then_refused("CLAIM_WITH_LOGEERPLEK");
    let nobody = UserId::parse("niemand").unwrap();
    given.when(close(&nobody)).then_refused("UNKNOWN_MELDING");
}

#[test]
fn a_melding_that_is_given_to_the_team_that_has_it_stays_how_it_is() {
    let (story, shift, melding) = called();
    let under_way = story.and([give(&melding, &shift), go(&melding, MeldingStatus::Onderweg)]);
    let again = under_way.and([give(&melding, &shift)]);
    assert_eq!(again.state.melding(&melding).unwrap().status, MeldingStatus::Onderweg);
}

#[test]
fn nobody_goes_on_their_way_from_an_empty_shift() {
    let (story, shift, melding) = called();
    let staff = story.shift(&shift).assignments.first().unwrap().staff.clone();
    let off = Command::Unassign { shift: shift.clone(), staff };
    let empty = story.and([give(&melding, &shift), off]);
    empty.when(go(&melding, MeldingStatus::Onderweg)).then_refused("NOBODY_ON_SHIFT");
}

#[test]
fn a_melding_goes_only_to_a_team_that_is_there() {
    let (story, shift, melding) = called();
    let (story, later) = story.with(plan(TODAY, 23, 7), &["bram"]);
    let (story, empty) = story.with(plan(TODAY, 14, 22), &[]);
    story.when(give(&melding, &later)).then_refused("NOT_ON_DUTY");
    story.when(give(&melding, &empty)).then_refused("NOBODY_ON_SHIFT");
    let pauze = Command::SetTeamState { shift: shift.clone(), state: TeamState::Pauze, minutes: 20 };
    story.and([pauze]).when(give(&melding, &shift)).then_refused("TEAM_ON_BREAK");
}

#[test]
fn a_melding_may_go_to_another_team_until_one_has_arrived() {
    let (story, first, melding) = called();
    let (story, second) = story.with(plan(TODAY, 14, 22), &["bram"]);
    let story = story.and([give(&melding, &first), give(&melding, &second)]);
    assert_eq!((story.shift(&first).state, story.shift(&second).state), (TeamState::Beschikbaar, TeamState::Onderweg));
    let arrived = story.and([go(&melding, MeldingStatus::Onderweg), go(&melding, MeldingStatus::Aangekomen)]);
    arrived.when(give(&melding, &first)).then_refused("WRONG_STATUS");
}

#[test]
fn a_melding_goes_on_with_another_team_when_the_one_that_arrived_fell_ill() {
    let (story, shift, melding) = called();
    let (story, other) = story.with(plan(TODAY, 15, 23), &["bea"]);
    let arrived = story.and([
        give(&melding, &shift),
        go(&melding, MeldingStatus::Onderweg),
        go(&melding, MeldingStatus::Aangekomen),
    ]);
    arrived.when(give(&melding, &other)).then_refused("WRONG_STATUS");
    let until = arrived.now + jiff::SignedDuration::from_hours(5);
    let ill = arrived.and([Command::ReportSick { staff: sealed("anna"), from: None, until }]);
    assert!(!ill.shift(&shift).is_staffed());
    ill.when(give(&melding, &other)).then_done();
}

#[test]
fn a_melding_with_a_result_goes_to_a_team_when_somebody_calls_back() {
    let (story, shift, melding) = called();
    let back = story.and([result(&melding, MeldingResult::GeenGehoor), give(&melding, &shift)]);
    let it = back.state.melding(&melding).unwrap();
    assert_eq!((it.status, it.result), (MeldingStatus::Toegewezen, None));
    let measures = back.state.measures(None, story.now, back.later(1).now);
    assert!(measures.results.is_empty(), "what came of it is not known again");
    let closed = story.and([result(&melding, MeldingResult::GeenGehoor), close(&melding)]);
    closed.when(give(&melding, &shift)).then_refused("WRONG_STATUS");
}

#[test]
fn nobody_takes_over_a_pauze_or_what_a_team_did_with_a_place_on_it() {
    let (story, shift, melding) = called();
    let (story, other) = story.with(plan(TODAY, 15, 23), &["bea"]);
    let falls_ill = || Command::Unassign { shift: shift.clone(), staff: sealed("anna") };
    let stands_in = || super::given::assign(&shift, "carla");
    let pauze = Command::SetTeamState { shift: shift.clone(), state: TeamState::Pauze, minutes: 30 };
    assert_eq!(story.and([pauze, falls_ill(), stands_in()]).shift(&shift).state, TeamState::Beschikbaar);
    let busy = story.and([give(&melding, &shift), go(&melding, MeldingStatus::Onderweg), falls_ill()]);
    assert_eq!(busy.and([stands_in()]).shift(&shift).state, TeamState::Onderweg, "somebody still waits for them");
    let elsewhere = busy.and([give(&melding, &other), stands_in()]);
    assert_eq!(elsewhere.shift(&shift).state, TeamState::Beschikbaar);
    let tomorrow = ShiftPlan { on: TODAY.tomorrow().unwrap(), ..ShiftPlan::clone(&story.shift(&shift).plan) };
    let later = Command::ChangeShift { shift: shift.clone(), plan: tomorrow, overrides: None };
    assert_eq!(story.and([give(&melding, &shift), later]).shift(&shift).state, TeamState::Beschikbaar);
}

#[test]
fn who_is_erased_is_counted_on_no_more_and_a_gap_is_told_at_once() {
    let (story, shift, _) = called();
    let outcome = story.when(Command::StaffErased { staff: sealed("anna") });
    assert_eq!(outcome.told(), [ALMERE]);
    let after = outcome.then_done();
    assert!(!after.shift(&shift).is_staffed());
    let again = after.when(Command::StaffErased { staff: sealed("anna") }).decided.unwrap();
    assert_eq!(again, [], "nothing is left to do");
}

#[test]
fn a_team_with_another_melding_stays_where_it_is_when_one_is_closed() {
    let (story, shift, first) = called();
    let events = story.when(receive(ALMERE)).decided.unwrap();
    let second = events[0].melding().unwrap().clone();
    let story = story.and([receive(ALMERE), give(&first, &shift), give(&second, &shift)]);
    let story = story.and([result(&first, MeldingResult::GeenActie), close(&first)]);
    assert_eq!(story.shift(&shift).state, TeamState::Onderweg);
}

#[test]
fn a_pauze_ends_by_the_clock_or_when_the_team_says_so_and_not_by_a_melding_or_another_name() {
    let (story, shift, melding) = called();
    let (story, other) = story.with(plan(TODAY, 14, 22), &["bram"]);
    let pauze = Command::SetTeamState { shift: shift.clone(), state: TeamState::Pauze, minutes: 20 };
    let at_work = story.and([give(&melding, &shift)]);
    at_work.when(pauze.clone()).then_refused("TEAM_AT_WORK");
    at_work.and([give(&melding, &other)]).when(pauze.clone()).then_done();
    let arrived = at_work.and([go(&melding, MeldingStatus::Onderweg), go(&melding, MeldingStatus::Aangekomen)]);
    let paused = arrived.and([result(&melding, MeldingResult::Gestabiliseerd), pauze]);
    let is_paused = |story: &Given| story.shift(&shift).state == TeamState::Pauze;
    assert!(is_paused(&paused.and([close(&melding)])));
    let named = ShiftPlan { team: "Anders".into(), ..ShiftPlan::clone(&story.shift(&shift).plan) };
    let renamed = paused.and([Command::ChangeShift { shift: shift.clone(), plan: named, overrides: None }]);
    assert!(is_paused(&renamed));
    assert_eq!(renamed.later(21).and([Command::Tick]).shift(&shift).state, TeamState::Beschikbaar);
}

#[test]
fn a_melding_of_a_shift_that_is_cancelled_goes_on_with_another_team_only() {
    let (story, shift, melding) = called();
    let (story, other) = story.with(plan(TODAY, 14, 22), &["bram"]);
    let story = story.and([
        give(&melding, &shift),
        go(&melding, MeldingStatus::Onderweg),
        go(&melding, MeldingStatus::Aangekomen),
    ]);
    story.when(give(&melding, &other)).then_refused("WRONG_STATUS");
    let gone = story.and([Command::CancelShift { shift, reason: sealed("ziek") }]);
    let given = gone.and([give(&melding, &other)]);
    assert_eq!(given.shift(&other).state, TeamState::Onderweg);
    let (story, shift, melding) = called();
    let story = story.and([give(&melding, &shift), Command::CancelShift { shift, reason: sealed("ziek") }]);
    story.when(go(&melding, MeldingStatus::Onderweg)).then_refused("NOT_ON_DUTY");
}

#[test]
fn a_call_where_nobody_is_there_is_received_and_says_so() {
    let (story, ..) = called();
    let covered = |code: &str| {
        let outcome = story.when(receive(code));
        let events = outcome.decided.as_ref().unwrap().clone();
        let after = outcome.then_done();
        match crate::domain::answer_to(&after.state, &receive(code), &events) {
            crate::Answer::Melding { covered, .. } => covered,
            other => panic!("{other:?}"),
        }
    };
    assert!(covered(ALMERE));
    assert!(!covered(DRONTEN));
}

#[test]
fn it_is_measured_how_long_it_took_and_what_came_of_it() {
    let (story, shift, first) = called();
    let begin = story.now;
    let story = story.later(2).and([give(&first, &shift), go(&first, MeldingStatus::Onderweg)]);
    let story =
        story.later(18).and([go(&first, MeldingStatus::Aangekomen), result(&first, MeldingResult::Gestabiliseerd)]);
    let events = story.when(receive(ALMERE)).decided.unwrap();
    let second = events[0].melding().unwrap().clone();
    let story = story.and([receive(ALMERE), result(&second, MeldingResult::GeenGehoor)]);
    let until = story.later(1).now;
    let measures = story.state.measures(None, begin, until);
    assert_eq!(measures.received, 2);
    assert_eq!(measures.to_answer, Seconds { count: 1, median: 120, p90: 120 });
    assert_eq!(measures.to_arrive, Seconds { count: 1, median: 1_200, p90: 1_200 });
    assert_eq!(measures.results, [(MeldingResult::Gestabiliseerd, 1), (MeldingResult::GeenGehoor, 1)].into());
    assert_eq!(story.state.measures(Some(&gemeente(DRONTEN)), begin, until).received, 0);
    assert_eq!(story.state.measures(None, begin, story.now).received, 1, "the end is not included");
}

#[test]
fn the_night_goes_from_one_coordinator_to_another_with_its_remarks() {
    let (story, first) = given([]).with(plan(TODAY, 15, 23), &[]);
    let (story, second) = story.with(plan(TODAY, 23, 7), &["bram"]);
    let story = story.and([
        assign_as(&first, "carla", Role::Coordinator),
        assign_as(&second, "daan", Role::Coordinator),
        Command::WriteRemark { text: sealed("sleutel ligt klaar") },
    ]);
    let hand_over = |who: &str| Command::HandOver { staff: sealed(who) };
    let accept = |who: &str| Command::AcceptHandover { staff: sealed(who) };
    story.when(accept("daan")).then_refused("NO_COORDINATOR");
    let story = story.at("2026-02-03T22:30:00+01:00");
    story.when(accept("daan")).then_refused("NOTHING_WAITS");
    story.when(hand_over("bram")).then_refused("NO_COORDINATOR");
    // Whose shift must begin yet has nothing to hand over, and whose shift is over accepts nothing any more.
    story.when(hand_over("daan")).then_refused("NO_COORDINATOR");
    let after = story.at("2026-02-04T00:30:00+01:00");
    after.and([hand_over("carla")]).when(accept("carla")).then_refused("NO_COORDINATOR");
    let waits = story.and([hand_over("carla")]);
    waits.when(hand_over("carla")).then_refused("WAITS_ALREADY");
    waits.when(accept("carla")).then_refused("SAME_COORDINATOR");
    assert_eq!(waits.state.handover.remarks.len(), 1);
    let accepted = waits.and([accept("daan")]);
    assert!(accepted.state.handover.remarks.is_empty() && accepted.state.handover.waits.is_none());
    assert_eq!(accepted.state.handover.accepted_at, Some(accepted.now));
    let again = accepted.state.handover.accepted.as_ref().unwrap();
    assert_eq!((again.remarks.len(), again.from.as_ref(), &again.by), (1, Some(&sealed("carla")), &sealed("daan")));
    assert!(again.remarks.iter().all(|(_, text)| accepted.state.needs().contains(&text.id().unwrap())));
    // Handed over too early, or with nobody to accept it: it is taken back, and the remarks stay.
    let taken_back = waits.and([Command::WithdrawHandover { staff: sealed("carla") }]);
    assert_eq!((taken_back.state.handover.remarks.len(), &taken_back.state.handover.waits), (1, &None));
    taken_back.when(Command::WithdrawHandover { staff: sealed("carla") }).then_refused("NOTHING_WAITS");
    waits.when(Command::WithdrawHandover { staff: sealed("bram") }).then_refused("NO_COORDINATOR");
}
