//! Ours and the real fossil find the same links.
//!
//! Fossil's own search is asked through `fossil test-backlinks`, text by text.
// Tests say what they expect by unwrapping, and shared helpers need no documentation.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod markup_support;

use std::{env, thread};

use markup_support::{Fossil, Random, cases::CASES, pieces};
use outcrop_repo::markup::{Markup, links};

/// How many texts of each markup are compared; `OUTCROP_TEXTS` is another number. `OUTCROP_SEED`
/// chooses other texts than usual.
const TEXTS: usize = 1200;

#[test]
fn the_cases_have_the_links_that_they_tell() {
    let fossil = Fossil::find();
    let mut wrong = Vec::new();
    for (markup, text, expected) in CASES {
        let theirs = fossil.links(text.as_bytes(), *markup, "case").unwrap();
        let ours = links(text.as_bytes(), *markup);
        if ours != *expected || theirs != *expected {
            wrong.push(format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A text that Fossil and we read otherwise, with as few pieces as it takes.
fn disagreement(
    fossil: &Fossil,
    markup: Markup,
    pieces: Vec<String>,
    name: &str,
) -> Option<String> {
    let differ = |pieces: &[String]| {
        let text = pieces.concat();
        if fossil.may_differ(&text) {
            return None;
        }
        let theirs = fossil.links(text.as_bytes(), markup, name)?;
        let ours = links(text.as_bytes(), markup);
        (ours != theirs).then(|| format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}"))
    };
    let mut report = differ(&pieces)?;
    let mut pieces = pieces;
    let mut index = 0;
    while index < pieces.len() {
        let mut fewer = pieces.clone();
        fewer.remove(index);
        match differ(&fewer) {
            Some(shorter) => (pieces, report, index) = (fewer, shorter, 0),
            None => index += 1,
        }
    }
    Some(report)
}

/// Compares texts of one markup; the seed of each is its number.
fn compare(markup: Markup) {
    let number = |name: &str| env::var(name).ok().map(|value| value.parse::<usize>().unwrap());
    let texts = number("OUTCROP_TEXTS").unwrap_or(TEXTS);
    let seed = number("OUTCROP_SEED").unwrap_or(20_240_601);
    let fossil = Fossil::find();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let (mut disagreements, mut with_links) = (Vec::new(), 0);
    thread::scope(|scope| {
        let running: Vec<_> = (0..workers)
            .map(|worker| {
                let fossil = &fossil;
                scope.spawn(move || {
                    let (mut found, mut with_links) = (Vec::new(), 0);
                    for text in (worker..texts).step_by(workers) {
                        let pieces = pieces(markup, &mut Random::of_text(seed, text));
                        with_links +=
                            usize::from(!links(pieces.concat().as_bytes(), markup).is_empty());
                        found.extend(disagreement(
                            fossil,
                            markup,
                            pieces,
                            &format!("text{worker}"),
                        ));
                    }
                    (found, with_links)
                })
            })
            .collect();
        for worker in running {
            let (found, some) = worker.join().unwrap();
            disagreements.extend(found);
            with_links += some;
        }
    });
    let count = disagreements.len();
    disagreements.sort_by_key(String::len);
    disagreements.truncate(20);
    assert_eq!(count, 0, "{count} of {texts} differ\n{}", disagreements.join("\n"));
    // Texts without links would prove little.
    assert!(with_links > texts / 4, "only {with_links} of {texts} texts have links");
}

#[test]
fn fossil_and_we_agree_on_wiki_texts() {
    compare(Markup::Wiki);
}

#[test]
fn fossil_and_we_agree_on_comments() {
    compare(Markup::Comment);
}

#[test]
fn fossil_and_we_agree_on_markdown() {
    compare(Markup::Markdown);
}
