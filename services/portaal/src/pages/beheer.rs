//! Setting up: locations and their places, what a gemeente decides, the roster, and who did what. Every form is one command
//! with its own id. It must not hold a rule: the services decide, and say why not.
//!
//! - [`location`] is the locations, [`place`] one place of them, [`profile`] what both forms hold;
//! - [`capacity`] is the winteropvang and the slots of Housing First;
//! - [`roster`] is the week of the avond- en nachtdienst;
//! - [`log`] is who did what.

pub(crate) mod capacity;
pub(crate) mod location;
pub(crate) mod log;
pub(crate) mod place;
mod profile;
pub(crate) mod roster;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::Portaal;
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::rights::{Area, Part};
use crate::text::Texts;
use crate::view::Frame;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "beheer.html")]
struct Overview {
    frame: Frame,
    parts: Vec<(&'static str, &'static str, &'static str)>,
    /// Where the people of the demonstration are; none with any other provider.
    people: Option<String>,
    issuer: String,
}

/// What there is to set up, for whoever it is.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let who = visit.who(Area::Beheer)?;
    let t = visit.t;
    let words = |part: Part| match part {
        Part::Locaties => (part.path(), t.beheer.part_locations, t.beheer.part_locations_what),
        Part::Capaciteit => (part.path(), t.beheer.part_capacity, t.beheer.part_capacity_what),
        Part::Rooster => (part.path(), t.beheer.part_roster, t.beheer.part_roster_what),
        Part::Logboek => (part.path(), t.beheer.part_log, t.beheer.part_log_what),
    };
    let page = Overview {
        frame: Frame::new(&visit, t.area_beheer),
        parts: Part::ALL.into_iter().filter(|part| part.is_for(who.role)).map(words).collect(),
        people: portaal.sign_in.people(&headers).await,
        issuer: portaal.sign_in.issuer().to_owned(),
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

/// Refuses to write over what somebody else changed since the form was made: sent along with a form is a fingerprint of what
/// was seen then.
fn check_is_as_seen(fields: &Fields, now: &str, t: &Texts) -> Result<(), Problem> {
    if fields.get("gezien") == now {
        Ok(())
    } else {
        Err(Problem::Form { sentence: t.beheer.changed_meanwhile.to_owned() })
    }
}

/// What is not right about a field of a form.
fn wrong(label: &str, why: &str) -> Problem {
    Problem::Form { sentence: format!("{label}: {why}") }
}

/// The day in a field.
fn day(fields: &Fields, name: &str, label: &str, t: &Texts) -> Result<jiff::civil::Date, Problem> {
    fields.get(name).parse().map_err(|_| wrong(label, t.beheer.wrong_day))
}
