//! Secrets of this program: made of chance, and kept in a file for its owner alone, so that a restart changes nothing. It
//! must not know what a secret is for.

use std::io::{Error, ErrorKind, Result, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use data_encoding::BASE64URL_NOPAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};

/// Bytes of chance.
pub(crate) fn random<const LENGTH: usize>() -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map(|()| bytes).map_err(|_| Error::other("deze computer geeft geen willekeurige getallen"))
}

/// Something nobody guesses, as text.
pub(crate) fn text() -> Result<String> {
    Ok(BASE64URL_NOPAD.encode(&random::<32>()?))
}

/// Tells something from anything else, and does not say what it is.
pub(crate) fn fingerprint(of: &[u8]) -> String {
    BASE64URL_NOPAD.encode(digest(&SHA256, of).as_ref())
}

/// The secret in a file; it is made when it is not there.
pub(crate) fn kept<const LENGTH: usize>(file: &Path) -> Result<[u8; LENGTH]> {
    match std::fs::read(file) {
        Ok(bytes) => bytes.try_into().map_err(|_| Error::from(ErrorKind::InvalidData)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let bytes = random()?;
            let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
            made.and_then(|mut made| made.write_all(&bytes)).map(|()| bytes)
        }
        Err(error) => Err(error),
    }
}

/// Writes a file for its owner alone, whole or not at all.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> Result<()> {
    let beside = file.with_extension("nieuw");
    let mut made = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    made.write_all(bytes)?;
    made.sync_all()?;
    std::fs::rename(&beside, file)
}
