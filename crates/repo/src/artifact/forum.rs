//! Forum posts: one version of one post of a thread.

use outcrop_format::hash::HashName;

use super::{
    date::Moment,
    error::{ParseError, Problem},
    lines::Lines,
    text::Text,
};

/// A version of a forum post.
#[derive(Debug, Clone, PartialEq)]
pub struct Forum<'a> {
    /// D: when this version was written.
    pub date: Moment,
    /// G: the first version of the post that began the thread; replies have it.
    pub thread_root: Option<HashName>,
    /// H: the title of the thread; a post that begins one has it.
    pub title: Option<Text<'a>>,
    /// I: the post that this one answers.
    pub in_reply_to: Option<HashName>,
    /// N: the type of the text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<Text<'a>>,
    /// P: the version that this one takes the place of.
    pub parent: Option<HashName>,
    /// U: who wrote it.
    pub user: Text<'a>,
    /// W: the text. An empty one says that the post is deleted.
    pub text: &'a [u8],
}

impl<'a> Forum<'a> {
    pub(super) fn parse(cards: &mut Lines<'a>) -> Result<Self, ParseError> {
        let (mut date, mut thread_root, mut title, mut in_reply_to) = (None, None, None, None);
        let (mut mimetype, mut parents) = (None, Vec::new());
        let (mut user, mut text) = (None, None);
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'D' => date = Some(cards.moment()?),
                b'G' => thread_root = Some(cards.hash()?),
                b'H' => title = Some(cards.text("title")?),
                b'I' => {
                    in_reply_to = Some(cards.hash()?);
                    if title.is_some() {
                        return Err(cards.error(Problem::TitledReply));
                    }
                }
                b'N' => mimetype = Some(cards.text("mimetype")?),
                b'P' => {
                    cards.parents(&mut parents)?;
                    if parents.len() > 1 {
                        return Err(cards.error(Problem::TooManyParents));
                    }
                }
                b'U' => user = Some(cards.login()),
                b'W' => text = Some(cards.payload()?),
                b'Z' => drop(cards.checksum()?),
                _ => return Err(cards.forbidden()),
            }
        }
        cards.finish()?;
        Ok(Self {
            date: cards.require(b'D', date)?,
            thread_root,
            title,
            in_reply_to,
            mimetype,
            parent: parents.pop(),
            user: cards.require(b'U', user)?,
            text: cards.require(b'W', text)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, HASH2, check, missing, parsed};
    use super::*;
    use crate::artifact::{Artifact, Kind};

    #[test]
    fn all_cards_are_kept() {
        let text =
            format!("D 2020-01-01\nG {HASH}\nI {HASH2}\nN text/plain\nP {HASH}\nU me\nW 2\nhi\n");
        parsed(&text, |artifact| {
            let Artifact::Forum(post) = artifact else { panic!("{artifact:?}") };
            let hash = HashName::parse(HASH.as_bytes()).ok();
            assert_eq!(post.thread_root, hash);
            assert_eq!(post.in_reply_to, HashName::parse(HASH2.as_bytes()).ok());
            assert_eq!(post.parent, hash);
            assert_eq!(post.title, None);
            assert_eq!(post.text, b"hi");
        });
    }

    #[test]
    fn rules_of_the_cards() {
        for (cards, problem) in [
            ("H a\\stitle", None),
            ("H", Some(Problem::MissingWord("title"))),
            ("H a title", Some(Problem::TooManyWords)),
            ("H a\nH b", Some(Problem::Repeated)),
            ("H a\nI HASH", Some(Problem::TitledReply)),
            ("G HASH\nH a", None),
            ("G HASH", None),
            ("G", Some(Problem::MissingWord("artifact name"))),
            ("G x", Some(Problem::NotAHash)),
            ("G HASH\nG HASH", Some(Problem::Repeated)),
            ("I HASH", None),
            ("I", Some(Problem::MissingWord("artifact name"))),
            ("I x", Some(Problem::NotAHash)),
            ("I HASH\nI HASH", Some(Problem::Repeated)),
            ("H a\nP", None),
            ("H a\nP HASH\nP", None),
            ("H a\nP HASH HASH", Some(Problem::TooManyParents)),
            ("H a\nP HASH\nP HASH", Some(Problem::TooManyParents)),
            ("H a\nT +x *", Some(Problem::Forbidden(Kind::Forum))),
        ] {
            let cards = cards.replace("HASH", HASH);
            check(&format!("D 2020-01-01\n{cards}\nU me\nW 0\n\n"), problem);
        }
        let cards = "C x\nD 2020-01-01\nH a\nU me\nW 0\n\n";
        check(cards, Some(Problem::Forbidden(Kind::Forum)));
    }

    #[test]
    fn a_post_has_date_user_and_text() {
        for (cards, letter) in [
            ("H a\nU me\nW 0\n\n", 'D'),
            ("D 2020-01-01\nH a\nW 0\n\n", 'U'),
            ("D 2020-01-01\nH a\nU me\n", 'W'),
        ] {
            assert_eq!(missing(cards), Some((Kind::Forum, letter)));
        }
    }
}
