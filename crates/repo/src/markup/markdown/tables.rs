//! Tables: a heading and a rule perhaps, and rows of cells.

use super::{Finder, spans};
use crate::markup::{
    effort::Effort,
    text::{at, find, from, is_blank, is_blank_or_newline, part, run},
};

impl Finder<'_> {
    /// Reads the table that a text starts with, and gives its length.
    pub(super) fn table(&mut self, text: &[u8], depth: usize) -> usize {
        // The table, the row and the cell have a buffer of Fossil's each, and so has the heading.
        let mut cell_depth = depth + 3;
        let Some(heading_end) = find(text, 0, b'\n') else {
            self.row(text, cell_depth);
            return text.len();
        };
        let is_rule = |byte: u8| is_blank(byte) || matches!(byte, b'-' | b':' | b'|');
        let rule_end = heading_end + 1 + run(text, heading_end + 1, is_rule);
        let mut place = 0;
        if at(text, rule_end) == b'\n' {
            cell_depth += 1;
            self.row(part(text, 0..heading_end), cell_depth);
            place = rule_end + 1;
        }
        while place < text.len()
            && !self.effort.is_spent()
            && is_row(from(text, place), self.effort)
        {
            place += self.row(from(text, place), cell_depth);
        }
        place
    }

    /// Reads the cells of a row, and gives how long it is. Code goes on over the end of a line.
    fn row(&mut self, text: &[u8], depth: usize) -> usize {
        let mut place = run(text, 0, is_blank);
        place += usize::from(at(text, place) == b'|');
        let mut is_last = false;
        while place < text.len() && !is_last && !self.effort.is_spent() {
            place += usize::from(at(text, place) == b':');
            let start = place + run(text, place, is_blank);
            let end = cell_end(text, start, self.effort);
            is_last = at(text, end) == b'\n';
            place = end + usize::from(end < text.len());
            self.inline(cell(part(text, start..end)), depth);
        }
        if is_last { place } else { text.len() }
    }
}

/// What a cell holds, without the mark that aligns it.
fn cell(content: &[u8]) -> &[u8] {
    let mut content = content.strip_suffix(b":").unwrap_or(content);
    while let [rest @ .., b' ' | b'\t'] = content {
        content = rest;
    }
    content
}

/// Where the next bar or the end of the line is.
fn cell_end(text: &[u8], start: usize, effort: &mut Effort) -> usize {
    let mut place = start;
    while place < text.len() && !is_bar(text, place) && at(text, place) != b'\n' {
        if at(text, place) == b'`' {
            place = spans::after_code(text, place, effort);
        } else {
            place += 1;
        }
    }
    effort.spend(place - start);
    place
}

/// Whether there is a bar that parts cells.
fn is_bar(text: &[u8], place: usize) -> bool {
    at(text, place) == b'|' && (place == 0 || at(text, place - 1) != b'\\')
}

/// Whether the first line is a row of a table: it has a bar, and more than just one bar.
pub(super) fn is_row(text: &[u8], effort: &mut Effort) -> bool {
    let mut place = run(text, 0, is_blank);
    let mut outer = usize::from(at(text, place) == b'|');
    let mut bars = 0;
    while !matches!(at(text, place), 0 | b'\n') {
        bars += usize::from(is_bar(text, place));
        if at(text, place) == b'`' {
            place = spans::after_code(text, place, effort);
        } else {
            place += 1;
        }
    }
    effort.spend(place);
    while place > 0 && is_blank_or_newline(at(text, place - 1)) {
        place -= 1;
    }
    outer += usize::from(place > 0 && is_bar(text, place - 1));
    bars > 0 && bars + 1 != outer
}
