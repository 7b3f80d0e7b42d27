//! What a provider tells of itself: where people sign in, where tokens are given, by which keys they are signed. It must
//! not verify a token.

use jsonwebtoken::jwk::JwkSet;
use serde::{Deserialize, Serialize};

use crate::http::{Http, HttpError};

/// What a provider tells, as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Its name in its tokens.
    pub issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: String,
    /// Where tokens are given.
    pub token_endpoint: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where people sign out, if it has that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_session_endpoint: Option<String>,
    /// Where a token is taken back, if it has that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation_endpoint: Option<String>,
    /// The page where its people are, if it is the demonstration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub onderdak_people_page: Option<String>,
}

/// A provider said that it is another one.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// It could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It is another one.
    #[error("de aanbieder op {asked} noemt zich {told}")]
    Another {
        /// As it was asked for.
        asked: String,
        /// As it calls itself.
        told: String,
    },
}

/// Asks a provider what it tells of itself.
pub async fn metadata(http: &Http, issuer: &str) -> Result<Metadata, ProviderError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let told: Metadata = http.get(&url).await?;
    if told.issuer == issuer {
        Ok(told)
    } else {
        Err(ProviderError::Another { asked: issuer.to_owned(), told: told.issuer })
    }
}

/// Asks for the keys of a provider.
pub async fn keys(http: &Http, metadata: &Metadata) -> Result<JwkSet, ProviderError> {
    Ok(http.get(&metadata.jwks_uri).await?)
}

/// What a provider gives for a code, a password or an older token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// For the services.
    pub access_token: String,
    /// For whoever asked: who signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_token: Option<String>,
    /// For the next access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_token: Option<String>,
    /// How many seconds the access token is good for.
    #[serde(default)]
    pub expires_in: i64,
    /// Always bearer.
    pub token_type: String,
}
