//! Brackets, and what they link to.

use super::Finder;
use crate::markup::{
    effort::Effort,
    text::{at, find, from, is_blank_or_newline, part, run},
};

/// Where the bracket closes that a text starts with. Brackets behind a backslash do not count.
pub(super) fn closing(text: &[u8], effort: &mut Effort) -> Option<usize> {
    let open = at(text, 0);
    let close = if open == b'[' { b']' } else { b')' };
    let mut level = 1_usize;
    let mut before = open;
    let mut closed = None;
    for (place, &byte) in text.iter().enumerate().skip(1) {
        if before != b'\\' {
            level += usize::from(byte == open);
            level -= usize::from(byte == close);
        }
        if level == 0 {
            closed = Some(place);
            break;
        }
        before = byte;
    }
    effort.spend(closed.unwrap_or(text.len()));
    closed
}

/// What a bracket leads to.
struct Link {
    /// What to keep as a target: nothing for a footnote.
    target: Option<Vec<u8>>,
    /// Where it ends.
    end: usize,
}

impl Finder<'_> {
    /// Reads the link, image or footnote that starts with a bracket, and gives its length.
    pub(super) fn bracket(&mut self, text: &[u8], start: usize, depth: usize) -> Option<usize> {
        let image = start > 0 && at(text, start - 1) == b'!';
        let text = from(text, start);
        let label_end = closing(text, self.effort)?;
        if text.len() > 3 && at(text, 1) == b'^' {
            self.refer(part(text, 2..label_end));
            return Some(label_end + 1);
        }
        let label = part(text, 1..label_end);
        let Link { target, end } = self.destination(text, label)?;
        if !image {
            // The label has three buffers of Fossil's.
            self.inline(label, depth + 3);
            if let Some(target) = target {
                self.targets.add(&target);
            }
        }
        Some(end)
    }

    /// Reads what follows a label.
    fn destination(&mut self, text: &[u8], label: &[u8]) -> Option<Link> {
        let label_end = label.len() + 1;
        let start = label_end + 1 + run(text, label_end + 1, is_blank_or_newline);
        match at(text, start) {
            b'(' if at(text, start + 1) == b'^' && start + 2 < text.len() => {
                let length = closing(from(text, start), self.effort)?;
                self.footnotes.add(part(text, start + 2..start + length));
                Some(Link { target: None, end: start + length + 1 })
            }
            b'(' => {
                let end = closing_parenthesis(text, start, self.effort)?;
                let target = Some(inline_target(part(text, start + 1..end)));
                Some(Link { target, end: end + 1 })
            }
            b'[' => {
                let end = find(text, start, b']');
                self.effort.spend(end.unwrap_or(text.len()) - start);
                let end = end?;
                let footnote = at(text, start + 1) == b'^';
                let id = part(text, start + 1 + usize::from(footnote)..end);
                let id = if id.is_empty() { label } else { id };
                let target = if footnote {
                    self.refer(id);
                    None
                } else {
                    Some(self.defined(id)?)
                };
                Some(Link { target, end: end + 1 })
            }
            _ => Some(Link { target: Some(self.defined(label)?), end: label_end + 1 }),
        }
    }

    /// Reads a footnote that stands in parentheses, and gives its length.
    pub(super) fn footnote(&mut self, text: &[u8]) -> Option<usize> {
        if text.len() < 4 || at(text, 1) != b'^' {
            return None;
        }
        let end = closing(text, self.effort)?;
        self.footnotes.add(part(text, 2..end)).then_some(end + 1)
    }

    /// Refers to a footnote.
    fn refer(&mut self, id: &[u8]) {
        self.effort.spend(id.len());
        self.footnotes.refer(id);
    }

    /// What is defined under an identifier.
    fn defined(&mut self, id: &[u8]) -> Option<Vec<u8>> {
        if self.references.is_empty() {
            return None;
        }
        self.effort.spend(id.len());
        self.references.target(&super::identifier(id)?).map(<[u8]>::to_vec)
    }
}

/// Where the parenthesis closes that opens at a place.
fn closing_parenthesis(text: &[u8], start: usize, effort: &mut Effort) -> Option<usize> {
    let is_end = |pair: &[u8]| matches!(pair, [before, b')'] if *before != b'\\');
    let end = from(text, start).windows(2).position(is_end).map(|before| start + before + 1);
    effort.spend(end.unwrap_or(text.len()) - start);
    end
}

/// The target that stands in parentheses, in front of a title perhaps.
fn inline_target(content: &[u8]) -> Vec<u8> {
    let is_quote = |byte: u8| matches!(byte, b'\'' | b'"');
    let mut start = run(content, 0, is_blank_or_newline);
    let mut end = start + run(content, start, |byte| !is_quote(byte));
    if end < content.len() {
        let mut last = content.len() - 1;
        while last > end + 1 && is_blank_or_newline(at(content, last)) {
            last -= 1;
        }
        if !is_quote(at(content, last)) {
            // Without its end the title is none, but its quote is taken for the end of the target.
            end += 1;
        }
    }
    while end > start && is_blank_or_newline(at(content, end - 1)) {
        end -= 1;
    }
    start += usize::from(at(content, start) == b'<');
    if end > 0 && at(content, end - 1) == b'>' {
        end -= 1;
    }
    part(content, start..end).iter().copied().filter(|&byte| byte != b'\\').collect()
}
