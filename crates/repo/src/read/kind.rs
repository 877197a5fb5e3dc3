//! What kinds of things happen in a repository.

use std::fmt;

/// What a line of the timeline tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// A check-in.
    CheckIn,
    /// A wiki page was changed, or a file attached to one.
    Wiki,
    /// A ticket was changed, or a file attached to one.
    Ticket,
    /// A technote.
    Technote,
    /// A forum post.
    Forum,
    /// Tags were changed.
    Control,
    /// Something else. Fossil 2.29 tells so of a file attached to what is not here; later releases
    /// may know more.
    Other,
}

impl EventKind {
    /// All kinds that are known.
    pub const ALL: [Self; 6] =
        [Self::CheckIn, Self::Wiki, Self::Ticket, Self::Technote, Self::Forum, Self::Control];

    /// The letters that Fossil has for it: `ci`, `w`, `t`, `e`, `f` or `g`, and `a` for others.
    #[must_use]
    pub const fn letters(self) -> &'static str {
        match self {
            Self::CheckIn => "ci",
            Self::Wiki => "w",
            Self::Ticket => "t",
            Self::Technote => "e",
            Self::Forum => "f",
            Self::Control => "g",
            Self::Other => "a",
        }
    }

    /// The kind with these letters.
    #[must_use]
    pub fn from_letters(letters: &str) -> Option<Self> {
        let mut kinds = Self::ALL.into_iter().chain([Self::Other]);
        kinds.find(|kind| kind.letters() == letters)
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CheckIn => "check-in",
            Self::Wiki => "wiki page",
            Self::Ticket => "ticket change",
            Self::Technote => "technote",
            Self::Forum => "forum post",
            Self::Control => "change of tags",
            Self::Other => "event",
        })
    }
}
