//! Exit codes, and what is said with them.

use std::{fmt::Display, io, process::ExitCode};

use outcrop_repo::{
    OpenError,
    backup::BackupError,
    compact::CompactError,
    config::ExportError,
    crosslink::LinkError,
    setting::SettingError,
    shun::PurgeError,
    tx::{DatabaseError, Failure as DatabaseFailure},
    unversioned::{ReadFileError, WriteFileError},
    user::UserError,
};
use outcrop_sync::{SyncError, TransportError};

use crate::output::{self, Output};

/// How the program ends. Scripts rely on the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done = 0,
    Failed = 1,
    Usage = 2,
    Refused = 3,
    Network = 4,
    Damaged = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command ends before its work is done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Something that the user is told.
    #[error("{message}")]
    Told { exit: Exit, message: String },
    /// Standard output cannot be written.
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: &impl Display) -> Self {
        Self::Told { exit, message: message.to_string() }
    }

    /// Says what happened, on stderr.
    pub(crate) fn report(&self, output: Output) -> Exit {
        match self {
            // Whoever reads has seen enough, as `head` does: nothing is wrong.
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
            Self::Output(_) => {
                output.error(self);
                Exit::Failed
            }
            Self::Told { exit, message } => {
                output.error(message);
                *exit
            }
        }
    }
}

impl From<SyncError> for Failure {
    fn from(error: SyncError) -> Self {
        Self::new(Self::exit_of_sync(&error), &error)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        match &error {
            OpenError::Database { cause, .. } => Self::told(&error, cause),
            OpenError::Tampered { .. } => Self::new(Exit::Damaged, &error),
            _ => Self::new(Exit::Failed, &error),
        }
    }
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        Self::told(&error, &error)
    }
}

/// Errors that are told as they are, but for those of the database.
macro_rules! told {
    ($($error:ident),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                match &error {
                    $error::Database(cause) => Self::told(&error, cause),
                    _ => Self::new(Exit::Failed, &error),
                }
            }
        }
    )*};
}

told!(BackupError, CompactError, ExportError, LinkError, PurgeError, SettingError, UserError);
told!(WriteFileError);

impl From<ReadFileError> for Failure {
    fn from(error: ReadFileError) -> Self {
        match &error {
            ReadFileError::Database(cause) => Self::told(&error, cause),
            _ => Self::new(Exit::Damaged, &error),
        }
    }
}

impl Failure {
    /// How the program ends when a session has failed.
    pub(crate) fn exit_of_sync(error: &SyncError) -> Exit {
        match error {
            SyncError::Transport(error) => exit_of(error),
            SyncError::Refused { .. } | SyncError::LeftAlone { .. } => Exit::Refused,
            SyncError::NoRemote { .. } => Exit::Network,
            SyncError::Database(error) => Self::told(error, error).exit(),
            error if error.is_denial() => Exit::Refused,
            _ => Exit::Failed,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Told { exit, .. } => *exit,
            Self::Output(_) => Exit::Failed,
        }
    }

    /// An error that comes from the database, with what may help.
    pub(crate) fn told(error: &impl Display, cause: &DatabaseError) -> Self {
        // What else may help, the error says itself.
        let (exit, help) = match cause.failure() {
            DatabaseFailure::NotADatabase | DatabaseFailure::Corrupt => {
                (Exit::Damaged, "; `outcrop verify` tells what can still be read")
            }
            _ => (Exit::Failed, ""),
        };
        Self::new(exit, &format!("{error}{help}"))
    }
}

fn exit_of(error: &TransportError) -> Exit {
    match error {
        TransportError::Unreachable { .. }
        | TransportError::Stalled { .. }
        | TransportError::Interrupted { .. } => Exit::Network,
        TransportError::Status { status: 401 | 403, .. } | TransportError::Authorization { .. } => {
            Exit::Refused
        }
        _ => Exit::Failed,
    }
}

/// Ends a program that was not started rightly, or was only asked for help.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // Help that nobody reads is no failure.
        let _ = error.print();
        return Exit::Done.into();
    }
    // The arguments are not known to be good, but that one is wanted can be seen.
    if std::env::args_os().any(|arg| arg == "--json") {
        let message = error.to_string();
        let message = message.strip_prefix("error: ").unwrap_or(&message);
        output::json_error(message.trim_end());
    } else {
        let _ = error.print();
    }
    Exit::Usage.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_tell_networks_from_refusals() {
        let origin = || "http://h".to_owned();
        let status = |status| TransportError::Status {
            origin: origin(),
            status,
            words: String::new(),
            retry_after: None,
        };
        let unreachable =
            TransportError::Unreachable { origin: origin(), source: io::Error::other("x") };
        assert_eq!(exit_of(&unreachable), Exit::Network);
        assert_eq!(exit_of(&status(403)), Exit::Refused);
        assert_eq!(exit_of(&status(404)), Exit::Failed);
    }
}
