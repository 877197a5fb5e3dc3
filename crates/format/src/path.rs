//! Which file names a repository may hold.
//!
//! The rule is Fossil's own and applies to files of a check-in and to unversioned files alike: a
//! name that passes it can be written below a check-out's folder on any system and never above it.

/// Whether `name` is a relative path in normal form, in UTF-8 that every platform can hold.
///
/// Refused are: empty names and empty segments (so also a leading, doubled or trailing `/`), the
/// segments `.` and `..`, backslashes, NUL, characters beyond U+FFFF, private-use characters and
/// non-characters.
///
/// ```
/// use outcrop_format::path::is_simple;
///
/// assert!(is_simple("src/größe.rs".as_bytes()));
/// assert!(!is_simple(b"../etc/passwd"));
/// assert!(!is_simple(b"/etc/passwd"));
/// ```
#[must_use]
pub fn is_simple(name: &[u8]) -> bool {
    let Ok(name) = str::from_utf8(name) else {
        return false;
    };
    name.chars().all(is_portable)
        && name.split('/').all(|segment| !matches!(segment, "" | "." | ".."))
}

/// Windows XP could not hold characters beyond the basic plane; Fossil still refuses them.
fn is_portable(c: char) -> bool {
    !matches!(c,
        '\0' | '\\'
        | '\u{e000}'..='\u{f8ff}'
        | '\u{fdd0}'..='\u{fdef}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::is_simple;

    #[test]
    fn ordinary_names_pass() {
        for name in ["a", "a/b", ".hidden", "..a", "a../b", "...", "a b", "ü/\u{20ac}", "\u{ff00}"]
        {
            assert!(is_simple(name.as_bytes()), "{name:?}");
        }
    }

    #[test]
    fn names_that_leave_the_tree_or_the_normal_form_fail() {
        for name in [
            "", "/", "/a", "a/", "a//b", ".", "..", "./a", "../a", "a/.", "a/..", "a/./b", "a/../b",
        ] {
            assert!(!is_simple(name.as_bytes()), "{name:?}");
        }
    }

    #[test]
    fn names_that_some_platform_cannot_hold_fail() {
        for name in ["a\\b", "a\0b", "\u{e000}", "\u{f8ff}", "\u{fdd0}", "\u{ffff}", "\u{1f600}"] {
            assert!(!is_simple(name.as_bytes()), "{name:?}");
        }
        for bytes in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"a\xc3"] {
            assert!(!is_simple(bytes), "{}", bytes.escape_ascii());
        }
    }
}
