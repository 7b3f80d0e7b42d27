//! Says that a location is otherwise than it was, for as long as somebody looks at its page; the page then asks for itself.
//! It must not tell what changed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::response::Response;
use bytes::Bytes;
use model::kind::Owner;
use proto::opvang::v1::GetLocationRequest;

use super::owner;
use crate::Portaal;
use crate::answer::Problem;
use crate::pages::regio::{event_stream, while_signed_in};
use crate::picture::{Pictures, Place};
use crate::rights::Area;
use crate::suite::{Who, ask};
use crate::visit::Visit;

/// A page hears at least so often that there is somebody.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

/// Says so whenever this location is otherwise than it was, for as long as somebody looks; the page then asks for itself.
pub(crate) async fn live(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let who = visit.who(Area::Locatie)?;
    let owner = owner(&service)?;
    let is_there = portaal.pictures.borrow().rows.keys().any(|place| place.1 == id && place.2 == service);
    let id = if is_there { id } else { on_board(&portaal, who, owner, id).await? };
    let watching = Watching {
        portaal: Arc::clone(&portaal),
        pictures: portaal.pictures.clone(),
        service,
        id,
        place: None,
        shown: None,
        live: true,
    };
    let stream = futures::stream::unfold(watching, Watching::next);
    Ok(event_stream(while_signed_in(stream, visit.ends(), portaal.stop.clone())))
}

/// How a location is called on the board: a confidential one by an id that says nothing, which only those know who see it.
async fn on_board(portaal: &Portaal, who: &Who, owner: Owner, id: String) -> Result<String, Problem> {
    if owner == Owner::Logeerplek {
        return Ok(id);
    }
    let client = portaal.suite.opvang(who);
    let request = GetLocationRequest { location_id: id.clone() };
    let board_id = ask!(client.get_location(request))?.into_inner().location.unwrap_or_default().board_id;
    Ok(if board_id.is_empty() { id } else { board_id })
}

/// What one page waits for.
struct Watching {
    portaal: Arc<Portaal>,
    pictures: Pictures,
    service: String,
    id: String,
    /// Where it stands on the board, once it does.
    place: Option<Place>,
    /// In which picture the location changed last, as far as this page was told.
    shown: Option<Option<u64>>,
    live: bool,
}

impl Watching {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let picture = Arc::clone(&self.pictures.borrow_and_update());
            let is_it = |place: &&Place| place.1 == self.id && place.2 == self.service;
            if self.place.is_none() {
                self.place = picture.rows.keys().find(is_it).cloned();
            }
            let now = self.place.as_ref().and_then(|place| picture.rows.get(place)).map(|row| row.sequence);
            if picture.is_live != self.live {
                self.live = picture.is_live;
                let said: &[u8] = if self.live { b"event: weer\ndata: \n\n" } else { b"event: weg\ndata: \n\n" };
                return Some((Bytes::copy_from_slice(said), self));
            }
            let is_news = self.shown != Some(now);
            self.shown = Some(now);
            if is_news {
                return Some((Bytes::from_static(b"event: veranderd\ndata: \n\n"), self));
            }
            tokio::select! {
                changed = tokio::time::timeout(ALIVE_EVERY, self.pictures.changed()) => match changed {
                    Ok(Ok(())) => {}
                    Ok(Err(_)) => return None,
                    Err(_) => return Some((Bytes::from_static(b"event: hartslag\ndata: \n\n"), self)),
                },
                () = self.portaal.stop.cancelled() => return None,
            }
        }
    }
}
