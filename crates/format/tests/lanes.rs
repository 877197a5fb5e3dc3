//! Hashing side by side gives what the ordinary implementations give.

use md5::{Digest as _, Md5};
use outcrop_format::{hash::HashName, lanes};
use proptest::{collection::vec, prelude::*};

fn check(contents: &[&[u8]]) {
    let names: Vec<_> = contents.iter().map(|content| HashName::sha3_of(content)).collect();
    assert_eq!(lanes::sha3_of_many(contents), names);
    let digests: Vec<[u8; 16]> =
        contents.iter().map(|content| Md5::digest(content).into()).collect();
    assert_eq!(lanes::md5_of_many(contents), digests);
}

/// Bytes that repeat only after 251, which divides no block.
fn sample(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

#[test]
fn every_number_of_contents_fits() {
    let contents: Vec<_> = (0..40).map(|len| sample(len * 37)).collect();
    let contents: Vec<_> = contents.iter().map(Vec::as_slice).collect();
    for count in 0..=contents.len() {
        check(&contents[..count]);
    }
}

#[test]
fn every_length_up_to_three_blocks_is_padded_well() {
    let longest = sample(3 * 136 + 1);
    let contents: Vec<_> = (0..=longest.len()).map(|len| &longest[..len]).collect();
    check(&contents);
    for content in contents {
        check(&[content]);
        check(&[content, content]);
    }
}

#[test]
fn a_long_content_runs_on_after_the_short_ones() {
    let long = sample(300_000);
    let mut contents = vec![&long[..1000]; 30];
    contents.insert(7, &long);
    contents.push(b"");
    check(&contents);
}

/// Lengths around the ends of blocks, and any others.
fn length() -> impl Strategy<Value = usize> {
    let near = |block: usize| (0..5_usize, 0..3_usize).prop_map(move |(n, d)| n * block + d);
    prop_oneof![
        near(136),
        near(136).prop_map(|len| len.saturating_sub(2)),
        near(64),
        near(64).prop_map(|len| len.saturating_sub(9)),
        0..5000_usize,
    ]
}

proptest! {
    #[test]
    fn any_mix_is_hashed_as_one_by_one(lens in vec(length(), 0..60), bytes in vec(any::<u8>(), 6000)) {
        let contents: Vec<_> = lens
            .iter()
            .enumerate()
            .map(|(at, len)| &bytes[at..at + len])
            .collect();
        check(&contents);
    }
}
