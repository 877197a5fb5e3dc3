//! Code and tags within a line of text.

use crate::markup::{
    effort::Effort,
    text::{at, find, from, run},
};

/// Where the code ends that a text starts with, behind its last mark.
pub(super) fn code(text: &[u8], effort: &mut Effort) -> Option<usize> {
    let mark = at(text, 0);
    let marks = run(text, 0, |byte| byte == mark);
    let mut found = 0;
    let mut place = marks;
    while place < text.len() && found < marks {
        found = if at(text, place) == mark { found + 1 } else { 0 };
        place += 1;
    }
    effort.spend(place);
    (found == marks).then_some(place)
}

/// Where to go on behind a backtick: behind the code that it starts, or behind it and those that
/// follow it.
pub(super) fn after_code(text: &[u8], start: usize, effort: &mut Effort) -> usize {
    let text = from(text, start);
    start + code(text, effort).unwrap_or_else(|| run(text, 0, |byte| byte == b'`'))
}

/// Where the tag or comment ends that a text starts with.
pub(super) fn tag(text: &[u8], effort: &mut Effort) -> Option<usize> {
    let name = if at(text, 1) == b'/' { 2 } else { 1 };
    let end = if at(text, name).is_ascii_alphabetic() {
        find(text, name, b'>').map(|end| end + 1)
    } else if text.len() >= 7 && text.starts_with(b"<!--") {
        // Its last byte is left to be text.
        from(text, 4).windows(3).position(|window| window == b"-->").map(|start| start + 6)
    } else {
        return None;
    };
    effort.spend(end.unwrap_or(text.len()));
    end
}
