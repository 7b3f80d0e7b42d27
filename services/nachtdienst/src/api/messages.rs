//! The messages of this service and the model, side by side. It must not hold a rule.

use jiff::civil::Time;
use model::night::period_out;
use model::refusal::Invalid;
use model::wire;
use proto::nachtdienst::v1 as message;
use service::call::Names;

use crate::domain::{
    Assignment, Breach, MeldingResult, MeldingStatus, MeldingView, Role, Seconds, ShiftView, TeamState, Urgency,
};

/// A shift.
pub(super) fn shift_out(shift: ShiftView, names: &Names) -> message::Shift {
    let plan = &shift.plan;
    let lacks = |role: Role| if shift.cancelled { 0 } else { plan.lacks(role, &shift.assignments) };
    message::Shift {
        shift_id: shift.id.to_string(),
        plan: Some(message::ShiftPlan {
            team: plan.team.to_string(),
            gemeenten: plan.gemeenten.iter().map(|code| code.as_str().to_owned()).collect(),
            on: Some(wire::date_out(plan.on)),
            from_minute: minute(plan.from),
            until_minute: minute(plan.until),
            medewerkers: plan.medewerkers,
            coordinators: plan.coordinators,
        }),
        period: Some(period_out(shift.period)),
        assignments: shift.assignments.iter().map(|it| assignment_out(it, names)).collect(),
        state: shift.state.map_or(message::TeamState::Unspecified, team_state_out).into(),
        state_until: shift.until.map(wire::time_out),
        understaffed: shift.understaffed,
        cancelled: shift.cancelled,
        missing_medewerkers: lacks(Role::Medewerker),
        missing_coordinators: lacks(Role::Coordinator),
    }
}

fn minute(time: Time) -> u32 {
    u32::from(time.hour().unsigned_abs()) * 60 + u32::from(time.minute().unsigned_abs())
}

fn assignment_out(it: &Assignment, names: &Names) -> message::Assignment {
    message::Assignment {
        staff_id: names.read(&it.staff),
        role: role_out(it.role).into(),
        override_reason: names.maybe(it.reason.as_ref()),
    }
}

/// A rule that was overridden.
pub(super) fn breach_out(breach: &Breach) -> message::Breach {
    message::Breach {
        rule: breach.rule.name().to_owned(),
        article: breach.rule.article().to_owned(),
        limit: breach.limit,
        actual: breach.actual,
        sentence: breach.sentence(),
    }
}

/// A melding.
pub(super) fn melding_out(it: MeldingView, names: &Names) -> message::Melding {
    let (received, [assigned, arrived, closed]) = it.times;
    message::Melding {
        melding_id: it.id.to_string(),
        gemeente: it.gemeente.as_str().to_owned(),
        urgency: urgency_out(it.urgency).into(),
        text: names.read(&it.text),
        status: status_out(it.status).into(),
        shift_id: it.shift.map(|id| id.to_string()).unwrap_or_default(),
        result: it.result.map_or(message::MeldingResult::Unspecified, result_out).into(),
        claim_id: it.claim.map(|id| id.to_string()).unwrap_or_default(),
        received_at: Some(wire::time_out(received)),
        assigned_at: assigned.map(wire::time_out),
        arrived_at: arrived.map(wire::time_out),
        closed_at: closed.map(wire::time_out),
    }
}

/// Measured times.
pub(super) const fn seconds_out(it: Seconds) -> message::Seconds {
    message::Seconds { count: it.count, median: it.median, p90: it.p90 }
}

/// A role.
pub(super) fn role_in(raw: message::Role) -> Result<Role, Invalid> {
    match raw {
        message::Role::Unspecified => Err(wire::unknown("role")),
        message::Role::Medewerker => Ok(Role::Medewerker),
        message::Role::Coordinator => Ok(Role::Coordinator),
    }
}

const fn role_out(role: Role) -> message::Role {
    match role {
        Role::Medewerker => message::Role::Medewerker,
        Role::Coordinator => message::Role::Coordinator,
    }
}

/// What a team does.
pub(super) fn team_state_in(raw: message::TeamState) -> Result<TeamState, Invalid> {
    match raw {
        message::TeamState::Unspecified => Err(wire::unknown("state")),
        message::TeamState::Beschikbaar => Ok(TeamState::Beschikbaar),
        message::TeamState::Onderweg => Ok(TeamState::Onderweg),
        message::TeamState::Bezig => Ok(TeamState::Bezig),
        message::TeamState::Pauze => Ok(TeamState::Pauze),
    }
}

const fn team_state_out(state: TeamState) -> message::TeamState {
    match state {
        TeamState::Beschikbaar => message::TeamState::Beschikbaar,
        TeamState::Onderweg => message::TeamState::Onderweg,
        TeamState::Bezig => message::TeamState::Bezig,
        TeamState::Pauze => message::TeamState::Pauze,
    }
}

/// How soon somebody must come.
pub(super) fn urgency_in(raw: message::Urgency) -> Result<Urgency, Invalid> {
    match raw {
        message::Urgency::Unspecified => Err(wire::unknown("urgency")),
        message::Urgency::Laag => Ok(Urgency::Laag),
        message::Urgency::Normaal => Ok(Urgency::Normaal),
        message::Urgency::Hoog => Ok(Urgency::Hoog),
    }
}

const fn urgency_out(urgency: Urgency) -> message::Urgency {
    match urgency {
        Urgency::Laag => message::Urgency::Laag,
        Urgency::Normaal => message::Urgency::Normaal,
        Urgency::Hoog => message::Urgency::Hoog,
    }
}

/// How far a melding goes.
pub(super) fn status_in(raw: message::MeldingStatus) -> Result<MeldingStatus, Invalid> {
    match raw {
        message::MeldingStatus::Unspecified => Err(wire::unknown("to")),
        message::MeldingStatus::Ontvangen => Ok(MeldingStatus::Ontvangen),
        message::MeldingStatus::Toegewezen => Ok(MeldingStatus::Toegewezen),
        message::MeldingStatus::Onderweg => Ok(MeldingStatus::Onderweg),
        message::MeldingStatus::Aangekomen => Ok(MeldingStatus::Aangekomen),
        message::MeldingStatus::Resultaat => Ok(MeldingStatus::Resultaat),
        message::MeldingStatus::Gesloten => Ok(MeldingStatus::Gesloten),
    }
}

const fn status_out(status: MeldingStatus) -> message::MeldingStatus {
    match status {
        MeldingStatus::Ontvangen => message::MeldingStatus::Ontvangen,
        MeldingStatus::Toegewezen => message::MeldingStatus::Toegewezen,
        MeldingStatus::Onderweg => message::MeldingStatus::Onderweg,
        MeldingStatus::Aangekomen => message::MeldingStatus::Aangekomen,
        MeldingStatus::Resultaat => message::MeldingStatus::Resultaat,
        MeldingStatus::Gesloten => message::MeldingStatus::Gesloten,
    }
}

/// What came of a melding.
pub(super) fn result_in(raw: message::MeldingResult) -> Result<MeldingResult, Invalid> {
    match raw {
        message::MeldingResult::Unspecified => Err(wire::unknown("result")),
        message::MeldingResult::Gestabiliseerd => Ok(MeldingResult::Gestabiliseerd),
        message::MeldingResult::Logeerplek => Ok(MeldingResult::Logeerplek),
        message::MeldingResult::Crisisdienst => Ok(MeldingResult::Crisisdienst),
        message::MeldingResult::Alarmnummer => Ok(MeldingResult::Alarmnummer),
        message::MeldingResult::GeenGehoor => Ok(MeldingResult::GeenGehoor),
        message::MeldingResult::GeenActie => Ok(MeldingResult::GeenActie),
    }
}

/// What came of a melding.
pub(super) const fn result_out(result: MeldingResult) -> message::MeldingResult {
    match result {
        MeldingResult::Gestabiliseerd => message::MeldingResult::Gestabiliseerd,
        MeldingResult::Logeerplek => message::MeldingResult::Logeerplek,
        MeldingResult::Crisisdienst => message::MeldingResult::Crisisdienst,
        MeldingResult::Alarmnummer => message::MeldingResult::Alarmnummer,
        MeldingResult::GeenGehoor => message::MeldingResult::GeenGehoor,
        MeldingResult::GeenActie => message::MeldingResult::GeenActie,
    }
}
