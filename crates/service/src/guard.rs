//! At the door of a service: whose token a call carries, and whether their role may call this method. Where they may do
//! it is known only by whoever reads the request, so what they may reach goes along. It must not read a message.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use identity::rights::{self, Scope};
use identity::{Caller, Denied, Locations, Verifier};
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::transport::server::TcpConnectInfo;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tower::Layer;
use tracing::info;

use crate::call::with_reason;
use crate::{clock, reader};

/// Guards the methods of a service.
#[derive(Debug, Clone)]
pub struct Guard(Arc<Verifier>);

impl Guard {
    /// By the tokens of a provider.
    pub const fn new(verifier: Arc<Verifier>) -> Self {
        Self(verifier)
    }
}

impl<S> Layer<S> for Guard {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, verifier: Arc::clone(&self.0) }
    }
}

/// A service with a guard at its door.
#[derive(Debug, Clone)]
pub struct Guarded<S> {
    inner: S,
    verifier: Arc<Verifier>,
}

impl<S> Service<http::Request<Body>> for Guarded<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        // The one that is ready is called; its copy waits for the next.
        let next = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, next);
        let verifier = Arc::clone(&self.verifier);
        let from = request.extensions().get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
        let from = from.map(|from| from.ip());
        let path = request.uri().path().to_owned();
        let token = request.headers().get(http::header::AUTHORIZATION).cloned();
        Box::pin(async move {
            let token = token.as_ref().and_then(bearer);
            let caller =
                if rights::is_open(&path) { Ok(None) } else { let_in(&verifier, &path, token, from).await.map(Some) };
            let caller = match caller {
                Ok(caller) => caller,
                Err(status) => return Ok(status.into_http()),
            };
            let asks = reader::Asks { caller: caller.clone(), from };
            if let Some(caller) = caller {
                request.extensions_mut().insert(caller);
            }
            reader::asking(asks, inner.call(request)).await
        })
    }
}

/// Who calls, with what they may reach by this method.
async fn let_in(verifier: &Verifier, path: &str, token: Option<&str>, from: Option<IpAddr>) -> Result<Caller, Status> {
    // What has no row is for nobody, also where it exists.
    let no_such = || with_reason(Code::Unimplemented, "UNKNOWN_METHOD", "Deze opdracht kent Onderdak niet.");
    let rights = rights::of_method(path).ok_or_else(no_such)?;
    let caller = match token {
        Some(token) => verifier.verify(token, clock::now()).await,
        None => Err(Denied::Missing),
    };
    let caller = caller.map_err(|why| denied(why, from))?;
    let role = caller.actor.role;
    match rights::scope(rights, role) {
        Some(Scope::Region) => Ok(Caller { locations: Locations::All, ..caller }),
        Some(Scope::Own) => Ok(caller),
        None => {
            let (rol, resultaat) = (role.name(), "geweigerd");
            let vanaf = from.map(tracing::field::display);
            info!(target: reader::TARGET, actie = path, rol, vanaf, resultaat, "A call that is for others was refused");
            let sentence = format!("Als {} mag u dit niet.", role.word());
            Err(with_reason(Code::PermissionDenied, "NOT_YOUR_ROLE", &sentence))
        }
    }
}

/// The token of an `Authorization` header.
pub fn bearer(header: &http::HeaderValue) -> Option<&str> {
    let (scheme, token) = header.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim()).filter(|token| !token.is_empty())
}

fn denied(why: Denied, from: Option<IpAddr>) -> Status {
    if why == Denied::ProviderAway {
        return with_reason(Code::Unavailable, "PROVIDER_AWAY", &why.to_string());
    }
    info!(
        target: reader::TARGET,
        actie = "aanmelden",
        vanaf = from.map(tracing::field::display),
        resultaat = "geweigerd",
        reden = reason(why),
        "A call without a good token was refused"
    );
    with_reason(Code::Unauthenticated, reason(why), &why.to_string())
}

/// What a stream ends with when the token ends that opened it: come back with another.
pub fn token_ended() -> Status {
    with_reason(Code::Unauthenticated, reason(Denied::Expired), &Denied::Expired.to_string())
}

/// Whether a stream ended only because its token did.
pub fn is_token_ended(status: &Status) -> bool {
    let reason_of = status.get_details_error_info().map(|info| info.reason);
    status.code() == Code::Unauthenticated && reason_of.as_deref() == Some(reason(Denied::Expired))
}

/// The machine reason.
pub const fn reason(why: Denied) -> &'static str {
    match why {
        Denied::Missing => "UNAUTHENTICATED",
        Denied::Malformed => "TOKEN_UNREADABLE",
        Denied::Expired => "TOKEN_EXPIRED",
        Denied::NotYet => "TOKEN_NOT_YET",
        Denied::NotSigned => "TOKEN_NOT_SIGNED",
        Denied::OtherAudience => "TOKEN_FOR_OTHERS",
        Denied::OtherRegion => "TOKEN_FOR_OTHER_REGION",
        Denied::NoRole => "TOKEN_WITHOUT_ROLE",
        Denied::ProviderAway => "PROVIDER_AWAY",
    }
}
