//! Measures the program beside the real `fossil`, in one run: `scripts/bench --help`.
//!
//! It reads what Linux tells of processes.
//!
//! ```text
//! args ─► Stage (both programs, corpora, scratch) ─► scenarios ─► Report ─► table, BENCHMARKS.md
//!                                                       │
//!                            contest: A B A B … ─► Measured (wall, CPU, memory) ─► medians
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `args.rs` | what is asked for |
//! | `stage.rs` | both programs, corpora, and a folder for what is made |
//! | `measure.rs` | one command measured: time, CPU time, peak memory |
//! | `kernel.rs` | what the kernel tells of processes |
//! | `contest.rs` | things measured by turns, and their medians |
//! | `server.rs` | both servers, and what they cost |
//! | `load.rs`, `load/` | many clients that store nothing |
//! | `client.rs` | a client that clones, pulls and pushes, by processes |
//! | `history.rs` | check-ins to be pushed and pulled |
//! | `shapes.rs` | repositories that are deep or wide |
//! | `snapshot.rs` | whether repositories were written to |
//! | `scenarios/` | what is measured, one theme a file |
//! | `bars.rs` | what is to be reached |
//! | `report.rs` | what was measured, and which bars hold |
//! | `machine.rs` | where it was measured |
//! | `document.rs` | the part of BENCHMARKS.md between two marks |
//! | `plot.rs` | time against size, as SVG |
// A program that stops at what it does not expect, and prints what it measures.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    // Figures are rounded when they are shown.
    clippy::cast_precision_loss
)]

mod args;
mod bars;
mod client;
mod contest;
mod document;
mod history;
mod kernel;
mod load;
mod machine;
mod measure;
mod plot;
mod report;
mod scenarios;
mod server;
mod shapes;
mod snapshot;
mod stage;

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser as _;

use args::Args;
use machine::Machine;
use report::Report;
use stage::Stage;

fn main() -> ExitCode {
    let args = Args::parse();
    let began = Instant::now();
    let stage = Stage::new(&args);
    let machine = Machine::look(&stage);
    let mut report = Report::new(args.is_large(), machine.has_wide_lanes);
    scenarios::run(&args, &stage, &mut report);
    let text = format!(
        "## {}\n\n{machine}\n\n`scripts/bench{}`, {}, in {:.1} minutes.\n\n{report}",
        args.title(),
        args.line(),
        stage.described(&args),
        began.elapsed().as_secs_f64() / 60.0,
    );
    println!("{text}");
    if args.write {
        report.write(args.part(), &text);
    }
    let missed = report.missed();
    for line in &missed {
        eprintln!("MISSED {line}");
    }
    if missed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
