//! A key of our own to sign tokens with: of the demonstration, and of tests. It must not be used where people sign in for
//! real; that is what a provider is for.

use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde::Serialize;

/// Bytes of a seed.
pub const SEED_LENGTH: usize = 32;
/// What stands before the seed of an Ed25519 key in PKCS #8.
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
/// The name of the key in tokens.
const KEY_ID: &str = "demo";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// The key, or what it must sign, is no good.
    #[error("er kan geen token ondertekend worden")]
    Token(#[from] jsonwebtoken::errors::Error),
}

/// Signs tokens.
#[derive(Clone)]
pub struct Signer {
    key: EncodingKey,
    public: Jwk,
}

impl Signer {
    /// The key that grows from a seed: always the same.
    pub fn new(seed: &[u8; SEED_LENGTH]) -> Result<Self, SignerError> {
        let key = EncodingKey::from_ed_der(&[PKCS8.as_slice(), seed].concat());
        let mut public = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
        public.common.key_id = Some(KEY_ID.to_owned());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { key, public })
    }

    /// What others verify with.
    pub fn keys(&self) -> JwkSet {
        JwkSet { keys: vec![self.public.clone()] }
    }

    /// A token that says this, of a type: two types are never taken for each other.
    pub fn sign(&self, typ: &str, claims: &impl Serialize) -> Result<String, SignerError> {
        let header =
            Header { kid: Some(KEY_ID.to_owned()), typ: Some(typ.to_owned()), ..Header::new(Algorithm::EdDSA) };
        Ok(encode(&header, claims, &self.key)?)
    }
}
