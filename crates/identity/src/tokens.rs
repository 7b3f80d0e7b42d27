//! Tokens for a program that calls a service: given once, kept until shortly before they end, then got again. It must not
//! read what is in a token; that is for whoever verifies it.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use data_encoding::BASE64;
use hyper::header::HeaderValue;
use model::actor::Actor;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::http::{Http, HttpError};
use crate::provider::{self, Granted, ProviderError};

/// The grant by which the demonstration gives anybody on this machine any role. No other provider knows it.
pub const DEMO_GRANT: &str = "urn:onderdak:params:oauth:grant-type:demo";
/// A token that ends within this is got anew.
const BEFORE_END: Duration = Duration::from_secs(30);
/// A token that does not say for how long it is good is read again after this.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Where tokens come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// One token, got elsewhere.
    Fixed(Arc<str>),
    /// A file with a token in it, that somebody else keeps new.
    File(PathBuf),
    /// The demonstration on this machine.
    Demo {
        /// Where it is.
        issuer: String,
        /// Who to be.
        actor: Actor,
    },
    /// A program that is known at the provider by a name and a password.
    Client {
        /// The provider.
        issuer: String,
        /// What the token is for.
        audience: String,
        /// The name.
        id: String,
        /// The file with the password.
        secret_file: PathBuf,
    },
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// A file cannot be read.
    #[error("{file} is niet te lezen")]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It has characters that no header may have.
    #[error("dit token is er geen")]
    Unreadable,
    /// The provider gives none.
    #[error("er is geen token te krijgen")]
    Provider(#[from] ProviderError),
    /// The provider cannot be asked.
    #[error("er is geen token te krijgen")]
    Http(#[from] HttpError),
}

impl TokenError {
    /// Whether it may go better in a moment.
    pub const fn is_away(&self) -> bool {
        matches!(self, Self::Http(HttpError::Away(_)) | Self::Provider(ProviderError::Http(HttpError::Away(_))))
    }
}

/// Tokens of one source. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tokens(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Source,
    kept: RwLock<Option<(HeaderValue, Instant)>>,
    asking: Mutex<()>,
}

impl Tokens {
    /// Tokens of a source; asks nothing yet.
    pub fn new(source: Source) -> Self {
        Self(Arc::new(Inner { source, kept: RwLock::default(), asking: Mutex::default() }))
    }

    /// One token, got elsewhere.
    pub fn fixed(token: &str) -> Self {
        Self::new(Source::Fixed(token.into()))
    }

    /// A token that is good for a while, as a header says it. The same one is the same bytes, so that a connection sends
    /// them once and only points at them afterwards.
    pub async fn bearer(&self) -> Result<HeaderValue, TokenError> {
        if let Some(kept) = self.kept() {
            return Ok(kept);
        }
        let _one_at_a_time = self.0.asking.lock().await;
        // Somebody else may have got it meanwhile.
        if let Some(kept) = self.kept() {
            return Ok(kept);
        }
        let (token, lasts) = self.ask().await?;
        let until = Instant::now() + lasts.saturating_sub(BEFORE_END);
        let bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| TokenError::Unreadable)?;
        *self.0.kept.write().unwrap_or_else(PoisonError::into_inner) = Some((bearer.clone(), until));
        Ok(bearer)
    }

    /// A token that was not believed is not kept: a clock may have jumped, or somebody took it back.
    pub fn refused(&self, bearer: &HeaderValue) {
        let mut kept = self.0.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.as_ref().is_some_and(|(it, _)| it == bearer) {
            *kept = None;
        }
    }

    fn kept(&self) -> Option<HeaderValue> {
        let kept = self.0.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|(_, until)| Instant::now() < *until).map(|(bearer, _)| bearer.clone())
    }

    async fn ask(&self) -> Result<(Arc<str>, Duration), TokenError> {
        let granted = match &self.0.source {
            Source::Fixed(token) => return Ok((Arc::clone(token), READ_AGAIN_AFTER)),
            Source::File(file) => {
                return Ok((read(file).await?.into(), READ_AGAIN_AFTER));
            }
            Source::Demo { issuer, actor } => {
                let http = Http::new(issuer)?;
                let metadata = provider::metadata(&http, issuer).await?;
                let actor = actor.to_string();
                let fields = [("grant_type", DEMO_GRANT), ("actor", actor.as_str())];
                http.post::<Granted>(&metadata.token_endpoint, &fields, None).await?
            }
            Source::Client { issuer, audience, id, secret_file } => {
                let secret = read(secret_file).await?;
                let http = Http::new(issuer)?;
                let metadata = provider::metadata(&http, issuer).await?;
                let fields = [("grant_type", "client_credentials"), ("resource", audience.as_str())];
                http.post::<Granted>(&metadata.token_endpoint, &fields, Some(&basic(id, &secret))).await?
            }
        };
        let lasts = u64::try_from(granted.expires_in).ok().filter(|lasts| *lasts > 0);
        let lasts = lasts.map_or(READ_AGAIN_AFTER, Duration::from_secs);
        Ok((granted.access_token.into(), lasts))
    }
}

/// A name and a password, as OAuth sends them.
pub fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| -> String { form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    BASE64.encode(format!("{}:{}", encoded(id), encoded(secret)).as_bytes())
}

async fn read(file: &PathBuf) -> Result<String, TokenError> {
    let text = tokio::fs::read_to_string(file).await;
    text.map(|text| text.trim().to_owned()).map_err(|source| TokenError::File { file: file.clone(), source })
}
