//! How any bytes are read as artifacts that arrive.
//!
//! A line that begins with `=` stands before each artifact but the first, which has one if it needs
//! one. What follows the `=` says how the artifact comes:
//!
//! | letter | the artifact |
//! |---|---|
//! | `0`…`9` | comes before all with a greater digit; without one it comes first, as with `0` |
//! | `l` | comes after those before it have been linked |
//! | `d` | comes as a delta of the artifact that stands before it, wherever that has come |
//! | `p` | is private |
//! | `s` | is shunned, and so never comes |
//! | `h` | has a SHA1 name |
//! | `r` | is taken as it stands, checksum, size and all |
//!
//! In an artifact, `@a` stands for the name of the first one, `@b` for that of the second, and so
//! on. Only those that stand above it have a name then. The size on a W card and the Z card are put
//! right, as no fuzzer would ever guess them.

use outcrop_format::hash::{Algorithm, HashName};
use outcrop_repo::artifact::checksum::z_line;

/// So many artifacts are read; the rest is left.
const MOST_PARTS: usize = 26;

/// So long may all artifacts be together, in bytes.
const LARGEST: usize = 100_000;

/// One artifact, and how it comes.
// Switches, each on its own.
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    pub(super) name: HashName,
    pub(super) rank: u8,
    pub(super) linked_before: bool,
    pub(super) as_delta: bool,
    pub(super) private: bool,
    pub(super) shunned: bool,
}

/// The artifacts, in the order in which they stand.
pub(super) fn read(input: &[u8]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut left = LARGEST;
    for (head, text) in split(input).into_iter().take(MOST_PARTS) {
        let mut bytes = named(text, &parts);
        if !head.contains(&b'r') {
            bytes = righted(bytes);
        }
        let Some(rest) = left.checked_sub(bytes.len()) else { break };
        left = rest;
        let sha1 = head.contains(&b'h');
        let naming = if sha1 { Algorithm::Sha1 } else { Algorithm::Sha3 };
        parts.push(Part {
            name: HashName::of(naming, &bytes),
            bytes,
            rank: head.iter().copied().find(u8::is_ascii_digit).unwrap_or(b'0'),
            linked_before: head.contains(&b'l'),
            as_delta: head.contains(&b'd'),
            private: head.contains(&b'p'),
            shunned: head.contains(&b's'),
        });
    }
    parts
}

/// The order in which they come: their places.
pub(super) fn order(parts: &[Part]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|place| parts.get(*place).map(|part| part.rank));
    order
}

/// What stands behind each `=`, and the lines up to the next.
fn split(input: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut parts = Vec::new();
    let (mut head, mut begin, mut at) = (&[][..], 0, 0);
    for line in input.split_inclusive(|byte| *byte == b'\n') {
        if let Some(next_head) = line.strip_prefix(b"=") {
            if at > 0 {
                parts.push((head, input.get(begin..at).unwrap_or_default()));
            }
            head = next_head.strip_suffix(b"\n").unwrap_or(next_head);
            begin = at + line.len();
        }
        at += line.len();
    }
    parts.push((head, input.get(begin..).unwrap_or_default()));
    parts
}

/// Puts names where letters stand for them.
fn named(text: &[u8], parts: &[Part]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, others)) = rest.split_first() {
        let letter = others.first().filter(|_| *first == b'@');
        let place = letter.and_then(|letter| letter.checked_sub(b'a')).map(usize::from);
        if let Some(part) = place.and_then(|place| parts.get(place)) {
            bytes.extend_from_slice(part.name.to_string().as_bytes());
            rest = others.get(1..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    bytes
}

/// Puts the size on the W card and the Z card right, if there are any.
fn righted(mut bytes: Vec<u8>) -> Vec<u8> {
    let Some(z) = position(&bytes, b"\nZ ", true) else { return bytes };
    bytes.truncate(z + 1);
    if let Some(size) = position(&bytes, b"\nW ", false).map(|at| at + 3)
        && let Some(end) = bytes.iter().skip(size).position(|byte| *byte == b'\n')
        // The text, and a newline.
        && let Some(len) = bytes.len().checked_sub(size + end + 2)
    {
        bytes.splice(size..size + end, len.to_string().into_bytes());
    }
    let z_line = z_line(&bytes);
    bytes.extend_from_slice(&z_line);
    bytes
}

fn position(bytes: &[u8], wanted: &[u8], last: bool) -> Option<usize> {
    let mut windows = bytes.windows(wanted.len());
    let found = |window: &[u8]| window == wanted;
    if last { windows.rposition(found) } else { windows.position(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn artifacts_name_those_above_them() {
        let parts = read(b"one\n=9\ntwo @a @c\n=lph\nC @b\nW 7\nabc\nZ 0\n");
        let [one, two, three] = &parts[..] else { panic!("{} parts", parts.len()) };
        assert_eq!((&one.bytes[..], one.rank), (&b"one\n"[..], b'0'));
        assert_eq!((two.bytes.clone(), two.rank), (format!("two {} @c\n", one.name).into(), b'9'));
        let above = format!("C {}\nW 3\nabc\n", two.name).into_bytes();
        assert_eq!(three.bytes, [&above[..], &z_line(&above)].concat());
        assert_eq!(three.name.algorithm(), Algorithm::Sha1);
        assert!(three.linked_before && three.private && !three.shunned && !three.as_delta);
        assert_eq!(order(&parts), [0, 2, 1]);
    }

    #[test]
    fn a_first_line_may_say_how_the_first_comes() {
        let parts = read(b"=sr\nW 9\n\nZ 0\n");
        let [one] = &parts[..] else { panic!("{} parts", parts.len()) };
        assert!(one.shunned);
        assert_eq!(one.bytes, b"W 9\n\nZ 0\n");
    }
}
