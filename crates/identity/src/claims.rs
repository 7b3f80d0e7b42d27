//! What a token says, and who that is. A provider puts role, region and locations in claims of our own; how it knows them
//! is its own business. It must not verify a signature.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use model::actor::{Actor, Role};
use model::id::{LocationId, RegionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Caller, Denied, Locations};

/// In the list of locations: all of them that are not confidential.
pub const EVERY_LOCATION: &str = "*";
/// Most locations of one person; whoever has more has all.
const MOST_LOCATIONS: usize = 64;

/// The claims of an access token, as far as they are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The provider.
    pub iss: String,
    /// Who; opaque.
    pub sub: String,
    /// What the token is for.
    pub aud: Audience,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
    /// When it was made, in the same seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iat: Option<i64>,
    /// The role, by its Dutch name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub onderdak_rol: String,
    /// The region, by its id.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub onderdak_regio: String,
    /// The locations that are theirs, by their id in the service; `*` for all that are not confidential.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub onderdak_locaties: Vec<String>,
    /// The number of the sign-in an ID token answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// The sign-in it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
}

/// One or more things a token is for: both are allowed in a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Audience {
    /// One.
    One(String),
    /// More.
    Many(Vec<String>),
}

impl Claims {
    /// Who it is, in a region.
    pub fn caller(&self, region: &RegionId) -> Result<Caller, Denied> {
        if self.onderdak_regio != region.as_str() {
            return Err(Denied::OtherRegion);
        }
        let role = Role::ALL.into_iter().find(|role| role.name() == self.onderdak_rol).ok_or(Denied::NoRole)?;
        // What a provider calls somebody may be anything, also what is no id of ours: then a number made of it is.
        let id = UserId::new(&self.sub).unwrap_or_else(|_| {
            let name = format!("{} {}", self.iss, self.sub);
            model::id::made(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
        });
        let until = Timestamp::from_second(self.exp).map_err(|_| Denied::Malformed)?;
        let subject = self.sub.as_str().into();
        Ok(Caller { actor: Actor { role, id }, subject, locations: self.locations()?, until })
    }

    fn locations(&self) -> Result<Locations, Denied> {
        if self.onderdak_locaties.iter().any(|it| it == EVERY_LOCATION) {
            return Ok(Locations::Open);
        }
        if self.onderdak_locaties.len() > MOST_LOCATIONS {
            return Err(Denied::Malformed);
        }
        let these = self.onderdak_locaties.iter().map(|raw| LocationId::parse(raw));
        let these: Result<BTreeSet<LocationId>, _> = these.collect();
        Ok(Locations::These(Arc::new(these.map_err(|_| Denied::Malformed)?)))
    }
}
