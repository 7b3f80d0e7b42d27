//! Ids that may stand in a subject, a URL or a log line: tokens of `a-z`, `0-9` and `-`.
//! They are opaque: nothing here may be made from a name or a number of a person.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Why a raw string is not a token, in plain Dutch.
pub type Why = &'static str;

/// Checks the shape all tokens share.
fn check_token(raw: &str, longest: usize) -> Result<(), Why> {
    if raw.is_empty() {
        return Err("mag niet leeg zijn");
    }
    if raw.len() > longest {
        return Err("is te lang");
    }
    if !raw.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-') {
        return Err("mag alleen kleine letters, cijfers en streepjes bevatten");
    }
    if raw.starts_with('-') || raw.ends_with('-') {
        return Err("mag niet met een streepje beginnen of eindigen");
    }
    Ok(())
}

macro_rules! token {
    ($(#[$doc:meta])* $name:ident, $longest:literal, $also:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "Arc<str>", into = "Arc<str>")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The only way to make one, so that every other function may trust it.
            pub fn parse(raw: &str) -> Result<Self, Why> {
                check_token(raw, $longest)?;
                let also: fn(&str) -> Result<(), Why> = $also;
                also(raw)?;
                Ok(Self(raw.into()))
            }

            /// A token that is given out now: beyond its shape it holds no number that could be a BSN.
            pub fn new(raw: &str) -> Result<Self, Why> {
                let token = Self::parse(raw)?;
                without_bsn(raw)?;
                Ok(token)
            }

            /// The token.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<Arc<str>> for $name {
            type Error = Why;
            fn try_from(raw: Arc<str>) -> Result<Self, Why> {
                Self::parse(&raw)
            }
        }

        impl From<$name> for Arc<str> {
            fn from(token: $name) -> Self {
                token.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

token!(
    /// A location of a service.
    LocationId, 48, |_| Ok(())
);
token!(
    /// A place within a location.
    PlaceId, 48, |_| Ok(())
);
token!(
    /// A pool in which places are offered, such as `ambulant` or `crisisplek`.
    Pool, 32, |_| Ok(())
);
token!(
    /// A region, such as `flevoland`.
    RegionId, 32, |_| Ok(())
);
token!(
    /// What uses a place: a claim, a stay or a reservation. Made by the service, never by a caller.
    UserId, 48, |_| Ok(())
);
token!(
    /// The opaque reference of a client, best a UUID. In anything else a number that could be a BSN is refused.
    ClientRef, 64, without_bsn
);
token!(
    /// A gemeente as a lower-case CBS code: `gm0034`.
    Gemeente, 6, |raw| {
        let digits = raw.strip_prefix("gm").unwrap_or_default();
        let is_code = digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_code { Ok(()) } else { Err("moet een CBS-code zijn, zoals gm0034") }
    }
);

/// Refuses a number that could be a BSN; the digits of a UUID are nobody's.
pub(crate) fn without_bsn(raw: &str) -> Result<(), Why> {
    let holds_one = uuid::Uuid::try_parse(raw).is_err() && crate::text::holds_bsn(raw);
    if holds_one { Err("bevat een nummer dat een BSN kan zijn") } else { Ok(()) }
}

/// An opaque id for a location nobody may recognise, from a fresh UUID; it does not even tell when it was made.
pub fn opaque(fresh: uuid::Uuid) -> LocationId {
    LocationId(uuid::Uuid::new_v5(&fresh, b"location").simple().to_string().into())
}

/// The id of something a service made, as a caller gives it back. Nothing else is one: what somebody typed there by
/// mistake, a name say, is refused before anything is stored.
pub fn given_back(raw: &str) -> Result<UserId, Why> {
    let is_made = raw.len() == 32 && raw.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_made { UserId::parse(raw) } else { Err("is geen code zoals Onderdak die geeft: 32 tekens, 0-9 en a-f") }
}

/// The id of something a service makes, from a fresh UUID.
pub fn made(fresh: uuid::Uuid) -> UserId {
    UserId(fresh.simple().to_string().into())
}
