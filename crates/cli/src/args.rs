//! The command line as it was typed.
//!
//! What is typed and what it comes to are different types: each command resolves its arguments to
//! settings before it begins, so that every fault of the command line shows before anything is done.

use clap::Parser;

use crate::{commands::Command, output::Global};

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "outcrop",
    version,
    about = "Make, read, change, verify, rebuild and serve Fossil repositories; see how they sync",
    after_help = EXIT_CODES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  refused by the server
  4  network unreachable or stalled
  5  repository damaged

Colour is used on terminals only, and never if NO_COLOR is set.";
