//! Wiki pages: one version of one page.

use outcrop_format::hash::HashName;

use super::{
    date::Moment,
    error::{ParseError, Problem},
    lines::Lines,
    name,
    text::Text,
};

/// A version of a wiki page.
#[derive(Debug, Clone, PartialEq)]
pub struct Wiki<'a> {
    /// C: why the page was changed.
    pub comment: Option<Text<'a>>,
    /// D: when.
    pub date: Moment,
    /// L: the name of the page.
    pub title: Text<'a>,
    /// N: the type of the text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<Text<'a>>,
    /// P: the versions that this one comes from.
    pub parents: Vec<HashName>,
    /// U: who changed the page.
    pub user: Text<'a>,
    /// W: the page. An empty one says that it is deleted.
    pub text: &'a [u8],
}

impl<'a> Wiki<'a> {
    pub(super) fn parse(cards: &mut Lines<'a>) -> Result<Self, ParseError> {
        let (mut comment, mut date, mut title, mut mimetype) = (None, None, None, None);
        let (mut parents, mut user, mut text) = (Vec::new(), None, None);
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'C' => comment = Some(cards.text("comment")?),
                b'D' => date = Some(cards.moment()?),
                b'L' => title = Some(read_title(cards)?),
                b'N' => mimetype = Some(cards.text("mimetype")?),
                b'P' => cards.parents(&mut parents)?,
                b'U' => user = Some(cards.login()),
                b'W' => text = Some(cards.payload()?),
                b'Z' => drop(cards.checksum()?),
                _ => return Err(cards.forbidden()),
            }
        }
        cards.finish()?;
        Ok(Self {
            comment,
            date: cards.require(b'D', date)?,
            title: cards.require(b'L', title)?,
            mimetype,
            parents,
            user: cards.require(b'U', user)?,
            text: cards.require(b'W', text)?,
        })
    }
}

fn read_title<'a>(card: &mut Lines<'a>) -> Result<Text<'a>, ParseError> {
    let title = card.text("page name")?;
    if !name::is_page_name(&title.decode()) {
        return Err(card.error(Problem::NotAPageName));
    }
    Ok(title)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, check, missing, parsed};
    use super::*;
    use crate::artifact::{Artifact, Kind};

    #[test]
    fn all_cards_are_kept() {
        let text = format!(
            "C why\nD 2020-01-01\nL Home\\sPage\nN text/x-markdown\nP {HASH}\nU me\nW 4\n\na\n\n\n"
        );
        parsed(&text, |artifact| {
            let Artifact::Wiki(wiki) = artifact else { panic!("{artifact:?}") };
            assert_eq!(wiki.comment.unwrap().raw(), b"why");
            assert_eq!(wiki.title.to_string(), "Home Page");
            assert_eq!(wiki.mimetype.unwrap().raw(), b"text/x-markdown");
            assert_eq!(wiki.parents.len(), 1);
            assert_eq!(wiki.user.raw(), b"me");
            assert_eq!(wiki.text, b"\na\n\n");
        });
    }

    #[test]
    fn rules_of_the_cards() {
        for (cards, problem) in [
            ("L a\nU me\nW 0\n", None),
            ("L\nU me\nW 0\n", Some(Problem::MissingWord("page name"))),
            ("L \nU me\nW 0\n", Some(Problem::NotAPageName)),
            ("L a\\s\\sb\nU me\nW 0\n", Some(Problem::NotAPageName)),
            ("L a b\nU me\nW 0\n", Some(Problem::TooManyWords)),
            ("L a\nL b\nU me\nW 0\n", Some(Problem::Repeated)),
            ("L a\nU me\nW", Some(Problem::MissingWord("size"))),
            ("L a\nU me\nW ", Some(Problem::TextSize)),
            ("L a\nU me\nW \n", None),
            ("L a\nU me\nW 1\n", Some(Problem::TextSize)),
            ("L a\nU me\nW 2\nab", None),
            ("L a\nU me\nW 1\nab", Some(Problem::TextSize)),
            ("L a\nU me\nW 1000\nab", Some(Problem::TextSize)),
            ("L a\nU me\nW 4294967295\nab", Some(Problem::TextSize)),
            ("L a\nU me\nW 2 \nab", Some(Problem::TooManyWords)),
            ("L a\nU me\nW 0\n\nW 0\n", Some(Problem::Repeated)),
            ("L a\nP HASH HASH\nU me\nW 0\n", None),
            ("L a\nT +x *\nU me\nW 0\n", Some(Problem::Forbidden(Kind::Wiki))),
        ] {
            let cards = cards.replace("HASH", HASH);
            check(&format!("D 2020-01-01\n{cards}\n"), problem);
        }
    }

    #[test]
    fn a_page_has_date_title_user_and_text() {
        for (cards, letter) in [
            ("L a\nU me\nW 0\n\n", 'D'),
            ("D 2020-01-01\nL a\nW 0\n\n", 'U'),
            ("D 2020-01-01\nL a\nU me\n", 'W'),
        ] {
            assert_eq!(missing(cards), Some((Kind::Wiki, letter)));
        }
    }
}
