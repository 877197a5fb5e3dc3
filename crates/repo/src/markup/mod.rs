//! What texts link to: the targets that Fossil keeps in its table of backlinks.
//!
//! Check-in comments, tickets, wiki pages, technical notes and forum posts are texts in one of two
//! markups. Where such a text links to an artifact, by a prefix of its name, Fossil remembers it and
//! shows below the artifact what speaks of it. [`links`] finds the same targets.
//!
//! ```
//! use outcrop_repo::markup::{Markup, links};
//!
//! let comment = b"Fixes [1a2b3c4d5e|the crash], but not <verbatim>[deadbeef]</verbatim>.";
//! assert_eq!(links(comment, Markup::Comment), ["1a2b3c4d5e"]);
//!
//! let page = b"See [the crash][1] or [that](/info/CAFE).\n\n[1]: 1a2b3c4d5e";
//! let markup = Markup::of_mimetype(Some(b"text/x-markdown"));
//! assert_eq!(links(page, markup), ["1a2b3c4d5e", "cafe"]);
//! ```
//!
//! # What to rely on
//!
//! The targets are those of Fossil 2.21, in the order in which it finds them, oddities included: it
//! is what is in the table that matters, not what is on the page. Fossil reads a text as a C string,
//! so nothing behind a NUL counts. A repository that has the setting `wiki-use-html` reads its wiki
//! texts otherwise; that setting is not known here.
//!
//! Some texts make Fossil look at the same bytes over and over, for seconds or for hours; deep lists
//! overflow its stack; and some tags make it read behind the end of the text. Here, bytes that are
//! looked at are counted, and a text that uses up
//! [`MARKUP_EFFORT`](crate::limits::MARKUP_EFFORT) is not read further: it has the links that were
//! found until then. Nothing is nested deeper than Fossil's own bound, below which it finds no links
//! either, and every text ends where it ends.
//!
//! | file | holds |
//! |---|---|
//! | `targets.rs` | which targets are kept |
//! | `effort.rs` | the bound on looking again |
//! | `text.rs` | bytes and their classes |
//! | `wiki/` | Fossil's wiki markup |
//! | `markdown/` | Fossil's Markdown |

mod effort;
mod markdown;
mod targets;
mod text;
mod wiki;

use effort::Effort;
use targets::Targets;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Markup {
    /// Fossil's wiki markup.
    Wiki,
    /// A comment of a check-in: wiki markup in a single paragraph. It links as [`Self::Wiki`] does.
    Comment,
    /// Fossil's Markdown.
    Markdown,
    /// Anything else, which links to nothing.
    Other,
}

impl Markup {
    /// What Fossil takes a mimetype for. A text without one is a wiki text.
    #[must_use]
    pub fn of_mimetype(mimetype: Option<&[u8]>) -> Self {
        let Some(mimetype) = mimetype else { return Self::Wiki };
        let mimetype = text::until_nul(mimetype);
        let has = |word: &[u8]| mimetype.windows(word.len()).any(|window| window == word);
        if has(b"wiki") {
            Self::Wiki
        } else if has(b"markdown") {
            Self::Markdown
        } else {
            Self::Other
        }
    }
}

/// The targets that `text` links to, as Fossil keeps them: 4 to 64 hexadecimal digits in lower case,
/// each target once, in the order in which they are found.
#[must_use]
pub fn links(text: &[u8], markup: Markup) -> Vec<String> {
    let text = text::until_nul(text);
    let mut effort = Effort::for_text(text);
    let mut targets = Targets::default();
    match markup {
        Markup::Wiki | Markup::Comment => wiki::find_links(text, &mut targets, &mut effort),
        Markup::Markdown => markdown::find_links(text, &mut targets, &mut effort),
        Markup::Other => {}
    }
    targets.into_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mimetype_is_recognised_by_a_word_in_it() {
        let of = |mimetype: &str| Markup::of_mimetype(Some(mimetype.as_bytes()));
        assert_eq!(Markup::of_mimetype(None), Markup::Wiki);
        assert_eq!(of("text/x-fossil-wiki"), Markup::Wiki);
        assert_eq!(of("text/x-markdown"), Markup::Markdown);
        assert_eq!(of("markdown in a wiki"), Markup::Wiki);
        assert_eq!(of("text/plain"), Markup::Other);
        assert_eq!(of(""), Markup::Other);
        assert_eq!(of("text/\0wiki"), Markup::Other);
    }

    #[test]
    fn a_text_ends_at_a_nul() {
        assert_eq!(links(b"[1234] \0 [5678]", Markup::Wiki), ["1234"]);
        assert_eq!(links(b"[1234](1234) \0 [a](5678)", Markup::Markdown), ["1234"]);
        assert!(links(b"[1234](1234)", Markup::Other).is_empty());
    }
}
