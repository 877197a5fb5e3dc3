//! No bytes make the parser panic, whether they are like an artifact or not.
// Tests say what they expect by unwrapping, and shared helpers need no documentation.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

mod artifact_support;

use artifact_support::{Random, cards_start, goldens, mutant, repair};
use outcrop_repo::artifact::{Artifact, Moment, Text};
use proptest::prelude::*;

/// Looks at everything that is decoded on demand.
fn exercise(bytes: &[u8]) {
    match Artifact::parse(bytes) {
        Ok(Artifact::CheckIn(check_in)) => {
            for file in &check_in.files {
                assert!(!file.name.decode().is_empty());
                let _ = file.mode();
            }
        }
        Ok(Artifact::Attachment(attachment)) => assert!(!attachment.link.file_name().is_empty()),
        Ok(artifact) => assert!(!format!("{artifact:?}").is_empty()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

#[test]
fn damaged_goldens_do_not_panic() {
    let goldens = goldens();
    let mut random = Random(1);
    for _ in 0..20_000 {
        let (_, bytes) = mutant(&goldens, &mut random);
        exercise(&bytes);
    }
}

#[test]
fn every_golden_is_refused_with_any_byte_of_its_cards_changed() {
    for golden in goldens() {
        if Artifact::parse(&golden.bytes).is_err() || cards_start(&golden.bytes) > 0 {
            continue;
        }
        for at in (0..golden.bytes.len()).step_by(7) {
            let mut bytes = golden.bytes.clone();
            bytes[at] ^= 1;
            assert!(Artifact::parse(&bytes).is_err(), "{} at {at}", golden.name);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_taken(bytes: Vec<u8>) {
        exercise(&bytes);
        let mut closed = bytes;
        repair(&mut closed);
        exercise(&closed);
    }

    #[test]
    fn any_cards_are_taken(cards in "([A-Z][ \n][a-z0-9 \\\\/+*.\\-\n]{0,20}\n){0,12}") {
        let mut closed = cards.into_bytes();
        repair(&mut closed);
        exercise(&closed);
    }

    #[test]
    fn any_word_is_taken_as_a_date(word in "[0-9:.TZ+e \\-]{0,40}") {
        if let Some(moment) = Moment::parse(word.as_bytes()) {
            prop_assert!(moment.julian_day() > 0.0);
            prop_assert!(!moment.to_string().is_empty());
        }
    }

    #[test]
    fn decoded_text_holds_no_nul(raw: Vec<u8>) {
        let word: Vec<u8> = raw.into_iter().filter(|&byte| byte != 0).collect();
        prop_assert!(!Text::from_raw(&word).decode().contains(&0));
    }
}
