//! Technotes, once called events: a page of text at a point of the timeline.

use outcrop_format::hash::HashName;

use super::{
    date::Moment,
    error::{ParseError, Problem},
    lines::Lines,
    name,
    tag::{Tag, TagAction, TagCards},
    text::Text,
};

/// A version of a technote.
#[derive(Debug, Clone, PartialEq)]
pub struct Technote<'a> {
    /// C: what the timeline shows.
    pub comment: Option<Text<'a>>,
    /// D: when this version was written.
    pub date: Moment,
    /// E: which technote this is, and where on the timeline it stands.
    pub event: TechnoteEvent<'a>,
    /// N: the type of the text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<Text<'a>>,
    /// P: the versions that this one comes from.
    pub parents: Vec<HashName>,
    /// T: tags that the technote adds to itself.
    pub tags: Vec<Tag<'a>>,
    /// U: who wrote it.
    pub user: Option<Text<'a>>,
    /// W: the text.
    pub text: &'a [u8],
}

/// The E card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TechnoteEvent<'a> {
    /// The point of the timeline.
    pub time: Moment,
    /// The identifier that all versions share, hexadecimal digits. It names no artifact.
    pub id: &'a [u8],
}

impl<'a> Technote<'a> {
    pub(super) fn parse(cards: &mut Lines<'a>) -> Result<Self, ParseError> {
        let (mut comment, mut date, mut event, mut mimetype) = (None, None, None, None);
        let (mut parents, mut tags) = (Vec::new(), TagCards::default());
        let (mut user, mut text) = (None, None);
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'C' => comment = Some(cards.text("comment")?),
                b'D' => date = Some(cards.moment()?),
                b'E' => event = Some(TechnoteEvent::read(cards)?),
                b'N' => mimetype = Some(cards.text("mimetype")?),
                b'P' => cards.parents(&mut parents)?,
                b'T' => {
                    let tag = tags.read(cards)?;
                    if tag.target.is_some() || tag.action != TagAction::Add {
                        return Err(cards.error(Problem::TagOnAnother));
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
            comment,
            date: cards.require(b'D', date)?,
            event: cards.require(b'E', event)?,
            mimetype,
            parents,
            tags: tags.into_tags(),
            user,
            text: cards.require(b'W', text)?,
        })
    }
}

impl<'a> TechnoteEvent<'a> {
    fn read(card: &mut Lines<'a>) -> Result<Self, ParseError> {
        let time = card.moment()?;
        let id = card.word("technote identifier")?;
        // Written as an artifact's name is, though it is chosen at random.
        if name::hash(id).is_none() {
            return Err(card.error(Problem::NotAHash));
        }
        Ok(Self { time, id })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, check, missing, parsed};
    use super::*;
    use crate::artifact::{Artifact, Kind};

    #[test]
    fn all_cards_are_kept() {
        let text = format!(
            "C release\nD 2020-01-01\nE 2021-01-01T12:00 {HASH}\nN text/plain\nP {HASH}\n\
             T +bgcolor * #ff0000\nU me\nW 2\nhi\n"
        );
        parsed(&text, |artifact| {
            let Artifact::Technote(technote) = artifact else { panic!("{artifact:?}") };
            assert_eq!(technote.event.id, HASH.as_bytes());
            assert_eq!(technote.event.time.to_string(), "2021-01-01T12:00:00.000");
            assert_eq!(technote.tags[0].value.unwrap().raw(), b"#ff0000");
            assert_eq!(technote.text, b"hi");
        });
    }

    #[test]
    fn rules_of_the_cards() {
        for (cards, problem) in [
            ("E 2020-01-01 HASH", None),
            ("E", Some(Problem::MissingWord("date"))),
            ("E x HASH", Some(Problem::NotADate)),
            ("E 2020-01-01", Some(Problem::MissingWord("technote identifier"))),
            ("E 2020-01-01 x", Some(Problem::NotAHash)),
            ("E 2020-01-01 HASH x", Some(Problem::TooManyWords)),
            ("E 2020-01-01 HASH\nE 2020-01-01 HASH", Some(Problem::Repeated)),
            ("E 2020-01-01 HASH\nN a\nP HASH", None),
            ("E 2020-01-01 HASH\nP HASH\nN a", None),
            ("E 2020-01-01 HASH\nP HASH\nN a\nP HASH", None),
            ("E 2020-01-01 HASH\nN a\nP HASH\nN a", Some(Problem::Repeated)),
            ("E 2020-01-01 HASH\nT +x *\nN a", Some(Problem::Order)),
            ("E 2020-01-01 HASH\nT +x *", None),
            ("E 2020-01-01 HASH\nT *x *", Some(Problem::TagOnAnother)),
            ("E 2020-01-01 HASH\nT -x *", Some(Problem::TagOnAnother)),
            ("E 2020-01-01 HASH\nT +x HASH", Some(Problem::TagOnAnother)),
            ("E 2020-01-01 HASH\nF a HASH", Some(Problem::Forbidden(Kind::Technote))),
        ] {
            let cards = cards.replace("HASH", HASH);
            check(&format!("D 2020-01-01\n{cards}\nW 0\n\n"), problem);
        }
    }

    #[test]
    fn a_technote_has_date_and_text() {
        let undated = format!("E 2020-01-01 {HASH}\nW 0\n\n");
        assert_eq!(missing(&undated), Some((Kind::Technote, 'D')));
        let empty = format!("D 2020-01-01\nE 2020-01-01 {HASH}\n");
        assert_eq!(missing(&empty), Some((Kind::Technote, 'W')));
    }
}
