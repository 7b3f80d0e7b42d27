//! What a region file says of whole gemeenten: slots of Housing First, and the shifts of the avond- en nachtdienst for
//! the coming two weeks. Doing it again changes nothing: every command has an id made from what it sets.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan as _};
use model::region::{Region, ShiftSeed};
use model::wire;
use proto::housing_first::v1 as housing_first;
use proto::nachtdienst::v1 as nachtdienst;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::Failure;
use crate::client::{Connection, same_command_id, send};

/// For how many nights shifts are planned; tonight's may have begun yesterday.
const NIGHTS: i64 = 21;
/// Shifts that are planned at a time.
const AT_A_TIME: usize = 16;

/// Gives every gemeente the slots of the region file. What beheer changed later stays as it is.
pub(super) async fn allocate(region: &Region, connection: &Connection) -> Result<(), Failure> {
    if region.gemeenten.iter().all(|gemeente| gemeente.housing_first == 0) {
        return Ok(());
    }
    let client = connection.housing_first()?;
    // What is there stays, also when the answer to the first start is forgotten.
    let known = client.clone().list_allocations(housing_first::ListAllocationsRequest {}).await?.into_inner();
    let known: Vec<String> = known.allocations.into_iter().map(|it| it.gemeente).collect();
    for gemeente in region.gemeenten.iter().filter(|gemeente| gemeente.housing_first > 0) {
        if known.iter().any(|code| code == gemeente.code.as_str()) {
            continue;
        }
        let request = housing_first::SetAllocationRequest {
            command_id: same_command_id(&format!("seed:{}:slots:{}", region.id, gemeente.code)),
            gemeente: gemeente.code.as_str().to_owned(),
            slots: gemeente.housing_first,
        };
        unless_refused(send(request, async |it| client.clone().set_allocation(it).await.map(drop)).await)?;
    }
    Ok(())
}

/// Plans the shifts of the coming nights, with the invented people of the region file in turn.
pub(super) async fn plan_shifts(region: &Region, connection: &Connection, now: Timestamp) -> Result<(), Failure> {
    let today = now.to_zoned(region.time_zone.clone()).date();
    let days = (-1..NIGHTS).map(|days| today.saturating_add(days.days()));
    let on = |day: Date| {
        let is_day = move |shift: &&ShiftSeed| shift.weekdays.contains(&day.weekday().to_monday_one_offset());
        region.shifts.iter().filter(is_day).map(move |shift| (shift, day))
    };
    let planned = stream::iter(days.flat_map(on).map(|(shift, day)| plan(region, connection, shift, day)));
    planned.buffer_unordered(AT_A_TIME).try_collect::<Vec<()>>().await.map(drop)
}

async fn plan(region: &Region, connection: &Connection, shift: &ShiftSeed, day: Date) -> Result<(), Failure> {
    let client = connection.nachtdienst()?;
    let key = format!("seed:{}:shift:{}:{day}", region.id, shift.team);
    let request = nachtdienst::PlanShiftRequest {
        command_id: same_command_id(&key),
        plan: Some(nachtdienst::ShiftPlan {
            team: shift.team.clone(),
            gemeenten: shift.gemeenten.iter().map(|code| code.as_str().to_owned()).collect(),
            on: Some(wire::date_out(day)),
            from_minute: minute(shift.from),
            until_minute: minute(shift.until),
            medewerkers: shift.needed,
            coordinators: u32::from(!shift.coordinators.is_empty()),
        }),
    };
    let answer = send(request, async |it| client.clone().plan_shift(it).await).await;
    // One that is over is not planned any more.
    let Some(answer) = unless_refused(answer)? else { return Ok(()) };
    let shift_id = answer.into_inner().shift.map(|shift| shift.shift_id).unwrap_or_default();
    let turn = i64::from(day.since(Date::ZERO).map_or(0, |span| span.get_days())).unsigned_abs();
    let medewerkers = in_turn(&shift.medewerkers, shift.needed, turn).map(|who| (who, nachtdienst::Role::Medewerker));
    let coordinators = in_turn(&shift.coordinators, 1, turn).map(|who| (who, nachtdienst::Role::Coordinator));
    for (staff, role) in medewerkers.chain(coordinators) {
        let request = nachtdienst::AssignStaffRequest {
            command_id: same_command_id(&format!("{key}:{staff}")),
            shift_id: shift_id.clone(),
            staff_id: staff.clone(),
            role: role.into(),
            override_reason: String::new(),
        };
        let answer = send(request, async |it| client.clone().assign_staff(it).await).await;
        // Somebody who is on it already, or a shift that is over, is what an earlier start left behind; this is not.
        if let Err(status) = &answer
            && status.get_details_error_info().is_some_and(|info| info.reason == "ROSTER_BREACH")
        {
            let why = status.message();
            tracing::warn!(team = shift.team, %day, why, "The region file asks for more than the roster allows");
        }
        unless_refused(answer)?;
    }
    Ok(())
}

/// Whose turn it is: everybody works as often as everybody else.
fn in_turn(people: &[String], needed: u32, turn: u64) -> impl Iterator<Item = &String> {
    let count = u64::try_from(people.len()).unwrap_or(0).max(1);
    (0..u64::from(needed)).filter_map(move |nth| {
        let index = turn.wrapping_mul(u64::from(needed)).wrapping_add(nth) % count;
        people.get(usize::try_from(index).unwrap_or(0))
    })
}

fn minute(time: Time) -> u32 {
    u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs())
}

/// What the rules refuse now was set before, or is over; anything else is a failure.
fn unless_refused<T>(answer: Result<T, Status>) -> Result<Option<T>, Failure> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(status) if matches!(status.code(), Code::FailedPrecondition | Code::AlreadyExists | Code::NotFound) => {
            Ok(None)
        }
        Err(status) => {
            let failure = Failure::from(status);
            Err(Failure::new(failure.exit, format!("uit het regiobestand: {}", failure.sentence)))
        }
    }
}
