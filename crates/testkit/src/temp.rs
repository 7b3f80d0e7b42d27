//! A directory for one test, gone when it is dropped. Two tests never get the same one, also not in
//! two processes.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory of its own under the system's temporary directory.
#[derive(Debug)]
pub struct TempDir(PathBuf);

impl TempDir {
    /// Makes an empty directory; `label` is only there for whoever finds it.
    ///
    /// # Panics
    /// When the directory cannot be made.
    #[must_use]
    pub fn new(label: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let dir = std::env::temp_dir().join(format!("onderdak-{label}-{}-{number}", std::process::id()));
            match fs::create_dir(&dir) {
                Ok(()) => return Self(dir),
                // Left by an earlier process with our number, one that had no time to clean up.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => panic!("cannot make {}: {error}", dir.display()),
            }
        }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of something in it.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // Best effort: a test that passed does not fail over its own rubbish.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::TempDir;

    #[test]
    fn a_directory_is_unique_and_goes_with_its_value() {
        let (one, other) = (TempDir::new("test"), TempDir::new("test"));
        assert_ne!(one.path(), other.path());
        std::fs::write(one.join("file"), "x").unwrap();
        let path = one.path().to_path_buf();
        drop(one);
        assert!(!path.exists() && other.path().exists());
    }
}
