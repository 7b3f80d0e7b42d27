//! Who did what, read from the log of a service. Written once for every service with a log. It must not know a type of
//! event.

use eventlog::{Domain, Entry as Row, EventLog, LogError, Wanted};
use model::actor::Role;
use model::refusal::Invalid;
use model::text;
use proto::audit::v1::audit_service_server::AuditService;
use proto::audit::v1::{Entry, ListEntriesRequest, ListEntriesResponse};
use tonic::{Code, Request, Response, Status};

use crate::{Chain, call};

/// Entries of an answer, where nobody says how many.
const PAGE: u32 = 100;
/// Most entries of an answer.
const LARGEST_PAGE: u32 = 1_000;
/// Longest id of a stream, and name of a type.
const LONGEST: usize = 64;
/// Longest id of a member of staff.
const LONGEST_STAFF: usize = 48;

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
        let mut people: Vec<_> = rows.iter().filter_map(Row::staff).collect();
        people.sort_unstable();
        people.dedup();
        let names = self.log.reveal(&people).await.map_err(|error| unreadable(&error))?;
        crate::reader::looked_at(&self.log, &people, true).await;
        let entry = |row: Row| Entry {
            position: row.position(),
            at: Some(proto::timestamp(row.at_micros())),
            role: row.role().to_owned(),
            staff_id: row.staff().and_then(|id| names.get(&id)).map(ToString::to_string).unwrap_or_default(),
            stream: row.stream,
            r#type: row.kind,
            data: row.data,
            command_id: row.command_id.unwrap_or_default(),
        };
        let entries = rows.into_iter().map(entry).collect();
        Ok(Response::new(ListEntriesResponse { service: self.service.to_owned(), entries, next_before }))
    }
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
