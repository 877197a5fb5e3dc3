//! Control artifacts: tags put on artifacts, or taken off them, after the fact.

use super::{
    date::Moment,
    error::{ParseError, Problem},
    lines::Lines,
    tag::{Tag, TagCards},
    text::Text,
};

/// A control artifact.
#[derive(Debug, Clone, PartialEq)]
pub struct Control<'a> {
    /// D: when the tags were changed.
    pub date: Moment,
    /// T: the changes, at least one, each with a target.
    pub tags: Vec<Tag<'a>>,
    /// U: who changed them.
    pub user: Text<'a>,
}

impl<'a> Control<'a> {
    pub(super) fn parse(cards: &mut Lines<'a>) -> Result<Self, ParseError> {
        let (mut date, mut user, mut tags) = (None, None, TagCards::default());
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'D' => date = Some(cards.moment()?),
                b'T' => {
                    if tags.read(cards)?.target.is_none() {
                        return Err(cards.error(Problem::TagOnItself));
                    }
                }
                b'U' => user = Some(cards.login()),
                b'Z' => drop(cards.checksum()?),
                _ => return Err(cards.forbidden()),
            }
        }
        cards.finish()?;
        let tags = tags.into_tags();
        Ok(Self {
            date: cards.require(b'D', date)?,
            tags: cards.require(b'T', (!tags.is_empty()).then_some(tags))?,
            user: cards.require(b'U', user)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, check, missing};
    use super::*;
    use crate::artifact::Kind;

    #[test]
    fn a_control_artifact_has_date_tags_and_user() {
        let all = format!("D 2020-01-01\nT +x {HASH}\nU me\n");
        check(&all, None);
        for letter in ['T', 'U'] {
            let cards: Vec<_> = all.lines().filter(|card| !card.starts_with(letter)).collect();
            let text = format!("{}\n", cards.join("\n"));
            assert_eq!(missing(&text), Some((Kind::Control, letter)));
        }
        let undated = format!("T +x {HASH}\nU me\n");
        assert_eq!(missing(&undated), Some((Kind::Control, 'D')));
    }

    #[test]
    fn it_cannot_tag_itself() {
        let cards = "D 2020-01-01\nT +x *\nU me\n";
        check(cards, Some(Problem::TagOnItself));
    }

    #[test]
    fn other_cards_are_forbidden() {
        let cards = format!("D 2020-01-01\nT +x {HASH}\nU me\nW 1\na\n");
        check(&cards, Some(Problem::Forbidden(Kind::Control)));
    }
}
