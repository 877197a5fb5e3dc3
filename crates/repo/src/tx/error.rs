//! Why the database did not do what it was asked.

use rusqlite::{ErrorCode, ffi};

/// The database failed: never merely "there is no such row". It says what may help.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing}: {cause}{}", Failure::of(.cause).help())]
pub struct DatabaseError {
    doing: &'static str,
    #[source]
    cause: rusqlite::Error,
}

/// What kind of failure it was, and so what may help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Another process held the file for longer than the timeout. Try again.
    Busy,
    /// The disk is full.
    Full,
    /// The file, its folder or this handle is read-only.
    ReadOnly,
    /// The file, or a file beside it, cannot be opened.
    CannotOpen,
    /// The file is not a SQLite database.
    NotADatabase,
    /// The file is a database, but a damaged one, or a value in it is of a wrong type.
    Corrupt,
    /// The disk has failed, or takes no more: SQLite tells a quota and a limit of sizes so too.
    Disk,
    /// Anything else.
    Other,
}

impl DatabaseError {
    /// What SQLite says when it may not write.
    pub(super) fn read_only(doing: &'static str) -> Self {
        let code = ffi::Error::new(ffi::SQLITE_READONLY);
        Self { doing, cause: rusqlite::Error::SqliteFailure(code, None) }
    }

    /// Says that a failure has ended the whole transaction.
    pub(super) fn rolled_back(self) -> Self {
        let code = ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK);
        let said = format!("the transaction was ended by this: {}", self.cause);
        Self { cause: rusqlite::Error::SqliteFailure(code, Some(said)), ..self }
    }

    /// What SQLite says when another process holds the file.
    pub(super) fn busy(doing: &'static str) -> Self {
        let code = ffi::Error::new(ffi::SQLITE_BUSY);
        Self { doing, cause: rusqlite::Error::SqliteFailure(code, None) }
    }

    /// What kind of failure it was.
    #[must_use]
    pub fn failure(&self) -> Failure {
        Failure::of(&self.cause)
    }
}

impl Failure {
    fn of(cause: &rusqlite::Error) -> Self {
        use rusqlite::Error as Cause;
        match cause {
            Cause::FromSqlConversionFailure(..)
            | Cause::IntegralValueOutOfRange(..)
            | Cause::InvalidColumnType(..)
            | Cause::Utf8Error(..) => Self::Corrupt,
            cause => match cause.sqlite_error_code() {
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
                Some(ErrorCode::DiskFull) => Self::Full,
                Some(ErrorCode::ReadOnly) => Self::ReadOnly,
                Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => Self::CannotOpen,
                Some(ErrorCode::NotADatabase) => Self::NotADatabase,
                Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt,
                Some(ErrorCode::SystemIoFailure) => Self::Disk,
                _ => Self::Other,
            },
        }
    }

    /// What may help, to follow upon what has happened.
    const fn help(self) -> &'static str {
        match self {
            Self::Busy => "; another program uses the file: try again when it is done",
            Self::Full => {
                "; make room on the disk and try again: what was there before is unharmed"
            }
            Self::Disk => {
                "; see whether the disk is full, a quota or a limit of sizes is reached, or the disk \
                 is failing, and try again"
            }
            Self::ReadOnly | Self::CannotOpen => {
                "; see whether you may write the file and its folder"
            }
            Self::NotADatabase | Self::Corrupt | Self::Other => "",
        }
    }
}

impl DatabaseError {
    /// Whether a writer was killed, and this reader may not undo what it has left half done.
    pub(crate) fn waits_for_rollback(&self) -> bool {
        let code = self.cause.sqlite_error().map(|error| error.extended_code);
        code == Some(ffi::SQLITE_READONLY_ROLLBACK)
    }

    /// Whether there is no room for the index of a write-ahead log.
    pub(super) fn lacks_room_for_index(&self) -> bool {
        let code = self.cause.sqlite_error().map(|error| error.extended_code);
        let shared = [ffi::SQLITE_IOERR_SHMOPEN, ffi::SQLITE_IOERR_SHMSIZE];
        code.is_some_and(|code| shared.contains(&code))
    }

    /// What SQLite says, if it is the statement or its values that do not fit the tables, and the
    /// database itself is sound.
    pub(crate) fn misfit(&self) -> Option<String> {
        let is_misfit = match self.cause.sqlite_error_code()? {
            ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch | ErrorCode::TooBig => true,
            ErrorCode::Unknown => {
                let code = self.cause.sqlite_error().map(|error| error.extended_code & 0xff);
                code == Some(ffi::SQLITE_ERROR)
            }
            _ => false,
        };
        is_misfit.then(|| self.cause.to_string())
    }
}

/// Says what was being done when SQLite failed.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str) -> Result<T, DatabaseError>;
}

impl<T> Doing<T> for rusqlite::Result<T> {
    fn doing(self, doing: &'static str) -> Result<T, DatabaseError> {
        self.map_err(|cause| DatabaseError { doing, cause })
    }
}
