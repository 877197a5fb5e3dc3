//! The command line as it was typed.
//!
//! What is typed and what it comes to are different types: each command resolves its arguments to
//! settings before it begins, so that every fault of the command line shows before anything is done.

use std::{env, ffi::OsString};

use clap::{Args as _, FromArgMatches as _, Parser};

use crate::{
    commands::{self, Command},
    output::Global,
};

/// The whole command line.
#[derive(Parser)]
#[command(
    name = "outcrop",
    version,
    about = "Make, read, change, verify, rebuild and serve Fossil repositories; see how they sync",
    after_help = EXIT_CODES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Args {
    /// Reads what was typed.
    ///
    /// To define all commands takes longer than many a command does. So the one that is named first
    /// is tried alone. Whatever is to be said of the line, help or fault, the whole definition says.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        Self::read_line(env::args_os().collect())
    }

    fn read_line(typed: Vec<OsString>) -> Result<Self, clap::Error> {
        let named = typed.get(1).and_then(|name| name.to_str()).and_then(commands::definition);
        match named.map(|command| Self::read_alone(command, &typed)) {
            Some(Ok(args)) => Ok(args),
            Some(Err(_)) | None => Self::try_parse_from(typed),
        }
    }

    /// Reads a line with this command.
    fn read_alone(command: clap::Command, typed: &[OsString]) -> Result<Self, clap::Error> {
        let program = program_with(command);
        Self::from_arg_matches_mut(&mut program.try_get_matches_from(typed)?)
    }
}

/// The program, as if it had one command.
fn program_with(command: clap::Command) -> clap::Command {
    let program = Global::augment_args(clap::Command::new("outcrop"));
    // This holds for what is below a command too.
    program.disable_help_subcommand(true).subcommand(command)
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage
  3  refused by the server
  4  network unreachable or stalled
  5  repository damaged

Colour is used on terminals only, and never if NO_COLOR is set.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    /// The arguments of a command, and of those below it.
    fn understood(command: &clap::Command) -> Vec<String> {
        let arguments = command.get_arguments().map(|argument| format!("{argument:?}"));
        let groups = command.get_groups().map(|group| format!("{group:?}"));
        let below = command.get_subcommands();
        let below = below.flat_map(|below| [vec![below.get_name().to_owned()], understood(below)]);
        arguments.chain(groups).chain(below.flatten()).collect()
    }

    #[test]
    fn a_command_alone_understands_what_it_does_among_all() {
        let mut all = Args::command();
        all.build();
        for command in all.get_subcommands() {
            let name = command.get_name();
            let alone = commands::definition(name).unwrap_or_else(|| panic!("{name}"));
            let mut alone = program_with(alone);
            alone.build();
            let alone = alone.find_subcommand(name).unwrap();
            assert_eq!(understood(alone), understood(command), "{name}");
        }
    }

    #[test]
    fn a_command_that_is_not_named_first_is_found_all_the_same() {
        let read = |line: &[&str]| {
            let typed: Vec<OsString> = line.iter().map(OsString::from).collect();
            Args::read_line(typed).map(|args| (args.global.quiet, args.command))
        };
        for line in [["outcrop", "-q", "pull", "-R", "f"], ["outcrop", "pull", "-q", "-R", "f"]] {
            assert!(matches!(read(&line), Ok((true, Command::Pull(_)))), "{line:?}");
        }
        assert!(read(&["outcrop", "pul"]).is_err() && read(&["outcrop"]).is_err());
    }
}
