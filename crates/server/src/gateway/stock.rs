//! Stock Fossil as a program.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::limits::{INTRODUCED, INTRODUCTION};
use crate::process::{Pipes, Process};

/// What Fossil gets of our environment: nothing that it takes for a variable of a request, as
/// `REMOTE_USER` or `GATEWAY_INTERFACE` would be, or for the words of a user.
const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "FOSSIL_HOME",
    "XDG_CONFIG_HOME",
    "LANG",
    "LC_ALL",
    "LD_LIBRARY_PATH",
    "TZ",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SQLITE_TMPDIR",
    "SystemRoot",
    "APPDATA",
    "LOCALAPPDATA",
    "USERPROFILE",
];

/// Why there is no Fossil to make pages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoFossil {
    /// It cannot be run.
    #[error(
        "cannot run {}: {cause}; install fossil (apt-get install fossil, or from \
         fossil-scm.org), or name the path of the program", .program.display()
    )]
    Missing {
        /// The program.
        program: PathBuf,
        /// What the operating system says.
        #[source]
        cause: io::Error,
    },
    /// It is another program.
    #[error("{} does not say that it is fossil: name the path of that program", .program.display())]
    NotFossil {
        /// The program.
        program: PathBuf,
    },
}

/// The program, and how it is run.
#[derive(Debug)]
pub(super) struct Stock {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    pub(super) environment: Vec<(OsString, OsString)>,
}

impl Stock {
    /// Makes sure that the program is Fossil.
    pub(super) async fn introduce(&self) -> Result<(), NoFossil> {
        let program = || self.program.clone();
        let mut command = self.command();
        command.arg("version");
        let started = Process::start(&mut command);
        let (_process, pipes) =
            started.map_err(|cause| NoFossil::Missing { program: program(), cause })?;
        let mut said = String::new();
        let mut output = pipes.output.take(INTRODUCED);
        let reading = timeout(INTRODUCTION, output.read_to_string(&mut said)).await;
        if matches!(reading, Ok(Ok(_))) && said.contains("fossil version") {
            Ok(())
        } else {
            Err(NoFossil::NotFossil { program: program() })
        }
    }

    /// Starts it for one page of a repository. It takes the request as SCGI has it, and answers as
    /// HTTP has it.
    pub(super) fn start(&self, repository: &Path) -> io::Result<(Process, Pipes)> {
        let repository = repository.canonicalize()?;
        let no_name = || io::Error::from(io::ErrorKind::InvalidInput);
        let folder = repository.parent().ok_or_else(no_name)?;
        let name = repository.file_name().ok_or_else(no_name)?;
        let mut command = self.command();
        // Without its folder, a path shows nothing in pages, and cannot be taken for an option.
        command.current_dir(folder);
        command.args(["http", "--scgi", "--nojail"]).args(&self.arguments);
        command.arg(Path::new(".").join(name));
        Process::start(&mut command)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear();
        for name in INHERITED {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}
