//! What can go wrong with a log, in types. The text of an error says its own part once; its source says the rest. It
//! must not say what a caller should be told: that is for who serves.

use sqlx::error::ErrorKind;

/// Why a command has no answer.
#[derive(Debug, thiserror::Error)]
pub enum ExecuteError<R: std::error::Error> {
    /// The rules refuse it. Nothing was appended.
    #[error(transparent)]
    Refused(R),
    /// The command id was used before for another command.
    #[error("this command id was used for another command")]
    CommandIdReused,
    /// Too many commands are waiting. Nothing was appended; try again.
    #[error("too many commands are waiting")]
    Busy,
    /// The disk is full. Nothing was appended; it works again once there is room.
    #[error("the disk of the event log is full")]
    Full,
    /// The database could not be used. Nothing was appended; try again.
    #[error("the event log is unreachable")]
    Unavailable,
    /// The answer did not come in time: the command may or may not have been done. A retry with the same command id
    /// tells.
    #[error("the outcome of the command is unknown")]
    Unknown,
    /// The service is stopping.
    #[error("the event log is stopping")]
    Stopped,
    /// The command cannot be written as JSON.
    #[error("the command cannot be encoded")]
    Unencodable(#[source] serde_json::Error),
}

/// Why a log cannot be opened or used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The address is neither `sqlite:` nor `postgres:`.
    #[error("the database address must begin with sqlite: or postgres:")]
    Address,
    /// The database does not answer or refuses a statement.
    #[error("the event log's database failed")]
    Database(#[from] sqlx::Error),
    /// The database did not answer in time.
    #[error("the event log's database does not answer")]
    Silent,
    /// The tables cannot be brought up to date.
    #[error("the event log's tables cannot be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A stored event cannot be read. The service stops: skipping it would make the state a lie.
    #[error("event {position} of type {kind:?} cannot be read; it was written by a newer version, or it is damaged")]
    Undecodable {
        /// Its position.
        position: u64,
        /// Its stored type.
        kind: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The events after a position do not follow on it.
    #[error("event {expected} is missing from the log: {found} follows")]
    Hole {
        /// The position that should have come.
        expected: u64,
        /// The position that came.
        found: u64,
    },
    /// An event cannot be written as JSON.
    #[error("an event cannot be encoded")]
    Unencodable(#[from] serde_json::Error),
    /// The loading thread ended early.
    #[error("loading the log was interrupted")]
    Interrupted,
}

impl LogError {
    /// Whether the disk is full: SQLite's `SQLITE_FULL`, PostgreSQL's `disk_full`.
    pub fn is_full(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| matches!(code.as_ref(), "13" | "53100"))
    }

    /// Whether the database itself said so, and did not just go away.
    pub(crate) const fn is_answer(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Database(_)))
    }

    /// Whether somebody else has the lock for too long. Nothing was written.
    pub(crate) fn is_locked(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| matches!(code.as_ref(), "5" | "55P03"))
    }

    /// Whether the log does not end where a batch was decided; the head then takes no other place. Nothing was written.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.kind() == Some(ErrorKind::NotNullViolation)
    }

    /// Whether a row with this key is there already. Nothing was written.
    pub(crate) fn is_taken(&self) -> bool {
        self.kind() == Some(ErrorKind::UniqueViolation) && !self.is_mistaken()
    }

    /// Whether what belongs to a person has another id already. Nothing was written. SQLite, where nobody else writes,
    /// never says so.
    pub(crate) fn is_mistaken(&self) -> bool {
        let Self::Database(sqlx::Error::Database(error)) = self else { return false };
        error.constraint() == Some("personal_value")
    }

    fn kind(&self) -> Option<ErrorKind> {
        let Self::Database(sqlx::Error::Database(error)) = self else { return None };
        Some(error.kind())
    }

    /// Whether trying again cannot help: the log itself is wrong.
    pub const fn is_fatal(&self) -> bool {
        matches!(self, Self::Undecodable { .. } | Self::Hole { .. })
    }
}
