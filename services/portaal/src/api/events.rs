//! Every change of the board, as it comes, for programs: first the whole board, then what changes; whoever was away goes on
//! where they were. A change is written out once, for everybody who follows. It must not keep anything per program but where
//! that is.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use bytes::{BufMut as _, Bytes, BytesMut};
use futures::StreamExt as _;
use service::clock;

use super::board::picture;
use super::caller::{Caller, Following, MOST_STREAMS, Meters};
use super::problem::{ApiProblem, Problems};
use super::shapes::{Filter, Filters, Locatie, knows};
use crate::Portaal;
use crate::form::Fields;
use crate::pages::regio::event_stream;
use crate::picture::{Picture, Pictures, Row};
use crate::visit::left;

/// A program hears at least so often that there is somebody.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// Elke verandering op het bord, als server-sent events.
///
/// Eerst komt het hele bord: een `locatie` voor elke locatie en dan `compleet`. Daarna elke verandering: `locatie` met de
/// locatie zoals zij nu is, of `gesloten` met haar dienst en code. `opnieuw` zegt dat alles van voren af komt. Ga na een
/// onderbreking verder met `Last-Event-ID`. Wie te langzaam leest, slaat over wat er tussen zat, nooit het nieuwste. Elke
/// 15 seconden komt er een teken van leven. De stroom eindigt als uw token eindigt: ga met een nieuw token verder.
/// `verouderd` zegt dat regio niet antwoordt, `live` dat zij er weer is.
#[utoipa::path(
    get,
    path = "/events",
    operation_id = "events",
    tag = "bord",
    params(
        Filters,
        ("Last-Event-ID" = Option<String>, Header, description = "De `id` van het laatste dat u hoorde."),
    ),
    responses(
        (status = 200, description = "De stroom.", body = String, content_type = "text/event-stream"),
        Problems,
    )
)]
pub(super) async fn stream(
    State(portaal): State<Arc<Portaal>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiProblem> {
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    knows(&query, &["soort", "gemeente"])?;
    let filter = Filter::of(&query)?;
    picture(&portaal)?;
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(place);
    let too_many = || ApiProblem::too_much(&format!("U volgt er al {MOST_STREAMS}; sluit er eerst een."), 30);
    let following = Meters::follows(&portaal, &caller.name).ok_or_else(too_many)?;
    let pictures = portaal.pictures.clone();
    let stop = portaal.stop.clone();
    let follower = Follower { pictures, filter, at: last, is_live: true, stop, _following: following };
    let ends = left(caller.until, clock::now());
    let stream = futures::stream::unfold(follower, Follower::next).take_until(ends).map(Ok::<_, Infallible>);
    Ok(event_stream(Body::from_stream(stream)))
}

/// Where somebody is: the run of this program, and the picture they have.
fn place(raw: &str) -> Option<(u64, u64)> {
    let (epoch, sequence) = raw.split_once('-')?;
    Some((epoch.parse().ok()?, sequence.parse().ok()?))
}

/// What one program follows.
struct Follower {
    pictures: Pictures,
    filter: Filter,
    /// The picture they have; none: nothing yet.
    at: Option<(u64, u64)>,
    is_live: bool,
    stop: tokio_util::sync::CancellationToken,
    _following: Following,
}

impl Follower {
    /// The next thing to send; none once portaal stops.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let picture = Arc::clone(&self.pictures.borrow_and_update());
            let told = self.tell(&picture);
            if !told.is_empty() {
                return Some((told, self));
            }
            tokio::select! {
                changed = self.pictures.changed() => changed.ok()?,
                () = tokio::time::sleep(ALIVE_EVERY) => return Some((Bytes::from_static(b": hartslag\n\n"), self)),
                () = self.stop.cancelled() => return None,
            }
        }
    }

    /// What they do not know yet.
    fn tell(&mut self, picture: &Picture) -> Bytes {
        let mut frame = BytesMut::new();
        // Whoever was away for so long that it is not known any more which locations closed meanwhile begins anew.
        let known = self.at.filter(|(epoch, sequence)| *epoch == picture.epoch && picture.remembers(*sequence));
        match known {
            Some((_, sequence)) => {
                // In the order in which it happened: whoever breaks off goes on after the last they got.
                let (rows, gone) = picture.since(sequence);
                let rows = rows.map(|row| (row.sequence, event_of(row), row));
                let gone = gone.map(|(sequence, row)| (*sequence, closed(row), row));
                let mut all: Vec<_> = rows.chain(gone).filter(|(.., row)| self.filter.shows(row)).collect();
                all.sort_unstable_by_key(|(sequence, ..)| *sequence);
                for (sequence, event, _) in all {
                    frame.put(format!("id: {}-{sequence}\n", picture.epoch).as_bytes());
                    frame.put(event);
                }
            }
            None => {
                if self.at.is_some() {
                    put(&mut frame, "opnieuw", "{}");
                }
                let rows: Vec<&Arc<Row>> = picture.rows.values().filter(|row| self.filter.shows(row)).collect();
                rows.iter().for_each(|row| frame.put(event_of(row)));
                frame.put(format!("id: {}-{}\n", picture.epoch, picture.sequence).as_bytes());
                put(&mut frame, "compleet", &format!("{{\"locaties\":{}}}", rows.len()));
            }
        }
        if self.is_live != picture.is_live {
            self.is_live = picture.is_live;
            put(&mut frame, if self.is_live { "live" } else { "verouderd" }, "{}");
        }
        self.at = Some((picture.epoch, picture.sequence));
        frame.freeze()
    }
}

/// A row as an event; written out once, for everybody.
fn event_of(row: &Row) -> Bytes {
    let written = row.event.get_or_init(|| {
        let mut event = BytesMut::new();
        // A location is text and numbers only.
        put(&mut event, "locatie", &serde_json::to_string(&Locatie::of(row)).unwrap_or_default());
        event.freeze()
    });
    written.clone()
}

/// That a location closed.
fn closed(row: &Row) -> Bytes {
    let mut event = BytesMut::new();
    let what = serde_json::json!({ "dienst": row.service, "id": row.report.location_id });
    put(&mut event, "gesloten", &what.to_string());
    event.freeze()
}

fn put(frame: &mut BytesMut, event: &str, data: &str) {
    frame.put(format!("event: {event}\ndata: {data}\n\n").as_bytes());
}
