//! What a line can be, as far as blocks are told apart by it.

use crate::markup::text::{at, from, is_blank, run};

/// Where the first line ends, behind its newline.
pub(super) fn line_end(text: &[u8], start: usize) -> usize {
    let length = run(text, start, |byte| byte != b'\n');
    (start + length + 1).min(text.len())
}

/// How long the first line is if it is empty. What ends without a newline counts as if it had one.
pub(super) fn empty_line(text: &[u8]) -> Option<usize> {
    let blanks = run(text, 0, is_blank);
    matches!(at(text, blanks), 0 | b'\n').then_some(blanks + 1)
}

/// Up to three spaces.
pub(super) fn small_indent(text: &[u8]) -> usize {
    run(text, 0, |byte| byte == b' ').min(3)
}

/// Whether the first line is a horizontal rule.
pub(super) fn is_rule(text: &[u8]) -> bool {
    let start = small_indent(text);
    let mark = at(text, start);
    if text.len() < start + 3 || !matches!(mark, b'*' | b'-' | b'_') {
        return false;
    }
    let end = start + run(text, start, |byte| byte == mark || is_blank(byte));
    let marks = text.iter().skip(start).take(end - start).filter(|&&byte| byte == mark).count();
    matches!(at(text, end), 0 | b'\n') && marks >= 3
}

/// Whether the first line makes a heading of what is above it.
pub(super) fn is_underline(text: &[u8]) -> bool {
    let mark = at(text, 0);
    if !matches!(mark, b'=' | b'-') {
        return false;
    }
    let marks = run(text, 0, |byte| byte == mark);
    empty_line(from(text, marks)).is_some()
}

/// How long the mark is that the first line is quoted with.
pub(super) fn quote_mark(text: &[u8]) -> Option<usize> {
    let indent = small_indent(text);
    let has_blank = is_blank(at(text, indent + 1));
    (at(text, indent) == b'>').then_some(indent + 1 + usize::from(has_blank))
}

/// How long the indentation is that makes code of the first line.
pub(super) fn code_indent(text: &[u8]) -> Option<usize> {
    if at(text, 0) == b'\t' { Some(1) } else { text.starts_with(b"    ").then_some(4) }
}

/// Whether the first line can start a fenced block of code.
pub(super) fn is_fence(text: &[u8]) -> bool {
    let mark = at(text, 0);
    let longest = text.len().saturating_sub(3).max(1);
    let marks = run(text, 0, |byte| byte == mark).min(longest);
    matches!(mark, b'`' | b'~') && marks >= 3 && marks < text.len() - marks
}

/// How long the mark is that makes an item of a list of the first line.
pub(super) fn item_mark(text: &[u8]) -> Option<usize> {
    bullet(text).or_else(|| number(text))
}

/// The length of a bullet.
pub(super) fn bullet(text: &[u8]) -> Option<usize> {
    let indent = small_indent(text);
    if !matches!(at(text, indent), b'*' | b'+' | b'-') {
        return None;
    }
    let blanks = run(text, indent + 1, is_blank);
    (blanks > 0).then_some(indent + 1 + blanks)
}

/// The length of a number.
pub(super) fn number(text: &[u8]) -> Option<usize> {
    let indent = small_indent(text);
    let digits = run(text, indent, |byte| byte.is_ascii_digit());
    let end = indent + digits;
    if digits == 0 || !matches!(at(text, end), b'.' | b')') {
        return None;
    }
    let blanks = run(text, end + 1, is_blank);
    (blanks > 0).then_some(end + 1 + blanks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        assert_eq!(
            [empty_line(b" \t\nx"), empty_line(b" "), empty_line(b" x")],
            [Some(3), Some(2), None]
        );
        assert!(is_rule(b"  * * *\nx") && is_rule(b"---") && !is_rule(b"--") && !is_rule(b"-- -x"));
        assert!(is_underline(b"=  \nx") && is_underline(b"-") && !is_underline(b"- -"));
        assert_eq!(
            [quote_mark(b"   > x"), quote_mark(b">x"), quote_mark(b"    >")],
            [Some(5), Some(1), None]
        );
        assert_eq!(
            [bullet(b" -  x"), bullet(b"-x"), number(b"12) x"), number(b"1.x")],
            [Some(4), None, Some(4), None]
        );
        assert!(
            is_fence(b"```\nabc")
                && is_fence(b"~~~wxyz")
                && !is_fence(b"```")
                && !is_fence(b"`` `")
        );
    }
}
