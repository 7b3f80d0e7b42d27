//! Who asks, known to everything a call does, so that every look at what belongs to a person is logged once, in one
//! place: who, from where, at what, and whether it went well; the span of the call says by which question, the line when.
//! Ids of rows stand for people, so a line says nothing any more once they are erased. It must not log a value.

use std::net::IpAddr;

use eventlog::{Domain, EventLog};
use identity::Caller;
use tokio::task::futures::TaskLocalFuture;
use tracing::{Level, info};
use uuid::Uuid;

/// Where these lines can be found, and sent elsewhere.
pub const TARGET: &str = "toegang";
/// Most objects a line names; it always says how many there are.
const MOST_NAMED: usize = 20;

/// Who it is when nobody asked.
const SYSTEM: &str = "systeem";

tokio::task_local! {
    static ASKS: Asks;
}

/// What is known of who asks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asks {
    /// Who, with what they may reach.
    pub(crate) caller: Option<Caller>,
    /// From where.
    pub(crate) from: Option<IpAddr>,
}

/// Does something in which it is known who asks.
pub(crate) fn asking<F: Future>(asks: Asks, doing: F) -> TaskLocalFuture<Asks, F> {
    ASKS.scope(asks, doing)
}

/// Who asks, with what they may reach.
pub fn caller() -> Option<Caller> {
    asks().caller
}

fn asks() -> Asks {
    ASKS.try_with(Clone::clone).unwrap_or_default()
}

/// Who asks, as a line of the log may name them.
pub(crate) async fn who_asks<D: Domain>(log: &EventLog<D>) -> String {
    who(log, &asks()).await
}

/// Who asks, by the id that also stands beside their events.
async fn who<D: Domain>(log: &EventLog<D>, asks: &Asks) -> String {
    let Some(actor) = asks.caller.as_ref().map(|caller| &caller.actor) else { return SYSTEM.to_owned() };
    match log.known_as(actor.id.as_str()).await {
        Ok(id) => format!("{}:{id}", actor.role.name()),
        Err(error) => {
            tracing::warn!(error = %crate::Chain(&error), "It is not known by which row who asks is known");
            actor.role.name().to_owned()
        }
    }
}

/// Logs that somebody looked at what belongs to people, by the ids of its rows.
pub(crate) async fn looked_at<D: Domain>(log: &EventLog<D>, objects: &[Uuid], went_well: bool) {
    if objects.is_empty() || !tracing::enabled!(target: TARGET, Level::INFO) {
        return;
    }
    let asks = asks();
    let wie = who(log, &asks).await;
    let named: Vec<String> = objects.iter().take(MOST_NAMED).map(Uuid::to_string).collect();
    info!(
        target: TARGET,
        actie = "inzien",
        wie,
        vanaf = asks.from.map(tracing::field::display),
        objecten = named.join(" "),
        aantal = objects.len(),
        resultaat = if went_well { "gelukt" } else { "mislukt" },
        "Somebody looked at what belongs to a person"
    );
}
