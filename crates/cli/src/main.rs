//! The `outcrop` program.
//!
//! | file | holds |
//! |---|---|
//! | `allocator.rs` | how work on whole repositories gets its memory |
//! | `args.rs` | the command line as it was typed |
//! | `commands/` | the commands: their arguments, the settings they resolve to, their work |
//! | `clock.rs` | times, as repositories have them |
//! | `password.rs` | passwords that a user types, or a script hands over |
//! | `author.rs` | who writes, and when |
//! | `names.rs` | what names stand for: check-ins and branches |
//! | `content.rs` | contents of artifacts, proven |
//! | `entry.rs` | lines of the timeline, as text and as JSON |
//! | `glob.rs` | patterns for names |
//! | `input.rs` | what is read from files of this machine, and from stdin |
//! | `paged.rs` | lists that come a page at a time |
//! | `random.rs` | identifiers that nobody else may come to |
//! | `network/` | what commands share that talk to another repository |
//! | `output.rs` | where words go: text or JSON, colour or none |
//! | `failure.rs` | exit codes, and what is said with them |
//! | `refusal.rs` | what the repository refuses, with what may help |
//! | `bar.rs` | how far the work has come |
//! | `capture.rs` | captured HTTP messages |
//! | `show.rs` | cards as lines, as JSON and as counts |
//! | `interruption.rs` | being asked to end |
//! | `logging.rs` | what a server logs, as lines |
//! | `telemetry.rs` | telling a collector of OpenTelemetry what goes on |
//! | `trace.rs` | a transport that shows what passes |

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod allocator;
mod args;
mod author;
mod bar;
mod capture;
mod clock;
mod commands;
mod content;
mod entry;
mod failure;
mod glob;
mod input;
mod interruption;
mod logging;
mod names;
mod network;
mod output;
mod paged;
mod password;
mod random;
mod refusal;
mod show;
mod telemetry;
mod trace;

use std::process::ExitCode;

use args::Args;
use failure::Failure;
use output::Output;

/// The allocator of musl lets one thread in at a time.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = match Args::read() {
        Ok(args) => args,
        Err(error) => return failure::usage(&error),
    };
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    if args.command.works_in_bulk() {
        allocator::tell();
    }
    let output = Output::new(&args.global);
    let done = commands::run(args.command, output);
    done.unwrap_or_else(|failure: Failure| failure.report(output)).into()
}
