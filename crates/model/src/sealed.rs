//! A text that belongs to a person: a client's reference, a member of staff, a remark somebody typed. It comes in
//! open, in a command; the log puts it in a look-up table that can be deleted and leaves an opaque id in its place. So
//! events, reports and answers only ever hold the id, and who is erased is erased everywhere. It must never print what
//! it holds.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::id::{ClientRef, UserId, Why, without_bsn};
use crate::text::FreeText;

/// What sort of text it is; each sort has its own term of retention.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// What the provider calls a client.
    Client,
    /// A member of staff.
    Staff,
    /// A remark somebody typed.
    Text,
}

impl Sort {
    /// Every sort.
    pub const ALL: [Self; 3] = [Self::Client, Self::Staff, Self::Text];

    /// Its name in the look-up table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Staff => "staff",
            Self::Text => "text",
        }
    }
}

/// Puts one text in the look-up table: its sort and the text in, its id out; none while they are only gathered.
pub type Keep<'a> = dyn FnMut(&'static str, &str) -> Option<Uuid> + 'a;

/// A text that belongs to a person.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sealed(Form);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    /// As it came in; never stored.
    Open(Sort, Arc<str>),
    /// Its id in the look-up table, or a text that is nobody's.
    Kept(Arc<str>),
}

impl Sealed {
    /// The opaque reference of a client.
    pub fn client(raw: &str) -> Result<Self, Why> {
        let client = ClientRef::parse(raw)?;
        Ok(Self(Form::Open(Sort::Client, client.as_str().into())))
    }

    /// The opaque id of a member of staff.
    pub fn staff(raw: &str) -> Result<Self, Why> {
        without_bsn(raw)?;
        let staff = UserId::parse(raw)?;
        Ok(Self(Form::Open(Sort::Staff, staff.as_str().into())))
    }

    /// A remark somebody typed.
    pub fn text(raw: &str) -> Result<Self, Why> {
        let text = FreeText::parse(raw)?;
        Ok(Self(Form::Open(Sort::Text, text.as_str().into())))
    }

    /// A text of the product itself; it is nobody's and needs no look-up.
    pub fn fixed(text: &'static str) -> Self {
        Self(Form::Kept(text.into()))
    }

    /// A text that is in the look-up table already.
    pub fn kept(id: Uuid) -> Self {
        Self(Form::Kept(id.to_string().into()))
    }

    /// Gives it to the look-up table and takes the id that comes back.
    pub fn seal(&mut self, keep: &mut Keep<'_>) {
        if let Form::Open(sort, text) = &self.0
            && let Some(id) = keep(sort.name(), text)
        {
            *self = Self::kept(id);
        }
    }

    /// Its id in the look-up table; none for a text that is nobody's, or that is not sealed yet.
    pub fn id(&self) -> Option<Uuid> {
        match &self.0 {
            Form::Kept(id) => Uuid::try_parse(id).ok(),
            Form::Open(..) => None,
        }
    }

    /// The text, when it stands here itself: what is nobody's, and what was written before texts were sealed.
    pub fn plain(&self) -> Option<&str> {
        match &self.0 {
            Form::Kept(text) if Uuid::try_parse(text).is_err() => Some(text),
            Form::Kept(_) | Form::Open(..) => None,
        }
    }
}

/// Only an id is ever written; what is still open must not be.
impl Serialize for Sealed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Form::Kept(id) => serializer.serialize_str(id),
            Form::Open(..) => Err(serde::ser::Error::custom("a text of a person must be sealed before it is written")),
        }
    }
}

impl<'de> Deserialize<'de> for Sealed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Arc::<str>::deserialize(deserializer).map(|id| Self(Form::Kept(id)))
    }
}

/// Never the text.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Open(sort, _) => write!(f, "<{}>", sort.name()),
            Form::Kept(id) => f.write_str(id),
        }
    }
}
