//! Texts that are made to be nested, repeated or looked at over and over.
//!
//! The real fossil needs hours for some of them, and overflows its stack on others.
// Tests say what they expect by unwrapping.
#![allow(missing_docs, clippy::unwrap_used)]

use outcrop_repo::markup::{Markup, links};

/// How often a piece is repeated.
const TIMES: usize = 20_000;

/// A link that is found before anything else, and one that is not.
fn found(markup: Markup, text: &str) -> Vec<String> {
    let (before, after) = match markup {
        Markup::Markdown => ("[a](1111)\n\n", "\n\n[a](2222)\n"),
        _ => ("[1111]", "[2222]"),
    };
    let found = links(&[before, text, after].concat().into_bytes(), markup);
    assert_eq!(found.first().map(String::as_str), Some("1111"), "{text:.20}");
    found
}

#[test]
fn what_is_linear_is_read_to_its_end() {
    let fences = "~~~ x\n".repeat(TIMES);
    for text in [&fences, &"\n> ".repeat(TIMES), &"# a\n".repeat(TIMES)] {
        assert_eq!(found(Markup::Markdown, text), ["1111", "2222"], "{text:.20}");
    }
    for text in
        [" <b>", "<div id=a>", "</div id=a>", "<div>", "[3 ", "<nowiki></nowiki>", "&", "< a"]
    {
        let text = text.repeat(TIMES);
        let expected: &[&str] = if text.starts_with('[') { &["1111"] } else { &["1111", "2222"] };
        assert_eq!(found(Markup::Wiki, &text), expected, "{text:.20}");
    }
}

#[test]
fn what_is_nested_deep_does_not_overflow() {
    let nested = |open: &str, close: &str| open.repeat(TIMES) + "[a](3333)" + &close.repeat(TIMES);
    let indented = "- ".repeat(TIMES) + "a\n\n" + &" ".repeat(4 * TIMES) + "[a](3333)";
    for text in [nested("> ", ""), nested("(^ ", ")"), nested("[a ", "](4444)"), indented] {
        assert_eq!(found(Markup::Markdown, &text)[..1], ["1111"]);
    }
}

#[test]
fn what_is_looked_at_over_and_over_comes_to_an_end() {
    found(Markup::Markdown, &"*a ".repeat(TIMES));
    found(Markup::Wiki, &"<div x=a\"\">w=".repeat(TIMES));
}
