//! `outcrop rebuild`: all derived tables made anew.

use std::{io::Write as _, path::PathBuf};

use outcrop_repo::{Repo, crosslink::LinkError, ticket::TicketTablesError};
use serde::Serialize;

use crate::{
    bar::Bar,
    failure::{Exit, Failure},
    output::Output,
};

/// Derive the tables of a repository anew
///
/// As `fossil rebuild` does: drops all that is derived from the artifacts, such as the timeline, the
/// tags and the tickets, and derives it again. Artifacts that are shunned leave the repository. All
/// of this happens in one transaction: if it fails, or is stopped, nothing has changed. Others may
/// have to wait until it is done.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RebuildArgs {
    /// Even if artifacts are damaged: what they told is gone from the tables then
    #[arg(long)]
    force: bool,
    /// The repository
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
With --json: artifacts, check_ins, damaged and unfit_tickets (how many), purged and kept (hashes of
shunned artifacts that are gone, or had to stay).

Examples:
  outcrop rebuild project.fossil
  outcrop rebuild project.fossil --json | jq .purged";

/// What was done, as `--json` has it.
#[derive(Serialize)]
struct Rebuilt {
    artifacts: u64,
    check_ins: u64,
    damaged: u64,
    unfit_tickets: u64,
    purged: Vec<String>,
    kept: Vec<String>,
}

pub(crate) fn run(args: &RebuildArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open(&args.file)?;
    let tx = repo.write()?;
    let purged = tx.purge_shunned().map_err(|error| Failure::new(Exit::Failed, &error))?;
    let mut bar = Bar::new(output);
    let linked = tx.rebuild(|progress| bar.show(progress));
    bar.clear();
    let linked = linked.map_err(|error| failed(&error))?;
    if linked.damaged > 0 && !args.force {
        let message = format!(
            "nothing was changed: {} artifacts are damaged, and what they tell would be gone; \
             `outcrop verify` tells which, and --force rebuilds without them",
            linked.damaged
        );
        return Err(Failure::new(Exit::Damaged, &message));
    }
    tx.commit()?;
    let rebuilt = Rebuilt {
        artifacts: linked.artifacts,
        check_ins: linked.check_ins,
        damaged: linked.damaged,
        unfit_tickets: linked.unfit_tickets,
        purged: purged.removed.iter().map(ToString::to_string).collect(),
        kept: purged.kept.iter().map(|kept| kept.shunned.to_string()).collect(),
    };
    for kept in &purged.kept {
        output.note(format_args!(
            "{} is shunned and still here: {} builds upon it, and {}",
            kept.shunned, kept.dependant, kept.damage
        ));
    }
    if rebuilt.unfit_tickets > 0 {
        output.note(format_args!(
            "{} tickets do not fit the tables that the setting `ticket-table` describes, and have \
             no rows: correct the setting and rebuild again",
            rebuilt.unfit_tickets
        ));
    }
    if output.json {
        Output::object(&rebuilt)?;
    } else if !output.quiet {
        let mut out = Output::results();
        let Rebuilt { artifacts, check_ins, .. } = rebuilt;
        write!(out, "{artifacts} artifacts linked, {check_ins} of them check-ins")?;
        match purged.removed.len() {
            0 => writeln!(out)?,
            removed => writeln!(out, "; {removed} shunned artifacts removed")?,
        }
        out.flush()?;
    }
    Ok(Exit::Done)
}

/// Why nothing was changed.
fn failed(error: &LinkError) -> Failure {
    match error {
        LinkError::TicketTables(TicketTablesError::Setting { .. }) => {
            let hint = "it stands under \"Admin\", \"Tickets\" in `fossil ui`";
            Failure::new(Exit::Failed, &format_args!("nothing was changed: {error} ({hint})"))
        }
        error => Failure::new(Exit::Failed, error),
    }
}
