//! Reading a CloudEvent: one pass over the JSON, the data left as it is. It must not look inside the data.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Why bytes are not a CloudEvent.
#[derive(Debug, thiserror::Error)]
#[error("not a CloudEvent")]
pub struct NotAnEvent(#[from] serde_json::Error);

/// A CloudEvent that was read. It borrows from the bytes it was read from.
#[derive(Debug)]
pub struct Event<'a> {
    /// Unique within its source.
    pub id: Cow<'a, str>,
    /// Who made it.
    pub source: Cow<'a, str>,
    /// What it is.
    pub kind: Cow<'a, str>,
    /// When it happened.
    pub time: Option<Timestamp>,
    /// What it is about.
    pub subject: Option<Cow<'a, str>>,
    /// Media type of its data.
    pub data_content_type: Option<Cow<'a, str>>,
    /// Its data as it stands, when that is JSON.
    pub data: Option<&'a RawValue>,
    /// Its extension attributes, as text.
    pub extensions: BTreeMap<Cow<'a, str>, String>,
}

impl<'a> Event<'a> {
    /// Reads an event in structured JSON.
    pub fn read(bytes: &'a [u8]) -> Result<Self, NotAnEvent> {
        Ok(serde_json::from_slice(bytes)?)
    }

    /// The sequence extension, when it is a number.
    pub fn sequence(&self) -> Option<u64> {
        self.extensions.get("sequence")?.parse().ok()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Event<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EventVisitor)
    }
}

/// A text that borrows where it can.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// An attribute value: text, a boolean or a 32-bit integer; null means absent.
#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Boolean(bool),
    Integer(i32),
    Absent(()),
}

#[derive(Default)]
struct Parts<'a> {
    specversion: bool,
    id: Option<Cow<'a, str>>,
    source: Option<Cow<'a, str>>,
    kind: Option<Cow<'a, str>>,
    time: Option<Timestamp>,
    subject: Option<Cow<'a, str>>,
    data_content_type: Option<Cow<'a, str>>,
    data: Option<&'a RawValue>,
    data_schema: Option<Cow<'a, str>>,
    base64: Option<()>,
    extensions: BTreeMap<Cow<'a, str>, String>,
}

struct EventVisitor;

impl<'de> Visitor<'de> for EventVisitor {
    type Value = Event<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CloudEvent as a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Event<'de>, A::Error> {
        let mut parts = Parts::default();
        while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
            parts.take(name, &mut map)?;
        }
        parts.finish()
    }
}

impl<'de> Parts<'de> {
    fn take<A: MapAccess<'de>>(&mut self, name: Cow<'de, str>, map: &mut A) -> Result<(), A::Error> {
        match name.as_ref() {
            "specversion" => self.specversion = once(self.specversion.then_some(()), "specversion", version(map)?)?,
            "id" => self.id = set(self.id.take(), "id", text(map, "id")?)?,
            "source" => self.source = set(self.source.take(), "source", uri(map, "source", false)?)?,
            "type" => self.kind = set(self.kind.take(), "type", text(map, "type")?)?,
            "subject" => self.subject = set(self.subject.take(), "subject", text(map, "subject")?)?,
            "time" => self.time = set(self.time.take(), "time", moment(map)?)?,
            "datacontenttype" => {
                let given = media_type(map)?;
                self.data_content_type = set(self.data_content_type.take(), "datacontenttype", given)?;
            }
            "dataschema" => {
                self.data_schema = set(self.data_schema.take(), "dataschema", uri(map, "dataschema", true)?)?
            }
            "data" => self.data = set(self.data.take(), "data", Some(map.next_value()?))?,
            "data_base64" => self.base64 = set(self.base64.take(), "data_base64", base64(map)?)?,
            _ => {
                let value = extension(&name, map)?;
                if let Some(value) = value
                    && self.extensions.insert(name, value).is_some()
                {
                    return Err(A::Error::custom("an extension stands twice"));
                }
            }
        }
        Ok(())
    }

    fn finish<E: Error>(self) -> Result<Event<'de>, E> {
        if !self.specversion {
            return Err(E::missing_field("specversion"));
        }
        if self.data.is_some() && self.base64.is_some() {
            return Err(E::custom("data and data_base64 exclude each other"));
        }
        Ok(Event {
            id: self.id.ok_or_else(|| E::missing_field("id"))?,
            source: self.source.ok_or_else(|| E::missing_field("source"))?,
            kind: self.kind.ok_or_else(|| E::missing_field("type"))?,
            time: self.time,
            subject: self.subject,
            data_content_type: self.data_content_type,
            data: self.data,
            extensions: self.extensions,
        })
    }
}

/// An attribute may stand once.
fn set<T, E: Error>(before: Option<T>, name: &'static str, given: Option<T>) -> Result<Option<T>, E> {
    if before.is_some() { Err(E::duplicate_field(name)) } else { Ok(given) }
}

fn once<E: Error>(before: Option<()>, name: &'static str, given: bool) -> Result<bool, E> {
    if before.is_some() { Err(E::duplicate_field(name)) } else { Ok(given) }
}

fn version<'de, A: MapAccess<'de>>(map: &mut A) -> Result<bool, A::Error> {
    let Text(version) = map.next_value().map_err(|_| wrong_type("specversion"))?;
    if version == "1.0" { Ok(true) } else { Err(A::Error::custom("specversion must be \"1.0\"")) }
}

fn text<'de, A: MapAccess<'de>>(map: &mut A, name: &str) -> Result<Option<Cow<'de, str>>, A::Error> {
    let given = map.next_value::<Option<Text<'de>>>().map_err(|_| wrong_type(name))?;
    let Some(Text(text)) = given else { return Ok(None) };
    if text.is_empty() {
        return Err(A::Error::custom(format_args!("{name} is empty")));
    }
    if text.chars().any(is_forbidden) {
        return Err(A::Error::custom(format_args!("{name} holds a control character")));
    }
    Ok(Some(text))
}

/// Control characters and code points that are no characters.
fn is_forbidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{fdd0}'..='\u{fdef}') || matches!(u32::from(c) & 0xffff, 0xfffe | 0xffff)
}

/// An attribute that is not text where it must be.
fn wrong_type<E: Error>(name: &str) -> E {
    E::custom(format_args!("{name} is not a text"))
}

fn moment<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Timestamp>, A::Error> {
    let Some(text) = text(map, "time")? else { return Ok(None) };
    let parsed = is_rfc_3339(&text).then(|| text.parse().ok()).flatten();
    parsed.map(Some).ok_or_else(|| A::Error::custom("time is not a moment as RFC 3339 writes it"))
}

/// Whether a text has the shape RFC 3339 asks for: seconds, a "T" and an offset; jiff alone would take less.
fn is_rfc_3339(text: &str) -> bool {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c.to_ascii_uppercase() }).collect();
    let Some(rest) = shape.strip_prefix("0000-00-00T00:00:00") else { return false };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) if fraction.starts_with('0') => fraction.trim_start_matches('0'),
        Some(_) => return false,
        None => rest,
    };
    matches!(rest, "Z" | "+00:00" | "-00:00")
}

/// A URI reference, or an absolute URI; only what cannot be one is refused.
fn uri<'de, A: MapAccess<'de>>(map: &mut A, name: &str, absolute: bool) -> Result<Option<Cow<'de, str>>, A::Error> {
    let Some(uri) = text(map, name)? else { return Ok(None) };
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme).filter(|scheme| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    });
    let escapes_hold = uri
        .split('%')
        .skip(1)
        .all(|after| after.get(..2).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit())));
    if !uri.bytes().all(legal) || !escapes_hold || (absolute && scheme.is_none()) {
        return Err(A::Error::custom(format_args!("{name} is not a URI")));
    }
    Ok(Some(uri))
}

fn media_type<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    let Some(given) = text(map, "datacontenttype")? else { return Ok(None) };
    let token = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    let essence = given.split(';').next().unwrap_or_default().trim();
    match essence.split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(Some(given)),
        _ => Err(A::Error::custom("datacontenttype is not a media type")),
    }
}

fn base64<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<()>, A::Error> {
    let given = map.next_value::<Option<Text<'de>>>().map_err(|_| wrong_type("data_base64"))?;
    let Some(Text(text)) = given else { return Ok(None) };
    let body = text.trim_end_matches('=');
    let legal = body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'));
    if legal && text.len() % 4 == 0 && text.len() - body.len() <= 2 {
        Ok(Some(()))
    } else {
        Err(A::Error::custom("data_base64 is not base64"))
    }
}

fn extension<'de, A: MapAccess<'de>>(name: &str, map: &mut A) -> Result<Option<String>, A::Error> {
    let legal = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !legal {
        return Err(A::Error::custom(format_args!("{name:?} is not an attribute name")));
    }
    match map.next_value::<Value>() {
        Ok(Value::Text(text)) if text.chars().any(is_forbidden) => {
            Err(A::Error::custom(format_args!("extension {name} holds a control character")))
        }
        Ok(Value::Text(text)) => Ok(Some(text)),
        Ok(Value::Boolean(boolean)) => Ok(Some(boolean.to_string())),
        Ok(Value::Integer(integer)) => Ok(Some(integer.to_string())),
        Ok(Value::Absent(())) => Ok(None),
        Err(_) => Err(A::Error::custom(format_args!("extension {name} is not a text, boolean or 32-bit integer"))),
    }
}
