//! Structural artifacts: the ones that say how all others belong together.
//!
//! A repository is a set of artifacts. Most are *plain content*: the versions of its files. The
//! others are lines of text, called *cards*, that say which files make a check-in, what it comes
//! from, how it is tagged, or what a wiki page or ticket says. Nothing marks them but their form:
//! [`Artifact::parse`] is where it is decided what an artifact is.
//!
//! ```
//! use outcrop_repo::artifact::{Artifact, checksum};
//!
//! let mut bytes = b"C A\\sfirst\\sstep\n\
//!     D 2024-05-06T07:08:09.012\n\
//!     F read\\sme.txt a9993e364706816aba3e25717850c26c9cd0d89d\n\
//!     U alice\n"
//!     .to_vec();
//! // The last card is a checksum of all lines above it.
//! let z_line = checksum::z_line(&bytes);
//! bytes.extend_from_slice(&z_line);
//!
//! let Ok(Artifact::CheckIn(check_in)) = Artifact::parse(&bytes) else {
//!     panic!("not a check-in");
//! };
//! assert_eq!(check_in.comment.unwrap().to_string(), "A first step");
//! assert_eq!(check_in.files[0].name.decode(), b"read me.txt".as_slice());
//!
//! // Whatever breaks a rule is plain content, and the error says which rule.
//! let error = Artifact::parse(b"fn main() {}\n").unwrap_err();
//! assert_eq!(error.to_string(), "plain content: its first line is not a card");
//! ```
//!
//! # How a decision is made
//!
//! 1. The last byte is a newline, or the artifact is plain content.
//! 2. A PGP or SSH signature around the text comes off (`clearsign.rs`).
//! 3. The text starts with a letter and a space and ends with a line of the form of a Z card, or it
//!    is plain content. So far only a few bytes have been looked at, however long the artifact is.
//! 4. The Z card states the MD5 checksum of all lines above it ([`checksum`]).
//! 5. The letters of the first cards say which [`Kind`] the artifact can be; no card belongs to two
//!    kinds that also share all cards before it.
//! 6. The parser of that kind reads all cards, in one pass.
//!
//! | file | holds |
//! |---|---|
//! | `checkin.rs`, `cluster.rs`, `control.rs`, `wiki.rs`, `ticket.rs`, `attachment.rs`, `technote.rs`, `forum.rs` | one kind each: its cards and its own rules |
//! | `kind.rs` | step 5 |
//! | `file.rs`, `tag.rs` | F and T cards, the ones with an order of their own |
//! | `lines.rs` | what holds for every card: words, order, repetition |
//! | `cards.rs` | cards and words that several kinds share |
//! | `text.rs`, `date.rs`, `name.rs` | what words can be |
//! | `familiar.rs` | check-ins much like another one, which are read faster |
//!
//! # What to rely on
//!
//! Parsed artifacts borrow from the bytes: texts are decoded when asked for, and only lists are
//! allocated. Time is linear in the length of the artifact, and memory at most some forty times it
//! (a growing list of the shortest possible cards). A text below a W card is kept whole, though
//! Fossil shows it up to its first NUL.
//!
//! Artifacts are accepted as Fossil 2.29 accepts them, which is more leniently than it writes them:
//! upper-case digits pass in the names of artifacts (they are lowered), in identifiers and in the R
//! card; NUL parts words as a space does; a second P card adds to the first. Three things that
//! Fossil accepts are plain content here, since they have no meaning of their own: a D or E card
//! with the *current* time (`now`), a size on the W card that only comes true because a 32-bit
//! number overflows, and a K, R or Z card without a word, which Fossil may crash on.

pub mod checksum;

mod attachment;
mod cards;
mod checkin;
mod clearsign;
mod cluster;
mod control;
mod date;
mod error;
mod familiar;
mod file;
mod forum;
mod kind;
mod lines;
pub(crate) mod name;
mod tag;
mod technote;
#[cfg(test)]
mod testing;
mod text;
mod ticket;
mod wiki;

pub use attachment::{Attachment, AttachmentLink};
pub use checkin::{CheckIn, Cherrypick};
pub use cluster::Cluster;
pub use control::Control;
pub use date::Moment;
pub use error::{ParseError, Plain, Problem};
pub use file::{FileCard, FileMode};
pub use forum::Forum;
pub use kind::Kind;
pub use tag::{Tag, TagAction};
pub use technote::{Technote, TechnoteEvent};
pub use text::Text;
pub use ticket::{Ticket, TicketField};
pub use wiki::Wiki;

pub(crate) use checkin::{without_any_files, without_files};
use checksum::Checksum;
pub(crate) use familiar::{FamiliarFiles, same_lines};
use lines::Lines;

/// A structural artifact, borrowing from its bytes.
#[derive(Debug, Clone, PartialEq)]
pub enum Artifact<'a> {
    /// A version of the project's files.
    CheckIn(CheckIn<'a>),
    /// Names of many artifacts.
    Cluster(Cluster),
    /// Changes of tags.
    Control(Control<'a>),
    /// A version of a wiki page.
    Wiki(Wiki<'a>),
    /// A change of a ticket.
    Ticket(Ticket<'a>),
    /// A file beside a page, ticket, technote or post.
    Attachment(Attachment<'a>),
    /// A version of a technote.
    Technote(Technote<'a>),
    /// A version of a forum post.
    Forum(Forum<'a>),
}

impl<'a> Artifact<'a> {
    /// Reads a structural artifact, or says why the bytes are plain content.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, ParseError> {
        let glanced = Glanced::new(bytes)?;
        let computed = Checksum::of(glanced.above);
        glanced.parse(computed)
    }

    /// Sorts out what may be an artifact among many contents, most of which may be plain. Their
    /// checksums are faster together.
    pub(crate) fn candidates(contents: &[&'a [u8]]) -> Vec<Option<Candidate<'a>>> {
        let glanced: Vec<_> = contents.iter().map(|bytes| Glanced::new(bytes).ok()).collect();
        let above: Vec<_> = glanced.iter().flatten().map(|glanced| glanced.above).collect();
        let mut checksums = Checksum::of_many(&above);
        let candidate = |glanced: Option<Glanced<'a>>| {
            let glanced = glanced?;
            // There is one for each.
            let checksum = checksums.next().unwrap_or_else(|| Checksum::of(glanced.above));
            (glanced.stated == checksum.as_bytes()).then_some(Candidate(glanced.unsigned))
        };
        glanced.into_iter().map(candidate).collect()
    }

    /// Parses what was parsed before, as [`without_files`] and [`without_any_files`] have left it.
    pub(crate) fn parse_again(bytes: &'a [u8]) -> Result<Self, ParseError> {
        Self::parse_cards(clearsign::strip(bytes))
    }

    fn parse_cards(unsigned: clearsign::Unsigned<'a>) -> Result<Self, ParseError> {
        let kind = Kind::of(unsigned.text);
        let mut lines = Lines::new(kind, unsigned);
        Ok(match kind {
            Kind::CheckIn => Self::CheckIn(CheckIn::parse(&mut lines)?),
            Kind::Cluster => Self::Cluster(Cluster::parse(&mut lines)?),
            Kind::Control => Self::Control(Control::parse(&mut lines)?),
            Kind::Wiki => Self::Wiki(Wiki::parse(&mut lines)?),
            Kind::Ticket => Self::Ticket(Ticket::parse(&mut lines)?),
            Kind::Attachment => Self::Attachment(Attachment::parse(&mut lines)?),
            Kind::Technote => Self::Technote(Technote::parse(&mut lines)?),
            Kind::Forum => Self::Forum(Forum::parse(&mut lines)?),
        })
    }

    /// Which kind of artifact this is.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::CheckIn(_) => Kind::CheckIn,
            Self::Cluster(_) => Kind::Cluster,
            Self::Control(_) => Kind::Control,
            Self::Wiki(_) => Kind::Wiki,
            Self::Ticket(_) => Kind::Ticket,
            Self::Attachment(_) => Kind::Attachment,
            Self::Technote(_) => Kind::Technote,
            Self::Forum(_) => Kind::Forum,
        }
    }

    /// The date of the D card, which only clusters lack.
    #[must_use]
    pub const fn date(&self) -> Option<Moment> {
        Some(match self {
            Self::CheckIn(check_in) => check_in.date,
            Self::Cluster(_) => return None,
            Self::Control(control) => control.date,
            Self::Wiki(wiki) => wiki.date,
            Self::Ticket(ticket) => ticket.date,
            Self::Attachment(attachment) => attachment.date,
            Self::Technote(technote) => technote.date,
            Self::Forum(post) => post.date,
        })
    }

    /// The login of the U card, if there is one.
    #[must_use]
    pub const fn user(&self) -> Option<Text<'a>> {
        match self {
            Self::CheckIn(check_in) => check_in.user,
            Self::Cluster(_) => None,
            Self::Control(control) => Some(control.user),
            Self::Wiki(wiki) => Some(wiki.user),
            Self::Ticket(ticket) => Some(ticket.user),
            Self::Attachment(attachment) => attachment.user,
            Self::Technote(technote) => technote.user,
            Self::Forum(post) => Some(post.user),
        }
    }
}

/// What is an artifact if its cards are good: the checksum is right.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'a>(clearsign::Unsigned<'a>);

impl<'a> Candidate<'a> {
    /// Whether there is armor around the cards.
    pub(crate) const fn is_armored(&self) -> bool {
        !self.0.header.is_empty()
    }

    /// Parses all cards.
    pub(crate) fn parse(&self) -> Result<Artifact<'a>, ParseError> {
        Artifact::parse_cards(self.0)
    }
}

/// What is not plain content at a glance.
struct Glanced<'a> {
    unsigned: clearsign::Unsigned<'a>,
    /// What the checksum is of, and the one that is stated.
    above: &'a [u8],
    stated: &'a [u8],
}

impl<'a> Glanced<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, ParseError> {
        if bytes.last() != Some(&b'\n') {
            return Err(ParseError::Plain(Plain::NoFinalNewline));
        }
        let unsigned = clearsign::strip(bytes);
        if !matches!(unsigned.text, [b'A'..=b'Z', b' ', ..]) {
            return Err(ParseError::Plain(Plain::NoFirstCard));
        }
        let (above, stated) =
            checksum::split(unsigned.text).ok_or(ParseError::Plain(Plain::NoChecksum))?;
        Ok(Self { unsigned, above, stated })
    }

    fn parse(self, computed: Checksum) -> Result<Artifact<'a>, ParseError> {
        if self.stated != computed.as_bytes() {
            return Err(ParseError::WrongChecksum { computed });
        }
        Artifact::parse_cards(self.unsigned)
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{closed, parsed};
    use super::*;

    #[test]
    fn plain_content_is_told_by_a_glance() {
        for (bytes, plain) in [
            (b"".as_slice(), Plain::NoFinalNewline),
            (b"C x", Plain::NoFinalNewline),
            (b"\n", Plain::NoFirstCard),
            (b"int main(){}\n", Plain::NoFirstCard),
            (b"C\nD x\n", Plain::NoFirstCard),
            (b"C x\n", Plain::NoChecksum),
            (b"C x\nZ 900150983cd24fb0d6963f7d28e17f7\n", Plain::NoChecksum),
        ] {
            let error = Artifact::parse(bytes).unwrap_err();
            assert_eq!(error, ParseError::Plain(plain), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn a_wrong_checksum_is_told_with_the_right_one() {
        let bytes = b"C x\nD 2020-01-01\nZ 00000000000000000000000000000000\n";
        let computed = Checksum::of(b"C x\nD 2020-01-01\n");
        let error = Artifact::parse(bytes).unwrap_err();
        assert_eq!(error, ParseError::WrongChecksum { computed });
    }

    #[test]
    fn only_the_last_of_several_checksums_counts() {
        let first = "Z 0123456789abcdefABCDEF0123456789\n";
        parsed(&format!("C x\nD 2020-01-01\n{first}"), |artifact| {
            assert_eq!(artifact.kind(), Kind::CheckIn);
        });
    }

    #[test]
    fn upper_case_digits_do_not_make_a_checksum() {
        let mut bytes = closed("C x\nD 2020-01-01\nU me\n");
        let at = bytes.len() - 33;
        bytes[at..].make_ascii_uppercase();
        let error = Artifact::parse(&bytes).unwrap_err();
        assert!(matches!(error, ParseError::WrongChecksum { .. }));
    }

    #[test]
    fn a_signed_artifact_is_one() {
        let text = closed("C x\nD 2020-01-01\nU me\n");
        let bytes = [
            b"-----BEGIN SSH SIGNED MESSAGE-----\n\n",
            text.as_slice(),
            b"-----BEGIN SSH SIGNATURE-----\nabc\n",
        ]
        .concat();
        assert_eq!(Artifact::parse(&bytes), Artifact::parse(&text));
        assert!(Artifact::parse(&bytes).is_ok());
    }
}
