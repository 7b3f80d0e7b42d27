//! How the outcome of a call looks to its caller: a code, a reason for machines, a sentence in Dutch, the field that
//! is wrong, and when to try again.

use eventlog::ExecuteError;
use identity::{Caller, Locations};
use model::refusal::{Class, Invalid, Refusal};
use service::call;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;
use uuid::Uuid;

use crate::log::TRACEPARENT;

/// One refusal of each class.
#[derive(Debug, thiserror::Error)]
enum No {
    #[error("Deze locatie kennen wij niet.")]
    Unknown,
    #[error("Deze plek is al één keer vergeven.")]
    Taken,
    #[error("Er is geen bed vrij.")]
    Full,
}

impl Refusal for No {
    fn class(&self) -> Class {
        match self {
            Self::Unknown => Class::NotFound,
            Self::Taken => Class::AlreadyExists,
            Self::Full => Class::Precondition,
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unknown => "NO_SUCH_LOCATION",
            Self::Taken => "TAKEN",
            Self::Full => "FULL",
        }
    }
}

/// Code, reason and whether a machine is told to try again; every status must also hold a sentence.
#[track_caller]
fn looks(status: &Status) -> (Code, String, bool) {
    let info = status.get_details_error_info().expect("a reason");
    assert_eq!(info.domain, "onderdak");
    let sentence = status.get_details_localized_message().expect("a sentence");
    assert_eq!((sentence.locale.as_str(), sentence.message.as_str()), ("nl", status.message()));
    assert!(sentence.message.len() > 10, "{sentence:?}");
    let retry = status.get_details_retry_info().and_then(|info| info.retry_delay);
    (status.code(), info.reason, retry.is_some_and(|delay| !delay.is_zero()))
}

fn failed(error: ExecuteError<No>) -> Status {
    call::failed(&error)
}

#[test]
fn a_refusal_of_the_rules_has_the_code_of_its_class_and_its_own_reason_and_sentence() {
    for (refusal, code) in
        [(No::Unknown, Code::NotFound), (No::Taken, Code::AlreadyExists), (No::Full, Code::FailedPrecondition)]
    {
        let (reason, sentence) = (refusal.reason().to_owned(), refusal.to_string());
        let status = call::refused(&refusal);
        assert_eq!(looks(&status), (code, reason.clone(), false));
        assert_eq!(status.message(), sentence);
        assert_eq!(looks(&failed(ExecuteError::Refused(refusal))), (code, reason, false));
    }
}

#[test]
fn what_changed_nothing_and_may_work_later_says_when_to_try_again() {
    let table = [
        (ExecuteError::Busy, Code::ResourceExhausted, "BUSY"),
        (ExecuteError::Full, Code::ResourceExhausted, "DISK_FULL"),
        (ExecuteError::Unavailable, Code::Unavailable, "LOG_UNAVAILABLE"),
        (ExecuteError::Stopped, Code::Unavailable, "STOPPING"),
    ];
    for (error, code, reason) in table {
        assert_eq!(looks(&failed(error)), (code, reason.to_owned(), true));
    }
}

#[test]
fn what_cannot_be_helped_by_trying_again_does_not_say_so() {
    let unencodable = serde_json::from_str::<u8>("x").expect_err("not JSON");
    let table = [
        (ExecuteError::CommandIdReused, Code::AlreadyExists, "COMMAND_ID_REUSED"),
        (ExecuteError::Unencodable(unencodable), Code::Internal, "INTERNAL"),
    ];
    for (error, code, reason) in table {
        assert_eq!(looks(&failed(error)), (code, reason.to_owned(), false));
    }
}

#[test]
fn an_outcome_that_is_unknown_may_be_asked_again_with_the_same_id() {
    let status = failed(ExecuteError::Unknown);
    assert!(status.message().contains("hetzelfde command_id"), "{}", status.message());
    assert_eq!(looks(&status), (Code::DeadlineExceeded, "OUTCOME_UNKNOWN".to_owned(), true));
}

#[test]
fn an_invalid_field_is_named_by_its_path() {
    let status = call::invalid(&Invalid::new("age", "moet 0 tot 120 zijn").inside("needs"));
    assert_eq!(looks(&status), (Code::InvalidArgument, "INVALID_FIELD".to_owned(), false));
    let request = status.get_details_bad_request().expect("the violations");
    let [violation] = request.field_violations.as_slice() else { panic!("{request:?}") };
    assert_eq!((violation.field.as_str(), violation.description.as_str()), ("needs.age", "moet 0 tot 120 zijn"));
    let info = status.get_details_error_info().expect("a reason");
    assert_eq!(info.metadata.get("field").map(String::as_str), Some("needs.age"));
}

fn request_of(actor: Option<&str>) -> Request<()> {
    let mut request = Request::new(());
    if let Some(actor) = actor {
        let (actor, until) = (actor.parse().expect("an actor"), jiff::Timestamp::MAX);
        request.extensions_mut().insert(Caller { actor, subject: "iemand".into(), locations: Locations::All, until });
    }
    request
}

#[test]
fn what_the_log_must_know_of_a_call_is_taken_from_it() {
    let mut request = request_of(Some("medewerker:m-1"));
    request.metadata_mut().insert(call::TRACEPARENT, TRACEPARENT.parse().expect("metadata"));
    let id = Uuid::now_v7();
    let meta = call::meta(&request, &id.to_string()).expect("a good call");
    assert_eq!((meta.command_id, meta.actor.as_str()), (Some(id), "medewerker:m-1"));
    assert_eq!(meta.traceparent.as_deref(), Some(TRACEPARENT));
}

#[test]
fn a_command_id_that_is_not_a_uuid_is_an_invalid_field() {
    for id in ["", "17", "00000000-0000-0000-0000-000000000000", "0198b2b4-0f5e-7c1a-8f39-0d6a2f1c9e1"] {
        let status = call::meta(&request_of(Some("medewerker:m-1")), id).expect_err(id);
        let request = status.get_details_bad_request().expect("the violations");
        assert_eq!((status.code(), request.field_violations[0].field.as_str()), (Code::InvalidArgument, "command_id"));
    }
}

#[test]
fn a_change_without_an_actor_is_unauthenticated() {
    let status = call::meta(&request_of(None), &Uuid::now_v7().to_string()).expect_err("nobody");
    assert_eq!((status.code(), looks(&status).1.as_str()), (Code::Unauthenticated, "UNAUTHENTICATED"));
}
