//! Deltas between Outcrop and the real `fossil`, in both directions, and their sizes compared.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout
)] // a test stops at what it does not expect, and reports its measurements

mod delta_support;

use delta_support::Random;
use outcrop_repo::delta::{apply, create};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// How many bytes one of our deltas may be longer than Fossil's. The sum must not be longer.
const ALLOWED: usize = 16;

/// The real `fossil`, with a folder for its files.
struct Fossil {
    program: String,
    folder: TempDir,
}

impl Fossil {
    fn find() -> Self {
        let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
        let fossil = Self { program, folder: tempfile::tempdir().unwrap() };
        fossil.run(&["version"]);
        fossil
    }

    fn run(&self, arguments: &[&str]) {
        let folder = self.folder.path();
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(folder)
            .env("HOME", folder)
            .output()
            .unwrap_or_else(|error| {
                panic!(
                    "cannot run `{}` ({error}): this test needs the real Fossil; install it with \
                     `apt-get install fossil`, or set OUTCROP_FOSSIL to its path",
                    self.program
                )
            });
        assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
    }

    fn write(&self, name: &str, content: &[u8]) {
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    fn path(&self, name: &str) -> impl AsRef<Path> {
        self.folder.path().join(name)
    }

    fn create(&self, source: &[u8], target: &[u8]) -> Vec<u8> {
        self.write("source", source);
        self.write("target", target);
        self.run(&["test-delta-create", "source", "target", "delta"]);
        self.read("delta")
    }

    fn apply(&self, source: &[u8], delta: &[u8]) -> Vec<u8> {
        self.write("source", source);
        self.write("delta", delta);
        self.run(&["test-delta-apply", "source", "delta", "target"]);
        self.read("target")
    }
}

impl Random {
    /// Lines that look like a program's.
    fn text(&mut self, len: usize) -> Vec<u8> {
        const FORMS: [&str; 6] = [
            "    let A = self.B(C)?;\n",
            "    if A < C {\n        return Err(Error::B);\n    }\n",
            "}\n\n/// Gives the A of B.\nfn A_B(C: usize) -> usize {\n",
            "    for A in B.iter().skip(C) {\n",
            "    }\n",
            "    assert_eq!(A, B, \"after {C} rounds\");\n",
        ];
        let mut text = String::new();
        while text.len() < len {
            let [name, other, number] = [500, 500, 90].map(|bound| self.below(bound));
            let form = FORMS[self.below(FORMS.len())];
            for part in form.split_inclusive(['A', 'B', 'C']) {
                let plain = part.trim_end_matches(['A', 'B', 'C']);
                match part.strip_prefix(plain) {
                    Some("A") => write!(text, "{plain}name{name}"),
                    Some("B") => write!(text, "{plain}value_{other}"),
                    Some("C") => write!(text, "{plain}{number}"),
                    _ => write!(text, "{plain}"),
                }
                .unwrap();
            }
        }
        text.truncate(len);
        text.into_bytes()
    }

    /// A version of `source` with some inserts, deletions, replacements and moves.
    fn edited(&mut self, source: &[u8], edits: usize) -> Vec<u8> {
        let mut target = source.to_vec();
        for _ in 0..edits {
            let start = self.below(target.len() + 1);
            let end = (start + self.below(120)).min(target.len());
            let len = self.below(80);
            match self.below(4) {
                0 => drop(target.splice(start..start, self.text(len))),
                1 => drop(target.drain(start..end)),
                2 => drop(target.splice(start..end, self.text(len))),
                _ => {
                    let moved: Vec<_> = target.drain(start..end).collect();
                    let place = self.below(target.len() + 1);
                    drop(target.splice(place..place, moved));
                }
            }
        }
        target
    }

    fn file_card(&mut self, file: usize) -> Vec<u8> {
        let hash: String =
            (0..64).map(|_| char::from(b"0123456789abcdef"[self.below(16)])).collect();
        format!("F src/part_{}/file_{file}.c {hash}\n", file % 23).into_bytes()
    }
}

/// Pairs of files as a repository has them, and some that it has not.
fn pairs() -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let mut random = Random(0x5eed);
    let mut pairs = Vec::new();
    for (round, len) in [0, 1, 15, 16, 17, 40, 200, 1000, 5000, 30_000, 90_000, 300_000]
        .into_iter()
        .cycle()
        .take(120)
        .enumerate()
    {
        let source = random.text(len);
        let edits = 1 + random.below(20);
        pairs.push((format!("text {round}"), source.clone(), random.edited(&source, edits)));
        let source = random.bytes(len);
        let edits = 1 + random.below(10);
        pairs.push((format!("binary {round}"), source.clone(), random.edited(&source, edits)));
    }
    for round in 0..20 {
        let source: Vec<_> = (0..600).map(|file| random.file_card(file)).collect();
        let mut target = source.clone();
        for _ in 0..3 {
            let file = random.below(600);
            target[file] = random.file_card(file);
        }
        pairs.push((format!("manifest {round}"), source.concat(), target.concat()));

        let period = 1 + random.below(300);
        let line = random.text(period);
        let source: Vec<_> = line.into_iter().cycle().take(20_000).collect();
        pairs.push((format!("periodic {round}"), source.clone(), random.edited(&source, 8)));
    }
    let zeros = vec![0; 100_000];
    let mut marked = zeros.clone();
    marked.iter_mut().step_by(997).for_each(|byte| *byte = 1);
    pairs.push(("zeros, marked".to_owned(), zeros.clone(), marked.clone()));
    pairs.push(("zeros, unmarked".to_owned(), marked, zeros));
    let big = random.text(4_000_000);
    pairs.push(("big text".to_owned(), big.clone(), random.edited(&big, 200)));
    let big = random.bytes(4_000_000);
    pairs.push(("big binary".to_owned(), big.clone(), random.edited(&big, 50)));
    pairs.push(("unrelated".to_owned(), random.bytes(50_000), random.bytes(50_000)));
    pairs
}

#[test]
fn each_reads_the_other_and_ours_are_no_longer() {
    let fossil = Fossil::find();
    let (mut our_sum, mut their_sum) = (0, 0);
    let mut worst = (isize::MIN, String::new());
    for (name, source, target) in pairs() {
        let theirs = fossil.create(&source, &target);
        let applied_by_us = apply(&source, &theirs, target.len());
        assert!(applied_by_us.as_ref() == Ok(&target), "{name}: we misread Fossil's delta");

        let ours = create(&source, &target);
        assert!(fossil.apply(&source, &ours) == target, "{name}: Fossil misreads our delta");

        assert!(ours.len() <= theirs.len() + ALLOWED, "{name}: {} {}", ours.len(), theirs.len());
        our_sum += ours.len();
        their_sum += theirs.len();
        worst = worst.max((ours.len().cast_signed() - theirs.len().cast_signed(), name));
    }
    println!("{our_sum} bytes of deltas, Fossil {their_sum}; most in excess: {worst:?}");
    assert!(our_sum <= their_sum, "{our_sum} bytes of deltas, Fossil makes {their_sum}");
}

#[test]
fn a_copy_of_no_bytes_copies_nothing() {
    let fossil = Fossil::find();
    let (source, delta) = (b"0123456789", b"4\n0@4,4@0,lCJ8o;");
    assert_eq!(fossil.apply(source, delta), b"0123");
    assert_eq!(apply(source, delta, 4).unwrap(), b"0123");
}
