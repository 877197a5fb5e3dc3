//! Any bytes decode to cards or fail in place, and what was decoded survives the round trip.

use outcrop_xfer::{Card, Limits, Reader, Writer};

/// Limits small enough for a fuzzer to reach.
const TIGHT: Limits = Limits { line: 100, tokens: 5, payload: 40, cards: 6, message: 400 };

/// Checks the reader and the writer.
pub fn reader(text: &[u8]) {
    let decoded = decode(text, Limits::default());
    let tight = decode(text, TIGHT);
    assert!(tight.len() <= TIGHT.cards);
    assert!(decoded.starts_with(&tight), "limits change nothing but where reading ends");

    let mut writer = Writer::new();
    for card in &decoded {
        writer.push(card);
    }
    let written = writer.finish().to_vec();
    let again = decode(&written, Limits::default());
    assert_eq!(again, decoded, "cards survive the round trip");
}

/// The cards up to the end or the first error.
fn decode(text: &[u8], limits: Limits) -> Vec<Card<'_>> {
    let mut reader = Reader::with_limits(text, limits);
    let mut cards = Vec::new();
    let mut start = 0;
    while let Some(card) = reader.next() {
        assert!(reader.offset() <= text.len());
        assert_eq!(reader.offset() + reader.tail().len(), text.len());
        match card {
            Ok(card) => {
                assert!(start < reader.offset(), "a card takes up room");
                cards.push(card);
            }
            Err(error) => {
                assert!((start..=text.len()).contains(&error.offset), "{error}");
                assert_eq!(error.card, cards.len(), "{error}");
                assert!(reader.next().is_none(), "nothing follows an error");
            }
        }
        start = reader.offset();
    }
    cards
}
