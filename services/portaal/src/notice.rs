//! What came of a form, told on the page it was on: what was done, or why not, and then with what was typed. It must not
//! know a form.

use crate::answer::{self, Problem, sentence};
use crate::form::Fields;
use crate::text;

/// The refusal that a reason may override.
const OVERRIDABLE: &str = "ROSTER_BREACH";

/// What came of the last thing that was done.
pub(crate) struct Notice {
    pub(crate) is_good: bool,
    pub(crate) sentence: String,
}

impl Notice {
    /// What came of a form, and what of it must stay on the page: nobody types it twice. What is no refusal has a page of
    /// its own.
    pub(crate) fn of(done: Result<String, Problem>, fields: Fields) -> Result<(Self, Option<Fields>), Problem> {
        match done {
            Ok(sentence) => Ok((Self { is_good: true, sentence }, None)),
            Err(Problem::Service(status)) => {
                let mut sentence = sentence(&status);
                if answer::reason(&status).as_deref() == Some(OVERRIDABLE) {
                    sentence = format!("{sentence} {}", text::current().beheer.override_hint);
                }
                Ok((Self { is_good: false, sentence }, Some(fields)))
            }
            Err(Problem::Form { sentence }) => Ok((Self { is_good: false, sentence }, Some(fields))),
            Err(other) => Err(other),
        }
    }
}
