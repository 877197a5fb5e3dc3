//! T cards: adding tags to artifacts and taking them away.

use std::borrow::Cow;

use outcrop_format::hash::HashName;

use super::{
    error::{ParseError, Problem},
    lines::Lines,
    name,
    text::Text,
};

/// What a tag card does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TagAction {
    /// `+`: adds the tag to one artifact.
    Add,
    /// `*`: adds the tag to a check-in and all that descend from it.
    Propagate,
    /// `-`: cancels the tag, or keeps it from being inherited.
    Cancel,
}

/// One T card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag<'a> {
    /// What becomes of the tag.
    pub action: TagAction,
    /// The name, without the sign for the action.
    pub name: Text<'a>,
    /// The artifact that is tagged. `None`, written `*`, is the one that holds the card.
    pub target: Option<HashName>,
    /// The value, if the tag is a property.
    pub value: Option<Text<'a>>,
}

/// Reads the T cards of one artifact, which stand in the order of their names and targets.
#[derive(Debug, Default)]
pub(super) struct TagCards<'a> {
    previous: Option<SortKey<'a>>,
    tags: Vec<Tag<'a>>,
}

/// What T cards are sorted by.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct SortKey<'a> {
    /// The decoded name, with its sign.
    name: Cow<'a, [u8]>,
    /// The target as it is written. `None`, the artifact itself, comes first.
    target: Option<&'a [u8]>,
}

impl<'a> TagCards<'a> {
    /// Reads one card, and gives its tag for the rules of the kind that it stands in.
    pub(super) fn read(&mut self, card: &mut Lines<'a>) -> Result<Tag<'a>, ParseError> {
        let signed_name = card.text("tag name")?;
        let target_word = card.word("artifact name")?;
        let value = card.optional_text();
        let (sort_target, target) = match target_word {
            b"*" => (None, None),
            word => (Some(word), Some(card.hash_in(word)?)),
        };
        let (action, name) =
            split_sign(signed_name.raw()).ok_or_else(|| card.error(Problem::TagPrefix))?;
        let name = Text::from_raw(name);
        if name::is_hex(&name.decode()) {
            return Err(card.error(Problem::TagLooksLikeHash));
        }
        let key = Some(SortKey { name: signed_name.decode(), target: sort_target });
        if self.previous >= key {
            return Err(card.error(Problem::Unsorted));
        }
        self.previous = key;
        let tag = Tag { action, name, target, value };
        self.tags.push(tag);
        Ok(tag)
    }

    /// The tags of all cards read.
    pub(super) fn into_tags(self) -> Vec<Tag<'a>> {
        self.tags
    }
}

/// Splits the sign from a tag's name. Fossil takes it with a backslash before it, too.
fn split_sign(raw: &[u8]) -> Option<(TagAction, &[u8])> {
    let (sign, name) = raw.strip_prefix(b"\\").unwrap_or(raw).split_first()?;
    let action = match sign {
        b'+' => TagAction::Add,
        b'*' => TagAction::Propagate,
        b'-' => TagAction::Cancel,
        _ => return None,
    };
    Some((action, name))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, HASH2, check, control};
    use super::*;

    #[test]
    fn a_card_has_a_sign_a_name_a_target_and_perhaps_a_value() {
        control(&format!("T *branch {HASH} trunk\\sline"), |tags| {
            assert_eq!(tags[0].action, TagAction::Propagate);
            assert_eq!(tags[0].name.raw(), b"branch");
            assert_eq!(tags[0].target, HashName::parse(HASH.as_bytes()).ok());
            assert_eq!(tags[0].value.unwrap().to_string(), "trunk line");
        });
        control(&format!("T \\-sym-x {HASH}"), |tags| {
            assert_eq!(tags[0].action, TagAction::Cancel);
            assert_eq!(tags[0].name.raw(), b"sym-x");
            assert_eq!(tags[0].value, None);
        });
    }

    #[test]
    fn rules_of_the_card() {
        for (cards, problem) in [
            ("T", Some(Problem::MissingWord("tag name"))),
            ("T +x", Some(Problem::MissingWord("artifact name"))),
            ("T +x HASH", None),
            ("T +x HASH v w", Some(Problem::TooManyWords)),
            ("T +x HASH ", None),
            ("T +x abc", Some(Problem::NotAHash)),
            ("T x HASH", Some(Problem::TagPrefix)),
            ("T  HASH", Some(Problem::TagPrefix)),
            ("T + HASH", Some(Problem::TagLooksLikeHash)),
            ("T +BadCafe HASH", Some(Problem::TagLooksLikeHash)),
            ("T +b\\ad HASH", Some(Problem::TagLooksLikeHash)),
            ("T +bad\\0x HASH", Some(Problem::TagLooksLikeHash)),
            ("T +x HASH\nT +x HASH2", None),
            ("T +x HASH\nT +x HASH", Some(Problem::Unsorted)),
            ("T +x HASH2\nT +x HASH", Some(Problem::Unsorted)),
            ("T +x HASH\nT *x HASH", Some(Problem::Unsorted)),
            ("T *x HASH\nT +x HASH\nT -x HASH", None),
            ("T +y HASH\nT +x HASH", Some(Problem::Unsorted)),
            ("T +x\\sy HASH\nT +x! HASH", None),
        ] {
            let cards = cards.replace("HASH2", HASH2).replace("HASH", HASH);
            check(&format!("D 2020-01-01\n{cards}\nU me\n"), problem);
        }
    }

    #[test]
    fn a_tag_on_the_artifact_itself_comes_before_others() {
        let tail = "U me\n";
        let cards = format!("C x\nD 2020-01-01\nT +x *\nT +x {HASH}\n{tail}");
        check(&cards, None);
        let cards = format!("C x\nD 2020-01-01\nT +x {HASH}\nT +x *\n{tail}");
        check(&cards, Some(Problem::Unsorted));
        let cards = format!("C x\nD 2020-01-01\nT +x *\nT +x *\n{tail}");
        check(&cards, Some(Problem::Unsorted));
    }
}
