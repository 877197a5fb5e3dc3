//! `outcrop attachment`: files beside wiki pages, tickets and technotes.
//!
//! | file | holds |
//! |---|---|
//! | `read.rs` | the files attached to something, or one of them |
//! | `write.rs` | attaching a file, and taking one off |

mod read;
mod write;

use outcrop_repo::{
    limits::LIST_ROWS,
    read::{AttachedFile, EventKind, ResolveError},
    ticket::TicketMatch,
    tx::{DatabaseError, ReadTx},
};

use super::{RepositoryArg, technote};
use crate::{
    failure::{Exit, Failure},
    output::Output,
    paged,
};

/// List, read, attach and take off files beside wiki pages, tickets and technotes
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct AttachmentArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop attachment add Home img/logo.png -R project.fossil
  outcrop attachment ls Home -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(read::LsArgs),
    Cat(read::CatArgs),
    Add(write::AddArgs),
    Rm(write::RmArgs),
}

/// What files are attached to.
#[derive(Debug, clap::Args)]
struct TargetArg {
    /// The name of a wiki page, the identifier of a ticket or technote or the beginning of it, or
    /// the hash of a forum post
    #[arg(value_name = "TARGET")]
    target: String,
}

impl TargetArg {
    /// The whole name of the target.
    fn resolve(&self, tx: &ReadTx) -> Result<String, Failure> {
        if tx.wiki_page(&self.target)?.is_some() {
            return Ok(self.target.clone());
        }
        let mut found = identifiers(tx, &self.target.to_ascii_lowercase())?.into_iter();
        let message = match (found.next(), found.next()) {
            (Some(id), None) => return Ok(id),
            (Some(_), Some(_)) => {
                format!(
                    "several tickets or technotes begin with {:?}: give more digits",
                    self.target
                )
            }
            (None, _) => match tx.resolve(&self.target, Some(EventKind::Forum)) {
                Ok(post) => return Ok(post.name.to_string()),
                Err(ResolveError::Unknown(_)) => format!(
                    "there is no wiki page, ticket, technote or forum post {:?}: `outcrop wiki ls`, \
                     `outcrop ticket ls` and `outcrop technote ls` list them",
                    self.target
                ),
                Err(error) => return Err(error.into()),
            },
        };
        Err(Failure::new(Exit::Failed, &message))
    }
}

/// Identifiers of tickets and technotes that begin so.
fn identifiers(tx: &ReadTx, prefix: &str) -> Result<Vec<String>, DatabaseError> {
    if prefix.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = match tx.ticket(prefix)? {
        TicketMatch::None => Vec::new(),
        TicketMatch::One(ticket) => vec![ticket.id],
        TicketMatch::Ambiguous(ids) => ids,
    };
    let technotes = technote::all(tx)?.into_iter().map(|note| note.id);
    found.extend(technotes.filter(|id| id.starts_with(prefix)));
    Ok(found)
}

pub(crate) fn run(args: &AttachmentArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => read::ls(args, output),
        Action::Cat(args) => read::cat(args, output),
        Action::Add(args) => write::add(args, output),
        Action::Rm(args) => write::remove(args, output),
    }
}

/// All files that are attached to something.
fn all(tx: &ReadTx, target: &str) -> Result<Vec<AttachedFile>, DatabaseError> {
    paged::all(|last: Option<&AttachedFile>| {
        tx.attachments(target, last.map_or("", |file| &file.file_name), LIST_ROWS)
    })
}
