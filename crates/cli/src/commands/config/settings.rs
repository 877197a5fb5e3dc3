//! `outcrop config get`, `set` and `unset`: one setting.

use std::io::Write as _;

use outcrop_repo::{
    Repo,
    hash_policy::{HashPolicy, UnknownPolicy},
    tx::WriteTx,
};
use serde::Serialize;

use super::{RepositoryArg, derive_anew, print_names};
use crate::{
    clock::now,
    failure::{Exit, Failure},
    output::Output,
};

/// Print the value of a setting
#[derive(Debug, clap::Args)]
#[command(after_help = GET_EXAMPLES)]
pub(super) struct GetArgs {
    /// What the setting is called
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const GET_EXAMPLES: &str = "\
With --json: name, value and changed (seconds since 1970, or null).

Exit code 1 if the setting is not set.

Examples:
  outcrop config get project-name -R project.fossil";

/// Give a setting a value
#[derive(Debug, clap::Args)]
#[command(after_help = SET_EXAMPLES)]
pub(super) struct SetArgs {
    /// What the setting is called
    #[arg(value_name = "NAME")]
    name: String,
    /// Its value; for hash-policy, the name of a policy such as sha3
    #[arg(value_name = "VALUE", allow_hyphen_values = true)]
    value: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const SET_EXAMPLES: &str = "\
With --json the same as `outcrop config get`.

Examples:
  outcrop config set project-name 'The project' -R project.fossil
  outcrop config set hash-policy sha3-only -R project.fossil";

/// Take a setting away, so that Fossil's default holds
#[derive(Debug, clap::Args)]
#[command(after_help = UNSET_EXAMPLES)]
pub(super) struct UnsetArgs {
    /// What the setting is called
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    repository: RepositoryArg,
}

const UNSET_EXAMPLES: &str = "\
With --json: unset (the name).

Examples:
  outcrop config unset max-upload -R project.fossil";

/// A setting, as `--json` has it.
#[derive(Serialize)]
struct Setting {
    name: String,
    value: Option<String>,
    changed: Option<i64>,
}

#[derive(Serialize)]
struct Unset<'a> {
    unset: &'a str,
}

pub(super) fn get(args: &GetArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let setting = tx.setting_with_time(&args.name)?.ok_or_else(|| not_set(&args.name))?;
    if output.json {
        let (name, value, changed) = (setting.name, setting.value, setting.mtime);
        Output::object(&Setting { name, value, changed })?;
    } else {
        let mut out = Output::results();
        writeln!(out, "{}", setting.value.unwrap_or_default())?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

fn not_set(name: &str) -> Failure {
    let message = format!("{name:?} is not set, so Fossil's default holds");
    Failure::new(Exit::Failed, &message)
}

pub(super) fn set(args: &SetArgs, output: Output) -> Result<Exit, Failure> {
    may_change(&args.name)?;
    let tx = args.repository.open()?.write()?;
    if args.name == "hash-policy" {
        let policy: HashPolicy =
            args.value.parse().map_err(|error: UnknownPolicy| Failure::new(Exit::Usage, &error))?;
        tx.set_hash_policy(policy, now()?)?;
    } else {
        tx.set_setting(&args.name, &args.value, now()?)?;
    }
    follow(&tx, &args.name)?;
    let setting = tx.setting_with_time(&args.name)?.ok_or_else(|| not_set(&args.name))?;
    tx.commit()?;
    if output.json {
        let (name, value, changed) = (setting.name, setting.value, setting.mtime);
        Output::object(&Setting { name, value, changed })?;
    } else {
        print_names(output, "set", std::slice::from_ref(&args.name))?;
    }
    Ok(Exit::Done)
}

pub(super) fn unset(args: &UnsetArgs, output: Output) -> Result<Exit, Failure> {
    may_change(&args.name)?;
    let tx = args.repository.open()?.write()?;
    if !tx.unset_setting(&args.name)? {
        return Err(not_set(&args.name));
    }
    follow(&tx, &args.name)?;
    tx.commit()?;
    if output.json {
        Output::object(&Unset { unset: &args.name })?;
    } else {
        print_names(output, "no longer set", std::slice::from_ref(&args.name))?;
    }
    Ok(Exit::Done)
}

/// What the file is cannot be changed by saying so, and what Outcrop keeps track of is its own.
fn may_change(name: &str) -> Result<(), Failure> {
    const FIXED: [&str; 5] =
        ["project-code", "server-code", "content-schema", "aux-schema", "uv-hash"];
    if FIXED.contains(&name) || name.starts_with("outcrop-") {
        let message = format!("{name:?} says what the repository is, and stays as it is");
        return Err(Failure::new(Exit::Usage, &message));
    }
    Ok(())
}

/// Derives anew what depends on a setting.
fn follow(tx: &WriteTx, name: &str) -> Result<(), Failure> {
    if name.starts_with("ticket-") || name == "hash-digits" {
        derive_anew(tx)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_repository_is_stays() {
        for name in ["project-code", "content-schema", "outcrop-order-matters"] {
            assert!(may_change(name).is_err(), "{name}");
        }
        assert!(may_change("project-name").is_ok());
    }
}
