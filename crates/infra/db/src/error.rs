//! What can go wrong between us and an engine.

/// What a call gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a statement or transaction failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A unique index has that value already; which one, as the engine names it.
    #[error("value is taken: {0}")]
    Unique(String),
    /// A row that is referred to does not exist.
    #[error("referred row does not exist: {0}")]
    ForeignKey(String),
    /// A row that must be there is not.
    #[error("no such row")]
    NotFound,
    /// The engine gave way to somebody else's transaction, or waited too long.
    #[error("database is busy")]
    Busy,
    /// The database was closed.
    #[error("database is closed")]
    Closed,
    /// A value is not what the record says.
    #[error("unexpected value in column {column}: {problem}")]
    Decode {
        /// Place in the row, from 0.
        column: usize,
        /// What was wrong.
        problem: String,
    },
    /// The database was changed by a newer program, or a migration was edited after it ran.
    #[error("database does not fit this program: {0}")]
    Mismatch(String),
    /// Anything else, in the engine's words.
    #[error("{0}")]
    Engine(String),
}

/// What an error says, and what its causes say: by itself "error connecting to server" tells nobody what to do.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        // Some say their cause's words themselves.
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
        let text = error.to_string();
        let Some(cause) = error.sqlite_error() else { return Self::Engine(text) };
        match (cause.code, cause.extended_code) {
            (_, SQLITE_CONSTRAINT_UNIQUE | SQLITE_CONSTRAINT_PRIMARYKEY) => Self::Unique(text),
            (_, SQLITE_CONSTRAINT_FOREIGNKEY) => Self::ForeignKey(text),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy,
            _ => Self::Engine(text),
        }
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        use tokio_postgres::error::SqlState;
        if error.is_closed() {
            return Self::Closed;
        }
        let Some(cause) = error.as_db_error() else { return Self::Engine(with_causes(&error)) };
        let text = match cause.constraint() {
            Some(constraint) => format!("{} ({constraint})", cause.message()),
            None => cause.message().to_owned(),
        };
        match *cause.code() {
            SqlState::UNIQUE_VIOLATION => Self::Unique(text),
            SqlState::FOREIGN_KEY_VIOLATION => Self::ForeignKey(text),
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED | SqlState::LOCK_NOT_AVAILABLE => {
                Self::Busy
            }
            _ => Self::Engine(text),
        }
    }
}
