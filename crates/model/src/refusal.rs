//! What a refusal and an invalid field look like to a caller: a machine reason and a sentence a person
//! understands. Which status code they become is decided once, at the edge. It must not hold a single rule.

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// What sort of refusal it is; the edge turns it into a status code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The thing named does not exist.
    NotFound,
    /// The thing to be made exists already.
    AlreadyExists,
    /// The command cannot be done in the present state.
    Precondition,
}

/// A refusal of a command: the `Display` text is the sentence, in plain Dutch.
pub trait Refusal: std::error::Error {
    /// What sort it is.
    fn class(&self) -> Class;
    /// The stable machine reason, such as `STALE`.
    fn reason(&self) -> &'static str;
    /// What of a client it tells of whoever hears it, such as that they have a place already: then it was a look at them.
    fn tells_of(&self) -> Option<&UserId> {
        None
    }
}

/// A field of a request that does not hold what it must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Invalid {
    /// Path of the field in the request, such as `needs.age`.
    pub field: String,
    /// What is wrong with it, in plain Dutch.
    pub why: String,
}

impl Invalid {
    /// A field and what is wrong with it.
    pub fn new(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self { field: field.into(), why: why.into() }
    }

    /// The same, one message deeper: `age` inside `needs` becomes `needs.age`.
    #[must_use]
    pub fn inside(mut self, outer: &str) -> Self {
        self.field = format!("{outer}.{}", self.field);
        self
    }
}
