//! Which names files, wiki pages and tags can have in an artifact.
//!
//! The rules for reading are wider than those for writing (`outcrop_format::path`): artifacts of
//! all ages must still parse, so backslashes and bytes that are not UTF-8 pass here.

use outcrop_format::hash::HashName;

/// The longest name of a wiki page, in bytes.
const MAX_PAGE_NAME: usize = 100;

/// Whether `name` is a relative path without empty, `.` and `..` segments.
pub(crate) fn is_simple_path(name: &[u8]) -> bool {
    name.split(|&byte| byte == b'/').all(|segment| !matches!(segment, b"" | b"." | b".."))
}

/// Whether a file of this name belongs to Fossil's own bookkeeping, with SQLite's companion files.
///
/// Releases before 2020 could check such files in by mistake; since then they are passed over.
pub(crate) fn is_reserved_file(name: &[u8]) -> bool {
    let (stem, has_suffix) = without_database_suffix(name);
    let ends_with = |ending: &[u8]| {
        let before = stem.len().checked_sub(ending.len())?;
        let (head, tail) = stem.split_at_checked(before)?;
        tail.eq_ignore_ascii_case(ending).then_some(head)
    };
    ends_with(b"_FOSSIL_")
        .or_else(|| ends_with(b".fslckout"))
        // Behind a suffix Fossil lets any name through that ends like its own.
        .is_some_and(|head| has_suffix || head.is_empty() || head.ends_with(b"/"))
}

/// Cuts `-wal`, `-shm` or `-journal` off, where enough of a name is left.
fn without_database_suffix(name: &[u8]) -> (&[u8], bool) {
    const SHORTEST: usize = b"_FOSSIL_".len();
    for suffix in [b"-wal".as_slice(), b"-shm", b"-journal"] {
        let Some(before) = name.len().checked_sub(suffix.len()) else {
            continue;
        };
        if let Some((stem, tail)) = name.split_at_checked(before)
            && before >= SHORTEST
            && tail.eq_ignore_ascii_case(suffix)
        {
            return (stem, true);
        }
    }
    (name, false)
}

/// Whether a wiki page can have this name: up to 100 bytes, no control characters, no space at
/// either end or next to another.
pub(crate) fn is_page_name(name: &[u8]) -> bool {
    name.len() <= MAX_PAGE_NAME
        && !name.is_empty()
        && !name.starts_with(b" ")
        && !name.ends_with(b" ")
        && name.iter().all(|&byte| byte >= b' ')
        && !name.windows(2).any(|pair| pair == b"  ")
}

/// Whether these are hexadecimal digits only; so are none.
pub(crate) fn is_hex(word: &[u8]) -> bool {
    word.iter().all(u8::is_ascii_hexdigit)
}

/// Reads the name of an artifact. Upper-case digits pass, as Fossil lowers them when it looks up.
pub(crate) fn hash(word: &[u8]) -> Option<HashName> {
    if let Ok(name) = HashName::parse(word) {
        return Some(name);
    }
    matches!(word.len(), 40 | 64)
        .then(|| HashName::parse(&word.to_ascii_lowercase()).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_the_check_out() {
        for good in [b"a".as_slice(), b"a/b", b".a", b"..a", b"...", b"a\\b", b"\xff/\x01", b"a b"]
        {
            assert!(is_simple_path(good), "{}", good.escape_ascii());
        }
        for bad in [
            b"".as_slice(),
            b"/",
            b"/a",
            b"a/",
            b"a//b",
            b".",
            b"..",
            b"./a",
            b"../a",
            b"a/.",
            b"a/..",
            b"a/./b",
            b"a/../b",
        ] {
            assert!(!is_simple_path(bad), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn bookkeeping_files_are_known_by_name() {
        for reserved in [
            "_FOSSIL_",
            "_fossil_",
            "a/_FOSSIL_",
            ".fslckout",
            "a/.FSLCKOUT",
            "_FOSSIL_-wal",
            "_FOSSIL_-SHM",
            ".fslckout-journal",
            "x_FOSSIL_-journal",
        ] {
            assert!(is_reserved_file(reserved.as_bytes()), "{reserved}");
        }
        for free in [
            "",
            "a",
            "x_FOSSIL_",
            "fossil_",
            "x.fslckout",
            "_FOSSIL_-wax",
            "FOSSIL_-wal",
            "_FOSSIL_x",
            "-journal",
        ] {
            assert!(!is_reserved_file(free.as_bytes()), "{free}");
        }
    }

    #[test]
    fn page_names_are_one_tidy_line() {
        let longest = [b'a'; 100];
        for good in [b"a".as_slice(), b"Two Words", b"\xff\x7f", &longest] {
            assert!(is_page_name(good), "{}", good.escape_ascii());
        }
        let too_long = [b'a'; 101];
        for bad in [b"".as_slice(), b" a", b"a ", b"a  b", b"a\tb", b"\x1f", &too_long] {
            assert!(!is_page_name(bad), "{}", bad.escape_ascii());
        }
    }

    #[test]
    fn upper_case_digits_are_lowered() {
        let upper = b"A9993E364706816ABA3E25717850C26C9CD0D89D";
        assert_eq!(hash(upper), hash(&upper.to_ascii_lowercase()));
        assert!(hash(upper).is_some());
        assert_eq!(hash(&upper[1..]), None);
        assert_eq!(hash(b"G9993E364706816ABA3E25717850C26C9CD0D89D"), None);
    }
}
