//! Blocks: what the lines of a text, a quote or an item of a list belong to.

use super::{
    Finder, html, is_too_deep,
    lines::{
        code_indent, empty_line, is_fence, is_rule, is_underline, item_mark, line_end, quote_mark,
    },
    spans, tables, without_last_newlines,
};
use crate::markup::text::{at, from, is_blank, part, run};

impl Finder<'_> {
    /// Reads all blocks of a text.
    pub(super) fn blocks(&mut self, text: &[u8], depth: usize) {
        // Spans would be too deep in any block of it.
        if is_too_deep(depth + 1) {
            return;
        }
        let has_tables = text.contains(&b'|');
        let mut place = 0;
        while place < text.len() && !self.effort.is_spent() {
            place += self.block(from(text, place), has_tables, depth).max(1);
        }
    }

    /// Reads the block that a text starts with, and gives its length.
    fn block(&mut self, text: &[u8], has_tables: bool, depth: usize) -> usize {
        if at(text, 0) == b'#' {
            return self.heading(text, depth);
        }
        if let Some(length) = html::block(text, self.effort).or_else(|| empty_line(text)) {
            return length;
        }
        if is_rule(text) {
            return line_end(text, 0);
        }
        if quote_mark(text).is_some() {
            return self.quote(text, depth);
        }
        if code_indent(text).is_some() {
            return code_length(text);
        }
        if item_mark(text).is_some() {
            return self.list(text, depth);
        }
        if has_tables && tables::is_row(text, self.effort) {
            return self.table(text, depth);
        }
        if is_fence(text)
            && let Some(end) = spans::code(text, self.effort)
        {
            return end;
        }
        self.paragraph(text, depth)
    }

    /// Reads a line that starts with number signs.
    fn heading(&mut self, text: &[u8], depth: usize) -> usize {
        let level = run(text, 0, |byte| byte == b'#').min(6);
        let start = level + run(text, level, is_blank);
        let line_end = start + run(text, start, |byte| byte != b'\n');
        let mut end = line_end;
        while end > start && at(text, end - 1) == b'#' {
            end -= 1;
        }
        while end > start && is_blank(at(text, end - 1)) {
            end -= 1;
        }
        if start == level || end == start {
            return self.paragraph(text, depth);
        }
        self.inline(part(text, start..end), depth + 1);
        line_end
    }

    /// Reads a paragraph, which may end with a heading.
    fn paragraph(&mut self, text: &[u8], depth: usize) -> usize {
        let (mut end, mut next, mut has_heading) = (0, 0, false);
        while end < text.len() {
            let line = from(text, end);
            next = line_end(text, end);
            if empty_line(line).is_some() {
                break;
            }
            has_heading = is_underline(line);
            if has_heading {
                break;
            }
            if (end > 0 && at(line, 0) == b'#') || is_rule(line) {
                next = end;
                break;
            }
            end = next;
        }
        self.effort.spend(next);
        let mut body = without_last_newlines(part(text, 0..end));
        if has_heading {
            // Only the last line is the heading.
            let start =
                body.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
            let above = without_last_newlines(part(body, 0..start));
            if !above.is_empty() {
                self.inline(above, depth + 1);
                body = from(body, start);
            }
        }
        self.inline(body, depth + 1);
        next
    }

    /// Reads a quote: lines with a mark, and those without one that follow them.
    fn quote(&mut self, text: &[u8], depth: usize) -> usize {
        let mut content = Vec::new();
        let (mut place, mut end) = (0, 0);
        while place < text.len() {
            end = line_end(text, place);
            let line = part(text, place..end);
            let next = from(text, end);
            let mark = quote_mark(line);
            if mark.is_none() && empty_line(line).is_some() {
                let goes_on = quote_mark(next).is_some() || empty_line(next).is_some();
                if next.is_empty() || !goes_on {
                    break;
                }
            }
            content.extend_from_slice(from(line, mark.unwrap_or(0)));
            place = end;
        }
        self.effort.spend(end);
        self.blocks(&content, depth + 1);
        end
    }
}

/// How long a block of code is that is marked by its indentation.
fn code_length(text: &[u8]) -> usize {
    let mut place = 0;
    while place < text.len() {
        let end = line_end(text, place);
        let line = part(text, place..end);
        if code_indent(line).is_none() && empty_line(line).is_none() {
            break;
        }
        place = end;
    }
    place
}
