//! `outcrop ping`: is a server there?
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | a round with a repository that asks for nothing |
//! | `ready.rs` | whether a server is ready to serve |

mod ready;

use std::{env, io::Write as _, time::Duration};

use outcrop_sync::{Credentials, Env, HttpOptions, HttpTransport, HttpUrl, Ping, ping};
use outcrop_xfer::card::pragma::Version;
use serde::Serialize;

use super::url;
use crate::{
    failure::{Exit, Failure},
    network::NetworkArgs,
    output::{Output, printable},
    trace::Traced,
};

/// Ask a server whether it is there, which release it is, and what time it has
///
/// Exchanges one round that asks for nothing. If the URL names a user, the round is signed, which
/// proves the password without sending it. That takes the project code: `fossil info` tells it. The
/// password may also come from the environment variable `OUTCROP_PASSWORD`.
///
/// With --ready a server of Outcrop is asked whether it can open what it serves, by its page
/// /readyz: for health checks where there is no curl, as in containers.
///
/// With -v the cards of both messages are shown on stderr.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PingArgs {
    // No doc comment: it would take the brackets for links.
    #[arg(help = "Where the repository is: http[s]://[USER[:PASSWORD]@]HOST[:PORT][/PATH]")]
    url: String,
    /// Code of the project, which logins are signed with
    #[arg(long, value_name = "HEX", value_parser = project_code)]
    project_code: Option<String>,
    /// Ask for /readyz below the URL instead, which is that of the whole server; not through proxies
    #[arg(long, conflicts_with = "project_code")]
    ready: bool,
    #[command(flatten)]
    network: NetworkArgs,
}

const EXAMPLES: &str = "\
With --json: url, version (null, or name, number, date and time), clock_skew_seconds,
round_trip_ms, logged_in, errors and messages; with --ready: url and ready.

Exit code 3 if the server refuses or is not ready, 4 if it cannot be reached.

Examples:
  outcrop ping https://fossil-scm.org/home
  outcrop ping http://127.0.0.1:8080/ --timeout 2 && echo it is up
  outcrop ping --ready --quiet http://127.0.0.1:8080/ || echo it cannot serve
  outcrop ping --json https://example.org/project | jq .clock_skew_seconds
  OUTCROP_PASSWORD=… outcrop ping https://alice@example.org/project --project-code 5eed0c7a…";

/// The environment variable that a password may come from.
const PASSWORD: &str = "OUTCROP_PASSWORD";

fn project_code(text: &str) -> Result<String, String> {
    let is_code = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_code { Ok(text.to_owned()) } else { Err("not hexadecimal digits".to_owned()) }
}

/// Whom to ask, and as whom.
#[derive(Debug)]
pub(crate) struct Settings {
    url: HttpUrl,
    credentials: Option<Credentials>,
    /// There is a user and a password, but no project code to sign with.
    lacks_code: bool,
    /// The server is asked whether it is ready.
    ready: bool,
    options: HttpOptions,
}

impl PingArgs {
    pub(crate) fn resolve(self) -> Result<Settings, Failure> {
        let url = url(&self.url)?;
        let from_env = || env::var(PASSWORD).ok();
        let password = url.password().map(str::to_owned).or_else(from_env);
        let login = url.user().zip(password.as_deref());
        let code = self.project_code.as_deref();
        let credentials = login.and_then(|(user, password)| Credentials::new(user, password, code));
        Ok(Settings {
            ready: self.ready,
            lacks_code: login.is_some() && credentials.is_none() && code.is_none(),
            credentials,
            options: HttpOptions {
                stall: self.network.timeout(),
                extra_authorities: self.network.authorities()?,
                ..HttpOptions::default()
            },
            url,
        })
    }
}

/// The answer, as `--json` has it.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    url: String,
    version: Option<Release>,
    clock_skew_seconds: Option<i64>,
    round_trip_ms: f64,
    logged_in: bool,
    errors: &'a [String],
    messages: &'a [String],
}

#[derive(Debug, Serialize)]
struct Release {
    name: String,
    number: u32,
    date: Option<u32>,
    time: Option<u32>,
}

impl From<Version> for Release {
    fn from(version: Version) -> Self {
        let (major, rest) = (version.release / 10_000, version.release % 10_000);
        let (minor, patch) = (rest / 100, rest % 100);
        Self {
            name: match patch {
                0 => format!("{major}.{minor}"),
                _ => format!("{major}.{minor}.{patch}"),
            },
            number: version.release,
            date: version.built.map(|built| built.date),
            time: version.built.map(|built| built.time),
        }
    }
}

pub(crate) async fn run(settings: Settings, output: Output) -> Result<Exit, Failure> {
    if settings.ready {
        return ready::run(&settings.url, &settings.options, output).await;
    }
    if settings.lacks_code {
        output.note("no login is sent: it is signed with the project code; add --project-code");
    }
    let transport = Traced {
        transport: HttpTransport::with_options(settings.url.clone(), settings.options),
        output,
    };
    let answer = ping(&transport, Env::system(), settings.credentials.as_ref()).await?;
    if output.json {
        Output::object(&Answer {
            url: settings.url.to_string(),
            version: answer.version.map(Release::from),
            clock_skew_seconds: answer.skew,
            round_trip_ms: answer.round_trip.as_secs_f64() * 1000.0,
            logged_in: answer.logged_in,
            errors: &answer.errors,
            messages: &answer.messages,
        })?;
    } else if !output.quiet {
        print(&settings.url, &answer, output)?;
    }
    if answer.errors.is_empty() {
        return Ok(Exit::Done);
    }
    let message = format!("the server refuses: {}", answer.errors.join("; "));
    Err(Failure::new(Exit::Refused, &message))
}

fn print(url: &HttpUrl, answer: &Ping, output: Output) -> Result<(), Failure> {
    let mut out = Output::results();
    let release = match answer.version.map(Release::from) {
        Some(release) => format!("speaks like Fossil {}", release.name),
        None => "does not tell its release".to_owned(),
    };
    writeln!(out, "{} {release}", output.stdout.key(&url.to_string()))?;
    writeln!(out, "round trip  {} ms", millis(answer.round_trip))?;
    writeln!(out, "clock       {}", clock(answer.skew))?;
    let login = match (answer.logged_in, answer.errors.is_empty()) {
        (false, _) => "none",
        (true, true) => "accepted",
        (true, false) => "refused",
    };
    writeln!(out, "login       {login}")?;
    for message in &answer.messages {
        writeln!(out, "message     {}", printable(message))?;
    }
    out.flush()?;
    Ok(())
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1000.0)
}

/// A second either way is the time that the reply took.
fn clock(skew: Option<i64>) -> String {
    match skew {
        None => "not told".to_owned(),
        Some(-1..=1) => "agrees".to_owned(),
        Some(skew) if skew > 0 => format!("{skew} s ahead"),
        Some(skew) => format!("{} s behind", skew.unsigned_abs()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(release: u32) -> Release {
        Version { release, built: None }.into()
    }

    #[test]
    fn releases_have_the_names_that_people_know() {
        assert_eq!(release(22100).name, "2.21");
        assert_eq!(release(21204).name, "2.12.4");
    }

    #[test]
    fn clocks_are_told_in_words() {
        assert_eq!(clock(None), "not told");
        assert_eq!(clock(Some(-1)), "agrees");
        assert_eq!(clock(Some(90)), "90 s ahead");
        assert_eq!(clock(Some(-90)), "90 s behind");
    }

    #[test]
    fn project_codes_are_digits() {
        assert!(project_code("5eed").is_ok());
        assert!(project_code("").is_err() && project_code("5e ed").is_err());
    }
}
