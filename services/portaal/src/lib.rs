//! The pages of Onderdak. It shows what the services tell and sends them what people do; it keeps nothing of its own and
//! holds no rule of the domain. Pages are whole documents made here, so that the core works without JavaScript; with it,
//! changes of others arrive on the page by themselves.
//!
//! - [`pages`] are the pages, one file each, with their templates beside `src`;
//! - [`picture`] is the board of the region, followed live from regio, once for everybody who looks;
//! - [`suite`] is the services, as somebody; [`oidc`] is signing in, [`session`] who did, [`rights`] what they see,
//!   [`secret`] what they are sealed with;
//! - [`api`] is the same for programs;
//! - [`demo`] is the demonstration's provider, for this machine alone;
//! - [`visit`] is one request, [`answer`] what goes back, [`notice`] what came of a form, [`text`] every word, in each language;
//! - [`sheet`] is files for a spreadsheet;
//! - [`server`] listens, with limits on everything; [`assets`] are the files a page needs.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test that cannot go on panics"))]

mod answer;
mod api;
mod assets;
pub mod demo;
mod form;
mod notice;
mod oidc;
mod pages;
mod picture;
mod rights;
mod secret;
mod server;
mod session;
mod sheet;
mod suite;
mod text;
mod view;
mod visit;

use std::path::PathBuf;
use std::sync::Arc;

use identity::{Tokens, Verifier};
use model::region::Region;
use service::client::AddressError;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::info;

pub use crate::oidc::Client;
pub use crate::suite::Addresses;

use crate::oidc::SignIn;
use crate::picture::Pictures;
use crate::session::{Key, Over};
use crate::suite::{Suite, Who};

/// The token of this service on the command line.
pub const NAME: &str = "portaal";

/// What portaal is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Its region.
    pub region: Arc<Region>,
    /// Where the services are.
    pub services: Addresses,
    /// Where the key of the sessions is kept, so that a restart signs nobody out; none: a new one every time.
    pub key_file: Option<PathBuf>,
    /// Whose tokens it believes.
    pub verifier: Arc<Verifier>,
    /// Its own, to follow the board with.
    pub tokens: Tokens,
    /// How it is known where people sign in.
    pub client: Client,
    /// Where people find the pages, such as `https://onderdak.example.org`, when something stands in front of them; none:
    /// on this machine, where it listens.
    pub public: Option<String>,
}

/// Why portaal ended.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// An address of a service.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The key of the sessions.
    #[error("de sleutel van de sessies in {file} is niet te lezen of te maken")]
    Key {
        /// Where it should be.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The machine gives no random numbers.
    #[error("er is geen sleutel voor de sessies te maken")]
    Random(#[source] std::io::Error),
    /// Nothing can be sealed with the key: a mistake of ours.
    #[error("met de sleutel van de sessies kan niets verzegeld worden")]
    Sealing,
}

/// What every request needs.
struct Portaal {
    region: Arc<Region>,
    suite: Suite,
    key: Key,
    over: Over,
    sign_in: SignIn,
    pictures: Pictures,
    /// How much programs ask.
    meters: api::Meters,
    stop: CancellationToken,
}

/// Serves the pages until told to stop.
pub async fn run(config: Config, listener: TcpListener, stop: CancellationToken) -> Result<(), RunError> {
    let key = Key::load(config.key_file.as_deref())?;
    let suite = Suite::new(&config.services)?;
    let who = Who::pages(config.tokens);
    let sign_in = SignIn::new(config.verifier, config.client, config.public);
    let (pictures, following) = picture::follow(suite.clone(), who, Arc::clone(&config.region), stop.clone());
    let portaal = Portaal {
        region: config.region,
        suite,
        key,
        over: Over::default(),
        sign_in,
        pictures,
        meters: api::Meters::default(),
        stop: stop.clone(),
    };
    info!(service = NAME, address = ?listener.local_addr().ok(), "Ready");
    let following = tokio::spawn(following);
    server::serve(listener, pages::routes(Arc::new(portaal)), stop).await;
    // It ends by itself once `stop` is cancelled; that it panicked is in the log.
    let _ = following.await;
    Ok(())
}
