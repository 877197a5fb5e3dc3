//! `outcrop tag`: tags and properties of artifacts.
//!
//! | file | holds |
//! |---|---|
//! | `ls.rs` | all tags, or those on one artifact |
//! | `find.rs` | what has a tag |
//! | `change.rs` | adding and cancelling |

mod change;
mod find;
mod ls;

use outcrop_repo::{
    Rid,
    limits::LIST_ROWS,
    read::TagOn,
    tx::{DatabaseError, ReadTx},
};

use super::RepositoryArg;
use crate::{
    failure::{Exit, Failure},
    output::Output,
    paged,
};

/// List, find, add and cancel tags
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TagArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop tag add v1.0 trunk -R project.fossil
  outcrop tag ls -R project.fossil
  outcrop tag find v1.0 -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(ls::LsArgs),
    Find(find::FindArgs),
    Add(change::AddArgs),
    Cancel(change::CancelArgs),
}

/// What the tags begin with that people give to check-ins.
const GIVEN: &str = "sym-";

pub(crate) fn run(args: &TagArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => ls::run(args, output),
        Action::Find(args) => find::run(args, output),
        Action::Add(args) => change::add(args, output),
        Action::Cancel(args) => change::cancel(args, output),
    }
}

/// All tags on an artifact.
fn tags_on(tx: &ReadTx, artifact: Rid) -> Result<Vec<TagOn>, DatabaseError> {
    paged::all(|last: Option<&TagOn>| {
        tx.tags_on(artifact, last.map_or("", |tag| &tag.name), LIST_ROWS)
    })
}
