//! Forum posts: one version of one post of a thread.

use outcrop_format::hash::HashName;

use super::cards::Cards;
use super::error::ComposeError;
use crate::artifact::Moment;

/// A version of a forum post to be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewForum<'a> {
    /// When this version is written.
    pub date: Moment,
    /// The first version of the post that began the thread; all but that one have it.
    pub thread_root: Option<HashName>,
    /// The title of the thread; a post that begins one has it, in each version.
    pub title: Option<&'a str>,
    /// The first version of the post that this one answers.
    pub in_reply_to: Option<HashName>,
    /// The type of the text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<&'a str>,
    /// The version that this one takes the place of.
    pub parent: Option<HashName>,
    /// Who writes it.
    pub user: &'a str,
    /// The text. An empty one says that the post is deleted.
    pub text: &'a str,
}

impl NewForum<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        if self.title.is_some() && self.in_reply_to.is_some() {
            return Err(ComposeError::TitledReply);
        }
        // Without either there would be nothing that tells a post from a wiki page without a name.
        if self.title.is_none() && self.in_reply_to.is_none() && self.thread_root.is_none() {
            return Err(ComposeError::Empty("title"));
        }
        let mut cards = Cards::default();
        cards.date(self.date);
        cards.optional_name(b'G', self.thread_root.as_ref());
        cards.optional_text(b'H', self.title, "title")?;
        cards.optional_name(b'I', self.in_reply_to.as_ref());
        cards.mimetype(self.mimetype)?;
        cards.optional_name(b'P', self.parent.as_ref());
        cards.user(self.user)?;
        cards.payload(self.text)?;
        Ok(cards.close())
    }
}
