//! Blocks of HTML, in which nothing is a link.

use super::lines::empty_line;
use crate::markup::{
    effort::Effort,
    text::{at, find, from, part, run},
};

/// The elements that make a block. Fossil reads all others as spans.
const ELEMENTS: &[&[u8]] = &[b"html", b"pre", b"script"];

/// How long the block of HTML is that a text starts with.
pub(super) fn block(text: &[u8], effort: &mut Effort) -> Option<usize> {
    if at(text, 0) != b'<' || text.len() < 2 {
        return None;
    }
    let name = part(text, 1..1 + run(text, 1, |byte| byte.is_ascii_alphanumeric()));
    let is_element = |element: &&&[u8]| element.eq_ignore_ascii_case(name);
    match ELEMENTS.iter().find(is_element) {
        Some(_) if name.len() + 1 >= text.len() => None,
        Some(element) => element_block(text, element, effort),
        None => comment(text, effort).or_else(|| rule(text, effort)),
    }
}

/// A comment, and nothing behind it on its last line.
fn comment(text: &[u8], effort: &mut Effort) -> Option<usize> {
    if text.len() <= 5 || !text.starts_with(b"<!--") {
        return None;
    }
    let end = from(text, 3).windows(3).position(|window| window == b"-->");
    effort.spend(end.unwrap_or(text.len()));
    behind(text, 3 + end? + 3)
}

/// A horizontal rule.
fn rule(text: &[u8], effort: &mut Effort) -> Option<usize> {
    if text.len() <= 4 || !part(text, 1..3).eq_ignore_ascii_case(b"hr") {
        return None;
    }
    let end = find(text, 3, b'>');
    effort.spend(end.unwrap_or(text.len()));
    behind(text, end? + 1)
}

/// Where the line ends if there is nothing but blanks from a place on.
fn behind(text: &[u8], place: usize) -> Option<usize> {
    if place >= text.len() {
        return None;
    }
    empty_line(from(text, place)).map(|length| place + length)
}

/// An element up to its end tag, if an empty line follows that.
fn element_block(text: &[u8], element: &[u8], effort: &mut Effort) -> Option<usize> {
    let is_end = |tag: &[u8]| {
        tag.starts_with(b"</")
            && part(tag, 2..2 + element.len()).eq_ignore_ascii_case(element)
            && at(tag, 2 + element.len()) == b'>'
    };
    let mut place = 1;
    while let Some(start) = find(text, place, b'<') {
        let tag = from(text, start);
        if is_end(tag)
            && let Some(length) = end_length(tag, element.len() + 3)
        {
            effort.spend(start);
            return Some(start + length);
        }
        place = start + 1;
    }
    effort.spend(text.len());
    None
}

/// How long an end tag is with the rest of its line and the empty line behind it. The end of the
/// text will do for both.
fn end_length(tag: &[u8], tag_length: usize) -> Option<usize> {
    let mut end = tag_length;
    for _ in 0..2 {
        if end < tag.len() {
            end += empty_line(from(tag, end))?;
        }
    }
    Some(end)
}
