//! How fast artifacts are parsed, and plain content is told apart.
// A benchmark that cannot set up its input should stop at once.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

use std::fmt::Write as _;

use divan::{Bencher, counter::BytesCount};
use outcrop_repo::artifact::{Artifact, checksum::z_line};

fn main() {
    divan::main();
}

fn close(cards: String) -> Vec<u8> {
    let mut bytes = cards.into_bytes();
    let z_line = z_line(&bytes);
    bytes.extend_from_slice(&z_line);
    bytes
}

fn manifest(files: usize) -> Vec<u8> {
    let mut cards = String::from("C A\\scomment\nD 2024-05-06T07:08:09.012\n");
    for file in 0..files {
        let name = format!("src/module{:03}/part{file:06}.rs", file / 100);
        writeln!(cards, "F {name} {file:064x}").unwrap();
    }
    writeln!(cards, "P {:064x}\nU alice", 7).unwrap();
    close(cards)
}

fn parse(bencher: Bencher, bytes: &[u8]) {
    assert!(Artifact::parse(bytes).is_ok());
    bencher.counter(BytesCount::of_slice(bytes)).bench(|| Artifact::parse(divan::black_box(bytes)));
}

fn reject(bencher: Bencher, bytes: &[u8]) {
    assert!(Artifact::parse(bytes).is_err());
    bencher.bench(|| Artifact::parse(divan::black_box(bytes)));
}

#[divan::bench(args = [700, 50_000])]
fn manifest_with_files(bencher: Bencher, files: usize) {
    parse(bencher, &manifest(files));
}

/// The time per byte has to be the same for both sizes, whatever the card.
#[divan::bench(args = [1_000_000, 10_000_000], consts = ['F', 'J', 'M', 'P', 'Q', 'T', 'W'])]
fn cards_of_one_kind<const LETTER: char>(bencher: Bencher, size: usize) {
    let (above, below) = match LETTER {
        'F' | 'P' | 'Q' => ("C x\nD 2024-05-06\n", ""),
        'J' => ("D 2024-05-06\n", "K 0123456789012345678901234567890123456789\nU a\n"),
        'M' => ("", ""),
        'W' => ("D 2024-05-06\nL a\nU a\n", ""),
        _ => ("D 2024-05-06\n", "U a\n"),
    };
    let mut cards = String::from(above);
    if LETTER == 'W' {
        write!(cards, "W {size}\n{}\n", "x".repeat(size)).unwrap();
    }
    for n in 0.. {
        if cards.len() >= size {
            break;
        }
        match LETTER {
            'F' => writeln!(cards, "F a\\s{n:08} {n:040x}"),
            'J' => writeln!(cards, "J {n:08}"),
            'M' => writeln!(cards, "M {n:064x}"),
            'P' => writeln!(cards, "P {n:040x}"),
            'Q' => writeln!(cards, "Q +{n:040x}"),
            _ => writeln!(cards, "T +t{n:08} {n:040x}"),
        }
        .unwrap();
    }
    cards.push_str(below);
    parse(bencher, &close(cards));
}

#[divan::bench]
fn reject_source_file(bencher: Bencher) {
    reject(bencher, "int main(void){ return 0; }\n".repeat(180_000).as_bytes());
}

/// Content that starts as an artifact does, so that only the missing Z card gives it away.
#[divan::bench]
fn reject_text_that_starts_like_a_card(bencher: Bencher) {
    reject(bencher, "A few words in a line\n".repeat(230_000).as_bytes());
}
