//! Links of any text are names that stand in it.

use std::collections::HashSet;

use outcrop_repo::markup::{Markup, links};

/// Checks the links of the bytes, read as wiki text and as Markdown.
pub fn markup(bytes: &[u8]) {
    let wiki = check(bytes, Markup::Wiki);
    assert_eq!(wiki, check(bytes, Markup::Comment));
    check(bytes, Markup::Markdown);
    assert!(check(bytes, Markup::Other).is_empty());

    // Nothing behind a NUL is read.
    let ended = [bytes, b"\0] [1234](1234)"].concat();
    assert_eq!(wiki, links(&ended, Markup::Wiki));
}

/// The links, which are what names are and are found in the text.
fn check(bytes: &[u8], markup: Markup) -> Vec<String> {
    let found = links(bytes, markup);
    let mut text = bytes.to_ascii_lowercase();
    // Markdown drops backslashes within a target.
    text.retain(|&byte| byte != b'\\');
    let mut known = HashSet::new();
    for target in &found {
        assert!((4..=64).contains(&target.len()), "{target}");
        assert!(target.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')), "{target}");
        assert!(known.insert(target), "{target} twice");
        // Where there are many, the first will do.
        let is_there =
            |text: &[u8]| text.windows(target.len()).any(|part| part == target.as_bytes());
        assert!(known.len() > 20 || is_there(&text), "{target} is not in the text");
    }
    found
}
