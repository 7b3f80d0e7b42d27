//! Who is signed in: a cookie that holds in what role, by which opaque id, with which tokens and until when, sealed so that
//! only portaal can read or make it. Nothing is kept here but which ones are over, so every replica with the same key knows
//! everybody. It must not know how somebody proved who they are.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE64URL_NOPAD;
use jiff::{SignedDuration, Timestamp};
use model::actor::Actor;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{RunError, secret};

/// The cookie of a session, and what it is sealed as.
pub(crate) const COOKIE: &str = "onderdak";
/// The cookie of somebody on their way to the provider and back.
pub(crate) const ATTEMPT_COOKIE: &str = "onderdak-aanmelden";
/// A session that nobody uses ends after this.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// It ends after this whatever happens: a shift, and time to hand it over.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// A session that is older than this is told anew with the next answer.
const RENEW_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// Most sessions that are known to be over.
const MOST_OVER: usize = 10_000;
/// Bytes of a key.
const KEY_LENGTH: usize = 32;
/// Longest cookie: a browser drops a longer one without a word.
const LONGEST_COOKIE: usize = 3_900;

/// Somebody who is signed in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Who, and in what role.
    #[serde(with = "as_text")]
    pub(crate) actor: Actor,
    /// What the provider calls them.
    pub(crate) subject: String,
    /// What says so to the services.
    pub(crate) token: String,
    /// Until when.
    pub(crate) until: Timestamp,
    /// What gives the next token.
    pub(crate) refresh: Option<String>,
    /// When they signed in.
    pub(crate) since: Timestamp,
    /// When this was told.
    pub(crate) told: Timestamp,
}

impl std::fmt::Debug for Session {
    /// Without the tokens: whoever has those is somebody.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("actor", &self.actor).field("until", &self.until).finish_non_exhaustive()
    }
}

mod as_text {
    //! An actor as its text form.

    use model::actor::Actor;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(actor: &Actor, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(actor)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Actor, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Session {
    /// Whether it should be told anew, so that it does not end while it is used.
    pub(crate) fn renewed(&self, now: Timestamp) -> Option<Self> {
        (now.duration_since(self.told) > RENEW_AFTER).then(|| Self { told: now, ..self.clone() })
    }

    /// Tells this person from others on a device that several people use, and does not say who it is.
    pub(crate) fn mark(&self) -> String {
        secret::fingerprint(format!("{} {}", self.actor, self.subject).as_bytes())
    }

    /// The same one in every cookie that it is told in.
    fn name(&self) -> String {
        format!("{} {}", self.mark(), self.since.as_microsecond())
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        let is_future = self.told > now || self.since > now;
        is_future || now.duration_since(self.told) > IDLE || now.duration_since(self.since) > LONGEST
    }
}

/// Sessions that somebody signed out of: a copy of their cookie opens nothing here any more. Another replica, or this one
/// after a restart, believes it until its token ends: ten minutes at most.
#[derive(Default)]
pub(crate) struct Over(Mutex<BTreeMap<String, Timestamp>>);

impl Over {
    /// This one is over, in whatever cookie it is.
    pub(crate) fn end(&self, session: &Session, now: Timestamp) {
        let mut over = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        over.retain(|_, since| now.duration_since(*since) <= LONGEST);
        if over.len() < MOST_OVER {
            over.insert(session.name(), session.since);
        }
    }

    /// Whether it is.
    pub(crate) fn holds(&self, session: &Session) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&session.name())
    }
}

/// What cookies are sealed with.
pub(crate) struct Key(LessSafeKey);

impl Key {
    /// The key in a file; it is made when it is not there. Without a file, a new one.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, RunError> {
        let bytes: [u8; KEY_LENGTH] = match file {
            Some(file) => secret::kept(file).map_err(|source| RunError::Key { file: file.to_owned(), source })?,
            None => secret::random().map_err(RunError::Random)?,
        };
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| RunError::Sealing)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// A session as the value of its cookie; none where it does not fit in one.
    pub(crate) fn seal(&self, session: &Session) -> Option<String> {
        self.seal_as(COOKIE, session)
    }

    /// The session of a cookie; none when it was not made here, or has ended.
    pub(crate) fn open(&self, cookie: &str, now: Timestamp) -> Option<Session> {
        self.open_as::<Session>(COOKIE, cookie).filter(|session| !session.has_ended(now))
    }

    /// Something as the value of a cookie with this name; it is good under no other name.
    pub(crate) fn seal_as(&self, name: &str, content: &impl Serialize) -> Option<String> {
        let nonce: [u8; NONCE_LEN] = secret::random().ok()?;
        let mut sealed = serde_json::to_vec(content).ok()?;
        let at = Nonce::assume_unique_for_key(nonce);
        self.0.seal_in_place_append_tag(at, Aad::from(name.as_bytes()), &mut sealed).ok()?;
        let value = BASE64URL_NOPAD.encode(&[nonce.as_slice(), &sealed].concat());
        if value.len() > LONGEST_COOKIE {
            tracing::error!(bytes = value.len(), "The tokens of the provider are too long for a cookie");
            return None;
        }
        Some(value)
    }

    /// What was sealed for a cookie with this name.
    pub(crate) fn open_as<T: DeserializeOwned>(&self, name: &str, value: &str) -> Option<T> {
        let mut bytes = BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let opened = self.0.open_in_place(nonce, Aad::from(name.as_bytes()), sealed).ok()?;
        serde_json::from_slice(opened).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-28T02:10:00Z".parse().unwrap()
    }

    fn dispatcher() -> Session {
        Session {
            actor: "dispatcher:d-17".parse().unwrap(),
            subject: "d-17".to_owned(),
            token: "token".to_owned(),
            until: later(10),
            refresh: Some("refresh".to_owned()),
            since: now(),
            told: now(),
        }
    }

    fn later(minutes: i64) -> Timestamp {
        model::moment::later(now(), SignedDuration::from_mins(minutes))
    }

    #[test]
    fn who_signed_in_is_known_again_until_they_are_away_too_long_or_the_shift_is_over() {
        let key = Key::load(None).unwrap();
        let cookie = key.seal(&dispatcher()).unwrap();
        assert_eq!(key.open(&cookie, later(120)), Some(dispatcher()));
        assert_eq!(key.open(&cookie, later(121)), None);
        assert_eq!(dispatcher().renewed(later(4)), None);
        let mut session = dispatcher();
        for minutes in (60..=720).step_by(60) {
            session = session.renewed(later(minutes)).unwrap();
            assert!(key.open(&key.seal(&session).unwrap(), later(minutes)).is_some(), "{minutes}");
        }
        assert_eq!(key.open(&key.seal(&session).unwrap(), later(721)), None);
    }

    #[test]
    fn a_cookie_that_was_changed_or_made_elsewhere_is_nobody() {
        let (key, other) = (Key::load(None).unwrap(), Key::load(None).unwrap());
        let cookie = key.seal(&dispatcher()).unwrap();
        assert_eq!(other.open(&cookie, now()), None);
        for wrong in ["", "|", "AAAA", &cookie[1..], &cookie[..cookie.len() - 1], &format!("{cookie}A")] {
            assert_eq!(key.open(wrong, now()), None, "{wrong}");
        }
        for position in 0..cookie.len() {
            let mut changed = cookie.clone().into_bytes();
            changed[position] = if changed[position] == b'A' { b'B' } else { b'A' };
            assert_eq!(key.open(std::str::from_utf8(&changed).unwrap(), now()), None, "{position}");
        }
    }

    #[test]
    fn a_cookie_hides_what_is_in_it_and_is_good_under_its_own_name_only() {
        let key = Key::load(None).unwrap();
        let cookie = key.seal(&dispatcher()).unwrap();
        let bytes = BASE64URL_NOPAD.decode(cookie.as_bytes()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains("dispatcher"));
        assert_eq!(key.open_as::<Session>(ATTEMPT_COOKIE, &cookie), None);
        assert_ne!(key.seal(&dispatcher()), key.seal(&dispatcher()), "no two are alike");
        assert_eq!(key.seal(&Session { token: "x".repeat(4_000), ..dispatcher() }), None, "a browser would drop it");
    }

    #[test]
    fn a_restart_signs_nobody_out_and_the_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("portaal-key-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("key");
        let cookie = Key::load(Some(&file)).unwrap().seal(&dispatcher()).unwrap();
        assert_eq!(Key::load(Some(&file)).unwrap().open(&cookie, now()), Some(dispatcher()));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "short").unwrap();
        assert!(matches!(Key::load(Some(&file)), Err(RunError::Key { .. })));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
