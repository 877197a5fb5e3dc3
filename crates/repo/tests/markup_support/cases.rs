//! Texts that tell something, and their links.

use outcrop_repo::markup::Markup::{self, Comment, Markdown, Other, Wiki};

/// A markup, a text and the links that Fossil finds.
pub(crate) const CASES: &[(Markup, &str, &[&str])] = &[
    (Wiki, "[1234] [5678|x] [9ABC ]", &["1234", "5678", "9abc"]),
    (Comment, "<p>[1234]</p>", &["1234"]),
    (Markdown, "[a](1234)", &["1234"]),
    (Other, "[1234]", &[]),
];
