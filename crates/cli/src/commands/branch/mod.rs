//! `outcrop branch`: branches of check-ins.
//!
//! | file | holds |
//! |---|---|
//! | `ls.rs` | all branches |
//! | `close.rs` | closing a branch, and opening it again |

mod close;
mod ls;

use super::RepositoryArg;
use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// List, close and reopen branches
///
/// A branch begins with the first check-in on it: `outcrop commit --branch`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BranchArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop branch ls --all -v -R project.fossil
  outcrop branch close old-idea -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(ls::LsArgs),
    Close(close::CloseArgs),
    Reopen(close::ReopenArgs),
}

pub(crate) fn run(args: &BranchArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => ls::run(args, output),
        Action::Close(args) => close::run(&args.as_change(), output),
        Action::Reopen(args) => close::run(&args.as_change(), output),
    }
}
