//! Asking a provider over HTTP: few requests, small answers, a limit on each. It must not know what is asked.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, Uri, header};
use hyper_rustls::{ConfigBuilderExt as _, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::DeserializeOwned;

/// Longest wait for an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
/// Largest answer, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;

/// Why a provider did not give what was asked.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// Only this machine may be asked without encryption.
    #[error("{0} is geen https://-adres; alleen op deze machine mag dat met http://")]
    Unencrypted(String),
    /// It is no address.
    #[error("‘{0}’ is geen adres")]
    Malformed(String),
    /// The certificates of this machine cannot be read.
    #[error("de certificaten van deze machine zijn niet te lezen")]
    Certificates(#[source] std::io::Error),
    /// Encryption cannot be set up.
    #[error("versleutelen lukt niet")]
    Encryption(#[from] rustls::Error),
    /// Nobody answers there.
    #[error("{0} antwoordt niet")]
    Away(String),
    /// It says no.
    #[error("{url} zegt {status}{why}")]
    Refused {
        /// Who.
        url: String,
        /// How.
        status: StatusCode,
        /// Why, where it told so; empty otherwise.
        why: String,
    },
    /// The answer is not what was asked for.
    #[error("{url} antwoordt iets anders dan gevraagd")]
    Unreadable {
        /// Who.
        url: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// A client for one provider.
#[derive(Debug, Clone)]
pub struct Http(Client<HttpsConnector<HttpConnector>, Full<Bytes>>);

impl Http {
    /// A client for addresses that begin like this one.
    pub fn new(address: &str) -> Result<Self, HttpError> {
        check(address)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        // Reading what this machine trusts takes a while, and is of no use where nothing is encrypted.
        let config = if address.starts_with("https://") {
            config.with_native_roots().map_err(HttpError::Certificates)?
        } else {
            config.with_root_certificates(rustls::RootCertStore::empty())
        };
        let config = config.with_no_client_auth();
        let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_or_http().enable_http1().build();
        let pool = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(2).build(connector);
        Ok(Self(pool))
    }

    /// Gets JSON.
    pub async fn get<T: DeserializeOwned>(&self, url: &str) -> Result<T, HttpError> {
        let request =
            Request::builder().method(Method::GET).uri(check(url)?).header(header::ACCEPT, "application/json");
        self.ask(url, request, Bytes::new()).await
    }

    /// Sends a form, as a client that has a password or one that has none; gets JSON.
    pub async fn post<T: DeserializeOwned>(
        &self,
        url: &str,
        fields: &[(&str, &str)],
        basic: Option<&str>,
    ) -> Result<T, HttpError> {
        let (request, form) = form(url, fields, basic)?;
        self.ask(url, request, form).await
    }

    /// Sends a form to which the answer is that it was taken.
    pub async fn tell(&self, url: &str, fields: &[(&str, &str)], basic: Option<&str>) -> Result<(), HttpError> {
        let (request, form) = form(url, fields, basic)?;
        self.read(url, request, form).await.map(drop)
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        url: &str,
        request: hyper::http::request::Builder,
        body: Bytes,
    ) -> Result<T, HttpError> {
        let body = self.read(url, request, body).await?;
        serde_json::from_slice(&body).map_err(|source| HttpError::Unreadable { url: url.to_owned(), source })
    }

    /// Asks, and gives what came back where it was no refusal.
    async fn read(&self, url: &str, request: hyper::http::request::Builder, body: Bytes) -> Result<Bytes, HttpError> {
        let away = || HttpError::Away(url.to_owned());
        let request = request.body(Full::new(body)).map_err(|_| HttpError::Malformed(url.to_owned()))?;
        let asked = async {
            let answer = self.0.request(request).await.map_err(|error| {
                tracing::debug!(%error, url, "The provider cannot be reached");
                away()
            })?;
            let status = answer.status();
            let body = Limited::new(answer.into_body(), LARGEST_ANSWER).collect().await.map_err(|_| away())?;
            Ok::<_, HttpError>((status, body.to_bytes()))
        };
        let (status, body) = tokio::time::timeout(ANSWER_WITHIN, asked).await.map_err(|_| away())??;
        if !status.is_success() {
            return Err(HttpError::Refused { url: url.to_owned(), status, why: why(&body) });
        }
        Ok(body)
    }
}

/// A form, as a client that has a password or one that has none sends it.
fn form(
    url: &str,
    fields: &[(&str, &str)],
    basic: Option<&str>,
) -> Result<(hyper::http::request::Builder, Bytes), HttpError> {
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(check(url)?)
        .header(header::ACCEPT, "application/json")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        request = request.header(header::AUTHORIZATION, format!("Basic {basic}"));
    }
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Ok((request, form.into()))
}

/// What OAuth calls an error, and nothing else of an answer: it may hold anything.
fn why(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct OAuthError {
        error: String,
    }
    let told = serde_json::from_slice::<OAuthError>(body).ok();
    let told = told.filter(|told| told.error.len() < 64 && told.error.bytes().all(|byte| byte.is_ascii_graphic()));
    told.map(|told| format!(" ({})", told.error)).unwrap_or_default()
}

/// An address that may be asked: encrypted, or of this machine.
pub fn check(address: &str) -> Result<Uri, HttpError> {
    let malformed = || HttpError::Malformed(address.to_owned());
    let uri: Uri = address.parse().map_err(|_| malformed())?;
    let host = uri.host().ok_or_else(malformed)?;
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if is_loopback(host) => Ok(uri),
        Some("http") => Err(HttpError::Unencrypted(address.to_owned())),
        _ => Err(malformed()),
    }
}

/// Whether a host is this machine, whatever any name server says.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
