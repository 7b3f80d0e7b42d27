//! Whose token a question carries, whether the board is for them, and how much one of them may ask: a program that runs wild
//! must not take the board away from others. It must not know what is asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use identity::{Denied, Tokens, rights};
use jiff::Timestamp;
use service::clock;

use super::problem::ApiProblem;
use crate::Portaal;
use crate::suite::Who;

/// The call of regio whose rights are those of reading here.
const READS: &str = "/onderdak.regio.v1.RegioService/Watch";
/// Questions somebody may ask at once, and how many a second come back.
const BURST: f64 = 100.0;
const PER_SECOND: f64 = 20.0;
/// Streams somebody may follow at a time.
pub(super) const MOST_STREAMS: usize = 20;
/// Most callers that are remembered.
const MOST_CALLERS: usize = 10_000;

/// How much everybody asked.
#[derive(Debug, Default)]
pub(crate) struct Meters(Mutex<HashMap<String, Meter>>);

#[derive(Debug)]
struct Meter {
    left: f64,
    at: Instant,
    streams: usize,
}

/// Somebody who may ask.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// For the services.
    pub(super) who: Who,
    /// For the meters.
    pub(super) name: String,
    /// The end of their token.
    pub(super) until: Timestamp,
}

impl Meters {
    /// Counts a question; says how many seconds to wait where it is one too many.
    fn asks(&self, name: &str) -> Result<(), u64> {
        let now = clock::stopwatch();
        let mut meters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if meters.len() >= MOST_CALLERS {
            // Whoever has nothing open and asked nothing lately starts anew, which is the same.
            meters.retain(|_, meter| meter.streams > 0 || meter.at.elapsed().as_secs_f64() * PER_SECOND < BURST);
        }
        let meter = meters.entry(name.to_owned()).or_insert(Meter { left: BURST, at: now, streams: 0 });
        meter.left = (meter.left + meter.at.elapsed().as_secs_f64() * PER_SECOND).min(BURST);
        meter.at = now;
        if meter.left < 1.0 {
            return Err(1);
        }
        meter.left -= 1.0;
        Ok(())
    }

    /// Counts a stream for as long as what is given back lives; none where there are too many.
    pub(super) fn follows(portaal: &Arc<Portaal>, name: &str) -> Option<Following> {
        let mut meters = portaal.meters.0.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = meters.get_mut(name).filter(|meter| meter.streams < MOST_STREAMS)?;
        meter.streams += 1;
        Some(Following { portaal: Arc::clone(portaal), name: name.to_owned() })
    }
}

/// A stream that counts.
pub(super) struct Following {
    portaal: Arc<Portaal>,
    name: String,
}

impl Drop for Following {
    fn drop(&mut self) {
        let mut meters = self.portaal.meters.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(meter) = meters.get_mut(&self.name) {
            meter.streams = meter.streams.saturating_sub(1);
        }
    }
}

/// Lets in who has a token for it.
pub(super) async fn let_in(State(portaal): State<Arc<Portaal>>, mut request: Request, next: Next) -> Response {
    match known(&portaal, &request.headers().get(header::AUTHORIZATION).cloned()).await {
        Ok(caller) => {
            request.extensions_mut().insert(caller);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn known(portaal: &Portaal, header: &Option<header::HeaderValue>) -> Result<Caller, ApiProblem> {
    let token = header.as_ref().and_then(service::guard::bearer).ok_or(Denied::Missing)?;
    let caller = portaal.sign_in.verify(token, clock::now()).await?;
    let role = caller.actor.role;
    let is_for = rights::of_method(READS).is_some_and(|rights| rights::scope(rights, role).is_some());
    if !is_for {
        return Err(ApiProblem::role(role.word()));
    }
    let name = caller.actor.to_string();
    let wait = "Er kwamen heel veel vragen van u tegelijk; wacht even.";
    portaal.meters.asks(&name).map_err(|seconds| ApiProblem::too_much(wait, seconds))?;
    let who = Who { role, tokens: Tokens::fixed(token) };
    Ok(Caller { who, name, until: caller.until })
}
