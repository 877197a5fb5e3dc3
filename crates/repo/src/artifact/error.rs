//! Why some bytes are not a structural artifact.

use super::{Kind, checksum::Checksum};

/// Why some bytes are not a structural artifact.
///
/// Every artifact that fails to parse is plain content: the error explains, it does not accuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes do not even look like a structural artifact; found out without reading them.
    #[error("plain content: {0}")]
    Plain(Plain),
    /// The last line states another checksum than the lines above it have.
    #[error("the Z card is wrong: the lines above it have the checksum {computed}")]
    WrongChecksum {
        /// What the Z card would have to say.
        computed: Checksum,
    },
    /// A card breaks a rule.
    #[error("line {line}, {card} card: {problem}")]
    Card {
        /// The line that the card starts at, counted from 1; lines before a clear-signed text count.
        line: usize,
        /// The letter of the card.
        card: char,
        /// The rule that it breaks.
        problem: Problem,
    },
    /// A card that this kind of artifact must have is not there.
    #[error("a {kind} without the {card} card it needs")]
    Missing {
        /// What the other cards make of the artifact.
        kind: Kind,
        /// The letter of the card that is missing.
        card: char,
    },
}

/// What tells plain content at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Plain {
    /// The last byte is not a newline.
    #[error("it does not end with a newline")]
    NoFinalNewline,
    /// The first two bytes are not an upper-case letter and a space.
    #[error("its first line is not a card")]
    NoFirstCard,
    /// The last line is not a Z card.
    #[error("its last line is not a Z card")]
    NoChecksum,
}

/// The rule that a card breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The line does not start with an upper-case letter that a space or the line's end follows.
    #[error("the line is not a card")]
    NotACard,
    /// The letter comes before that of the card above.
    #[error("cards stand in alphabetical order")]
    Order,
    /// A card of which there can be one only stands there again.
    #[error("there can be one such card only")]
    Repeated,
    /// This kind of artifact has no such card.
    #[error("a {0} has no such card")]
    Forbidden(Kind),
    /// More words than the card has places for, or a space after the last.
    #[error("the card has too many words")]
    TooManyWords,
    /// Fewer words than the card needs.
    #[error("the card lacks its {0}")]
    MissingWord(&'static str),
    /// Not 40 or 64 hexadecimal digits.
    #[error("not the name of an artifact")]
    NotAHash,
    /// Not the 32 hexadecimal digits of an MD5 checksum.
    #[error("not a checksum")]
    NotAChecksum,
    /// Not 40 hexadecimal digits.
    #[error("not the identifier of a ticket")]
    NotATicket,
    /// No form of date that Fossil reads, or a date out of its range.
    #[error("not a date")]
    NotADate,
    /// Not a relative path in normal form.
    #[error("not a path within the check-out")]
    NotAPath,
    /// Not a name that a wiki page can have.
    #[error("not the name of a wiki page")]
    NotAPageName,
    /// Cards of one letter stand in ascending order of their words, no two alike.
    #[error("it does not come after the card of the same letter above it")]
    Unsorted,
    /// The name of a tag starts with `+`, `-` or `*`.
    #[error("the tag's name does not start with +, - or *")]
    TagPrefix,
    /// The name of a tag could be taken for the start of an artifact's name.
    #[error("the tag's name reads as a hexadecimal number")]
    TagLooksLikeHash,
    /// A control artifact cannot tag itself.
    #[error("a control artifact cannot tag itself")]
    TagOnItself,
    /// A technote can do nothing but add tags to itself.
    #[error("a technote can only add tags to itself")]
    TagOnAnother,
    /// A cherry-pick starts with `+` or `-`.
    #[error("the cherry-pick does not start with + or -")]
    PickSign,
    /// A forum post has at most one parent.
    #[error("a forum post has one parent at most")]
    TooManyParents,
    /// A forum post is a reply or has a title.
    #[error("a reply has no title")]
    TitledReply,
    /// The text is shorter than the W card says, or no newline follows it.
    #[error("the text does not have the size stated")]
    TextSize,
}
