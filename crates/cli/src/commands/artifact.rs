//! `outcrop artifact`: the content of one artifact.

use std::{io::Write as _, path::PathBuf};

use outcrop_repo::{Repo, artifact::Artifact, read::Resolved};
use serde::Serialize;

use crate::{
    content,
    failure::{Exit, Failure},
    names,
    output::Output,
};

/// Print an artifact
///
/// The bytes as they are, once they have been found to match the name.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ArtifactArgs {
    /// Its hash or the beginning of it, or a tag, a branch or a date
    #[arg(value_name = "NAME")]
    name: String,
    /// The repository
    #[arg(long, short = 'R', value_name = "FILE")]
    repository: PathBuf,
}

const EXAMPLES: &str = "\
With --json what is known of it instead: name (the whole hash), kind (check-in, wiki page and so
on, or null for the content of a file), size (in bytes), private and shunned.

Examples:
  outcrop artifact 36792e3d7ddc -R project.fossil
  outcrop artifact trunk -R project.fossil           the manifest of the newest check-in
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
    let Resolved { rid, name } = names::artifact(&tx, &args.name)?;
    let content = content::proven(&tx, &name, &format_args!("artifact {name}"))?;
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
