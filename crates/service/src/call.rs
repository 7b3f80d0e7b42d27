//! One call: who makes it, at which location they may, and how its outcome looks to the caller. It must not know a command
//! of any service.

use std::collections::HashMap;
use std::sync::Arc;

use eventlog::{Domain, EventLog, ExecuteError, Meta, View};
use identity::{Caller, Locations};
use model::id::LocationId;
use model::refusal::{Class, Invalid, Refusal};
use model::sealed::Sealed;
use proto::Commanding;
use tonic::{Code, Request, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use uuid::Uuid;

use crate::reader;

/// Metadata field of the W3C trace context.
pub const TRACEPARENT: &str = "traceparent";
/// Domain of every `ErrorInfo`.
const DOMAIN: &str = "onderdak";
/// Most answers on a page.
const PAGE: usize = 1_000;
/// How long a caller should wait before trying again.
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_millis(250);

fn caller<T>(request: &Request<T>) -> Result<&Caller, Status> {
    let caller = request.extensions().get::<Caller>();
    // The guard puts it there; whatever comes past it is nobody's.
    caller.ok_or_else(|| with_reason(Code::Unauthenticated, "UNAUTHENTICATED", "Meld u eerst aan."))
}

fn not_yours() -> Status {
    with_reason(Code::PermissionDenied, "NOT_YOUR_LOCATION", "Deze locatie is niet van u.")
}

/// What a service knows of its locations that decides who sees them.
pub trait Houses: Domain {
    /// Whether it is told to nobody but those who work there where a location is, and who is in.
    fn is_confidential(state: &Self::State, location: &LocationId) -> bool;
}

/// The locations somebody may reach.
pub struct Reach<D: Domain> {
    locations: Locations,
    view: Arc<View<D::State>>,
}

impl<D: Houses> Reach<D> {
    fn of(locations: &Locations, log: &EventLog<D>) -> Self {
        Self { locations: locations.clone(), view: log.view() }
    }

    /// Whether a location is among them.
    pub fn has(&self, location: &LocationId) -> bool {
        self.locations.has(location.as_str(), || D::is_confidential(&self.view.state, location))
    }

    fn check(&self, location: &LocationId) -> Result<(), Status> {
        if self.has(location) { Ok(()) } else { Err(not_yours()) }
    }
}

/// Refuses a change at a location that is not theirs. Who has only some locations changes nothing that is at none.
fn check_is_theirs<D: Houses, T: Commanding>(log: &EventLog<D>, caller: &Caller, request: &T) -> Result<(), Status> {
    if caller.locations == Locations::All {
        return Ok(());
    }
    let location = request.location_id().and_then(|raw| LocationId::parse(raw).ok());
    location.map_or_else(|| Err(not_yours()), |location| Reach::of(&caller.locations, log).check(&location))
}

/// The locations that whoever asks may look at, by the method they ask; none where nobody does.
pub fn reach<D: Houses>(log: &EventLog<D>) -> Reach<D> {
    let locations = reader::caller().map_or_else(|| Locations::These(Arc::default()), |caller| caller.locations);
    Reach { locations, view: log.view() }
}

/// Refuses a look at a location that is not theirs.
pub fn check_sees<D: Houses>(log: &EventLog<D>, location: &LocationId) -> Result<(), Status> {
    reach(log).check(location)
}

/// A request about something that is at a location, which the request itself does not say: whoever may do it there may
/// do it.
pub fn at<D: Houses, T>(
    log: &EventLog<D>,
    mut request: Request<T>,
    location: &LocationId,
) -> Result<Request<T>, Status> {
    let caller = caller(&request)?;
    Reach::of(&caller.locations, log).check(location)?;
    let caller = Caller { locations: Locations::All, ..caller.clone() };
    request.extensions_mut().insert(caller);
    Ok(request)
}

/// What the log must know of a call that changes something.
pub fn meta<T>(request: &Request<T>, command_id: &str) -> Result<Meta, Status> {
    let actor = &caller(request)?.actor;
    let command_id = Uuid::try_parse(command_id).ok().filter(|id| !id.is_nil());
    let command_id =
        command_id.ok_or_else(|| invalid(&Invalid::new("command_id", "moet een UUID zijn die u zelf maakt")))?;
    Ok(Meta {
        command_id: Some(command_id),
        actor: actor.to_string(),
        traceparent: crate::telemetry::traceparent(request.metadata()),
    })
}

/// Executes the command of a request, or says which of its fields is wrong.
pub async fn execute<D, T>(
    log: &EventLog<D>,
    request: Request<T>,
    parse: impl FnOnce(T) -> Result<D::Command, Invalid>,
) -> Result<D::Answer, Status>
where
    D: Houses,
    D::Refusal: Refusal,
    T: Commanding,
{
    let (meta, command) = understood(log, request, parse)?;
    let done = log.execute(meta, command).await;
    if let Err(ExecuteError::Refused(refusal)) = &done {
        told(log, refusal).await;
    }
    done.map_err(|error| failed(&error))
}

/// A refusal that tells something of a client was a look at them, and is logged as one.
pub async fn told<D: Domain>(log: &EventLog<D>, refusal: &impl Refusal) {
    if let Some(id) = refusal.tells_of().and_then(|id| Uuid::try_parse(id.as_str()).ok()) {
        reader::looked_at(log, &[id], true).await;
    }
}

/// The command of a request and who asks, or which of its fields is wrong.
pub fn understood<D: Houses, T: Commanding, C>(
    log: &EventLog<D>,
    request: Request<T>,
    parse: impl FnOnce(T) -> Result<C, Invalid>,
) -> Result<(Meta, C), Status> {
    check_is_theirs(log, caller(&request)?, request.get_ref())?;
    let meta = meta(&request, request.get_ref().command_id())?;
    let command = parse(request.into_inner()).map_err(|wrong| invalid(&wrong))?;
    Ok((meta, command))
}

/// Executes what follows from a command, once for each; that it could not be done is logged.
pub async fn follow<D: Domain>(log: &EventLog<D>, meta: Meta, what: &str, command: D::Command) {
    let command_id = meta.command_id.map(|id| Uuid::new_v5(&id, what.as_bytes()));
    if let Err(error) = log.execute(Meta { command_id, ..meta }, command).await {
        tracing::warn!(error = %crate::Chain(&error), what, "What follows from a command could not be recorded");
    }
}

/// What the ids in an answer stand for. Who was erased is not in it.
#[derive(Debug, Clone, Default)]
pub struct Names(HashMap<Uuid, Arc<str>>);

impl Names {
    /// A text of a person as who may see it reads it; empty when it was erased.
    pub fn read(&self, sealed: &Sealed) -> String {
        let kept = sealed.id().and_then(|id| self.0.get(&id)).map(ToString::to_string);
        kept.or_else(|| sealed.plain().map(ToOwned::to_owned)).unwrap_or_default()
    }

    /// The same for one that may be absent.
    pub fn maybe(&self, sealed: Option<&Sealed>) -> String {
        sealed.map(|sealed| self.read(sealed)).unwrap_or_default()
    }
}

/// Looks up what the ids in an answer stand for; that it was looked at is logged.
pub async fn names<D: Domain>(log: &EventLog<D>, ids: Vec<Uuid>) -> Result<Names, Status> {
    let found = log.reveal(&ids).await;
    reader::looked_at(log, &ids, found.is_ok()).await;
    let found = found.map_err(|error| {
        tracing::warn!(error = %crate::Chain(&error), "The look-up table cannot be read");
        with_reason(Code::Unavailable, "LOG_UNAVAILABLE", "De opslag is even niet te lezen. Probeer het opnieuw.")
    })?;
    Ok(Names(found))
}

/// How many answers a page holds: as asked, or the most there can be.
pub fn page(size: u32) -> Result<usize, Status> {
    match usize::try_from(size) {
        Ok(0) => Ok(PAGE),
        Ok(size) if size <= PAGE => Ok(size),
        _ => Err(invalid(&Invalid::new("page_size", "mag hoogstens 1000 zijn"))),
    }
}

/// How many there are, as an answer says it.
pub fn total(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A command gave an answer of another command: a mistake of ours.
pub fn no_such_answer() -> Status {
    with_reason(Code::Internal, "INTERNAL", "Er ging iets mis in deze dienst.")
}

/// A request that does not hold what it must: INVALID_ARGUMENT with the path of the field.
pub fn invalid(invalid: &Invalid) -> Status {
    let mut details = ErrorDetails::with_bad_request_violation(&invalid.field, &invalid.why);
    details.set_error_info("INVALID_FIELD", DOMAIN, [("field".to_owned(), invalid.field.clone())]);
    details.set_localized_message("nl", invalid.to_string());
    Status::with_error_details(Code::InvalidArgument, invalid.to_string(), details)
}

/// A refusal of the rules: its class decides the code, its reason is for machines, its text is for people.
pub fn refused(refusal: &impl Refusal) -> Status {
    let code = match refusal.class() {
        Class::NotFound => Code::NotFound,
        Class::AlreadyExists => Code::AlreadyExists,
        Class::Precondition => Code::FailedPrecondition,
    };
    with_reason(code, refusal.reason(), &refusal.to_string())
}

/// A status with a machine reason and a sentence.
pub fn with_reason(code: Code, reason: &str, sentence: &str) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason, DOMAIN, HashMap::new());
    details.set_localized_message("nl", sentence);
    if matches!(code, Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded) {
        details.set_retry_info(Some(RETRY_AFTER));
    }
    Status::with_error_details(code, sentence, details)
}

/// Why a command has no answer, as a status.
pub fn failed<R: Refusal>(error: &ExecuteError<R>) -> Status {
    match error {
        ExecuteError::Refused(refusal) => refused(refusal),
        ExecuteError::CommandIdReused => {
            with_reason(Code::AlreadyExists, "COMMAND_ID_REUSED", "Dit command_id is al voor iets anders gebruikt.")
        }
        ExecuteError::Busy => with_reason(Code::ResourceExhausted, "BUSY", "Het is te druk. Probeer het zo opnieuw."),
        ExecuteError::Full => with_reason(
            Code::ResourceExhausted,
            "DISK_FULL",
            "De opslag is vol; er is niets veranderd. De beheerder moet ruimte maken.",
        ),
        ExecuteError::Unavailable => with_reason(
            Code::Unavailable,
            "LOG_UNAVAILABLE",
            "De opslag is even niet bereikbaar; er is niets veranderd. Probeer het opnieuw.",
        ),
        ExecuteError::Unknown => with_reason(
            Code::DeadlineExceeded,
            "OUTCOME_UNKNOWN",
            "Het is niet zeker of dit gelukt is. Stuur hetzelfde command_id opnieuw: dat doet het hoogstens één keer.",
        ),
        ExecuteError::Stopped => {
            with_reason(Code::Unavailable, "STOPPING", "Deze dienst stopt net. Probeer het zo opnieuw.")
        }
        ExecuteError::Unencodable(_) => with_reason(Code::Internal, "INTERNAL", "Er ging iets mis in deze dienst."),
    }
}
