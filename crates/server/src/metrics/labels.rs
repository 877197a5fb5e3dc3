//! The values that labels may have: each a closed list, so that no client can make it grow.

use outcrop_repo::tx::{DatabaseError, Failure};
use outcrop_sync::{HandleError, Handled, Operation};

/// A list of words, as an enum.
macro_rules! words {
    ($(#[$about:meta])* $list:ident { $($(#[$meaning:meta])* $word:ident = $text:literal,)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $list {
            $($(#[$meaning])* $word,)*
        }

        impl $list {
            /// All words, in the order of the enum.
            pub(crate) const WORDS: &[&str] = &[$($text,)*];
        }
    };
}
pub(crate) use words;

words! {
    /// What came of a round.
    Outcome {
        Ok = "ok",
        /// The client was told that it may not, or that something is wrong with the request.
        Refused = "refused",
        /// There was no answer.
        Failed = "failed",
    }
}

words! {
    /// How somebody logs in.
    Method {
        /// By a card of the request.
        Card = "card",
        /// By HTTP's Basic scheme.
        Basic = "basic",
    }
}

words! {
    /// Why a round has no answer.
    Error {
        Busy = "database_busy",
        Full = "disk_full",
        Disk = "disk_failure",
        ReadOnly = "read_only",
        CannotOpen = "cannot_open",
        Damaged = "damaged",
        Database = "database",
        Link = "link",
        NoProjectCode = "no_project_code",
        Other = "other",
    }
}

impl From<&DatabaseError> for Error {
    fn from(error: &DatabaseError) -> Self {
        match error.failure() {
            Failure::Busy => Self::Busy,
            Failure::Full => Self::Full,
            Failure::Disk => Self::Disk,
            Failure::ReadOnly => Self::ReadOnly,
            Failure::CannotOpen => Self::CannotOpen,
            Failure::NotADatabase | Failure::Corrupt => Self::Damaged,
            _ => Self::Database,
        }
    }
}

impl From<&HandleError> for Error {
    fn from(error: &HandleError) -> Self {
        match error {
            HandleError::Database(error) => error.into(),
            HandleError::Link(_) => Self::Link,
            HandleError::NoProjectCode => Self::NoProjectCode,
            HandleError::CannotWrite => Self::ReadOnly,
            _ => Self::Other,
        }
    }
}

/// What a round asked for; the last is for rounds of which that is not known.
pub(super) const OPERATIONS: [&str; Operation::ALL.len() + 1] =
    ["ping", "other", "pull", "push", "sync", "clone", "unknown"];

/// The place of a round in that list.
pub(super) fn operation(handled: Option<&Handled>) -> usize {
    let known = handled.map(|handled| handled.operation.as_str());
    let at = known.and_then(|known| OPERATIONS.iter().position(|word| *word == known));
    at.unwrap_or(OPERATIONS.len() - 1)
}

/// The statuses that are counted one by one; the last is for all others.
pub(super) const STATUSES: [&str; 13] =
    ["200", "400", "401", "403", "404", "405", "408", "413", "415", "429", "500", "503", "other"];

/// The place of a status in that list.
pub(super) fn status(status: http::StatusCode) -> usize {
    let at = STATUSES.iter().position(|word| *word == status.as_str());
    at.unwrap_or(STATUSES.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_place() {
        for (at, one) in Operation::ALL.into_iter().enumerate() {
            let mut handled = Handled::default();
            handled.operation = one;
            assert_eq!((operation(Some(&handled)), OPERATIONS[at]), (at, one.as_str()));
        }
        assert_eq!(OPERATIONS[operation(None)], "unknown");
    }

    #[test]
    fn words_stand_in_the_order_of_their_enum() {
        assert_eq!(Outcome::WORDS[Outcome::Refused as usize], "refused");
        assert_eq!(Error::WORDS[Error::Other as usize], "other");
        assert_eq!(STATUSES[status(http::StatusCode::PAYLOAD_TOO_LARGE)], "413");
        assert_eq!(STATUSES[status(http::StatusCode::IM_A_TEAPOT)], "other");
    }
}
