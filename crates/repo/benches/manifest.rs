//! How fast the list of files of a check-in is read and compared with that of its neighbour, in
//! bytes of check-in for each second.
//!
//! `cargo bench -p outcrop-repo --bench manifest`
#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing)] // a benchmark stops at what it does not expect

mod contents;

use contents::neighbours;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use outcrop_repo::crosslink::probe::FileList;

fn main() {
    divan::main();
}

const FILES: [usize; 3] = [70, 700, 50_000];

/// Every line parsed.
#[divan::bench(args = FILES)]
fn parsing(bencher: Bencher<'_, '_>, files: usize) {
    let [_, child] = neighbours(files);
    bencher
        .counter(BytesCount::of_slice(&child))
        .counter(ItemsCount::new(files))
        .bench(|| FileList::parse(black_box(&child)).unwrap());
}

/// Only those lines parsed that the neighbour does not have.
#[divan::bench(args = FILES)]
fn finding_beside_the_neighbour(bencher: Bencher<'_, '_>, files: usize) {
    let [parent, child] = neighbours(files);
    let parent = FileList::parse(&parent).unwrap();
    bencher
        .counter(BytesCount::of_slice(&child))
        .counter(ItemsCount::new(files))
        .bench(|| black_box(&parent).find_beside(black_box(&child)).unwrap());
}

/// Which files differ.
#[divan::bench(args = FILES)]
fn comparing(bencher: Bencher<'_, '_>, files: usize) {
    let [parent, child] = neighbours(files).map(|content| FileList::parse(&content).unwrap());
    assert_eq!(parent.changes_to(&child), files.div_ceil(200) + 2);
    bencher
        .counter(ItemsCount::new(files))
        .bench(|| black_box(&parent).changes_to(black_box(&child)));
}
