//! `outcrop cgi`: one request, as a web server starts a CGI program for it.

mod script;

use std::{env, fs, path::PathBuf, time::Duration};

use outcrop_server::entry::{self, Variables};
use outcrop_server::{Gateway, ServiceOptions, XferService};
use tokio::io::{stdin, stdout};
use tokio::time::timeout;
use tracing::warn;

use self::script::Script;
use super::entry::{broken, hosting, site, tell_client};
use crate::{
    failure::{Exit, Failure},
    logging,
    output::Output,
};

/// Answer one request by CGI: FILE is a script of a web server
///
/// The script has the form of stock's, and says what is served:
///
///   #!/usr/bin/outcrop cgi
///   repository: /srv/project.fossil
///
/// Run by hand, it says what is wrong with the script.
///
/// Who has logged in to the web server (`REMOTE_USER`) counts in repositories with the setting
/// `remote_user_ok`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment, after_help = KEYS)]
pub(crate) struct CgiArgs {
    /// The script
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const KEYS: &str = "\
Lines of the script; those that begin with # are passed over:
  repository: PATH      the repository
  directory: PATH       a folder: every NAME.fossil in it and below is there as /NAME
  repolist              show the repositories of the folder to whoever asks for it
  errorlog: FILE        what is wrong is written to the end of FILE, not to stderr
  timeout: SECONDS      give up after that many seconds (600)
  setenv: NAME VALUE    a variable of the request, and of fossil; without VALUE there is none
  HOME: PATH            the same as setenv: HOME PATH
  web: PROGRAM          have stock fossil make the pages; PROGRAM is its path
With web:, fossil takes these as its options of that name:
  nossl nocompress skin: jsmode: mainmenu: extroot:
All others of stock's are passed over.

Standard output is the client's. With --json, what is wrong is an object on stderr.

Examples:
  outcrop cgi /usr/lib/cgi-bin/project";

pub(crate) async fn run(args: &CgiArgs, output: Output) -> Result<Exit, Failure> {
    let ready = match prepare(args, output).await {
        Ok(ready) => ready,
        Err(failure) => {
            tell_client("Status: 500 Internal Server Error")?;
            return Err(failure);
        }
    };
    let answering = entry::cgi(&ready.variables, stdin(), stdout(), ready.gateway);
    let answered = timeout(ready.timeout, answering).await;
    ready.rounds.close().await;
    let seconds = ready.timeout.as_secs();
    let answered = answered.map_err(|_| failed(&format!("no answer within {seconds} seconds")))?;
    answered.map(|()| Exit::Done).map_err(|error| broken(&error))
}

/// All that it takes to answer.
struct Ready {
    variables: Variables,
    rounds: XferService,
    gateway: Gateway,
    timeout: Duration,
}

async fn prepare(args: &CgiArgs, output: Output) -> Result<Ready, Failure> {
    let file = args.file.display();
    let text = fs::read_to_string(&args.file);
    let text = text.map_err(|error| failed(&format!("cannot read {file}: {error}")))?;
    let script = Script::read(&text);
    match &script.error_log {
        Some(path) => logging::to_file(output, path)
            .map_err(|error| failed(&format!("cannot write {}: {error}", path.display())))?,
        None => logging::to_stderr(output),
    }
    // A web server need not hear it with every request.
    let is_by_hand = env::var_os("GATEWAY_INTERFACE").is_none();
    for note in script.notes.iter().filter(|_| is_by_hand) {
        warn!("{file}: {note}");
    }
    let path = script.path.as_ref().ok_or_else(|| {
        failed(&format!("{file} names nothing to serve: add a line `repository: PATH`"))
    })?;
    let variables = script.variables(env::vars_os());
    let options = ServiceOptions { prefix: variables.place(), ..ServiceOptions::default() };
    let rounds = XferService::new(hosting(path)?, options);
    let (rounds, gateway) = site(rounds, script.lists, script.web()).await?;
    Ok(Ready { variables, rounds, gateway, timeout: script.timeout })
}

fn failed(words: &str) -> Failure {
    Failure::new(Exit::Failed, &words)
}
