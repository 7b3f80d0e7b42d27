//! Calling a service of the suite: who acts goes along, and what may be tried again is tried again under the same command
//! id. It must not send a command again under another one, and talks to nobody but services.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use identity::Tokens;
use tonic::body::Body;
use tonic::codegen::{Service, http};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use uuid::Uuid;

use crate::clock;

/// Longest wait for an answer; a service ends a call by itself after 15 seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(16);
/// No try begins later than this.
const AGAIN_FOR: Duration = Duration::from_secs(20);
/// A service that is silent for so long is asked whether it is there, and has so long to say that it is.
const ASK_AFTER: Duration = Duration::from_secs(10);
const THERE_WITHIN: Duration = Duration::from_secs(5);
/// Longest rest between two tries.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// How the path of what is asked for once and goes on ends.
const STREAM: &str = "/Watch";
/// How often a command is sent at most while its outcome is not known.
const TRIES: u32 = 5;

/// Why an address cannot be one of a service.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// It is no address.
    #[error("‘{0}’ is geen adres, zoals http://127.0.0.1:7400")]
    Malformed(String),
    /// Whoever asks for encryption must not get a connection without.
    #[error("{0}: versleuteld verbinden kan nog niet; op deze machine is het http://")]
    Encrypted(String),
}

/// A channel that says whose calls these are.
#[derive(Debug, Clone)]
pub struct Identified {
    channel: Channel,
    tokens: Tokens,
}

impl Service<http::Request<Body>> for Identified {
    type Response = http::Response<Body>;
    type Error = tonic::transport::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.channel.poll_ready(context)
    }

    fn call(&mut self, mut request: http::Request<Body>) -> Self::Future {
        // The one that is ready is called; its copy waits for the next.
        let next = self.channel.clone();
        let mut channel = std::mem::replace(&mut self.channel, next);
        let tokens = self.tokens.clone();
        Box::pin(async move {
            match tokens.bearer().await {
                Ok(mut bearer) => {
                    // Said once for as long as it goes on: neither end keeps it to say it shorter the next time.
                    bearer.set_sensitive(request.uri().path().ends_with(STREAM));
                    request.headers_mut().insert(http::header::AUTHORIZATION, bearer.clone());
                    let answer = channel.call(request).await;
                    if answer.as_ref().is_ok_and(is_nobody) {
                        // The next call asks for a new one.
                        tokens.refused(&bearer);
                    }
                    answer
                }
                Err(error) => {
                    let code = if error.is_away() { Code::Unavailable } else { Code::Unauthenticated };
                    Ok(no_token(code, &crate::Chain(&error).to_string()).into_http())
                }
            }
        })
    }
}

/// Whether a service did not believe the token. It says so before anything else, so in the head of its answer.
fn is_nobody<B>(answer: &http::Response<B>) -> bool {
    Status::from_header_map(answer.headers()).is_some_and(|status| status.code() == Code::Unauthenticated)
}

fn no_token(code: Code, why: &str) -> Status {
    crate::call::with_reason(code, "NO_TOKEN", &format!("Aanmelden lukt niet: {why}."))
}

/// A channel to a service; it connects when it is first used, and again whenever it must.
pub fn channel(address: &str) -> Result<Channel, AddressError> {
    let malformed = || AddressError::Malformed(address.to_owned());
    if address.starts_with("https://") {
        return Err(AddressError::Encrypted(address.to_owned()));
    }
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|_| malformed())?;
    let is_whole = endpoint.uri().scheme_str() == Some("http") && endpoint.uri().port_u16().is_some();
    if !is_whole {
        return Err(malformed());
    }
    let endpoint = endpoint.connect_timeout(THERE_WITHIN).tcp_nodelay(true);
    let endpoint = endpoint.http2_keep_alive_interval(ASK_AFTER).keep_alive_timeout(THERE_WITHIN);
    Ok(endpoint.connect_lazy())
}

/// The same channel, for whoever these tokens are of.
pub const fn identified(channel: Channel, tokens: Tokens) -> Identified {
    Identified { channel, tokens }
}

/// A fresh command id, as text.
pub fn command_id() -> String {
    Uuid::now_v7().to_string()
}

/// The same command id for the same thing, always: doing it again changes nothing.
pub fn same_command_id(what: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("urn:onderdak:{what}").as_bytes()).to_string()
}

/// Sends a command; where the outcome is unknown it sends the same command id again, which does it at most once. A few
/// times: whoever waits at a prompt hears soon that nobody is there.
pub async fn send<T, R, F>(request: T, call: impl FnMut(T) -> F) -> Result<R, Status>
where
    T: Clone,
    F: Future<Output = Result<R, Status>>,
{
    sending(request, call, TRIES).await
}

/// The same for as long as it takes, until it does not make sense any more: for whoever has a limit of their own.
pub async fn insist<T, R, F>(request: T, call: impl FnMut(T) -> F) -> Result<R, Status>
where
    T: Clone,
    F: Future<Output = Result<R, Status>>,
{
    sending(request, call, u32::MAX).await
}

async fn sending<T, R, F>(request: T, mut call: impl FnMut(T) -> F, mut left: u32) -> Result<R, Status>
where
    T: Clone,
    F: Future<Output = Result<R, Status>>,
{
    let started = clock::stopwatch();
    let mut wait = Duration::from_millis(100);
    loop {
        let answer = tokio::time::timeout(ANSWER_WITHIN, call(request.clone())).await;
        let answer = answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("geen antwoord op tijd")));
        left -= 1;
        let again = answer.as_ref().is_err_and(may_try_again) && left > 0 && started.elapsed() < AGAIN_FOR;
        if !again {
            return answer;
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(LONGEST_REST);
    }
}

fn may_try_again(status: &Status) -> bool {
    is_away(status)
}

/// Whether nobody answered, or not now.
pub fn is_away(status: &Status) -> bool {
    let is_away = matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted);
    is_away || is_broken(status)
}

/// Whether the connection broke, and nobody answered.
pub fn is_broken(status: &Status) -> bool {
    status.code() == Code::Unknown && std::error::Error::source(status).is_some()
}
