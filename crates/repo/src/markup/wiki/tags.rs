//! Where a tag is, and which.

use super::names::{TAGS, known};
use crate::markup::{
    effort::Effort,
    text::{at, is_space, part, run},
};

/// What a tag does to the reading of links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// `<div>`, whose end tag may end more than it.
    Div,
    /// `<nowiki>`.
    NoWiki,
    /// `<verbatim>`.
    Verbatim,
    /// Another tag that is read as one.
    Known,
    /// A tag that is read as text.
    Unknown,
}

/// A start or end tag.
pub(super) struct Tag {
    pub(super) name: Name,
    /// Whether it is an end tag.
    pub(super) closes: bool,
    /// Where its name ends, in the text.
    pub(super) name_end: usize,
    /// Bytes from `<` to `>`.
    pub(super) length: usize,
}

impl Tag {
    /// The tag that starts here, if one does.
    pub(super) fn read(text: &[u8], start: usize, effort: &mut Effort) -> Option<Self> {
        let closes = at(text, start + 1) == b'/';
        let name_start = start + if closes { 2 } else { 1 };
        if !at(text, name_start).is_ascii_alphabetic() {
            return None;
        }
        let name_end = name_start + run(text, name_start, |byte| byte.is_ascii_alphanumeric());
        let end = tag_end(text, name_end, effort)?;
        let name = part(text, name_start..name_end);
        let name = if name.eq_ignore_ascii_case(b"div") {
            Name::Div
        } else if name.eq_ignore_ascii_case(b"nowiki") {
            Name::NoWiki
        } else if name.eq_ignore_ascii_case(b"verbatim") {
            Name::Verbatim
        } else if known(TAGS, name).is_some() {
            Name::Known
        } else {
            Name::Unknown
        };
        Some(Self { name, closes, name_end, length: end - start })
    }
}

/// Where a tag ends whose name ends at a place: behind the first `>` that is not between quotes.
fn tag_end(text: &[u8], name_end: usize, effort: &mut Effort) -> Option<usize> {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let start = name_end + run(text, name_end, is_name);
    let mut place = start;
    if at(text, place) == b'/' && at(text, place + 1) == b'>' {
        return Some(place + 2);
    }
    if at(text, place) != b'>' && !is_space(at(text, place)) {
        return None;
    }
    let mut quote = None;
    let end = loop {
        let byte = at(text, place);
        place += 1;
        match (byte, quote) {
            (0, _) => break None,
            (b'>', None) => break Some(place),
            (b'"' | b'\'', None) => quote = Some(byte),
            (_, Some(open)) if open == byte => quote = None,
            _ => {}
        }
    };
    effort.spend(place - start);
    end
}
