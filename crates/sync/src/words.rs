//! The first words of a page, for error messages.

/// How many characters are shown.
const SHOWN: usize = 160;

/// How a page begins: its text without tags, scripts, styles and control characters, shortened.
///
/// A server that is not what it was taken for answers with a page for people. Its first words, most
/// often its title, tell them more than its status does.
///
/// ```
/// let page = b"<html><head><title>Not Found</title></head><body>\n<h1>No such page</h1>";
/// assert_eq!(outcrop_sync::first_words(page), "Not Found No such page");
/// ```
#[must_use]
pub fn first_words(page: &[u8]) -> String {
    let page = String::from_utf8_lossy(page);
    let mut words = String::new();
    let mut shown = 0;
    for word in without_tags(&page).split_whitespace() {
        if shown > SHOWN {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        shown += word.chars().count() + 1;
    }
    match words.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default().trim_end()),
        None => words,
    }
}

/// The text of a page, with a blank in the place of each tag and control character.
fn without_tags(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some(open) = rest.find('<') {
        let (before, tag) = rest.split_at(open);
        text.push_str(before);
        // A lone `<` is text.
        let is_tag = tag
            .chars()
            .nth(1)
            .is_some_and(|next| next.is_ascii_alphabetic() || "/!?".contains(next));
        if is_tag {
            text.push(' ');
            rest = after_tag(tag);
        } else {
            text.push('<');
            rest = tag.get(1..).unwrap_or_default();
        }
    }
    text.push_str(rest);
    text.replace(|c: char| c.is_control(), " ")
}

/// What follows the tag, or the whole element if nobody reads its content.
fn after_tag(tag: &str) -> &str {
    for hidden in ["script", "style"] {
        let name = tag.get(1..=hidden.len()).unwrap_or_default();
        if name.eq_ignore_ascii_case(hidden) {
            let end = tag.to_ascii_lowercase().find(&format!("</{hidden}"));
            let closing = end.and_then(|end| tag.get(end..)).unwrap_or_default();
            return closing.split_once('>').map_or("", |(_, rest)| rest);
        }
    }
    tag.split_once('>').map_or("", |(_, rest)| rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_kept() {
        assert_eq!(first_words(b"a < b\n\n and  c"), "a < b and c");
        assert_eq!(first_words(b""), "");
    }

    #[test]
    fn nobody_reads_scripts_and_styles() {
        let page = b"<!DOCTYPE html><STYLE>p { x }</STYLE ><p class='a'>Hi</p><script>let x;";
        assert_eq!(first_words(page), "Hi");
    }

    #[test]
    fn long_pages_are_shortened() {
        let words = first_words("schön ".repeat(1000).as_bytes());
        assert!(words.chars().count() <= SHOWN + 1 && words.ends_with('…'));
        let word = first_words("ü".repeat(1000).as_bytes());
        assert_eq!(word.chars().count(), SHOWN + 1);
    }

    #[test]
    fn a_terminal_sees_no_control_characters() {
        assert_eq!(first_words(b"a\x1b[31mred\x07 \xff"), "a [31mred \u{fffd}");
    }

    #[test]
    fn a_page_from_stock_begins_with_its_title() {
        let page = include_bytes!("../../../testdata/wire/2.21/wrong-hash/01-reply.http");
        let words = first_words(page);
        assert!(words.contains("HTTP/1.0 400 Bad Request"), "{words}");
    }
}
