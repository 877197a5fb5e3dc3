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

use super::sync::{ConfigPullArgs, ConfigPushArgs, config_pull, config_push};
use super::{RepositoryArg, derive_anew, print_names, read_file, wait_for};
use crate::{
    failure::{Exit, Failure},
    output::Output,
};
pub(crate) use exchange::area;

/// Read and change settings; exchange the configuration with another repository
// No `Debug`: a URL may hold a password.
#[derive(clap::Args)]
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

// No `Debug`: a URL may hold a password.
#[derive(clap::Subcommand)]
enum Action {
    Ls(ls::LsArgs),
    Get(settings::GetArgs),
    Set(settings::SetArgs),
    Unset(settings::UnsetArgs),
    Export(exchange::ExportArgs),
    Import(exchange::ImportArgs),
    Pull(Box<ConfigPullArgs>),
    Push(Box<ConfigPushArgs>),
}

pub(crate) fn run(args: ConfigArgs, output: Output) -> Result<Exit, Failure> {
    match args.action {
        Action::Ls(args) => ls::run(&args, output),
        Action::Get(args) => settings::get(&args, output),
        Action::Set(args) => settings::set(&args, output),
        Action::Unset(args) => settings::unset(&args, output),
        Action::Export(args) => exchange::export(&args, output),
        Action::Import(args) => exchange::import(&args, output),
        Action::Pull(args) => wait_for(config_pull(*args, output)),
        Action::Push(args) => wait_for(config_push(*args, output)),
    }
}
