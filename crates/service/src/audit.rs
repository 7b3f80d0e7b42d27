//! Who did what, read from the log of a service. Written once for every service with a log. It must not know a type of
//! event.

use eventlog::{Domain, Entry as Row, EventLog, LogError, Wanted};
use model::actor::Role;
use model::refusal::Invalid;
use model::text;
use proto::audit::v1::audit_service_server::AuditService;
use proto::audit::v1::{Entry, ListEntriesRequest, ListEntriesResponse};
use serde_json::{Map, Value};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{Chain, call};

/// Entries of an answer, where nobody says how many.
const PAGE: u32 = 100;
/// Most entries of an answer.
const LARGEST_PAGE: u32 = 1_000;
/// Longest id of a stream, and name of a type.
const LONGEST: usize = 64;
/// Longest id of a member of staff.
const LONGEST_STAFF: usize = 48;

/// What of an event is told: what it happened to, and what of a house, a plan or a roster changed. Whatever else an event
/// holds may say of a client what they need, where they went or who they are.
const TOLD: [&str; 42] = [
    "again_at",
    "answer",
    "capacity",
    "change",
    "claim",
    "claim_policy",
    "closes_at",
    "coordinators",
    "due",
    "from",
    "gemeente",
    "gemeenten",
    "heard",
    "held_until",
    "hold_minutes",
    "location",
    "medewerkers",
    "melding",
    "of",
    "offer",
    "on",
    "overridden",
    "period",
    "place",
    "places",
    "plan",
    "pool",
    "present",
    "profile",
    "provider",
    "public_id",
    "role",
    "shift",
    "slots",
    "staff",
    "state",
    "stay",
    "step",
    "steps",
    "team",
    "to",
    "traject",
];
/// The field that says whom of the staff something was done to.
const STAFF: &str = "staff";

/// Serves it for a log.
pub struct Audit<D: Domain> {
    log: EventLog<D>,
    service: &'static str,
}

impl<D: Domain> Audit<D> {
    /// For a log.
    pub const fn new(log: EventLog<D>, service: &'static str) -> Self {
        Self { log, service }
    }
}

#[tonic::async_trait]
impl<D: Domain> AuditService for Audit<D> {
    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        let wanted = wanted(request.into_inner()).map_err(|wrong| call::invalid(&wrong))?;
        let (rows, next_before) = self.log.entries(&wanted).await.map_err(|error| unreadable(&error))?;
        let told: Vec<Map<String, Value>> = rows.iter().map(|row| told(&row.data)).collect();
        let mut people: Vec<_> = rows.iter().filter_map(Row::staff).chain(told.iter().filter_map(whom)).collect();
        people.sort_unstable();
        people.dedup();
        let names = self.log.reveal(&people).await.map_err(|error| unreadable(&error))?;
        crate::reader::looked_at(&self.log, &people, true).await;
        let name = |id: Uuid| names.get(&id).map(ToString::to_string).unwrap_or_default();
        let entry = |(row, mut data): (Row, Map<String, Value>)| Entry {
            position: row.position(),
            at: Some(proto::timestamp(row.at_micros())),
            role: row.role().to_owned(),
            staff_id: row.staff().map(name).unwrap_or_default(),
            stream: row.stream,
            r#type: row.kind,
            data: {
                if let Some(id) = whom(&data) {
                    data.insert(STAFF.to_owned(), Value::String(name(id)));
                }
                Value::Object(data).to_string()
            },
            command_id: row.command_id.unwrap_or_default(),
        };
        let entries = rows.into_iter().zip(told).map(entry).collect();
        Ok(Response::new(ListEntriesResponse { service: self.service.to_owned(), entries, next_before }))
    }
}

/// What is told of an event.
fn told(data: &str) -> Map<String, Value> {
    let Ok(Value::Object(mut data)) = serde_json::from_str(data) else { return Map::new() };
    data.retain(|name, _| TOLD.contains(&name.as_str()));
    data
}

/// Whom of the staff it was done to, by the id of their row.
fn whom(data: &Map<String, Value>) -> Option<Uuid> {
    Uuid::try_parse(data.get(STAFF)?.as_str()?).ok()
}

fn wanted(asked: ListEntriesRequest) -> Result<Wanted, Invalid> {
    let limited = |field: &str, value: String, longest: usize| {
        if value.chars().count() > longest {
            return Err(Invalid::new(field, format!("mag hoogstens {longest} tekens hebben")));
        }
        // Nobody is looked for by such a number either.
        if text::holds_bsn(&value) {
            Err(Invalid::new(field, "bevat een nummer dat een BSN kan zijn"))
        } else {
            Ok(value)
        }
    };
    if asked.page_size > LARGEST_PAGE {
        return Err(Invalid::new("page_size", format!("mag hoogstens {LARGEST_PAGE} zijn")));
    }
    if !asked.role.is_empty() && !Role::ALL.iter().any(|role| role.name() == asked.role) {
        return Err(Invalid::new("role", "is geen rol"));
    }
    Ok(Wanted {
        before: asked.before,
        most: if asked.page_size == 0 { PAGE } else { asked.page_size },
        stream: limited("stream", asked.stream, LONGEST)?,
        role: asked.role,
        staff: limited("staff_id", asked.staff_id, LONGEST_STAFF)?,
        kind: limited("type", asked.r#type, LONGEST)?,
        from: asked.from.as_ref().map(proto::micros),
        until: asked.until.as_ref().map(proto::micros),
        people_only: asked.people_only,
    })
}

fn unreadable(error: &LogError) -> Status {
    tracing::warn!(error = %Chain(error), "The log cannot be read for who did what");
    call::with_reason(Code::Unavailable, "LOG_UNAVAILABLE", "De opslag is even niet te lezen. Probeer het opnieuw.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_needs_and_who_they_are_is_told_of_no_event_of_any_service() {
        let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
        let mut seen = 0;
        for service in std::fs::read_dir(golden).expect("golden files") {
            for file in std::fs::read_dir(service.expect("a folder").path()).expect("a folder") {
                let file = file.expect("a file").path();
                let event: Value = serde_json::from_slice(&std::fs::read(&file).expect("a file")).expect("JSON");
                let text = Value::Object(told(&event["data"].to_string())).to_string();
                for about in ["needs", "client", "guest", "children_ages", "destination", "\"age\"", "misses", "result"]
                {
                    assert!(!text.contains(about), "{}: {text}", file.display());
                }
                seen += 1;
            }
        }
        assert!(seen > 60, "{seen}");
    }
}
