//! Each limit, met and passed by one.
// A test says what it expects by unwrapping, indexing and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use bytes::Bytes;
use outcrop_format::{envelope::EnvelopeError, hash::HashName};
use outcrop_xfer::{
    Card, ErrorKind, Limits, MediaType, Payload, Reader, Writer, card::artifact::File,
};

const HASH: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

fn first_error(text: &str, limits: Limits) -> Option<ErrorKind> {
    Reader::with_limits(text.as_bytes(), limits).find_map(Result::err).map(|error| error.kind)
}

#[test]
fn lines() {
    let limits = Limits { line: 10, ..Limits::default() };
    for end in ["", "\n"] {
        assert_eq!(first_error(&format!("cookie 345{end}"), limits), None);
        let error = first_error(&format!("cookie 3456{end}"), limits);
        assert_eq!(error, Some(ErrorKind::LineTooLong { limit: 10 }));
    }
    assert_eq!(first_error("# 34567890\n", limits), None);
    assert_eq!(first_error("# 345678901\n", limits), Some(ErrorKind::LineTooLong { limit: 10 }));
}

#[test]
fn words() {
    let limits = Limits { tokens: 4, ..Limits::default() };
    assert_eq!(first_error("pragma x 1 2\n", limits), None);
    let too_many = Some(ErrorKind::TooManyTokens { limit: 4 });
    assert_eq!(first_error("pragma x 1 2 3\n", limits), too_many);
    assert_eq!(first_error(&format!("igot {HASH} 1 x\n"), limits), None);
    assert_eq!(first_error(&format!("igot {HASH} 1 x y\n"), limits), too_many);
}

/// The limit holds for cards of every kind, whether their number of words is fixed or not.
#[test]
fn words_of_every_kind() {
    let texts = [
        "clone 3 1\n".to_owned(),
        "push x y\n".to_owned(),
        format!("login a {HASH} {HASH}\n"),
        format!("igot {HASH} 1\n"),
        format!("file {HASH} 0\n"),
        format!("cfile {HASH} {HASH} 3 0\n"),
        format!("uvfile f 1 {HASH} 0 0\n"),
        format!("uvigot f 1 {HASH} 0\n"),
        "config /all 0\n\n".to_owned(),
        "pragma x y\n".to_owned(),
        "xrow t k 1 0\n\n".to_owned(),
        "clone 1 2\n".to_owned(),
    ];
    for text in &texts {
        let words = text.split_whitespace().count();
        let limits = |tokens| Limits { tokens, ..Limits::default() };
        assert_eq!(first_error(text, limits(words)), None, "{text}");
        let too_many = Some(ErrorKind::TooManyTokens { limit: words - 1 });
        assert_eq!(first_error(text, limits(words - 1)), too_many, "{text}");
    }
}

#[test]
fn payloads() {
    let limits = Limits { payload: 3, ..Limits::default() };
    assert_eq!(first_error(&format!("file {HASH} 3\nabc"), limits), None);
    let error = Some(ErrorKind::PayloadTooLarge { declared: 4, limit: 3 });
    assert_eq!(first_error(&format!("file {HASH} 4\nabcd"), limits), error);
    assert_eq!(first_error(&format!("cfile {HASH} 9 4\nabcd"), limits), error);
    assert_eq!(first_error(&format!("uvfile f 1 {HASH} 4 0\nabcd"), limits), error);
    assert_eq!(first_error("config /all 4\nabcd\n", limits), error);
    assert_eq!(first_error("xrow t k 1 4\nabcd\n", limits), error);
    // A size that is only told is no payload.
    assert_eq!(first_error(&format!("uvfile f 1 {HASH} 4 4\n"), limits), None);
}

#[test]
fn cards() {
    let limits = Limits { cards: 3, ..Limits::default() };
    let error = Some(ErrorKind::TooManyCards { limit: 3 });
    for (text, expected) in [
        ("private\n#\nprivate\n", None),
        ("private\n#\nprivate\nprivate\n", error),
        ("\n\n\n", None),
        ("\n\n\n\n", error),
        ("private\n \n\n#\n", error),
    ] {
        assert_eq!(first_error(text, limits), expected, "{text:?}");
    }
}

#[test]
fn messages() {
    let text = "private\n".repeat(1000);
    let mut writer = Writer::new();
    Reader::new(text.as_bytes()).for_each(|card| writer.push(&card.unwrap()));
    let body = MediaType::Compressed.seal(writer.finish()).unwrap().to_vec();
    let open = |limit| {
        let limits = Limits { message: limit, ..Limits::default() };
        MediaType::Compressed.open(Bytes::from(body.clone()), &limits)
    };
    assert_eq!(open(8000).unwrap(), text);
    assert_eq!(open(7999), Err(EnvelopeError::TooLarge { declared: 8000, limit: 7999 }));
}

/// A stored blob travels without a copy: what comes out is the buffer that went in.
#[test]
fn large_shared_payloads_are_passed_on() {
    let blob = Bytes::from(vec![7; 100_000]);
    let name = HashName::sha1_of(&blob);
    let mut writer = Writer::new();
    let content = Payload::Shared(blob.clone());
    writer.push(&Card::File(File { name, source: None, content }));
    let chunks: Vec<Bytes> = writer.finish().into_iter().collect();
    assert_eq!(chunks.len(), 2);
    assert!(chunks.iter().any(|chunk| chunk.as_ptr() == blob.as_ptr()));
}

#[test]
fn chunks_stay_small() {
    let content = vec![b'x'; 20_000];
    let name = HashName::sha1_of(&content);
    let mut writer = Writer::new();
    for _ in 0..100 {
        let content = Payload::Borrowed(&content);
        writer.push(&Card::File(File { name, source: None, content }));
    }
    let chunks = writer.finish();
    assert_eq!(chunks.len(), 100 * (20_000 + "file  20000\n".len() + HASH.len()));
    assert!(chunks.slices().all(|chunk| chunk.len() <= 64 * 1024));
}
