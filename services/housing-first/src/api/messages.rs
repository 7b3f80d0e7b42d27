//! The messages of this service and the model, side by side. It must not hold a rule.

use jiff::Timestamp;
use jiff::civil::Date;
use model::refusal::Invalid;
use model::wire;
use proto::availability::v1 as shared;
use proto::housing_first::v1 as message;
use service::call::Names;

use crate::domain::{AllocationView, Monitor, Stage, Step, StopReason, TrajectView};

/// A traject.
pub(super) fn traject_out(traject: TrajectView, names: &Names) -> message::Traject {
    message::Traject {
        traject_id: traject.id.to_string(),
        client_ref: names.read(&traject.client),
        gemeente: traject.gemeente.as_str().to_owned(),
        provider: traject.provider.to_string(),
        corporatie: traject.corporatie.map(|name| name.to_string()).unwrap_or_default(),
        stage: traject.stage.told().into(),
        uses_slot: traject.stage.uses_slot(),
        steps: traject.steps.iter().map(step_out).collect(),
        stop_reason: traject.stopped.map_or(message::StopReason::Unspecified, reason_out).into(),
        stop_text: names.maybe(traject.stop_text.as_ref()),
    }
}

fn step_out(step: &Step) -> message::TrajectStep {
    message::TrajectStep {
        stage: step.stage.told().into(),
        on: Some(wire::date_out(step.on)),
        recorded_at: Some(wire::time_out(step.at)),
    }
}

/// The slots of a gemeente.
pub(super) fn allocation_out(it: AllocationView) -> message::Allocation {
    message::Allocation {
        gemeente: it.gemeente.as_str().to_owned(),
        slots: it.slots,
        used: it.used,
        free: it.slots.saturating_sub(it.used),
    }
}

/// The monitor.
pub(super) fn monitor_out(monitor: Monitor, at: Timestamp, region_cap: u32) -> message::GetMonitorResponse {
    let stages = monitor.stages.into_iter().map(|((gemeente, stage), trajecten)| message::StageInGemeente {
        gemeente: gemeente.as_str().to_owned(),
        stage: stage.told().into(),
        trajecten,
    });
    let stopped = monitor.stopped.into_iter();
    let days = monitor.days_to_key;
    message::GetMonitorResponse {
        at: Some(wire::time_out(at)),
        stages: stages.collect(),
        days_to_key: Some(message::Days {
            count: days.count,
            median: days.median,
            sum: days.sum,
            longest: days.longest,
        }),
        housing_kept: monitor
            .kept
            .into_iter()
            .map(|it| message::HousingKept { months: it.months, known: it.known, kept: it.kept })
            .collect(),
        stopped: stopped
            .map(|(reason, trajecten)| message::StopCount { reason: reason_out(reason).into(), trajecten })
            .collect(),
        used: monitor.allocations.iter().map(|it| it.used).sum(),
        region_cap,
        transfers: monitor.transfers,
        allocations: monitor.allocations.into_iter().map(allocation_out).collect(),
        registered: monitor.registered,
    }
}

/// A day that may be left out.
pub(super) fn day_in(raw: Option<shared::Date>) -> Result<Option<Date>, Invalid> {
    raw.map(|raw| wire::date_in("on", raw)).transpose()
}

/// A stage.
pub(super) fn stage_in(name: &str, raw: shared::TrajectStage) -> Result<Stage, Invalid> {
    Stage::heard(raw).ok_or_else(|| wire::unknown(name))
}

/// Why a traject stopped.
pub(super) fn reason_in(raw: message::StopReason) -> Result<StopReason, Invalid> {
    let known = StopReason::ALL.into_iter().find(|reason| reason_out(*reason) == raw);
    known.ok_or_else(|| wire::unknown("reason"))
}

const fn reason_out(reason: StopReason) -> message::StopReason {
    match reason {
        StopReason::EigenVerzoek => message::StopReason::EigenVerzoek,
        StopReason::WoningVerloren => message::StopReason::WoningVerloren,
        StopReason::Verhuisd => message::StopReason::Verhuisd,
        StopReason::Opname => message::StopReason::Opname,
        StopReason::Detentie => message::StopReason::Detentie,
        StopReason::Overleden => message::StopReason::Overleden,
        StopReason::UitBeeld => message::StopReason::UitBeeld,
        StopReason::Anders => message::StopReason::Anders,
    }
}
