//! The path of a request, taken apart.

use std::path::PathBuf;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::NotFound;
use crate::limits::{PATH_BYTES, PATH_DEPTH};

/// The parts of a path: plain names, none of which leads anywhere but down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts(Vec<String>);

/// What stands for itself in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A name as a part of a path.
pub(crate) fn encoded(name: &str) -> String {
    utf8_percent_encode(name, PLAIN).to_string()
}

impl Parts {
    pub(crate) fn read(path: &str) -> Result<Self, NotFound> {
        if path.len() > PATH_BYTES {
            return Err(NotFound::BadName("the path is too long"));
        }
        let named: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
        if named.len() > PATH_DEPTH {
            return Err(NotFound::BadName("the path is too deep"));
        }
        named.into_iter().map(part).collect::<Result<_, _>>().map(Self)
    }

    /// The first parts of a path, up to one that can be no name of anything here.
    pub(crate) fn leading(path: &str) -> Self {
        let named = path.split('/').filter(|part| !part.is_empty());
        Self(named.take(PATH_DEPTH).map_while(|encoded| part(encoded).ok()).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The first parts as they stand in a path.
    pub(crate) fn first(&self, count: usize) -> String {
        let encoded: Vec<_> = self.0.iter().take(count).map(|part| encoded(part)).collect();
        encoded.join("/")
    }

    /// The first parts as a relative path of a file.
    pub(crate) fn to_path(&self, count: usize) -> PathBuf {
        self.0.iter().take(count).collect()
    }
}

/// What follows the first so many parts of a path: nothing, or a slash and more.
pub(crate) fn after(path: &str, parts: usize) -> &str {
    let mut rest = path;
    for _ in 0..parts {
        rest = rest.trim_start_matches('/');
        rest = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
    }
    rest
}

/// One part, decoded once: a file name may hold a percent sign.
fn part(encoded: &str) -> Result<String, NotFound> {
    let decoded = percent_decode_str(encoded).decode_utf8();
    let name = decoded.map_err(|_| NotFound::BadName("the path is not UTF-8"))?;
    if name.starts_with('.') {
        return Err(NotFound::BadName("the path names what is hidden, or leads upwards"));
    }
    // A colon names drives and streams on some systems.
    if name.contains(|c: char| matches!(c, '/' | '\\' | ':') || c.is_control()) {
        return Err(NotFound::BadName("the path holds a character that names may not have"));
    }
    Ok(name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_taken_apart_and_put_together() {
        let parts = Parts::read("//a%20b//c%25d/").unwrap();
        assert_eq!(parts, Parts(vec!["a b".to_owned(), "c%d".to_owned()]));
        assert_eq!((parts.len(), parts.first(1)), (2, "a%20b".to_owned()));
        assert_eq!(parts.first(9), "a%20b/c%25d");
        assert_eq!(parts.to_path(2), PathBuf::from("a b/c%d"));
        assert_eq!(Parts::read("/").unwrap().len(), 0);
        assert_eq!(encoded("ä/?"), "%C3%A4%2F%3F");
    }

    #[test]
    fn the_names_at_the_start_of_a_path_are_parted_from_what_follows() {
        for (path, names, named, rest) in [
            ("/a/b", 2, 1, "/b"),
            ("//a//b/", 2, 1, "//b/"),
            ("/a%20b", 1, 1, ""),
            ("/a/", 1, 1, "/"),
            ("/a/doc/.hidden/../c:d", 2, 1, "/doc/.hidden/../c:d"),
            ("/a/b/c", 3, 0, "/a/b/c"),
            ("/..", 0, 0, "/.."),
            ("", 0, 0, ""),
        ] {
            assert_eq!((Parts::leading(path).len(), after(path, named)), (names, rest), "{path}");
        }
        assert_eq!(Parts::leading(&"/a".repeat(PATH_DEPTH + 9)).len(), PATH_DEPTH);
    }

    #[test]
    fn nothing_leads_up_or_aside() {
        let deep = "/a".repeat(PATH_DEPTH + 1);
        let long = "a".repeat(PATH_BYTES + 1);
        for bad in [
            "/..",
            "/a/../b",
            "/%2e%2e/b",
            "/%2E./b",
            "/.hidden",
            "/a%2f..%2fb",
            "/a%5c..",
            "/a\\b",
            "/c:",
            "/a%00",
            "/a%0a",
            "/%ff",
            &deep,
            &long,
        ] {
            assert!(matches!(Parts::read(bad), Err(NotFound::BadName(_))), "{bad}");
        }
    }
}
