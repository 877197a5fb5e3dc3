//! Makes the large corpus: `scripts/corpus --help`.
// A program of its own.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{path::PathBuf, process::ExitCode};

use outcrop_oracle::Corpus;

fn main() -> ExitCode {
    let mut corpus = Corpus::default();
    let mut folder = PathBuf::from("target/corpus");
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--quick" {
            corpus.check_ins = Corpus::quick().check_ins;
            continue;
        }
        let value = arguments.next().unwrap_or_default();
        let number = value.parse();
        match (argument.as_str(), number) {
            ("--check-ins", Ok(number)) if number > 0 => corpus.check_ins = number,
            ("--files", Ok(number)) if number > 0 => corpus.files = number,
            ("--seed", Ok(number)) => corpus.seed = u64::try_from(number).unwrap_or(1),
            ("--folder", _) if !value.is_empty() => folder = PathBuf::from(value),
            _ => {
                eprintln!(
                    "usage: corpus [--quick] [--check-ins N] [--files N] [--seed N] [--folder F]"
                );
                return ExitCode::from(2);
            }
        }
    }
    println!("{}", corpus.cached(&Corpus::stock(), &folder).display());
    ExitCode::SUCCESS
}
