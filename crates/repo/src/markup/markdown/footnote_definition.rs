//! Definitions of footnotes, `[^id]: text`.

use super::identifier;
use crate::markup::text::{at, from, is_blank, is_line_end, is_space, part, run};

/// The indentation by which further lines belong to a definition.
const INDENT: usize = 2;

/// A footnote as it is defined.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Footnote {
    /// What it is referred to by.
    pub(super) id: Vec<u8>,
    /// How it is to look: `.class.class:`, or nothing.
    pub(super) classes: Vec<u8>,
    pub(super) text: Vec<u8>,
}

/// The definition that `rest` starts with, and where it ends.
pub(super) fn definition(rest: &[u8]) -> Option<(Footnote, usize)> {
    if rest.len() <= 5 || !rest.starts_with(b"[^") {
        return None;
    }
    let id_end = 2 + run(rest, 2, |byte| byte != b']' && !is_line_end(byte));
    if at(rest, id_end) != b']' || at(rest, id_end + 1) != b':' {
        return None;
    }
    let start = id_end + 2 + run(rest, id_end + 2, is_blank);
    if start >= rest.len() {
        return None;
    }
    let id = identifier(part(rest, 2..id_end))?;
    let mut body = Body { rest, place: start, classes: None, text: Vec::new() };
    body.read();
    let (classes, text) = body.finish()?;
    Some((Footnote { id, classes: classes.to_vec(), text }, body.place))
}

/// The text of a definition while it is read.
struct Body<'a> {
    rest: &'a [u8],
    place: usize,
    /// Once they were looked for, even if there are none.
    classes: Option<&'a [u8]>,
    text: Vec<u8>,
}

impl<'a> Body<'a> {
    fn read(&mut self) {
        if is_line_end(at(self.rest, self.place)) {
            self.place += line_end_length(self.rest, self.place);
        } else {
            self.read_classes(self.place);
            self.read_line();
        }
        let indent = run(self.rest, self.place, |byte| byte == b' ');
        if indent < INDENT {
            return;
        }
        let is_indented = |place: usize| {
            let line = from(self.rest, place);
            line.len() > indent && run(part(line, 0..indent), 0, |byte| byte == b' ') == indent
        };
        while is_indented(self.place) {
            self.place += indent;
            if self.classes.is_none() {
                // Classes stand in the first line of text, even if it is the second line.
                let start = self.place + run(self.rest, self.place, is_blank);
                self.read_classes(start);
            }
            self.read_line();
        }
    }

    /// Reads classes if they start at a place.
    fn read_classes(&mut self, start: usize) {
        let length = classes_length(from(self.rest, start));
        self.classes = Some(part(self.rest, start..start + length));
        if length > 0 {
            self.place = start + length;
        }
    }

    /// Reads what is left of a line, with its end.
    fn read_line(&mut self) {
        let start = self.place;
        self.place += run(self.rest, start, |byte| !is_line_end(byte));
        self.place += line_end_length(self.rest, self.place);
        self.text.extend_from_slice(part(self.rest, start..self.place));
    }

    /// The classes and the text, if there is any.
    fn finish(&mut self) -> Option<(&'a [u8], Vec<u8>)> {
        let mut text = std::mem::take(&mut self.text);
        let classes = self.classes.unwrap_or_default();
        if text.is_empty() {
            return None;
        }
        let blanks = text.iter().rev().take_while(|&&byte| is_space(byte)).count();
        text.truncate(text.len() - blanks);
        match (text.is_empty(), classes.is_empty()) {
            (false, _) => Some((classes, text)),
            // Classes of nothing are text.
            (true, false) => Some((b"", classes.to_vec())),
            (true, true) => None,
        }
    }
}

/// How long the end of a line is that is at a place: one byte, or two for `\r\n`.
fn line_end_length(text: &[u8], place: usize) -> usize {
    match (at(text, place), at(text, place + 1)) {
        (b'\r', b'\n') => 2,
        (b'\r' | b'\n', _) => 1,
        _ => 0,
    }
}

/// How long the classes are that a text starts with: `.class.class:`, and a space behind it.
pub(super) fn classes_length(text: &[u8]) -> usize {
    if at(text, 0) != b'.' {
        return 0;
    }
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let length = 1 + run(text, 1, is_part);
    let classes = part(text, 0..length);
    let is_list = !classes.ends_with(b".") && !classes.windows(2).any(|pair| pair == b"..");
    let ends = at(text, length) == b':' && is_space(at(text, length + 1));
    if is_list && ends { length + 1 } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(rest: &str) -> Option<(String, String, usize)> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        definition(rest.as_bytes()).map(|(note, end)| (text(note.classes), text(note.text), end))
    }

    #[test]
    fn a_definition_goes_on_while_lines_are_indented() {
        let of = |classes: &str, text: &str, end| Some((classes.to_owned(), text.to_owned(), end));
        assert_eq!(defined("[^a]: b\n   c\n    d\n  e"), of("", "b\nc\n d", 19));
        assert_eq!(defined("[^a]: .b.c-d: e"), of(".b.c-d:", " e", 15));
        assert_eq!(defined("[^a]:\n   .b: c\nd"), of(".b:", " c", 15));
        assert_eq!(defined("[^a]: .b: \nc"), of("", ".b:", 11));
        assert_eq!(defined("[^a]: .b..c: d"), of("", ".b..c: d", 14));
        assert_eq!(defined("[^a]: \n  \n  \n"), None);
        assert_eq!(defined("[^]: b"), None);
        assert_eq!(defined(" [^a]: b"), None);
    }
}
