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

mod contents;

use contents::{Pair, Random};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use outcrop_repo::delta::{apply_into, checksum, create};

fn main() {
    divan::main();
}

const PAIRS: [Pair; 6] = [
    Pair::Text(1_000),
    Pair::Text(100_000),
    Pair::Text(5_000_000),
    Pair::Manifest,
    Pair::Periodic,
    Pair::Unrelated,
];

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
