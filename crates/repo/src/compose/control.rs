//! Control artifacts: tags put on artifacts, or taken off them, after the fact.

use super::cards::Cards;
use super::error::ComposeError;
use super::tag::NewTag;
use crate::artifact::Moment;

/// A control artifact to be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewControl<'a> {
    /// When the tags are changed.
    pub date: Moment,
    /// The changes, at least one, each with a target.
    pub tags: &'a [NewTag<'a>],
    /// Who changes them.
    pub user: &'a str,
}

impl NewControl<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        if self.tags.is_empty() {
            return Err(ComposeError::Empty("tag"));
        }
        if let Some(tag) = self.tags.iter().find(|tag| tag.target.is_none()) {
            return Err(ComposeError::TagOnItself(tag.name.to_owned()));
        }
        let mut cards = Cards::default();
        cards.date(self.date);
        cards.tags(self.tags)?;
        cards.user(self.user)?;
        Ok(cards.close())
    }
}
