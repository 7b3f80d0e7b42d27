//! What somebody filled in: the fields of a form, as a browser sends them. A field that is wrong is said to be, in the
//! words that stand beside it on the page. It must not know what a form is for.

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use uuid::Uuid;

use crate::answer::Problem;
use crate::text;

/// Says that a form waited on a device; it is the same form all the same.
const LATER: &str = "nagekomen";

/// The fields of a form, in the order in which they stand there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Fields as they stand in a body or behind a question mark.
    pub(crate) fn parse(raw: &[u8]) -> Self {
        Self(form_urlencoded::parse(raw).into_owned().collect())
    }

    /// These fields.
    pub(crate) const fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// These fields, with others in the place of those of the same name.
    pub(crate) fn with(mut self, others: Vec<(String, String)>) -> Self {
        self.0.retain(|(name, _)| !others.iter().any(|(other, _)| other == name));
        self.0.extend(others);
        self
    }

    /// Whether a field holds a value, among others perhaps.
    pub(crate) fn is(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(field, held)| field == name && held == value)
    }

    /// What stands in a field, without spaces around it; empty when it is not there.
    pub(crate) fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| value.trim()).unwrap_or_default()
    }

    /// The id of the command that this form is: the same form sent again is the same command, and one that was filled in
    /// otherwise, after going back, is another.
    pub(crate) fn command_id(&self) -> String {
        let Ok(made) = Uuid::parse_str(self.get("opdracht")) else { return String::new() };
        let asked = self.0.iter().filter(|(field, _)| field != LATER);
        let content: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(asked).finish();
        Uuid::new_v5(&made, content.as_bytes()).to_string()
    }

    /// Every field, to be sent once more.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// Whether it waited for a connection.
    pub(crate) fn is_late(&self) -> bool {
        self.has(LATER)
    }

    /// Whether a box is ticked.
    pub(crate) fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Every value of a field as it stands there, also an empty one.
    pub(crate) fn every<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The name of every field.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }

    /// Every value of a field that may be there more than once.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(field, value)| field == name && !value.is_empty()).map(|(_, value)| value.trim())
    }

    /// A number, where there is one; `label` is how the field is called on the page.
    pub(crate) fn number(&self, name: &str, label: &str) -> Result<Option<u32>, Problem> {
        match self.get(name) {
            "" => Ok(None),
            raw => raw
                .parse()
                .map(Some)
                .map_err(|_| Problem::Form { sentence: format!("{label}: {}", text::current().wrong_number) }),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("application/x-www-form-urlencoded")));
        if !is_form {
            return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
        }
        let body = Bytes::from_request(request, state).await.map_err(axum::response::IntoResponse::into_response)?;
        Ok(Self::parse(&body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_form_is_the_same_command_and_another_is_another() {
        let id = |rest: &str| {
            Fields::parse(format!("opdracht=0190f3a1-c2d4-7b6e-8a1f-00112233aabb&{rest}").as_bytes()).command_id()
        };
        assert_eq!(id("wat=bezet&plek=k-1"), id("wat=bezet&plek=k-1"));
        assert_eq!(id("wat=bezet&plek=k-1"), id("wat=bezet&plek=k-1&nagekomen=1"), "it only waited");
        assert_ne!(id("wat=bezet&plek=k-1"), id("wat=vrij&plek=k-1"));
        assert_eq!(Fields::parse(b"opdracht=x&wat=bezet").command_id(), "", "which every service refuses");
    }

    #[test]
    fn fields_are_read_as_a_browser_sends_them() {
        let fields = Fields::parse(b"van=gm0034&kind=4&kind=7&leeg=&naam=+caf%C3%A9+&veel=x1");
        assert_eq!((fields.get("van"), fields.get("naam"), fields.get("weg")), ("gm0034", "café", ""));
        assert_eq!(fields.all("kind").collect::<Vec<_>>(), ["4", "7"]);
        assert!(fields.has("van") && !fields.has("leeg"));
        assert_eq!(fields.number("leeg", "Leeftijd").unwrap(), None);
        assert!(matches!(fields.number("veel", "Leeftijd"), Err(Problem::Form { .. })));
    }
}
