//! The demonstration's provider: where anybody on this machine signs in as anybody, so that the suite can be tried and
//! tested with the same sign-in as in production. It only ever listens on this machine and answers only to its names; it
//! must never be where real people sign in.
//!
//! - [`people`] is who one can be, [`page`] changes that; [`grants`] is codes and tokens.

mod grants;
mod page;
mod people;

use std::path::PathBuf;
use std::sync::Arc;

use askama::Template;
use axum::extract::{DefaultBodyLimit, RawQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use axum::{Json, Router};
use identity::provider::Metadata;
use identity::signer::{SEED_LENGTH, Signer, SignerError};
use jsonwebtoken::jwk::JwkSet;
use model::region::Region;
use service::clock;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;

use self::grants::{Asked, Grants, Refused};
use self::people::{People, Person};
use crate::answer::{self, Problem};
use crate::form::Fields;
use crate::text::{self, Texts};
use crate::view::Frame;
use crate::visit::is_this_machine;
use crate::{assets, secret, server};

/// The token of this service on the command line.
pub const NAME: &str = "demo-aanmelden";
/// Largest form, in bytes.
const LARGEST_FORM: usize = 16 * 1024;

/// What the demonstration is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its region.
    pub region: Arc<Region>,
    /// Where the key it signs with is kept, so that a restart signs nobody out; none: a new one every time.
    pub key_file: Option<PathBuf>,
}

/// Why the demonstration ended.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// It was asked to listen where others can come.
    #[error("het demo-aanmelden luistert alleen op deze machine zelf, en {0} is daar niet van")]
    NotLoopback(std::net::SocketAddr),
    /// The socket is gone.
    #[error("the socket has no address")]
    Socket(#[source] std::io::Error),
    /// The key.
    #[error("de sleutel van het demo-aanmelden in {file} is niet te lezen of te maken")]
    Key {
        /// Where it should be.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Who is in it.
    #[error("de mensen van het demo-aanmelden in {file} zijn niet te lezen")]
    People {
        /// Where they should be.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The machine gives no random numbers.
    #[error("er is geen sleutel voor het demo-aanmelden te maken")]
    Random(#[source] std::io::Error),
    /// The key is no good.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// What every request needs.
struct Demo {
    issuer: String,
    grants: Grants,
    keys: JwkSet,
    people: Arc<People>,
    /// The locations of the region: id and name.
    houses: Vec<(String, String)>,
}

/// How it is called in tokens, where it listens here.
pub fn issuer(address: std::net::SocketAddr) -> String {
    format!("http://{address}")
}

/// Serves until told to stop.
pub async fn run(config: Config, listener: TcpListener, stop: CancellationToken) -> Result<(), DemoError> {
    let address = listener.local_addr().map_err(DemoError::Socket)?;
    // Whoever made the socket looked already; this is the one place where it must never go wrong.
    if !address.ip().is_loopback() {
        return Err(DemoError::NotLoopback(address));
    }
    let issuer = issuer(address);
    let file = config.key_file.as_ref().map(|key| key.with_extension("mensen.json"));
    let people = People::load(&config.region, file.clone());
    let people = people.map_err(|source| DemoError::People { file: file.unwrap_or_default(), source })?;
    let people = Arc::new(people);
    let seed: [u8; SEED_LENGTH] = match config.key_file {
        Some(file) => secret::kept(&file).map_err(|source| DemoError::Key { file, source })?,
        None => secret::random().map_err(DemoError::Random)?,
    };
    let signer = Signer::new(&seed)?;
    let keys = signer.keys();
    let grants = Grants::new(issuer.clone(), config.region.id.clone(), signer, Arc::clone(&people));
    let houses = config.region.locations.iter().map(|it| (it.id.clone(), it.name.clone())).collect();
    let demo = Demo { issuer, grants, keys, people, houses };
    info!(service = NAME, ?address, "Ready");
    server::serve(listener, routes(Arc::new(demo)), stop).await;
    Ok(())
}

fn routes(demo: Arc<Demo>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/jwks", get(keys))
        .route("/aanmelden", get(choose).post(chosen))
        .route("/token", axum::routing::post(token))
        .route("/intrekken", axum::routing::post(revoke))
        .route("/afmelden", get(leave))
        .route("/mensen", get(page::show).post(page::change))
        .route("/a/{hash}/{name}", get(assets::get))
        .route("/icon.svg", get(assets::icon))
        .fallback(async || Problem::NotFound)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn(only_here))
        .with_state(demo)
}

/// Another name that was made to point here is not answered.
async fn only_here(request: Request, next: Next) -> Response {
    let is_here = is_this_machine(request.headers());
    let mut response = if is_here { next.run(request).await } else { Problem::Elsewhere.into_response() };
    let headers = response.headers_mut();
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

async fn metadata(State(demo): State<Arc<Demo>>) -> Json<Metadata> {
    let at = |path: &str| format!("{}/{path}", demo.issuer);
    Json(Metadata {
        issuer: demo.issuer.clone(),
        authorization_endpoint: at("aanmelden"),
        token_endpoint: at("token"),
        jwks_uri: at("jwks"),
        end_session_endpoint: Some(at("afmelden")),
        revocation_endpoint: Some(at("intrekken")),
        onderdak_people_page: Some(at("mensen")),
    })
}

async fn keys(State(demo): State<Arc<Demo>>) -> Json<JwkSet> {
    Json(demo.keys.clone())
}

#[derive(Template)]
#[template(path = "demo.html")]
struct Page {
    frame: Frame,
    /// What the pages asked, to be sent along with the choice.
    asked: Vec<(String, String)>,
    people: Vec<Choice>,
    houses: Vec<Choice>,
}

/// Somebody one can be.
struct Choice {
    id: String,
    name: String,
    what: &'static str,
}

/// Who do you want to be? Whoever is named already does not choose.
async fn choose(State(demo): State<Arc<Demo>>, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let asked = Asked::read(&fields).map_err(|_| Problem::NotFound)?;
    let everybody = demo.people.all();
    if let Some(person) = everybody.iter().find(|person| person.actor.to_string() == fields.get("login_hint")) {
        return Ok(demo.back(&asked, person));
    }
    let t = text::of(Some(fields.get("ui_locales")).filter(|it| !it.is_empty()));
    let mut frame = Frame::unvisited(t.sign_in_title);
    (frame.t, frame.is_elsewhere) = (t, true);
    let nonce = frame.nonce.clone();
    let (houses, people): (Vec<&Person>, Vec<&Person>) = everybody.iter().partition(|person| person.house.is_some());
    let choices = |people: Vec<&Person>| people.into_iter().map(|person| Choice::of(t, person)).collect();
    let page = Page { frame, asked: asked.fields(), people: choices(people), houses: choices(houses) };
    answer::page_for(StatusCode::OK, &page, &nonce, Some(&asked.origin()))
}

impl Choice {
    fn of(t: &'static Texts, person: &Person) -> Self {
        let role = person.actor.role;
        Self { id: person.actor.to_string(), name: page::name(t, person), what: what(t, role) }
    }
}

const fn what(t: &Texts, role: model::actor::Role) -> &'static str {
    use model::actor::Role;
    match role {
        Role::Medewerker => t.what_medewerker,
        Role::Dispatcher => t.what_dispatcher,
        Role::Coordinator => t.what_coordinator,
        Role::Beheerder => t.what_beheerder,
        Role::Beleid => t.what_beleid,
        Role::Publiek | Role::Systeem => "",
    }
}

/// Somebody was chosen.
async fn chosen(State(demo): State<Arc<Demo>>, fields: Fields) -> Result<Response, Problem> {
    let asked = Asked::read(&fields).map_err(|_| Problem::NotFound)?;
    let person = fields.get("wie").parse().ok().and_then(|actor| demo.people.find(&actor));
    Ok(demo.back(&asked, &person.ok_or(Problem::NotFound)?))
}

impl Demo {
    /// Back to where somebody came from, with a code.
    fn back(&self, asked: &Asked, person: &Person) -> Response {
        match self.grants.code(asked, person, clock::now()) {
            Ok(code) => Redirect::to(&asked.answer(&code, &self.issuer)).into_response(),
            Err(refused) => refused.into_response(),
        }
    }
}

/// Gives tokens.
async fn token(State(demo): State<Arc<Demo>>, fields: Fields) -> Result<Response, Refused> {
    let granted = demo.grants.give(&fields, clock::now())?;
    Ok(Json(granted).into_response())
}

/// Takes a sign-in back. Whatever is sent, the answer is that it is not good any more.
async fn revoke(State(demo): State<Arc<Demo>>, fields: Fields) -> Result<StatusCode, Refused> {
    demo.grants.end(fields.get("token"), clock::now())?;
    Ok(StatusCode::OK)
}

/// Nobody is remembered here, so there is nobody to sign out: back to the pages.
async fn leave(RawQuery(query): RawQuery) -> Response {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let to = grants::here(fields.get("post_logout_redirect_uri"));
    to.map_or_else(|| Problem::NotFound.into_response(), |to| Redirect::to(&to).into_response())
}
