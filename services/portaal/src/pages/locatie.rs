//! The places of one location, for whoever works there, on a phone. One tap is one command with its own id, so a tap that
//! is sent twice has one effect. It must not decide what a place may do: the services do, and say why not.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use futures::StreamExt as _;
use model::actor::Actor;
use model::freshness::Age;
use model::kind::Owner;
use model::wire;
use proto::availability::v1::{self as availability, Figures, LocationProfile, Place, PlaceStatus};
use proto::logeerplek::v1::{self as logeerplek, Claim, ClaimStatus};
use proto::opvang::v1::{self as opvang, count_people_request};
use service::client::command_id;
use tonic::Status;

use crate::Portaal;
use crate::answer::{self, Problem, sentence};
use crate::form::Fields;
use crate::picture::{Pictures, Place as BoardPlace};
use crate::rights::Area;
use crate::suite::ask;
use crate::text::Texts;
use crate::view::{Frame, age_class, age_name, clock, gemeente_name, kind_name, moment};
use crate::visit::Visit;

use super::regio::event_stream;

/// A page hears at least so often that there is somebody.
const ALIVE_EVERY: Duration = Duration::from_secs(10);

#[derive(Template)]
#[template(path = "locaties.html")]
struct Locations {
    frame: Frame,
    groups: Vec<(String, Vec<Choice>)>,
    is_known: bool,
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
    claims: Vec<ClaimCard>,
    places: Vec<PlaceCard>,
    count: Option<CountCard>,
    confirm: String,
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

/// A location as either service tells it.
struct Told {
    owner: Owner,
    profile: LocationProfile,
    places: Vec<Place>,
    counted: Option<Option<Figures>>,
    confirmed_at: Option<pbjson_types::Timestamp>,
    age: Age,
    is_closed: bool,
    claims: Vec<Claim>,
}

/// Every location there is to open.
pub(crate) async fn list(State(portaal): State<Arc<Portaal>>, visit: Visit) -> Result<Response, Problem> {
    visit.actor(Area::Locatie)?;
    let picture = Arc::clone(&portaal.pictures.borrow());
    let (t, region) = (visit.t, &portaal.region);
    let mut groups: Vec<(String, Vec<Choice>)> = Vec::new();
    for row in picture.rows.values() {
        let Some(kind) = row.kind().filter(|kind| kind.rules().owner.has_places()) else { continue };
        let gemeente = gemeente_name(t, region, &row.report.gemeente).to_owned();
        let is_secret = row.report.location_name.is_empty();
        let choice = Choice {
            path: format!("/locatie/{}/{}", row.service, row.report.location_id),
            name: if is_secret { t.confidential.to_owned() } else { row.report.location_name.clone() },
            kind: kind_name(Some(kind)),
            age: age_name(t, row.age),
            age_class: age_class(row.age),
            fictief: row.report.fictief,
        };
        match groups.last_mut().filter(|(name, _)| *name == gemeente) {
            Some((_, choices)) => choices.push(choice),
            None => groups.push((gemeente, vec![choice])),
        }
    }
    let page = Locations { frame: Frame::new(&visit, t.locaties_title), groups, is_known: picture.is_complete };
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

/// One location.
pub(crate) async fn show(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    page(&portaal, &visit, owner(&service)?, &id, None).await
}

fn owner(service: &str) -> Result<Owner, Problem> {
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
) -> Result<Response, Problem> {
    let actor = visit.actor(Area::Locatie)?;
    let told = Told::read(portaal, actor, owner, id).await?;
    let (t, region) = (visit.t, &portaal.region);
    let profile = &told.profile;
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
        claims: told.claims(&at),
        places: cards(t, owner, &told.places, &at),
        count: told.counted.map(CountCard::of),
        confirm: command_id(),
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
    answer::page(StatusCode::OK, &page, &visit.nonce)
}

impl Told {
    async fn read(portaal: &Portaal, actor: &Actor, owner: Owner, id: &str) -> Result<Self, Problem> {
        let location_id = id.to_owned();
        if owner == Owner::Opvang {
            let client = portaal.suite.opvang(actor);
            let request = opvang::GetLocationRequest { location_id };
            let answer = ask!(client.get_location(request))?.into_inner();
            let it = answer.location.unwrap_or_default();
            return Ok(Self {
                owner,
                counted: (it.counting() == opvang::Counting::Headcount).then_some(it.figures),
                age: age(it.age()),
                is_closed: it.retired || it.surge_closed,
                profile: it.profile.unwrap_or_default(),
                places: it.places,
                confirmed_at: it.confirmed_at,
                claims: Vec::new(),
            });
        }
        let client = portaal.suite.logeerplek(actor);
        let request = logeerplek::GetLocationRequest { location_id: location_id.clone() };
        let answer = ask!(client.get_location(request))?.into_inner();
        let it = answer.location.unwrap_or_default();
        let request = logeerplek::ListClaimsRequest { location_id, page_size: 0 };
        let claims = ask!(client.list_claims(request))?.into_inner().claims;
        Ok(Self {
            owner,
            counted: None,
            age: age(it.age()),
            is_closed: it.retired,
            profile: it.profile.unwrap_or_default(),
            places: it.places,
            confirmed_at: it.confirmed_at,
            claims,
        })
    }

    /// Who is on the way, the first to answer first.
    fn claims(&self, at: &dyn Fn(Option<&pbjson_types::Timestamp>) -> String) -> Vec<ClaimCard> {
        debug_assert!(self.owner == Owner::Logeerplek || self.claims.is_empty(), "only a logeerplek is claimed");
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

fn age(raw: availability::Age) -> Age {
    match raw {
        availability::Age::Current => Age::Current,
        availability::Age::Older => Age::Older,
        availability::Age::Stale => Age::Stale,
        availability::Age::Unknown | availability::Age::Unspecified => Age::Unknown,
    }
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

/// A label with its numbers as numbers.
fn counted(label: &str) -> Vec<(String, u64)> {
    let mut parts = vec![(String::new(), 0_u64)];
    for letter in label.to_lowercase().chars() {
        let is_after_number = parts.last().is_some_and(|(_, number)| *number > 0);
        match (letter.to_digit(10), parts.last_mut()) {
            (Some(digit), Some((_, number))) => *number = number.saturating_mul(10).saturating_add(u64::from(digit)),
            (None, Some((words, _))) if !is_after_number => words.push(letter),
            _ => parts.push((letter.to_string(), 0)),
        }
    }
    parts
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
    let actor = visit.actor(Area::Locatie)?;
    let owner = owner(&service)?;
    let tap = Tap { portaal: &portaal, actor, t: visit.t, id: id.clone(), fields: &fields };
    let notice = match tap.done(owner).await {
        Ok(notice) => notice,
        Err(Problem::Service(status)) => Notice { is_good: false, sentence: sentence(&status), undo: None },
        Err(Problem::Form { sentence }) => Notice { is_good: false, sentence, undo: None },
        Err(other) => return Err(other),
    };
    page(&portaal, &visit, owner, &id, Some(notice)).await
}

struct Tap<'a> {
    portaal: &'a Portaal,
    actor: &'a Actor,
    t: &'static Texts,
    id: String,
    fields: &'a Fields,
}

impl Tap<'_> {
    async fn done(&self, owner: Owner) -> Result<Notice, Problem> {
        let what = self.fields.get("wat");
        match (owner, what) {
            (Owner::Opvang, "klopt") => self.confirm_opvang().await?,
            (Owner::Opvang, "vrij") => self.set(PlaceStatus::Free).await?,
            (Owner::Opvang, "bezet") => self.set(PlaceStatus::Occupied).await?,
            (Owner::Opvang, "buiten") => self.set(PlaceStatus::OutOfService).await?,
            (Owner::Opvang, "binnen") => self.comes_in().await?,
            (Owner::Opvang, "vervalt") => self.cancel_reservation().await?,
            (Owner::Opvang, "weg") => self.leaves_opvang().await?,
            (Owner::Opvang, "meer" | "minder" | "aantal") => self.count(what).await?,
            (Owner::Logeerplek, "klopt") => self.confirm_logeerplek().await?,
            (Owner::Logeerplek, "buiten") => self.out_of_service().await?,
            (Owner::Logeerplek, "vrij") => self.back().await?,
            (Owner::Logeerplek, "ja" | "nee" | "binnen") => self.answer_claim(what).await?,
            (Owner::Logeerplek, "weg") => self.leaves_logeerplek().await?,
            _ => return Err(Problem::NotFound),
        }
        Ok(Notice { is_good: true, sentence: self.told(what), undo: self.undo(what) })
    }

    fn command(&self) -> String {
        self.fields.get("opdracht").to_owned()
    }

    fn place(&self) -> String {
        self.fields.get("plek").to_owned()
    }

    fn reason(&self) -> Result<String, Problem> {
        let typed = self.fields.get("reden");
        let reason = if typed.is_empty() { self.fields.get("waarom") } else { typed };
        if reason.is_empty() {
            return Err(Problem::Form { sentence: self.t.say_why.to_owned() });
        }
        Ok(reason.to_owned())
    }

    /// What was done, in words.
    fn told(&self, what: &str) -> String {
        let t = self.t;
        let label = self.fields.get("naam");
        match what {
            "klopt" => t.confirmed_now.to_owned(),
            "vrij" => format!("{label}: {}.", t.free),
            "bezet" => format!("{label}: {}.", t.occupied),
            "buiten" => format!("{label}: {}.", t.out_of_service),
            "binnen" => format!("{label}: {}.", t.came_in),
            "weg" => format!("{label}: {}.", t.went_away),
            "ja" => t.accepted.to_owned(),
            "nee" => t.refused_claim.to_owned(),
            "vervalt" => format!("{label}: {}.", t.reservation_gone),
            _ => t.counted.to_owned(),
        }
    }

    /// How to take it back: for what is one tap, and is nobody's arrival or leaving.
    fn undo(&self, what: &str) -> Option<Undo> {
        let back = match (what, self.fields.get("was")) {
            ("bezet" | "buiten", "vrij") => "vrij",
            ("vrij", "bezet") => "bezet",
            ("vrij", "buiten") => "buiten",
            ("meer", _) => "minder",
            ("minder", _) => "meer",
            _ => return None,
        };
        let reason = self.fields.get("reden").to_owned();
        Some(Undo { place: self.place(), what: back, reason, command: command_id() })
    }

    async fn confirm_opvang(&self) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.actor);
        let request = opvang::ConfirmLocationRequest { command_id: self.command(), location_id: self.id.clone() };
        ask!(client.confirm_location(request)).map(drop)
    }

    async fn confirm_logeerplek(&self) -> Result<(), Status> {
        let client = self.portaal.suite.logeerplek(self.actor);
        let request = logeerplek::ConfirmLocationRequest { command_id: self.command(), location_id: self.id.clone() };
        ask!(client.confirm_location(request)).map(drop)
    }

    async fn set(&self, status: PlaceStatus) -> Result<(), Problem> {
        let reason = if status == PlaceStatus::OutOfService { self.reason()? } else { String::new() };
        let setting = opvang::PlaceSetting { place_id: self.place(), status: status.into(), reason };
        let client = self.portaal.suite.opvang(self.actor);
        let request = opvang::BulkSetRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            settings: vec![setting],
        };
        Ok(ask!(client.bulk_set(request)).map(drop)?)
    }

    async fn comes_in(&self) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.actor);
        let request = opvang::CheckInRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            into: Some(opvang::check_in_request::Into::StayId(self.fields.get("wie").to_owned())),
            ..opvang::CheckInRequest::default()
        };
        ask!(client.check_in(request)).map(drop)
    }

    async fn cancel_reservation(&self) -> Result<(), Status> {
        let client = self.portaal.suite.opvang(self.actor);
        let request = opvang::CancelReservationRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            stay_id: self.fields.get("wie").to_owned(),
        };
        ask!(client.cancel_reservation(request)).map(drop)
    }

    async fn leaves_opvang(&self) -> Result<(), Problem> {
        let destination = self.destination("DESTINATION", opvang::Destination::from_str_name)?;
        let client = self.portaal.suite.opvang(self.actor);
        let request = opvang::CheckOutRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            stay_id: self.fields.get("wie").to_owned(),
            reason: opvang::LeaveReason::Onbekend.into(),
            destination: destination.into(),
        };
        Ok(ask!(client.check_out(request)).map(drop)?)
    }

    async fn count(&self, what: &str) -> Result<(), Problem> {
        let count = match what {
            "meer" => count_people_request::Count::Change(1),
            "minder" => count_people_request::Count::Change(-1),
            _ => {
                let typed = self.fields.number("aantal", self.t.field_people)?;
                let present = typed.ok_or_else(|| Problem::Form { sentence: self.t.say_how_many.to_owned() })?;
                count_people_request::Count::Present(present)
            }
        };
        let client = self.portaal.suite.opvang(self.actor);
        let request =
            opvang::CountPeopleRequest { command_id: self.command(), location_id: self.id.clone(), count: Some(count) };
        Ok(ask!(client.count_people(request)).map(drop)?)
    }

    async fn out_of_service(&self) -> Result<(), Problem> {
        let client = self.portaal.suite.logeerplek(self.actor);
        let request = logeerplek::TakeOutOfServiceRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            place_id: self.place(),
            reason: self.reason()?,
            expected_end: None,
        };
        Ok(ask!(client.take_out_of_service(request)).map(drop)?)
    }

    async fn back(&self) -> Result<(), Status> {
        let client = self.portaal.suite.logeerplek(self.actor);
        let request = logeerplek::ReturnToServiceRequest {
            command_id: self.command(),
            location_id: self.id.clone(),
            place_id: self.place(),
        };
        ask!(client.return_to_service(request)).map(drop)
    }

    async fn answer_claim(&self, what: &str) -> Result<(), Problem> {
        let client = self.portaal.suite.logeerplek(self.actor);
        let (command_id, claim_id) = (self.command(), self.fields.get("wie").to_owned());
        match what {
            "ja" => {
                let request = logeerplek::AcceptClaimRequest { command_id, claim_id };
                ask!(client.accept_claim(request)).map(drop)?;
            }
            "binnen" => {
                let request = logeerplek::ArriveRequest { command_id, claim_id };
                ask!(client.arrive(request)).map(drop)?;
            }
            _ => {
                let name = format!("REFUSAL_REASON_{}", self.fields.get("waarom").to_uppercase());
                let reason = logeerplek::RefusalReason::from_str_name(&name);
                let reason = reason.ok_or_else(|| Problem::Form { sentence: self.t.say_why.to_owned() })?;
                let text = self.fields.get("reden").to_owned();
                let request = logeerplek::RefuseClaimRequest { command_id, claim_id, reason: reason.into(), text };
                ask!(client.refuse_claim(request)).map(drop)?;
            }
        }
        Ok(())
    }

    async fn leaves_logeerplek(&self) -> Result<(), Problem> {
        let destination = self.destination("DESTINATION", logeerplek::Destination::from_str_name)?;
        let prevented = match self.fields.get("voorkomen") {
            "ja" => logeerplek::Prevented::Ja,
            "nee" => logeerplek::Prevented::Nee,
            _ => logeerplek::Prevented::Onbekend,
        };
        let client = self.portaal.suite.logeerplek(self.actor);
        let request = logeerplek::CheckOutRequest {
            command_id: self.command(),
            claim_id: self.fields.get("wie").to_owned(),
            destination: destination.into(),
            prevented: prevented.into(),
        };
        Ok(ask!(client.check_out(request)).map(drop)?)
    }

    fn destination<T>(&self, prefix: &str, named: fn(&str) -> Option<T>) -> Result<T, Problem> {
        let name = format!("{prefix}_{}", self.fields.get("waarheen").to_uppercase());
        named(&name).ok_or_else(|| Problem::Form { sentence: self.t.say_where.to_owned() })
    }
}

/// Says so whenever this location is otherwise than it was, for as long as somebody looks; the page then asks for itself.
pub(crate) async fn live(
    State(portaal): State<Arc<Portaal>>,
    visit: Visit,
    Path((service, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    visit.actor(Area::Locatie)?;
    owner(&service)?;
    let watching = Watching {
        portaal: Arc::clone(&portaal),
        pictures: portaal.pictures.clone(),
        service,
        id,
        place: None,
        shown: None,
        live: true,
    };
    let stream = futures::stream::unfold(watching, Watching::next).map(Ok::<_, Infallible>);
    Ok(event_stream(Body::from_stream(stream)))
}

/// What one page waits for.
struct Watching {
    portaal: Arc<Portaal>,
    pictures: Pictures,
    service: String,
    id: String,
    /// Where it stands on the board, once it does.
    place: Option<BoardPlace>,
    /// In which picture the location changed last, as far as this page was told.
    shown: Option<Option<u64>>,
    live: bool,
}

impl Watching {
    async fn next(mut self) -> Option<(Bytes, Self)> {
        loop {
            let picture = Arc::clone(&self.pictures.borrow_and_update());
            let is_it = |place: &&BoardPlace| place.1 == self.id && place.2 == self.service;
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
