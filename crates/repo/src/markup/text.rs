//! Bytes of a text, and the classes that Fossil puts them in.

use std::ops::Range;

/// The text up to its first NUL, where Fossil takes it to end.
pub(super) fn until_nul(text: &[u8]) -> &[u8] {
    text.split(|&byte| byte == 0).next().unwrap_or_default()
}

/// The byte at a place, or NUL behind the end. No text has a NUL, so it means nothing else.
pub(super) fn at(text: &[u8], place: usize) -> u8 {
    text.get(place).copied().unwrap_or(0)
}

/// What starts at a place; nothing behind the end.
pub(super) fn from(text: &[u8], start: usize) -> &[u8] {
    text.get(start..).unwrap_or_default()
}

/// A part; nothing if it does not lie within the text.
pub(super) fn part(text: &[u8], range: Range<usize>) -> &[u8] {
    text.get(range).unwrap_or_default()
}

/// How many bytes there are, from a place on, that a class holds.
pub(super) fn run(text: &[u8], start: usize, class: impl Fn(u8) -> bool) -> usize {
    from(text, start).iter().take_while(|&&byte| class(byte)).count()
}

/// Where a byte is first found, from a place on.
pub(super) fn find(text: &[u8], start: usize, wanted: u8) -> Option<usize> {
    from(text, start).iter().position(|&byte| byte == wanted).map(|found| start + found)
}

/// A space, or what else C takes for one.
pub(super) fn is_space(byte: u8) -> bool {
    byte == b' ' || (b'\t'..=b'\r').contains(&byte)
}

/// A space within a line.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// A space within a line or a newline.
pub(super) fn is_blank_or_newline(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n')
}

/// A byte that ends a line of a text as it was received.
pub(super) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}
