//! Signing in at the provider: an authorization code with PKCE, checked in every way there is, and tokens that are renewed
//! while somebody works. It must not decide what a role may do, nor keep who signed in: that is in the cookie.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderMap;
use data_encoding::BASE64URL_NOPAD;
use identity::http::HttpError;
use identity::provider::{Granted, ProviderError};
use identity::{Denied, Verifier, basic};
use jiff::{SignedDuration, Timestamp};
use ring::digest;
use serde::{Deserialize, Serialize};
use service::clock;
use tokio::sync::OnceCell;

use crate::answer::Problem;
use crate::form::Fields;
use crate::secret;
use crate::session::Session;

/// How long signing in may take: somebody has to find a phone first.
pub(crate) const ATTEMPT: SignedDuration = SignedDuration::from_mins(15);
/// A token that ends within this is renewed with the next request.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(2);
/// How long what a renewal gave is kept for requests that came with the older token.
const RENEWED_KEPT: Duration = Duration::from_secs(60);
/// Most renewals that are kept.
const MOST_RENEWED: usize = 10_000;

/// Where the provider sends somebody back to.
pub(crate) const BACK: &str = "/aanmelden/terug";

/// How these pages are known at the provider.
#[derive(Debug, Clone)]
pub struct Client {
    /// The name.
    pub id: String,
    /// The file with the password; none for a client that has none.
    pub secret_file: Option<PathBuf>,
}

/// Signing in at a provider.
pub(crate) struct SignIn {
    verifier: Arc<Verifier>,
    client: Client,
    /// Where people find these pages; none: where the request came.
    public: Option<String>,
    renewed: Mutex<HashMap<String, Renewing>>,
}

/// One renewal, for everybody who came with the same older token.
struct Renewing {
    since: Instant,
    outcome: Arc<OnceCell<Renewed>>,
}

/// What came of a renewal.
#[derive(Debug, Clone)]
pub(crate) enum Renewed {
    /// It goes on.
    Session(Box<Session>),
    /// The provider says that it is over.
    Over,
    /// The provider does not answer.
    Away,
}

/// Somebody on their way to the provider and back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attempt {
    state: String,
    nonce: String,
    verifier: String,
    redirect: String,
    to: String,
    until: Timestamp,
}

/// Why somebody is not signed in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// The provider, or what it gave.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// A token is no good.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The answer is not one to a question from here.
    #[error("Dit aanmelden is verlopen of elders begonnen.")]
    Stale,
    /// The provider said no.
    #[error("De aanbieder heeft het aanmelden niet goedgevonden.")]
    Refused,
    /// The password of these pages.
    #[error("het wachtwoord van de pagina's bij de aanbieder is niet te lezen")]
    Secret(#[source] std::io::Error),
    /// The machine gives no random numbers.
    #[error("er is geen aanmelden te beginnen")]
    Random(#[source] std::io::Error),
}

impl From<HttpError> for SignInError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::Refused { .. } => Self::Refused,
            error => Self::Provider(ProviderError::Http(error)),
        }
    }
}

impl From<SignInError> for Problem {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Stale | SignInError::Refused => Self::NotSignedIn { sentence: error.to_string() },
            SignInError::Denied(Denied::ProviderAway) | SignInError::Provider(_) => {
                tracing::warn!(error = %service::Chain(&error), "The provider does not answer");
                Self::ProviderAway
            }
            SignInError::Denied(why) => Self::NotSignedIn { sentence: why.to_string() },
            SignInError::Secret(_) | SignInError::Random(_) => {
                tracing::error!(error = %service::Chain(&error), "Nobody can sign in");
                Self::Broken
            }
        }
    }
}

impl SignIn {
    pub(crate) fn new(verifier: Arc<Verifier>, client: Client, public: Option<String>) -> Self {
        Self { verifier, client, public, renewed: Mutex::default() }
    }

    /// Who a token is of.
    pub(crate) async fn verify(&self, token: &str, now: Timestamp) -> Result<identity::Caller, Denied> {
        self.verifier.verify(token, now).await
    }

    /// Where people find these pages.
    pub(crate) const fn public(&self) -> Option<&String> {
        self.public.as_ref()
    }

    fn base(&self, headers: &HeaderMap) -> String {
        let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        self.public.clone().unwrap_or_else(|| format!("http://{host}"))
    }

    /// Where somebody goes to sign in, and what has to be known when they come back.
    pub(crate) async fn begin(
        &self,
        headers: &HeaderMap,
        to: &str,
        hint: &str,
        language: &str,
        now: Timestamp,
    ) -> Result<(String, Attempt), SignInError> {
        let metadata = self.verifier.metadata().await?;
        let attempt = Attempt {
            state: secret::text().map_err(SignInError::Random)?,
            nonce: secret::text().map_err(SignInError::Random)?,
            verifier: secret::text().map_err(SignInError::Random)?,
            redirect: format!("{}{BACK}", self.base(headers)),
            to: to.to_owned(),
            until: model::moment::later(now, ATTEMPT),
        };
        let hash = digest::digest(&digest::SHA256, attempt.verifier.as_bytes());
        let challenge = BASE64URL_NOPAD.encode(hash.as_ref());
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([
            ("response_type", "code"),
            ("client_id", &self.client.id),
            ("redirect_uri", &attempt.redirect),
            ("scope", "openid offline_access"),
            ("resource", &self.verifier.options().audience),
            ("state", &attempt.state),
            ("nonce", &attempt.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("ui_locales", language),
        ]);
        if !hint.is_empty() {
            query.append_pair("login_hint", hint);
        }
        let at = &metadata.authorization_endpoint;
        let glue = if at.contains('?') { '&' } else { '?' };
        Ok((format!("{at}{glue}{}", query.finish()), attempt))
    }

    /// Who came back, and where they wanted to go.
    pub(crate) async fn finish(
        &self,
        attempt: Attempt,
        answer: &Fields,
        now: Timestamp,
    ) -> Result<(Session, String), SignInError> {
        let issuer = &self.verifier.options().issuer;
        let is_other = answer.has("iss") && answer.get("iss") != issuer;
        if now >= attempt.until || answer.get("state") != attempt.state || is_other {
            return Err(SignInError::Stale);
        }
        if answer.has("error") || !answer.has("code") {
            return Err(SignInError::Refused);
        }
        let fields = [
            ("grant_type", "authorization_code"),
            ("code", answer.get("code")),
            ("redirect_uri", &attempt.redirect),
            ("code_verifier", &attempt.verifier),
            ("resource", &self.verifier.options().audience),
        ];
        let granted = self.ask(&fields).await?;
        let id = granted.id_token.as_deref().ok_or(Denied::Missing)?;
        let id = self.verifier.verify_id(id, &self.client.id, &attempt.nonce).await?;
        let session = self.session(granted, now, now).await?;
        if session.subject != id.sub {
            return Err(Denied::NotSigned.into());
        }
        Ok((session, attempt.to))
    }

    async fn session(&self, granted: Granted, since: Timestamp, now: Timestamp) -> Result<Session, SignInError> {
        let caller = self.verifier.verify(&granted.access_token, now).await?;
        Ok(Session {
            actor: caller.actor,
            subject: caller.subject.to_string(),
            token: granted.access_token,
            until: caller.until,
            refresh: granted.refresh_token,
            since,
            told: now,
        })
    }

    async fn ask(&self, fields: &[(&str, &str)]) -> Result<Granted, SignInError> {
        let metadata = self.verifier.metadata().await?;
        let (fields, basic) = self.as_client(fields).await?;
        Ok(self.verifier.http().post(&metadata.token_endpoint, &fields, basic.as_deref()).await?)
    }

    /// Takes back what a session could still be renewed with: a cookie that somebody kept is of no use any more then, once
    /// its token ends.
    pub(crate) async fn take_back(&self, session: &Session) {
        // Nor does an older cookie of the same sign-in get what that was renewed to.
        let is_theirs = |it: &Renewing| match it.outcome.get() {
            Some(Renewed::Session(renewed)) => (&renewed.subject, renewed.since) == (&session.subject, session.since),
            _ => false,
        };
        self.renewed.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, it| !is_theirs(it));
        let taken = async {
            let metadata = self.verifier.metadata().await?;
            let Some((url, token)) = metadata.revocation_endpoint.as_ref().zip(session.refresh.as_ref()) else {
                return Ok::<_, SignInError>(());
            };
            let (fields, basic) = self.as_client(&[("token", token), ("token_type_hint", "refresh_token")]).await?;
            Ok(self.verifier.http().tell(url, &fields, basic.as_deref()).await?)
        };
        if let Err(error) = taken.await {
            tracing::warn!(error = %service::Chain(&error), "A token could not be taken back at the provider");
        }
    }

    /// A form, as these pages are known at the provider.
    async fn as_client<'a>(
        &'a self,
        fields: &[(&'a str, &'a str)],
    ) -> Result<(Vec<(&'a str, &'a str)>, Option<String>), SignInError> {
        let mut fields = fields.to_vec();
        let basic = match &self.client.secret_file {
            Some(file) => {
                let secret = tokio::fs::read_to_string(file).await.map_err(SignInError::Secret)?;
                Some(basic(&self.client.id, secret.trim()))
            }
            None => {
                fields.push(("client_id", &self.client.id));
                None
            }
        };
        Ok((fields, basic))
    }

    /// Whether a session needs another token.
    pub(crate) fn is_due(session: &Session, now: Timestamp) -> bool {
        model::moment::later(now, RENEW_BEFORE) >= session.until
    }

    /// A session with another token. Requests that come together with the same older one get the same newer one: it is
    /// asked for once.
    pub(crate) async fn renew(&self, session: &Session, now: Timestamp) -> Renewed {
        let Some(older) = session.refresh.clone() else {
            return if now < session.until { Renewed::Away } else { Renewed::Over };
        };
        let outcome = self.renewing(&older);
        let renewed = outcome.get_or_init(async || {
            let fields = [
                ("grant_type", "refresh_token"),
                ("refresh_token", older.as_str()),
                ("resource", self.verifier.options().audience.as_str()),
            ];
            let granted = match self.ask(&fields).await {
                Ok(granted) => granted,
                Err(SignInError::Refused) => return Renewed::Over,
                Err(error) => return away(&error),
            };
            let granted = Granted { refresh_token: granted.refresh_token.or_else(|| Some(older.clone())), ..granted };
            match self.session(granted, session.since, now).await {
                // A token of somebody else, or of another role, is no renewal.
                Ok(renewed) if renewed.subject == session.subject => Renewed::Session(Box::new(renewed)),
                Ok(_) | Err(SignInError::Denied(_)) => Renewed::Over,
                Err(error) => away(&error),
            }
        });
        let renewed = renewed.await.clone();
        if matches!(renewed, Renewed::Away) {
            self.renewed.lock().unwrap_or_else(PoisonError::into_inner).remove(&older);
        }
        renewed
    }

    fn renewing(&self, older: &str) -> Arc<OnceCell<Renewed>> {
        let mut renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.retain(|_, it| it.since.elapsed() < RENEWED_KEPT);
        if renewed.len() >= MOST_RENEWED {
            renewed.clear();
        }
        let fresh = || Renewing { since: clock::stopwatch(), outcome: Arc::default() };
        Arc::clone(&renewed.entry(older.to_owned()).or_insert_with(fresh).outcome)
    }

    /// Who the provider is.
    pub(crate) fn issuer(&self) -> &str {
        self.verifier.issuer()
    }

    /// The page where the people of the demonstration are; none with any other provider, whatever it tells of itself.
    pub(crate) async fn people(&self, headers: &HeaderMap) -> Option<String> {
        let metadata = self.verifier.metadata().await.ok()?;
        let page = metadata.onderdak_people_page.clone()?;
        let back = format!("{}/beheer", self.base(headers));
        let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        page.starts_with(&format!("{}/", self.issuer())).then(|| format!("{page}?terug={back}"))
    }

    /// Where somebody signs out at the provider too, so that the next one at this screen is not them.
    pub(crate) async fn leave(&self, headers: &HeaderMap) -> Option<String> {
        let metadata = self.verifier.metadata().await.ok()?;
        let at = metadata.end_session_endpoint.clone()?;
        let home = format!("{}/", self.base(headers));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs([("client_id", self.client.id.as_str()), ("post_logout_redirect_uri", &home)]);
        let glue = if at.contains('?') { '&' } else { '?' };
        Some(format!("{at}{glue}{}", query.finish()))
    }
}

fn away(error: &SignInError) -> Renewed {
    tracing::warn!(error = %service::Chain(error), "A session cannot be renewed now");
    Renewed::Away
}
