//! Attributes of tags, the way Fossil sees them.
//!
//! While Fossil looks at a tag, it puts a NUL behind each value, and afterwards takes the NULs away
//! again. What it remembers of a tag is where the value starts, so what it later compares runs on
//! to the next NUL: one of the tag that it then looks at, or the end of the text. Also, it may find
//! attributes behind the end of the tag. Both decide which tags belong together.

use std::ops::Range;

use super::names::{ATTRIBUTES, known};
use crate::markup::{
    effort::Effort,
    text::{at, is_space, part, run},
};

/// Attributes of one tag that Fossil looks at.
const MOST: usize = 8;

/// The name of the attribute that connects tags.
const ID: &str = "id";

/// A name that Fossil knows, and where the value is if there is one.
struct Attribute {
    name: &'static str,
    value: Option<Range<usize>>,
}

/// The attributes of one tag.
#[derive(Default)]
pub(super) struct Attributes {
    found: Vec<Attribute>,
}

impl Attributes {
    /// Reads what follows the name of a tag.
    pub(super) fn read(text: &[u8], start: usize, effort: &mut Effort) -> Self {
        let mut attributes = Self::default();
        let end = attributes.read_all(text, start);
        effort.spend(end - start);
        attributes
    }

    /// Gives where reading ends.
    fn read_all(&mut self, text: &[u8], start: usize) -> usize {
        let mut place = start;
        // The byte behind the last value that was kept.
        let mut behind = 0;
        // The identifier behind a dash does not count as one that was seen.
        let mut seen: Vec<&str> = Vec::new();
        if at(text, place) == b'-' {
            let end = place + 1 + run(text, place + 1, |byte| byte.is_ascii_alphanumeric());
            self.found.push(Attribute { name: ID, value: Some(place + 1..end) });
            behind = at(text, end);
            place = end + 1;
        }
        place += run(text, place, is_space);
        while behind != b'>' && self.found.len() < MOST && at(text, place).is_ascii_alphabetic() {
            let word = Word::read(text, place);
            let name = word.name.filter(|name| !seen.contains(name));
            if word.value.is_none() {
                behind = 0;
            } else if name.is_some() {
                behind = at(text, word.value_end);
            }
            if let Some(name) = name {
                seen.push(name);
                self.found.push(Attribute { name, value: word.value });
            }
            place = word.end + run(text, word.end, is_space);
            let rest = (at(text, place), at(text, place + 1));
            if matches!(rest, (0 | b'>', _) | (b'/', b'>')) {
                break;
            }
        }
        place
    }

    /// Where the value of the first identifier is.
    pub(super) fn id(&self) -> Option<Range<usize>> {
        self.found.iter().find(|attribute| attribute.name == ID)?.value.clone()
    }

    /// Where the first value starts, if any attribute is an identifier: what `<verbatim>` remembers.
    pub(super) fn first_value_if_any_is_id(&self) -> Option<usize> {
        self.found.iter().find(|attribute| attribute.name == ID)?;
        Some(self.found.first()?.value.as_ref()?.start)
    }

    /// Whether there is one attribute only, and its value is the string that starts at a place.
    pub(super) fn are_just(&self, text: &[u8], start: usize) -> bool {
        let [Attribute { value: Some(value), .. }] = self.found.as_slice() else { return false };
        let end = if start <= value.end { value.end } else { text.len() };
        // Texts of different lengths are not looked at.
        end.saturating_sub(start) == value.len()
            && part(text, start..end) == part(text, value.clone())
    }

    /// Where a string would have to start to be equal to a value, for each NUL that can end it.
    pub(super) fn starts_of_equals(&self, text: &[u8], value: &Range<usize>) -> Vec<usize> {
        let mut starts = Vec::new();
        let mut last_nul = None;
        let values = self.found.iter().filter_map(|attribute| attribute.value.as_ref());
        for nul in values.map(|value| value.end).chain([text.len()]) {
            let start = nul.checked_sub(value.len());
            if let Some(start) = start.filter(|&start| last_nul.is_none_or(|last| last < start))
                && part(text, start..nul) == part(text, value.clone())
            {
                starts.push(start);
            }
            last_nul = Some(nul);
        }
        starts
    }
}

/// What an attribute is read from.
struct Word {
    /// The name, if Fossil knows it and its value is as it should be.
    name: Option<&'static str>,
    value: Option<Range<usize>>,
    /// Where the value ends.
    value_end: usize,
    /// Where the next attribute is looked for.
    end: usize,
}

impl Word {
    fn read(text: &[u8], start: usize) -> Self {
        let name_end = start + run(text, start, |byte| byte.is_ascii_alphanumeric());
        let mut name = known(ATTRIBUTES, part(text, start..name_end));
        let end = name_end + run(text, name_end, is_space);
        if at(text, end) != b'=' {
            return Self { name, value: None, value_end: end, end };
        }
        let mut value_start = end + 1 + run(text, end + 1, is_space);
        let first = at(text, value_start);
        let length = if is_quote(first) {
            value_start += 1;
            run(text, value_start, |byte| byte != first)
        } else {
            let length = run(text, value_start, |byte| !is_space(byte) && byte != b'>');
            if part(text, value_start..value_start + length).iter().any(|&byte| is_quote(byte)) {
                name = None;
            }
            length
        };
        let value_end = value_start + length;
        // Fossil may read on behind the end of the text here. There is nothing.
        let end = (value_end + 1).min(text.len());
        Self { name, value: Some(value_start..value_end), value_end, end }
    }
}

fn is_quote(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'')
}
