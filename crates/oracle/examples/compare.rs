//! Compares two repository files: `cargo run -p outcrop-oracle --example compare -- A B`.
//!
//! `--content`, `--deltas`, `--times`, `--config` compare more, `--derived` only what follows from
//! the artifacts, `--without TABLE` less. Exits with 1 if they differ.
// A program of its own.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::{path::PathBuf, process::ExitCode};

use outcrop_oracle::{Options, compare, compare::ConfigRows};

fn main() -> ExitCode {
    let mut options = Options::default();
    let mut files = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--content" => options.content = true,
            "--deltas" => options.deltas = true,
            "--times" => options.times = true,
            "--config" => options.config = ConfigRows::All,
            "--derived" => options = Options::derived(),
            "--without" => options.without.extend(arguments.next()),
            _ => files.push(PathBuf::from(argument)),
        }
    }
    let [left, right] = files.as_slice() else {
        eprintln!("usage: compare [--derived] [--content] [--deltas] [--times] [--config] A B");
        return ExitCode::from(2);
    };
    let differences = compare(left, right, &options);
    print!("{differences}");
    ExitCode::from(u8::from(!differences.is_empty()))
}
