//! What a gemeente decides: whether its winteropvang is open and for how many, and how many slots of Housing First it has.
//! It must not hold a rule: the services decide.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use model::kind::Kind;
use model::wire;
use proto::housing_first::v1::{ListAllocationsRequest, MoveSlotsRequest, SetAllocationRequest};
use proto::opvang::v1::{Counting, SurgeCount, SwitchSurgeRequest};
use service::client::command_id;

use crate::Portaal;
use crate::answer::{self, Problem, sentence};
use crate::form::Fields;
use crate::notice::Notice;
use crate::rights::Part;
use crate::suite::{Who, ask};
use crate::text::Texts;
use crate::view::{Frame, gemeente_name};
use crate::visit::Visit;

/// What stands before the id of a location in the name of its number.
const COUNT: &str = "plekken-";

#[derive(Template)]
#[template(path = "beheer/capaciteit.html")]
struct Capacity {
    frame: Frame,
    notice: Option<Notice>,
    winters: Vec<Winter>,
    slots: Vec<Slots>,
    /// Slots the region may use, and has given out.
    cap: u32,
    given: u32,
    /// Why the slots are not known.
    away: String,
    gemeenten: Vec<(String, String)>,
    again: Fields,
    move_command: String,
}

/// The winteropvang of a gemeente.
struct Winter {
    gemeente: String,
    name: String,
    is_open: bool,
    houses: Vec<WinterHouse>,
    command: String,
}

/// A location of it.
struct WinterHouse {
    /// The field of its number.
    field: String,
    name: String,
    is_open: bool,
    /// How many may come, where people are counted; otherwise it has places of its own.
    places: Option<String>,
}

/// The slots of a gemeente.
struct Slots {
    gemeente: String,
    name: String,
    slots: String,
    used: u32,
    free: u32,
    command: String,
}

/// The page.
pub(crate) async fn show(State(portaal): State<Arc<Portaal>>, visit: Visit) -> Result<Response, Problem> {
    page(&portaal, &visit, None, None).await
}

/// Does what somebody asks.
pub(crate) async fn change(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Capaciteit)?;
    let (notice, again) = Notice::of(done(&portaal, who, &fields, visit.t).await, fields)?;
    page(&portaal, &visit, Some(notice), again).await
}

async fn page(
    portaal: &Portaal,
    visit: &Visit,
    notice: Option<Notice>,
    again: Option<Fields>,
) -> Result<Response, Problem> {
    let who = visit.at(Part::Capaciteit)?;
    let (t, region) = (visit.t, &portaal.region);
    let winters = winters(portaal, who, t).await?;
    let client = portaal.suite.housing_first(who);
    // That Housing First does not answer must not close the winteropvang.
    let (told, away) = match ask!(client.list_allocations(ListAllocationsRequest {})) {
        Ok(answer) => (answer.into_inner(), String::new()),
        Err(status) => (Default::default(), sentence(&status)),
    };
    let again = again.unwrap_or_default();
    let slots = region.gemeenten.iter().map(|it| {
        let known = told.allocations.iter().find(|of| of.gemeente == it.code.as_str());
        Slots {
            gemeente: it.code.to_string(),
            name: it.name.clone(),
            slots: if again.is("wat", "zet") && again.is("gemeente", it.code.as_str()) {
                again.get("plekken").to_owned()
            } else {
                known.map(|of| of.slots.to_string()).unwrap_or_default()
            },
            used: known.map_or(0, |of| of.used),
            free: known.map_or(0, |of| of.free),
            command: command_id(),
        }
    });
    let page = Capacity {
        frame: Frame::new(visit, t.beheer.part_capacity),
        notice,
        winters,
        slots: slots.collect(),
        cap: told.region_cap,
        given: told.allocations.iter().map(|it| it.slots).sum(),
        away,
        gemeenten: region.gemeenten.iter().map(|it| (it.code.to_string(), it.name.clone())).collect(),
        again,
        move_command: command_id(),
    };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

async fn winters(portaal: &Portaal, who: &Who, t: &'static Texts) -> Result<Vec<Winter>, Problem> {
    let mut here: BTreeMap<String, Vec<WinterHouse>> = BTreeMap::new();
    for it in portaal.suite.opvang_locations(who).await?.into_iter().filter(|it| !it.retired) {
        let counts = it.counting() == Counting::Headcount;
        let Some(profile) = it.profile else { continue };
        if wire::kind_in(profile.kind()) == Some(Kind::Winteropvang) {
            // While it is closed nobody can come, and the number it had is not told.
            let places = it.figures.filter(|_| !it.surge_closed).map(|figures| figures.actual.to_string());
            here.entry(profile.gemeente).or_default().push(WinterHouse {
                places: counts.then(|| places.unwrap_or_default()),
                field: format!("{COUNT}{}", it.location_id),
                name: profile.name,
                is_open: !it.surge_closed,
            });
        }
    }
    let winter = |(gemeente, houses): (String, Vec<WinterHouse>)| Winter {
        name: gemeente_name(t, &portaal.region, &gemeente).to_owned(),
        gemeente,
        is_open: houses.iter().any(|house| house.is_open),
        houses,
        command: command_id(),
    };
    Ok(here.into_iter().map(winter).collect())
}

async fn done(portaal: &Portaal, who: &Who, fields: &Fields, t: &'static Texts) -> Result<String, Problem> {
    let (command_id, gemeente) = (fields.command_id(), fields.get("gemeente").to_owned());
    match fields.get("wat") {
        what @ ("open" | "dicht") => {
            let on = what == "open";
            let named = fields.names().filter(|name| fields.has(name)).filter_map(|name| name.strip_prefix(COUNT));
            let counts = named.map(|id| {
                let places = fields.number(&format!("{COUNT}{id}"), t.beheer.field_places)?.unwrap_or_default();
                Ok(SurgeCount { location_id: id.to_owned(), places })
            });
            let counts = if on { counts.collect::<Result<_, Problem>>()? } else { Vec::new() };
            let client = portaal.suite.opvang(who);
            let request = SwitchSurgeRequest { command_id, gemeente, on, counts };
            let answer = ask!(client.switch_surge(request))?.into_inner();
            Ok(match (on, answer.given_back) {
                (true, _) => t.beheer.did_open_winter.to_owned(),
                (false, 0) => t.beheer.did_close_winter.to_owned(),
                (false, people) => format!("{} {}: {people}.", t.beheer.did_close_winter, t.beheer.winter_given_back),
            })
        }
        "zet" => {
            let client = portaal.suite.housing_first(who);
            let slots = fields.number("plekken", t.beheer.field_places)?.unwrap_or_default();
            ask!(client.set_allocation(SetAllocationRequest { command_id, gemeente, slots }))?;
            Ok(t.beheer.did_allocate.to_owned())
        }
        "verplaats" => {
            let client = portaal.suite.housing_first(who);
            let text = |name: &str| fields.get(name).to_owned();
            let (from_gemeente, to_gemeente) = (text("van"), text("naar"));
            let slots = fields.number("plekken", t.beheer.field_places)?.unwrap_or_default();
            ask!(client.move_slots(MoveSlotsRequest { command_id, from_gemeente, to_gemeente, slots }))?;
            Ok(t.beheer.did_move_slots.to_owned())
        }
        _ => Err(Problem::NotFound),
    }
}
