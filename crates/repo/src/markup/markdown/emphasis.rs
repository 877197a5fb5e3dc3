//! Emphasis: one to three stars or underscores around a text.

use super::{Finder, spans};
use crate::markup::{
    effort::Effort,
    text::{at, from, is_blank_or_newline, is_space, part, run},
};

impl Finder<'_> {
    /// Reads the text that is emphasised from a place on, and gives its length, with the marks.
    pub(super) fn emphasis(&mut self, text: &[u8], start: usize, depth: usize) -> Option<usize> {
        let mark = at(text, start);
        // Four are as bad as any number.
        let marks = run(part(text, 0..text.len().min(start + 4)), start, |byte| byte == mark);
        let open = start + marks;
        // A text has to follow: more than a byte, which may be the closing mark.
        if marks > 3 || open + 1 >= text.len() {
            return None;
        }
        let before = if start > 0 { at(text, start - 1) } else { b' ' };
        if !is_left_flanking(before, at(text, open))
            || (mark == b'_' && before.is_ascii_alphanumeric())
        {
            return None;
        }
        let end = match marks {
            1 => self.single(text, open, depth),
            2 => self.double(text, open, depth),
            _ => self.triple(text, open, depth),
        };
        end.map(|end| end - start)
    }

    /// Reads from behind a single mark, and gives where it ends.
    fn single(&mut self, text: &[u8], open: usize, depth: usize) -> Option<usize> {
        let mark = at(text, open - 1);
        // Two marks that follow are the rest of three.
        let two = at(text, open) == mark && at(text, open + 1) == mark;
        let mut place = open + usize::from(two);
        while place < text.len() && !self.effort.is_spent() {
            place += closing(from(text, place), mark, self.effort)?;
            if at(text, place + 1) == mark {
                place += 1;
            } else if closes(text, place, 1) {
                self.inline(part(text, open..place), depth + 1);
                return Some(place + 1);
            }
        }
        None
    }

    /// Reads from behind two marks.
    fn double(&mut self, text: &[u8], open: usize, depth: usize) -> Option<usize> {
        let mark = at(text, open - 1);
        let mut place = open;
        while place < text.len() && !self.effort.is_spent() {
            place += closing(from(text, place), mark, self.effort)?;
            if at(text, place + 1) == mark && closes(text, place, 2) {
                self.inline(part(text, open..place), depth + 1);
                return Some(place + 2);
            }
            place += 1;
        }
        None
    }

    /// Reads from behind three marks: what ends first decides what it is.
    fn triple(&mut self, text: &[u8], open: usize, depth: usize) -> Option<usize> {
        let mark = at(text, open - 1);
        let mut place = open;
        while place < text.len() && !self.effort.is_spent() {
            place += closing(from(text, place), mark, self.effort)?;
            if is_blank_or_newline(at(text, place - 1)) {
                continue;
            }
            return match (at(text, place + 1) == mark, at(text, place + 2) == mark) {
                (false, _) => self.double(text, open - 1, depth),
                (true, false) => self.single(text, open - 2, depth),
                (true, true) => {
                    self.inline(part(text, open..place), depth + 1);
                    Some(place + 3)
                }
            };
        }
        None
    }
}

/// Whether marks can close: what is before them must not be a space, and so on.
fn closes(text: &[u8], place: usize, marks: usize) -> bool {
    let before = at(text, place - 1);
    let after = text.get(place + marks).copied().unwrap_or(b' ');
    is_right_flanking(before, after) && (at(text, place) != b'_' || !after.is_ascii_alphanumeric())
}

fn is_left_flanking(before: u8, after: u8) -> bool {
    !is_space(after) && (after.is_ascii_alphanumeric() || !before.is_ascii_alphanumeric())
}

fn is_right_flanking(before: u8, after: u8) -> bool {
    is_left_flanking(after, before)
}

/// Where the next mark is that may close, never at the start. Code is passed over, and what Fossil
/// takes for links here.
fn closing(text: &[u8], mark: u8, effort: &mut Effort) -> Option<usize> {
    let mut place = usize::from(at(text, 0) != b'`');
    let found = loop {
        place += run(text, place, |byte| byte != mark && byte != b'`' && byte != b'[');
        let byte = at(text, place);
        if place >= text.len() {
            break None;
        }
        if place > 0 && at(text, place - 1) == b'\\' {
            place += 1;
        } else if byte == mark {
            break Some(place);
        } else if byte == b'`' {
            place = spans::after_code(text, place, effort);
        } else {
            let passed = Passed::over(text, place, mark);
            place = passed.end;
            if passed.decides {
                break passed.mark;
            }
        }
    };
    effort.spend(place);
    found
}

/// What a bracket is passed over with.
struct Passed {
    /// The first mark in it.
    mark: Option<usize>,
    /// Where the search goes on, or would.
    end: usize,
    /// Whether the search ends here, with the mark if there is one.
    decides: bool,
}

impl Passed {
    fn over(text: &[u8], start: usize, mark: u8) -> Self {
        let mut first = None;
        let mut pass = |from_place: usize, end: u8| {
            let length = run(text, from_place, |byte| byte != end);
            let content = part(text, from_place..from_place + length);
            let found = content.iter().position(|&byte| byte == mark);
            first = first.or(found.map(|found| from_place + found));
            from_place + length
        };
        let mut place = pass(start + 1, b']') + 1;
        place += run(text, place, is_blank_or_newline);
        let opener = at(text, place);
        if place >= text.len() {
            return Self { mark: first, end: text.len(), decides: true };
        }
        if opener != b'[' && opener != b'(' {
            return Self { mark: first, end: place, decides: first.is_some() };
        }
        // The end of the target is taken to be the bracket that opens it.
        place = pass(place + 1, opener);
        Self { mark: first, end: (place + 1).min(text.len()), decides: place >= text.len() }
    }
}
