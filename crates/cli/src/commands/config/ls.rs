//! `outcrop config ls`: all settings.

use std::io::{self, Write as _};

use outcrop_repo::{Repo, setting::Setting};
use serde::Serialize;

use super::RepositoryArg;
use crate::{
    clock::date,
    commands::info::without_password,
    failure::{Exit, Failure},
    glob,
    output::{Output, line, printable},
};

/// List the settings that the repository has, by name
///
/// Each with the first line of its value; with -v with all of it, and when it was changed. Passwords
/// and the like are not shown.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LsArgs {
    /// Only names that fit, in which * stands for any letters
    #[arg(value_name = "PATTERN")]
    pattern: Option<String>,
    #[command(flatten)]
    repository: RepositoryArg,
}

const EXAMPLES: &str = "\
With --json: settings, a list of name, value (null if it is secret), secret and changed (seconds
since 1970, or null).

Examples:
  outcrop config ls -R project.fossil
  outcrop config ls 'email-*' -R project.fossil";

/// What the names of settings are that hold secrets: whole names, beginnings and ends.
const SECRET: [&str; 6] =
    ["*-pw", "*password*", "*secret*", "sync-pw:*", "http-auth:*", "last-sync-pw*"];

/// What the names of settings are that hold URLs. A password can stand in them.
const URLS: [&str; 2] = ["*-url*", "sync-url:*"];

/// Settings, as `--json` has them.
#[derive(Serialize)]
struct Settings {
    settings: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    value: Option<String>,
    secret: bool,
    changed: Option<i64>,
}

impl From<Setting> for Row {
    fn from(setting: Setting) -> Self {
        let is_one =
            |patterns: &[&str]| patterns.iter().any(|pattern| glob::fits(pattern, &setting.name));
        let (secret, is_url) = (is_one(&SECRET), is_one(&URLS));
        let value = setting.value.filter(|_| !secret);
        Self {
            value: value.map(|value| if is_url { without_password(&value) } else { value }),
            secret,
            changed: setting.mtime,
            name: setting.name,
        }
    }
}

pub(super) fn run(args: &LsArgs, output: Output) -> Result<Exit, Failure> {
    let tx = Repo::open_read_only(args.repository.path())?.read()?;
    let settings = tx.settings()?.into_iter();
    let is_wanted = |setting: &Setting| {
        args.pattern.as_ref().is_none_or(|pattern| glob::fits(pattern, &setting.name))
    };
    let settings: Vec<_> = settings.filter(is_wanted).map(Row::from).collect();
    if output.json {
        Output::object(&Settings { settings })?;
    } else if !output.quiet {
        list(&settings, output)?;
    }
    Ok(Exit::Done)
}

fn list(settings: &[Row], output: Output) -> io::Result<()> {
    let mut out = Output::results();
    for setting in settings {
        let name = output.stdout.key(&line(&setting.name));
        let value = match (&setting.value, setting.secret) {
            (_, true) => output.stdout.faint("(not shown)"),
            (None, _) => String::new(),
            (Some(value), _) if output.verbose => printable(value.trim_end()),
            (Some(value), _) => first_line(value),
        };
        if output.verbose {
            let changed = setting.changed.map(date).unwrap_or_default();
            write!(out, "{} ", output.stdout.faint(&format!("{changed:19}")))?;
        }
        writeln!(out, "{name} {value}")?;
    }
    out.flush()
}

/// The first line, and a sign if there are more.
fn first_line(value: &str) -> String {
    let mut lines = value.trim_end().lines();
    let first = line(lines.next().unwrap_or_default());
    if lines.next().is_some() { format!("{first} …") } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let row = |name: &str| {
            let (name, value) = (name.to_owned(), Some("x\ny".to_owned()));
            Row::from(Setting { name, value, mtime: None })
        };
        for name in ["last-sync-pw", "sync-pw:origin", "http-auth:h", "captcha-secret-1"] {
            assert_eq!((row(name).value, row(name).secret), (None, true), "{name}");
        }
        let url = Some("https://alice:secret@h/x".to_owned());
        let url = Row::from(Setting { name: "last-sync-url".to_owned(), value: url, mtime: None });
        assert_eq!(url.value.as_deref(), Some("https://alice@h/x"));
        assert_eq!(row("project-name").value.as_deref(), Some("x\ny"));
        assert_eq!(first_line("x\ny"), "x …");
        assert_eq!(first_line("x\n"), "x");
    }
}
