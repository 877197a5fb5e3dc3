//! How fast envelopes are opened and sealed, in bytes of content for each second.
//!
//! `cargo bench -p outcrop-format --bench envelope`
#![allow(missing_docs, clippy::unwrap_used)] // a benchmark stops at what it does not expect

use std::fmt::Write as _;

use divan::{Bencher, black_box, counter::BytesCount};
use outcrop_format::{envelope, hash::HashName};

fn main() {
    divan::main();
}

#[derive(Debug, Clone, Copy)]
enum Content {
    /// Lines of a program, so many bytes.
    Text(usize),
    /// 700 file cards: names that repeat, and hashes that do not compress well.
    Manifest,
    /// 1 MB in which nothing repeats.
    Noise,
}

const CONTENTS: [Content; 5] = [
    Content::Text(1_000),
    Content::Text(20_000),
    Content::Text(5_000_000),
    Content::Manifest,
    Content::Noise,
];

impl Content {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Text(len) => {
                let mut text = String::new();
                for number in spread() {
                    if text.len() >= len {
                        break;
                    }
                    let (left, right) = (number % 2000, (number >> 12) % 2000);
                    writeln!(text, "    let name_{left} = other_{right}({});", number >> 25)
                        .unwrap();
                }
                text.truncate(len);
                text.into_bytes()
            }
            Self::Manifest => (0..700_u32)
                .flat_map(|file| {
                    let name = HashName::sha3_of(&file.to_le_bytes());
                    format!("F src/part_{}/file_{file}.c {name}\n", file / 32).into_bytes()
                })
                .collect(),
            Self::Noise => spread().take(1_000_000).map(|number| number.to_le_bytes()[1]).collect(),
        }
    }
}

/// Numbers in no order, the same in each run.
fn spread() -> impl Iterator<Item = u32> {
    std::iter::successors(Some(0x5eed_u32), |state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 17);
        Some(state ^ (state << 5))
    })
}

#[divan::bench(args = CONTENTS)]
fn opening(bencher: Bencher<'_, '_>, content: Content) {
    let content = content.bytes();
    let sealed = envelope::seal(&content).unwrap();
    bencher
        .counter(BytesCount::of_slice(&content))
        .bench(|| envelope::open(black_box(&sealed), content.len()).unwrap());
}

#[divan::bench(args = CONTENTS)]
fn sealing(bencher: Bencher<'_, '_>, content: Content) {
    let content = content.bytes();
    bencher
        .counter(BytesCount::of_slice(&content))
        .bench(|| envelope::seal(black_box(&content)).unwrap());
}
