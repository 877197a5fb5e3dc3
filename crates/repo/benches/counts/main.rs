//! How many instructions the inner loops take, compared with the figures in BENCHMARKS.md.
//!
//! ```text
//! scripts/counts                  all operations; fails if one takes over 5 % more than is written down
//! scripts/counts inflate lanes    those with one of these words in their names
//! scripts/counts --write          writes the figures down
//! ```
//!
//! Where times differ by a tenth from run to run, instructions differ by less than a thousandth: a
//! change of one percent shows. They are not time (a wait for memory is no instruction), so they tell
//! what a change has done, and the other benchmarks whether it is any faster.
//!
//! valgrind's cachegrind counts. Each operation runs twice in a process of its own, in a few and in
//! more rounds, and the difference is told: what starting up and preparing take falls out.
//!
//! The counts hold for one compiler, one C library and one kind of processor. valgrind knows AVX2 but
//! neither AVX-512 nor SHA-NI, so hashing runs in fewer lanes than it does outside. What the
//! compiler and valgrind were is written down beside the figures, and it is told if they differ. For
//! that reason no check of the project runs this by itself: whoever works on an inner loop does, before
//! and after.
//!
//! | file | holds |
//! |---|---|
//! | `operations.rs` | what is counted |
//! | `valgrind.rs` | who counts |
//! | `written.rs` | the figures in BENCHMARKS.md |
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)] // a benchmark stops at what it does not expect, and prints what it measures

#[path = "../contents/mod.rs"]
mod contents;
#[path = "../../../xfer/benches/messages/mod.rs"]
mod messages;
mod operations;
mod valgrind;
mod written;

use operations::{OPERATIONS, Operation};
use std::process::ExitCode;
use written::Written;

/// How much an operation may grow, in percent.
const TOLERANCE: f64 = 5.0;

const USAGE: &str = "usage: counts [--write | WORD…]
  counts instructions by valgrind and compares them with BENCHMARKS.md; fails if one grew by over 5 %
  WORD…     only operations with one of these words in their names
  --write   writes the figures to BENCHMARKS.md";

fn main() -> ExitCode {
    // `cargo bench` adds a word of its own.
    let words: Vec<_> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<_> = words.iter().map(String::as_str).collect();
    match *words {
        [valgrind::INSIDE, name, rounds] => {
            Operation::named(name).run(rounds.parse().unwrap());
            ExitCode::SUCCESS
        }
        ["--write"] => write(),
        ["--help"] => {
            println!("{USAGE}");
            ExitCode::SUCCESS
        }
        _ if words.iter().any(|word| word.starts_with('-')) => {
            eprintln!("{USAGE}");
            ExitCode::from(2)
        }
        _ => compare(&words),
    }
}

fn write() -> ExitCode {
    let Some(circumstances) = circumstances() else { return ExitCode::FAILURE };
    let mut table = format!("{}\n{}", written::TITLES, written::RULE);
    println!("{table}");
    for operation in OPERATIONS {
        let row = written::row(operation, valgrind::count(operation));
        println!("{row}");
        table = table + "\n" + &row;
    }
    Written::replace(&circumstances, &table);
    println!("written to BENCHMARKS.md");
    ExitCode::SUCCESS
}

fn compare(words: &[&str]) -> ExitCode {
    let chosen = |operation: &&Operation| {
        words.is_empty() || words.iter().any(|word| operation.name.contains(word))
    };
    let chosen: Vec<_> = OPERATIONS.iter().filter(chosen).collect();
    if chosen.is_empty() {
        eprintln!("no operation has a name with {}", words.join(" or "));
        return ExitCode::from(2);
    }
    let Some(circumstances) = circumstances() else { return ExitCode::FAILURE };
    let written = Written::read();
    println!("{} change |\n{}---|", written::TITLES, written::RULE);
    let mut grown = Vec::new();
    for operation in chosen {
        let count = valgrind::count(operation);
        let change = written.count(operation.name).map(|before| percent(before, count));
        let told = change.map_or_else(|| "new".to_owned(), |change| format!("{change:+.1} %"));
        println!("{} {told} |", written::row(operation, count));
        if change.is_none_or(|change| change > TOLERANCE) {
            grown.push(format!("{}: {told}", operation.name));
        }
    }
    if !written.circumstances.is_empty() && written.circumstances != circumstances {
        println!("\nThe figures in BENCHMARKS.md were counted under other circumstances,");
        println!("so a change may come from these:");
        println!("  there: {}\n  here:  {circumstances}", written.circumstances);
    }
    if grown.is_empty() {
        println!("\nnothing takes over {TOLERANCE} % more instructions than BENCHMARKS.md says");
        return ExitCode::SUCCESS;
    }
    eprintln!("\nover {TOLERANCE} % more instructions than BENCHMARKS.md says, or not there:");
    for line in &grown {
        eprintln!("  {line}");
    }
    eprintln!("if that is meant, `scripts/counts --write` writes the new figures down");
    ExitCode::FAILURE
}

/// What the counts depend on; `None`, and how to get it, if there is no valgrind.
fn circumstances() -> Option<String> {
    let Some(version) = valgrind::version() else {
        eprintln!("NOTHING WAS COUNTED: there is no valgrind here.");
        eprintln!(
            "Install it first: apt-get install valgrind, dnf install valgrind, or valgrind.org"
        );
        return None;
    };
    Some(format!("{}, {version}, {}", valgrind::compiler(), valgrind::processor()))
}

#[expect(clippy::cast_precision_loss, reason = "a percentage of some billions")]
fn percent(before: u64, now: u64) -> f64 {
    (now as f64 / before as f64 - 1.0) * 100.0
}
