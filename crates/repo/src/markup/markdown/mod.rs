//! Links of Fossil's Markdown.
//!
//! Fossil runs its whole renderer to find them, and so decides about them what it decides about the
//! page: definitions are taken out first (`definitions.rs`), then blocks are told apart, and in them
//! spans; at last the footnotes are read that are referred to.
//!
//! | file | holds |
//! |---|---|
//! | `definitions.rs` | the first pass: what is text and what defines |
//! | `references.rs` | `[id]: target` |
//! | `footnotes.rs`, `footnote_definition.rs` | `[^id]: text`, and who refers to it |
//! | `blocks.rs`, `lists.rs`, `tables.rs`, `html.rs` | blocks |
//! | `lines.rs` | what a line can be |
//! | `inline.rs`, `emphasis.rs`, `brackets.rs`, `spans.rs` | spans |

mod blocks;
mod brackets;
mod definitions;
mod emphasis;
mod footnote_definition;
mod footnotes;
mod html;
mod inline;
mod lines;
mod lists;
mod references;
mod spans;
mod tables;

use super::{
    effort::Effort,
    targets::Targets,
    text::{is_blank_or_newline, part},
};
use crate::limits::MARKDOWN_DEPTH;
use definitions::Definitions;
use footnotes::Footnotes;
use references::References;

/// How often Fossil looks for footnotes that footnotes refer to.
const FOOTNOTE_ROUNDS: usize = 5;

/// How deep the text of a footnote is, as Fossil counts it.
const FOOTNOTE_DEPTH: usize = 2;

/// Adds the targets of a Markdown text.
pub(super) fn find_links(text: &[u8], targets: &mut Targets, effort: &mut Effort) {
    let Definitions { text, references, footnotes } = Definitions::take_out(text);
    let mut finder = Finder {
        references: References::new(references),
        footnotes: Footnotes::new(footnotes),
        targets,
        effort,
    };
    finder.blocks(&text, 0);
    finder.footnotes();
}

/// What the second pass knows and finds.
struct Finder<'a> {
    references: References,
    footnotes: Footnotes,
    targets: &'a mut Targets,
    effort: &'a mut Effort,
}

impl Finder<'_> {
    /// Reads the footnotes that are referred to, and those that they refer to.
    fn footnotes(&mut self) {
        let mut marks = None;
        for _ in 0..FOOTNOTE_ROUNDS {
            if marks == Some(self.footnotes.marks()) {
                break;
            }
            marks = Some(self.footnotes.marks());
            for index in self.footnotes.in_order() {
                if let Some(text) = self.footnotes.take_if_referred(index) {
                    self.inline(&text, FOOTNOTE_DEPTH);
                }
            }
        }
    }
}

/// The identifier that these bytes stand for, if they are one: white space is a single space, and
/// case is nothing.
fn identifier(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut words = bytes.split(|&byte| is_blank_or_newline(byte)).filter(|word| !word.is_empty());
    let mut id = words.next()?.to_ascii_lowercase();
    for word in words {
        id.push(b' ');
        id.extend(word.iter().map(u8::to_ascii_lowercase));
    }
    Some(id)
}

/// Whether spans at this depth are text only.
fn is_too_deep(depth: usize) -> bool {
    depth > MARKDOWN_DEPTH
}

/// The text without the newlines at its end.
fn without_last_newlines(text: &[u8]) -> &[u8] {
    let newlines = text.iter().rev().take_while(|&&byte| byte == b'\n').count();
    part(text, 0..text.len() - newlines)
}
