//! Hashing side by side, beside the ordinary implementation on the same contents.

use divan::{Bencher, counter::BytesCount};
use md5::{Digest as _, Md5};
use outcrop_format::{hash::HashName, lanes};

fn main() {
    divan::main();
}

/// How many contents of how many bytes; no length stands for a mix of 100 bytes to 200 KB.
const CASES: [(usize, Option<usize>); 12] = [
    (8, Some(1_000)),
    (8, Some(20_000)),
    (8, Some(70_000)),
    (64, Some(1_000)),
    (64, Some(20_000)),
    (64, Some(70_000)),
    (1000, Some(1_000)),
    (1000, Some(20_000)),
    (1000, Some(70_000)),
    (64, None),
    (1000, None),
    (1, Some(5_000_000)),
];

#[divan::bench(args = CASES.map(Case))]
fn sha3_ordinary(bencher: Bencher, case: &Case) {
    run(bencher, case, |contents| {
        contents.iter().map(|content| HashName::sha3_of(content)).collect::<Vec<_>>()
    });
}

#[divan::bench(args = CASES.map(Case))]
fn sha3_side_by_side(bencher: Bencher, case: &Case) {
    run(bencher, case, lanes::sha3_of_many);
}

#[divan::bench(args = CASES.map(Case))]
fn md5_ordinary(bencher: Bencher, case: &Case) {
    run(bencher, case, |contents| {
        contents.iter().map(|content| Md5::digest(content).into()).collect::<Vec<[u8; 16]>>()
    });
}

#[divan::bench(args = CASES.map(Case))]
fn md5_side_by_side(bencher: Bencher, case: &Case) {
    run(bencher, case, lanes::md5_of_many);
}

fn run<T>(bencher: Bencher, case: &Case, hash: impl Fn(&[&[u8]]) -> Vec<T> + Sync) {
    let contents = case.contents();
    let contents: Vec<_> = contents.iter().map(Vec::as_slice).collect();
    let bytes: usize = contents.iter().map(|content| content.len()).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| hash(divan::black_box(&contents)));
}

struct Case((usize, Option<usize>));

impl Case {
    fn contents(&self) -> Vec<Vec<u8>> {
        let (count, len) = self.0;
        (0..count).map(|at| vec![0x5a; len.unwrap_or_else(|| mixed_len(at))]).collect()
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            (count, Some(len)) => write!(f, "{count} of {len} bytes"),
            (count, None) => write!(f, "{count} of mixed lengths"),
        }
    }
}

/// 100 bytes to 200 KB, each order of magnitude as likely as another.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 200,000")]
fn mixed_len(at: usize) -> usize {
    // Multiples of the golden ratio spread evenly over the fractions, in no order.
    let fraction = (f64::from(at as u32) * 0.618_033_988_749_895).fract();
    (100.0 * 2000_f64.powf(fraction)) as usize
}
