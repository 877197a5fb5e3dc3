//! `outcrop wiki`: pages of the wiki.
//!
//! | file | holds |
//! |---|---|
//! | `ls.rs` | all pages |
//! | `cat.rs` | a page |
//! | `write.rs` | a new version of a page, or its end |

mod cat;
mod ls;
mod write;

pub(super) use cat::DEFAULT_MIMETYPE;
pub(super) use write::mimetype;

use super::RepositoryArg;
use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// List, read and write wiki pages
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct WikiArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop wiki ls -R project.fossil
  outcrop wiki write Home home.md --mimetype markdown -R project.fossil
  outcrop wiki cat Home -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(ls::LsArgs),
    Cat(cat::CatArgs),
    Write(write::WriteArgs),
    Rm(write::RmArgs),
}

pub(crate) fn run(args: &WikiArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => ls::run(args, output),
        Action::Cat(args) => cat::run(args, output),
        Action::Write(args) => write::run(args, output),
        Action::Rm(args) => write::remove(args, output),
    }
}

/// A page that nobody has written.
fn no_such(title: &str) -> Failure {
    let message = format!("there is no wiki page {title:?}: `outcrop wiki ls` lists all");
    Failure::new(Exit::Failed, &message)
}
