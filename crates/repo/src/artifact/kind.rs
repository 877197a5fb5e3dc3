//! The kinds of structural artifacts, and how the first cards tell them apart.

use std::fmt;

/// The kinds of structural artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A version of the project's files.
    CheckIn,
    /// Names of many artifacts.
    Cluster,
    /// Changes of tags.
    Control,
    /// A version of a wiki page.
    Wiki,
    /// A change of a ticket.
    Ticket,
    /// A file beside a page, ticket, technote or post.
    Attachment,
    /// A version of a technote.
    Technote,
    /// A version of a forum post.
    Forum,
}

impl Kind {
    /// The only kind that a text can be, going by the letters of its first cards.
    ///
    /// C and D come first in several kinds, so the card that follows them tells, and where that is
    /// one of T to Z, whether there was a C. Cards stand in order, so none below tells otherwise.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut has_comment = false;
        for line in text.split(|&byte| byte == b'\n') {
            return match line.first() {
                Some(b'C') => {
                    has_comment = true;
                    continue;
                }
                Some(b'D') => continue,
                Some(b'A') => Self::Attachment,
                Some(b'E') => Self::Technote,
                Some(b'G'..=b'I') => Self::Forum,
                Some(b'J' | b'K') => Self::Ticket,
                Some(b'L') => Self::Wiki,
                Some(b'M') => Self::Cluster,
                Some(b'B' | b'F' | b'N' | b'P'..=b'R') => Self::CheckIn,
                _ => break,
            };
        }
        if has_comment { Self::CheckIn } else { Self::Control }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CheckIn => "check-in",
            Self::Cluster => "cluster",
            Self::Control => "control artifact",
            Self::Wiki => "wiki page",
            Self::Ticket => "ticket change",
            Self::Attachment => "attachment",
            Self::Technote => "technote",
            Self::Forum => "forum post",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, parsed};
    use super::*;

    #[test]
    fn the_first_cards_tell_the_kind() {
        for (cards, kind) in [
            (format!("D 2020-01-01\nT +x {HASH}\nU me\n"), Kind::Control),
            ("C x\nD 2020-01-01\nT +x *\nU me\n".into(), Kind::CheckIn),
            ("C x\nD 2020-01-01\n".into(), Kind::CheckIn),
            (format!("D 2020-01-01\nP {HASH}\n"), Kind::CheckIn),
            ("C x\nD 2020-01-01\nL a\nU me\nW 0\n\n".into(), Kind::Wiki),
        ] {
            parsed(&cards, |artifact| {
                assert_eq!(artifact.kind(), kind, "{cards}");
                assert!(artifact.date().is_some());
            });
        }
    }
}
