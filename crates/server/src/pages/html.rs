//! The frame of every page, and text made safe.

use std::fmt::{self, Write as _};

use percent_encoding::percent_decode_str;

use super::Place;
use crate::limits::SHOWN_TEXT;

const STYLE: &str = include_str!("style.css");

/// Layers of stone that come to light.
const MARK: &str = "<svg class=\"mark\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" \
     stroke-width=\"2\" stroke-linecap=\"round\" aria-hidden=\"true\"><path d=\"M3 19h18M5 \
     14.5c4 0 5-3 9-3s4 1.5 7 1.5M8 9.5c2.5 0 3.5-3.5 6.5-3.5s2.5 1.5 4.5 1.5\"/>\
     </svg>";

/// The same, for the browser to show beside the title.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 \
     24' fill='none' stroke='%233b8f80' stroke-width='2.5' stroke-linecap='round'%3E%3Cpath d='M3 \
     19h18M5 14.5c4 0 5-3 9-3s4 1.5 7 1.5M8 9.5c2.5 0 3.5-3.5 6.5-3.5s2.5 1.5 4.5 1.5'/%3E%3C/svg%3E";

/// A page with a title, which is plain text, and what stands above and below that, which is HTML.
pub(super) fn page(title: &str, path: &str, head: &str, body: &str) -> String {
    let title = Text(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<link rel=\"icon\" href=\"{ICON}\">\n<style>\n{STYLE}</style>\n</head>\n<body>\n{path}<main>\n\
         <header>\n<h1>{title}</h1>\n{head}</header>\n{body}</main>\n\
         <footer>Served by Outcrop. Times are in UTC.</footer>\n</body>\n</html>\n"
    )
}

/// Where a page is below the folder that is served: links to all folders above it. `below` is a path
/// as a request line has it.
pub(super) fn path(place: &Place, below: &str) -> String {
    let mut items = String::new();
    let mut link = format!("{}/", place.prefix);
    let _ = write!(items, "<li><a href=\"{}\">Repositories</a></li>", Text(&link));
    let parts: Vec<&str> = below.split('/').filter(|part| !part.is_empty()).collect();
    for (at, part) in parts.iter().enumerate() {
        let name = percent_decode_str(part).decode_utf8_lossy();
        link = format!("{link}{part}/");
        let _ = if at + 1 == parts.len() {
            write!(items, "<li aria-current=\"page\">{}</li>", Text(&name))
        } else {
            write!(items, "<li><a href=\"{}\">{}</a></li>", Text(&link), Text(&name))
        };
    }
    format!("<nav class=\"path\" aria-label=\"Path\">{MARK}<ol>{items}</ol></nav>\n")
}

/// The mark alone, where there is no folder to lead to.
pub(super) fn mark() -> String {
    format!("<div class=\"path\">{MARK}</div>\n")
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

    fn place(prefix: &str) -> Place {
        Place { scheme: "http", host: "h".to_owned(), prefix: prefix.to_owned(), lists: true }
    }

    #[test]
    fn text_is_never_taken_for_html() {
        let hostile = "<script>'\"&\u{1b}\u{0}\n";
        let shown = Text(hostile).to_string();
        assert_eq!(shown, "&lt;script&gt;&#39;&quot;&amp;\u{fffd}\u{fffd}\n");
        assert!(!page(hostile, "", "", "").contains("<script"));
        assert!(!path(&place("\"><script>"), "/%3Cscript%3E/x").contains("<script"));
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(start("short"), "short");
        let cut = start(&"ä€".repeat(SHOWN_TEXT));
        assert!(cut.ends_with('…') && cut.len() <= SHOWN_TEXT + 3);
    }

    #[test]
    fn a_path_leads_to_the_folders_above() {
        let shown = path(&place("/code"), "/a%20b//c/");
        assert!(shown.contains("<a href=\"/code/\">Repositories</a>"), "{shown}");
        assert!(shown.contains("<a href=\"/code/a%20b/\">a b</a>"), "{shown}");
        assert!(shown.contains("<li aria-current=\"page\">c</li>"), "{shown}");
    }
}
