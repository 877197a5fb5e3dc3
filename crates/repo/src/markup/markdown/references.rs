//! Definitions of targets, `[id]: target "title"`, and what refers to them.

use std::cmp::Ordering;

use super::identifier;
use crate::markup::text::{at, is_blank, is_line_end, part, run};

/// A definition.
pub(super) struct Reference {
    id: Vec<u8>,
    target: Vec<u8>,
}

/// All definitions of a text.
pub(super) struct References {
    /// In the order of their identifiers.
    sorted: Vec<Reference>,
}

impl References {
    pub(super) fn new(mut references: Vec<Reference>) -> Self {
        references.sort_by(|a, b| a.id.cmp(&b.id));
        Self { sorted: references }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// What is defined under an identifier. Which one it is of several depends on how they are
    /// searched: Fossil halves.
    pub(super) fn target(&self, id: &[u8]) -> Option<&[u8]> {
        let (mut low, mut high) = (0, self.sorted.len());
        while low < high {
            let middle = low.midpoint(high);
            let reference = self.sorted.get(middle)?;
            match id.cmp(&reference.id) {
                Ordering::Less => high = middle,
                Ordering::Equal => return Some(&reference.target),
                Ordering::Greater => low = middle + 1,
            }
        }
        None
    }
}

/// The definition that `rest` starts with, and where it ends.
pub(super) fn definition(rest: &[u8]) -> Option<(Reference, usize)> {
    let indent = run(rest, 0, |byte| byte == b' ');
    if rest.len() <= 3 || indent > 3 || at(rest, indent) != b'[' || at(rest, indent + 1) == b'^' {
        return None;
    }
    let id_start = indent + 1;
    let id_end = id_start + run(rest, id_start, |byte| byte != b']' && !is_line_end(byte));
    if at(rest, id_end) != b']' || at(rest, id_end + 1) != b':' {
        return None;
    }
    let (target_start, target_end, end) = target(rest, id_end + 2)?;
    let id = identifier(part(rest, id_start..id_end))?;
    let target = part(rest, target_start..target_end).to_vec();
    Some((Reference { id, target }, end))
}

/// Reads what is defined, from behind the colon: start and end of the target, and where the
/// definition ends.
fn target(rest: &[u8], colon_end: usize) -> Option<(usize, usize, usize)> {
    let mut place = colon_end + run(rest, colon_end, is_blank);
    if is_line_end(at(rest, place)) {
        place += if at(rest, place) == b'\n' && at(rest, place + 1) == b'\r' { 2 } else { 1 };
    }
    place += run(rest, place, is_blank);
    if place >= rest.len() {
        return None;
    }
    let start = place + usize::from(at(rest, place) == b'<');
    place = start + run(rest, start, |byte| !is_blank(byte) && !is_line_end(byte));
    let end = place - usize::from(at(rest, place - 1) == b'>');
    place += run(rest, place, is_blank);
    let line_end = match at(rest, place) {
        b'\n' if at(rest, place + 1) == b'\r' => Some(place + 1),
        0 | b'\n' | b'\r' => Some(place),
        b'\'' | b'"' | b'(' => None,
        _ => return None,
    };
    if let Some(line_end) = line_end {
        place = line_end + 1;
        place += run(rest, place, is_blank);
    }
    // A title that is the rest of its line makes that line a part of the definition.
    Some((start, end, title_end(rest, place).or(line_end)?))
}

/// The end of the line of which a title is the rest.
fn title_end(rest: &[u8], start: usize) -> Option<usize> {
    if !matches!(at(rest, start), b'\'' | b'"' | b'(') || start + 1 >= rest.len() {
        return None;
    }
    let line_end = start + 1 + run(rest, start + 1, |byte| !is_line_end(byte));
    let mut last = line_end - 1;
    while last > start + 1 && is_blank(at(rest, last)) {
        last -= 1;
    }
    let is_closed = last > start + 1 && matches!(at(rest, last), b'\'' | b'"' | b')');
    let returns = at(rest, line_end) == b'\n' && at(rest, line_end + 1) == b'\r';
    is_closed.then_some(line_end + usize::from(returns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn defined(rest: &str) -> Option<(String, String, usize)> {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        definition(rest.as_bytes())
            .map(|(reference, end)| (text(reference.id), text(reference.target), end))
    }

    #[test]
    fn a_definition_is_a_line_and_perhaps_a_title() {
        let of = |id: &str, target: &str, end| Some((id.to_owned(), target.to_owned(), end));
        assert_eq!(defined("[A  b]: 1234\nx"), of("a b", "1234", 12));
        assert_eq!(defined("   [a]:\n  <1234>  'a title'  \nx"), of("a", "1234", 29));
        assert_eq!(defined("[a]: 1234\n  (a title)\nx"), of("a", "1234", 21));
        assert_eq!(defined("[a]: 1234\n  (a title\nx"), of("a", "1234", 9));
        assert_eq!(defined("[a]: 1234 x"), None);
        assert_eq!(defined("    [a]: 1234"), None);
        assert_eq!(defined("[^a]: 1234"), None);
        assert_eq!(defined("[ ]: 1234"), None);
        assert_eq!(defined("[a]:"), None);
    }
}
