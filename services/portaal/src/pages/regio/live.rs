//! The stream of the board: what changed since the picture a page shows, for as long as somebody looks. It must not keep
//! anything per page but where that page is.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use model::region::Region;
use tokio_util::sync::CancellationToken;

use super::{Filter, RowLine, is_listed, nights, slots, state, sums};
use crate::Portaal;
use crate::answer::Problem;
use crate::form::Fields;
use crate::picture::{Picture, Pictures};
use crate::rights::Area;
use crate::text::Texts;
use crate::view::{Line, row_id};
use crate::visit::Visit;

/// A page hears at least so often that there is somebody.
const ALIVE_EVERY: Duration = Duration::from_secs(10);
/// Every page that is open gets changes at most this often.
const REST: Duration = Duration::from_millis(100);

/// Where a page is in the stream: the run of this program, and the picture it shows.
fn place(raw: &str) -> Option<(u64, u64)> {
    let (epoch, sequence) = raw.split_once('-')?;
    Some((epoch.parse().ok()?, sequence.parse().ok()?))
}

/// Every change, for as long as somebody looks.
pub(crate) async fn live(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    visit.who(Area::Regio)?;
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let (epoch, sequence) = place(last.unwrap_or_else(|| fields.get("na"))).unwrap_or_default();
    let live = Live {
        portaal: Arc::clone(&portaal),
        pictures: portaal.pictures.clone(),
        filter: Filter::of(&fields, &portaal.region),
        t: visit.t,
        epoch,
        sequence,
        was_live: None,
    };
    let stream = futures::stream::unfold(live, Live::next);
    Ok(event_stream(while_signed_in(stream, visit.ends(), portaal.stop.clone())))
}

/// What goes on for as long as the token does that opened it. Then the page is told to ask again: with a session that goes
/// on, or not at all.
pub(crate) fn while_signed_in(
    stream: impl Stream<Item = Bytes> + Send + 'static,
    ends: tokio::time::Sleep,
    stop: CancellationToken,
) -> Body {
    let again = async move { (!stop.is_cancelled()).then_some(Bytes::from_static(b"event: verder\ndata: \n\n")) };
    let again = futures::stream::once(again).filter_map(std::future::ready);
    Body::from_stream(stream.take_until(ends).chain(again).map(Ok::<_, Infallible>))
}

/// An answer that goes on.
pub(crate) fn event_stream(body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-store"),
        ("x-accel-buffering", "no"),
    ];
    (headers, body).into_response()
}

/// What one page follows.
struct Live {
    portaal: Arc<Portaal>,
    pictures: Pictures,
    filter: Filter,
    t: &'static Texts,
    epoch: u64,
    sequence: u64,
    was_live: Option<bool>,
}

impl Live {
    /// The next thing to send; none once portaal stops. Who reads slowly skips what was in between.
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let picture = Arc::clone(&self.pictures.borrow_and_update());
            if picture.is_complete && self.epoch != picture.epoch {
                // Numbers of another run say nothing: the page has to be made anew.
                self.epoch = picture.epoch;
                self.sequence = picture.sequence;
                return Some((Bytes::from_static(b"event: opnieuw\ndata: \n\n"), self));
            }
            let is_news = picture.sequence > self.sequence || self.was_live != Some(picture.is_live);
            if picture.is_complete && is_news {
                let frame = self.frame(&picture);
                self.sequence = picture.sequence;
                self.was_live = Some(picture.is_live);
                return Some((frame, self));
            }
            tokio::select! {
                changed = tokio::time::timeout(ALIVE_EVERY, self.pictures.changed()) => match changed {
                    Ok(Ok(())) => tokio::time::sleep(REST).await,
                    Ok(Err(_)) => return None,
                    Err(_) => return Some((Bytes::from_static(b"event: hartslag\ndata: \n\n"), self)),
                },
                () = self.portaal.stop.cancelled() => return None,
            }
        }
    }

    /// What changed since the picture this page shows. Pages that show everything and missed nothing share it.
    fn frame(&self, picture: &Picture) -> Bytes {
        let made = || frame(self.t, &self.portaal.region, picture, &self.filter, self.sequence);
        if self.filter.is_all() && self.sequence == picture.previous {
            return picture.step[self.t.index].get_or_init(made).clone();
        }
        made()
    }
}

fn frame(t: &'static Texts, region: &Region, picture: &Picture, filter: &Filter, since: u64) -> Bytes {
    let now = service::clock::now();
    let (changed, gone) = picture.since(since);
    let mut html = String::from("<table><tbody>");
    for row in changed.filter(|row| is_listed(row) && filter.shows(row)) {
        render(&RowLine { t, line: Line::of(t, region, row, now) }, &mut html);
    }
    html.push_str("</tbody>");
    render(&sums(t, region, &picture.overview, filter, now), &mut html);
    html.push_str("</table>");
    render(
        &nights(t, region, picture.rows.values().map(AsRef::as_ref).filter(|row| filter.is_here(row)), now),
        &mut html,
    );
    let rows = picture.rows.values().map(AsRef::as_ref);
    render(&slots::of(t, region, rows, &picture.overview, filter), &mut html);
    render(&state(t, region, picture, now), &mut html);
    for id in gone.map(|(_, row)| row_id(row)) {
        html.push_str(&format!("<i data-weg=\"{id}\"></i>"));
    }
    let mut frame = format!("id: {}-{}\nevent: bord\n", picture.epoch, picture.sequence);
    for line in html.lines().map(str::trim).filter(|line| !line.is_empty()) {
        frame.push_str("data: ");
        frame.push_str(line);
        frame.push('\n');
    }
    frame.push('\n');
    frame.into()
}

/// Renders a part; that it cannot be is a mistake of ours, and leaves the page as it is.
fn render(part: &impl Template, into: &mut String) {
    if let Err(error) = part.render_into(into) {
        tracing::error!(%error, "A part of a page could not be made");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_goes_on_ends_with_the_session_and_says_that_one_may_ask_again() {
        let told = |stop: CancellationToken| {
            let changes = futures::stream::iter([Bytes::from_static(b"data: 1\n\n")]);
            let stream = changes.chain(futures::stream::pending());
            let body = while_signed_in(stream, tokio::time::sleep(Duration::from_secs(600)), stop);
            axum::body::to_bytes(body, 1_000)
        };
        let stop = CancellationToken::new();
        assert_eq!(told(stop.clone()).await.unwrap(), "data: 1\n\nevent: verder\ndata: \n\n");
        stop.cancel();
        assert_eq!(told(stop).await.unwrap(), "data: 1\n\n", "nobody is asked to come back to what stops");
    }
}
