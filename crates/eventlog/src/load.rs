//! Folding stored events into a state, at the start and while following other replicas. An event that cannot be
//! read, or a position that is missing, is an error that stops the service.

use jiff::Timestamp;
use serde::Serialize;

use crate::View;
use crate::domain::Domain;
use crate::error::LogError;
use crate::store::{Events, Head, Store, StoredEvent, position};

/// Events read at a time. They come as one value, and the databases allow no value over a gigabyte: an event is never
/// larger than the request it came from, which is at most one mebibyte.
pub(crate) const CHUNK: u32 = 500;

/// Folds the whole log. The next chunk is read while the present one is folded.
pub(crate) async fn from_the_start<D: Domain>(store: &Store) -> Result<View<D::State>, LogError> {
    let Head { position: to, reports } = store.head().await?;
    let mut fold = (D::State::default(), 0);
    let mut events = store.events(0, most(0, to)).await?;
    while !events.is_empty() {
        // Positions have no holes, so this is where the chunk ends; the fold checks it.
        let last = fold.1 + u64::from(most(fold.1, to));
        let (mut state, at) = fold;
        let folding = tokio::task::spawn_blocking(move || {
            let at = apply::<D>(&mut state, at, &events)?;
            Ok::<_, LogError>((state, at))
        });
        let (next, folded) = tokio::join!(store.events(last, most(last, to)), folding);
        fold = folded.map_err(|_| LogError::Interrupted)??;
        events = next?;
    }
    let (state, at) = fold;
    if at < to {
        return Err(LogError::Hole { expected: at + 1, found: to });
    }
    Ok(View { state, position: at, reports })
}

/// How many events to read at once: never beyond the head, whose reports would not be counted.
pub(crate) fn most(after: u64, to: u64) -> u32 {
    u32::try_from(to.saturating_sub(after)).unwrap_or(CHUNK).min(CHUNK)
}

/// Applies events that must follow on a position; gives the position reached.
pub(crate) fn apply<D: Domain>(state: &mut D::State, after: u64, events: &Events) -> Result<u64, LogError> {
    let mut reached = after;
    for event in events.iter() {
        let event = event.map_err(|text| undecodable(reached + 1, text, serde::de::Error::custom("it is damaged")))?;
        let found = position(event.position);
        if found != reached + 1 {
            return Err(LogError::Hole { expected: reached + 1, found });
        }
        D::evolve(state, &decode::<D>(event)?, instant(event.at));
        reached = found;
    }
    Ok(reached)
}

/// An event as it is stored: the name of its variant, and the rest of it.
pub(crate) fn encode<E: Serialize>(event: &E) -> Result<(String, String), serde_json::Error> {
    let json = serde_json::to_string(event)?;
    // An enum of struct variants is written as {"name":{…}}; the name has no characters that JSON escapes.
    let parts =
        json.strip_prefix("{\"").and_then(|rest| rest.strip_suffix('}')).and_then(|rest| rest.split_once("\":"));
    match parts {
        Some((kind, data)) => Ok((kind.to_owned(), data.to_owned())),
        None => Err(serde::ser::Error::custom("an event must be an enum variant with fields")),
    }
}

fn decode<D: Domain>(event: StoredEvent<'_>) -> Result<D::Event, LogError> {
    serde_json::from_str(event.json).map_err(|source| undecodable(position(event.position), event.json, source))
}

/// Names the type of an event that cannot be read.
fn undecodable(position: u64, text: &str, source: serde_json::Error) -> LogError {
    let kind = text.split_once("{\"").and_then(|(_, rest)| rest.split_once("\":")).map_or(text, |(kind, _)| kind);
    LogError::Undecodable { position, kind: kind.chars().take(100).collect(), source }
}

/// A stored instant. Only instants that exist are ever stored.
pub(crate) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}
