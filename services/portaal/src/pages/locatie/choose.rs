//! Which location somebody works at. It asks the services and not the board: there, a confidential location is nothing but
//! a number. It must not list what somebody may not open.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use model::wire;
use proto::availability::v1::{self as availability, LocationProfile};

use crate::Portaal;
use crate::answer::{self, Problem};
use crate::rights::Area;

use crate::text::Texts;
use crate::view::{Frame, age_class, age_name, gemeente_name, kind_name};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "locaties.html")]
struct Locations {
    frame: Frame,
    groups: Vec<(String, Vec<Choice>)>,
}

/// A location one can open.
struct Choice {
    path: String,
    name: String,
    kind: &'static str,
    age: &'static str,
    age_class: &'static str,
    fictief: bool,
}

/// Every location there is to open.
pub(crate) async fn list(State(portaal): State<Arc<Portaal>>, visit: Visit) -> Result<Response, Problem> {
    let who = visit.who(Area::Locatie)?;
    let (t, region) = (visit.t, &portaal.region);
    let mut groups: BTreeMap<String, Vec<Choice>> = BTreeMap::new();
    let mut take = |service: &str, id: &str, profile: Option<LocationProfile>, of: availability::Age| {
        let Some((profile, choice)) = choice(t, service, id, profile, of) else { return };
        groups.entry(gemeente_name(t, region, &profile.gemeente).to_owned()).or_default().push(choice);
    };
    for it in portaal.suite.logeerplek_locations(who).await?.into_iter().filter(|it| !it.retired) {
        let of = it.age();
        take("logeerplek", &it.location_id, it.profile, of);
    }
    for it in portaal.suite.opvang_locations(who).await?.into_iter().filter(|it| !it.retired) {
        let of = it.age();
        take("opvang", &it.location_id, it.profile, of);
    }
    for choices in groups.values_mut() {
        choices.sort_by(|a, b| a.name.cmp(&b.name));
    }
    // Whoever works at one location is there.
    let mut all = groups.values().flatten();
    if let (Some(only), None) = (all.next(), all.next()) {
        return Ok(Redirect::to(&only.path).into_response());
    }
    let page = Locations { frame: Frame::new(&visit, t.locaties_title), groups: groups.into_iter().collect() };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

fn choice(
    t: &'static Texts,
    service: &str,
    id: &str,
    profile: Option<LocationProfile>,
    of: availability::Age,
) -> Option<(LocationProfile, Choice)> {
    let profile = profile?;
    let of = wire::age_in(of);
    let choice = Choice {
        path: format!("/locatie/{service}/{id}"),
        name: profile.name.clone(),
        kind: kind_name(wire::kind_in(profile.kind())),
        age: age_name(t, of),
        age_class: age_class(of),
        fictief: profile.fictief,
    };
    Some((profile, choice))
}
