//! Attachments: files put beside a wiki page, a ticket, a technote or a forum post.

use std::borrow::Cow;

use outcrop_format::hash::HashName;

use super::{
    date::Moment,
    error::{ParseError, Problem},
    lines::Lines,
    name,
    text::Text,
};

/// An attachment, or the removal of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment<'a> {
    /// A: what is attached, and where.
    pub link: AttachmentLink<'a>,
    /// C: what the file is about.
    pub comment: Option<Text<'a>>,
    /// D: when it was attached.
    pub date: Moment,
    /// N: the type of the comment's text.
    pub mimetype: Option<Text<'a>>,
    /// U: who attached it.
    pub user: Option<Text<'a>>,
}

/// The A card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentLink<'a> {
    /// The name of the file. It may be a path; [`file_name`](Self::file_name) is what counts.
    pub path: Text<'a>,
    /// The identifier of a ticket or technote, the name of a forum post, or else of a wiki page.
    pub target: Text<'a>,
    /// The content. `None` takes the file of this name off the target.
    pub content: Option<HashName>,
}

impl<'a> Attachment<'a> {
    pub(super) fn parse(cards: &mut Lines<'a>) -> Result<Self, ParseError> {
        let (mut link, mut comment, mut date) = (None, None, None);
        let (mut mimetype, mut user) = (None, None);
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'A' => link = Some(AttachmentLink::read(cards)?),
                b'C' => comment = Some(cards.text("comment")?),
                b'D' => date = Some(cards.moment()?),
                b'N' => mimetype = Some(cards.text("mimetype")?),
                b'U' => user = Some(cards.login()),
                b'Z' => drop(cards.checksum()?),
                _ => return Err(cards.forbidden()),
            }
        }
        cards.finish()?;
        Ok(Self {
            link: cards.require(b'A', link)?,
            comment,
            date: cards.require(b'D', date)?,
            mimetype,
            user,
        })
    }
}

impl<'a> AttachmentLink<'a> {
    fn read(card: &mut Lines<'a>) -> Result<Self, ParseError> {
        let path = card.text("file name")?;
        if !name::is_simple_path(&path.decode()) {
            return Err(card.error(Problem::NotAPath));
        }
        // Identifiers and artifact names have the form of page names, too.
        let target = card.text("target")?;
        if !name::is_page_name(&target.decode()) {
            return Err(card.error(Problem::NotAPageName));
        }
        Ok(Self { path, target, content: card.optional_hash()? })
    }

    /// The decoded name of the file, without the folders that the path may have.
    #[must_use]
    pub fn file_name(&self) -> Cow<'a, [u8]> {
        let folder_len = |path: &[u8]| {
            let slash = path.iter().rposition(|&byte| byte == b'/');
            slash.map_or(0, |slash| slash + 1)
        };
        match self.path.decode() {
            Cow::Borrowed(path) => Cow::Borrowed(path.get(folder_len(path)..).unwrap_or_default()),
            Cow::Owned(mut path) => Cow::Owned(path.split_off(folder_len(&path))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, check, missing, parsed};
    use super::*;
    use crate::artifact::{Artifact, Kind};

    #[test]
    fn the_link_is_kept() {
        let text = format!("A a/b\\sc Home\\sPage {HASH}\nD 2020-01-01\n");
        parsed(&text, |artifact| {
            let Artifact::Attachment(attachment) = artifact else { panic!("{artifact:?}") };
            let link = attachment.link;
            assert_eq!(link.path.to_string(), "a/b c");
            assert_eq!(link.file_name(), b"b c".as_slice());
            assert_eq!(link.target.to_string(), "Home Page");
            assert_eq!(link.content, HashName::parse(HASH.as_bytes()).ok());
            assert_eq!(attachment.user, None);
        });
        for (path, name) in [("a", "a"), ("a/b", "b")] {
            let link = AttachmentLink {
                path: Text::from_raw(path.as_bytes()),
                target: Text::from_raw(b"x"),
                content: None,
            };
            assert_eq!(link.file_name(), name.as_bytes());
        }
    }

    #[test]
    fn rules_of_the_cards() {
        for (cards, problem) in [
            ("A a b HASH\nD D", None),
            ("A a b\nD D", None),
            ("A a HASH\nD D", None),
            ("A a b \nD D", Some(Problem::NotAHash)),
            ("A a b HASH c\nD D", Some(Problem::TooManyWords)),
            ("A a\nD D", Some(Problem::MissingWord("target"))),
            ("A a \nD D", Some(Problem::NotAPageName)),
            ("A a \\sb\nD D", Some(Problem::NotAPageName)),
            ("A  b\nD D", Some(Problem::NotAPath)),
            ("A ../a b\nD D", Some(Problem::NotAPath)),
            ("A a b\nA a b\nD D", Some(Problem::Repeated)),
            ("A a b\nC c\nD D\nN text/plain\nU", None),
            ("A a b\nD D\nP HASH", Some(Problem::Forbidden(Kind::Attachment))),
        ] {
            let cards = cards.replace("HASH", HASH).replace("D D", "D 2020-01-01");
            check(&format!("{cards}\n"), problem);
        }
    }

    #[test]
    fn an_attachment_has_a_date() {
        let cards = "A a b\nU me\n";
        assert_eq!(missing(cards), Some((Kind::Attachment, 'D')));
    }
}
