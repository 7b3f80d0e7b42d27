//! The first page: what the region offers, for everybody. Nobody signs in for it, so a small number is not shown: it could
//! be somebody. It must not name a location of which only counts may leave its service.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::answer::{self, Problem};
use crate::picture::Overview;
use crate::rights::Area;
use crate::text::{Texts, kinds};
use crate::view::{Frame, kind_name};
use crate::visit::Visit;
use crate::{Portaal, assets};

/// A number below this is not shown.
const SMALLEST: u32 = 5;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    frame: Frame,
    region: &'a str,
    kinds: Vec<Offer>,
    is_known: bool,
    first: Option<&'static str>,
}

/// What there is of one kind.
struct Offer {
    kind: &'static str,
    what: &'static str,
    locations: String,
    places: String,
}

/// The page.
pub(crate) async fn show(State(portaal): State<Arc<Portaal>>, visit: Visit) -> Result<Response, Problem> {
    let picture = Arc::clone(&portaal.pictures.borrow());
    let role = visit.session.as_ref().map(|session| session.actor.role);
    let home = Home {
        frame: Frame { style: Some(assets::CSS), ..Frame::new(&visit, visit.t.home_title) },
        region: &portaal.region.name,
        kinds: offers(&picture.overview, visit.t),
        is_known: picture.is_complete,
        first: role.and_then(Area::first).map(Area::path),
    };
    answer::page(StatusCode::OK, &home, &visit.nonce)
}

/// Whether pages can be made; without a board of regio they would be empty.
pub(crate) async fn health(State(portaal): State<Arc<Portaal>>) -> Response {
    let picture = Arc::clone(&portaal.pictures.borrow());
    if picture.is_complete && picture.is_live {
        "ok".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "regio").into_response()
    }
}

fn offers(overview: &Overview, t: &'static Texts) -> Vec<Offer> {
    let totals = overview.totals.iter().filter_map(|row| Some((model::wire::kind_in(row.kind())?, row)));
    let shown = totals.filter(|(kind, row)| kind.adds_up() && row.locations > 0);
    shown
        .map(|(kind, row)| Offer {
            kind: kind_name(Some(kind)),
            what: kinds::what(t, kind),
            // Where a house of this kind is, or how many there are, is nobody's business.
            locations: if kind.is_confidential() { t.not_told.to_owned() } else { row.locations.to_string() },
            // Where it is not known of every house, the number would be too small.
            places: match row.actual {
                _ if row.unknown > 0 => t.not_known.to_owned(),
                0 => t.none_now.to_owned(),
                few if few < SMALLEST => t.few.to_owned(),
                many => many.to_string(),
            },
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::kind::Kind;
    use proto::regio::v1::OverviewRow;

    use super::*;
    use crate::text::NL;

    fn places(actual: u32, unknown: u32) -> String {
        let kind = model::wire::kind_out(Kind::Woonstart).into();
        let row = OverviewRow { kind, locations: 2, actual, unknown, ..OverviewRow::default() };
        offers(&Overview { totals: vec![row], ..Overview::default() }, &NL).pop().expect("a kind").places
    }

    #[test]
    fn what_is_not_known_is_never_none_and_a_small_number_is_not_shown() {
        assert_eq!(places(0, 0), NL.none_now);
        assert_eq!(places(0, 2), NL.not_known);
        assert_eq!(places(20, 1), NL.not_known);
        assert_eq!(places(4, 0), NL.few);
        assert_eq!(places(5, 0), "5");
    }
}
