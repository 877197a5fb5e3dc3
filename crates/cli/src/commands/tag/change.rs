//! `outcrop tag add` and `outcrop tag cancel`: one control artifact each.

use std::io::Write as _;

use outcrop_repo::{Rid, artifact::TagAction, commit::TagChange, read::EventKind, tx::ReadTx};
use serde::Serialize;

use super::{GIVEN, RepositoryArg, tags_on};
use crate::{
    author::AuthorArgs,
    failure::{Exit, Failure},
    names,
    output::{Output, line},
};

/// Put a tag on an artifact
///
/// On a check-in it is a name that `outcrop ls`, `fossil update` and others take. With --raw it is a
/// property: `comment`, `user`, `date` and `bgcolor` change how the timeline shows a check-in, and
/// `hidden` keeps it from there.
#[derive(Debug, clap::Args)]
#[command(after_help = ADD_EXAMPLES)]
pub(super) struct AddArgs {
    /// The tag
    #[arg(value_name = "TAG")]
    tag: String,
    /// What is tagged: a hash or its beginning, a tag, a branch, a date, tip
    #[arg(value_name = "ARTIFACT")]
    artifact: String,
    /// The value of the tag, if it is to have one
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: Option<String>,
    /// Let descendants inherit it
    #[arg(long)]
    propagate: bool,
    /// Take TAG for a whole name
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const ADD_EXAMPLES: &str = "\
With --json: hash (of the artifact that says so), target (the hash of what is tagged), tag (its
whole name), action (add, propagate or cancel) and value (or null).

Examples:
  outcrop tag add v1.0 trunk -R project.fossil
  outcrop tag add comment 36792e3d7ddc 'What it really did' --raw -R project.fossil";

/// Take a tag off an artifact, and off those that inherit it from there
#[derive(Debug, clap::Args)]
#[command(after_help = CANCEL_EXAMPLES)]
pub(super) struct CancelArgs {
    /// The tag
    #[arg(value_name = "TAG")]
    tag: String,
    /// What has it: a hash or its beginning, a tag, a branch, a date, tip
    #[arg(value_name = "ARTIFACT")]
    artifact: String,
    /// Take TAG for a whole name
    #[arg(long)]
    raw: bool,
    #[command(flatten)]
    repository: RepositoryArg,
    #[command(flatten)]
    author: AuthorArgs,
}

const CANCEL_EXAMPLES: &str = "\
With --json the same as `outcrop tag add`.

Examples:
  outcrop tag cancel v1.0 v1.0 -R project.fossil
  outcrop tag cancel bgcolor 36792e3d7ddc --raw -R project.fossil";

/// A tag that was changed, as `--json` has it.
#[derive(Serialize)]
struct Changed {
    hash: String,
    target: String,
    tag: String,
    action: &'static str,
    value: Option<String>,
}

pub(super) fn add(args: &AddArgs, output: Output) -> Result<Exit, Failure> {
    names::check_new(&args.tag)?;
    let action = if args.propagate { TagAction::Propagate } else { TagAction::Add };
    let tx = args.repository.open()?.write()?;
    let writer = args.author.resolve(&tx)?;
    let target = names::artifact(&tx, &args.artifact)?;
    let name = whole_name(&tx, target.rid, &args.tag, args.raw)?;
    let value = args.value.as_deref();
    let change = TagChange { action, name: &name, target: target.rid, value };
    let written = tx.change_tags(&[change], writer.author())?;
    tx.commit()?;
    let changed = Changed {
        hash: written.name.to_string(),
        target: target.name.to_string(),
        tag: name,
        action: if args.propagate { "propagate" } else { "add" },
        value: args.value.clone(),
    };
    tell(&changed, &args.tag, "is on", output)
}

pub(super) fn cancel(args: &CancelArgs, output: Output) -> Result<Exit, Failure> {
    let tx = args.repository.open()?.write()?;
    let writer = args.author.resolve(&tx)?;
    let target = names::artifact(&tx, &args.artifact)?;
    let name = whole_name(&tx, target.rid, &args.tag, args.raw)?;
    if !tags_on(&tx, target.rid)?.iter().any(|tag| tag.name == name) {
        let message = format!(
            "{} has no tag {:?}: `outcrop tag ls {}` lists those it has",
            target.name, args.tag, args.artifact
        );
        return Err(Failure::new(Exit::Failed, &message));
    }
    let action = TagAction::Cancel;
    let change = TagChange { action, name: &name, target: target.rid, value: None };
    let written = tx.change_tags(&[change], writer.author())?;
    tx.commit()?;
    let changed = Changed {
        hash: written.name.to_string(),
        target: target.name.to_string(),
        tag: name,
        action: "cancel",
        value: None,
    };
    tell(&changed, &args.tag, "is no longer on", output)
}

/// The whole name of a tag: on check-ins, those that people give have their own beginning.
fn whole_name(tx: &ReadTx, target: Rid, tag: &str, raw: bool) -> Result<String, Failure> {
    let is_check_in = tx.event(target)?.is_some_and(|entry| entry.kind == EventKind::CheckIn);
    Ok(if is_check_in && !raw { format!("{GIVEN}{tag}") } else { tag.to_owned() })
}

fn tell(changed: &Changed, tag: &str, what: &str, output: Output) -> Result<Exit, Failure> {
    if output.json {
        Output::object(changed)?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{} {what} {}", line(tag), changed.target)?;
        if output.verbose {
            writeln!(out, "said by {}", changed.hash)?;
        }
        out.flush()?;
    }
    Ok(Exit::Done)
}
