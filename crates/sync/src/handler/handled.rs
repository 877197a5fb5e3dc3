//! What has come of a round, for whoever watches a server.

use std::path::Path;

use outcrop_format::hash::HashName;
use outcrop_xfer::{Kind, MediaType};

use super::limits::{NAMED, NOTICES};
use crate::{Counts, TraceParent};

/// A request that is about to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandleStarted<'a> {
    /// The file of the repository.
    pub repository: &'a Path,
    /// Where it comes from.
    pub address: Option<&'a str>,
    /// Bytes of its cards.
    pub bytes: usize,
    /// How it is framed.
    pub media: MediaType,
    /// Which trace it says to belong to.
    pub trace_parent: Option<TraceParent>,
}

/// What a request asked for, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Operation {
    /// Nothing much: whether anyone is there.
    #[default]
    Ping,
    /// The configuration, or unversioned files, and no artifacts.
    Other,
    /// To pull.
    Pull,
    /// To push.
    Push,
    /// To pull and to push.
    Sync,
    /// To clone.
    Clone,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Ping, Self::Other, Self::Pull, Self::Push, Self::Sync, Self::Clone];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::Other => "other",
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Sync => "sync",
            Self::Clone => "clone",
        }
    }

    /// What it is once a card of this kind has come too.
    pub(super) fn and(self, kind: Kind) -> Self {
        let more = match kind {
            Kind::Clone => Self::Clone,
            Kind::Pull if self == Self::Push => Self::Sync,
            Kind::Push if self == Self::Pull => Self::Sync,
            Kind::Pull => Self::Pull,
            Kind::Push => Self::Push,
            Kind::Reqconfig | Kind::Config | Kind::Uvfile | Kind::Uvgimme => Self::Other,
            _ => Self::Ping,
        };
        self.max(more)
    }
}

/// What has come of a round that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Handled {
    /// What it asked for.
    pub operation: Operation,
    /// The user whose login was accepted.
    pub user: Option<String>,
    /// Somebody tried to log in, and is not who it says.
    pub login_failed: bool,
    /// What the client was told instead of an answer. Nothing was written then, and all counts are
    /// of what had been done before.
    pub refusal: Option<String>,
    /// What the client was told beside the answer, such as that it may not push: the first of it.
    pub notices: Vec<String>,
    /// Whether the repository has changed.
    pub wrote: bool,
    /// What has moved.
    pub counts: Counts,
    /// The first of the artifacts that came and were not here.
    pub new_artifacts: Vec<HashName>,
    /// The first of the unversioned files that have changed: written, deleted or dated anew.
    pub changed_files: Vec<String>,
}

impl Handled {
    /// Takes note of an artifact that has come.
    pub(super) fn count_received(&mut self, name: HashName, is_delta: bool) {
        self.counts.count_received(is_delta);
        if self.new_artifacts.len() < NAMED {
            self.new_artifacts.push(name);
        }
    }

    /// Takes note of what the client is told. Says whether it is new: nobody need hear it twice.
    pub(super) fn note(&mut self, words: &str) -> bool {
        let is_new =
            self.notices.len() < NOTICES && !self.notices.iter().any(|known| known == words);
        if is_new {
            self.notices.push(words.to_owned());
        }
        is_new
    }

    /// Takes note of an unversioned file that has changed.
    pub(super) fn count_changed_file(&mut self, name: &str) {
        self.counts.unversioned_received += 1;
        if self.changed_files.len() < NAMED {
            self.changed_files.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_known_by_what_it_asks_for() {
        let of = |kinds: &[Kind]| kinds.iter().fold(Operation::Ping, |one, &kind| one.and(kind));
        for (kinds, operation) in [
            (&[][..], "ping"),
            (&[Kind::Pragma, Kind::Comment], "ping"),
            (&[Kind::Reqconfig], "other"),
            (&[Kind::Reqconfig, Kind::Pull, Kind::Igot], "pull"),
            (&[Kind::Push, Kind::File], "push"),
            (&[Kind::Push, Kind::Pull], "sync"),
            (&[Kind::Pull, Kind::Push, Kind::Gimme, Kind::Pull], "sync"),
            (&[Kind::Clone, Kind::Pull], "clone"),
        ] {
            assert_eq!(of(kinds).as_str(), operation, "{kinds:?}");
        }
    }
}
