//! The part of BENCHMARKS.md between two marks.

use std::fs;

const DOCUMENT: &str = "BENCHMARKS.md";

/// Puts a text in the place of what stands between the marks of a part.
pub(crate) fn write(part: &str, text: &str) {
    let old = fs::read_to_string(DOCUMENT).unwrap();
    fs::write(DOCUMENT, replaced(&old, part, text)).unwrap();
}

/// The document with another text between the marks of a part, which go to its end if they are not
/// there yet.
fn replaced(document: &str, part: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- scripts/bench: {part} -->"), "<!-- end -->");
    let body = format!("{begin}\n{}\n{end}", text.trim());
    let Some((before, rest)) = document.split_once(&begin) else {
        return format!("{}\n\n{body}\n", document.trim_end());
    };
    let after = rest.split_once(end).map_or("\n", |(_, after)| after);
    format!("{before}{body}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let once = replaced("# Title\n\nText.\n", "quick", "one");
        assert_eq!(once, "# Title\n\nText.\n\n<!-- scripts/bench: quick -->\none\n<!-- end -->\n");
        let other = replaced(&once, "full", "two");
        let again = replaced(&other, "quick", "three\n");
        assert_eq!(again, other.replace("one", "three"));
        assert!(again.contains("two"));
    }
}
