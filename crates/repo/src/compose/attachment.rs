//! Attachments: files put beside a wiki page, a ticket, a technote or a forum post.

use outcrop_format::{escape, hash::HashName};

use super::cards::{Cards, some_text};
use super::error::ComposeError;
use crate::artifact::{Moment, name};

/// An attachment to be composed, or the removal of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAttachment<'a> {
    /// The name of the file.
    pub file_name: &'a str,
    /// The identifier of a ticket or technote, the name of a forum post, or else of a wiki page.
    pub target: &'a str,
    /// The content. `None` takes the file of this name off the target.
    pub content: Option<HashName>,
    /// What the file is about.
    pub comment: Option<&'a str>,
    /// When it is attached.
    pub date: Moment,
    /// The type of the comment's text.
    pub mimetype: Option<&'a str>,
    /// Who attaches it.
    pub user: Option<&'a str>,
}

impl NewAttachment<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        let file_name = some_text(self.file_name, "file name")?;
        if !name::is_simple_path(file_name) {
            return Err(ComposeError::NotAPath(self.file_name.to_owned()));
        }
        if !name::is_page_name(self.target.as_bytes()) {
            return Err(ComposeError::PageName(self.target.to_owned()));
        }
        let mut cards = Cards::default();
        let (file_name, target) = (escape::encode(file_name), self.target.as_bytes());
        let target = escape::encode(target);
        match &self.content {
            Some(content) => cards.card(b'A', &[&file_name, &target, content.to_hex().as_bytes()]),
            None => cards.card(b'A', &[&file_name, &target]),
        }
        cards.comment(self.comment)?;
        cards.date(self.date);
        cards.mimetype(self.mimetype)?;
        cards.optional_text(b'U', self.user, "user")?;
        Ok(cards.close())
    }
}
