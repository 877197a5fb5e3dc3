//! `outcrop tag ls`: all tags, or those on one artifact.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, limits::LIST_ROWS, read::TagOn};
use serde::Serialize;

use super::{GIVEN, RepositoryArg, tags_on};
use crate::{
    failure::{Exit, Failure},
    names,
    output::{Output, line},
    paged,
};

/// List tags: all that people gave, branches among them, or those on one artifact
#[derive(Debug, clap::Args)]
#[command(after_help = LS_EXAMPLES)]
pub(super) struct LsArgs {
    /// Only tags on this one: a hash or its beginning, a tag, a branch, a date, tip
    #[arg(value_name = "ARTIFACT")]
    artifact: Option<String>,
    /// Whole names: those that people give to check-ins begin with sym-, and properties such as
    /// branch, closed and bgcolor are shown too
    #[arg(long, requires = "artifact")]
    raw: bool,
    #[command(flatten)]
    repository: RepositoryArg,
}

const LS_EXAMPLES: &str = "\
With --json: artifact (its hash, or null for all) and tags, a list of name, value (or null),
propagates and inherited (null for all).

Examples:
  outcrop tag ls -R project.fossil
  outcrop tag ls trunk --raw -R project.fossil";

/// Tags, as `--json` has them.
#[derive(Serialize)]
struct Tags {
    artifact: Option<String>,
    tags: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    value: Option<String>,
    propagates: Option<bool>,
    inherited: Option<bool>,
}

pub(super) fn run(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let listed = match &args.artifact {
        None => {
            let names = paged::all(|last: Option<&String>| {
                tx.tag_names(last.map_or("", String::as_str), LIST_ROWS)
            })?;
            let row = |name| Row { name, value: None, propagates: None, inherited: None };
            Tags { artifact: None, tags: names.into_iter().map(row).collect() }
        }
        Some(artifact) => {
            let artifact = names::artifact(&tx, artifact)?;
            let tags = tags_on(&tx, artifact.rid)?;
            let rows = tags.into_iter().filter_map(|tag| row(tag, args.raw));
            Tags { artifact: Some(artifact.name.to_string()), tags: rows.collect() }
        }
    };
    if output.json {
        Output::object(&listed)?;
    } else if !output.quiet {
        list(&listed.tags, output)?;
    }
    Ok(Exit::Done)
}

/// A tag as it is listed. Without `raw` only those that people give, without `sym-`.
fn row(tag: TagOn, raw: bool) -> Option<Row> {
    let name = if raw { tag.name } else { tag.name.strip_prefix(GIVEN)?.to_owned() };
    let (propagates, inherited) = (Some(tag.is_propagating), Some(tag.is_inherited));
    Some(Row { name, value: tag.value, propagates, inherited })
}

fn list(tags: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for tag in tags {
        write!(out, "{}", output.stdout.key(&line(&tag.name)))?;
        if let Some(value) = &tag.value {
            write!(out, "={}", line(value))?;
        }
        if output.verbose {
            let inherited = tag.inherited == Some(true);
            let how = match (inherited, tag.propagates) {
                (true, _) => "  (inherited)",
                (false, Some(true)) => "  (propagates)",
                _ => "",
            };
            write!(out, "{}", output.stdout.faint(how))?;
        }
        writeln!(out)?;
    }
    out.flush()
}
