//! The places of one location, for whoever works there, on a phone. One tap is one command with its own id, so a tap that
//! is sent twice has one effect. It must not decide what a place may do: the services do, and say why not.

mod choose;
mod live;
mod tap;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use model::freshness::Age;
use model::kind::Owner;
use model::wire;
use proto::availability::v1::{self as availability, Figures, LocationProfile, Place, PlaceStatus};
use proto::logeerplek::v1::{self as logeerplek, Claim, ClaimStatus};
use proto::opvang::v1 as opvang;
use service::client::command_id;

use crate::Portaal;
use crate::answer::{self, Problem, sentence};
use crate::form::Fields;
use crate::rights::Area;
use crate::suite::{Who, ask};
use crate::text::Texts;
use crate::view::{Frame, age_class, age_name, clock, counted, gemeente_name, kind_name, moment};
use crate::visit::Visit;

pub(crate) use self::choose::list;
pub(crate) use self::live::live;
use self::tap::Tap;

/// Says to the service worker that a device may keep this page.
const MAY_KEEP: &str = "x-onderdak-bewaar";

#[derive(Template)]
#[template(path = "locatie.html")]
struct Location {
    frame: Frame,
    path: String,
    name: String,
    kind: &'static str,
    gemeente: String,
    fictief: bool,
    age: &'static str,
    age_class: &'static str,
    confirmed: String,
    is_closed: bool,
    notice: Option<Notice>,
    /// Since when the stand and the place that was tapped were as they were just before: what was tapped after it on this
    /// device follows on that.
    before: (String, String),
    claims: Vec<ClaimCard>,
    places: Vec<PlaceCard>,
    count: Option<CountCard>,
    waiting: Vec<WaitingCard>,
    plans: Vec<(String, String)>,
    /// The kinds of place one can wait for.
    pools: Vec<String>,
    is_logeerplek: bool,
    join: String,
    confirm: String,
    /// Since when the stand is like this, for what is sent later.
    seen: String,
    /// Whether a device may keep this page and what waits for a connection.
    may_keep: bool,
    outcomes: [(&'static str, &'static str); 7],
    refusals: [(&'static str, &'static str); 6],
}

/// What came of the last tap, and how to take it back.
struct Notice {
    is_good: bool,
    sentence: String,
    undo: Option<Undo>,
}

/// The command that takes a tap back.
struct Undo {
    place: String,
    /// What people call the place.
    label: String,
    /// How it was after the tap: somebody else's change since is not taken back.
    seen: String,
    what: &'static str,
    reason: String,
    command: String,
}

/// A claim on a place of this location.
struct ClaimCard {
    id: String,
    place: String,
    client: String,
    until: String,
    is_pending: bool,
    commands: [String; 3],
}

/// A place, and what can be done with it.
struct PlaceCard {
    id: String,
    label: String,
    pools: String,
    state: &'static str,
    state_class: &'static str,
    /// Since when, for what is sent later.
    seen: String,
    until: String,
    reason: String,
    /// The claim, stay or reservation that has it.
    user: String,
    is_free: bool,
    is_held: bool,
    is_occupied: bool,
    is_out: bool,
    /// A logeerplek: what is held or occupied is a claim.
    is_claimed: bool,
    commands: [String; 2],
}

/// People, where people are counted.
struct CountCard {
    present: String,
    figures: Option<Figures>,
    commands: [String; 3],
}

/// Somebody on a waiting list.
struct WaitingCard {
    id: String,
    turn: u32,
    pool: String,
    client: String,
    /// The place that is offered; empty: none.
    offered: String,
    until: String,
    commands: [String; 3],
}

/// A location as either service tells it.
pub(crate) struct Told {
    pub(crate) profile: LocationProfile,
    pub(crate) places: Vec<Place>,
    /// The figures, where people are counted; of those there may be none yet.
    pub(crate) counted: Option<Option<Figures>>,
    confirmed_at: Option<pbjson_types::Timestamp>,
    age: Age,
    is_closed: bool,
    /// Closed for good.
    pub(crate) retired: bool,
    /// Longest stay in days; 0: no limit.
    pub(crate) max_stay_days: u32,
    claims: Vec<Claim>,
    waiting: Vec<opvang::Waiting>,
    pub(crate) plans: Vec<opvang::Plan>,
}

/// One location.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    page(&portaal, &visit, owner(&service)?, &id, None, Default::default()).await
}

pub(crate) fn owner(service: &str) -> Result<Owner, Problem> {
    match service {
        "opvang" => Ok(Owner::Opvang),
        "logeerplek" => Ok(Owner::Logeerplek),
        _ => Err(Problem::NotFound),
    }
}

async fn page(
    portaal: &Portaal,
    visit: &Visit,
    owner: Owner,
    id: &str,
    notice: Option<Notice>,
    before: (String, String),
) -> Result<Response, Problem> {
    let who = visit.who(Area::Locatie)?;
    let told = Told::read(portaal, who, owner, id).await?;
    let notice = notice.map(|it| Notice { undo: it.undo.and_then(|undo| told.after(undo)), ..it });
    let (t, region) = (visit.t, &portaal.region);
    let profile = &told.profile;
    // Nothing of a confidential kind stays on a device.
    let may_keep = wire::kind_in(profile.kind()).is_some_and(|kind| !kind.is_confidential());
    let service = if owner == Owner::Opvang { "opvang" } else { "logeerplek" };
    let at = |raw: Option<&pbjson_types::Timestamp>| {
        moment(raw).map(|at| clock(at, visit.now, &region.time_zone)).unwrap_or_default()
    };
    let page = Location {
        frame: Frame::new(visit, &profile.name),
        path: format!("/locatie/{service}/{id}"),
        name: profile.name.clone(),
        kind: kind_name(wire::kind_in(profile.kind())),
        gemeente: gemeente_name(t, region, &profile.gemeente).to_owned(),
        fictief: profile.fictief,
        age: age_name(t, told.age),
        age_class: age_class(told.age),
        confirmed: at(told.confirmed_at.as_ref()),
        is_closed: told.is_closed,
        notice,
        before,
        claims: told.claims(&at),
        places: cards(t, owner, &told.places, &at),
        count: told.counted.map(CountCard::of),
        waiting: told.waiting.iter().map(|it| WaitingCard::of(it, &at)).collect(),
        plans: told.plans.iter().map(|plan| (date(plan.on.as_ref()), steps(t, plan))).collect(),
        pools: pools(&told.places),
        is_logeerplek: owner == Owner::Logeerplek,
        join: command_id(),
        confirm: command_id(),
        seen: mark(told.confirmed_at.as_ref()),
        may_keep,
        outcomes: [
            ("naar_huis", t.to_home),
            ("eigen_netwerk", t.to_network),
            ("opvang", t.to_opvang),
            ("beschermd_wonen", t.to_beschermd_wonen),
            ("ggz_opname", t.to_ggz),
            ("housing_first", t.to_housing_first),
            ("onbekend", t.to_unknown),
        ],
        refusals: [
            ("vol", t.because_full),
            ("past_niet", t.because_misfit),
            ("personeel", t.because_staff),
            ("veiligheid", t.because_safety),
            ("gesloten", t.because_closed),
            ("anders", t.because_other),
        ],
    };
    let mut response = answer::page(StatusCode::OK, &page, &visit.nonce)?;
    if may_keep {
        response.headers_mut().insert(MAY_KEEP, HeaderValue::from_static("ja"));
    }
    Ok(response)
}

/// A moment of a message, to compare with later; empty where there is none.
fn mark(at: Option<&pbjson_types::Timestamp>) -> String {
    at.map(|at| proto::micros(at).to_string()).unwrap_or_default()
}

impl Told {
    pub(crate) async fn read(portaal: &Portaal, who: &Who, owner: Owner, id: &str) -> Result<Self, Problem> {
        let location_id = id.to_owned();
        if owner == Owner::Opvang {
            let client = portaal.suite.opvang(who);
            let request = opvang::GetLocationRequest { location_id };
            let answer = ask!(client.get_location(request))?.into_inner();
            let it = answer.location.unwrap_or_default();
            let request = opvang::ListWaitingRequest { location_id: id.to_owned(), pool: String::new() };
            let has_places = it.counting() != opvang::Counting::Headcount;
            let waiting =
                if has_places { ask!(client.list_waiting(request))?.into_inner().waiting } else { Vec::new() };
            let request = opvang::ListPlansRequest { location_id: id.to_owned() };
            let plans = ask!(client.list_plans(request))?.into_inner().plans;
            return Ok(Self {
                waiting,
                plans,
                counted: (it.counting() == opvang::Counting::Headcount).then_some(it.figures),
                age: wire::age_in(it.age()),
                is_closed: it.retired || it.surge_closed,
                retired: it.retired,
                max_stay_days: it.max_stay_days,
                profile: it.profile.unwrap_or_default(),
                places: it.places,
                confirmed_at: it.confirmed_at,
                claims: Vec::new(),
            });
        }
        let client = portaal.suite.logeerplek(who);
        let request = logeerplek::GetLocationRequest { location_id: location_id.clone() };
        let answer = ask!(client.get_location(request))?.into_inner();
        let it = answer.location.unwrap_or_default();
        let request = logeerplek::ListClaimsRequest { location_id, page_size: 0 };
        let claims = ask!(client.list_claims(request))?.into_inner().claims;
        Ok(Self {
            counted: None,
            age: wire::age_in(it.age()),
            is_closed: it.retired,
            retired: it.retired,
            max_stay_days: 0,
            profile: it.profile.unwrap_or_default(),
            places: it.places,
            confirmed_at: it.confirmed_at,
            claims,
            waiting: Vec::new(),
            plans: Vec::new(),
        })
    }

    /// Who is on the way, the first to answer first.
    fn claims(&self, at: &dyn Fn(Option<&pbjson_types::Timestamp>) -> String) -> Vec<ClaimCard> {
        let on_the_way =
            self.claims.iter().filter(|it| matches!(it.status(), ClaimStatus::Pending | ClaimStatus::Held));
        let card = |it: &Claim| ClaimCard {
            id: it.claim_id.clone(),
            place: it.place_label.clone(),
            client: it.client_ref.clone(),
            until: at(it.held_until.as_ref()),
            is_pending: it.status() == ClaimStatus::Pending,
            commands: [command_id(), command_id(), command_id()],
        };
        let mut cards: Vec<ClaimCard> = on_the_way.map(card).collect();
        cards.sort_by_key(|card| !card.is_pending);
        cards
    }
}

impl WaitingCard {
    fn of(it: &opvang::Waiting, at: &dyn Fn(Option<&pbjson_types::Timestamp>) -> String) -> Self {
        Self {
            id: it.waiting_id.clone(),
            turn: it.before + 1,
            pool: it.pool.clone(),
            client: it.client_ref.clone(),
            offered: it.offered_place_id.clone(),
            until: at(it.offer_until.as_ref()),
            commands: [command_id(), command_id(), command_id()],
        }
    }
}

/// The kinds of place there are.
fn pools(places: &[Place]) -> Vec<String> {
    let profiles = places.iter().filter_map(|place| place.profile.as_ref());
    let pools = profiles.flat_map(|profile| std::iter::once(&profile.pool).chain(&profile.also_pools));
    let mut pools: Vec<String> = pools.cloned().collect();
    pools.sort_unstable();
    pools.dedup();
    pools
}

/// A day as people write it.
pub(crate) fn date(on: Option<&availability::Date>) -> String {
    on.map(|on| format!("{:02}-{:02}-{}", on.day, on.month, on.year)).unwrap_or_default()
}

/// What a plan changes.
pub(crate) fn steps(t: &Texts, plan: &opvang::Plan) -> String {
    use opvang::plan_step::Change;
    let sort = |place: &opvang::PlannedPlace| place.profile.as_ref().map(|it| it.pool.clone()).unwrap_or_default();
    let step = |it: &opvang::PlanStep| match &it.change {
        Some(Change::AddPlace(place)) => format!("{} {} ({})", place.place_id, t.plan_added, sort(place)),
        Some(Change::ChangePlace(place)) => format!("{} {} {}", place.place_id, t.plan_becomes, sort(place)),
        Some(Change::RetirePlaceId(place)) => format!("{place} {}", t.plan_gone),
        Some(Change::SetCapacity(capacity)) => format!("{} {}", capacity.funded, t.of_places),
        None => String::new(),
    };
    plan.steps.iter().map(step).collect::<Vec<_>>().join(", ")
}

/// The cards of places, as people count: room 2 before room 10.
fn cards(
    t: &'static Texts,
    owner: Owner,
    places: &[Place],
    at: &dyn Fn(Option<&pbjson_types::Timestamp>) -> String,
) -> Vec<PlaceCard> {
    let mut cards: Vec<PlaceCard> = places.iter().map(|place| PlaceCard::of(t, owner, place, at)).collect();
    cards.sort_by_cached_key(|card| counted(&card.label));
    cards
}

impl PlaceCard {
    fn of(
        t: &'static Texts,
        owner: Owner,
        place: &Place,
        at: &dyn Fn(Option<&pbjson_types::Timestamp>) -> String,
    ) -> Self {
        let profile = place.profile.clone().unwrap_or_default();
        let status = place.status();
        let (state, state_class) = match status {
            PlaceStatus::Free => (t.free, "vrij"),
            PlaceStatus::Held => (t.held, "gereserveerd"),
            PlaceStatus::Occupied => (t.occupied, "bezet"),
            PlaceStatus::OutOfService => (t.out_of_service, "buiten"),
            PlaceStatus::Unspecified => (t.age_unknown, "onbekend"),
        };
        Self {
            id: place.place_id.clone(),
            label: profile.label,
            pools: [vec![profile.pool], profile.also_pools].concat().join(", "),
            state,
            state_class,
            seen: mark(place.since.as_ref()),
            until: at(place.until.as_ref()),
            reason: place.out_of_service_reason.clone(),
            user: place.user_id.clone(),
            is_free: status == PlaceStatus::Free,
            is_held: status == PlaceStatus::Held,
            is_occupied: status == PlaceStatus::Occupied,
            is_out: status == PlaceStatus::OutOfService,
            is_claimed: owner == Owner::Logeerplek,
            commands: [command_id(), command_id()],
        }
    }
}

impl Told {
    /// How to take a tap back, as long as it is as that tap made it.
    fn after(&self, undo: Undo) -> Option<Undo> {
        if undo.place.is_empty() {
            return Some(undo);
        }
        let place = self.places.iter().find(|it| it.place_id == undo.place)?;
        let is_back =
            matches!((undo.what, place.status()), ("vrij", PlaceStatus::Free) | ("bezet", PlaceStatus::Occupied));
        (!is_back).then(|| Undo { seen: mark(place.since.as_ref()), ..undo })
    }

    /// Since when a place is as it is; empty where there is no such place.
    fn mark_of(&self, place: &str) -> String {
        let place = self.places.iter().find(|it| it.place_id == place);
        place.map(|it| mark(it.since.as_ref())).unwrap_or_default()
    }

    /// How many people there are, where people are counted and that is known.
    fn people(&self) -> Option<u32> {
        self.counted.flatten().map(|figures| figures.occupied)
    }

    /// Whether what somebody saw when they tapped is still so; or is what they want already.
    fn is_as_seen(&self, fields: &Fields) -> bool {
        let seen = fields.get("sinds");
        match (fields.get("plek"), fields.get("wat")) {
            ("", "meer" | "minder") => true,
            ("", wat) => {
                let is_so = wat == "aantal" && fields.get("aantal").parse().ok() == self.people();
                is_so || mark(self.confirmed_at.as_ref()) == seen
            }
            (place, wat) => self.places.iter().find(|it| it.place_id == place).is_some_and(|it| {
                let wanted = match wat {
                    "vrij" => PlaceStatus::Free,
                    "bezet" => PlaceStatus::Occupied,
                    _ => PlaceStatus::OutOfService,
                };
                it.status() == wanted || mark(it.since.as_ref()) == seen
            }),
        }
    }
}

impl CountCard {
    fn of(figures: Option<Figures>) -> Self {
        Self {
            present: figures.map_or_else(|| "?".to_owned(), |figures| figures.occupied.to_string()),
            figures,
            commands: [command_id(), command_id(), command_id()],
        }
    }
}

/// One tap.
pub(crate) async fn change(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, id)): Path<(String, String)>,
    fields: Fields,
) -> Result<Response, Problem> {
    let who = visit.who(Area::Locatie)?;
    let owner = owner(&service)?;
    let before = Told::read(&portaal, who, owner, &id).await?;
    let tap = Tap { portaal: &portaal, who, t: visit.t, id: id.clone(), fields: &fields, before: &before };
    let notice = match tap.done(owner).await {
        Ok(notice) => notice,
        Err(Problem::Service(status)) => Notice { is_good: false, sentence: sentence(&status), undo: None },
        Err(Problem::Form { sentence }) => Notice { is_good: false, sentence, undo: None },
        Err(other) => return Err(other),
    };
    let before = (mark(before.confirmed_at.as_ref()), before.mark_of(fields.get("plek")));
    page(&portaal, &visit, owner, &id, Some(notice), before).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_stand_in_the_order_in_which_people_count() {
        let mut labels = ["Kamer 10", "Kamer 2", "Bed 1 links", "Kamer 1", "Bed 1 rechts", "Zaal"];
        labels.sort_by_cached_key(|label| counted(label));
        assert_eq!(labels, ["Bed 1 links", "Bed 1 rechts", "Kamer 1", "Kamer 2", "Kamer 10", "Zaal"]);
    }
}
