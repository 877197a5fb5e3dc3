//! The `outcrop` program.
//!
//! | file | holds |
//! |---|---|
//! | `args.rs` | the command line as it was typed |
//! | `commands/*.rs` | one command each: its arguments, the settings they resolve to, its work |
//! | `clock.rs` | times, as repositories have them |
//! | `password.rs` | passwords that a user types, or a script hands over |
//! | `bar.rs` | how far work has come, on terminals |
//! | `output.rs` | where words go: text or JSON, colour or none |
//! | `failure.rs` | exit codes, and what is said with them |
//! | `bar.rs` | how far the work has come |
//! | `capture.rs` | captured HTTP messages |
//! | `show.rs` | cards as lines, as JSON and as counts |
//! | `interruption.rs` | being asked to end |
//! | `logging.rs` | what a server logs, as lines |
//! | `trace.rs` | a transport that shows what passes |

mod args;
mod bar;
mod capture;
mod clock;
mod commands;
mod failure;
mod interruption;
mod logging;
mod output;
mod password;
mod show;
mod trace;

use std::process::ExitCode;

use clap::Parser as _;

use args::Args;
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => return failure::usage(&error),
    };
    let output = Output::new(&args.global);
    let done = commands::run(args.command, output);
    done.unwrap_or_else(|failure: Failure| failure.report(output)).into()
}
