//! The frame of every page, and text made safe.

use std::fmt::{self, Write as _};

use crate::limits::SHOWN_TEXT;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;\
overflow-wrap:anywhere}\
pre,code{font-family:ui-monospace,monospace}\
pre{padding:.75rem 1rem;border:1px solid #8886;border-radius:.4rem;white-space:pre-wrap}\
table{border-collapse:collapse;width:100%}\
td,th{padding:.3rem .6rem .3rem 0;vertical-align:top;text-align:left;border-top:1px solid #8884}\
.faint{opacity:.7}";

/// A page with a title, which is plain text, and a body, which is HTML.
pub(super) fn page(title: &str, body: &str) -> String {
    let title = Text(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n\
         {body}</body>\n</html>\n"
    )
}

/// Plain text in a page: nothing in it is taken for HTML, also not within quotes.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // Control characters are nothing that HTML may hold.
                c if c.is_control() && !c.is_whitespace() => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The start of a text, if it is long.
pub(super) fn start(text: &str) -> String {
    if text.len() <= SHOWN_TEXT {
        return text.to_owned();
    }
    let mut end = SHOWN_TEXT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let start = text.get(..end).unwrap_or_default();
    format!("{start}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_never_taken_for_html() {
        let hostile = "<script>'\"&\u{1b}\u{0}\n";
        let shown = Text(hostile).to_string();
        assert_eq!(shown, "&lt;script&gt;&#39;&quot;&amp;\u{fffd}\u{fffd}\n");
        assert!(!page(hostile, "").contains("<script"));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(start("short"), "short");
        let cut = start(&"ä€".repeat(SHOWN_TEXT));
        assert!(cut.ends_with('…') && cut.len() <= SHOWN_TEXT + 3);
    }
}
