//! Lists, which hold blocks or spans.

use super::{
    Finder,
    lines::{bullet, empty_line, is_rule, item_mark, line_end, number, small_indent},
};
use crate::markup::text::{at, from, part, run};

/// An item without its mark and its indentation.
struct Item {
    content: Vec<u8>,
    /// Where a list within it starts, if one does.
    sublist: usize,
    /// Whether it has empty lines between others.
    has_gaps: bool,
    /// Whether what follows it is not part of the list any more.
    is_last: bool,
    /// How much of the text belongs to it.
    length: usize,
}

impl Finder<'_> {
    /// Reads the list that a text starts with, and gives its length.
    pub(super) fn list(&mut self, text: &[u8], depth: usize) -> usize {
        // The list has a buffer of Fossil's, and each item has two.
        let depth = depth + 3;
        let mut place = 0;
        // From the first item with gaps on, all items hold blocks.
        let mut has_gaps = false;
        while let Some(item) = Item::read(from(text, place)) {
            self.effort.spend(item.length);
            place += item.length;
            has_gaps |= item.has_gaps;
            let split = if item.sublist == 0 { item.content.len() } else { item.sublist };
            let (first, sublist) = item.content.split_at_checked(split).unwrap_or_default();
            if has_gaps {
                self.blocks(first, depth);
            } else {
                self.inline(first, depth);
            }
            self.blocks(sublist, depth);
            if item.is_last || self.effort.is_spent() {
                break;
            }
        }
        place
    }
}

impl Item {
    /// The item that a text starts with.
    fn read(text: &[u8]) -> Option<Self> {
        let mark = item_mark(text)?;
        let mut end = mark.max(line_end(text, mark - 1));
        let indent = own_indent(text);
        let mut item = Self {
            content: part(text, mark..end).to_vec(),
            sublist: 0,
            has_gaps: false,
            is_last: false,
            length: 0,
        };
        let mut after_empty = false;
        let mut place = end;
        while place < text.len() {
            end = line_end(text, place);
            let line = part(text, place..end);
            if empty_line(line).is_some() {
                after_empty = true;
                place = end;
                continue;
            }
            let (skipped, width) = line_indent(line);
            let body = from(line, skipped);
            if (bullet(body).is_some() && !is_rule(body)) || number(body).is_some() {
                item.has_gaps |= after_empty;
                if width == indent {
                    break;
                }
                if item.sublist == 0 {
                    item.sublist = item.content.len();
                }
            } else if after_empty {
                if skipped < 4 && at(line, 0) != b'\t' {
                    item.is_last = true;
                    break;
                }
                item.content.push(b'\n');
                item.has_gaps = true;
            }
            after_empty = false;
            item.content.extend_from_slice(body);
            place = end;
        }
        item.length = place;
        Some(item)
    }
}

/// The indentation of the mark of an item. The last byte of a text does not count.
fn own_indent(text: &[u8]) -> usize {
    small_indent(text).min(text.len().saturating_sub(1))
}

/// How much of a line is indentation, and how wide it is. A tab is as wide as none of the spaces.
fn line_indent(line: &[u8]) -> (usize, usize) {
    if at(line, 0) == b'\t' {
        return (1, 8);
    }
    let spaces = run(line, 0, |byte| byte == b' ').min(4).min(line.len().saturating_sub(1));
    (spaces, spaces)
}
