//! The rules that an artifact to be composed can break.

/// Why no artifact was composed: the rule that a value breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ComposeError {
    /// Every artifact of this kind has such a card, and the card has a word.
    #[error("there is no {0}, or an empty one")]
    Empty(&'static str),
    /// Readers end a text at its first NUL.
    #[error("the {0} holds a NUL character, which would end it there")]
    Nul(&'static str),
    /// The name of a field is written without escapes.
    #[error("{0:?} cannot be the name of a ticket's field: it has a blank, or starts with `+`")]
    FieldName(String),
    /// Not a relative path in normal form.
    #[error("{0:?} is not a path within a check-out")]
    NotAPath(String),
    /// Readers pass over files of this name.
    #[error("{0:?} is a name that Fossil keeps for its own files")]
    Reserved(String),
    /// Only a delta manifest can say that a file is gone.
    #[error("file {0:?} has no content: leave it out, or name a baseline that it is missing from")]
    NoContent(String),
    /// Page names have up to 100 bytes, no control characters, and single spaces only between
    /// words.
    #[error("{0:?} cannot be the name of a wiki page")]
    PageName(String),
    /// Tags have a name, and one that is not taken for the start of an artifact's name.
    #[error("{0:?} cannot be the name of a tag: it is empty or reads as a hexadecimal number")]
    TagName(String),
    /// A control artifact tags others only.
    #[error("tag {0:?} has no target: a control artifact cannot tag itself")]
    TagOnItself(String),
    /// A technote adds tags to itself only.
    #[error("tag {0:?} is cancelled, propagated or put on another: technotes tag themselves only")]
    TagOnAnother(String),
    /// Not 40 (or, for a technote, 64) lower-case hexadecimal digits.
    #[error("{0:?} cannot identify a {1}: it needs 40 hexadecimal digits")]
    NotAnIdentifier(String, &'static str),
    /// A post is a reply or has a title.
    #[error("a reply has no title")]
    TitledReply,
    /// Of these there can be no two alike.
    #[error("the {0} {1:?} stands there twice")]
    Repeated(&'static str, String),
}
