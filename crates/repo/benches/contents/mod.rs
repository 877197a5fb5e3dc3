//! Contents that the benchmarks work on: the same in each run.

#![allow(dead_code, reason = "each benchmark uses a part")]

#[path = "../../tests/delta_support/mod.rs"]
mod delta_support;

use bytes::Bytes;
pub(crate) use delta_support::Random;
use outcrop_repo::artifact::checksum::z_line;
use std::fmt::{self, Display, Write};

/// A pair of files by the name it has in the report.
#[derive(Clone, Copy)]
pub(crate) enum Pair {
    /// Text of so many bytes, with one edit for each 5,000 of them, but five at least.
    Text(usize),
    /// 700 file cards, three of them with another hash.
    Manifest,
    /// One line over and over, cut into another rhythm: what a search for matches likes least.
    Periodic,
    /// Two files of 1 MB that share nothing.
    Unrelated,
}

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
    pub(crate) fn files(self) -> (Vec<u8>, Vec<u8>) {
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

impl Random {
    /// Lines like those of a program, with 2,000 different names.
    pub(crate) fn text(&mut self, len: usize) -> Vec<u8> {
        let mut text = String::new();
        while text.len() < len {
            let (left, right, number) = (self.below(2000), self.below(2000), self.below(100));
            writeln!(text, "    let name_{left} = other_{right}({number});").unwrap();
        }
        text.truncate(len);
        text.into_bytes()
    }

    fn file_card(&mut self, file: usize) -> String {
        self.named_card(&format!("src/part_{}/file_{file}.c", file % 23))
    }

    fn named_card(&mut self, name: &str) -> String {
        let hash: String =
            (0..64).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect();
        format!("F {name} {hash}\n")
    }
}

/// A check-in of so many files, and the next one: it changes every 200th file, leaves out the second
/// and adds one behind the third.
pub(crate) fn neighbours(files: usize) -> [Bytes; 2] {
    let mut random = Random(0x5eed);
    let name = |file: usize| format!("src/module{:03}/part{file:06}", file / 100);
    let before: Vec<_> = (0..files).map(|file| random.named_card(&name(file))).collect();
    let mut after = before.clone();
    for file in (0..files).step_by(200) {
        after[file] = random.named_card(&name(file));
    }
    after[2] += &random.named_card(&format!("{}.new", name(2)));
    after.remove(1);
    [before, after].map(|cards| {
        let mut text = b"C A\\scomment\nD 2024-05-06T07:08:09.012\n".to_vec();
        text.extend(cards.concat().into_bytes());
        text.extend(format!("P {:064x}\nU alice\n", 7).into_bytes());
        text.extend(z_line(&text));
        text.into()
    })
}
