//! `outcrop shun`: artifacts that are not wanted.

use std::io::{self, Write as _};

use outcrop_format::hash::HashName;
use outcrop_repo::{
    Repo,
    blob::PrefixMatch,
    shun::{Purged, Shunned},
    tx::{ReadTx, WriteTx},
};
use serde::Serialize;

use super::{RepositoryArg, derive_anew, print_names};
use crate::{
    clock::{date, now},
    failure::{Exit, Failure},
    output::Output,
};

/// Keep artifacts out: they are removed, and neither taken in nor sent any more
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShunArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop shun add 36792e3d7ddc -m 'a password was in it' -R project.fossil
  outcrop shun ls -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Add(AddArgs),
    Rm(RmArgs),
    Purge(PurgeArgs),
    Ls(LsArgs),
}

/// Shun artifacts, and remove those that are here
///
/// All that follows from the artifacts is derived anew. What is stored as a change of one of them
/// is stored whole first. To remove content for good, do this in every copy of the repository.
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
struct AddArgs {
    /// Names of artifacts; of those that are here, the beginning is enough
    #[arg(value_name = "HASH", required = true)]
    names: Vec<String>,
    /// Why, for whoever looks at the list
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,
    /// Leave them in the file, hidden, as Fossil does until its next rebuild
    #[arg(long)]
    keep: bool,
    #[command(flatten)]
    repository: RepositoryArg,
}

const ADD_EXAMPLES: &str = "\
With --json: shunned (names), new (those that were not shunned before), and removed, forgotten,
kept as `outcrop shun purge` has them.

Exit code 5 if something had to stay.

Examples:
  outcrop shun add 36792e3d7ddc -R project.fossil -m 'a password was in it'";

/// Want artifacts again
///
/// They come back with the next sync, or are shown again if they are still here.
#[derive(Debug, clap::Args)]
#[command(after_help = RM_EXAMPLES)]
struct RmArgs {
    /// Names of artifacts; the beginning is enough
    #[arg(value_name = "HASH", required = true)]
    names: Vec<String>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const RM_EXAMPLES: &str = "\
With --json: unshunned (names).

Examples:
  outcrop shun rm 36792e3d7ddc -R project.fossil";

/// Remove what is shunned and still here
#[derive(Debug, clap::Args)]
#[command(after_help = PURGE_EXAMPLES)]
struct PurgeArgs {
    #[command(flatten)]
    repository: RepositoryArg,
}

const PURGE_EXAMPLES: &str = "\
With --json, lists of names: removed, forgotten (they were changes of these and had never been
whole; peers are asked for them), kept (what had to stay, as damaged artifacts build upon it).

Exit code 5 if something had to stay.

Examples:
  outcrop shun purge -R project.fossil";

/// List what is shunned
#[derive(Debug, clap::Args)]
#[command(after_help = LS_EXAMPLES)]
struct LsArgs {
    #[command(flatten)]
    repository: RepositoryArg,
}

const LS_EXAMPLES: &str = "\
With --json: shunned, a list of name, since (seconds since 1970) and comment (or null).

Examples:
  outcrop shun ls -R project.fossil";

/// What was shunned, as `--json` has it.
#[derive(Serialize)]
struct Added {
    shunned: Vec<String>,
    new: Vec<String>,
    #[serde(flatten)]
    gone: Gone,
}

/// What has left, as `--json` has it.
#[derive(Serialize, Default)]
struct Gone {
    removed: Vec<String>,
    forgotten: Vec<String>,
    kept: Vec<String>,
}

#[derive(Serialize)]
struct Unshunned {
    unshunned: Vec<String>,
}

#[derive(Serialize)]
struct List {
    shunned: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    since: Option<i64>,
    comment: Option<String>,
}

impl From<Purged> for Gone {
    fn from(purged: Purged) -> Self {
        let words = |names: &[HashName]| names.iter().map(ToString::to_string).collect();
        Self {
            removed: words(&purged.removed),
            forgotten: words(&purged.forgotten),
            kept: purged.kept.iter().map(|kept| kept.shunned.to_string()).collect(),
        }
    }
}

pub(crate) fn run(args: &ShunArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Add(args) => add(args, output),
        Action::Rm(args) => rm(args, output),
        Action::Purge(args) => purge(args, output),
        Action::Ls(args) => ls(args, output),
    }
}

fn add(args: &AddArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    let names = args.names.iter().map(|name| to_shun(&tx, name));
    let names = names.collect::<Result<Vec<_>, _>>()?;
    let mut new = Vec::new();
    for name in &names {
        if tx.shun(name, args.message.as_deref(), now()?)? {
            new.push(name.to_string());
        }
    }
    let gone = if args.keep { Gone::default() } else { remove(&tx)? };
    tx.commit()?;
    let shunned = names.iter().map(ToString::to_string).collect();
    if output.json {
        Output::object(&Added { shunned, new, gone })?;
        return Ok(Exit::Done);
    }
    print_names(output, "shunned", &shunned)?;
    tell(&gone, output)
}

fn rm(args: &RmArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    let shunned = tx.shunned()?;
    let mut unshunned = Vec::new();
    let mut is_here = false;
    for prefix in &args.names {
        let name = shunned_with(&shunned, prefix)?;
        tx.unshun(&name)?;
        is_here |= tx.rid_of(&name)?.is_some();
        unshunned.push(name.to_string());
    }
    if is_here {
        // It was hidden.
        derive_anew(&tx)?;
    }
    tx.commit()?;
    if output.json {
        Output::object(&Unshunned { unshunned })?;
    } else {
        print_names(output, "no longer shunned", &unshunned)?;
    }
    Ok(Exit::Done)
}

fn purge(args: &PurgeArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    let gone = remove(&tx)?;
    tx.commit()?;
    if output.json {
        Output::object(&gone)?;
        return Ok(Exit::Done);
    }
    tell(&gone, output)
}

fn ls(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open_read_only(args.repository.path())?;
    let shunned = repo.read()?.shunned()?;
    if output.json {
        let rows = shunned.into_iter().map(|shunned| Row {
            name: shunned.name.to_string(),
            since: shunned.mtime,
            comment: shunned.comment,
        });
        Output::object(&List { shunned: rows.collect() })?;
    } else if !output.quiet {
        list(&shunned, output)?;
    }
    Ok(Exit::Done)
}

/// Removes what is shunned, and derives anew what followed from it.
fn remove(tx: &WriteTx) -> Result<Gone, Failure> {
    let purged = tx.purge_shunned()?;
    if !purged.removed.is_empty() || !purged.forgotten.is_empty() {
        derive_anew(tx)?;
    }
    Ok(purged.into())
}

/// Says what has left. Exit code 5 if something had to stay because of damage.
fn tell(gone: &Gone, output: Output) -> Result<Exit, Failure> {
    print_names(output, "removed", &gone.removed)?;
    print_names(output, "to be asked for again", &gone.forgotten)?;
    for name in &gone.kept {
        output.error(format!(
            "{name} stays: damaged artifacts build upon it; `outcrop verify` tells which"
        ));
    }
    Ok(if gone.kept.is_empty() { Exit::Done } else { Exit::Damaged })
}

/// A name in full, or that of an artifact which is here.
fn to_shun(tx: &ReadTx, text: &str) -> Result<HashName, Failure> {
    let lower = text.to_ascii_lowercase();
    if let Ok(name) = lower.parse() {
        return Ok(name);
    }
    let message = match tx.names_with_prefix(&lower)? {
        PrefixMatch::One(_, name) if lower.len() >= SHORTEST => return Ok(name),
        PrefixMatch::One(..) => {
            format!("{text:?} is too short to be sure: give at least {SHORTEST} digits")
        }
        PrefixMatch::None => format!(
            "no artifact here has a name that begins with {text:?}: to shun one that is not here, \
             give all 40 or 64 digits"
        ),
        PrefixMatch::Ambiguous(_) => {
            format!("several names begin with {text:?}: give more digits")
        }
    };
    Err(Failure::new(Exit::Failed, &message))
}

/// What is removed cannot be had again, so a slip of the finger must not name it.
const SHORTEST: usize = 4;

fn shunned_with(shunned: &[Shunned], prefix: &str) -> Result<HashName, Failure> {
    let lower = prefix.to_ascii_lowercase();
    let mut found = shunned.iter().map(|shunned| shunned.name);
    let mut found = found.by_ref().filter(|name| name.to_string().starts_with(&lower));
    let message = match (found.next(), found.next()) {
        (Some(name), None) => return Ok(name),
        (None, _) => {
            format!("{prefix:?} is not shunned: `outcrop shun ls` lists what is")
        }
        _ => format!("several shunned names begin with {prefix:?}: give more digits"),
    };
    Err(Failure::new(Exit::Failed, &message))
}

fn list(shunned: &[Shunned], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for shunned in shunned {
        let name = output.stdout.key(&shunned.name.to_string());
        let since = output.stdout.faint(&shunned.mtime.map(date).unwrap_or_default());
        let comment = shunned.comment.as_deref().unwrap_or_default();
        let comment = crate::output::printable(comment).replace('\n', " ");
        writeln!(out, "{}", format!("{name}  {since}  {comment}").trim_end())?;
    }
    out.flush()
}
