//! `outcrop init`: a new repository.

use std::{
    env, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use outcrop_format::hash::Algorithm;
use outcrop_repo::{
    Repo,
    create::{CreateOptions, Created},
};
use outcrop_sync::{Rng as _, SystemRng};
use serde::Serialize;

use crate::{
    author::VARIABLES,
    clock::now,
    failure::{Exit, Failure},
    output::Output,
};

/// Make a new repository
///
/// As `fossil init` does: with an initial check-in that has no files, and one user who may do
/// everything. That user's password is printed, and stands nowhere else.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct InitArgs {
    /// Login of the first user; your own name, if this is left out
    #[arg(long, value_name = "NAME")]
    admin_user: Option<String>,
    /// What the project is called
    #[arg(long, value_name = "NAME")]
    project_name: Option<String>,
    /// The code of an existing project, 40 hexadecimal digits, to be synced with it later
    #[arg(long, value_name = "HEX")]
    project_code: Option<String>,
    /// Name new artifacts by SHA1, not by SHA3-256
    #[arg(long)]
    sha1: bool,
    /// The file to make; nothing may be there
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

const EXAMPLES: &str = "\
With --json: file, project_code, server_code, initial_check_in (its hash), admin_user and
admin_password.

Examples:
  outcrop init project.fossil
  outcrop init project.fossil --admin-user alice --project-name 'The project'
  fossil open project.fossil                    and stock fossil goes on from there";

/// What to make.
#[derive(Debug)]
pub(crate) struct Settings {
    file: PathBuf,
    options: CreateOptions,
}

impl InitArgs {
    pub(crate) fn resolve(self) -> Result<Settings, Failure> {
        let mut options = options(self.admin_user)?;
        options.project_name = self.project_name;
        options.project_code = self.project_code;
        if self.sha1 {
            options.naming = Algorithm::Sha1;
        }
        Ok(Settings { file: self.file, options })
    }
}

/// What to make, unless told otherwise.
pub(super) fn options(admin: Option<String>) -> Result<CreateOptions, Failure> {
    let admin = admin.or_else(own_name).ok_or_else(|| {
        Failure::new(Exit::Usage, &"nobody knows your name: give one with --admin-user")
    })?;
    Ok(CreateOptions::new(admin, now()?))
}

/// The user's name, from where stock Fossil takes it.
pub(super) fn own_name() -> Option<String> {
    VARIABLES.into_iter().flat_map(env::var).find(|name| !name.is_empty())
}

/// A new repository, as `--json` has it.
#[derive(Serialize)]
struct Made<'a> {
    file: String,
    project_code: &'a str,
    server_code: &'a str,
    initial_check_in: String,
    admin_user: &'a str,
    admin_password: &'a str,
}

/// Makes a repository.
pub(super) fn create(file: &Path, options: &CreateOptions) -> Result<Created, Failure> {
    let mut unlucky: Option<io::Error> = None;
    let mut random = |bytes: &mut [u8]| unlucky = SystemRng.fill(bytes).err().or(unlucky.take());
    let made = Repo::create(file, options, &mut random);
    if let Some(error) = unlucky {
        // Codes and passwords that can be foreseen are worse than none.
        if made.is_ok() {
            drop(std::fs::remove_file(file));
        }
        let message = format!("the system gives no random bytes: {error}");
        return Err(Failure::new(Exit::Failed, &message));
    }
    made.map_err(|error| Failure::new(Exit::Failed, &error))
}

pub(crate) fn run(settings: &Settings, output: Output) -> Result<Exit, Failure> {
    let Settings { file, options } = settings;
    let Created { project_code, server_code, admin_password, initial_check_in, .. } =
        create(file, options)?;
    if output.json {
        Output::object(&Made {
            file: file.display().to_string(),
            project_code: &project_code,
            server_code: &server_code,
            initial_check_in: initial_check_in.to_string(),
            admin_user: &options.admin,
            admin_password: &admin_password,
        })?;
        return Ok(Exit::Done);
    }
    let mut out = Output::results();
    if !output.quiet {
        writeln!(out, "project-id: {project_code}")?;
        writeln!(out, "server-id:  {server_code}")?;
    }
    // Not even --quiet may lose a password that stands nowhere else.
    writeln!(out, "admin-user: {} (initial password is \"{admin_password}\")", options.admin)?;
    out.flush()?;
    Ok(Exit::Done)
}
