//! `outcrop artifact`: the content of one artifact.

use std::{io::Write as _, path::PathBuf};

use outcrop_format::hash::HashName;
use outcrop_repo::{
    Repo, Rid, artifact::Artifact, blob::PrefixMatch, content::ContentError, tx::ReadTx,
};
use serde::Serialize;

use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// Print an artifact
///
/// The bytes as they are, once they have been found to match the name. With --json what is known
/// about it instead: its kind, its size, and whether it is private.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ArtifactArgs {
    /// Name of the artifact, or the beginning of it
    #[arg(value_name = "HASH")]
    name: String,
    /// The repository
    #[arg(long, short = 'R', value_name = "FILE")]
    repository: PathBuf,
}

const EXAMPLES: &str = "\
Examples:
  outcrop artifact 36792e3d7ddc -R project.fossil
  outcrop artifact 36792e3d7ddc -R project.fossil --json";

/// What is known of an artifact, as `--json` has it.
#[derive(Serialize)]
struct Known {
    name: String,
    kind: Option<String>,
    size: usize,
    private: bool,
    shunned: bool,
}

pub(crate) fn run(args: &ArtifactArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open_read_only(&args.repository)?;
    let tx = repo.read()?;
    let (rid, name) = find(&tx, &args.name)?;
    let content = tx.content(rid).map_err(|error| match error {
        ContentError::Damaged { .. } => Failure::new(Exit::Damaged, &error),
        _ => Failure::new(Exit::Failed, &error),
    })?;
    if !name.verify(&content) {
        let message = format!("artifact {name} is damaged: its content has another hash");
        return Err(Failure::new(Exit::Damaged, &message));
    }
    if !output.json {
        let mut out = Output::results();
        out.write_all(&content)?;
        out.flush()?;
        return Ok(Exit::Done);
    }
    let row = tx.blob(rid)?;
    let kind = Artifact::parse(&content).ok().map(|artifact| artifact.kind().to_string());
    Output::object(&Known {
        name: name.to_string(),
        kind,
        size: content.len(),
        private: row.is_some_and(|row| row.private),
        shunned: row.is_some_and(|row| row.shunned),
    })?;
    Ok(Exit::Done)
}

fn find(tx: &ReadTx, prefix: &str) -> Result<(Rid, HashName), Failure> {
    match tx.names_with_prefix(prefix)? {
        PrefixMatch::One(rid, name) => Ok((rid, name)),
        PrefixMatch::None => {
            let message = format!("no artifact has a name that begins with {prefix:?}");
            Err(Failure::new(Exit::Failed, &message))
        }
        PrefixMatch::Ambiguous(names) => {
            let names: Vec<_> = names.iter().map(|name| format!("\n  {name}")).collect();
            let message = format!("several names begin with {prefix:?}:{}", names.concat());
            Err(Failure::new(Exit::Failed, &message))
        }
    }
}
