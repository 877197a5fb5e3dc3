//! `outcrop config`: settings, and the configuration that peers share.
//!
//! | file | holds |
//! |---|---|
//! | `settings.rs` | one setting, read and changed |
//! | `ls.rs` | all settings |
//! | `exchange.rs` | areas of the configuration, carried to another repository |

mod exchange;
mod ls;
mod settings;

use super::{RepositoryArg, derive_anew, print_names, read_file};
use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// Read and change settings; carry the configuration to another repository
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    action: Action,
}

const EXAMPLES: &str = "\
Examples:
  outcrop config ls 'crlf*' -R project.fossil
  outcrop config set project-name 'The project' -R project.fossil
  outcrop config export skin skin.txt -R project.fossil";

#[derive(Debug, clap::Subcommand)]
enum Action {
    Ls(ls::LsArgs),
    Get(settings::GetArgs),
    Set(settings::SetArgs),
    Unset(settings::UnsetArgs),
    Export(exchange::ExportArgs),
    Import(exchange::ImportArgs),
}

pub(crate) fn run(args: &ConfigArgs, output: Output) -> Result<Exit, Failure> {
    match &args.action {
        Action::Ls(args) => ls::run(args, output),
        Action::Get(args) => settings::get(args, output),
        Action::Set(args) => settings::set(args, output),
        Action::Unset(args) => settings::unset(args, output),
        Action::Export(args) => exchange::export(args, output),
        Action::Import(args) => exchange::import(args, output),
    }
}
