//! Who is signed in: a cookie that says in what role, by which opaque id and until when, under a seal only portaal can
//! make. Nothing is kept here, so every replica with the same key knows everybody. It must not know how somebody proved
//! who they are.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use model::actor::Actor;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::RunError;

/// The cookie.
pub(crate) const COOKIE: &str = "onderdak";
/// A session that nobody uses ends after this.
const IDLE: SignedDuration = SignedDuration::from_hours(2);
/// It ends after this whatever happens: a shift, and time to hand it over.
const LONGEST: SignedDuration = SignedDuration::from_hours(12);
/// A session that is older than this is told anew with the next answer.
const RENEW_AFTER: SignedDuration = SignedDuration::from_mins(5);
/// Bytes of a key.
const KEY_LENGTH: usize = 32;

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// Who, and in what role.
    pub(crate) actor: Actor,
    /// When they signed in.
    pub(crate) since: Timestamp,
    /// When this was told.
    pub(crate) told: Timestamp,
}

impl Session {
    /// A session that begins.
    pub(crate) const fn new(actor: Actor, now: Timestamp) -> Self {
        Self { actor, since: now, told: now }
    }

    /// Whether it should be told anew, so that it does not end while it is used.
    pub(crate) fn renewed(&self, now: Timestamp) -> Option<Self> {
        (now.duration_since(self.told) > RENEW_AFTER).then(|| Self { told: now, ..self.clone() })
    }

    fn has_ended(&self, now: Timestamp) -> bool {
        let is_future = self.told > now || self.since > now;
        is_future || now.duration_since(self.told) > IDLE || now.duration_since(self.since) > LONGEST
    }
}

/// What sessions are sealed with.
pub(crate) struct Key(hmac::Key);

impl Key {
    /// The key in a file; it is made when it is not there. Without a file, a new one.
    pub(crate) fn load(file: Option<&Path>) -> Result<Self, RunError> {
        let Some(file) = file else { return Ok(Self::of(&random()?)) };
        let failed = |source| RunError::Key { file: file.to_owned(), source };
        match std::fs::read(file) {
            Ok(bytes) if bytes.len() == KEY_LENGTH => Ok(Self::of(&bytes)),
            Ok(_) => Err(failed(std::io::Error::from(std::io::ErrorKind::InvalidData))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let bytes = random()?;
                let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
                made.and_then(|mut made| made.write_all(&bytes)).map_err(failed)?;
                Ok(Self::of(&bytes))
            }
            Err(error) => Err(failed(error)),
        }
    }

    fn of(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// A session as the value of its cookie.
    pub(crate) fn seal(&self, session: &Session) -> String {
        let text = format!("{}|{}|{}", session.actor, session.since.as_second(), session.told.as_second());
        let tag = hmac::sign(&self.0, text.as_bytes());
        format!("{text}|{}", hex(tag.as_ref()))
    }

    /// The session of a cookie; none when it was not made here, or has ended.
    pub(crate) fn open(&self, cookie: &str, now: Timestamp) -> Option<Session> {
        let (text, tag) = cookie.rsplit_once('|')?;
        hmac::verify(&self.0, text.as_bytes(), &unhex(tag)?).ok()?;
        let mut parts = text.split('|');
        let (actor, since, told) = (parts.next()?, parts.next()?, parts.next()?);
        let moment = |raw: &str| Timestamp::from_second(raw.parse().ok()?).ok();
        let session = Session { actor: actor.parse().ok()?, since: moment(since)?, told: moment(told)? };
        (!session.has_ended(now)).then_some(session)
    }
}

fn random() -> Result<[u8; KEY_LENGTH], RunError> {
    let mut bytes = [0; KEY_LENGTH];
    SystemRandom::new().fill(&mut bytes).map_err(|_| RunError::Random)?;
    Ok(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks(2).map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-28T02:10:00Z".parse().unwrap()
    }

    fn dispatcher() -> Session {
        Session::new("dispatcher:d-17".parse().unwrap(), now())
    }

    fn later(minutes: i64) -> Timestamp {
        model::moment::later(now(), SignedDuration::from_mins(minutes))
    }

    #[test]
    fn who_signed_in_is_known_again_until_they_are_away_too_long_or_the_shift_is_over() {
        let key = Key::load(None).unwrap();
        let cookie = key.seal(&dispatcher());
        assert_eq!(key.open(&cookie, later(120)), Some(dispatcher()));
        assert_eq!(key.open(&cookie, later(121)), None);
        assert_eq!(dispatcher().renewed(later(4)), None);
        let mut session = dispatcher();
        for minutes in (60..=720).step_by(60) {
            session = session.renewed(later(minutes)).unwrap();
            assert!(key.open(&key.seal(&session), later(minutes)).is_some(), "{minutes}");
        }
        assert_eq!(key.open(&key.seal(&session), later(721)), None);
    }

    #[test]
    fn a_cookie_that_was_changed_or_made_elsewhere_is_nobody() {
        let (key, other) = (Key::load(None).unwrap(), Key::load(None).unwrap());
        let cookie = key.seal(&dispatcher());
        assert_eq!(other.open(&cookie, now()), None);
        assert_eq!(key.open(&cookie.replace("dispatcher", "beheerder"), now()), None);
        for wrong in ["", "|", "a|b|c|d", &cookie[1..], &cookie[..cookie.len() - 1]] {
            assert_eq!(key.open(wrong, now()), None, "{wrong}");
        }
    }

    #[test]
    fn a_restart_signs_nobody_out_and_the_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = std::env::temp_dir().join(format!("portaal-key-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir(&folder).unwrap();
        let file = folder.join("key");
        let cookie = Key::load(Some(&file)).unwrap().seal(&dispatcher());
        assert_eq!(Key::load(Some(&file)).unwrap().open(&cookie, now()), Some(dispatcher()));
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "short").unwrap();
        assert!(matches!(Key::load(Some(&file)), Err(RunError::Key { .. })));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
