//! Verifying a token: signed by a key of the provider, by an algorithm we allow, for us, and not over. Keys are kept, and
//! asked again when a token names one that is not known, once in a while at most. While the provider is away, what is
//! known goes on. It must not decide what somebody may do.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use jsonwebtoken::jwk::{Jwk, JwkSet, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use model::id::RegionId;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::claims::Claims;
use crate::http::{Http, HttpError};
use crate::provider::{self, Metadata, ProviderError};
use crate::{Caller, Options};

/// How a token may be signed. Never by a secret, never not at all.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::EdDSA, Algorithm::ES256, Algorithm::ES384, Algorithm::PS256, Algorithm::RS256];
/// How far the clocks of two machines may differ, in seconds.
const LEEWAY: u64 = 5;
/// An unknown key is asked for at most this often.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(30);
/// Before there is any key it is asked this often.
const ASK_FIRST_AFTER: Duration = Duration::from_millis(500);
/// Keys that are older than this are asked again.
const KEYS_AGE_AFTER: Duration = Duration::from_secs(600);
/// Most tokens that are known by heart.
const MOST_KNOWN: usize = 4_096;
/// Largest token, in bytes.
const LARGEST: usize = 8 * 1024;

/// Why somebody is nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// There is no token.
    #[error("Meld u eerst aan: er is geen token meegegeven.")]
    Missing,
    /// It cannot be read.
    #[error("Dit token is niet te lezen. Meld u opnieuw aan.")]
    Malformed,
    /// It is over.
    #[error("U bent te lang geleden aangemeld. Meld u opnieuw aan.")]
    Expired,
    /// It is not good yet.
    #[error("Dit token geldt nog niet. Probeer het zo opnieuw, of laat de klok van deze machine nakijken.")]
    NotYet,
    /// It was not signed by the provider.
    #[error("Dit token is niet van de aanbieder waar u zich hier aanmeldt.")]
    NotSigned,
    /// It is for something else.
    #[error("Dit token is niet voor Onderdak bedoeld.")]
    OtherAudience,
    /// It is for another region.
    #[error("Dit token is voor een andere regio.")]
    OtherRegion,
    /// It tells no role.
    #[error("In dit token staat geen rol. De beheerder moet u een rol geven.")]
    NoRole,
    /// The provider cannot be asked for its keys.
    #[error("Aanmelden lukt nu niet: de aanbieder antwoordt niet. Probeer het zo opnieuw.")]
    ProviderAway,
}

/// Verifies the tokens of one provider.
pub struct Verifier {
    options: Options,
    region: RegionId,
    http: Http,
    asked: Mutex<Option<Instant>>,
    known: RwLock<Known>,
}

#[derive(Default)]
struct Known {
    metadata: Option<Arc<Metadata>>,
    keys: Arc<JwkSetAt>,
    callers: HashMap<Box<str>, Caller>,
}

struct JwkSetAt {
    keys: JwkSet,
    at: Option<Instant>,
}

impl Default for JwkSetAt {
    fn default() -> Self {
        Self { keys: JwkSet { keys: Vec::new() }, at: None }
    }
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verifier").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Verifier {
    /// Verifies the tokens of a provider for a region; asks nothing yet.
    pub fn new(options: Options, region: RegionId) -> Result<Self, HttpError> {
        let http = Http::new(&options.issuer)?;
        Ok(Self { options, region, http, asked: Mutex::default(), known: RwLock::default() })
    }

    /// Verifies by keys that are known, for tests: no provider is asked for them.
    pub fn with_keys(options: Options, region: RegionId, keys: JwkSet) -> Result<Self, HttpError> {
        let verifier = Self::new(options, region)?;
        let known = Known { keys: Arc::new(JwkSetAt { keys, at: Some(Instant::now()) }), ..Known::default() };
        Ok(Self { known: RwLock::new(known), ..verifier })
    }

    /// Who a token is of.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, Denied> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).callers.get(token).cloned();
        if let Some(caller) = known.filter(|caller| now < caller.until) {
            return Ok(caller);
        }
        let claims = self.read(token, &self.options.audience).await?;
        let caller = claims.caller(&self.region)?;
        self.learn(token, &caller, now);
        Ok(caller)
    }

    /// What an ID token says to a client, in answer to a sign-in with this number.
    pub async fn verify_id(&self, token: &str, client: &str, nonce: &str) -> Result<Claims, Denied> {
        let claims = self.read(token, client).await?;
        if claims.nonce.as_deref() == Some(nonce) { Ok(claims) } else { Err(Denied::NotSigned) }
    }

    /// Whose tokens it believes.
    pub fn issuer(&self) -> &str {
        &self.options.issuer
    }

    /// What the provider tells of itself.
    pub async fn metadata(&self) -> Result<Arc<Metadata>, ProviderError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).metadata.clone();
        if let Some(known) = known {
            return Ok(known);
        }
        let told = Arc::new(provider::metadata(&self.http, &self.options.issuer).await?);
        self.known.write().unwrap_or_else(PoisonError::into_inner).metadata = Some(Arc::clone(&told));
        Ok(told)
    }

    /// How the provider is asked.
    pub const fn http(&self) -> &Http {
        &self.http
    }

    /// The provider, and what tokens are for.
    pub const fn options(&self) -> &Options {
        &self.options
    }

    fn learn(&self, token: &str, caller: &Caller, now: Timestamp) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.callers.len() >= MOST_KNOWN {
            known.callers.retain(|_, caller| now < caller.until);
        }
        if known.callers.len() >= MOST_KNOWN {
            known.callers.clear();
        }
        known.callers.insert(token.into(), caller.clone());
    }

    /// The claims of a token that is signed, for this audience, and not over.
    async fn read(&self, token: &str, audience: &str) -> Result<Claims, Denied> {
        if token.len() > LARGEST {
            return Err(Denied::Malformed);
        }
        let header = decode_header(token).map_err(|_| Denied::Malformed)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(Denied::NotSigned);
        }
        let key = self.key(header.kid.as_deref(), header.alg).await?;
        let key = DecodingKey::from_jwk(&key).map_err(|_| Denied::NotSigned)?;
        let mut validation = Validation::new(header.alg);
        validation.set_audience(&[audience]);
        validation.set_issuer(&[&self.options.issuer]);
        validation.set_required_spec_claims(&["exp", "aud", "iss", "sub"]);
        (validation.validate_nbf, validation.leeway) = (true, LEEWAY);
        decode::<Claims>(token, &key, &validation).map(|data| data.claims).map_err(|error| {
            use jsonwebtoken::errors::ErrorKind;
            match error.kind() {
                ErrorKind::ExpiredSignature => Denied::Expired,
                ErrorKind::ImmatureSignature => Denied::NotYet,
                ErrorKind::InvalidAudience => Denied::OtherAudience,
                ErrorKind::InvalidSignature | ErrorKind::InvalidIssuer | ErrorKind::InvalidAlgorithm => {
                    Denied::NotSigned
                }
                _ => Denied::Malformed,
            }
        })
    }

    /// The key that a token names. A provider with one key need not name it.
    async fn key(&self, kid: Option<&str>, alg: Algorithm) -> Result<Jwk, Denied> {
        let kept = self.keys();
        let found = find(&kept.keys, kid, alg);
        let is_old = kept.at.is_none_or(|at| at.elapsed() > KEYS_AGE_AFTER);
        if let Some(found) = found.clone().filter(|_| !is_old) {
            return Ok(found);
        }
        match self.ask(kept.at).await {
            Ok(()) => find(&self.keys().keys, kid, alg).ok_or(Denied::NotSigned),
            // What is known goes on while the provider is away.
            Err(error) => {
                tracing::warn!(%error, "The keys of the provider cannot be asked");
                found.ok_or(Denied::ProviderAway)
            }
        }
    }

    fn keys(&self) -> Arc<JwkSetAt> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner).keys)
    }

    /// Asks for the keys, unless somebody just did: one asks at a time, whoever waited uses the answer.
    async fn ask(&self, kept: Option<Instant>) -> Result<(), ProviderError> {
        let mut asked = self.asked.lock().await;
        let rest = if kept.is_some() { ASK_AGAIN_AFTER } else { ASK_FIRST_AFTER };
        let is_newer = self.keys().at != kept;
        if is_newer || (kept.is_some() && asked.is_some_and(|at| at.elapsed() < rest)) {
            return Ok(());
        }
        *asked = Some(Instant::now());
        let metadata = self.metadata().await?;
        let keys = provider::keys(&self.http, &metadata).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.keys.keys != keys {
            // A key that was taken back signs nobody in any more.
            known.callers.clear();
        }
        known.keys = Arc::new(JwkSetAt { keys, at: Some(Instant::now()) });
        Ok(())
    }
}

fn find(keys: &JwkSet, kid: Option<&str>, alg: Algorithm) -> Option<Jwk> {
    let mut fit = keys.keys.iter().filter(|key| {
        let is_for_signing = !matches!(key.common.public_key_use, Some(PublicKeyUse::Encryption));
        let is_of = key.common.key_algorithm.is_none_or(|of| of == KeyAlgorithm::from(alg));
        is_for_signing && is_of && kid.is_none_or(|kid| key.common.key_id.as_deref() == Some(kid))
    });
    let found = fit.next()?;
    // Without a name it has to be the only one.
    (kid.is_some() || fit.next().is_none()).then(|| found.clone())
}
