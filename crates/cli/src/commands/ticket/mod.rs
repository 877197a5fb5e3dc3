//! `outcrop ticket`: tickets.
//!
//! | file | holds |
//! |---|---|
//! | `ls.rs` | all tickets, or those with certain values |
//! | `show.rs` | one ticket, and the fields that tickets have |
//! | `history.rs` | the changes of a ticket |
//! | `write.rs` | a new ticket, or a change of one |
//! | `row.rs` | a ticket as `--json` has it |

mod history;
mod ls;
mod row;
mod show;
mod write;

use outcrop_repo::{
    ticket::{TicketMatch, TicketRow},
    tx::ReadTx,
};

use super::RepositoryArg;
use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// List, read, make and change tickets
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TicketArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop ticket add title='It fails' status=Open -R project.fossil
  outcrop ticket ls status=Open -R project.fossil
  outcrop ticket set 4f2a1b status=Fixed -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(ls::LsArgs),
    Show(show::ShowArgs),
    History(history::HistoryArgs),
    Fields(show::FieldsArgs),
    Add(write::AddArgs),
    Set(write::SetArgs),
}

pub(crate) fn run(args: &TicketArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => ls::run(args, output),
        Action::Show(args) => show::run(args, output),
        Action::History(args) => history::run(args, output),
        Action::Fields(args) => show::fields(args, output),
        Action::Add(args) => write::add(args, output),
        Action::Set(args) => write::set(args, output),
    }
}

/// The ticket whose identifier begins so.
fn find(tx: &ReadTx, prefix: &str) -> Result<TicketRow, Failure> {
    let message = match tx.ticket(&prefix.to_ascii_lowercase())? {
        TicketMatch::One(ticket) => return Ok(ticket),
        TicketMatch::None => format!(
            "there is no ticket whose identifier begins with {prefix:?}: `outcrop ticket ls` lists \
             all"
        ),
        TicketMatch::Ambiguous(ids) => {
            let ids: Vec<_> = ids.iter().map(|id| format!("\n  {id}")).collect();
            let ids = ids.concat();
            format!("several tickets begin with {prefix:?}; give more digits of one:{ids}")
        }
    };
    Err(Failure::new(Exit::Failed, &message))
}

/// What the columns begin with that Fossil keeps for itself.
const OWN: &str = "tkt_";
