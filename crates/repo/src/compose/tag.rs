//! T cards: what three kinds of artifacts say of tags.

use outcrop_format::escape;
use outcrop_format::hash::HashName;

use super::cards::{Cards, some_text};
use super::error::ComposeError;
use crate::artifact::{TagAction, name};

/// A change of a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTag<'a> {
    /// What becomes of the tag.
    pub action: TagAction,
    /// The name. The tags that people give (branches, releases) start with `sym-`.
    pub name: &'a str,
    /// The artifact that is tagged; `None` is the one that holds the card.
    pub target: Option<HashName>,
    /// The value; an empty one is as good as none.
    pub value: Option<&'a str>,
}

impl<'a> NewTag<'a> {
    /// A tag on the very artifact that is composed.
    #[must_use]
    pub const fn on_itself(action: TagAction, name: &'a str, value: Option<&'a str>) -> Self {
        Self { action, name, target: None, value }
    }
}

const fn sign(action: TagAction) -> u8 {
    match action {
        TagAction::Add => b'+',
        TagAction::Propagate => b'*',
        TagAction::Cancel => b'-',
    }
}

impl Cards {
    /// Writes T cards, in the order that readers ask for: by sign and name, then by target, a tag
    /// on the artifact itself before the others.
    pub(super) fn tags(&mut self, tags: &[NewTag<'_>]) -> Result<(), ComposeError> {
        let mut sorted = Vec::with_capacity(tags.len());
        for tag in tags {
            let name = some_text(tag.name, "tag's name")
                .ok()
                .filter(|name| !name::is_hex(name))
                .ok_or_else(|| ComposeError::TagName(tag.name.to_owned()))?;
            let signed = [&[sign(tag.action)], name].concat();
            let target = tag.target.as_ref().map(ToString::to_string);
            sorted.push(((signed, target), tag));
        }
        sorted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut previous = None;
        for (key, tag) in &sorted {
            if previous.replace(key) == Some(key) {
                return Err(ComposeError::Repeated("tag", tag.name.to_owned()));
            }
            let (signed, target) = key;
            let signed = escape::encode(signed);
            let target = target.as_deref().unwrap_or("*").as_bytes();
            match tag.value.filter(|value| !value.is_empty()) {
                Some(value) => {
                    let value = escape::encode(some_text(value, "tag's value")?);
                    self.card(b'T', &[&signed, target, &value]);
                }
                None => self.card(b'T', &[&signed, target]),
            }
        }
        Ok(())
    }
}
