//! Helpers for the tests beside each card.

use crate::{Card, Error, Reader, Writer};

pub(crate) const SHA1: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
pub(crate) const SHA3: &str = "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a";

/// Reads a message of one card.
#[track_caller]
pub(crate) fn read(text: &[u8]) -> Card<'_> {
    let mut reader = Reader::new(text);
    let card = reader.next().expect("a card").expect("a good card");
    assert!(reader.next().is_none(), "more than one card in {}", text.escape_ascii());
    card
}

/// Reads a message whose first card is bad.
#[track_caller]
pub(crate) fn refuse(text: impl AsRef<[u8]>) -> Error {
    let error = Reader::new(text.as_ref()).next().expect("a card").expect_err("a bad card");
    assert!(error.offset <= text.as_ref().len());
    error
}

/// Writes one card.
pub(crate) fn write(card: &Card<'_>) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.push(card);
    writer.finish().to_vec()
}

/// Checks that `text` is one card in the form that we write, and gives it.
#[track_caller]
pub(crate) fn golden(text: &[u8]) -> Card<'_> {
    let card = read(text);
    assert_eq!(
        write(&card).escape_ascii().to_string(),
        text.escape_ascii().to_string(),
        "{card:?}"
    );
    card
}
