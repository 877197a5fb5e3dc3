//! Technotes: a page of text at a point of the timeline.

use outcrop_format::hash::HashName;

use super::cards::Cards;
use super::error::ComposeError;
use super::tag::NewTag;
use crate::artifact::{Moment, TagAction};

/// A version of a technote to be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewTechnote<'a> {
    /// What the timeline shows.
    pub comment: Option<&'a str>,
    /// When this version is written.
    pub date: Moment,
    /// The point of the timeline.
    pub time: Moment,
    /// The identifier that all versions share: 40 or 64 lower-case hexadecimal digits, random.
    pub id: &'a str,
    /// The type of the text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<&'a str>,
    /// The versions that this one comes from.
    pub parents: &'a [HashName],
    /// Tags that the technote adds to itself.
    pub tags: &'a [NewTag<'a>],
    /// Who writes it.
    pub user: Option<&'a str>,
    /// The text.
    pub text: &'a str,
}

impl NewTechnote<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        if HashName::parse(self.id.as_bytes()).is_err() {
            return Err(ComposeError::NotAnIdentifier(self.id.to_owned(), "technote"));
        }
        let is_foreign = |tag: &&NewTag<'_>| tag.target.is_some() || tag.action != TagAction::Add;
        if let Some(tag) = self.tags.iter().find(is_foreign) {
            return Err(ComposeError::TagOnAnother(tag.name.to_owned()));
        }
        let mut cards = Cards::default();
        cards.comment(self.comment)?;
        cards.date(self.date);
        let time = self.time.to_string();
        // Fossil writes whole seconds here.
        let time = time.strip_suffix(".000").unwrap_or(&time);
        cards.card(b'E', &[time.as_bytes(), self.id.as_bytes()]);
        cards.mimetype(self.mimetype)?;
        cards.parents(self.parents)?;
        cards.tags(self.tags)?;
        cards.optional_text(b'U', self.user, "user")?;
        cards.payload(self.text)?;
        Ok(cards.close())
    }
}
