//! What the tests of all kinds share.

use super::{Artifact, CheckIn, Kind, ParseError, Problem, Tag, checksum::z_line};

/// Some artifact's name.
pub(super) const HASH: &str = "1111111111111111111111111111111111111111";
/// Another, which comes later.
pub(super) const HASH2: &str = "2222222222222222222222222222222222222222";
/// A SHA3 name.
pub(super) const HASH3: &str = "3333333333333333333333333333333333333333333333333333333333333333";

/// The artifact that these cards make with their Z card.
pub(super) fn closed(cards: &str) -> Vec<u8> {
    [cards.as_bytes(), &z_line(cards.as_bytes())].concat()
}

/// Parses cards that make an artifact.
pub(super) fn parsed<T>(cards: &str, look: impl FnOnce(Artifact<'_>) -> T) -> T {
    let bytes = closed(cards);
    look(Artifact::parse(&bytes).unwrap_or_else(|error| panic!("{cards}: {error}")))
}

/// Parses cards that make an artifact, or break the rule given.
pub(super) fn check(cards: &str, problem: Option<Problem>) {
    let found = match Artifact::parse(&closed(cards)) {
        Ok(_) => None,
        Err(ParseError::Card { problem, .. }) => Some(problem),
        Err(other) => panic!("{cards}: {other}"),
    };
    assert_eq!(found, problem, "{cards}");
}

/// The card that these lack, and the kind they would make with it.
pub(super) fn missing(cards: &str) -> Option<(Kind, char)> {
    match Artifact::parse(&closed(cards)) {
        Err(ParseError::Missing { kind, card }) => Some((kind, card)),
        _ => None,
    }
}

/// Parses a check-in with these cards between D and U.
pub(super) fn check_in<T>(cards: &str, look: impl FnOnce(CheckIn<'_>) -> T) -> T {
    let cards = format!("C x\nD 2020-01-01\n{cards}\nU me\n");
    // The user comes after tags, so nothing here can come after it.
    parsed(&cards, |artifact| match artifact {
        Artifact::CheckIn(check_in) => look(check_in),
        other => panic!("{other:?}"),
    })
}

/// Parses a control artifact with these T cards.
pub(super) fn control<T>(cards: &str, look: impl FnOnce(&[Tag<'_>]) -> T) -> T {
    parsed(&format!("D 2020-01-01\n{cards}\nU me\n"), |artifact| match artifact {
        Artifact::Control(control) => look(&control.tags),
        other => panic!("{other:?}"),
    })
}
