//! What can go wrong in xtask, with the sentence the developer gets to read. No error leaves
//! here without saying what was being done; the causes are added once, by `explain`. It must not decide what happens
//! next.

use std::error::Error as _;
use std::fmt::{self, Display, Formatter};
use std::io;

/// A command of xtask did not work out.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line is wrong.
    Usage(String),
    /// Something on this machine stands in the way; the text says what to do about it.
    Machine(String),
    /// A program ran and failed. It has already printed its own reason.
    Failed {
        /// What ran.
        program: String,
        /// Its exit code, passed on to the caller of xtask.
        code: u8,
    },
    /// The operating system refused.
    Io {
        /// What was being done.
        doing: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// The result of everything in xtask.
pub(crate) type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// For `map_err`: what was being done when the operating system refused.
    pub(crate) fn io(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Io { doing, source }
    }

    /// The exit code of xtask: the program's own code, 2 for a wrong command line, else 1.
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Failed { code, .. } => *code,
            Self::Machine(_) | Self::Io { .. } => 1,
        }
    }

    /// The error and its causes on one line.
    pub(crate) fn explain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Machine(text) => f.write_str(text),
            Self::Failed { program, code } => write!(f, "{program} is mislukt (code {code})"),
            Self::Io { doing, .. } => write!(f, "{doing} lukt niet"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            Self::Usage(_) | Self::Machine(_) | Self::Failed { .. } => None,
        }
    }
}
