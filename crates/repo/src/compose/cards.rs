//! Writing cards, and the rules of words that several kinds share.

use outcrop_format::escape;
use outcrop_format::hash::HashName;

use super::error::ComposeError;
use crate::artifact::{Moment, checksum::z_line};

/// The cards of one artifact, written one after the other.
#[derive(Debug, Default)]
pub(super) struct Cards(Vec<u8>);

impl Cards {
    /// Writes a card of these words, which are escaped where they need it.
    pub(super) fn card(&mut self, letter: u8, words: &[&[u8]]) {
        self.0.push(letter);
        for word in words {
            self.0.push(b' ');
            self.0.extend_from_slice(word);
        }
        self.0.push(b'\n');
    }

    /// The C card, if there is a comment.
    pub(super) fn comment(&mut self, comment: Option<&str>) -> Result<(), ComposeError> {
        self.optional_text(b'C', comment, "comment")
    }

    /// The D card.
    pub(super) fn date(&mut self, date: Moment) {
        self.card(b'D', &[date.to_string().as_bytes()]);
    }

    /// The N card, if a type is stated.
    pub(super) fn mimetype(&mut self, mimetype: Option<&str>) -> Result<(), ComposeError> {
        self.optional_text(b'N', mimetype, "mimetype")
    }

    /// The P card, unless there are no parents.
    pub(super) fn parents(&mut self, parents: &[HashName]) -> Result<(), ComposeError> {
        if parents.is_empty() {
            return Ok(());
        }
        let mut sorted = parents.to_vec();
        sorted.sort_unstable_by_key(ToString::to_string);
        all_different("parent", sorted.iter())?;
        let names: Vec<_> = parents.iter().map(HashName::to_hex).collect();
        let words: Vec<&[u8]> = names.iter().map(|name| name.as_bytes()).collect();
        self.card(b'P', &words);
        Ok(())
    }

    /// A card of one artifact name, if there is one.
    pub(super) fn optional_name(&mut self, letter: u8, name: Option<&HashName>) {
        if let Some(name) = name {
            self.card(letter, &[name.to_hex().as_bytes()]);
        }
    }

    /// A card of one text, if there is one.
    pub(super) fn optional_text(
        &mut self,
        letter: u8,
        text: Option<&str>,
        what: &'static str,
    ) -> Result<(), ComposeError> {
        let Some(text) = text else { return Ok(()) };
        self.card(letter, &[&escape::encode(some_text(text, what)?)]);
        Ok(())
    }

    /// The U card.
    pub(super) fn user(&mut self, login: &str) -> Result<(), ComposeError> {
        self.optional_text(b'U', Some(login), "user")
    }

    /// The W card and the text below it.
    pub(super) fn payload(&mut self, text: &str) -> Result<(), ComposeError> {
        let size = text.len().to_string();
        self.card(b'W', &[size.as_bytes()]);
        self.0.extend_from_slice(without_nul(text, "text")?);
        self.0.push(b'\n');
        Ok(())
    }

    /// The artifact, closed by its Z card.
    pub(super) fn close(mut self) -> Vec<u8> {
        let z_line = z_line(&self.0);
        self.0.extend_from_slice(&z_line);
        self.0
    }
}

/// Text that may be empty.
pub(super) fn without_nul<'a>(text: &'a str, what: &'static str) -> Result<&'a [u8], ComposeError> {
    if text.contains('\0') { Err(ComposeError::Nul(what)) } else { Ok(text.as_bytes()) }
}

/// Text that stands in a card, where an empty word would be none.
pub(super) fn some_text<'a>(text: &'a str, what: &'static str) -> Result<&'a [u8], ComposeError> {
    if text.is_empty() { Err(ComposeError::Empty(what)) } else { without_nul(text, what) }
}

/// Bytes for people.
pub(super) fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Whether no two neighbours of a sorted list are alike.
pub(super) fn all_different<T: PartialEq + ToString>(
    what: &'static str,
    sorted: impl IntoIterator<Item = T>,
) -> Result<(), ComposeError> {
    let mut previous = None;
    for item in sorted {
        if previous.as_ref() == Some(&item) {
            return Err(ComposeError::Repeated(what, item.to_string()));
        }
        previous = Some(item);
    }
    Ok(())
}
