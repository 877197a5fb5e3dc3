//! `outcrop technote`: pages of text at points of the timeline.
//!
//! | file | holds |
//! |---|---|
//! | `read.rs` | all technotes, or one |
//! | `write.rs` | a new technote, or a new version of one |

mod read;
mod write;

use outcrop_repo::{
    limits::LIST_ROWS,
    read::TechnoteVersion,
    tx::{DatabaseError, ReadTx},
};

use super::RepositoryArg;
use crate::{
    failure::{Exit, Failure},
    output::Output,
    paged,
};

/// List, read and write technotes: texts that stand at a point of the timeline
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TechnoteArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop technote ls -R project.fossil
  outcrop technote write 'Release 1.0 is out' notes.md --tag release -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(read::LsArgs),
    Cat(read::CatArgs),
    Write(write::WriteArgs),
}

pub(crate) fn run(args: &TechnoteArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => read::ls(args, output),
        Action::Cat(args) => read::cat(args, output),
        Action::Write(args) => write::run(args, output),
    }
}

/// All technotes, newest first.
pub(super) fn all(tx: &ReadTx) -> Result<Vec<TechnoteVersion>, DatabaseError> {
    paged::all(|last: Option<&TechnoteVersion>| {
        tx.technotes(last.map(|note| note.position), LIST_ROWS)
    })
}

/// The technote whose identifier begins so.
fn find(tx: &ReadTx, prefix: &str) -> Result<TechnoteVersion, Failure> {
    let lower = prefix.to_ascii_lowercase();
    let mut found = all(tx)?.into_iter().filter(|note| note.id.starts_with(&lower));
    let message = match (found.next(), found.next()) {
        (Some(note), None) => return Ok(note),
        (None, _) => format!(
            "there is no technote whose identifier begins with {prefix:?}: `outcrop technote ls` \
             lists all"
        ),
        _ => format!("several technotes begin with {prefix:?}: give more digits"),
    };
    Err(Failure::new(Exit::Failed, &message))
}
