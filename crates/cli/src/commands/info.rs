//! `outcrop info`: what a repository is, and how much is in it.

use std::{
    io::{self, Write as _},
    path::PathBuf,
};

use outcrop_repo::{Repo, tx::ReadTx};
use serde::Serialize;

use super::file_size;
use crate::{
    clock::{date, seconds_of},
    failure::{Exit, Failure},
    output::Output,
};

/// Tell what a repository is, and how much is in it
///
/// Reads no content and changes nothing; others may use the file meanwhile.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InfoArgs {
    /// The repository
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
With --json, texts or null: file, project_name, project_description, project_code, server_code,
hash_policy, content_schema, aux_schema, journal_mode, last_sync_url, last_change; and numbers:
size (of the file, in bytes), content_size (of all artifacts, whole), artifacts, phantoms, deltas,
private, shunned, check_ins, leaves, branches, unversioned_files, users.

Examples:
  outcrop info project.fossil
  outcrop info project.fossil --json | jq .check_ins";

/// What is known of a repository, as `--json` has it.
#[derive(Serialize)]
struct Info {
    file: String,
    project_name: Option<String>,
    project_description: Option<String>,
    project_code: Option<String>,
    server_code: Option<String>,
    hash_policy: String,
    content_schema: Option<String>,
    aux_schema: Option<String>,
    journal_mode: String,
    last_sync_url: Option<String>,
    last_change: Option<String>,
    size: u64,
    content_size: u64,
    artifacts: u64,
    phantoms: u64,
    deltas: u64,
    private: u64,
    shunned: u64,
    check_ins: u64,
    leaves: u64,
    branches: u64,
    unversioned_files: u64,
    users: u64,
}

pub(crate) fn run(args: &InfoArgs, output: Output) -> Result<Exit, Failure> {
    let repo = Repo::open_read_only(&args.file)?;
    let info = look_at(args, &repo.read()?)?;
    if output.json {
        Output::object(&info)?;
    } else if !output.quiet {
        print(&info, output)?;
    }
    Ok(Exit::Done)
}

fn look_at(args: &InfoArgs, tx: &ReadTx) -> Result<Info, Failure> {
    let census = tx.census()?;
    let last = tx.deliveries(None)?.into_iter().next().and_then(|delivery| delivery.at);
    Ok(Info {
        file: args.file.display().to_string(),
        project_name: tx.setting("project-name")?,
        project_description: tx.setting("project-description")?,
        project_code: tx.setting("project-code")?,
        server_code: tx.setting("server-code")?,
        hash_policy: tx.hash_policy()?.to_string(),
        content_schema: tx.setting("content-schema")?,
        aux_schema: tx.setting("aux-schema")?,
        journal_mode: census.journal,
        last_sync_url: tx.last_sync()?.map(|remote| without_password(&remote.url)),
        last_change: last.map(|at| date(seconds_of(at))),
        size: file_size(&args.file)?,
        content_size: census.content,
        artifacts: census.artifacts,
        phantoms: census.phantoms,
        deltas: census.deltas,
        private: census.private,
        shunned: census.shunned,
        check_ins: census.check_ins,
        leaves: census.leaves,
        branches: census.branches,
        unversioned_files: census.unversioned,
        users: tx.users()?.len() as u64,
    })
}

/// A URL as it may be shown. Fossil keeps passwords apart, but a setting can hold anything.
pub(super) fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let Some((user, host)) = authority.rsplit_once('@') else { return url.to_owned() };
    let user = user.split(':').next().unwrap_or_default();
    format!("{scheme}://{user}@{host}{path}")
}

fn print(info: &Info, output: Output) -> io::Result<()> {
    let none = || "-".to_owned();
    let text = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let schema = |schema: &Option<String>| schema.clone().unwrap_or_else(none);
    let lines = [
        ("project", text(&info.project_name)),
        ("description", text(&info.project_description)),
        ("project code", text(&info.project_code)),
        ("server code", text(&info.server_code)),
        ("file", Some(format!("{}, {} bytes", info.file, info.size))),
        ("journal", Some(info.journal_mode.clone())),
        (
            "schema",
            Some(format!("{} / {}", schema(&info.content_schema), schema(&info.aux_schema))),
        ),
        ("hash policy", Some(info.hash_policy.clone())),
        ("last synced with", info.last_sync_url.clone()),
        ("last change", info.last_change.clone()),
        (
            "artifacts",
            Some(format!(
                "{}, of {} bytes; {} as deltas, {} private",
                info.artifacts, info.content_size, info.deltas, info.private
            )),
        ),
        ("phantoms", Some(info.phantoms.to_string())),
        ("shunned", Some(info.shunned.to_string())),
        (
            "check-ins",
            Some(format!(
                "{}, {} of them leaves, on {} branches",
                info.check_ins, info.leaves, info.branches
            )),
        ),
        ("unversioned", Some(format!("{} files", info.unversioned_files))),
        ("users", Some(info.users.to_string())),
    ];
    let mut out = Output::results();
    for (name, value) in lines {
        let name = output.stdout.key(&format!("{:17}", format!("{name}:")));
        let value = value.unwrap_or_else(none);
        writeln!(out, "{name} {}", crate::output::printable(&value).replace('\n', " "))?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        for (url, shown) in [
            ("https://alice:secret@h/x", "https://alice@h/x"),
            ("https://alice:se@cret@h", "https://alice@h"),
            ("https://h/a@b:c", "https://h/a@b:c"),
            ("ssh://alice@h/x", "ssh://alice@h/x"),
            ("/home/a:b@c.fossil", "/home/a:b@c.fossil"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
