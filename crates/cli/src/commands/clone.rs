//! `outcrop clone`: a copy of another repository.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use outcrop_repo::Repo;
use outcrop_sync::{
    Address, CloneError, CloneOptions, CloneOutcome, SyncError, Unversioned, clone,
};
use serde::Serialize;

use crate::{
    failure::{Exit, Failure},
    network::{Keep, Remote, Summary, Watch, WayArgs, parsed, until_interrupted, warn},
    output::Output,
};

/// Clone another repository into a new file
///
/// The copy is what `fossil clone` makes: all public artifacts with everything derived from them,
/// the configuration, and a first user of its own. Each artifact is compared with its name before
/// the clone counts as complete.
///
/// A clone that was interrupted, by whatever it was, goes on where it stopped when the same command
/// is given again. Ctrl-C ends it safely.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
// Switches, each on its own.
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct CloneArgs {
    // No doc comment: it would take the brackets for links.
    #[arg(help = "Where the repository is: http[s]://[USER[:PASSWORD]@]HOST[:PORT][/PATH], \
                  ssh://[USER@]HOST[:PORT]/PATH, file://PATH or a path")]
    url: String,
    /// The file to make; without it NAME.fossil here, after the last part of the URL
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Log in as this user, if the URL names none
    #[arg(long, short = 'U', value_name = "LOGIN")]
    user: Option<String>,
    /// Private content too, as far as the user may see it
    #[arg(long)]
    private: bool,
    /// Unversioned files too
    #[arg(long, short = 'u')]
    unversioned: bool,
    /// Login of the first user of the copy; without this the user of the URL, or your own name
    #[arg(long, short = 'A', value_name = "LOGIN")]
    admin_user: Option<String>,
    /// Do not remember the URL for later syncs
    #[arg(long)]
    once: bool,
    /// Remember the password with the URL, not readable at a glance, as stock does
    #[arg(long, alias = "save-password", conflicts_with = "once")]
    save_http_password: bool,
    /// Version of the clone protocol, for servers that are too old for 3
    #[arg(long, value_name = "N", default_value_t = 3,
        value_parser = clap::value_parser!(u32).range(1..=3))]
    protocol: u32,
    #[command(flatten)]
    way: WayArgs,
}

const EXAMPLES: &str = "\
A password may stand in the URL, come from the variable OUTCROP_PASSWORD, or be typed. The URL is
remembered, the password only with --save-http-password.

With --json: file, project_code, server_code, admin_user, admin_password, refuted (names of
artifacts that were not what they were called), and session as `outcrop sync` has it.

Examples:
  outcrop clone https://fossil-scm.org/home fossil.fossil
  outcrop clone --private -u https://alice@example.org/project
  outcrop clone ssh://alice@example.org//srv/project.fossil copy.fossil";

/// The clone, as `--json` has it.
#[derive(Serialize)]
struct Cloned<'a> {
    file: String,
    project_code: &'a str,
    server_code: &'a str,
    admin_user: &'a str,
    admin_password: &'a str,
    refuted: Vec<String>,
    session: Summary,
}

pub(crate) async fn run(args: CloneArgs, output: Output) -> Result<Exit, Failure> {
    let keep = if args.save_http_password { Keep::All } else { Keep::Known };
    let remote = Remote::new(parsed(&args.url)?, args.user.as_deref(), None, keep)?;
    let file = match &args.file {
        Some(file) => file.clone(),
        None => default_file(&remote.address)?,
    };
    let transport = remote.transport(&args.way.resolve()?)?;
    if args.way.is_insecure() {
        output.note("warning: --insecure: nobody checks who the server is");
    }
    let telemetry = args.way.telemetry()?;
    let mut options = CloneOptions::new();
    options.protocol = args.protocol;
    options.admin = args.admin_user.clone().or_else(|| own_name(&remote));
    options.sync.account.clone_from(&remote.account);
    options.sync.private = args.private;
    options.sync.retry = args.way.retry();
    options.sync.observer = telemetry.beside(Arc::new(Watch::new(output)));
    if args.unversioned {
        options.sync.unversioned = Unversioned::Sync;
    }
    if !args.once {
        options.sync.remember.clone_from(&remote.remember);
    }
    if file.exists() && Repo::open(&file).is_err() {
        output.note(format_args!("resuming {}", file.display()));
    }
    let control = options.sync.control.clone();
    let cloned = until_interrupted(&control, Box::pin(clone(&file, &*transport, options))).await;
    telemetry.end(output).await;
    let (repo, outcome) = cloned?.map_err(|error| failed(&error))?;
    report(&repo, &outcome, remote.address.to_string(), output)
}

/// The first user, if neither the command nor the URL says who.
fn own_name(remote: &Remote) -> Option<String> {
    if remote.account.is_some() { None } else { super::init::own_name() }
}

fn report(
    repo: &Repo,
    outcome: &CloneOutcome,
    url: String,
    output: Output,
) -> Result<Exit, Failure> {
    let session = Summary::new(url, &outcome.sync);
    warn(&outcome.sync, output);
    if !outcome.refuted.is_empty() {
        output.note(format_args!(
            "warning: {} artifacts were not what the server called them; those that it has not sent \
             again are missing",
            outcome.refuted.len()
        ));
    }
    if output.json {
        Output::object(&Cloned {
            file: repo.path().display().to_string(),
            project_code: &outcome.project_code,
            server_code: &outcome.server_code,
            admin_user: &outcome.admin,
            admin_password: &outcome.admin_password,
            refuted: outcome.refuted.iter().map(ToString::to_string).collect(),
            session,
        })?;
        return Ok(Exit::Done);
    }
    session.print("cloned", output)?;
    // Not even --quiet may lose a password that stands nowhere else.
    let mut out = Output::results();
    writeln!(
        out,
        "{}: admin-user {} (password is \"{}\")",
        repo.path().display(),
        outcome.admin,
        outcome.admin_password
    )?;
    out.flush()?;
    Ok(Exit::Done)
}

/// A file here, called after the last part of an address.
fn default_file(address: &Address) -> Result<PathBuf, Failure> {
    let text = address.to_string();
    let path = match text.split_once("://") {
        Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path),
        None => &text,
    };
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default();
    let name = name.strip_suffix(".fossil").unwrap_or(name);
    let is_plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if name.is_empty() || !is_plain || name.starts_with('.') {
        let message = "the URL names no file that the copy could be called after: name one";
        return Err(Failure::new(Exit::Usage, &message));
    }
    Ok(Path::new(name).with_extension("fossil"))
}

/// Why there is no clone.
fn failed(error: &CloneError) -> Failure {
    match (error.cause(), error) {
        (Some(SyncError::Cancelled), CloneError::Interrupted { .. }) => {
            let message = "interrupted; what has come is kept: give the same command to resume";
            Failure::new(Exit::Failed, &message)
        }
        (Some(cause), _) => Failure::new(Failure::exit_of_sync(cause), error),
        (None, _) => Failure::new(Exit::Failed, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_is_called_after_its_origin() {
        for (url, name) in [
            ("https://fossil-scm.org/home", Some("home.fossil")),
            ("https://alice:pw@example.org:8080/a/project.fossil/", Some("project.fossil")),
            ("ssh://alice@h//srv/p.fossil?fossil=/bin/fossil", Some("p.fossil")),
            ("/srv/p.fossil", Some("p.fossil")),
            ("https://example.org", None),
            ("https://example.org/", None),
            ("https://example.org/..", None),
            ("https://example.org/a%2fb", None),
        ] {
            let found = default_file(&url.parse().unwrap()).ok();
            assert_eq!(found.as_deref(), name.map(Path::new), "{url}");
        }
    }
}
