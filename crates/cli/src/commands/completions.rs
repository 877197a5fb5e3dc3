//! `outcrop completions`: what a shell can complete.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::Shell;
use serde::Serialize;

use crate::{
    args::Args,
    failure::{Exit, Failure},
    output::Output,
};

/// Print completions for a shell
///
/// A script that the shell reads when it starts. Made again after each release, it knows all
/// commands and options of that release.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

const EXAMPLES: &str = "\
With --json: shell, and script (its text).

Examples:
  outcrop completions bash >~/.local/share/bash-completion/completions/outcrop
  outcrop completions zsh >~/.zfunc/_outcrop             a folder in $fpath
  outcrop completions fish >~/.config/fish/completions/outcrop.fish
  outcrop completions powershell >>$PROFILE";

/// Completions, as `--json` has them.
#[derive(Serialize)]
struct Completions {
    shell: String,
    script: String,
}

pub(crate) fn run(args: &CompletionsArgs, output: Output) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "outcrop", &mut script);
    if output.json {
        let script = String::from_utf8_lossy(&script).into_owned();
        Output::object(&Completions { shell: args.shell.to_string(), script })?;
        return Ok(Exit::Done);
    }
    let mut out = Output::results();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Exit::Done)
}
