//! How fast deltas are made and applied, in bytes of target for each second.
//!
//! `cargo bench -p outcrop-repo --bench delta`
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a benchmark stops at what it does not expect

#[path = "../tests/delta_support/mod.rs"]
mod delta_support;

use delta_support::Random;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use outcrop_repo::delta::{apply_into, checksum, create};
use std::fmt::{self, Display, Write};

fn main() {
    divan::main();
}

/// A pair of files by the name it has in the report.
#[derive(Clone, Copy)]
enum Pair {
    /// Text of so many bytes, with one edit for each 5,000 of them, but five at least.
    Text(usize),
    /// 700 file cards, three of them with another hash.
    Manifest,
    /// One line over and over, cut into another rhythm: what a search for matches likes least.
    Periodic,
    /// Two files of 1 MB that share nothing.
    Unrelated,
}

const PAIRS: [Pair; 6] = [
    Pair::Text(1_000),
    Pair::Text(100_000),
    Pair::Text(5_000_000),
    Pair::Manifest,
    Pair::Periodic,
    Pair::Unrelated,
];

impl Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(len) => write!(f, "text {len}"),
            Self::Manifest => f.write_str("manifest"),
            Self::Periodic => f.write_str("periodic"),
            Self::Unrelated => f.write_str("unrelated"),
        }
    }
}

impl Pair {
    fn files(self) -> (Vec<u8>, Vec<u8>) {
        let mut random = Random(0x5eed);
        match self {
            Self::Text(len) => {
                let source = random.text(len);
                let mut target = source.clone();
                for _ in 0..(len / 5_000).max(5) {
                    let place = random.below(target.len());
                    let cut = (place + random.below(40)).min(target.len());
                    let new = random.below(40);
                    target.splice(place..cut, random.text(new));
                }
                (source, target)
            }
            Self::Manifest => {
                let source: Vec<_> = (0..700).map(|file| random.file_card(file)).collect();
                let mut target = source.clone();
                for file in [100, 300, 500] {
                    target[file] = random.file_card(file);
                }
                (source.concat().into_bytes(), target.concat().into_bytes())
            }
            Self::Periodic => {
                let line = random.text(37);
                let source: Vec<_> = line.into_iter().cycle().take(1_000_000).collect();
                let mut target = source.clone();
                target.iter_mut().step_by(23).for_each(|byte| *byte = b'|');
                (source, target)
            }
            Self::Unrelated => (random.bytes(1_000_000), random.bytes(1_000_000)),
        }
    }
}

#[divan::bench(args = PAIRS)]
fn making(bencher: Bencher<'_, '_>, pair: Pair) {
    let (source, target) = pair.files();
    bencher
        .counter(BytesCount::of_slice(&target))
        .bench(|| create(black_box(&source), black_box(&target)));
}

#[divan::bench(args = PAIRS)]
fn applying(bencher: Bencher<'_, '_>, pair: Pair) {
    let (source, target) = pair.files();
    let delta = create(&source, &target);
    let mut made = Vec::new();
    bencher.counter(BytesCount::of_slice(&target)).bench_local(|| {
        apply_into(black_box(&source), black_box(&delta), &mut made, target.len()).unwrap();
    });
}

#[divan::bench]
fn checksumming(bencher: Bencher<'_, '_>) {
    let bytes = Random(0x5eed).bytes(100_000);
    bencher.counter(BytesCount::of_slice(&bytes)).bench(|| checksum(black_box(&bytes)));
}

impl Random {
    /// Lines like those of a program, with 2,000 different names.
    fn text(&mut self, len: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < len {
            let (left, right, number) = (self.below(2000), self.below(2000), self.below(100));
            writeln!(text, "    let name_{left} = other_{right}({number});").unwrap();
        }
        text.truncate(len);
        text.into_bytes()
    }

    fn file_card(&mut self, file: usize) -> String {
        let hash: String =
            (0..64).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect();
        format!("F src/part_{}/file_{file}.c {hash}\n", file % 23)
    }
}
