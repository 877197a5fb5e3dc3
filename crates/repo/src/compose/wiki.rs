//! Wiki pages: one version of one page.

use outcrop_format::hash::HashName;

use super::cards::Cards;
use super::error::ComposeError;
use crate::artifact::{Moment, name};

/// A version of a wiki page to be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewWiki<'a> {
    /// Why the page is changed.
    pub comment: Option<&'a str>,
    /// When.
    pub date: Moment,
    /// The name of the page.
    pub title: &'a str,
    /// The type of the text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<&'a str>,
    /// The versions that this one comes from.
    pub parents: &'a [HashName],
    /// Who changes the page.
    pub user: &'a str,
    /// The page. An empty one says that it is deleted.
    pub text: &'a str,
}

impl NewWiki<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        if !name::is_page_name(self.title.as_bytes()) {
            return Err(ComposeError::PageName(self.title.to_owned()));
        }
        let mut cards = Cards::default();
        cards.comment(self.comment)?;
        cards.date(self.date);
        cards.optional_text(b'L', Some(self.title), "page name")?;
        cards.mimetype(self.mimetype)?;
        cards.parents(self.parents)?;
        cards.user(self.user)?;
        cards.payload(self.text)?;
        Ok(cards.close())
    }
}
