//! Spans: what stands within a paragraph, a heading, a cell or a footnote.

use super::{Finder, is_too_deep, spans};
use crate::markup::text::{at, from};

impl Finder<'_> {
    /// Reads the spans of a text.
    pub(super) fn inline(&mut self, text: &[u8], depth: usize) {
        if is_too_deep(depth) {
            return;
        }
        self.effort.spend(text.len());
        let is_active =
            |&byte: &u8| matches!(byte, b'*' | b'_' | b'`' | b'[' | b'(' | b'<' | b'\\');
        let mut place = 0;
        while !self.effort.is_spent() {
            let Some(distance) = from(text, place).iter().position(is_active) else { break };
            place += distance;
            let rest = from(text, place);
            let length = match at(text, place) {
                b'*' | b'_' => self.emphasis(text, place, depth),
                b'`' => spans::code(rest, self.effort),
                b'[' => self.bracket(text, place, depth),
                b'(' => self.footnote(rest),
                b'<' => spans::tag(rest, self.effort),
                // A backslash, and what is behind it.
                _ => Some(2),
            };
            place += length.unwrap_or(1);
        }
    }
}
